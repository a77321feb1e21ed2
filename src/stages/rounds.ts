/**
 * The rounds of a search: how many trials each has, fixed before anything has run.
 *
 * A round is one rung of one generation. Of the n trials of a rung ⌈n / factor⌉ survive to the next (successive
 * halving: Jamieson & Talwalkar, 2016); with several generations each is halved by itself.
 */
import type { Round } from "../values/search.js";

export interface Halving {
  /** Rising lengths, one for each rung. */
  readonly epochs: readonly number[];
  readonly factor: number;
}

/**
 * @param generations  of each, in order, the keys of its trials, or how many they are where that follows from scores
 * @param halving      null where every trial is run once
 */
export function roundsOf(
  generations: readonly (readonly string[] | number)[],
  halving: Halving | null,
): readonly Round[] {
  return generations.flatMap((trials, index) => {
    const generation = index + 1;
    const part = generations.length > 1 ? [`generation-${generation}`] : [];
    let count = typeof trials === "number" ? trials : trials.length;
    return (halving?.epochs ?? [null]).map((epochs, at): Round => {
      const rung = at + 1;
      if (halving && at > 0) count = Math.ceil(count / halving.factor);
      const name = [...part, ...(halving || part.length === 0 ? [`rung-${rung}`] : [])].join(".");
      const isKnown = at === 0 && typeof trials !== "number";
      const places = isKnown ? trials : Array.from({ length: count }, (_, place) => `${name}.${place + 1}`);
      return { generation, rung, epochs, name, places, isKnown };
    });
  });
}
