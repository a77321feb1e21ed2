/**
 * Receptive fields: how much of an image the units of each layer see, the patches of the data that excite units most,
 * and units projected back to the input.
 */
import { formatPercent, grouped, shortest32, shortText } from "../util/numbers.js";
import { listed, plural } from "../util/words.js";
import type { AspectWords } from "./aspect-words.js";
import { unitName } from "./inspection.js";
import type { SavedFile } from "./saved-array.js";
import { savedTable, tableOf } from "./table-file.js";

/** Along height, then width. */
type Both<T> = readonly [height: T, width: T];

/** Of all units of a layer, in pixels of the input: see `inspect/receptive-field.ts`. */
export type FieldOfLayer = {
  readonly layer: string;
  readonly type: string;
  /** Of the map in which its units lie; [1, 1] where all see the same. */
  readonly places: Both<number>;
  readonly size: Both<number>;
  /** Null: there is one place, or the paths of a block step differently. */
  readonly stride: Both<number | null>;
  /** From the image's edge to the first pixel that the first unit sees; negative in the padding. */
  readonly start: Both<number>;
  /** Pixels beyond the image that the outermost units see: top, bottom, left, right. */
  readonly beyond: readonly [number, number, number, number];
  /** Paths of a block were united whose middles differ, or which step differently. */
  readonly paths?: "off_centre" | "uneven";
};

/** Of images: where a rectangle of one begins, and the unit's place that sees it; empty of other data. */
export type Corner = {
  /** Pixels from the upper and the left edge, negative beyond them. */
  readonly top?: number;
  readonly left?: number;
  /** Row and column in the layer's map, counted from 1; absent where it has one place. */
  readonly place?: Both<number>;
};

export type StrongestPatch = {
  /** Which example, counted from 1 in the order of the data. */
  readonly row: number;
  /** What the unit gives there. */
  readonly value: number;
} & Corner;

export type FieldOfUnit = {
  /** Counted from 1. */
  readonly unit: number;
  /** What it gives over all examples and places. */
  readonly lowest: number;
  readonly highest: number;
  /** Examples in which it is above `lowest` anywhere; none of a unit that always gives the same. */
  readonly active: number;
  /** The strongest first, each of an example of its own; fewer than asked for where fewer excite it. */
  readonly patches: readonly StrongestPatch[];
  /** Of an image: where the rectangle lies that the unit is projected back to. */
  readonly projected?: Corner;
};

export type FieldsOfUnits = {
  readonly layer: string;
  /** Of every patch and back-projection: [height, width, channels], or of other data the shape of an example. */
  readonly shape: readonly number[];
  readonly units: readonly FieldOfUnit[];
  /** The layer on the way that is not linear, for which there is no back-projection. */
  readonly notLinear?: string;
};

/**
 * blobs: `LAYER.patches` [units, patches, ...shape], as they are stored in `data`, 0 beyond the image and where a unit
 * has fewer; `LAYER.back_projection` float32 [units, ...shape], 0 beyond the image: per unit of what the network is
 * given.
 */
export type InspectedReceptiveFields = {
  /** Of every layer, in order of computation; null of data that are no images. */
  readonly fields: readonly FieldOfLayer[] | null;
  readonly examples: number;
  /** How many patches were asked for. */
  readonly count: number;
  /** Whether the network is given normalised features, so that back-projections are about these. */
  readonly isNormalised: boolean;
  readonly layers: readonly FieldsOfUnits[];
};

declare module "./inspection.js" {
  interface Aspects {
    readonly receptive_fields: InspectedReceptiveFields;
  }
}

/** `5`, or `5 × 3` where the sides differ. */
const bothText = (both: Both<number | null>): string => {
  const [height, width] = both.map((value) => (value === null ? "–" : String(value).replace("-", "−")));
  return height === width ? height! : `${height} × ${width}`;
};

/** A table of fields, its heading first. */
export const fieldRows = (fields: readonly FieldOfLayer[]): readonly (readonly string[])[] => [
  ["layer", "map", "sees", "stride", "offset", "beyond the image"],
  ...fields.map(({ layer, places, size, stride, start, beyond, paths }) => [
    layer,
    places.join(" × "),
    `${size.join(" × ")}${paths === "uneven" ? " at most" : ""}`,
    bothText(stride),
    bothText(start),
    beyondText(beyond),
  ]),
];

/** `2 top and left` */
function beyondText(beyond: FieldOfLayer["beyond"]): string {
  const sides = ["top", "bottom", "left", "right"]
    .map((side, at) => ({ side, by: beyond[at]! }))
    .filter(({ by }) => by > 0);
  const amounts = [...new Set(sides.map(({ by }) => by))];
  if (amounts.length === 0) return "–";
  if (amounts.length === 1 && sides.length === 4) return `${amounts[0]} on every side`;
  const sidesOf = (amount: number): string => listed(sides.filter(({ by }) => by === amount).map(({ side }) => side));
  return amounts.map((amount) => `${amount} ${sidesOf(amount)}`).join(", ");
}

/** What a reader of that table must know, a sentence each. */
export function fieldRemarks(fields: readonly FieldOfLayer[]): readonly string[] {
  const named = (paths: FieldOfLayer["paths"]): string =>
    listed(fields.filter((field) => field.paths === paths).map(({ layer }) => layer));
  const [off, uneven] = [named("off_centre"), named("uneven")];
  return [
    "Pixels of the input. A unit at place u of its map, from 0, sees from offset + u · stride on.",
    ...(off ? [`${off}: two paths with other middles, from the first pixel that either sees to the last.`] : []),
    ...(uneven ? [`${uneven}: two paths of other strides, so that units see more or less.`] : []),
  ];
}

