/** The area under the ROC curve of two classes, over all examples or a resample: defined in `metrics.ts`. */
import { ranksOf, share } from "../util/statistics.js";
import type { Outputs } from "./criterion.js";
import type { ClassReading } from "./losses.js";
import { type Measure, sumOf, sumsOver, type Units } from "./resampling.js";

/** Of two classes: examples in the order of their scores, and from where on the score is the same. */
export interface Scores {
  readonly order: Int32Array;
  readonly isSecond: Uint8Array;
  readonly starts: Int32Array;
}
export function scoresOf(outputs: Outputs, width: number, { score }: ClassReading, labels: Int32Array): Scores {
  const ranks = ranksOf(Float64Array.from(labels, (_, at) => score(outputs, at * width)));
  const order = Int32Array.from(labels.keys()).sort((a, b) => ranks[a]! - ranks[b]! || a - b);
  return {
    order,
    isSecond: Uint8Array.from(order, (at) => labels[at]!),
    starts: Int32Array.from(order.keys()).filter((at) => at === 0 || ranks[order[at]!] !== ranks[order[at - 1]!]),
  };
}
/** From the lowest score: the firsts below each second, and half of those beside it. */
export function aucOf({ isSecond, starts }: Scores, unitAt: Int32Array, times: Int32Array): number | null {
  let [firsts, seconds, won] = [0, 0, 0];
  for (let index = 0; index < starts.length; index++) {
    const to = index + 1 < starts.length ? starts[index + 1]! : unitAt.length;
    let [here, both] = [0, 0];
    for (let at = starts[index]!; at < to; at++) {
      const often = times[unitAt[at]!]!;
      both += often;
      here += often * isSecond[at]!;
    }
    won += here * (firsts + (both - here) / 2);
    firsts += both - here;
    seconds += here;
  }
  return share(won, firsts * seconds);
}

/**
 * Where examples are dealt to units: the part of the auc that is linear in how often each example is there, which
 * leaves out 1 / count of it, far less than an interval is wide; 2,000 times through a million would take minutes.
 *
 *   auc(times) ≈ mean over seconds of P(first < it) + mean over firsts of P(second > it) − auc
 *
 * Source: DeLong, DeLong & Clarke-Pearson (1988): the means are of its placement values.
 */
export function linearAucOf(scores: Scores, units: Units): Measure<number | null> {
  const { order, isSecond, starts } = scores;
  const count = order.length;
  const seconds = isSecond.reduce((sum, is) => sum + is, 0);
  const firsts = count - seconds;
  const [ofSecond, ofFirst, second, first] = [0, 1, 2, 3].map(() => new Float64Array(count));
  let below = 0;
  for (const [index, from] of starts.entries()) {
    const to = starts[index + 1] ?? count;
    const here = isSecond.subarray(from, to).reduce((sum, is) => sum + is, 0);
    for (const at of order.subarray(from, to).keys()) {
      const example = order[from + at]!;
      const is = isSecond[from + at]!;
      ofSecond![example] = is * (from - below + (to - from - here) / 2);
      ofFirst![example] = (1 - is) * (seconds - below - here / 2);
      second![example] = is;
      first![example] = 1 - is;
    }
    below += here;
  }
  const [won, lost, those, others] = [ofSecond!, ofFirst!, second!, first!].map((values) => sumsOver(units, values));
  const all = ofSecond!.reduce((sum, value) => sum + value, 0);
  return (times) => {
    const [its, theirs] = [
      share(sumOf(times, won!), sumOf(times, those!)),
      share(sumOf(times, lost!), sumOf(times, others!)),
    ];
    return its === null || theirs === null ? null : its / firsts + theirs / seconds - all / (firsts * seconds);
  };
}
