/**
 * A search told line by line: one line for a trial when its last cell of a round has ended, one for a cell that failed,
 * one for what a round runs once that is chosen, one at the end.
 *
 * Trials that are reused are counted in one line, before the first that ran, and in none where all are.
 */

import type { PlannedRound, PlannedSearch, RunEvent } from "../run/event.js";
import { escaped } from "../util/escape.js";
import { type ScoreSpread, spreadOf } from "../util/statistics.js";
import { plural } from "../util/words.js";
import { isAhead, roundText, scoreText } from "../values/search-words.js";
import { type SearchIndex, stepLabel } from "./search-index.js";
import { isChosen, nameAt, type Place, placesOf, withChosen } from "./search-rounds.js";

type StepEvent = Extract<RunEvent, { event: "step" }>;
/** A trial in a round. */
interface Trial {
  /** Cells that have not ended. */
  left: number;
  reused: boolean;
  failed: boolean;
  readonly scores: number[];
}
type ChooserOf = { readonly search: PlannedSearch; readonly round: PlannedRound };
interface RoundState {
  ended: number;
  /** Reused, and not told yet. */
  reused: number;
}
interface SearchState {
  planned: PlannedSearch;
  places: ReadonlyMap<string, Place>;
  readonly trials: ReadonlyMap<string, Trial>;
  readonly rounds: ReadonlyMap<string, RoundState>;
  readonly cells: { ran: number; reused: number; failed: number };
  best: { readonly name: string; readonly rung: number; readonly score: ScoreSpread } | null;
}

export class SearchReporter {
  readonly #index: SearchIndex;
  readonly #searches = new Map<string, SearchState>();
  readonly #counted = new Set<string>();