/** `12 × 14 pixels, stride 2` of one layer; undefined of data that are no images. */
export function fieldText(fields: readonly FieldOfLayer[] | null, layer: string): string | undefined {
  const field = fields?.find((each) => each.layer === layer);
  if (!field) return undefined;
  const { size, stride, places, beyond, paths } = field;
  const steps = stride.includes(null) || places.join() === "1,1" ? "" : `, stride ${bothText(stride)}`;
  const pixels = `${size.join(" × ")} pixels${paths === "uneven" ? " at most" : ""}`;
  // Of a unit that sees all, the whole image is what it sees, but for what was padded.
  return places.join() === "1,1" && beyond.some((by) => by > 0) ? `${pixels}, padding included` : pixels + steps;
}

/** Units that give one value for all of the data: they have no strongest patch. */
export const constantUnits = ({ units }: Pick<FieldsOfUnits, "units">): readonly FieldOfUnit[] =>
  units.filter(({ active }) => active === 0);

/**
 * The share of examples in which a unit that is never below 0 is above it. Others have no value at which they rest: a
 * logit is above its least in all examples but one, which says nothing.
 */
export function activeText({ active, lowest }: FieldOfUnit, examples: number): string {
  if (active === 0) return "constant";
  if (lowest < 0) return "–";
  return formatPercent(lowest > 0 ? 1 : active / examples);
}

const mostRows = 8;

export const receptiveFieldsWords: AspectWords<"receptive_fields"> = {
  preview: ({ fields, layers, examples }, { data }) => [
    ...(fields
      ? ([
          { type: "columns", rows: fieldRows(fields) },
          { type: "lines", lines: fieldRemarks(fields), isAside: true },
        ] as const)
      : []),
    ...layers.flatMap(
      ({ layer, units, notLinear }) =>
        [
          { type: "heading", title: `Strongest examples of ${layer}`, more: `: of ${grouped(examples)}` },
          {
            type: "numbers",
            rows: [
              ["unit", "highest", "lowest", "active in", "examples"],
              ...units
                .slice(0, mostRows)
                .map((each) => [
                  unitName(data, layer, each.unit),
                  shortText(each.highest),
                  shortText(each.lowest),
                  activeText(each, examples),
                  each.patches.map(({ row }) => grouped(row)).join("  "),
                ]),
            ],
            right: [1, 2, 3],
            drop: [2],
          },
          {
            type: "lines",
            isAside: true,
            lines: [
              ...(units.length > mostRows ? [`… and ${plural(units.length - mostRows, "unit")} more`] : []),
              ...(notLinear ? [`No back-projection: ${notLinear} on the way is not linear.`] : []),
            ],
          },
        ] as const,
    ),
  ],
  headline: ({ layers }) => {
    const count = layers.reduce((sum, { units }) => sum + units.length, 0);
    return `receptive fields of ${plural(count, "unit", grouped(count))}`;
  },
  meaning({ layers, count, isNormalised }, array) {
    const found = layers.find(({ layer }) => array === `${layer}.patches` || array === `${layer}.back_projection`);
    if (!found) return undefined;
    const shape = found.shape.length === 3 ? "height, width, channels" : "…shape";
    if (array.endsWith(".patches"))
      return `[units, ${count} patches, ${shape}], as stored in the data; 0 beyond the image and where there are fewer`;
    return `[units, ${shape}], per unit of a feature ${isNormalised ? "after it is normalised" : "as a model sees it"}`;
  },
  tables: ({ fields, layers }) => [
    ...(fields ? [fieldsTable(fields)] : []),
    ...(layers.length > 0 ? [strongestTable(layers)] : []),
  ],
};

const fieldsTable = (fields: readonly FieldOfLayer[]): SavedFile =>
  savedTable(
    "receptive_fields",
    tableOf(
      [
        ...["layer", "type", "map height", "map width", "height", "width", "stride down", "stride right"],
        ...["offset down", "offset right", "beyond top", "beyond bottom", "beyond left", "beyond right", "paths"],
      ],
      fields.map(({ layer, type, places, size, stride, start, beyond, paths }) => [
        ...[layer, type, ...places, ...size, ...stride, ...start, ...beyond, paths ?? null],
      ]),
    ),
  );

/** A row for each patch; one without an example for a unit that always gives the same. */
const strongestTable = (layers: readonly FieldsOfUnits[]): SavedFile =>
  savedTable(
    "strongest",
    tableOf(
      ["layer", "unit", "rank", "row", "value", "map row", "map column", "top", "left", "active", "lowest"],
      layers.flatMap(({ layer, units }) =>
        units.flatMap(({ unit, patches, active, lowest }) => {
          const ends = [active, shortest32(lowest)];
          if (patches.length === 0) return [[layer, unit, ...Array.from({ length: 7 }, () => null), ...ends]];
          return patches.map(({ row, value, place = [null, null], top = null, left = null }, rank) => [
            ...[layer, unit, rank + 1, row, shortest32(value), ...place, top, left, ...ends],
          ]);
        }),
      ),
    ),
  );
