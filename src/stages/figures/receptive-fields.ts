/**
 * What units of a layer look for: a row for each with its projection back to the input, its preferred input where the
 * inspection has one, and the patches of the data that excite it most. Or how much of an image every layer sees.
 *
 * Of examples that are no images the same stands in a table: the rows of the data, and the features of most weight.
 */
import * as z from "zod";
import { type Mistake, MistakeError } from "../../diagnostic/diagnostic.js";
import { type Figure, figureOf, setName } from "../../figure/figure.js";
import { foldedLines } from "../../figure/font.js";
import { imageSheet } from "../../figure/image-sheet.js";
import { imageSketch } from "../../figure/image-sketch.js";
import { type Column, tableSketch, tableView } from "../../figure/table.js";
import { gridWidth } from "../../figure/tile-grid.js";
import type { Captioned } from "../../figure/tiles.js";
import type { PortInfo } from "../../pipeline/port-info.js";
import { grouped, shortText } from "../../util/numbers.js";
import { listed } from "../../util/words.js";
import { float32Of } from "../../values/blob.js";
import {
  activeText,
  constantUnits,
  type FieldOfUnit,
  type FieldsOfUnits,
  fieldRemarks,
  fieldRows,
  fieldText,
  type InspectedReceptiveFields,
} from "../../values/inspected-receptive-fields.js";
import { type Inspection, type InspectionData, unitName } from "../../values/inspection.js";
import type { Sketch } from "../../values/sketch.js";
import { unitsOfLayer as defaultUnits } from "../aspects/receptive-fields.js";
import { columnName, imageShapeOf } from "../dataset.js";
import { FieldPictures, picturesOfUnits } from "../field-pictures.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import { aspectOf, layerMisfit, layerNamed, layerOption, needsAspect } from "../inspected-figure.js";

const name = "receptive_fields";
const number = z.number({ error: "a whole number from 1" }).int().min(1, { error: "a whole number from 1" });
const upTo = (most: number) => number.max(most, { error: `a whole number from 1 to ${most}` });
/** A row each; more are no longer read, and take minutes to draw. */
const mostUnits = 64;

export const receptiveFieldsFigure = declareFigure({
  name,
  summary:
    "What units look for: the patches of the data that excite them most, their projections back to the input and the " +
    "inputs that they prefer; or how much of an image each layer sees. Of an inspection with `receptive_fields`.",
  from: { accepts: ["inspection"], source: "an `inspect` stage" },
  options: {
    layer: layerOption,
    show: z
      .enum(["units", "sizes"])
      .default("units")
      .describe("`units` of the layer, a row for each, or a table of the `sizes` of all layers. Default: units."),
    units: z
      .union([upTo(mostUnits), z.array(number).min(1).max(mostUnits)], {
        error: "how many, or a list of numbers counted from 1",
      })
      .optional()
      .describe(
        `How many of the units that the inspection has, or which, by their numbers from 1; at most ${mostUnits}. ` +
          "Default: 8.",
      ),
    count: upTo(20).default(4).describe("Patches of each unit, at most. Default: 4."),
    pictures: z
      .array(z.enum(picturesOfUnits))
      .min(1)
      .optional()
      .describe("What is shown of each unit. Default: all that the inspection has."),
  },
  problem: needsAspect(name, name),
  together: (sources, _inputs, options) =>
    layerMisfit(name, sources, options) ??
    preferredMisfit(sources[0]?.port.inspected?.aspects, options) ??
    unitsMisfit(sources[0]?.port.inspected?.aspects, options) ??
    (options.show === "sizes" && sources[0]?.port.inputShape && sources[0].port.inputShape.length !== 3
      ? withoutSizes
      : undefined),
  draw: (given) => {
    const inspection = theOne(given);
    const fields = aspectOf(name, name, inspection);
    return given.options.show === "sizes" ? sizes(fields, given.options) : units(inspection, fields, given.options);
  },
  sample: ({ inspection }) => ({ from: [inspection], options: { units: 3, count: 4 } }),
});

interface Options {
  readonly layer?: string | undefined;
  readonly units?: number | readonly number[] | undefined;
  readonly count: number;
  readonly pictures?: readonly (typeof picturesOfUnits)[number][] | undefined;
  readonly title?: string | undefined;
}

const withoutPreferred: Mistake = {
  title: "no preferred inputs in this inspection",
  message:
    "`pictures` names `preferred_inputs`, which this inspection has not looked at. " +
    "Add `preferred_inputs` to `what` of the `inspect` stage.",
  at: ["pictures"],
};
const preferredMisfit = (
  aspects: Readonly<Record<string, unknown>> | undefined,
  { pictures }: Readonly<Record<string, unknown>>,
): Mistake | undefined =>
  aspects && Array.isArray(pictures) && pictures.includes("preferred_inputs") && !aspects.preferred_inputs
    ? withoutPreferred
    : undefined;

