/** A pipeline for a table: what was guessed, as a file with comments that teach what each stage does. */

import { plural } from "../util/words.js";
import { foldCount, learnedRows, mostFolded } from "./fold-sizes.js";
import { exported, type PipelineNames } from "./pipeline-names.js";
import type { TableGuess } from "./table-guess.js";
import { comment, listOption, spelled } from "./yaml-text.js";

/** Steps of the optimiser that a small table gets, as far as `mostEpochs` allows. */
const steps = 1500;
const mostEpochs = 60;

interface Settings {
  readonly isFolded: boolean;
  readonly batchSize: number;
  readonly epochs: number;
}
/** Learned rows from which on a step takes so many of them. */
const batches: readonly (readonly [rows: number, batchSize: number])[] = [
  ...([
    [7000, 256],
    [1300, 64],
    [128, 32],
    [32, 16],
    [16, 8],
    [4, 4],
  ] as const),
];
function settingsOf(rows: number): Settings {
  const isFolded = rows <= mostFolded;
  const learned = learnedRows(rows);
  const batchSize = batches.find(([least]) => learned >= least)?.[1] ?? Math.max(1, Math.floor(learned) - 1);
  const epochs = Math.ceil(steps / Math.max(1, Math.ceil(learned / batchSize)));
  return { isFolded, batchSize, epochs: isFolded ? Math.min(mostEpochs, Math.max(20, epochs)) : 40 };
}

export function tablePipeline(guess: TableGuess, names: PipelineNames): string {
  const settings = settingsOf(guess.rows);
  const { isFolded, epochs } = settings;
  const dropout = guess.target.classes ? 0.2 : 0.3;
  const seldom = isFolded ? "" : "patience: 5, ";
  return [
    ...head(guess, names),
    `name: ${spelled(names.name)}`,
    "# Every random draw follows from it: another seed is another split, and another start of each network.",
    "seed: 1",
    "# What is worth trying out. On the command line too: --set units=128",
    `params: {units: 64, dropout: ${dropout}, learning_rate: 0.002, weight_decay: 0.1, ${seldom}epochs: ${epochs}}`,
    "profiles:",
    "  # hw1 run … --profile quick: does everything, learns little.",
    "  quick: {params: {epochs: 3}}",
    "stages:",
    ...loadStage(guess, names),
    ...(isFolded ? foldedStages(guess, settings) : validatedStages(guess, settings)),
    ...figures(guess, isFolded),
    ...exported("parts.test"),
    "",
  ].join("\n");
}

/** Stages with a score, the first the one to compare by. */
export const scoresOf = ({ rows }: TableGuess): readonly string[] => [
  rows <= mostFolded ? "cross_score" : "valid_score",
  "score",
];

function head(guess: TableGuess, { file, command, data }: PipelineNames): readonly string[] {
  const { classes } = guess.target;
  return [
    comment(`Written by \`${command}\`. It is yours: change what you like, \`hw1 check\` says what does not fit.`),
    "#",
    `#   hw1 run ${file}`,
    ...scoresOf(guess).map((stage) => `#   hw1 show ${file} ${stage}`),
    "#",
    comment(
      `What was guessed of ${data}, ${plural(guess.rows, "row")} with a ${classes ? "class" : "number"} to learn:`,
    ),
    ...guess.remarks.map((remark) => comment(`- ${remark}`)),
  ];
}

function loadStage(guess: TableGuess, { data }: PipelineNames): readonly string[] {
  const { target, leaveOut, categories, dates, missing } = guess;
  const lines = [
    "  # The table. Columns that are named nowhere are numbers to learn from.",
    "  table:",
    "    kind: load",
    "    source: csv",
    `    train: ${spelled(data)}`,
    `    target: ${spelled(target.name)}`,
  ];
  if (guess.delimiter !== ",")
    lines.push(`    delimiter: ${guess.delimiter === "tab" ? "tab" : `"${guess.delimiter}"`}`);
  if (!guess.header)
    lines.push("    header: false", "    # Without names in the file columns are column_1, column_2 and so on.");
  if (target.classes)
    lines.push("    classes: auto   # the words of that column, sorted; without it the target is a number");
  if (leaveOut.length > 0) lines.push(listOption("leave_out", leaveOut, "    "));
  if (categories.length > 0)
    lines.push(
      listOption("categories", categories, "    "),
      "    # Each word is an input that is 1 or 0. A new word in rows to come is none of them with `unknown: ignore`.",
    );
  if (dates.length > 0) lines.push(listOption("dates", dates, "    "));
  if (missing) lines.push(listOption("missing", missing, "    "));
  if (target.missing > 0) lines.push("    on_missing_target: drop_row   # a row without a target teaches nothing");
  if (guess.hasMissing)
    lines.push(
      "    # Gaps stay gaps here; below they are filled by what the training rows say. In a category a gap is a word.",
      "    on_missing: keep",
    );
  if (target.missing > 0 || guess.hasMissing) lines.push("    allow: missing_values");
  return lines;
}

/** `split`, `fold`: of classes each part has its share. */
const stratified = ({ target }: TableGuess): string => (target.classes ? ", stratify: true" : "");
/** Rows of a file often lie in an order, which a random split undoes; gaps were told when this file was written. */
const look = [
  "  # What the training rows are like; its warnings are worth reading.",
  "  look: {kind: explore, data: parts.train, allow: [rows_in_order, missing_values]}",
];

