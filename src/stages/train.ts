/**
 * train: layers, a loss and an optimiser fitted to a dataset. Leaves the model; the last epoch's full state, from which
 * a longer training goes on, is kept as a checkpoint.
 */
import { placeLayers } from "../learn/layer.js";
import { networkTable } from "../learn/network-table.js";
import { dependsOnLength, isJudged } from "../learn/rates.js";
import type { Kind } from "../pipeline/kind.js";
import type { JsonObject } from "../util/json.js";
import { sizeOfShape } from "../util/shape.js";
import { leftBehind } from "../values/left-behind.js";
import { modelHeadline } from "../values/model.js";
import { modelPreview } from "../values/model-preview.js";
import { outputOf } from "../values/output.js";
import { weightHistoryPreview } from "../values/weight-preview.js";
import { layersOf } from "./layers.js";
import { lossesElsewhere } from "./loss.js";
import { optimizerOf, scheduleOf } from "./optimizer.js";
import { bestEpochs, epochsOfRungs, judgedAverages } from "./stopping-mistakes.js";
import { checkTrain } from "./train-check.js";
import { averageOf, bestEpoch, schema, type TrainInputs, type TrainOptions } from "./train-options.js";
import { trainTogether } from "./train-run.js";

export const train: Kind<TrainOptions, TrainInputs> = {
  name: "train",
  version: 8,
  summary: "Trains a network.",
  schema,
  optionNames: Object.keys(schema.shape),
  keeping: ["keep"],
  elsewhere: { loss: lossesElsewhere },
  inputs: [
    { option: "data", accepts: ["dataset"], description: "The dataset to learn from." },
    { option: "validation", accepts: ["dataset"], optional: true, description: "A dataset judged after every epoch." },
  ],
  outputs: {
    model: "The network: with `early_stopping` the weights of the best epoch, else of the last.",
    weight_statistics: "With `keep: [weight_statistics]`: statistics of each layer's weights after every epoch.",
  },
  example: `
params: {epochs: 8}
stages:
  digits: {kind: load, source: mnist}
  parts:  {kind: split, data: digits.train, validation: 10000, stratify: true}
  cnn:
    kind: train
    data: parts.train
    validation: parts.validation
    layers:
      - conv: {kernels: 32, size: 3, padding: same}
      - batch_norm
      - activation: relu
      - max_pool: 2
      - dropout: 0.25
      - flatten
      - dense: {units: 64, activation: relu, initializer: he_uniform}
      - dense: {units: 10}
    loss: cross_entropy
    optimizer: {adam: {learning_rate: {cosine: {from: 0.002}, warm_up: 1}}}
    batch_size: 64
    epochs: \${params.epochs}
    early_stopping: {patience: 3}
`,
  usesEngine: true,
  decides: "training",
  drawsRandomNumbers: true,
  meanOption: bestEpochs,
  lengthOption: epochsOfRungs,
  judgedWith: judgedAverages,
  preview: (_name, output, network) =>
    output.type === "weight_history" ? weightHistoryPreview(output) : modelPreview(outputOf(output, "model"), network),
  leftBehind,
  headline: ({ model }) => modelHeadline(outputOf(model, "model")),
  check: checkTrain,
  network(options, inputShape) {
    const placed = placeLayers(layersOf(options), inputShape);
    if (!placed.ok) return null;
    const [optimizer, average] = [optimizerOf(options.optimizer), averageOf(options)];
    return networkTable(placed.layers, { batchSize: options.batch_size, optimizer, average });
  },
  prefix(options) {
    if (dependsOnLength(scheduleOf(options.optimizer))) return undefined;
    const { epochs, data: _data, validation: _validation, ...family } = options;
    return epochs === bestEpoch ? undefined : { family: family as JsonObject, length: epochs };
  },
  // No epoch is better than the first before there is a second.
  mayEndAfter: ({ early_stopping: stopping }) => stopping && { length: stopping.patience + 1, by: "early stopping" },
  async run(context) {
    const [result] = await trainTogether([context]);
    if (result instanceof Error) throw result;
    return result!;
  },
  goTogether: (options, { model }) =>
    options.early_stopping === undefined &&
    !isJudged(scheduleOf(options.optimizer)) &&
    layersOf(options).every(({ type }) => type === "dense" || type === "activation" || type === "dropout") &&
    (model?.inputShape ? sizeOfShape(model.inputShape) : Number.POSITIVE_INFINITY) <= mostFeaturesTogether,
  runTogether: trainTogether,
};

/** Wider examples are no small data, and each of those that go together has its own copy. */
const mostFeaturesTogether = 64;
