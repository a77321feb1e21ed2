/**
 * The font that we ship, DejaVu Sans, and how wide its text is.
 *
 * Vega lays out titles, axes and legends by the width of their text. Without a canvas it guesses, and with one it asks
 * whatever fonts the machine has; both would make the layout wrong or different from machine to machine. So widths
 * are read from the font's own tables. Font files are read on first use and kept, which is right because they are part
 * of an installed package and do not change while a process lives.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { EnvironmentError } from "../diagnostic/diagnostic.js";
import { folded } from "../util/width.js";

const fontNames = { normal: "DejaVuSans.ttf", bold: "DejaVuSans-Bold.ttf" } as const;
type Weight = keyof typeof fontNames;

/** Paths of the TrueType files. @throws EnvironmentError when the package is not installed */
export function fontFiles(): readonly string[] {
  return Object.values(fontNames).map(fontPath);
}
function fontPath(name: string): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/package.json")), "ttf", name);
  } catch {
    throw new EnvironmentError(
      `The font \`${name}\` is missing: the npm package dejavu-fonts-ttf is not installed. Run \`npm ci\` again.`,
    );
  }
}

/** Advance of each character, in ems. */
type Advances = (codePoint: number) => number;
const advances = new Map<Weight, Advances>();

/**
 * Width of a line of text, without kerning.
 *
 *   width = fontSize × Σ advance(character)
 *
 * @param fontSize  in px
 * @returns         in px; 0 for empty text
 */
export function textWidth(text: string, fontSize: number, weight: Weight = "normal"): number {
  let advanceOf = advances.get(weight);
  if (!advanceOf) {
    advanceOf = readAdvances(readFileSync(fontPath(fontNames[weight])));
    advances.set(weight, advanceOf);
  }
  let ems = 0;
  for (const character of text) ems += advanceOf(character.codePointAt(0)!);
  return ems * fontSize;
}

/** Lines no wider than so many px, folded between words: of a subtitle, which else would widen its figure. */
export const foldedLines = (lines: readonly string[], most: number, fontSize = 12): readonly string[] =>
  lines.flatMap((line) => folded(line, most, (text) => textWidth(text, fontSize)));

/**
 * Reads the advances of a TrueType font: `head` for the units per em, `hhea` and `hmtx` for the advance of each glyph,
 * `cmap` (format 4, Unicode up to U+FFFF) for the glyph of each character. Other characters have glyph 0.
 * Source: OpenType specification 1.9, chapters head, hhea, hmtx and cmap.
 */
function readAdvances(font: Buffer): Advances {
  const tables = new Map<string, number>();
  for (let table = 0; table < font.readUInt16BE(4); table++) {
    const at = 12 + 16 * table;
    tables.set(font.toString("latin1", at, at + 4), font.readUInt32BE(at + 8));
  }
  const start = (name: string): number => {
    const offset = tables.get(name);
    if (offset === undefined)
      throw new EnvironmentError(`The font has no table \`${name}\`: the npm package dejavu-fonts-ttf is damaged.`);
    return offset;
  };
  const unitsPerEm = font.readUInt16BE(start("head") + 18);
  const metrics = font.readUInt16BE(start("hhea") + 34);
  const glyphOf = readCharacterMap(font, start("cmap"));
  const widths = start("hmtx");
  // Glyphs after the last metric share its advance.
  return (codePoint) => font.readUInt16BE(widths + 4 * Math.min(glyphOf(codePoint), metrics - 1)) / unitsPerEm;
}

function readCharacterMap(font: Buffer, cmap: number): (codePoint: number) => number {
  const count = font.readUInt16BE(cmap + 2);
  const subtables = Array.from({ length: count }, (_, index) => cmap + font.readUInt32BE(cmap + 4 + 8 * index + 4));
  const table = subtables.find((offset) => font.readUInt16BE(offset) === 4);
  if (table === undefined)
    throw new EnvironmentError(
      "The font has no character map of format 4: the npm package dejavu-fonts-ttf is damaged.",
    );
  const twice = font.readUInt16BE(table + 6);
  const [ends, starts, deltas, offsets] = [14, 16 + twice, 16 + 2 * twice, 16 + 3 * twice].map(
    (offset) => table + offset,
  ) as [number, number, number, number];
  return (codePoint) => {
    for (let segment = 0; segment < twice; segment += 2) {
      if (codePoint > font.readUInt16BE(ends + segment)) continue;
      const first = font.readUInt16BE(starts + segment);
      if (codePoint < first) return 0;
      const delta = font.readUInt16BE(deltas + segment);
      const offset = font.readUInt16BE(offsets + segment);
      if (offset === 0) return (codePoint + delta) & 0xffff;
      const glyph = font.readUInt16BE(offsets + segment + offset + 2 * (codePoint - first));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}
