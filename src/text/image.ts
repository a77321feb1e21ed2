/**
 * Grey images as text: two pixels above each other share a character, so that a pixel is about as wide as high.
 *
 * Shades are characters, not colours, so a picture survives a pipe.
 */

import { escaped } from "../util/escape.js";
import { pad } from "../util/width.js";

const shades = " ░▒▓█";

/**
 * @param images    pixels in 0 … 1, row by row; larger is brighter
 * @param captions  the lines below each
 */
export function drawImages(
  images: readonly Float32Array[],
  height: number,
  width: number,
  captions: readonly (readonly string[])[],
): readonly string[] {
  const lines: string[] = [];
  const shade = (value: number): string =>
    shades[Math.max(0, Math.min(shades.length - 1, Math.round(value * (shades.length - 1))))]!;
  for (let row = 0; row < height; row += 2) {
    const cells = images.map((image) => {
      let text = "";
      for (let column = 0; column < width; column++) {
        const above = image[row * width + column]!;
        const below = row + 1 < height ? image[(row + 1) * width + column]! : above;
        text += halves(above, below, shade);
      }
      return text;
    });
    lines.push(`  ${cells.join("  ")}`.trimEnd());
  }
  for (let line = 0; line < Math.max(...captions.map(({ length }) => length)); line++)
    lines.push(`  ${captions.map((caption) => pad(escaped(caption[line] ?? ""), width)).join("  ")}`.trimEnd());
  return lines;
}

function halves(above: number, below: number, shade: (value: number) => string): string {
  if (above >= 0.5 && below < 0.25) return "▀";
  if (below >= 0.5 && above < 0.25) return "▄";
  return shade((above + below) / 2);
}
