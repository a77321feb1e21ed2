/** The options of `train`, as a file spells them. */
import * as z from "zod";
import type { Average } from "../learn/average.js";
import { allStoppingMetrics, defaultMetric, type EarlyStopping } from "../learn/stopping.js";
import { most } from "../pipeline/limits.js";
import { reference } from "./dataset.js";
import { layersOption } from "./layers.js";
import { classWeightOption, labelSmoothingOption, lossOption } from "./loss.js";
import { optimizerOption } from "./optimizer.js";
import { regularizerOption } from "./regularizer.js";

/** What `keep` may name. */
const keepable = ["weight_statistics"] as const;

/** Of `epochs`: as many as were best where the trial was judged. */
export const bestEpoch = "best";

const earlyStopping = z
  .strictObject({
    metric: z
      .enum(allStoppingMetrics)
      .optional()
      .describe(
        "What is watched, a number of the history: `validation.loss`, `validation.accuracy`, `train.loss`, " +
          "`train.accuracy`, and where weights are averaged `unaveraged.loss`, `unaveraged.accuracy`. Losses are to " +
          "fall, accuracies to rise. Default: validation.loss.",
      ),
    patience: z.number().int().min(1).describe("Epochs without improvement after which training stops."),
    min_delta: z
      .number()
      .min(0)
      .default(0)
      .describe("Least gain that counts as improvement, in the unit of the metric. Default: 0."),
  })
  // Written out, the default is the same step.
  .transform(({ metric, ...rest }) => ({ ...rest, ...(metric && metric !== defaultMetric ? { metric } : {}) }));

export const schema = z.strictObject({
  data: reference("The dataset to learn from."),
  validation: reference(
    "A dataset judged after every epoch; never learned from. Its columns and classes are put in the order of " +
      "`data` by their names; raw ones are normalised as `data` were.",
  ).optional(),
  layers: layersOption,
  loss: lossOption,
  class_weight: classWeightOption.optional(),
  label_smoothing: labelSmoothingOption.optional(),
  scale_targets: z
    .enum(["standard", "min_max"])
    .optional()
    .describe(
      "Of losses that learn numbers: the network learns (y − offset) / divisor of each target, by the mean and sd of " +
        "the training examples (`standard`, the sd over n) or their minimum and range (`min_max`), each fold by its " +
        "own. Whoever reads the model's outputs gets them in the units of the targets; losses that training tells, " +
        "`min_delta` of them and options of a loss are of scaled targets.",
    ),
  optimizer: optimizerOption,
  l1: z
    .number()
    .min(0)
    .default(0)
    .describe(
      "Factor of the sum of the weights' absolute values (of convolutions and dense layers) in the training " +
        "objective. Default: 0.",
    ),
  l2: z
    .number()
    .min(0)
    .default(0)
    .describe(
      "Factor of half the sum of the weights' squares in the training objective. Losses are told without `l1` " +
        "and `l2`. Default: 0.",
    ),
  regularizer: regularizerOption.optional(),
  batch_size: z
    .number()
    .int()
    .min(1)
    .default(32)
    .describe(
      "Examples per step. A last batch in which batch_norm would get one number per channel joins the one " +
        "before it. Default: 32.",
    ),
  epochs: z
    .union([
      z
        .number()
        .int()
        .min(1)
        .refine(...most("epochs")),
      z.literal(bestEpoch),
    ])
    .describe(
      "Passes over the data, at most. Where `use:` takes a trial's settings also `best`: the mean best epoch of its " +
        "cells, rounded half up.",
    ),
  early_stopping: earlyStopping
    .optional()
    .describe(
      "Stops when a metric no longer gets better, the validation loss or another one, and gives back the weights of " +
        "the best epoch by that metric; with an average of the weights, the average of that epoch.",
    ),
  weight_average: z
    .strictObject({
      decay: z
        .number()
        .min(0)
        .lt(1, { error: "a number from 0 to below 1" })
        .describe(
          "Share of the average that a step keeps, such as 0.999. While there are few steps it is less: step t, from " +
            "0, keeps min(decay, (1 + t) / (10 + t)).",
        ),
    })
    .optional()
    .describe(
      "The model holds an exponential average of the weights, running statistics of batch_norm included, and that is " +
        "what `validation` and `early_stopping` judge; the history also tells `unaveraged`, the validation score of " +
        "the weights as trained, which the training loss is of. The average starts as the initial weights " +
        "(PyTorch's AveragedModel: as those after the first update, and its decay is the same in every step).",
    ),
  average: z
    .strictObject({
      last: z
        .number()
        .int()
        .min(1)
        .refine(...most("averaged_epochs"))
        .describe("How many epochs. While there are fewer, it is the mean of those."),
    })
    .optional()
    .describe(
      "The model holds the mean of the weights at the ends of the last epochs (stochastic weight averaging), running " +
        "statistics of batch_norm included, judged and told as with `weight_average`. Training keeps as many copies " +
        "of the weights. Not together with `weight_average`.",
    ),
  keep: z
    .array(z.enum(keepable))
    .min(1)
    .refine((names) => new Set(names).size === names.length, { error: "a list that names each once" })
    .optional()
    .describe(
      "What is kept of every epoch beside the history, in outputs of their own; the model is the same with it and " +
        "without. `weight_statistics`: mean, sd, min, max, skewness, excess kurtosis, share near 0 and histograms of " +
        "each layer's weights, as the model would hold them (averages, where weights are averaged).",
    ),
});
export type TrainOptions = z.infer<typeof schema>;
/** Of a training that runs, for which winners have been chosen. */
export function epochsOf({ epochs }: Pick<TrainOptions, "epochs">): number {
  if (epochs === bestEpoch) throw new Error("hw1 bug: a training runs before its epochs are known");
  return epochs;
}

/** What a training stops by, as `learn` knows it. */
export const stoppingOf = ({ early_stopping: given }: Pick<TrainOptions, "early_stopping">): EarlyStopping | null =>
  given ? { metric: given.metric ?? defaultMetric, patience: given.patience, minDelta: given.min_delta } : null;

export const keepsWeights = ({ keep }: Pick<TrainOptions, "keep">): boolean =>
  keep?.includes("weight_statistics") === true;

/** Which average of its weights a training makes. */
export function averageOf({
  weight_average: exponential,
  average,
}: Pick<TrainOptions, "weight_average" | "average">): Average | undefined {
  if (exponential) return { type: "exponential", decay: exponential.decay };
  return average && { type: "last", epochs: average.last };
}
export type TrainInputs = { data: "dataset"; validation?: "dataset" };
