/**
 * The store as its users see it. A step's result is found by its fingerprint's digest and kept as an artifact.
 *
 * Reuse is right as long as the fingerprint document holds everything that decides the result, and bytes are
 * re-hashed when read. A row is a promise: it is written only after every blob it names is durable.
 */
import type { Digest } from "../util/digest.js";
import type { JsonObject } from "../util/json.js";
import type { FailureLog } from "../values/failure-log.js";
import type { Output, Outputs } from "../values/output.js";
import type { Decided, LedgerEntry, Opening } from "./ledger.js";

export type { Decided, LedgerEntry, Opening } from "./ledger.js";

export interface StepRecord {
  readonly fingerprint: Digest;
  readonly document: JsonObject;
  readonly artifact: Digest;
  readonly pipeline: string;
  readonly stage: string;
  readonly element: string | null;
  readonly kind: string;
  readonly elapsedMs: number;
  readonly finishedAt: number;
}
/** An artifact without its bytes: each output's digest, type, data and blob descriptions. */
export interface ArtifactInfo {
  readonly digest: Digest;
  readonly outputs: Readonly<Record<string, Output & { readonly digest: Digest }>>;
}
export interface Checkpoint {
  readonly family: Digest;
  readonly length: number;
  readonly outputs: Outputs;
  /** Its computation has come to its end, so that only a longer one will ever go on from it. */
  readonly isLast?: boolean;
}
export interface RunRecord {
  readonly id: number;
  readonly pipeline: string;
  readonly file: string;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly status: "running" | "ok" | "failed" | "interrupted" | "lost";
  readonly ran: number;
  readonly reused: number;
  readonly failed: number;
}
/** What happened, by name, and whatever is to be said of it in JSON. */
export type LoggedEvent = { readonly event: string; readonly [member: string]: unknown };
export interface StoreWarning {
  readonly message: string;
}
export interface Store {
  readonly folder: string;
  /** The step's record when its artifact's manifest and blobs are all there (bytes are judged when read). */
  find(fingerprint: Digest): StepRecord | undefined;
  /** As `find` for each, in order; one look at the disk for all. */
  findMany(fingerprints: readonly Digest[]): readonly (StepRecord | undefined)[];
  /**
   * Calls `work`, which only reads: what it sees is of one moment, and a thousand questions cost a third of what they
   * would one by one.
   */
  looking<T>(work: () => T): T;
  /**
   * Earlier records of the same pipeline, stage and element, newest first; else of the same kind. For reasons and
   * `explain`.
   */
  nearest(pipeline: string, stage: string, element: string | null, kind: string): readonly StepRecord[];
  /**
   * Output digest = digest of its type, data and blob digests; artifact digest = digest of its outputs' digests. Blobs'
   * bytes are read lazily and re-hashed then; a mismatch is quarantined and throws CorruptBlobError.
   */
  artifact(digest: Digest): ArtifactInfo | undefined;
  /** The digests of an artifact's outputs, for a step that reads them: a fifth of the time of `artifact`. */
  outputDigests(artifact: Digest): Readonly<Record<string, Digest>> | undefined;
  /** Blobs and manifest, durable before it returns; no step row yet. */
  put(outputs: Outputs): ArtifactInfo;
  /**
   * As `put` for each; what is small goes into one pack, so a batch costs hardly more than one. All are there when it
   * returns, or it throws and none need be.
   */
  putMany(outputs: readonly Outputs[]): readonly ArtifactInfo[];
  /**
   * One BEGIN IMMEDIATE transaction. An existing record with another artifact is reported as non-determinism through a
   * warning.
   * @throws CorruptBlobError (of the artifact's digest) where the result was set aside as damaged since it was put
   */
  keep(record: StepRecord): void;
  /**
   * As `keep` for each, in one transaction: all or none.
   *
   * @param entries  what the ledger is to have of these steps: openings each time, decisions the first time
   */
  keepMany(records: readonly StepRecord[], entries?: readonly LedgerEntry[]): void;
  /**
   * Sets a corrupted blob aside and drops every record whose artifact needs it. Of one that is whole (again) nothing is
   * lost.
   */
  quarantine(blob: Digest): void;
  /** Newest checkpoint of a family (see Kind.prefix) that is at most `length` long, with the length it has reached. */
  checkpoint(family: Digest, length: number): { readonly length: number; readonly outputs: Outputs } | undefined;
  saveCheckpoint(family: Digest, length: number, outputs: Outputs): void;
  /** Those of several families in one transaction. */
  saveCheckpoints(list: readonly Checkpoint[]): void;
  /** Families that have none cost a look. */
  dropCheckpoints(...families: readonly Digest[]): void;
  /**
   * At the good end of a run: where last states (`Checkpoint.isLast`) take more room than they may, old and large ones
   * go. While another run is under way none does, for that may want them.
   */
  dropOldStates(run: number): void;
  /** What a step said before it failed, in place of what it said before. */
  keepFailureLog(fingerprint: Digest, log: FailureLog): void;
  failureLog(fingerprint: Digest): FailureLog | undefined;
  /** The last records of a stage, newest first; else of the kind. For estimates. */
  recent(pipeline: string, stage: string, kind: string): readonly StepRecord[];
  startRun(pipeline: string, file: string): number;
  finishRun(
    id: number,
    result: { status: "ok" | "failed" | "interrupted"; ran: number; reused: number; failed: number },
  ): void;
  /** One row per step that ended, and every event as canonical text. */
  logEvent(run: number, at: number, event: LoggedEvent): void;
  /** Looks at test sets, which leave no record. */
  note(looks: readonly Opening[]): void;
  /** Openings of a set of examples, and looks at it, in order. */
  openingsOf(examples: Digest): readonly Opening[];
  /** Sets of examples that data, by the digest with which a model met them, were found to be. */
  setsIn(data: Digest): readonly Digest[];
  /** Openings and looks of a run. */
  openingsIn(run: number): readonly Opening[];
  /** Sets that were opened in runs of which the history knows nothing: it was lost with the database. */
  setsOfLostRuns(): readonly Digest[];
  /** What was first decided after a moment, in order. */
  decidedAfter(at: number): readonly Decided[];
  runs(limit: number): readonly RunRecord[];
  runSteps(run: number): readonly JsonObject[];
  /** Events of a name from the last runs, with the run of each, the newest first. */
  events(name: string): readonly { readonly run: number; readonly event: JsonObject }[];
  warnings(): readonly StoreWarning[];
  close(): void;
}
/** Found on read: the blob has been set aside; whoever needs it recomputes. */
export class CorruptBlobError extends Error {
  override name = "CorruptBlobError";
  constructor(readonly blob: Digest) {
    super(`blob ${blob} does not match its digest`);
  }
}
/**
 * An artifact that was there is gone, because something that it needs was found damaged meanwhile: whoever needs it
 * recomputes.
 */
export class LostArtifactError extends Error {
  override name = "LostArtifactError";
  constructor(readonly artifact: Digest) {
    super(`artifact ${artifact} is no longer there`);
  }
}
