/**
 * What figures of an inspection share: that it has what they draw, the options `layer` and `inputs`, and how its inputs
 * are shown and called.
 */
import * as z from "zod";
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { namesInWords, suggestion } from "../diagnostic/nearest.js";
import { byteScale } from "../figure/light.js";
import type { Captioned } from "../figure/tiles.js";
import { nameable } from "../inspect/unfolded.js";
import type { PlacedLayer } from "../learn/layer.js";
import { denormalised } from "../learn/normalization.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { fractionText, grouped, shortText } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { plural } from "../util/words.js";
import { featuresOf } from "../values/blob.js";
import type { AspectName, Aspects, InspectedInput, Inspection, InspectionData } from "../values/inspection.js";
import { columnName, imageShapeOf } from "./dataset.js";
import type { FigureSource } from "./figure-declaration.js";
import { placedAgain } from "./model-outputs.js";

const lacking = (figure: string, aspect: AspectName): Mistake => ({
  title: `no ${aspect.replaceAll("_", " ")} in this inspection`,
  message:
    `The figure \`${figure}\` is drawn of the aspect \`${aspect}\`, which this inspection has not looked at. ` +
    `Add \`${aspect}\` to \`what\` of the \`inspect\` stage.`,
});

/** That an inspection has looked at what a figure draws, as far as check time knows. */
export const needsAspect =
  (figure: string, aspect: AspectName) =>
  ({ inspected }: PortInfo): Mistake | undefined =>
    inspected && !Object.hasOwn(inspected.aspects, aspect) ? lacking(figure, aspect) : undefined;

/** The same of an inspection itself. @throws MistakeError */
export function aspectOf<Name extends AspectName>(figure: string, name: Name, { data }: Inspection): Aspects[Name] {
  const found = data.aspects[name];
  if (!found) throw new MistakeError({ ...lacking(figure, name), at: ["from"] });
  return found as Aspects[Name];
}

export const layerOption = z
  .string({ error: "the name of a layer, such as `conv_1`" })
  .min(1)
  .optional()
  .describe("Which layer, by its name in the network's table. Default: the first that the inspection has looked at.");

/** @param isInNetwork  whether the network has it, so that it can be looked at */
const noLayer = (aspect: AspectName, wanted: string, names: readonly string[], isInNetwork: boolean): Mistake => {
  const remedy = isInNetwork
    ? ` Name one that it has, or add it to \`layers\` of \`${aspect}\` in the \`inspect\` stage.`
    : "";
  return {
    title: "no such layer",
    message:
      `The inspection has no \`${aspect}\` of \`${wanted}\`.${suggestion(wanted, names)}${remedy}\n\n` +
      `Layers: ${namesInWords(names)}`,
    at: ["layer"],
  };
};

/** The layers of the network that an inspection is of, where check time knows them. */
export function layersBehind(source: FigureSource | undefined): readonly PlacedLayer[] | undefined {
  const { layers, inputShape } = source?.port.model ?? {};
  if (!layers || !inputShape) return undefined;
  const placed = placedAgain(layers, inputShape);
  return placed.ok ? nameable(placed.layers) : undefined;
}

/** That an aspect has the layer that a figure names, as far as check time knows. */
export function layerMisfit(
  aspect: AspectName,
  [source]: readonly FigureSource[],
  { layer }: Readonly<Record<string, unknown>>,
): Mistake | undefined {
  const layers = source?.port.inspected?.aspects[aspect]?.layers;
  if (typeof layer !== "string" || !layers || layers.includes(layer)) return undefined;
  const all = layersBehind(source);
  return noLayer(aspect, layer, layers, !all || all.some(({ name }) => name === layer));
}

/** The one that is named, else the first. @throws MistakeError for a name that is not among them */
export function layerNamed<Layer extends { readonly layer: string }>(
  aspect: AspectName,
  layers: readonly Layer[],
  wanted: string | undefined,
  { layers: all }: InspectionData,
): Layer {
  const found = wanted === undefined ? layers[0] : layers.find(({ layer }) => layer === wanted);
  if (found) return found;
  const names = layers.map(({ layer }) => layer);
  const isInNetwork = all.some(({ name }) => name === wanted);
  throw new MistakeError(noLayer(aspect, wanted ?? "", names, isInNetwork));
}

/** @param otherwise  which are shown where a file does not say, in words */
export const inputsShown = (otherwise: string) =>
  z
    .array(z.number({ error: "a whole number from 1" }).int().min(1, { error: "a whole number from 1" }))
    .min(1)
    .max(20)
    .optional()
    .describe(`Which inputs of the inspection, by their place among those, counted from 1. Default: ${otherwise}.`);

