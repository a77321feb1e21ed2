/**
 * Metrics of predictions, in float64 and in the order of the examples, so that they do not depend on how the
 * predictions were computed.
 */
import { ranksOf } from "../util/statistics.js";
import type {
  ClassAverages,
  ClassificationMetrics,
  ClassScore,
  RegressionMetrics,
  TargetScore,
} from "../values/evaluation.js";
import type { Score } from "../values/model.js";
import type { Criterion, Sums } from "./criterion.js";
import type { Examples } from "./data.js";
import { argMax } from "./logits.js";
import { type ClassReading, criterionOf, type Loss, losses, readingOf } from "./losses.js";

/**
 * Mean loss of one batch of a training, and how many of its examples are right; rounded to float32, so that what
 * float32 cannot hold is infinite.
 *
 * @param outputs  float32 [count, width], from `from` on
 * @param wanted   by example: its targets, or one-hot
 */
export function batchScore(
  { criterion, reading }: Judge,
  { outputs, from, width }: { readonly outputs: Float32Array; readonly from: number; readonly width: number },
  rows: Int32Array,
  at: number,
  count: number,
  wanted: { readonly data: Float32Array; readonly width: number },
): { readonly loss: number; readonly correct: number } {
  const sums: Sums = { loss: 0, weight: 0 };
  const label = new Int32Array(1);
  let correct = 0;
  for (let index = 0; index < count; index++) {
    const row = rows[at + index]! * wanted.width;
    const start = from + index * width;
    if (reading) {
      label[0] = argMax(wanted.data, row, wanted.width);
      criterion.add(sums, outputs, start, label, 0, width);
      if (reading.predicted(outputs, start, width) === label[0]) correct++;
    } else criterion.add(sums, outputs, start, wanted.data, row, width);
  }
  // Classes of weight 0 teach nothing.
  return { loss: sums.weight === 0 ? 0 : Math.fround(sums.loss / sums.weight), correct };
}

/** What outputs are judged by: null where they are no classes. */
export interface Judge {
  readonly criterion: Criterion;
  readonly reading: ClassReading | null;
}
export const judgeOf = (loss: Loss): Judge => ({ criterion: criterionOf(loss), reading: readingOf(loss.type) });

/** Mean loss over the examples and, for classes, the fraction that is right. */
export function scoreOf({ criterion, reading }: Judge, outputs: Float32Array, examples: Examples): Score {
  const { labels, rows, targets } = examples;
  const width = outputs.length / rows.length;
  const sums: Sums = { loss: 0, weight: 0 };
  let correct = 0;
  for (let at = 0; at < rows.length; at++) {
    const from = rows[at]! * targets;
    criterion.add(sums, outputs, at * width, labels, from, width);
    if (reading?.predicted(outputs, at * width, width) === labels[from]) correct++;
  }
  const loss = sums.loss / sums.weight;
  return reading ? { loss, accuracy: correct / rows.length } : { loss };
}

/**
 * accuracy = correct / count · loss = the model's own, with its weights of classes and smoothing · logLoss = mean
 * −ln p[true class] (nats) · confusion[true][predicted] in counts · precision = TP / (TP + FP), recall = TP / (TP +
 * FN), f1 = 2 TP / (2 TP + FP + FN), each null where its divisor is 0: undefined is no 0, which would say that a class
 * is never recognised.
 *
 * macro and weighted are means over the classes that have examples, of each alike or by its examples; null where one
 * of them is undefined, which is the precision of a class that was never predicted (scikit-learn counts it as 0, by
 * `zero_division`). balancedAccuracy = macro recall. Of two classes auc = P(score of a second > score of a first) +
 * P(both are equal) / 2, by their logits; null where a class has no examples.
 *
 * @param outputs  float32 [count, width], at least one row
 * @param loss     that learns classes; its weights are numbers
 * Sources: sklearn.metrics; Mann & Whitney (1947).
 */
export function classificationMetrics(outputs: Float32Array, examples: Examples, loss: Loss): ClassificationMetrics {
  const { criterion, reading } = judgeOf(loss);
  if (!reading) throw new Error(`hw1 bug: classes by ${loss.type}`);
  const plain = criterionOf({ type: loss.type });
  const names = examples.classes ?? [];
  const { rows, labels } = examples;
  const count = rows.length;
  const width = outputs.length / count;
  const confusion = names.map(() => new Array<number>(names.length).fill(0));
  const sums: Sums = { loss: 0, weight: 0 };
  const nats: Sums = { loss: 0, weight: 0 };
  let correct = 0;
  for (let at = 0; at < count; at++) {
    const row = rows[at]!;
    const label = labels[row]!;
    const predicted = reading.predicted(outputs, at * width, width);
    confusion[label]![predicted]!++;
    if (predicted === label) correct++;
    criterion.add(sums, outputs, at * width, labels, row, width);
    plain.add(nats, outputs, at * width, labels, row, width);
  }
  const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
  const perClass = names.map((name, index) => {
    const right = confusion[index]![index]!;
    const support = confusion[index]!.reduce((total, value) => total + value, 0);
    const predicted = confusion.reduce((total, row) => total + row[index]!, 0);
    return {
      class: name,
      precision: share(right, predicted),
      recall: share(right, support),
      f1: share(2 * right, predicted + support),
      support,
    };
  });
  const { macro, weighted } = classAverages(perClass);
  return {
    accuracy: correct / count,
    loss: share(sums.loss, sums.weight),
    logLoss: nats.loss / nats.weight,
    correct,
    count,
    balancedAccuracy: macro.recall!,
    macro,
    weighted,
    ...(names.length === 2 ? { auc: auc(outputs, width, reading, examples) } : {}),
    perClass,
    confusion,
  };
}

