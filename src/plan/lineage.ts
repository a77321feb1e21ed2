/** Where what a step reads comes from: which data were loaded, and which taught what it follows from. */
import { readsOfStep, type Source, type Step } from "./steps.js";

export type Read = Pick<Source, "step" | "output">;

export class Lineage {
  readonly #loaded = new Map<string, readonly Read[]>();
  readonly #taught = new Map<string, readonly Read[]>();
  constructor(readonly steps: ReadonlyMap<string, Step>) {}

  /** Outputs of steps that read nothing, such as `load`'s, that one thing which a step reads goes back to. */
  loaded({ step, output }: Read): readonly Read[] {
    const { sources } = this.steps.get(step)!;
    if (sources.length === 0) return [{ step, output }];
    return remembered(this.#loaded, step, () => sources.flatMap((source) => this.loaded(source)));
  }

  /**
   * Data that trained, or judged while they trained, the models that a step is, compares, or takes its settings from. A
   * fold counts as what was folded.
   */
  taught(key: string): readonly Read[] {
    return remembered(this.#taught, key, () => {
      const step = this.steps.get(key)!;
      const own = step.kind.decides === "training" ? step.sources.filter((source) => isOfExamples(step, source)) : [];
      const models = readsOfStep(step).filter((read) => own.every((source) => source.step !== read));
      return [...own.map(({ step, output }) => ({ step, output })), ...models.flatMap((read) => this.taught(read))];
    });
  }
}

const isOfExamples = ({ kind }: Step, { option }: Source): boolean =>
  kind.inputs.some((input) => input.option === option && input.accepts.includes("dataset"));

function remembered(known: Map<string, readonly Read[]>, key: string, find: () => readonly Read[]): readonly Read[] {
  let found = known.get(key);
  if (!found) {
    found = [...new Map(find().map((read) => [`${read.step} ${read.output}`, read])).values()];
    known.set(key, found);
  }
  return found;
}
