/** What a model predicts on a dataset, and how well. */

import type { Interval } from "../statistics/intervals.js";
import { type Digest, digestJson } from "../util/digest.js";
import { numberOrDash } from "../util/numbers.js";
import { blobOf, digestOf } from "./blob.js";
import type { Dataset, Normalization } from "./dataset.js";
import { measuredText } from "./interval.js";
import { ensembleOf, type Member, membersOf, parameterCountOf, type Score } from "./model.js";
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
  /** Null where all examples are of classes without weight, and of an ensemble whose members have no loss in common. */
  readonly loss: number | null;
  /** Null of votes, which are no probabilities. */
  readonly logLoss: number | null;
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
type IntervalsOf<K extends string> = { readonly [Name in K]: Interval | null };
/** 95 % intervals of the metrics of the same names; null where a metric is undefined or the set knows of no spread. */
export type ClassificationIntervals = IntervalsOf<"accuracy" | "loss" | "logLoss" | "balancedAccuracy"> & {
  readonly macro: IntervalsOf<keyof ClassAverages>;
  readonly weighted: IntervalsOf<keyof ClassAverages>;
  readonly auc?: Interval | null;
  readonly perClass: readonly ({ readonly class: string } & IntervalsOf<keyof ClassAverages>)[];
};
export type RegressionIntervals = IntervalsOf<"mse" | "rmse" | "mae" | "r2"> & {
  readonly huber?: Interval | null;
  readonly perTarget?: readonly ({ readonly target: string } & IntervalsOf<"mse" | "rmse" | "mae" | "r2">)[];
};

/** What was judged: enough to tell it from others, and to say how it was trained. */
export type JudgedModel = JudgedTraining | JudgedEnsemble;
export type JudgedTraining = {
  /** Of its layers and parameters. */
  readonly digest: Digest;
  /** How many numbers it learned. */
  readonly parameters: number;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly train: Score;
  readonly validation?: Score;
};
type JudgedEnsemble = {
  /** Of its rule and members. */
  readonly digest: Digest;
  /** Of all members. */
  readonly parameters: number;
  readonly rule: "mean" | "vote";
  readonly members: readonly JudgedTraining[];
};
/** The trainings that it came from. */
export const trainingsOf = (model: JudgedModel): readonly JudgedTraining[] =>
  "members" in model ? model.members : [model];

/**
 * evaluation. blobs: `predictions` float32 [count, outputs] (probabilities for classes, or shares of the votes of an
 * ensemble, of which the first of the largest is that of the predicted class), `features`, `labels` and `rows` of the
 * dataset, so that a figure can show what was mistaken for what. Of a regression on one feature also `curve`, float32
 * (or float64 where the features are) [points, 1 + targets]: the feature at equal distances over the range of all
 * stored features, and what the model says there. Features are in the order that the model knows and on the scale on
 * which the data were given; `normalization` says which that is.
 */
export type EvaluationData = {
  /** Of the model; of an ensemble whose members have several the plain one that learns what they learn. */
  readonly loss: string;
  readonly classes: readonly string[] | null;
  readonly shape: readonly number[];
  readonly scale: number;
  readonly featureNames?: readonly string[];
  readonly targetNames?: readonly string[];
  readonly normalization?: readonly Normalization[];
  readonly split: string;
  readonly model: JudgedModel;
  /** Which examples these are, and in which order: equal where evaluations may be compared example by example. */
  readonly examples: Digest;
  readonly metrics: ClassificationMetrics | RegressionMetrics;
  readonly intervals: ClassificationIntervals | RegressionIntervals;
};

declare module "./output.js" {
  interface OutputTypes {
    readonly evaluation: EvaluationData;
  }
}

export function judgedModel(output: Output<"model">): JudgedModel {
  const members = membersOf(output).map(judgedTraining);
  const ensemble = ensembleOf(output);
  if (!ensemble) return members[0]!;
  const { rule } = ensemble;
  return {
    digest: digestJson([rule, members.map(({ digest }) => digest)]),
    parameters: members.reduce((sum, { parameters }) => sum + parameters, 0),
    rule,
    members,
  };
}
function judgedTraining({ model, arrays }: Member): JudgedTraining {
  const { epochs, bestEpoch, train, validation } = model.metrics;
  const digests = model.parameters.map(({ name }) => digestOf(arrays[name]!));
  return {
    digest: digestJson([model.layers, digests]),
    parameters: parameterCountOf(model),
    epochs,
    bestEpoch,
    train,
    ...(validation ? { validation } : {}),
  };
}
/** Whether its `predictions` are shares of votes. */
export const areVotes = ({ model }: Pick<EvaluationData, "model">): boolean => "rule" in model && model.rule === "vote";
/**
 * Of the features and labels as they are given, before names are put in order, and of which rows are meant.
 *
 * @param rows  of `examplesOf`: all in order where the dataset has no list of them
 */
export const examplesDigest = ({ blobs: { features, labels } }: Dataset, rows: Int32Array): Digest =>
  digestJson([digestOf(features!), digestOf(labels!), digestOf(blobOf("int32", [rows.length], rows))]);

/** `accuracy 99.23 % (99.04 to 99.38 %), loss 0.0251`, or `mse 0.031 (0.022 to 0.044), r2 0.98`. */
export function evaluationHeadline({ data: { metrics, intervals } }: Output<"evaluation">): string {
  if ("accuracy" in metrics) return `${scoreWithInterval({ metrics, intervals })}, loss ${numberOrDash(metrics.loss)}`;
  return `${scoreWithInterval({ metrics, intervals })}, r2 ${numberOrDash(metrics.r2)}`;
}

/** What an evaluation is first asked for: `accuracy 99.23 % (99.04 to 99.38 %)`, or `mse 0.031 (0.022 to 0.044)`. */
export function scoreWithInterval({ metrics, intervals }: Pick<EvaluationData, "metrics" | "intervals">): string {
  const name = "accuracy" in metrics ? "accuracy" : "mse";
  const { [name]: value } = metrics as { readonly [of in typeof name]?: number };
  const { [name]: interval } = intervals as { readonly [of in typeof name]?: Interval | null };
  return `${name} ${measuredText(name, value, interval)}`;
}
