/** The inputs that excite units most, found by gradient ascent. */
import { numberText, shortest32, shortText } from "../util/numbers.js";
import { plural } from "../util/words.js";
import type { AspectWords } from "./aspect-words.js";
import { classesOfUnits, type Inspection, unitName } from "./inspection.js";
import { savedTable, tableOf } from "./table-file.js";

export type PreferredInput = {
  /** Counted from 1. */
  readonly unit: number;
  /** Place of its picture among those of the layer, from 0; null of a saturated unit, which has none. */
  readonly picture: number | null;
  /** The unit's activation at the start of the climb, and at its end; of a saturated unit what it stays at. */
  readonly from: number;
  readonly to: number;
  /** Steps that were kept: each rose. */
  readonly kept: number;
  /** Where the climb began: at seeded noise, by its number from 1, or at an example of `data`, by its row from 1. */
  readonly start: { readonly noise: number } | { readonly row: number } | null;
  /** The activation to which each start from noise led; null where it did not rise. */
  readonly ends: readonly (number | null)[];
};
/** A rectangle of pixels, counted from 1. */
export type SeenWindow = {
  readonly row: number;
  readonly column: number;
  readonly height: number;
  readonly width: number;
};
export type PreferredInputsOfLayer = {
  readonly layer: string;
  /** Of an input: of images the part that a unit sees. */
  readonly shape: readonly number[];
  /** Where on the image that is; null of examples that are no images. */
  readonly seen: SeenWindow | null;
  /** Of a convolution: the place of the unit in its map, counted from 1; else null. */
  readonly place: readonly [row: number, column: number] | null;
  /** L2 distance of every input from `origin`, in the numbers that the network reads. */
  readonly radius: number;
  /** Whether what was climbed is the sum before the layer's activation, with which that rises. */
  readonly climbsSum: boolean;
  readonly units: readonly PreferredInput[];
};
/**
 * blobs, each behind `preferred_inputs.`: `LAYER` float32 [pictures, ...shape], in the numbers of the data (where the
 * network reads normalised ones, from before that, of bytes byte × scale), not clipped; `LAYER.activations` float32
 * [pictures, steps + 1], at the start and after each step that was tried, the one before again where it was refused;
 * and `LAYER.sums` the same way, where that is what was climbed.
 */
export type InspectedPreferredInputs = {
  /** Steps tried, at most. */
  readonly steps: number;
  /** The first step, as a share of the radius. */
  readonly step: number;
  /** Distance from the mean of the data, in mean distances of its examples. */
  readonly norm: number;
  /** Standard deviation of the Gaussian that smooths starts and steps, in pixels. */
  readonly blur: number;
  /** Starts from noise of each unit. */
  readonly starts: number;
  /** Mean of the data by channel (column), in their own numbers. */
  readonly origin: readonly number[];
  /** The least and the largest number in the data, by channel (column) where examples are rows, else of all. */
  readonly range: readonly (readonly [least: number, largest: number])[];
  readonly layers: readonly PreferredInputsOfLayer[];
};

declare module "./inspection.js" {
  interface Aspects {
    readonly preferred_inputs: InspectedPreferredInputs;
  }
}

/** `noise 2` · `example 17`; a dash of a saturated unit. */
export function startText(start: PreferredInput["start"]): string {
  if (!start) return "–";
  return "noise" in start ? `noise ${start.noise}` : `example ${start.row}`;
}
export const saturatedCount = ({ units }: Pick<PreferredInputsOfLayer, "units">): number =>
  units.filter(({ picture }) => picture === null).length;
/** `norm 1, blur 0.5 px, up to 64 steps from 0.3, best of 4 starts` */
export function ascentText({ norm, blur, steps, step, starts }: InspectedPreferredInputs): string {
  const smooth = blur > 0 ? `, blur ${shortText(blur)} px` : "";
  const climbs = `up to ${steps} steps from ${shortText(step)}, best of ${plural(starts, "start")}`;
  return `norm ${shortText(norm)}${smooth}, ${climbs}`;
}

const shownUnits = 8;
const moreLine = ({ layer, units }: PreferredInputsOfLayer): readonly string[] =>
  units.length > shownUnits ? [`  … and ${plural(units.length - shownUnits, "unit")} more of ${layer}`] : [];

export const preferredInputsWords: AspectWords<"preferred_inputs"> = {
  headline: ({ layers }) => {
    const all = layers.reduce((sum, { units }) => sum + units.length, 0);
    const saturated = layers.reduce((sum, layer) => sum + saturatedCount(layer), 0);
    return `preferred inputs of ${plural(all, "unit")}${saturated > 0 ? `, ${saturated} saturated` : ""}`;
  },
  preview: (data, { data: inspection }) => [
    { type: "lines", lines: [ascentText(data)], isFolded: true },
    {
      type: "columns",
      rows: [
        ["layer", "unit", "activation", "start"],
        ...data.layers.flatMap(({ layer, units }) =>
          units
            .slice(0, shownUnits)
            .map(({ unit, picture, from, to, start }) => [
              ...[layer, unitName(inspection, layer, unit)],
              picture === null ? `${numberText(to)}, saturated: no picture` : `${numberText(from)} → ${numberText(to)}`,
              startText(start),
            ]),
        ),
      ],
    },
    { type: "lines", lines: data.layers.flatMap(moreLine), isAside: true },
  ],
  meaning: (_data, array) => {
    if (array.endsWith(".activations")) return "[pictures, steps + 1]; at the start and after each step that was tried";
    if (array.endsWith(".sums")) return "[pictures, steps + 1]; what was climbed, before the layer's own activation";
    return "[pictures, …]; what excites each unit most, in the numbers of the data, not clipped";
  },
  tables: ({ layers }, inspection: Inspection) => [
    savedTable(
      "preferred_inputs",
      tableOf(
        ["layer", "unit", "class", "picture", "from", "to", "kept", "start"],
        layers.flatMap(({ layer, units }) =>
          units.map(({ unit, picture, from, to, kept, start }) => [
            ...[
              layer,
              unit,
              classesOfUnits(inspection.data, layer)?.[unit - 1] ?? null,
              picture === null ? null : picture + 1,
            ],
            ...[shortest32(from), shortest32(to), kept, start ? startText(start) : null],
          ]),
        ),
      ),
    ),
  ],
};
