/**
 * What a CSV holds, column by column, as far as a first look tells: read once, row by row, whatever its size.
 *
 * Different words of a column are counted up to a bound and no further, so that memory is bounded by the number of
 * columns. A gzip file is unpacked as a whole.
 */
import { daysOf, looksLikeDate } from "../stages/csv-dates.js";
import { isGarbled } from "../stages/csv-encoding.js";
import { IndexColumn } from "../stages/csv-index.js";
import { MissingWords } from "../stages/csv-missing.js";
import { numberOf } from "../stages/csv-numbers.js";
import type { Row } from "../stages/csv-rows.js";
import { NamelessColumn, TableReader, type TableTaker } from "../stages/csv-table.js";
import { plainNumber } from "../stages/csv-vocabulary.js";
import { isGzip, readFile, readPieces } from "../stages/load-files.js";
import { missingWords } from "../stages/load-options.js";
import { type Dialect, dialectOf } from "./dialect.js";

/** Different words of a column that are told apart; of one that is called like an identifier more. */
const mostWords = 1001;
const mostIdentifiers = 50_000;
/** Cells of a column that are no numbers, kept to say what they are. */
const mostOdd = 20;

/** One column, counted. Cells without a value count in `missing` alone. */
export class ColumnSurvey {
  rows = 0;
  missing = 0;
  numbers = 0;
  dates = 0;
  /** Cells that look like dates to a person, in whatever spelling. */
  datesOfAKind = 0;
  areWhole = true;
  /** Characters of all cells. */
  length = 0;
  /** Cells by their word, `1` and `1.0` by the first of them; none where there are too many different ones. */
  readonly words = new Map<string, number>();
  #wordsEnded = false;
  /** Of each number the word that came first. */
  readonly #spellings = new Map<string, string>();
  /** The first different cells that are no numbers. */
  readonly odd = new Set<string>();
  /** Cells with a number that programs write for no value, such as −999, by it; and the range of the others. */
  readonly placeholders = new Map<number, number>();
  least = Number.POSITIVE_INFINITY;
  most = Number.NEGATIVE_INFINITY;
  /** The first cell with bytes that are not UTF-8. */
  garbled: { readonly line: number; readonly text: string } | undefined;
  readonly #index: IndexColumn | undefined;
  readonly #most: number;

  constructor(
    readonly name: string,
    readonly place: number,
    readonly nameIsUtf8 = true,
  ) {
    this.#most = isIdentifierName(name) ? mostIdentifiers : mostWords;
    const names: string[] = [];
    names[place] = name;
    this.#index = IndexColumn.among(names, [place]);
  }

