/** Configurations and their scores in words, the same on the screen, in lines and in tables. */

import type { Json, JsonObject } from "../util/json.js";
import { formatNumber, grouped } from "../util/numbers.js";
import type { ScoreSpread } from "../util/statistics.js";
import { unreachable } from "../util/unreachable.js";
import { plural, settingText } from "../util/words.js";
import { nounOf, overText, severalOf } from "./axes.js";
import { isInPercent } from "./interval.js";
import type { RoundPlace, SearchData, TrialComparison, TrialData } from "./search.js";

/** `hidden 3, units 32, activation gelu`. */
export const valuesText = (values: JsonObject): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(", ");
export const valueText = (value: Json | undefined): string => (value === undefined ? "" : settingText(value));

/** `validation.loss 0.0312 ± 0.0041`: mean ± sd over the cells. */
export const scoreText = (metric: string, spread: ScoreSpread): string => `${metric} ${spreadText(metric, spread)}`;

/** Mean ± sd, the sd in two digits and the mean in as many places; a fraction right goes as a percentage. */
export function spreadText(metric: string, { mean, sd }: Pick<ScoreSpread, "mean" | "sd">): string {
  const [unit, times] = isInPercent(metric) ? [" %", 100] : ["", 1];
  if (sd === null || sd === 0 || !Number.isFinite(sd))
    return `${isInPercent(metric) ? (mean * times).toFixed(2) : formatNumber(mean)}${unit}`;
  const places = Math.max(0, 1 - Math.floor(Math.log10(sd * times)));
  const say = (value: number): string =>
    places <= 6 && Math.abs(mean * times) < 1e6 ? (value * times).toFixed(places) : formatNumber(value * times);
  return `${say(mean)} ± ${say(sd)}${unit}`;
}

/** Which rung and generation, as far as there are several: `generation 2 of 3, rung 1 of 3`. @param all  rounds */
export function roundText({ generation, rung }: RoundPlace, all: readonly RoundPlace[]): string {
  const generations = Math.max(...all.map((round) => round.generation));
  const rungs = Math.max(...all.map((round) => round.rung));
  return [
    ...(generations > 1 ? [`generation ${generation} of ${generations}`] : []),
    ...(rungs > 1 ? [`rung ${rung} of ${rungs}`] : []),
  ].join(", ");
}

/** How many trials there are: `36`, from rung to rung `36 → 12 → 4`, in several generations `24 in 3 generations`. */
export function trialsText(rounds: readonly (RoundPlace & { readonly places: readonly string[] })[]): string {
  const first = rounds.filter(({ rung }) => rung === 1);
  const count = first.reduce((sum, { places }) => sum + places.length, 0);
  if (first.length > 1) return `${count} in ${first.length} generations`;
  return rounds.map(({ places }) => places.length).join(" → ");
}

export const isBetter = (score: ScoreSpread, than: ScoreSpread, direction: "minimize" | "maximize"): boolean =>
  direction === "minimize" ? score.mean < than.mean : score.mean > than.mean;

/** At which rung a trial has a score. */
interface Reached {
  readonly rung: number;
  readonly score: ScoreSpread;
}
/** Who went further is better, whatever the scores; of those at one rung who scored better. */
export const isAhead = (one: Reached, than: Reached | null, direction: "minimize" | "maximize"): boolean =>
  than === null || one.rung > than.rung || (one.rung === than.rung && isBetter(one.score, than.score, direction));

/** What a trial's cells are called: `fold`, `seed`, or `cell` where they are of both. */
export function cellNoun({ over }: Pick<SearchData, "over">): string {
  if (!over) return "fold";
  const several = severalOf(over);
  return several.length === 1 ? nounOf(several[0]!.of) : "cell";
}
/** What a score is a mean over: `10 folds`, `4 seeds, each a mean over 3 folds`. @param cells  of a trial */
export const cellsText = ({ over }: Pick<SearchData, "over">, cells: number): string =>
  over ? overText(over) : plural(cells, "fold");

/** `best`, `tied` or `not tested`; nothing of a trial that can be told from the best, was stopped or failed. */
export function standingOf({
  status,
  rank,
  p,
  tied,
}: Pick<TrialData, "status" | "rank" | "p" | "tied">): "best" | "tied" | "not tested" | "" {
  if (rank === 1) return "best";
  if (status !== "ok") return "";
  if (p === null) return "not tested";
  return tied ? "tied" : "";
}

/** What a score of a stopped trial is, a line, where the search has any. */
export const stoppedLines = ({ trials }: Pick<SearchData, "trials">): readonly string[] =>
  trials.some(({ status }) => status === "stopped")
    ? ["stopped: left behind at a rung; its score is of fewer epochs and does not compare with those of others"]
    : [];

/** What "tied" means in a search, a line: by what a trial cannot be told from the best. */
export function tiedText({ comparison, objective: { metric } }: Pick<SearchData, "comparison" | "objective">): string {
  const cannot = (by: string, test: string): string => `cannot be told from the best by these ${by} (${test})`;
  switch (comparison.test) {
    case "corrected_t": {
      const { count, over } = comparison;
      return cannot(plural(count, over === "folds" ? "fold" : "seed"), "corrected resampled t-test, p ≥ 0.05");
    }
    case "paired_t":
      return cannot(
        plural(comparison.count, "seed"),
        "paired t-test, p ≥ 0.05; that other examples could judge is not covered",
      );
    case "crossed_t":
      return cannot(`${plural(comparison.count, "seed")} and examples`, "t-test over both, p ≥ 0.05");
    case "mcnemar":
      return cannot(examplesText(comparison.count), "McNemar's exact test, p ≥ 0.05");
    case "paired_bootstrap":
      return cannot(examplesText(comparison.count), "paired bootstrap, p ≥ 0.05");
    case null:
      return `not tested: ${untested[comparison.reason](metric)}`;
    default:
      return unreachable(comparison);
  }
}
const examplesText = (count: number): string => plural(count, "example", grouped(count));

const untested: Readonly<Record<Extract<TrialComparison, { test: null }>["reason"], (metric: string) => string>> = {
  one_training: () =>
    "one training of each says nothing of chance; let the trial run over folds or seeds, or end in an `evaluate`",
  same_examples: () => "all folds are judged by the same examples, so their scores depend on each other",
  other_examples: () => "trials are judged by different examples",
  no_mean_over_examples: (metric) => `\`${metric}\` is no mean over examples; let the trial run over folds`,
  unknown_counts: () => "it is not known how many examples teach and how many judge",
};
