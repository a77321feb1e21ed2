/**
 * The examples of several trainings in one table: each stored example once, however many folds use it.
 *
 * Features are scaled floats and end in a 1, which makes the first layer's bias a row of its weights; classes are
 * one-hot.
 */
import type { ArrayValue } from "../compute/program.js";
import { sizeOfShape } from "../util/shape.js";
import type { Examples } from "./data.js";

export class Table {
  /** float32 [rows, features + 1] */
  readonly features: ArrayValue;
  /** float32 [rows, width]: targets, or one-hot classes. */
  readonly wanted: ArrayValue;
  readonly #places = new Map<Examples, Int32Array>();

  constructor(sets: readonly Examples[]) {
    const [first] = sets as [Examples];
    const inputs = sizeOfShape(first.shape);
    const width = first.classes?.length ?? first.targets;
    const used: { readonly set: Examples; readonly row: number }[] = [];
    const stores: { readonly set: Examples; readonly places: Map<number, number> }[] = [];
    /** Sets of one dataset, such as folds, have their stored examples in common. */
    const storeOf = (set: Examples): Map<number, number> => {
      const known = stores.find(
        ({ set: other }) => other.features === set.features && other.labels === set.labels && other.scale === set.scale,
      );
      if (known) return known.places;
      stores.push({ set, places: new Map() });
      return stores[stores.length - 1]!.places;
    };
    for (const set of sets) {
      const places = storeOf(set);
      this.#places.set(
        set,
        set.rows.map((row) => {
          const place = places.get(row) ?? used.length;
          if (place === used.length) {
            used.push({ set, row });
            places.set(row, place);
          }
          return place;
        }),
      );
    }
    const features = new Float32Array(used.length * (inputs + 1));
    const wanted = new Float32Array(used.length * width);
    for (const [at, { set, row }] of used.entries()) {
      const scale = Math.fround(set.scale);
      for (let index = 0; index < inputs; index++)
        features[at * (inputs + 1) + index] = set.features[row * inputs + index]! * scale;
      features[at * (inputs + 1) + inputs] = 1;
      if (set.classes) wanted[at * width + set.labels[row]!] = 1;
      else
        for (let target = 0; target < width; target++) wanted[at * width + target] = set.labels[row * width + target]!;
    }
    this.features = { dtype: "float32", shape: [used.length, inputs + 1], data: features };
    this.wanted = { dtype: "float32", shape: [used.length, width], data: wanted };
  }

  /** Where the examples of a set lie, in its order. */
  rowsOf(set: Examples): Int32Array {
    return this.#places.get(set)!;
  }
}
