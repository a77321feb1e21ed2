/**
 * What a run does about results that are lost: a blob that did not match its digest was set aside when it was read,
 * here or by a worker, and all results that needed it are gone with it. Steps whose result is gone are judged anew, and
 * so computed again.
 *
 * Several steps may meet the same loss, at once or one after the other; only what is gone at that moment is judged
 * anew, and what is under way already is waited for.
 */
import { readsOfStep, type Step } from "../plan/steps.js";
import { CorruptBlobError, type LostArtifactError, type Store } from "../store/store.js";
import type { Digest } from "../util/digest.js";

interface Tools {
  readonly store: Store;
  readonly steps: ReadonlyMap<string, Step>;
  /** What steps left, by their keys. */
  readonly artifacts: ReadonlyMap<string, Digest>;
  /** Is the step being settled at this moment? */
  isPending(key: string): boolean;
  /** The step is settled anew when it is next asked for. */
  forget(key: string): void;
  warn(step: Step, message: string): void;
}

export class LostResults {
  readonly #tools: Tools;
  /** Steps whose result was lost, by key. */
  readonly #lost = new Set<string>();
  readonly #reported = new Set<Digest>();
  #isSearched = true;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** Was a stored result of the step gone? */
  has(key: string): boolean {
    return this.#lost.has(key);
  }

  /** A step cannot read what it needs. */
  metBy(step: Step, error: CorruptBlobError | LostArtifactError): void {
    const { store, artifacts, warn } = this.#tools;
    this.#isSearched = false;
    const reads = readsOfStep(step);
    const corrupt = reads.flatMap((key) => corruptBlobs(store, artifacts.get(key)));
    for (const blob of error instanceof CorruptBlobError ? [error.blob, ...corrupt] : corrupt) {
      if (this.#reported.has(blob)) continue;
      this.#reported.add(blob);
      warn(
        step,
        `A stored blob (${blob.slice(0, 19)}…) does not match its digest. ` +
          "It was set aside, and what it held is computed again.",
      );
    }
    this.#renew(reads);
  }

  /** After a loss: forgets the steps whose result went along, though nobody read it. Are there any? */
  findMore(): boolean {
    if (this.#isSearched) return false;
    this.#isSearched = true;
    return this.#renew([...this.#tools.steps.keys()]);
  }

  /** Forgets the steps whose result is gone, and those between them and `keys`. */
  #renew(keys: readonly string[]): boolean {
    const { store, steps, artifacts, isPending, forget } = this.#tools;
    const known = new Map<string, boolean>();
    const renew = (key: string): boolean => {
      const before = known.get(key);
      if (before !== undefined) return before;
      if (isPending(key)) return true;
      const upstream = readsOfStep(steps.get(key)!).map(renew).some(Boolean);
      const artifact = artifacts.get(key);
      const isGone = artifact !== undefined && store.artifact(artifact) === undefined;
      if (isGone) this.#lost.add(key);
      if (isGone || upstream) forget(key);
      known.set(key, isGone || upstream);
      return isGone || upstream;
    };
    return keys.map(renew).some(Boolean);
  }
}

/** Digests of an artifact's blobs whose bytes are no longer what they were. */
function corruptBlobs(store: Store, artifact: Digest | undefined): readonly Digest[] {
  if (artifact === undefined) return [];
  const outputs = Object.values(store.artifact(artifact)?.outputs ?? {});
  return outputs
    .flatMap((output) => Object.values(output.blobs))
    .flatMap((blob) => {
      try {
        blob.bytes();
        return [];
      } catch (error) {
        if (error instanceof CorruptBlobError) return [error.blob];
        throw error;
      }
    });
}
