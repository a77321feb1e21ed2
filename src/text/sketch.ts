/**
 * A figure's sketch as lines of text: a table whose columns fit the window, a plot of curves and points, images; bars
 * and matrices have files of their own.
 *
 * A table that is too wide first breaks its headings, then clips its texts, then leaves out columns from the right and
 * says which; of one that is to stay whole columns come closer first, and headings above numbers are clipped.
 */

import { formatNumber } from "../util/numbers.js";
import { clip, fill, folded, widthOf } from "../util/width.js";
import type { Sketch } from "../values/sketch.js";
import { barLines } from "./bars.js";
import { painter, type Style } from "./color.js";
import { drawImages } from "./image.js";
import { type Line, piece } from "./line.js";
import { matrixLines } from "./matrix.js";
import { type PlotOptions, plot, type Series, signOf } from "./plot.js";

export interface SketchOptions {
  readonly color: boolean;
  readonly columns: number;
}

/** Wider, curves are no easier to read. */
const mostColumns = 100;
const plotRows = 16;
const indent = "  ";
const gap = "  ";
/** A heading above numbers that has to give way keeps so many cells, or as many as the numbers have. */
const leastHeading = 5;
/** A text that has to give way keeps so many cells. */
const leastText = 12;
const styles: readonly Style[] = ["cyan", "yellow", "green", "red", "bold", "dim"];

/** @returns lines of at most `columns` cells, colours not counted */
export function sketchText(sketch: Sketch, options: SketchOptions): readonly string[] {
  const paint = painter(options.color);
  return linesOf(sketch, options.columns).map((line) =>
    line
      .map(({ text, style }) => (style ? paint(style, text) : text))
      .join("")
      .trimEnd(),
  );
}

function linesOf(sketch: Sketch, columns: number): readonly Line[] {
  switch (sketch.type) {
    case "table":
      return tableLines(sketch, columns);
    case "text":
      return textLines(sketch, columns);
    case "plot":
      return plotLines(sketch, columns);
    case "bars":
      return barLines(sketch, columns);
    case "matrix":
      return matrixLines(sketch, columns);
    case "images":
      return imageLines(sketch, columns);
  }
}

type Table = Extract<Sketch, { type: "table" }>;
type Text = Extract<Sketch, { type: "text" }>;
type Plot = Extract<Sketch, { type: "plot" }>;
type Images = Extract<Sketch, { type: "images" }>;

