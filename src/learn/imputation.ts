/**
 * What stands for a value that is missing: a statistic of those that its column has, as scikit-learn's `SimpleImputer`
 * takes it.
 *
 *   mean            Σ x / n
 *   median          the middle one of those sorted; of an even count the mean of the two middle ones
 *   most_frequent   the smallest of those that occur most often
 *
 * In doubles; what is given as float32 is filled by the nearest float32. Inf is a value.
 */
import type { Imputation } from "../values/dataset.js";
import type { Examples } from "./data.js";

export const imputationMethods = ["mean", "median", "most_frequent"] as const;
export type ImputationMethod = (typeof imputationMethods)[number];

/** @returns  null in place of an imputation where a column has no value: which one, from 0 */
export function imputation(
  { features, rows, shape, scale }: Pick<Examples, "features" | "rows" | "shape" | "scale">,
  method: ImputationMethod,
): Imputation | { readonly empty: number } {
  const [width] = shape as readonly [number];
  const fill: number[] = [];
  const values = new Float64Array(rows.length);
  for (let column = 0; column < width; column++) {
    let count = 0;
    for (const row of rows) {
      const value = features[row * width + column]! * scale;
      if (!Number.isNaN(value)) values[count++] = value;
    }
    if (count === 0) return { empty: column };
    const found = statisticOf[method](values.slice(0, count)) + 0;
    fill.push(features instanceof Float64Array ? found : Math.fround(found));
  }
  return { method: "impute", fill };
}

/** Of one value or more, which they may put in another order. */
const statisticOf: { readonly [M in ImputationMethod]: (values: Float64Array) => number } = {
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  median(values) {
    const sorted = values.sort();
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  },
  most_frequent(values) {
    const sorted = values.sort();
    let [best, most, run] = [sorted[0]!, 0, 0];
    for (let at = 0; at < sorted.length; at++) {
      run = at > 0 && sorted[at] === sorted[at - 1] ? run + 1 : 1;
      if (run > most) [best, most] = [sorted[at]!, run];
    }
    return best;
  },
};
