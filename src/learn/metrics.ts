/**
 * Metrics of predictions, in float64 and in the order of the examples, so that they do not depend on how the
 * predictions were computed.
 */
import type { ClassificationMetrics, RegressionMetrics } from "../values/evaluation.js";
import type { Score } from "../values/model.js";
import type { Loss } from "./choices.js";
import type { Examples } from "./data.js";

/**
 * Softmax of each row: exp(xᵢ − max) / Σ exp(xⱼ − max), float32 [count, classes], each row summing to 1.
 */
export function softmaxRows(logits: Float32Array, classes: number): Float32Array {
  const result = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    let highest = Number.NEGATIVE_INFINITY;
    for (let column = 0; column < classes; column++) highest = Math.max(highest, logits[start + column]!);
    let sum = 0;
    for (let column = 0; column < classes; column++) sum += Math.exp(logits[start + column]! - highest);
    for (let column = 0; column < classes; column++)
      result[start + column] = Math.exp(logits[start + column]! - highest) / sum;
  }
  return result;
}

/** The first column with the largest value. */
function argMax(values: Float32Array, start: number, width: number): number {
  let best = 0;
  for (let column = 1; column < width; column++) if (values[start + column]! > values[start + best]!) best = column;
  return best;
}

/**
 * logsumexp(logits) − logits[label], in nats; NaN where a logit is not finite, though −∞ at another class would still
 * have a limit.
 */
function crossEntropy(logits: Float32Array, start: number, classes: number, label: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let column = 0; column < classes; column++) {
    if (!Number.isFinite(logits[start + column])) return Number.NaN;
    highest = Math.max(highest, logits[start + column]!);
  }
  let sum = 0;
  for (let column = 0; column < classes; column++) sum += Math.exp(logits[start + column]! - highest);
  return highest + Math.log(sum) - logits[start + label]!;
}

/**
 * Mean loss of one batch of a training, and how many of its examples are right; rounded to float32, so that what
 * float32 cannot hold is infinite.
 *
 * @param outputs  float32 [count, width], from `from` on
 * @param wanted   by example: its targets, or one-hot
 */
export function batchScore(
  loss: Loss,
  outputs: Float32Array,
  from: number,
  rows: Int32Array,
  at: number,
  count: number,
  { wanted, width }: { readonly wanted: Float32Array; readonly width: number },
): { readonly loss: number; readonly correct: number } {
  let [sum, correct] = [0, 0];
  for (let index = 0; index < count; index++) {
    const row = rows[at + index]! * width;
    const start = from + index * width;
    if (loss === "mse")
      for (let target = 0; target < width; target++) {
        const error = outputs[start + target]! - wanted[row + target]!;
        sum += error * error;
      }
    else {
      const label = argMax(wanted, row, width);
      sum += crossEntropy(outputs, start, width, label);
      if (argMax(outputs, start, width) === label) correct++;
    }
  }
  return { loss: Math.fround(sum / (loss === "mse" ? count * width : count)), correct };
}

/** Mean loss over the examples and, for classes, the fraction that is right. */
export function scoreOf(loss: Loss, outputs: Float32Array, examples: Examples): Score {
  if (loss === "mse") return { loss: regressionMetrics(outputs, examples).mse };
  const { loss: mean, accuracy } = classificationMetrics(outputs, examples);
  return { loss: mean, accuracy };
}

/**
 * accuracy = correct / count · loss = mean cross-entropy (nats) · confusion[true][predicted] in counts · precision = TP
 * / (TP + FP), recall = TP / (TP + FN), f1 = 2 TP / (2 TP + FP + FN), each null where its divisor is 0: undefined is no
 * 0, which would say that a class is never recognised. (scikit-learn's `zero_division=nan`.)
 *
 * @param logits float32 [count, classes], at least one row
 */
export function classificationMetrics(logits: Float32Array, examples: Examples): ClassificationMetrics {
  const names = examples.classes ?? [];
  const classes = names.length;
  const count = examples.rows.length;
  const confusion = names.map(() => new Array<number>(classes).fill(0));
  let [sum, correct] = [0, 0];
  for (let at = 0; at < count; at++) {
    const label = examples.labels[examples.rows[at]!]!;
    const predicted = argMax(logits, at * classes, classes);
    confusion[label]![predicted]!++;
    if (predicted === label) correct++;
    sum += crossEntropy(logits, at * classes, classes, label);
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
  return { accuracy: correct / count, loss: sum / count, correct, count, perClass, confusion };
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
