/**
 * Which numbers of a network are weights: kernels of convolutions and matrices of dense layers, a block's projection
 * among them. Biases are none, and neither are what normalisations learn or keep.
 */
import { leaves, type PlacedLayer } from "../learn/layer.js";
import type { WeightedLayer } from "../values/weight-history.js";

export interface Weighted extends WeightedLayer {
  /** Name of the parameter, and its place among all of the network. */
  readonly parameter: string;
  readonly index: number;
}

/** In order of computation. */
export function weightedLayers(layers: readonly PlacedLayer[]): readonly Weighted[] {
  const places = new Map(layers.flatMap(({ parameters }) => parameters).map(({ name }, index) => [name, index]));
  return leaves(layers).flatMap(({ name, layer: { type }, parameters }) =>
    parameters
      .filter(({ isWeight }) => isWeight)
      .map(({ name: parameter, shape }) => ({ name, type, shape, parameter, index: places.get(parameter)! })),
  );
}
