/**
 * What a run does about damage: whatever is damaged was set aside when it was read, here or by a worker, and what
 * needed it is gone with it. Steps whose result is gone are judged anew, and so computed again.
 *
 * Several steps may meet the same damage, at once or one after the other; only what is gone at that moment is judged
 * anew, and what is under way already is waited for.
 */
import { readsOfStep, type Step } from "../plan/plan.js";
import { CorruptBlobError, type LostArtifactError, type Store } from "../store/store.js";
import type { Digest } from "../util/digest.js";
import { damagedBlobs } from "./failure-text.js";

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

export class Mending {
  readonly #tools: Tools;
  readonly #damaged = new Set<string>();
  readonly #told = new Set<Digest>();
  #isSearched = true;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** Was a stored result of the step gone? */
  has(key: string): boolean {
    return this.#damaged.has(key);
  }

  /** A step cannot read what it needs. */
  met(step: Step, error: CorruptBlobError | LostArtifactError): void {
    const { store, artifacts, warn } = this.#tools;
    this.#isSearched = false;
    const reads = readsOfStep(step);
    const damaged = reads.flatMap((key) => damagedBlobs(store, artifacts.get(key)));
    for (const blob of error instanceof CorruptBlobError ? [error.blob, ...damaged] : damaged) {
      if (this.#told.has(blob)) continue;
      this.#told.add(blob);
      warn(
        step,
        `A stored blob (${blob.slice(0, 19)}…) does not match its digest. It was set aside, and what it held is computed again.`,
      );
    }
    this.#renew(reads);
  }

  /** After damage: forgets the steps whose result went along, though nobody read it. Are there any? */
  search(): boolean {
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
      if (isGone) this.#damaged.add(key);
      if (isGone || upstream) forget(key);
      known.set(key, isGone || upstream);
      return isGone || upstream;
    };
    return keys.map(renew).some(Boolean);
  }
}
