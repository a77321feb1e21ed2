/**
 * Reads an image at places between its pixels.
 *
 * Pixel (row r, column c) lies at (x, y) = (c, r). At a place (x, y)
 *
 *   nearest   s is the pixel at (rint x, rint y), ties to even, and 0 outside; m is 1 inside, 0 outside;
 *             the result is s where m is 1, the fill v elsewhere
 *   bilinear  s is the mean of the four neighbours by their distance, where those outside count 0; m the same mean of an
 *             image of ones; the result is (s − v) m + v
 *
 * The bilinear formula counts the border twice (s is already faded by m), as torchvision does with a fill, 0 included:
 * fading is quadratic there, not linear.
 *
 * Source: torchvision.transforms.v2.functional, `_apply_grid_transform`.
 */
import { channelValues, type SamplingSettings } from "./options.js";
import type { Image, ImageShape } from "./transform.js";

/** Where each pixel of the result comes from, [height, width]. */
export interface Places {
  readonly x: Float64Array;
  readonly y: Float64Array;
}
export const placesFor = ({ height, width }: ImageShape): Places => ({
  x: new Float64Array(height * width),
  y: new Float64Array(height * width),
});

/** Writes what `from` has at these places to `to`. */
export type Sampler = (from: Image, places: Places, to: Image) => void;

export function samplerFor({ interpolation, fill }: SamplingSettings, shape: ImageShape): Sampler {
  const fills = Float64Array.from(channelValues(fill, shape.channels));
  const sample = interpolation === "nearest" ? sampleNearest : sampleBilinear;
  return (from, places, to) => sample(from, places, to, shape, fills);
}

/**
 * A map that keeps straight lines straight and parallel: the pixel at (column, row) of the result comes from (x + xx ·
 * column + xy · row, y + yx · column + yy · row).
 */
export interface StraightMap {
  readonly x: number;
  readonly y: number;
  readonly xx: number;
  readonly xy: number;
  readonly yx: number;
  readonly yy: number;
}

/**
 * Bilinear, at the places of a straight map: these are computed on the way, which takes a third less time than writing
 * them down first.
 */
export function straightSampler(
  { fill }: SamplingSettings,
  shape: ImageShape,
): (from: Image, map: StraightMap, to: Image) => void {
  const fills = Float64Array.from(channelValues(fill, shape.channels));
  return (from, map, to) => sampleStraight(from, map, to, shape, fills);
}

// A function of its own, and not one made for each sampler: what is compiled for one sampler then serves the next.
function sampleStraight(from: Image, map: StraightMap, to: Image, shape: ImageShape, fills: Float64Array): void {
  const { height, width, channels } = shape;
  const { xx, yx } = map;
  for (let channel = 0; channel < channels; channel++) {
    const fill = fills[channel]!;
    for (let row = 0, at = channel; row < height; row++) {
      const startX = map.x + map.xy * row;
      const startY = map.y + map.yy * row;
      for (let column = 0; column < width; column++, at += channels)
        to[at] = between(from, startX + xx * column, startY + yx * column, height, width, channels, channel, fill);
    }
  }
}

function sampleBilinear(from: Image, places: Places, to: Image, shape: ImageShape, fills: Float64Array): void {
  const { x: xs, y: ys } = places;
  const { height, width, channels } = shape;
  for (let channel = 0; channel < channels; channel++) {
    const fill = fills[channel]!;
    for (let place = 0, at = channel; place < xs.length; place++, at += channels)
      to[at] = between(from, xs[place]!, ys[place]!, height, width, channels, channel, fill);
  }
}

/**
 * One channel at one place. Numbers and not objects, so that it is compiled into the loops that call it: called, it would
 * take twice the time.
 */
function between(
  from: Image,
  x: number,
  y: number,
  height: number,
  width: number,
  channels: number,
  channel: number,
  fill: number,
): number {
  if (!(x >= 0 && x < width - 1 && y >= 0 && y < height - 1))
    return atBorder(from, x, y, height, width, channels, channel, fill);
  const column = x | 0;
  const row = y | 0;
  const share = x - column;
  const first = (row * width + column) * channels + channel;
  const below = first + width * channels;
  const upperLeft = from[first]!;
  const lowerLeft = from[below]!;
  const upper = upperLeft + share * (from[first + channels]! - upperLeft);
  const lower = lowerLeft + share * (from[below + channels]! - lowerLeft);
  return upper + (y - row) * (lower - upper);
}

/** At a place whose neighbours are not all inside. */
function atBorder(
  from: Image,
  x: number,
  y: number,
  height: number,
  width: number,
  channels: number,
  channel: number,
  fill: number,
): number {
  if (!(x > -1 && x < width && y > -1 && y < height)) return fill;
  const column = Math.floor(x);
  const row = Math.floor(y);
  // The shares of the left and upper neighbours and of the right and lower ones; 0 where those are outside.
  const left = column >= 0 ? 1 - (x - column) : 0;
  const right = column < width - 1 ? x - column : 0;
  const upper = row >= 0 ? 1 - (y - row) : 0;
  const lower = row < height - 1 ? y - row : 0;
  const first = (row * width + column) * channels + channel;
  const below = first + width * channels;
  let sum = 0;
  if (left * upper > 0) sum += left * upper * from[first]!;
  if (right * upper > 0) sum += right * upper * from[first + channels]!;
  if (left * lower > 0) sum += left * lower * from[below]!;
  if (right * lower > 0) sum += right * lower * from[below + channels]!;
  return (sum - fill) * (left + right) * (upper + lower) + fill;
}

function sampleNearest(from: Image, places: Places, to: Image, shape: ImageShape, fills: Float64Array): void {
  const { x: xs, y: ys } = places;
  const { height, width, channels } = shape;
  for (let place = 0, at = 0; place < xs.length; place++, at += channels) {
    const [column, row] = [toEven(xs[place]!), toEven(ys[place]!)];
    const isInside = column >= 0 && column < width && row >= 0 && row < height;
    const first = (row * width + column) * channels;
    for (let channel = 0; channel < channels; channel++)
      to[at + channel] = isInside ? from[first + channel]! : fills[channel]!;
  }
}

/** The nearest whole number, ties to even. */
export function toEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The number of a pixel, or of one beyond the border: mirrored at the pixels of the border, which are not repeated. */
export function mirrored(at: number, size: number): number {
  const folded = Math.abs(at);
  return folded < size ? folded : 2 * (size - 1) - folded;
}
