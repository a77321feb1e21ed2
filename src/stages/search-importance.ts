/**
 * How much of the variance of a search's scores each parameter explains, and each two of them together.
 *
 * Of a complete grid the shares are exact: sums over its trials. Otherwise a random forest learns the scores, and its
 * variance is taken apart over the whole space, what constraints rule out included. Shares are of the logarithm of the
 * scores where all are positive, as in `search_effects`, so that one diverged trial does not decide alone; and of
 * scores of one length of training (`comparedTrials`).
 */
import { bySize, comparedTrials, type ScoredTrial, valuesOf } from "../figure/trials.js";
import { type Axis, forestOf, type RandomIntegers, treeCount } from "../statistics/forest.js";
import { forestShares, gridShares, type VarianceShares } from "../statistics/variance-shares.js";
import { canonical, type Json } from "../util/json.js";
import type { SearchData } from "../values/search.js";

/** Of one parameter, or of two beyond what each does alone. */
export interface Importance {
  readonly parameters: readonly string[];
  readonly share: number;
  /** Over the trees; null of a grid. */
  readonly sd: number | null;
}
export interface Importances {
  /** The largest share first; all 0 where all scores are equal. */
  readonly main: readonly Importance[];
  readonly pairs: readonly Importance[];
  /** What three parameters and more do together and, of a forest, the noise that it learned: what is left of 1. */
  readonly rest: number;
  /** Whose scores it is of. */
  readonly trials: readonly ScoredTrial[];
  /** As long as these were trained when they were scored; null where all were trained whole. */
  readonly epochs: number | null;
  /** Shares are of the logarithm of the scores. */
  readonly isLog: boolean;
  /** All scores are equal: there is no variance. */
  readonly isConstant: boolean;
  readonly by:
    | { readonly way: "grid" }
    /** `outOfBag`: how much of the variance the forest tells of trials that it has not seen. */
    | { readonly way: "forest"; readonly trees: number; readonly outOfBag: number | null };
  /** Parameters that some of the trials have no value of; nothing can be said of them. */
  readonly leftOut: readonly string[];
}

/** A parameter of the space, with more than one value. */
export interface Dimension {
  readonly name: string;
  readonly axis: Axis;
  /** Place on the axis, 0 … 1. */
  place(value: Json): number;
}

export function importancesOf(search: SearchData, random: RandomIntegers): Importances {
  const compared = comparedTrials(search);
  // In the order of the search, so that a trial of a higher rank does not give the others other random numbers.
  const places = new Map(search.trials.map(({ key }, index) => [key, index]));
  const trials = compared.trials.toSorted((a, b) => places.get(a.key)! - places.get(b.key)!);
  const all = search.parameters.flatMap((name) => dimensionOf(search, name) ?? []);
  const isEverywhere = ({ name }: Dimension): boolean => trials.every(({ values }) => Object.hasOwn(values, name));
  const dimensions = all.filter(isEverywhere);
  const isLog = trials.every(({ score }) => score.mean > 0);
  const scores = trials.map(({ score }) => (isLog ? Math.log(score.mean) : score.mean));
  // Told by the scores themselves, since means of equal ones may differ in their last bit.
  const isConstant = scores.every((score) => score === scores[0]);
  const found = sharesOf(trials, scores, dimensions, isConstant, random);
  const named = (axes: readonly number[], { share, sd }: VarianceShares["main"][number]): Importance => ({
    parameters: axes.map((axis) => dimensions[axis]!.name),
    share,
    sd,
  });
  const none = dimensions.map(() => ({ share: 0, sd: null }));
  const main = (found.shares?.main ?? none).map((share, axis) => named([axis], share));
  const pairs = (found.shares?.pairs ?? []).map(({ axes, ...share }) => named(axes, share));
  const explained = [...main, ...pairs].reduce((sum, { share }) => sum + share, 0);
  const byShare = (list: readonly Importance[]): readonly Importance[] => list.toSorted((a, b) => b.share - a.share);
  return {
    main: byShare(main),
    pairs: byShare(pairs),
    rest: found.shares ? Math.max(0, 1 - explained) : 0,
    trials,
    epochs: compared.epochs,
    isLog,
    isConstant,
    by: found.by,
    leftOut: all.filter((dimension) => !isEverywhere(dimension)).map(({ name }) => name),
  };
}

