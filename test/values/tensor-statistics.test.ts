import { expect, test } from "vitest";
import { blobOf } from "../../src/values/blob.js";
import { statisticsOf } from "../../src/values/tensor-statistics.js";

test("what is said of an array leaves out what is no number, and counts it", () => {
  const of = (values: readonly number[]) => statisticsOf(blobOf("float64", [values.length], Float64Array.from(values)));
  expect(of([1, 3, 0, 0])).toEqual({ min: 0, max: 3, mean: 1, sd: Math.sqrt(1.5), zeros: 2 });
  expect(of([1, Number.NaN, 3])).toEqual({ min: 1, max: 3, mean: 2, sd: 1, zeros: 0, absent: 1 });
  expect([of([]), of([Number.NaN])]).toEqual([null, null]);
});
