/**
 * What is said of a text whose rows are no rows of a table: the true cause where it can be told, and what to do about
 * it.
 *
 * A remedy is proposed only where it leads to a table that is read; `test/mistakes/csv-dialects.test.ts` carries each
 * out.
 */

import { MistakeError } from "../diagnostic/diagnostic.js";
import { shellWord } from "../util/escape.js";
import { plural } from "../util/words.js";
import { isNumberText } from "./csv-numbers.js";
import type { Row } from "./csv-rows.js";
import { cellText, commandInto, someOf } from "./csv-words.js";

/** What is known around a row. */
export interface Scene {
  readonly delimiter: string;
  readonly header: boolean;
  /** The first kilobytes of the file. */
  readonly start: string;
}

export const characterOf = (delimiter: string): string => (delimiter === "tab" ? "\t" : delimiter);
const linesOf = (start: string): readonly string[] =>
  start
    .split(/\r\n|\n|\r/)
    .slice(0, 20)
    .filter((line) => line.trim() !== "");
/** Does text look like columns that are set below each other with spaces? */
const isAligned = (start: string): boolean =>
  linesOf(start).some((line) => /\S(?: {2,}|\t +| +\t)\S/.test(line) || /^ +\S+ +\S/.test(line));
const aligned = (path: string, { header }: Scene): string =>
  "The columns seem to be aligned by spaces. Put one comma between the cells: " +
  `${commandInto(`${commas} ${shellWord(path)}`, path, "-commas.csv")}, ` +
  `${header ? "" : "keep `header`, "}and leave out \`delimiter\`.`;
const commas = "sed -E 's/^[[:blank:]]+//; s/[[:blank:]]+$//; s/[[:blank:]]+/,/g'";

/** @param character  or `tab` */
function separatedBy(character: string): string {
  const isTab = characterOf(character) === "\t";
  const what = isTab ? "tabs" : `\`${character}\``;
  return `The cells seem to be separated by ${what}: write \`${delimiterOption(character)}\`.`;
}
const delimiterOption = (character: string): string =>
  `delimiter: ${characterOf(character) === "\t" ? "tab" : `"${character}"`}`;

/** Nothing can be learned from one column; most often another character stands between the cells. */
export function onlyOneColumn(path: string, first: Row, scene: Scene): MistakeError {
  const cell = first.text(0);
  const before = linesBefore(scene);
  if (before > 0)
    return new MistakeError({
      title: "lines before the table",
      message:
        `\`${path}:${first.line}\` has one cell, ${cellText(cell)}, and the lines from ${before + 1} on have more. ` +
        `Cut off what is no table: ${tableFrom(before + 1, path)}.`,
    });
  const separator = excelSeparator(cell);
  if (separator !== undefined)
    return new MistakeError({
      title: "lines before the table",
      message:
        `\`${path}:${first.line}\` says that \`${separator}\` stands between cells, in a way that Excel alone ` +
        `knows. Cut that line off: ${tableFrom(2, path)}, with \`${delimiterOption(separator)}\`.`,
    });
  return new MistakeError({
    title: "only one column",
    message: `\`${path}:${first.line}\` has one cell, ${cellText(cell)}. ${separationOf(cell, path, scene)}`,
  });
}

const excelSeparator = (cell: string): string | undefined => /^"?sep=(.)"?$/i.exec(cell)?.[1];
/** A first row of one cell that says something of the table behind it, and is no part of it. */
export const isPreamble = (first: Row, scene: Scene): boolean =>
  linesBefore(scene) > 0 || excelSeparator(first.text(0)) !== undefined;

const tableFrom = (line: number, path: string): string =>
  commandInto(`tail -n +${line} ${shellWord(path)}`, path, "-table.csv");

/** What seems to stand between the columns of a cell that may be several. */
function separationOf(cell: string, path: string, scene: Scene): string {
  const other = [",", ";", "\t", "|", " "].find(
    (character) => character !== characterOf(scene.delimiter) && cell.includes(character),
  );
  if (other === undefined) return "A file of examples has a column to learn, and one or more to learn from.";
  return (other === " " || other === "\t") && isAligned(scene.start) ? aligned(path, scene) : separatedBy(other);
}

