/** What is said of a training that diverged: the first number that is not finite, and by what it was noticed. */
import { expect, test } from "vitest";
import { DivergedError, type Lost, type Origin } from "../../src/learn/diverged.js";
import { divergedSentence } from "../../src/stages/diverged-words.js";

type Place = readonly [epoch: number, step: number];
const sentence = (
  lost: Lost,
  [epoch, step]: Place,
  origin: (Omit<Origin, "epoch" | "step" | "set" | "value" | "layer"> & Partial<Origin>) | null,
  losses: readonly number[] = [0.5, Number.NaN],
): string =>
  divergedSentence(
    new DivergedError(epoch, step, losses, 0.1, lost, {
      origin: origin && { epoch, step, set: "train", value: "infinite", layer: "dense_2", ...origin },
      last: null,
    }),
  );

test("the output of a layer, in the step whose loss it spoils", () => {
  expect(sentence("loss", [3, 12], { part: "output", name: "residual_1.conv_2" })).toBe(
    "In epoch 3, step 12, the output of `residual_1.conv_2` is infinite, and the loss became NaN (last losses: 0.5000, NaN)",
  );
});

test("a loss of outputs that are finite", () => {
  const losses = [2e20, Number.POSITIVE_INFINITY];
  expect(sentence("loss", [1, 2], { part: "loss", name: "", layer: null }, losses)).toBe(
    "In epoch 1, step 2, the loss became Infinity (last losses: 2.000e+20, Infinity); the outputs of all layers are finite",
  );
});

test("what a step before did: a gradient, an update, what the optimiser keeps, running statistics", () => {
  const ended = (step: string): string => `and ${step} the loss became NaN (last losses: 0.5000, NaN)`;
  expect(sentence("loss", [3, 12], { part: "gradient", name: "dense_2.weight", step: 11, value: "NaN" })).toBe(
    `In epoch 3, step 11, the gradient of \`dense_2.weight\` is NaN, ${ended("in step 12")}`,
  );
  expect(sentence("loss", [4, 1], { part: "parameter", name: "dense_2.bias", epoch: 3, step: 94 })).toBe(
    `In epoch 3, step 94, the update made \`dense_2.bias\` infinite, ${ended("in epoch 4, step 1,")}`,
  );
  const slot = { part: "slot", name: "conv_1.weight", slot: "second_moment", epoch: 2, step: 7 } as const;
  expect(sentence("optimizer", [9, 10], slot)).toBe(
    "In epoch 2, step 7, the optimiser's `second_moment` of `conv_1.weight` became infinite, and in epoch 9, step 10, " +
      "the last update left running means of the optimiser that are NaN or infinite (mean training loss of the epoch: 0.5000)",
  );
  expect(sentence("weights", [2, 7], { part: "running", name: "batch_norm_1.running_variance" })).toBe(
    "In epoch 2, step 7, the running statistics `batch_norm_1.running_variance` became infinite, and " +
      "the last update left weights that are NaN or infinite (mean training loss of the epoch: 0.5000)",
  );
});

test("what the last update left: for one more step, and for the validation set", () => {
  const output = { part: "output", name: "dense_2" } as const;
  expect(sentence("update", [2, 3], { ...output, epoch: 3, step: 1 })).toBe(
    "In epoch 2, step 3, the last update left a network in which the output of `dense_2` is infinite, and whose loss " +
      "is NaN (mean training loss of the epoch: 0.5000)",
  );
  expect(sentence("update", [2, 3], { part: "loss", name: "", layer: null, epoch: 3, step: 1 })).toBe(
    "In epoch 2, step 3, the last update left a network whose loss is NaN (mean training loss of the epoch: 0.5000)",
  );
  expect(sentence("validation", [2, 3], { ...output, set: "validation" })).toBe(
    "In epoch 2, step 3, the update left a network in which the output of `dense_2` is infinite for `validation`, so " +
      "nothing is scored from it (mean training loss of the epoch: 0.5000)",
  );
});

test("where no place was found it is told as far as it is known", () => {
  expect(sentence("loss", [3, 12], null)).toBe("In epoch 3, step 12, the loss became NaN (last losses: 0.5000, NaN)");
  expect(sentence("validation", [2, 3], null)).toBe(
    "In epoch 2, step 3, the update left a network whose outputs for `validation` are NaN or infinite, or too far off " +
      "for a loss in 32 bits, so nothing is scored from them (mean training loss of the epoch: 0.5000)",
  );
});
