/**
 * What check time knows of an output: its type, shape, names and classes, and which examples it comes from.
 *
 * A kind's `check` says it of what the stage leaves, and is told it of what the stage reads.
 */
import type { Span } from "../diagnostic/diagnostic.js";
import type { JsonObject } from "../util/json.js";
import type { Dataset, Normalization } from "../values/dataset.js";
import type { PortType } from "../values/output.js";
import type { Reading } from "../values/reading.js";

/** Which examples a dataset consists of, whatever is done to their features and order. */
export interface RowsInfo {
  /**
   * Examples of one id are the same ones. Elements of a fan-out are not told apart, because what is compared stands at
   * one element, unless a name picks it: `rows-id.ts`.
   */
  readonly id: string;
  /** In which order, where they were put in another one; who cuts parts out of them gets others then. */
  readonly order?: string;
  /** Ids of those that they were cut out of, nearest first. */
  readonly within: readonly string[];
  /** Of merged ones: the parts. */
  readonly parts?: readonly RowsInfo[];
  /** Of what was cut out of merged ones: the parts of those. */
  readonly merged?: readonly RowsInfo[];
  /**
   * How many are there again, after their first time; null where some may be, and it is not known how many. Absent
   * where none is.
   */
  readonly repeats?: number | null;
}
/** Data as they were loaded, where `check` reads or makes those anyway. */
export interface LoadedInfo {
  /** As `RowsInfo.id`. */
  readonly id: string;
  /** Of the `load` stage, which tells itself of rows that its outputs have in common. */
  readonly load: string;
  examples(): Dataset;
}
/** One `normalize` or `impute` that the features went through, as check time knows it. */
export interface NormalizationInfo {
  readonly method: Normalization["method"];
  /** Of an imputation: which statistic fills. */
  readonly by?: string;
  /** The examples whose statistics it used. */
  readonly of: RowsInfo | undefined;
  /** The stage that did it. */
  readonly span: Span;
  /** The numbers, where `check` reads or makes those examples anyway. */
  readonly numbers?: (() => Normalization) | undefined;
  /** That it knows of held-out examples was told. */
  readonly isReported?: boolean;
}
/** Examples by which a model was made. */
export interface LearnedInfo {
  readonly rows: RowsInfo;
  /** Its weights, its best epoch, its learning rates, or its settings. */
  readonly how: "trained" | "stopped" | "steered" | "chosen";
  /** The stage that trained it. */
  readonly span: Span;
  readonly loaded?: readonly LoadedInfo[] | undefined;
}

/**
 * What check time knows of an output without computing it: members that are absent, and a shape or count that is null,
 * are not known.
 */
