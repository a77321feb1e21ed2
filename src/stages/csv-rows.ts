/**
 * Bytes of a CSV → rows of cells (RFC 4180), piece by piece, without a text or an object per cell.
 *
 * A row is a view of the bytes at hand: whoever takes it copies what it keeps. Cells are parted by the delimiter alone; white space around a
 * cell is left out, that inside quotes is kept; empty lines are no rows. A line ends with LF or CRLF, whichever the one before ended with; with a
 * lone CR only in files whose first line does (elsewhere it is white space). What is wrong with the text as CSV is told with the line.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { limits, overLimit } from "../pipeline/limits.js";
import { numberIn, numberOf } from "./csv-numbers.js";

const [lf, cr, quote, space, tab] = [10, 13, 34, 32, 9];
/** How a cell's text comes from its bytes. */
const [asIs, doubledQuotes, wideEnd] = [0, 1, 2] as const;

const isBlank = (byte: number): boolean => byte === space || byte === tab || (byte >= 11 && byte <= 13);
/** Bytes of the white space at a place, as `trim` knows it but for line feeds; 0 where there is none. */
function blankAt(bytes: Buffer, at: number): number {
  const byte = bytes[at]!;
  if (byte < 0x80) return isBlank(byte) ? 1 : 0;
  const length = byte === 0xc2 ? 2 : byte === 0xe1 || byte === 0xe2 || byte === 0xe3 || byte === 0xef ? 3 : 0;
  return length > 0 && bytes.toString("utf8", at, at + length).trim() === "" ? length : 0;
}

/** The row at hand; its cells are gone when the next one is read. */
export class Row {
  /** From 1, of the row's last line where quotes hold line ends. */
  line = 0;
  count = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);
  #forms = new Uint8Array(64);

  text(cell: number): string {
    const text = this.#bytes.toString("utf8", this.#starts[cell]!, this.#ends[cell]!);
    const form = this.#forms[cell]!;
    if (form === asIs) return text;
    return form === doubledQuotes ? text.replaceAll('""', '"') : text.trim();
  }

  /** NaN for anything that is not a decimal number within reach of 32 bits. */
  number(cell: number): number {
    if (this.#forms[cell] !== asIs) return numberOf(this.text(cell));
    const found = numberIn(this.#bytes, this.#starts[cell]!, this.#ends[cell]!);
    return found === undefined ? numberOf(this.text(cell)) : found;
  }

  isEmpty(cell: number): boolean {
    return this.#ends[cell] === this.#starts[cell] || (this.#forms[cell] === wideEnd && this.text(cell) === "");
  }

  texts(): string[] {
    return Array.from({ length: this.count }, (_, cell) => this.text(cell));
  }

  /** For whoever reads rows. */
  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.count = 0;
  }
  add(start: number, end: number, form: number): void {
    if (this.count === this.#starts.length) this.#grow();
    this.#starts[this.count] = start;
    this.#ends[this.count] = end;
    this.#forms[this.count] = form;
    this.count++;
  }
  #grow(): void {
    const wider = <T extends Int32Array | Uint8Array>(old: T, made: T): T => {
      made.set(old);
      return made;
    };
    this.#starts = wider(this.#starts, new Int32Array(this.count * 2));
    this.#ends = wider(this.#ends, new Int32Array(this.count * 2));
    this.#forms = wider(this.#forms, new Uint8Array(this.count * 2));
  }
}

export class RowReader {
  readonly #delimiter: Buffer;
  /** 1 for bytes at which a bare cell may end: the delimiter's first, line ends, quotes. */
  readonly #special = new Uint8Array(256);
  readonly #row = new Row();
  #pieces: Buffer[] = [];
  #length = 0;
  /** Bytes wanted before rows are looked for again; doubles while a row is longer than what is there, so that a long row is not gone through once per piece. */
  #wanted = 1;
  #atStart = true;
  #line = 1;
  /** Lone carriage returns end lines; undefined until the first line has ended. */
  #loneReturns: boolean | undefined;

