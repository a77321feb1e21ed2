/** What is said against `early_stopping`, and against averages of the weights. */

import type { Mistake } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { learnsClasses } from "../learn/losses.js";
import { dependsOnLength } from "../learn/rates.js";
import { defaultMetric, type StoppingMetric, stoppingMetrics, watchesValidation } from "../learn/stopping.js";
import type { Kind, LengthOption, MeanOption } from "../pipeline/kind.js";
import { epochsOfMean } from "../values/search.js";
import { lossNameOf } from "./loss.js";
import { optimizerOption, scheduleOf } from "./optimizer.js";
import { averageOf, bestEpoch, type TrainOptions } from "./train-options.js";

/** What a training tells of each epoch, by dotted names. */
export const historyMetrics = (options: TrainOptions): readonly StoppingMetric[] =>
  stoppingMetrics({
    validation: options.validation !== undefined,
    classes: learnsClasses(lossNameOf(options.loss)),
    average: averageOf(options) !== undefined,
  });

/** Whether examples of the validation set decide when a training ends. */
export const stopsByValidation = ({ early_stopping: given }: TrainOptions): boolean =>
  given !== undefined && watchesValidation(given.metric ?? defaultMetric);

/** @param isTrials  whether `early_stopping` came with a trial's settings */
export function stoppingMistakes(options: TrainOptions, isTrials = false): readonly Mistake[] {
  const { early_stopping: given, loss, validation } = options;
  if (!given) return [];
  const { metric = defaultMetric } = given;
  const known = historyMetrics(options);
  if (known.includes(metric))
    return metric.endsWith(".accuracy") && given.min_delta >= 1 ? [beyondReach(given.min_delta)] : [];
  const at = given.metric === undefined ? ["early_stopping"] : ["early_stopping", "metric"];
  const withValidation = historyMetrics({ ...options, validation: "validation" });
  if (validation === undefined && withValidation.includes(metric)) {
    const measure = metric.split(".")[1];
    return [
      {
        title: "nothing to stop by",
        message:
          `\`early_stopping\` watches the ${measure} of a validation set. ` +
          "Add `validation:`, such as `validation: parts.validation`, " +
          (isTrials
            ? "or leave out what the trial brings: `early_stopping: null`."
            : `or let it watch what there is: \`metric: train.${measure}\`.`),
        at,
      },
    ];
  }
  const near = metric.startsWith("unaveraged.")
    ? metric.replace("unaveraged", "validation")
    : metric.replace("accuracy", "loss");
  const why = metric.startsWith("unaveraged.")
    ? "no average of the weights: neither `weight_average` nor `average` is set"
    : `no accuracy: \`loss: ${lossNameOf(loss)}\` learns numbers`;
  return [
    {
      title: "no such metric",
      message:
        `\`early_stopping\` cannot watch \`${metric}\`, because this training has ${why}.` +
        `${suggestion(near, known)}\n\nMetrics: ${known.join(", ")}`,
      at,
    },
  ];
}

/** An accuracy lies between 0 and 1. */
const beyondReach = (delta: number): Mistake => ({
  title: "an improvement out of reach",
  message:
    `An accuracy is a fraction from 0 to 1, so no epoch is better than another by more than \`min_delta: ${delta}\`, ` +
    "and the training would always stop and give back its first epoch. Set a fraction, such as `min_delta: 0.001`.",
  at: ["early_stopping", "min_delta"],
});

/** What `epochs: best` takes, and when it cannot. */
export const bestEpochs: MeanOption = {
  option: "epochs",
  word: bestEpoch,
  metric: "bestEpoch",
  value: epochsOfMean,
  alone: {
    title: "no trial whose best epoch that is",
    message:
      "`epochs: best` is the mean best epoch of the trial whose settings are used, and this stage uses none. " +
      "Add `use:`, such as `use: winners.trial`, or write a number.",
  },
  refusal(trial, { optimizer }) {
    if (trial && trial.validation === undefined)
      return {
        title: "no best epoch without validation",
        message:
          "`epochs: best` is the mean best epoch of the trial's trainings, but these have no `validation`, so their " +
          "best epoch would be the one that remembers most. Give the trial a `validation`, or write a number here.",
      };
    // As `train` has checked it.
    const metric = (trial?.early_stopping as TrainOptions["early_stopping"])?.metric ?? defaultMetric;
    if (!watchesValidation(metric))
      return {
        title: "no best epoch by validation",
        message:
          `\`epochs: best\` is the mean best epoch of the trial's trainings, but these are stopped by \`${metric}\`, ` +
          "so their best epoch is the one that remembers most. Let the trial watch `validation.loss`, or write a number " +
          "here.",
      };
    const given = optimizerOption.safeParse(optimizer);
    if (given.success && dependsOnLength(scheduleOf(given.data)))
      return {
        title: "another length would have other learning rates",
        message:
          "`epochs: best` ends where the trial was best, but its learning rate depends on the length of the whole " +
          "training, so a shorter one takes other steps and its best epoch is another. Give the schedule a horizon " +
          "of its own in epochs, `over`, or write a number.",
      };
    return undefined;
  },
};

/** What a halved search sets, rung by rung. */
export const epochsOfRungs: LengthOption = {
  option: "epochs",
  whole: ({ optimizer }) => ({
    title: "rungs with other learning rates",
    message:
      "A halved search goes on from one rung to the next, but this learning rate depends on the length of the whole " +
      "training, so a longer training does not begin as a shorter one. Give the schedule a horizon of its own in " +
      "epochs, `over`.",
    at: ["optimizer", ...(typeof optimizer === "string" ? [] : Object.keys(optimizer ?? {})), "learning_rate"],
  }),
};

/** What trials were chosen by, as far as averages decide that. */
export const judgedAverages: NonNullable<Kind["judgedWith"]> = {
  options: ["weight_average", "average"],
  refusal: (option) => ({
    title: "winners were judged without an average",
    message:
      `With \`${option}\` the model would be an average of weights, but the trial has none, so the settings were ` +
      `chosen by weights as trained. Put \`${option}\` into the trial, so that winners are judged by it, ` +
      "or leave it out here.",
  }),
};

export function averageMistakes(options: TrainOptions): readonly Mistake[] {
  const { weight_average: exponential, average, epochs } = options;
  if (exponential && average)
    return [
      {
        title: "two averages",
        message:
          "The model holds one average of its weights: either `weight_average`, over all steps, or `average`, " +
          "over the ends of the last epochs. Leave one of them out.",
        at: ["average"],
      },
    ];
  if (average && epochs !== bestEpoch && average.last > epochs)
    return [
      {
        severity: "warning",
        name: "average_longer_than_training",
        title: "an average longer than the training",
        message:
          `\`average: {last: ${average.last}}\` wants ${average.last} epochs, and there are ${epochs}, so the model ` +
          "is the mean of all of them, from the first on, when it had learned little. Average fewer, or train for " +
          "longer.",
        at: ["average", "last"],
      },
    ];
  return [];
}
