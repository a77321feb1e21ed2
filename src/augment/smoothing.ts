/**
 * Gaussian smoothing of a grid, rows and columns, with the grid mirrored at its border (whose numbers are not repeated).
 *
 * Along an axis of n numbers smoothing is a product with an n × n matrix G. Mirrored, the matrix is the same read
 * backwards: G[i, j] = G[n−1−i, n−1−j]. So sums and differences of mirrored pairs stay apart:
 *
 *   e_j = x_j + x_(n−1−j),  o_j = x_j − x_(n−1−j),   u = E e,  v = O o,   y_i = u_i + v_i,  y_(n−1−i) = u_i − v_i
 *
 * with E[i, j] = (G[i, j] + G[i, n−1−j]) / 2 and O[i, j] = (G[i, j] − G[i, n−1−j]) / 2, both half as high and half as
 * wide: half of the multiplications. The middle of an odd n stands alone in e. Source: Cantoni & Butler (1976) on
 * centrosymmetric matrices.
 */

/**
 * Weights of a Gaussian at the whole offsets −r … r, which sum to 1: torchvision's kernel, cut off after r without a
 * correction.
 *
 * @param size   2 r + 1
 * @param sigma  in pixels, above 0
 */
export function gaussianWeights(size: number, sigma: number): Float64Array {
  const radius = (size - 1) / 2;
  const weights = Float64Array.from({ length: size }, (_, at) => Math.exp(-((at - radius) ** 2) / (2 * sigma ** 2)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Smooths grids of one size along both axes. Not to be used by two at a time. */
export class Smoothing {
  readonly #down: Axis;
  readonly #across: Axis;
  readonly #between: Float64Array;

  constructor(height: number, width: number) {
    this.#down = new Axis(height, width);
    this.#across = new Axis(width, height);
    this.#between = new Float64Array(height * width);
  }

  /** The weights along both axes from now on; half of them must be fewer than each axis has numbers. */
  weigh(weights: Float64Array): void {
    this.#down.weigh(weights);
    this.#across.weigh(weights);
  }

  /** @param grid  [height, width], which is overwritten */
  smooth(grid: Float64Array): void {
    this.#down.smoothTurned(grid, this.#between);
    this.#across.smoothTurned(this.#between, grid);
  }
}

/** Smooths the columns of grids of `count` rows and `others` columns. */
class Axis {
  readonly #count: number;
  readonly #others: number;
  /** Pairs of mirrored rows. */
  readonly #pairs: number;
  /** The same and the middle row, where there is one. */
  readonly #half: number;
  /** E, [half, half]. */
  readonly #even: Float64Array;
  /** O, [pairs, pairs], in rows of `half`. */
  readonly #odd: Float64Array;
  /** e and o of one column. */
  readonly #sums: Float64Array;
  readonly #differences: Float64Array;

  constructor(count: number, others: number) {
    this.#count = count;
    this.#others = others;
    this.#pairs = count >> 1;
    this.#half = (count + 1) >> 1;
    this.#even = new Float64Array(this.#half * this.#half);
    this.#odd = new Float64Array(this.#half * this.#half);
    this.#sums = new Float64Array(this.#half);
    this.#differences = new Float64Array(this.#half);
  }

  weigh(weights: Float64Array): void {
    const [count, pairs, half, even, odd] = [this.#count, this.#pairs, this.#half, this.#even, this.#odd];
    const radius = (weights.length - 1) / 2;
    even.fill(0);
    odd.fill(0);
    for (let row = 0; row < half; row++)
      for (let offset = -radius; offset <= radius; offset++) {
        const weight = weights[offset + radius]!;
        const folded = Math.abs(row + offset);
        const column = folded < count ? folded : 2 * (count - 1) - folded;
        if (column < pairs) {
          even[row * half + column]! += weight / 2;
          odd[row * half + column]! += weight / 2;
        } else if (column < half) even[row * half + column]! += weight;
        else {
          even[row * half + count - 1 - column]! += weight / 2;
          odd[row * half + count - 1 - column]! -= weight / 2;
        }
      }
  }

  /** Columns of `from` [count, others], smoothed, become rows of `to` [others, count]. */
  smoothTurned(from: Float64Array, to: Float64Array): void {
    const [count, others, pairs, half] = [this.#count, this.#others, this.#pairs, this.#half];
    const [even, odd, sums, differences] = [this.#even, this.#odd, this.#sums, this.#differences];
    for (let column = 0; column < others; column++) {
      for (let row = 0; row < half; row++) {
        const first = from[row * others + column]!;
        const last = from[(count - 1 - row) * others + column]!;
        sums[row] = row < pairs ? first + last : first;
        differences[row] = first - last;
      }
      const start = column * count;
      for (let row = 0; row < half; row++) {
        let [u, v] = [0, 0];
        const at = row * half;
        for (let other = 0; other < half; other++) {
          u += even[at + other]! * sums[other]!;
          v += odd[at + other]! * differences[other]!;
        }
        to[start + row] = u + v;
        // The middle row is its own mirror image: v is 0 there.
        to[start + count - 1 - row] = u - v;
      }
    }
  }
}
