/** A dataset's data: what its examples are like. Its blobs hold them. */
import type { TransformSettings } from "../augment/transform.js";
import { type Output, type Outputs, outputOf } from "./output.js";
import type { Reading } from "./reading.js";

/**
 * What one `normalize` does to the features of each column of a table, or each channel of images: (feature × scale −
 * offset) / divisor, in doubles, rounded to float32. Numbers are kept as they were computed, to the last bit.
 */
export type Scaling = {
  readonly method: "standard" | "min_max";
  readonly offset: readonly number[];
  readonly divisor: readonly number[];
};
/**
 * What one `impute` does to each column of a table: `fill` where feature × scale is NaN, all else as it is. What was
 * float64 stays so, and so does what a `fill` needs that float32 cannot hold.
 */
export type Imputation = { readonly method: "impute"; readonly fill: readonly number[] };
/** One step of what is done to features, whose numbers are statistics of training examples. */
export type Normalization = Scaling | Imputation;

/**
 * What becomes of the images anew in each epoch of a training, by `augment`: transforms in their order, each with its
 * settings. Nothing is drawn yet.
 *
 * `features` are those of the images as they are, after all normalisation. Where there is some, the images before it
 * are kept in the blob `originals`, used as original × `scale`, to which first the transforms and then the
 * normalisation are applied.
 */
export type Recipe = {
  readonly transforms: readonly TransformSettings[];
  /** Of the originals, as `DatasetData.scale` is of the features. */
  readonly scale: number;
};

/**
 * dataset. blobs: `features` uint8, float32 or (where that would lose) float64 [n, ...shape]; `labels` int32 [n]
 * (classification) or float32 [n, targets]; optional `rows` int32 [count], the examples this set consists of, in order
 * (absent: all, in order); with a recipe and a normalization `originals`, of the shape of `features`; with `group`
 * `groups` int32 [n], places among its words; with `order` a blob of that name, float64 [n], by which `split` may cut.
 * Features are used as feature × scale (1/255 for bytes of images).
 */
export type DatasetData = {
  readonly count: number;
  readonly shape: readonly number[];
  readonly classes: readonly string[] | null;
  readonly scale: number;
  /**
   * What the features were multiplied by before the first normalisation, which left a `scale` of 1; absent where that
   * was 1, too, or nothing was normalised.
   */
  readonly rawScale?: number;
  /** Before the first step they were kept in 64 bits, whose digits that step has read; absent where in 32. */
  readonly rawDoubles?: boolean;
  readonly featureNames: readonly string[];
  readonly targetNames: readonly string[];
  /** What was done to the features as they are stored, in order; absent where they are as they were loaded. */
  readonly normalization?: readonly Normalization[];
  /** What is done to them in training only. */
  readonly recipe?: Recipe;
  /** What was done to make these images of others, once and for all; each of those is there so many times. */
  readonly copies?: { readonly count: number; readonly transforms: readonly TransformSettings[] };
  /**
   * Which split the examples are of; metrics of a set used to stop training are named apart from test metrics. Merged
   * ones are joined by `+`.
   */
  readonly split: string;
  /**
   * Cells that the file lacked, by column, whatever was done about them; absent where there were none. Of what was
   * loaded, not of parts of it.
   */
  readonly missing?: Readonly<Record<string, number>>;
  /**
   * Rows of the file that were left out because of such cells, so that none of these rows had one; absent where none
   * were.
   */
  readonly leftOut?: number;
  /** How the features were made of what the files hold; absent where they are the files' own numbers. */
  readonly reading?: Reading;
  /** What tells which examples belong together, such as those of one patient: a column that is no feature. */
  readonly group?: { readonly name: string; readonly words: readonly string[] };
  /** What tells in which order examples came about, such as a date: a column that is no feature. */
  readonly order?: { readonly name: string };
};

declare module "./output.js" {
  interface OutputTypes {
    readonly dataset: DatasetData;
  }
}

export type Dataset = Output<"dataset">;

/** Whether a split, such as `train+test`, holds test examples. */
export const holdsTest = (split: string | undefined): boolean => (split ?? "").split("+").includes("test");

/** `train 55000, validation 5000`: each output of a stage that leaves datasets. */
export const datasetsHeadline = (outputs: Outputs): string =>
  Object.entries(outputs)
    .map(([name, output]) => `${name} ${outputOf(output, "dataset").data.count}`)
    .join(", ");
