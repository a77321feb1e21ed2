/**
 * load: data from outside or from a formula, as outputs `train` and, where there are any, `validation` and `test`. The
 * only kind that reads data files.
 */
import { normalize } from "node:path";
import { z } from "zod";
import { type Mistake, MistakeError, type OptionPath } from "../diagnostic/diagnostic.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { Kind } from "../pipeline/kind.js";
import { most } from "../pipeline/limits.js";
import type { PortInfo } from "../pipeline/port-info.js";
import type { DataFile } from "../pipeline/run-context.js";
import { digestJson } from "../util/digest.js";
import type { Dataset } from "../values/dataset.js";
import { loadCsv, checkCsv as readForCheck } from "./csv-files.js";
import type { Classes } from "./csv-labels.js";
import { columnMistakes, csvFiles, csvParts } from "./csv-options.js";
import { classesOption, classNames, countsOf, datasetWords, fileWord, rowsOf } from "./dataset.js";
import type { CsvResult } from "./load-csv.js";
import { digestFile, judgedFile } from "./load-files.js";
import { checkIdxPair, type IdxPair, loadIdxPair } from "./load-idx.js";
import { loadMnist, mnistFiles } from "./load-mnist.js";
import { makeGappedCurve } from "./load-synthetic.js";
import { orderOf } from "./profile.js";

const pair = z.strictObject({
  images: z.string().describe("IDX file of images, gzip or not; relative to the pipeline's folder."),
  labels: z.string().describe("IDX file of labels, gzip or not."),
});
const mnist = z.strictObject({ source: z.literal("mnist").describe("The 60,000 + 10,000 images of MNIST.") });
const idx = z.strictObject({
  source: z.literal("idx").describe("Images and labels in IDX files."),
  train: pair.describe("Training images and labels."),
  test: pair.optional().describe("Test images and labels."),
  classes: classesOption.default(10),
});
const words = z.union([fileWord, z.array(fileWord).min(1)]);
const csv = z.strictObject({
  source: z
    .literal("csv")
    .describe(
      "Columns of numbers, with or without a header row; " +
        "a file for each split, or one file with a column that names the split.",
    ),
  train: z.string().optional().describe("CSV file of the training examples; relative to the pipeline's folder."),
  test: z.string().optional().describe("CSV file of the test examples."),
  file: z.string().optional().describe("One CSV file of all examples, instead of `train` and `test`; needs `split`."),
  split: z
    .strictObject({
      column: z.string().describe("Column whose values say of which split a row is. It is no feature."),
      train: words.default("train").describe("Value, or values, of the training rows."),
      validation: words
        .optional()
        .describe("Value, or values, of the validation rows; with it there is an output `validation`."),
      test: words.optional().describe("Value, or values, of the test rows; with it there is an output `test`."),
    })
    .optional()
    .describe("How the rows of `file` are told apart."),
  target: z
    .string({
      error: "the name of one column (several need a `load` stage each, with its own `target` and `features`)",
    })
    .describe("Column to learn."),
  features: z.array(z.string()).min(1).optional().describe("Columns to learn from. Default: every other column."),
  classes: classesOption
    .optional()
    .describe(
      "Declares the target a class: how many there are (labels 0 … N − 1), or their names, each as it is spelled " +
        "in the file (`[True, False]`, `[1, 2, 3]`). Whether labels are names or numbers from 0 in the order of the " +
        "names is decided once, over all files and parts: " +
        "they are names where one of them is, where one is no number, and where names are numbers themselves. " +
        "`1` and `1.0` are one label. A name that `missing` lists too is a class.",
    ),
  header: z
    .union([z.boolean(), z.array(z.string()).min(2)])
    .default(true)
    .describe(
      "Whether the first row names the columns (false: they are column_1, column_2 …), or the names for a file " +
        "without such a row.",
    ),
  delimiter: z
    .union([z.string().length(1), z.literal("tab")])
    .default(",")
    .describe("Character between cells. Default: a comma."),
  missing: z
    .array(fileWord)
    .default(["", "NA", "NaN", "nan", "null", "?"])
    .describe("What stands in a cell without a value."),
  on_missing: z
    .enum(["error", "drop_row", "mean"])
    .default("error")
    .describe(
      "What is done about such a cell: a mistake; the row is left out; " +
        "or, in a feature, the column's mean in the training rows is put there.",
    ),
});
const synthetic = z.strictObject({
  source: z.literal("synthetic").describe("Examples made from a formula and the seed; no file is needed."),
  generator: z
    .enum(["gapped_curve"])
    .describe(
      "What to make. `gapped_curve`: y = 1.5 + 0.8 x − 1.7 sin x + noise for −5 ≤ x ≤ 5; " +
        "the training rows avoid the gaps and come from left to right in groups, the test rows are everywhere.",
    ),
  count: z
    .number()
    .int()
    .min(1)
    .refine(...most("synthetic_rows"))
    .default(100)
    .describe("Examples in each of `train` and `test`."),
  gaps: z
    .array(z.array(z.number()).length(2))
    .default([
      [-3, -1],
      [2, 3],
    ])
    .describe("Intervals of the input without a training example."),
  noise: z.number().min(0).default(0.5).describe("Standard deviation of the noise on training labels."),
  test_noise: z.number().min(0).default(0.1).describe("Standard deviation of the noise on test labels."),
});
const sources = [mnist, idx, csv, synthetic] as const;
const schema = z.discriminatedUnion("source", sources);
type Options = z.infer<typeof schema>;

