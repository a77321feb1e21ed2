/**
 * Which trials a round of a search runs, chosen from the scores of the rounds before: at a later rung those that
 * survive the one before.
 *
 * Of n trials of a rung ⌈n / factor⌉ go on, those whose mean is best; of equals those that come first in the order
 * of the space. A trial that failed does not go on, and nobody takes its place from those that were left behind before.
 * Source: successive halving (Jamieson & Talwalkar, 2016), with the survivors' number rounded up.
 */
import type { Choosing } from "../pipeline/gathering.js";
import type { TrialsData } from "../values/chosen-trials.js";
import type { Places } from "./search-curves.js";
import { scored } from "./search-scores.js";

export function chosenFor(options: Choosing, places: ReadonlyMap<string, Places>): TrialsData {
  const { places: count, ...round } = options.choosing;
  const [before] = options.before;
  const trials = options.trials.map((trial) => ({ ...trial, score: scored(trial, options, places).score }));
  const sign = options.objective.direction === "minimize" ? 1 : -1;
  const scoredOnes = trials.flatMap(({ score, ...trial }, index) =>
    score ? [{ ...trial, index, mean: score.mean }] : [],
  );
  const survivors = scoredOnes
    .toSorted((a, b) => sign * (a.mean - b.mean) || a.index - b.index)
    .slice(0, count)
    .sort((a, b) => a.index - b.index);
  const why =
    survivors.length === count
      ? null
      : (before?.why ??
        `${trials.length - scoredOnes.length} of ${trials.length} trials of rung ${round.rung - 1} failed`);
  return {
    ...round,
    places: count,
    trials: survivors.map(({ key, values }) => ({ key, values })),
    why,
  };
}
