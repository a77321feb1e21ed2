/**
 * The few statistics that are stated of small samples: mean and spread, quantiles, ranks, a rank correlation.
 * `ranksOf` also serves whole columns of data. Intervals and tests are in `statistics/`.
 */

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** null where there is nothing to have a part of. */
export const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/**
 * Quantile by linear interpolation between order statistics (type 7 of Hyndman & Fan, 1996).
 *
 * @param part  0 … 1
 * @returns     NaN for no values
 */
export function quantile(values: readonly number[], part: number): number {
  return sortedQuantile(
    values.toSorted((a, b) => a - b),
    part,
  );
}
/** The same of values in ascending order. */
export function sortedQuantile(sorted: ArrayLike<number>, part: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low === high ? low : low + (at - Math.floor(at)) * (high - low);
}
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * Mean, standard deviation (n − 1) and standard error (sd / √n) of `count` values that are defined; sd and se are null
 * for one, mean for none.
 */
export type Spread = {
  readonly mean: number | null;
  readonly sd: number | null;
  readonly se: number | null;
  readonly count: number;
};
/** Of at least one value. */
export type ScoreSpread = Spread & { readonly mean: number };

/** @param values  null where undefined. Of numbers alone there is at least one. */
export function spreadOf(values: readonly number[]): ScoreSpread;
export function spreadOf(values: readonly (number | null)[]): Spread;
export function spreadOf(values: readonly (number | null)[]): Spread {
  // In loops: a search of a thousand trials asks a million times.
  let [count, sum, isEqual] = [0, 0, true];
  let first: number | null = null;
  for (const value of values) {
    if (value === null) continue;
    first ??= value;
    isEqual &&= value === first;
    sum += value;
    count++;
  }
  if (first === null) return { mean: null, sd: null, se: null, count };
  const mean = sum / count;
  if (count === 1) return { mean, sd: null, se: null, count };
  // What rounding leaves of the mean of equal values is no spread.
  if (isEqual) return { mean: first, sd: 0, se: 0, count };
  let squares = 0;
  for (const value of values) if (value !== null) squares += (value - mean) ** 2;
  const sd = Math.sqrt(squares / (count - 1));
  return { mean, sd, se: sd / Math.sqrt(count), count };
}

/** Of values that are of the same examples several times: with the standard error of one time, sd / √(n / repeats). */
export const ofRepeats = <S extends Spread>(spread: S, repeats: number): S =>
  repeats > 1 && spread.se !== null ? { ...spread, se: spread.se * Math.sqrt(repeats) } : spread;

/** Whether a metric is one over elements. */
export const isSpread = (value: unknown): value is Spread =>
  value !== null && typeof value === "object" && "mean" in value && "sd" in value && "se" in value;

/** Ranks from 1 in the order of the values; equal values share the mean of theirs. */
export function ranksOf(values: ArrayLike<number>): Float64Array {
  // Sorting numbers and looking each up is a good deal faster than sorting places by what stands there.
  const sorted = copied(values).sort();
  const rankAt = new Float64Array(sorted.length);
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1;
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    rankAt.fill((start + end + 1) / 2, start, end);
    start = end;
  }
  const found = new Float64Array(values.length);
  const bucketOf = buckets(sorted);
  // Where each bucket begins in the sorted values, so that few are left to search.
  const starts = new Uint32Array(sorted.length + 2);
  for (let at = 0; at < sorted.length; at++) starts[bucketOf(sorted[at]!) + 1]!++;
  for (let bucket = 1; bucket < starts.length; bucket++) starts[bucket]! += starts[bucket - 1]!;
  for (let at = 0; at < found.length; at++) {
    const value = values[at]!;
    const bucket = bucketOf(value);
    let [low, high] = [starts[bucket]!, starts[bucket + 1]! - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    found[at] = rankAt[low]!;
  }
  return found;
}
/** As many equal intervals as there are values; a larger value is in no lower one. */
function buckets(sorted: Float64Array): (value: number) => number {
  const [first, count] = [sorted[0] ?? 0, sorted.length];
  const perUnit = count / (sorted[count - 1]! - first);
  if (!(perUnit > 0 && perUnit < Number.MAX_VALUE)) return () => 0;
  return (value) => Math.min(count, Math.floor((value - first) * perUnit));
}
/** `from` takes ten times as long. */
function copied(values: ArrayLike<number>): Float64Array {
  const copy = new Float64Array(values.length);
  for (let at = 0; at < copy.length; at++) copy[at] = values[at]!;
  return copy;
}

/**
 * Spearman's rank correlation: Pearson's correlation of the ranks.
 *
 * @returns  −1 … 1; null for fewer than three pairs, or where one side is constant. Infinite values have ranks; NaN
 *   must be left out.
 */
export function spearman(a: readonly number[], b: readonly number[]): number | null {
  if (a.length < 3) return null;
  const [x, y] = [ranksOf(a), ranksOf(b)];
  const middle = (a.length + 1) / 2;
  const product = (s: Float64Array, t: Float64Array): number =>
    s.reduce((sum, value, index) => sum + (value - middle) * (t[index]! - middle), 0);
  const scale = Math.sqrt(product(x, x) * product(y, y));
  return scale === 0 ? null : product(x, y) / scale;
}
