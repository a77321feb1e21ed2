/** Where what a step reads comes from: outputs of steps that read nothing, such as `load`'s. */
import { readsOfStep, type Source, type Step } from "./steps.js";

export interface Root {
  readonly step: string;
  readonly output: string;
}

export class Lineage {
  readonly #known = new Map<string, readonly Root[]>();
  constructor(readonly steps: ReadonlyMap<string, Step>) {}

  /** Of a step, settings that it takes over included; none of one that reads nothing. */
  of(key: string): readonly Root[] {
    let roots = this.#known.get(key);
    if (!roots) {
      const step = this.steps.get(key)!;
      const settings = readsOfStep(step).filter((read) => step.sources.every((source) => source.step !== read));
      roots = distinct([
        ...step.sources.flatMap((source) => this.behind(source)),
        ...settings.flatMap((read) => this.of(read)),
      ]);
      this.#known.set(key, roots);
    }
    return roots;
  }

  /** Of one thing that a step reads. */
  behind({ step, output }: Pick<Source, "step" | "output">): readonly Root[] {
    return readsOfStep(this.steps.get(step)!).length === 0 ? [{ step, output }] : this.of(step);
  }
}

const distinct = (roots: readonly Root[]): readonly Root[] => [
  ...new Map(roots.map((root) => [`${root.step} ${root.output}`, root])).values(),
];
