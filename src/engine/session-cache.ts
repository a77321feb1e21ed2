/**
 * One ONNX session per graph structure, for plain TF.js code; a recorded program holds its own.
 *
 * The key (`structureOf`) is made of kernels, attributes and tensor types in topological order, of which values are
 * wanted, and of the execution. Values are fed at run time, so they are no part of it: names of feeds belong to
 * known nodes by their place in that order, names of fetches to the wanted ones. Reuse is right as long as
 *  - lowering depends on types, attributes and structure only (a lowering that peeks at a value breaks this; `supports`
 *    may look at one, because it only refuses);
 *  - attributes that differ differ in their text, too (`node.ts`);
 *  - what is written in ONNX has no memory and draws nothing, so that a run depends on its feeds alone;
 *  - a graph is not changed once it has a session, and nobody keeps a session: the next `get` may dispose of it.
 */
import type { Session } from "./session.js";

export interface CachedSession {
  readonly session: Session;
  /** Names of the values that are fed, and of those that are fetched, in the order of the nodes. */
  readonly feeds: readonly string[];
  readonly fetches: readonly string[];
}

/** The least recently used session leaves first. */
export class SessionCache {
  readonly #sessions = new Map<string, CachedSession>();

  constructor(readonly limit: number) {}

  get(key: string, make: () => CachedSession): CachedSession {
    const found = this.#sessions.get(key) ?? make();
    this.#sessions.delete(key);
    this.#sessions.set(key, found);
    if (this.#sessions.size > this.limit) {
      const [oldest, { session }] = this.#sessions.entries().next().value!;
      this.#sessions.delete(oldest);
      session.dispose();
    }
    return found;
  }

  get size(): number {
    return this.#sessions.size;
  }

  clear(): void {
    for (const { session } of this.#sessions.values()) session.dispose();
    this.#sessions.clear();
  }
}
