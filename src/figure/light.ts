/** How features of images become light: what a picture shows of numbers on whatever scale. */
import { roundedText } from "../util/numbers.js";

/**
 * How a feature becomes a byte of light. Bytes are light already, and so are numbers whose values (feature × scale) lie
 * in 0 … 1. Others, such as normalised images, are stretched from their least to their greatest value among the images
 * drawn, which the figure then says.
 *
 * @param rows  of the images that are drawn, each of `size` features
 */
export function byteScale(
  features: Uint8Array | Float32Array | Float64Array,
  scale: number,
  rows: readonly number[],
  size: number,
): { convert(feature: number): number; text?: string } {
  if (features instanceof Uint8Array) return { convert: (feature) => feature };
  let [low, high] = [Infinity, -Infinity];
  for (const row of rows)
    for (let at = row * size; at < (row + 1) * size; at++) {
      const value = features[at]! * scale;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  if (!(low < 0 || high > 1)) return { convert: (feature) => feature * scale * 255 };
  const range = high - low || 1;
  return {
    convert: (feature) => ((feature * scale - low) / range) * 255,
    text: `brightness from ${short(low)} (dark) to ${short(high)} (light)`,
  };
}

/** Numbers as light from `low`, which is 0, to `high`, which is 1; what lies beyond is as dark or as light as these. */
export function lightBetween([low, high]: readonly [number, number], values: Float32Array): Float32Array {
  const range = high - low || 1;
  return Float32Array.from(values, (value) => Math.min(1, Math.max(0, (value - low) / range)));
}

const short = (value: number): string => roundedText(value, 3);
