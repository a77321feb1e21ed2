/** What the cells of a table mean: numbers, names of classes or nothing; and what is said of those that mean something else. */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { plural, type Row, type Table } from "./csv-table.js";

export interface Place {
  readonly row: Row;
  readonly column: number;
}

/** Most places that a message lists. */
const most = 3;
const more = (count: number): string => `${plural(count - most, "more cell")} ${count === most + 1 ? "is" : "are"}`;
const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** NaN for anything that is not a decimal number within reach of 32 bits. */
export function numberOf(cell: string): number {
  const value = isNumber.test(cell) ? Number(cell) : Number.NaN;
  return Number.isFinite(Math.fround(value)) ? value : Number.NaN;
}
export const isMissing = (cell: string, words: readonly string[]): boolean => words.includes(cell);
export const listed = (words: readonly string[]): string => `${words.slice(0, 8).join(", ")}${words.length > 8 ? ", …" : ""}`;
export const placeOf = (table: Table, row: Row, column: number): string => `\`${table.path}:${row.line}\`, column \`${table.columns[column]}\``;

/** Labels are names when all are names that were given, or when names were given and a label is no number. */
export function isNamed(rows: readonly Row[], target: number, classes: readonly string[], missing: readonly string[]): boolean {
  const cells = rows.map((row) => row.cells[target]!).filter((cell) => !isMissing(cell, missing));
  const given = classes.some((name, index) => name !== String(index));
  return cells.every((cell) => classes.includes(cell)) || (given && cells.some((cell) => Number.isNaN(numberOf(cell))));
}

export function checkNames(table: Table, rows: readonly Row[], target: number, classes: readonly string[]): void {
  const stranger = rows.find((row) => !classes.includes(row.cells[target]!));
  if (!stranger) return;
  const cell = stranger.cells[target]!;
  throw new MistakeError(
    "label outside the classes",
    `${placeOf(table, stranger, target)}: \`${cell.slice(0, 60)}\` is none of the classes.${suggestion(cell, classes)}\n\nClasses: ${classes.join(", ")}`,
    ["classes"],
  );
}

export function missingCells(table: Table, holes: readonly Place[], policy: string): MistakeError {
  const told = holes
    .slice(0, most)
    .map(
      ({ row, column }) =>
        `${placeOf(table, row, column)}: ${row.cells[column] === "" ? "the cell is empty" : `\`${row.cells[column]}\` stands`} where a number belongs.`,
    );
  if (holes.length > most) told.push(`${more(holes.length)} missing.`);
  told.push(
    policy === "mean"
      ? "`on_missing: mean` fills features only; a label cannot be made up. `on_missing: drop_row` leaves out such rows."
      : `Fill ${holes.length === 1 ? "it" : "them"} in, or choose \`on_missing: drop_row\` (leaves out such rows) or \`on_missing: mean\` (the column's mean in the training rows).`,
  );
  return new MistakeError(holes.length === 1 ? "a missing value" : "missing values", told.join("\n"));
}

/** @param read  the columns that are read: of features, by name, and the target, by place */
export function notNumbers(
  table: Table,
  wrong: readonly Place[],
  read: { readonly features: readonly string[]; readonly target: number },
  hasHeader: boolean,
): MistakeError {
  const { features, target } = read;
  const told = wrong.slice(0, most).map(({ row, column }) => {
    const cell = row.cells[column]!;
    const why = /^-?\d+,\d+$/.test(cell) ? " Decimals are written with a point." : isNumber.test(cell) ? " It is too large for a 32-bit number." : "";
    return `${placeOf(table, row, column)}: \`${cell.slice(0, 60)}\` stands where a number belongs.${why}`;
  });
  if (wrong.length > most) told.push(`${more(wrong.length)} no ${wrong.length === most + 1 ? "number" : "numbers"}.`);
  const columns = [...new Set(wrong.map(({ column }) => column))];
  const words = (column: number): readonly string[] => [...new Set(wrong.map(({ row }) => row.cells[column]!))];
  const first = table.rows[0]!;
  if (!hasHeader && wrong.length > 1 && wrong.every(({ row }) => row === first))
    told.push("The first row looks like names of columns. If it is, leave out `header`.");
  else if (table.rows.length > 1 && columns.length === 1 && wrong.length === table.rows.length) {
    const [column] = columns as [number];
    const others = features.filter((name) => name !== table.columns[column]);
    if (column === target)
      told.push(`If these are names of classes, list them: \`classes: [${words(target).slice(0, 10).join(", ")}${words(target).length > 10 ? ", …" : ""}]\`.`);
    else if (others.length > 0)
      told.push(`The column \`${table.columns[column]}\` holds text. Name the columns to learn from: \`features: [${others.join(", ")}]\`.`);
  }
  return new MistakeError("not a number", told.join("\n"));
}
