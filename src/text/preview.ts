/** A preview as lines of text: its parts one below the other, each heading and each sketch after a blank line. */

import { escaped } from "../util/escape.js";
import { ownOf } from "../util/json.js";
import { formatNumber } from "../util/numbers.js";
import { isSpread, type Spread } from "../util/statistics.js";
import { table } from "../util/table.js";
import { clip, folded, widthOf } from "../util/width.js";
import type { Preview, PreviewPart } from "../values/preview.js";
import { valueText } from "../values/search-words.js";
import { painter } from "./color.js";
import { drawImages } from "./image.js";
import { spreadText, undefinedText } from "./metrics.js";
import { type SketchOptions, sketchText } from "./sketch.js";

/** @param measured  over how many outputs the measures are, where they are over several */
export function previewText(preview: Preview, options: SketchOptions, measured = 0): readonly string[] {
  return preview.flatMap((part) => partText(part, options, measured));
}

/** A line that is too long goes on below, further in. */
function hanging(line: string, columns: number): readonly string[] {
  if (widthOf(line) <= columns) return [line];
  const indent = line.length - line.trimStart().length;
  return folded(line.trimStart(), columns - indent - 2).map((part, at) => " ".repeat(indent + (at > 0 ? 2 : 0)) + part);
}

function partText(part: PreviewPart, options: SketchOptions, measured: number): readonly string[] {
  const paint = painter(options.color);
  switch (part.type) {
    case "heading":
      return ["", `${paint(part.isMistake ? "red" : "bold", escaped(part.title))}${part.more ?? ""}`];
    case "lines": {
      const { isAside, isClipped, isFolded } = part;
      const lines = part.lines.map(escaped);
      if (isClipped) return lines.map((line) => clip(line, options.columns));
      if (!isAside && !isFolded) return lines;
      const fitting = lines.flatMap((line) => hanging(line, options.columns));
      return isAside ? fitting.map((line) => paint("dim", line)) : fitting;
    }
    case "columns":
      return table(escapedCells(part.rows), { indent: "  " });
    case "numbers":
      return numbers(part, options.columns);
    case "ranking":
      return ranking(part, options.columns);
    case "measures":
      return measures(part, measured);
    case "images": {
      const { height, width, images } = part;
      const shown = images.slice(0, Math.max(1, Math.floor(options.columns / (width + 2))));
      const [pixels, captions] = [shown.map((image) => image.pixels), shown.map(({ caption }) => [caption])];
      return drawImages(pixels, height, width, captions);
    }
    case "sketch":
      return ["", ...sketchText(part.sketch, options)];
  }
}

/** Cells come from files too: class names, trials' values. */
const escapedCells = (rows: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  rows.map((row) => row.map(escaped));

type Part<T extends PreviewPart["type"]> = Extract<PreviewPart, { type: T }>;

/** What does not fit into the lines even without the columns that may be dropped is clipped. */
function numbers({ rows, right, drop }: Part<"numbers">, columns: number): readonly string[] {
  const without = (count: number): readonly string[] => {
    const kept = rows[0]!.map((_, column) => column).filter((column) => !drop.slice(0, count).includes(column));
    return table(escapedCells(rows.map((row) => kept.map((column) => row[column]!))), {
      indent: "  ",
      right: (column) => right.includes(kept[column]!),
    });
  };
  for (let count = 0; count < drop.length; count++) {
    const lines = without(count);
    if (lines.every((line) => widthOf(line) <= columns)) return lines;
  }
  return without(drop.length).map((line) => clip(line, columns));
}

/**
 * Rank, one column for each parameter (the trial's key where they do not fit beside each other), and the fields,
 * without as many of those that may be dropped as must be.
 */
function ranking({ parameters, rows, drop = [] }: Part<"ranking">, columns: number): readonly string[] {
  if (rows.length === 0) return [];
  type Row = (typeof rows)[number];
  const rowsOf = (
    names: readonly string[],
    cells: (row: Row) => readonly string[],
    dropped: readonly string[] = [],
  ): readonly string[] => {
    const fields = rows[0]!.fields.flatMap(([name], at) => (dropped.includes(name) ? [] : [{ name, at }]));
    return aligned([
      ["rank", ...names, ...fields.map(({ name }) => name)],
      ...rows.map((row) => [String(row.rank), ...cells(row), ...fields.map(({ at }) => row.fields[at]![1])]),
    ]);
  };
  const fits = (lines: readonly string[]): boolean => lines.every((line) => widthOf(line) <= columns);
  const wide = rowsOf(parameters, ({ values }) => parameters.map((name) => valueText(ownOf(values, name))));
  if (parameters.length > 0 && fits(wide)) return wide;
  const without = (count: number): readonly string[] => rowsOf(["trial"], ({ key }) => [key], drop.slice(0, count));
  for (let count = 0; count < drop.length; count++) {
    const lines = without(count);
    if (fits(lines)) return lines;
  }
  return without(drop.length).map((line) => clip(line, columns));
}

/** Columns as wide as their widest cell, those of numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const right = rows[0]!.map((_, column) =>
    rows.slice(1).every((row) => row[column] === "" || Number.isFinite(Number(row[column]))),
  );
  return table(escapedCells(rows), { indent: "  ", right: (column) => right[column]! });
}

function measures({ columns, counts, rows }: Part<"measures">, measured: number): readonly string[] {
  const [first, ...names] = columns;
  const text = (value: number | null | Spread, say: (value: number) => string): string => {
    if (isSpread(value)) return spreadText(value, measured, say);
    return value === null ? undefinedText : say(value);
  };
  const cell = (value: number | null | Spread, column: number): string =>
    counts.includes(names[column]!)
      ? text(value, formatNumber).padStart(7)
      : text(value, (number) => number.toFixed(4)).padEnd(6);
  const lines = table(
    escapedCells([
      [first!, ...names.map((name) => name.padEnd(6))],
      ...rows.map(({ name, values }) => [name, ...values.map(cell)]),
    ]),
    { indent: "  " },
  );
  return ["", ...lines];
}
