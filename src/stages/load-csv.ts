/**
 * `load: csv`: columns of numbers into features and a target, from a file for each split or one file with a column that
 * names the split.
 *
 * Every cell read must be a finite number; the first that are not are named by line and column. Missing cells are a mistake
 * unless the pipeline says what to do about them: nothing is repaired in silence. With `classes` the target is a class: see
 * `csv-labels.ts`. Numbers are kept in 32 bits, or in 64 where the table would lose by that.
 *
 * A file is gone through once, piece by piece, by whoever has its bytes: `begin` gives what takes them, `finish` what they came to.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { columnOf, roundingOf } from "../learn/rounding.js";
import type { WarningName } from "../pipeline/warnings.js";
import { blobOf, type DatasetData, type Output } from "../util/value.js";
import { IndexColumn } from "./csv-index.js";
import { type Classes, classesOfWords, repeatedClass } from "./csv-labels.js";
import { numberOf } from "./csv-numbers.js";
import { CsvPart, type Layout } from "./csv-part.js";
import type { Row } from "./csv-rows.js";
import { characterOf, type TableOptions, TableReader, type TableTaker } from "./csv-table.js";
import { cellText, listed, placeIn, plural, shellWord } from "./csv-words.js";
import { datasetOutput } from "./dataset.js";

export interface CsvOptions extends TableOptions {
  readonly train?: string | undefined;
  readonly test?: string | undefined;
  readonly file?: string | undefined;
  readonly split?: SplitColumn | undefined;
  readonly target: string;
  readonly features?: readonly string[] | undefined;
  readonly missing: readonly Word[];
  readonly on_missing: "error" | "drop_row" | "mean";
}
export type Part = "train" | "validation" | "test";
/** A column whose values say of which split a row is. */
export interface SplitColumn extends Readonly<Partial<Record<Part, Words | undefined>>> {
  readonly column: string;
}
type Word = string | number | boolean;
type Words = Word | readonly Word[];

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

/** What the options say of columns that cannot be, whatever the file holds; each with its place. */
export function columnMistakes({ target, features, split, delimiter }: CsvOptions, classes: Classes | null): readonly MistakeError[] {
  const found: MistakeError[] = [];
  const tell = (title: string, message: string, option: readonly (string | number)[]): void => void found.push(new MistakeError(title, message, option));
  if (['"', "\n", "\r"].includes(delimiter))
    tell("no delimiter", "Quotes and line ends have a meaning of their own in a CSV, so they cannot stand between cells.", ["delimiter"]);
  if (split?.column === target)
    tell("the split as target", `The column \`${target}\` says of which split a row is, so it is no column to learn. Name another as \`target\`.`, ["target"]);
  const firstPlace = new Map([...(features ?? []).entries()].reverse().map(([index, name]) => [name, index]));
  features?.forEach((name, index) => {
    if (name === target)
      tell("the target among the features", `The column \`${name}\` is the target. Who learns from it learns nothing else: leave it out of \`features\`.`, [
        "features",
        index,
      ]);
    else if (name === split?.column)
      tell("the split among the features", `The column \`${name}\` says of which split a row is, so it is no feature. Leave it out of \`features\`.`, [
        "features",
        index,
      ]);
    else if (firstPlace.get(name)! < index) tell("a feature twice", `\`features\` names the column \`${name}\` twice. Name it once.`, ["features", index]);
  });
  const twice = classes?.areNamed ? repeatedClass(classes.names) : undefined;
  if (twice) found.push(twice);
  return found;
}

/** What is worth a warning. */
export interface Remark {
  readonly title: string;
  readonly message: string;
  readonly name?: WarningName;
  readonly at: readonly string[];
}
export interface CsvResult {
  /** Of parts that were read whole and have no mistake. */
  readonly outputs: Readonly<Partial<Record<Part, Output>>>;
  /** Names of the features, where a header told them. */
  readonly features: readonly string[] | undefined;
  /** Of them, those that 32 bits cannot hold without a loss that a network would notice. */
  readonly rounded: readonly string[];
  readonly remarks: readonly Remark[];
}
export type Fail = (mistake: MistakeError, file: CsvFile) => void;

