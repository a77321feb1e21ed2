/**
 * The steps of a search at one of its elements: a cell for each trial (or place) of each round and each fold, a step
 * that chooses for each round that is not known before, and the one that gathers all.
 *
 * A place is a step from the start, so that the plan has as many steps as the run will. Which configuration it runs is
 * known when its round has been chosen: then `Place.step` makes the step of that configuration, for the plan and the
 * run alike (`filled`).
 */
import type { Judging } from "../pipeline/gathering.js";
import type { Kinds } from "../pipeline/kind.js";
import { ofLength } from "../pipeline/lengths.js";
import { type Search, type Stage, type Trial, trialOf } from "../pipeline/pipeline.js";
import { type Element, elementName, elementsOf, missingFrom } from "../pipeline/scope.js";
import type { ChosenTrial } from "../values/chosen-trials.js";
import { type Round, roundsBefore } from "../values/search.js";
import { judgingOf } from "./judging.js";
import type { PlacedTrial, PlannedCell } from "./planned.js";
import { type Gathered, type Place, type Source, type Step, type Steps, stepKey } from "./step.js";

/** What is known of a search's step beside its stage and element. */
export interface KnownOfStep {
  readonly cell?: PlannedCell;
  readonly trial?: Trial | null;
  readonly sources?: readonly Source[] | undefined;
  readonly gathers?: Step["gathers"];
  readonly chooses?: Round;
  readonly judging?: Judging;
}
/** Makes the step of a stage at an element. @param owner  the stage of the file that it belongs to */
export type MakeStep = (stage: Stage, element: Element, owner: Stage, known: KnownOfStep, steps: Steps) => Step;

/** The list of what the cells of a trial's stage left that is not scored, and of which a mean is kept. */
export const meansOf = (part: string): string => `means.${part}`;

export class SearchSteps {
  readonly #search: Search;
  readonly #name: string | null;
  readonly #judging: Judging;
  /** Trials read the same folds: what their cells read is one list for each fold, where nothing of it is their own. */
  readonly #shared = new Map<string, readonly Source[]>();
  readonly #gathered: (Gathered & { readonly sources: readonly Source[] })[] = [];

  /** @param add  takes a step into the plan */
  constructor(
    readonly stage: Stage,
    readonly element: Element,
    readonly kinds: Kinds,
    readonly make: MakeStep,
    readonly steps: Steps,
    readonly add: (step: Step) => void,
  ) {
    this.#search = stage.search!;
    this.#name = elementName(stage.scope, element);
    const scored = this.#search.trials[0]!.stages.get(this.#search.objective.part)!;
    this.#judging = judgingOf(scored, this.#search.folds, kinds);
  }

  addAll(): void {
    for (const round of this.#search.rounds) {
      const by = round.isKnown ? null : this.#addChooser(round);
      for (const [index, key] of round.places.entries()) this.#addTrial(round, key, by, index);
    }
    this.add(
      this.make(
        this.stage,
        this.element,
        this.stage,
        {
          sources: this.#gathered.flatMap(({ sources }) => sources),
          gathers: this.#gathered.map(({ round, parts }) => ({ round, parts })),
          judging: this.#judging,
        },
        this.steps,
      ),
    );
  }

