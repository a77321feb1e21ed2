/** A table as a CSV file that `hw1 show --save` writes, row by row. */
import { type Cell, csvPieces, unlike } from "../util/csv-write.js";
import { plural } from "../util/words.js";
import type { SavedFile } from "./saved-array.js";

export interface Table {
  readonly columns: readonly string[];
  readonly count: number;
  rows(): Iterable<readonly Cell[]>;
}

export function savedTable(name: string, { columns, count, rows }: Table): SavedFile {
  return {
    name: `${name}.csv`,
    holds: `${plural(count, "row")} of ${plural(columns.length, "column")}`,
    pieces: () => csvPieces(columns, rows()),
  };
}
export const tableOf = (columns: readonly string[], rows: readonly (readonly Cell[])[]): Table => ({
  columns: unlike(columns),
  count: rows.length,
  rows: () => rows,
});
