/**
 * Where inputs of a gradient ascent start, and among which they are looked for: all that are as far from the mean of
 * the data as their examples are on average, seen through the window of a unit.
 *
 * The mean is that of each channel (column) over all pixels and examples, one flat colour. Around it, and not around 0,
 * the same pictures are looked for whether the data were normalised or not; the mean image of the data instead would be
 * seen in every picture, though no unit asked for it.
 */
import type { Stream } from "../learn/random.js";
import { sizeOfShape } from "../util/shape.js";
import type { Shown } from "./looked-at.js";
import type { UnitView } from "./unit-view.js";

/** In the numbers that the network reads. */
export interface Surroundings {
  /** By index of the last axis. */
  readonly origin: readonly number[];
  /** Mean over the examples of the L2 distance from the origin, of what is seen of each. */
  readonly distance: number;
}

/** Of each channel over all pixels of all examples, in doubles. */
export function meanColour({ features, rows, shape, scale }: Shown): readonly number[] {
  const channels = shape[shape.length - 1]!;
  const size = sizeOfShape(shape);
  const sums = new Float64Array(channels);
  for (const row of rows) for (let at = 0; at < size; at++) sums[at % channels]! += features[row * size + at]!;
  return Array.from(sums, (sum) => Math.fround((sum / ((rows.length * size) / channels)) * scale));
}

/** Indices of the features of an example that are seen, in order. */
export function seenFeatures({ seen }: Pick<UnitView, "seen">, shape: readonly number[]): Int32Array {
  if (!seen) return Int32Array.from({ length: sizeOfShape(shape) }, (_, at) => at);
  const [, width, channels] = shape as [number, number, number];
  return Int32Array.from({ length: seen.height * seen.width * channels }, (_, at) => {
    const [pixel, channel] = [Math.floor(at / channels), at % channels];
    const [row, column] = [seen.top + Math.floor(pixel / seen.width), seen.left + (pixel % seen.width)];
    return (row * width + column) * channels + channel;
  });
}

export function surroundingsOf(data: Shown, view: Pick<UnitView, "seen">): Surroundings {
  const { features, rows, shape, scale } = data;
  const origin = meanColour(data);
  const size = sizeOfShape(shape);
  const places = seenFeatures(view, shape);
  let sum = 0;
  for (const row of rows) {
    let square = 0;
    for (const place of places) square += (features[row * size + place]! * scale - origin[place % origin.length]!) ** 2;
    sum += Math.sqrt(square);
  }
  return { origin, distance: sum / rows.length };
}

/**
 * Noise of which a start is made. Every second one is the one before it, turned round: where the first finds a
 * rectifier shut, its opposite finds it open.
 *
 * @param start   from 1
 * @param stream  by purpose
 */
export function noise(size: number, start: number, stream: (purpose: string) => Stream, purpose: string): Float32Array {
  const random = stream(`${purpose} ${Math.ceil(start / 2)}`);
  const sign = start % 2 === 1 ? 1 : -1;
  return Float32Array.from({ length: size }, () => sign * random.normal());
}
