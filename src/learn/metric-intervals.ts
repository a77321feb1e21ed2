/**
 * 95 % intervals of metrics, over the choice of the examples: Wilson's where the metric is a proportion of a count that
 * is given (accuracy, a class's precision and recall), the percentile bootstrap of `resampleCount` resamples elsewhere.
 *
 * All metrics of an evaluation come from the same resamples, and each resample's from the definitions of `metrics.ts`.
 * An interval is null where its metric is undefined, where more than 5 % of the resamples leave it so, and where all
 * resamples agree.
 */
import { bootstrap, type Interval, resampleCount, wilson } from "../statistics/intervals.js";
import type {
  ClassAverages,
  ClassificationIntervals,
  ClassificationMetrics,
  EvaluationData,
  RegressionIntervals,
  RegressionMetrics,
} from "../values/evaluation.js";
import type { Outputs } from "./criterion.js";
import type { Examples } from "./data.js";
import { type Loss, readingOf } from "./losses.js";
import {
  type ClassMeasures,
  type Judged,
  judgeClasses,
  judgeNumbers,
  metricsOfClasses,
  ofAll,
  type UndefinedLosses,
} from "./metrics.js";
import type { Stream } from "./random.js";
import { resamplesOf, unitsOf } from "./resampling.js";

/** Where resamples come from. */
export interface Resampling {
  readonly random: Stream;
  /** Asked before each resample; may throw, which ends the computation. */
  readonly before: () => void;
}
/** Metrics of a set, and their intervals. @param targets  names of them @param without  losses that are undefined */
export function measured(
  outputs: Outputs,
  examples: Examples,
  loss: Loss,
  targets: readonly string[],
  resampling: Resampling,
  without: UndefinedLosses = [],
): Pick<EvaluationData, "metrics" | "intervals"> {
  if (!readingOf(loss.type)) {
    const judged = judgeNumbers(outputs, examples, loss, targets);
    const metrics = ofAll(judged);
    return { metrics, intervals: regressionIntervals(judged, metrics, resampling) };
  }
  const judged = judgeClasses(outputs, examples, loss, without);
  const metrics = metricsOfClasses(judged);
  return { metrics, intervals: classificationIntervals(judged, metrics, resampling) };
}

type Leaves = readonly (number | null)[];

/** @param leaves  the numbers of a set's metrics that want an interval, always in the same order */
function intervalsOf<M>(
  judged: Judged<M>,
  leaves: (metrics: M) => Leaves,
  { random, before }: Resampling,
): readonly (Interval | null)[] {
  const units = unitsOf(judged.count, judged.width, random);
  const measure = judged.measure(units);
  return bootstrap(resamplesOf(units, resampleCount, random, before), (times) => leaves(measure(times)));
}

/** @param metrics  of the same examples */
export function classificationIntervals(
  judged: Judged<ClassMeasures>,
  { correct, count, auc, perClass, confusion }: ClassificationMetrics,
  resampling: Resampling,
): ClassificationIntervals {
  const averages = ({ precision, recall, f1 }: ClassAverages): Leaves => [precision, recall, f1];
  const found = intervalsOf(
    judged,
    (of) => [
      ...[of.loss, of.logLoss, of.balancedAccuracy, of.auc ?? null],
      ...averages(of.macro),
      ...averages(of.weighted),
      ...of.perClass.map(({ f1 }) => f1),
    ],
    resampling,
  );
  const [loss = null, logLoss = null, balancedAccuracy = null, ofAuc = null, ...rest] = found;
  const [precision = null, recall = null, f1 = null, weightedPrecision = null, , weightedF1 = null, ...f1s] = rest;
  const accuracy = wilson(correct, count);
  const predicted = perClass.map((_, index) => confusion.reduce((sum, row) => sum + row[index]!, 0));
  return {
    ...{ accuracy, loss, logLoss, balancedAccuracy },
    macro: { precision, recall, f1 },
    // A weighted recall is the accuracy, and has its interval.
    weighted: { precision: weightedPrecision, recall: accuracy, f1: weightedF1 },
    ...(auc === undefined ? {} : { auc: ofAuc }),
    perClass: perClass.map(({ class: name, support }, index) => {
      const right = confusion[index]![index]!;
      return {
        class: name,
        precision: wilson(right, predicted[index]!),
        recall: wilson(right, support),
        f1: f1s[index] ?? null,
      };
    }),
  };
}

/** @param metrics  of the same examples */
export function regressionIntervals(
  judged: Judged<RegressionMetrics>,
  { perTarget, huber }: RegressionMetrics,
  resampling: Resampling,
): RegressionIntervals {
  const found = intervalsOf(
    judged,
    (of) =>
      [of, ...(of.perTarget ?? [])].flatMap(({ mse, rmse, mae, r2 }) => [mse, rmse, mae, r2]).concat(of.huber ?? null),
    resampling,
  );
  const four = (at: number): Omit<RegressionIntervals, "huber" | "perTarget"> => {
    const [mse = null, rmse = null, mae = null, r2 = null] = found.slice(4 * at, 4 * at + 4);
    return { mse, rmse, mae, r2 };
  };
  return {
    ...four(0),
    ...(huber === undefined ? {} : { huber: found.at(-1) ?? null }),
    ...(perTarget ? { perTarget: perTarget.map(({ target }, index) => ({ target, ...four(index + 1) })) } : {}),
  };
}
