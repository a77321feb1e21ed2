/** The rows of one file of a CSV, handed to the parts that they belong to. */

import { MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { shellWord } from "../util/escape.js";
import { listed, plural } from "../util/words.js";
import { IndexColumn } from "./csv-index.js";
import { type Classes, mayBeClass } from "./csv-labels.js";
import { MissingWords } from "./csv-missing.js";
import { numberOf } from "./csv-numbers.js";
import {
  type CsvFile,
  type CsvOptions,
  csvPartNames,
  csvParts,
  type Part,
  type SplitColumn,
  targetsOf,
  wordsOf,
} from "./csv-options.js";
import { CsvPart, type Layout } from "./csv-part.js";
import type { Row } from "./csv-rows.js";
import type { TableTaker } from "./csv-table.js";
import { cellText, placeIn, someOf } from "./csv-words.js";

/** Hands the rows of one file to its parts. */
export class FileTaker implements TableTaker {
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
    const names = targetsOf(options.target);
    const targets = names.map((name, index) =>
      this.#placeOf(places, name, typeof options.target === "string" ? ["target"] : ["target", index]),
    );
    const isDefault = this.features === undefined;
    this.features ??= this.#columns.filter((name) => !names.includes(name) && name !== split?.column);
    if (this.features.length === 0)
      throw new MistakeError({
        title: "no features",
        message: `\`${file.path}\` has no column besides the ${targetWords(names)}.`,
        at: ["target"],
      });
    const features = this.features.map((name, index) =>
      this.#placeOf(places, name, options.features ? ["features", index] : []),
    );
    const missing = options.missing.map(String);
    const layout: Layout = {
      path: file.path,
      columns: this.#columns,
      features,
      kinds: features.map(() => "number" as const),
      targets,
      header: header === true,
      delimiter,
      policy: on_missing,
      missing: new MissingWords(missing),
      missingLabels: new MissingWords(classes ? missing.filter((word) => !mayBeClass(word, classes)) : missing),
      classes,
      teaches: true,
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
      throw new MistakeError({
        title: "no header",
        message:
          `\`${path}:1\` has numbers (${someOf(columns)}) where names of columns belong. ` +
          "If the file has no header, name its columns: `header: [input, label]`; " +
          "with `header: false` they are called column_1, column_2 ….",
        at: option,
      });
    const isGarbled = columns.some((column) => column.includes("\ufffd"));
    const near = isGarbled || columns.length > 1000 ? "" : suggestion(name, columns);
    const remedy = isGarbled
      ? "\n\nThe header is not in UTF-8. Save the file as UTF-8; of the usual other one: " +
        `\`iconv -f LATIN1 -t UTF-8 ${shellWord(path)} > ${shellWord(`utf8-${path.replace(/^.*\//, "")}`)}\`, ` +
        "then name that file."
      : "";
    throw new MistakeError({
      title: "no such column",
      message: `\`${path}\` has no column \`${name}\`.${near}\n\nColumns: ${someOf(columns, 100)}${remedy}`,
      at: option,
    });
  }

  #noRows(part: Part): MistakeError {
    const { split } = this.options;
    const words = wordsOf(split![part]!).map((word) => `\`${word}\``);
    return new MistakeError({
      title: "no rows",
      message:
        `No row of \`${this.file.path}\` has ${words.join(" or ")} in the column \`${split!.column}\`. ` +
        `Values there: ${someOf([...this.#words.keys()])}.`,
      at: ["split", part],
    });
  }

  #unknownPart({ word, line }: { readonly word: string; readonly line: number }): MistakeError {
    const count = this.#words.get(word) ?? 1;
    return new MistakeError({
      title: "no such split",
      message:
        `${placeIn(this.file.path, line, this.#columns[this.#splitAt]!)}: ${cellText(word)} is not a value that ` +
        `\`split\` names.${suggestion(word, [...this.#owner.keys()])} ${plural(count, "row")} ` +
        `of ${this.#rows} ${count === 1 ? "has" : "have"} it. ` +
        "Name it under `split.train`, `split.validation` or `split.test`.",
      at: ["split"],
    });
  }
}
const targetWords = (names: readonly string[]): string =>
  `target${names.length > 1 ? "s" : ""} ${listed(names.map((name) => `\`${name}\``))}`;
/** Different words of the split's column that are counted. */
const mostWords = 10_000;

function ownersOf(split: SplitColumn): ReadonlyMap<string, Part> {
  const owner = new Map<string, Part>();
  for (const part of csvPartNames)
    for (const word of split[part] === undefined ? [] : wordsOf(split[part])) {
      const other = owner.get(word);
      if (other !== undefined)
        throw new MistakeError({
          title: "one value, two splits",
          message: `\`${word}\` stands for \`${other}\` and for \`${part}\`.`,
          at: ["split", part],
        });
      owner.set(word, part);
    }
  return owner;
}
