/**
 * How many threads a step may use: with several at work each computes on one; one that is alone, now and by the plan,
 * may use all cores.
 */
import { availableParallelism } from "node:os";
import type { Plan } from "../plan/plan.js";
import { readsOfStep, type Step } from "../plan/steps.js";

/** More gain nothing. */
const mostThreads = 8;

export class Threads {
  #readers: ReadonlyMap<string, readonly string[]> | undefined;
  constructor(
    readonly plan: Plan,
    readonly jobs: number,
  ) {}

  /**
   * @param computing  steps that compute at this moment, this one included
   * @param settled    steps that have ended
   */
  for(step: Step, computing: number, settled: ReadonlyMap<string, unknown>): number {
    const cores = Math.max(1, Math.min(availableParallelism(), mostThreads));
    if (cores === 1 || computing > 1) return 1;
    if (this.jobs === 1) return cores;
    const after = this.#dependents(step.key);
    const others = this.plan.steps.some(
      (other) => other.key !== step.key && other.kind.usesEngine && !settled.has(other.key) && !after.has(other.key),
    );
    return others ? 1 : cores;
  }

  /** Steps that cannot begin before this one has ended. */
  #dependents(key: string): ReadonlySet<string> {
    this.#readers ??= readersOf(this.plan);
    const found = new Set<string>();
    const open = [key];
    for (let next = open.pop(); next !== undefined; next = open.pop())
      for (const reader of this.#readers.get(next) ?? [])
        if (!found.has(reader)) {
          found.add(reader);
          open.push(reader);
        }
    return found;
  }
}

function readersOf(plan: Plan): ReadonlyMap<string, readonly string[]> {
  const readers = new Map<string, string[]>();
  for (const step of plan.steps)
    for (const read of readsOfStep(step)) {
      const known = readers.get(read);
      if (known) known.push(step.key);
      else readers.set(read, [step.key]);
    }
  return readers;
}