function sharesOf(
  trials: readonly ScoredTrial[],
  scores: readonly number[],
  dimensions: readonly Dimension[],
  isConstant: boolean,
  random: RandomIntegers,
): { readonly shares: VarianceShares | null; readonly by: Importances["by"] } {
  const grid = gridOf(trials, scores, dimensions);
  if (grid || dimensions.length === 0)
    return { shares: grid && !isConstant ? gridShares(grid.counts, grid.values) : null, by: { way: "grid" } };
  const rows = trials.map(({ values }) => dimensions.map(({ name, place }) => place(values[name]!)));
  const axes = dimensions.map(({ axis }) => axis);
  const forest = forestOf(rows, scores, axes, random);
  return {
    shares: isConstant ? null : forestShares(forest, axes.length),
    by: { way: "forest", trees: treeCount, outOfBag: forest.outOfBag },
  };
}

/** Scores in the order of the grid, the last parameter fastest; null where a configuration has none. */
function gridOf(
  trials: readonly ScoredTrial[],
  scores: readonly number[],
  dimensions: readonly Dimension[],
): { readonly counts: readonly number[]; readonly values: readonly number[] } | null {
  const counts = dimensions.map(({ axis }) => axis.pieces ?? Infinity);
  const size = counts.reduce((product, count) => product * count, 1);
  if (size !== trials.length) return null;
  const values = new Array<number>(size).fill(Number.NaN);
  for (const [index, { values: own }] of trials.entries()) {
    const at = dimensions.reduce(
      (place, dimension, axis) =>
        place * counts[axis]! + Math.floor(dimension.place(own[dimension.name]!) * counts[axis]!),
      0,
    );
    values[at] = scores[index]!;
  }
  return values.some(Number.isNaN) ? null : { counts, values };
}

/**
 * Where values of a parameter lie: a list of numbers in their order, other lists as categories, a range as it is drawn
 * from. @returns undefined of a parameter that has one value only
 */
function dimensionOf(search: SearchData, name: string): Dimension | undefined {
  const own = search.space[name];
  // What came with a winner's settings is in no space; its values are those that occur.
  const values = own === undefined ? valuesOf(search.trials, name) : own;
  if (Array.isArray(values)) return listed(name, values as readonly Json[]);
  const { integer, uniform, log_uniform: log } = values as Readonly<Record<string, readonly [number, number]>>;
  if (integer) {
    const [from, to] = integer;
    const pieces = to - from + 1;
    return {
      name,
      axis: { pieces, isOrdered: true },
      place: (value) => within((Number(value) - from + 0.5) / pieces),
    };
  }
  const scale = log ? Math.log : (value: number): number => value;
  const [low, high] = (log ?? uniform!).map(scale) as [number, number];
  return {
    name,
    axis: { pieces: null, isOrdered: true },
    place: (value) => within((scale(Number(value)) - low) / (high - low)),
  };
}

function listed(name: string, given: readonly Json[]): Dimension | undefined {
  if (given.length < 2) return undefined;
  const isOrdered = given.every((value) => typeof value === "number");
  const values = bySize(given);
  const places = new Map(values.map((value, at) => [canonical(value), (at + 0.5) / values.length]));
  return { name, axis: { pieces: values.length, isOrdered }, place: (value) => places.get(canonical(value))! };
}

/** Values are drawn to six digits, so that one at an end may lie beyond it. */
const within = (place: number): number => Math.min(1, Math.max(0, place));