function foldedStages(guess: TableGuess, settings: Settings): readonly string[] {
  const folds = foldCount(guess.rows);
  const isRare = guess.target.classes !== null && guess.target.rarest < folds / 0.8 + 1;
  return [
    "  # A fifth of the rows is held out, and looked at once: when nothing is changed any more.",
    `  parts: {kind: split, data: table.train, test: 0.2${stratified(guess)}}`,
    ...look,
    "",
    `  # Cross-validation: ${folds} networks, each judged by the rows that it has not seen. Compare by this score.`,
    ...(isRare ? ["  # A class has so few rows that some folds lack it."] : []),
    `  folds: {kind: fold, data: parts.train, k: ${folds}${stratified(guess)}${isRare ? ", allow: rare_class" : ""}}`,
    ...prepared("folds.train", "fold", "each: folds, ", guess),
    "  cross:",
    "    kind: train",
    "    each: folds",
    "    data: fold_scaled",
    "    # Judged after each epoch and never learned from; raw rows are scaled as the network's own were.",
    "    validation: folds.validation",
    ...network(guess, settings, true),
    "  cross_score: {kind: evaluate, each: folds, model: cross, data: folds.validation}",
    "",
    "  # The model to keep: the same network, taught by all rows that are not held out. Then those, once.",
    ...prepared("parts.train", "all", "", guess),
    "  model:",
    "    kind: train",
    "    data: all_scaled",
    ...network(guess, settings, false),
    "  score: {kind: evaluate, model: model, data: parts.test}",
  ];
}

function validatedStages(guess: TableGuess, settings: Settings): readonly string[] {
  return [
    "  # One part of the rows says when to stop, one is looked at once: when nothing is changed any more.",
    `  parts: {kind: split, data: table.train, validation: 0.1, test: 0.2${stratified(guess)}}`,
    ...look,
    "",
    ...prepared("parts.train", "all", "", guess),
    "  model:",
    "    kind: train",
    "    data: all_scaled",
    "    # Judged after each epoch and never learned from; raw rows are scaled as the network's own were.",
    "    validation: parts.validation",
    ...network(guess, settings, true),
    '    early_stopping: {patience: "${params.patience}"}   # the model has the weights of its best epoch',
    "  # The score to compare by, though a little too good: these rows have said when to stop. Then the others, once.",
    "  valid_score: {kind: evaluate, model: model, data: parts.validation, allow: scored_on_tuning_data}",
    "  score: {kind: evaluate, model: model, data: parts.test}",
  ];
}

/** What comes before a network: gaps filled and features scaled by what its own training rows say, and no others. */
function prepared(data: string, name: string, each: string, guess: TableGuess): readonly string[] {
  const isFilled = guess.hasGaps;
  const filled = isFilled
    ? [
        "  # A gap becomes the median of the column in these rows. Other ways: mean, most_frequent.",
        `  ${name}_filled: {kind: impute, ${each}data: ${data}, method: median}`,
      ]
    : [];
  return [
    ...filled,
    "  # Each column less its mean, over its standard deviation, of these rows alone.",
    `  ${name}_scaled: {kind: normalize, ${each}data: ${isFilled ? `${name}_filled` : data}}`,
  ];
}

/** @param isFirst  it is written out here; elsewhere it is the same */
function network({ target }: TableGuess, { isFolded, batchSize }: Settings, isFirst: boolean): readonly string[] {
  const { classes } = target;
  const scaled = "    scale_targets: standard   # learned on one scale, told in the target's own unit";
  const learned = classes ? ["    loss: cross_entropy"] : ["    loss: mse", scaled];
  const rate = isFolded ? '{one_cycle: {max: "${params.learning_rate}"}}' : '"${params.learning_rate}"';
  const anchor = isFirst && isFolded ? "&optimizer " : "";
  const adamw = `{adamw: {learning_rate: ${rate}, weight_decay: "\${params.weight_decay}"}}`;
  const optimizer = `    optimizer: ${anchor}${adamw}`;
  const layers = [
    `    layers: ${isFirst && isFolded ? "&layers" : ""}`.trimEnd(),
    '      - dense: {units: "${params.units}", activation: relu}',
    '      - dropout: "${params.dropout}"   # against learning by heart; more of it for few rows',
    '      - dense: {units: "${params.units}", activation: relu}',
    '      - dropout: "${params.dropout}"',
    `      - dense: {units: ${classes?.length ?? 1}}   # ${classes ? "one for each class" : "the number"}`,
  ];
  return [
    ...(isFirst ? layers : ["    layers: *layers"]),
    ...learned,
    ...(isFirst ? [optimizer] : ["    optimizer: *optimizer"]),
    `    batch_size: ${batchSize}`,
    '    epochs: "${params.epochs}"',
  ];
}

function figures({ target, numbers, categories, dates }: TableGuess, isFolded: boolean): readonly string[] {
  const drawn = [
    ["profile", "figure: profile, from: look"],
    isFolded ? ["curves", "figure: fold_curves, from: cross"] : ["curves", "figure: learning_curves, from: model"],
    ...(target.classes
      ? [
          ["confusion", "figure: confusion_matrix, from: score"],
          ["report", "figure: classification_report, from: score"],
          ["calibration", "figure: reliability, from: score"],
        ]
      : [
          ["error", "figure: test_error, from: score"],
          ["predictions", "figure: prediction_error, from: score"],
        ]),
    ...(!target.classes && numbers.length === 1 && categories.length + dates.length === 0
      ? [["fit", "figure: fit, from: score, data: parts.train"]]
      : []),
  ];
  return [
    "",
    "  # Figures, which the end of the run names. What else can be drawn: docs/reference.md.",
    ...drawn.map(([name, what]) => `  figure_${name}: {kind: visualize, ${what}}`),
  ];
}
