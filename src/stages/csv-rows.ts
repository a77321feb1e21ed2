/**
 * Bytes of a CSV → rows of cells (RFC 4180), piece by piece: `csv-parse` reads each piece, here it is cut off and its
 * lines are counted.
 *
 * White space around a cell is left out, that inside quotes is kept; empty lines are no rows. A line ends with LF or
 * CRLF; with a lone CR only in files whose first line does (elsewhere it is white space). What is wrong with the text
 * as CSV is told with the line.
 */

import { isUtf8 } from "node:buffer";
import { CsvError, type Options, parse } from "csv-parse/sync";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { limits, overLimit } from "../pipeline/limits.js";
import { grouped } from "../util/numbers.js";
import { brokenCsv } from "./csv-broken.js";
import { numberOf } from "./csv-numbers.js";

const [lf, cr, quote] = [10, 13, 34];
/** Bytes that are read at once: between two pieces others may do their work. */
const pieceBytes = 1 << 18;

/** The row at hand; whoever takes it copies what it keeps. */
export class Row {
  /** From 1, of the row's last line where quotes hold line ends. */
  line = 0;
  cells: readonly string[] = [];
  /** Whether it is surely; a row near one that is not may be, too. */
  isUtf8 = true;
  get count(): number {
    return this.cells.length;
  }
  text(cell: number): string {
    return this.cells[cell]!;
  }
  /** NaN for anything that is not a decimal number within reach of 32 bits. */
  number(cell: number): number {
    return numberOf(this.cells[cell]!);
  }
  isEmpty(cell: number): boolean {
    return this.cells[cell] === "";
  }
  texts(): readonly string[] {
    return this.cells;
  }
}

export class RowReader {
  readonly #row = new Row();
  #pieces: Buffer[] = [];
  #length = 0;
  /** Doubles while a row is longer than what is there, so that a long row is not gone through once per piece. */
  #wanted: number;
  #atStart = true;
  #line = 1;
  /** Lone carriage returns end lines; undefined until the first line has ended. */
  #loneReturns: boolean | undefined;

  /** @param least  bytes of a piece */
  constructor(
    private readonly path: string,
    private readonly delimiter: string,
    private readonly take: (row: Row) => void,
    private readonly least = pieceBytes,
  ) {
    this.#wanted = least;
  }

  /** @throws MistakeError */
  push(piece: Uint8Array): void {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let at = 0; at < bytes.length; at += this.least) {
      const part = bytes.subarray(at, at + this.least);
      this.#pieces.push(part);
      this.#length += part.length;
      if (this.#length >= Math.min(this.#wanted, limits.row_size.most + 1)) this.#read(false);
    }
  }

  /** @param isWhole  is that the end of the file, so that what is left is the last row? @throws MistakeError */
  end(isWhole = true): void {
    this.#read(isWhole);
  }

  #read(isLast: boolean): void {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    const end = this.#wholeRows(bytes, isLast);
    if (end > 0) this.#readRows(bytes.subarray(0, end));
    const rest = bytes.subarray(end);
    if (end === 0 && rest.length > 0) this.#checkQuotes(rest);
    if (rest.length > limits.row_size.most)
      throw new MistakeError({
        title: "a row without an end",
        message: overLimit(
          "row_size",
          `The row at \`${this.path}:${this.#line}\` has more than ${grouped(rest.length)} bytes. ` +
            `Is a quote (\`"\`) not closed?`,
        ),
      });
    this.#pieces = [rest];
    this.#length = rest.length;
    this.#wanted = Math.max(this.least, 2 * rest.length);
  }

  /** Where the last whole row ends: after a line end with an even number of quotes in front of it. */
  #wholeRows(bytes: Buffer, isLast: boolean): number {
    let [isEven, end] = [true, 0];
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === quote) isEven = !isEven;
      if (!isEven || (byte !== lf && byte !== cr)) continue;
      // Whether a line feed follows is not known yet.
      if (byte === cr && at + 1 === bytes.length && !isLast) break;
      this.#loneReturns ??= byte === cr && bytes[at + 1] !== lf;
      if (byte === lf || this.#loneReturns) end = at + 1;
    }
    return isLast ? bytes.length : end;
  }

  #readRows(bytes: Buffer): void {
    this.#row.isUtf8 = isUtf8(bytes);
    const lines = this.#linesIn(bytes, 0, bytes.length - 1) + 1;
    try {
      const rows = this.#parse(bytes, {});
      if (rows.length !== lines) this.#takeUneven(bytes, rows);
      else for (const [index, cells] of rows.entries()) this.#take(cells, this.#line + index);
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      // What is wrong with rows in front of it is told first.
      const before = Number(error.records);
      if (before > 0) this.#takeUneven(bytes, this.#parse(bytes, { to: before }));
      throw this.#broken(error, bytes);
    }
    this.#atStart = false;
    this.#line += this.#linesIn(bytes, 0, bytes.length);
  }

  /** Takes rows that do not go one to a line. Asking `csv-parse` where each ends would take six times as long. */
  #takeUneven(bytes: Buffer, rows: readonly (readonly string[])[]): void {
    const lineEnd = this.#loneReturns === true ? /\r\n|\n|\r/ : /\n/;
    const lines = bytes.toString("utf8").split(lineEnd);
    const isSkipped = (line: string | undefined): boolean => line?.trim() === "" && !line.includes(this.delimiter);
    let at = 0;
    for (const cells of rows) {
      while (isSkipped(lines[at])) at++;
      for (const cell of cells) at += cell.split(lineEnd).length - 1;
      this.#take(cells, this.#line + at++);
    }
  }

  #take(cells: readonly string[], line: number): void {
    if (cells.length > limits.columns.most)
      throw new MistakeError({
        title: "too many columns",
        message: overLimit("columns", `\`${this.path}:${line}\` has more than that many cells.`),
      });
    this.#row.cells = cells;
    this.#row.line = line;
    this.take(this.#row);
  }

  #parse(bytes: Buffer, options: Options): string[][] {
    const ends = this.#loneReturns === true ? ["\r\n", "\n", "\r"] : ["\r\n", "\n"];
    const { delimiter } = this;
    return parse(bytes, {
      bom: this.#atStart,
      delimiter,
      record_delimiter: ends,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      ...options,
    });
  }

  /** A quote at the wrong place in a row without an end is told at once; one that is not closed may be yet. */
  #checkQuotes(bytes: Buffer): void {
    try {
      this.#parse(bytes.subarray(0, Math.max(bytes.lastIndexOf(lf), bytes.lastIndexOf(cr)) + 1), {});
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      if (error.code !== "CSV_QUOTE_NOT_CLOSED") throw this.#broken(error, bytes);
    }
  }

  #linesIn(bytes: Buffer, from: number, to: number): number {
    let count = 0;
    for (let at = from; at < to; at++) {
      const byte = bytes[at];
      if (byte === lf || (byte === cr && this.#loneReturns === true && bytes[at + 1] !== lf)) count++;
    }
    return count;
  }

  #broken(error: CsvError, bytes: Buffer): MistakeError {
    return brokenCsv(
      error,
      bytes,
      this.delimiter,
      (end) => `\`${this.path}:${this.#line + this.#linesIn(bytes, 0, end)}\``,
    );
  }
}
