/** filters: which filters that measure an edge the kernels of convolutions fit best, and how many look like one. */
import * as z from "zod";
import { KernelFilters } from "../../inspect/kernel-filters.js";
import type { PlacedLayer } from "../../learn/layer.js";
import { plural } from "../../util/words.js";
import { type Blob, blobOf } from "../../values/blob.js";
import type { FiltersOfLayer } from "../../values/inspected-filters.js";
import { declareAspect } from "../aspect-declaration.js";

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
    reason: ({ layer, name }) => {
      if (layer.type === "dense")
        return `\`${name}\` is dense: a weight belongs to a whole input, so that its units have no kernels.`;
      return layer.type === "conv" ? `The kernels of \`${name}\` are one pixel, which has no direction.` : undefined;
    },
  },
  units: Number.POSITIVE_INFINITY,
  needs: [],
  problem({ options: { of }, layers }) {
    const few = layers.find((layer) => typeof of === "number" && of > channelsOf(layer));
    if (!few) return undefined;
    const channels = plural(channelsOf(few), "channel");
    return {
      title: "no such channel",
      message: `There is no input channel ${of}: \`${few.name}\` reads ${channels}, counted from 1.`,
      at: ["of"],
    };
  },
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

const channelsOf = ({ input }: PlacedLayer): number => input[2]!;
