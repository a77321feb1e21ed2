/**
 * Whether images show one thing in their middle, as those of MNIST do, so that a large shift moves it to where no
 * other image has it, or out of the picture.
 *
 * The background of an image is the median of its border, pixel by pixel around it and channel by channel. Where nine
 * of ten values of the border lie within a fifth of the range from it, whatever lies further from it is content,
 * |value − background|, and the image is centred where the centre of mass of that is within a tenth of the width and of
 * the height from the middle. Images without a plain border are none of these; those without content say nothing. The
 * set is centred where nine of ten are.
 *
 * All 70,000 images of MNIST are centred.
 */
import type { ImageShape } from "./transform.js";

/** A share of the images, of the border, */
const most = 0.9;
/** of the range of values: noise is less, and what is drawn on the background more, */
const background = 0.2;
/** and of the width and height. */
const near = 0.1;
/** As many tell enough; they are spread evenly over all. */
const mostImages = 1000;

interface Images {
  /** [stored, height, width, channels], used as feature × scale. */
  readonly features: ArrayLike<number>;
  readonly scale: number;
  /** Which of them, in order. */
  readonly rows: ArrayLike<number>;
}

export function areCentred({ features, scale, rows }: Images, shape: ImageShape): boolean {
  const size = shape.height * shape.width * shape.channels;
  const count = Math.min(rows.length, mostImages);
  let [centred, told] = [0, 0];
  for (let index = 0; index < count; index++) {
    const row = rows[Math.floor((index * rows.length) / count)]!;
    const is = isCentred((at) => features[row * size + at]! * scale, shape);
    if (is === undefined) continue;
    told++;
    if (is) centred++;
  }
  return told > 0 && centred >= most * told;
}

/** Undefined where there is nothing to see. */
function isCentred(valueAt: (at: number) => number, { height, width, channels }: ImageShape): boolean | undefined {
  let [mass, sumX, sumY, plain, border] = [0, 0, 0, 0, 0];
  for (let channel = 0; channel < channels; channel++) {
    const edge: number[] = [];
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x += y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1))
        edge.push(valueAt((y * width + x) * channels + channel));
    const ground = edge.sort((a, b) => a - b)[edge.length >> 1]!;
    border += edge.length;
    plain += edge.filter((value) => Math.abs(value - ground) <= background).length;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const content = Math.abs(valueAt((y * width + x) * channels + channel) - ground);
        if (content <= background) continue;
        mass += content;
        sumX += content * x;
        sumY += content * y;
      }
  }
  if (mass === 0) return undefined;
  if (plain < most * border) return false;
  const isNear = (sum: number, length: number): boolean => Math.abs(sum / mass - (length - 1) / 2) <= near * length;
  return isNear(sumX, width) && isNear(sumY, height);
}
