/** What `show` says of a search, and of the winners chosen from searches. */

import { formatNumber } from "../util/numbers.js";
import type { ScoreSpread } from "../util/statistics.js";
import { plural } from "../util/words.js";
import type { ChosenTrial } from "./chosen-trials.js";
import type { Output } from "./output.js";
import type { Preview, PreviewPart, RankedRow } from "./preview.js";
import { epochsOfMean, type SearchData, stoppedText, type TrialData, targetText } from "./search.js";
import { cellNoun, cellsText, scoreText, spreadText, standingOf, tiedText } from "./search-words.js";
import { trialName } from "./trial-name.js";

/** Trials that are listed, and of those that failed; the others are counted. */
const mostTrials = 20;
const mostFailed = 5;

/** The best trials by rank, then those that failed and why. */
export function searchPreview({ data }: Output<"search">): Preview {
  const { strategy, objective, parameters, counts, trials } = data;
  const ranked = trials.filter(({ rank }) => rank !== null).sort((a, b) => a.rank! - b.rank!);
  const failed = trials.filter(({ rank }) => rank === null);
  const best = ranked.slice(0, mostTrials);
  const rejected = counts.rejected.reduce((sum, { count }) => sum + count, 0);
  const folds = Math.max(1, ...trials.map(({ cells }) => cells.length));
  const facts = [
    `${plural(counts.trials, "configuration")} by ${strategy}`,
    ...(rejected > 0 ? [`${rejected} rejected by constraints`] : []),
    ...[stoppedText(trials)].filter(Boolean),
    ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
    ...(data.target ? [targetText(data)] : []),
  ];
  const rungs = rungsOf(trials);
  const standings = new Set(ranked.map(standingOf));
  const isToldTied = standings.has("tied") || (data.comparison.test !== null && standings.has("not tested"));
  const rows = best.map(
    (trial): RankedRow => ({
      rank: trial.rank!,
      key: trialName(data, trial),
      values: strategy === "tpe" ? { "#": trial.key, ...trial.values } : trial.values,
      fields: [
        ["mean ± sd (se)", fullSpread(objective.metric, trial.score!)],
        ...(rungs.length > 0 ? [["epochs", String(trial.round?.epochs ?? "")] as const] : []),
        ...(isToldTied ? [["tied", tiedMark(trial)] as const] : []),
        ...(folds > 1 ? [[`${cellNoun(data)}s`, countText(trial)] as const] : []),
        ...rungFields(trial, rungs, objective.metric),
      ],
    }),
  );
  return [
    { type: "heading", title: "Trials", more: `: ${facts.join(", ")}` },
    aside(`${objective.direction} ${objective.metric}${folds > 1 ? `, mean over ${cellsText(data, folds)}` : ""}`),
    {
      type: "ranking",
      parameters: strategy === "tpe" ? ["#", ...parameters] : parameters,
      rows,
      drop: [...rungs.slice(0, -1).map(rungName), `${cellNoun(data)}s`],
    },
    more(ranked.length - best.length),
    {
      type: "lines",
      lines: failed
        .slice(0, mostFailed)
        .map((trial) => failedLine(data, trial, folds > 1 ? `${cellNoun(data)}s` : null)),
      isClipped: true,
    },
    more(failed.length - mostFailed, " failed"),
    ...tiedLines(data, standings),
    ...rungLines(rungs),
  ];
}
/** Lengths of the rungs, in order; [] of a search that is not halved. */
const rungsOf = (trials: SearchData["trials"]): readonly number[] =>
  [...new Set(trials.flatMap(({ rungs = [] }) => rungs.map(({ epochs }) => epochs)))].sort((a, b) => a - b);

/** The means of a trial at the rungs before its last one. */
function rungFields({ round, rungs = [] }: TrialData, all: readonly number[], metric: string): RankedRow["fields"] {
  const at = (epochs: number): string => {
    const score = rungs.find((rung) => rung.epochs === epochs)?.score;
    return score && epochs !== round?.epochs ? spreadText(metric, { mean: score.mean, sd: null }) : "";
  };
  return all.slice(0, -1).map((epochs) => [rungName(epochs), at(epochs)]);
}
const rungName = (epochs: number): string => `at ${epochs}`;
const rungLines = (rungs: readonly number[]): readonly PreviewPart[] =>
  rungs.length > 1
    ? [aside(`epochs: as long as it was trained; at ${rungs.slice(0, -1).join(", ")}: its mean after so many`)]
    : [];
const tiedMark = (trial: TrialData): string => ({ best: "", tied: "~", "not tested": "?", "": "" })[standingOf(trial)];

