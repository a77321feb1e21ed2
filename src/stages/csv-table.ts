/**
 * A CSV file as rows of cells, each with its line in the file. What is wrong with the text as a table is told here;
 * what the cells mean is told in `csv-cells.ts`.
 */
import { parse } from "csv-parse/sync";
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Digest } from "../util/digest.js";
import { readFile } from "./load-files.js";

export interface Row {
  readonly cells: readonly string[];
  /** From 1, of the row's last line where quotes hold line ends. */
  readonly line: number;
}
export interface Table {
  readonly path: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}
export interface TableOptions {
  readonly delimiter: string;
  /** Is the first row names? Or the names, for a file without. */
  readonly header: boolean | readonly string[];
}

/** @param judged  what the file held when the step was judged. @throws MistakeError, ChangedFileError */
export function readTable(folder: string, path: string, options: TableOptions, judged?: Digest): Table {
  const text = decode(readFile(folder, path, judged), path);
  if (text.trim() === "") throw new MistakeError("empty file", `\`${path}\` is empty. A CSV file has a header row and at least one row of numbers.`);
  const records = recordsOf(text, path, options.delimiter);
  const named = options.header === true;
  const rows = named ? records.slice(1) : records;
  if (rows.length === 0) throw new MistakeError("no rows", `\`${path}\` has a header but no rows.`);
  const columns = columnsOf(records[0]!, path, options);
  for (const { cells, line } of rows)
    if (cells.length !== columns.length)
      throw new MistakeError(
        "ragged row",
        `\`${path}:${line}\` has ${plural(cells.length, "cell")}, but the ${named ? "header" : "first row"} has ${plural(columns.length, "column")} (${columns.join(", ")}). Is the delimiter \`${options.delimiter}\`?`,
      );
  if (columns.length < 2) throw onlyOneColumn(path, records[0]!, options);
  return { path, columns, rows };
}

function decode(bytes: Uint8Array, path: string): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw new MistakeError("not UTF-8", `\`${path}\` is text in UTF-16. Save it as UTF-8.`);
  return new TextDecoder("utf-8").decode(bytes);
}

const characterOf = (delimiter: string): string => (delimiter === "tab" ? "\t" : delimiter);

function recordsOf(text: string, path: string, delimiter: string): readonly Row[] {
  try {
    const records = parse(text, { bom: true, delimiter: characterOf(delimiter), info: true, skip_empty_lines: true, trim: true, relax_column_count: true });
    return (records as unknown as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({ cells: record, line: info.lines }));
  } catch (error) {
    throw new MistakeError("not valid CSV", `\`${path}\`: ${(error as Error).message}.`);
  }
}

function columnsOf(first: Row, path: string, { header }: TableOptions): readonly string[] {
  if (header === false) return first.cells.map((_, index) => `column_${index + 1}`);
  if (header !== true && header.length !== first.cells.length)
    throw new MistakeError(
      "names do not match columns",
      `\`header\` names ${plural(header.length, "column")} (${header.join(", ")}), but \`${path}:${first.line}\` has ${plural(first.cells.length, "cell")}.`,
      ["header"],
    );
  const columns = header === true ? first.cells : header;
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined)
    throw header === true
      ? new MistakeError("duplicate column", `\`${path}:1\` has the column \`${twice}\` twice.`)
      : new MistakeError("duplicate column", `\`header\` names the column \`${twice}\` twice.`, ["header"]);
  return columns;
}

/** Nothing can be learned from one column; most often another character stands between the cells. */
function onlyOneColumn(path: string, first: Row, { delimiter }: TableOptions): MistakeError {
  const other = [",", ";", "\t", "|", " "].find((character) => character !== characterOf(delimiter) && first.cells[0]!.includes(character));
  const remedy = other
    ? `The cells seem to be separated by ${other === "\t" ? "tabs" : `\`${other}\``}: write \`delimiter: ${other === "\t" ? "tab" : `"${other}"`}\`.`
    : "A file of examples has a column to learn, and one or more to learn from.";
  return new MistakeError("only one column", `\`${path}:${first.line}\` has one cell, \`${first.cells[0]!.slice(0, 60)}\`. ${remedy}`);
}

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
