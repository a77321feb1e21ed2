/** What a search found: its trials, ranked. */

import type { JsonObject } from "../util/json.js";
import { numberOrDash } from "../util/numbers.js";
import type { ScoreSpread } from "../util/statistics.js";
import { plural } from "../util/words.js";
import type { Over } from "./axes.js";
import type { Output } from "./output.js";
import type { CurvesData } from "./search-curves.js";
import { trialName } from "./trial-name.js";

/** In which order configurations are tried: all, some drawn at random, or proposed by what others scored. */
export type Strategy = "grid" | "random" | "tpe";
/**
 * Up to so many configurations are written out before some of them are taken at random, so rules are counted over all
 * of them; of a larger space, or one with a range, over those that were drawn.
 */
export const mostListed = 100_000;
/**
 * A round of a search: one rung of one generation. A search that is not halved has one rung, one whose configurations
 * do not follow from scores has one generation.
 */
export type RoundPlace = {
  /** From 1. */
  readonly generation: number;
  readonly rung: number;
  /** As long as its trials are trained; null where the file says it. */
  readonly epochs: number | null;
};
/** A round as it stands in a plan. */
export type Round = RoundPlace & {
  /** Such as `rung-2`, `generation-3` or `generation-3.rung-2`; `rung-1` of one that has no others. */
  readonly name: string;
  /**
   * Keys of its elements: where it is known, those of its trials; else of places, such as `rung-2.1`, which get theirs
   * when the round is chosen.
   */
  readonly places: readonly string[];
  /** Whether its configurations are known before anything has run. */
  readonly isKnown: boolean;
};
/** The rounds whose scores decide what a round runs: the rung before; at a first rung all earlier generations. */
export const roundsBefore = (round: RoundPlace, rounds: readonly Round[]): readonly Round[] =>
  rounds.filter(({ generation, rung }) =>
    round.rung > 1 ? generation === round.generation && rung === round.rung - 1 : generation < round.generation,
  );
/** Whether others of its generation went further than a trial whose last round this is. */
export const isLeftBehind = (
  { generation, rung }: RoundPlace,
  rounds: readonly (RoundPlace & { readonly ran: number })[],
): boolean => rounds.some((each) => each.generation === generation && each.rung > rung && each.ran > 0);
/** Of each round, how many follow from its scores (`roundsBefore`), in one go: there may be thousands. */
export function followersOf(rounds: readonly Round[]): readonly number[] {
  const counts: number[] = [];
  // From the last one: whether the next rung is chosen, and how many later generations are.
  let [next, later] = [0, 0];
  for (const { rung, isKnown } of [...rounds].reverse()) {
    counts.push(next + later);
    const chosen = isKnown ? 0 : 1;
    if (rung > 1) next = chosen;
    else [next, later] = [0, later + chosen];
  }
  return counts.reverse();
}
/** One configuration of a search, with what its cells (one per fold) left. */
export type TrialData = {
  /**
   * Unique in the search: its values in the order of the space, such as `2-16-elu-0.01`; with `tpe` its number, from
   * 1. For people it is `trialName`.
   */
  readonly key: string;
  /** Parameter → value. */
  readonly values: JsonObject;
  /** `stopped`: left behind at a rung that it ran; it has a score and a rank. */
  readonly status: "ok" | "stopped" | "failed";
  /** 1 is best; who went further stands before who was stopped earlier. Null of a failed trial. */
  readonly rank: number | null;
  /** The objective over the cells of the last round that it ran; null of a failed trial. */
  readonly score: ScoreSpread | null;
  /** The last round that it ran; absent where the search has one round. */
  readonly round?: RoundPlace;
  /** With `halving`: its mean at each rung that it ran, in order; null where it failed there. */
  readonly rungs?: readonly { readonly rung: number; readonly epochs: number; readonly score: ScoreSpread | null }[];
  /** Metrics over the cells that succeeded, each number a Spread; null where none did. */
  readonly metrics: JsonObject | null;
  /** In the order of the folds or seeds; `element` is null where a trial is one cell. */
  readonly cells: readonly {
    readonly element: string | null;
    readonly score: number | null;
    readonly error: string | null;
  }[];
  /** Numbers that the model learns; null where no cell succeeded. */
  readonly parameters: number | null;
  /** Best epochs of its trainings, by stage, over the cells that have a model; absent where nothing is trained. */
  readonly bestEpochs?: Readonly<Record<string, ScoreSpread>>;
  /** Two-sided p-value of its difference from the best (`SearchData.comparison`); null where nothing was tested. */
  readonly p: number | null;
  /** Cannot be told from the best: p ≥ 0.05. Of what was not tested that is not known, and `p` says so. */
  readonly tied: boolean;
  /**
   * Options of the trial's stages by name (`trial` where there is one), without what they read; with `halving` those
   * of the last rung that it ran.
   */
  readonly options: Readonly<Record<string, JsonObject>>;
};
/** By what trials are told from the best one; where nothing can be tested, why. */
export type TrialComparison =
  /**
   * Over folds, each judged by examples of its own, or over seeds of which each has a split of its own. `ratio`:
   * examples that judge per example that teaches.
   */
  | { readonly test: "corrected_t"; readonly over: "folds" | "seeds"; readonly count: number; readonly ratio: number }
  /** Over seeds with the same examples: of the scores alone, or of the predictions too. */
  | { readonly test: "paired_t" | "crossed_t"; readonly count: number }
  /** By the predictions of one model each on so many examples. */
  | { readonly test: "mcnemar" | "paired_bootstrap"; readonly count: number }
  | {
      readonly test: null;
      readonly reason: "one_training" | "same_examples" | "other_examples" | "no_mean_over_examples" | "unknown_counts";
    };
