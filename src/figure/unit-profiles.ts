/**
 * How strongly the units of a layer answer, one row an input: the input beside a bar for each unit; of more units than
 * bars can show beside one another a strip of light, folded into rows. All inputs have one scale.
 */

import { grouped, shortText } from "../util/numbers.js";
import type { Sketch } from "../values/sketch.js";
import { foldedLines, textWidth } from "./font.js";
import { imageSketch } from "./image-sketch.js";
import { nothingPlaced, type Placed, placedView, placeLegend, textSize } from "./placed.js";
import { maximum, minimum } from "./scale.js";
import { greatest, type LightScale, signedScale, unsignedScale } from "./signed-light.js";
import { gridWidth } from "./tile-grid.js";
import { averaged, blockOf, type Captioned, tileOf, urlOf } from "./tiles.js";

export interface UnitProfile {
  /** What it was shown. */
  readonly head: string;
  /** Below that. */
  readonly lines: readonly string[];
  /** Where it is an image, with its own shape. */
  readonly image?: Captioned;
  /** Of each unit, in order; every profile has as many. */
  readonly values: ArrayLike<number>;
}

/** More are not told apart beside one another. */
export const mostBars = 128;
/** Of a strip: units in a row. */
const inRow = 128;
const [gap, lineHeight, barHeight, element] = [6, 16, 64, 2.5];
/** px; strips of few rows are drawn higher. */
const leastStrip = 30;

/** @param names  of the units, from the first on: numbers, or classes */
export async function unitProfiles(profiles: readonly UnitProfile[], names: readonly string[]) {
  const placed = nothingPlaced();
  const all = profiles.map(({ values }) => Array.from(values));
  const ends = [Math.min(0, minimum(all.map(minimum))), Math.max(0, maximum(all.map(maximum)))] as const;
  const areBars = names.length <= mostBars;
  const scale = lightOf(all);
  const labels = areBars
    ? ends.map((end) => shortText(end))
    : [grouped(1 + inRow * Math.floor((names.length - 1) / inRow))];
  const room = Math.max(...labels.map((label) => Math.ceil(textWidth(label, textSize)))) + gap;
  const tiles = profiles.flatMap(({ image }) => (image ? [tileOf(image.shape![0]!, image.shape![1]!)] : []));
  const left = Math.max(0, ...tiles.map(([width]) => width + 2 * gap)) + room;
  const right = left + Math.max(gridWidth - left, inRow * element);
  let y = 0;
  for (const { head, lines, image, values } of profiles) {
    for (const text of foldedLines([head], right)) {
      placed.heads.push({ x: 0, y: y + lineHeight / 2, text });
      y += lineHeight;
    }
    for (const text of foldedLines(lines, right)) {
      placed.names.push({ x: 0, y: y + lineHeight / 2, text });
      y += lineHeight;
    }
    y += 2 * gap;
    const below = image ? await placeImage(placed, image, y) : 0;
    const drawn = areBars
      ? placeBars(placed, values, names, ends, [left, right], y)
      : await placeStrip(placed, values, scale, left, y);
    y += Math.max(below, drawn) + 2 * gap;
  }
  if (!areBars) {
    await placeLegend(placed, { scale, of: "" }, left, y - gap);
    y += 2 * lineHeight;
  }
  return placedView([right, y - 2 * gap], placed);
}

const lightOf = (all: readonly (readonly number[])[]): LightScale => {
  const most = greatest(...all);
  return all.some((values) => values.some((value) => value < 0)) ? signedScale(most) : unsignedScale(most);
};

/** @returns  height in px */
async function placeImage(placed: Placed, { image, shape, caption }: Captioned, y: number): Promise<number> {
  const [height, width, channels] = shape as readonly [number, number, number];
  const [tileWidth, tileHeight] = tileOf(height, width);
  const raster = averaged(image, height, width, channels, blockOf(height, width, 0), (value) => value * 255);
  placed.images.push({ x: 0, y, width: tileWidth, height: tileHeight, url: await urlOf(raster), told: caption });
  return tileHeight;
}

