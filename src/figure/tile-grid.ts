import type { Sketch } from "../values/sketch.js";
import { foldedLines, textWidth } from "./font.js";
import { imageSketch } from "./image-sketch.js";
import { legendHeight, nothingPlaced, type Placed, placedView, placeLegend, textSize } from "./placed.js";
import type { LightScale } from "./signed-light.js";
import type { Captioned } from "./tiles.js";
import { averaged, blockOf, tileOf, urlOf } from "./tiles.js";

/** An image of a grid: numbers on a scale, with the number by which it is called. */
export interface Tile extends Captioned {
  readonly number: number;
}
export interface Grid {
  /** Above it; empty where its figure's title says it. */
  readonly head: string;
  /** All of one size; at least one. */
  readonly tiles: readonly Tile[];
  readonly scale: LightScale;
}
export interface GridBlock {
  /** What the grids below are of: an image, its caption beside it, or words alone. */
  readonly input?: Captioned | string;
  readonly grids: readonly Grid[];
}

/** px: with it and the margins, texts of 12 px have 6 pt on 85 mm. */
export const gridWidth = 416;
const [gap, headHeight, lineHeight] = [6, 22, 15];
/** Between two images, in px: of many, and of few, which are larger. */
const [between, betweenFew] = [2, 4];
/** In a row, of many and of few. */
const [mostColumns, fewColumns] = [16, 8];
const few = 32;

/**
 * How many images stand in a row, and how many px a picture element has.
 *
 * Sixteen in a row, of up to 32 eight; fewer where they would be smaller than one px a picture element.
 */
export function gridOf(count: number, height: number, width: number): { columns: number; element: number } {
  const wanted = count <= few ? fewColumns : mostColumns;
  const fitting = Math.floor(gridWidth / (Math.max(height, width) + between));
  const columns = Math.max(2, Math.min(wanted, Math.max(fitting, fewColumns)));
  const room = Math.floor(gridWidth / columns) - (columns > fewColumns ? between : betweenFew);
  const most = room / Math.max(height, width);
  return { columns, element: most < 0.5 ? most : Math.floor(2 * most) / 2 };
}

const valuesOf = (blocks: readonly GridBlock[]): number =>
  blocks
    .flatMap(({ grids }) => grids.flatMap(({ tiles }) => tiles))
    .reduce((sum, { grey, image }) => sum + (grey ?? image).length, 0);
const stepOf = ({ tiles }: Grid, values: number): number => blockOf(tiles[0]!.shape![0]!, tiles[0]!.shape![1]!, values);

/** Said where images are too large, or too many, for all their picture elements; nothing where all are drawn. */
export function averagedLines(blocks: readonly GridBlock[]): readonly string[] {
  const values = valuesOf(blocks);
  const step = Math.max(...blocks.flatMap(({ grids }) => grids.map((grid) => stepOf(grid, values))));
  return step > 1 ? [`averaged over up to ${step} × ${step} picture elements`] : [];
}

const follow = (tiles: readonly Tile[]): boolean =>
  tiles.every(({ number }, at) => at === 0 || number === tiles[at - 1]!.number + 1);

/** A layered view of fixed size, for `figureOf`. @param shape  of inputs: height, width, channels */
export async function tileGrids(blocks: readonly GridBlock[], shape: readonly number[] = []) {
  const placed = nothingPlaced();
  const all = blocks.flatMap(({ grids }) => grids.flatMap(({ tiles }) => tiles));
  const values = valuesOf(blocks);
  const left = Math.max(0, ...all.map(({ number }) => Math.ceil(textWidth(String(number), textSize)) + gap));
  let [right, y] = [left + gridWidth, 0];
  for (const { input, grids } of blocks) {
    if (typeof input === "string") y += placeWords(placed, input, 0, y) + gap;
    else if (input) y += await placeInput(placed, input, shape, y);
    for (const grid of grids) {
      if (grid.head !== "") {
        placed.heads.push({ x: 0, y: y + headHeight / 2, text: grid.head });
        y += headHeight;
      }
      right = Math.max(right, await placeLegend(placed, { scale: grid.scale, of: "" }, left, y));
      y += legendHeight;
      y += await placeTiles(placed, grid, values, left, y);
    }
    y += gap;
  }
  return placedView([right, y - 2 * gap], placed);
}

/** @returns  height in px */
async function placeInput(placed: Placed, input: Captioned, shape: readonly number[], y: number): Promise<number> {
  const [height, width, channels] = (input.shape ?? shape) as readonly [number, number, number];
  const [tileWidth, tileHeight] = tileOf(height, width);
  const raster = averaged(input.image, height, width, channels, blockOf(height, width, 0), (value) => value * 255);
  const size = { x: 0, y, width: tileWidth, height: tileHeight };
  placed.images.push({ ...size, url: await urlOf(raster), told: input.caption });
  return Math.max(tileHeight, placeWords(placed, input.caption, tileWidth + 2 * gap, y)) + 2 * gap;
}

/** Parts, which `, ` parts, each on a line. @returns  height in px */
function placeWords(placed: Placed, words: string, x: number, y: number): number {
  const lines = foldedLines(words.split(", "), gridWidth - x);
  for (const [line, text] of lines.entries()) placed.names.push({ x, y: y + (line + 0.5) * lineHeight, text });
  return lines.length * lineHeight;
}

/** @returns  height in px */
async function placeTiles(placed: Placed, grid: Grid, values: number, left: number, top: number): Promise<number> {
  const { tiles } = grid;
  const [height, width, channels] = tiles[0]!.shape as readonly [number, number, number];
  const { columns, element } = gridOf(tiles.length, height, width);
  const step = stepOf(grid, values);
  const inTurn = follow(tiles);
  const [tileWidth, tileHeight] = [width * element, height * element];
  const pitch = Math.floor(gridWidth / columns);
  const down = Math.ceil(tileHeight) + pitch - Math.ceil(Math.max(tileWidth, tileHeight)) + (inTurn ? 0 : lineHeight);
  for (const [at, { image, caption, number }] of tiles.entries()) {
    const [x, y] = [left + (at % columns) * pitch, top + Math.floor(at / columns) * down];
    const url = await urlOf(averaged(image, height, width, channels, step, (value) => value * 255));
    placed.images.push({ x, y, width: tileWidth, height: tileHeight, url, told: caption });
    if (!inTurn) placed.names.push({ x, y: y + tileHeight + lineHeight / 2, text: String(number) });
    else if (at % columns === 0) placed.ends.push({ x: left - gap, y: y + tileHeight / 2, text: String(number) });
  }
  return Math.ceil(tiles.length / columns) * down + gap;
}

/** The same for a terminal, a sketch a grid: in grey, what dark and light are in its title. */
export const gridSketches = (blocks: readonly GridBlock[], shape: readonly number[] = []): readonly Sketch[] =>
  blocks.flatMap(({ input, grids }) => [
    ...inputSketch(input, shape),
    ...grids.map(({ head, tiles, scale }) =>
      imageSketch(
        tiles.map((tile) => ({ ...tile, caption: String(tile.number) })),
        tiles[0]!.shape!,
        head === "" ? scale.inGrey : `${head}: ${scale.inGrey}`,
      ),
    ),
  ]);

function inputSketch(input: Captioned | string | undefined, shape: readonly number[]): readonly Sketch[] {
  if (input === undefined) return [];
  if (typeof input === "string") return [{ type: "text", lines: [input] }];
  return [imageSketch([{ ...input, caption: "" }], input.shape ?? shape, input.caption)];
}
