/**
 * Training: epochs of shuffled batches, the loss of a validation set after each, early stopping, a state to go on from.
 *
 * What comes out depends on the examples, the options and the seeds, never on how many steps a call takes, on when progress
 * was told, or on where an earlier run was interrupted: every random draw has a stream named by its epoch and purpose.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { EpochScore, Score } from "../util/value.js";
import type { Loss } from "./choices.js";
import type { Examples } from "./data.js";
import { initialValues } from "./initial.js";
import type { PlacedLayer } from "./layer.js";
import { correctOf, lossOf } from "./loss.js";
import { scoreOf } from "./metrics.js";
import { forward } from "./model.js";
import { type Optimizer, slotsOf, stepNumbers, update } from "./optimizer.js";
import { featuresArray, predictor, scaled } from "./predict.js";
import type { ArrayValue, Compute, Program } from "./program.js";
import { stream } from "./random.js";
import { learningRate, type Schedule } from "./schedule.js";

export interface FitOptions {
  readonly layers: readonly PlacedLayer[];
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  readonly batchSize: number;
  readonly epochs: number;
  readonly earlyStopping: { readonly patience: number; readonly minDelta: number } | null;
  readonly seed: number;
  readonly folds: readonly string[];
}
/** All that a training carries from epoch to epoch. */
export interface FitState {
  readonly epoch: number;
  /** Parameters, then each optimiser slot of each trained parameter. */
  readonly arrays: readonly ArrayValue[];
  readonly history: readonly EpochScore[];
  /** With early stopping: the parameters of the best epoch so far. */
  readonly best: { readonly epoch: number; readonly parameters: readonly ArrayValue[] } | null;
}
export interface FitReport {
  readonly epoch: number;
  readonly fraction: number;
  readonly examplesPerSecond: number;
  readonly loss: number;
  readonly accuracy?: number;
  readonly validation?: Score;
  /** The epoch has just ended. */
  readonly ended: boolean;
}
export interface FitHooks {
  /** A state left by the same training, or a shorter one. */
  readonly resume: FitState | undefined;
  /** After every epoch, and whenever `epochs` or patience is reached (`final`). */
  save(state: FitState, final: boolean): void;
  report(report: FitReport): void;
  /** Asked between two calls of the engine. */
  stopping(): boolean;
  /** Milliseconds; decides nothing but how often progress is told. */
  now(): number;
}
export interface FitResult {
  readonly parameters: readonly ArrayValue[];
  readonly state: FitState;
  readonly stopped: "epochs" | "early_stopping";
  readonly bestEpoch: number;
}
/** The loss became NaN or infinite. */
export class DivergedError extends Error {
  override name = "DivergedError";
  constructor(
    readonly epoch: number,
    readonly step: number,
    readonly losses: readonly number[],
    readonly learningRate: number,
  ) {
    super(`loss ${losses[losses.length - 1]} in epoch ${epoch}, step ${step}`);
  }
}
export class StoppedError extends Error {
  override name = "StoppedError";
}

/** A call of the engine should take about this long, so that progress is live and a stop is heard. */
const callMs = 200;
/** Dropout masks of one call take no more memory than this. */
const maskBytesPerCall = 16 * 1024 * 1024;