/** A bar a unit from 0 up or down, the ends of their axis, and numbers below. @returns  height in px */
function placeBars(
  placed: Placed,
  values: ArrayLike<number>,
  names: readonly string[],
  [low, high]: readonly [number, number],
  [left, right]: readonly [number, number],
  y: number,
): number {
  const range = high - low || 1;
  const at = (value: number): number => y + barHeight * ((high - value) / range);
  const pitch = (right - left) / names.length;
  placed.rules.push({ x: left, x2: right, y: at(0), y2: at(0) });
  for (let unit = 0; unit < names.length; unit++) {
    const value = values[unit]!;
    if (value === 0) continue;
    const x = left + unit * pitch;
    placed.bars.push({ x: x + 0.1 * pitch, x2: x + 0.9 * pitch, y: at(value), y2: at(0) });
  }
  // An end that is next to 0 would be written over it.
  for (const end of [high, low])
    if (end !== 0 && Math.abs(at(end) - at(0)) >= textSize)
      placed.ends.push({ x: left - gap, y: at(end), text: shortText(end) });
  placed.ends.push({ x: left - gap, y: at(0), text: "0" });
  for (const unit of labelled(names, pitch)) {
    const x = left + (unit + 0.5) * pitch - textWidth(names[unit]!, textSize) / 2;
    placed.names.push({ x, y: y + barHeight + lineHeight / 2, text: names[unit]! });
  }
  return barHeight + lineHeight;
}

/** Units whose names have room below: all, else every 2nd, 4th, 8th …, numbers such that 8, 16, … are among them. */
function labelled(names: readonly string[], pitch: number): readonly number[] {
  const widest = Math.max(...names.map((name) => textWidth(name, textSize))) + gap;
  let every = 1;
  while (every * pitch < widest) every *= 2;
  if (every === 1) return names.map((_, unit) => unit);
  const hasFirst = (every - 1) * pitch >= widest;
  return names.map((_, unit) => unit).filter((unit) => (unit === 0 && hasFirst) || (unit + 1) % every === 0);
}

/** @returns  height in px */
async function placeStrip(
  placed: Placed,
  values: ArrayLike<number>,
  scale: LightScale,
  left: number,
  y: number,
): Promise<number> {
  const rows = Math.ceil(values.length / inRow);
  const high = Math.max(element, Math.floor((2 * leastStrip) / rows) / 2);
  const light = scale.light(values);
  // What the last row lacks stays white.
  const cells = new Float32Array(rows * inRow * scale.channels).fill(1);
  cells.set(light);
  const url = await urlOf(averaged(cells, rows, inRow, scale.channels, 1, (value) => value * 255));
  placed.images.push({
    x: left,
    y,
    width: inRow * element,
    height: rows * high,
    url,
    told: "activations, unit by unit",
  });
  const every = Math.max(1, Math.ceil(textSize / high));
  const numbered = Array.from({ length: rows }, (_, row) => row).filter(
    (row) => row % (2 * every) === 0 || (row === rows - 1 && row % (2 * every) >= every),
  );
  for (const row of numbered)
    placed.ends.push({ x: left - gap, y: y + (row + 0.5) * high, text: grouped(1 + row * inRow) });
  return rows * high + textSize / 2;
}

/** The same for a terminal: the image, and a line of the units' values, or the strip in grey. */
export function unitProfileSketches(profiles: readonly UnitProfile[], names: readonly string[]): readonly Sketch[] {
  const scale = lightOf(profiles.map(({ values }) => Array.from(values)));
  return profiles.flatMap(({ head, lines, image, values }): readonly Sketch[] => {
    const input: readonly Sketch[] = image
      ? [imageSketch([{ ...image, caption: "" }], image.shape!, head), { type: "text", lines }]
      : [{ type: "text", title: head, lines }];
    if (names.length <= mostBars) return [...input, plotOf(values)];
    const rows = Math.ceil(values.length / inRow);
    const grey = new Float32Array(rows * inRow);
    grey.set(scale.grey(values));
    const title = `${inRow} units a row; ${scale.inGrey}`;
    return [...input, imageSketch([{ image: grey, caption: "" }], [rows, inRow, 1], title, Math.max(rows, inRow))];
  });
}

const plotOf = (values: ArrayLike<number>): Sketch => ({
  type: "plot",
  x: "unit",
  y: "activation",
  series: [{ name: "activation", marks: "line", points: stairs(values) }],
});
/** As wide as their places, so that a unit at 0 stands at 0; the first and the last half as wide. */
const stairs = (values: ArrayLike<number>): readonly (readonly [number, number])[] =>
  Array.from(values).flatMap((value, unit) => [
    [Math.max(1, unit + 0.5), value] as const,
    [Math.min(values.length, unit + 1.5), value] as const,
  ]);
