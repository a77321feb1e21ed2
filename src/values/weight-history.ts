/**
 * How the weights of a training went, epoch by epoch: what `train: {keep: [weight_statistics]}` leaves beside its
 * model.
 *
 * blobs, of each layer: `statistics.LAYER`, float64 [epochs, columns], NaN where a number is undefined; and
 * `histograms.LAYER`, int32 [epochs that have one, bins + 2]: what lies below the axis, the bins, what lies above it.
 */
import { int32Of, numbersOf } from "./blob.js";
import type { ModelData } from "./model.js";
import type { Output } from "./output.js";
import type { HistogramAxis, WeightMoments } from "./weight-statistics.js";

export type WeightHistoryData = {
  readonly epochs: number;
  /** Layers that have weights, in order of computation. */
  readonly layers: readonly WeightedLayer[];
  /** What the statistics are called, in their order. */
  readonly columns: readonly string[];
  readonly bins: number;
  /** Epochs that have histograms, from 1, in order. */
  readonly histograms: readonly number[];
  /** Where the weights are averages, as those of the model are: which. */
  readonly average?: NonNullable<ModelData["average"]>;
};
declare module "./output.js" {
  interface OutputTypes {
    readonly weight_history: WeightHistoryData;
  }
}
export type WeightedLayer = { readonly name: string; readonly type: string; readonly shape: readonly number[] };

/** Statistics of an epoch, in their order; `limit` is where the axis of its histogram ends. */
export const weightColumns = [
  ...(["mean", "sd", "min", "max", "skewness", "excessKurtosis", "nearZero", "limit"] as const),
] as const;
export type EpochWeights = Omit<WeightMoments, "count"> & { readonly limit: number };

export const statisticsBlob = (layer: string): string => `statistics.${layer}`;
export const histogramsBlob = (layer: string): string => `histograms.${layer}`;

/** Of one layer, epoch by epoch. */
export function epochWeightsOf({ data, blobs }: Output<"weight_history">, layer: string): readonly EpochWeights[] {
  const numbers = numbersOf(blobs[statisticsBlob(layer)]!);
  const { length } = weightColumns;
  return Array.from({ length: data.epochs }, (_, epoch) => {
    const named = weightColumns.map((column, at) => {
      const value = numbers[epoch * length + at]!;
      return [column, Number.isNaN(value) ? null : value] as const;
    });
    // Of weights that are numbers only those may be undefined that are null in the type.
    return Object.fromEntries(named) as EpochWeights;
  });
}

export interface EpochHistogram {
  readonly epoch: number;
  readonly axis: HistogramAxis;
  /** Of each bin. */
  readonly counts: Int32Array;
}
/** Of one layer, in order of epochs. */
export function epochHistogramsOf(output: Output<"weight_history">, layer: string): readonly EpochHistogram[] {
  const { bins, histograms } = output.data;
  const epochs = epochWeightsOf(output, layer);
  const all = int32Of(output.blobs[histogramsBlob(layer)]!);
  return histograms.map((epoch, at) => {
    const [below, ...rest] = all.subarray(at * (bins + 2), (at + 1) * (bins + 2));
    const above = rest.pop()!;
    const { limit } = epochs[epoch - 1]!;
    return { epoch, axis: { limit, bins, below: below!, above }, counts: Int32Array.from(rest) };
  });
}
