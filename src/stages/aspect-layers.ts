/**
 * The options `layers` and `units`, which aspects of `inspect` spell alike: which layers of a network an aspect looks
 * at, which of their units, and why it cannot.
 *
 * A layer is named as in the network's table. Units are those of the last axis of what a layer gives: kernels of a
 * convolution, units of a dense layer, channels of what follows; they are counted from 1 in a file and from 0 here.
 */
import * as z from "zod";
import type { Mistake } from "../diagnostic/diagnostic.js";
import { namesInWords, suggestion } from "../diagnostic/nearest.js";
import { nameable } from "../inspect/unfolded.js";
import type { PlacedLayer } from "../learn/layer.js";
import { limits, overLimit } from "../pipeline/limits.js";
import { grouped } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { plural } from "../util/words.js";

export interface CommonOptions {
  readonly layers?: string | readonly string[] | undefined;
  readonly units?: number | readonly number[] | undefined;
}

/** Which layers an aspect can look at. */
export interface LayerFit {
  /** In the plural: `convolutions`. */
  readonly words: string;
  accepts(layer: PlacedLayer): boolean;
  /** Those of them that are looked at where a file names none, in the plural. Absent: all. */
  readonly usual?: LayerFit;
  /** Why one is refused, as a sentence or two; absent where that it is none of them says all. */
  reason?(layer: PlacedLayer): string | undefined;
}

export const anyLayer: LayerFit = { words: "layers", accepts: () => true };
export const convolutions: LayerFit = { words: "convolutions", accepts: ({ layer }) => layer.type === "conv" };
/** Those with weights. */
export const weighted: LayerFit = {
  words: "convolutions and dense layers",
  accepts: ({ layer }) => layer.type === "conv" || layer.type === "dense",
};

const name = z.string({ error: "the name of a layer, such as `conv_1`" });
export const layersOption = ({ words, usual }: LayerFit) =>
  z
    .union([name, z.array(name).min(1)], { error: "the name of a layer, such as `conv_1`, or a list of names" })
    .optional()
    .describe(
      `Which ${words} it looks at: a name, as \`hw1 show\` has them in the network's table, or a list. ` +
        `Default: all${usual ? ` ${usual.words}` : ""}.`,
    );
const number = z
  .number({ error: "a whole number from 1" })
  .int()
  .min(1, { error: "a whole number from 1: units are counted from 1" });
export const unitsOption = (most: number) =>
  z
    .union([number, z.array(number).min(1)], { error: "how many, or a list of numbers; units are counted from 1" })
    .optional()
    .describe(
      "Which units (kernels, channels) of each layer: how many, from the first one on (of a layer that has fewer, " +
        `all), or a list of their numbers, counted from 1. Default: ${Number.isFinite(most) ? most : "all"}.`,
    );

/** @param who  the aspect, such as `kernels` */
export function chosenLayers(
  who: string,
  network: readonly PlacedLayer[],
  fit: LayerFit,
  { layers }: CommonOptions,
): readonly PlacedLayer[] | Mistake {
  const all = nameable(network);
  const fitting = all.filter((layer) => fit.accepts(layer));
  if (layers === undefined) {
    const usual = fitting.filter((layer) => fit.usual?.accepts(layer) ?? true);
    return usual.length > 0 ? usual : nothingFits(who, fit.usual ?? fit, all);
  }
  const names = [layers].flat();
  for (const [index, wanted] of names.entries()) {
    const at = Array.isArray(layers) ? ["layers", index] : ["layers"];
    const layer = all.find((each) => each.name === wanted);
    if (!layer) return { ...unknownLayer(wanted, all), at };
    if (!fit.accepts(layer)) return { ...misfit(who, layer, fit, fitting), at };
    if (names.indexOf(wanted) < index)
      return { title: "a layer twice", message: `\`${wanted}\` is named already. Name each layer once.`, at };
  }
  return all.filter((layer) => names.includes(layer.name));
}

function unknownLayer(wanted: string, all: readonly PlacedLayer[]): Pick<Mistake, "title" | "message"> {
  const names = all.map((layer) => layer.name);
  return {
    title: "no such layer",
    message: `The network has no layer \`${wanted}\`.${suggestion(wanted, names)}\n\nLayers: ${namesInWords(names)}`,
  };
}

function misfit(
  who: string,
  layer: PlacedLayer,
  fit: LayerFit,
  fitting: readonly PlacedLayer[],
): Pick<Mistake, "title" | "message"> {
  const reason = fit.reason?.(layer) ?? `\`${who}\` looks at ${fit.words}, and \`${layer.name}\` is none.`;
  const names = fitting.map((each) => each.name);
  const others =
    names.length > 0 ? `\n\nLayers that fit: ${namesInWords(names)}` : ` This network has no ${fit.words}.`;
  return { title: `not a layer for ${who}`, message: reason + others };
}

