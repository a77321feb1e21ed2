/**
 * The part of a network and of its input that one unit of each channel of a layer sees.
 *
 * Of a layer on images that is the unit in the middle of its map, and where all that it sees lies inside the image, the
 * layers are placed on a crop of it: the same numbers come out for a part of the work. A crop begins where a place of
 * the map begins, so it may reach a few pixels beyond what is seen.
 */
import type { Layer, PlacedLayer } from "../learn/layer.js";
import { leaves, paddingOf, placeLayers } from "../learn/layer.js";
import type { LookedAt } from "./looked-at.js";
import {
  middleOf,
  type PixelWindow,
  type ReceptiveField,
  receptiveFields,
  seenFrom,
  windowAt,
} from "./receptive-field.js";
import { unfolded } from "./unfolded.js";

export interface UnitView {
  /** Unfolded, up to the layer or the block that holds it. */
  readonly layers: readonly PlacedLayer[];
  /** What these layers are placed on. */
  readonly input: readonly number[];
  /** Where `input` lies in the image; null of examples that are no images. */
  readonly crop: PixelWindow | null;
  /** What reaches the unit, inside `crop`, in pixels of the image; null of examples that are no images. */
  readonly seen: PixelWindow | null;
  /** Of the unit in the map that `layers` give; null of a layer that gives one row of numbers. */
  readonly place: readonly [row: number, column: number] | null;
  /** The same place in the map of the whole image. */
  readonly middle: readonly [row: number, column: number] | null;
}

export function unitView({ layers, unfolded: whole }: LookedAt, target: PlacedLayer): UnitView {
  const input = layers[0]!.input;
  const upTo = layersThrough(layers, target.name);
  const all: UnitView = {
    layers: whole.slice(0, lastIndex(whole, upTo.at(-1)!.name) + 1),
    input,
    crop: null,
    seen: null,
    place: null,
    middle: null,
  };
  const field = receptiveFields(layers, input)?.get(target.name);
  if (!field) return all;
  const image: PixelWindow = { top: 0, left: 0, height: input[0]!, width: input[1]! };
  if (target.output.length !== 3) return { ...all, crop: image, seen: image };
  const middle = middleOf(field);
  const wanted = windowAt(field, middle);
  const seen = seenFrom(layers, target.name, middle) ?? image;
  return cropped(upTo, field, middle, wanted, image, input[2]!) ?? { ...all, crop: image, seen, place: middle, middle };
}

/** The layers of the file up to the one of this name, or the block that holds it. */
function layersThrough(layers: readonly PlacedLayer[], name: string): readonly PlacedLayer[] {
  const last = layers.findIndex((layer) => layer.name === name || name.startsWith(`${layer.name}.`));
  if (last < 0) throw new Error(`hw1 bug: no layer ${name}`);
  return layers.slice(0, last + 1);
}
/** Of a layer, or of the activation that stands behind it. */
const lastIndex = (layers: readonly PlacedLayer[], name: string): number =>
  layers.findLastIndex((layer) => layer.name === name || layer.name === `${name}.activation`);

/** Undefined where a crop would not give the same numbers. */
function cropped(
  layers: readonly PlacedLayer[],
  { stride }: ReceptiveField,
  middle: readonly [number, number],
  wanted: PixelWindow,
  image: PixelWindow,
  channels: number,
): UnitView | undefined {
  const [down, across] = stride;
  const [bottom, right] = [wanted.top + wanted.height, wanted.left + wanted.width];
  const isInside = wanted.top >= 0 && wanted.left >= 0 && bottom <= image.height && right <= image.width;
  if (!down || !across || !isInside) return undefined;
  const [top, left] = [wanted.top - (wanted.top % down), wanted.left - (wanted.left % across)];
  const input = [bottom - top, right - left, channels];
  const placed = placeLayers(
    layers.map(({ layer }): Layer => layer),
    input,
  );
  if (!placed.ok || !sameZeros(layers, placed.layers)) return undefined;
  return {
    layers: unfolded(placed.layers),
    input,
    crop: { top, left, height: bottom - top, width: right - left },
    seen: wanted,
    place: [middle[0] - top / down, middle[1] - left / across],
    middle,
  };
}

/** Whether zeros come before the first pixel as they do on the whole image: of `same` they follow from the size. */
function sameZeros(whole: readonly PlacedLayer[], part: readonly PlacedLayer[]): boolean {
  const others = leaves(part);
  return leaves(whole).every(({ layer, input }, index) => {
    if (layer.type !== "conv") return true;
    const [top, , left] = paddingOf(layer, input);
    const [otherTop, , otherLeft] = paddingOf(layer, others[index]!.input);
    return top === otherTop && left === otherLeft;
  });
}