const withoutSizes: Mistake = {
  title: "no sizes of receptive fields",
  message:
    "The examples of this inspection are no images, so that their features have no places and layers see all of " +
    "them. Leave `show` out to see the units.",
  at: ["show"],
};

const shownUnits = 8;

const noUnit = (unit: number, index: number, of: string, looked: string): Mistake => ({
  title: "no such unit",
  message:
    `The inspection has not looked at unit ${grouped(unit)}${of}. Name one of those that it has, or add it to ` +
    `\`units\` of \`receptive_fields\` in the \`inspect\` stage.\n\nUnits: ${looked}`,
  at: ["units", index],
});

/** Of units that are named: whether those are among the ones that the inspection was asked for. */
function unitsMisfit(
  aspects: NonNullable<PortInfo["inspected"]>["aspects"] | undefined,
  { units }: Readonly<Record<string, unknown>>,
): Mistake | undefined {
  const asked = aspects?.[name]?.options as { readonly units?: number | readonly number[] } | undefined;
  if (!asked || !Array.isArray(units)) return undefined;
  const { units: looked = defaultUnits } = asked;
  const has = (unit: number): boolean => (typeof looked === "number" ? unit <= looked : looked.includes(unit));
  const index = units.findIndex((unit: number) => !has(unit));
  if (index < 0) return undefined;
  return noUnit(units[index], index, "", typeof looked === "number" ? `1 to ${looked}` : looked.join(", "));
}

/** In the order of the option. @throws MistakeError for a number that the inspection does not have */
function chosen({ layer, units }: FieldsOfUnits, wanted: Options["units"]): readonly number[] {
  if (!Array.isArray(wanted))
    return units.slice(0, (wanted as number | undefined) ?? shownUnits).map((_, index) => index);
  return (wanted as readonly number[]).map((unit, index) => {
    const found = units.findIndex((each) => each.unit === unit);
    if (found >= 0) return found;
    const looked = units.map((each) => each.unit).join(", ");
    throw new MistakeError(noUnit(unit, index, ` of \`${layer}\``, looked));
  });
}

/** @throws MistakeError without such a layer or unit, or preferred inputs that are asked for and not there */
function units(inspection: Inspection, fields: InspectedReceptiveFields, options: Options): Figure | Promise<Figure> {
  const layer = layerNamed(name, fields.layers, options.layer, inspection.data);
  const shown = chosen(layer, options.units);
  const mistake = preferredMisfit(inspection.data.aspects, { ...options });
  if (mistake) throw new MistakeError(mistake);
  const title = options.title ?? `What units of ${layer.layer} look for`;
  return imageShapeOf(inspection.data.inputShape)
    ? sheet(inspection, fields, layer, shown, options, title)
    : table(inspection, fields, layer, shown, options, title);
}

/** px, of lines under the title of a table. */
const lineWidth = 690;

async function sheet(
  inspection: Inspection,
  fields: InspectedReceptiveFields,
  layer: FieldsOfUnits,
  shown: readonly number[],
  { count, pictures: wanted }: Options,
  title: string,
): Promise<Figure> {
  const { data } = inspection;
  const drawn = new FieldPictures(inspection, layer, shown, count, wanted);
  const strips = shown.map((index) => ({
    name: `unit ${unitName(data, layer.layer, layer.units[index]!.unit)}`,
    images: drawn.of(index),
  }));
  const sees = fieldText(fields.fields, layer.layer);
  const lines = [
    `${sees ? `a unit sees ${sees}; ` : ""}${examplesText(data, fields, "image")}`,
    ...drawn.lines(fields.isNormalised),
    ...constantLines(data, layer, shown),
  ];
  const sheet = await imageSheet({ strips, isFramed: true, legends: drawn.legends }, layer.shape);
  const legends = drawn.legends.map(({ scale, of }) => `${of}: ${scale.inGrey}`);
  return figureOf(name, title, foldedLines(lines, gridWidth), sheet, [
    { type: "text", lines: [...lines, ...legends] },
    ...strips.map(({ name: unit, images }) => sketchOf(images, layer.shape, unit)),
  ]);
}

/** Columns of a terminal that a caption needs. */
const leastColumns = 10;