export const classAverages = (
  perClass: readonly ClassScore[],
): { readonly macro: ClassAverages; readonly weighted: ClassAverages } => ({
  macro: averages(perClass, () => 1),
  weighted: averages(perClass, (support) => support),
});
/** Over the classes that have examples. */
function averages(perClass: readonly ClassScore[], weightOf: (support: number) => number): ClassAverages {
  const own = perClass.filter(({ support }) => support > 0);
  const total = own.reduce((sum, { support }) => sum + weightOf(support), 0);
  const average = (of: keyof ClassAverages): number | null =>
    own.reduce<number | null>(
      (sum, { [of]: value, support }) =>
        sum === null || value === null ? null : sum + (weightOf(support) / total) * value,
      0,
    );
  return { precision: average("precision"), recall: average("recall"), f1: average("f1") };
}

function auc(outputs: Float32Array, width: number, { score }: ClassReading, { rows, labels }: Examples): number | null {
  const ranks = ranksOf(Float64Array.from(rows, (_, at) => score(outputs, at * width)));
  let [ofSecond, seconds] = [0, 0];
  for (const [at, row] of rows.entries())
    if (labels[row] === 1) {
      ofSecond += ranks[at]!;
      seconds++;
    }
  const pairs = seconds * (rows.length - seconds);
  return pairs === 0 ? null : (ofSecond - (seconds * (seconds + 1)) / 2) / pairs;
}

/**
 * mse = mean (ŷ − y)² · rmse = √mse · mae = mean |ŷ − y|, over all examples and targets · r2 = 1 − Σ(ŷ − y)² /
 * Σ(y − ȳ)² of a target, null where all its values are equal, however their mean is rounded; of several targets the
 * mean of theirs, as scikit-learn has it (`uniform_average`), null where one is. Of several targets `perTarget` has
 * those of each. A loss that is none of these is a metric of its own.
 *
 * @param outputs  float32 [count, targets]
 * @param loss     that learns numbers
 * @param names    of the targets
 */
export function regressionMetrics(
  outputs: Float32Array,
  examples: Examples,
  loss: Loss,
  names: readonly string[],
): RegressionMetrics {
  const { targets, rows } = examples;
  const perTarget = Array.from({ length: targets }, (_, target) => ({
    target: names[target] ?? String(target + 1),
    ...ofTarget(outputs, examples, target),
  }));
  const over = (of: "mse" | "mae"): number => perTarget.reduce((sum, { [of]: value }) => sum + value, 0) / targets;
  const mse = over("mse");
  const r2 = perTarget.reduce<number | null>(
    (sum, own) => (sum === null || own.r2 === null ? null : sum + own.r2 / targets),
    0,
  );
  const metrics = { mse, rmse: Math.sqrt(mse), mae: over("mae"), r2, count: rows.length };
  const { metric } = losses[loss.type];
  return {
    ...metrics,
    ...(metric in metrics ? {} : { [metric]: scoreOf(judgeOf(loss), outputs, examples).loss }),
    ...(targets > 1 ? { perTarget } : {}),
  };
}

function ofTarget(
  outputs: Float32Array,
  { labels, rows, targets }: Examples,
  target: number,
): Omit<TargetScore, "target"> {
  let [squares, absolute, total, totalSquares] = [0, 0, 0, 0];
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < rows.length; at++) {
    const wanted = labels[rows[at]! * targets + target]!;
    const error = outputs[at * targets + target]! - wanted;
    squares += error * error;
    absolute += Math.abs(error);
    total += wanted;
    least = Math.min(least, wanted);
    most = Math.max(most, wanted);
  }
  const mean = total / rows.length;
  for (const row of rows) totalSquares += (labels[row * targets + target]! - mean) ** 2;
  const mse = squares / rows.length;
  const r2 = least === most ? Number.NaN : 1 - squares / totalSquares;
  return { mse, rmse: Math.sqrt(mse), mae: absolute / rows.length, r2: Number.isFinite(r2) ? r2 : null };
}
