/**
 * Which trials a round of a search runs, chosen from the scores of the rounds before: at a later rung those that
 * survive the one before, in a later generation those that TPE proposes; none once the search has reached its target.
 *
 * Of n trials of a rung ⌈n / factor⌉ go on, those whose mean is best; of equals those that come first in the order
 * of the space. A trial that failed does not go on, and nobody takes its place from those that were left behind before.
 * Source: successive halving (Jamieson & Talwalkar, 2016), with the survivors' number rounded up.
 */
import type { Choosing, GatheredTrial, Gathering } from "../pipeline/gathering.js";
import type { TrialsData } from "../values/chosen-trials.js";
import { isWithin } from "./expectations.js";
import type { Places } from "./search-curves.js";
import { proposedFor } from "./search-proposals.js";
import { scored } from "./search-scores.js";

/** @param seed  of the search */
export function chosenFor(options: Choosing, places: ReadonlyMap<string, Places>, seed: number): TrialsData {
  const { places: count, ...round } = options.choosing;
  const reached = reachedBy(options, places);
  if (reached !== null)
    return {
      ...round,
      places: count,
      trials: [],
      why: `trial ${reached} has reached the target, ${options.target!.metric} ${options.target!.bound}`,
    };
  const chosen = round.rung > 1 ? survivors(options, places, count) : proposedFor(options, places, count, seed);
  return { ...round, places: count, ...chosen };
}

function survivors(
  options: Choosing,
  places: ReadonlyMap<string, Places>,
  count: number,
): Pick<TrialsData, "trials" | "why"> {
  const [before] = options.before;
  const trials = options.trials.map((trial) => ({ ...trial, score: scored(trial, options, places).score }));
  const sign = options.objective.direction === "minimize" ? 1 : -1;
  const scoredOnes = trials.flatMap(({ score, ...trial }, index) =>
    score ? [{ ...trial, index, mean: score.mean }] : [],
  );
  const best = scoredOnes
    .toSorted((a, b) => sign * (a.mean - b.mean) || a.index - b.index)
    .slice(0, count)
    .sort((a, b) => a.index - b.index);
  const failed = trials.length - scoredOnes.length;
  const reasons = [
    ...(trials.length < count && before?.why ? [before.why] : []),
    ...(failed > 0 ? [`${failed} of ${trials.length} trials of rung ${options.choosing.rung - 1} failed`] : []),
  ];
  const why = best.length === count ? null : reasons.join(", ");
  return { trials: best.map(({ key, values }) => ({ key, values })), why };
}

/**
 * The first trial, in the order of the rounds, whose mean of the target's metric is within its bound; null where none
 * is, or nothing is aimed at.
 */
export function reachedBy(
  {
    target,
    objective,
    judging,
    trials,
  }: Pick<Gathering, "target" | "objective" | "judging"> & {
    readonly trials: readonly GatheredTrial[];
  },
  places: ReadonlyMap<string, Places>,
): string | null {
  if (!target) return null;
  const by = { objective: { ...objective, path: target.path }, judging };
  const found = trials.find((trial) => {
    const { score } = scored(trial, by, places);
    return score !== null && isWithin(target.bound, score.mean);
  });
  return found?.key ?? null;
}
