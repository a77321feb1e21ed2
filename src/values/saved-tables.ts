/**
 * Tables of outputs as CSV files: predictions, profiles, trials and their learning curves, winners, epochs. Undefined
 * numbers are empty cells.
 */
import { type Cell, unlike } from "../util/csv-write.js";
import { ownOf } from "../util/json.js";
import { shortest32 } from "../util/numbers.js";
import { nounOf, severalOf } from "./axes.js";
import { float32Of, int32Of, numbersOf } from "./blob.js";
import type { TrialsData } from "./chosen-trials.js";
import { areVotes, type TargetScore } from "./evaluation.js";
import type { EpochScore } from "./model.js";
import type { Output } from "./output.js";
import type { ProfileData } from "./profile.js";
import type { SavedFile } from "./saved-array.js";
import type { SearchData, TrialData } from "./search.js";
import { valueText } from "./search-words.js";
import type { SeedsData } from "./seeds.js";
import type { SelectionData } from "./selection.js";
import { savedTable, type Table, tableOf } from "./table-file.js";

/**
 * A row for each example that was judged, in order: its features where these are columns of a table, its label, the
 * prediction, and of classes the probability of each, or its share of the votes. Of several targets each has a column
 * of its own.
 */
function predictions({ data, blobs }: Output<"evaluation">): Table {
  const { classes, shape, featureNames = [], targetNames = [] } = data;
  const rows = int32Of(blobs.rows!);
  const width = blobs.predictions!.shape[1]!;
  const isTable = shape.length === 1;
  const features = isTable ? Array.from({ length: shape[0]! }, (_, at) => featureNames[at] ?? `column ${at + 1}`) : [];
  const named = (what: string): readonly string[] =>
    width === 1 ? [what] : Array.from({ length: width }, (_, at) => `${what} ${targetNames[at] ?? at + 1}`);
  const ours = classes
    ? ["label", "prediction", ...classes.map((name) => `${areVotes(data) ? "votes" : "probability"} ${name}`)]
    : [...named("label"), ...named("prediction")];
  return {
    columns: unlike([...features, ...ours]),
    count: rows.length,
    *rows() {
      const inputs = isTable ? numbersOf(blobs.features!) : null;
      const spelled = inputs instanceof Float64Array ? (value: number) => value : shortest32;
      const said = float32Of(blobs.predictions!);
      const labels = classes ? int32Of(blobs.labels!) : float32Of(blobs.labels!);
      for (const [index, row] of rows.entries()) {
        const own = said.subarray(index * width, (index + 1) * width);
        const before = inputs ? [...inputs.subarray(row * features.length, (row + 1) * features.length)] : [];
        const judged: readonly Cell[] = classes
          ? [classes[labels[row]!]!, classes[own.indexOf(Math.max(...own))] ?? null]
          : [...labels.subarray(row * width, (row + 1) * width)].map(shortest32);
        yield [...before.map(spelled), ...judged, ...[...own].map(shortest32)];
      }
    },
  };
}

const targets = (list: readonly TargetScore[]): SavedFile =>
  savedTable(
    "targets",
    tableOf(
      ["target", "mse", "rmse", "mae", "r2"],
      list.map(({ target, mse, rmse, mae, r2 }) => [target, mse, rmse, mae, r2]),
    ),
  );

export function evaluationTables(output: Output<"evaluation">): readonly SavedFile[] {
  const { metrics } = output.data;
  const judged = savedTable("predictions", predictions(output));
  if (!("confusion" in metrics)) return [judged, ...(metrics.perTarget ? [targets(metrics.perTarget)] : [])];
  const measures = metrics.perClass.map(({ class: name, precision, recall, f1, support }) => [
    ...[name, precision, recall, f1, support],
  ]);
  const names = metrics.perClass.map(({ class: name }) => name);
  const counts = metrics.confusion.map((row, truth) => [names[truth]!, ...row]);
  return [
    judged,
    savedTable("classes", tableOf(["class", "precision", "recall", "f1", "support"], measures)),
    savedTable("confusion", tableOf(["true class", ...names], counts)),
  ];
}

