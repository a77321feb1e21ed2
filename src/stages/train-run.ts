/** A training that runs: its data read, its state gone on from, its result or its mistake. */
import { providedCompute } from "../compute/provider.js";
import { MistakeError, type OptionPath } from "../diagnostic/diagnostic.js";
import { explainMemory } from "../diagnostic/memory.js";
import { copiesOf } from "../learn/average.js";
import { type Examples, examplesOf } from "../learn/data.js";
import { DivergedError } from "../learn/diverged.js";
import { leaves, type PlacedLayer, placeLayers } from "../learn/layer.js";
import { countsOf, resolvedLoss } from "../learn/losses.js";
import { ruleOf } from "../learn/optimizer.js";
import { dependsOnLength } from "../learn/rates.js";
import { targetScalingOf, withScaledTargets } from "../learn/target-scaling.js";
import { type FitHooks, type FitMember, type FitState, StoppedError, type TrainingOptions } from "../learn/training.js";
import { InterruptedError, type RunContext } from "../pipeline/run-context.js";
import { attempt } from "../util/attempt.js";
import { checkMemory, MemoryError } from "../util/memory.js";
import { grouped, roundedText } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { listed } from "../util/words.js";
import type { Dataset, Scaling } from "../values/dataset.js";
import type { LoggedEpoch } from "../values/failure-log.js";
import type { EpochScore } from "../values/model.js";
import type { Outputs } from "../values/output.js";
import { brought } from "./agreement.js";
import { readers, requirePlain } from "./augmented.js";
import { unitOf, warnRounded } from "./dataset.js";
import { needs, requireFilled } from "./gaps.js";
import { keptOutputs, type WeightKeeper, weightKeeperOf } from "./kept-weights.js";
import { type Network, networkOf } from "./layers.js";
import { lossNameOf, lossOf, misfitsOfClasses } from "./loss.js";
import { meetings } from "./meetings.js";
import { misfitOfOutput } from "./network-output.js";
import { optimizerOf, scheduleOf } from "./optimizer.js";
import { optimizerMistakes } from "./optimizer-mistakes.js";
import { l2Of, secondRegularizer } from "./regularizer.js";
import { averageMistakes, stoppingMistakes } from "./stopping-mistakes.js";
import { averageOf, epochsOf, stoppingOf, type TrainInputs, type TrainOptions } from "./train-options.js";
import { modelOutput, resumedFrom, stateOf, stateOutput } from "./trained-model.js";
import { divergedMistake, loneNumbers, lossWarnings, nothingToLearn } from "./training-mistakes.js";

type Context = RunContext<TrainOptions, TrainInputs>;

/**
 * Trainings with the same options, on data of their own: small networks of dense layers side by side, others one after
 * the other.
 *
 * @returns what each leaves, or the mistake that ended it alone
 */
