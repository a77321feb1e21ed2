/**
 * How an epoch is cut into steps: batches of one size, then what is left over.
 *
 * Batch normalisation has nothing to go by where a channel has one number in a batch: it is its own mean, and its
 * unbiased variance is 0 / 0. Where what is left over would be such a batch, it joins the batch before it. No other
 * training has other batches for that.
 */
import { sizeOfShape } from "../util/shape.js";
import { leaves, type PlacedLayer } from "./layer.js";
import { stream } from "./random.js";
import type { Member } from "./training.js";

/** Some steps of an epoch that have the same number of examples. */
export interface Stretch {
  /** The step that comes first, from 0. Every step before it has `batchSize` examples. */
  readonly from: number;
  readonly steps: number;
  readonly batch: number;
}

export interface Batching {
  readonly layers: readonly PlacedLayer[];
  readonly batchSize: number;
}

/** The first batch normalisation that gets one number per channel from `batch` examples: batch × height × width = 1. */
export const loneBatchNorm = (layers: readonly PlacedLayer[], batch: number): PlacedLayer | undefined =>
  leaves(layers).find(
    ({ layer, input }) => layer.type === "batch_norm" && sizeOfShape([batch, ...input.slice(0, -1)]) === 1,
  );

/** The steps of an epoch of `count` examples, at most two stretches. */
export function stretchesOf(count: number, { layers, batchSize }: Batching): readonly Stretch[] {
  const whole = Math.floor(count / batchSize);
  const rest = count - whole * batchSize;
  const joins = whole > 0 && rest > 0 && loneBatchNorm(layers, rest) !== undefined;
  const full = joins ? whole - 1 : whole;
  return [
    { from: 0, steps: full, batch: batchSize },
    { from: full, steps: 1, batch: joins ? batchSize + rest : rest },
  ].filter(({ steps, batch }) => steps > 0 && batch > 0);
}

/** The training examples in the order of an epoch's batches: places in `train.rows`. */
export const batchOrder = ({ train, seed, folds }: Member, epoch: number): Int32Array =>
  stream(seed, folds, "batch order", epoch).permutation(train.count);

export const stepsPerEpoch = (count: number, batching: Batching): number =>
  stretchesOf(count, batching).reduce((sum, { steps }) => sum + steps, 0);