export function historyTable(history: readonly EpochScore[]): SavedFile {
  const sets = ["train", "validation", "unaveraged"] as const;
  const has = (set: (typeof sets)[number], score: "loss" | "accuracy"): boolean =>
    history.some((epoch) => epoch[set]?.[score] !== undefined);
  const scores = sets.flatMap((set) =>
    (["loss", "accuracy"] as const).flatMap((score) => (has(set, score) ? [{ set, score }] : [])),
  );
  return savedTable(
    "history",
    tableOf(
      ["epoch", "learning_rate", ...scores.map(({ set, score }) => `${set}.${score}`)],
      history.map((epoch) => [
        ...[epoch.epoch, epoch.learningRate],
        ...scores.map(({ set, score }) => epoch[set]?.[score] ?? null),
      ]),
    ),
  );
}

export function profileTables({ columns, classes }: ProfileData): readonly SavedFile[] {
  const measures = ["min", "max", "mean", "sd", "missing", "distinct"] as const;
  const gaps = columns.flatMap(({ name, empty }) => empty.map(({ from, to, test }) => [name, from, to, test]));
  return [
    savedTable(
      "columns",
      tableOf(
        ["column", "role", ...measures, "shift", "critical_shift"],
        columns.map((column) => [
          ...[column.name, column.role, ...measures.map((measure) => column[measure])],
          ...[column.shift?.statistic ?? null, column.shift?.critical ?? null],
        ]),
      ),
    ),
    savedTable("empty_intervals", tableOf(["column", "from", "to", "test_rows"], gaps)),
    ...(classes
      ? [
          savedTable(
            "classes",
            tableOf(
              ["class", "count"],
              classes.names.map((name, at) => [name, classes.counts[at]!]),
            ),
          ),
        ]
      : []),
  ];
}

/** Columns of mean best epochs, one per stage that is trained. */
function bestEpochColumns(list: readonly { readonly bestEpochs?: TrialData["bestEpochs"] }[]): {
  readonly names: readonly string[];
  of(item: (typeof list)[number]): readonly (number | null)[];
} {
  const stages = [...new Set(list.flatMap(({ bestEpochs }) => Object.keys(bestEpochs ?? {})))];
  return {
    names: stages.map((stage) => (stages.length > 1 ? `${stage}.best_epoch` : "best_epoch")),
    of: ({ bestEpochs }) => stages.map((stage) => bestEpochs?.[stage]?.mean ?? null),
  };
}

/** Means over the cells and their sd, by trial and epoch. */
function curves(output: Output<"search">): readonly SavedFile[] {
  const { curves } = output.data;
  if (!curves) return [];
  const [epoch, cells, ...numbers] = curves.columns;
  const width = curves.columns.length;
  const table: Table = {
    columns: ["trial", "stage", epoch!, cells!, ...numbers],
    count: curves.trainings.reduce((sum, { rows }) => sum + rows, 0),
    *rows() {
      const values = float32Of(output.blobs.curves!);
      let at = 0;
      for (const { trial, part, rows } of curves.trainings)
        for (let row = 0; row < rows; row++, at += width)
          yield [trial, part, ...[...values.subarray(at, at + width)].map((value) => defined(value))];
    },
  };
  return [savedTable("curves", table)];
}
const defined = (value: number): number | null => (Number.isNaN(value) ? null : shortest32(value));