export async function trainTogether(contexts: readonly Context[]): Promise<readonly (Outputs | Error)[]> {
  const { options } = contexts[0]!;
  // Loaded here, so that checking and planning load no TF.js.
  const { fitMany } = await import("../learn/fit-many.js");
  const results = new Map<Context, Outputs | Error>();
  const ready: Member[] = [];
  const startedAt = performance.now();
  // Those that go together share the time that they take.
  const sinceStart = (): number => (performance.now() - startedAt) / contexts.length;
  for (const context of contexts) {
    try {
      ready.push(memberOf(context, sinceStart));
    } catch (error) {
      if (!(error instanceof MistakeError)) throw error;
      results.set(context, error);
    }
  }
  // Folds that are not of one size make stacks of their own.
  const stacks = new Map<string, Member[]>();
  for (const member of ready) {
    const size = `${member.train.count} ${member.validation?.count} ${member.train.shape.join()}`;
    stacks.set(size, [...(stacks.get(size) ?? []), member]);
  }
  for (const members of stacks.values()) {
    const [{ layers, train: data }] = members as [Member];
    try {
      const fits = await fitMany(providedCompute(), members, trainingOf(options, layers, data.count));
      for (const [index, { context, train: examples, targetScaling, weights, elapsedMs }] of members.entries()) {
        const fit = fits[index]!;
        const data = context.inputs.data.data;
        const learned = { examples, names: data };
        const loss = resolvedLoss(lossOf(options), examples);
        if (fit instanceof DivergedError) {
          const mistake = divergedMistake(fit, options, learned, placesOf(options, examples));
          const { last } = fit.aftermath;
          context.failing?.((last?.history ?? []).map(loggedEpoch));
          if (last) {
            const kept = keptOutputs(weights, last.epoch, "state");
            context.checkpoints.save({ state: stateOutput(last, elapsedMs(), mistake), ...kept }, last.epoch, true);
          }
          results.set(context, mistake);
          continue;
        }
        for (const { message, name } of lossWarnings(fit.state.history, loss, learned)) context.warn(message, name);
        const model = modelOutput({ options, loss, data, layers, fit, targetScaling });
        results.set(context, { model, ...keptOutputs(weights, fit.state.epoch, "result") });
      }
    } catch (error) {
      if (error instanceof StoppedError) throw new InterruptedError();
      if (error instanceof MemoryError) throw explainMemory(error, "Set a smaller `batch_size`.", ["batch_size"]);
      throw error;
    }
  }
  return contexts.map((context) => results.get(context)!);
}

const loggedEpoch = ({ epoch, train, validation }: EpochScore): LoggedEpoch => ({
  epoch,
  ...train,
  ...(validation ? { validationLoss: validation.loss } : {}),
  ...(validation?.accuracy === undefined ? {} : { validationAccuracy: validation.accuracy }),
});

/** What a training of so many examples is asked, as `learn` knows it. */
export const trainingOf = (
  options: TrainOptions,
  layers: readonly PlacedLayer[],
  examples: number,
): TrainingOptions => ({
  layers,
  loss: lossOf(options),
  optimizer: optimizerOf(options.optimizer),
  l1: options.l1,
  l2: l2Of(options),
  schedule: scheduleOf(options.optimizer),
  batchSize: Math.min(options.batch_size, examples),
  epochs: epochsOf(options),
  earlyStopping: stoppingOf(options),
  ...(averageOf(options) ? { average: averageOf(options)! } : {}),
});

type Member = FitMember & {
  readonly context: Context;
  readonly layers: readonly PlacedLayer[];
  /** By which the targets of its examples are scaled. */
  readonly targetScaling: Scaling | undefined;
  /** Where statistics of the weights are kept. */
  readonly weights: WeightKeeper | undefined;
  /** Milliseconds since its first epoch began, over all runs that computed some; undefined where that is not known. */
  readonly elapsedMs: () => number | undefined;
};

/**
 * @param sinceStart  milliseconds that it has computed in this run
 * @throws MistakeError
 */
function memberOf(context: Context, sinceStart: () => number): Member {
  const { options, inputs, seeds } = context;
  const data = examplesOf(inputs.data);
  requireFilled(inputs.data, needs.train);
  warnRounded(inputs.data, context.warn);
  if (inputs.validation) requirePlain(inputs.validation, readers.validation);
  const beside = inputs.validation ? brought(inputs.validation, inputs.data, meetings.validation) : null;
  for (const remark of beside?.remarks ?? []) context.progress({ remark });
  const validation = beside && examplesOf(beside.output);
  for (const [name, set] of [
    ["data", data],
    ["validation", validation],
  ] as const)
    if (set && set.count === 0) throw new MistakeError({ ...nothingToLearn(name), at: [name] });
  const layers = placed(options, data);
  checkWeights(context, data, validation);
  const lone = loneNumbers(layers, options.batch_size, data.count);
  if (lone) throw new MistakeError({ title: lone.title, message: lone.message, at: [lone.at] });
  // Check time knows of the first trial's choice; a winner's may be another.
  const wrong = [
    ...stoppingMistakes(options, true),
    ...averageMistakes(options),
    ...optimizerMistakes(options, layers, data.count),
  ].find(({ severity }) => severity !== "warning");
  if (wrong) throw new MistakeError(wrong);
  const state = context.checkpoints.latest();
  const weights = weightKeeperOf(options, layers, state);
  const resumed = resumedFrom(state);
  if (resumed) context.resumed?.(resumed);
  const before = resumed ? resumed.elapsedMs : 0;
  const elapsedMs = (): number | undefined => (before === null ? undefined : Math.round(before + sinceStart()));
  const hooks = hooksOf(context, unitOf(data.shape), stateOf(state), weights, elapsedMs);
  const targetScaling = options.scale_targets && targetScalingOf(data, options.scale_targets);
  if (targetScaling) context.progress({ remark: scaledLosses(targetScaling) });
  const learned = (set: Examples, option: string): Examples => withTargets(set, targetScaling, inputs.data, option);
  return {
    ...{ context, layers, targetScaling, hooks, weights, elapsedMs },
    train: learned(data, "data"),
    validation: validation && learned(validation, "validation"),
    seed: seeds.seed,
    folds: seeds.folds,
  };
}

