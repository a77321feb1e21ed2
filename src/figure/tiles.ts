/** Images inside figures: small PNGs without smoothing, all of one size, large ones averaged down. */
import { renderPixels } from "./png.js";

/** Longer side of an image in a figure, in px. */
const tileSize = 56;
/**
 * Values of all images together, so that the figure stays below about half a megabyte (hundreds of images take more);
 * larger images are averaged down.
 */
const valueBudget = 300_000;
/** A raster of more than twice the tile would not be seen. */
const longestRaster = 2 * tileSize;

export interface Captioned {
  /** [height, width, channels] in 0 … 1. */
  readonly image: ArrayLike<number>;
  /** Its own height, width and channels, where it is not like the others. */
  readonly shape?: readonly number[];
  /** What a terminal shows in its place, [height, width, 1] in 0 … 1: of numbers on a scale, which `scaled` gives. */
  readonly grey?: ArrayLike<number>;
  /** Under it, its parts (`, ` between them) each on a line; also for who cannot see it. */
  readonly caption: string;
}

/** Bytes of light, [height, width, channels]. */
export interface Raster {
  readonly pixels: Uint8ClampedArray;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** @returns  width and height in px of an image in a figure */
export function tileOf(height: number, width: number): readonly [number, number] {
  const scale = tileSize / Math.max(height, width);
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/** Side of the blocks that are averaged, in picture elements. @param values  of all images of the figure together */
export function blockOf(height: number, width: number, values: number): number {
  return Math.max(1, Math.ceil(Math.max(height, width) / longestRaster), Math.ceil(Math.sqrt(values / valueBudget)));
}

/**
 * Means over blocks of step × step picture elements; blocks at the right and lower edge may be smaller.
 *
 * @param convert  from a feature to a byte of light
 * @returns        [ceil(height / step), ceil(width / step), channels]; a value that is not a number is 0
 */
export function averaged(
  image: ArrayLike<number>,
  height: number,
  width: number,
  channels: number,
  step: number,
  convert: (feature: number) => number,
): Raster {
  const [rows, columns] = [Math.ceil(height / step), Math.ceil(width / step)];
  const pixels = new Uint8ClampedArray(rows * columns * channels);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++)
      for (let channel = 0; channel < channels; channel++) {
        let [sum, count] = [0, 0];
        for (let v = y * step; v < Math.min((y + 1) * step, height); v++)
          for (let u = x * step; u < Math.min((x + 1) * step, width); u++) {
            sum += convert(image[(v * width + u) * channels + channel]!);
            count++;
          }
        pixels[(y * columns + x) * channels + channel] = sum / count;
      }
  return { pixels, height: rows, width: columns, channels };
}

export async function urlOf({ pixels, height, width, channels }: Raster): Promise<string> {
  const png = await renderPixels(pixels, height, width, channels);
  return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}
