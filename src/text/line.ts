/**
 * Lines of a screen as data: pieces of text with a style, measured in terminal cells.
 *
 * A piece never holds a control character: names, class labels and messages come from files, and a stray escape
 * sequence would draw wherever it likes. They are shown escaped, and measured so.
 */

import { escaped } from "../util/escape.js";
import { clip, widthOf } from "../util/width.js";
import type { Style } from "./color.js";

export interface Segment {
  readonly text: string;
  readonly style?: Style;
}
export type Line = readonly Segment[];

/** One piece, its control characters (line ends too) escaped. */
export function piece(text: string, style?: Style): Segment {
  const clean = escaped(text);
  return style ? { text: clean, style } : { text: clean };
}

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + widthOf(text), 0);
export const lineText = (line: Line): string => line.map(({ text }) => text).join("");

/** At most `columns` cells in all; the piece that crosses the edge is clipped and the rest left out. */
export function clipLine(line: Line, columns: number): Line {
  const kept: Segment[] = [];
  let room = columns;
  for (const [index, segment] of line.entries()) {
    const width = widthOf(segment.text);
    // The last cell is kept for `…` when more pieces with text follow.
    const follows = line.slice(index + 1).some(({ text }) => text.trim() !== "");
    if (width < room || (width === room && !follows)) {
      kept.push(segment);
      room -= width;
      continue;
    }
    const text = width > room ? clip(segment.text, room) : clip(`${segment.text}…`, room);
    if (text !== "") kept.push({ ...segment, text });
    break;
  }
  return kept;
}
/** Two columns of lines, the left one `columns` cells wide. */
export function beside(left: readonly Line[], right: readonly Line[], columns: number): readonly Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, row) => {
    const line = clipLine(left[row] ?? [], columns);
    return [...line, { text: " ".repeat(columns - lineWidth(line)) }, ...(right[row] ?? [])];
  });
}
