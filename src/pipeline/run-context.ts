/** What a kind's `run` is given: options, inputs, seeds, checkpoints, and whom to report progress to. */

import type { WarningName } from "../diagnostic/warnings.js";
import type { Digest } from "../util/digest.js";
import type { Resumed } from "../values/computed.js";
import type { LoggedEpoch } from "../values/failure-log.js";
import type { Output, Outputs, PortType } from "../values/output.js";
import type { SpeedReport } from "../values/speed.js";

/** What a kind reads: the type of output, or the types, by option. */
export type Ports = { readonly [option: string]: PortType | undefined };
/** Who says which single inputs there are has no others in lists; who says nothing may have any. */
export type ListsBeside<I extends Ports> = string extends keyof I ? Ports : Record<never, never>;

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

export type Progress = {
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
};

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
interface Checkpoints {
  /** Newest state of this very computation, or of a shorter one of which it is a continuation. */
  latest(): Outputs | undefined;
  /**
   * `reached`: how much of the computation it holds, in the units of `Kind.prefix`'s length. `isLast`: nothing comes
   * after it here (said of what has reached the length that is asked for, where it is not said).
   */
  save(state: Outputs, reached?: number, isLast?: boolean): void;
}

export interface RunContext<O, I extends Ports = Ports, L extends Ports = ListsBeside<I>> {
  readonly options: O;
  readonly inputs: { readonly [Name in keyof I]: Output<NonNullable<I[Name]>> };
  /** Of `many` inputs, in the order of the names given, then of the elements. */
  readonly lists: { readonly [Name in keyof L]: readonly ListItem<Output<NonNullable<L[Name]>>>[] };
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
  /** How fast it was computed: told, and no part of what it leaves. */
  measured?(speed: SpeedReport): void;
  /** That it goes on from a state, and what that took: told, and no part of what it leaves. */
  resumed?(resumed: Resumed): void;
  /** Of one that fails: all its epochs so far, which progress may have told of some alone. */
  failing?(epochs: readonly LoggedEpoch[]): void;
  /** @param name  of a warning that `allow` on the stage silences */
  warn(message: string, name?: WarningName): void;
  /** True once the run was interrupted: save a checkpoint and throw InterruptedError. */
  readonly stopping: () => boolean;
}

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
