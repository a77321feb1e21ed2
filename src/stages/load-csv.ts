/**
 * `load: csv`: columns of numbers into features and a target, from a file for each split or one file with a column that
 * names the split.
 *
 * Every cell read must be a finite number; the first that are not are named by line and column. Missing cells are a mistake
 * unless the pipeline says what to do about them: nothing is repaired in silence. With `classes` the target is an integer
 * label, or one of the names.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import type { DataFile } from "../pipeline/kind.js";
import { blobOf, type Output } from "../util/value.js";
import { checkNames, isMissing, isNamed, listed, missingCells, notNumbers, numberOf, placeOf } from "./csv-cells.js";
import { plural, type Row, readTable, type Table, type TableOptions } from "./csv-table.js";
import { checkLabels, datasetOutput } from "./dataset.js";
import { judgedFile } from "./load-files.js";

export interface CsvOptions extends TableOptions {
  readonly train?: string | undefined;
  readonly test?: string | undefined;
  readonly file?: string | undefined;
  readonly split?: SplitColumn | undefined;
  readonly target: string;
  readonly features?: readonly string[] | undefined;
  readonly missing: readonly string[];
  readonly on_missing: "error" | "drop_row" | "mean";
}
export type Part = "train" | "validation" | "test";
/** A column whose values say of which split a row is. */
export interface SplitColumn extends Readonly<Partial<Record<Part, Words | undefined>>> {
  readonly column: string;
}
type Words = string | number | readonly (string | number)[];

const parts = ["train", "validation", "test"] as const;
const wordsOf = (words: Words): readonly string[] => (Array.isArray(words) ? words : [words]).map(String);

export interface CsvFile {
  readonly path: string;
  readonly option: "train" | "test" | "file";
}
/** Files to read, in the order in which their mistakes are told. */
export function csvFiles({ train, test, file }: CsvOptions): readonly CsvFile[] {
  return (["train", "test", "file"] as const).flatMap((option) => {
    const path = { train, test, file }[option];
    return path === undefined ? [] : [{ path, option }];
  });
}
/** Names of the outputs, which options alone decide. */
export function csvParts({ train, test, file, split }: CsvOptions): readonly Part[] {
  if (file !== undefined) return parts.filter((part) => split?.[part] !== undefined);
  return parts.filter((part) => ({ train, validation: undefined, test })[part] !== undefined);
}

export interface CsvResult {
  readonly outputs: Readonly<Partial<Record<Part, Output>>>;
  /** What was done about missing cells, in sentences. */
  readonly remarks: readonly string[];
}

/**
 * @param fail    told of each mistake in each part; parts without a mistake are returned. Throws it unless given.
 * @param judged  what the files held when the step was judged
 * @throws        ChangedFileError
 */
export function loadCsv(
  folder: string,
  options: CsvOptions,
  classes: readonly string[] | null,
  fail: (mistake: MistakeError, file: CsvFile) => void = (mistake) => {
    throw mistake;
  },
  judged?: readonly DataFile[],
): CsvResult {
  const outputs: Partial<Record<Part, Output>> = {};
  const remarks: string[] = [];
  const reader = new Reader(options, classes, remarks);
  for (const file of csvFiles(options))
    try {
      const table = readTable(folder, file.path, options, judgedFile(judged, file.option));
      if (file.option === "file") Object.assign(outputs, reader.partsOf(table));
      else outputs[file.option] = reader.output(table, file.option);
    } catch (error) {
      if (!(error instanceof MistakeError)) throw error;
      fail(error, file);
    }
  return { outputs, remarks };
}

/** Rows to use; cells that were missing, by column, and what was done about them. */
interface Complete {
  readonly rows: readonly Row[];
  readonly missing?: Readonly<Record<string, number>>;
  readonly remark?: string;
}

/** Reads parts one after the other, training examples first: they decide the features and the means that fill gaps. */
class Reader {
  private features: readonly string[] | undefined;
  private means: readonly number[] | undefined;

