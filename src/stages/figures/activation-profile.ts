/**
 * How strongly each unit of a layer answers to the inputs: beside each input a bar for every unit, or a strip of light
 * where there are more than bars can show. All inputs have one scale.
 *
 * Of a layer that gives images the units are what images show: those are refused. A unit at 0 says nothing of how far
 * below 0 it was before its activation.
 */
import { type Mistake, MistakeError } from "../../diagnostic/diagnostic.js";
import { axisNames, type Figure, figureOf } from "../../figure/figure.js";
import { foldedLines } from "../../figure/font.js";
import { gridWidth } from "../../figure/tile-grid.js";
import { mostBars, type UnitProfile, unitProfileSketches, unitProfiles } from "../../figure/unit-profiles.js";
import { formatPercent, grouped } from "../../util/numbers.js";
import { plural } from "../../util/words.js";
import { float32Of } from "../../values/blob.js";
import type { ActivationsOfLayer } from "../../values/inspected-activations.js";
import { classesOfUnits, type Inspection } from "../../values/inspection.js";
import { declareFigure, type FigureSource, theOne } from "../figure-declaration.js";
import {
  aspectOf,
  inputsMisfit,
  inputsShown,
  layerMisfit,
  layerNamed,
  layerOption,
  layersBehind,
  needsAspect,
  notFiniteAmong,
  notFiniteLines,
  placesShown,
  shownInputs,
} from "../inspected-figure.js";

const [name, aspect] = ["activation_profile", "activations"] as const;
/** Inputs that are shown where a file does not say. */
const mostInputs = 10;
/** Of a layer: more make a strip that nobody reads. */
const mostUnits = 16_384;

export const activationProfileFigure = declareFigure({
  name,
  summary:
    "How strongly each unit of a layer answers to the inputs, each beside its bars; of many units a strip of light. " +
    "Of an inspection with `activations`.",
  from: { accepts: ["inspection"], source: "an `inspect` stage" },
  options: {
    layer: layerOption.describe(
      "Which layer, by its name in the network's table: one that gives a row of units. " +
        "Default: the first dense layer that the inspection has looked at.",
    ),
    inputs: inputsShown(`all, of many the first ${mostInputs}`),
  },
  problem: needsAspect(name, aspect),
  together: (sources, _inputs, options) =>
    layerMisfit(aspect, sources, options) ?? inputsMisfit(sources, options) ?? imagesGiven(sources, options),
  draw: (given) => activationProfile(theOne(given), given.options),
  sample: ({ inspection }) => ({ from: [inspection] }),
});

interface Options {
  readonly layer?: string | undefined;
  readonly inputs?: readonly number[] | undefined;
  readonly title?: string | undefined;
}

const noRow = (layer: string, shape: readonly number[]): Mistake => ({
  title: "a layer that gives images",
  message:
    `\`${name}\` draws the units of a layer that gives a row of them, but \`${layer}\` gives [${shape.join(", ")}] ` +
    "for an example. `figure: feature_maps` draws such layers; or name a dense layer, or one behind `flatten`.",
  at: ["layer"],
});

/** That the layer that a figure names gives a row of units, where check time knows the network. */
function imagesGiven(
  [source]: readonly FigureSource[],
  options: Readonly<Record<string, unknown>>,
): Mistake | undefined {
  const { layer } = options;
  const found = layersBehind(source)?.find(({ name: own }) => own === layer);
  return found && found.output.length !== 1 ? noRow(found.name, found.output) : undefined;
}

/** @throws MistakeError without activations, of a layer that gives images, or without such a layer or input */
export async function activationProfile(inspection: Inspection, options: Options): Promise<Figure> {
  const { data, blobs } = inspection;
  const all = aspectOf(name, aspect, inspection).layers;
  const { layer, shape } =
    options.layer === undefined ? defaultOf(all, data) : layerNamed(aspect, all, options.layer, data);
  if (shape.length !== 1) throw new MistakeError(noRow(layer, shape));
  const [total] = shape as readonly [number];
  const count = Math.min(total, mostUnits);
  const values = float32Of(blobs[`${aspect}.${layer}`]!);
  const places = placesShown(data, options.inputs, mostInputs);
  const { inputs, scaleText } = shownInputs(inspection, places);
  const rows = places.map((place) => values.subarray(place * total, (place + 1) * total));
  const profiles = inputs.map(({ words, image, features }, at): UnitProfile => {
    const lines = [...(features ? [features] : []), zerosText(rows[at]!)];
    return { head: words, lines, values: rows[at]!.subarray(0, count), ...(image ? { image } : {}) };
  });
  const many =
    count < total ? `the first ${grouped(count)} of ${plural(total, "unit", grouped(total))}` : unitsText(total);
  const shownOf = (data.inputs ?? []).length;
  const isDead = (unit: number): boolean => rows.every((row) => row[unit] === 0);
  const dead = Array.from({ length: total }, (_, unit) => unit).filter(isDead).length;
  const subtitle = [
    `${many}${count > mostBars ? ", from left to right, row by row" : ""}; one scale for all inputs`,
    ...(places.length > 1 && dead > 0 ? [`${zerosOf(dead, total)} for all of them`] : []),
    ...(places.length < shownOf ? [`${grouped(places.length)} of ${plural(shownOf, "input", grouped(shownOf))}`] : []),
    ...notFiniteLines(notFiniteAmong(rows)),
    ...(scaleText ? [`images: ${scaleText}`] : []),
  ];
  const names = namesOf(inspection, layer, count);
  return figureOf(
    name,
    options.title ?? `Activations of ${layer}`,
    foldedLines(subtitle, gridWidth),
    await unitProfiles(profiles, names),
    unitProfileSketches(profiles, names),
  );
}

const unitsText = (count: number): string => (count === 1 ? "one unit" : `all ${grouped(count)} units`);

/** The first dense layer, else the first that gives a row; else the first, which then is refused. */
function defaultOf(all: readonly ActivationsOfLayer[], { layers }: Inspection["data"]): ActivationsOfLayer {
  const isDense = ({ layer }: ActivationsOfLayer): boolean =>
    layers.some(({ name: own, type }) => own === layer && type === "dense");
  return all.find(isDense) ?? all.find(({ shape }) => shape.length === 1) ?? all[0]!;
}

function zerosText(values: Float32Array): string {
  const zeros = values.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0);
  if (zeros === 0) return "no unit is 0";
  return `${zerosOf(zeros, values.length)} (${formatPercent(zeros / values.length)})`;
}
const zerosOf = (zeros: number, count: number): string =>
  `${grouped(zeros)} of ${plural(count, "unit", grouped(count))} ${zeros === 1 ? "is" : "are"} 0`;

/** Of the last layer of a classifier its classes, else numbers from 1. */
function namesOf({ data }: Inspection, layer: string, count: number): readonly string[] {
  const classes = classesOfUnits(data, layer);
  return classes ? axisNames(classes) : Array.from({ length: count }, (_, unit) => String(unit + 1));
}
