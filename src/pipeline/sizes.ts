/**
 * How large a value is when everything that it shares is written out: aliases and lookups stand for the same value in many places, so what is
 * small in memory may be endless on paper. Each value is looked at once.
 */
import type { Value } from "./read.js";

export interface Size {
  /** Itself and all that it holds. */
  readonly values: number;
  /** Lists and maps inside each other; 0 of a scalar. */
  readonly depth: number;
}
const one: Size = { values: 1, depth: 0 };

export class Sizes {
  readonly #known = new WeakMap<Value, Size>();

  of(value: Value): Size {
    if (value.type === "scalar") return one;
    let size = this.#known.get(value);
    if (!size) {
      let [values, depth] = [1, 0];
      for (const part of value.type === "list" ? value.items : value.entries) {
        const inner = this.of("key" in part ? part.value : part);
        values += inner.values;
        depth = Math.max(depth, inner.depth);
      }
      size = { values, depth: depth + 1 };
      this.#known.set(value, size);
    }
    return size;
  }
}