  constructor(
    private readonly path: string,
    delimiter: string,
    private readonly take: (row: Row) => void,
  ) {
    this.#delimiter = Buffer.from(delimiter);
    for (const byte of [this.#delimiter[0]!, lf, cr, quote]) this.#special[byte] = 1;
  }

  /** @throws MistakeError */
  push(piece: Uint8Array): void {
    this.#pieces.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
    this.#length += piece.byteLength;
    if (this.#length >= Math.min(this.#wanted, limits.row_size.most + 1)) this.#read(false);
  }

  /** What is left is the last row. @throws MistakeError */
  end(): void {
    this.#read(true);
  }

  #read(isLast: boolean): void {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    if (this.#atStart && bytes.length < 3 && !isLast) return;
    let at = this.#atStart && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    this.#atStart = false;
    for (;;) {
      const next = this.#readRow(bytes, at, isLast);
      if (next < 0) break;
      at = next;
    }
    const rest = bytes.subarray(at);
    if (rest.length > limits.row_size.most)
      throw new MistakeError(
        "a row without an end",
        overLimit(
          "row_size",
          `The row at \`${this.path}:${this.#line}\` has more than ${rest.length.toLocaleString("en")} bytes. Is a quote (\`"\`) not closed?`,
        ),
      );
    this.#pieces = [rest];
    this.#length = rest.length;
    this.#wanted = 2 * rest.length + 1;
  }

  /** Reads one row and hands it over, unless its line is empty. @returns where the next one begins, or −1 where the row is not complete */
  #readRow(bytes: Buffer, from: number, isLast: boolean): number {
    const row = this.#row;
    const length = bytes.length;
    if (from >= length) return -1;
    row.begin(bytes);
    let [pos, lines] = [from, 0];
    for (;;) {
      let ended = this.#lineEnd(bytes, pos, isLast);
      for (let blank = 1; ended === 0 && blank > 0 && pos < length && !this.#isDelimiter(bytes, pos); ended = this.#lineEnd(bytes, pos, isLast)) {
        blank = blankAt(bytes, pos);
        pos += blank;
      }
      if (pos >= length && !isLast) return -1;
      let isQuoted = false;
      if (bytes[pos] === quote) {
        isQuoted = true;
        const cell = this.#quoted(bytes, pos + 1, isLast, lines);
        if (!cell) return -1;
        lines += cell.lines;
        pos = cell.next;
        ended = this.#lineEnd(bytes, pos, isLast);
      } else {
        const start = pos;
        while (ended === 0 && pos < length && !this.#isDelimiter(bytes, pos)) {
          if (bytes[pos] === quote) throw this.#strayQuote(bytes.toString("utf8", start, pos), lines);
          do pos++;
          while (pos < length && this.#special[bytes[pos]!] === 0);
          ended = this.#lineEnd(bytes, pos, isLast);
        }
        if (ended < 0 || (pos >= length && !isLast)) return -1;
        let end = pos;
        while (end > start && isBlank(bytes[end - 1]!)) end--;
        row.add(start, end, end > start && bytes[end - 1]! >= 0x80 ? wideEnd : asIs);
      }
      if (ended < 0 || (pos >= length && !isLast)) return -1;
      if (pos < length && ended === 0) {
        pos += this.#delimiter.length;
        if (row.count > limits.columns.most)
          throw new MistakeError("too many columns", overLimit("columns", `\`${this.path}:${this.#line}\` has more than that many cells.`));
        continue;
      }
      row.line = this.#line + lines;
      this.#line = row.line + (ended > 0 ? 1 : 0);
      if (row.count > 1 || isQuoted || !row.isEmpty(0)) this.take(row);
      return pos + ended;
    }
  }

  /** A quoted cell whose first byte inside is at `pos`, and where what follows it begins: the delimiter, the line end or the end of the file. */
  #quoted(bytes: Buffer, from: number, isLast: boolean, linesBefore: number): { readonly next: number; readonly lines: number } | undefined {
    let [pos, lines, form]: [number, number, number] = [from, 0, asIs];
    let end: number;
    for (;;) {
      end = bytes.indexOf(quote, pos);
      if (end < 0) {
        if (!isLast) return undefined;
        throw new MistakeError(
          "not valid CSV",
          `\`${this.path}:${this.#line + linesBefore}\`: a quote (\`"\`) opens a cell here and is not closed up to the end of the file. A quote inside a cell is written twice.`,
        );
      }
      for (; pos < end; pos++) if (bytes[pos] === lf || (bytes[pos] === cr && this.#loneReturns === true)) lines++;
      if (end + 1 >= bytes.length && !isLast) return undefined;
      if (bytes[end + 1] !== quote) break;
      form = doubledQuotes;
      pos = end + 2;
    }
    this.#row.add(from, end, form);
    let next = end + 1;
    while (next < bytes.length && !this.#isDelimiter(bytes, next) && this.#lineEnd(bytes, next, isLast) === 0) {
      const blank = blankAt(bytes, next);
      if (blank === 0) break;
      next += blank;
    }
    if (next + 3 > bytes.length && !isLast) return undefined;
    if (next < bytes.length && !this.#isDelimiter(bytes, next) && this.#lineEnd(bytes, next, isLast) === 0)
      throw new MistakeError(
        "not valid CSV",
        `\`${this.path}:${this.#line + linesBefore + lines}\`: text follows the quote that closes a cell, ${shown(bytes.toString("utf8", from - 1, Math.min(next + 12, bytes.length)))}. A quote inside a cell is written twice.`,
      );
    return { next, lines };
  }

  /** Bytes of the line end at a place: 0 where there is none, −1 where more is needed to tell. */
  #lineEnd(bytes: Buffer, at: number, isLast: boolean): number {
    const byte = bytes[at];
    if (byte === lf) {
      this.#loneReturns ??= false;
      return 1;
    }
    if (byte !== cr) return 0;
    if (at + 1 >= bytes.length && !isLast) return -1;
    if (bytes[at + 1] === lf) {
      this.#loneReturns ??= false;
      return 2;
    }
    this.#loneReturns ??= true;
    return this.#loneReturns ? 1 : 0;
  }

  #isDelimiter(bytes: Buffer, at: number): boolean {
    const delimiter = this.#delimiter;
    if (bytes[at] !== delimiter[0]) return false;
    for (let index = 1; index < delimiter.length; index++) if (bytes[at + index] !== delimiter[index]) return false;
    return true;
  }

  #strayQuote(before: string, lines: number): MistakeError {
    return new MistakeError(
      "not valid CSV",
      `\`${this.path}:${this.#line + lines}\`: a quote (\`"\`) stands inside a cell, after ${shown(before)}. A cell with a quote in it is put in quotes, and the quote is written twice.`,
    );
  }
}

const shown = (text: string): string => `\`${text.length > 40 ? `${text.slice(0, 40)}…` : text}\``;
