/** Early stopping: which number of an epoch is watched, and what counts as better. */
import type { EpochScore } from "../values/model.js";

/** Numbers of an epoch: of which set or weights, and which of their scores. */
const sets = ["validation", "train", "unaveraged"] as const;
const measures = ["loss", "accuracy"] as const;
export type StoppingMetric = `${(typeof sets)[number]}.${(typeof measures)[number]}`;

export const allStoppingMetrics = sets.flatMap((set) => measures.map((measure): StoppingMetric => `${set}.${measure}`));
export const defaultMetric: StoppingMetric = "validation.loss";

export interface EarlyStopping {
  readonly metric: StoppingMetric;
  readonly patience: number;
  /** In the metric's unit. */
  readonly minDelta: number;
}

/** Those that a training has. `unaveraged` is the validation set, judged by the weights as trained. */
export const stoppingMetrics = (has: {
  readonly validation: boolean;
  readonly classes: boolean;
  readonly average: boolean;
}): readonly StoppingMetric[] =>
  sets
    .filter((set) => set === "train" || (has.validation && (set === "validation" || has.average)))
    .flatMap((set) =>
      measures
        .filter((measure) => measure === "loss" || has.classes)
        .map((measure): StoppingMetric => `${set}.${measure}`),
    );

/** Whether the metric is about the validation set. */
export const watchesValidation = (metric: StoppingMetric): boolean => !metric.startsWith("train.");

/** Undefined where an epoch has no such number. */
export function watchedOf(score: EpochScore, metric: StoppingMetric): number | undefined {
  const [set, measure] = metric.split(".") as [(typeof sets)[number], (typeof measures)[number]];
  return score[set]?.[measure];
}

/** Losses are to fall and accuracies to rise, by more than `minDelta`; no other epoch is better than one of equals. */
export function isBetter(score: EpochScore, best: EpochScore, { metric, minDelta }: EarlyStopping): boolean {
  const [now, before] = [watchedOf(score, metric), watchedOf(best, metric)];
  if (now === undefined || before === undefined) return false;
  return metric.endsWith(".loss") ? now < before - minDelta : now > before + minDelta;
}
