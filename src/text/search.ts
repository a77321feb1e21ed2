/** What `hw1 show` says of a search, of the winners chosen from it, and of a trial that failed. */

import { escaped } from "../util/escape.js";
import { type JsonObject, ownOf } from "../util/json.js";
import { formatNumber } from "../util/numbers.js";
import type { ScoreSpread } from "../util/statistics.js";
import { table } from "../util/table.js";
import { clip, widthOf } from "../util/width.js";
import { plural } from "../util/words.js";
import type { FailureData } from "../values/failure.js";
import type { Output } from "../values/output.js";
import type { SearchData, TrialData } from "../values/search.js";
import type { SelectionData } from "../values/selection.js";
import { painter } from "./color.js";
import { piece } from "./line.js";
import { spreadText, valueText } from "./search-words.js";

interface Options {
  readonly color: boolean;
  readonly columns: number;
}
/** Trials that are listed, and of those that failed; the others are counted. */
const mostTrials = 20;
const mostFailed = 5;

/** Lines of an output that this file knows, a blank one first; none of another. */
export function searchPreview({ type, data }: Pick<Output, "type" | "data">, options: Options): readonly string[] {
  if (type === "search") return ["", ...searchText(data as unknown as SearchData, options)];
  if (type === "selection") return ["", ...selectionText(data as unknown as SelectionData, options)];
  return type === "failure" ? ["", ...failureText(data as unknown as FailureData, options)] : [];
}

/** A line for an element of a fan-out; null of another output. */
export function searchElementText({ type, data }: { readonly type: string; readonly data: JsonObject }): string | null {
  if (type === "search") {
    const { trials, objective } = data as unknown as SearchData;
    const best = trials.find(({ rank }) => rank === 1);
    return best?.score
      ? `best ${best.key}: ${objective.metric} ${spreadText(objective.metric, best.score)}`
      : "no trial succeeded";
  }
  if (type === "selection") return (data as unknown as SelectionData).winners.map(({ key }) => key).join(", ");
  return type === "failure" ? (data as unknown as FailureData).title : null;
}

function searchText(
  { strategy, objective, parameters, counts, trials }: SearchData,
  { color, columns }: Options,
): readonly string[] {
  const paint = painter(color);
  const ranked = trials.filter(({ rank }) => rank !== null).sort((a, b) => a.rank! - b.rank!);
  const failed = trials.filter(({ rank }) => rank === null);
  const best = ranked.slice(0, mostTrials);
  const rejected = counts.rejected.reduce((sum, { count }) => sum + count, 0);
  const folds = Math.max(1, ...trials.map(({ cells }) => cells.length));
  const facts = [
    `${plural(counts.trials, "configuration")} by ${strategy}`,
    ...(rejected > 0 ? [`${rejected} rejected by constraints`] : []),
    ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
  ];
  const fields = (trial: TrialData): readonly (readonly [string, string])[] => [
    ["mean ± sd (se)", fullSpread(objective.metric, trial.score!)],
    ...(ranked.some(({ tied }) => tied) ? [["tied", trial.tied && trial.rank !== 1 ? "~" : ""] as const] : []),
    ...(folds > 1 ? [["folds", cellsText(trial)] as const] : []),
  ];
  const rows = best.map((trial) => ({
    rank: trial.rank!,
    key: trial.key,
    values: trial.values,
    fields: fields(trial),
  }));
  const more = (count: number, word = ""): readonly string[] =>
    count > 0 ? [`  … ${count} more${word} (\`--json\` lists all)`] : [];
  return [
    `${paint("bold", "Trials")}: ${facts.join(", ")}`,
    paint("dim", `  ${objective.direction} ${objective.metric}${folds > 1 ? `, mean over ${folds} folds` : ""}`),
    ...ranking(parameters, rows, columns),
    ...more(ranked.length - best.length),
    ...failed
      .slice(0, mostFailed)
      .map((trial) =>
        clip(
          piece(`  failed  ${trial.key}  ${folds > 1 ? `${cellsText(trial)} folds: ` : ""}${errorOf(trial)}`).text,
          columns,
        ),
      ),
    ...more(failed.length - mostFailed, " failed"),
    ...(best.some(({ tied, rank }) => tied && rank !== 1)
      ? [paint("dim", "  ~ cannot be told from the best by these folds")]
      : []),
  ];
}

const cellsText = ({ cells }: TrialData): string =>
  `${cells.filter(({ score }) => score !== null).length} of ${cells.length}`;
const fullSpread = (metric: string, score: ScoreSpread): string =>
  `${spreadText(metric, score)}${score.se === null ? "" : ` (${sePart(metric, score)})`}`;
/** In two digits, as the sd before it, and with the unit. */
const sePart = (metric: string, { se }: ScoreSpread): string =>
  spreadText(metric, { mean: se!, sd: se! }).split(" ± ")[1] ?? formatNumber(se!);

function errorOf({ cells }: TrialData): string {
  const error = cells.find((cell) => cell.error !== null)?.error;
  return error ? error.split("\n", 1)[0]! : "no score";
}

function selectionText(
  { rule, objective, candidates, parameters: all, winners }: SelectionData,
  { color, columns }: Options,
): readonly string[] {
  const names = all.filter((name) => winners.some(({ values }) => name in values));
  const sources = new Set(winners.map(({ source }) => source)).size > 1;
  const rows = winners.map(({ rank, key, values, score, parameters, source }) => ({
    rank,
    key,
    values,
    fields: [
      ["mean ± sd (se)", fullSpread(objective.metric, score)] as const,
      ["weights", parameters === null ? "" : String(parameters)] as const,
      ...(sources ? [["search", String(source + 1)] as const] : []),
    ],
  }));
  const chosen = rule === "best" ? "the best" : "the smallest within one standard error of the best";
  return [
    `${painter(color)("bold", "Winners")}: ${winners.length} of ${plural(candidates, "configuration")}, ${chosen} by ${objective.metric}`,
    ...ranking(names, rows, columns),
  ];
}

const failureText = ({ title, message }: FailureData, { color }: Options): readonly string[] => [
  painter(color)("red", piece(title).text),
  ...message.split("\n").map((line) => (line === "" ? "" : `  ${piece(line).text}`)),
];

interface Ranked {
  readonly rank: number;
  readonly key: string;
  readonly values: JsonObject;
  /** Column → text, the same columns in every row. */
  readonly fields: readonly (readonly [string, string])[];
}

/** Rank, one column for each parameter (the trial's key where they do not fit beside each other), and the fields. */
function ranking(parameters: readonly string[], rows: readonly Ranked[], columns: number): readonly string[] {
  if (rows.length === 0) return [];
  const rowsOf = (names: readonly string[], cells: (row: Ranked) => readonly string[]): readonly string[] =>
    aligned([
      ["rank", ...names, ...rows[0]!.fields.map(([name]) => name)],
      ...rows.map((row) => [String(row.rank), ...cells(row), ...row.fields.map(([, text]) => text)]),
    ]);
  const wide = rowsOf(parameters, ({ values }) => parameters.map((name) => valueText(ownOf(values, name))));
  if (parameters.length > 0 && wide.every((line) => widthOf(line) <= columns)) return wide;
  return rowsOf(["trial"], ({ key }) => [key]).map((line) => clip(line, columns));
}

/** Columns as wide as their widest cell, those of numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const right = rows[0]!.map((_, column) =>
    rows.slice(1).every((row) => row[column] === "" || Number.isFinite(Number(row[column]))),
  );
  return table(
    rows.map((row) => row.map(escaped)),
    { indent: "  ", right: (column) => right[column]! },
  );
}
