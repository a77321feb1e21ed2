/**
 * The parts of a CSV, read → datasets: training rows tell the classes (`classes: auto`), the categories and the means
 * that fill gaps; what the others have besides is told with its line.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { columnOf, movesConstant, roundingOf, targetLoses } from "../learn/rounding.js";
import { limits, overLimit } from "../pipeline/limits.js";
import { plural } from "../util/words.js";
import { blobOf } from "../values/blob.js";
import type { Dataset, DatasetData } from "../values/dataset.js";
import { type ColumnReading, featuresOfColumn, type TableReading } from "../values/reading.js";
import type { ChosenColumns } from "./csv-columns.js";
import { autoClasses, type Classes, classesOfWords, type DeclaredClasses } from "./csv-labels.js";
import { numberKey } from "./csv-numbers.js";
import { categoryReading, featuresFrom, type Places, placesOf } from "./csv-one-hot.js";
import { type CsvFile, type CsvOptions, type Part, type Remark, targetsOf } from "./csv-options.js";
import type { CsvPart } from "./csv-part.js";
import { roundedTarget } from "./csv-rounded.js";
import { indexIn, namesAmong, type Word } from "./csv-vocabulary.js";
import { placeIn, someOf, twiceIn } from "./csv-words.js";
import { datasetOutput } from "./dataset.js";
import { missingWords } from "./load-options.js";

export interface PartRead {
  readonly file: CsvFile;
  readonly name: Part;
  readonly part: CsvPart;
}
/** What the options leave to the rows, as far as those are known. */
export interface Known {
  /** Names of the features. */
  readonly features: readonly string[] | undefined;
  /** Of `classes: auto`. */
  readonly classes: readonly string[] | undefined;
}
interface Found extends Known {
  readonly outputs: Readonly<Partial<Record<Part, Dataset>>>;
  readonly rounded: readonly string[];
  readonly remarks: readonly Remark[];
}
/** How much of the files was read. */
interface Extent {
  /** All rows of all files. */
  readonly isWhole: boolean;
  /** All rows of the first file, with the training rows. */
  readonly knowsTraining: boolean;
  /** Cells that are made at most: beyond them only names are told. */
  readonly mostCells: number;
}
export class PartMistake extends Error {
  constructor(
    readonly file: CsvFile,
    readonly mistake: MistakeError,
  ) {
    super(mistake.message);
  }
}

function inFile<T>(file: CsvFile, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof MistakeError ? new PartMistake(file, error) : error;
  }
}

/** @param all  parts in the order in which they were read, training rows first. @throws PartMistake */
export function datasetsOf(
  all: readonly PartRead[],
  chosen: ChosenColumns,
  options: CsvOptions,
  declared: DeclaredClasses,
  { isWhole, knowsTraining, mostCells }: Extent,
): Found {
  const remarks: Remark[] = [];
  const classes = declared === "auto" && !knowsTraining ? undefined : classesIn(all, options, declared);
  const labels = classes === undefined ? [] : labelsOf(all, options, declared, classes, isWhole, remarks);
  const columns = knowsTraining ? readColumns(all[0]!, chosen, options) : undefined;
  const places = columns && all.map((each) => placesIn(each, columns, options));
  const features =
    columns?.flatMap(featuresOfColumn) ?? (chosen.kinds.includes("category") ? undefined : chosen.features);
  const known: Known = { features, classes: declared === "auto" ? classes?.names : undefined };
  if (!isWhole || !columns || !places) return { ...known, outputs: {}, rounded: [], remarks };
  checkSize(all, columns, features!.length);
  if (all.some(({ part }) => part.kept * features!.length > mostCells))
    return { ...known, outputs: {}, rounded: [], remarks };
  const width = columns.length;
  const values = all.map(({ part }) => part.features.taken());
  // Of what the file holds: a mean that fills a gap may come near a value by chance.
  const rounding = columns.map(({ as }, column) => {
    if (as === "category") return { loses: false, matters: false, moves: false };
    const own = values.map((table) => columnOf(table, width, column));
    return { ...roundingOf(own), moves: movesConstant(own) };
  });
  const type = rounding.some(({ loses, moves }) => loses || moves) ? "float64" : "float32";
  if (options.on_missing === "mean") fillWithMeans(values, columns, all[0]!.file);
  for (const { part } of all)
    if (part.remark) remarks.push({ ...gapsTitle, message: part.remark, severity: "warning", at: ["on_missing"] });
  const reading = readingOf(columns, options, type);
  const groups = groupNames(all, options);
  const outputs = all.map(({ name, part }, index): readonly [Part, Dataset] => {
    const made = featuresFrom(values[index]!, columns, places[index]!, type);
    remarks.push(...unknownRemarks(part, columns, made.unknown));
    const blobs = {
      features: blobOf(type, [part.kept, features!.length], made.features),
      labels: classes
        ? blobOf("int32", [part.kept], labels[index]!)
        : blobOf("float32", [part.kept, part.layout.targets.length], Float32Array.from(labels[index]!)),
      ...travelling(part, groups),
    };
    const data = {
      ...described(name, part, features!, options),
      classes: classes?.names ?? null,
      ...(reading ? { reading } : {}),
      ...(groups ? { group: { name: options.group!, words: groups } } : {}),
      ...(options.order === undefined ? {} : { order: { name: options.order } }),
    };
    return [name, datasetOutput(data, blobs)];
  });
  const rounded = columns.flatMap(({ name }, column) => (rounding[column]!.matters ? [name] : []));
  return { ...known, outputs: Object.fromEntries(outputs), rounded, remarks };
}
const gapsTitle = { title: "missing values", name: "missing_values" } as const;

