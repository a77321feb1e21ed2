/** What a convolution makes of each input, and what becomes of that up to the next layer with weights. */
import { plural } from "../util/words.js";
import type { AspectWords } from "./aspect-words.js";
import type { ActivationsOfLayer } from "./inspected-activations.js";

export type FeatureMapPart = ActivationsOfLayer & {
  /**
   * `convolution` (before everything else), `batch_norm`, `layer_norm`, `activation`, `max_pool`, `avg_pool`; a second
   * one of a kind is `activation_2`. `layer` is whose it is: that of the convolution where it is its own activation.
   */
  readonly part: string;
};
/** blobs: `feature_maps.CONVOLUTION.PART` float32 [inputs, height, width, channels], a channel for each kernel. */
export type InspectedFeatureMaps = {
  readonly layers: readonly {
    /** The convolution. */
    readonly layer: string;
    /** In order of computation. */
    readonly parts: readonly FeatureMapPart[];
  }[];
};

declare module "./inspection.js" {
  interface Aspects {
    readonly feature_maps: InspectedFeatureMaps;
  }
}

export const featureMapsWords: AspectWords<"feature_maps"> = {
  headline: ({ layers }) => `feature maps of ${plural(layers.length, "convolution")}`,
  preview: ({ layers }) => [
    {
      type: "columns",
      rows: [
        ["convolution", "maps", "parts in order"],
        ...layers.map(({ layer, parts }) => [
          ...[layer, String(parts[0]!.shape[2]!)],
          parts.map(({ part, shape: [height, width] }) => `${part} ${height} × ${width}`).join(", "),
        ]),
      ],
    },
  ],
  meaning: ({ layers }, array) => {
    const all = layers.flatMap(({ layer, parts }) => parts.map(({ part }) => ({ layer, part })));
    const found = all.find(({ layer, part }) => `${layer}.${part}` === array);
    return found && `[inputs, height, width, maps]; ${meanings[found.part] ?? "after that"}`;
  },
};

const meanings: Readonly<Record<string, string>> = {
  convolution: "the convolution with its bias, before what follows",
  activation: "after the activation",
  batch_norm: "after the normalisation",
  layer_norm: "after the normalisation",
  max_pool: "after the pooling",
  avg_pool: "after the pooling",
};
