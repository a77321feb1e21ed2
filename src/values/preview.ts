/**
 * What `hw1 show` says of an output beside its metrics and tensors, in a small vocabulary that a terminal draws: the
 * kind that left it writes it, `text/preview.ts` lays it out.
 */

import type { Json } from "../util/json.js";
import type { Spread } from "../util/statistics.js";
import type { Sketch } from "./sketch.js";

export type Preview = readonly PreviewPart[];

export type PreviewPart =
  /** Begins a section: a title, and what follows it on its line. */
  | { readonly type: "heading"; readonly title: string; readonly more?: string; readonly isMistake?: boolean }
  | {
      readonly type: "lines";
      readonly lines: readonly string[];
      readonly isAside?: boolean;
      readonly isClipped?: boolean;
      /** Sentences: what does not fit goes on below, as of lines aside it always does. */
      readonly isFolded?: boolean;
    }
  /** Columns of texts, the first row above the others. */
  | { readonly type: "columns"; readonly rows: readonly (readonly string[])[] }
  /** Columns of which some are numbers, at the right; where all do not fit, some are dropped, one after the other. */
  | {
      readonly type: "numbers";
      readonly rows: readonly (readonly string[])[];
      readonly right: readonly number[];
      readonly drop: readonly number[];
    }
  /**
   * Configurations by rank, each with its values, or by its key where those do not fit; where that does not either,
   * some fields are dropped, one after the other.
   */
  | {
      readonly type: "ranking";
      readonly parameters: readonly string[];
      readonly rows: readonly RankedRow[];
      /** Names of fields. */
      readonly drop?: readonly string[];
    }
  /** Fractions and counts by name, of one output or over several. */
  | {
      readonly type: "measures";
      readonly columns: readonly string[];
      /** Those of the columns that count something. */
      readonly counts: readonly string[];
      readonly rows: readonly { readonly name: string; readonly values: readonly (number | null | Spread)[] }[];
    }
  /** Grey images beside each other, as many as fit: pixels in 0 … 1, row by row. */
  | {
      readonly type: "images";
      readonly height: number;
      readonly width: number;
      readonly images: readonly { readonly pixels: Float32Array; readonly caption: string }[];
    }
  | { readonly type: "sketch"; readonly sketch: Sketch };

export interface RankedRow {
  readonly rank: number;
  readonly key: string;
  readonly values: { readonly [parameter: string]: Json };
  /** Column → text, the same columns in every row. */
  readonly fields: readonly (readonly [string, string])[];
}
