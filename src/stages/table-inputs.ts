/**
 * Rows of a CSV as features of a model that is there: read as `load` read those that it learned from.
 *
 * Columns are found by their names, in whatever order; those that are no features, such as a target, are not looked at.
 * Categories are those of the training rows, dates are numbers, and what stands for no value is what it was. The
 * delimiter is the one with which the first row has the names of the features, before that of the training file.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { columnOf, movesConstant, roundingOf } from "../learn/rounding.js";
import { plural } from "../util/words.js";
import { type Blob, blobOf } from "../values/blob.js";
import type { TableReading } from "../values/reading.js";
import { type Found, notDateLines, numberPlaces, type OddCells } from "./csv-cells.js";
import { characterOf } from "./csv-dialects.js";
import { MissingWords } from "./csv-missing.js";
import { numberOf } from "./csv-numbers.js";
import { featuresFrom, type Places, placesOf, widthOf } from "./csv-one-hot.js";
import { CsvPart } from "./csv-part.js";
import { RowReader } from "./csv-rows.js";
import { NamelessColumn, TableReader } from "./csv-table.js";
import { cellText, placeIn, someOf } from "./csv-words.js";
import { isGzip, unpackedGzip } from "./load-files.js";
import { missingWords } from "./load-options.js";

/** What the model's data were like. */
export interface ExpectedTable {
  readonly featureNames: readonly string[];
  /** Absent where features were the numbers of the file. */
  readonly reading?: TableReading | undefined;
  /** A cell without a value is a mistake (default), or NaN, where something fills it before the model sees it. */
  readonly gaps?: "error" | "keep" | undefined;
  /**
   * In how many bits the numbers were kept, which says what is rounded. Default: as the reading says; without one in 64
   * where 32 would lose differences between these rows, or move a single one.
   */
  readonly type?: "float32" | "float64" | undefined;
}
export interface TableInputs {
  /** [rows, features] */
  readonly features: Blob;
  /** Of each row its line in the text, from 1; the last one of a row with line ends in quotes. */
  readonly lines: readonly number[];
  /** What was done that one may want to know, in sentences. */
  readonly remarks: readonly string[];
}

/**
 * @param name    of the file, as messages name it
 * @param pieces  its bytes, gzip or not
 * @throws MistakeError that names the line and the column, and what to do
 */
export function tableFrom(name: string, pieces: Iterable<Uint8Array>, expected: ExpectedTable): TableInputs {
  const packed = Buffer.concat([...pieces]);
  const bytes = isGzip(packed) ? unpackedGzip(packed, name) : packed;
  const reading = expected.reading ?? plainReading(expected.featureNames);
  if (reading.columns.length === 0)
    throw new MistakeError({
      title: "features without names",
      message:
        "The data that the model learned from had no names of columns, so none can be found in a table. " +
        "`feature_names` of a `load` with `source: npy` gives them.",
    });
  const rows = rowsOf(name, bytes, reading, expected.gaps ?? "error");
  const { part, lines } = rows;
  checkCells(name, part);
  const values = part.features.taken();
  const places = reading.columns.map((column, index): Places | undefined => {
    const words = part.categories[index]?.words;
    if (column.as !== "category" || !words) return undefined;
    const hole = part.odd.holes.lineOf(part.layout.features[index]!);
    return placesOf(
      { path: name, reading: column, words, hole: hole === undefined ? hole : { line: hole } },
      learnMore,
    );
  });
  const type = expected.type ?? typeOf(values, reading);
  const { features, unknown } = featuresFrom(values, reading.columns, places, type);
  return {
    features: blobOf(type, [lines.length, widthOf(reading.columns)], features),
    lines,
    remarks: unknownRemarks(name, unknown, reading),
  };
}
const learnMore = "A model takes only what it has seen: correct the cell, or train with rows that have it.";

const plainReading = (names: readonly string[]): TableReading => ({
  of: "table",
  columns: names.map((name) => ({ name, as: "number" })),
  missing: missingWords,
  delimiter: ",",
});

function typeOf(values: Float64Array, { columns, doubles }: TableReading): "float32" | "float64" {
  if (doubles) return "float64";
  const loses = columns.some((column, index) => {
    if (column.as === "category") return false;
    const own = [columnOf(values, columns.length, index)];
    return roundingOf(own).loses || movesConstant(own);
  });
  return loses ? "float64" : "float32";
}

interface RowsRead {
  readonly part: CsvPart;
  readonly lines: number[];
}

function rowsOf(name: string, bytes: Uint8Array, reading: TableReading, gaps: "error" | "keep"): RowsRead {
  const names = reading.columns.map((column) => column.name);
  const table = { ...dialectOf(bytes, reading), leastColumns: 1 };
  const read = (keepEnd: boolean): RowsRead => {
    let part: CsvPart | undefined;
    let mistake: MistakeError | undefined;
    const lines: number[] = [];
    const taker = {
      columns: (columns: readonly string[]) => {
        const features = names.map((column) => columns.indexOf(column));
        // A text that is no table is told first, so the rows are gone through all the same.
        if (features.includes(-1)) mistake = noColumns(name, names, columns, table.header === true);
        else
          part = new CsvPart({
            path: name,
            columns,
            features,
            kinds: reading.columns.map(({ as }) => as),
            targets: [],
            header: table.header === true,
            delimiter: table.delimiter,
            policy: gaps,
            targetPolicy: "error",
            options: {},
            mayLack: reading.columns.map((column) => column.as === "category" && column.missing !== undefined),
            missing: new MissingWords(reading.missing),
            missingLabels: new MissingWords([]),
            classes: null,
            teaches: false,
          });
      },
      row: (row: Parameters<CsvPart["take"]>[0]) => {
        part?.take(row);
        lines.push(row.line);
      },
    };
    const reader = new TableReader(name, table, new Set(names), taker, keepEnd);
    try {
      reader.push(bytes);
      reader.end();
    } catch (error) {
      // A single row without a header is no header without rows: that its cells are no names is told.
      if (!mistake || !(error instanceof MistakeError) || error.title !== "no rows") throw error;
    }
    if (mistake) throw mistake;
    return { part: part!, lines };
  };
  try {
    return read(false);
  } catch (error) {
    if (!(error instanceof NamelessColumn)) throw error;
    return read(true);
  }
}

