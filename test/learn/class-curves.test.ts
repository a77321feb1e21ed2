/** Curves of one class against the rest, where 32 bits tell little and where something is undefined. */
import { expect, test } from "vitest";
import { calibration } from "../../src/learn/calibration.js";
import {
  averagePrecision,
  classCurve,
  macroPrecision,
  macroRoc,
  precisionSteps,
  rocArea,
  rocPoints,
} from "../../src/learn/class-curves.js";
import type { Examples } from "../../src/learn/data.js";
import { readingOf } from "../../src/learn/losses.js";
import { classificationMetrics } from "../../src/learn/metrics.js";
import { stream } from "../../src/learn/random.js";

const examples = (labels: Int32Array): Examples => ({
  count: labels.length,
  shape: [1],
  classes: ["no", "yes"],
  scale: 1,
  features: new Float32Array(labels.length),
  labels,
  targets: 1,
  rows: Int32Array.from(labels.keys()),
});

test("the area of two classes is the metric `auc`, also where most probabilities round to 0 and 1", () => {
  const noise = stream(7, [], "curves");
  const labels = Int32Array.from({ length: 400 }, () => Number(noise.uniform() < 0.4));
  for (const size of [1, 12, 30]) {
    const logits = Float32Array.from(labels, (label) => size * (noise.normal() + label));
    const both = Float32Array.from([...logits].flatMap((z) => [1 - z / 2, 1 + z / 2]));
    for (const [type, outputs, width] of [
      ["binary_cross_entropy", logits, 1],
      ["cross_entropy", both, 2],
    ] as const) {
      const { auc } = classificationMetrics(outputs, examples(labels), { type });
      const probabilities = readingOf(type)!.probabilities(outputs, width);
      expect(rocArea(classCurve(probabilities, 2, labels, 1)), `${type} ${size}`).toBeCloseTo(auc!, 6);
      expect(rocArea(classCurve(probabilities, 2, labels, 0)), `${type} ${size}`).toBeCloseTo(auc!, 6);
    }
    // What the probabilities alone would say: with large logits many are equal.
    const own = Float32Array.from(
      labels,
      (_, at) => readingOf("binary_cross_entropy")!.probabilities(logits, 1)[2 * at + 1]!,
    );
    if (size === 30) expect(own.filter((value) => value === 1).length).toBeGreaterThan(100);
  }
});

test("examples of equal scores are one step, whatever their order", () => {
  const probabilities = Float32Array.of(...[0.75, 0.25, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.75]);
  const curve = classCurve(probabilities, 2, [1, 0, 1, 1, 0], 0);
  expect([...curve.truePositives]).toEqual([0, 1, 2]);
  expect([...curve.falsePositives]).toEqual([1, 3, 3]);
  expect(rocArea(curve)).toBeCloseTo(1 / 6, 12);
  expect(rocPoints(curve)).toEqual([
    [0, 0],
    [1 / 3, 0],
    [1, 0.5],
    [1, 1],
  ]);
});

test("a class without examples, or with all of them, has no curve of both sides", () => {
  const probabilities = Float32Array.of(0.5, 0.25, 0.25, 0.25, 0.5, 0.25);
  const absent = classCurve(probabilities, 3, [0, 0], 2);
  expect([rocArea(absent), averagePrecision(absent), rocPoints(absent), precisionSteps(absent)]).toEqual([
    ...[null, null, [], []],
  ]);
  const all = classCurve(probabilities, 3, [0, 0], 0);
  expect([rocArea(all), rocPoints(all)]).toEqual([null, []]);
  // Every threshold is right, as guessing is.
  expect(averagePrecision(all)).toBe(1);
});

test("the mean of a curve that rises at once and one that rises last is a step in the middle", () => {
  const [best, worst]: (readonly (readonly [number, number])[])[] = [
    [
      [0, 0],
      [0, 1],
      [1, 1],
    ],
    [
      [0, 0],
      [1, 0],
      [1, 1],
    ],
  ];
  expect(macroRoc([best!, worst!])).toEqual([
    [0, 0],
    [0, 0.5],
    [1, 0.5],
    [1, 1],
  ]);
  expect(
    macroPrecision([
      [[1, 1]],
      [
        [0.5, 0.6],
        [1, 0.2],
      ],
    ]),
  ).toEqual([
    [0.5, 0.8],
    [1, 0.6],
  ]);
});

test("a confidence at an edge belongs below it, however the edge is rounded; what is empty is no error", () => {
  // 3/10, 6/10 and 7/10 are not what 0.1 adds up to, and a little more or less in 32 bits.
  const [below, above] = [Math.fround(0.7), Math.fround(0.6)];
  expect([below < 0.7, above > 0.6]).toEqual([true, true]);
  const { bins, expectedError, maximumError } = calibration(
    Float32Array.of(0, 0.5, below, above, 1),
    [0, 1, 1, 0, 1],
    10,
  );
  expect(bins.map(({ count }) => count)).toEqual([1, 0, 0, 0, 1, 0, 2, 0, 0, 1]);
  expect(bins[1]).toEqual({ from: 0.1, to: 0.2, count: 0, right: 0, accuracy: null, confidence: null });
  expect(maximumError).toBe(0.5);
  expect(expectedError).toBeCloseTo((0.5 + Math.abs(below + above - 1)) / 5, 12);
});
