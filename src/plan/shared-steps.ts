/**
 * Steps that ask for the same computation, known before anything has run: the same kind, options and seeds, and inputs
 * that are the same outputs of the same steps, or of others that share theirs. The later one will be reused, whether or
 * not the earlier one has its result yet.
 */
import { drawsRandomNumbers } from "../pipeline/kind.js";
import { decidingOptions } from "../pipeline/merged.js";
import { canonical, type JsonObject } from "../util/json.js";
import { resolveOptions, toldOptions } from "./resolved-options.js";
import type { Source, Step } from "./steps.js";

export class SharedSteps {
  /** Of steps that ask for the same, the same number; null where it is not known yet. */
  readonly #identities = new Map<string, number | null>();
  readonly #first = new Map<number, string>();
  readonly #numbers = new Map<string, number>();
  /** Elements of a stage share their options, so these are put into words once. */
  readonly #options = new WeakMap<JsonObject, number>();
  /** Configurations share what they read. */
  readonly #inputs = new WeakMap<readonly Source[], number>();
  constructor(readonly steps: ReadonlyMap<string, Step>) {}

  /** Key of an earlier step that computes the same; asked once per step, in order. */
  earlier(step: Step): string | undefined {
    const identity = this.#identity(step);
    if (identity === null) return undefined;
    const first = this.#first.get(identity);
    if (first === undefined) this.#first.set(identity, step.key);
    return first;
  }

  /**
   * Of steps whose computations begin alike the same number; null where it is not known yet.
   *
   * @param family  of the step's options, such as `Kind.prefix` gives; one object for all that share it
   */
  beginning(step: Step, family: JsonObject): number | null {
    const inputs = this.#inputsOf(step.sources);
    if (inputs === null) return null;
    return this.#number(`begins ${step.kind.name} ${this.#numberOf(family, step)} ${inputs} ${seedsOf(step, family)}`);
  }

  /** Null where options come from winners that are not chosen yet. */
  #identity(step: Step): number | null {
    const known = this.#identities.get(step.key);
    if (known !== undefined) return known;
    const identity = this.#compute(step);
    this.#identities.set(step.key, identity);
    return identity;
  }

  #compute(step: Step): number | null {
    // What gathers a search names its trials, so no other is like it; of a place it is not known yet what it runs.
    if (step.gathers || step.isOpen || step.settings?.step) return null;
    const inputs = this.#inputsOf(step.sources);
    if (inputs === null) return null;
    const { kind } = step;
    const options = toldOptions(step, resolveOptions(step, undefined).options);
    return this.#number(`${kind.name} ${this.#numberOf(options, step)} ${inputs} ${seedsOf(step, options)}`);
  }

  #inputsOf(sources: readonly Source[]): number | null {
    const known = this.#inputs.get(sources);
    if (known !== undefined) return known;
    let text = "";
    for (const source of sources) {
      const read = this.#identity(this.steps.get(source.step)!);
      if (read === null) return null;
      text += `${read} ${source.output} ${source.element} ${JSON.stringify(source.input)},`;
    }
    const number = this.#number(`inputs ${text}`);
    this.#inputs.set(sources, number);
    return number;
  }

  #numberOf(options: JsonObject, { kind }: Step): number {
    let number = this.#options.get(options);
    if (number === undefined) {
      number = this.#number(canonical(decidingOptions(kind, options)));
      this.#options.set(options, number);
    }
    return number;
  }

  #number(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(text, number);
    }
    return number;
  }
}

const seedsOf = ({ kind, seed, folds }: Step, options: JsonObject): string =>
  drawsRandomNumbers(kind, options) ? `${seed}/${folds.join("/")}` : "";
