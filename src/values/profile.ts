/** What `explore` found in a dataset. */
import type { Sketch } from "./sketch.js";

/**
 * What `explore` found in one column of numbers; of images, in all their pixels. Numbers are as a model sees them:
 * feature × scale.
 */
export type ColumnProfile = {
  readonly name: string;
  readonly role: "feature" | "target";
  /** Null where the column has no number. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** With n − 1. */
  readonly sd: number | null;
  /** Not numbers now, or lacking in the file that was loaded. */
  readonly missing: number;
  readonly distinct: number;
  /**
   * Intervals without a value, from the left; `test` is how many test rows lie inside. Looked for in features, of at
   * most 20 columns.
   */
  readonly empty: readonly { readonly from: number; readonly to: number; readonly test: number | null }[];
  /** Largest distance between the distributions here and in `test`, and what chance alone would rarely exceed. */
  readonly shift: { readonly statistic: number; readonly critical: number } | null;
};
/** profile. No blobs. */
export type ProfileData = {
  readonly split: string;
  readonly count: number;
  readonly shape: readonly number[];
  /** Features, then numbers to predict; features of images and of more than 100 columns are taken together. */
  readonly columns: readonly ColumnProfile[];
  readonly classes: {
    readonly names: readonly string[];
    readonly counts: readonly number[];
    /** largest / smallest; null where a class has no example. */
    readonly ratio: number | null;
    /** Entropy of the shares / ln(classes): 1 for equal sizes. */
    readonly evenness: number;
    readonly balanced: boolean;
    /** What that means for accuracy, in a sentence. */
    readonly remark: string;
  } | null;
  readonly duplicates: {
    /** Rows whose features are those of an earlier row … */
    readonly rows: number;
    /** … but whose label is not. */
    readonly contradictory: number;
    /** Rows of `test` whose features are those of a row here. */
    readonly test: number | null;
  };
  /** "sorted by `input`", "grouped by class"; null for rows in no order. */
  readonly order: string | null;
  readonly test: { readonly split: string; readonly count: number } | null;
  readonly warnings: readonly { readonly title: string; readonly message: string }[];
  /** The same for a terminal. */
  readonly sketch: readonly Sketch[];
};

declare module "./output.js" {
  interface OutputTypes {
    readonly profile: ProfileData;
  }
}
