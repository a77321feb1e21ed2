/**
 * What a search looks like right now, made of the steps that a view holds: its trials × folds, the best so far, what is
 * left.
 *
 * A cell of the grid is one fold of one trial; where a trial has several stages it is all of them together. Of a trial
 * that goes from rung to rung it is that of the last rung that it has a place in.
 */

import type { PlannedRound, PlannedSearch, StepName } from "../run/event.js";
import { stageNameOf, stepLabel } from "../text/search-index.js";
import { isChosen, type Place, placesOf } from "../text/search-rounds.js";
import type { JsonObject } from "../util/json.js";
import { type ScoreSpread, spreadOf } from "../util/statistics.js";
import { isAhead } from "../values/search-words.js";
import { trialName } from "../values/trial-name.js";
import type { View } from "./view.js";
import type { Status, ViewStep } from "./view-step.js";

export interface TrialView {
  readonly key: string;
  /** What it is called. */
  readonly name: string;
  readonly values: JsonObject;
  /** Of the last round that it has a place in, in the order of the folds. */
  readonly cells: readonly Status[];
  /** The objective over its cells, of the last rung of which all have one; null until then. */
  readonly score: ScoreSpread | null;
  readonly rung: number;
  /** Left behind: the rung after its last one is chosen, and it has no place there. */
  readonly isStopped: boolean;
}
interface BestTrial {
  readonly trial: TrialView;
  readonly score: ScoreSpread;
}
/** A rung of a generation. */
export interface RoundView {
  readonly planned: PlannedRound;
  /** Of its places: those whose cells have all ended, and all that have a configuration, or may come to have one. */
  readonly ended: number;
  readonly places: number;
  /** Whether all its cells have ended. */
  readonly isDone: boolean;
}
export interface SearchView {
  readonly planned: PlannedSearch;
  readonly status: Status;
  /** In the order of the space, or in which they are drawn or proposed; those that are not known yet have no values. */
  readonly trials: readonly TrialView[];
  readonly rounds: readonly RoundView[];
  /** What the cells of a key are of. */
  readonly places: ReadonlyMap<string, Place>;
  /** Cells of all rounds by status; done are those that ran, were reused, failed or were skipped. */
  readonly cells: Readonly<Record<Status | "all" | "done", number>>;
  /** Of the trials that are complete: who went further, then who scored better. */
  readonly best: BestTrial | null;
  readonly steps: readonly ViewStep[];
  /** The step that collates the cells. */
  readonly collating: ViewStep | null;
}

/** One of each search of the plan, in order; a search under `each` is several. */
export function searchesOf(view: View): readonly SearchView[] {
  if (view.searches.length === 0) return [];
  const own = view.searches.map((planned) => ({
    planned,
    steps: [] as ViewStep[],
    collating: null as ViewStep | null,
  }));
  const byStage = new Map<string, Map<string | null, (typeof own)[number]>>();
  for (const search of own) {
    const { stage, element } = search.planned;
    if (!byStage.has(stage)) byStage.set(stage, new Map());
    byStage.get(stage)!.set(element, search);
  }
  for (const step of view.steps.all) {
    if (step.trial) byStage.get(step.trial.search)?.get(step.trial.element)?.steps.push(step);
    else {
      const search = byStage.get(step.stage)?.get(step.element);
      if (search) search.collating = step;
    }
  }
  return own.map(searchView);
}

function searchView({ planned, steps, collating }: Pick<SearchView, "planned" | "steps" | "collating">): SearchView {
  // Places are looked up by key and by fold: a name made of both would be a new string for each cell of each frame.
  const places = placesOf(planned);
  const rows = new Map([...places.keys()].map((key) => [key, planned.folds.map((): ViewStep[] => [])]));
  const columns = new Map(planned.folds.map((fold, column) => [fold, column]));
  for (const step of steps) rows.get(step.trial!.key)?.[columns.get(step.trial!.fold) ?? -1]?.push(step);
  const cells = { waiting: 0, running: 0, ran: 0, reused: 0, failed: 0, skipped: 0, all: 0, done: 0 };
  const found = new Map<string, Omit<TrialView, "isStopped"> & { readonly round: PlannedRound }>();
  const rounds = planned.rounds.map((round): RoundView => {
    let [ended, there, isDone] = [0, 0, true];
    for (const place of round.places) {
      const parts = rows.get(place)!;
      const statuses = parts.map(cellStatus);
      let isEnded = true;
      for (const status of statuses) {
        cells[status]++;
        cells.all++;
        if (status === "waiting" || status === "running") isEnded = false;
        else cells.done++;
      }
      isDone &&= isEnded;
      const { trial } = places.get(place)!;
      if (!trial && isChosen(round)) continue;
      there++;
      if (isEnded) ended++;
      // Who will have a place of a later rung is in a row already.
      if (!trial && round.rung > 1) continue;
      const { key, values } = trial ?? { key: place, values: {} };
      const score = scoreOf(parts);
      const { score: before = null, rung = 0 } = found.get(key) ?? {};
      const name = trial ? trialName(planned, trial) : "…";
      const reached = score ? { score, rung: round.rung } : { score: before, rung };
      found.set(key, { key, name, values, cells: statuses, ...reached, round });
    }
    return { planned: round, ended, places: there, isDone };
  });
  const trials = [...found.values()].map(({ round, ...trial }): TrialView => {
    const next = planned.rounds.find((each) => each.generation === round.generation && each.rung === round.rung + 1);
    // Where none goes on, the search has ended early, and nobody was left behind.
    const others = next?.chosen?.length ?? 0;
    const isStopped = others > 0 && !trial.cells.includes("failed");
    return { ...trial, isStopped };
  });
  return {
    planned,
    status: statusOf(collating, cells),
    ...{ trials, rounds, places, cells },
    best: bestOf(planned, trials),
    steps,
    collating,
  };
}