function withTargets(
  examples: Examples,
  scaling: Scaling | undefined,
  { data: { targetNames } }: Dataset,
  option: string,
): Examples {
  if (!scaling) return examples;
  try {
    return withScaledTargets(examples, scaling, targetNames);
  } catch (error) {
    if (!(error instanceof MistakeError)) throw error;
    throw new MistakeError({ title: error.title, message: error.message, at: [option] });
  }
}

/** Said once, because the losses that follow are in no unit of the data. */
function scaledLosses({ offset, divisor }: Scaling): string {
  const [first, scale] = [offset[0]!, divisor[0]!].map((value) => roundedText(value, 6)) as [string, string];
  const formula = offset.length === 1 ? `(y − ${first}) / ${scale}` : "each by its own statistics";
  return `losses told in training are of scaled targets, ${formula.replace("− -", "+ ").replace("− −", "+ ")}`;
}

/** What the weights of classes make of the examples that there are. @throws MistakeError */
function checkWeights({ options, warn }: Context, data: Examples, validation: Examples | null): void {
  const [misfit] = misfitsOfClasses(options, data.classes);
  if (misfit) throw new MistakeError(misfit);
  const { classWeight: weights } = resolvedLoss(lossOf(options), data);
  if (!Array.isArray(weights) || !data.classes) return;
  const counts = countsOf(data);
  const absent = data.classes.filter((_, index) => counts[index] === 0);
  if (options.class_weight === "balanced" && absent.length > 0)
    warn(
      `The training set has no example of ${listed(absent.map((name) => `\`${name}\``))}, so that ` +
        "`class_weight: balanced` has no weight there: 1 is used, the mean over the examples.",
      "absent_class",
    );
  for (const [option, set] of [
    ["data", data],
    ["validation", validation],
  ] as const)
    if (set && countsOf(set).every((count, index) => count === 0 || weights[index] === 0))
      throw new MistakeError({
        title: "no example has a weight",
        message:
          `All examples of \`${option}\` are of classes whose weight in \`class_weight\` is 0, so that they have no ` +
          "loss. Give one of these classes a weight.",
        at: ["class_weight"],
      });
}

/** Measuring the machine's products takes an eighth of a second, once in a process. */
const measuredFromMs = 5000;