export const load: Kind<Options, Record<never, never>> = {
  name: "load",
  version: 2,
  summary: "Loads data (MNIST, IDX files, CSV), or makes them.",
  schema,
  optionNames: [...new Set(sources.flatMap((source) => Object.keys(source.shape)))],
  spelled: ["classes", "missing", "split"],
  inputs: [],
  outputs: {
    train: "The training examples, a dataset.",
    validation: "The validation examples, a dataset; of a CSV whose `split` names them.",
    test: "The test examples, a dataset; where the source has them.",
  },
  example: `
stages:
  digits: {kind: load, source: mnist}
  garments:
    kind: load
    source: idx
    train: {images: train-images.idx, labels: train-labels.idx}
    classes: [shirt, shoe, bag]
  points: {kind: load, source: csv, train: points.csv, test: more-points.csv, target: label, features: [input]}
  flowers:
    kind: load
    source: csv
    file: flowers.csv
    split: {column: part, train: training, test: [test, held-out]}
    target: species
    classes: [setosa, versicolor, virginica]
    on_missing: drop_row
  curve: {kind: load, source: synthetic, generator: gapped_curve, noise: 0.5, seed: 3}
`,
  usesEngine: false,
  drawsRandomNumbers: ({ source }) => source === "synthetic",
  ...datasetWords,
  check(context) {
    const { options, span } = context;
    const origin = span("classes" in options && options.classes !== undefined ? ["classes"] : ["source"]);
    const port = (split: string, known: Partial<PortInfo>): PortInfo => ({
      type: "dataset",
      shape: null,
      count: null,
      classes: "classes" in options ? classNames(options.classes) : null,
      origin,
      split,
      featureNames: namedFeatures(options),
      targetNames: "target" in options ? [options.target] : ["label"],
      normalization: [],
      rows: { id: "target" in options ? csvRows(options, split) : `${context.identity()}.${split}`, within: [] },
      ...known,
    });
    switch (options.source) {
      case "mnist": {
        const known = { shape: [28, 28, 1], classes: classNames(10) };
        return { train: port("train", { ...known, count: 60000 }), test: port("test", { ...known, count: 10000 }) };
      }
      case "idx":
        return checkIdx(options, context, port);
      case "csv":
        return checkCsv(options, context, port);
      case "synthetic":
        return checkSynthetic(options, context, port);
    }
  },
  files(options, folder) {
    const fileAt = (path: string, ...option: readonly string[]): DataFile => ({
      option,
      digest: digestFile(folder, path),
    });
    switch (options.source) {
      case "mnist":
        return mnistFiles;
      case "idx":
        return (["train", "test"] as const).flatMap((part) => {
          const pair = options[part];
          return pair ? [fileAt(pair.images, part, "images"), fileAt(pair.labels, part, "labels")] : [];
        });
      case "csv":
        return csvFiles(options).map(({ path, option }) => fileAt(path, option));
      case "synthetic":
        return [];
    }
  },
  async run({ options, folder, files, seeds, warn }) {
    switch (options.source) {
      case "mnist":
        return loadMnist();
      case "idx": {
        const classes = classNames(options.classes)!;
        const partOf = (pair: IdxPair, split: "train" | "test"): Dataset => {
          const judged = { images: judgedFile(files, split, "images"), labels: judgedFile(files, split, "labels") };
          return loadIdxPair(folder, pair, classes, split, judged);
        };
        return {
          train: partOf(options.train, "train"),
          ...(options.test ? { test: partOf(options.test, "test") } : {}),
        };
      }
      case "csv": {
        const { outputs, remarks } = await loadCsv(folder, options, classesOf(options), files);
        for (const { message, name } of remarks) warn(message, name);
        return outputs;
      }
      case "synthetic":
        return makeGappedCurve(options, seeds);
    }
  },
};

/** Undefined or null where only the file knows them. */
function namedFeatures(options: Options): PortInfo["featureNames"] {
  if ("features" in options) return options.features;
  return "target" in options ? null : [];
}

/** Says which rows of which file a part holds, whatever columns of them are read. */
function csvRows(
  { split: column, features, target, missing, on_missing, ...options }: z.infer<typeof csv>,
  part: string,
): string {
  const file = normalize(options[part as "train" | "test"] ?? options.file ?? "");
  const words = column && [column.column, column[part as "train"] ?? null];
  const left = on_missing === "drop_row" ? { missing, features: features ?? null, target } : null;
  return digestJson({ file, words, left, header: options.header, delimiter: options.delimiter });
}