  /** @param teaches  the row has a target; another one only goes on counting rows */
  take(row: Row, isMissing: (text: string) => boolean, teaches: boolean): void {
    this.#index?.take(row);
    if (!teaches) return;
    this.rows++;
    const text = row.text(this.place);
    if (isMissing(text)) {
      this.missing++;
      return;
    }
    this.length += text.length;
    if (!row.isUtf8 && isGarbled(text)) this.garbled ??= { line: row.line, text };
    const value = numberOf(text);
    if (Number.isNaN(value)) {
      if (!Number.isNaN(daysOf(text))) this.dates++;
      if (looksLikeDate(text)) this.datesOfAKind++;
      if (this.odd.size < mostOdd) this.odd.add(text);
    } else {
      this.numbers++;
      this.areWhole &&= Number.isInteger(value);
      if (isPlaceholder(value)) this.placeholders.set(value, (this.placeholders.get(value) ?? 0) + 1);
      else [this.least, this.most] = [Math.min(this.least, value), Math.max(this.most, value)];
    }
    if (this.#wordsEnded) return;
    const word = this.#wordOf(text);
    this.words.set(word, (this.words.get(word) ?? 0) + 1);
    if (this.words.size <= this.#most) return;
    this.#wordsEnded = true;
    this.words.clear();
    this.#spellings.clear();
  }

  #wordOf(text: string): string {
    const key = plainNumber(text);
    if (key === undefined) return text;
    const word = this.#spellings.get(key) ?? text;
    this.#spellings.set(key, word);
    return word;
  }

  /** Cells with a value. */
  get filled(): number {
    return this.rows - this.missing;
  }
  /** Undefined where there are more than were counted. */
  get different(): number | undefined {
    return this.#wordsEnded ? undefined : this.words.size;
  }
  get areNumbers(): boolean {
    return this.filled > 0 && this.numbers === this.filled;
  }
  get areDates(): boolean {
    return this.filled > 0 && this.dates === this.filled;
  }
  /** A number that stands several times, further from all others than these are from each other. */
  get strayNumber(): { readonly value: number; readonly count: number } | undefined {
    const width = this.most - this.least;
    for (const [value, count] of this.placeholders)
      if (count > 1 && (value < this.least - width || value > this.most + width)) return { value, count };
    return undefined;
  }
  /** Two words that differ in case alone. */
  get twins(): readonly [string, string] | undefined {
    const known = new Map<string, string>();
    for (const word of [...this.words.keys()].sort()) {
      const other = known.get(word.toLowerCase());
      if (other !== undefined) return [other, word];
      known.set(word.toLowerCase(), word);
    }
    return undefined;
  }
  get countsRows(): boolean {
    return (this.#index?.remarks({ path: "", option: "train" }, [], []).length ?? 0) > 0;
  }
}

/** −9, ±99, ±999 and so on. */
const isPlaceholder = (value: number): boolean => value === -9 || /^9{2,}$/.test(String(Math.abs(value)));

/** Whether a column's name says that it names something: a row, a person, a place. */
export function isIdentifierName(name: string): boolean {
  const words = name.split(/[^\p{L}\p{N}]+|(?<=\p{Ll})(?=\p{Lu})/u).map((word) => word.toLowerCase());
  return words.some((word) => identifierWords.has(word)) || /^[a-z]+id$/.test(words.at(-1) ?? "");
}
const identifierWords: ReadonlySet<string> = new Set([
  ...["id", "ids", "uid", "uuid", "guid", "key", "identifier", "index"],
  ...["patient", "subject", "user", "customer", "client", "person", "account", "household", "family", "session"],
  ...["passenger", "donor", "participant", "respondent", "speaker", "writer", "author", "store", "device", "sensor"],
]);

export interface TableSurvey extends Dialect {
  readonly columns: readonly ColumnSurvey[];
  readonly rows: number;
}

/**
 * @param folder  to which `path` is relative
 * @param target  the column to learn, where the user named it
 * @throws MistakeError, EnvironmentError
 */
export function surveyTable(folder: string, path: string, target: string | undefined): TableSurvey {
  const wanted = new Set(target === undefined ? [] : [target]);
  const once = (keepEnd: boolean): TableSurvey =>
    readPieces(folder, path, undefined, (pieces) => {
      const all = unpacked(folder, path, pieces);
      const first = all.next();
      const start = first.done ? new Uint8Array(0) : first.value;
      const dialect = dialectOf(path, start, target);
      const taker = new Taker(target);
      const reader = new TableReader(path, dialect, wanted, taker, keepEnd);
      reader.push(start);
      for (let next = all.next(); !next.done; next = all.next()) reader.push(next.value);
      reader.end();
      return { ...dialect, columns: taker.columnsFound, rows: taker.rows };
    });
  try {
    return once(false);
  } catch (error) {
    // A column at the end that has no name holds something after all.
    if (!(error instanceof NamelessColumn)) throw error;
    return once(true);
  }
}

function* unpacked(folder: string, path: string, pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let isFirst = true;
  for (const piece of pieces) {
    if (isFirst && isGzip(piece)) {
      yield readFile(folder, path);
      return;
    }
    isFirst = false;
    yield piece;
  }
}

class Taker implements TableTaker {
  columnsFound: readonly ColumnSurvey[] = [];
  rows = 0;
  #target: ColumnSurvey | undefined;
  readonly #missing = new MissingWords(missingWords);

  constructor(private readonly target: string | undefined) {}

  columns(names: readonly string[], areUtf8: boolean): void {
    this.columnsFound = names.map((name, place) => new ColumnSurvey(name, place, areUtf8));
    this.#target = this.columnsFound.find(({ name }) => name === this.target);
  }
  row(row: Row): void {
    this.rows++;
    const isMissing = (text: string): boolean => this.#missing.has(text);
    const teaches = !this.#target || !isMissing(row.text(this.#target.place));
    for (const column of this.columnsFound) column.take(row, isMissing, teaches || column === this.#target);
  }
}
