/**
 * Keeps statistics of a training's weights, epoch by epoch.
 *
 * Statistics are kept of every epoch, histograms of fewer where there are many: of each epoch up to the 64th, of every
 * second up to the 128th, every fourth up to the 256th, and so on; and of the last three, so that 5000 epochs leave 266
 * of them. Which these are follows from how many epochs there are, so that a training that goes on from a state keeps
 * what it would have kept in one go. A state has some more, for one that diverges goes back an epoch or two.
 */
import type { ArrayValue } from "../compute/program.js";
import type { PlacedLayer } from "../learn/layer.js";
import { blobOf } from "../values/blob.js";
import type { Output } from "../values/output.js";
import {
  type EpochWeights,
  epochHistogramsOf,
  epochWeightsOf,
  histogramsBlob,
  statisticsBlob,
  type WeightHistoryData,
  weightColumns,
} from "../values/weight-history.js";
import { histogramOf, momentsOf } from "./weight-statistics.js";
import { type Weighted, weightedLayers } from "./weighted-layers.js";

/** Of every epoch as many, so that epochs can be laid side by side: about 0.2 of the weights' root mean square wide. */
const bins = 61;
/** Up to this epoch each one's histogram is kept. */
const eachUpTo = 64;
/** Of the last epochs so many are kept: by a result, by a state, and while a training runs. */
const last = { result: 3, state: 6, running: 12 };

interface Kept {
  readonly layer: Weighted;
  /** Of epoch 1, 2, … */
  readonly epochs: EpochWeights[];
  /** By epoch: below the axis, its bins, above it. */
  readonly histograms: Map<number, Int32Array>;
}

export class WeightKeeper {
  readonly #kept: readonly Kept[];

  /**
   * @param average  what the model holds instead of its weights as trained, which is then what is kept
   * @param resumed  what the state had from which the training goes on
   */
  constructor(
    layers: readonly PlacedLayer[],
    readonly average: WeightHistoryData["average"],
    resumed: Output<"weight_history"> | undefined,
  ) {
    this.#kept = weightedLayers(layers).map((layer) => ({
      layer,
      epochs: resumed ? [...epochWeightsOf(resumed, layer.name)] : [],
      histograms: new Map(
        (resumed ? epochHistogramsOf(resumed, layer.name) : []).map(({ epoch, axis: { below, above }, counts }) => [
          epoch,
          Int32Array.of(below, ...counts, above),
        ]),
      ),
    }));
  }

  /** @param parameters  that the model would hold at the end of this epoch, all of them */
  take(epoch: number, parameters: readonly ArrayValue[]): void {
    for (const { layer, epochs, histograms } of this.#kept) {
      const weights = parameters[layer.index]!.data as Float32Array;
      const { count: _count, ...moments } = momentsOf(weights);
      const { axis, counts } = histogramOf(weights, { count: weights.length, ...moments }, bins);
      epochs[epoch - 1] = { ...moments, limit: axis.limit };
      histograms.set(epoch, Int32Array.of(axis.below, ...counts, axis.above));
      const old = epoch - last.running;
      if (old > 0 && !isThinned(old)) histograms.delete(old);
    }
  }

  /**
   * What a training leaves after so many epochs, or goes on from. @param count  at most as many as it has seen
   */
  output(count: number, as: "result" | "state"): Output<"weight_history"> {
    const kept = Array.from({ length: count }, (_, index) => index + 1).filter(
      (epoch) =>
        (isThinned(epoch) || epoch > count - last[as]) && this.#kept.every(({ histograms }) => histograms.has(epoch)),
    );
    const data: WeightHistoryData = {
      epochs: count,
      layers: this.#kept.map(({ layer: { name, type, shape } }) => ({ name, type, shape })),
      columns: weightColumns,
      bins,
      histograms: kept,
      ...(this.average ? { average: this.average } : {}),
    };
    const blobs = this.#kept.flatMap(({ layer: { name }, epochs, histograms }) => {
      const statistics = new Float64Array(count * weightColumns.length);
      for (let epoch = 0; epoch < count; epoch++)
        for (const [at, column] of weightColumns.entries())
          statistics[epoch * weightColumns.length + at] = epochs[epoch]![column] ?? Number.NaN;
      const counts = new Int32Array(kept.length * (bins + 2));
      for (const [at, epoch] of kept.entries()) counts.set(histograms.get(epoch)!, at * (bins + 2));
      return [
        [statisticsBlob(name), blobOf("float64", [count, weightColumns.length], withOneNaN(statistics))] as const,
        [histogramsBlob(name), blobOf("int32", [kept.length, bins + 2], counts)] as const,
      ];
    });
    return { type: "weight_history", data, blobs: Object.fromEntries(blobs) };
  }
}

/** Whether the histogram of an epoch is kept for good: of every 2^k-th, k growing with the epoch. */
function isThinned(epoch: number): boolean {
  let step = 1;
  while (epoch > eachUpTo * step) step *= 2;
  return epoch % step === 0;
}

/** Every NaN with the same bits, of which arithmetic may leave others. */
function withOneNaN(numbers: Float64Array): Float64Array {
  const bits = new BigUint64Array(numbers.buffer);
  for (let at = 0; at < numbers.length; at++) if (Number.isNaN(numbers[at]!)) bits[at] = 0x7ff8000000000000n;
  return numbers;
}
