/** Small inputs of figures, made here so that every number in a test can be followed. */
import { classAverages } from "../../src/learn/metrics.js";
import { wilson } from "../../src/statistics/intervals.js";
import { blobOf } from "../../src/values/blob.js";
import type { DatasetData } from "../../src/values/dataset.js";
import type { ClassificationIntervals, ClassificationMetrics, EvaluationData } from "../../src/values/evaluation.js";
import { type EpochScore, historyBlob, type TrainedModel } from "../../src/values/model.js";
import type { Output } from "../../src/values/output.js";

/** What the evaluations of these tests judge, and which examples it is judged on. */
export const judged = {
  model: { digest: "sha256:01", parameters: 30, epochs: 8, bestEpoch: 6, train: { loss: 0.2 } },
  examples: "sha256:02",
} as const;

/** Confusion [true][predicted] → everything an evaluation tells of it. */
export function evaluationData(classes: readonly string[], confusion: readonly (readonly number[])[]): EvaluationData {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const perClass = classes.map((name, index) => {
    const hit = confusion[index]![index]!;
    const support = sum(confusion[index]!);
    const [precision, recall] = [hit / sum(confusion.map((row) => row[index]!)), hit / support];
    return { class: name, precision, recall, f1: (2 * precision * recall) / (precision + recall), support };
  });
  const count = sum(confusion.flat());
  const correct = sum(confusion.map((row, index) => row[index]!));
  const { macro, weighted } = classAverages(perClass);
  const nats = { loss: 0.25, logLoss: 0.25 };
  const averages = { balancedAccuracy: macro.recall!, macro, weighted };
  const metrics: ClassificationMetrics = {
    ...{ accuracy: correct / count, ...nats, correct, count },
    ...{ ...averages, perClass, confusion },
  };
  const none = { precision: null, recall: null, f1: null };
  const intervals: ClassificationIntervals = {
    ...{ accuracy: wilson(correct, count), loss: null, logLoss: null, balancedAccuracy: null },
    ...{ macro: none, weighted: none, perClass: classes.map((name) => ({ class: name, ...none })) },
  };
  return {
    loss: "cross_entropy",
    classes,
    shape: [2, 2, 1],
    scale: 1 / 255,
    split: "test",
    ...judged,
    metrics,
    intervals,
  };
}
export const regressionData: EvaluationData = {
  loss: "mse",
  classes: null,
  shape: [3],
  scale: 1,
  split: "test",
  ...judged,
  metrics: { mse: 1, rmse: 1, mae: 1, r2: 0, count: 4 },
  intervals: { mse: [0.5, 2], rmse: [0.7, 1.4], mae: null, r2: null },
};

export function modelData(history: readonly EpochScore[], loss: TrainedModel["loss"], bestEpoch: number): TrainedModel {
  const last = history.at(-1);
  return {
    layers: [],
    inputShape: [2, 2, 1],
    outputShape: [2],
    scale: 1,
    classes: loss === "mse" ? null : ["a", "b"],
    loss,
    parameters: [],
    history,
    stopped: "epochs",
    metrics: { train: last?.train ?? { loss: 0 }, epochs: history.length, bestEpoch },
  };
}
export function epochs(losses: readonly number[], hasAccuracy: boolean): readonly EpochScore[] {
  return losses.map((loss, index) => ({
    epoch: index + 1,
    learningRate: 0.01,
    train: { loss, ...(hasAccuracy ? { accuracy: 1 - loss / 2 } : {}) },
    validation: { loss: loss + 0.1, ...(hasAccuracy ? { accuracy: 0.9 - loss / 2 } : {}) },
  }));
}

/** Twelve images of 2 × 2 grey or colour pixels, of the classes `dark` and `light` in turn. */
export function imageSet(shape: readonly number[] = [2, 2, 1]): Output {
  const size = shape.reduce((product, length) => product * length, 1);
  const features = Uint8Array.from({ length: 12 * size }, (_, index) => (index * 53) % 256);
  const labels = Int32Array.from({ length: 12 }, (_, index) => index % 2);
  const data: DatasetData = {
    count: 12,
    shape,
    classes: ["dark", "light"],
    scale: 1 / 255,
    featureNames: [],
    targetNames: [],
    split: "train",
  };
  return {
    type: "dataset",
    data: data as never,
    blobs: { features: blobOf("uint8", [12, ...shape], features), labels: blobOf("int32", [12], labels) },
  };
}
/** A model's history goes beside its data, as `train` leaves it. */
export function outputOf(type: Output["type"], data: object): Output {
  const { history, ...rest } = data as { readonly history?: readonly EpochScore[] };
  return type === "model" && history
    ? { type, data: rest as never, blobs: { history: historyBlob(history) } }
    : { type, data: data as never, blobs: {} };
}

/** The texts of an SVG, in the order in which they are drawn. */
export function textsOf(svg: string): readonly string[] {
  return [...svg.matchAll(/<text[^>]*>([\s\S]*?)<\/text>/g)]
    .map(([, inner]) => inner!.replace(/<\/?tspan[^>]*>/g, " ").trim())
    .filter((text) => text !== "");
}
/** How many marks of a role Vega drew, such as `bar`, `rect mark` or `image mark`. */
export const marksOf = (svg: string, role: string): number =>
  [...svg.matchAll(new RegExp(`aria-roledescription="${role}"`, "g"))].length;

/** Width and height from the header of a PNG. @throws Error when it is none */
export function pngSize(bytes: Uint8Array): { width: number; height: number } {
  const png = Buffer.from(bytes);
  if (!png.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])))
    throw new Error("no PNG signature");
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}