export interface PortInfo {
  readonly type: PortType;
  /** dataset, folds: shape of one example; model: shape of its output. */
  readonly shape?: readonly number[] | null;
  /** Null where the labels are known to be numbers. */
  readonly classes?: readonly string[] | null | undefined;
  readonly count?: number | null;
  /** model: its loss, which decides the metrics; of an ensemble as its evaluation will have it. */
  readonly loss?: string | undefined;
  /** model: shape of one example it takes in. */
  readonly inputShape?: readonly number[] | null;
  /**
   * model: its layers as `ModelData.layers` will have them, without names and shapes; absent where they come with the
   * settings of a trial, which differ from winner to winner.
   */
  readonly layers?: readonly JsonObject[] | undefined;
  /** inspection: what it has of the model. */
  readonly inspected?: InspectedInfo | undefined;
  /** model, evaluation: dotted names of its metrics, such as `validation.loss`. */
  readonly metrics?: readonly string[];
  /**
   * model, evaluation: how its loss is computed, and which of its metrics are that loss. Where this differs, those
   * cannot be compared; what can is said in words.
   */
  readonly criterion?:
    | { readonly text: string; readonly metrics: readonly string[]; readonly instead: string }
    | undefined;
  /** The classes (or count) come from here, so that a diagnostic can show both places. */
  readonly origin?: Span | undefined;
  readonly search?: SearchInfo | undefined;
  /** weight_history: names of the layers that have weights, where the network is known. */
  readonly weightedLayers?: readonly string[] | undefined;
  /** dataset: the split that its examples are of, as `DatasetData.split` will say. */
  readonly split?: string | undefined;
  /** dataset, model, evaluation: names of the columns; [] where they have none. */
  readonly featureNames?: readonly string[] | null | undefined;
  readonly targetNames?: readonly string[] | null | undefined;
  /** dataset, model: how `load` made features of the file; null where these are its own numbers. */
  readonly reading?: Reading | null | undefined;
  /**
   * dataset, evaluation: what was done to the features, in order; [] where they are as loaded. model: the same of the
   * data that it learned from.
   */
  readonly normalization?: readonly NormalizationInfo[] | null | undefined;
  /** dataset: cut out of a test set, whatever its own split is called. */
  readonly isOfTest?: boolean | undefined;
  /** dataset: which examples these are. */
  readonly rows?: RowsInfo | undefined;
  /** dataset: what it was made of, as far as `check` has that. */
  readonly loaded?: readonly LoadedInfo[] | undefined;
  /** dataset: where cells were filled by a mean over training rows that no cut has parted since. */
  readonly filled?: Span | undefined;
  /** dataset: the `augment` stage whose recipe travels with it; absent where none does. */
  readonly recipe?: { readonly span: Span } | undefined;
  /** dataset: where its split was made or named, for who refuses that split. */
  readonly splitAt?: Span | undefined;
  /**
   * dataset: columns of its features that 32 bits cannot hold without a loss; absent where there are none, or nothing
   * is known.
   */
  readonly rounded?: readonly string[] | undefined;
  /** evaluation: the port of the model that it judges, which is one for all who read it. */
  readonly model?: PortInfo | undefined;
  /** model: of an ensemble, what its members are. */
  readonly ensemble?: EnsembleInfo | undefined;
  /** model: by which examples it was made. */
  readonly learned?: readonly LearnedInfo[] | undefined;
  /** model: its validation examples, evaluation: its data; and the split they are of. What a search compares by. */
  readonly judgedBy?: { readonly rows: RowsInfo | undefined; readonly split: string | undefined } | undefined;
  /** dataset of classes: examples of each, where `check` reads or makes the data anyway. */
  readonly classCounts?: (() => readonly number[]) | undefined;
  /**
   * dataset: in which order its rows are known to lie, such as "sorted by `input`"; absent where they are mixed or
   * nothing is known.
   */
  readonly ordered?: string | undefined;
  /** dataset: the column that tells which examples belong together, and the one by which `split` may cut. */
  readonly group?: string | undefined;
  readonly order?: string | undefined;
  /** dataset: cells without a value stand in its features as NaN (`on_missing: keep`). */
  readonly hasGaps?: boolean | undefined;
  /** dataset of images: whether they show one thing in their middle, where `check` knows or can look. */
  readonly isCentred?: (() => boolean) | undefined;
  /**
   * dataset: the examples, where `check` reads or makes them anyway, so that warnings about the data come before a run.
   */
  readonly examples?: (() => Dataset) | undefined;
}

/** What is known of the members of an ensemble. */
export interface EnsembleInfo {
  readonly rule: "mean" | "vote";
  /** By name: elements are not told apart. */
  readonly members: readonly PortInfo[];
  /** Losses of the whole that are undefined, as far as is known. */
  readonly without: readonly string[];
}

/** What is known of an inspection. */
export interface InspectedInfo {
  /** By the name of each aspect that is looked at: its options as checked, and names of the layers, where known. */
  readonly aspects: Readonly<
    Record<string, { readonly options: JsonObject; readonly layers: readonly string[] | null }>
  >;
  /** How many examples the model is shown; 0 for none, null where that is not known. */
  readonly inputs: number | null;
}

/** What is known of a search before it has run. */
export interface SearchInfo {
  readonly objective: { readonly metric: string; readonly direction: "minimize" | "maximize" };
  /** Of the space, and those that come with a winner's settings. */
  readonly parameters: readonly string[];
  readonly keys: readonly string[];
  /** Examples that say which trial is best, all folds of them. */
  readonly judges: RowsInfo | undefined;
  /** How its objective is computed, where that is a loss of the trial's own (of the first trial). */
  readonly criterion: { readonly text: string; readonly instead: string } | undefined;
  /** By which the trainings of its first trial learn, undefined where that is open; none where nothing is trained. */
  readonly losses: readonly (string | undefined)[];
  /** Weak trials are stopped at rungs. */
  readonly isHalved: boolean;
  /** Of each trial; null where some come with a winner's settings. */
  readonly values: readonly JsonObject[] | null;
}
