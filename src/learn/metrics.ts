/**
 * Metrics of predictions, in float64 and in the order of the examples, so that they do not depend on how the
 * predictions were computed.
 */
import type { ClassificationMetrics, RegressionMetrics } from "../values/evaluation.js";
import type { Score } from "../values/model.js";
import type { Criterion, Sums } from "./criterion.js";
import type { Examples } from "./data.js";
import { argMax } from "./logits.js";
import { type ClassReading, criterionOf, type Loss, readingOf } from "./losses.js";

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
 * accuracy = correct / count · loss = mean cross-entropy (nats) · confusion[true][predicted] in counts · precision = TP
 * / (TP + FP), recall = TP / (TP + FN), f1 = 2 TP / (2 TP + FP + FN), each null where its divisor is 0: undefined is no
 * 0, which would say that a class is never recognised. (scikit-learn's `zero_division=nan`.)
 *
 * @param outputs  float32 [count, width], at least one row
 * @param loss     that learns classes
 */
export function classificationMetrics(outputs: Float32Array, examples: Examples, loss: Loss): ClassificationMetrics {
  const { criterion, reading } = judgeOf(loss);
  if (!reading) throw new Error(`hw1 bug: classes by ${loss.type}`);
  const names = examples.classes ?? [];
  const count = examples.rows.length;
  const width = outputs.length / count;
  const confusion = names.map(() => new Array<number>(names.length).fill(0));
  const sums: Sums = { loss: 0, weight: 0 };
  let correct = 0;
  for (let at = 0; at < count; at++) {
    const row = examples.rows[at]!;
    const label = examples.labels[row]!;
    const predicted = reading.predicted(outputs, at * width, width);
    confusion[label]![predicted]!++;
    if (predicted === label) correct++;
    criterion.add(sums, outputs, at * width, examples.labels, row, width);
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
  return { accuracy: correct / count, loss: sums.loss / sums.weight, correct, count, perClass, confusion };
}

/**
 * mse = mean (ŷ − y)² · rmse = √mse · mae = mean |ŷ − y| · r2 = 1 − Σ(ŷ − y)² / Σ(y − ȳ)², over all examples and
 * targets; r2 is null where all targets are equal, however their mean is rounded.
 *
 * @param outputs float32 [count, targets]
 */
export function regressionMetrics(outputs: Float32Array, examples: Examples): RegressionMetrics {
  const { labels, rows, targets } = examples;
  let [squares, absolute, total, totalSquares] = [0, 0, 0, 0];
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const size = rows.length * targets;
  for (let at = 0; at < rows.length; at++)
    for (let target = 0; target < targets; target++) {
      const wanted = labels[rows[at]! * targets + target]!;
      const error = outputs[at * targets + target]! - wanted;
      squares += error * error;
      absolute += Math.abs(error);
      total += wanted;
      least = Math.min(least, wanted);
      most = Math.max(most, wanted);
    }
  const mean = total / size;
  for (const row of rows)
    for (let target = 0; target < targets; target++) totalSquares += (labels[row * targets + target]! - mean) ** 2;
  const mse = squares / size;
  const r2 = least === most ? Number.NaN : 1 - squares / totalSquares;
  return { mse, rmse: Math.sqrt(mse), mae: absolute / size, r2: Number.isFinite(r2) ? r2 : null, count: rows.length };
}