function described(split: Part, part: CsvPart, featureNames: readonly string[], options: CsvOptions) {
  const { rows, kept, missing } = part;
  return {
    count: kept,
    shape: [featureNames.length],
    classes: null,
    scale: 1,
    featureNames,
    targetNames: targetsOf(options.target),
    split,
    ...(missing.size > 0 ? { missing: Object.fromEntries(missing) } : {}),
    ...(rows > kept ? { leftOut: rows - kept } : {}),
  } satisfies DatasetData;
}

/**
 * How rows become features, where that is more than taking their numbers: columns that are no numbers, other words for
 * no value than the usual ones (−999 may be one), or names that stand in no file.
 */
function readingOf(
  columns: readonly ColumnReading[],
  { missing, delimiter, header }: CsvOptions,
  type: "float32" | "float64",
): TableReading | undefined {
  const words = missing.map(String);
  const areUsual = words.length === missingWords.length && words.every((word) => missingWords.includes(word));
  const isPlain = header === true || (header === false && delimiter === ",");
  if (columns.every(({ as }) => as === "number") && areUsual && isPlain) return undefined;
  return {
    of: "table",
    columns,
    missing: words,
    delimiter,
    ...(header === true ? {} : { header }),
    ...(type === "float64" ? { doubles: true } : {}),
  };
}

/** What each column is, with the categories of the training rows. @throws PartMistake */
function readColumns({ file, part }: PartRead, chosen: ChosenColumns, options: CsvOptions): readonly ColumnReading[] {
  const columns = chosen.features.map((name, index): ColumnReading => {
    const as = chosen.kinds[index]!;
    if (as !== "category") return { name, as };
    const hasHoles = part.odd.holes.countOf(part.layout.features[index]!) > 0 && options.on_missing === "keep";
    return categoryReading(name, part.categories[index]!.words, options.unknown ?? "error", hasHoles);
  });
  const twice = twiceIn(columns.flatMap(featuresOfColumn));
  if (twice !== undefined)
    throw new PartMistake(
      file,
      new MistakeError({
        title: "two features of one name",
        message:
          `A category of a column and another column or category are both the feature \`${twice}\`. ` +
          "Rename a column, or leave one out with `leave_out`.",
        at: ["categories"],
      }),
    );
  return columns;
}

/** @throws PartMistake with the first category that no training row has */
function placesIn({ file, part }: PartRead, columns: readonly ColumnReading[], options: CsvOptions) {
  return columns.map((reading, index): Places | undefined => {
    const words = part.categories[index]?.words;
    if (reading.as !== "category" || !words) return undefined;
    const line = part.odd.holes.lineOf(part.layout.features[index]!);
    // Rows that were left out are in no dataset.
    const hole = line === undefined || options.on_missing === "drop_row" ? undefined : { line };
    return inFile(file, () => placesOf({ path: part.layout.path, reading, words, hole }, ignoreIt));
  });
}
const ignoreIt = "Correct the cell, or write `unknown: ignore`: all features of the column are 0 there.";

function checkSize(all: readonly PartRead[], columns: readonly ColumnReading[], width: number): void {
  if (columns.length === width) return;
  for (const { file, part } of all)
    if (part.kept * width > limits.cells.most)
      throw new PartMistake(
        file,
        new MistakeError({
          title: "too many cells",
          message: overLimit(
            "cells",
            `\`${part.layout.path}\` has ${plural(part.kept, "row")} of ${plural(width, "feature")}, ` +
              "with one for each category.",
          ),
        }),
      );
}

