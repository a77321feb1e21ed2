/**
 * Warnings of a run as lines: those that have a name once per stage, a search and its cells being one, and the others
 * counted at the end.
 *
 * A search trains a configuration thousands of times, and a rate that is too large is told by each of them.
 */

import type { RunEvent, StepName } from "../run/event.js";
import { plural } from "../util/words.js";
import { type SearchIndex, stepLabel } from "./search-index.js";

type WarningEvent = Extract<RunEvent, { event: "warning" }>;

export class WarningReporter {
  /** By stage and name: how many were not told. */
  readonly #more = new Map<string, { readonly stage: string; readonly name: string; readonly steps: Set<string> }>();

  /** A line, or null for one that is counted. */
  line(event: WarningEvent, index: Pick<SearchIndex, "stageOf">): string | null {
    const { name, message } = event;
    const line = `${stepLabel(event)}: ${message}`;
    if (name === undefined) return line;
    const stage = index.stageOf(event satisfies StepName);
    const known = this.#more.get(`${stage} ${name}`);
    if (known) known.steps.add(stepLabel(event));
    else this.#more.set(`${stage} ${name}`, { stage, name, steps: new Set() });
    return known ? null : line;
  }

  /** ``s: `growing_loss` in 12 more steps`` for what was counted since it was asked last. */
  rest(): readonly string[] {
    return [...this.#more.values()].flatMap(({ stage, name, steps }) => {
      const count = steps.size;
      steps.clear();
      return count > 0 ? [`${stage}: \`${name}\` in ${plural(count, "more step")}.`] : [];
    });
  }
}
