/**
 * Tables as CSV (RFC 4180, lines end in LF), by `csv-stringify`, some rows at a time, so that a long table is never a
 * text as a whole.
 *
 * A cell is quoted where it holds a comma, a quote or a line end, and where it begins or ends with white space, which
 * readers leave out around a cell. What is null is an empty cell.
 */
import { stringify } from "csv-stringify/sync";

export type Cell = string | number | boolean | null;

const rowsAtOnce = 512;

/** @param rows  after the names of the columns; each as long as these */
export function* csvPieces(columns: readonly string[], rows: Iterable<readonly Cell[]>): Generator<Uint8Array> {
  let waiting: (readonly Cell[])[] = [unlike(columns)];
  for (const row of rows) {
    if (waiting.push(row) < rowsAtOnce) continue;
    yield textOf(waiting);
    waiting = [];
  }
  if (waiting.length > 0) yield textOf(waiting);
}

function textOf(rows: (readonly Cell[])[]): Uint8Array {
  const text = stringify(rows, {
    quoted_match: /^\s|\s$/u,
    cast: { boolean: String },
  });
  return Buffer.from(text, "utf8");
}

/** Names from data may be those of other columns; a later one of the same name gets `_2`, `_3`, …. */
export function unlike(names: readonly string[]): readonly string[] {
  const used = new Set<string>();
  return names.map((name) => {
    let own = name;
    for (let count = 2; used.has(own); count++) own = `${name}_${count}`;
    used.add(own);
    return own;
  });
}