  constructor(plan: Extract<RunEvent, { event: "plan" }>, index: SearchIndex) {
    this.#index = index;
    const counts = new Map<string, number>();
    for (const { trial } of plan.steps) if (trial) counts.set(trialKey(trial), (counts.get(trialKey(trial)) ?? 0) + 1);
    for (const planned of plan.searches ?? []) {
      const places = placesOf(planned);
      const trials = [...places.keys()].map((key): [string, Trial] => {
        const left = counts.get(trialKey({ search: planned.stage, element: planned.element, key })) ?? 0;
        return [key, { left, reused: true, failed: false, scores: [] }];
      });
      this.#searches.set(stepLabel(planned), {
        ...{ planned, places },
        trials: new Map(trials),
        rounds: new Map(planned.rounds.map(({ name }) => [name, { ended: 0, reused: 0 }])),
        cells: { ran: 0, reused: 0, failed: 0 },
        best: null,
      });
    }
  }

  /** From now on its trials are called by their names. */
  chosen(event: Extract<RunEvent, { event: "trials" }>): void {
    const search = this.#searches.get(stepLabel(event));
    if (!search) return;
    [search.planned] = withChosen([search.planned], event) as [PlannedSearch];
    search.places = placesOf(search.planned);
  }

  /** @returns undefined for a step that is no cell of a search, chooses for none and collates none */
  step(event: StepEvent): string | null | undefined {
    const cell = this.#index.cell(event);
    const search = this.#searches.get(
      cell ? stepLabel({ stage: cell.search, element: cell.element }) : stepLabel(event),
    );
    const chooser = this.#index.round(event);
    if (chooser) return this.#chooserLine(event, chooser);
    if (!search) return undefined;
    if (!cell) return event.status === "ok" ? collatedLine(event, search) : undefined;
    const trial = search.trials.get(cell.key);
    // A cell whose result was found damaged is told again, and counted once.
    if (!trial || this.#counted.has(stepLabel(event))) return null;
    this.#counted.add(stepLabel(event));
    trial.left--;
    const place = search.places.get(cell.key)!;
    // Nothing runs in a place that stayed empty.
    if (event.status === "skipped" && !place.trial) return null;
    if (event.verdict === "run") trial.reused = false;
    if (event.status === "ok") search.cells[event.verdict === "reuse" ? "reused" : "ran"]++;
    else {
      trial.failed = true;
      if (event.status === "failed") search.cells.failed++;
    }
    if (event.score !== undefined) trial.scores.push(event.score);
    // Its search leaves such a trial out of the ranking.
    const isUndefined = event.status === "ok" && cell.scores && event.score === undefined;
    if (isUndefined) trial.failed = true;
    const label = place.round.isKnown ? stepLabel(event) : `${stepLabel(event)} (${nameAt(search, cell.key)})`;
    const undefinedLine =
      isUndefined && event.verdict === "run" ? `${label}: ${search.planned.objective.metric} is undefined` : null;
    const failed =
      event.status === "failed" ? `${label} failed: ${event.error?.split("\n", 1)[0] ?? event.reason}` : undefinedLine;
    const complete = trial.left === 0 ? this.#endedLine(cell.key, trial, search) : null;
    return failed && complete ? `${failed}\n${complete}` : (failed ?? complete);
  }

  #endedLine(key: string, trial: Trial, search: SearchState): string | null {
    const { planned, places } = search;
    const { round } = places.get(key)!;
    const state = search.rounds.get(round.name)!;
    state.ended++;
    const name = nameAt(search, key);
    const score = !trial.failed && trial.scores.length > 0 ? spreadOf(trial.scores) : null;
    const better =
      score !== null &&
      Number.isFinite(score.mean) &&
      isAhead({ rung: round.rung, score }, search.best, planned.objective.direction);
    const lines = trial.reused ? [] : this.#reusedLines(search);
    if (better) search.best = { name, rung: round.rung, score };
    if (trial.reused) state.reused += trial.failed ? 0 : 1;
    else if (score) {
      const at = `${headOf(planned, round)}${state.ended}/${trialsIn(round, places)} ${name}`;
      lines.push(`${at}: ${scoreText(planned.objective.metric, score)}${better ? " (best so far)" : ""}`);
    }
    return lines.length > 0 ? lines.join("\n") : null;
  }

  /** What a round runs, as soon as it is chosen; nothing where that was known. */
  #chooserLine(event: StepEvent, { search, round }: ChooserOf): string | null | undefined {
    if (event.status !== "ok") return undefined;
    if (event.verdict === "reuse") return null;
    const reused = this.#reusedLines(this.#searches.get(stepLabel(search))!);
    const chosen = `${headOf(search, round).replace(/,? $/, "")}: ${escaped(event.headline ?? "chosen")}`;
    return [...reused, chosen].join("\n");
  }

  /** Before the first that ran: how many were there, round by round. */
  #reusedLines({ planned, places, rounds, best }: SearchState): string[] {
    const waiting = planned.rounds.filter(({ name }) => rounds.get(name)!.reused > 0);
    return waiting.map((round, index) => {
      const state = rounds.get(round.name)!;
      const { reused } = state;
      state.reused = 0;
      const isLast = index === waiting.length - 1;
      const told = isLast && best ? `, best ${best.name}: ${scoreText(planned.objective.metric, best.score)}` : "";
      const head = headOf(planned, round).replace(/,? $/, "");
      return `${head}: ${reused} of ${plural(trialsIn(round, places), "trial")} reused${told}`;
    });
  }
}

/** `coarse `, `coarse rung 2 of 3, `. */
function headOf(planned: PlannedSearch, round: PlannedRound): string {
  const text = roundText(round, planned.rounds);
  return `${stepLabel(planned)} ${text === "" ? "" : `${text}, `}`;
}
/** Those that have a configuration, or may come to have one. */
const trialsIn = (round: PlannedRound, places: SearchState["places"]): number =>
  isChosen(round) ? round.places.filter((place) => places.get(place)!.trial).length : round.places.length;

const trialKey = ({
  search,
  element,
  key,
}: {
  readonly search: string;
  readonly element: string | null;
  readonly key: string;
}): string => `${stepLabel({ stage: search, element })}/${key}`;

function collatedLine(event: StepEvent, { cells }: SearchState): string {
  const headline = event.headline ? `  ${escaped(event.headline)}` : "";
  if (event.verdict === "reuse" && cells.ran + cells.failed === 0) return `${stepLabel(event)} reused${headline}`;
  const counts = [
    `${plural(cells.ran, "cell")} ran`,
    ...(cells.reused > 0 ? [`${cells.reused} reused`] : []),
    ...(cells.failed > 0 ? [`${cells.failed} failed`] : []),
  ];
  return `${stepLabel(event)}: ${counts.join(", ")}${headline}`;
}
