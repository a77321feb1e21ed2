/** weights: moments and a histogram of the weights of each layer, and whether they are bell-shaped around 0. */
import { weightsOfLayer } from "../../inspect/layer-weights.js";
import type { Blob } from "../../values/blob.js";
import type { WeightsOfLayer } from "../../values/weight-statistics.js";
import { declareAspect } from "../aspect-declaration.js";
import { weighted } from "../aspect-layers.js";

export const weights = declareAspect({
  name: "weights",
  summary:
    "Weights of convolutions and dense layers: mean, sd, skewness, excess kurtosis, share near 0, a histogram, and " +
    "whether they are bell-shaped around 0.",
  layers: weighted,
  needs: [],
  async run({ layers, looked, pause }) {
    const found: WeightsOfLayer[] = [];
    const blobs: Record<string, Blob> = {};
    for (const [index, { name }] of layers.entries()) {
      await pause(index / layers.length);
      const { shape, data } = looked.parameters.get(`${name}.weight`)!;
      const { told, counts } = weightsOfLayer(name, shape, data as Float32Array);
      found.push(told);
      blobs[name] = counts;
    }
    return { data: { layers: found }, blobs };
  },
});
