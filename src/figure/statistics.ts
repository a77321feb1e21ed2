/** The few statistics that figures state: means, ranks, a rank correlation, an interval. */

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Quantile by linear interpolation between order statistics (type 7 of Hyndman & Fan, 1996).
 *
 * @param part  0 … 1
 * @returns     NaN for no values
 */
export function quantile(values: readonly number[], part: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const at = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low === high ? low : low + (at - Math.floor(at)) * (high - low);
}
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Ranks from 1, equal values sharing the mean of theirs. */
export function ranksOf(values: readonly number[]): readonly number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]! || a - b);
  const ranks: number[] = new Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let at = from; at < to; at++) ranks[order[at]!] = (from + to + 1) / 2;
    from = to;
  }
  return ranks;
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
  const product = (s: readonly number[], t: readonly number[]): number =>
    s.reduce((sum, value, index) => sum + (value - middle) * (t[index]! - middle), 0);
  const scale = Math.sqrt(product(x, x) * product(y, y));
  return scale === 0 ? null : product(x, y) / scale;
}

/**
 * 97.5 % point of Student's t, so that mean ± t × se covers the true mean in 95 % of samples.
 *
 * Exact to four digits up to 9 degrees of freedom, by Cornish and Fisher's expansion above (error below 0.0005).
 * Source: Abramowitz & Stegun (1964), 26.7.5.
 */
export function studentT(freedom: number): number {
  const small = [Number.NaN, 12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622];
  if (freedom < small.length) return small[freedom]!;
  const z = 1.959963985;
  return (
    z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
  );
}