  constructor(
    private readonly options: CsvOptions,
    private readonly classes: readonly string[] | null,
    private readonly remarks: string[],
  ) {
    this.features = options.features;
  }

  partsOf(table: Table): Partial<Record<Part, Output>> {
    const split = this.options.split!;
    const at = this.columnAt(table, split.column, ["split", "column"]);
    const owner = ownersOf(split);
    const stranger = table.rows.find((row) => !owner.has(row.cells[at]!));
    if (stranger) throw unknownPart(table, at, stranger, owner);
    const found: Partial<Record<Part, Output>> = {};
    for (const part of csvParts(this.options)) {
      const rows = table.rows.filter((row) => owner.get(row.cells[at]!) === part);
      if (rows.length === 0) {
        const values = [...new Set(table.rows.map((row) => row.cells[at]!))];
        const words = wordsOf(split[part]!).map((word) => `\`${word}\``);
        throw new MistakeError(
          "no rows",
          `No row of \`${table.path}\` has ${words.join(" or ")} in the column \`${split.column}\`. Values there: ${listed(values)}.`,
          ["split", part],
        );
      }
      found[part] = this.output({ ...table, rows }, part);
    }
    return found;
  }

  output(table: Table, part: Part): Output {
    const { options, classes } = this;
    const target = this.columnAt(table, options.target, ["target"]);
    this.features ??= table.columns.filter((name) => name !== options.target && name !== options.split?.column);
    if (this.features.length === 0)
      throw new MistakeError("no features", `\`${table.path}\` has no column besides the target \`${options.target}\`.`, ["target"]);
    const features = this.features.map((name, index) => this.columnAt(table, name, options.features ? ["features", index] : []));
    const byName = classes !== null && isNamed(table.rows, target, classes, options.missing);
    const { rows, missing, remark } = this.withoutMissing(table, features, target);
    const label = (cell: string): number => (byName ? classes.indexOf(cell) : numberOf(cell));
    const wrong = rows.flatMap((row) => [
      ...features.filter((column) => !this.isMissing(row, column) && Number.isNaN(numberOf(row.cells[column]!))).map((column) => ({ row, column })),
      ...(!byName && Number.isNaN(numberOf(row.cells[target]!)) ? [{ row, column: target }] : []),
    ]);
    if (wrong.length > 0) throw notNumbers(table, wrong, { features: this.features, target }, options.header === true);
    if (byName) checkNames(table, rows, target, classes);
    const values = this.filled(rows, features);
    const labels = rows.map((row) => label(row.cells[target]!));
    if (classes && !byName) checkLabels(labels, classes, table.path);
    if (remark) this.remarks.push(remark);
    return datasetOutput(
      {
        count: rows.length,
        shape: [features.length],
        classes,
        scale: 1,
        featureNames: this.features,
        targetNames: [options.target],
        split: part,
        ...(missing ? { missing } : {}),
      },
      {
        features: blobOf("float32", [rows.length, features.length], values),
        labels: classes ? blobOf("int32", [rows.length], Int32Array.from(labels)) : blobOf("float32", [rows.length, 1], Float32Array.from(labels)),
      },
    );
  }

  private columnAt(table: Table, name: string, option: readonly (string | number)[]): number {
    const at = table.columns.indexOf(name);
    if (at >= 0) return at;
    if (this.options.header === true && table.columns.every((cell) => !Number.isNaN(numberOf(cell))))
      throw new MistakeError(
        "no header",
        `\`${table.path}:1\` has numbers (${listed(table.columns)}) where names of columns belong. If the file has no header, name its columns: \`header: [input, label]\`; with \`header: false\` they are called column_1, column_2 ….`,
        option,
      );
    throw new MistakeError(
      "no such column",
      `\`${table.path}\` has no column \`${name}\`.${suggestion(name, table.columns)}\n\nColumns: ${table.columns.join(", ")}`,
      option,
    );
  }

