/**
 * What an evaluation says of each example, so that models which were judged by the same ones are compared pair by pair.
 */
import { argMax } from "../learn/logits.js";
import { learnsClasses } from "../learn/losses.js";
import { type Stream, stream } from "../learn/random.js";
import { resampleCount } from "../statistics/intervals.js";
import { mcnemar, pairedBootstraps } from "../statistics/tests.js";
import { digestOf, float32Of, int32Of } from "../values/blob.js";
import type { ClassificationMetrics } from "../values/evaluation.js";
import type { Output } from "../values/output.js";
import { rowsOf } from "./dataset.js";

type Evaluation = Output<"evaluation">;

/** What a metric counts of an example. */
export type Measure = "right" | "nats" | "squared" | "absolute";

/**
 * The measure of each example whose mean a metric is, or rises and falls with; null of one that is nothing of the kind,
 * such as `macro.f1`.
 */
export function measureOf(metric: string, { data }: Evaluation): Measure | null {
  if (learnsClasses(data.loss)) {
    if (metric === "accuracy" || metric === "correct") return "right";
    const { loss, logLoss } = data.metrics as ClassificationMetrics;
    if (logLoss === null) return null;
    // Without weights of classes and smoothed labels the model's loss is that of each example.
    return metric === "logLoss" || (metric === "loss" && loss === logLoss) ? "nats" : null;
  }
  if (metric === "mse" || metric === "rmse") return "squared";
  // Of several targets it is the mean of theirs, which weighs each by its own variance.
  if (metric === "r2") return "perTarget" in data.metrics ? null : "squared";
  return metric === "mae" ? "absolute" : null;
}

/** By example, in order: 1 where it is right, −ln p of its class, the mean over the targets of e² or |e|. */
export function measuredOf(measure: Measure, evaluation: Evaluation): Float64Array {
  const { predictions, labels } = evaluation.blobs;
  const said = float32Of(predictions!);
  const rows = rowsOf(evaluation);
  const width = predictions!.shape[1]!;
  if (measure === "right" || measure === "nats") {
    const classes = int32Of(labels!);
    return Float64Array.from(rows, (row, at) => {
      const label = classes[row]!;
      if (measure === "right") return argMax(said, at * width, width) === label ? 1 : 0;
      return -Math.log(said[at * width + label]!);
    });
  }
  const wanted = float32Of(labels!);
  return Float64Array.from(rows, (row, at) => {
    let sum = 0;
    for (let target = 0; target < width; target++) {
      const error = said[at * width + target]! - wanted[row * width + target]!;
      sum += measure === "squared" ? error * error : Math.abs(error);
    }
    return sum / width;
  });
}

export const difference = (first: Float64Array, second: Float64Array): Float64Array =>
  first.map((value, at) => value - second[at]!);

/** McNemar's exact test of what two classifiers have right. */
export function mcnemarOf(
  first: Float64Array,
  second: Float64Array,
): {
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly p: number;
} {
  let [onlyFirst, onlySecond] = [0, 0];
  for (const [at, right] of first.entries()) {
    if (right > second[at]!) onlyFirst++;
    else if (right < second[at]!) onlySecond++;
  }
  return { onlyFirst, onlySecond, p: mcnemar(onlyFirst, onlySecond) };
}

/**
 * Paired bootstraps of several pairs on one set. The resamples are drawn by what the models said, in whichever order
 * they are compared.
 */
export function bootstrapsOf(
  lists: readonly Float64Array[],
  evaluations: readonly Evaluation[],
): ReturnType<typeof pairedBootstraps> {
  const said = [...new Set(evaluations.map(({ blobs }) => digestOf(blobs.predictions!)))].sort();
  const random = stream(0, said, "paired bootstrap");
  return pairedBootstraps(lists, resamples(random, lists[0]?.length ?? 0));
}
function* resamples(random: Stream, count: number): Generator<Int32Array> {
  const indices = new Int32Array(count);
  for (let drawn = 0; drawn < resampleCount; drawn++) {
    for (let at = 0; at < count; at++) indices[at] = random.int(count);
    yield indices;
  }
}
