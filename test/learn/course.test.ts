/** When a training stops, and which of its epochs is the best, by each number of its history: told losses, no network. */
import { expect, test } from "vitest";
import type { ArrayValue } from "../../src/compute/program.js";
import { Course } from "../../src/learn/course.js";
import { allStoppingMetrics, type EarlyStopping, type StoppingMetric, watchedOf } from "../../src/learn/stopping.js";
import type { EpochScore } from "../../src/values/model.js";

/** Histories of which one number is told, and the others get better in every epoch. */
function history(metric: StoppingMetric, values: readonly number[]): readonly EpochScore[] {
  const [set, measure] = metric.split(".") as ["validation" | "train" | "unaveraged", "loss" | "accuracy"];
  return values.map((value, index) => {
    const better = { loss: 10 / (index + 1), accuracy: index / 100 };
    const score = { train: better, validation: better, unaveraged: better };
    return { epoch: index + 1, learningRate: 0.1, ...score, [set]: { ...better, [measure]: value } };
  });
}
const array = (value: number): ArrayValue => ({ dtype: "float32", shape: [1], data: Float32Array.of(value) });
const parameter = { name: "w", shape: [1], trained: true, isWeight: true } as const;
/** The epochs that a training takes and what it gives back, however many epochs come at once. */
function ended(scores: readonly EpochScore[], earlyStopping: EarlyStopping | null, atOnce: number) {
  const layers = [{ parameters: [parameter] }] as unknown as Course["options"]["layers"];
  const course = new Course({ layers, epochs: scores.length, earlyStopping }, undefined);
  for (let from = 0; !course.isOver; from += atOnce) {
    course.take(scores.slice(from, from + atOnce));
    if (course.bestEpoch !== null && course.bestEpoch > from) course.keepBest([array(course.bestEpoch)]);
  }
  const { parameters, bestEpoch, stopped } = course.result([array(course.epoch)]);
  return [course.epoch, bestEpoch, stopped, parameters[0]!.data[0]];
}

const falls = [5, 4, 3, 3, 3.5, 3, 2, 1];
for (const metric of allStoppingMetrics)
  test(`by ${metric}: the first of equals is the best, and patience is counted from it`, () => {
    const values = metric.endsWith("loss") ? falls : falls.map((value) => 1 - value / 10);
    const scores = history(metric, values);
    expect(scores.map((score) => watchedOf(score, metric))).toEqual(values);
    for (const atOnce of [1, 2, 8]) {
      expect(ended(scores, { metric, patience: 3, minDelta: 0 }, atOnce)).toEqual([6, 3, "early_stopping", 3]);
      expect(ended(scores, { metric, patience: 4, minDelta: 0 }, atOnce)).toEqual([8, 8, "epochs", 8]);
      expect(ended(scores, { metric, patience: 2, minDelta: 0 }, atOnce)).toEqual([5, 3, "early_stopping", 3]);
    }
  });

test("min_delta is in the metric's unit, and what is worth no more than that is no improvement", () => {
  const losses = history("train.loss", [5, 4.5, 4, 3.9, 3.8, 3.7]);
  expect(ended(losses, { metric: "train.loss", patience: 2, minDelta: 0.5 }, 1)).toEqual([5, 3, "early_stopping", 3]);
  const shares = history("validation.accuracy", [0.5, 0.75, 0.8125, 0.875, 0.90625, 0.9375]);
  const by = (minDelta: number) => ended(shares, { metric: "validation.accuracy", patience: 2, minDelta }, 1);
  expect(by(0.125)).toEqual([4, 2, "early_stopping", 2]);
  expect(by(0.0625)).toEqual([6, 4, "epochs", 4]);
});

test("without early stopping the last epoch is kept, and the best is that of the lowest validation loss", () => {
  const scores = history("validation.loss", falls.with(2, 0.5));
  expect(ended(scores, null, 3)).toEqual([8, 3, "epochs", 8]);
});