function tableLines({ title, columns: names, numbers = [], rows, whole }: Table, columns: number): readonly Line[] {
  const room = columns - indent.length;
  if (room < 1 || names.length === 0) return [];
  const clean = (text: string): string => piece(text).text;
  const isNumber = names.map((name) => numbers.includes(name));
  // The last cell of a row that has fewer cells than there are columns runs on over the rest.
  const isNote = (row: readonly string[], column: number): boolean =>
    row.length < names.length && column === row.length - 1;
  const cellWidths = names.map((_, column) =>
    Math.max(0, ...rows.map((row) => (isNote(row, column) ? 0 : widthOf(clean(row[column] ?? ""))))),
  );
  let between = gap;
  const total = (widths: readonly number[]): number =>
    widths.reduce((sum, width) => sum + width, 0) + between.length * (widths.length - 1);
  let headings: readonly (readonly string[])[] = names.map((name) => [clean(name)]);
  const widthsOf = (): number[] =>
    names.map((_, column) => Math.max(cellWidths[column]!, ...headings[column]!.map(widthOf)));
  let widths = widthsOf();
  if (total(widths) > room) {
    headings = names.map((name, column) => broken(clean(name), cellWidths[column]!));
    widths = widthsOf();
  }
  // The widest text gives way first, a cell at a time.
  for (let over = total(widths) - room; over > 0; over--) {
    const widest = widths.reduce(
      (best, width, column) => (!isNumber[column] && width > leastText && width > (widths[best] ?? 0) ? column : best),
      -1,
    );
    if (widest < 0) break;
    widths[widest] = widths[widest]! - 1;
  }
  if (whole && total(widths) > room) {
    between = " ";
    // Then the widest heading above numbers, down to what stands below it.
    const least = widths.map((width, column) =>
      isNumber[column] ? Math.max(leastHeading, cellWidths[column]!) : width,
    );
    for (let over = total(widths) - room; over > 0; over--) {
      const widest = widths.reduce(
        (best, width, column) => (width > least[column]! && width > (widths[best] ?? 0) ? column : best),
        -1,
      );
      if (widest < 0) break;
      widths[widest] = widths[widest]! - 1;
    }
  }
  let shown = names.length;
  while (shown > 1 && total(widths.slice(0, shown)) > room) shown--;
  widths = widths.slice(0, shown);
  if (shown === 1) widths[0] = Math.min(widths[0]!, room);
  const height = Math.max(...headings.slice(0, shown).map((heading) => heading.length));
  const cell = (text: string, column: number): string =>
    fill(clip(text, widths[column]!), widths[column]!, isNumber[column] ? "left" : "right");
  // Headings of fewer lines stand on the lowest.
  const heading = (column: number, line: number): string =>
    headings[column]![line - height + headings[column]!.length] ?? "";
  const head = Array.from({ length: height }, (_, line): Line => {
    const cells = widths.map((_, column) => cell(heading(column, line), column));
    return [piece(`${indent}${cells.join(between)}`, "bold")];
  });
  const body = rows.map((row): Line => {
    const texts = row.slice(0, shown).map(clean);
    if (texts.length === 0) return [];
    const last = texts.length - 1;
    if (!isNote(row, last)) return [piece(indent + texts.map(cell).join(between))];
    const before = texts
      .slice(0, last)
      .map((text, column) => cell(text, column) + between)
      .join("");
    return [
      piece(indent + before),
      piece(clip(texts[last]!, Math.max(0, room - widthOf(before))), last > 0 ? "dim" : undefined),
    ];
  });
  const left = names.slice(shown).map(clean);
  return [
    ...(title ? [[piece(clip(title, columns), "dim")]] : []),
    ...head,
    ...body,
    ...(left.length > 0
      ? [[piece(clip(`${indent}left out for want of room: ${left.join(", ")}`, columns), "dim" as const)]]
      : []),
  ];
}

/** What is too long for a line goes on below, further in. */
function textLines({ title, lines }: Text, columns: number): readonly Line[] {
  const room = Math.max(1, columns - 2 * indent.length);
  return [
    ...(title ? [[piece(clip(title, columns), "dim")]] : []),
    ...lines.flatMap((line) =>
      folded(piece(line).text, room).map((part, at) => [piece(indent + (at > 0 ? indent : "") + clip(part, room))]),
    ),
  ];
}

/** At blanks, behind underlines and hyphens, into lines no longer than the cells or the longest part. */
function broken(heading: string, cells: number): readonly string[] {
  const parts = heading.split(/(?<=[_ -])/);
  const most = Math.max(cells, ...parts.map((part) => widthOf(part.trim())));
  const lines: string[] = [];
  for (const part of parts) {
    const joined = `${lines.at(-1) ?? ""}${part}`;
    if (lines.length > 0 && widthOf(joined.trim()) <= most) lines[lines.length - 1] = joined;
    else lines.push(part);
  }
  return lines.map((line) => line.trim());
}

