/**
 * 95 % intervals: Wilson's of a proportion, Student's of a mean, and the percentile bootstrap of everything else.
 *
 * Each says how far a number could be off by chance of which examples (or folds) there happened to be, and nothing of
 * other trainings. Where a sample knows of no spread there is no interval: null, which is said, and not a point.
 * Nothing here draws: the bootstrap is handed its resamples.
 */
import { type Spread, sortedQuantile } from "../util/statistics.js";
import { normalQuantile, studentQuantile } from "./distributions.js";

/** An interval misses the true value in so many of all samples, above and below alike. */
const missed = 0.05;
/** Of the bootstrap: the ends of an interval are then known to about 4 % of its half width. */
export const resampleCount = 2000;

export type Interval = readonly [low: number, high: number];

const [lower, upper] = [missed / 2, 1 - missed / 2];
const z = normalQuantile(upper);

/**
 * Wilson's score interval of a proportion k / n.
 *
 *   (k + z²/2 ± z √(k (n − k) / n + z²/4)) / (n + z²),  z the 97.5 % point of the normal
 *
 * It is inside 0 … 1, and is no point where all are right or none is.
 *
 * @param right  0 … count
 * @returns      null where there are none to be right
 * Source: Wilson (1927); Brown, Cai & DasGupta (2001).
 */
export function wilson(right: number, count: number): Interval | null {
  if (count === 0) return null;
  const centre = right + (z * z) / 2;
  const half = z * Math.sqrt((right * (count - right)) / count + (z * z) / 4);
  const whole = count + z * z;
  // What rounding would leave beside the ends.
  return [right === 0 ? 0 : (centre - half) / whole, right === count ? 1 : (centre + half) / whole];
}

/**
 * Student's interval of a mean: mean ± t sd / √n, t the 97.5 % point with n − 1 degrees of freedom.
 *
 * @returns  null for fewer than two values, where all are equal, or where they are not finite
 * Source: Student (1908).
 */
export function tInterval({ mean, se, count }: Spread): Interval | null {
  if (mean === null || se === null || se === 0 || !Number.isFinite(se)) return null;
  const half = studentQuantile(upper, count - 1) * se;
  return [mean - half, mean + half];
}

/** What adding up in another order leaves of equal values is no spread. */
const rounding = 1e-12;
/** An interval is stated where at least so many of the resamples have a value. */
const definedShare = 0.95;

/**
 * The percentile interval: from the 2.5 % to the 97.5 % quantile (type 7) of what the resamples come to.
 *
 * @param values  of the resamples; null or not finite where one leaves the measure undefined
 * @returns       null where more than 5 % are undefined, or where all are equal
 * Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, §13.3.
 */
export function percentile(values: readonly (number | null)[]): Interval | null {
  const defined = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (defined.length === 0 || defined.length < definedShare * values.length) return null;
  const sorted = Float64Array.from(defined).sort();
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  if (most - least <= rounding * Math.max(Math.abs(least), Math.abs(most))) return null;
  return [sortedQuantile(sorted, lower), sortedQuantile(sorted, upper)];
}

/**
 * Percentile intervals of several measures of one sample, of the same resamples.
 *
 * @param resamples  each as the indices that were drawn with replacement, as many as there are units
 * @param measure    of a sample by its indices: its measures, always as many, null where undefined
 * @returns          one for each measure
 */
export function bootstrap<Indices>(
  resamples: Iterable<Indices>,
  measure: (indices: Indices) => readonly (number | null)[],
): readonly (Interval | null)[] {
  const values: (number | null)[][] = [];
  for (const indices of resamples) {
    const measured = measure(indices);
    for (let at = 0; at < measured.length; at++) {
      values[at] ??= [];
      values[at]!.push(measured[at]!);
    }
  }
  return values.map(percentile);
}
