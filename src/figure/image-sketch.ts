/** Images for a terminal: grey, and no larger than it can show. */
import { luminance } from "../util/luminance.js";
import type { Sketch } from "../values/sketch.js";
import type { Captioned } from "./tiles.js";
import { averaged } from "./tiles.js";

/** Longer side of an image, in picture elements. */
const longest = 28;
/** A terminal shows fewer, and a figure's sketch is kept in its record. */
const mostKept = 36;

/**
 * Numbers on a scale in the grey that they bring.
 *
 * @param shape  of every image: height, width, channels
 * @param most   picture elements of its longer side: what has more is averaged down
 */
export function imageSketch(
  shown: readonly Captioned[],
  shape: readonly number[],
  title?: string,
  most = longest,
): Sketch {
  const [height, width, channels] = shape as readonly [number, number, number];
  const step = Math.max(1, Math.ceil(Math.max(height, width) / most));
  const greyOf = ({ image, grey }: Captioned): ArrayLike<number> =>
    grey ?? (channels === 1 ? image : luminanceOf(image));
  const kept = shown.slice(0, mostKept);
  const rasters = kept.map((each) => averaged(greyOf(each), height, width, 1, step, (value) => value * 255));
  return {
    type: "images",
    ...(title ? { title } : {}),
    height: Math.ceil(height / step),
    width: Math.ceil(width / step),
    images: kept.map(({ caption }, at) => ({
      caption,
      pixels: Buffer.from(rasters[at]!.pixels).toString("base64"),
    })),
    ...(shown.length > kept.length ? { more: shown.length - kept.length } : {}),
  };
}

const luminanceOf = (image: ArrayLike<number>): Float32Array =>
  Float32Array.from({ length: image.length / 3 }, (_, at) =>
    luminance(image[3 * at]!, image[3 * at + 1]!, image[3 * at + 2]!),
  );