/** @throws DivergedError, StoppedError */
export async function fitModel(compute: Compute, train: Examples, validation: Examples | null, options: FitOptions, hooks: FitHooks): Promise<FitResult> {
  const { layers, optimizer, epochs } = options;
  const parameters = layers.flatMap((layer) => layer.parameters);
  const trained = parameters.filter((parameter) => parameter.trained);
  const slots = slotsOf(optimizer);
  const start = hooks.resume?.arrays ?? [
    ...parameters.map((parameter): ArrayValue => ({ dtype: "float32", shape: parameter.shape, data: initialValues(parameter, options.seed, options.folds) })),
    ...trained.flatMap((parameter) =>
      slots.map((): ArrayValue => ({ dtype: "float32", shape: parameter.shape, data: new Float32Array(parameter.shape.reduce((a, b) => a * b, 1)) })),
    ),
  ];
  const program = trainingProgram(compute, train, options, start);
  const names = parameters.map((parameter) => parameter.name);
  const judge = validation ? predictor(compute, layers, names, validation, start.slice(0, names.length)) : null;
  const history: EpochScore[] = [...(hooks.resume?.history ?? [])];
  let best = hooks.resume?.best ?? null;
  const stopsEarly = (): boolean => options.earlyStopping !== null && best !== null && history.length - best.epoch >= options.earlyStopping.patience;
  const pace = { stepsPerCall: 1 };
  try {
    let arrays = start;
    while (history.length < epochs && !stopsEarly()) {
      const epoch = history.length + 1;
      const trainScore = await trainEpoch(program, train, options, epoch, pace, hooks);
      arrays = program.readState();
      const current = arrays.slice(0, names.length);
      const validationScore = judge && validation ? scoreOf(options.loss, judge.predict(current), validation) : undefined;
      const stepsPerEpoch = Math.ceil(train.count / options.batchSize);
      const rate = learningRate(options.schedule, epoch * stepsPerEpoch - 1, stepsPerEpoch, epochs);
      history.push({ epoch, learningRate: rate, train: trainScore, ...(validationScore ? { validation: validationScore } : {}) });
      if (options.earlyStopping && validationScore) {
        const before = best ? history[best.epoch - 1]!.validation!.loss : Number.POSITIVE_INFINITY;
        if (best === null || validationScore.loss < before - options.earlyStopping.minDelta) best = { epoch, parameters: current };
      }
      const final = history.length >= epochs || stopsEarly();
      hooks.save({ epoch, arrays, history: [...history], best }, final);
      hooks.report({ epoch, fraction: 1, examplesPerSecond: 0, ...trainScore, ...(validationScore ? { validation: validationScore } : {}), ended: true });
      await pause();
      if (hooks.stopping() && !final) throw new StoppedError("stopped");
    }
    const kept = options.earlyStopping && best ? best : null;
    return {
      parameters: kept ? kept.parameters : arrays.slice(0, names.length),
      state: { epoch: history.length, arrays, history, best },
      stopped: stopsEarly() && history.length < epochs ? "early_stopping" : "epochs",
      bestEpoch: kept ? kept.epoch : lowest(history),
    };
  } finally {
    program.dispose();
    judge?.dispose();
  }
}

/** The epoch with the lowest validation loss (training loss where there is none); the first of equals. */
function lowest(history: readonly EpochScore[]): number {
  const loss = (score: EpochScore): number => (score.validation ?? score.train).loss;
  return history.reduce((best, score) => (loss(score) < loss(best) ? score : best), history[0]!).epoch;
}

/** One step: forward, loss, gradients, optimiser; batch-norm statistics are carried along. */
function trainingProgram(compute: Compute, train: Examples, options: FitOptions, start: readonly ArrayValue[]): Program {
  const { layers, optimizer, loss } = options;
  const parameters = layers.flatMap((layer) => layer.parameters);
  const trained = parameters.filter((parameter) => parameter.trained);
  const slots = slotsOf(optimizer);
  const drops = dropoutLayers(layers);
  const labels: ArrayValue = {
    dtype: train.labels instanceof Int32Array ? "int32" : "float32",
    shape: train.classes ? [train.labels.length] : [train.labels.length / train.targets, train.targets],
    data: train.labels,
  };
  return compute.program([featuresArray(train), labels], start, (_constants, slices, state, gather) => {
    const [rows, rate, correction] = slices as [tf.Tensor, tf.Tensor, tf.Tensor];
    const masks = new Map(drops.map((drop, index) => [drop.name, slices[3 + index]!]));
    const x = scaled(gather(0, rows), train.scale);
    const y = gather(1, rows);
    const values = new Map(parameters.map((parameter, index) => [parameter.name, state[index]!]));
    let logits: tf.Tensor | undefined;
    let running: ReadonlyMap<string, tf.Tensor> = new Map();
    const graded = tf.valueAndGrads((...weights: tf.Tensor[]) => {
      const current = new Map(values);
      for (const [index, parameter] of trained.entries()) current.set(parameter.name, weights[index]!);
      const pass = forward(layers, current, x, { masks });
      logits = tf.keep(pass.output);
      running = new Map([...pass.running].map(([name, tensor]) => [name, tf.keep(tensor)]));
      return lossOf(loss, pass.output, y) as tf.Scalar;
    })(trained.map((parameter) => values.get(parameter.name)!));
    const next = new Map<string, tf.Tensor>([...running].map(([name, tensor]) => [name, release(tensor)]));
    const nextSlots: tf.Tensor[] = [];
    for (const [index, parameter] of trained.entries()) {
      const offset = parameters.length + index * slots.length;
      const updated = update(optimizer, values.get(parameter.name)!, graded.grads[index]!, state.slice(offset, offset + slots.length), [rate, correction]);
      next.set(parameter.name, updated.parameter);
      nextSlots.push(...updated.slots);
    }
    const outputs = loss === "cross_entropy" ? [graded.value, correctOf(release(logits!), y)] : [graded.value];
    if (loss !== "cross_entropy") logits!.dispose();
    return { state: [...parameters.map((parameter) => next.get(parameter.name)!), ...nextSlots], outputs };
  });
}