/** The delimiter, and whether the first row is names: as is seen from the first row, else as it was in training. */
function dialectOf(bytes: Uint8Array, { columns, delimiter, header }: TableReading) {
  const names = columns.map(({ name }) => name);
  for (const candidate of [delimiter, ",", ";", "tab", "|"]) {
    const cells = new Set(firstRow(bytes, candidate));
    if (names.every((name) => cells.has(name))) return { delimiter: candidate, header: true };
  }
  const areNumbered = names.every((name) => /^column_\d+$/.test(name));
  return { delimiter, header: header ?? !areNumbered };
}
function firstRow(bytes: Uint8Array, delimiter: string): readonly string[] {
  let found: readonly string[] = [];
  const rows = new RowReader("", characterOf(delimiter), (row) => {
    if (found.length === 0) found = [...row.texts()];
  });
  const end = bytes.findIndex((byte, at) => at >= startBytes && byte === lineFeed);
  try {
    rows.push(end < 0 ? bytes.subarray(0, mostStart) : bytes.subarray(0, Math.min(end + 1, mostStart)));
    rows.end(bytes.length <= mostStart && end < 0);
  } catch (error) {
    // What is wrong with the text is told by who reads all of it.
    if (!(error instanceof MistakeError)) throw error;
  }
  return found;
}
/** Bytes that are looked at for the first row: up to a line's end after so many, … */
const [startBytes, mostStart, lineFeed] = [1024, 1 << 22, 10];

function noColumns(
  path: string,
  names: readonly string[],
  columns: readonly string[],
  hasHeader: boolean,
): MistakeError {
  const numbers = columns.filter((cell) => !Number.isNaN(numberOf(cell)));
  const areNamed = names.some((name) => columns.includes(name)) || names.some((name) => !Number.isNaN(numberOf(name)));
  if (hasHeader && numbers.length > 0 && (!areNamed || numbers.length === columns.length))
    return new MistakeError({
      title: "no header",
      message:
        `\`${path}:1\` has numbers (${someOf(numbers)}) where names of columns belong. The model takes ` +
        `${plural(names.length, "column")} by name, so the first row says which is which: ${someOf(names, 20)}.`,
    });
  const absent = names.filter((name) => !columns.includes(name));
  const near = absent.length === 1 && columns.length <= 1000 ? suggestion(absent[0]!, columns) : "";
  const some = absent
    .slice(0, 8)
    .map((name) => `\`${name}\``)
    .join(", ");
  const which = absent.length === 1 ? `column ${some}` : `columns ${some}${absent.length > 8 ? ", …" : ""}`;
  return new MistakeError({
    title: absent.length === 1 ? "a missing column" : "missing columns",
    message:
      `\`${path}\` lacks the ${which}, from which the model learned.${near}\n\n` +
      `Columns: ${someOf(columns, 100)}\nThe model's: ${someOf(names, 100)}`,
  });
}

/** @throws MistakeError with the first cells that hold no number, no date, or nothing */
function checkCells(path: string, { odd, layout }: CsvPart): void {
  const { wrong, wrongDates, unhelped } = odd;
  const found: Found = { ...layout, rows: 0 };
  if (unhelped.count > 0)
    throw new MistakeError({
      title: unhelped.count === 1 ? "a missing value" : "missing values",
      message: [
        ...holePlaces(path, unhelped, layout.columns),
        `The model learned from rows without gaps: fill ${unhelped.count === 1 ? "it" : "them"} in, or train with ` +
          "`on_missing: keep` in the `load` stage and an `impute` stage behind it.",
      ].join("\n"),
    });
  if (wrong.count > 0)
    throw new MistakeError({ title: "not a number", message: numberPlaces(wrong, found).join("\n") });
  if (wrongDates.count > 0)
    throw new MistakeError({ title: "not a date", message: notDateLines(wrongDates, found).join("\n") });
}

function holePlaces(path: string, holes: OddCells, columns: readonly string[]): string[] {
  const lines = holes.first.map(({ line, column, text }) => {
    const what = text === "" ? "the cell is empty" : `${cellText(text)} stands for no value`;
    return `${placeIn(path, line, columns[column]!)}: ${what}.`;
  });
  const left = holes.count - lines.length;
  if (left > 0) lines.push(`${plural(left, "more cell")} ${left === 1 ? "is" : "are"} missing.`);
  return lines;
}

function unknownRemarks(path: string, unknown: readonly number[], { columns }: TableReading): readonly string[] {
  const counts = unknown.flatMap((count, index) => (count > 0 ? [`${columns[index]!.name}: ${count}`] : []));
  const total = unknown.reduce((sum, count) => sum + count, 0);
  return total === 0
    ? []
    : [
        `\`${path}\`: ${plural(total, "cell")} (${someOf(counts)}) ` +
          `${total === 1 ? "has a category" : "have categories"} ` +
          "that no training row has, so that all features of the column are 0 there.",
      ];
}
