/**
 * Images with captions, laid out: one image and what became of it, a block of them, and below that rows of images that
 * a name tells apart.
 *
 * Places are computed from the widths of the texts, so that none meets another: a long caption is folded between words.
 */
import { folded } from "../util/width.js";
import { faint, ink } from "./figure.js";
import { textWidth } from "./font.js";
import { clipped } from "./table.js";
import { averaged, blockOf, tileOf, urlOf } from "./tiles.js";

export interface Captioned {
  /** [height, width, channels] in 0 … 1. */
  readonly image: ArrayLike<number>;
  /** Under it, its parts (`, ` between them) each on a line; also for who cannot see it. */
  readonly caption: string;
}
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
}

const [gap, lineHeight, headHeight] = [6, 15, 24];
/** Of names and of captions. */
const [nameSize, captionSize] = [12, 11];
const blockColumns = 9;
/** px: a longer line of a caption is folded between words, else clipped. */
const longestLine = 84;

const captionWidth = (text: string): number => Math.ceil(textWidth(text, captionSize));
const linesOf = (caption: string): readonly string[] =>
  caption
    .split(", ")
    .flatMap((part) => folded(part, longestLine, captionWidth))
    .map((line) => clipped(line, longestLine, false, captionSize));

interface Tile {
  readonly x: number;
  readonly y: number;
  readonly url: string;
  readonly told: string;
}
interface Text {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** A layered view of fixed size, for `figureOf`. @param shape  of every image: height, width, channels */
export async function imageSheet({ block, strips, head }: Sheet, shape: readonly number[]) {
  const [height, width, channels] = shape as readonly [number, number, number];
  const [tileWidth, tileHeight] = tileOf(height, width);
  const all = [...(block ? [block.original, ...block.images] : []), ...strips.flatMap(({ images }) => images)];
  const step = blockOf(height, width, all.length * height * width * channels);
  const tiles: Tile[] = [];
  const [heads, names, captions]: [Text[], Text[], Text[]] = [[], [], []];
  const draw = async ({ image, caption }: Captioned, x: number, y: number, of = ""): Promise<void> => {
    const raster = averaged(image, height, width, channels, step, (value) => value * 255);
    tiles.push({ x, y, url: await urlOf(raster), told: of + caption });
  };
  /** Centred under an image. @returns lines */
  const tell = ({ caption }: Captioned, x: number, y: number): number => {
    const lines = linesOf(caption);
    for (const [line, text] of lines.entries())
      captions.push({ x: x + tileWidth / 2, y: y + tileHeight + (line + 0.5) * lineHeight, text });
    return lines.length;
  };

  const pitch = tileWidth + gap;
  const labels = strips.map(({ name }) => Math.ceil(textWidth(name, nameSize)) + 2 * gap);
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
  for (const { x, text } of heads) right = Math.max(right, x + Math.ceil(textWidth(text, nameSize, "bold")));
  return layered([right, y - gap], [tileWidth, tileHeight], tiles, { heads, names, captions });
}

function layered(
  [width, height]: readonly [number, number],
  [tileWidth, tileHeight]: readonly [number, number],
  tiles: readonly Tile[],
  { heads, names, captions }: Readonly<Record<"heads" | "names" | "captions", readonly Text[]>>,
) {
  const scale = { nice: false, zero: false };
  const position = {
    x: { field: "x", type: "quantitative", axis: null, scale: { ...scale, domain: [0, width] } },
    y: { field: "y", type: "quantitative", axis: null, scale: { ...scale, domain: [height, 0], reverse: false } },
  };
  const text = (values: readonly Text[], mark: Readonly<Record<string, unknown>>) => ({
    data: { values },
    mark: { type: "text", baseline: "middle", fontSize: nameSize, color: ink, aria: false, ...mark },
    encoding: { ...position, text: { field: "text" } },
  });
  const images = { type: "image", width: tileWidth, height: tileHeight, smooth: false, aspect: false };
  return {
    width,
    height,
    layer: [
      {
        data: { values: tiles },
        mark: { ...images, align: "left", baseline: "top" },
        encoding: {
          ...position,
          url: { field: "url", type: "nominal" },
          // Otherwise Vega would tell screen readers all fields, and so embed each image twice.
          description: { field: "told", type: "nominal" },
        },
      },
      text(heads, { align: "left", fontWeight: "bold" }),
      text(names, { align: "left" }),
      text(captions, { align: "center", fontSize: captionSize, color: faint }),
    ].filter(({ data }) => data.values.length > 0),
  };
}
