/**
 * The inputs that excite the units of a layer most, as gradient ascent found them: of images a picture a unit, of rows
 * of numbers a row.
 *
 * Pictures are drawn from the least to the largest number in the data, and what lies beyond is as dark or as light as
 * these; how much that is is said. A saturated unit has no picture, which is said too.
 */
import * as z from "zod";
import { MistakeError } from "../../diagnostic/diagnostic.js";
import { type Figure, figureOf } from "../../figure/figure.js";
import { foldedLines } from "../../figure/font.js";
import { imageSheet } from "../../figure/image-sheet.js";
import { imageSketch } from "../../figure/image-sketch.js";
import { lightBetween } from "../../figure/light.js";
import { type Column, tableSketch, tableView } from "../../figure/table.js";
import { gridWidth } from "../../figure/tile-grid.js";
import type { Captioned } from "../../figure/tiles.js";
import { formatPercent, grouped, numberText, shortText } from "../../util/numbers.js";
import { sizeOfShape } from "../../util/shape.js";
import { firstFew, plural } from "../../util/words.js";
import { float32Of } from "../../values/blob.js";
import {
  ascentText,
  type InspectedPreferredInputs,
  type PreferredInputsOfLayer,
  saturatedCount,
} from "../../values/inspected-preferred-inputs.js";
import { type Inspection, unitName } from "../../values/inspection.js";
import { columnName, imageShapeOf } from "../dataset.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import { aspectOf, layerMisfit, layerNamed, layerOption, needsAspect } from "../inspected-figure.js";

const name = "preferred_inputs";

export const preferredInputsFigure = declareFigure({
  name,
  summary:
    "The input that excites each unit of a layer most, with the activation that it brings. Of an inspection with " +
    "`preferred_inputs`.",
  from: { accepts: ["inspection"], source: "an `inspect` stage" },
  options: {
    layer: layerOption,
    count: z
      .number()
      .int()
      .min(1)
      .max(512)
      .default(60)
      .describe("How many units, the first ones that the inspection has. Default: 60."),
  },
  problem: needsAspect(name, name),
  together: (sources, _inputs, options) => layerMisfit(name, sources, options),
  draw: (given) => preferredInputs(theOne(given), given.options),
  sample: ({ inspection }) => ({ from: [inspection] }),
});

interface Options {
  readonly layer?: string | undefined;
  readonly count: number;
  readonly title?: string | undefined;
}

/** @throws MistakeError without preferred inputs, those of the layer, or any that can be drawn */
export async function preferredInputs(inspection: Inspection, { layer, count, title }: Options): Promise<Figure> {
  const aspect = aspectOf(name, name, inspection);
  const own = layerNamed(name, aspect.layers, layer, inspection.data);
  const image = imageShapeOf(own.shape);
  if (!image && own.shape.length !== 1) throw new MistakeError(neitherOf(own.shape));
  const values = float32Of(inspection.blobs[`${name}.${own.layer}`]!);
  const size = sizeOfShape(own.shape);
  const units = own.units.slice(0, count).map((unit): DrawnUnit => {
    const { picture } = unit;
    return {
      name: unitName(inspection.data, own.layer, unit.unit),
      to: unit.to,
      values: picture === null ? null : values.subarray(picture * size, (picture + 1) * size),
    };
  });
  const drawn = units.flatMap((unit) => (unit.values ? [{ ...unit, values: unit.values }] : []));
  const heading = title ?? `Preferred inputs of ${own.layer}`;
  const said = [...subtitleOf(inspection, own, units), ascentText(aspect)];
  if (drawn.length === 0) throw new MistakeError(allSaturated(own.layer, units.length));
  return image ? sheet(aspect, own, drawn, heading, said) : table(inspection, drawn, heading, said);
}

interface DrawnUnit {
  readonly name: string;
  readonly to: number;
  /** Null of a saturated unit. */
  readonly values: Float32Array | null;
}
type WithPicture = DrawnUnit & { readonly values: Float32Array };

