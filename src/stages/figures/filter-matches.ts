/**
 * The kernels that fit a filter best, each beside that filter, and how many of all kernels look like an edge.
 *
 * A filter is drawn as strong as it is in its kernel (the least-squares fit), on the scale of the kernels.
 */
import * as z from "zod";
import { MistakeError } from "../../diagnostic/diagnostic.js";
import { type Figure, figureOf } from "../../figure/figure.js";
import { foldedLines } from "../../figure/font.js";
import { imageSheet } from "../../figure/image-sheet.js";
import { imageSketch } from "../../figure/image-sketch.js";
import { greatest, type LightScale, signedScale } from "../../figure/signed-light.js";
import { type Column, tableSketch } from "../../figure/table.js";
import { gridWidth } from "../../figure/tile-grid.js";
import type { Captioned } from "../../figure/tiles.js";
import { filterBank, steered } from "../../inspect/filter-bank.js";
import { grouped, shortText } from "../../util/numbers.js";
import { float32Of } from "../../values/blob.js";
import {
  directionText,
  edgeSentence,
  type FilterMatch,
  type FiltersOfLayer,
  filtersOfText,
  filterText,
  kernelText,
} from "../../values/inspected-filters.js";
import type { Inspection } from "../../values/inspection.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import { aspectOf, layerMisfit, layerNamed, layerOption, needsAspect } from "../inspected-figure.js";

const name = "filter_matches";

export const filterMatchesFigure = declareFigure({
  name,
  summary:
    "The kernels of a convolution that fit Sobel's filters or derivatives of Gaussians best, each beside its filter, " +
    "and how many look like an edge. Of an inspection with `filters`.",
  from: { accepts: ["inspection"], source: "an `inspect` stage" },
  options: {
    layer: layerOption,
    count: z.number().int().min(1).max(100).default(16).describe("How many kernels, the best ones. Default: 16."),
  },
  problem: needsAspect(name, "filters"),
  together: (sources, _inputs, options) => layerMisfit("filters", sources, options),
  draw: (given) => filterMatches(theOne(given), given.options),
  sample: ({ inspection }) => ({ from: [inspection] }),
});

interface Options {
  readonly layer?: string | undefined;
  readonly count: number;
  readonly title?: string | undefined;
}

const rowLength = 4;

/** @throws MistakeError without filters, those of the layer, or a kernel that fits one */
export async function filterMatches(inspection: Inspection, { layer, count, title }: Options): Promise<Figure> {
  const own = layerNamed("filters", aspectOf(name, "filters", inspection).layers, layer, inspection.data);
  const { height, width } = own;
  const shown = own.best.slice(0, count);
  if (shown.length === 0)
    throw new MistakeError({
      title: "no kernel that fits a filter",
      message: `Each kernel of \`${own.layer}\` is one number over and over, which correlates with nothing.`,
      at: ["layer"],
    });
  const size = height * width;
  const values = float32Of(inspection.blobs[`filters.${own.layer}.kernels`]!);
  const pairs = shown.map((match, at) => {
    const kernel = values.subarray(at * size, (at + 1) * size);
    return { match, kernel, filter: fitted(own, match, kernel) };
  });
  const scale = signedScale(greatest(...pairs.flatMap(({ kernel, filter }) => [kernel, filter])));
  const images = pairs.map(({ match, kernel, filter }) =>
    sideBySide(scale, kernel, filter, own, `${kernelText(match, own)}, ${captionOf(match)}`),
  );
  const strips = Array.from({ length: Math.ceil(images.length / rowLength) }, (_, row) => ({
    name: "",
    images: images.slice(row * rowLength, (row + 1) * rowLength),
  }));
  const many =
    shown.length < own.count ? `the best ${grouped(shown.length)} of ${grouped(own.count)}` : `all ${own.count}`;
  const lines = [
    edgeSentence(own),
    `${many} ${filtersOfText(own)}: at the left the kernel, at the right the filter, as strong as it is in the ` +
      "kernel; degrees: where it gets lighter, from the right, counterclockwise",
    ...(own.uniform > 0 ? [`${grouped(own.uniform)} more are one number over and over and fit nothing`] : []),
  ];
  const shape = [height, 2 * width + 1, 3];
  const sheet = await imageSheet({ strips, legends: [{ scale, of: "" }] }, shape);
  const columns: Column[] = [
    { title: "kernel" },
    { title: "r", align: "right" },
    { title: "direction", align: "right" },
    { title: "filter" },
  ];
  const rows = shown.map((match) => ({
    cells: [
      ...[kernelText(match, own).replace("kernel ", ""), shortText(match.correlation, 2)],
      ...[directionText(match.direction), filterText(match.filter)],
    ],
  }));
  return figureOf(name, title ?? `Kernels of ${own.layer} and filters`, foldedLines(lines, gridWidth), sheet, [
    { type: "text", lines },
    imageSketch(
      images.map((image, at) => ({ ...image, caption: kernelText(shown[at]!, own) })),
      shape,
      scale.inGrey,
    ),
    tableSketch(columns, rows),
  ]);
}

/** Of a line each: short enough for a caption. */
function captionOf({ correlation, direction, filter }: FilterMatch): string {
  const short = filterText(filter).replace("Gaussian, ", "Gauss ");
  return `r ${shortText(correlation, 2)} at ${directionText(direction)}, ${short}`;
}

/** The multiple of the filter that is nearest to the kernel about its mean. */
function fitted({ height, width, bank }: FiltersOfLayer, match: FilterMatch, kernel: Float32Array): Float64Array {
  const at = bank.findIndex((each) => filterText(each) === filterText(match.filter));
  const pattern = steered(filterBank(height, width)[at]!, match.direction);
  let [product, square] = [0, 0];
  for (const [place, value] of pattern.entries()) {
    product += value * kernel[place]!;
    square += value * value;
  }
  return pattern.map((value) => (value * product) / square);
}

/** Two images of numbers with a white line between them. */
function sideBySide(
  scale: LightScale,
  left: ArrayLike<number>,
  right: ArrayLike<number>,
  { height, width }: FiltersOfLayer,
  caption: string,
): Captioned {
  const joined = (of: (values: ArrayLike<number>) => Float32Array, channels: number): Float32Array => {
    const across = 2 * width + 1;
    const image = new Float32Array(height * across * channels).fill(1);
    for (const [side, values] of [of(left), of(right)].entries())
      for (let row = 0; row < height; row++) {
        const line = values.subarray(row * width * channels, (row + 1) * width * channels);
        image.set(line, (row * across + side * (width + 1)) * channels);
      }
    return image;
  };
  const shape = [height, 2 * width + 1, scale.channels];
  return { image: joined(scale.light, scale.channels), grey: joined(scale.grey, 1), shape, caption };
}
