/** The options `optimizer` and `learning_rate`: YAML's spelling, and what it means to `learn`. */
import { z } from "zod";
import type { Optimizer } from "../learn/optimizer.js";
import type { Schedule } from "../learn/schedule.js";

const positive = z.number().gt(0, { error: "a number above 0" });
const share = z.number().min(0).lt(1, { error: "a number from 0 to below 1" });
const constant = positive.describe("The same rate throughout.");
const step = z.strictObject({
  from: positive.describe("Rate at the start."),
  every: positive.describe("Epochs between two drops."),
  factor: positive.default(0.1).describe("The rate is multiplied by it at each drop. Default: 0.1."),
});
const cosine = z.strictObject({
  from: positive.describe("Rate at the start."),
  to: z.number().min(0).default(0).describe("Rate at the end. Default: 0."),
});
const schedule = z
  .strictObject({
    constant: constant.optional(),
    step: step.optional().describe("from × factor^⌊epoch / every⌋."),
    cosine: cosine.optional().describe("Half a cosine from `from` to `to` over the whole training."),
    warm_up: z.number().min(0).optional().describe("Epochs in which the rate rises linearly from 0. Default: 0."),
  })
  .refine((value) => Object.keys(value).filter((key) => key !== "warm_up").length === 1, {
    error: "one of `constant`, `step` and `cosine`, with an optional `warm_up`",
  });
const rate = (fallback: number): z.ZodType<number | z.infer<typeof schedule>> =>
  z
    .union([positive, schedule], { error: "a number above 0, or one of {constant: …}, {step: …}, {cosine: …}" })
    .default(fallback)
    .describe(
      `A number, or a schedule: constant, step, cosine, each with an optional warm_up. Default: ${fallback}.`,
    ) as never;

const weightDecay = z
  .number()
  .min(0)
  .default(0)
  .describe(
    "Share of each weight that a step takes off, times the learning rate (of convolutions and dense layers, not biases). The same as `l2` for sgd without momentum; different for momentum, rmsprop and adam, which average or divide the gradient of a penalty but not this. Default: 0.",
  );
const sgd = z.strictObject({
  learning_rate: rate(0.01),
  momentum: share.default(0).describe("Share of the last update that is kept. Default: 0."),
  weight_decay: weightDecay,
});
const rmsprop = z.strictObject({
  learning_rate: rate(0.01),
  alpha: share.default(0.99).describe("Share of the running mean of squares that is kept. Default: 0.99."),
  epsilon: positive.default(1e-8).describe("Added to the root. Default: 1e-8."),
  weight_decay: weightDecay,
});
const adam = z.strictObject({
  learning_rate: rate(0.001),
  beta1: share.default(0.9).describe("Share of the first moment that is kept. Default: 0.9."),
  beta2: share.default(0.999).describe("Share of the second moment that is kept. Default: 0.999."),
  epsilon: positive.default(1e-8).describe("Added to the root. Default: 1e-8."),
  weight_decay: weightDecay,
});
const byName = z.enum(["sgd", "rmsprop", "adam"]);
const byOptions = z
  .strictObject({
    sgd: sgd.optional().describe("Stochastic gradient descent, with momentum."),
    rmsprop: rmsprop.optional().describe("Divides by a running root mean square of the gradient."),
    adam: adam.optional().describe("Running first and second moments, corrected for their start."),
  })
  .refine((value) => Object.keys(value).length === 1, {
    error: "one optimiser, such as `adam: {learning_rate: 0.001}`",
  });

/**
 * Canonical form: always a map with every number in it, so that `adam` and its spelled-out defaults are the same step.
 */
export const optimizerOption = z
  .union([byName, byOptions], { error: "`sgd`, `rmsprop`, `adam`, or a map such as `adam: {learning_rate: 0.001}`" })
  .transform((value) => (typeof value === "string" ? byOptions.parse({ [value]: {} }) : value))
  .describe("The optimiser: sgd, rmsprop or adam, with its numbers.");
export type OptimizerOption = z.infer<typeof byOptions>;

export function optimizerOf(option: OptimizerOption): Optimizer {
  const { weight_decay: weightDecay } = (option.sgd ?? option.rmsprop ?? option.adam)!;
  if (option.sgd) return { type: "sgd", momentum: option.sgd.momentum, weightDecay };
  if (option.rmsprop)
    return { type: "rmsprop", alpha: option.rmsprop.alpha, epsilon: option.rmsprop.epsilon, weightDecay };
  const { beta1, beta2, epsilon } = option.adam!;
  return { type: "adam", beta1, beta2, epsilon, weightDecay };
}

export function scheduleOf(option: OptimizerOption): Schedule {
  const { learning_rate } = (option.sgd ?? option.rmsprop ?? option.adam)!;
  if (typeof learning_rate === "number") return { type: "constant", from: learning_rate, warmUp: 0 };
  const warmUp = learning_rate.warm_up ?? 0;
  if (learning_rate.step) return { type: "step", ...learning_rate.step, warmUp };
  if (learning_rate.cosine) return { type: "cosine", ...learning_rate.cosine, warmUp };
  return { type: "constant", from: learning_rate.constant!, warmUp };
}
