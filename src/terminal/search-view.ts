/**
 * What a search looks like right now, made of the steps that a view holds: its trials × folds, the best so far, what is
 * left.
 *
 * A cell of the grid is one fold of one trial; where a trial has several stages it is all of them together.
 */

import type { PlannedSearch } from "../run/event.js";
import { stageNameOf } from "../text/search-index.js";
import type { JsonObject } from "../util/json.js";
import { type ScoreSpread, spreadOf } from "../util/statistics.js";
import { isBetter } from "../values/search-words.js";
import type { View } from "./view.js";
import type { Status, ViewStep } from "./view-step.js";

export interface TrialView {
  readonly key: string;
  readonly values: JsonObject;
  /** In the order of the folds. */
  readonly cells: readonly Status[];
  /** The objective over its cells; null until all have one. */
  readonly score: ScoreSpread | null;
}
interface BestTrial {
  readonly trial: TrialView;
  readonly score: ScoreSpread;
}
export interface SearchView {
  readonly planned: PlannedSearch;
  readonly status: Status;
  readonly trials: readonly TrialView[];
  /** Cells of the grid by status; done are those that ran, were reused, failed or were skipped. */
  readonly cells: Readonly<Record<Status | "all" | "done", number>>;
  /** Of the trials that are complete. */
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
  const rows = new Map(planned.trials.map(({ key }) => [key, planned.folds.map((): ViewStep[] => [])]));
  const columns = new Map(planned.folds.map((fold, column) => [fold, column]));
  for (const step of steps) rows.get(step.trial!.key)?.[columns.get(step.trial!.fold) ?? -1]?.push(step);
  const cells = { waiting: 0, running: 0, ran: 0, reused: 0, failed: 0, skipped: 0, all: 0, done: 0 };
  const trials = planned.trials.map(({ key, values }): TrialView => {
    const parts = rows.get(key)!;
    const statuses = parts.map(cellStatus);
    for (const status of statuses) {
      cells[status]++;
      cells.all++;
      if (status !== "waiting" && status !== "running") cells.done++;
    }
    return { key, values, cells: statuses, score: scoreOf(parts) };
  });
  return {
    planned,
    status: statusOf(collating, cells),
    trials,
    cells,
    best: bestOf(planned, trials),
    steps,
    collating,
  };
}

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
    const { score } = trial;
    if (score && (best === null || isBetter(score, best.score, objective.direction))) best = { trial, score };
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
