/** weights: moments and a histogram of the weights of each layer, and whether they are bell-shaped around 0. */
import { aroundZero } from "../../inspect/around-zero.js";
import { binsFor, histogramOf, momentsOf } from "../../inspect/weight-statistics.js";
import { blobOf } from "../../values/blob.js";
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
    const blobs = [];
    for (const [index, { name }] of layers.entries()) {
      await pause(index / layers.length);
      const { shape, data } = looked.parameters.get(`${name}.weight`)!;
      const numbers = data as Float32Array;
      const moments = momentsOf(numbers);
      const { axis, counts } = histogramOf(numbers, moments, binsFor(moments));
      found.push({ layer: name, shape, ...moments, histogram: axis, around: aroundZero(numbers, moments) });
      blobs.push([name, blobOf("int32", [axis.bins], counts)] as const);
    }
    return { data: { layers: found }, blobs: Object.fromEntries(blobs) };
  },
});
