/** What a model predicts on a dataset, and how well. */

import { formatPercent, numberOrDash } from "../util/numbers.js";
import type { Normalization } from "./dataset.js";
import type { Output } from "./output.js";

/** null where it is undefined: precision without predictions, recall without examples, f1 without either. */
export type ClassScore = {
  readonly class: string;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  readonly support: number;
};
/** Over the classes that have examples; null where one of them has none. */
export type ClassAverages = {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
};
export type ClassificationMetrics = {
  readonly accuracy: number;
  /** Null where all examples are of classes without weight. */
  readonly loss: number | null;
  readonly logLoss: number;
  readonly correct: number;
  readonly count: number;
  readonly balancedAccuracy: number;
  readonly macro: ClassAverages;
  readonly weighted: ClassAverages;
  /** Of two classes; null where one has no examples. */
  readonly auc?: number | null;
  readonly perClass: readonly ClassScore[];
  /** [true][predicted], counts. */
  readonly confusion: readonly (readonly number[])[];
};
export type TargetScore = {
  readonly target: string;
  readonly mse: number;
  readonly rmse: number;
  readonly mae: number;
  readonly r2: number | null;
};
/** `r2` is null where it is undefined, that is where all values of a target are equal. */
export type RegressionMetrics = {
  readonly mse: number;
  readonly rmse: number;
  readonly mae: number;
  readonly r2: number | null;
  readonly count: number;
  /** Of a model with that loss. */
  readonly huber?: number;
  /** Where there are several. */
  readonly perTarget?: readonly TargetScore[];
};
/**
 * evaluation. blobs: `predictions` float32 [count, outputs] (probabilities for classes), `features`, `labels` and
 * `rows` of the dataset, so that a figure can show what was mistaken for what. Of a regression on one feature also
 * `curve`, float32 (or float64 where the features are) [points, 1 + targets]: the feature at equal distances over the
 * range of all stored features, and what the model says there. Features are in the order that the model knows and on
 * the scale on which the data were given; `normalization` says which that is.
 */
export type EvaluationData = {
  /** Of the model. */
  readonly loss: string;
  readonly classes: readonly string[] | null;
  readonly shape: readonly number[];
  readonly scale: number;
  readonly featureNames?: readonly string[];
  readonly targetNames?: readonly string[];
  readonly normalization?: readonly Normalization[];
  readonly split: string;
  readonly metrics: ClassificationMetrics | RegressionMetrics;
};

declare module "./output.js" {
  interface OutputTypes {
    readonly evaluation: EvaluationData;
  }
}

/** Of a metric by its dotted name: whether it is told in per cent. */
export const isInPercent = (metric: string): boolean => /(^|\.)(accuracy|balancedAccuracy)$/.test(metric);

/** `accuracy 99.23 %, loss 0.0251`, or `mse 0.031, r2 0.98`. */
export function evaluationHeadline({ data: { metrics } }: Output<"evaluation">): string {
  return "accuracy" in metrics
    ? `accuracy ${formatPercent(metrics.accuracy)}, loss ${numberOrDash(metrics.loss)}`
    : `mse ${numberOrDash(metrics.mse)}, r2 ${numberOrDash(metrics.r2)}`;
}
