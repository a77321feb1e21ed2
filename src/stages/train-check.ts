/** What check time knows of a training: shapes are carried through the network before anything runs. */
import type { WarningName } from "../diagnostic/warnings.js";
import { weightedLayers as weighted } from "../inspect/weighted-layers.js";
import { type Activation, activationName, functionOf } from "../learn/activation.js";
import { placeLayers } from "../learn/layer.js";
import { type LossName, learnsClasses, losses } from "../learn/losses.js";
import { isJudged } from "../learn/rates.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { checkMeeting } from "./agreement-check.js";
import { checkPlain, readers } from "./augmented.js";
import { reportRounded } from "./dataset.js";
import { checkFilled, needs } from "./gaps.js";
import { checkTraining } from "./honesty.js";
import { networkOf, oversizeOf } from "./layers.js";
import { criterionText, lossNameOf, misfitsOfClasses } from "./loss.js";
import { meetings } from "./meetings.js";
import { lastActivation, misfitOfOutput } from "./network-output.js";
import { scheduleOf } from "./optimizer.js";
import { optimizerMistakes } from "./optimizer-mistakes.js";
import { secondRegularizer } from "./regularizer.js";
import { averageMistakes, historyMetrics, stoppingMistakes, stopsByValidation } from "./stopping-mistakes.js";
import { keepsWeights, type TrainInputs, type TrainOptions } from "./train-options.js";
import { loneNumbers, nothingToLearn } from "./training-mistakes.js";

export function checkTrain(context: CheckContext<TrainOptions, TrainInputs>): Readonly<Record<string, PortInfo>> {
  const { options, inputs, report, span, isWritten } = context;
  const { data } = inputs;
  // What is refused needs no other word.
  const validation = checkPlain(inputs.validation, readers.validation, report) ? inputs.validation : undefined;
  const inputShape = data?.shape ?? null;
  const classes = data?.classes;
  const loss = lossNameOf(options.loss);
  const known: Partial<PortInfo> = {
    ...learnedFrom(data),
    learned: checkTraining({ ...context, inputs: { data, validation } }, sayOf(options)),
    judgedBy: validation && { rows: validation.rows, split: validation.split },
    metrics: metricsOf(options),
    criterion: {
      text: criterionText(options),
      metrics: metricsOf(options).filter((metric) => metric.endsWith(".loss")),
      instead: learnsClasses(loss)
        ? "Compare by `validation.accuracy`, or let the trial end in an `evaluate` and compare by its `logLoss`."
        : "Let the trial end in an `evaluate`, and compare by its `mse` or its `mae`.",
    },
  };
  const network = networkOf(options);
  // Layers of a trial's settings are those of the first winner: another element may have others.
  const own = context.isTrials?.("layers") || context.isTrials?.("regularizer") ? undefined : network.layers;
  const placedOnce = own && inputShape ? placeLayers(own, inputShape) : null;
  const weightedLayers = placedOnce?.ok ? weighted(placedOnce.layers).map(({ name }) => name) : undefined;
  const model = (shape: readonly number[] | null): Readonly<Record<string, PortInfo>> => ({
    // A network that does not fit has no output, and nobody looks into it.
    model: {
      ...known,
      type: "model",
      shape,
      classes,
      loss,
      inputShape,
      origin: data?.origin,
      ...(shape && { layers: own }),
    },
    ...(keepsWeights(options) ? { weight_statistics: { type: "weight_history", weightedLayers } } : {}),
  });
  for (const [option, set] of [
    ["data", data],
    ["validation", validation],
  ] as const)
    if (set?.count === 0) report({ ...nothingToLearn(option), at: [option] });
  if (data?.count && options.batch_size > data.count && isWritten?.("batch_size"))
    report({
      severity: "warning",
      name: "batch_larger_than_data",
      title: "a batch larger than the data",
      message:
        `\`batch_size: ${options.batch_size}\` is more than the ${data.count} training examples, so every epoch ` +
        `is a single step. Use a smaller \`batch_size\`, such as ${Math.max(1, Math.floor(data.count / 4))}.`,
      at: ["batch_size"],
    });
  for (const mistake of [
    ...stoppingMistakes(options, context.isTrials?.("early_stopping")),
    ...averageMistakes(options),
  ])
    report(mistake);
  for (const misfit of misfitsOfClasses(options, classes)) report(misfit);
  checkMeeting(data, validation, meetings.validation, report, "follows");
  checkFilled(data, needs.train, report);
  reportRounded(data, report);
  const { layers, placeOf } = network;
  const second = isWritten?.("regularizer") ? secondRegularizer(options, network.written, placeOf) : null;
  if (second) {
    const { title, message, at, other } = second;
    report({ title, message, at, notes: [{ span: span(other), label: "and this" }] });
    return model(null);
  }
  const result = inputShape && placeLayers(layers, inputShape);
  const placed = result?.ok ? result.layers : null;
  for (const mistake of optimizerMistakes(options, placed, data?.count ?? null)) report(mistake);
  if (!result) return model(null);
  if (!result.ok) {
    const { layer, title, message, option } = result.misfit;
    report({ title, message, at: [...placeOf(layer), layer.type, ...(option ? [option] : [])] });
    return model(null);
  }
  if (keepsWeights(options) && weighted(result.layers).length === 0)
    report({
      title: "no weights to keep",
      message:
        "`keep: [weight_statistics]` is about weights of convolutions and dense layers, and this network has none. " +
        "Leave out `keep`.",
      at: ["keep"],
    });
  const oversize = oversizeOf(result.layers);
  if (oversize) {
    report({ title: "the network is too large", message: oversize.message, at: placeOf(oversize.layer) });
    return model(null);
  }
  const lone = loneNumbers(result.layers, options.batch_size, data?.count ?? null);
  if (lone)
    report({
      title: lone.title,
      message: lone.message,
      at: [lone.at],
      label: "one number per channel",
      notes: [{ span: span(placeOf(lone.layer)), label: "normalised by the batch" }],
    });
  const problem = misfitOfOutput(loss, network, result.output, { classes, targets: data?.targetNames?.length });
  if (problem) {
    const ofClasses = problem.isNumber && classes ? classes : null;
    report({
      title: problem.title,
      message: problem.message,
      at: problem.at,
      ...(problem.isNumber ? { label: `${result.output[0]} outputs` } : {}),
      ...(ofClasses && data?.origin
        ? {
            notes: [
              {
                span: data.origin,
                label: `labels ${ofClasses[0]} … ${ofClasses[ofClasses.length - 1]}, so ${ofClasses.length} classes`,
              },
            ],
          }
        : {}),
    });
    return model(null);
  }
  const ended = lastActivation(network);
  const bounded = ended ? boundedText(loss, ended) : null;
  if (ended && bounded) report({ ...bounded, severity: "warning", at: ended.at });
  return model(result.output);
}