/** Hands a kept tensor over to the scope around, which disposes it. */
function release(kept: tf.Tensor): tf.Tensor {
  const scoped = tf.clone(kept);
  kept.dispose();
  return scoped;
}

interface Drop {
  readonly name: string;
  readonly rate: number;
  /** Numbers of one example. */
  readonly size: number;
}
const dropoutLayers = (layers: readonly PlacedLayer[]): readonly Drop[] =>
  layers.flatMap(({ layer, name, output }) =>
    layer.type === "dropout" && layer.rate > 0 ? [{ name, rate: layer.rate, size: output.reduce((a, b) => a * b, 1) }] : [],
  );

/** @returns mean loss over the epoch's examples, each batch judged before its own update */
async function trainEpoch(
  program: Program,
  train: Examples,
  options: FitOptions,
  epoch: number,
  pace: { stepsPerCall: number },
  hooks: FitHooks,
): Promise<Score> {
  const { batchSize, optimizer, schedule, epochs } = options;
  const count = train.count;
  const order = stream(options.seed, options.folds, "batch order", epoch).permutation(count);
  const drops = dropoutLayers(options.layers).map((drop) => ({ ...drop, draw: stream(options.seed, options.folds, `dropout ${drop.name}`, epoch) }));
  const stepsPerEpoch = Math.ceil(count / batchSize);
  const fullSteps = Math.floor(count / batchSize);
  const maskBytes = drops.reduce((sum, drop) => sum + drop.size * batchSize, 0);
  const mostSteps = Math.min(1000, Math.max(1, Math.floor(maskBytesPerCall / Math.max(1, maskBytes))));
  let [lossSum, correct, seen] = [0, 0, 0];
  const recent: number[] = [];
  for (let step = 0; step < stepsPerEpoch; ) {
    const short = step >= fullSteps;
    const steps = short ? 1 : Math.min(pace.stepsPerCall, fullSteps - step);
    const batch = short ? count - fullSteps * batchSize : batchSize;
    const rows = Int32Array.from({ length: steps * batch }, (_, index) => train.rows[order[step * batchSize + index]!]!);
    const numbers = Array.from({ length: steps }, (_, index) => {
      const at = (epoch - 1) * stepsPerEpoch + step + index;
      return stepNumbers(optimizer, learningRate(schedule, at, stepsPerEpoch, epochs), at + 1);
    });
    const startedAt = hooks.now();
    const [losses, hits] = program.run([
      { dtype: "int32", shape: [steps, batch], data: rows },
      { dtype: "float32", shape: [steps], data: Float32Array.from(numbers, ([rate]) => rate) },
      { dtype: "float32", shape: [steps], data: Float32Array.from(numbers, ([, correction]) => correction) },
      ...drops.map((drop): ArrayValue => ({ dtype: "uint8", shape: [steps, batch, drop.size], data: mask(drop, steps * batch) })),
    ]);
    const elapsedMs = hooks.now() - startedAt;
    for (let index = 0; index < steps; index++) {
      const value = losses!.data[index]!;
      if (!Number.isFinite(value)) {
        const told = [...recent, value].slice(-4);
        throw new DivergedError(epoch, step + index + 1, told, learningRate(schedule, (epoch - 1) * stepsPerEpoch + step + index, stepsPerEpoch, epochs));
      }
      recent.push(value);
      lossSum += value * batch;
      correct += hits ? hits.data[index]! : 0;
    }
    recent.splice(0, recent.length - 3);
    seen += steps * batch;
    step += steps;
    if (!short) pace.stepsPerCall = Math.max(1, Math.min(mostSteps, pace.stepsPerCall * 4, Math.round((steps * callMs) / Math.max(1, elapsedMs))));
    const score: Score = { loss: lossSum / seen, ...(hits ? { accuracy: correct / seen } : {}) };
    if (step < stepsPerEpoch) {
      hooks.report({ epoch, fraction: step / stepsPerEpoch, examplesPerSecond: (steps * batch * 1000) / Math.max(1, elapsedMs), ...score, ended: false });
      await pause();
      if (hooks.stopping()) throw new StoppedError("stopped");
    }
  }
  return { loss: lossSum / seen, ...(train.classes ? { accuracy: correct / seen } : {}) };
}

/** 1 with probability 1 − rate, else 0, drawn in order, so it does not matter how many steps a call takes. */
function mask(drop: Drop & { readonly draw: { uniform(): number } }, examples: number): Uint8Array {
  const values = new Uint8Array(examples * drop.size);
  for (let index = 0; index < values.length; index++) values[index] = drop.draw.uniform() >= drop.rate ? 1 : 0;
  return values;
}

/** Lets the process hear that it should stop. */
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
