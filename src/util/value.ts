/**
 * What stages hand to each other: named outputs of JSON and typed bytes.
 *
 * A dataset's shuffle, split or fold writes only `rows`; the features and labels blobs keep their digests and are
 * stored once. A blob read from the store knows its digest, so passing it on costs nothing.
 */
import type { Digest } from "./digest.js";
import { canonical, type JsonObject, parseCanonical } from "./json.js";

/**
 * `dataset`: examples · `model`: layers, weights, history · `folds`: a source of elements · `evaluation` · `figure` ·
 * `profile`: what `explore` found · `search`: trials and their scores · `selection`: winners, a source of elements ·
 * `failure`: why a trial has no result.
 */
export type PortType =
  | "dataset"
  | "model"
  | "folds"
  | "evaluation"
  | "figure"
  | "profile"
  | "search"
  | "selection"
  | "failure";
export type Dtype = "float32" | "float64" | "int32" | "uint8" | "bytes";

/** Little-endian bytes of an array in row-major order. */
export interface Blob {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly digest?: Digest;
  /** Reads (and, from the store, re-hashes) the bytes. */
  bytes(): Uint8Array;
}

/**
 * One output of a stage. Data by type: DatasetData, ModelData, FoldsData, EvaluationData, FigureData, ProfileData,
 * SearchData, SelectionData, FailureData.
 */
export interface Output {
  readonly type: PortType;
  readonly data: JsonObject;
  readonly blobs: Readonly<Record<string, Blob>>;
}
export type Outputs = Readonly<Record<string, Output>>;

/**
 * What one `normalize` does to the features of each column of a table, or each channel of images: (feature × scale −
 * offset) / divisor, in doubles, rounded to float32. Numbers are kept as they were computed, to the last bit.
 */
export type Normalization = {
  readonly method: "standard" | "min_max";
  readonly offset: readonly number[];
  readonly divisor: readonly number[];
};

/**
 * dataset. blobs: `features` uint8, float32 or (where that would lose) float64 [n, ...shape]; `labels` int32 [n]
 * (classification) or float32 [n, targets]; optional `rows` int32 [count], the examples this set consists of, in order
 * (absent: all, in order). Features are used as feature × scale (1/255 for bytes of images).
 */
export type DatasetData = {
  readonly count: number;
  readonly shape: readonly number[];
  readonly classes: readonly string[] | null;
  readonly scale: number;
  readonly featureNames: readonly string[];
  readonly targetNames: readonly string[];
  /** What was done to the features as they are stored, in order; absent where they are as they were loaded. */
  readonly normalization?: readonly Normalization[];
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
};

/**
 * folds. blobs: `features`, `labels`, `rows`; and `assignment` int32 [count]: the fold, from 1, in which each row is
 * validation.
 */
export type FoldsData = DatasetData & { readonly k: number };

/** Mean loss and, for classes, the fraction right. */
export type Score = { readonly loss: number; readonly accuracy?: number };
export type EpochScore = {
  readonly epoch: number;
  readonly learningRate: number;
  readonly train: Score;
  readonly validation?: Score;
};
/**
 * model. blobs: one float32 array per parameter, by the parameter's name (`conv_1.weight`); and `history`, bytes:
 * `ModelData.history` as canonical JSON, apart from the rest because it is long and seldom wanted. `modelDataOf` puts
 * them together. `layers` are the checked layers with their shapes; `parameters` keep the order in which the layers use
 * them. Names, classes and normalisation are those of the data that it learned from, which other data are brought to;
 * absent where those had none.
 */
export type ModelData = {
  readonly layers: readonly JsonObject[];
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly scale: number;
  readonly classes: readonly string[] | null;
  readonly featureNames?: readonly string[];
  readonly targetNames?: readonly string[];
  readonly normalization?: readonly Normalization[];
  readonly loss: "cross_entropy" | "mse";
  readonly parameters: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly trained: boolean;
  }[];
  readonly history: readonly EpochScore[];
  readonly stopped: "epochs" | "early_stopping";
  readonly metrics: {
    readonly train: Score;
    readonly validation?: Score;
    readonly epochs: number;
    readonly bestEpoch: number;
  };
};

export function modelDataOf(model: Output): ModelData {
  return { ...(model.data as unknown as ModelData), history: historyOf(model) };
}
export function historyOf(output: Output): readonly EpochScore[] {
  const blob = output.blobs["history"];
  return blob ? (parseCanonical(new TextDecoder().decode(blob.bytes())) as unknown as EpochScore[]) : [];
}
export function historyBlob(history: readonly EpochScore[]): Blob {
  const text = new TextEncoder().encode(canonical(history));
  return blobOf("bytes", [text.length], text);
}

/** null where it is undefined: precision without predictions, recall without examples, f1 without either. */
export type ClassScore = {
  readonly class: string;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  readonly support: number;
};
export type ClassificationMetrics = {
  readonly accuracy: number;
  readonly loss: number;
  readonly correct: number;
  readonly count: number;
  readonly perClass: readonly ClassScore[];
  /** [true][predicted], counts. */
  readonly confusion: readonly (readonly number[])[];
};
/** `r2` is null where it is undefined, that is where all targets are equal. */
export type RegressionMetrics = {
  readonly mse: number;
  readonly rmse: number;
  readonly mae: number;
  readonly r2: number | null;
  readonly count: number;
};
/**
 * evaluation. blobs: `predictions` float32 [count, outputs] (probabilities for classes), `features`, `labels` and
 * `rows` of the dataset, so that a figure can show what was mistaken for what. Of a regression on one feature also
 * `curve`, float32 (or float64 where the features are) [points, 1 + targets]: the feature at equal distances over the
 * range of all stored features, and what the model says there. Features are in the order that the model knows and on
 * the scale on which the data were given; `normalization` says which that is.
 */
