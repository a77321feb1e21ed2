/**
 * `load: csv`: columns of numbers into features and a target.
 *
 * A header row names the columns. Every cell read must be a finite number; the first that is not is named by line and
 * column. A byte order mark is skipped. With `classes` the target is an integer label.
 */
import { parse } from "csv-parse/sync";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { blobOf, type Output } from "../util/value.js";
import { checkLabels, datasetOutput } from "./dataset.js";
import { readFile } from "./load-files.js";

export interface CsvOptions {
  readonly target: string;
  readonly features?: readonly string[] | undefined;
  readonly delimiter: string;
}
interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly line: number }[];
}

function readTable(folder: string, path: string, delimiter: string): Table {
  const text = new TextDecoder("utf-8").decode(readFile(folder, path));
  if (text.trim() === "") throw new MistakeError("empty file", `\`${path}\` is empty. A CSV file has a header row and at least one row of numbers.`);
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(text, { bom: true, delimiter, info: true, skip_empty_lines: true, trim: true, relax_column_count: true }) as unknown as typeof records;
  } catch (error) {
    throw new MistakeError("not valid CSV", `\`${path}\`: ${(error as Error).message}.`);
  }
  const [header, ...rows] = records;
  if (!header || rows.length === 0) throw new MistakeError("no rows", `\`${path}\` has a header but no rows.`);
  const columns = header.record;
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) throw new MistakeError("duplicate column", `\`${path}:1\` has the column \`${twice}\` twice.`);
  for (const { record, info } of rows)
    if (record.length !== columns.length)
      throw new MistakeError(
        "ragged row",
        `\`${path}:${info.lines}\` has ${record.length} cell${record.length === 1 ? "" : "s"}, but the header has ${columns.length} columns (${columns.join(", ")}). Is the delimiter \`${delimiter}\`?`,
      );
  return { columns, rows: rows.map(({ record, info }) => ({ cells: record, line: info.lines })) };
}

export function loadCsv(folder: string, path: string, options: CsvOptions, classes: readonly string[] | null, split: string): Output {
  const table = readTable(folder, path, options.delimiter);
  const columnAt = (name: string, option: string): number => {
    const at = table.columns.indexOf(name);
    if (at < 0)
      throw new MistakeError(
        "no such column",
        `\`${path}\` has no column \`${name}\`.${suggestion(name, table.columns)}\n\nColumns: ${table.columns.join(", ")}`,
        [option],
      );
    return at;
  };
  const target = columnAt(options.target, "target");
  const featureNames = options.features ?? table.columns.filter((name) => name !== options.target);
  if (featureNames.length === 0) throw new MistakeError("no features", `\`${path}\` has no column besides the target \`${options.target}\`.`, ["target"]);
  const features = featureNames.map((name) => columnAt(name, "features"));
  const number = (row: Table["rows"][number], column: number): number => {
    const cell = row.cells[column]!;
    const value = cell === "" ? Number.NaN : Number(cell);
    if (!Number.isFinite(value))
      throw new MistakeError(
        "not a number",
        `\`${path}:${row.line}\`, column \`${table.columns[column]}\`: ${cell === "" ? "the cell is empty" : `\`${cell.slice(0, 60)}\` stands`} where a number belongs.`,
      );
    return value;
  };
  const count = table.rows.length;
  const values = Float32Array.from(table.rows.flatMap((row) => features.map((column) => number(row, column))));
  const targets = table.rows.map((row) => number(row, target));
  if (classes) checkLabels(targets, classes, path);
  return datasetOutput(
    { count, shape: [features.length], classes, scale: 1, featureNames, targetNames: [options.target], split },
    {
      features: blobOf("float32", [count, features.length], values),
      labels: classes ? blobOf("int32", [count], Int32Array.from(targets)) : blobOf("float32", [count, 1], Float32Array.from(targets)),
    },
  );
}
