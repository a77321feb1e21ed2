/**
 * The trials of a search as a table, the best first: parameters that vary, mean, sd and standard error, and who is tied
 * with the best.
 */

import * as z from "zod";
import { MistakeError } from "../../diagnostic/diagnostic.js";
import { type Figure, figureOf } from "../../figure/figure.js";
import { type Column, type Row, tableSketch, tableView } from "../../figure/table.js";
import { isHalved, metricText, partParameters, scoredTrials, valueText } from "../../figure/trials.js";
import { ownOf } from "../../util/json.js";
import { grouped, numberText, pText } from "../../util/numbers.js";
import type { Spread } from "../../util/statistics.js";
import { plural } from "../../util/words.js";
import type { SearchData, TrialData } from "../../values/search.js";
import { cellNoun, cellsText, standingOf, stoppedLines, tiedText } from "../../values/search-words.js";
import { declareFigure, theOne } from "../figure-declaration.js";

export const searchTableFigure = declareFigure({
  name: "search_table",
  summary: "Configurations by rank. Of a search.",
  from: { accepts: ["search"], source: "a `search` stage" },
  options: {
    top: z.number().int().min(1).max(500).default(20).describe("How many configurations, the best first. Default: 20."),
  },
  draw: (given) => searchTable(theOne(given).data, given.options.top, given.options.title),
  sample: ({ wide }) => ({ from: [wide], options: { top: 6 } }),
});

/**
 * @param top  how many of the trials that have a score; those that failed follow, as many at most
 * @throws     MistakeError when the search has no trials
 */
export function searchTable(search: SearchData, top: number, title?: string): Figure {
  if (search.trials.length === 0)
    throw new MistakeError({
      title: "no trials to list",
      message: "This search has no trials: its rules reject every configuration.",
      at: ["from"],
    });
  const scored = scoredTrials(search);
  // A trial whose mean is NaN or infinite has no place among the scores, and no message of a failure either.
  const ranked = new Set<TrialData>(scored);
  const failed = search.trials.filter((trial) => !ranked.has(trial));
  const { varying, constant } = partParameters(search);
  const metric = metricText(search);
  const hasTraining = scored.some((trial) => trainingLoss(trial) !== null) && search.objective.metric !== "train.loss";
  const [halved, isByNumber] = [isHalved(search), search.strategy === "tpe"];
  const lead = (trial: TrialData): readonly string[] => [
    ...(isByNumber ? [trial.key] : []),
    ...(halved ? [trial.round?.epochs ? grouped(trial.round.epochs) : "–"] : []),
  ];
  const columns: Column[] = [
    { title: "Rank", align: "right" },
    { title: "Tied" },
    { title: "p", align: "right" },
    ...(isByNumber ? [{ title: "Trial", align: "right" } as const] : []),
    ...(halved ? [{ title: "Epochs", align: "right" } as const] : []),
    ...varying.map((name): Column => ({ title: name, align: areNumbers(search, name) ? "right" : "left" })),
    { title: metric, align: "right" },
    { title: "± sd", align: "right" },
    { title: "± se", align: "right" },
    ...(hasTraining ? [{ title: "train loss", align: "right" } as const] : []),
    { title: "Parameters", align: "right" },
  ];
  const values = (trial: TrialData): readonly string[] => varying.map((name) => valueText(ownOf(trial.values, name)));
  const rows: Row[] = [
    ...scored.slice(0, top).map((trial, index) => ({
      cells: [
        String(trial.rank ?? "–"),
        trial.status === "stopped" ? "stopped" : standingOf(trial),
        trial.rank === 1 || trial.status === "stopped" ? "" : pText(trial.p),
        ...lead(trial),
        ...values(trial),
        numberText(trial.score.mean, 4),
        numberText(trial.score.sd),
        numberText(trial.score.se),
        ...(hasTraining ? [numberText(trainingLoss(trial), 4)] : []),
        trial.parameters === null ? "–" : grouped(trial.parameters),
      ],
      bold: trial.rank === 1,
      // Scores of another length begin.
      rule: index > 0 && trial.round?.rung !== scored[index - 1]!.round?.rung,
    })),
    ...failed.slice(0, top).map((trial, index) => ({
      cells: ["–", "", "", ...lead(trial), ...values(trial)],
      faint: true,
      rule: index === 0 && scored.length > 0,
      note: { column: 3 + lead(trial).length + varying.length, text: failureText(trial, `${cellNoun(search)}s`) },
    })),
  ];
  const folds = Math.max(0, ...search.trials.map(({ cells }) => cells.length));
  const subtitle = [
    [
      plural(search.trials.length, "configuration"),
      folds > 1 ? `, mean over ${cellsText(search, folds)}` : "",
      scored.length > top ? `; the best ${top} of ${scored.length}` : "",
      failed.length > 0
        ? `; without a score: ${failed.length}, ${failed.length > top ? `the first ${top} ` : ""}at the end`
        : "",
    ].join(""),
    ...(constant.length > 0 ? [`the same in all: ${constant.join(", ")}`] : []),
    ...(scored.length > 1 ? tiedLines(search, scored) : []),
    ...stoppedLines(search),
  ];
  return figureOf("search_table", title ?? `Configurations by ${metric}`, subtitle, tableView(columns, rows), [
    tableSketch(columns, rows),
  ]);
}

/** What the columns say. */
function tiedLines(search: SearchData, scored: readonly TrialData[]): readonly string[] {
  if (search.comparison.test === null) return [`differences from the best are ${tiedText(search)}`];
  const count = (standing: string): number => scored.filter((trial) => standingOf(trial) === standing).length;
  const [tied, untested] = [count("tied"), count("not tested")];
  return [
    ...(tied > 0 ? [`tied: ${plural(tied, "configuration")} ${tiedText(search)}`] : []),
    ...(untested > 0 ? [`not tested: ${untested}, because the difference from the best has no spread`] : []),
  ];
}

const areNumbers = (search: SearchData, name: string): boolean =>
  search.trials.every(({ values }) => ["undefined", "number"].includes(typeof ownOf(values, name)));

/** Mean of `metrics.train.loss`, where the trial's metrics have it. */
function trainingLoss({ metrics }: TrialData): number | null {
  const train = metrics?.train as { readonly loss?: Spread } | undefined;
  return typeof train?.loss?.mean === "number" ? train.loss.mean : null;
}

/** The first message of its cells, on one line. */
function failureText({ cells, score }: TrialData, cellsNoun: string): string {
  const message = cells.find(({ error }) => error !== null)?.error;
  const failed = cells.filter(({ error }) => error !== null).length;
  if (!message) return score === null ? "no result" : `the mean is ${numberText(score.mean)}`;
  const of = cells.length > 1 ? `${failed} of ${cells.length} ${cellsNoun} failed` : "failed";
  return `${of}: ${message.replace(/\s+/g, " ")}`;
}
