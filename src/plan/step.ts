/** A step: a stage at an element, with the steps that it reads. */
import type { Judging } from "../pipeline/gathering.js";
import type { Kind } from "../pipeline/kind.js";
import type { Stage, Trial } from "../pipeline/pipeline.js";
import type { ChosenTrial } from "../values/chosen-trials.js";
import type { Round } from "../values/search.js";
import type { StepBehind } from "./behind.js";
import type { PlannedCell, StepName } from "./planned.js";

/** Where a step's input comes from. */
export interface Source {
  readonly option: string;
  /** The input's name in the fingerprint: the option, and its place where there are several. */
  readonly input: string;
  /** Key of the step that leaves it. */
  readonly step: string;
  readonly output: string;
  /** `key:part` where the input is one element of a `folds` output. */
  readonly element: string | null;
  /** Of an input that takes many: which of the names, and what it was gathered over. */
  readonly list: { readonly source: number; readonly element: string | null } | null;
}
/** Settings of a trial that a step takes over. */
export interface Settings {
  /** The step that has them: a selection, or a search's gathered results. Null where they stand in the file. */
  readonly step: string | null;
  /** Winner's rank or trial's key. */
  readonly key: string;
  readonly part: string;
  /** Of the stage whose trial it is. */
  readonly kind: Kind<unknown>;
}
export interface Step {
  readonly key: string;
  readonly stage: Stage;
  /** Keys of what it runs over, joined by "/". */
  readonly element: string | null;
  /** The same, one for each axis. */
  readonly keys: readonly string[];
  readonly kind: Kind<unknown>;
  readonly sources: readonly Source[];
  readonly settings: Settings | null;
  /** The stage's own seed; else that of the element, where it runs over seeds; else the pipeline's. */
  readonly seed: number;
  /** Fold keys that name its random streams. */
  readonly folds: readonly string[];
  readonly forced: boolean;
  /** Its element names a trial, so it may fail without failing the run, and its failure is kept. */
  readonly mayFail: boolean;
  readonly cell: PlannedCell | null;
  /** Of a cell: what it runs; null of a place whose configuration is not known yet. */
  readonly trial: Trial | null;
  /** Of a cell in a round that is chosen. */
  readonly place: Place | null;
  /** Of such a one: its configuration is not known yet, so it reads nothing. */
  readonly isOpen: boolean;
  /** Of the step that gathers a search, and of one that chooses: the trials, as they stand in its lists. */
  readonly gathers: readonly Gathered[] | null;
  /** The round that it chooses for. */
  readonly chooses: Round | null;
  /** Of a step that gathers: what judges its trials' cells. */
  readonly judging: Judging | null;
  /** Of one that compares results: how their models were trained. */
  readonly behind: readonly StepBehind[] | null;
}
/** Steps before one, by key. */
export type Steps = Pick<ReadonlyMap<string, Step>, "get" | "has">;
/** Of a cell in a round that is chosen: what stands there. */
export interface Place {
  /** Key of the step that chooses. */
  readonly by: string;
  /** Which of the chosen trials runs here, from 0. */
  readonly index: number;
  /** The step of a configuration at this place. */
  step(trial: ChosenTrial, steps: Steps): Step;
}
/** Trials that a step gathers, as they stand in its lists. */
export interface Gathered {
  readonly round: Round;
  /** By stage of the trial the first of the cells' steps, which share options. */
  readonly parts: ReadonlyMap<string, string>;
}
export const stepKey = (stage: string, element: string | null): string =>
  element === null ? stage : `${stage}/${element}`;

/** Of the step that chooses a round of a search: `rung-2`, behind the search's own element. */
export const roundElement = (element: string | null, { name }: Pick<Round, "name">): string =>
  element === null ? name : `${element}/${name}`;
export const roundKey = (search: StepName, round: Pick<Round, "name">): string =>
  stepKey(search.stage, roundElement(search.element, round));

/** Steps that something must be read from before this one can be decided about. */
export function readsOfStep({ sources, settings, place }: Step): readonly string[] {
  // Most steps read one or two.
  if (!settings?.step && !place && sources.length <= 1) return sources.map((source) => source.step);
  const names = new Set<string>();
  if (place) names.add(place.by);
  for (const source of sources) names.add(source.step);
  if (settings?.step) names.add(settings.step);
  return [...names];
}
