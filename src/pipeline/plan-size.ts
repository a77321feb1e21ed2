/**
 * How many steps a plan of these stages would have, and how much they would read: multiplied, so that nothing is
 * written out to be counted.
 */
import { grouped } from "../util/numbers.js";
import { type LimitName, limits, overLimit } from "./limits.js";
import { isElementPart, type Stage } from "./pipeline.js";
import { type Axis, missingFrom } from "./scope.js";

export class PlanSize {
  #steps = 0;
  #sources = 0;

  /** Adds a stage; says why it is too much, if it is. */
  add(stage: Stage): string | undefined {
    const before = { steps: this.#steps, sources: this.#sources };
    this.#count(stage, elements(stage.scope));
    for (const trial of stage.search?.trials ?? [])
      for (const part of trial.stages.values()) {
        const times = elements(part.scope.filter((axis) => axis.stage !== stage.name));
        this.#count(part, times);
        // The step that gathers reads them.
        this.#sources += times;
      }
    return (
      over(
        "steps",
        this.#steps,
        (count) =>
          `With \`${stage.name}\`, which adds ${grouped(this.#steps - before.steps)}, the plan has ${count} steps.`,
      ) ??
      over(
        "sources",
        this.#sources,
        (count) =>
          `With \`${stage.name}\`, which adds ${grouped(this.#sources - before.sources)}, ` +
          `the steps of the plan read ${count} inputs.`,
      )
    );
  }

  #count(stage: Stage, times: number): void {
    this.#steps += times;
    for (const edge of stage.inputs) {
      const read = edge.source;
      const missing = missingFrom(
        stage.scope,
        isElementPart(read, edge.output) ? [...read.scope, read.offers!] : read.scope,
      );
      this.#sources += times * elements(missing);
    }
  }
}

const elements = (scope: readonly Axis[]): number => scope.reduce((product, { keys }) => product * keys.length, 1);
const over = (limit: LimitName, count: number, asked: (count: string) => string): string | undefined =>
  count > limits[limit].most ? overLimit(limit, asked(grouped(count))) : undefined;