/** What the marks mean; where nothing could be tested, that; nothing where there is nothing to tell apart. */
function tiedLines(data: SearchData, standings: ReadonlySet<string>): readonly PreviewPart[] {
  if (standings.size < 2) return [];
  if (data.comparison.test === null) return [aside(`differences from the best are ${tiedText(data)}`)];
  return [
    ...(standings.has("tied") ? [aside(`~ ${tiedText(data)}`)] : []),
    ...(standings.has("not tested") ? [aside("? not tested: it differs from the best by the same everywhere")] : []),
  ];
}

/** The trials of a round in their places, and why there are fewer than there is room for. */
export function trialsPreview({ data }: Output<"trials">): Preview {
  const { places, trials, why, rung, generation, epochs } = data;
  const length = epochs === null ? "" : `, ${plural(epochs, "epoch")}`;
  const facts = `${trials.length} in ${plural(places, "place")} of generation ${generation}, rung ${rung}${length}`;
  return [
    { type: "heading", title: "Chosen trials", more: `: ${facts}` },
    { type: "lines", lines: trials.map((trial, index) => `  ${index + 1}  ${chosenText(trial)}`), isClipped: true },
    ...(why === null ? [] : [aside(`no more, because ${why}`)]),
  ];
}

/** A trial that has but a number is told with its values. */
const chosenText = ({ key, values }: ChosenTrial): string =>
  /^\d+$/.test(key)
    ? `${key}  ${Object.entries(values)
        .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
        .join(", ")}`
    : key;

/** The winners in order. */
export function selectionPreview({ data }: Output<"selection">): Preview {
  const { rule, objective, candidates, parameters, winners } = data;
  const areSeveral = new Set(winners.map(({ source }) => source)).size > 1;
  const rows = winners.map(
    (winner): RankedRow => ({
      rank: winner.rank,
      key: winner.key,
      values: winner.values,
      fields: [
        ["mean ± sd (se)", fullSpread(objective.metric, winner.score)],
        ["weights", winner.parameters === null ? "" : String(winner.parameters)],
        ...(winner.bestEpochs ? [["best epoch, mean", bestEpochsText(winner.bestEpochs)] as const] : []),
        ...(areSeveral ? [["search", String(winner.source + 1)] as const] : []),
      ],
    }),
  );
  const chosen = rule === "best" ? "the best" : "the smallest within one standard error of the best";
  const facts = `${winners.length} of ${plural(candidates, "configuration")}, ${chosen} by ${objective.metric}`;
  const names = parameters.filter((name) => winners.some(({ values }) => name in values));
  return [
    { type: "heading", title: "Winners", more: `: ${facts}` },
    { type: "ranking", parameters: names, rows },
  ];
}

/** `37.4 → 37`: the mean over the cells, and what `epochs: best` makes of it; by stage where a trial has several. */
function bestEpochsText(byStage: NonNullable<TrialData["bestEpochs"]>): string {
  const several = Object.keys(byStage).length > 1;
  return Object.entries(byStage)
    .map(([stage, { mean }]) => `${several ? `${stage} ` : ""}${formatNumber(mean)} → ${epochsOfMean(mean)}`)
    .join(", ");
}

/** The best trial, for a list of searches. */
export function searchInBrief({ data }: Output<"search">): string {
  const { trials, objective } = data;
  const best = trials.find(({ rank }) => rank === 1);
  return best?.score
    ? `best ${trialName(data, best)}: ${scoreText(objective.metric, best.score)}`
    : "no trial succeeded";
}
export const selectionInBrief = ({ data }: Output<"selection">): string =>
  data.winners.map(({ key }) => key).join(", ");

const aside = (line: string): PreviewPart => ({ type: "lines", lines: [`  ${line}`], isAside: true });
const more = (count: number, word = ""): PreviewPart => ({
  type: "lines",
  lines: count > 0 ? [`  … ${count} more${word} (\`--json\` lists all)`] : [],
});
/** @param cells  what its cells are called, where it has several */
function failedLine(data: SearchData, trial: TrialData, cells: string | null): string {
  const error = trial.cells.find((cell) => cell.error !== null)?.error;
  const reason = error ? error.split("\n", 1)[0]! : "no score";
  const count = cells === null ? "" : `${countText(trial)} ${cells}: `;
  const at = trial.round && trial.round.rung > 1 ? ` at rung ${trial.round.rung}` : "";
  return `  failed${at}  ${trialName(data, trial)}  ${count}${reason}`;
}

const countText = ({ cells }: TrialData): string =>
  `${cells.filter(({ score }) => score !== null).length} of ${cells.length}`;
const fullSpread = (metric: string, score: ScoreSpread): string =>
  `${spreadText(metric, score)}${score.se === null ? "" : ` (${sePart(metric, score.se)})`}`;
/** In two digits, as the sd before it, and with the unit. */
const sePart = (metric: string, se: number): string =>
  spreadText(metric, { mean: se, sd: se }).split(" ± ")[1] ?? formatNumber(se);