  /** @returns  its key */
  #addChooser(round: Round): string {
    const before = new Set(roundsBefore(round, this.#search.rounds));
    const read = this.#gathered.filter((gathered) => before.has(gathered.round));
    const step = this.make(
      this.stage,
      this.element,
      this.stage,
      {
        sources: read.flatMap(({ sources }, source) =>
          sources
            .filter(({ option }) => option === "cells")
            .map((each) => ({ ...each, list: { ...each.list!, source } })),
        ),
        gathers: read.map(({ round, parts }) => ({ round, parts })),
        chooses: round,
        judging: this.#judging,
      },
      this.steps,
    );
    this.add(step);
    return step.key;
  }

  #addTrial(round: Round, key: string, by: string | null, index: number): void {
    const known = by === null ? trialOf(this.#search, key)! : null;
    const trial = ofLength(known ?? this.#search.trials[0]!, round.epochs, this.kinds);
    const parts = new Map<string, string>();
    const sources: Source[] = [];
    for (const [name, part] of trial.stages) {
      const inner = missingFrom([...this.stage.scope, this.stage.offers!], part.scope);
      const isShared = known !== null && part.inputs.every((edge) => !this.#isOfTrial(edge.source));
      const reads = isShared
        ? part.inputs.map((edge) => `${edge.option}.${edge.index} ${edge.name}.${edge.output}`).join()
        : "";
      for (const at of elementsOf(part.scope, new Map([...this.element, [this.stage.name, key]]))) {
        const fold = elementName(inner, at);
        const scores = name === this.#search.objective.part;
        const cell: PlannedCell = { search: this.stage.name, element: this.#name, key, fold, scores };
        const shared = isShared ? `${name} ${fold} ${reads}` : "";
        const step =
          by === null
            ? this.make(
                part,
                at,
                this.stage,
                { cell, trial, sources: isShared ? this.#shared.get(shared) : undefined },
                this.steps,
              )
            : this.#openStep({ by, index, round, name }, part, at, cell);
        if (isShared) this.#shared.set(shared, step.sources);
        this.add(step);
        if (!parts.has(name)) parts.set(name, step.key);
        const list = scores ? "cells" : meansOf(name);
        if (scores || step.kind.meanOption)
          sources.push({
            option: list,
            input: stepKey(`${list}/${key}`, fold),
            step: step.key,
            output: Object.keys(part.outputs)[0]!,
            element: null,
            list: { source: this.#gathered.length, element: fold },
          });
      }
    }
    this.#gathered.push({ round, parts, sources });
  }

  #isOfTrial(read: Stage): boolean {
    return read.scope.some((axis) => axis.stage === this.stage.name);
  }

  /** A step at a place: it reads nothing until it is known what runs there. */
  #openStep(
    { by, index, round, name }: { by: string; index: number; round: Round; name: string },
    sample: Stage,
    at: Element,
    cell: PlannedCell,
  ): Step {
    const { stage, kinds, make } = this;
    const search = this.#search;
    const place: Place = {
      by,
      index,
      step(chosen, steps) {
        const own = { ...cell, trial: chosen.key };
        const trial = ofLength(search.trialOf(chosen), round.epochs, kinds);
        // Of the same trial: what stands at the same place.
        const beside: Steps = {
          has: (key) => steps.has(key),
          get(key) {
            const step = steps.get(key);
            return step?.isOpen && step.place!.by === by && step.place!.index === index
              ? step.place!.step(chosen, steps)
              : step;
          },
        };
        const step = make(trial.stages.get(name)!, at, stage, { cell: own, trial }, beside);
        const missing = step.sources.find((source) => !steps.has(source.step));
        if (!missing) return { ...step, place };
        const message = `With these values the trial reads \`${missing.step}\`, which is no step of this run.`;
        const mistake = trial.mistake ?? { title: "a stage that no other trial reads", message };
        return { ...step, place, trial: { ...trial, mistake }, sources: [], settings: null };
      },
    };
    const step = make(sample, at, stage, { cell, trial: null, sources: [] }, this.steps);
    return { ...step, settings: null, behind: null, place, isOpen: true };
  }
}

/** Chosen trials with the elements that run them. */
export const placedTrials = (
  { places }: Round,
  { trials }: { readonly trials: readonly ChosenTrial[] },
): readonly PlacedTrial[] => trials.map(({ key, values }, index) => ({ place: places[index]!, key, values }));

/** Why nothing runs at a place. */
export interface Empty {
  readonly empty: string;
}
export const isEmpty = (found: Step | Empty): found is Empty => "empty" in found;

/** The step of the configuration that was chosen for a place. @param why  there are fewer than places */
export function filled(
  place: Place,
  { trials, why }: { readonly trials: readonly ChosenTrial[]; readonly why: string | null },
  steps: Steps,
): Step | Empty {
  const trial = trials[place.index];
  return trial ? place.step(trial, steps) : { empty: why ?? "no trial is left for it" };
}
