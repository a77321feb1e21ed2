/**
 * What a recipe does to one image: the image as it is and as a training sees it in epochs 1, 2, …; below it each
 * transform alone, from its weakest to its strongest.
 *
 * The draws are those of a training with the seed and the fold keys of this figure, from the same code. Images are
 * shown before normalisation, which follows the transforms.
 */
import * as z from "zod";
import type { ImageShape } from "../../augment/transform.js";
import { type Mistake, MistakeError } from "../../diagnostic/diagnostic.js";
import { type Figure, figureOf, setName } from "../../figure/figure.js";
import { imageSheet } from "../../figure/image-sheet.js";
import { imageSketch } from "../../figure/image-sketch.js";
import type { Captioned } from "../../figure/tiles.js";
import { Pictures, pictureType } from "../../learn/pictures.js";
import type { Seeds } from "../../pipeline/run-context.js";
import { grouped } from "../../util/numbers.js";
import { plural } from "../../util/words.js";
import { featuresOf, int32Of } from "../../values/blob.js";
import type { Dataset } from "../../values/dataset.js";
import { rowsOf } from "../dataset.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import { stripsOf } from "../transform-strips.js";

export const augmentationFigure = declareFigure({
  name: "augmentation",
  summary:
    "What a recipe does to one image: drawn anew as in the epochs of a training with this seed, " +
    "and each transform alone by its strength. Of a dataset with a recipe, which `augment` gives.",
  from: { accepts: ["dataset"], source: "an `augment` stage" },
  options: {
    example: z.number().int().min(1).default(1).describe("Which image, from 1 in the order of the data. Default: 1."),
    draws: z
      .number()
      .int()
      .min(1)
      .max(100)
      .default(18)
      .describe("How many times it is drawn: as epochs 1, 2, … see it. Default: 18."),
    strengths: z
      .number()
      .int()
      .min(0)
      .max(10)
      .default(5)
      .describe("In how many strengths each transform is shown alone; 0 for none. Default: 5."),
  },
  drawsRandomNumbers: true,
  // Of data of which nothing is known, what stands in the way is told where it is.
  problem: ({ recipe, shape }) => (shape && !recipe ? noRecipe : undefined),
  together: ([source], _inputs, { example }) => beyond(Number(example), source?.port.count),
  draw: (given) => augmentation(theOne(given), given.options, given.seeds),
  sample: ({ augmented }) => ({ from: [augmented], options: { draws: 9, strengths: 4 } }),
});

const noRecipe: Mistake = {
  title: "no recipe to draw",
  message:
    "`augmentation` shows what a recipe does to an image, and this dataset has none. Let `from` name an `augment` " +
    "stage without `copies`. Images as they are, and copies, are drawn by `figure: examples`.",
};
const beyond = (example: number, count: number | null | undefined): Mistake | undefined =>
  typeof count === "number" && example > count
    ? {
        title: "no such example",
        message: `\`example\` is ${grouped(example)}, but the dataset has ${plural(count, "example", grouped(count))}.`,
        at: ["example"],
      }
    : undefined;

interface Options {
  readonly example: number;
  readonly draws: number;
  readonly strengths: number;
  readonly title?: string | undefined;
}

/** @throws MistakeError without a recipe, or without such an example */
export async function augmentation(dataset: Dataset, options: Options, seeds: Seeds): Promise<Figure> {
  const { data, blobs } = dataset;
  if (!data.recipe) throw new MistakeError({ ...noRecipe, at: ["from"] });
  const rows = rowsOf(dataset);
  const mistake = beyond(options.example, rows.length);
  if (mistake) throw new MistakeError(mistake);
  const row = rows[options.example - 1]!;
  const [height, width, channels] = data.shape as readonly [number, number, number];
  const shape: ImageShape = { height, width, channels };
  const originals = featuresOf((blobs.originals ?? blobs.features)!);
  const { scale } = data.recipe;
  const size = height * width * channels;
  const image = lightOf(originals.subarray(row * size, (row + 1) * size), scale);
  const original: Captioned = { image, caption: "as it is" };

  const pictures = new Pictures({ recipe: data.recipe, originals, normalization: [], shape: data.shape, ...seeds });
  const drawn = { rows: Int32Array.of(row), repetitions: Int32Array.of(0) };
  const images = Array.from({ length: options.draws }, (_, at): Captioned => {
    const picture = pictures.of({ epoch: at + 1, ...drawn });
    return { image: lightOf(picture, pictureType(pictures.source).scale), caption: `epoch ${at + 1}` };
  });
  const strips = stripsOf(data.recipe.transforms, { image, shape, row }, options.strengths, seeds);

  const { seed, folds } = seeds;
  const name = data.classes?.[int32Of(blobs.labels!)[row]!];
  const named = `image ${grouped(options.example)} of ${grouped(rows.length)}${name === undefined ? "" : `, class ${name}`}`;
  const fold = folds.length > 0 ? ` and fold ${folds.join(", ")}` : "";
  const subtitle = [
    `${named}: as it is, and as a training with seed ${seed}${fold} sees it`,
    ...(data.normalization ? ["before normalisation, which follows"] : []),
  ];
  const head = options.draws === 1 ? "Epoch 1" : `Epochs 1 to ${options.draws}`;
  const body = await imageSheet(
    { block: { head, original, images }, strips, head: "Each transform alone, from weak to strong" },
    data.shape,
  );
  return figureOf("augmentation", options.title ?? `Augmentation, ${setName(data.split)}`, subtitle, body, [
    imageSketch([original, ...images], data.shape, head),
    ...strips.map((strip) => imageSketch(strip.images, data.shape, `${strip.name} alone`)),
  ]);
}

const lightOf = (features: Iterable<number>, scale: number): Float32Array =>
  Float32Array.from(features, (feature) => feature * scale);
