/**
 * train: layers, a loss and an optimiser fitted to a dataset. Leaves the model and, apart from it, the last epoch's
 * full state, so that a longer training continues it.
 */

import { z } from "zod";
import type { ArrayValue } from "../compute/program.js";
import { providedCompute } from "../compute/provider.js";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { explainMemory } from "../diagnostic/memory.js";
import type { WarningName } from "../diagnostic/warnings.js";
import { type Activation, activations } from "../learn/activation.js";
import { losses } from "../learn/choices.js";
import { type Examples, examplesOf } from "../learn/data.js";
import { DivergedError } from "../learn/diverged.js";
import { type PlacedLayer, placeLayers } from "../learn/layer.js";
import { ruleOf } from "../learn/optimizer.js";
import { dependsOnLength } from "../learn/schedule.js";
import { type FitHooks, type FitMember, type FitState, StoppedError } from "../learn/training.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { Kind } from "../pipeline/kind.js";
import { most } from "../pipeline/limits.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { InterruptedError, type RunContext } from "../pipeline/run-context.js";
import type { JsonObject } from "../util/json.js";
import { checkMemory, MemoryError } from "../util/memory.js";
import { grouped } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { type Blob, blobOf, float32Of } from "../values/blob.js";
import type { DatasetData } from "../values/dataset.js";
import { historyBlob, historyOf, type ModelData, modelHeadline, trainingStateOf } from "../values/model.js";
import { type Output, type Outputs, outputOf } from "../values/output.js";
import { brought, meetings } from "./agreement.js";
import { checkMeeting } from "./agreement-check.js";
import { namesIn, reference, tellRounded, warnRounded } from "./dataset.js";
import { checkTraining } from "./honesty.js";
import { layerOf, layersOption, oversizeOf } from "./layers.js";
import { lastActivation, misfitOfOutput } from "./network-output.js";
import { optimizerOf, optimizerOption, scheduleOf } from "./optimizer.js";
import { divergedMistake, loneNumbers, lossWarnings } from "./training-mistakes.js";

