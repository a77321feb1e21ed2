/**
 * What columns of numbers are like: extent, empty intervals, order, shift, classes, repeated rows. Pure, and of data in
 * any form.
 *
 * Each rule that ends in a warning states how rarely it speaks of data that have nothing to it: about once in a hundred
 * columns or less.
 */
import { ranksOf } from "../util/statistics.js";
import type { ColumnProfile } from "../values/profile.js";

/** Numbers told of a column; null where there is no number to tell them of. NaN stands where a value is missing. */
export type Summary = Omit<ColumnProfile, "name" | "role" | "empty" | "shift">;

export function summarise(values: ArrayLike<number>): Summary {
  let [min, max, sum, count] = [Infinity, -Infinity, 0, 0];
  const seen = new Set<number>();
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (Number.isNaN(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    count++;
    seen.add(value);
  }
  const missing = values.length - count;
  if (count === 0) return { min: null, max: null, mean: null, sd: null, missing, distinct: 0 };
  // Rounding would leave the mean of a constant column beside its value, and a spread where there is none.
  if (min === max) return { min, max, mean: min, sd: count > 1 ? 0 : null, missing, distinct: 1 };
  const mean = sum / count;
  let squares = 0;
  for (let at = 0; at < values.length; at++) if (!Number.isNaN(values[at]!)) squares += (values[at]! - mean) ** 2;
  return { min, max, mean, sd: count > 1 ? Math.sqrt(squares / (count - 1)) : null, missing, distinct: seen.size };
}

/** The same of bytes × scale, from how often each byte stands there: one pass over any number of pixels. */
export function summariseBytes(bytes: Uint8Array, scale: number): Summary {
  const counts = new Float64Array(256);
  for (let at = 0; at < bytes.length; at++) counts[bytes[at]!]!++;
  const present = Array.from(counts.keys()).filter((value) => counts[value]! > 0);
  if (present.length === 0) return { min: null, max: null, mean: null, sd: null, missing: 0, distinct: 0 };
  const mean = present.reduce((sum, value) => sum + value * counts[value]!, 0) / bytes.length;
  const squares = present.reduce((sum, value) => sum + counts[value]! * (value - mean) ** 2, 0);
  return {
    min: present[0]! * scale,
    max: present[present.length - 1]! * scale,
    mean: mean * scale,
    sd: bytes.length > 1 ? Math.sqrt(squares / (bytes.length - 1)) * scale : null,
    missing: 0,
    distinct: present.length,
  };
}

/** An empty interval is longer than any that 99 of 100 samples of evenly spread values have: −ln(−ln 0.99) = 4.6 … */
const rarity = 4.6;
/** … and this many times as long as the longest of so many spacings on each side of it … */
const timesLonger = 2;
const neighbours = 5;
/** … with this share of the distinct values, or more, on each side. */
const sideShare = 0.1;

/**
 * Intervals inside the range of the values in which there are none, though there might be.
 *
 * The m spacings between neighbouring distinct values are looked at. Of m spacings of evenly spread values the longest
 * exceeds range × (ln m + t) / m with a chance of 1 − exp(−exp(−t)). A spacing is an empty interval when it is longer
 * than that for t = 4.6 (1 in 100), is twice as long as the longest of the five on either side, and has a tenth of the
 * values (five at the least) on either side. The second and third keep the thin ends of bell-shaped and skewed data
 * silent: of 100 to 10,000 uniform, normal, exponential, log-normal or Cauchy numbers, at most 2 samples in 100 have
 * one. Whole numbers are silent because they are counted once each; so are fewer than 12 distinct values.
 *
 * @returns from the left; both ends are values that occur
 * Source of the distribution: H. A. David & H. N. Nagaraja, Order Statistics (2003), §6.4.
 */
export function emptyIntervals(values: ArrayLike<number>): readonly (readonly [number, number])[] {
  const sorted = Float64Array.from(values)
    .filter((value) => Number.isFinite(value))
    .sort();
  const distinct = sorted.filter((value, index) => index === 0 || value !== sorted[index - 1]);
  const m = distinct.length - 1;
  if (m < 2 * neighbours + 1) return [];
  const least = ((distinct[m]! - distinct[0]!) * (Math.log(m) + rarity)) / m;
  const spacing = (index: number): number => distinct[index + 1]! - distinct[index]!;
  const found: (readonly [number, number])[] = [];
  const side = Math.max(neighbours, Math.ceil(sideShare * m));
  for (let index = side; index < m - side; index++) {
    if (spacing(index) <= least) continue;
    let beside = 0;
    for (let away = 1; away <= neighbours; away++)
      beside = Math.max(beside, spacing(index - away), spacing(index + away));
    if (spacing(index) >= timesLonger * beside) found.push([distinct[index]!, distinct[index + 1]!]);
  }
  return found;
}

/**
 * Correlation of the rank of each value with that of the next: 1 when neighbours are alike, near 0 in a random order
 * (standard deviation 1/√n). Unlike a correlation with the row number it sees groups in any order.
 *
 * @returns 0 for fewer than three values, or equal ones Source: A. Wald & J. Wolfowitz (1943), "An exact test for
 *   randomness in the non-parametric case based on serial correlation".
 */
export function serialCorrelation(values: ArrayLike<number>): number {
  if (values.length < 3) return 0;
  const rank = ranksOf(values);
  const mean = (rank.length + 1) / 2;
  let [products, squares] = [0, 0];
  for (let at = 0; at < rank.length; at++) {
    squares += (rank[at]! - mean) ** 2;
    if (at + 1 < rank.length) products += (rank[at]! - mean) * (rank[at + 1]! - mean);
  }
  return squares === 0 ? 0 : products / squares;
}

/** Neighbours are this much alike before a word is said: a fold of such rows differs from the others visibly … */
const leastLikeness = 0.3;
/** … and by this many standard deviations of a random order, which one in 30,000 has by chance. */
const deviations = 4;

export type Order = "sorted" | "grouped" | "mixed";

/**
 * Do the rows come in the order of a column of numbers? `sorted`: from one end to the other, with eight distinct values
 * or more. `grouped`: the serial rank correlation is above 0.3 and above 4/√n.
 */
export function orderOfNumbers(all: ArrayLike<number>): Order {
  const values = Float64Array.from(all).filter((value) => !Number.isNaN(value));
  let [rises, falls] = [0, 0];
  for (let at = 1; at < values.length; at++) {
    if (values[at]! > values[at - 1]!) rises++;
    else if (values[at]! < values[at - 1]!) falls++;
  }
  if ((rises === 0) !== (falls === 0) && rises + falls >= 7) return "sorted";
  if (serialCorrelation(values) <= Math.max(leastLikeness, deviations / Math.sqrt(values.length))) return "mixed";
  return rises === 0 || falls === 0 ? "sorted" : "grouped";
}

/**
 * Do the rows come in the order of their classes? `sorted`: every class in one run. `grouped`: the next row has the
 * same class more often than in a random order, by 0.3 of the cases that could be and by 4 standard deviations.
 */
export function orderOfClasses(labels: ArrayLike<number>): Order {
  const counts = new Map<number, number>();
  let same = 0;
  for (let at = 0; at < labels.length; at++) {
    counts.set(labels[at]!, (counts.get(labels[at]!) ?? 0) + 1);
    if (at > 0 && labels[at] === labels[at - 1]) same++;
  }
  const pairs = labels.length - 1;
  if (counts.size < 2 || pairs < 1) return "mixed";
  let expected = 0;
  for (const count of counts.values()) expected += (count * (count - 1)) / (labels.length * pairs);
  const share = same / pairs;
  const beyond = share - expected;
  if (beyond <= leastLikeness * (1 - expected) || beyond <= deviations * Math.sqrt((expected * (1 - expected)) / pairs))
    return "mixed";
  return pairs - same === counts.size - 1 ? "sorted" : "grouped";
}

/**
 * Largest distance between the shares of two samples at or below a value (two-sample Kolmogorov–Smirnov).
 *
 * @returns statistic in 0 … 1, and the critical value √(−ln(α/2)/2) × √((n+m)/nm) that two samples of one distribution
 *   exceed
 *          with a chance of at most about α
 */
export function shift(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  alpha: number,
): { readonly statistic: number; readonly critical: number } {
  const [first, second] = [a, b].map((values) =>
    Float64Array.from(values)
      .filter((value) => !Number.isNaN(value))
      .sort(),
  ) as [Float64Array, Float64Array];
  const [n, m] = [first.length, second.length];
  if (n === 0 || m === 0) return { statistic: 0, critical: 1 };
  let [i, j, statistic] = [0, 0, 0];
  while (i < n && j < m) {
    const value = Math.min(first[i]!, second[j]!);
    while (i < n && first[i]! <= value) i++;
    while (j < m && second[j]! <= value) j++;
    statistic = Math.max(statistic, Math.abs(i / n - j / m));
  }
  return { statistic, critical: Math.sqrt(-Math.log(alpha / 2) / 2) * Math.sqrt((n + m) / (n * m)) };
}

/** Classes are of similar size while the largest is at most half as large again as the smallest. */
const largestRatio = 1.5;

/**
 * @returns ratio: largest / smallest, null where a class is empty; evenness: entropy / ln(classes), 1 for equal sizes
 */
export function classBalance(counts: readonly number[]): {
  readonly ratio: number | null;
  readonly evenness: number;
  readonly balanced: boolean;
} {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const [smallest, largest] = [Math.min(...counts), Math.max(...counts)];
  const entropy = counts.reduce(
    (sum, count) => (count === 0 ? sum : sum - (count / total) * Math.log(count / total)),
    0,
  );
  const ratio = smallest === 0 ? null : largest / smallest;
  return {
    ratio,
    evenness: counts.length < 2 || total === 0 ? 1 : entropy / Math.log(counts.length),
    balanced: ratio !== null && ratio <= largestRatio,
  };
}

/**
 * Rows of equally many bytes, findable by content. Equal hashes are compared byte by byte, so what is called equal is
 * equal.
 */
export class RowIndex {
  /** Of each hash, positions in `rows`, each of a different content. */
  private readonly places = new Map<number, number[]>();
  /** Of each position in `rows`, the first with the same content. */
  readonly first: Int32Array;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly rowBytes: number,
    private readonly rows: Int32Array,
  ) {
    this.first = new Int32Array(rows.length);
    for (let at = 0; at < rows.length; at++) {
      const hash = hashOf(bytes, rows[at]! * rowBytes, rowBytes);
      const found = this.among(hash, bytes, rows[at]!);
      this.first[at] = found < 0 ? at : found;
      if (found >= 0) continue;
      const same = this.places.get(hash);
      if (same) same.push(at);
      else this.places.set(hash, [at]);
    }
  }

  /** Position in `rows` of a row with the content of row `row` of `bytes`, or −1. */
  find(bytes: Uint8Array, row: number): number {
    return this.among(hashOf(bytes, row * this.rowBytes, this.rowBytes), bytes, row);
  }

  private among(hash: number, bytes: Uint8Array, row: number): number {
    return this.places.get(hash)?.find((at) => this.equals(at, bytes, row)) ?? -1;
  }

  private equals(at: number, bytes: Uint8Array, row: number): boolean {
    const [a, b] = [this.rows[at]! * this.rowBytes, row * this.rowBytes];
    for (let byte = 0; byte < this.rowBytes; byte++) if (this.bytes[a + byte] !== bytes[b + byte]) return false;
    return true;
  }
}

/** FNV-1a, four bytes at a time. */
function hashOf(bytes: Uint8Array, from: number, length: number): number {
  let hash = 0x811c9dc5;
  const words = length - (length % 4);
  for (let at = from; at < from + words; at += 4) {
    hash = Math.imul(
      hash ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)),
      0x01000193,
    );
    hash ^= hash >>> 15;
  }
  for (let at = from + words; at < from + length; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash;
}
