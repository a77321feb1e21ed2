/** All that `weights` says of one layer. */
import { type Blob, blobOf } from "../values/blob.js";
import type { WeightsOfLayer } from "../values/weight-statistics.js";
import { aroundZero } from "./around-zero.js";
import { binsFor, histogramOf, momentsOf } from "./weight-statistics.js";

/** @returns  what is told of it, and its histogram: int32 [bins] */
export function weightsOfLayer(
  layer: string,
  shape: readonly number[],
  weights: Float32Array,
): { readonly told: WeightsOfLayer; readonly counts: Blob } {
  const moments = momentsOf(weights);
  const { axis, counts } = histogramOf(weights, moments, binsFor(moments));
  return {
    told: { layer, shape, ...moments, histogram: axis, around: aroundZero(weights, moments) },
    counts: blobOf("int32", [axis.bins], counts),
  };
}
