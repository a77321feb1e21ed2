/**
 * What is said of a text whose rows are no rows of a table: the true cause where it can be told, and what to do about
 * it.
 *
 * A remedy is proposed only where it leads to a table that is read; `test/stages/csv-dialects.test.ts` carries each
 * out.
 */

import { MistakeError } from "../diagnostic/diagnostic.js";
import { plural } from "../util/words.js";
import { isNumberText } from "./csv-numbers.js";
import type { Row } from "./csv-rows.js";
import { cellText, listed, shellWord } from "./csv-words.js";

/** What is known around a row. */
export interface Scene {
  readonly delimiter: string;
  readonly header: boolean;
  /** The first kilobytes of the file. */
  readonly start: string;
}

const characterOf = (delimiter: string): string => (delimiter === "tab" ? "\t" : delimiter);
const linesOf = (start: string): readonly string[] =>
  start
    .split(/\r\n|\n|\r/)
    .slice(0, 20)
    .filter((line) => line.trim() !== "");
/** Does text look like columns that are set below each other with spaces? */
const isAligned = (start: string): boolean =>
  linesOf(start).some((line) => /\S(?: {2,}|\t +| +\t)\S/.test(line) || /^ +\S+ +\S/.test(line));
const fileName = (path: string, ending: string): string =>
  `${path.replace(/^.*\//, "").replace(/\.[^.]*$/, "")}${ending}`;

const aligned = (path: string, { header }: Scene): string =>
  "The columns seem to be aligned by spaces. Put one comma between the cells: `sed -E 's/^[[:blank:]]+//; " +
  `s/[[:blank:]]+$//; s/[[:blank:]]+/,/g' ${shellWord(path)} > ${shellWord(fileName(path, "-commas.csv"))}\`; ` +
  `then name that file, ${header ? "" : "keep `header`, "}and leave out \`delimiter\`.`;

/** Nothing can be learned from one column; most often another character stands between the cells. */
export function onlyOneColumn(path: string, first: Row, scene: Scene): MistakeError {
  const cell = first.text(0);
  const before = linesBefore(scene);
  if (before > 0)
    return new MistakeError({
      title: "lines before the table",
      message:
        `\`${path}:${first.line}\` has one cell, ${cellText(cell)}, and the lines from ${before + 1} on have more. ` +
        `Cut off what is no table: \`tail -n +${before + 1} ${shellWord(path)} ` +
        `> ${shellWord(fileName(path, "-table.csv"))}\`; then name that file.`,
    });
  const separator = /^"?sep=(.)"?$/i.exec(cell)?.[1];
  if (separator !== undefined)
    return new MistakeError({
      title: "lines before the table",
      message:
        `\`${path}:${first.line}\` says that \`${separator}\` stands between cells, in a way that Excel alone ` +
        `knows. Cut that line off: \`tail -n +2 ${shellWord(path)} > ${shellWord(fileName(path, "-table.csv"))}\`; ` +
        `then name that file, with \`delimiter: ${separator === "\t" ? "tab" : `"${separator}"`}\`.`,
    });
  const other = [",", ";", "\t", "|", " "].find(
    (character) => character !== characterOf(scene.delimiter) && cell.includes(character),
  );
  const remedy =
    other === undefined
      ? "A file of examples has a column to learn, and one or more to learn from."
      : (other === " " || other === "\t") && isAligned(scene.start)
        ? aligned(path, scene)
        : `The cells seem to be separated by ${other === "\t" ? "tabs" : `\`${other}\``}: ` +
          `write \`delimiter: ${other === "\t" ? "tab" : `"${other}"`}\`.`;
  return new MistakeError({
    title: "only one column",
    message: `\`${path}:${first.line}\` has one cell, ${cellText(cell)}. ${remedy}`,
  });
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
    `has ${plural(columns.length, "column")} (${listed(columns)}).`;
  const cells = row.texts();
  const tell = (title: string, remedy: string): MistakeError =>
    new MistakeError({ title, message: `${found} ${remedy}` });
  if (cells.some((cell) => cell.includes("\r")))
    return tell(
      "mixed line ends",
      "It holds carriage returns where lines may end, and other lines end with line feeds. " +
        `Make all of them line feeds: \`tr '\\r' '\\n' < ${shellWord(path)} ` +
        `> ${shellWord(fileName(path, "-lines.csv"))}\`; then name that file.`,
    );
  if (scene.delimiter === " " && (cells.some((cell) => cell === "") || isAligned(scene.start)))
    return tell("columns aligned by spaces", aligned(path, scene));
  const other = otherDelimiter(scene);
  if (other)
    return tell(
      "ragged row",
      `The cells seem to be separated by ${other === "tab" ? "tabs" : `\`${other}\``}: ` +
        `write \`delimiter: ${other === "tab" ? "tab" : `"${other}"`}\`.`,
    );
  if (row.count < columns.length) return tell("ragged row", `Is the delimiter \`${scene.delimiter}\`?`);
  if (
    scene.delimiter === "," &&
    row.count > columns.length &&
    cells.every((cell) => /^[+-]?\d*\.?\d*$/.test(cell)) &&
    row.count !== columns.length + 1
  )
    return tell(
      "ragged row",
      "Is a comma part of a number, as in `1,5` or `1,234`? Then the cells need another delimiter (`;`) and " +
        "numbers a point and no thousands separators; save the file so.",
    );
  if (
    isFirst &&
    scene.header &&
    row.count === columns.length + 1 &&
    (/^[01]$/.test(cells[0]!) || !isNumberText(cells[0]!))
  )
    return tell(
      "ragged row",
      "Is the first cell the name or number of the row, as R writes it? Give that column a name: " +
        "`sed " +
        `'1s/^/row${scene.delimiter === "tab" || scene.delimiter === "\t" ? "\\t" : scene.delimiter}/' ${shellWord(path)} ` +
        `> ${shellWord(fileName(path, "-named.csv"))}\`; then name that file, and list the columns to learn from in ` +
        "`features`.",
    );
  return tell("ragged row", `A cell in which \`${scene.delimiter}\` stands needs quotes around it.`);
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
