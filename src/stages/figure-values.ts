/**
 * What figures take out of stored outputs: points, curves, errors and empty intervals of a regression on one feature.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Fit } from "../figure/fits.js";
import type { AxisNames, Interval, Point } from "../figure/points.js";
import { learnsClasses } from "../learn/losses.js";
import { emptyIntervals } from "../learn/profile.js";
import { wilson } from "../statistics/intervals.js";
import { formatPercent } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { featuresOf, float32Of, numbersOf } from "../values/blob.js";
import type { ClassificationMetrics, RegressionIntervals, RegressionMetrics } from "../values/evaluation.js";
import { intervalText } from "../values/interval.js";
import type { Output } from "../values/output.js";
import { rowsOf } from "./dataset.js";
import type { Item } from "./figure-declaration.js";
import { classesGiven, severalFeatures, severalTargets } from "./figure-refusals.js";

/** What has examples. */
type ExampleSet = Output<"dataset" | "evaluation">;

/**
 * The examples of a dataset, or of an evaluation's, as points. @throws MistakeError when there is not one feature and
 * one number as target
 */
export function pointsOf(figure: string, output: ExampleSet, option = "from"): readonly Point[] {
  checkOneFeature(figure, output, option);
  const [features, labels] = [featuresOf(output.blobs.features!), labelsOf(figure, output, option)];
  return [...rowsOf(output)].map((row) => [features[row]!, labels[row]!] as const);
}

/** The feature of each example. @throws MistakeError when there is more than one */
export function featureOf(figure: string, output: ExampleSet, option = "from"): readonly number[] {
  checkOneFeature(figure, output, option);
  const features = featuresOf(output.blobs.features!);
  return [...rowsOf(output)].map((row) => features[row]!);
}

/** Intervals of the feature without examples. */
export const gapsOf = (figure: string, output: ExampleSet, option = "from"): readonly Interval[] =>
  emptyIntervals(featureOf(figure, output, option));

/** What a model said over the range of the feature. @throws MistakeError when the evaluation holds no curve */
function curveOf(figure: string, evaluation: Output<"evaluation">): readonly Point[] {
  checkOneFeature(figure, evaluation, "from");
  const { curve } = evaluation.blobs;
  if (!curve)
    throw new MistakeError({
      title: "no curve to draw",
      message: `\`${figure}\` draws the curve of a model of one feature, but this evaluation has none.`,
      at: ["from"],
    });
  const [count, width] = curve.shape as readonly [number, number];
  if (width !== 2) throw severalTargets(figure, width - 1);
  const values = numbersOf(curve);
  return Array.from({ length: count }, (_, row) => [values[2 * row]!, values[2 * row + 1]!] as const);
}

/** @throws MistakeError when the evaluation is of classes */
export function checkNumbers(figure: string, evaluation: Output<"evaluation">): void {
  if (learnsClasses(evaluation.data.loss)) throw classesGiven(figure, "from");
}

/**
 * (prediction − target)² of each example, mean over the targets. @throws MistakeError when the evaluation is of classes
 */
export function squaredErrorsOf(figure: string, evaluation: Output<"evaluation">): readonly number[] {
  checkNumbers(figure, evaluation);
  const predictions = float32Of(evaluation.blobs.predictions!);
  const labels = float32Of(evaluation.blobs.labels!);
  const targets = evaluation.blobs.predictions!.shape[1]!;
  return [...rowsOf(evaluation)].map((row, index) => {
    let sum = 0;
    for (let target = 0; target < targets; target++)
      sum += (predictions[index * targets + target]! - labels[row * targets + target]!) ** 2;
    return sum / targets;
  });
}

/** `accuracy 99.61 %, 95 % interval 99.47 to 99.71 %`: Wilson's interval of a proportion. */
export const accuracyText = ({ accuracy, correct, count }: ClassificationMetrics): string =>
  `accuracy ${formatPercent(accuracy)}, 95 % interval ${intervalText("accuracy", wilson(correct, count))}`;

/** A model of one feature over the points that it was evaluated on. */
export const fitOf =
  (figure: string) =>
  ({ label, value }: Item<"evaluation">): Fit => ({
    label,
    points: pointsOf(figure, value),
    curve: curveOf(figure, value),
    mse: (value.data.metrics as RegressionMetrics).mse,
    interval: (value.data.intervals as RegressionIntervals).mse,
    split: value.data.split,
  });

/** From a dataset where there is one; an evaluation does not know its columns. */
export function namesOf(dataset: Output<"dataset"> | undefined): AxisNames {
  const { featureNames, targetNames } = dataset?.data ?? { featureNames: [], targetNames: [] };
  return { feature: featureNames[0] || "input", target: targetNames[0] || "target" };
}

function checkOneFeature(figure: string, { data, blobs }: ExampleSet, option: string): void {
  const size = sizeOfShape(blobs.features!.shape.slice(1));
  if (size !== 1) throw severalFeatures(figure, data.shape, option);
}
function labelsOf(figure: string, { blobs }: ExampleSet, option: string): Float32Array {
  const labels = blobs.labels!;
  if (labels.dtype !== "float32") throw classesGiven(figure, option);
  const targets = labels.shape[1] ?? 1;
  if (targets !== 1) throw severalTargets(figure, targets);
  return float32Of(labels);
}