/** search. blobs: `curves`, where something was trained. */
export type SearchData = {
  readonly strategy: Strategy;
  readonly objective: { readonly metric: string; readonly direction: "minimize" | "maximize" };
  /** Parameter → its values or its range, as the file has it. */
  readonly space: JsonObject;
  /** Names of the values of a trial, in order: those that came with a winner's settings, then those of the space. */
  readonly parameters: readonly string[];
  readonly counts: {
    /** Configurations of the grid, or null where a range has no end of them. */
    readonly total: number | null;
    readonly rejected: readonly { readonly rule: string; readonly count: number }[];
    readonly trials: number;
    readonly failed: number;
  };
  /** In order; absent where the search has one. `places`: as many trials as it has room for, of which `ran` ran. */
  readonly rounds?: readonly (RoundPlace & { readonly places: number; readonly ran: number })[];
  /** Where the search ends early: the bound (`>= 0.99`) and the trial that reached it first, null where none has. */
  readonly target?: { readonly metric: string; readonly bound: string; readonly reached: string | null };
  /** Of the trials that are `ok`. */
  readonly comparison: TrialComparison;
  /**
   * What a trial's cells are, outermost first, where seeds are among it; absent where they are folds. Scores and
   * metrics are then over the outermost, each a mean over those within.
   */
  readonly over?: readonly Pick<Over, "of" | "count" | "repeats">[];
  /** In the order of the space, or in which they were drawn or proposed. */
  readonly trials: readonly TrialData[];
  /** Mean learning curves of its trainings, whose numbers are in a blob; absent where nothing is trained. */
  readonly curves?: CurvesData;
  /** Of the best trial, for `show`: its objective. */
  readonly metrics: JsonObject;
};

declare module "./output.js" {
  interface OutputTypes {
    readonly search: SearchData;
  }
}

/**
 * `36 trials, 24 stopped after 1 epoch, 8 after 3, best 3-32-gelu-0.001: validation.loss 0.031 ± 0.004`; how many
 * failed; and whether its target was reached.
 */
export function searchHeadline({ data }: Output<"search">): string {
  const { trials, counts, objective } = data;
  const best = trials.find((trial) => trial.rank === 1);
  const stopped = stoppedText(trials);
  const failed = counts.failed > 0 ? `, ${counts.failed} failed` : "";
  const target = data.target ? `, ${targetText(data)}` : "";
  const score = best?.score ? `, best ${trialName(data, best)}: ${objective.metric} ${meanText(best.score)}` : "";
  return `${plural(counts.trials, "trial")}${stopped && `, ${stopped}`}${failed}${target}${score}`;
}
/** `24 stopped after 1 epoch, 8 after 3`, or nothing. */
export function stoppedText(trials: readonly Pick<TrialData, "status" | "round">[]): string {
  const counts = new Map<number, number>();
  for (const { status, round } of trials)
    if (status === "stopped" && round?.epochs) counts.set(round.epochs, (counts.get(round.epochs) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(
      ([epochs, count], index) =>
        `${count}${index === 0 ? " stopped" : ""} after ${index === 0 ? plural(epochs, "epoch") : epochs}`,
    )
    .join(", ");
}
/** `validation.accuracy >= 0.99 reached by 17 (2-32-gelu-0.001)`. */
export function targetText(data: Pick<SearchData, "target" | "strategy" | "parameters" | "trials">): string {
  const { metric, bound, reached } = data.target!;
  if (reached === null) return `${metric} ${bound} not reached`;
  const trial = data.trials.find(({ key }) => key === reached);
  return `${metric} ${bound} reached by ${trial ? trialName(data, trial) : reached}`;
}
/** `epochs: best` of a mean: rounded half up, at least 1. */
export const epochsOfMean = (mean: number): number => Math.max(1, Math.floor(mean + 0.5));

const meanText = ({ mean, sd }: ScoreSpread): string =>
  `${numberOrDash(mean)}${sd === null ? "" : ` ± ${numberOrDash(sd)}`}`;