function inputsMistake(wanted: readonly number[], count: number): Mistake | undefined {
  const beyond = wanted.findIndex((place) => place > count);
  if (beyond >= 0)
    return {
      title: "no such input",
      message:
        `There is no input ${grouped(wanted[beyond]!)}: the inspection has ${plural(count, "input")}, counted from 1 ` +
        "in the order of its option `inputs`.",
      at: ["inputs", beyond],
    };
  const twice = wanted.findIndex((place, at) => wanted.indexOf(place) < at);
  return twice < 0
    ? undefined
    : {
        title: "an input twice",
        message: `Input ${wanted[twice]} is named already. Name each input once.`,
        at: ["inputs", twice],
      };
}

/** As far as check time knows. */
export function inputsMisfit(
  [source]: readonly FigureSource[],
  { inputs }: Readonly<Record<string, unknown>>,
): Mistake | undefined {
  const count = source?.port.inspected?.inputs;
  return Array.isArray(inputs) && typeof count === "number" ? inputsMistake(inputs, count) : undefined;
}

/** Places from 0. @param most  how many from the first on where a file names none. @throws MistakeError */
export function placesShown(
  { inputs = [] }: InspectionData,
  wanted: readonly number[] | undefined,
  most: number,
): readonly number[] {
  if (!wanted) return Array.from({ length: Math.min(most, inputs.length) }, (_, place) => place);
  const mistake = inputsMistake(wanted, inputs.length);
  if (mistake) throw new MistakeError(mistake);
  return wanted.map((place) => place - 1);
}

/** An input as figures show it. */
export interface ShownInput {
  /** `image 12: class 3, predicted 5, p 0.8731` */
  readonly words: string;
  /** Absent where examples are no images. */
  readonly image?: Captioned;
  /** Of a table: `area 12.5, rooms 3`. */
  readonly features?: string;
}
/** @returns  in the order of `places`; `scaleText` says how brightness was stretched, where it was */
export function shownInputs(
  { data, blobs }: Inspection,
  places: readonly number[],
): { readonly inputs: readonly ShownInput[]; readonly scaleText?: string } {
  const { inputShape, scale, inputs = [] } = data;
  const features = featuresOf(blobs.inputs!);
  const size = sizeOfShape(inputShape);
  const own = (place: number) => features.slice(place * size, (place + 1) * size);
  const isImage = imageShapeOf(inputShape) !== undefined;
  if (!isImage)
    return {
      inputs: places.map((place) => ({
        words: inputWords(inputs[place]!, "row"),
        ...(inputShape.length === 1 ? { features: rowWords(data, own(place)) } : {}),
      })),
    };
  const { convert, text } = byteScale(features, scale, places, size);
  return {
    inputs: places.map((place) => {
      const words = inputWords(inputs[place]!, "image");
      const image = Float32Array.from(own(place), (feature) => convert(feature) / 255);
      return { words, image: { image, shape: inputShape, caption: words } };
    }),
    ...(text ? { scaleText: text } : {}),
  };
}

function inputWords({ row, label, predicted, probability }: InspectedInput, noun: string): string {
  const of = `${noun} ${grouped(row)}`;
  if (typeof label === "string")
    return `${of}: class ${label}, predicted ${predictedText(predicted)}, p ${fractionText(probability ?? 0)}`;
  return `${of}: target ${predictedText(label)}, predicted ${predictedText(predicted)}`;
}
const predictedText = (value: string | readonly number[]): string =>
  typeof value === "string" ? value : value.map((number) => shortText(number, 4)).join(", ");

/** Of columns as many as a line says. */
const mostColumns = 8;

/** The example in words, as it was before it was normalised. */
function rowWords(
  { inputShape, scale, normalization = [], featureNames = [] }: InspectionData,
  features: Uint8Array | Float32Array | Float64Array,
): string {
  const values = denormalised({ features, scale }, normalization);
  const [width] = inputShape as readonly [number];
  const told = Array.from(
    { length: Math.min(width, mostColumns) },
    (_, at) => `${columnName(featureNames, at)} ${Number.isNaN(values[at]!) ? "no value" : shortText(values[at]!, 4)}`,
  );
  return [...told, ...(width > mostColumns ? [`and ${plural(width - mostColumns, "more column")}`] : [])].join(", ");
}

/** How many numbers are NaN or infinite. */
export const notFiniteAmong = (lists: readonly ArrayLike<number>[]): number =>
  lists.reduce((sum, list) => sum + Array.from(list).filter((value) => !Number.isFinite(value)).length, 0);
/** Said of numbers that no scale holds; nothing where there are none. */
export const notFiniteLines = (count: number): readonly string[] =>
  count > 0 ? [`${plural(count, "value", grouped(count))} NaN or infinite, outside the scale`] : [];
