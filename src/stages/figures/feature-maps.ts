/**
 * What a convolution gives for an input: its maps as small images, before and after what follows it.
 *
 * Each part (`convolution`, `activation`, `max_pool`, …) has one scale for all that is drawn of it: symmetric about 0
 * where a value is below 0, else from black at 0.
 */
import * as z from "zod";
import { MistakeError } from "../../diagnostic/diagnostic.js";
import { suggestion } from "../../diagnostic/nearest.js";
import { type Figure, figureOf } from "../../figure/figure.js";
import { foldedLines } from "../../figure/font.js";
import { greatest, scaled, signedScale, unsignedScale } from "../../figure/signed-light.js";
import { averagedLines, type Grid, gridSketches, gridWidth, type Tile, tileGrids } from "../../figure/tile-grid.js";
import { grouped } from "../../util/numbers.js";
import { sizeOfShape } from "../../util/shape.js";
import { float32Of } from "../../values/blob.js";
import type { FeatureMapPart, InspectedFeatureMaps } from "../../values/inspected-feature-maps.js";
import type { Inspection } from "../../values/inspection.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import {
  aspectOf,
  inputsMisfit,
  inputsShown,
  layerMisfit,
  layerNamed,
  layerOption,
  needsAspect,
  notFiniteAmong,
  notFiniteLines,
  placesShown,
  shownInputs,
} from "../inspected-figure.js";

const name = "feature_maps";
/** Of one input, and of each of several. */
const [many, few] = [128, 16];

export const featureMapsFigure = declareFigure({
  name,
  summary:
    "What a convolution gives for an input, before and after activation and pooling, as images. " +
    "Of an inspection with `feature_maps`.",
  from: { accepts: ["inspection"], source: "an `inspect` stage" },
  options: {
    layer: layerOption,
    parts: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe(
        "Which parts: `convolution`, and what follows it, such as `batch_norm`, `activation`, `max_pool`. " +
          "Default: all that the inspection has.",
      ),
    inputs: inputsShown("the first"),
    count: z
      .number()
      .int()
      .min(1)
      .max(512)
      .optional()
      .describe(
        `How many maps of each part, the first ones. Default: ${many} of one input, ${few} of each of several.`,
      ),
  },
  problem: needsAspect(name, name),
  together: (sources, _inputs, options) => layerMisfit(name, sources, options) ?? inputsMisfit(sources, options),
  draw: (given) => featureMaps(theOne(given), given.options),
  sample: ({ inspection }) => ({ from: [inspection], options: { inputs: [2] } }),
});

interface Options {
  readonly layer?: string | undefined;
  readonly parts?: readonly string[] | undefined;
  readonly inputs?: readonly number[] | undefined;
  readonly count?: number | undefined;
  readonly title?: string | undefined;
}

type LayerMaps = InspectedFeatureMaps["layers"][number];

/** @throws MistakeError without feature maps, or without those of the layer, the part or the input */
export async function featureMaps(inspection: Inspection, options: Options): Promise<Figure> {
  const own = layerNamed(name, aspectOf(name, name, inspection).layers, options.layer, inspection.data);
  const parts = partsShown(own, options.parts);
  const places = placesShown(inspection.data, options.inputs, 1);
  const all = own.parts[0]!.shape[2]!;
  const count = Math.min(all, options.count ?? (places.length > 1 ? few : many));
  const { inputs, scaleText } = shownInputs(inspection, places);
  const drawn = parts.map((part) => gridsOf(inspection, own.layer, part, places, count));
  const blocks = inputs.map(({ image, words }, at) => ({
    input: image ?? words,
    grids: drawn.map(({ grids }) => grids[at]!),
  }));
  const several = places.length > 1;
  const subtitle = [
    `${count < all ? `the first ${grouped(count)} of ${grouped(all)}` : `all ${grouped(all)}`} maps of each part, ` +
      `one scale a part${several ? " for all inputs" : ""}`,
    ...notFiniteLines(drawn.reduce((sum, { notFinite }) => sum + notFinite, 0)),
    ...averagedLines(blocks),
    ...(scaleText ? [`${several ? "inputs" : "input"}: ${scaleText}`] : []),
  ];
  const { inputShape } = inspection.data;
  return figureOf(
    name,
    options.title ?? `Feature maps of ${own.layer}`,
    foldedLines(subtitle, gridWidth),
    await tileGrids(blocks, inputShape),
    gridSketches(blocks, inputShape),
  );
}

/** @throws MistakeError for a part that is not among them */
function partsShown({ layer, parts }: LayerMaps, wanted: readonly string[] | undefined): readonly FeatureMapPart[] {
  if (!wanted) return parts;
  const names = parts.map(({ part }) => part);
  return wanted.map((part, index) => {
    const found = parts.find((each) => each.part === part);
    if (found) return found;
    throw new MistakeError({
      title: "no such part",
      message:
        `The feature maps of \`${layer}\` have no part \`${part}\`.${suggestion(part, names)}\n\n` +
        `Parts: ${names.join(", ")}`,
      at: ["parts", index],
    });
  });
}

interface Drawn {
  readonly grids: readonly Grid[];
  readonly notFinite: number;
}

/** Of one part a grid for each input, all on one scale. */
function gridsOf(
  { blobs }: Inspection,
  layer: string,
  { part, layer: of, shape }: FeatureMapPart,
  places: readonly number[],
  count: number,
): Drawn {
  const values = float32Of(blobs[`${name}.${layer}.${part}`]!);
  const size = sizeOfShape(shape);
  const [height, width, channels] = shape as readonly [number, number, number];
  const mapOf = (place: number, channel: number): Float32Array =>
    Float32Array.from({ length: height * width }, (_, at) => values[place * size + at * channels + channel]!);
  const maps = places.map((place) => Array.from({ length: count }, (_, channel) => mapOf(place, channel)));
  const most = greatest(...maps.flat());
  const isSigned = maps.some((ofInput) => ofInput.some((map) => map.some((value) => value < 0)));
  const scale = isSigned ? signedScale(most) : unsignedScale(most);
  const words = partWords(part, of, layer);
  const grids = maps.map((ofInput) => ({
    head: `${words}, ${height} × ${width}`,
    scale,
    tiles: ofInput.map(
      (map, at): Tile => ({ ...scaled(scale, map, [height, width], `map ${at + 1}, ${words}`), number: at + 1 }),
    ),
  }));
  return { grids, notFinite: notFiniteAmong(maps.flat()) };
}

/** `After max_pool_1`; the convolution itself and its own activation have no name besides. */
function partWords(part: string, of: string, layer: string): string {
  if (part === "convolution") return "Convolution, before what follows";
  return of === layer ? "After its activation" : `After ${of}`;
}