function unknownRemarks(
  part: CsvPart,
  columns: readonly ColumnReading[],
  unknown: readonly number[],
): readonly Remark[] {
  const counts = unknown.flatMap((count, index) => (count > 0 ? [`${columns[index]!.name}: ${count}`] : []));
  const total = unknown.reduce((sum, count) => sum + count, 0);
  if (total === 0) return [];
  return [
    {
      severity: "warning",
      title: "unknown categories",
      name: "unknown_categories",
      message:
        `\`${part.layout.path}\`: ${plural(total, "cell")} (${someOf(counts)}) ` +
        `${total === 1 ? "has a category" : "have categories"} that no training row has, so all features of the ` +
        "column are 0 there.",
      at: ["unknown"],
    },
  ];
}

/** Groups of all parts, so that one word has one number in all. */
function groupNames(all: readonly PartRead[], { group }: CsvOptions): readonly string[] | undefined {
  if (group === undefined) return undefined;
  const words = all.flatMap(({ part }) => part.travelling!.groupWords.words.map(({ text }) => text));
  // `007` and `7` may be one patient: who keeps them together does no harm.
  return namesAmong(words, numberKey);
}
function travelling({ travelling: found, kept, layout }: CsvPart, groups: readonly string[] | undefined) {
  const index = groups && indexIn(groups);
  const byCode = index && Int32Array.from(found!.groupWords.words, ({ text }) => index(text));
  return {
    ...(byCode
      ? {
          groups: blobOf(
            "int32",
            [kept],
            Int32Array.from(found!.groups.taken(), (code) => byCode[code]!),
          ),
        }
      : {}),
    ...(layout.travelling?.order === undefined ? {} : { order: blobOf("float64", [kept], found!.order.taken()) }),
  };
}

/** Null where labels are numbers. @throws PartMistake */
function classesIn([first]: readonly PartRead[], options: CsvOptions, declared: DeclaredClasses): Classes | null {
  if (declared !== "auto") return declared;
  const { file, part } = first!;
  return inFile(file, () => autoClasses(part.words.words, targetsOf(options.target)[0]!, part.layout.path));
}

/** Of each part, classes or numbers. @throws PartMistake */
function labelsOf(
  all: readonly PartRead[],
  options: CsvOptions,
  declared: DeclaredClasses,
  classes: Classes | null,
  isWhole: boolean,
  remarks: Remark[],
): readonly (Int32Array | Float64Array)[] {
  const names = targetsOf(options.target);
  if (classes) {
    const [name] = names;
    const labelled = all.map(({ part }) => ({
      name: `\`${part.layout.path}\``,
      placeOf: ({ line }: Word) => placeIn(part.layout.path, line, name!),
      labels: part.words,
    }));
    const meant = classesOfWords(labelled, classes, isWhole, declared === "auto");
    if ("mistake" in meant) throw new PartMistake(all[meant.part]!.file, meant.mistake);
    return all.map(({ part }, index) => Int32Array.from(part.labels.taken(), (code) => meant.classes[index]![code]!));
  }
  const values = all.map(({ part }) => part.labels.taken());
  for (const [column, name] of names.entries()) {
    const own = values.map((numbers) => columnOf(numbers, names.length, column));
    if (isWhole && targetLoses(own)) remarks.push({ ...roundedTarget(name, own), at: [all[0]!.file.option] });
  }
  return values;
}

/** Puts means of the training rows where values are missing. @throws PartMistake */
function fillWithMeans(values: readonly Float64Array[], columns: readonly ColumnReading[], first: CsvFile): void {
  const means = meansOf(values[0]!, columns.length);
  const empty = means.findIndex((mean) => Number.isNaN(mean));
  if (empty >= 0)
    throw new PartMistake(
      first,
      new MistakeError({
        title: "an empty column",
        message:
          `No training row has a number in the column \`${columns[empty]!.name}\`, ` +
          "so there is no mean to fill it with. Leave it out of `features`.",
        at: ["on_missing"],
      }),
    );
  for (const table of values) fillIn(table, means);
}

/** Mean of each column, of the values that are there; added in the order of the rows. */
function meansOf(values: Float64Array, width: number): Float64Array {
  const [sums, counts] = [new Float64Array(width), new Float64Array(width)];
  for (let at = 0, column = 0; at < values.length; at++) {
    if (!Number.isNaN(values[at]!)) {
      sums[column]! += values[at]!;
      counts[column]!++;
    }
    if (++column === width) column = 0;
  }
  return sums.map((sum, column) => sum / counts[column]!);
}

function fillIn(values: Float64Array, means: Float64Array): void {
  for (let at = 0, column = 0; at < values.length; at++) {
    if (Number.isNaN(values[at]!)) values[at] = means[column]!;
    if (++column === means.length) column = 0;
  }
}