/** Parts of one file, read. */
interface FileRead {
  readonly file: CsvFile;
  readonly parts: readonly (readonly [Part, CsvPart])[];
}
interface PartRead {
  readonly file: CsvFile;
  readonly name: Part;
  readonly part: CsvPart;
}
class PartMistake extends Error {
  constructor(
    readonly file: CsvFile,
    readonly mistake: MistakeError,
  ) {
    super(mistake.message);
  }
}

/** Reads files one after the other, training examples first: they decide the features and the means that fill gaps. */
export class CsvLoad {
  #features: readonly string[] | undefined;
  readonly #read: FileRead[] = [];
  readonly #remarks: Remark[] = [];
  #hasFailed = false;
  /** Not all rows were read, so what only all can tell is left unsaid. */
  #isPartial = false;

  /** @param fail  told of each mistake in each file; parts without a mistake are returned. Throws it unless given. */
  constructor(
    private readonly options: CsvOptions,
    private readonly classes: Classes | null,
    private readonly fail: Fail = (mistake) => {
      throw mistake;
    },
  ) {
    this.#features = options.features;
  }

  /** What takes the bytes of a file. @param keepEnd  as `NamelessColumn` wants it */
  begin(file: CsvFile, keepEnd = false): CsvFileReader {
    const { target, features, split, delimiter } = this.options;
    const taker = new FileTaker(file, this.options, this.classes, this.#features);
    const wanted = new Set([target, ...(features ?? []), ...(split ? [split.column] : [])]);
    const table = new TableReader(file.path, { ...this.options, delimiter: characterOf(delimiter) }, wanted, taker, keepEnd);
    return {
      push: (piece) => table.push(piece),
      end: (isWhole = true) => {
        table.end(isWhole);
        this.#isPartial ||= !isWhole;
        this.#features ??= taker.features;
        this.#read.push({ file, parts: taker.end(isWhole) });
        if (isWhole && taker.index) this.#remarks.push(...taker.index.remarks(file, this.#features ?? []));
      },
    };
  }

  /** A file that could not be read. */
  failed(mistake: MistakeError, file: CsvFile): void {
    this.#hasFailed = true;
    this.fail(mistake, file);
  }

  finish(): CsvResult {
    const found = (outputs: CsvResult["outputs"], rounded: readonly string[] = []): CsvResult => ({
      outputs,
      features: this.#features,
      rounded,
      remarks: this.#remarks,
    });
    const all = this.#read.flatMap(({ file, parts }) => parts.map(([name, part]) => ({ file, name, part })));
    if (this.#hasFailed || all.length === 0) return found({});
    try {
      const labels = this.#labels(all);
      if (this.#isPartial) return found({});
      const features = all.map(({ part }) => part.features.taken());
      const width = all[0]!.part.layout.features.length;
      // Of what the file holds: a mean that fills a gap may come near a value by chance.
      const rounding = this.#features!.map((_, column) => roundingOf(features.map((values) => columnOf(values, width, column))));
      const type = rounding.some(({ loses }) => loses) ? "float64" : "float32";
      if (this.options.on_missing === "mean") this.#fill(features, all[0]!.file);
      for (const { part } of all)
        if (part.remark) this.#remarks.push({ title: "missing values", message: part.remark, at: ["on_missing"], name: "missing_values" });
      return found(
        Object.fromEntries(
          all.map(({ name, part }, index) => {
            const values = features[index]!;
            const blobs = {
              features: blobOf(type, [part.kept, width], type === "float64" ? values : Float32Array.from(values)),
              labels: this.classes ? blobOf("int32", [part.kept], labels[index]!) : blobOf("float32", [part.kept, 1], Float32Array.from(labels[index]!)),
            };
            return [name, datasetOutput(this.#described(name, part), blobs)];
          }),
        ),
        this.#features!.filter((_, column) => rounding[column]!.matters),
      );
    } catch (error) {
      if (!(error instanceof PartMistake)) throw error;
      this.fail(error.mistake, error.file);
      return found({});
    }
  }

  #described(split: Part, { kept, layout, missing }: CsvPart): DatasetData {
    return {
      count: kept,
      shape: [layout.features.length],
      classes: this.classes?.names ?? null,
      scale: 1,
      featureNames: this.#features!,
      targetNames: [this.options.target],
      split,
      ...(missing.size > 0 ? { missing: Object.fromEntries(missing) } : {}),
    };
  }

  /** Puts means of the training rows where values are missing. @throws PartMistake */
  #fill(features: readonly Float64Array[], first: CsvFile): void {
    const means = meansOf(features[0]!, this.#features!.length);
    const empty = means.findIndex((mean) => Number.isNaN(mean));
    if (empty >= 0)
      throw new PartMistake(
        first,
        new MistakeError(
          "an empty column",
          `No training row has a number in the column \`${this.#features![empty]}\`, so there is no mean to fill it with. Leave it out of \`features\`.`,
          ["on_missing"],
        ),
      );
    for (const values of features) fillIn(values, means);
  }

  /** Of each part, classes or numbers. @throws PartMistake */
  #labels(all: readonly PartRead[]): readonly (Int32Array | Float64Array)[] {
    if (this.classes) {
      const labelled = all.map(({ part }) => ({ path: part.layout.path, target: this.options.target, labels: part.words }));
      const meant = classesOfWords(labelled, this.classes, !this.#isPartial);
      if ("mistake" in meant) throw new PartMistake(all[meant.part]!.file, meant.mistake);
      return all.map(({ part }, index) => Int32Array.from(part.labels.taken(), (code) => meant.classes[index]![code]!));
    }
    const values = all.map(({ part }) => part.labels.taken());
    if (!this.#isPartial && roundingOf(values).loses) this.#remarks.push(this.#roundedTarget(all[0]!.file, values));
    return values;
  }

  #roundedTarget({ option }: CsvFile, labels: readonly Float64Array[]): Remark {
    const example = labels.flatMap((values) => [...values.slice(0, 1000)]).find((value) => Math.fround(value) !== value) ?? 0;
    return {
      title: "a target that 32 bits cannot hold",
      message: `Numbers of the target \`${this.options.target}\` differ by less than 32 bits can tell, and targets are kept in 32 bits: ${example} becomes ${Math.fround(example)}. Subtract a constant from the column in the file, such as its smallest number.`,
      name: "rounded_target",
      at: [option],
    };
  }
}
export interface CsvFileReader {
  /** @throws MistakeError, NamelessColumn */
  push(piece: Uint8Array): void;
  /** @param isWhole  was that the whole file? @throws MistakeError, NamelessColumn */
  end(isWhole?: boolean): void;
}

/** Hands the rows of one file to its parts. */
class FileTaker implements TableTaker {
  features: readonly string[] | undefined;
  index: IndexColumn | undefined;
  #mistake: MistakeError | undefined;
  #parts = new Map<Part, CsvPart>();
  #only: CsvPart | undefined;
  #columns: readonly string[] = [];
  #splitAt = -1;
  #owner: ReadonlyMap<string, Part> = new Map();
  /** Rows by the word in the split's column. */
  readonly #words = new Map<string, number>();
  #stranger: { readonly word: string; readonly line: number } | undefined;
  #rows = 0;

  constructor(
    private readonly file: CsvFile,
    private readonly options: CsvOptions,
    private readonly classes: Classes | null,
    features: readonly string[] | undefined,
  ) {
    this.features = features;
  }

  columns(names: readonly string[]): void {
    this.#columns = names;
    try {
      this.#prepare(new Map(names.map((name, index) => [name, index])));
    } catch (error) {
      if (!(error instanceof MistakeError)) throw error;
      // A text that is no table is told first, so the rows are gone through all the same.
      this.#mistake = error;
    }
  }

  #prepare(places: ReadonlyMap<string, number>): void {
    const { options, classes, file } = this;
    const { split, header, delimiter, on_missing } = options;
    if (file.option === "file") {
      this.#splitAt = this.#placeOf(places, split!.column, ["split", "column"]);
      this.#owner = ownersOf(split!);
    }
    const target = this.#placeOf(places, options.target, ["target"]);
    const isDefault = this.features === undefined;
    this.features ??= this.#columns.filter((name) => name !== options.target && name !== split?.column);
    if (this.features.length === 0)
      throw new MistakeError("no features", `\`${file.path}\` has no column besides the target \`${options.target}\`.`, ["target"]);
    const features = this.features.map((name, index) => this.#placeOf(places, name, options.features ? ["features", index] : []));
    const missing = options.missing.map(String);
    const layout: Layout = {
      path: file.path,
      columns: this.#columns,
      features,
      target,
      header: header === true,
      delimiter,
      policy: on_missing,
      missing: new Set(missing),
      missingLabels: new Set(classes?.areNamed ? missing.filter((word) => !classes.names.includes(word)) : missing),
      classes,
    };
    if (file.option === "file") this.#parts = new Map(csvParts(options).map((part) => [part, new CsvPart(layout)]));
    else {
      this.#only = new CsvPart(layout);
      this.#parts = new Map([[file.option, this.#only]]);
    }
    if (isDefault) this.index = IndexColumn.among(this.#columns, features);
  }

  row(row: Row): void {
    if (this.#mistake) return;
    this.#rows++;
    this.index?.take(row);
    if (this.#only) this.#only.take(row);
    else this.#takeByWord(row);
  }

  #takeByWord(row: Row): void {
    const word = row.text(this.#splitAt);
    const count = this.#words.get(word);
    if (count !== undefined || this.#words.size < mostWords) this.#words.set(word, (count ?? 0) + 1);
    const owner = this.#owner.get(word);
    if (owner !== undefined) this.#parts.get(owner)!.take(row);
    else this.#stranger ??= { word, line: row.line };
  }

  /** @throws MistakeError */
  end(isWhole: boolean): readonly (readonly [Part, CsvPart])[] {
    if (this.#mistake) throw this.#mistake;
    if (this.#stranger) throw this.#unknownPart(this.#stranger);
    const found = [...this.#parts];
    for (const [name, part] of found) {
      if (isWhole && part.rows === 0) throw this.#noRows(name);
      part.check(isWhole);
    }
    return found;
  }

  #placeOf(places: ReadonlyMap<string, number>, name: string, option: readonly (string | number)[]): number {
    const at = places.get(name);
    if (at !== undefined) return at;
    const { path } = this.file;
    const columns = this.#columns;
    if (this.options.header === true && columns.every((cell) => !Number.isNaN(numberOf(cell))))
      throw new MistakeError(
        "no header",
        `\`${path}:1\` has numbers (${listed(columns)}) where names of columns belong. If the file has no header, name its columns: \`header: [input, label]\`; with \`header: false\` they are called column_1, column_2 ….`,
        option,
      );
    const isGarbled = columns.some((column) => column.includes("\ufffd"));
    const near = isGarbled || columns.length > 1000 ? "" : suggestion(name, columns);
    const remedy = isGarbled
      ? `\n\nThe header is not in UTF-8. Save the file as UTF-8; of the usual other one: \`iconv -f LATIN1 -t UTF-8 ${shellWord(path)} > ${shellWord(`utf8-${path.replace(/^.*\//, "")}`)}\`, then name that file.`
      : "";
    throw new MistakeError("no such column", `\`${path}\` has no column \`${name}\`.${near}\n\nColumns: ${listed(columns, 100)}${remedy}`, option);
  }

  #noRows(part: Part): MistakeError {
    const { split } = this.options;
    const words = wordsOf(split![part]!).map((word) => `\`${word}\``);
    return new MistakeError(
      "no rows",
      `No row of \`${this.file.path}\` has ${words.join(" or ")} in the column \`${split!.column}\`. Values there: ${listed([...this.#words.keys()])}.`,
      ["split", part],
    );
  }

  #unknownPart({ word, line }: { readonly word: string; readonly line: number }): MistakeError {
    const count = this.#words.get(word) ?? 1;
    return new MistakeError(
      "no such split",
      `${placeIn(this.file.path, line, this.#columns[this.#splitAt]!)}: ${cellText(word)} is not a value that \`split\` names.${suggestion(word, [...this.#owner.keys()])} ${plural(count, "row")} of ${this.#rows} ${count === 1 ? "has" : "have"} it. Name it under \`split.train\`, \`split.validation\` or \`split.test\`.`,
      ["split"],
    );
  }
}
/** Different words of the split's column that are counted. */
const mostWords = 10_000;

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
