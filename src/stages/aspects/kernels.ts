/** kernels: the kernels of convolutions as images, as they were learned. */
import * as z from "zod";
import type { Mistake } from "../../diagnostic/diagnostic.js";
import type { PlacedLayer } from "../../learn/layer.js";
import { plural } from "../../util/words.js";
import { blobOf } from "../../values/blob.js";
import type { KernelsOf, KernelsOfLayer } from "../../values/inspected-kernels.js";
import { declareAspect } from "../aspect-declaration.js";
import { channelCountOf, channelMistake, convolutions, noKernels } from "../aspect-layers.js";

export const kernels = declareAspect({
  name: "kernels",
  summary:
    "Kernels of convolutions as images: of one input channel, the mean or the norm over all of them, or in colour.",
  options: {
    of: z
      .union([z.number().int().min(1), z.enum(["mean", "norm", "colour"])])
      .optional()
      .describe(
        "What an image shows of a kernel: one input channel by its number, counted from 1; `mean`, the mean over " +
          "the input channels; `norm`, the root of the sum of their squares, which has no sign; `colour`, of three " +
          "input channels. Default: the channel where there is one, `colour` where the layer reads a colour image, " +
          "else `norm`.",
      ),
  },
  layers: { ...convolutions, reason: noKernels },
  units: Number.POSITIVE_INFINITY,
  needs: [],
  problem({ options: { of }, layers }) {
    if (of === "colour") return colourMistake(layers);
    return typeof of === "number" ? channelMistake(of, layers) : undefined;
  },
  async run({ options, layers, unitsOf, network, looked }) {
    const found: KernelsOfLayer[] = [];
    const blobs = layers.map((layer) => {
      const { data, shape } = looked.parameters.get(`${layer.name}.weight`)!;
      const [height, width, channels, all] = shape as [number, number, number, number];
      const of = options.of ?? defaultOf(layer, network);
      const units = unitsOf(layer);
      found.push({ layer: layer.name, of, units: units.map((unit) => unit + 1), height, width, channels });
      const depth = of === "colour" ? 3 : 1;
      const images = new Float32Array(units.length * height * width * depth);
      const weights = new Float64Array(channels);
      let at = 0;
      for (const unit of units)
        for (let place = 0; place < height * width; place++) {
          for (let channel = 0; channel < channels; channel++)
            weights[channel] = data[(place * channels + channel) * all + unit]!;
          for (const value of shown(of, weights)) images[at++] = value;
        }
      return [layer.name, blobOf("float32", [units.length, height, width, depth], images)] as const;
    });
    return { data: { layers: found }, blobs: Object.fromEntries(blobs) };
  },
});

/** A colour image is what the network reads, as long as no layer before has mixed its channels. */
function defaultOf(layer: PlacedLayer, network: readonly PlacedLayer[]): KernelsOf {
  if (channelCountOf(layer) === 1) return 1;
  const before = network.slice(0, network.indexOf(layer));
  const isImage = network.includes(layer) && before.every((each) => !mixing.has(each.layer.type));
  return isImage && channelCountOf(layer) === 3 ? "colour" : "norm";
}

const mixing: ReadonlySet<string> = new Set(["conv", "dense", "residual"]);

/** Of the weights of one place of a kernel, one for each input channel. */
function shown(of: KernelsOf, weights: Float64Array): readonly number[] {
  if (of === "colour") return [...weights];
  if (of === "norm") return [Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0))];
  if (of === "mean") return [weights.reduce((sum, weight) => sum + weight, 0) / weights.length];
  return [weights[of - 1]!];
}

function colourMistake(layers: readonly PlacedLayer[]): Mistake | undefined {
  const other = layers.find((layer) => channelCountOf(layer) !== 3);
  return (
    other && {
      title: "no colour image",
      message:
        "`of: colour` shows three input channels as one colour, but " +
        `\`${other.name}\` reads ${plural(channelCountOf(other), "channel")}. Take \`norm\` or \`mean\`.`,
      at: ["of"],
    }
  );
}
