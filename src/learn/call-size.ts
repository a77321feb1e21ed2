/** How much of a training goes to one call of the engine. None of it changes what comes out. */
import type { ArrayValue } from "../compute/program.js";
import { sizeOfShape } from "../util/shape.js";
import { stepsPerEpoch } from "./batches.js";
import type { FitOptions } from "./fit.js";
import type { PlacedLayer } from "./layer.js";

/**
 * A call of the engine should take about this long: a stop is heard, and progress comes four times a second with some
 * room.
 */
export const callMs = 180;
/**
 * Where steps are computed one by one a short call costs nothing, and leaves room for a machine that is suddenly busy.
 */
export const stepwiseCallMs = 100;
/** Dropout masks of one call, and what else is laid out for its steps, take no more memory than this. */
export const bytesPerCall = 16 * 1024 * 1024;
/** Rows and numbers of so many steps are laid out for one call, at most. */
export const mostStepsPerCall = 4000;
/** Epochs of fewer multiplications than this go several to a call. */
const smallEpoch = 1e8;

/** A dropout layer. */
export interface Drop {
  readonly name: string;
  readonly rate: number;
  /** Numbers of one example. */
  readonly size: number;
}
export const dropoutLayers = (layers: readonly PlacedLayer[]): readonly Drop[] =>
  layers.flatMap(({ layer, name, output }) =>
    layer.type === "dropout" && layer.rate > 0 ? [{ name, rate: layer.rate, size: sizeOfShape(output) }] : [],
  );

/** 1 with probability 1 − rate, else 0, drawn in order, so it does not matter how many steps a call takes. */
export function drawMask(values: Uint8Array, rate: number, draw: { uniform(): number }): Uint8Array {
  for (let index = 0; index < values.length; index++) values[index] = draw.uniform() >= rate ? 1 : 0;
  return values;
}

/** Whether epochs of `count` examples are so short that several go to a call. */
export function isSmall({ layers, batchSize }: Pick<FitOptions, "layers" | "batchSize">, count: number): boolean {
  const perExample = layers
    .flatMap(({ parameters, output }) =>
      parameters.map(({ shape }) => sizeOfShape(shape.length === 4 ? [output[0]!, output[1]!, ...shape] : shape)),
    )
    .reduce((sum, size) => sum + size, 0);
  const steps = stepsPerEpoch(count, { layers, batchSize });
  const maskBytes = dropoutLayers(layers).reduce((sum, { size }) => sum + size * batchSize, 0);
  return 3 * perExample * count < smallEpoch && steps <= mostStepsPerCall && maskBytes * steps <= bytesPerCall;
}

/** Per-epoch lists of slices as one list, one epoch behind the other. */
export function joined(epochs: readonly (readonly ArrayValue[])[]): readonly ArrayValue[] {
  const [first] = epochs;
  if (epochs.length === 1) return first!;
  return first!.map((array, index): ArrayValue => {
    const { data } = array;
    const all = new (data.constructor as new (length: number) => typeof data)(data.length * epochs.length);
    for (const [epoch, slices] of epochs.entries()) all.set(slices[index]!.data, epoch * data.length);
    return { dtype: array.dtype, shape: [array.shape[0]! * epochs.length, ...array.shape.slice(1)], data: all };
  });
}