/** The round at work, or the next one; where all have ended the last that ran. */
export const roundAtWork = ({ rounds }: Pick<SearchView, "rounds">): RoundView =>
  rounds.find(({ isDone }) => !isDone) ?? rounds.findLast(({ places }) => places > 0) ?? rounds.at(-1)!;

/** Between two of its stages a cell is running; one that failed has failed, whatever else it left. */
function cellStatus(steps: readonly ViewStep[]): Status {
  if (steps.length <= 1) return steps[0]?.status ?? "waiting";
  const statuses = new Set(steps.map(({ status }) => status));
  for (const worst of ["failed", "skipped", "running"] as const) if (statuses.has(worst)) return worst;
  if (statuses.has("waiting")) return statuses.has("ran") ? "running" : "waiting";
  return statuses.has("ran") ? "ran" : "reused";
}

/** A cell that failed does not fail its search: the collating step has the last word. */
function statusOf(collating: ViewStep | null, cells: SearchView["cells"]): Status {
  if (collating && collating.status !== "waiting") return collating.status;
  if (cells.running > 0 || (cells.done > 0 && cells.done > cells.skipped)) return "running";
  return cells.all > 0 && cells.skipped === cells.all ? "skipped" : "waiting";
}

function scoreOf(cells: readonly (readonly ViewStep[])[]): ScoreSpread | null {
  const scores: number[] = [];
  for (const steps of cells) {
    const score = steps.find(({ trial, score: own }) => trial!.scores && own !== null)?.score ?? Number.NaN;
    if (!Number.isFinite(score)) return null;
    scores.push(score);
  }
  return scores.length > 0 ? spreadOf(scores) : null;
}

/** The first of equals. */
function bestOf({ objective }: PlannedSearch, trials: readonly TrialView[]): BestTrial | null {
  let best: BestTrial | null = null;
  for (const trial of trials) {
    const { score, rung } = trial;
    const before = best && { rung: best.trial.rung, score: best.score };
    if (score && isAhead({ rung, score }, before, objective.direction)) best = { trial, score };
  }
  return best;
}

/**
 * Steps of one stage; more than one, or one with a key, where the stage has `each`. A search and its cells are one
 * stage.
 */
export interface StageView {
  readonly stage: string;
  readonly fansOut: boolean;
  readonly steps: readonly ViewStep[];
  /** None of another kind of stage; several of a search under `each`. */
  readonly searches: readonly SearchView[];
}
export function stagesOf(view: View): readonly StageView[] {
  const known = stagesKnown.get(view) ?? groupedStages(view);
  stagesKnown.set(view, known);
  return known;
}
/** What a step is called: a place of a round by the configuration that it runs. */
export function labelOf(view: View, name: StepName): string {
  const cell = view.steps.find(name)?.trial;
  const search = cell && stagesOf(view).find(({ stage }) => stage === cell.search)?.searches;
  const { places, planned } = search?.find((each) => each.planned.element === cell!.element) ?? {};
  const { round, trial } = places?.get(cell!.key) ?? {};
  if (!planned || !trial || round!.isKnown) return stepLabel(name);
  return [name.stage, cell!.element, trialName(planned, trial), cell!.fold].filter((part) => part !== null).join("/");
}
/** A frame asks for the stages of its view more than once, and a search has thousands of steps. */
const stagesKnown = new WeakMap<View, readonly StageView[]>();

function groupedStages(view: View): readonly StageView[] {
  const searches = searchesOf(view);
  const stages = new Map<string, ViewStep[]>();
  for (const step of view.steps.all) {
    const name = stageNameOf(step);
    const known = stages.get(name);
    if (known) known.push(step);
    else stages.set(name, [step]);
  }
  return [...stages].map(([stage, steps]) => ({
    stage,
    steps,
    fansOut: steps.some((step) => step.element !== null),
    searches: searches.filter(({ planned }) => planned.stage === stage),
  }));
}