export function searchTables(output: Output<"search">): readonly SavedFile[] {
  const { trials, parameters, objective, over, rounds } = output.data;
  const cells = over ? `${nounOf(severalOf(over)[0]!.of)}s` : "folds";
  const best = bestEpochColumns(trials);
  const ranked = trials.toSorted((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || 0);
  return [
    savedTable(
      "trials",
      tableOf(
        [
          ...["rank", "trial", ...parameters, objective.metric, "sd", "se", cells, "p", "tied", "weights"],
          ...[...best.names, "status", ...(rounds ? roundColumns : []), "error"],
        ],
        ranked.map(({ rank, key, values, score, p, tied, parameters: weights, status, cells, ...trial }) => [
          ...[rank, key, ...parameters.map((name) => valueText(ownOf(values, name)))],
          ...[
            score?.mean ?? null,
            score?.sd ?? null,
            score?.se ?? null,
            score?.count ?? 0,
            p,
            tiedCell({ status, p, rank, tied }),
            weights,
          ],
          ...best.of(trial),
          ...[status, ...(rounds ? roundColumns.map((column) => trial.round?.[column] ?? null) : [])],
          ...[cells.find(({ error }) => error !== null)?.error ?? null],
        ]),
      ),
    ),
    savedTable(
      "cells",
      tableOf(
        ["trial", "element", objective.metric, "error"],
        trials.flatMap(({ key, cells }) => cells.map(({ element, score, error }) => [key, element, score, error])),
      ),
    ),
    ...rungTables(output.data),
    ...curves(output),
  ];
}
/** Of a search that is run in rounds: the last that a trial ran. */
const roundColumns = ["generation", "rung", "epochs"] as const;
/** What was stopped was not tested because its score is of fewer epochs; its status says so. */
const tiedCell = ({ status, p, rank, tied }: Pick<TrialData, "status" | "p" | "rank" | "tied">) => {
  if (status === "stopped") return null;
  return p === null && rank !== null ? "not tested" : tied;
};
/** Of a halved search: scores of each trial at each rung that it ran. */
function rungTables({ trials, objective }: SearchData): readonly SavedFile[] {
  const rows = trials.flatMap(({ key, rungs = [] }) =>
    rungs.map(({ rung, epochs, score }) => [
      ...[key, rung, epochs, score?.mean ?? null, score?.sd ?? null, score?.se ?? null],
    ]),
  );
  return rows.length === 0
    ? []
    : [savedTable("rungs", tableOf(["trial", "rung", "epochs", objective.metric, "sd", "se"], rows))];
}

export const seedsTable = ({ values }: SeedsData): SavedFile =>
  savedTable(
    "seeds",
    tableOf(
      ["seed"],
      values.map((value) => [value]),
    ),
  );

/** Warnings that were allowed where a result was made, each with a stage that allows it. */
export const allowedTable = (allowed: readonly { readonly name: string; readonly stages: readonly string[] }[]) =>
  savedTable(
    "allowed",
    tableOf(
      ["warning", "stage"],
      allowed.flatMap(({ name, stages }) => stages.map((stage) => [name, stage])),
    ),
  );

/** Which configuration runs at which place of a round. */
export function chosenTable({ trials }: TrialsData): SavedFile {
  const parameters = [...new Set(trials.flatMap(({ values }) => Object.keys(values)))];
  return savedTable(
    "places",
    tableOf(
      ["place", "trial", ...parameters],
      trials.map(({ key, values }, index) => [
        ...[index + 1, key],
        ...parameters.map((name) => valueText(ownOf(values, name))),
      ]),
    ),
  );
}

export function selectionTable({ winners, parameters, objective }: SelectionData): SavedFile {
  const best = bestEpochColumns(winners);
  return savedTable(
    "winners",
    tableOf(
      ["rank", "trial", ...parameters, objective.metric, "sd", "se", "weights", ...best.names, "search"],
      winners.map(({ rank, key, values, score, parameters: weights, source, ...winner }) => [
        ...[rank, key, ...parameters.map((name) => valueText(ownOf(values, name)))],
        ...[score.mean, score.sd, score.se, weights, ...best.of(winner), source + 1],
      ]),
    ),
  );
}
