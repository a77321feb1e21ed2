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
  return interpolation === "nearest" ? nearest(shape, fills) : bilinear(shape, fills);
}

function bilinear(shape: ImageShape, fills: Float64Array): Sampler {
  return (from, places, to) => {
    const { x: xs, y: ys } = places;
    // What the loop needs stands in variables of its own: read from a closure for each pixel it takes half as long again.
    const { width, channels } = shape;
    const [right, bottom, stride] = [width - 1, shape.height - 1, width * channels];
    for (let channel = 0; channel < channels; channel++) {
      for (let place = 0, at = channel; place < xs.length; place++, at += channels) {
        const x = xs[place]!;
        const y = ys[place]!;
        if (x >= 0 && x < right && y >= 0 && y < bottom) {
          const column = x | 0;
          const row = y | 0;
          const share = x - column;
          const first = row * stride + column * channels + channel;
          const upperLeft = from[first]!;
          const lowerLeft = from[first + stride]!;
          const above = upperLeft + share * (from[first + channels]! - upperLeft);
          const below = lowerLeft + share * (from[first + stride + channels]! - lowerLeft);
          to[at] = above + (y - row) * (below - above);
        } else atBorder(from, places, place, to, at, shape, fills);
      }
    }
  };
}

/**
 * At a place whose neighbours are not all inside. It reads and writes doubles itself: as arguments they would be boxed.
 */
function atBorder(
  from: Image,
  places: Places,
  place: number,
  to: Image,
  at: number,
  { height, width, channels }: ImageShape,
  fills: Float64Array,
): void {
  const x = places.x[place]!;
  const y = places.y[place]!;
  const channel = at % channels;
  const fill = fills[channel]!;
  if (!(x > -1 && x < width && y > -1 && y < height)) {
    to[at] = fill;
    return;
  }
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
  to[at] = (sum - fill) * (left + right) * (upper + lower) + fill;
}

function nearest({ height, width, channels }: ImageShape, fills: Float64Array): Sampler {
  return (from, { x: xs, y: ys }, to) => {
    for (let place = 0, at = 0; place < xs.length; place++, at += channels) {
      const [column, row] = [toEven(xs[place]!), toEven(ys[place]!)];
      const isInside = column >= 0 && column < width && row >= 0 && row < height;
      const first = (row * width + column) * channels;
      for (let channel = 0; channel < channels; channel++)
        to[at + channel] = isInside ? from[first + channel]! : fills[channel]!;
    }
  };
}

/** The nearest whole number, ties to even. */
export function toEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
