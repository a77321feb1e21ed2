/**
 * Images, bars and texts at places in px, as a layered view: what sheets and grids of images are drawn with.
 *
 * Places are the maker's; here they meet one style and one order of layers, and scales of numbers get their bar.
 */

import { shortText } from "../util/numbers.js";
import { darkColour, faint, ink } from "./figure.js";
import { textWidth } from "./font.js";
import type { LightScale } from "./signed-light.js";
import { averaged, urlOf } from "./tiles.js";

/** Of names and of captions. */
export const [textSize, captionSize] = [12, 11] as const;

interface PlacedImage {
  /** Of its upper left corner. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly url: string;
  /** For who cannot see it. */
  readonly told: string;
}
interface PlacedText {
  readonly x: number;
  /** Of its middle. */
  readonly y: number;
  readonly text: string;
}
/** In one dark colour. */
interface PlacedBar {
  readonly x: number;
  readonly y: number;
  readonly x2: number;
  readonly y2: number;
}
export interface Placed {
  readonly images: PlacedImage[];
  readonly bars: PlacedBar[];
  /** Thin lines, behind bars. */
  readonly rules: PlacedBar[];
  /** Bold, from their left end. */
  readonly heads: PlacedText[];
  readonly names: PlacedText[];
  /** Faint, centred. */
  readonly captions: PlacedText[];
  /** Faint, to their right end. */
  readonly ends: PlacedText[];
}
/** Four rules around it. */
export function frameOf({ x, y, width, height }: Pick<PlacedImage, "x" | "y" | "width" | "height">): PlacedBar[] {
  const [right, bottom] = [x + width, y + height];
  return [
    { x, y, x2: right, y2: y },
    { x, y: bottom, x2: right, y2: bottom },
    { x, y, x2: x, y2: bottom },
    { x: right, y, x2: right, y2: bottom },
  ];
}

export const nothingPlaced = (): Placed => ({
  ...{ images: [], bars: [], rules: [] },
  ...{ heads: [], names: [], captions: [], ends: [] },
});

/** A scale and what is on it, such as `kernels`; empty where that is plain. */
export interface Scaled {
  readonly scale: LightScale;
  readonly of: string;
}

const [barWidth, barHeight, barSteps, gap] = [120, 12, 60, 6];
export const legendHeight = barHeight + 2 * gap;

/**
 * What is on the scale, the number at its lower end, a bar of it, the number at its upper end; 0 in the middle of a
 * signed one.
 *
 * @returns  x of its right end
 */
export async function placeLegend(placed: Placed, { scale, of }: Scaled, x: number, y: number): Promise<number> {
  const [low, high] = scale.ends;
  const middle = y + gap + barHeight / 2;
  let at = x;
  const say = (text: string): void => {
    if (text === "") return;
    placed.names.push({ x: at, y: middle, text });
    at += Math.ceil(textWidth(text, textSize)) + gap;
  };
  say(of);
  if (low === high) {
    say(scale.words);
    return at;
  }
  say(shortText(low));
  // Of a colour scale each channel alike.
  const values = Float32Array.from({ length: barSteps * scale.reads }, (_, index) => {
    const part = (Math.floor(index / scale.reads) + 0.5) / barSteps;
    return low + (high - low) * part;
  });
  const raster = averaged(scale.light(values), 1, barSteps, scale.channels, 1, (value) => value * 255);
  const url = await urlOf(raster);
  const told = `scale: ${scale.words}`;
  placed.images.push({ x: at, y: y + gap, width: barWidth, height: barHeight, url, told });
  if (low < 0) placed.names.push({ x: at + (barWidth - textWidth("0", textSize)) / 2, y: middle, text: "0" });
  at += barWidth + gap;
  say(shortText(high));
  return at;
}

/** A layered view of fixed size, for `figureOf`. */
export function placedView([width, height]: readonly [number, number], placed: Placed) {
  const scale = { nice: false, zero: false };
  const position = {
    x: { field: "x", type: "quantitative", axis: null, scale: { ...scale, domain: [0, width] } },
    y: { field: "y", type: "quantitative", axis: null, scale: { ...scale, domain: [height, 0], reverse: false } },
  };
  const text = (values: readonly PlacedText[], mark: Readonly<Record<string, unknown>>) => ({
    data: { values },
    mark: { type: "text", baseline: "middle", fontSize: textSize, color: ink, aria: false, ...mark },
    encoding: { ...position, text: { field: "text" } },
  });
  const style = { type: "image", smooth: false, aspect: false, align: "left", baseline: "top" };
  // A mark has one size, so images of each size are a layer.
  const sizes = new Map(placed.images.map((image) => [`${image.width} × ${image.height}`, image]));
  const layers = [...sizes.values()].map((size) => ({
    data: {
      values: placed.images
        .filter((image) => image.width === size.width && image.height === size.height)
        .map(({ x, y, url, told }) => ({ x, y, url, told })),
    },
    mark: { ...style, width: size.width, height: size.height },
    encoding: {
      ...position,
      url: { field: "url", type: "nominal" },
      // Otherwise Vega would tell screen readers all fields, and so embed each image twice.
      description: { field: "told", type: "nominal" },
    },
  }));
  const stretch = (values: readonly PlacedBar[], mark: Readonly<Record<string, unknown>>) => ({
    data: { values },
    mark: { aria: false, ...mark },
    encoding: { ...position, x2: { field: "x2" }, y2: { field: "y2" } },
  });
  return {
    width,
    height,
    layer: [
      ...layers,
      stretch(placed.rules, { type: "rule", color: faint }),
      stretch(placed.bars, { type: "rect", color: darkColour }),
      text(placed.heads, { align: "left", fontWeight: "bold" }),
      text(placed.names, { align: "left" }),
      text(placed.captions, { align: "center", fontSize: captionSize, color: faint }),
      text(placed.ends, { align: "right", color: faint }),
    ].filter(({ data }) => data.values.length > 0),
  };
}
