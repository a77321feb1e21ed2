/**
 * The steps of a view, in the order of the plan, found by name and changed one at a time.
 *
 * A list is never changed: an edit gives a new one, which shares all but the chunk of 64 that holds the step. A search
 * tells thousands of events, and copying all steps for each of them would cost the square of their number.
 */
import type { StepName } from "../run/event.js";
import type { ViewStep } from "./view-step.js";

const chunkLength = 64;
const nameOf = ({ stage, element }: StepName): string => (element === null ? stage : `${stage}\u0000${element}`);

export class StepList {
  /** In order, of 64 steps each but the last; lists share those in which they are the same. */
  readonly chunks: readonly (readonly ViewStep[])[];
  readonly #places: ReadonlyMap<string, number>;
  #all: readonly ViewStep[] | undefined;

  private constructor(chunks: readonly (readonly ViewStep[])[], places: ReadonlyMap<string, number>) {
    this.chunks = chunks;
    this.#places = places;
  }

  /** Of two steps with one name the first is found. */
  static of(steps: readonly ViewStep[]): StepList {
    const places = new Map<string, number>();
    for (const [place, step] of steps.entries()) if (!places.has(nameOf(step))) places.set(nameOf(step), place);
    const chunks = Array.from({ length: Math.ceil(steps.length / chunkLength) }, (_, chunk) =>
      steps.slice(chunk * chunkLength, (chunk + 1) * chunkLength),
    );
    return new StepList(chunks, places);
  }

  /** In order; made on demand, once for each list. */
  get all(): readonly ViewStep[] {
    this.#all ??= this.chunks.flat();
    return this.#all;
  }

  find(name: StepName): ViewStep | undefined {
    const place = this.#places.get(nameOf(name));
    return place === undefined ? undefined : this.chunks[Math.floor(place / chunkLength)]![place % chunkLength];
  }

  /** With another step in the place of the one that has its name, or at the end. */
  with(step: ViewStep): StepList {
    const place = this.#places.get(nameOf(step));
    // Only a step that the plan did not name joins, so this is rare.
    if (place === undefined) return StepList.of([...this.all, step]);
    const chunk = Math.floor(place / chunkLength);
    return new StepList(this.chunks.with(chunk, this.chunks[chunk]!.with(place % chunkLength, step)), this.#places);
  }
}
