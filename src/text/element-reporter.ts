/**
 * A stage that runs once per trial has dozens of elements: what they come to is one line, and each that fails is told.
 */

import type { RunEvent, StepName } from "../run/event.js";
import { plural } from "../util/words.js";

type StepEvent = Extract<RunEvent, { event: "step" }>;

/** Stages of fewer elements are told element by element. */
const manyElements = 12;

export class ElementReporter {
  /** Elements that have not ended yet, by stage. */
  readonly #left = new Map<string, number>();
  readonly #counts = new Map<string, { ran: number; reused: number; failed: number; skipped: number }>();

  /** @param isCell  cells of a search have lines of their own */
  constructor({ steps }: Extract<RunEvent, { event: "plan" }>, isCell: (step: StepName) => boolean) {
    for (const step of steps)
      if (step.element !== null && !isCell(step)) this.#left.set(step.stage, (this.#left.get(step.stage) ?? 0) + 1);
    for (const [stage, count] of this.#left) if (count <= manyElements) this.#left.delete(stage);
  }

  isMany({ stage, element }: StepName): boolean {
    return element !== null && this.#left.has(stage);
  }

  /** Of a step that `isMany`. @returns a line with the last one, and with each that fails */
  step(event: StepEvent, failure: string): string | null {
    const { stage, status, verdict } = event;
    const counts = this.#counts.get(stage) ?? { ran: 0, reused: 0, failed: 0, skipped: 0 };
    this.#counts.set(stage, counts);
    const success = verdict === "reuse" ? "reused" : "ran";
    counts[status === "ok" ? success : status]++;
    const left = this.#left.get(stage)! - 1;
    this.#left.set(stage, left);
    const parts = Object.entries(counts).flatMap(([word, count]) => (count > 0 ? [`${count} ${word}`] : []));
    const lines = [
      ...(status === "failed" ? [failure] : []),
      ...(left === 0 ? [`${stage}: of ${plural(total(counts), "element")} ${parts.join(", ")}`] : []),
    ];
    return lines.length > 0 ? lines.join("\n") : null;
  }
}

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