function plotLines({ title, x, y, series: drawn, shaded = [] }: Plot, columns: number): readonly Line[] {
  const series = drawn.map(
    ({ name, marks, points }, index): Series => ({
      name,
      marks,
      style: styles[index % styles.length]!,
      points: points.map(([at, value]) => [at, value ?? Number.NaN] as const),
    }),
  );
  const heading = title ?? `${y} against ${x}`;
  const places = series.flatMap(({ points }) =>
    points.flatMap(([at, value]) => (Number.isFinite(at) && Number.isFinite(value) ? [at] : [])),
  );
  if (places.length === 0)
    return [
      [piece(clip(heading, columns), "bold")],
      [piece(clip(`${indent}no value is a finite number`, columns), "dim")],
    ];
  const [from, to] = places.reduce(
    ([low, high], at) => [Math.min(low, at), Math.max(high, at)],
    [Infinity, -Infinity],
  ) as [number, number];
  const options: PlotOptions = {
    columns: Math.min(columns, mostColumns),
    rows: plotRows,
    title: heading,
    x: [from, to],
    xLabels: from === to ? [`${x} ${formatNumber(from)}`, ""] : [formatNumber(from), `${x} ${formatNumber(to)}`],
    shaded,
    legend: false,
  };
  // The title names the vertical axis only where it is made of both; otherwise a line of its own does.
  const named = [
    ...(title ? [[piece(`vertical: ${y}`, "dim" as const)]] : []),
    ...series.map((each, index) => [piece(`${signOf(each, index)} ${each.name}`, each.style)]),
  ];
  const legend: Line[] = [
    ...(series.length > 1 || title ? named : []),
    ...(shaded.length > 0 ? [[piece("░░ no training points", "dim" as const)]] : []),
  ];
  return [...plot(series, options), ...flowed(legend, columns)];
}

/** Pieces beside one another, in as many lines as they need. */
function flowed(pieces: readonly Line[], columns: number): readonly Line[] {
  const lines: Line[] = [];
  let width = 0;
  for (const [first] of pieces) {
    const text = clip(first!.text, Math.max(0, columns - indent.length));
    const own = { ...first!, text };
    if (lines.length > 0 && width + gap.length + widthOf(text) <= columns) {
      lines[lines.length - 1] = [...lines.at(-1)!, piece(gap), own];
      width += gap.length + widthOf(text);
    } else {
      lines.push([piece(indent), own]);
      width = indent.length + widthOf(text);
    }
  }
  return lines.filter(() => columns > indent.length);
}

/** As many beside each other as a reader compares, which decides how small they are drawn; never smaller than this. */
const [imagesInRow, leastSide] = [5, 14];
/** Two rows, or as many as it takes to show so many images. */
const mostImages = 6;

/** Rows of images, averaged down until several stand beside each other; how many more there are, and captions. */
function imageLines({ title, height, width, images, more: besides = 0 }: Images, columns: number): readonly Line[] {
  const across = (step: number): number => Math.ceil(width / step) + gap.length;
  // Of one that is much wider than high, such as a strip, each stands alone.
  const beside = width >= 2 * height ? 1 : imagesInRow;
  let step = 1;
  const isSmall = (): boolean => Math.ceil(Math.max(height, width) / (step + 1)) < leastSide;
  while (across(step) > columns || (columns < beside * across(step) && !isSmall())) step++;
  const inRow = Math.max(1, Math.floor(columns / across(step)));
  const shown = images.slice(0, Math.max(2, Math.ceil(mostImages / inRow)) * inRow);
  const [rows, own] = [Math.ceil(height / step), Math.ceil(width / step)];
  const pixels = shown.map((image) => shrunk(Buffer.from(image.pixels, "base64"), height, width, step));
  // Each part of a caption on a line of its own, its words on several where they are too wide.
  const captions = shown.map(({ caption }) => caption.split(", ").flatMap((part) => folded(part, own)));
  const lines: Line[] = folded(title ?? "", columns).flatMap((line) =>
    title ? [[piece(clip(line, columns), "dim")]] : [],
  );
  for (let at = 0; at < shown.length; at += inRow)
    for (const line of drawImages(pixels.slice(at, at + inRow), rows, own, captions.slice(at, at + inRow)))
      lines.push([piece(line)]);
  const more = images.length - shown.length + besides;
  return more > 0 ? [...lines, [piece(clip(`${indent}and ${more} more in the picture`, columns), "dim")]] : lines;
}

/** Means over blocks of step × step, in 0 … 1. */
function shrunk(bytes: Uint8Array, height: number, width: number, step: number): Float32Array {
  const [rows, columns] = [Math.ceil(height / step), Math.ceil(width / step)];
  const [sums, counts] = [new Float32Array(rows * columns), new Float32Array(rows * columns)];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = Math.floor(y / step) * columns + Math.floor(x / step);
      sums[at]! += bytes[y * width + x]! / 255;
      counts[at]!++;
    }
  return sums.map((sum, at) => sum / counts[at]!);
}
