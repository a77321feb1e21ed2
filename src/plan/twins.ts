/**
 * Steps that ask for the same computation, known before anything has run: the same kind, options and seeds, and inputs that are the same
 * outputs of the same steps, or of twins. The later one will be reused, whether or not the earlier one has its result yet.
 */
import { drawsRandomNumbers } from "../pipeline/kind.js";
import { withoutInputs } from "../pipeline/merged.js";
import { type Digest, digestJson } from "../util/digest.js";
import { resolved } from "./settings.js";
import type { Step } from "./steps.js";

export class Twins {
  readonly #identities = new Map<string, Digest | null>();
  readonly #first = new Map<Digest, string>();
  constructor(
    readonly steps: ReadonlyMap<string, Step>,
    readonly engine: string,
  ) {}

  /** Key of an earlier step that computes the same; asked once per step, in order. */
  earlier(step: Step): string | undefined {
    const identity = this.#identity(step);
    if (identity === null) return undefined;
    const first = this.#first.get(identity);
    if (first === undefined) this.#first.set(identity, step.key);
    return first;
  }

  /** Null where options come from winners that are not chosen yet. */
  #identity(step: Step): Digest | null {
    const known = this.#identities.get(step.key);
    if (known !== undefined) return known;
    const identity = this.#compute(step);
    this.#identities.set(step.key, identity);
    return identity;
  }

  #compute(step: Step): Digest | null {
    // What gathers a search names its trials, so no other is like it.
    if (step.gathers || step.settings?.step) return null;
    const inputs: Record<string, string> = {};
    for (const source of step.sources) {
      const read = this.#identity(this.steps.get(source.step)!);
      if (read === null) return null;
      inputs[source.input] = `${read} ${source.output} ${source.element ?? ""}`;
    }
    const { kind } = step;
    const { options } = resolved(step, undefined);
    return digestJson({
      kind: kind.name,
      options: withoutInputs(kind, options),
      inputs,
      seeds: drawsRandomNumbers(kind, options) ? { seed: step.stage.seed, folds: step.folds } : null,
    });
  }
}
