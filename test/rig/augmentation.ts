/** Small images that are augmented, and the pictures that a training must be fed of them. */

import { settingsOf } from "../../src/augment/recipe.js";
import { type TransformName, transformNames } from "../../src/augment/transforms.js";
import type { Examples } from "../../src/learn/data.js";
import { emptyPictures, type PictureArray, Pictures, repetitionsOf } from "../../src/learn/pictures.js";
import { stream } from "../../src/learn/random.js";
import { sizeOfShape } from "../../src/util/shape.js";
import type { Recipe, Scaling } from "../../src/values/dataset.js";

/** As a file has them: a name with options. */
export const recipeOf = (
  scale: number,
  ...transforms: readonly { readonly [name: string]: Readonly<Record<string, unknown>> }[]
): Recipe => ({
  scale,
  transforms: transforms.flatMap((each) =>
    transformNames
      .filter((name): name is TransformName => name in each)
      .map((name) => settingsOf(name, each[name]!) as Recipe["transforms"][number]),
  ),
});

interface Images {
  readonly count?: number;
  readonly classes?: number;
  readonly shape?: readonly [number, number, number];
  readonly seed?: number;
  readonly rows?: readonly number[];
}
/** Random bytes that differ by class, so that there is something to learn. */
export function images({ count = 60, classes = 4, shape = [8, 8, 1], seed = 2, rows }: Images = {}): Examples {
  const random = stream(seed, [], "images");
  const labels = Int32Array.from({ length: count }, () => random.int(classes));
  const size = sizeOfShape(shape);
  const features = Uint8Array.from({ length: count * size }, (_, at) => {
    const isOwn = Math.floor((at % size) / (size / classes)) === labels[Math.floor(at / size)];
    return random.int(128) + (isOwn ? 127 : 0);
  });
  return {
    count: rows?.length ?? count,
    shape,
    classes: Array.from({ length: classes }, (_, index) => `${index}`),
    scale: 1 / 255,
    features,
    labels,
    targets: 1,
    rows: Int32Array.from(rows ?? labels.keys()),
  };
}

/** The same images, augmented. */
export const augmented = (examples: Examples, recipe: Recipe, normalization: readonly Scaling[] = []): Examples => ({
  ...examples,
  augmentation: { recipe, originals: examples.features, normalization },
});

/** The pictures of an epoch in the order of `rows`, made here and now. */
export function picturesOf({ augmentation, shape, rows }: Examples, epoch: number, seed = 1): PictureArray {
  const made = new Pictures({ ...augmentation!, shape, seed, folds: [] }).of({
    epoch,
    rows,
    repetitions: repetitionsOf(rows),
  });
  const pictures = emptyPictures(augmentation!, shape, rows.length);
  pictures.set(made);
  return pictures;
}

/** Stored examples that are an epoch's pictures, each at a place of its own. */
export function storedPictures(examples: Examples, epoch: number, seed = 1): Examples {
  const features = picturesOf(examples, epoch, seed);
  return {
    ...examples,
    augmentation: undefined,
    features,
    scale: features instanceof Uint8Array ? examples.augmentation!.recipe.scale : 1,
    labels:
      examples.labels.constructor === Int32Array ? examples.rows.map((row) => examples.labels[row]!) : examples.labels,
    rows: Int32Array.from(examples.rows.keys()),
  };
}
