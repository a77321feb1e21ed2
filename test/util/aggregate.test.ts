/** Metrics over elements, some of which have no such number. */

import { expect, test } from "vitest";
import { aggregateMetrics } from "../../src/util/aggregate.js";
import { spreadOf } from "../../src/util/statistics.js";

test("undefined values are left out of a mean, and how many counted is told", () => {
  expect(spreadOf([1, null, 3])).toEqual({ mean: 2, sd: Math.SQRT2, se: 1, count: 2 });
  expect(spreadOf([null, 3])).toEqual({ mean: 3, sd: null, se: null, count: 1 });
  expect(spreadOf([null, null])).toEqual({ mean: null, sd: null, se: null, count: 0 });
  expect(spreadOf([0, 0])).toEqual({ mean: 0, sd: 0, se: 0, count: 2 });
});

test("each number of each class has its own count; texts and sums stay what they were", () => {
  const fold = (recall: number | null, support: number): object => ({
    accuracy: 1,
    perClass: [{ class: "b", recall, support }],
    confusion: [[support]],
    r2: null,
  });
  const spread = (mean: number | null, sd: number | null, se: number | null, count: number): object => ({
    mean,
    sd,
    se,
    count,
  });
  expect(aggregateMetrics([fold(1, 1), fold(null, 0), fold(1, 2)] as never)).toEqual({
    accuracy: spread(1, 0, 0, 3),
    perClass: [{ class: "b", recall: spread(1, 0, 0, 2), support: spread(1, 1, 1 / Math.sqrt(3), 3) }],
    confusion: [[3]],
    r2: spread(null, null, null, 0),
  });
});

test("equal values have no spread, whatever rounding makes of their sum", () => {
  for (const value of [0.1, 1 / 3, 0.7, 1e-30])
    expect(spreadOf([value, value, value])).toEqual({ mean: value, sd: 0, se: 0, count: 3 });
});

test("folds of several repetitions are of the same examples: se is that of one repetition", () => {
  const folds = [1, 3, 2, 4, 2, 6].map((mse) => ({ mse, perTarget: [{ mse }] }));
  const { mean, sd, se, count } = spreadOf([1, 3, 2, 4, 2, 6]);
  // Of three repetitions of two folds: sd / √2.
  expect(se! * Math.sqrt(3)).toBeCloseTo(sd! / Math.SQRT2, 12);
  const wanted = { mean, sd, se: expect.closeTo(sd! / Math.SQRT2, 12), count };
  expect(aggregateMetrics(folds, 3)).toEqual({ mse: wanted, perTarget: [{ mse: wanted }] });
  expect(aggregateMetrics([{ mse: 1 }], 3)).toEqual({ mse: { mean: 1, sd: null, se: null, count: 1 } });
});
