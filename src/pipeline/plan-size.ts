/**
 * How many steps a plan of these stages would have, and how much they would read: multiplied, so that nothing is
 * written out to be counted.
 */
import { grouped } from "../util/numbers.js";
import { followersOf } from "../values/search.js";
import { type LimitName, limits, overLimit } from "./limits.js";
import { axesRead, type Search, type Stage } from "./pipeline.js";
import { type Axis, missingFrom } from "./scope.js";

export class PlanSize {
  #steps = 0;
  #sources = 0;

  /** Adds a stage; says why it is too much, if it is. */
  add(stage: Stage): string | undefined {
    const before = { steps: this.#steps, sources: this.#sources };
    this.#count(stage, elements(stage.scope));
    if (stage.search) this.#countSearch(stage, stage.search);
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

  #countSearch(stage: Stage, { rounds, trials }: Search): void {
    const byKey = new Map(trials.map((trial) => [trial.key, trial]));
    const chosen = rounds.filter(({ isKnown }) => !isKnown);
    this.#steps += chosen.length * elements(stage.scope);
    const followers = followersOf(rounds);
    for (const [index, round] of rounds.entries()) {
      // The step that gathers reads every cell; one that chooses reads those of rounds before.
      const readers = 1 + followers[index]!;
      // A place that is filled later has as many cells as any trial.
      for (const place of round.places)
        for (const part of (byKey.get(place) ?? trials[0]!).stages.values()) {
          const times = elements(part.scope.filter((axis) => axis.stage !== stage.name));
          this.#count(part, times);
          this.#sources += times * readers;
        }
    }
  }

  #count(stage: Stage, times: number): void {
    this.#steps += times;
    for (const edge of stage.inputs) {
      this.#sources += times * elements(missingFrom(stage.scope, axesRead(edge)));
    }
  }
}

const elements = (scope: readonly Axis[]): number => scope.reduce((product, { keys }) => product * keys.length, 1);
const over = (limit: LimitName, count: number, asked: (count: string) => string): string | undefined =>
  count > limits[limit].most ? overLimit(limit, asked(grouped(count))) : undefined;
