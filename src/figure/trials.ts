/**
 * What the figures of a search share: trials by rank, parameters that vary, values and scores as text.
 *
 * Scores of a halved search are of trainings of several lengths, which say nothing side by side. So trials are compared
 * where all have been: after the first rung (`comparedTrials`); and only those that were trained whole have a score
 * that a winner's can stand beside (`wholeTrials`).
 */

import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Json } from "../util/json.js";
import { grouped, numberText, roundedText } from "../util/numbers.js";
import type { ScoreSpread } from "../util/statistics.js";
import { plural, settingText } from "../util/words.js";
import type { SearchData, TrialData } from "../values/search.js";

const logRatio = 3;
/**
 * Scores that span more than this are read better on a logarithmic axis. What is best when large, such as an accuracy,
 * never is: good ones would be crowded at its end.
 */
export const logRatioOf = ({ objective }: Pick<SearchData, "objective">, ratio = logRatio): number =>
  objective.direction === "minimize" ? ratio : Number.POSITIVE_INFINITY;

export type ScoredTrial = TrialData & { readonly score: ScoreSpread };

/** Trials with a finite mean score, the best first; equal scores in the order of the space. */
export function scoredTrials(search: SearchData): readonly ScoredTrial[] {
  const scored = search.trials.filter(
    (trial): trial is ScoredTrial => trial.score !== null && Number.isFinite(trial.score.mean),
  );
  return scored.toSorted(
    (a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || betterFirst(search)(a.score.mean, b.score.mean),
  );
}
/** @throws MistakeError when not one trial has a score */
export function someScored(search: SearchData): readonly ScoredTrial[] {
  const scored = scoredTrials(search);
  if (scored.length === 0) throw noScores();
  return scored;
}
/** Those of them that were trained whole, and not stopped at a rung. */
export const wholeTrials = (search: SearchData): readonly ScoredTrial[] =>
  scoredTrials(search).filter(({ status }) => status === "ok");

export const isHalved = ({ trials }: Pick<SearchData, "trials">): boolean =>
  trials.some(({ rungs }) => rungs !== undefined);

/** Trials with scores that can be compared, since all are of one length of training; by rank, those without last. */
export interface Compared {
  readonly trials: readonly ScoredTrial[];
  /** Of a halved search, whose trials are compared by their scores at the first rung; else null. */
  readonly epochs: number | null;
}
export function comparedTrials(search: SearchData): Compared {
  const epochs = search.trials.find(({ rungs }) => rungs !== undefined)?.rungs?.[0]?.epochs ?? null;
  if (epochs === null) return { trials: scoredTrials(search), epochs };
  const trials = search.trials.flatMap((trial): readonly ScoredTrial[] => {
    const score = trial.rungs?.[0]?.score ?? null;
    return score !== null && Number.isFinite(score.mean) ? [{ ...trial, score }] : [];
  });
  return { trials: trials.toSorted((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || 0), epochs };
}
/** @throws MistakeError when not one trial has a score */
export function someCompared(search: SearchData): Compared {
  const compared = comparedTrials(search);
  if (compared.trials.length === 0) throw noScores();
  return compared;
}
/** A line of what a figure is of where that is not the last score of each trial; none where it is. */
export const comparedLines = ({ epochs }: Pick<Compared, "epochs">): readonly string[] =>
  epochs === null
    ? []
    : [`scores after ${plural(epochs, "epoch", grouped(epochs))}, at the first rung, where all are compared alike`];

export const noScores = (): MistakeError =>
  new MistakeError({
    title: "no scores to draw",
    message:
      "Not one trial of this search has a score: all of them failed, or there are none. " +
      "`hw1 show` on the search tells their messages.",
    at: ["from"],
  });

export const betterFirst =
  ({ objective }: Pick<SearchData, "objective">) =>
  (a: number, b: number): number =>
    objective.direction === "minimize" ? a - b : b - a;

/** `validation.loss` → `validation loss`; told behind "mean". */
export const metricText = ({ objective }: Pick<SearchData, "objective">): string =>
  objective.metric.replaceAll(".", " ");

export function valueText(value: Json | undefined): string {
  if (value === undefined) return "–";
  return settingText(value, (number) => (Number.isFinite(number) ? roundedText(number, 4) : numberText(number)));
}

/** Numbers by size, anything else in the order in which it comes. */
export const bySize = (values: readonly Json[]): readonly Json[] =>
  values.every((value) => typeof value === "number") ? values.toSorted((a, b) => a - b) : values;

/** Each once, `bySize`. */
export function valuesOf(trials: readonly TrialData[], parameter: string): readonly Json[] {
  const seen = new Map<string, Json>();
  for (const { values } of trials)
    if (Object.hasOwn(values, parameter)) seen.set(JSON.stringify(values[parameter]), values[parameter]!);
  return bySize([...seen.values()]);
}

/** Parameters that take more than one value, and those that do not, these as `units 64`. */
export function partParameters(search: SearchData): {
  readonly varying: readonly string[];
  readonly constant: readonly string[];
} {
  const isVarying = (parameter: string): boolean => valuesOf(search.trials, parameter).length > 1;
  return {
    varying: search.parameters.filter(isVarying),
    constant: search.parameters
      .filter((name) => !isVarying(name))
      .map((name) => `${name} ${valueText(valuesOf(search.trials, name)[0])}`),
  };
}

/** How many trials have no score, behind what is said of the others. @param scored  those that have */
export function withoutText(search: SearchData, scored: readonly ScoredTrial[]): string {
  const without = search.trials.length - scored.length;
  return without > 0 ? `; without a score: ${without}` : "";
}

/** `0.0452 ± 0.0041`, with ± the standard error where there is one. */
export const withError = ({ mean, se }: ScoreSpread): string =>
  `${numberText(mean)}${se === null ? "" : ` ± ${numberText(se, 2)}`}`;
