/** Winners chosen from searches: a source of elements. */

import type { JsonObject } from "../util/json.js";
import { numberOrDash } from "../util/numbers.js";
import type { ScoreSpread } from "../util/statistics.js";
import type { Output } from "./output.js";

/** selection. No blobs. Winners in order, rank 1 first. */
export type SelectionData = {
  readonly rule: "best" | "one_standard_error";
  readonly objective: { readonly metric: string; readonly direction: "minimize" | "maximize" };
  /** Names of the values, in order. */
  readonly parameters: readonly string[];
  /** Distinct configurations chosen from. */
  readonly candidates: number;
  readonly winners: readonly {
    readonly rank: number;
    readonly key: string;
    readonly values: JsonObject;
    readonly score: ScoreSpread;
    readonly parameters: number | null;
    /** As the trial's. */
    readonly bestEpochs?: Readonly<Record<string, ScoreSpread>>;
    /** Which of the searches given, from 0. */
    readonly source: number;
    readonly options: Readonly<Record<string, JsonObject>>;
  }[];
};

declare module "./output.js" {
  interface OutputTypes {
    readonly selection: SelectionData;
  }
}

/** `of 36: 3-32-gelu-0.001 (0.031), 2-64-gelu-0.01 (0.034)`. */
export const selectionHeadline = ({ data: { winners, candidates } }: Output<"selection">): string =>
  `of ${candidates}: ${winners.map(({ key, score }) => `${key} (${numberOrDash(score.mean)})`).join(", ")}`;
