/**
 * A CSV file as a table: names of columns, then rows of as many cells, each with its line in the file. What is wrong
 * with the text as a table is told here; what the cells mean is told in `csv-cells.ts`.
 *
 * A delimiter at the end of every row makes a column without a name in which nothing stands: such columns are left out.
 */

import { MistakeError } from "../diagnostic/diagnostic.js";
import { plural } from "../util/words.js";
import { characterOf, isPreamble, onlyOneColumn, raggedRow, type Scene } from "./csv-dialects.js";
import { type Row, RowReader } from "./csv-rows.js";
import { someOf, twiceIn } from "./csv-words.js";
import { refuseOthers } from "./not-a-table.js";

export interface TableOptions {
  readonly delimiter: string;
  /** Is the first row names? Or the names, for a file without. */
  readonly header: boolean | readonly string[];
  /** Fewer columns are no table. Default: 2, one to learn and one to learn from. */
  readonly leastColumns?: number;
}
export interface TableTaker {
  /** Once, before any row. @param areUtf8  whether these names surely are */
  columns(names: readonly string[], areUtf8: boolean): void;
  row(row: Row): void;
}
/**
 * A column at the end that has no name, and was empty so far, has a cell: it is a column after all, and the table is to
 * be read again with `keepEnd`.
 */
export class NamelessColumn extends Error {
  override name = "NamelessColumn";
}

/** Most of a file's start that is looked at when something is wrong. */
const startBytes = 4096;
/** What `check` reads of a large file. */
export const checkedRowBytes = 1 << 20;

export class TableReader {
  readonly #rows: RowReader;
  #start: Buffer | undefined;
  #columns: readonly string[] | undefined;
  /** Cells of the first row, and most that a row may have: those beyond the columns are empty. */
  #cells = 0;
  #most = 0;
  #count = 0;

  /**
   * @param wanted   names of columns that the pipeline names
   * @param keepEnd  columns without a name at the end are read like others
   */
  constructor(
    private readonly path: string,
    private readonly options: TableOptions,
    private readonly wanted: ReadonlySet<string>,
    private readonly taker: TableTaker,
    private readonly keepEnd: boolean,
  ) {
    this.#rows = new RowReader(path, characterOf(options.delimiter), (row) => this.#take(row));
  }

  /** @throws MistakeError, NamelessColumn */
  push(piece: Uint8Array): void {
    if (!this.#start && piece.byteLength > 0) {
      refuseOthers(this.path, piece);
      this.#start = Buffer.from(piece.subarray(0, startBytes));
    }
    this.#rows.push(piece);
  }

  /** @param isWhole  is that the end of the file, or of what was read of it? @throws MistakeError, NamelessColumn */
  end(isWhole = true): void {
    this.#rows.end(isWhole);
    if (this.#columns === undefined)
      throw isWhole
        ? new MistakeError({
            title: "empty file",
            message: `\`${this.path}\` is empty. A CSV file has a header row and at least one row of numbers.`,
          })
        : new MistakeError({
            title: "a row without an end",
            message:
              `The first row of \`${this.path}\` does not end ` + `where ${plural(checkedRowBytes, "byte")} are read.`,
          });
    if (this.#count === 0 && isWhole)
      throw new MistakeError({ title: "no rows", message: `\`${this.path}\` has a header but no rows.` });
  }

  #take(row: Row): void {
    if (this.#columns === undefined) {
      const columns = this.#named(row);
      const isStray = columns.length === 1 && !this.wanted.has(columns[0]!) && isPreamble(row, this.#scene());
      if (columns.length < (this.options.leastColumns ?? 2) || isStray)
        throw onlyOneColumn(this.path, row, this.#scene());
      this.#columns = columns;
      this.#cells = row.count;
      this.#most = row.count;
      this.taker.columns(columns, row.isUtf8);
      if (this.options.header === true) return;
    }
    const width = this.#columns.length;
    if (this.#count++ === 0 && row.count > this.#most && emptyFrom(row, width)) this.#most = row.count;
    if (row.count !== width) {
      if (row.count < width || row.count > this.#most) throw this.#ragged(row);
      if (!emptyFrom(row, width))
        throw this.#cells > width && typeof this.options.header === "boolean"
          ? new NamelessColumn()
          : this.#ragged(row);
    }
    this.taker.row(row);
  }

  #ragged(row: Row): MistakeError {
    return raggedRow(this.path, row, this.#columns!, this.#scene(), this.#count === 1);
  }

  /** Names of the columns; empty cells at the end of the first row have none, unless they are wanted. */
  #named(first: Row): readonly string[] {
    const { header } = this.options;
    const cells = first.texts();
    const nameAt = (index: number): string => (header === false ? `column_${index + 1}` : cells[index]!);
    let width = cells.length;
    if (!this.keepEnd) while (width > 1 && cells[width - 1] === "" && !this.wanted.has(nameAt(width - 1))) width--;
    if (header === false) return cells.slice(0, width).map((_, index) => nameAt(index));
    if (header !== true && header.length !== cells.length && header.length !== width)
      throw new MistakeError({
        title: "names do not match columns",
        message:
          `\`header\` names ${plural(header.length, "column")} (${someOf(header)}), but ` +
          `\`${this.path}:${first.line}\` has ${plural(cells.length, "cell")}.`,
        at: ["header"],
      });
    const columns = header === true ? cells.slice(0, width) : header;
    const twice = twiceIn(columns);
    if (twice !== undefined)
      throw header === true
        ? new MistakeError({
            title: "duplicate column",
            message:
              `\`${this.path}:${first.line}\` has ${repeated(twice, columns)}. ` +
              "Give each column a name of its own there.",
          })
        : new MistakeError({
            title: "duplicate column",
            message: `\`header\` names the column \`${twice}\` twice.`,
            at: ["header"],
          });
    return columns;
  }

  #scene(): Scene {
    return {
      delimiter: this.options.delimiter,
      header: this.options.header === true,
      start: this.#start?.toString("utf8") ?? "",
    };
  }
}

function repeated(name: string, columns: readonly string[]): string {
  if (name !== "") return `the column \`${name}\` twice`;
  const places = columns.flatMap((column, index) => (column === "" ? [index + 1] : []));
  return `columns without a name (${someOf(places.map((place) => `cell ${place}`))})`;
}

function emptyFrom(row: Row, from: number): boolean {
  for (let cell = from; cell < row.count; cell++) if (!row.isEmpty(cell)) return false;
  return true;
}
