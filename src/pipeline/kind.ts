/**
 * The contract a stage kind fulfils. A kind is one file in `stages/` that declares, as data, all that others need to
 * know.
 *
 * `pipeline`, `plan` and `run` are handed a table of kinds and import none; tests hand them toy kinds.
 */
import type { z } from "zod";
import type { Mistake, Span } from "../diagnostic/diagnostic.js";
import type { WarningName } from "../diagnostic/warnings.js";
import type { Digest } from "../util/digest.js";
import type { JsonObject } from "../util/json.js";
import type { Normalization } from "../values/dataset.js";
import type { Output, Outputs, PortType } from "../values/output.js";
import type { Axis } from "./scope.js";

/** Which examples a dataset consists of, whatever is done to their features and order. */
export interface RowsInfo {
  /**
   * Examples of one id are the same ones. Elements of a fan-out are not told apart: what is compared stands at one
   * element.
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
/** One `normalize` that the features went through, as check time knows it. */
export interface NormalizationInfo {
  readonly method: Normalization["method"];
  /** The examples whose statistics it used. */
  readonly of: RowsInfo | undefined;
  /** The stage that did it. */
  readonly span: Span;
  /** The numbers, where `check` reads or makes those examples anyway. */
  readonly numbers?: (() => Normalization) | undefined;
  /** That it knows of held-out examples was told. */
  readonly isTold?: boolean;
}
/** Examples by which a model was made. */
export interface LearnedInfo {
  readonly rows: RowsInfo;
  /** Its weights, its best epoch, or its settings. */
  readonly how: "trained" | "stopped" | "chosen";
  /** The stage that trained it. */
  readonly span: Span;
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
  /** model: its loss, which decides the metrics. */
  readonly loss?: string | undefined;
  /** model: shape of one example it takes in. */
  readonly inputShape?: readonly number[] | null;
  /** model, evaluation: dotted names of its metrics, such as `validation.loss`. */
  readonly metrics?: readonly string[];
  /** The classes (or count) come from here, so that a diagnostic can show both places. */
  readonly origin?: Span | undefined;
  readonly search?: SearchInfo | undefined;
  /** dataset: the split that its examples are of, as `DatasetData.split` will say. */
  readonly split?: string | undefined;
  /** dataset, model, evaluation: names of the columns; [] where they have none. */
  readonly featureNames?: readonly string[] | null | undefined;
  readonly targetNames?: readonly string[] | null | undefined;
  /**
   * dataset, evaluation: what was done to the features, in order; [] where they are as loaded. model: the same of the
   * data that it learned from.
   */
  readonly normalization?: readonly NormalizationInfo[] | null | undefined;
  /** dataset: which examples these are. */
  readonly rows?: RowsInfo | undefined;
  /**
   * dataset: columns of its features that 32 bits cannot hold without a loss; absent where there are none, or nothing
   * is known.
   */
  readonly rounded?: readonly string[] | undefined;
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
  /**
   * dataset: the examples, where `check` reads or makes them anyway, so that warnings about the data come before a run.
   */
  readonly examples?: (() => Output) | undefined;
}

export interface InputPort {
  /** Option that names the stage read, such as `data`. */
  readonly option: string;
  readonly accepts: readonly PortType[];
  readonly optional?: boolean;
  /**
   * Takes one name or a list of them, and all elements of a stage that runs over some: in `RunContext.lists` (not
   * `inputs`). At check time the first is in `inputs`, all are in `lists`.
   */
  readonly many?: boolean;
  readonly description: string;
}
/** One of what a `many` input reads. */
export interface ListItem<T> {
  /** Which of the names given, from 0. */
  readonly source: number;
  /** Keys of the elements it was gathered over, joined by "/"; null outside fan-out. */
  readonly element: string | null;
  readonly value: T;
}

export interface Seeds {
  /** Root seed of the pipeline or the stage's own `seed`. */
  readonly seed: number;
  /** Fold keys of the element, outermost first; empty outside fan-out. */
  readonly folds: readonly string[];
}

/** What a source runs over, and what of it is gathered because the reader does not run over it. */
export interface SourceScope {
  readonly all: readonly Axis[];
  readonly gathered: readonly Axis[];
}
/** What is known of a search before it has run. */
export interface SearchInfo {
  readonly objective: { readonly metric: string; readonly direction: "minimize" | "maximize" };
  /** Of the space, and those that come with a winner's settings. */
  readonly parameters: readonly string[];
  readonly keys: readonly string[];
  /** Examples that say which trial is best, all folds of them. */
  readonly judges: RowsInfo | undefined;
  /** Of each trial; null where some come with a winner's settings. */
  readonly values: readonly JsonObject[] | null;
}

export interface CheckContext<O> {
  readonly options: O;
  /** By option name; a missing or broken input is undefined. */
  readonly inputs: Readonly<Record<string, PortInfo | undefined>>;
  /** Of `many` inputs, in the order given; one per name, elements not told apart. A broken one is undefined. */
  readonly lists: Readonly<Record<string, readonly (PortInfo | undefined)[]>>;
  /** Of the same: what each runs over, and which of that is gathered; undefined where a mistake leaves it open. */
  readonly scopes?: Readonly<Record<string, readonly (SourceScope | undefined)[]>>;
  /** Examples by which the settings were chosen that `use` takes over. */
  readonly chosen?: readonly RowsInfo[];
  /** Whether an option stands in the file; else its value is a default. */
  readonly isWritten?: (option: string) => boolean;
  /** Folder of the pipeline file; relative paths start here. */
  readonly folder: string;
  /** The stage's own seed, else the pipeline's. */
  readonly seed?: number;
  /**
   * Says which examples the stage chooses: stages with the same options, seed and examples to choose from have one
   * text. For `PortInfo.rows`.
   */
  identity(): string;
  /** Span of an option's value (deepest part that exists), or of the stage's name for []. */
  span(path?: readonly (string | number)[]): Span;
  /** Reports a mistake at an option's value, or at the stage's name. */
  report(mistake: Mistake): void;
}

export interface Progress {
  /** A training's epoch just ended (or part of one): shown live, kept in events. */
  readonly epoch?: number;
  readonly epochs?: number;
  readonly loss?: number;
  readonly accuracy?: number;
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
  /** 0 … 1 of the whole step. */
  readonly fraction?: number;
  /** Examples (images) a second, over the last report. */
  readonly examplesPerSecond?: number;
  /** What an example is called where it has a name of its own, such as `images`. */
  readonly unit?: string;
  readonly message?: string;
  /** What was done that one may want to know, a sentence without a full stop; nothing to be careful of. */
  readonly remark?: string;
}

/** A file whose content decides a result. */
export interface DataFile {
  /**
   * Where in the options its path stands, such as ["test", "images"]. A file of hw1's own has a place there that no
   * option has.
   */
  readonly option: readonly (string | number)[];
  /** Of the bytes on the disk, as they are. */
  readonly digest: Digest;
}

/** Where a long computation leaves resumable states. Backed by the store. */
export interface Checkpoints {
  /** Newest state of this very computation, or of a shorter one of which it is a continuation. */
  latest(): Outputs | undefined;
  /** `reached`: how much of the computation it holds, in the units of `Kind.prefix`'s length. */
  save(state: Outputs, reached?: number): void;
}

export interface RunContext<O> {
  readonly options: O;
  readonly inputs: Readonly<Record<string, Output>>;
  /** Of `many` inputs, in the order of the names given, then of the elements. */
  readonly lists: Readonly<Record<string, readonly ListItem<Output>[]>>;
  readonly folder: string;
  /**
   * What `Kind.files` found when the step was judged; absent where nothing was judged. What is read must be that: see
   * `ChangedFileError`.
   */
  readonly files?: readonly DataFile[];
  readonly seeds: Seeds;
  /** Threads this step may use. */
  readonly threads: number;
  readonly checkpoints: Checkpoints;
  progress(progress: Progress): void;
  /** @param name  of a warning that `allow` on the stage silences */
  warn(message: string, name?: WarningName): void;
  /** True once the run was interrupted: save a checkpoint and throw InterruptedError. */
  readonly stopping: () => boolean;
}

export interface Kind<O = unknown> {
  readonly name: string;
  /** Raised whenever the same options and inputs would give other bytes. Part of the fingerprint. */
  readonly version: number;
  readonly summary: string;
  /** Zod object (strict) of the options in YAML's spelling, without `kind` and `each`; every option described. */
  readonly schema: z.ZodType<O>;
  /** Names of the options in the schema, for messages. */
  readonly optionNames: readonly string[];
  /**
   * Options with words of a file inside, which are taken as they are spelled there: `True` is that text, and `1.0` is
   * not `1`.
   */
  readonly spelled?: readonly string[];
  /** What to do instead of a value that other tools have, by option and value. */
  readonly elsewhere?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly inputs: readonly InputPort[];
  /** What each output is, by name, for the reference page. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** A small pipeline that shows the kind at work: YAML for the reference page, checked by a test. */
  readonly example?: string;
  /**
   * Computes with the engine, so that and the versions of its packages are in the fingerprint, and it runs in a worker
   * process.
   */
  readonly usesEngine: boolean;
  /** Packages that draw what it leaves; their versions are in the fingerprint. */
  readonly renderer?: readonly string[];
  /**
   * Where that depends on an option (a `source`), a function of the options as written. Asked through
   * `drawsRandomNumbers`.
   */
  readonly drawsRandomNumbers: boolean | ((options: Readonly<Record<string, unknown>>) => boolean);
  /**
   * Keys of the elements that it offers to `each:`, and whether they name random streams. Of one whose keys do, a fold,
   * the outputs `train` and `validation` are those of the element at hand.
   */
  elements?(options: O): { readonly keys: readonly string[]; readonly seeds: boolean };
  /**
   * Of a search: the trials that its options ask for. The options `trial` and `objective` are read by whoever checks
   * the pipeline.
   */
  trials?(options: O, seed: number): TrialList | { readonly problem: Mistake; readonly others?: readonly Mistake[] };
  /** What it leaves, as far as check time can tell. May read file headers. Never throws. */
  check(context: CheckContext<O>): Readonly<Record<string, PortInfo>>;
  /**
   * Files outside the pipeline that decide the result, one for each option that names one, with what is in them now;
   * part of the fingerprint.
   */
  files?(options: O, folder: string): readonly DataFile[];
  /**
   * Options that do not decide the result of a step's *computation prefix*; see "training length is a prefix" in docs.
   * Given canonical options, names the family of computations that share checkpoints.
   */
  prefix?(options: O): { readonly family: JsonObject; readonly length: number } | undefined;
  run(context: RunContext<O>): Promise<Outputs>;
  /**
   * Runs several steps with the same options at once, where that is faster. Each leaves what `run` would leave, to the
   * last bit; one that fails leaves its error and does not disturb the others. @throws InterruptedError for all
   */
  /** Whether steps with these options are better run together; asked before their inputs are read. */
  goTogether?(options: O, outputs: Readonly<Record<string, PortInfo>>): boolean;
  runTogether?(contexts: readonly RunContext<O>[]): Promise<readonly (Outputs | Error)[]>;
}
/** Does a stage of this kind with these options depend on the seed? */
export function drawsRandomNumbers(kind: Kind<unknown>, options: Readonly<Record<string, unknown>>): boolean {
  return typeof kind.drawsRandomNumbers === "function" ? kind.drawsRandomNumbers(options) : kind.drawsRandomNumbers;
}

/** Trials of a search, before what they run is known. */
export interface TrialList {
  readonly strategy: "grid" | "random";
  readonly parameters: readonly string[];
  /** Configurations before constraints; null where a range has no end of them. */
  readonly total: number | null;
  readonly rejected: readonly { readonly rule: string; readonly count: number }[];
  readonly trials: readonly { readonly key: string; readonly values: JsonObject }[];
  /** What a reader would doubt, such as a rule that never holds. */
  readonly doubts: readonly Mistake[];
}
export type Kinds = Readonly<Record<string, Kind<never> | Kind<unknown>>>;

/** The computation stopped because it was asked to; its checkpoint stands. */
export class InterruptedError extends Error {
  override name = "InterruptedError";
}
/** A data file holds something else than when the step was judged by it: the step is judged again. */
export class ChangedFileError extends Error {
  override name = "ChangedFileError";
  /** @param path  as written */
  constructor(readonly path: string) {
    super(`${path} was changed between two looks at it`);
  }
}