const neitherOf = (shape: readonly number[]) => ({
  title: "preferred inputs that are no images",
  message:
    `Images of 1 or 3 channels and rows of numbers are drawn, and these inputs are [${shape.join(", ")}]. ` +
    "`hw1 show --save` writes them as arrays.",
  at: ["from"],
});
const allSaturated = (layer: string, count: number) => ({
  title: "no preferred input to draw",
  message:
    `Of \`${layer}\` no unit of the ${grouped(count)} that would be drawn has a picture: they are saturated, nothing ` +
    "that was tried changes what they give. Draw another `layer`, or give the aspect more `starts` or a larger `norm`.",
  at: ["layer"],
});

/** How many units, where on the image, and which have no picture. */
function subtitleOf(
  { data: { layers } }: Inspection,
  own: PreferredInputsOfLayer,
  units: readonly DrawnUnit[],
): readonly string[] {
  const all = layers.find((each) => each.name === own.layer)?.shape.at(-1) ?? own.units.length;
  const many =
    units.length < all
      ? `${grouped(units.length)} of ${plural(all, "unit", grouped(all))}`
      : `all ${plural(all, "unit", grouped(all))}`;
  const { seen, place } = own;
  const where =
    seen && place ? `, the ${seen.height} × ${seen.width} pixels that the one in the middle of the map sees` : "";
  const silent = units.filter(({ values }) => !values).map((unit) => unit.name);
  const saturated = saturatedCount(own) === 0 || silent.length === 0 ? [] : [saturatedText(silent)];
  return [`${many}${where}; the activation that each brings`, ...saturated];
}
const mostNamed = 12;
function saturatedText(names: readonly string[]): string {
  return `saturated, so without a picture: ${names.length === 1 ? "unit" : "units"} ${firstFew(names, mostNamed)}`;
}

const rowLength = 6;

async function sheet(
  { range }: InspectedPreferredInputs,
  { shape }: PreferredInputsOfLayer,
  units: readonly WithPicture[],
  title: string,
  said: readonly string[],
): Promise<Figure> {
  const [low, high] = range[0]!;
  let beyond = 0;
  const images = units.map(({ name: unit, to, values }): Captioned => {
    for (const value of values) if (value < low || value > high) beyond++;
    const image = lightBetween([low, high], values);
    return { image, shape, caption: `unit ${unit}, ${numberText(to)}` };
  });
  const strips = Array.from({ length: Math.ceil(images.length / rowLength) }, (_, row) => ({
    name: "",
    images: images.slice(row * rowLength, (row + 1) * rowLength),
  }));
  const all = units.length * sizeOfShape(shape);
  const scale =
    `black ${shortText(low)}, white ${shortText(high)}, as far as the data go` +
    (beyond > 0 ? `; ${formatPercent(beyond / all)} of the numbers lie beyond and are cut off` : "");
  return figureOf(name, title, foldedLines([...said, scale], gridWidth), await imageSheet({ strips }, shape), [
    { type: "text", lines: [...said, scale] },
    imageSketch(images, shape),
  ]);
}

/** Of columns as many as can be read beside each other. */
const mostColumns = 6;

function table(
  { data: { inputShape, featureNames = [] } }: Inspection,
  units: readonly WithPicture[],
  title: string,
  said: readonly string[],
): Figure {
  const width = inputShape[0]!;
  const told = Math.min(width, mostColumns);
  const columns: Column[] = [
    { title: "unit" },
    { title: "activation", align: "right" },
    ...Array.from({ length: told }, (_, at): Column => ({ title: columnName(featureNames, at), align: "right" })),
  ];
  const rows = units.map(({ name: unit, to, values }) => ({
    cells: [unit, numberText(to), ...[...values.subarray(0, told)].map((value) => shortText(value, 4))],
  }));
  const lines = told < width ? [...said, `the first ${told} of ${grouped(width)} features`] : said;
  return figureOf(name, title, foldedLines(lines, gridWidth), tableView(columns, rows), [
    { type: "text", lines },
    tableSketch(columns, rows),
  ]);
}