const nothingFits = (who: string, fit: LayerFit, all: readonly PlacedLayer[]): Mistake => ({
  title: `no layer for ${who}`,
  message:
    `\`${who}\` looks at ${fit.words}, and this network has none${rowsText(all)}. Leave \`${who}\` out of \`what\`.` +
    `\n\nLayers: ${namesInWords(all.map((layer) => layer.name))}`,
});

/** Where that is why: convolutions read images. */
const rowsText = ([first]: readonly PlacedLayer[]): string =>
  first && first.input.length === 1 ? ": it reads rows of numbers, and no images" : "";

/** Of a layer: its last axis. */
export const unitCountOf = ({ output }: PlacedLayer): number => output[output.length - 1]!;

/** Of what a convolution reads. */
export const channelCountOf = ({ input }: PlacedLayer): number => input[2]!;

/** Why a layer that is no convolution has no kernels to look at, where it can be said. */
export const noKernels = ({ layer, name: dense }: PlacedLayer): string | undefined =>
  layer.type === "dense"
    ? `\`${dense}\` is dense: a weight belongs to a whole input, so that its units have no kernels.`
    : undefined;

/** That one of the layers does not read so many channels. */
export function channelMistake(channel: number, layers: readonly PlacedLayer[]): Mistake | undefined {
  const few = layers.find((layer) => channel > channelCountOf(layer));
  return (
    few && {
      title: "no such channel",
      message:
        `There is no input channel ${channel}: \`${few.name}\` reads ${plural(channelCountOf(few), "channel")}, ` +
        `counted from 1.${layers.length > 1 ? " Name in `layers` those that have it." : ""}`,
      at: ["of"],
    }
  );
}

/** Counted from 0. @param most  where a file names none */
export function chosenUnits(layer: PlacedLayer, { units }: CommonOptions, most: number): readonly number[] {
  if (Array.isArray(units)) return units.map((unit) => unit - 1);
  const count = Math.min(unitCountOf(layer), (units as number | undefined) ?? most);
  return Array.from({ length: count }, (_, unit) => unit);
}

export function unitsMistake(layers: readonly PlacedLayer[], { units }: CommonOptions): Mistake | undefined {
  if (units === undefined) return undefined;
  if (typeof units === "number") {
    const largest = Math.max(...layers.map(unitCountOf));
    if (units <= largest) return undefined;
    const who = layers.length === 1 ? `\`${layers[0]!.name}\` has` : "the widest of these layers has";
    return {
      title: "more units than there are",
      message:
        `\`units: ${units}\` asks for ${grouped(units)}, but ${who} ${plural(largest, "unit", grouped(largest))}. ` +
        `Ask for ${largest} or fewer.`,
      at: ["units"],
    };
  }
  for (const [index, unit] of units.entries()) {
    const at = ["units", index];
    if (units.indexOf(unit) < index)
      return { title: "a unit twice", message: `Unit ${unit} is named already. Name each unit once.`, at };
    const small = layers.find((layer) => unitCountOf(layer) < unit);
    if (small)
      return {
        title: "no such unit",
        message:
          `There is no unit ${grouped(unit)} in \`${small.name}\`, which has ` +
          `${plural(unitCountOf(small), "unit", grouped(unitCountOf(small)))}, counted from 1.` +
          (layers.length > 1 ? " Name in `layers` those that have it." : ""),
        at,
      };
  }
  return undefined;
}

/** Why an aspect does not leave so much. @param shapes  of what is kept for one input */
export function tooManyKept(
  who: string,
  shapes: readonly (readonly number[])[],
  inputs: number | null,
): Mistake | undefined {
  const each = shapes.reduce((sum, shape) => sum + sizeOfShape(shape), 0);
  const all = each * (inputs ?? 1);
  if (all <= limits.kept_activations.most) return undefined;
  const of = plural(inputs ?? 1, "input", grouped(inputs ?? 1));
  return {
    title: `too much for ${who}`,
    message: overLimit("kept_activations", `\`${who}\` of these layers makes ${grouped(all)} numbers of ${of}.`),
  };
}

/** The same of pictures of units. @param numbersOf  for one unit of a layer, in 32 bits each */
export function tooManyPictures(
  who: string,
  { layers, unitsOf }: { readonly layers: readonly PlacedLayer[]; unitsOf(layer: PlacedLayer): readonly number[] },
  numbersOf: (layer: PlacedLayer) => number,
): Mistake | undefined {
  let [units, bytes] = [0, 0];
  for (const layer of layers) {
    const { length } = unitsOf(layer);
    units += length;
    bytes += 4 * length * numbersOf(layer);
  }
  if (bytes <= limits.kept_pictures.most) return undefined;
  const of = plural(units, "unit", grouped(units));
  return {
    title: `too much for ${who}`,
    message: overLimit("kept_pictures", `\`${who}\` of ${of} leaves ${grouped(bytes)} bytes.`),
  };
}
