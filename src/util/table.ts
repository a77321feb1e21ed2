/**
 * Rows of cells as aligned lines, for every table and list that goes to a terminal.
 *
 * A column is as wide as its widest cell, measured as a terminal shows it: names of any script line up, and colour
 * codes inside a cell count nothing. A row may have fewer cells than others; no line ends in spaces.
 */
import { clip, fill, widthOf } from "./width.js";

interface TableOptions {
  /** Which columns stand at the right, as numbers do. */
  readonly right?: (column: number) => boolean;
  /** Before each line. */
  readonly indent?: string;
  /** Between two columns. */
  readonly gap?: string;
  /** Of each column, in place of its widest cell: a longer cell is clipped. */
  readonly widths?: readonly number[];
  /** Paints a cell that has been filled up to its column's width. */
  readonly paint?: (cell: string, column: number, row: number) => string;
}

export function table(
  rows: readonly (readonly string[])[],
  { right = () => false, indent = "", gap = "  ", widths, paint = (cell) => cell }: TableOptions = {},
): readonly string[] {
  const all = widths ?? columnWidths(rows);
  const cellOf = (cell: string, column: number, row: number): string => {
    const shown = widths ? clip(cell, all[column]!) : cell;
    return paint(fill(shown, all[column]!, right(column) ? "left" : "right"), column, row);
  };
  return rows.map((row, at) => `${indent}${row.map((cell, column) => cellOf(cell, column, at)).join(gap)}`.trimEnd());
}

export function columnWidths(rows: readonly (readonly string[])[]): readonly number[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
  return widths;
}
