/**
 * The random numbers of a transform: for each image its own, which depend on nothing but what they are named after.
 *
 * The key is SHA-256 of (seed, fold keys, `augment NAME K`, epoch), as that of a training's other streams is; the counter
 * is (row, repetition, block). So an image's numbers are the same whatever was drawn before, in whatever order, and by
 * whichever thread. Starting an image costs nothing, where a stream would cost a digest (3 µs).
 */
import { hash } from "node:crypto";
import { threefry } from "./threefry.js";
import type { Draws, Range } from "./transform.js";

/** What one in 32 bits is worth; times it is exact, and as good as a division. */
const unit = 2 ** -32;

export class CounterDraws implements Draws {
  readonly #key = new Int32Array(4);
  /** Row, repetition, block, 0. */
  readonly #counter = new Int32Array(4);
  readonly #words = new Int32Array(4);
  /** Words of the block that are used; 4 where the next number needs a new one. */
  #used = 4;

  /** @param purpose  what the numbers are for, such as `augment rotate 1` */
  key(seed: number, folds: readonly string[], purpose: string, epoch: number): void {
    const digest = hash("sha256", JSON.stringify([seed, folds, purpose, epoch]), "buffer");
    for (let word = 0; word < 4; word++) this.#key[word] = digest.readInt32LE(4 * word);
    this.image(0, 0);
  }

  /** The next number is the first of this image. */
  image(row: number, repetition: number): void {
    this.#counter[0] = row;
    this.#counter[1] = repetition;
    this.#counter[2] = 0;
    this.#used = 4;
  }

  /** The next block of words. */
  #next(): void {
    threefry(this.#key, this.#counter, this.#words);
    this.#counter[2]!++;
  }

  /** The next word, as a signed number. */
  #signedWord(): number {
    if (this.#used === 4) {
      this.#next();
      this.#used = 0;
    }
    return this.#words[this.#used++]!;
  }
  #word(): number {
    return this.#signedWord() >>> 0;
  }

  uniform(): number {
    return this.#word() * unit;
  }

  uniforms(into: Float64Array): void {
    let at = 0;
    while (this.#used < 4 && at < into.length) into[at++] = this.uniform();
    // Whole blocks, without asking for each number whether one is used up: a third less time.
    const words = this.#words;
    for (; at + 4 <= into.length; at += 4) {
      this.#next();
      into[at] = (words[0]! >>> 0) * unit;
      into[at + 1] = (words[1]! >>> 0) * unit;
      into[at + 2] = (words[2]! >>> 0) * unit;
      into[at + 3] = (words[3]! >>> 0) * unit;
    }
    while (at < into.length) into[at++] = this.uniform();
  }

  between([from, to]: Range): number {
    // Both ends are possible; [a, a] is exactly a, and rounding leads no further than b.
    return Math.min(to, from + (to - from) * (this.#word() / 4294967295));
  }

  int(n: number): number {
    // Without modulo bias: what lies above the largest multiple of n is drawn again.
    const limit = Math.floor(4294967296 / n) * n;
    let drawn = this.#word();
    while (drawn >= limit) drawn = this.#word();
    return drawn % n;
  }

  /** By the polar method, two at a time: twice as fast as Box–Muller's. Source: Marsaglia & Bray (1964). */
  normals(into: Float64Array): void {
    for (let at = 0; at < into.length; at += 2) {
      let x: number;
      let y: number;
      let square: number;
      do {
        x = this.#signed();
        y = this.#signed();
        square = x * x + y * y;
      } while (square >= 1 || square === 0);
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      into[at] = x * factor;
      // Of an odd number of them the last one is left out.
      if (at + 1 < into.length) into[at + 1] = y * factor;
    }
  }

  /** Uniform in [−1, 1). */
  #signed(): number {
    return this.#signedWord() * (2 * unit);
  }
}
