/** Small trainings: layers, options, hooks, folds of one dataset, and what becomes of them. */
import type { Compute } from "../../src/compute/program.js";
import type { Examples } from "../../src/learn/data.js";
import { DivergedError } from "../../src/learn/diverged.js";
import { fitModel } from "../../src/learn/fit.js";
import { type Layer, placeLayers } from "../../src/learn/layer.js";
import { stream } from "../../src/learn/random.js";
import type { FitHooks, FitMember, FitResult, TrainingOptions } from "../../src/learn/training.js";
import { sizeOfShape } from "../../src/util/shape.js";

export const dense = (
  units: number,
  activation: Extract<Layer, { type: "dense" }>["activation"] = "linear",
): Layer => ({
  type: "dense",
  units,
  activation,
  initializer: "pytorch",
});

export const conv = (
  kernels: number,
  activation: Extract<Layer, { type: "conv" }>["activation"] = "relu",
  size = 2,
): Layer => ({
  type: "conv",
  kernels,
  size: [size, size],
  stride: [1, 1],
  padding: 0,
  activation,
  initializer: "pytorch",
});

export function options(
  layers: readonly Layer[],
  shape: readonly number[],
  more: Partial<TrainingOptions> = {},
): TrainingOptions {
  const placed = placeLayers(layers, shape);
  if (!placed.ok) throw new Error(placed.misfit.message);
  return {
    layers: placed.layers,
    loss: { type: "mse" },
    optimizer: { type: "sgd", momentum: 0 },
    schedule: { type: "constant", from: 0.01, warmUp: 0 },
    batchSize: 10,
    epochs: 3,
    earlyStopping: null,
    ...more,
  };
}

export const hooks = (more: Partial<FitHooks> = {}): FitHooks => ({
  resume: undefined,
  save: () => undefined,
  report: () => undefined,
  stopping: () => false,
  now: () => 0,
  ...more,
});

/** Trains a member by itself. */
export const trainedAlone = (
  compute: Compute,
  { train, validation, seed, folds: keys }: FitMember,
  given: TrainingOptions,
  more: Partial<FitHooks> = {},
): Promise<FitResult> => fitModel(compute, train, validation, { ...given, seed, folds: keys }, hooks(more));

/** How a training diverged; that it came to an end is an error. */
export async function divergence(made: Promise<unknown>): Promise<DivergedError> {
  const error = await made.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof DivergedError)) throw error ?? new Error("the training came to an end");
  return error;
}

/**
 * A clock that leaps, so that every call of the engine takes one step or one epoch; the usual one here stands still,
 * and calls grow.
 */
export function leaping(): () => number {
  let time = 0;
  return () => (time += 10_000);
}

export interface Points {
  readonly shape?: readonly number[];
  readonly train?: number;
  readonly validation?: number;
  /** So many numbers to learn … */
  readonly targets?: number;
  /** … or labels of so many classes. */
  readonly classes?: number;
}
/** So many folds of one dataset; each leaves out other examples. */
export function folds(
  count: number,
  { shape = [2], train = 30, validation = 0, targets = 1, classes }: Points = {},
): FitMember[] {
  const random = stream(5, [], "points");
  const stored = train + validation;
  const size = sizeOfShape(shape);
  const features = Float32Array.from({ length: stored * size }, () => random.normal());
  const labels = classes
    ? Int32Array.from({ length: stored }, () => random.int(classes))
    : Float32Array.from(
        { length: stored * targets },
        (_, index) => Math.sin(2 * features[Math.floor(index / targets) * size]!) + 0.1 * random.normal(),
      );
  return Array.from({ length: count }, (_, fold) => {
    const order = stream(6, [`${fold}`], "fold").permutation(stored);
    const part = (rows: Int32Array): Examples => ({
      count: rows.length,
      shape,
      classes: classes ? Array.from({ length: classes }, (_, index) => `${index}`) : null,
      scale: 1,
      features,
      labels,
      targets,
      rows: rows.sort(),
    });
    return {
      train: part(order.slice(0, train)),
      validation: validation > 0 ? part(order.slice(train)) : null,
      seed: 3,
      folds: [`${fold + 1}`],
      hooks: hooks(),
    };
  });
}
