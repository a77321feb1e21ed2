/** How a CSV is written, told from its first rows: what stands between cells, and whether the first row is names. */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { characterOf } from "../stages/csv-dialects.js";
import { numberOf } from "../stages/csv-numbers.js";
import { RowReader } from "../stages/csv-rows.js";
import { twiceIn } from "../stages/csv-words.js";

export interface Dialect {
  /** As `load` spells it. */
  readonly delimiter: string;
  readonly header: boolean;
}

/** In this order: a comma may stand inside numbers and sentences. */
const delimiters = ["tab", ";", "|", ","];
const startBytes = 1 << 16;
const mostRows = 200;

/**
 * @param start   the first bytes of the file
 * @param target  a column that the user named: where the first row has it, that row is names
 */
export function dialectOf(path: string, start: Uint8Array, target: string | undefined): Dialect {
  const piece = start.subarray(0, startBytes);
  const isWhole = piece.length === start.length && start.length < startBytes;
  const found = delimiters.map((delimiter) => ({ delimiter, rows: rowsOf(path, piece, delimiter, isWhole) }));
  const fits = ({ rows }: { readonly rows: readonly (readonly string[])[] }): boolean =>
    rows.length > 0 && rows[0]!.length > 1 && rows.every(({ length }) => length === rows[0]!.length);
  const { delimiter, rows } = found.find(fits) ?? found.find((each) => widthOf(each.rows) > 1) ?? found.at(-1)!;
  return { delimiter, header: hasHeader(rows, target) };
}

/** Cells of most rows. */
function widthOf(rows: readonly (readonly string[])[]): number {
  const lengths = rows.map(({ length }) => length).sort((a, b) => a - b);
  return lengths[lengths.length >> 1] ?? 0;
}

/** The first rows; those before the place where the text is no CSV with this delimiter. */
function rowsOf(path: string, piece: Uint8Array, delimiter: string, isWhole: boolean): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  const reader = new RowReader(path, characterOf(delimiter), (row) => rows.push([...row.texts()]));
  try {
    reader.push(piece);
    reader.end(isWhole);
  } catch (error) {
    // What is wrong is told when the whole table is read.
    if (!(error instanceof MistakeError)) throw error;
  }
  // The last one may be cut off.
  const complete = isWhole || rows.length < 2 ? rows : rows.slice(0, -1);
  return complete.slice(0, mostRows);
}

/**
 * The first row is names where it says words above numbers, or has the target's name; it is none where a number stands
 * in it above numbers, or a name twice. Where all is words, names are words that do not come again below.
 */
function hasHeader([first, ...body]: readonly (readonly string[])[], target: string | undefined): boolean {
  if (!first || (target !== undefined && first.includes(target))) return true;
  const isNumber = (cell: string): boolean => !Number.isNaN(numberOf(cell));
  const below = first.map((_, column) => body.map((row) => row[column] ?? "").filter((cell) => cell !== ""));
  const overNumbers = first.filter((_, column) => below[column]!.length > 0 && below[column]!.every(isNumber));
  if (overNumbers.some((cell) => cell !== "" && !isNumber(cell))) return true;
  if (first.some(isNumber) || twiceIn(first.filter((cell) => cell !== "")) !== undefined) return false;
  return first.every((cell, column) => !below[column]!.includes(cell));
}
