/** What a training is judged by: the loss of a batch or a set, and how much of it is right. Metrics: `metrics.ts`. */
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
