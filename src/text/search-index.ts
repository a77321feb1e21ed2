/** Which steps of a run are cells of a search, and which of its failures matter: read from the plan, asked by name. */
import type { PlannedCell, PlannedRound, PlannedSearch, PlannedStep, RunEvent, StepName } from "../run/event.js";

type PlanEvent = Extract<RunEvent, { event: "plan" }>;
type StepEvent = Extract<RunEvent, { event: "step" }>;

export const stepLabel = ({ stage, element }: StepName): string => (element === null ? stage : `${stage}/${element}`);

/** A search and its cells are one stage. */
export const stageNameOf = (step: Pick<PlannedStep, "stage" | "trial">): string => step.trial?.search ?? step.stage;

export class SearchIndex {
  readonly #cells = new Map<string, PlannedCell>();
  readonly #searches = new Map<string, PlannedSearch>();
  readonly #rounds = new Map<string, { readonly search: PlannedSearch; readonly round: PlannedRound }>();
  readonly #stages = new Set<string>();

  constructor(plan?: Pick<PlanEvent, "steps" | "searches">) {
    for (const search of plan?.searches ?? []) {
      this.#searches.set(stepLabel(search), search);
      this.#stages.add(search.stage);
      for (const round of search.rounds) {
        const element = search.element === null ? round.name : `${search.element}/${round.name}`;
        if (!round.isKnown) this.#rounds.set(stepLabel({ stage: search.stage, element }), { search, round });
      }
    }
    for (const step of plan?.steps ?? []) if (step.trial) this.#cells.set(stepLabel(step), step.trial);
  }

  cell(step: StepName): PlannedCell | undefined {
    return this.#cells.get(stepLabel(step));
  }
  /** Of its collating step. */
  search(step: StepName): PlannedSearch | undefined {
    return this.#searches.get(stepLabel(step));
  }
  /** Of the step that chooses what a round runs. */
  round(step: StepName): { readonly search: PlannedSearch; readonly round: PlannedRound } | undefined {
    return this.#rounds.get(stepLabel(step));
  }
  isSearch(stage: string): boolean {
    return this.#stages.has(stage);
  }
  /** A search and its cells are one stage. */
  stageOf(step: StepName): string {
    return this.cell(step)?.search ?? step.stage;
  }
}

interface Failures {
  /** What ended something: of the cells of a search that came to no end the first. */
  readonly reported: readonly StepEvent[];
  /** Trials that failed while their search went on, by its stage. */
  readonly trials: ReadonlyMap<string, number>;
}

export function failuresOf(steps: readonly StepEvent[], index: SearchIndex): Failures {
  const ended = new Set(steps.filter((step) => step.status === "ok" && index.search(step)).map(stepLabel));
  const reported: StepEvent[] = [];
  const reportedOf = new Set<string>();
  const trials = new Map<string, Set<string>>();
  for (const step of steps) {
    if (step.status !== "failed") continue;
    const cell = index.cell(step);
    const search = cell && stepLabel({ stage: cell.search, element: cell.element });
    if (cell && search && ended.has(search)) {
      const own = trials.get(cell.search) ?? new Set<string>();
      trials.set(cell.search, own.add(`${search}/${cell.key}`));
    } else if (!search || !reportedOf.has(search)) {
      if (search) reportedOf.add(search);
      reported.push(step);
    }
  }
  return { reported, trials: new Map([...trials].map(([stage, own]) => [stage, own.size])) };
}
