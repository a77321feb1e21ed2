/**
 * Curves and points drawn with braille characters: each cell is a raster of 2 × 4 dots, so 30 × 5 cells are 60 × 20
 * dots.
 *
 * The first series is a full line, the others are dashed, each in its own way, so that they can be told apart without
 * colour. Intervals of x may be shaded: their cells are grey where nothing is drawn.
 */

import { formatNumber } from "../util/numbers.js";
import { clip, fill, widthOf } from "../util/width.js";
import type { Style } from "./color.js";
import { clipLine, type Line, piece, type Segment } from "./line.js";

export interface Series {
  readonly name: string;
  readonly style?: Style;
  /** Points are not joined. Default: a line. */
  readonly marks?: "line" | "points";
  /** [x, y], x ascending in a line; a point that is not finite breaks the line. */
  readonly points: readonly (readonly [number, number])[];
}
export interface PlotOptions {
  readonly columns: number;
  /** Title, raster and the line under it; at least 4, else nothing is drawn. */
  readonly rows: number;
  readonly title: string;
  /** Left and right end of the x axis. */
  readonly x: readonly [number, number];
  readonly xLabels: readonly [string, string];
  /** Powers of ten at equal distances; points that are not positive are left out. */
  readonly log?: boolean;
  readonly format?: (y: number) => string;
  /** Intervals of x. */
  readonly shaded?: readonly (readonly [number, number])[];
  /** Names of two series or more beside the title. Default: true. */
  readonly legend?: boolean;
}

/** Of each series along its way: dots on, and the length after which they repeat. */
const dashes = [
  [1, 1],
  [3, 5],
  [1, 3],
  [6, 8],
  [2, 4],
  [8, 12],
  [1, 5],
] as const;
const dashSigns = ["──", "╌╌", "┈┈", "━╸", "┄┄", "╾╸", "··"] as const;
/** What stands before its name in a legend. */
export const signOf = ({ marks }: Series, index: number): string =>
  marks === "points" ? "⠢⠡" : dashSigns[index % dashSigns.length]!;

/** Bit of a dot, by [row 0 … 3][column 0, 1]. Source: Unicode, Braille Patterns (U+2800). */
const dots = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** @returns at most `rows` lines of at most `columns` cells; none where that is too small to draw in */
export function plot(series: readonly Series[], options: PlotOptions): readonly Line[] {
  const { columns, rows, x, log = false, format = formatNumber } = options;
  const scale = log ? Math.log10 : (y: number): number => y;
  const scaled = series.map(({ points }) => points.map(([at, y]) => [at, scale(y)] as const));
  const range = rangeOf(scaled.flat().map(([, y]) => y));
  const rasterRows = rows - 2;
  if (rasterRows < 2) return [];
  const label = (y: number): string => format(log ? 10 ** y : y);
  const labels = range ? [label(range.most), label(range.least)] : ["", ""];
  const labelWidth = Math.min(8, Math.max(...labels.map(widthOf)));
  const rasterColumns = columns - labelWidth - 2;
  if (rasterColumns < 4) return [];
  const raster = new Raster(rasterColumns, rasterRows);
  if (range) {
    const span = range.most - range.least;
    const width = Math.max(x[1] - x[0], Number.MIN_VALUE);
    for (const [index, points] of scaled.entries()) {
      const placed = points.map(([at, y]): Dot | null => {
        if (!Number.isFinite(at) || !Number.isFinite(y) || at < x[0] || at > x[1]) return null;
        const down = span > 0 ? (range.most - y) / span : 0.5;
        return {
          column: Math.round(((at - x[0]) / width) * (raster.dotColumns - 1)),
          row: Math.round(down * (raster.dotRows - 1)),
        };
      });
      if (series[index]!.marks === "points") for (const dot of placed) raster.draw([dot], index);
      else raster.draw(placed, index);
    }
  }
  const isShaded = shading(options, raster.columns);
  // The greatest value stands at the top and the least at the bottom; a constant has one, in the middle.
  const constant = range !== null && range.most === range.least;
  const atRow = new Map(
    constant
      ? [[(rasterRows - 1) >> 1, labels[0]!]]
      : [
          [0, labels[0]!],
          [rasterRows - 1, labels[1]!],
        ],
  );
  const body = Array.from({ length: rasterRows }, (_, row): Line => {
    const text = atRow.get(row) ?? "";
    const marked = text !== "";
    return [
      piece(`${fill(clip(text, labelWidth), labelWidth, "left")} ${marked ? "┤" : "│"}`, "dim"),
      ...raster.line(row, series, isShaded),
    ];
  });
  const [left, right] = options.xLabels;
  const gap = Math.max(1, rasterColumns - widthOf(left) - widthOf(right));
  const axis: Line = [piece(`${" ".repeat(labelWidth + 2)}${left}${" ".repeat(gap)}${right}`, "dim")];
  return [titleLine(series, options), ...body, axis].map((line) => clipLine(line, columns));
}

