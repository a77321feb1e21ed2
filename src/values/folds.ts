/** Folds: a dataset, and in which fold each of its rows is validation. A source of elements. */

import type { DatasetData } from "./dataset.js";
import type { Output } from "./output.js";

/**
 * folds. blobs: those of a dataset, with `rows`; and `assignment` int32 [count], or [repeats, count]: the key of the
 * fold in which each row is validation, from 1. Repetition r (from 0) has the keys r k + 1 … (r + 1) k.
 */
type FoldsData = DatasetData & {
  readonly k: number;
  /** How often the data are folded anew; absent where that is once. */
  readonly repeats?: number;
  /** Of whole groups: examples in the smallest and in the largest fold. Else folds differ by at most one. */
  readonly sizes?: readonly [number, number];
};

declare module "./output.js" {
  interface OutputTypes {
    readonly folds: FoldsData;
  }
}

export function foldsHeadline({ data: { k, repeats, count, sizes } }: Output<"folds">): string {
  const folds = `${repeats === undefined ? "" : `${repeats} × `}${k} folds of ${count} examples`;
  if (!sizes) return folds;
  const [least, most] = sizes;
  return `${folds}, ${least === most ? least : `${least} to ${most}`} in each`;
}
