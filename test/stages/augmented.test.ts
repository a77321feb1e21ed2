/** How a recipe travels with a dataset, and who does not read one that has it. */
import { describe, expect, test } from "vitest";
import { examplesOf } from "../../src/learn/data.js";
import type { Kind } from "../../src/pipeline/kind.js";
import { evaluate } from "../../src/stages/evaluate.js";
import { explore } from "../../src/stages/explore.js";
import { fold } from "../../src/stages/fold.js";
import { merge } from "../../src/stages/merge.js";
import { normalize } from "../../src/stages/normalize.js";
import { shuffle } from "../../src/stages/shuffle.js";
import { split } from "../../src/stages/split.js";
import { train } from "../../src/stages/train.js";
import { blobOf } from "../../src/values/blob.js";
import type { Dataset, Recipe } from "../../src/values/dataset.js";
import { outputOf } from "../../src/values/output.js";
import { runKind } from "../rig/stage.js";

const scale = 1 / 255;
const recipe: Recipe = { transforms: [{ type: "rotate", probability: 1, degrees: [-10, 10] }], scale };
const pixels = Uint8Array.from({ length: 4 * 6 }, (_, at) => (at * 47) % 256);
const images = (more: Partial<Dataset["data"]> = {}): Dataset => ({
  type: "dataset",
  data: {
    count: 4,
    shape: [2, 3, 1],
    classes: ["0", "1"],
    scale,
    featureNames: [],
    targetNames: ["label"],
    split: "train",
    ...more,
  },
  blobs: {
    features: blobOf("uint8", [4, 2, 3, 1], pixels),
    labels: blobOf("int32", [4], Int32Array.of(0, 1, 0, 1)),
  },
});
const plain = images();
const augmented = images({ recipe });
/** What a kind leaves as `data`. */
const left = async (kind: unknown, options: object, inputs: Readonly<Record<string, Dataset>>): Promise<Dataset> => {
  const { outputs } = await runKind(kind as Kind, options, { inputs });
  return outputOf(outputs.data, "dataset");
};

describe("a recipe", () => {
  test("passes through a shuffle, and the same rows as without it are there", async () => {
    const [mixed, other] = await Promise.all([augmented, plain].map((data) => left(shuffle, { data: "d" }, { data })));
    expect(mixed!.data.recipe).toEqual(recipe);
    expect(examplesOf(mixed!).rows).toEqual(examplesOf(other!).rows);
    expect(examplesOf(mixed!).augmentation).toEqual({ recipe, originals: pixels, normalization: [] });
  });
  test("passes through a normalisation, which keeps the images that it is for, and their scale", async () => {
    const ready = await left(normalize, { data: "d" }, { data: augmented });
    const without = await left(normalize, { data: "d" }, { data: plain });
    expect(ready.data).toEqual({ ...without.data, recipe });
    expect(ready.blobs.features!.bytes()).toEqual(without.blobs.features!.bytes());
    // The very bytes, so that a store has them once.
    expect(ready.blobs.originals).toBe(augmented.blobs.features);
    expect(examplesOf(ready).augmentation).toEqual({
      recipe,
      originals: pixels,
      normalization: without.data.normalization,
    });
    expect(without.blobs).not.toHaveProperty("originals");
  });
  test("passes through a second normalisation and a shuffle, with the first originals and both steps", async () => {
    const ready = await left(normalize, { data: "d" }, { data: augmented });
    const again = await left(normalize, { data: "d", method: "min_max" }, { data: ready });
    const mixed = await left(shuffle, { data: "d" }, { data: again });
    expect(mixed.blobs.originals).toBe(augmented.blobs.features);
    expect(mixed.data.recipe).toEqual(recipe);
    expect(examplesOf(mixed).augmentation!.normalization.map(({ method }) => method)).toEqual(["standard", "min_max"]);
    // Its statistics are those of the images as they are, after the first step.
    const firstTwice = await left(normalize, { data: "d" }, { data: plain });
    const without = await left(normalize, { data: "d", method: "min_max" }, { data: firstTwice });
    expect(mixed.data.normalization).toEqual(without.data.normalization);
  });
});

const layers = ["flatten", { dense: { units: 2 } }];
const learning = { data: "d", layers, loss: "cross_entropy", optimizer: "adam", epochs: 1 };
const model: Dataset = { ...plain, type: "model" } as unknown as Dataset;
const refusals: readonly (readonly [string, unknown, object, Readonly<Record<string, Dataset>>, string])[] = [
  [
    "split",
    split,
    { data: "d", validation: 1 },
    { data: augmented },
    "`data` is augmented, and examples that are held out would be, too. Augment after splitting: `{kind: augment, data: PARTS.train, transforms: …}`, with the name of this stage for PARTS.",
  ],
  [
    "fold",
    fold,
    { data: "d", k: 2 },
    { data: augmented },
    "`data` is augmented, and examples that are held out would be, too. Augment after folding: `{kind: augment, each: FOLDS, data: FOLDS.train, transforms: …}`, with the name of this stage for FOLDS.",
  ],
  [
    "evaluate",
    evaluate,
    { data: "d", model: "m" },
    { data: augmented, model },
    "`data` is augmented, but a model is judged by images as they are. Let `data` name examples that were not augmented.",
  ],
  [
    "train, in `validation`",
    train,
    { ...learning, validation: "v" },
    { data: plain, validation: augmented },
    "`validation` is augmented, but a training is judged by images as they are. Let `validation` name examples that were not augmented.",
  ],
  [
    "normalize, in `fit`",
    normalize,
    { data: "d", fit: "f" },
    { data: plain, fit: augmented },
    "`fit` is augmented, but statistics are taken of images as they are. Let `fit` name the training examples as they were before `augment`.",
  ],
  [
    "explore, in `test`",
    explore,
    { data: "d", test: "t" },
    { data: plain, test: augmented },
    "`test` is augmented, but data are compared with images as they are. Let it name test examples.",
  ],
];

describe("augmented data are refused, where check could not know, by", () => {
  test.each(refusals)("%s", async (_name, kind, options, inputs, message) => {
    await expect(runKind(kind as Kind, options, { inputs })).rejects.toThrow(message);
  });
  test("merge, whichever of them it is", async () => {
    const message =
      "This one is augmented, and in a merged dataset nothing tells which images are. Augment after merging, or give its `augment` stage `copies: 1`: that leaves distorted images, which can be merged like any others.";
    for (const list of [
      [augmented, plain],
      [plain, augmented],
    ])
      await expect(runKind(merge as unknown as Kind, { data: ["a", "b"] }, { list })).rejects.toThrow(message);
  });
});

test("explore shows images as they are, and says so", async () => {
  const { remarks } = await runKind(explore, { data: "d" }, { inputs: { data: augmented } });
  expect(remarks).toEqual(["`data` is augmented; what is told is of the images as they are"]);
  expect((await runKind(explore, { data: "d" }, { inputs: { data: plain } })).remarks).toEqual([]);
});
