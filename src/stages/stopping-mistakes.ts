/** What is said against `early_stopping`, and against averages of the weights. */

import type { Mistake } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { learnsClasses } from "../learn/losses.js";
import { defaultMetric, type StoppingMetric, stoppingMetrics, watchesValidation } from "../learn/stopping.js";
import { lossNameOf } from "./loss.js";
import { averageOf, type TrainOptions } from "./train-options.js";

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

export function stoppingMistakes(options: TrainOptions): readonly Mistake[] {
  const { early_stopping: given, loss, validation } = options;
  if (!given) return [];
  const { metric = defaultMetric } = given;
  const known = historyMetrics(options);
  if (known.includes(metric)) return [];
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
          `or let it watch what there is: \`metric: train.${measure}\`.`,
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
  if (average && average.last > epochs)
    return [
      {
        severity: "warning",
        name: "average_longer_than_training",
        title: "an average longer than the training",
        message:
          `\`average: {last: ${average.last}}\` wants ${average.last} epochs, and there are ${epochs}, so the model ` +
          "is the mean of all of them, from the first on, when it had learned little. Average fewer, or train for longer.",
        at: ["average", "last"],
      },
    ];
  return [];
}
