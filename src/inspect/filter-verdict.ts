/**
 * How many kernels look like an edge, against what chance would bring.
 *
 * In a bank of filters and all directions something always fits somewhat, the better the fewer pixels there are. So a
 * kernel looks like an edge where its correlation is one that few kernels of independent normal numbers reach: `chance`
 * of them, by drawing them. Of kernels that have learned nothing about edges so many are then counted all the same.
 */
import type { Stream } from "../learn/random.js";
import { type Interval, wilson } from "../statistics/intervals.js";
import { atLeast } from "../statistics/tests.js";
import { sortedQuantile } from "../util/statistics.js";
import { bestMatch, type Filter } from "./filter-bank.js";

/** Of random kernels so many look like an edge. */
export const chance = 0.05;
/** That share is then known to ± 0.2 % (95 %). */
const drawn = 40_000;

/** What decides whether a kernel looks like an edge. */
export interface EdgeThreshold {
  /** Correlation from which on a kernel does. */
  readonly correlation: number;
  /** Share of random kernels that reach it. */
  readonly chance: number;
  /** So many were drawn. */
  readonly drawn: number;
}

/**
 * @param random  a stream of its own, which knows no seed: the threshold belongs to the size, as a table would
 * @returns       null where every kernel of the size fits a filter entirely, for it has no other pattern: 1 × 2, and
 *   of an empty bank
 */
export function edgeThreshold(bank: readonly Filter[], size: number, random: Stream): EdgeThreshold | null {
  const [filter] = bank;
  const patterns = [filter?.right, filter?.up].filter((pattern) => pattern).length;
  if (!filter || size - 1 <= patterns) return null;
  const kernel = new Float64Array(size);
  const correlations = new Float64Array(drawn);
  for (let each = 0; each < drawn; each++) {
    for (let at = 0; at < size; at++) kernel[at] = random.normal();
    correlations[each] = bestMatch(bank, kernel)!.correlation;
  }
  return { correlation: sortedQuantile(correlations.sort(), 1 - chance), chance, drawn };
}

export interface EdgeVerdict {
  /** Kernels that were compared: those with more than one number in them. */
  readonly count: number;
  /** Of these: so many look like an edge. */
  readonly edges: number;
  /** 95 % interval of their share, Wilson's; null without kernels. */
  readonly interval: Interval | null;
  /** How often as many or more of random kernels would, if each were drawn by itself; null without kernels. */
  readonly p: number | null;
}

/** @param correlations  of the kernels that have one */
export function edgeVerdict(correlations: readonly number[], threshold: EdgeThreshold): EdgeVerdict {
  const count = correlations.length;
  const edges = correlations.filter((correlation) => correlation >= threshold.correlation).length;
  return { count, edges, interval: wilson(edges, count), p: count === 0 ? null : atLeast(edges, count, chance) };
}
