/**
 * Pictures in another size, with the bits of Pillow's `Image.resize(size, BILINEAR)`, so that what torchvision's
 * `Resize` makes of a picture in Python is what a network here has learned from.
 */

/**
 * Bilinear with antialiasing: a triangle whose width is that of an output pixel, where the picture becomes smaller.
 *
 *   output[i] = Σ_x w(x, i) input[x] with Σ_x w = 1,  w(x, i) ∝ max(0, 1 − |x + ½ − (i + ½) s| / max(1, s)),
 *   s = input size / output size
 *
 * first along each row, then along each column, rounded to whole numbers after each. Weights are rounded to 2⁻²². A
 * direction whose size stays is left as it is.
 *
 * @param pixels  uint8 [height, width, channels]
 * @param size    [height, width] to bring it to; each at least 1
 * @returns       uint8 [...size, channels]; `pixels` itself where it has that size
 * Source: Pillow's `Resample.c`.
 */
export function resized(
  pixels: Uint8Array,
  [height, width, channels]: readonly [height: number, width: number, channels: number],
  size: readonly [height: number, width: number],
): Uint8Array {
  const [newHeight, newWidth] = size;
  const rows = width === newWidth ? pixels : alongRows(pixels, height, width, newWidth, channels);
  return height === newHeight ? rows : alongColumns(rows, height, newHeight, newWidth * channels);
}

const precisionBits = 22;

/** Of each output pixel: the first input pixel that counts, how many do, and their weights in units of 2⁻²². */
interface Weights {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** [output pixel, place], `most` places each. */
  readonly values: Int32Array;
  readonly most: number;
}
function weightsOf(size: number, newSize: number): Weights {
  const scale = size / newSize;
  const support = Math.max(1, scale);
  const most = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(newSize);
  const count = new Int32Array(newSize);
  const values = new Int32Array(newSize * most);
  for (let out = 0; out < newSize; out++) {
    const centre = (out + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - support + 0.5));
    const to = Math.min(size, Math.trunc(centre + support + 0.5));
    // The order of these steps is Pillow's, so that the last bit is.
    const heights = Array.from({ length: to - from }, (_, place) =>
      Math.max(0, 1 - Math.abs((place + from - centre + 0.5) * (1 / support))),
    );
    const sum = heights.reduce((total, each) => total + each, 0);
    heights.forEach((each, place) => {
      values[out * most + place] = Math.trunc(0.5 + (each / sum) * 2 ** precisionBits);
    });
    first[out] = from;
    count[out] = to - from;
  }
  return { first, count, values, most };
}

const half = 2 ** (precisionBits - 1);
/** Weights are positive and their sum is 1, up to rounding. */
const rounded = (sum: number): number => Math.min(255, sum >> precisionBits);

function alongRows(pixels: Uint8Array, height: number, width: number, newWidth: number, channels: number): Uint8Array {
  const { first, count, values, most } = weightsOf(width, newWidth);
  const output = new Uint8Array(height * newWidth * channels);
  let at = 0;
  for (let row = 0; row < height; row++)
    for (let out = 0; out < newWidth; out++)
      for (let channel = 0; channel < channels; channel++) {
        let sum = half;
        let from = (row * width + first[out]!) * channels + channel;
        for (let place = 0; place < count[out]!; place++) {
          sum += pixels[from]! * values[out * most + place]!;
          from += channels;
        }
        output[at++] = rounded(sum);
      }
  return output;
}

/** @param length  numbers in a row */
function alongColumns(pixels: Uint8Array, height: number, newHeight: number, length: number): Uint8Array {
  const { first, count, values, most } = weightsOf(height, newHeight);
  const output = new Uint8Array(newHeight * length);
  for (let out = 0; out < newHeight; out++)
    for (let column = 0; column < length; column++) {
      let sum = half;
      let from = first[out]! * length + column;
      for (let place = 0; place < count[out]!; place++) {
        sum += pixels[from]! * values[out * most + place]!;
        from += length;
      }
      output[out * length + column] = rounded(sum);
    }
  return output;
}
