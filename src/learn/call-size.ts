/**
 * How much of a training goes to one call of the engine: some steps, some batches to judge, or whole epochs, as many as
 * the clock allows and memory holds. None of it changes what comes out.
 */
import type { ArrayValue } from "../compute/program.js";
import { sizeOfShape } from "../util/shape.js";
import { stepsPerEpoch } from "./batches.js";
import { maskBytes } from "./dropout.js";
import { multiplyAdds, type PlacedLayer } from "./layer.js";
import { pictureBytes } from "./pictures.js";
import type { Member, TrainingOptions } from "./training.js";

/**
 * A call of the engine should take about this long: a stop is heard, and progress comes four times a second with some
 * room.
 */
export const callMs = 180;
/**
 * A call copies the state that it carries, which takes some 0.4 ms a megabyte; where that is much, calls are longer, so
 * that it is a small part of their time. Of the 4096-1024 MLP it was 8 of 65 ms a step.
 */
const callMsPerMegabyte = 10;
/** A stop is to be heard within seconds, and progress told about once a second. */
const longestCallMs = 800;
export const callMsOf = (state: readonly ArrayValue[]): number =>
  Math.min(
    longestCallMs,
    callMs + state.reduce((sum, { data }) => sum + data.byteLength, 0) * (callMsPerMegabyte / 2 ** 20),
  );
/**
 * Where steps are computed one by one a short call costs nothing, and leaves room for a machine that is suddenly busy.
 */
export const stepwiseCallMs = 100;
/** Dropout masks and pictures of one call, and what else is laid out for its steps, take no more memory than this. */
const bytesPerCall = 16 * 1024 * 1024;
/** Rows and numbers of so many steps are laid out for one call that takes whole epochs, at most … */
const mostStepsPerCall = 4000;
/** … and of so many for one that does not: longer ones save nothing. */
const mostStepsAtOnce = 1000;
/** Epochs of fewer multiplications than this go several to a call. */
const smallEpoch = 1e8;

/** How many of something a call takes: one at first, then as many as its time allows, by how long the last took. */
export class CallSize {
  #size = 1;

  /** @param growth  a call is at most this many times as large as the one before */
  constructor(readonly growth: number) {}

  upTo(most: number): number {
    return Math.max(1, Math.min(most, this.#size));
  }

  /** @param count  were done, in so many milliseconds, where a call should take `targetMs` */
  adapt(count: number, elapsedMs: number, targetMs: number): void {
    this.#size = Math.max(1, Math.min(this.#size * this.growth, Math.round((count * targetMs) / elapsedMs)));
  }
}

type Shape = Pick<TrainingOptions, "layers" | "batchSize">;

/** Whether epochs of `count` examples are so short that several go to a call. */
export function isSmall({ layers, batchSize }: Shape, count: number): boolean {
  const perExample = layers.reduce((sum, layer) => sum + operations(layer), 0);
  const steps = stepsPerEpoch(count, { layers, batchSize });
  return (
    3 * perExample * count < smallEpoch &&
    steps <= mostStepsPerCall &&
    maskBytes(layers) * batchSize * steps <= bytesPerCall
  );
}
/** About so many for one example; what is no weight counts once. */
const operations = (layer: PlacedLayer): number =>
  layer.parameters.reduce((sum, { isWeight, shape }) => sum + (isWeight ? 0 : sizeOfShape(shape)), multiplyAdds(layer));

/** Steps that may be laid out for one call, where an epoch goes to several. */
export function mostSteps({ layers, batchSize }: Shape, members: readonly Member[]): number {
  const pictures = members.reduce(
    (sum, { train: { augmentation, shape } }) => sum + (augmentation ? pictureBytes(augmentation, shape) : 0),
    0,
  );
  const bytes = (pictures + members.length * maskBytes(layers)) * batchSize;
  return Math.min(mostStepsAtOnce, Math.max(1, Math.floor(bytesPerCall / Math.max(1, bytes))));
}

/** Epochs that may be laid out for one call: row numbers, masks and outputs of each member. */
export function mostEpochs(options: Shape, members: readonly Member[]): number {
  const { layers } = options;
  const [{ train, validation }] = members as [Member];
  const outputs = sizeOfShape(layers[layers.length - 1]!.output);
  const numbers = 4 * (1 + outputs);
  const bytes = train.count * (numbers + maskBytes(layers)) + (validation?.count ?? 0) * numbers;
  const steps = stepsPerEpoch(train.count, options);
  return Math.max(1, Math.floor(Math.min(mostStepsPerCall / steps, bytesPerCall / (members.length * bytes))));
}
