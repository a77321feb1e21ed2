/**
 * Texts measured in the cells of a terminal: 2 for East Asian wide characters and emoji, 0 for combining and invisible
 * characters and for colour codes, else 1.
 *
 * `string-width` knows which is which; Ink, which draws the live screen, measures with it too. It is loaded with the
 * first text that needs it, because that takes 20 ms and most commands print none: our own signs are one cell each.
 */
import { createRequire } from "node:module";
import { stripVTControlCharacters } from "node:util";
import type stringWidth from "string-width";

const require = createRequire(import.meta.url);
let measured: typeof stringWidth | undefined;

/** Printable ASCII; Latin letters; what our lines, plots and grids are drawn with. */
const narrow = /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u017f–—‘’“”…←↑→↓−≤≥✓✗●∞⋮▸\u2500-\u259f\u2800-\u28ff]*$/;

export function widthOf(text: string): number {
  const shown = text.includes("\u001b") ? stripVTControlCharacters(text) : text;
  if (narrow.test(shown)) return shown.length;
  measured ??= (require("string-width") as { default: typeof stringWidth }).default;
  return measured(shown);
}

let graphemes: Intl.Segmenter | undefined;

/** At most `columns` cells; what does not fit ends in `…`. Of text without colours. */
export function clip(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return "";
  graphemes ??= new Intl.Segmenter();
  let [kept, width] = ["", 0];
  for (const { segment } of graphemes.segment(text)) {
    const more = widthOf(segment);
    if (width + more > columns - 1) break;
    kept += segment;
    width += more;
  }
  return `${kept.trimEnd()}…`;
}

/** At least `columns` cells, filled with spaces, at the right unless said otherwise. */
export function fill(text: string, columns: number, side: "left" | "right" = "right"): string {
  const spaces = " ".repeat(Math.max(0, columns - widthOf(text)));
  return side === "left" ? spaces + text : text + spaces;
}

/** Exactly `columns` cells. */
export const pad = (text: string, columns: number): string => fill(clip(text, columns), columns);

/**
 * Words in lines of at most so much width, where no word is wider; a number and its % are one word.
 *
 * @param width  of a text, in cells or otherwise
 */
export function folded(text: string, most: number, width: (text: string) => number = widthOf): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/ (?!%)/)) {
    const joined = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && width(joined) <= most) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines;
}