  private isMissing(row: Row, column: number): boolean {
    return isMissing(row.cells[column]!, this.options.missing);
  }

  /** @throws MistakeError where the policy does not cover a missing cell */
  private withoutMissing(table: Table, features: readonly number[], target: number): Complete {
    const { on_missing: policy } = this.options;
    const holes = table.rows.flatMap((row) => [...features, target].filter((column) => this.isMissing(row, column)).map((column) => ({ row, column })));
    if (holes.length === 0) return { rows: table.rows };
    const mistakes = policy === "error" ? holes : policy === "mean" ? holes.filter(({ column }) => column === target) : [];
    if (mistakes.length > 0) throw missingCells(table, mistakes, policy);
    const missing: Record<string, number> = {};
    for (const { column } of holes) missing[table.columns[column]!] = (missing[table.columns[column]!] ?? 0) + 1;
    const cells = `${plural(holes.length, "missing cell")} (${listed(Object.entries(missing).map(([name, count]) => `${name}: ${count}`))})`;
    if (policy === "mean") return { rows: table.rows, missing, remark: `\`${table.path}\`: ${cells} filled with the mean of the column in the training rows.` };
    const broken = new Set(holes.map(({ row }) => row));
    const rows = table.rows.filter((row) => !broken.has(row));
    if (rows.length === 0)
      throw new MistakeError("no rows left", `Every row of \`${table.path}\` has a missing cell, so \`on_missing: drop_row\` leaves none.`, ["on_missing"]);
    return { rows, missing, remark: `\`${table.path}\`: ${plural(broken.size, "row")} of ${table.rows.length} left out because of ${cells}.` };
  }

  private filled(rows: readonly Row[], features: readonly number[]): Float32Array {
    const values = new Float64Array(rows.length * features.length);
    rows.forEach((row, at) => {
      features.forEach((column, index) => {
        values[at * features.length + index] = this.isMissing(row, column) ? Number.NaN : numberOf(row.cells[column]!);
      });
    });
    if (this.options.on_missing !== "mean") return Float32Array.from(values);
    this.means ??= features.map((_, index) => meanOf(values.filter((value, at) => at % features.length === index && !Number.isNaN(value))));
    const empty = this.means.findIndex((mean) => Number.isNaN(mean));
    if (empty >= 0)
      throw new MistakeError(
        "an empty column",
        `No training row has a number in the column \`${this.features![empty]}\`, so there is no mean to fill it with. Leave it out of \`features\`.`,
        ["on_missing"],
      );
    return Float32Array.from(values, (value, at) => (Number.isNaN(value) ? this.means![at % features.length]! : value));
  }
}

function ownersOf(split: SplitColumn): ReadonlyMap<string, Part> {
  const owner = new Map<string, Part>();
  for (const part of parts)
    for (const word of split[part] === undefined ? [] : wordsOf(split[part])) {
      const other = owner.get(word);
      if (other !== undefined) throw new MistakeError("one value, two splits", `\`${word}\` stands for \`${other}\` and for \`${part}\`.`, ["split", part]);
      owner.set(word, part);
    }
  return owner;
}

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function unknownPart(table: Table, at: number, stranger: Row, owner: ReadonlyMap<string, Part>): MistakeError {
  const cell = stranger.cells[at]!;
  const count = table.rows.filter((row) => row.cells[at] === cell).length;
  return new MistakeError(
    "no such split",
    `${placeOf(table, stranger, at)}: \`${cell.slice(0, 60)}\` is not a value that \`split\` names.${suggestion(cell, [...owner.keys()])} ${plural(count, "row")} of ${table.rows.length} ${count === 1 ? "has" : "have"} it. Name it under \`split.train\`, \`split.validation\` or \`split.test\`.`,
    ["split"],
  );
}
