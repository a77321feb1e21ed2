/**
 * Filters that measure a gradient, against which kernels are compared: Sobel's, and first derivatives of Gaussians.
 *
 * A filter is a pair of patterns, one for each axis, and every mixture of the two is the filter in one direction
 * (steering: exact for the derivative of a Gaussian, and for Sobel's what it measures that way). So the best direction
 * needs no search: it is where the kernel is projected on the plane of the pair. Filters lie centred in the kernel;
 * edges beside its centre, lines and corners are none of them.
 *
 * Sources: Sobel & Feldman (1968), as told by Sobel (2014), An isotropic 3 × 3 image gradient operator; larger ones
 * are its binomials (Danielsson & Seger 1990); Freeman & Adelson (1991), The design and use of steerable filters.
 */

import type { FilterName } from "../values/inspected-filters.js";

export interface Filter {
  readonly name: FilterName;
  /**
   * Patterns over [height, width] whose answer to a brightness that rises by 1 a pixel is 1: to the right, and upwards.
   * Null along an axis of one pixel, or where the sigma leaves nothing to be told apart.
   */
  readonly right: Float64Array | null;
  readonly up: Float64Array | null;
}

/** How a kernel agrees best with a filter. */
export interface Match {
  /** Of the bank, from 0. */
  readonly filter: number;
  /** Where the kernel gets lighter: degrees from the right, counterclockwise, in 0 … 360 (360 left out). */
  readonly direction: number;
  /** Pearson's r over the pixels, never below 0: the sign is in the direction. */
  readonly correlation: number;
}

/** Standard deviations of the Gaussians, each √2 times the one before, up to half the longer side of the kernel. */
const sigmas = [0.5, 0.71, 1, 1.41, 2, 2.83, 4, 5.66, 8];

/** @returns  empty for a kernel of one pixel, which has no direction */
export function filterBank(height: number, width: number): readonly Filter[] {
  const longer = Math.max(height, width);
  if (longer < 2) return [];
  const sobels = Array.from({ length: longer - 1 }, (_, index) => longer - index).flatMap((size): readonly Filter[] => {
    const [high, wide] = [Math.min(size, height), Math.min(size, width)];
    // Centred on a pixel, or between two, as the kernel is.
    if ((height - high) % 2 !== 0 || (width - wide) % 2 !== 0) return [];
    return [
      {
        name: { type: "sobel", size: [high, wide] },
        right: steep(separable(height, width, smooth(high), rise(wide)), "x", height, width),
        up: steep(separable(height, width, rise(high), smooth(wide)), "y", height, width),
      },
    ];
  });
  const gaussians = sigmas
    .filter((sigma) => sigma <= Math.max(sigmas[0]!, longer / 2))
    .map((sigma): Filter => {
      const bell = (at: number): number => Math.exp(-(at * at) / (2 * sigma * sigma));
      const slope = (at: number): number => at * bell(at);
      const along = (length: number, value: (at: number) => number): Float64Array =>
        Float64Array.from({ length }, (_, index) => value(index - (length - 1) / 2));
      return {
        name: { type: "gaussian", sigma },
        right: steep(separable(height, width, along(height, bell), along(width, slope)), "x", height, width),
        up: steep(separable(height, width, along(height, slope), along(width, bell)), "y", height, width),
      };
    });
  return [...sobels, ...gaussians];
}

/** Pascal's row of so many numbers: 1 2 1. */
function smooth(length: number): Float64Array {
  let row = [1];
  while (row.length < length) row = [...row, 0].map((value, at) => value + (row[at - 1] ?? 0));
  return Float64Array.from(row);
}
/** Differences of the row that is one shorter: −1 0 1; of one pixel there are none. */
function rise(length: number): Float64Array {
  if (length < 2) return new Float64Array(length);
  const row = smooth(length - 1);
  return Float64Array.from({ length }, (_, at) => (row[at - 1] ?? 0) - (row[at] ?? 0));
}

/** The product of two rows, centred over [height, width], with zeros around. */
function separable(height: number, width: number, down: Float64Array, across: Float64Array): Float64Array {
  const values = new Float64Array(height * width);
  const [top, left] = [(height - down.length) / 2, (width - across.length) / 2];
  for (const [y, first] of down.entries())
    for (const [x, second] of across.entries()) values[(top + y) * width + left + x] = first * second;
  return values;
}

/** Scaled so that it answers 1 to a rise of 1 a pixel; upwards is against the order of the rows. */
function steep(values: Float64Array, axis: "x" | "y", height: number, width: number): Float64Array | null {
  let answer = 0;
  for (const [at, value] of values.entries())
    answer += value * (axis === "x" ? (at % width) - (width - 1) / 2 : (height - 1) / 2 - Math.floor(at / width));
  return answer === 0 ? null : values.map((value) => value / answer);
}

/** The filter's pattern in a direction, in degrees; of one axis alone it is that axis's, with its sign. */
export function steered({ right, up }: Filter, direction: number): Float64Array {
  const angle = (direction * Math.PI) / 180;
  const [across, upwards] = [Math.cos(angle), Math.sin(angle)];
  return (right ?? up)!.map((_, at) => across * (right?.[at] ?? 0) + upwards * (up?.[at] ?? 0));
}

/** Of nearly equal correlations the filter that stands first in the bank is taken: rounding decides nothing. */
const tie = 1e-9;

/**
 * The filter and the direction with which a kernel's pixels correlate best.
 *
 * Patterns of a pair are at right angles to each other and have a mean of 0, so with k the kernel about its mean
 *
 *   r = |k|⁻¹ √((k·right / |right|)² + (k·up / |up|)²),  at the angle of (k·right / |right|², k·up / |up|²)
 *
 * @param kernel  [height, width]
 * @returns       null of a kernel whose pixels are all the same, or of an empty bank: no correlation is defined
 */
export function bestMatch(bank: readonly Filter[], kernel: ArrayLike<number>): Match | null {
  const count = kernel.length;
  let sum = 0;
  for (let at = 0; at < count; at++) sum += kernel[at]!;
  const mean = sum / count;
  let [square, largest] = [0, 0];
  for (let at = 0; at < count; at++) {
    square += (kernel[at]! - mean) ** 2;
    largest = Math.max(largest, Math.abs(kernel[at]!));
  }
  // What rounding leaves of equal numbers is no pattern.
  if (bank.length === 0 || !(Math.sqrt(square / count) > 1e-9 * largest)) return null;
  let best: Match | null = null;
  for (const [filter, { right, up }] of bank.entries()) {
    const [across, upwards] = [projection(kernel, right), projection(kernel, up)];
    const correlation = Math.min(1, Math.sqrt((across.on ** 2 + upwards.on ** 2) / square));
    if (best && !(correlation > best.correlation + tie)) continue;
    const angle = (Math.atan2(upwards.times, across.times) * 180) / Math.PI;
    best = { filter, direction: angle < 0 ? (angle + 360) % 360 : angle, correlation };
  }
  return best;
}

/** How long the kernel is along a pattern, and how many times the pattern that is. */
function projection(kernel: ArrayLike<number>, pattern: Float64Array | null): { on: number; times: number } {
  if (!pattern) return { on: 0, times: 0 };
  let [product, square] = [0, 0];
  for (let at = 0; at < pattern.length; at++) {
    product += kernel[at]! * pattern[at]!;
    square += pattern[at]! ** 2;
  }
  return { on: product / Math.sqrt(square), times: product / square };
}
