/**
 * One named, seeded stream per purpose.
 *
 * The seed of a stream is SHA-256 of (root seed, fold keys, purpose, epoch); so no stream depends on another having
 * been drawn from, on a stage's name, or on order. The generator is xoroshiro128+ of `pure-rand`.
 */
import { hash } from "node:crypto";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

export interface Stream {
  /** Uniform in [0, 1), with 32 random bits. */
  uniform(): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** Uniform whole number in 0 … n − 1, without modulo bias; n up to 2⁵³. */
  int(n: number): number;
  /** How often each of 0 … n − 1 comes up where n are drawn with replacement. @param times  n numbers, filled */
  drawings(times: Int32Array): void;
  /** Fisher–Yates: 0 … n − 1 in random order. */
  permutation(n: number): Int32Array;
}

export function stream(seed: number, folds: readonly string[], purpose: string, epoch?: number): Stream {
  const key = hash("sha256", JSON.stringify([seed, folds, purpose, epoch ?? null]), "buffer");
  return new SeededStream(
    xoroshiro128plusFromState([key.readInt32LE(0), key.readInt32LE(4), key.readInt32LE(8), key.readInt32LE(12) | 1]),
  );
}

class SeededStream implements Stream {
  readonly #generator: ReturnType<typeof xoroshiro128plusFromState>;
  #spare: number | undefined;

  constructor(generator: ReturnType<typeof xoroshiro128plusFromState>) {
    this.#generator = generator;
  }

  #word(): number {
    return this.#generator.next() >>> 0;
  }

  uniform(): number {
    return this.#word() / 4294967296;
  }

  int(n: number): number {
    if (n > 4294967296) return this.#wide(n);
    const limit = Math.floor(4294967296 / n) * n;
    let drawn = this.#word();
    while (drawn >= limit) drawn = this.#word();
    // drawn % n, three times as fast; the quotient of 32-bit numbers is never rounded up to a whole one.
    return drawn - Math.floor(drawn / n) * n;
  }
  /** Of 53 random bits, for ranges that 32 do not reach. */
  #wide(n: number): number {
    const draw = (): number => (this.#word() >>> 11) * 4294967296 + this.#word();
    const limit = Math.floor(9007199254740992 / n) * n;
    let drawn = draw();
    while (drawn >= limit) drawn = draw();
    return drawn % n;
  }

  drawings(times: Int32Array): void {
    const n = times.length;
    times.fill(0);
    if (n > 65536) {
      for (let index = 0; index < n; index++) times[this.int(n)]!++;
      return;
    }
    // Two of one word, half as many words: an interval of 10,000 examples draws twenty million.
    const limit = Math.floor(65536 / n) * n;
    for (let left = n; left > 0; ) {
      const word = this.#word();
      const [first, second] = [word >>> 16, word & 65535];
      if (first < limit) {
        times[first % n]!++;
        left--;
      }
      if (second < limit && left > 0) {
        times[second % n]!++;
        left--;
      }
    }
  }

  normal(): number {
    if (this.#spare !== undefined) {
      const value = this.#spare;
      this.#spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log((this.#word() + 1) / 4294967297));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  permutation(n: number): Int32Array {
    const order = new Int32Array(n);
    for (let index = 0; index < n; index++) order[index] = index;
    for (let index = n - 1; index > 0; index--) {
      const other = this.int(index + 1);
      const value = order[index]!;
      order[index] = order[other]!;
      order[other] = value;
    }
    return order;
  }
}