const schema = z.strictObject({
  data: reference("The dataset to learn from."),
  validation: reference(
    "A dataset judged after every epoch; never learned from. Its columns and classes are put in the order of `data` by their names; raw ones are normalised as `data` were.",
  ).optional(),
  layers: layersOption,
  loss: z.enum(losses).describe("cross_entropy (from logits, for classes) or mse (for numbers)."),
  optimizer: optimizerOption,
  l1: z
    .number()
    .min(0)
    .default(0)
    .describe(
      "Factor of the sum of the weights' absolute values (of convolutions and dense layers) in the training objective. Default: 0.",
    ),
  l2: z
    .number()
    .min(0)
    .default(0)
    .describe(
      "Factor of half the sum of the weights' squares in the training objective. Losses are told without `l1` and `l2`. Default: 0.",
    ),
  batch_size: z
    .number()
    .int()
    .min(1)
    .default(32)
    .describe(
      "Examples per step. A last batch in which batch_norm would get one number per channel joins the one before it. Default: 32.",
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
type Options = z.infer<typeof schema>;

type Inputs = { data: "dataset"; validation?: "dataset" };
type Context = RunContext<Options, Inputs>;

export const train: Kind<Options, Inputs> = {
  name: "train",
  version: 6,
  summary: "Trains a network.",
  schema: schema as unknown as z.ZodType<Options>,
  optionNames: Object.keys(schema.shape),
  elsewhere: {
    loss: {
      ...Object.fromEntries(
        ["binary_cross_entropy", "binary_crossentropy", "bce", "bce_with_logits"].map((name) => [
          name,
          "hw1 does not have it yet: learn two classes with `loss: cross_entropy` and two outputs without an activation, `- dense: {units: 2}`.",
        ]),
      ),
      ...Object.fromEntries(
        ["categorical_crossentropy", "sparse_categorical_crossentropy", "crossentropy_loss", "nll_loss"].map((name) => [
          name,
          "Write `loss: cross_entropy`; it takes the network's outputs without a softmax.",
        ]),
      ),
    },
  },
  inputs: [
    { option: "data", accepts: ["dataset"], description: "The dataset to learn from." },
    { option: "validation", accepts: ["dataset"], optional: true, description: "A dataset judged after every epoch." },
  ],
  outputs: { model: "The network: with `early_stopping` the weights of the best epoch, else of the last." },
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
  drawsRandomNumbers: true,
  headline: ({ model }) => modelHeadline(outputOf(model, "model")),
  check: checkTrain,
  prefix(options) {
    if (dependsOnLength(scheduleOf(options.optimizer))) return undefined;
    const { epochs, data: _data, validation: _validation, ...family } = options;
    return { family: family as unknown as JsonObject, length: epochs };
  },
  async run(context) {
    const [result] = await trained([context]);
    if (result instanceof Error) throw result;
    return result!;
  },
  goTogether: (options, { model }) =>
    options.early_stopping === undefined &&
    options.layers.every(
      (layer) => typeof layer === "object" && (layer.dense ?? layer.activation ?? layer.dropout) !== undefined,
    ) &&
    (model?.inputShape ? sizeOfShape(model.inputShape) : Number.POSITIVE_INFINITY) <= mostFeaturesTogether,
  runTogether: trained,
};

/** Wider examples are no small data, and each of those that go together has its own copy. */
const mostFeaturesTogether = 64;

/**
 * Trainings with the same options, on data of their own: small networks of dense layers side by side, others one after
 * the other.
 *
 * @returns what each leaves, or the mistake that ended it alone
 */
async function trained(contexts: readonly Context[]): Promise<readonly (Outputs | Error)[]> {
  const { options } = contexts[0]!;
  const schedule = scheduleOf(options.optimizer);
  // Loaded here, so that checking and planning load no TF.js.
  const { fitMany } = await import("../learn/fit-many.js");
  const results = new Map<Context, Outputs | Error>();
  const ready: Member[] = [];
  for (const context of contexts) {
    try {
      const member = memberOf(context);
      checkSize(member.layers, ruleOf(optimizerOf(options.optimizer)).slots.length);
      ready.push(member);
    } catch (error) {
      if (!(error instanceof MistakeError)) throw error;
      results.set(context, error);
    }
  }
  // Folds that are not of one size make teams of their own.
  const teams = new Map<string, Member[]>();
  for (const member of ready) {
    const size = `${member.train.count} ${member.validation?.count} ${member.train.shape.join()}`;
    teams.set(size, [...(teams.get(size) ?? []), member]);
  }
  for (const members of teams.values()) {
    const [{ layers, train: data }] = members as [Member];
    try {
      const fits = await fitMany(providedCompute(), members, {
        layers,
        loss: options.loss,
        optimizer: optimizerOf(options.optimizer),
        l1: options.l1,
        l2: options.l2,
        schedule,
        batchSize: Math.min(options.batch_size, data.count),
        epochs: options.epochs,
        earlyStopping: options.early_stopping
          ? { patience: options.early_stopping.patience, minDelta: options.early_stopping.min_delta }
          : null,
      });
      for (const [index, { context, train: examples }] of members.entries()) {
        const fit = fits[index]!;
        const data = context.inputs.data.data;
        const learned = { examples, names: data };
        if (fit instanceof DivergedError) {
          results.set(context, divergedMistake(fit, options, learned));
          continue;
        }
        for (const { message, name } of lossWarnings(fit.state.history, options, learned)) context.warn(message, name);
        results.set(context, { model: modelOutput(options, data, layers, fit), state: stateOutput(fit.state) });
      }
    } catch (error) {
      if (error instanceof StoppedError) throw new InterruptedError();
      if (error instanceof MemoryError) throw explainMemory(error, "Set a smaller `batch_size`.", ["batch_size"]);
      throw error;
    }
  }
  return contexts.map((context) => results.get(context)!);
}

type Member = FitMember & { readonly context: Context; readonly layers: readonly PlacedLayer[] };

/** @throws MistakeError */
function memberOf(context: Context): Member {
  const { options, inputs, seeds, checkpoints } = context;
  const data = examplesOf(inputs.data);
  warnRounded(inputs.data, context.warn);
  const beside = inputs.validation ? brought(inputs.validation, inputs.data, meetings.validation) : null;
  for (const remark of beside?.remarks ?? []) context.progress({ remark });
  const validation = beside && examplesOf(beside.output);
  for (const [name, set] of [
    ["data", data],
    ["validation", validation],
  ] as const)
    if (set && set.count === 0) throw new MistakeError({ ...nothingToLearn(name), at: [name] });
  const keepsCheckpoints = !dependsOnLength(scheduleOf(options.optimizer));
  let savedAt = 0;
  const hooks: FitHooks = {
    resume: stateOf(checkpoints.latest()),
    save(state, final) {
      const now = Date.now();
      if (!final && now - savedAt < 1000 && !context.stopping()) return;
      savedAt = now;
      if (!final || keepsCheckpoints) checkpoints.save({ state: stateOutput(state) }, state.epoch);
    },
    report: ({ epoch, fraction, examplesPerSecond, loss, accuracy, validation: score, ended }) =>
      context.progress({
        epoch,
        epochs: options.epochs,
        loss,
        ...(accuracy === undefined ? {} : { accuracy }),
        ...(score
          ? {
              validationLoss: score.loss,
              ...(score.accuracy === undefined ? {} : { validationAccuracy: score.accuracy }),
            }
          : {}),
        fraction: (epoch - 1 + fraction) / options.epochs,
        ...(ended ? {} : { examplesPerSecond, ...(data.shape.length === 3 ? { unit: "images" } : {}) }),
      }),
    stopping: context.stopping,
    now: () => performance.now(),
  };
  const layers = placed(options, data);
  const lone = loneNumbers(layers, options.batch_size, data.count);
  if (lone) throw new MistakeError({ ...lone, at: [lone.at] });
  return { context, layers, train: data, validation, seed: seeds.seed, folds: seeds.folds, hooks };
}

/**
 * Weights and what the optimiser carries for them, twice: before and after a call. @throws LocalMistakeError,
 * ShortMemoryError
 */
function checkSize(layers: readonly PlacedLayer[], slots: number): void {
  const numbers = layers.map(({ parameters }) => parameters.reduce((sum, { shape }) => sum + sizeOfShape(shape), 0));
  const all = numbers.reduce((a, b) => a + b, 0);
  try {
    checkMemory(all * 4 * 2 * (1 + slots), () => `Training ${grouped(all)} parameters`);
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error;
    throw explainMemory(error, "Use fewer units or kernels.", ["layers", numbers.indexOf(Math.max(...numbers))]);
  }
}

function placed(options: Options, data: Examples): readonly PlacedLayer[] {
  const result = placeLayers(options.layers.map(layerOf), data.shape);
  if (!result.ok) throw new MistakeError({ ...result.misfit, at: ["layers", result.misfit.index] });
  const problem = misfitOfOutput(options.loss, options.layers.map(layerOf), result.output, data);
  if (problem) throw new MistakeError(problem);
  return result.layers;
}

/** What a model keeps of the data that it learned from. */
const learnedFrom = (data: PortInfo | undefined): Pick<PortInfo, "featureNames" | "targetNames" | "normalization"> => ({
  featureNames: data?.featureNames,
  targetNames: data?.targetNames,
  normalization: data?.normalization,
});

const nothingToLearn = (option: string) => ({
  title: "no examples",
  message: `\`${option}\` has no examples to learn from.`,
});

/** Shapes are carried through the network before anything runs. */
function checkTrain(context: CheckContext<Options, Inputs>): Readonly<Record<string, PortInfo>> {
  const { options, inputs, report, span, isWritten } = context;
  const { data, validation } = inputs;
  const inputShape = data?.shape ?? null;
  const classes = data?.classes;
  const known: Partial<PortInfo> = {
    ...learnedFrom(data),
    learned: checkTraining(context, options.early_stopping !== undefined),
    judgedBy: validation && { rows: validation.rows, split: validation.split },
    metrics: metricsOf(options),
  };
  const model = (shape: readonly number[] | null): Readonly<Record<string, PortInfo>> => ({
    model: { ...known, type: "model", shape, classes, loss: options.loss, inputShape, origin: data?.origin },
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
      message: `\`batch_size: ${options.batch_size}\` is more than the ${data.count} training examples, so every epoch is a single step. Use a smaller \`batch_size\`, such as ${Math.max(1, Math.floor(data.count / 4))}.`,
      at: ["batch_size"],
    });
  if (options.early_stopping && !("validation" in options))
    report({
      title: "nothing to stop by",
      message:
        "`early_stopping` watches the loss of a validation set. Add `validation:`, such as `validation: parts.validation`.",
      at: ["early_stopping"],
    });
  checkMeeting(data, validation, meetings.validation, report, "follows");
  tellRounded(data, report);
  if (!inputShape) return model(null);
  const layers = options.layers.map(layerOf);
  const result = placeLayers(layers, inputShape);
  if (!result.ok) {
    const { index, title, message } = result.misfit;
    const type = layerOf(options.layers[index]!).type;
    report({ title, message, at: ["layers", index, type, ...(result.misfit.option ? [result.misfit.option] : [])] });
    return model(null);
  }
  const oversize = oversizeOf(result.layers);
  if (oversize) {
    report({ title: "the network is too large", message: oversize.message, at: ["layers", oversize.index] });
    return model(null);
  }
  const lone = loneNumbers(result.layers, options.batch_size, data?.count ?? null);
  if (lone)
    report({
      title: lone.title,
      message: lone.message,
      at: [lone.at],
      label: "one number per channel",
      notes: [{ span: span(["layers", lone.layer]), label: "normalised by the batch" }],
    });
  const problem = misfitOfOutput(options.loss, layers, result.output, { classes, targets: data?.targetNames?.length });
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
  const ended = lastActivation(layers);
  const bounded = options.loss === "cross_entropy" && ended ? boundedText(ended.activation) : null;
  if (ended && bounded) report({ ...bounded, severity: "warning", at: ended.at });
  return model(result.output);
}

/** Dotted names of a model's metrics. */
function metricsOf(options: Options): readonly string[] {
  const measures = options.loss === "cross_entropy" ? ["loss", "accuracy"] : ["loss"];
  const sets = "validation" in options && options.validation !== undefined ? ["validation", "train"] : ["train"];
  return [...sets.flatMap((set) => measures.map((measure) => `${set}.${measure}`)), "epochs", "bestEpoch"];
}

/** Outputs that `cross_entropy` would rather have as they are: any number, as logits. */
function boundedText(
  activation: Activation,
): { readonly title: string; readonly message: string; readonly name: WarningName } | null {
  const { outputs } = activations[activation];
  if (outputs === "shares")
    return {
      title: "softmax twice",
      message:
        "`cross_entropy` takes logits and applies softmax itself; a second one before it slows learning down. Leave the last `softmax` out.",
      name: "softmax_twice",
    };
  if (outputs === "any") return null;
  return {
    title: "logits with bounds",
    message: `\`cross_entropy\` takes logits, which may be any number, but \`${activation}\` bounds them, so that some probabilities cannot be reached. Leave the last \`${activation}\` out.`,
    name: "bounded_logits",
  };
}

function modelOutput(
  options: Options,
  data: DatasetData,
  layers: readonly PlacedLayer[],
  result: {
    parameters: readonly ArrayValue[];
    state: FitState;
    stopped: "epochs" | "early_stopping";
    bestEpoch: number;
  },
): Output {
  const parameters = layers.flatMap((layer) => layer.parameters);
  const { history } = result.state;
  const of = options.early_stopping ? history[result.bestEpoch - 1]! : history[history.length - 1]!;
  const model: ModelData = {
    layers: layers.map(({ layer, name, input, output }) => ({
      name,
      input: [...input],
      output: [...output],
      ...(layer as unknown as JsonObject),
    })),
    inputShape: data.shape,
    outputShape: layers[layers.length - 1]!.output,
    scale: data.scale,
    classes: data.classes,
    ...namesIn(data),
    loss: options.loss,
    parameters: parameters.map(({ name, shape, trained }) => ({ name, shape, trained })),
    stopped: result.stopped,
    metrics: {
      train: of.train,
      ...(of.validation ? { validation: of.validation } : {}),
      epochs: history.length,
      bestEpoch: result.bestEpoch,
    },
  };
  return {
    type: "model",
    data: model,
    blobs: {
      ...Object.fromEntries(parameters.map(({ name }, index) => [name, arrayBlob(result.parameters[index]!)])),
      history: historyBlob(history),
    },
  };
}

const arrayBlob = (value: ArrayValue): Blob => blobOf("float32", [...value.shape], value.data);
/** Arrays are numbered with leading zeros, because names of blobs are kept in alphabetical order. */
const numbered = (prefix: string, values: readonly ArrayValue[]): Record<string, Blob> =>
  Object.fromEntries(values.map((value, index) => [`${prefix}_${String(index).padStart(4, "0")}`, arrayBlob(value)]));

function stateOutput(state: FitState): Output {
  return {
    type: "model",
    data: { epoch: state.epoch, best: state.best ? state.best.epoch : null },
    blobs: {
      history: historyBlob(state.history),
      ...numbered("array", state.arrays),
      ...(state.best ? numbered("best", state.best.parameters) : {}),
    },
  };
}

function stateOf(outputs: Outputs | undefined): FitState | undefined {
  const state = outputs?.["state"];
  if (!state) return undefined;
  const data = trainingStateOf(outputOf(state, "model"));
  const read = (prefix: string): ArrayValue[] =>
    Object.keys(state.blobs)
      .filter((name) => name.startsWith(`${prefix}_`))
      .sort()
      .map((name) => ({ dtype: "float32", shape: state.blobs[name]!.shape, data: float32Of(state.blobs[name]!) }));
  return {
    epoch: data.epoch,
    arrays: read("array"),
    history: historyOf(state),
    best: data.best === null ? null : { epoch: data.best, parameters: read("best") },
  };
}
