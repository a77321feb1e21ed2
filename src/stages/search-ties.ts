/**
 * Which trials of a search cannot be told from the best one, and by what test.
 *
 * What can be tested depends on what chance had a hand in. Over folds (or seeds that each have a split of their own)
 * every score is judged by other examples, and training sets overlap: the corrected resampled t-test. Seeds alone are
 * independent of each other, so that their differences need no correction, but all are judged by the same examples: the
 * spread over seeds says nothing of which examples these happen to be. Where the trial leaves predictions, the spread
 * over examples comes in too (`crossedT`); of scores alone an ordinary paired t-test is left, whose table says what it
 * does not cover. The corrected formula would not help there: its ratio stands for what different splits have in
 * common, and of one split it is no estimate. Folds that one set judges depend on each other through it: nothing is
 * tested. One cell is compared by its predictions, example by example, and without them not at all.
 */
import type { Judging } from "../pipeline/gathering.js";
import { correctedResampledT, crossedT, significance } from "../statistics/tests.js";
import { meanOf } from "../util/statistics.js";
import type { Output } from "../values/output.js";
import type { TrialComparison } from "../values/search.js";
import { bootstrapsOf, difference, type Measure, mcnemarOf, measuredOf, measureOf } from "./paired.js";

/** A trial that succeeded: in the order of its cells. */
export interface Tried {
  readonly scores: readonly number[];
  readonly outputs: readonly (Output | undefined)[];
}
interface Ties {
  readonly comparison: TrialComparison;
  /** In the order of the trials. */
  readonly ps: readonly (number | null)[];
}

/** @param metric  the objective, as the scored stage calls it */
export function tiesOf(trials: readonly Tried[], best: Tried, judging: Judging, metric: string): Ties {
  const redrawn = judging.axes.filter((axis) => axis.redrawn);
  const several = judging.axes.filter(({ count }) => count > 1);
  if (redrawn.some(({ count }) => count > 1)) return overSplits(trials, best, judging);
  if (several.some((axis) => axis.of !== "seeds")) return untested(trials, "same_examples");
  return several.length > 0 ? overSeeds(trials, best, metric) : byExamples(trials, best, metric);
}
export const isTied = (p: number | null): boolean => p !== null && p >= significance;

const untested = (trials: readonly Tried[], reason: Extract<TrialComparison, { test: null }>["reason"]): Ties => ({
  comparison: { test: null, reason },
  ps: trials.map(() => null),
});

function overSplits(trials: readonly Tried[], best: Tried, { axes, ratio }: Judging): Ties {
  if (ratio === null) return untested(trials, "unknown_counts");
  const own = meansOfSplits(best.scores, axes);
  const over = axes.some((axis) => axis.redrawn && axis.of === "folds") ? "folds" : "seeds";
  return {
    comparison: { test: "corrected_t", over, count: own.length, ratio },
    ps: trials.map(({ scores }) => {
      const differences = meansOfSplits(scores, axes).map((score, at) => score - own[at]!);
      return correctedResampledT(differences, ratio)?.p ?? null;
    }),
  };
}
/** Scores of each split; where several cells are judged by the same examples, seeds of a fold, their mean. */
export function meansOfSplits(scores: readonly number[], axes: Judging["axes"]): readonly number[] {
  const bySplit = new Map<string, number[]>();
  for (const [cell, score] of scores.entries()) {
    let left = cell;
    const places: number[] = [];
    for (const { count, redrawn } of axes.toReversed()) {
      if (redrawn) places.push(left % count);
      left = Math.floor(left / count);
    }
    const split = places.join();
    const own = bySplit.get(split);
    if (own) own.push(score);
    else bySplit.set(split, [score]);
  }
  return [...bySplit.values()].map(meanOf);
}

function overSeeds(trials: readonly Tried[], best: Tried, metric: string): Ties {
  const count = best.scores.length;
  const measured = measuredTrials(trials, best, metric);
  if ("reason" in measured)
    return {
      comparison: { test: "paired_t", count },
      ps: trials.map(
        ({ scores }) =>
          correctedResampledT(
            scores.map((score, at) => score - best.scores[at]!),
            0,
          )?.p ?? null,
      ),
    };
  return {
    comparison: { test: "crossed_t", count },
    ps: measured.of.map((lists) => crossedT(lists.map((list, at) => difference(list, measured.best[at]!)))?.p ?? null),
  };
}

function byExamples(trials: readonly Tried[], best: Tried, metric: string): Ties {
  const measured = measuredTrials(trials, best, metric);
  if ("reason" in measured) return untested(trials, measured.reason);
  const [own] = measured.best;
  const count = own!.length;
  if (measured.measure === "right")
    return {
      comparison: { test: "mcnemar", count },
      ps: measured.of.map(([list]) => mcnemarOf(list!, own!).p),
    };
  const found = bootstrapsOf(
    measured.of.map(([list]) => difference(list!, own!)),
    evaluationsOf(trials),
  );
  return { comparison: { test: "paired_bootstrap", count }, ps: found.map(({ p }) => p) };
}

const evaluationsOf = (trials: readonly Tried[]): readonly Output<"evaluation">[] =>
  trials.flatMap(({ outputs }) => outputs.flatMap((output) => (output?.type === "evaluation" ? [output] : [])));

/** By trial and cell what each example adds to the metric; or why that cannot be compared. */
function measuredTrials(
  trials: readonly Tried[],
  best: Tried,
  metric: string,
):
  | { readonly measure: Measure; readonly of: readonly Float64Array[][]; readonly best: readonly Float64Array[] }
  | { readonly reason: "one_training" | "no_mean_over_examples" | "other_examples" } {
  const evaluations = evaluationsOf(trials);
  if (evaluations.length === 0) return { reason: "one_training" };
  const measures = new Set(evaluations.map((evaluation) => measureOf(metric, evaluation)));
  const [measure] = measures;
  if (measures.size > 1 || !measure) return { reason: "no_mean_over_examples" };
  if (new Set(evaluations.map(({ data }) => data.examples)).size > 1) return { reason: "other_examples" };
  const of = trials.map((trial) => evaluationsOf([trial]).map((evaluation) => measuredOf(measure, evaluation)));
  return { measure, of, best: of[trials.indexOf(best)]! };
}
