/** Metrics where a number has no meaning: it is null, never 0 or NaN. */
import { expect, test } from "vitest";
import type { Examples } from "../../src/learn/data.js";
import { classificationMetrics, regressionMetrics } from "../../src/learn/metrics.js";

const examples = (labels: Int32Array | Float32Array, classes: readonly string[] | null): Examples => ({
  count: labels.length,
  shape: [1],
  classes,
  scale: 1,
  features: new Float32Array(labels.length),
  labels,
  targets: 1,
  rows: Int32Array.from(labels, (_, row) => row),
});

test("precision without predictions, recall without examples and F1 without either are undefined", () => {
  const logits = (predicted: readonly number[]): Float32Array =>
    Float32Array.from(predicted.flatMap((at) => [0, 1, 2, 3].map((column) => (column === at ? 9 : 0))));
  // a: right and missed · b: has examples, never predicted · c: predicted, has none · d: neither.
  const { perClass, accuracy } = classificationMetrics(
    logits([0, 0, 2, 0]),
    examples(Int32Array.of(0, 0, 0, 1), ["a", "b", "c", "d"]),
    { type: "cross_entropy" },
  );
  expect(accuracy).toBe(0.5);
  expect(perClass).toEqual([
    { class: "a", precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3 },
    { class: "b", precision: null, recall: 0, f1: 0, support: 1 },
    { class: "c", precision: 0, recall: null, f1: 0, support: 0 },
    { class: "d", precision: null, recall: null, f1: null, support: 0 },
  ]);
});

test("r2 of a constant target is undefined, however its mean is rounded, and that of any other is a number", () => {
  for (const target of [0.1, 1 / 3, 5e6, 0, -1e30])
    for (const count of [1, 3, 7, 30]) {
      const labels = new Float32Array(count).fill(target);
      const metrics = regressionMetrics(
        labels.map((value) => value + 1),
        examples(labels, null),
      );
      expect(metrics.r2).toBeNull();
      expect([metrics.mse, metrics.rmse, metrics.mae].every(Number.isFinite)).toBe(true);
    }
  expect(regressionMetrics(Float32Array.of(1, 2), examples(Float32Array.of(1, 3), null)).r2).toBe(0.5);
});

test("targets and outputs of 1e20 and more have metrics that are numbers", () => {
  const { mse, rmse, mae, r2 } = regressionMetrics(
    Float32Array.of(0, 3e38),
    examples(Float32Array.of(-3e38, 1e20), null),
  );
  expect([mse, rmse, mae, r2].every((value) => Number.isFinite(value))).toBe(true);
});
