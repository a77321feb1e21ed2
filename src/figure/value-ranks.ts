/**
 * The rank of each value of each parameter over several searches, so that a claim such as "3 layers win" can be read
 * off.
 */

import { canonical } from "../util/json.js";
import { shortText } from "../util/numbers.js";
import { median, quantile, ranksOf } from "../util/statistics.js";
import type { SearchData } from "../values/search.js";
import { type ScoredTrial, valuesOf, valueText, wholeTrials } from "./trials.js";

/** How one value of a parameter did, over the distinct configurations of all searches. */
interface ValueRank {
  readonly parameter: string;
  readonly value: string;
  readonly trials: number;
  /** How many configurations were ranked. */
  readonly ranked: number;
  readonly bestRank: number;
  readonly medianRank: number;
  /** The middle half of its ranks lies from the first to the second. */
  readonly quartiles: readonly [number, number];
  readonly bestScore: number;
  readonly medianScore: number;
}

/** Stages of one configuration name it differently, so a configuration is what its stages are given. */
export const identityOf = ({
  options,
  values,
}: {
  readonly options: Readonly<Record<string, unknown>>;
  readonly values: unknown;
}): string => canonical(Object.keys(options).length > 0 ? options : values);

/**
 * Ranks, from 1, among all distinct configurations with a score that were trained whole; of one that was in several
 * searches the first counts. Values by parameter in the order of the searches, the least median rank first. Parameters
 * of one value are left out.
 */
export function valueRanks(searches: readonly SearchData[]): readonly ValueRank[] {
  const distinct = new Map<string, ScoredTrial>();
  for (const search of searches)
    for (const trial of wholeTrials(search))
      if (!distinct.has(identityOf(trial))) distinct.set(identityOf(trial), trial);
  const trials = [...distinct.values()];
  if (trials.length === 0) return [];
  const sign = searches[0]!.objective.direction === "minimize" ? 1 : -1;
  const ranks = ranksOf(trials.map(({ score }) => sign * score.mean));
  const parameters = [...new Set(searches.flatMap((search) => search.parameters))];
  return parameters.flatMap((parameter) => {
    const values = valuesOf(trials, parameter);
    if (values.length < 2) return [];
    const rows = values.map((value): ValueRank => {
      const places = trials.flatMap((trial, index) =>
        Object.hasOwn(trial.values, parameter) && canonical(trial.values[parameter]) === canonical(value)
          ? [index]
          : [],
      );
      const own = places.map((place) => ranks[place]!);
      const scores = places.map((place) => trials[place]!.score.mean);
      return {
        parameter,
        value: valueText(value),
        trials: own.length,
        ranked: trials.length,
        bestRank: Math.min(...own),
        medianRank: median(own),
        quartiles: [quantile(own, 0.25), quantile(own, 0.75)],
        bestScore: sign * Math.min(...scores.map((score) => sign * score)),
        medianScore: median(scores),
      };
    });
    return rows.toSorted((a, b) => a.medianRank - b.medianRank || a.bestRank - b.bestRank);
  });
}

/** For each parameter: which value has the best median rank, and whether the best configuration has it too. */
export function valueSentences(ranks: readonly ValueRank[]): readonly string[] {
  return [...new Set(ranks.map(({ parameter }) => parameter))].map((parameter) => {
    const own = ranks.filter((row) => row.parameter === parameter);
    const [first] = own;
    // Where several searches lack a parameter, the best configuration of all may have none of its values.
    const top = own.reduce((best, row) => (row.bestRank < best.bestRank ? row : best));
    // Two equally good ones share rank 1.5.
    const leader =
      top.bestRank < 2 ? "the best configuration" : `the best that has any, of rank ${shortText(top.bestRank)},`;
    const rank = `median rank ${shortText(first!.medianRank)} of ${first!.ranked}`;
    return `best value of \`${parameter}\`: ${first!.value} (${rank}); ${leader} has ${top.value}`;
  });
}
