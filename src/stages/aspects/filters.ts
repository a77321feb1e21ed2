/** filters: which filters that measure an edge the kernels of convolutions fit best, and how many look like one. */
import * as z from "zod";
import { KernelFilters } from "../../inspect/kernel-filters.js";
import { type Blob, blobOf } from "../../values/blob.js";
import type { FiltersOfLayer } from "../../values/inspected-filters.js";
import { declareAspect } from "../aspect-declaration.js";
import { channelMistake, noKernels } from "../aspect-layers.js";

export const filters = declareAspect({
  name: "filters",
  summary:
    "The best match of each kernel among Sobel's filters and derivatives of Gaussians, with direction and " +
    "correlation, and how many kernels look like an edge, against what random ones of that size reach.",
  options: {
    of: z
      .union([z.number().int().min(1), z.enum(["mean", "each"])], {
        error: "the number of an input channel, counted from 1, or `mean` or `each`",
      })
      .default("each")
      .describe(
        "Which kernels are compared: those of one input channel by its number, counted from 1; `mean`, their mean " +
          "over the input channels; `each`, those of every input channel by themselves. Default: each.",
      ),
  },
  layers: {
    words: "convolutions with kernels of several pixels",
    accepts: ({ layer }) => layer.type === "conv" && layer.size[0] * layer.size[1] > 1,
    reason: (placed) =>
      placed.layer.type === "conv"
        ? `The kernels of \`${placed.name}\` are one pixel, which has no direction.`
        : noKernels(placed),
  },
  units: Number.POSITIVE_INFINITY,
  needs: [],
  problem: ({ options: { of }, layers }) => (typeof of === "number" ? channelMistake(of, layers) : undefined),
  async run({ options: { of }, layers, unitsOf, looked, pause }) {
    const found: FiltersOfLayer[] = [];
    const blobs: Record<string, Blob> = {};
    const compared = new KernelFilters();
    for (const [index, layer] of layers.entries()) {
      const { data, shape } = looked.parameters.get(`${layer.name}.weight`)!;
      const made = compared.compare(data as Float32Array, shape, unitsOf(layer), of);
      found.push({ layer: layer.name, ...made.data });
      const { best, units, height, width } = made.data;
      const rows = [units.length, made.filter.length / units.length];
      blobs[`${layer.name}.kernels`] = blobOf("float32", [best.length, height, width, 1], made.kernels);
      blobs[`${layer.name}.correlation`] = blobOf("float32", rows, made.correlation);
      blobs[`${layer.name}.direction`] = blobOf("float32", rows, made.direction);
      blobs[`${layer.name}.filter`] = blobOf("int32", rows, made.filter);
      await pause((index + 1) / layers.length);
    }
    return { data: { layers: found }, blobs };
  },
});
