/**
 * What the examples look like: the first few images of every class, a row a class.
 *
 * Each image is embedded as a small PNG without smoothing, so what is seen is what the model is fed. Nothing is drawn
 * at random: the same data gives the same images.
 */

import * as z from "zod";
import { MistakeError } from "../../diagnostic/diagnostic.js";
import { axisNames, type Figure, figureOf, setName } from "../../figure/figure.js";
import { imageSketch } from "../../figure/image-sketch.js";
import { byteScale } from "../../figure/light.js";
import type { Captioned } from "../../figure/tiles.js";
import { averaged, blockOf, tileOf, urlOf } from "../../figure/tiles.js";
import { grouped } from "../../util/numbers.js";
import { featuresOf, int32Of } from "../../values/blob.js";
import type { DatasetData } from "../../values/dataset.js";
import { dataOf, imageShapeOf, imagesWanted, rowsOf } from "../dataset.js";
import { declareFigure, theOne } from "../figure-declaration.js";

export const examplesFigure = declareFigure({
  name: "examples",
  summary: "The first images of each class. Of a dataset of images.",
  from: { accepts: ["dataset"], source: "a stage that loads or cuts data" },
  options: {
    per_class: z
      .number()
      .int()
      .min(1)
      .max(50)
      .default(8)
      .describe("How many images of each class, the first ones in the order of the data. Default: 8."),
  },
  problem: ({ shape }) => (shape && !imageShapeOf(shape) ? { ...noImages, message: noImagesText(shape) } : undefined),
  draw(given) {
    const from = theOne(given);
    const data = dataOf(from);
    const { features, labels } = from.blobs;
    const images = {
      data,
      features: featuresOf(features!),
      labels: data.classes ? int32Of(labels!) : null,
      rows: rowsOf(from),
    };
    return examples(images, given.options.per_class, given.options.title);
  },
  sample: ({ images }) => ({ from: [images], options: { per_class: 6 } }),
});

const gap = 6;

interface Images {
  readonly data: DatasetData;
  /** [n, height, width, channels]; bytes when uint8. */
  readonly features: Uint8Array | Float32Array | Float64Array;
  /** int32 [n], or null where the targets are no classes. */
  readonly labels: ArrayLike<number> | null;
  /** The rows of features that make up the dataset, in order. */
  readonly rows: ArrayLike<number>;
}

/** @throws MistakeError when the examples are no images */
export async function examples(images: Images, perClass: number, title?: string): Promise<Figure> {
  const { data, features } = images;
  if (!imageShapeOf(data.shape))
    throw new MistakeError({ ...noImages, message: noImagesText(data.shape), at: ["from"] });
  const [height, width, channels] = data.shape as readonly [number, number, number];
  const names = data.classes ? axisNames(data.classes) : ["first"];
  const picked = pick(images, names.length, perClass);
  const size = height * width * channels;
  const toByte = byteScale(features, data.scale, picked.flat(), size);
  const step = blockOf(height, width, picked.flat().length * size);
  const values: { class: string; place: number; told: string; url: string }[] = [];
  for (const [index, rows] of picked.entries())
    for (const [place, row] of rows.entries()) {
      const raster = averaged(
        features.subarray(row * size, (row + 1) * size),
        height,
        width,
        channels,
        step,
        toByte.convert,
      );
      values.push({
        class: names[index]!,
        place: place + 1,
        told: `${data.classes ? `class ${names[index]!}, ` : ""}image ${place + 1}`,
        url: await urlOf(raster),
      });
    }
  const shown = (row: number, group: number): Captioned => ({
    image: Float32Array.from(
      features.subarray(row * size, (row + 1) * size),
      (feature) => toByte.convert(feature) / 255,
    ),
    caption: data.classes ? names[group]! : "",
  });
  const columns = Math.max(1, ...picked.map((rows) => rows.length));
  const [tileWidth, tileHeight] = tileOf(height, width);
  const subtitle = [
    [
      `the first ${columns}${data.classes ? " of each class" : ""}`,
      `of ${grouped(images.rows.length)} images of ${width} × ${height} px`,
      ...(step > 1 ? [`averaged over ${step} × ${step} px`] : []),
    ].join(", "),
    ...(toByte.text ? [toByte.text] : []),
    ...(data.recipe ? ["as they are, before what is done to them in training"] : []),
  ];
  const spacing = { paddingInner: 0, paddingOuter: 0, align: 0.5 };
  return figureOf(
    "examples",
    title ?? `Examples, ${setName(data.split)}`,
    subtitle,
    {
      width: columns * (tileWidth + gap),
      height: names.length * (tileHeight + gap),
      data: { values },
      mark: { type: "image", width: tileWidth, height: tileHeight, smooth: false, aspect: false },
      encoding: {
        x: {
          field: "place",
          type: "ordinal",
          scale: { domain: Array.from({ length: columns }, (_, index) => index + 1), ...spacing },
          axis: null,
        },
        y: {
          field: "class",
          type: "nominal",
          sort: null,
          scale: { domain: names, ...spacing },
          title: data.classes ? "Class" : null,
          axis: data.classes ? { ticks: false, domain: false, labelPadding: 8 } : null,
        },
        url: { field: "url", type: "nominal" },
        // Otherwise Vega would tell screen readers all fields, and so embed each image twice.
        description: { field: "told", type: "nominal" },
      },
    },
    [imageSketch(inTurn(picked, shown), data.shape)],
  );
}

/** The first of each class, then the second of each: a terminal shows few. */
function inTurn(
  picked: readonly (readonly number[])[],
  shown: (row: number, group: number) => Captioned,
): readonly Captioned[] {
  const places = Array.from({ length: Math.max(...picked.map(({ length }) => length)) }, (_, place) => place);
  return places.flatMap((place) =>
    picked.flatMap((rows, group) => (place < rows.length ? [shown(rows[place]!, group)] : [])),
  );
}

const noImages = { title: "no images to draw" };
const noImagesText = (shape: readonly number[]): string => imagesWanted("`examples` draws", shape);

/** The first rows of each class, in the order of the dataset; all are of one group where there are no classes. */
function pick({ rows, labels }: Images, classes: number, perClass: number): readonly number[][] {
  const groups: number[][] = Array.from({ length: classes }, () => []);
  let open = classes;
  for (let index = 0; index < rows.length && open > 0; index++) {
    const row = rows[index]!;
    const group = groups[labels ? labels[row]! : 0]!;
    if (group.length === perClass) continue;
    group.push(row);
    if (group.length === perClass) open--;
  }
  return groups;
}
