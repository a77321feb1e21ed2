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
import { mirrored } from "./sampling.js";

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

/** Columns that are smoothed at a time. */
const abreast = 4;

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
  /** e and o of so many columns, [half, abreast]. */
  readonly #sums: Float64Array;
  readonly #differences: Float64Array;

  constructor(count: number, others: number) {
    this.#count = count;
    this.#others = others;
    this.#pairs = count >> 1;
    this.#half = (count + 1) >> 1;
    this.#even = new Float64Array(this.#half * this.#half);
    this.#odd = new Float64Array(this.#half * this.#half);
    this.#sums = new Float64Array(this.#half * abreast);
    this.#differences = new Float64Array(this.#half * abreast);
  }

  weigh(weights: Float64Array): void {
    const [count, pairs, half, even, odd] = [this.#count, this.#pairs, this.#half, this.#even, this.#odd];
    const radius = (weights.length - 1) / 2;
    even.fill(0);
    odd.fill(0);
    for (let row = 0; row < half; row++)
      for (let offset = -radius; offset <= radius; offset++) {
        const weight = weights[offset + radius]!;
        const column = mirrored(row + offset, count);
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
    for (let column = 0; column < this.#others; column += abreast) {
      this.#fold(from, column);
      this.#multiply(to, column);
    }
  }

  /** Beyond the last column there is nothing. */
  #fold(from: Float64Array, column: number): void {
    const [count, others, pairs, half] = [this.#count, this.#others, this.#pairs, this.#half];
    const [sums, differences] = [this.#sums, this.#differences];
    const width = Math.min(abreast, others - column);
    for (let row = 0; row < half; row++) {
      const [first, last, at] = [row * others + column, (count - 1 - row) * others + column, row * abreast];
      for (let offset = 0; offset < width; offset++) {
        const value = from[first + offset]!;
        const mirrored = from[last + offset]!;
        sums[at + offset] = row < pairs ? value + mirrored : value;
        differences[at + offset] = value - mirrored;
      }
    }
  }

  /** Columns abreast use each weight that is read for all of them: that halves the time. */
  #multiply(to: Float64Array, column: number): void {
    const [count, others, half] = [this.#count, this.#others, this.#half];
    const [even, odd, sums, differences] = [this.#even, this.#odd, this.#sums, this.#differences];
    for (let row = 0, weight = 0; row < half; row++) {
      let u0 = 0;
      let u1 = 0;
      let u2 = 0;
      let u3 = 0;
      let v0 = 0;
      let v1 = 0;
      let v2 = 0;
      let v3 = 0;
      for (let at = 0; at < half * abreast; at += abreast, weight++) {
        const e = even[weight]!;
        const o = odd[weight]!;
        u0 += e * sums[at]!;
        u1 += e * sums[at + 1]!;
        u2 += e * sums[at + 2]!;
        u3 += e * sums[at + 3]!;
        v0 += o * differences[at]!;
        v1 += o * differences[at + 1]!;
        v2 += o * differences[at + 2]!;
        v3 += o * differences[at + 3]!;
      }
      // The middle row is its own mirror image: v is 0 there.
      const first = column * count + row;
      const last = (column + 1) * count - 1 - row;
      to[first] = u0 + v0;
      to[last] = u0 - v0;
      if (column + 1 >= others) continue;
      to[first + count] = u1 + v1;
      to[last + count] = u1 - v1;
      if (column + 2 >= others) continue;
      to[first + 2 * count] = u2 + v2;
      to[last + 2 * count] = u2 - v2;
      if (column + 3 >= others) continue;
      to[first + 3 * count] = u3 + v3;
      to[last + 3 * count] = u3 - v3;
    }
  }
}