/** Lines in front of the first two that the delimiter parts into equally many cells, two or more. */
function linesBefore({ delimiter, start }: Scene): number {
  const lines = start.split(/\r\n|\n|\r/).slice(0, 100);
  const counts = lines.map((line) => line.split(characterOf(delimiter)).length);
  const at = counts.findIndex((count, line) => count > 1 && count === counts[line + 1]);
  return at > 0 && lines.slice(0, at).every((_, line) => counts[line] === 1) ? at : 0;
}

/** @param isFirst  of the rows below the header */
export function raggedRow(
  path: string,
  row: Row,
  columns: readonly string[],
  scene: Scene,
  isFirst: boolean,
): MistakeError {
  const found =
    `\`${path}:${row.line}\` has ${plural(row.count, "cell")}, but the ${scene.header ? "header" : "first row"} ` +
    `has ${plural(columns.length, "column")} (${someOf(columns)}).`;
  const { title, remedy } = raggedness(path, row, columns, scene, isFirst);
  return new MistakeError({ title, message: `${found} ${remedy}` });
}

/** What a row of too many or too few cells is called, and what to do. */
function raggedness(
  path: string,
  row: Row,
  columns: readonly string[],
  scene: Scene,
  isFirst: boolean,
): { readonly title: string; readonly remedy: string } {
  const { delimiter } = scene;
  const cells = row.texts();
  if (cells.some((cell) => cell.includes("\r")))
    return {
      title: "mixed line ends",
      remedy:
        "It holds carriage returns where lines may end, and other lines end with line feeds. " +
        `Make all of them line feeds: ${commandInto(`tr '\\r' '\\n' < ${shellWord(path)}`, path, "-lines.csv")}.`,
    };
  if (delimiter === " " && (cells.some((cell) => cell === "") || isAligned(scene.start)))
    return { title: "columns aligned by spaces", remedy: aligned(path, scene) };
  const other = otherDelimiter(scene);
  if (other) return { title: "ragged row", remedy: separatedBy(other) };
  if (row.count < columns.length) return { title: "ragged row", remedy: `Is the delimiter \`${delimiter}\`?` };
  const isOneMore = row.count === columns.length + 1;
  if (
    delimiter === "," &&
    row.count > columns.length &&
    cells.every((cell) => /^[+-]?\d*\.?\d*$/.test(cell)) &&
    !isOneMore
  )
    return {
      title: "ragged row",
      remedy:
        "Is a comma part of a number, as in `1,5` or `1,234`? Then the cells need another delimiter (`;`) " +
        "and numbers a point and no thousands separators; save the file so.",
    };
  const first = cells[0]!;
  if (isFirst && scene.header && isOneMore && (/^[01]$/.test(first) || !isNumberText(first))) {
    const sign = characterOf(delimiter) === "\t" ? "\\t" : delimiter;
    const named = commandInto(`sed '1s/^/row${sign}/' ${shellWord(path)}`, path, "-named.csv");
    return {
      title: "ragged row",
      remedy:
        "Is the first cell the name or number of the row, as R writes it? " +
        `Give that column a name: ${named}, and list the columns to learn from in \`features\`.`,
    };
  }
  return { title: "ragged row", remedy: `A cell in which \`${delimiter}\` stands needs quotes around it.` };
}

/** Another character that parts the first lines into equally many cells, two or more. */
function otherDelimiter({ delimiter, start }: Scene): string | undefined {
  const lines = linesOf(start).slice(0, 3);
  if (lines.length < 2) return undefined;
  const found = [",", ";", "\t", "|"].find((character) => {
    const counts = lines.map((line) => line.split(character).length);
    return character !== characterOf(delimiter) && counts[0]! > 1 && counts.every((count) => count === counts[0]);
  });
  return found === "\t" ? "tab" : found;
}
