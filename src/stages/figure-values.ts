/**
 * What figures of a regression on one feature take out of datasets and evaluations: points, curves, errors, empty
 * intervals.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { AxisNames, Interval, Point } from "../figure/points.js";
import { emptyIntervals } from "../learn/profile.js";
import { sizeOfShape } from "../util/shape.js";
import { featuresOf, float32Of, numbersOf } from "../values/blob.js";
import type { RegressionMetrics } from "../values/evaluation.js";
import { type Output, outputOf } from "../values/output.js";
import { dataOf, rowsOf } from "./dataset.js";

export const severalFeatures = (figure: string, shape: readonly number[]): string =>
  `\`${figure}\` draws one feature against one target, but an example here is [${shape.join(", ")}]. Choose one column with \`features:\` in the \`load\` stage.`;
export const classesText = (figure: string): string =>
  `\`${figure}\` is about numbers, but the targets here are classes. Use data without \`classes:\`, and a model whose loss is \`mse\`.`;
const severalTargets = (figure: string, count: number): MistakeError =>
  new MistakeError({
    title: "several targets",
    message: `\`${figure}\` draws one feature against one target, but there are ${count} targets here. Name one in the \`load\` stage.`,
    at: ["from"],
  });

/**
 * The examples of a dataset, or of an evaluation's, as points. @throws MistakeError when there is not one feature and
 * one number as target
 */
export function pointsOf(figure: string, output: Output, option = "from"): readonly Point[] {
  checkOneFeature(figure, output, option);
  const [features, labels] = [featuresOf(output.blobs["features"]!), labelsOf(figure, output, option)];
  return [...rowsOf(output)].map((row) => [features[row]!, labels[row]!] as const);
}

/** The feature of each example. @throws MistakeError when there is more than one */
export function featureOf(figure: string, output: Output, option = "from"): readonly number[] {
  checkOneFeature(figure, output, option);
  const features = featuresOf(output.blobs["features"]!);
  return [...rowsOf(output)].map((row) => features[row]!);
}

/** Intervals of the feature without examples. */
export const gapsOf = (figure: string, output: Output, option = "from"): readonly Interval[] =>
  emptyIntervals(featureOf(figure, output, option));

/** What a model said over the range of the feature. @throws MistakeError when the evaluation holds no curve */
export function curveOf(figure: string, evaluation: Output): readonly Point[] {
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

/**
 * (prediction − target)² of each example, mean over the targets. @throws MistakeError when the evaluation is of classes
 */
export function squaredErrorsOf(figure: string, evaluation: Output): readonly number[] {
  const { loss } = outputOf(evaluation, "evaluation").data;
  if (loss !== "mse")
    throw new MistakeError({ title: "a figure about numbers", message: classesText(figure), at: ["from"] });
  const predictions = float32Of(evaluation.blobs["predictions"]!);
  const labels = float32Of(evaluation.blobs["labels"]!);
  const targets = evaluation.blobs["predictions"]!.shape[1]!;
  return [...rowsOf(evaluation)].map((row, index) => {
    let sum = 0;
    for (let target = 0; target < targets; target++)
      sum += (predictions[index * targets + target]! - labels[row * targets + target]!) ** 2;
    return sum / targets;
  });
}
export const mseOf = (evaluation: Output): number =>
  (outputOf(evaluation, "evaluation").data.metrics as RegressionMetrics).mse;

/** From a dataset where there is one; an evaluation does not know its columns. */
export function namesOf(dataset: Output | undefined): AxisNames {
  const { featureNames, targetNames } = dataset ? dataOf(dataset) : { featureNames: [], targetNames: [] };
  return { feature: featureNames[0] || "input", target: targetNames[0] || "target" };
}

function checkOneFeature(figure: string, output: Output, option: string): void {
  const { data, blobs } = outputOf(output, "dataset", "evaluation");
  const size = sizeOfShape(blobs["features"]!.shape.slice(1));
  if (size !== 1)
    throw new MistakeError({ title: "several features", message: severalFeatures(figure, data.shape), at: [option] });
}
function labelsOf(figure: string, { blobs }: Output, option: string): Float32Array {
  const labels = blobs["labels"]!;
  if (labels.dtype !== "float32")
    throw new MistakeError({ title: "a figure about numbers", message: classesText(figure), at: [option] });
  const targets = labels.shape[1] ?? 1;
  if (targets !== 1) throw severalTargets(figure, targets);
  return float32Of(labels);
}
