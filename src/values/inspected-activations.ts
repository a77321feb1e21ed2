/** What layers give for each of the inputs. */
import { formatPercent, shortest32, shortText } from "../util/numbers.js";
import { plural } from "../util/words.js";
import type { AspectWords } from "./aspect-words.js";
import { savedTable, tableOf } from "./table-file.js";

export type ActivationsOfLayer = {
  readonly layer: string;
  /** For one input. */
  readonly shape: readonly number[];
  /** Over all numbers of all inputs; null where one of them is not finite. */
  readonly least: number | null;
  readonly mean: number | null;
  readonly most: number | null;
  /** Share of the numbers that are exactly 0. */
  readonly zeros: number;
};
/**
 * blobs: `activations.LAYER` float32 [inputs, ...shape]: what the layer gives, with its own activation, in evaluation
 * mode.
 */
export type InspectedActivations = { readonly layers: readonly ActivationsOfLayer[] };

declare module "./inspection.js" {
  interface Aspects {
    readonly activations: InspectedActivations;
  }
}

/** @param values  of all inputs */
export function activationsOf(layer: string, shape: readonly number[], values: Float32Array): ActivationsOfLayer {
  let [least, most, sum, zeros] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of values) {
    // Comparisons pass over NaN, which the sum does not.
    if (value < least) least = value;
    if (value > most) most = value;
    if (value === 0) zeros++;
    sum += value;
  }
  const share = { layer, shape, zeros: zeros / values.length };
  if (!Number.isFinite(sum)) return { ...share, least: null, mean: null, most: null };
  // No −0, which kept texts do not know.
  return { ...share, least: least + 0, mean: sum / values.length + 0, most: most + 0 };
}

const text = (value: number | null): string => (value === null ? "–" : shortText(value));

export const activationsWords: AspectWords<"activations"> = {
  headline: ({ layers }) => `activations of ${plural(layers.length, "layer")}`,
  preview: ({ layers }) => [
    {
      type: "numbers",
      rows: [
        ["layer", "output", "least", "mean", "largest", "zeros"],
        ...layers.map(({ layer, shape, least, mean, most, zeros }) => [
          ...[layer, `[${shape.join(", ")}]`, text(least), text(mean), text(most), formatPercent(zeros)],
        ]),
      ],
      right: [2, 3, 4, 5],
      drop: [1, 5],
    },
  ],
  meaning: ({ layers }, array) => {
    const found = layers.find(({ layer }) => layer === array);
    return found && `[inputs, ${axesOf(found.shape)}]; what the layer gives, with its own activation`;
  },
  tables: ({ layers }) => [
    savedTable(
      "activations",
      tableOf(
        ["layer", "shape", "least", "mean", "largest", "zeros"],
        layers.map(({ layer, shape, least, mean, most, zeros }) => [
          ...[layer, shape.join("x"), least === null ? null : shortest32(least), mean],
          ...[most === null ? null : shortest32(most), zeros],
        ]),
      ),
    ),
  ],
};

/** `height, width, channels` of images, `units` of rows. */
export const axesOf = (shape: readonly number[]): string => (shape.length === 3 ? "height, width, channels" : "units");
