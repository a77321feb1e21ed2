/**
 * Resamples of the examples that a model was judged by: units drawn with replacement, as many as there are.
 *
 * A unit is an example, up to `mostUnits` of them. Of more the examples are dealt to so many units at random, and units
 * are drawn: what a resample comes to then has the same mean and variance, the latter to a share of √(2 / units), which
 * is 1 %, and a million examples take no longer than twenty thousand. Nothing else of it depends on the number.
 */
import type { Stream } from "./random.js";

/** Of classes. Each resample looks at every unit once: at 20,000 the 2,000 of them take about a second. */
const mostUnits = 20_000;
/** Of many targets: so many numbers a resample, but no fewer units than tell a spread to 6 %. */
const [mostNumbers, fewestUnits] = [500_000, 500];

export interface Units {
  readonly count: number;
  /** The unit of each example; null where each is one of its own. */
  readonly of: Int32Array | null;
}
/** Each example is a unit. */
export const single = (count: number): Units => ({ count, of: null });

/**
 * @param examples  how many there are
 * @param width     how many numbers are looked at for each: its targets
 */
export function unitsOf(examples: number, width: number, random: Stream): Units {
  const most = Math.max(fewestUnits, Math.min(mostUnits, Math.floor(mostNumbers / width)));
  if (examples <= most) return single(examples);
  return { count: most, of: random.permutation(examples).map((place) => place % most) };
}

/** The sum over each unit's examples. */
export function sumsOver(units: Units, values: Float64Array): Float64Array {
  if (!units.of) return values;
  const sums = new Float64Array(units.count);
  for (const [index, unit] of units.of.entries()) sums[unit]! += values[index]!;
  return sums;
}

/** How often each unit is in the set itself. */
export const once = (units: Units): Int32Array => new Int32Array(units.count).fill(1);

/**
 * How often each unit is in each of the resamples. The array that is handed out is the same one, filled anew.
 *
 * @param before  asked before each, and may throw
 */
export function* resamplesOf(units: Units, count: number, random: Stream, before: () => void): Iterable<Int32Array> {
  const times = new Int32Array(units.count);
  for (let resample = 0; resample < count; resample++) {
    before();
    random.drawings(times);
    yield times;
  }
}

/** Metrics of a set, by how often each unit is in it. At least one is. */
export type Measure<M> = (times: Int32Array) => M;
/** Σ times · values. */
export function sumOf(times: Int32Array, values: Float64Array): number {
  let sum = 0;
  for (let unit = 0; unit < times.length; unit++) sum += times[unit]! * values[unit]!;
  return sum;
}
