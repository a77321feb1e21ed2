/** Folds: a dataset, and in which fold each of its rows is validation. A source of elements. */

import type { DatasetData } from "./dataset.js";
import type { Output } from "./output.js";

/**
 * folds. blobs: `features`, `labels`, `rows`; and `assignment` int32 [count]: the fold, from 1, in which each row is
 * validation.
 */
type FoldsData = DatasetData & { readonly k: number };

declare module "./output.js" {
  interface OutputTypes {
    readonly folds: FoldsData;
  }
}

export const foldsHeadline = ({ data }: Output<"folds">): string => `${data.k} folds of ${data.count} examples`;
