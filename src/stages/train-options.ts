/** The options of `train`, as a file spells them. */
import * as z from "zod";
import { lossNames } from "../learn/losses.js";
import { most } from "../pipeline/limits.js";
import { reference } from "./dataset.js";
import { layersOption } from "./layers.js";
import { optimizerOption } from "./optimizer.js";

export const schema = z.strictObject({
  data: reference("The dataset to learn from."),
  validation: reference(
    "A dataset judged after every epoch; never learned from. Its columns and classes are put in the order of " +
      "`data` by their names; raw ones are normalised as `data` were.",
  ).optional(),
  layers: layersOption,
  loss: z.enum(lossNames).describe("cross_entropy (from logits, for classes) or mse (for numbers)."),
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
    .number()
    .int()
    .min(1)
    .refine(...most("epochs"))
    .describe("Passes over the data, at most."),
  early_stopping: z
    .strictObject({
      patience: z.number().int().min(1).describe("Epochs without improvement after which training stops."),
      min_delta: z
        .number()
        .min(0)
        .default(0)
        .describe("Least fall of the validation loss that counts as improvement. Default: 0."),
    })
    .optional()
    .describe("Stops when the validation loss no longer falls, and gives back the weights of the best epoch."),
});
export type TrainOptions = z.infer<typeof schema>;
export type TrainInputs = { data: "dataset"; validation?: "dataset" };
