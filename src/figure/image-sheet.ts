/**
 * Images with captions, laid out: one image and what became of it, a block of them, below that rows of images that
 * a name tells apart, and last the scales of those that show numbers.
 *
 * Places are computed from the widths of the texts, so that none meets another: a long caption is folded between words.
 */
import { folded } from "../util/width.js";
import { textWidth } from "./font.js";
import {
  captionSize,
  frameOf,
  legendHeight,
  nothingPlaced,
  placedView,
  placeLegend,
  type Scaled,
  textSize,
} from "./placed.js";
import { clipped } from "./table.js";
import { averaged, blockOf, type Captioned, tileOf, urlOf } from "./tiles.js";

interface Block {
  readonly head: string;
  readonly original: Captioned;
  /** Beside each other without captions, in rows. */
  readonly images: readonly Captioned[];
}
export interface Strip {
  /** Before it; empty for a row that only goes on. */
  readonly name: string;
  readonly images: readonly Captioned[];
}
export interface Sheet {
  readonly block?: Block;
  readonly strips: readonly Strip[];
  /** Above the strips. */
  readonly head?: string;
  /** Thin lines around images that may be as white as the paper. */
  readonly isFramed?: boolean;
  /** Of images that show numbers: each below the other, at the end. */
  readonly legends?: readonly Scaled[];
}

const [gap, lineHeight, headHeight] = [6, 15, 24];
const blockColumns = 9;
/** px: a longer line of a caption is folded between words, else clipped. */
const longestLine = 84;

const captionWidth = (text: string): number => Math.ceil(textWidth(text, captionSize));
const linesOf = (caption: string): readonly string[] =>
  caption
    .split(", ")
    .flatMap((part) => folded(part, longestLine, captionWidth))
    .map((line) => clipped(line, longestLine, false, captionSize));

/** A layered view of fixed size, for `figureOf`. @param shape  of images without their own: height, width, channels */
export async function imageSheet({ block, strips, head, isFramed, legends = [] }: Sheet, shape: readonly number[]) {
  const all = [...(block ? [block.original, ...block.images] : []), ...strips.flatMap(({ images }) => images)];
  const shapeOf = (each: Captioned) => (each.shape ?? shape) as readonly [number, number, number];
  const tiles = all.map((each) => tileOf(...sideOf(shapeOf(each))));
  const [tileWidth, tileHeight] = [0, 1].map((side) => Math.max(...tiles.map((tile) => tile[side]!))) as [
    number,
    number,
  ];
  // Numbers in colour hold no more than the same in grey.
  const values = all.reduce((sum, each) => sum + (each.grey ?? each.image).length, 0);
  const placed = nothingPlaced();
  const { heads, names, captions } = placed;
  const draw = async (each: Captioned, x: number, y: number, of = ""): Promise<void> => {
    const [height, width, channels] = shapeOf(each);
    const step = blockOf(height, width, values);
    const raster = averaged(each.image, height, width, channels, step, (value) => value * 255);
    const [ownWidth, ownHeight] = tileOf(height, width);
    const own = { x: x + (tileWidth - ownWidth) / 2, y, width: ownWidth, height: ownHeight };
    placed.images.push({ ...own, url: await urlOf(raster), told: of + each.caption });
    if (isFramed) placed.rules.push(...frameOf(own));
  };
  /** Centred under an image. @returns lines */
  const tell = ({ caption }: Captioned, x: number, y: number): number => {
    const lines = linesOf(caption);
    for (const [line, text] of lines.entries())
      captions.push({ x: x + tileWidth / 2, y: y + tileHeight + (line + 0.5) * lineHeight, text });
    return lines.length;
  };

  const pitch = tileWidth + gap;
  const labels = strips.map(({ name }) => Math.ceil(textWidth(name, textSize)) + 2 * gap);
  const left = Math.max(
    ...(block ? [tileWidth + 3 * gap, captionWidth(block.original.caption) + 2 * gap] : []),
    ...labels,
  );
  let [right, y] = [0, 0];
  if (block) {
    const { original, images } = block;
    heads.push({ x: left, y: headHeight / 2, text: block.head });
    y = headHeight;
    await draw(original, 0, y);
    tell(original, 0, y);
    for (const [at, shown] of images.entries())
      await draw(shown, left + (at % blockColumns) * pitch, y + Math.floor(at / blockColumns) * (tileHeight + gap));
    right = left + Math.min(images.length, blockColumns) * pitch;
    const rows = Math.ceil(images.length / blockColumns);
    y += Math.max(rows * (tileHeight + gap), tileHeight + lineHeight + gap) + gap;
  }
  if (head !== undefined && strips.length > 0) {
    heads.push({ x: left, y: y + headHeight / 2, text: head });
    y += headHeight;
  }
  const lines = strips.flatMap(({ images }) => images.flatMap(({ caption }) => linesOf(caption)));
  const wide = Math.max(pitch, ...lines.map((line) => captionWidth(line) + 2 * gap));
  // A caption that is wider than its image needs room on the left, too.
  const start = left + (wide - pitch) / 2;
  for (const { name, images } of strips) {
    if (name !== "") names.push({ x: 0, y: y + tileHeight / 2, text: name });
    let most = 1;
    for (const [at, shown] of images.entries()) {
      await draw(shown, start + at * wide, y, name === "" ? "" : `${name}: `);
      most = Math.max(most, tell(shown, start + at * wide, y));
    }
    right = Math.max(right, left + images.length * wide);
    y += tileHeight + most * lineHeight + gap;
  }
  for (const { x, text } of heads) right = Math.max(right, x + Math.ceil(textWidth(text, textSize, "bold")));
  for (const legend of legends) {
    right = Math.max(right, await placeLegend(placed, legend, 0, y));
    y += legendHeight;
  }
  return placedView([right, y - gap], placed);
}

const sideOf = ([height, width]: readonly [number, number, number]) => [height, width] as const;
