/**
 * Words that stand for no value: a cell is missing that has one of their texts, or writes the same number as one of
 * them (`-99`, `-99.0`).
 */
import { isSameNumber, numberOf } from "./csv-numbers.js";

export class MissingWords {
  readonly #texts: ReadonlySet<string>;
  /** Those that are numbers. */
  readonly #numbers = new Map<number, readonly string[]>();

  constructor(words: readonly string[]) {
    this.#texts = new Set(words);
    for (const word of words) {
      const value = numberOf(word);
      if (!Number.isNaN(value)) this.#numbers.set(value, [...(this.#numbers.get(value) ?? []), word]);
    }
  }
  /** A number that means "nothing" is no odd cell, so cells with numbers are to be looked at too. */
  get haveNumbers(): boolean {
    return this.#numbers.size > 0;
  }
  /** @param value  the cell's number; NaN for none */
  has(text: string, value = this.haveNumbers ? numberOf(text) : Number.NaN): boolean {
    if (this.#texts.has(text)) return true;
    // Beyond 2⁵³ different numbers are one double.
    return this.#numbers.get(value)?.some((word) => isSameNumber(word, text)) ?? false;
  }
}
