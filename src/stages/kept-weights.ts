/** What a training with `keep: [weight_statistics]` leaves beside its model, and beside its state. */
import { WeightKeeper } from "../inspect/weight-keeper.js";
import type { PlacedLayer } from "../learn/layer.js";
import { type Outputs, outputOf } from "../values/output.js";
import { keepsWeights, type TrainOptions } from "./train-options.js";

export type { WeightKeeper };

/**
 * Undefined where nothing is kept.
 *
 * @param state  from which the training goes on, which has what was kept of the epochs before
 */
export function weightKeeperOf(
  options: TrainOptions,
  layers: readonly PlacedLayer[],
  state: Outputs | undefined,
): WeightKeeper | undefined {
  if (!keepsWeights(options)) return undefined;
  const { weight_average: exponential, average } = options;
  const averages = exponential ?? (average && { last: average.last });
  return new WeightKeeper(layers, averages, state && outputOf(state.weight_statistics, "weight_history"));
}

/** After so many epochs. */
export const keptOutputs = (weights: WeightKeeper | undefined, epochs: number, as: "result" | "state"): Outputs =>
  weights ? { weight_statistics: weights.output(epochs, as) } : {};