type Checking = Pick<CheckContext<Options>, "folder" | "report" | "seed">;
type Port = (split: string, known: Partial<PortInfo>) => PortInfo;
type Ports = Readonly<Record<string, PortInfo>>;

function checkIdx(options: z.infer<typeof idx>, { folder, report }: Checking, port: Port): Ports {
  const outputs: Record<string, PortInfo> = {};
  for (const name of ["train", "test"] as const) {
    const pair = options[name];
    if (!pair) continue;
    outputs[name] = port(name, {});
    try {
      outputs[name] = port(name, checkIdxPair(folder, pair));
    } catch (error) {
      reportError(error, [name], report);
    }
  }
  return outputs;
}

function checkCsv(options: z.infer<typeof csv>, { folder, report }: Checking, port: Port): Ports {
  if (!namesFiles(options, report))
    return { train: port("train", {}), validation: port("validation", {}), test: port("test", {}) };
  const outputs: Record<string, PortInfo> = Object.fromEntries(csvParts(options).map((part) => [part, port(part, {})]));
  const mistakes = columnMistakes(options, classesOf(options));
  for (const mistake of mistakes) report(mistake);
  if (mistakes.length > 0) return outputs;
  const found = checkFiles(folder, options, report);
  for (const part of csvParts(options)) {
    const output = found.outputs[part];
    outputs[part] = port(part, output ? { ...knownOf(output), rounded: found.rounded } : namesOf(found));
  }
  return outputs;
}
/** What is known of a file that is too large to be read whole, or has a mistake. */
const namesOf = ({ features }: CsvResult): Partial<PortInfo> =>
  features ? { shape: [features.length], featureNames: features } : {};

function checkFiles(folder: string, options: z.infer<typeof csv>, report: Checking["report"]): CsvResult {
  // What an option says wrongly of one file it says wrongly of the others: the first is told.
  const reported = new Set<string>();
  const found = readForCheck(folder, options, classesOf(options), (mistake, { option }) => {
    const about = mistake.at.length > 0 ? `${mistake.title} ${mistake.at.join(".")}` : "";
    if (about === "" || !reported.has(about)) reportError(mistake, [option], report);
    reported.add(about);
  });
  for (const remark of found.remarks) report(remark);
  return found;
}

const classesOf = ({ classes }: z.infer<typeof csv>): Classes | null => {
  const names = classNames(classes);
  return names && { names, areNamed: typeof classes !== "number" };
};

/** Files are named one per split, or one for all; a schema cannot say that in words that help. */
function namesFiles({ train, test, file, split }: z.infer<typeof csv>, report: Checking["report"]): boolean {
  const wrong = (mistake: Mistake): false => {
    report(mistake);
    return false;
  };
  if (file !== undefined && (train !== undefined || test !== undefined))
    return wrong({
      title: "two ways to name files",
      message:
        "`train` and `test` name a file each; `file` names one for all, whose rows `split` tells apart. " +
        "Choose one way.",
      at: ["file"],
    });
  if (file !== undefined && split === undefined)
    return wrong({
      title: "missing option",
      message:
        "`file` needs the option `split`, such as `split: {column: part, train: training, test: held-out}`. " +
        "A file of training examples alone is `train:`.",
      at: ["file"],
    });
  if (file === undefined && split !== undefined)
    return wrong({
      title: "missing option",
      message: "`split` tells the rows of one `file:` apart; `train` and `test` are files of one split each.",
      at: ["split"],
    });
  if (file === undefined && train === undefined)
    return wrong({
      title: "missing option",
      message: "`load` with `source: csv` needs the option `train`, or `file` with `split`.",
      at: ["source"],
    });
  return true;
}

function checkSynthetic(options: z.infer<typeof synthetic>, { report, seed = 0 }: Checking, port: Port): Ports {
  try {
    const made = makeGappedCurve(options, { seed, folds: [] });
    return { train: port("train", knownOf(made.train)), test: port("test", knownOf(made.test)) };
  } catch (error) {
    reportError(error, ["gaps"], report);
    return { train: port("train", {}), test: port("test", {}) };
  }
}

const knownOf = (output: Dataset): Partial<PortInfo> => {
  const { shape, count, featureNames, targetNames, classes } = output.data;
  return {
    shape,
    count,
    featureNames,
    targetNames,
    ordered: orderOf(output),
    examples: () => output,
    ...(classes ? { classCounts: () => countsOf(output, rowsOf(output)) } : {}),
  };
};

/** @param option  where the mistake is, unless it says so itself */
function reportError(error: unknown, option: OptionPath, report: Checking["report"]): void {
  if (!(error instanceof MistakeError)) throw error;
  const { title, message, at } = error;
  report({ title, message, at: at.length > 0 ? at : option });
}
