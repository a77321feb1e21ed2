/** The rows of one file of a CSV, handed to the parts that they belong to. */

import { MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { plural } from "../util/words.js";
import { type ChosenColumns, type Columns, chooseColumns, placeOf } from "./csv-columns.js";
import { garbledName, isGarbled } from "./csv-encoding.js";
import { IndexColumn } from "./csv-index.js";
import { type DeclaredClasses, mayBeClass } from "./csv-labels.js";
import { MissingWords } from "./csv-missing.js";
import {
  type CsvFile,
  type CsvOptions,
  csvPartNames,
  csvParts,
  type Part,
  type SplitColumn,
  targetPolicyOf,
  targetsOf,
  wordsOf,
} from "./csv-options.js";
import { CsvPart, type Layout } from "./csv-part.js";
import type { Row } from "./csv-rows.js";
import type { TableTaker } from "./csv-table.js";
import { cellText, placeIn, someOf } from "./csv-words.js";

/** Hands the rows of one file to its parts. */
export class FileTaker implements TableTaker {
  chosen: ChosenColumns | undefined;
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

  /** @param chosen  what the training file decided, of another one */
  constructor(
    private readonly file: CsvFile,
    private readonly options: CsvOptions,
    private readonly classes: DeclaredClasses,
    chosen: ChosenColumns | undefined,
  ) {
    this.chosen = chosen;
  }

  columns(names: readonly string[], areUtf8: boolean): void {
    this.#columns = names;
    try {
      this.#prepare();
      const garbled = areUtf8 ? undefined : this.chosen!.features.find(isGarbled);
      if (garbled !== undefined) throw garbledName(this.file.path, garbled);
    } catch (error) {
      if (!(error instanceof MistakeError)) throw error;
      // A text that is no table is told first, so the rows are gone through all the same.
      this.#mistake = error;
    }
  }

  #prepare(): void {
    const { options, classes, file } = this;
    const { split, header, delimiter, on_missing, group, order } = options;
    const names = this.#columns;
    const columns: Columns = { path: file.path, names, hasHeader: header === true };
    if (file.option === "file") {
      this.#splitAt = placeOf(columns, split!.column, ["split", "column"]);
      this.#owner = ownersOf(split!);
    }
    this.#needTargets();
    const targets = targetsOf(options.target).map((name, index) =>
      placeOf(columns, name, typeof options.target === "string" ? ["target"] : ["target", index]),
    );
    const travelling = {
      group: group === undefined ? undefined : placeOf(columns, group, ["group"]),
      order: order === undefined ? undefined : placeOf(columns, order, ["order"]),
    };
    this.chosen ??= chooseColumns(columns, options);
    const { features, kinds } = this.chosen;
    const places = features.map((name) => {
      const index = options.features?.indexOf(name) ?? -1;
      return placeOf(columns, name, index < 0 ? [] : ["features", index]);
    });
    const missing = options.missing.map(String);
    const areDeclared = classes !== null && classes !== "auto";
    const layoutOf = (part: Part): Layout => ({
      path: file.path,
      columns: names,
      features: places,
      kinds,
      targets,
      header: header === true,
      delimiter,
      policy: on_missing,
      targetPolicy: targetPolicyOf(options),
      options,
      missing: new MissingWords(missing),
      missingLabels: new MissingWords(areDeclared ? missing.filter((word) => !mayBeClass(word, classes)) : missing),
      classes,
      teaches: part === "train",
      travelling: group === undefined && order === undefined ? undefined : travelling,
    });
    if (file.option === "file")
      this.#parts = new Map(csvParts(options).map((part) => [part, new CsvPart(layoutOf(part))]));
    else {
      this.#only = new CsvPart(layoutOf(file.option));
      this.#parts = new Map([[file.option, this.#only]]);
    }
    if (options.features === undefined)
      this.index = IndexColumn.among(
        names,
        places.filter((_, index) => kinds[index] === "number"),
      );
  }

  /** Rows to be predicted often come as a file beside the training file, with its features and without the target. */
  #needTargets(): void {
    const { file, chosen } = this;
    const names = this.#columns;
    const absent = targetsOf(this.options.target).find((name) => !names.includes(name));
    if (absent === undefined || file.option !== "test" || !chosen?.features.some((name) => names.includes(name)))
      return;
    throw new MistakeError({
      title: "a test file without the target",
      message:
        `\`${file.path}\` has no column \`${absent}\`, so nothing says there whether a model is right.` +
        `${suggestion(absent, names)} Rows whose target is to be predicted are no test: leave out \`test\`, and ask ` +
        `the model about them with \`hw1 predict\`.\n\nColumns: ${someOf(names, 100)}`,
      at: ["test"],
    });
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
