/**
 * Lines of a screen as data: pieces of text with a style, measured in terminal cells.
 *
 * A piece never holds a control character: names, class labels and messages come from files, and a stray escape
 * sequence would draw wherever it likes. They are shown escaped, and measured so.
 */
import { escaped } from "../util/escape.js";
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

/**
 * Cells that a text takes: 2 for East Asian wide characters and emoji, 0 for combining and invisible ones, else 1.
 *
 * Where terminals disagree (joined emoji, keycaps) it is rather too much than too little: a line that is too long
 * wraps.
 */
export function widthOf(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += cellsOf(character);
  return width;
}

function cellsOf(character: string): number {
  const code = character.codePointAt(0)!;
  if (code < 0x300) return code < 0x20 || (code >= 0x7f && code < 0xa0) ? 0 : 1;
  // A keycap or an emoji selector makes a narrow character before it wide.
  if (code === 0xfe0f || code === 0x20e3) return 1;
  if (/[\p{Mn}\p{Me}\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(character)) return 0;
  return isWide(code) || /\p{Emoji_Presentation}/u.test(character) ? 2 : 1;
}

/** Source: Unicode 16, EastAsianWidth.txt, classes W and F, in blocks. */
function isWide(code: number): boolean {
  if (code < 0x1100) return false;
  return (
    code <= 0x115f ||
    (code >= 0x2329 && code <= 0x232a) ||
    (code >= 0x2630 && code <= 0x2637) ||
    (code >= 0x268a && code <= 0x268f) ||
    (code >= 0x2e80 && code <= 0x303e) ||
    (code >= 0x3041 && code <= 0xa4cf) ||
    (code >= 0xa960 && code <= 0xa97f) ||
    (code >= 0xac00 && code <= 0xd7ff) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe10 && code <= 0xfe19) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x16fe0 && code <= 0x18dff) ||
    (code >= 0x1aff0 && code <= 0x1b2ff) ||
    (code >= 0x1d300 && code <= 0x1d376) ||
    (code >= 0x1f000 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}

const graphemes = new Intl.Segmenter();

/** At most `columns` cells; what does not fit ends in `…`. */
export function clip(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return "";
  let [kept, width] = ["", 0];
  for (const { segment } of graphemes.segment(text)) {
    const more = widthOf(segment);
    if (width + more > columns - 1) break;
    kept += segment;
    width += more;
  }
  return `${kept.trimEnd()}…`;
}

/** Exactly `columns` cells, filled with spaces. */
export function pad(text: string, columns: number): string {
  const clipped = clip(text, columns);
  return clipped + " ".repeat(Math.max(0, columns - widthOf(clipped)));
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
