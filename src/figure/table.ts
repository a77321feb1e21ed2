/**
 * Tables as figures: texts at computed places, a rule under the head and one at the end.
 *
 * Columns are as wide as their longest text, which the font's own tables tell; a text longer than the limit is clipped.
 * The same columns and rows give the sketch that a terminal draws.
 */
import type { Sketch } from "../values/sketch.js";
import { faint, ink } from "./figure.js";
import { textWidth } from "./font.js";

export interface Column {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly align?: "left" | "right";
}
export interface Row {
  readonly cells: readonly string[];
  readonly bold?: boolean;
  readonly faint?: boolean;
  /** A rule above it. */
  readonly rule?: boolean;
  /** A sentence in place of the cells from this column on. */
  readonly note?: { readonly column: number; readonly text: string };
}

const lineHeight = 22;
const fontSize = 12;
const columnGap = 18;
const longestCell = 260;
const inset = 8;

/**
 * A layered view of fixed size, for `figureOf` or for a row of a concatenation. `most`: width in px from which a text
 * is clipped.
 */
export function tableView(
  columns: readonly Column[],
  rows: readonly Row[],
  most = longestCell,
): Readonly<Record<string, unknown>> & { readonly width: number; readonly height: number } {
  const ends: number[] = [];
  for (const [column, { title }] of columns.entries()) {
    const texts = rows.map(({ cells, note }) => (note && column >= note.column ? "" : (cells[column] ?? "")));
    const wide = Math.max(
      textWidth(title, fontSize, "bold"),
      ...rows.map((row, index) => textWidth(texts[index]!, fontSize, row.bold ? "bold" : "normal")),
    );
    ends.push((ends.at(-1) ?? inset - columnGap) + columnGap + Math.min(most, Math.ceil(wide)));
  }
  const startOf = (column: number): number => (column === 0 ? inset : ends[column - 1]! + columnGap);
  const notes = rows.map(({ note }) =>
    note ? startOf(note.column) + Math.min(2 * longestCell, Math.ceil(textWidth(note.text, fontSize))) : 0,
  );
  const width = Math.max(...ends, ...notes) + inset;
  const height = (rows.length + 1) * lineHeight;
  const place = (text: string, column: number, line: number, style: string): Placed => {
    const isRight = columns[column]!.align === "right";
    const room = ends[column]! - startOf(column);
    return {
      text: clipped(text, room, style === "bold"),
      x: isRight ? ends[column]! : startOf(column),
      y: (line + 0.5) * lineHeight,
      align: isRight ? "right" : "left",
      style,
    };
  };
  const texts = [
    ...columns.map(({ title }, column) => place(title, column, 0, "bold")),
    ...rows.flatMap((row, index) => {
      const { cells, note } = row;
      const style = styleOf(row);
      const placed = cells.slice(0, note?.column).map((text, column) => place(text, column, index + 1, style));
      if (!note) return placed;
      const start = startOf(note.column);
      return [
        ...placed,
        {
          text: clipped(note.text, width - inset - start, false),
          x: start,
          y: (index + 1.5) * lineHeight,
          align: "left",
          style,
        } satisfies Placed,
      ];
    }),
  ].filter(({ text }) => text !== "");
  const position = {
    x: { field: "x", type: "quantitative", axis: null, scale: { domain: [0, width], nice: false } },
    y: { field: "y", type: "quantitative", axis: null, scale: { domain: [height, 0], nice: false, reverse: false } },
  };
  const rules = [1, ...rows.flatMap(({ rule }, index) => (rule ? [index + 1] : [])), rows.length + 1];
  const layers = ["bold", "plain", "faint"].flatMap((style) =>
    (["left", "right"] as const).map((align) => ({
      data: {
        values: texts
          .filter((text) => text.style === style && text.align === align)
          .map(({ text, x, y }) => ({ text, x, y })),
      },
      mark: {
        type: "text",
        align,
        baseline: "middle",
        fontSize,
        fontWeight: style === "bold" ? "bold" : "normal",
        color: style === "faint" ? faint : ink,
        aria: false,
      },
      encoding: { ...position, text: { field: "text" } },
    })),
  );
  return {
    width,
    height,
    layer: [
      {
        data: { values: rules.map((line) => ({ y: line * lineHeight, x: 0, end: width })) },
        mark: { type: "rule", color: faint, aria: false },
        encoding: { ...position, x2: { field: "end" } },
      },
      ...layers.filter(({ data }) => data.values.length > 0),
    ],
  };
}

function styleOf({ bold, faint: isFaint }: Row): string {
  if (bold) return "bold";
  return isFaint ? "faint" : "plain";
}

interface Placed {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly align: "left" | "right";
  readonly style: string;
}

/** @param whole  headings give way before a column is left out */
export function tableSketch(columns: readonly Column[], rows: readonly Row[], title?: string, whole = false): Sketch {
  return {
    type: "table",
    ...(title ? { title } : {}),
    columns: columns.map((column) => column.title),
    numbers: columns.filter(({ align }) => align === "right").map((column) => column.title),
    rows: rows.map(({ cells, note }) => (note ? [...cells.slice(0, note.column), note.text] : cells)),
    ...(whole ? { whole } : {}),
  };
}

/** At most `room` px wide; what does not fit ends in `…`. */
export function clipped(text: string, room: number, bold = false, size = fontSize): string {
  const weight = bold ? "bold" : "normal";
  // Half a px, because sums of advances are not whole.
  if (textWidth(text, size, weight) <= room + 0.5) return text;
  // A name may have a hundred thousand characters.
  let [kept, width] = ["", textWidth("…", size, weight)];
  for (const character of text) {
    width += textWidth(character, size, weight);
    if (width > room) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/**
 * Lines at most `room` px wide, broken behind `-`, `+` or a blank, which names of configurations have between their
 * values; a piece that has none, and the last of `most` lines, end in `…` where they do not fit.
 */
export function wrapped(text: string, room: number, most: number, bold = false, size = fontSize): readonly string[] {
  const fits = (line: string): boolean => textWidth(line, size, bold ? "bold" : "normal") <= room + 0.5;
  // What is longer than all lines could hold is not looked through.
  const pieces = text.slice(0, 1000).split(/(?<=[-+ ])/);
  const lines: string[] = [];
  let line = "";
  for (const [index, piece] of pieces.entries()) {
    if (line === "" || fits(line + piece.trimEnd())) {
      line += piece;
      continue;
    }
    if (lines.length === most - 1) {
      line += pieces.slice(index).join("");
      break;
    }
    lines.push(line);
    line = piece;
  }
  return [...lines, line].map((each) => clipped(each.trimEnd(), room, bold, size));
}
