/**
 * Groups → folds and parts, each group in one of them.
 *
 * Whole groups seldom give the size that is asked for. Folds are filled by the rules of scikit-learn's `GroupKFold` and
 * `StratifiedGroupKFold`, the largest group first; parts in a random order, so that another seed holds out others. No
 * fold and no part is left empty.
 */
import type { Stream } from "../learn/random.js";
import { shares } from "../util/shares.js";

/** By group, in their order: examples of each class, or of all as one class. */
export type GroupCounts = readonly (readonly number[])[];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/**
 * Groups in the order in which folds are filled: the largest first or, with classes, those with the largest spread over
 * the classes. Equal ones stand in a random order, or with no stream in their own.
 */
export function largestFirst(counts: GroupCounts, random: Stream | undefined): readonly number[] {
  const order = random ? [...random.permutation(counts.length)] : counts.map((_, group) => group);
  const weights = counts.map(weightOf);
  return order.sort((a, b) => weights[b]! - weights[a]!);
}
/** Of one class its size; of several n² times the variance over them, which whole numbers give without rounding. */
const weightOf = (counts: readonly number[]): number =>
  counts.length === 1 ? counts[0]! : counts.length * sum(counts.map((count) => count * count)) - sum(counts) ** 2;

/**
 * In a random order in which larger groups tend to stand before smaller ones: drawn one after the other, each of those
 * that are left with a chance in proportion to its size.
 *
 * Source: Efraimidis & Spirakis (2006), Weighted random sampling with a reservoir.
 */
export function largerSooner(counts: GroupCounts, random: Stream): readonly number[] {
  // 1 − u is in (0, 1], so that its logarithm is finite.
  const keys = counts.map((own) => Math.log(1 - random.uniform()) / Math.max(1, sum(own)));
  return counts.map((_, group) => group).sort((a, b) => keys[b]! - keys[a]! || a - b);
}

/**
 * Of each group its fold, 0 … k − 1: one after the other goes to the fold with the fewest examples, the first of those.
 * With classes it goes to the fold where the shares of the classes are the most equal over the folds after it,
 *
 *   mean over classes of the sd over folds of  (examples of the class in the fold) / (examples of the class),
 *
 * and of equal ones to that with the fewest examples.
 *
 * @param k      at most as many as there are groups
 * @param order  of the groups
 */
export function foldsOfGroups(counts: GroupCounts, k: number, order: readonly number[]): Int32Array {
  const classes = counts[0]?.length ?? 0;
  const totals = Array.from({ length: classes }, (_, at) => sum(counts.map((own) => own[at]!)));
  const known = totals.flatMap((total, at) => (total > 0 ? [at] : []));
  const folds = Array.from({ length: k }, () => ({ examples: 0, counts: new Array<number>(classes).fill(0) }));
  // By class: of the counts in the folds their sum, and the sum of their squares.
  const [sums, squares] = [new Array<number>(classes).fill(0), new Array<number>(classes).fill(0)];
  const unevenWith = (own: readonly number[], fold: readonly number[]): number => {
    let total = 0;
    for (const at of known) {
      const [before, after] = [fold[at]!, fold[at]! + own[at]!];
      const variance = k * (squares[at]! - before * before + after * after) - (sums[at]! + own[at]!) ** 2;
      total += Math.sqrt(Math.max(0, variance)) / (k * totals[at]!);
    }
    return total / known.length;
  };
  const found = new Int32Array(counts.length);
  let empty = k;
  order.forEach((group, place) => {
    const own = counts[group]!;
    // Each empty fold needs one of those that are left.
    const mustFill = counts.length - place <= empty;
    let [best, least] = [-1, Number.POSITIVE_INFINITY];
    for (const [at, fold] of folds.entries()) {
      if (mustFill && fold.examples > 0) continue;
      const uneven = classes === 1 ? 0 : unevenWith(own, fold.counts);
      const isFewer = best < 0 || fold.examples < folds[best]!.examples;
      if (best < 0 || (areClose(uneven, least) ? isFewer : uneven < least)) [best, least] = [at, uneven];
    }
    const fold = folds[best]!;
    if (fold.examples === 0) empty--;
    fold.examples += sum(own);
    for (const at of known) {
      const [before, after] = [fold.counts[at]!, fold.counts[at]! + own[at]!];
      squares[at]! += after * after - before * before;
      sums[at]! += own[at]!;
      fold.counts[at] = after;
    }
    found[group] = best;
  });
  return found;
}
/** As NumPy's `isclose`. */
const areClose = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-8 + 1e-5 * Math.abs(b);

