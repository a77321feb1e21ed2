/**
 * Digest → a number, for hundreds of thousands of digests: 32 bytes of each and two numbers, without an object per
 * entry.
 *
 * Open addressing over the first four bytes, which are as good as random. The latest value of a digest holds.
 */
import type { Digest } from "../util/digest.js";
import { hexOf } from "./layout.js";

export const digestLength = 32;

export class DigestTable {
  #keys = Buffer.alloc(1024 * digestLength);
  #values = new Uint32Array(1024);
  /** Number of an entry + 1; 0 where a slot is free. At most half are taken. */
  #slots = new Uint32Array(2048);
  #count = 0;

  get(digest: Digest): number | undefined {
    const entry = this.#slots[this.#slotOf(keyOf(digest), 0)]!;
    return entry === 0 ? undefined : this.#values[entry - 1];
  }

  /** @param keys  holds the digest's 32 bytes from `at` on */
  set(keys: Buffer, at: number, value: number): void {
    if (this.#count === this.#values.length) this.#grow();
    const slot = this.#slotOf(keys, at);
    const entry = this.#slots[slot]!;
    if (entry !== 0) {
      this.#values[entry - 1] = value;
      return;
    }
    keys.copy(this.#keys, this.#count * digestLength, at, at + digestLength);
    this.#values[this.#count] = value;
    this.#slots[slot] = ++this.#count;
  }

  /** The slot that holds the key, or the free one where it belongs. */
  #slotOf(keys: Buffer, at: number): number {
    const mask = this.#slots.length - 1;
    let slot = keys.readUInt32LE(at) & mask;
    for (;;) {
      const entry = this.#slots[slot]!;
      if (entry === 0) return slot;
      const start = (entry - 1) * digestLength;
      if (this.#keys.compare(keys, at, at + digestLength, start, start + digestLength) === 0) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const keys = Buffer.alloc(this.#keys.length * 2);
    this.#keys.copy(keys);
    this.#keys = keys;
    const values = new Uint32Array(this.#values.length * 2);
    values.set(this.#values);
    this.#values = values;
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let entry = 0; entry < this.#count; entry++)
      this.#slots[this.#slotOf(this.#keys, entry * digestLength)] = entry + 1;
  }
}

export function keyOf(digest: Digest): Buffer {
  return Buffer.from(hexOf(digest), "hex");
}
