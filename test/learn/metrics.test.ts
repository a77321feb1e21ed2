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
        { type: "mse" },
        [],
      );
      expect(metrics.r2).toBeNull();
      expect([metrics.mse, metrics.rmse, metrics.mae].every(Number.isFinite)).toBe(true);
    }
  expect(regressionMetrics(Float32Array.of(1, 2), examples(Float32Array.of(1, 3), null), { type: "mse" }, []).r2).toBe(
    0.5,
  );
});

test("targets and outputs of 1e20 and more have metrics that are numbers", () => {
  const { mse, rmse, mae, r2 } = regressionMetrics(
    Float32Array.of(0, 3e38),
    examples(Float32Array.of(-3e38, 1e20), null),
    { type: "mse" },
    [],
  );
  expect([mse, rmse, mae, r2].every((value) => Number.isFinite(value))).toBe(true);
});

/** Numbers of these tests are numpy's, from the formulas as they stand in scikit-learn's guide. */
const logits = Float32Array.of(...[2, 0, -1, 0.5, 1.5, 0, 1, 1, 0, 0, 3, 1, -1, 0, 2, 0.2, 0.1, 0.3, 4, 0, 0, 0, 0, 5]);
const three = examples(Int32Array.of(0, 1, 0, 1, 2, 0, 1, 2), ["a", "b", "c"]);

test("averages over classes, balanced accuracy and log loss are scikit-learn's", () => {
  const metrics = classificationMetrics(logits, three, { type: "cross_entropy" });
  const near = (value: number): unknown => expect.closeTo(value, 6);
  expect(metrics).toMatchObject({
    accuracy: 0.75,
    loss: near(0.8734008370667423),
    logLoss: near(0.8734008370667423),
    balancedAccuracy: near(7 / 9),
    macro: { precision: near(7 / 9), recall: near(7 / 9), f1: near(0.7555555555555555) },
    weighted: { precision: near(0.7916666666666666), recall: near(0.75), f1: near(0.75) },
  });
  expect("auc" in metrics).toBe(false);
});

test("the loss is the model's own, with its weights and smoothing; the log loss is not", () => {
  const loss = { type: "cross_entropy", classWeight: [0.5, 2, 1], labelSmoothing: 0.1 } as const;
  const metrics = classificationMetrics(logits, three, loss);
  expect(metrics.loss).toBeCloseTo(1.192978541987823, 6);
  expect(metrics.logLoss).toBeCloseTo(0.8734008370667423, 6);
  const one = examples(Int32Array.of(0, 0), ["a", "b", "c"]);
  expect(classificationMetrics(logits.subarray(0, 6), one, { ...loss, classWeight: [0, 1, 1] }).loss).toBeNull();
});

test("the AUC of two classes counts ties half, and is the same from one logit as from two", () => {
  const z = [0.1, 0.4, 0.35, 0.8, 0.4, -1, 0.4, 2];
  const two = examples(Int32Array.of(0, 0, 1, 1, 1, 0, 0, 1), ["a", "b"]);
  const one = classificationMetrics(Float32Array.from(z), two, { type: "binary_cross_entropy" });
  expect(one.auc).toBe(0.8125);
  expect(one.loss).toBeCloseTo(0.5535143671501473, 6);
  expect(one.logLoss).toBe(one.loss);
  expect(one.accuracy).toBe(0.625);
  const pair = classificationMetrics(Float32Array.from(z.flatMap((value) => [0, value])), two, {
    type: "cross_entropy",
  });
  expect(pair.auc).toBe(0.8125);
  expect(pair.confusion).toEqual(one.confusion);
  const lone = examples(Int32Array.of(1, 1), ["a", "b"]);
  expect(classificationMetrics(Float32Array.of(1, 2), lone, { type: "binary_cross_entropy" }).auc).toBeNull();
});

test("averages are undefined with the precision of a class that was never predicted, and leave out who has no example", () => {
  const given = examples(Int32Array.of(0, 0, 1), ["a", "b", "c"]);
  const metrics = classificationMetrics(Float32Array.of(1, 0, 0, 1, 0, 0, 1, 0, 0), given, { type: "cross_entropy" });
  // Recall 1 and 0, F1 4/5 and 0.
  expect(metrics.macro).toEqual({ precision: null, recall: 0.5, f1: expect.closeTo(0.4, 12) });
  expect(metrics.weighted).toEqual({
    precision: null,
    recall: expect.closeTo(2 / 3, 12),
    f1: expect.closeTo(8 / 15, 12),
  });
  expect(metrics.balancedAccuracy).toBe(0.5);
});

test("several targets have metrics over all and of each, and the mean of their r2", () => {
  const labels = Float32Array.of(1, 10, 2, 20, 4, 60);
  const set = { ...examples(labels, null), count: 3, targets: 2, rows: Int32Array.of(0, 1, 2) };
  const outputs = Float32Array.of(1.5, 10, 2, 26, 3, 50);
  const near = (value: number): unknown => expect.closeTo(value, 7);
  expect(regressionMetrics(outputs, set, { type: "huber" }, ["y1", "y2"])).toEqual({
    huber: near(2.6041666666666665),
    mse: near(22.875),
    rmse: near(Math.sqrt(22.875)),
    mae: near(2.9166666666666665),
    r2: near(0.8175),
    count: 3,
    perTarget: [
      {
        target: "y1",
        mse: near(1.25 / 3),
        rmse: near(Math.sqrt(1.25 / 3)),
        mae: near(0.5),
        r2: near(0.7321428571428572),
      },
      {
        target: "y2",
        mse: near(136 / 3),
        rmse: near(Math.sqrt(136 / 3)),
        mae: near(16 / 3),
        r2: near(0.9028571428571428),
      },
    ],
  });
  const constant = { ...set, labels: Float32Array.of(1, 10, 1, 20, 1, 60) };
  const { r2, perTarget } = regressionMetrics(outputs, constant, { type: "mae" }, []);
  expect([r2, ...perTarget!.map((each) => each.r2)]).toEqual([null, null, near(0.9028571428571428)]);
  expect(perTarget!.map(({ target }) => target)).toEqual(["1", "2"]);
});
