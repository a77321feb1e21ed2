/**
 * Whether weights are bell-shaped around 0, or have no peak there, as numbers that can be tested.
 *
 * Weights are counted in bands of half a standard deviation. A remark holds where 95 % intervals bear it, which are
 * Wilson's of a share, as if each weight were an independent draw: those of a layer are not, so an interval says how
 * much of a difference so few weights would leave to chance, and nothing of other trainings.
 */
import { normalCdf } from "../statistics/distributions.js";
import { wilson } from "../statistics/intervals.js";
import type { AroundZero, Ratio, WeightMoments } from "../values/weight-statistics.js";
import { within } from "./weight-statistics.js";

/** On each side of the band around 0. */
const bandsBeside = 3;
const middle = bandsBeside;
/** How far a narrow peak reaches from 0, in sd. */
const spikeWidth = 0.05;
/** A mean that is no farther from 0, in sd, is around 0. */
const mostOffset = 0.1;
/** A flatter peak than this is none of a bell, however sure it is: a normal's is 1.28 times as dense as beside it. */
const leastOfBell = 1.1;

/** @returns  null where all weights are equal, or one is not finite */
export function aroundZero(weights: Float32Array, { count, mean, sd }: WeightMoments): AroundZero | null {
  if (!(sd > 0)) return null;
  const bands = bandsOf(weights, sd);
  const inside = bands[middle]!;
  const offset = mean / sd;
  const expected = normalCdf(0.5 - offset) - normalCdf(-0.5 - offset);
  const share = wilson(inside, count)!;
  const beside = Math.max(bands[middle - 1]!, bands[middle + 1]!);
  // The band around 0 is twice as wide as the others.
  const againstBeside = densityRatio(inside, beside, 2);
  const fall = (from: number, to: number): Ratio => densityRatio(bands[from]!, bands[to]!, 1);
  const falls = [[fall(2, 1), fall(1, 0)] as const, [fall(4, 5), fall(5, 6)] as const];
  const core = within(weights, spikeWidth * sd);
  // The core is 0.1 sd wide, the rest of its band 0.9 sd.
  const spike = densityRatio(core, inside - core, spikeWidth / (0.5 - spikeWidth));
  const peak = peakOf(againstBeside, spike);
  return {
    bands,
    offset,
    againstNormal: {
      value: finiteOr(inside / count / expected),
      low: finiteOr(share[0] / expected),
      high: finiteOr(share[1] / expected),
    },
    againstBeside,
    spike,
    falls,
    peak,
    isBell: isAbove(leastOfBell, againstBeside) && Math.abs(offset) <= mostOffset && falls.flat().every(isAboveOne),
  };
}

/** A weight on an end belongs to the band farther from 0. */
function bandsOf(weights: Float32Array, sd: number): readonly number[] {
  const bands = new Array<number>(2 * bandsBeside + 1).fill(0);
  for (let at = 0; at < weights.length; at++) {
    const halves = Math.floor((2 * Math.abs(weights[at]!)) / sd);
    if (halves > bandsBeside) continue;
    if (weights[at]! < 0) bands[middle - halves]!++;
    else bands[middle + halves]!++;
  }
  return bands;
}

/**
 * The density of a band over that of another: (a / width) / b of a and b weights, where the first is `width` times as
 * wide. Its interval is that of a's share p of both, as p / (1 − p) / width.
 */
function densityRatio(a: number, b: number, width: number): Ratio {
  const interval = wilson(a, a + b);
  if (!interval) return { value: null, low: null, high: null };
  const odds = (p: number): number | null => finiteOr(p / (1 - p) / width);
  return { value: finiteOr(a / b / width), low: odds(interval[0]), high: odds(interval[1]) };
}

const finiteOr = (value: number): number | null => (Number.isFinite(value) ? value : null);
const isAbove = (least: number, { low }: Ratio): boolean => low !== null && low > least;
const isAboveOne = (ratio: Ratio): boolean => isAbove(1, ratio);

function peakOf(beside: Ratio, spike: Ratio): AroundZero["peak"] {
  if (isAboveOne(beside)) return "at 0";
  return beside.high !== null && beside.high < 1 && !isAboveOne(spike) ? "none" : null;
}