/** Images of the layer's shape, small ones larger, so that there is room for captions. */
function sketchOf(images: readonly Captioned[], [height, width, channels]: readonly number[], unit: string): Sketch {
  const times = Math.max(1, Math.ceil(leastColumns / width!));
  const like = images.filter(({ shape = [height, width] }) => shape[0] === height && shape[1] === width);
  const larger = like.map((each): Captioned => {
    const { image, grey } = each;
    return {
      ...each,
      image: enlarged(image, width!, image.length / (height! * width!), times),
      ...(grey ? { grey: enlarged(grey, width!, 1, times) } : {}),
    };
  });
  return imageSketch(larger, [height! * times, width! * times, channels!], unit);
}
/** Every pixel as so many, along both axes. */
function enlarged(image: ArrayLike<number>, width: number, channels: number, times: number): Float32Array {
  const row = width * times * channels;
  return Float32Array.from({ length: image.length * times * times }, (_, at) => {
    const [y, x] = [Math.floor(at / row / times), Math.floor((at % row) / channels / times)];
    return image[(y * width + x) * channels + (at % channels)]!;
  });
}

const examplesText = ({ split }: InspectionData, { examples }: InspectedReceptiveFields, noun: string): string =>
  `strongest of ${grouped(examples)} ${noun}s${split === null ? "" : `, ${setName(split)}`}, each once: ` +
  `activation, ${noun} number`;

/** Of those that are drawn. */
function constantLines(data: InspectionData, layer: FieldsOfUnits, shown: readonly number[]): readonly string[] {
  const drawn = { units: shown.map((index) => layer.units[index]!) };
  const named = new Map<string, string[]>();
  for (const { unit, highest } of constantUnits(drawn)) {
    const value = shortText(highest);
    named.set(value, [...(named.get(value) ?? []), unitName(data, layer.layer, unit)]);
  }
  const ofAll = imageShapeOf(data.inputShape) ? "for every image, no patches" : "for every row";
  return [...named].map(
    ([value, names]) => `${names.length === 1 ? "unit" : "units"} ${listed(names)}: ${value} ${ofAll}`,
  );
}

/** Features of most weight that a cell names. */
const mostFeatures = 4;

function table(
  { data, blobs }: Inspection,
  fields: InspectedReceptiveFields,
  layer: FieldsOfUnits,
  shown: readonly number[],
  { count }: Options,
  title: string,
): Figure {
  const projected = blobs[`${name}.${layer.layer}.back_projection`];
  const values = projected && float32Of(projected);
  const columns: Column[] = [
    { title: "unit" },
    { title: "active in", align: "right" },
    { title: "strongest examples" },
    ...(values ? [{ title: "back-projection" }] : []),
  ];
  const rows = shown.map((index) => {
    const unit = layer.units[index]!;
    const size = values ? values.length / layer.units.length : 0;
    return {
      cells: [
        unitName(data, layer.layer, unit.unit),
        activeText(unit, fields.examples),
        examplesIn(unit, count),
        ...(values ? [weightsText(data, values.subarray(index * size, (index + 1) * size))] : []),
      ],
    };
  });
  const lines = [
    `${examplesText(data, fields, "row").replace(": activation, row number", "")}`,
    ...(values ? [projectionLine(fields.isNormalised)] : []),
    ...(layer.notLinear ? [`no back-projection: ${layer.notLinear} on the way is not linear`] : []),
    ...constantLines(data, layer, shown),
  ];
  return figureOf(name, title, foldedLines(lines, lineWidth), tableView(columns, rows), [tableSketch(columns, rows)]);
}
const projectionLine = (isNormalised: boolean): string =>
  `back-projection: the features of most weight, activations left out, per unit of a feature` +
  (isNormalised ? " after it is normalised" : "");

const examplesIn = ({ patches, highest }: FieldOfUnit, count: number): string =>
  patches.length === 0
    ? `none above ${shortText(highest)}`
    : patches
        .slice(0, count)
        .map(({ row, value }) => `${grouped(row)} (${shortText(value)})`)
        .join(", ");

function weightsText({ featureNames = [], inputShape }: InspectionData, weights: Float32Array): string {
  const order = Array.from(weights.keys()).sort((a, b) => Math.abs(weights[b]!) - Math.abs(weights[a]!) || a - b);
  const named = (at: number): string => (inputShape.length === 1 ? columnName(featureNames, at) : `number ${at + 1}`);
  return order
    .slice(0, mostFeatures)
    .map((at) => `${named(at)} ${shortText(weights[at]!)}`)
    .join(", ");
}

/** @throws MistakeError where examples are no images */
function sizes({ fields }: InspectedReceptiveFields, { title }: Options): Figure {
  if (!fields) throw new MistakeError(withoutSizes);
  const [heads, ...rows] = fieldRows(fields);
  const right = new Set(["map", "sees", "stride", "offset"]);
  const columns = heads!.map((head): Column => ({ title: head, ...(right.has(head) ? { align: "right" } : {}) }));
  const cells = rows.map((row) => ({ cells: [...row] }));
  const lines = foldedLines(fieldRemarks(fields), gridWidth);
  return figureOf(name, title ?? "What units of each layer see", lines, tableView(columns, cells), [
    tableSketch(columns, cells),
  ]);
}