function hooksOf(
  context: Context,
  unit: { readonly unit?: string },
  resume: FitState | undefined,
  weights: WeightKeeper | undefined,
  elapsedMs: () => number | undefined,
): FitHooks {
  const { options, checkpoints, stopping, threads } = context;
  const keepsCheckpoints = !dependsOnLength(scheduleOf(options.optimizer));
  let savedAt = 0;
  return {
    resume,
    save(state, final) {
      const now = Date.now();
      if (!final && now - savedAt < 1000 && !stopping()) return;
      savedAt = now;
      if (final && !keepsCheckpoints) return;
      checkpoints.save(
        { state: stateOutput(state, elapsedMs()), ...keptOutputs(weights, state.epoch, "state") },
        state.epoch,
        final,
      );
    },
    ...(weights ? { epochEnded: (epoch, parameters) => weights.take(epoch, parameters) } : {}),
    report: ({ epoch, fraction, examplesPerSecond, loss, accuracy, validation: score, ended }) =>
      context.progress({
        epoch,
        epochs: epochsOf(options),
        loss,
        ...(accuracy === undefined ? {} : { accuracy }),
        ...(score
          ? {
              validationLoss: score.loss,
              ...(score.accuracy === undefined ? {} : { validationAccuracy: score.accuracy }),
            }
          : {}),
        fraction: (epoch - 1 + fraction) / epochsOf(options),
        ...(ended ? {} : { examplesPerSecond, ...unit }),
      }),
    measured({ multiplyAddsPerSecond, elapsedMs, threads: used }) {
      // Shorter ones are over before it matters how fast they were; and who is to stop is not held up.
      if (elapsedMs < measuredFromMs || stopping()) return;
      const productRate = attempt(() => providedCompute().productRate?.(used));
      // A machine that has no room for it now has no less of a result.
      if (typeof productRate === "number")
        context.measured?.({ stepRate: 2 * multiplyAddsPerSecond, productRate, threads: used });
    },
    stopping,
    now: () => performance.now(),
    threads,
  };
}

/**
 * Weights, and what the optimiser and an average carry for them, twice: before and after a call.
 *
 * @throws LocalMistakeError, ShortMemoryError
 */
function checkSize(layers: readonly PlacedLayer[], placeOf: Network["placeOf"], slots: number, ends: number): void {
  const numbers = leaves(layers).map(({ layer, block, parameters }) => ({
    layer: block ?? layer,
    count: parameters.reduce((sum, { shape }) => sum + sizeOfShape(shape), 0),
  }));
  const all = numbers.reduce((sum, { count }) => sum + count, 0);
  try {
    checkMemory(all * 4 * 2 * (1 + slots + ends), () => `Training ${grouped(all)} parameters`);
  } catch (error) {
    if (!(error instanceof MemoryError)) throw error;
    const [largest] = numbers.toSorted((a, b) => b.count - a.count);
    const fewer = ends > 1 ? ", or average fewer epochs" : "";
    throw explainMemory(error, `Use fewer units or kernels${fewer}.`, placeOf(largest!.layer));
  }
}

/** Where a file writes a layer: itself, or the block that it is in; null of one that no file writes. */
function placesOf(options: TrainOptions, { shape }: Examples): (name: string) => OptionPath | null {
  const network = networkOf(options);
  const result = placeLayers(network.layers, shape);
  const all = result.ok ? [...leaves(result.layers), ...result.layers] : [];
  return (name) => {
    const found = all.find((each) => each.name === name) ?? all.find((each) => each.name === name.split(".", 1)[0]);
    const place = found ? network.placeOf(found.block ?? found.layer) : [];
    return place.length > 1 || place[0] === "regularizer" ? place : null;
  };
}

/** @throws MistakeError */
export function placed(options: TrainOptions, data: Examples): readonly PlacedLayer[] {
  const network = networkOf(options);
  // Check time knows of the first trial's choice; a winner's may be another.
  const second = options.regularizer ? secondRegularizer(options, network.written, network.placeOf) : null;
  if (second) throw new MistakeError({ title: second.title, message: second.message, at: second.at });
  const result = placeLayers(network.layers, data.shape);
  if (!result.ok) {
    const { layer, title, message } = result.misfit;
    throw new MistakeError({ title, message, at: network.placeOf(layer) });
  }
  const problem = misfitOfOutput(lossNameOf(options.loss), network, result.output, data);
  if (problem) throw new MistakeError(problem);
  const { slots } = ruleOf(optimizerOf(options.optimizer));
  checkSize(result.layers, network.placeOf, slots.length, copiesOf(averageOf(options)));
  return result.layers;
}
