/**
 * The kernels of a convolution, all of them as small images on one scale.
 *
 * Weights have a sign, so their scale is symmetric about 0; a norm has none and goes from black to white; kernels that
 * read a colour image are drawn in colour, mid grey being 0 in red, green and blue.
 */
import * as z from "zod";
import { type Figure, figureOf } from "../../figure/figure.js";
import { foldedLines } from "../../figure/font.js";
import {
  colourScale,
  greatest,
  type LightScale,
  scaled,
  signedScale,
  unsignedScale,
} from "../../figure/signed-light.js";
import { averagedLines, gridSketches, gridWidth, type Tile, tileGrids } from "../../figure/tile-grid.js";
import { grouped } from "../../util/numbers.js";
import { float32Of } from "../../values/blob.js";
import { type KernelsOf, kernelsOfText } from "../../values/inspected-kernels.js";
import type { Inspection } from "../../values/inspection.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import {
  aspectOf,
  layerMisfit,
  layerNamed,
  layerOption,
  needsAspect,
  notFiniteAmong,
  notFiniteLines,
} from "../inspected-figure.js";

const name = "kernels";

export const kernelsFigure = declareFigure({
  name,
  summary: "The kernels of a convolution as images on one scale. Of an inspection with `kernels`.",
  from: { accepts: ["inspection"], source: "an `inspect` stage" },
  options: {
    layer: layerOption,
    count: z
      .number()
      .int()
      .min(1)
      .max(512)
      .default(128)
      .describe("How many kernels, the first ones that the inspection has. Default: 128."),
  },
  problem: needsAspect(name, "kernels"),
  together: (sources, _inputs, options) => layerMisfit("kernels", sources, options),
  draw: (given) => kernels(theOne(given), given.options),
  sample: ({ inspection }) => ({ from: [inspection] }),
});

interface Options {
  readonly layer?: string | undefined;
  readonly count: number;
  readonly title?: string | undefined;
}

const scaleOf = (of: KernelsOf, values: ArrayLike<number>): LightScale => {
  const most = greatest(values);
  if (of === "colour") return colourScale(most);
  return of === "norm" ? unsignedScale(most) : signedScale(most);
};

/** @throws MistakeError without kernels, or without those of the layer */
export async function kernels(inspection: Inspection, { layer, count, title }: Options): Promise<Figure> {
  const own = layerNamed(name, aspectOf(name, name, inspection).layers, layer, inspection.data);
  const { height, width, units, of } = own;
  const depth = of === "colour" ? 3 : 1;
  const size = height * width * depth;
  const shown = units.slice(0, count);
  const values = float32Of(inspection.blobs[`${name}.${own.layer}`]!).subarray(0, shown.length * size);
  const scale = scaleOf(of, values);
  const tiles = shown.map((number, at): Tile => {
    const weights = values.subarray(at * size, (at + 1) * size);
    return { ...scaled(scale, weights, [height, width], `kernel ${number}`), number };
  });
  const all = inspection.data.layers.find((each) => each.name === own.layer)?.shape.at(-1) ?? units.length;
  const many = shown.length < all ? `${grouped(shown.length)} of ${grouped(all)}` : `all ${grouped(all)}`;
  const blocks = [{ grids: [{ head: "", tiles, scale }] }];
  const subtitle = [
    `${many} kernels of ${height} × ${width}${own.channels > 1 ? `, ${kernelsOfText(own)}` : ""}; one scale for all`,
    ...(of === "colour" ? ["mid grey is 0 in red, green and blue"] : []),
    ...notFiniteLines(notFiniteAmong([values])),
    ...averagedLines(blocks),
  ];
  return figureOf(
    name,
    title ?? `Kernels of ${own.layer}`,
    foldedLines(subtitle, gridWidth),
    await tileGrids(blocks),
    gridSketches(blocks),
  );
}