/** So many times parts are drawn where none comes out as asked for; of very many groups less often. */
const mostDraws = 100;
const mostPlaced = 2_000_000;
/** The first draw that misses nothing, else the one that misses least. */
function nearestOf(groups: number, draw: () => { readonly parts: Uint8Array; readonly missed: number }): Uint8Array {
  let best = draw();
  const draws = Math.min(mostDraws, Math.floor(mostPlaced / groups));
  for (let drawn = 1; drawn < draws && best.missed > 0; drawn++) {
    const next = draw();
    if (next.missed < best.missed) best = next;
  }
  return best.parts;
}

/**
 * Of each group its part: 0 is what remains, 1 … are those of the sizes that are asked for.
 *
 * One part after the other takes the groups that still fit, in a random order, and of the others the smallest where
 * that brings it nearer to its size. Enough groups are left for those that follow. Of up to a hundred such draws it is
 * the one whose sizes are the nearest.
 *
 * @param sizes   of the groups, more of them than wishes
 * @param wishes  examples of each part, at least one
 */
export const partsOfGroups = (sizes: readonly number[], wishes: readonly number[], random: Stream): Uint8Array =>
  nearestOf(sizes.length, () => filled(sizes, wishes, random.permutation(sizes.length)));

function filled(sizes: readonly number[], wishes: readonly number[], order: Int32Array) {
  const parts = new Uint8Array(sizes.length);
  let [left, missed] = [sizes.length, 0];
  for (const [at, wish] of wishes.entries()) {
    const others = wishes.length - at;
    let [got, smallest] = [0, -1];
    const take = (group: number): void => {
      parts[group] = at + 1;
      got += sizes[group]!;
      left--;
    };
    for (const group of order) {
      if (parts[group] !== 0) continue;
      if (left > others && got + sizes[group]! <= wish) take(group);
      else if (smallest < 0 || sizes[group]! < sizes[smallest]!) smallest = group;
    }
    if (got === 0 || (left > others && got + sizes[smallest]! - wish < wish - got)) take(smallest);
    missed += Math.abs(got - wish);
  }
  return { parts, missed };
}

/**
 * The same where every class is to keep its share. Groups come in a random order, larger ones rather sooner, and each
 * goes to the part that it brings nearest to what is wanted,
 *
 *   least increase of  Σ over parts and classes  (have − want)² / max(1, want);
 *
 * of up to a hundred draws it is the one with the least sum.
 */
export function stratifiedParts(counts: GroupCounts, wishes: readonly number[], random: Stream): Uint8Array {
  const totals = counts[0]!.map((_, at) => sum(counts.map((own) => own[at]!)));
  const wanted: number[][] = [totals];
  for (const wish of wishes) {
    const own = shares(wanted[0]!, wish);
    wanted.push(own);
    wanted[0] = wanted[0]!.map((rest, at) => rest - own[at]!);
  }
  return nearestOf(counts.length, () => placed(counts, wanted, largerSooner(counts, random)));
}

/** @param wanted  by part and class */
function placed(counts: GroupCounts, wanted: readonly (readonly number[])[], order: readonly number[]) {
  const have = wanted.map((part) => part.map(() => 0));
  const sizes = wanted.map(() => 0);
  const parts = new Uint8Array(counts.length);
  let empty = wanted.length;
  order.forEach((group, place) => {
    const own = counts[group]!;
    const mustFill = counts.length - place <= empty;
    let [best, least] = [-1, Number.POSITIVE_INFINITY];
    for (const [part, want] of wanted.entries()) {
      if (mustFill && sizes[part]! > 0) continue;
      let increase = 0;
      for (const [at, count] of own.entries())
        increase += (count * (2 * (have[part]![at]! - want[at]!) + count)) / Math.max(1, want[at]!);
      if (increase < least) [best, least] = [part, increase];
    }
    if (sizes[best] === 0) empty--;
    parts[group] = best;
    sizes[best]! += sum(own);
    for (const [at, count] of own.entries()) have[best]![at]! += count;
  });
  const missed = sum(
    wanted.map((want, part) => sum(want.map((one, at) => (have[part]![at]! - one) ** 2 / Math.max(1, one)))),
  );
  return { parts, missed };
}
