/**
 * A search told line by line: one line for a trial when its last cell has ended, one for a cell that failed, one at the
 * end.
 *
 * Trials that are reused are counted in one line, before the first that ran, and in none where all are.
 */

import type { PlannedSearch, RunEvent } from "../run/event.js";
import { escaped } from "../util/escape.js";
import { type ScoreSpread, spreadOf } from "../util/statistics.js";
import { plural } from "../util/words.js";
import { isBetter, scoreText } from "../values/search-words.js";
import { type SearchIndex, stepLabel } from "./search-index.js";

type StepEvent = Extract<RunEvent, { event: "step" }>;
interface Trial {
  /** Cells that have not ended. */
  left: number;
  reused: boolean;
  failed: boolean;
  readonly scores: number[];
}
interface SearchState {
  readonly planned: PlannedSearch;
  readonly trials: ReadonlyMap<string, Trial>;
  readonly cells: { ran: number; reused: number; failed: number };
  ended: number;
  reusedTrials: number;
  best: { readonly key: string; readonly score: ScoreSpread } | null;
}

export class SearchReporter {
  readonly #index: SearchIndex;
  readonly #searches = new Map<string, SearchState>();
  readonly #counted = new Set<string>();

  constructor(plan: Extract<RunEvent, { event: "plan" }>, index: SearchIndex) {
    this.#index = index;
    const counts = new Map<string, number>();
    for (const { trial } of plan.steps)
      if (trial) counts.set(trialName(trial), (counts.get(trialName(trial)) ?? 0) + 1);
    for (const planned of plan.searches ?? []) {
      const trials = planned.trials.map(({ key }): [string, Trial] => {
        const left = counts.get(trialName({ search: planned.stage, element: planned.element, key })) ?? 0;
        return [key, { left, reused: true, failed: false, scores: [] }];
      });
      const cells = { ran: 0, reused: 0, failed: 0 };
      this.#searches.set(stepLabel(planned), {
        planned,
        trials: new Map(trials),
        cells,
        ended: 0,
        reusedTrials: 0,
        best: null,
      });
    }
  }

  /** @returns undefined for a step that is no cell of a search and collates none */
  step(event: StepEvent): string | null | undefined {
    const cell = this.#index.cell(event);
    const search = this.#searches.get(
      cell ? stepLabel({ stage: cell.search, element: cell.element }) : stepLabel(event),
    );
    if (!search) return undefined;
    if (!cell) return event.status === "ok" ? collatedLine(event, search) : undefined;
    const trial = search.trials.get(cell.key);
    // A cell whose result was found damaged is told again, and counted once.
    if (!trial || this.#counted.has(stepLabel(event))) return null;
    this.#counted.add(stepLabel(event));
    trial.left--;
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
    const undefinedLine =
      isUndefined && event.verdict === "run"
        ? `${stepLabel(event)}: ${search.planned.objective.metric} is undefined`
        : null;
    const failed =
      event.status === "failed"
        ? `${stepLabel(event)} failed: ${event.error?.split("\n", 1)[0] ?? event.reason}`
        : undefinedLine;
    const complete = trial.left === 0 ? this.#endedLine(cell.key, trial, search) : null;
    return failed && complete ? `${failed}\n${complete}` : (failed ?? complete);
  }

  #endedLine(key: string, trial: Trial, search: SearchState): string | null {
    search.ended++;
    const { planned } = search;
    const score = !trial.failed && trial.scores.length > 0 ? spreadOf(trial.scores) : null;
    const better =
      score !== null &&
      Number.isFinite(score.mean) &&
      (search.best === null || isBetter(score, search.best.score, planned.objective.direction));
    const reusedBefore = search.reusedTrials;
    if (trial.reused && !trial.failed) {
      search.reusedTrials++;
      if (better) search.best = { key, score };
      return null;
    }
    const lines: string[] = [];
    if (reusedBefore > 0) {
      const best = search.best
        ? `, best ${search.best.key}: ${scoreText(planned.objective.metric, search.best.score)}`
        : "";
      lines.push(`${stepLabel(planned)}: ${reusedBefore} of ${plural(planned.trials.length, "trial")} reused${best}`);
      search.reusedTrials = 0;
    }
    if (better) search.best = { key, score };
    const mark = better ? " (best so far)" : "";
    if (score)
      lines.push(
        `${stepLabel(planned)} ${search.ended}/${planned.trials.length} ${key}: ` +
          `${scoreText(planned.objective.metric, score)}${mark}`,
      );
    return lines.length > 0 ? lines.join("\n") : null;
  }
}

const trialName = ({
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
