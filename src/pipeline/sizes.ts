/**
 * How large a value is when everything that it shares is written out: aliases and lookups stand for the same value in
 * many places, so what is small in memory may be endless on paper. Each value is looked at once.
 */
import type { Value } from "./document.js";

interface Size {
  /** Itself and all that it holds. */
  readonly values: number;
  /** Lists and maps inside each other; 0 of a scalar. */
  readonly depth: number;
  /** Texts and keys that look something up. */
  readonly lookups: number;
}
const plainScalar: Size = { values: 1, depth: 0, lookups: 0 };
const lookup: Size = { values: 1, depth: 0, lookups: 1 };

export class Sizes {
  readonly #known = new WeakMap<Value, Size>();

  of(value: Value): Size {
    if (value.type === "scalar")
      return typeof value.value === "string" && value.value.includes("${") ? lookup : plainScalar;
    let size = this.#known.get(value);
    if (!size) {
      let [values, depth, lookups] = [1, 0, 0];
      for (const part of value.type === "list" ? value.items : value.entries) {
        const inner = this.of("key" in part ? part.value : part);
        if ("key" in part && part.key.includes("${")) lookups++;
        values += inner.values;
        depth = Math.max(depth, inner.depth);
        lookups += inner.lookups;
      }
      size = { values, depth: depth + 1, lookups };
      this.#known.set(value, size);
    }
    return size;
  }
}