/** What the validation set decides. */
function sayOf(options: TrainOptions): "stopped" | "steered" | null {
  if (stopsByValidation(options)) return "stopped";
  return isJudged(scheduleOf(options.optimizer)) ? "steered" : null;
}

/** Dotted names of a model's metrics. */
const metricsOf = (options: TrainOptions): readonly string[] => [...historyMetrics(options), "epochs", "bestEpoch"];

/** Outputs that a loss of classes would rather have as they are: any number, as logits. */
function boundedText(
  loss: LossName,
  { activation, isOfBlock }: { readonly activation: Activation; readonly isOfBlock: boolean },
): { readonly title: string; readonly message: string; readonly name: WarningName } | null {
  const row = losses[loss];
  if (row.learns === "numbers") return null;
  const name = activationName(activation);
  const remedy = isOfBlock ? "Set `activation: linear` in the last block." : `Leave the last \`${name}\` out.`;
  if (name === row.link)
    return {
      title: `${name} twice`,
      message:
        `\`${loss}\` takes logits and applies ${name} itself; a second one before it slows learning down. ` + remedy,
      name: `${name}_twice`,
    };
  if (functionOf(activation).outputs === "any") return null;
  return {
    title: "logits with bounds",
    message:
      `\`${loss}\` takes logits, which may be any number, but \`${name}\` bounds them, so that some ` +
      `probabilities cannot be reached. ${remedy}`,
    name: "bounded_logits",
  };
}

/** What a model keeps of the data that it learned from. */
const learnedFrom = (
  data: PortInfo | undefined,
): Pick<PortInfo, "featureNames" | "targetNames" | "reading" | "normalization"> => ({
  featureNames: data?.featureNames,
  reading: data?.reading,
  targetNames: data?.targetNames,
  normalization: data?.normalization,
});