export type EvaluationData = {
  readonly loss: "cross_entropy" | "mse";
  readonly classes: readonly string[] | null;
  readonly shape: readonly number[];
  readonly scale: number;
  readonly featureNames?: readonly string[];
  readonly targetNames?: readonly string[];
  readonly normalization?: readonly Normalization[];
  readonly split: string;
  readonly metrics: ClassificationMetrics | RegressionMetrics;
};
/** figure. blobs, of dtype bytes: `svg`, `png`, and `specification`, Vega-Lite or Vega as canonical JSON. */
export type FigureData = {
  readonly figure: string;
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** The same for a terminal; none where only a picture shows it. */
  readonly sketch?: readonly Sketch[];
};

/**
 * What a figure shows, in a form that a terminal can draw: a table of texts, or curves and points over one axis.
 * Columns named in `numbers` are set to the right. `null` breaks a line.
 */
export type Sketch =
  | {
      readonly type: "table";
      readonly title?: string;
      readonly columns: readonly string[];
      readonly numbers?: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  | {
      readonly type: "plot";
      readonly title?: string;
      readonly x: string;
      readonly y: string;
      readonly series: readonly {
        readonly name: string;
        readonly marks: "line" | "points";
        readonly points: readonly (readonly [number, number | null])[];
      }[];
      /** Intervals of x to mark, such as gaps in the training data. */
      readonly shaded?: readonly (readonly [number, number])[];
    };

/**
 * Mean, standard deviation (n − 1) and standard error (sd / √n) of `count` values that are defined; sd and se are null
 * for one, mean for none.
 */
export type Spread = {
  readonly mean: number | null;
  readonly sd: number | null;
  readonly se: number | null;
  readonly count: number;
};
/** Of at least one value. */
export type ScoreSpread = Spread & { readonly mean: number };

/** One configuration of a search, with what its cells (one per fold) left. */
export type TrialData = {
  /** Its values in the order of the space, such as `2-16-elu-0.01`; unique in the search. */
  readonly key: string;
  /** Parameter → value. */
  readonly values: JsonObject;
  readonly status: "ok" | "failed";
  /** 1 is best; null of a failed trial. */
  readonly rank: number | null;
  /** The objective over the cells; null of a failed trial. */
  readonly score: ScoreSpread | null;
  /** Metrics over the cells that succeeded, each number a Spread; null where none did. */
  readonly metrics: JsonObject | null;
  /** In the order of the folds; `element` is null where a trial is one cell. */
  readonly cells: readonly {
    readonly element: string | null;
    readonly score: number | null;
    readonly error: string | null;
  }[];
  /** Numbers that the model learns; null where no cell succeeded. */
  readonly parameters: number | null;
  /** Cannot be told from the best by these folds: the paired difference of the scores is within two standard errors. */
  readonly tied: boolean;
  /** Options of the trial's stages by name (`trial` where there is one), without what they read. */
  readonly options: Readonly<Record<string, JsonObject>>;
};
/** search. No blobs. */
export type SearchData = {
  readonly strategy: "grid" | "random";
  readonly objective: { readonly metric: string; readonly direction: "minimize" | "maximize" };
  /** Names of the values of a trial, in order: those that came with a winner's settings, then those of the space. */
  readonly parameters: readonly string[];
  readonly counts: {
    /** Configurations of the grid, or null where a range has no end of them. */
    readonly total: number | null;
    readonly rejected: readonly { readonly rule: string; readonly count: number }[];
    readonly trials: number;
    readonly failed: number;
  };
  /** In the order of the space. */
  readonly trials: readonly TrialData[];
  /** Of the best trial, for `show`: its objective. */
  readonly metrics: JsonObject;
};
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
    /** Which of the searches given, from 0. */
    readonly source: number;
    readonly options: Readonly<Record<string, JsonObject>>;
  }[];
};
/** failure. No blobs. */
export type FailureData = {
  readonly title: string;
  readonly message: string;
  readonly option: readonly (string | number)[];
};

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

export function blobOf(dtype: Dtype, shape: readonly number[], array: ArrayBufferView): Blob {
  const view = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return { dtype, shape, bytes: () => view };
}
export function float32Of(blob: Blob): Float32Array {
  return new Float32Array(aligned(blob.bytes()));
}
export function float64Of(blob: Blob): Float64Array {
  return new Float64Array(aligned(blob.bytes()));
}
export function int32Of(blob: Blob): Int32Array {
  return new Int32Array(aligned(blob.bytes()));
}
/** The numbers of an array, whatever their type. */
export function numbersOf(blob: Blob): Uint8Array | Int32Array | Float32Array | Float64Array {
  switch (blob.dtype) {
    case "float32":
      return float32Of(blob);
    case "float64":
      return float64Of(blob);
    case "int32":
      return int32Of(blob);
    case "uint8":
    case "bytes":
      return blob.bytes();
  }
}
/** Features of a dataset: bytes, or numbers of either width. */
export function featuresOf(blob: Blob): Uint8Array | Float32Array | Float64Array {
  if (blob.dtype === "uint8") return blob.bytes();
  return blob.dtype === "float64" ? float64Of(blob) : float32Of(blob);
}
function aligned(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
