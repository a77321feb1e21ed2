/**
 * Bars from left to right, the longest as long as the window allows, each with its text behind it.
 *
 * Several series stand below each other under one name, each in its own sign. Where there is no room for bars, names
 * and texts stay.
 */

import { clip, fill, widthOf } from "../util/width.js";
import type { Sketch } from "../values/sketch.js";
import type { Style } from "./color.js";
import { clipLine, type Line, piece } from "./line.js";

type Bars = Extract<Sketch, { type: "bars" }>;

const indent = "  ";
const gap = "  ";
/** Wider, bars are no easier to compare. */
const mostColumns = 100;
const [shortName, leastBar] = [8, 4];
/** More rows are counted. */
const mostLines = 80;
const signs = ["█", "▒", "░", "▓", "▄", "═", "─"] as const;
const styles: readonly Style[] = ["cyan", "yellow", "green", "red", "bold", "dim"];
/** A full block ends on an eighth of a cell. */
const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;

export function barLines({ title, series, rows }: Bars, columns: number): readonly Line[] {
  const head: readonly Line[] = title ? [[piece(clip(title, columns), "dim")]] : [];
  const texts = rows.flatMap(({ bars }) => bars.flatMap((bar) => (bar ? [widthOf(piece(bar.text).text)] : [])));
  const [room, textWidth] = [Math.min(columns, mostColumns) - indent.length, Math.max(0, ...texts)];
  const longest = Math.max(0, ...rows.map(({ name }) => widthOf(piece(name).text)));
  // A long name takes what the shortest bar leaves, but no more than a third.
  const nameWidth = Math.max(0, Math.min(longest, Math.max(shortName, Math.floor(room / 3))));
  const barWidth = room - nameWidth - textWidth - 2 * gap.length;
  const hasBars = barWidth >= leastBar;
  const greatest = Math.max(0, ...rows.flatMap(({ bars }) => bars.map((bar) => bar?.value ?? 0)));
  const line = (name: string, bar: Bars["rows"][number]["bars"][number], index: number): Line => {
    const named = piece(`${indent}${fill(clip(piece(name).text, nameWidth), nameWidth)}${gap}`);
    if (!bar) return [named, piece("–", "dim")];
    const length = greatest === 0 ? 0 : (bar.value / greatest) * barWidth;
    const drawn = hasBars ? [piece(fill(barOf(length, bar.value > 0, index), barWidth)), piece(gap)] : [];
    const [mark] = drawn;
    return [
      named,
      ...(mark ? [{ ...mark, style: styles[index % styles.length]! }, ...drawn.slice(1)] : []),
      piece(fill(bar.text, textWidth, "left")),
    ];
  };
  const shown = rows.slice(0, Math.max(1, Math.floor(mostLines / Math.max(1, series.length))));
  const lines = shown.flatMap(({ name, bars }) => bars.map((bar, index) => line(index === 0 ? name : "", bar, index)));
  const legend = series.map((name, index) => `${signs[index % signs.length]} ${name}`);
  const more = rows.length - shown.length;
  return [
    ...head,
    ...(series.length > 1 ? [[piece(clip(`${indent}${legend.join(gap)}`, columns))]] : []),
    ...lines.map((each) => clipLine(each, columns)),
    ...(more > 0 ? [[piece(clip(`${indent}and ${more} more in the picture`, columns), "dim" as const)]] : []),
  ];
}

/** What is there is seen, however short. */
function barOf(length: number, isSome: boolean, index: number): string {
  const sign = signs[index % signs.length]!;
  if (index > 0) return sign.repeat(isSome ? Math.max(1, Math.round(length)) : 0);
  const parts = isSome ? Math.max(1, Math.round(8 * length)) : 0;
  return sign.repeat(Math.floor(parts / 8)) + eighths[parts % 8]!;
}