/** Whether a column of cells lies in a shaded interval: its middle does, and a short interval still has one column. */
function shading({ x, shaded = [] }: PlotOptions, columns: number): (column: number) => boolean {
  const width = x[1] - x[0];
  const columnOf = (at: number): number => ((at - x[0]) / width) * columns - 0.5;
  const ranges =
    width > 0
      ? shaded.map(
          ([from, to]) =>
            [Math.ceil(columnOf(from)), Math.max(Math.ceil(columnOf(from)), Math.floor(columnOf(to)))] as const,
        )
      : [];
  return (column) => ranges.some(([first, last]) => column >= first && column <= last);
}

/** Title and, with two series, which line is which. */
function titleLine(series: readonly Series[], { title, log, legend: hasLegend = true }: PlotOptions): Line {
  const legend =
    series.length < 2 || !hasLegend
      ? []
      : series.flatMap((each, index): Segment[] => [
          piece("  "),
          piece(`${signOf(each, index)} ${each.name}`, each.style),
        ]);
  return [piece(title, "bold"), ...(log ? [piece(" (log)", "dim")] : []), ...legend];
}

/** @returns null when no value is finite */
function rangeOf(values: readonly number[]): { readonly least: number; readonly most: number } | null {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return least > most ? null : { least, most };
}

interface Dot {
  readonly column: number;
  readonly row: number;
}

/** In place of a series' number: a cell of a shaded interval. */
const shade = -1;
/** Of cells that no series has drawn in. */
const signs: ReadonlyMap<number, string> = new Map([
  [shade, "░"],
  [0, " "],
]);

class Raster {
  readonly dotColumns: number;
  readonly dotRows: number;
  readonly #bits: Uint8Array;
  /** Series that drew last into a cell, from 1; 0 is none. */
  readonly #owner: Uint8Array;

  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {
    this.dotColumns = columns * 2;
    this.dotRows = rows * 4;
    this.#bits = new Uint8Array(columns * rows);
    this.#owner = new Uint8Array(columns * rows);
  }

  /** Neighbours are joined by a line; a null between them leaves a gap, and a lone point is one dot. */
  draw(points: readonly (Dot | null)[], series: number): void {
    let before: Dot | null = null;
    let travelled = 0;
    const [on, period] = dashes[series % dashes.length]!;
    for (const point of points) {
      if (point) {
        const steps = before ? Math.max(Math.abs(point.column - before.column), Math.abs(point.row - before.row)) : 0;
        for (let step = before ? 1 : 0; step <= steps; step++) {
          const part = steps === 0 ? 0 : step / steps;
          const from = before ?? point;
          // Dots on and off along the way; the points themselves are drawn too, save where they stand so close that no
          // gap would be left.
          const isDrawn = step === steps && (before === null || steps > 2);
          if (isDrawn || travelled++ % period < on)
            this.#dot(
              Math.round(from.column + (point.column - from.column) * part),
              Math.round(from.row + (point.row - from.row) * part),
              series,
            );
        }
      }
      before = point;
    }
  }

  #dot(column: number, row: number, series: number): void {
    const cell = (row >> 2) * this.columns + (column >> 1);
    this.#bits[cell] = this.#bits[cell]! | dots[(row & 3) as 0 | 1 | 2 | 3][(column & 1) as 0 | 1];
    this.#owner[cell] = series + 1;
  }

  /** Cells of a row, those of one series joined into one piece; the right end stays without spaces. */
  line(row: number, series: readonly Series[], isShaded: (column: number) => boolean): readonly Segment[] {
    const pieces: { text: string; owner: number }[] = [];
    for (let column = 0; column < this.columns; column++) {
      const cell = row * this.columns + column;
      const drawn = this.#owner[cell]!;
      const owner = drawn === 0 && isShaded(column) ? shade : drawn;
      const text = signs.get(owner) ?? String.fromCodePoint(0x2800 + this.#bits[cell]!);
      const last = pieces[pieces.length - 1];
      if (last?.owner === owner) last.text += text;
      else pieces.push({ text, owner });
    }
    if (pieces[pieces.length - 1]?.owner === 0) pieces.pop();
    return pieces.map(({ text, owner }) => piece(text, owner === shade ? "dim" : series[owner - 1]?.style));
  }
}
