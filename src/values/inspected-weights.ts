/** Weights of layers: moments, histograms, and how they lie around 0. */
import { grouped } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { plural } from "../util/words.js";
import type { AspectWords } from "./aspect-words.js";
import { int32Of } from "./blob.js";
import type { Inspection } from "./inspection.js";
import { inspectedWeightTables } from "./saved-weights.js";
import { momentTexts, momentTitles } from "./weight-preview.js";
import { aroundZeroText } from "./weight-remark.js";
import type { WeightsOfLayer } from "./weight-statistics.js";

/** blobs: `weights.LAYER` int32 [bins], how many weights are in each bin of its histogram. */
export type InspectedWeights = { readonly layers: readonly WeightsOfLayer[] };

declare module "./inspection.js" {
  interface Aspects {
    readonly weights: InspectedWeights;
  }
}

/** How many weights of a layer are in each bin. */
export const binCountsOf = ({ blobs }: Inspection, layer: string): Int32Array => int32Of(blobs[`weights.${layer}`]!);

export const weightsWords: AspectWords<"weights"> = {
  preview: ({ layers }) => [
    {
      type: "numbers",
      rows: [
        ["layer", "weights", ...momentTitles],
        ...layers.map((each) => [each.layer, grouped(each.count), ...momentTexts(each)]),
      ],
      right: [1, 2, 3, 4, 5, 6, 7, 8],
      drop: [6, 4, 5, 1],
    },
    { type: "lines", lines: layers.flatMap((each) => aroundZeroText(each).map((line) => `  ${line}`)), isFolded: true },
    { type: "lines", lines: ["  without biases and what normalisations learn"], isAside: true },
  ],
  headline: ({ layers }) => {
    const count = layers.reduce((sum, { shape }) => sum + sizeOfShape(shape), 0);
    return plural(count, "weight", grouped(count));
  },
  meaning: ({ layers }, array) => {
    const found = layers.find(({ layer }) => layer === array);
    if (!found) return undefined;
    const { limit } = found.histogram;
    return `[bins]; weights in bins of equal width, from −${limit} to ${limit}`;
  },
  tables: inspectedWeightTables,
};
