/** What stages run over, in words: `10 seeds`, `5 folds`, `10 seeds, each a mean over 5 folds`. */
import { plural } from "../util/words.js";

/**
 * What an axis's elements are. Keys of folds name random streams, and a key of seeds is the seed itself; those of
 * choices (trials, winners) do neither, so the same computation is one step wherever it stands.
 */
export type AxisOf = "folds" | "seeds" | "choices";

/** An axis that something runs over: the stage that offers the elements, what they are, and how many. */
export type Over = {
  readonly stage: string;
  readonly of: AxisOf;
  readonly count: number;
  /** Of folds: how often the same examples were folded anew, where that is more than once. */
  readonly repeats?: number;
};
/** What words need of it. */
type Counted = Pick<Over, "of" | "count" | "repeats">;

const nouns: Readonly<Record<AxisOf, string>> = { folds: "fold", seeds: "seed", choices: "element" };
export const nounOf = (of: AxisOf): string => nouns[of];

/** `5 folds`, of three repetitions `3 × 5 folds`. */
export const countText = ({ of, count, repeats = 1 }: Counted): string =>
  repeats > 1 && count % repeats === 0
    ? `${repeats} × ${plural(count / repeats, nounOf(of))}`
    : plural(count, nounOf(of));

/** How often the same examples are in all elements together. */
export const repeatsOf = (axes: readonly Pick<Over, "repeats">[] = []): number =>
  axes.reduce((product, { repeats = 1 }) => product * repeats, 1);

/** Axes of one element each are left out, where there are others: nothing is averaged over them. */
export function severalOf<A extends Pick<Over, "count">>(axes: readonly A[]): readonly A[] {
  const several = axes.filter(({ count }) => count > 1);
  return several.length > 0 ? several : axes.slice(-1);
}

/** @param axes  outermost first, at least one */
export const overText = (axes: readonly Counted[]): string =>
  severalOf(axes).map(countText).join(", each a mean over ");

/** Keys alone, unless some are seeds, which nobody would guess: `seed 7`, `seed 7, fold 2`. */
export const elementText = (element: string, over: readonly AxisOf[]): string =>
  over.includes("seeds")
    ? element
        .split("/")
        .map((key, at) => (over[at] === "choices" ? key : `${nounOf(over[at]!)} ${key}`))
        .join(", ")
    : element;
