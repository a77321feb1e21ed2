import { expect, test } from "vitest";
import { Chain } from "../../../src/augment/chain.js";
import { settingsOf } from "../../../src/augment/recipe.js";
import type { TransformSettings } from "../../../src/augment/transform.js";
import { MistakeError } from "../../../src/diagnostic/diagnostic.js";
import type { Figure } from "../../../src/figure/figure.js";
import { textWidth } from "../../../src/figure/font.js";
import { renderPixels } from "../../../src/figure/png.js";
import { renderSvg } from "../../../src/figure/svg.js";
import { augmentation } from "../../../src/stages/figures/augmentation.js";
import { sketchText } from "../../../src/text/sketch.js";
import { widthOf } from "../../../src/util/width.js";
import { blobOf } from "../../../src/values/blob.js";
import type { Dataset, Normalization } from "../../../src/values/dataset.js";

const all: readonly TransformSettings[] = [
  settingsOf("rotate", { degrees: 15 }),
  settingsOf("affine", { degrees: [10, 30], translate: [0.1, 0.2], scale: [0.8, 1.2], shear: [5, 10, -3, 3] }),
  settingsOf("perspective", { distortion: [0, 0.5] }),
  settingsOf("elastic", {}),
  settingsOf("flip", {}),
  settingsOf("crop", { padding: 3 }),
  settingsOf("blur", { size: 5 }),
  settingsOf("noise", {}),
  settingsOf("brightness", { factor: 0.4 }),
  settingsOf("rotate", { degrees: 5 }),
  settingsOf("erase", {}),
];

/** Images of `channels` gradients, no two alike; rows 2, 0, 1 of them. */
function dataset(
  transforms: readonly TransformSettings[],
  channels = 1,
  normalization?: readonly Normalization[],
): Dataset {
  const shape = [28, 20, channels];
  const size = 28 * 20 * channels;
  const bytes = Uint8Array.from({ length: 3 * size }, (_, at) => (at * 37 + Math.floor(at / size) * 91) % 256);
  const pixels = blobOf("uint8", [3, ...shape], bytes);
  const scale = 1 / 255;
  return {
    type: "dataset",
    data: {
      ...{ count: 3, shape, classes: ["cat", "dog"], featureNames: [], targetNames: [], split: "train" },
      ...{ scale: normalization ? 1 : scale, recipe: { transforms, scale } },
      ...(normalization ? { normalization } : {}),
    },
    blobs: {
      features: normalization
        ? blobOf(
            "float32",
            [3, ...shape],
            Float32Array.from(bytes, (value) => value / 255 - 7),
          )
        : pixels,
      ...(normalization ? { originals: pixels } : {}),
      labels: blobOf("int32", [3], Int32Array.of(0, 1, 1)),
      rows: blobOf("int32", [3], Int32Array.of(2, 0, 1)),
    },
  };
}
const seeds = { seed: 3, folds: ["2"] };
const plain = { example: 1, draws: 4, strengths: 3 };

interface Placed {
  readonly x: number;
  readonly y: number;
  readonly url?: string;
  readonly text?: string;
  readonly told?: string;
}
interface Layer {
  readonly data: { readonly values: readonly Placed[] };
  readonly mark: {
    readonly type: string;
    readonly align: string;
    readonly fontSize: number;
    readonly width: number;
    readonly height: number;
    readonly fontWeight?: string;
  };
}
const layersOf = ({ specification }: Figure): readonly Layer[] => specification.layer as unknown as readonly Layer[];
const tilesOf = (figure: Figure): readonly Placed[] => layersOf(figure)[0]!.data.values;

test("draws are those of a training with this seed and fold: each epoch's, of the row as it is stored", async () => {
  const recipe = [settingsOf("rotate", { degrees: 40 }), settingsOf("noise", {})];
  const found = dataset(recipe);
  const figure = await augmentation(found, plain, seeds);
  const chain = new Chain(recipe, { height: 28, width: 20, channels: 1 });
  const bytes = found.blobs.features!.bytes();
  const original = Float32Array.from(bytes.subarray(2 * 560, 3 * 560), (value) => value * (1 / 255));
  const urlOf = async (image: ArrayLike<number>): Promise<string> => {
    const png = await renderPixels(
      Uint8ClampedArray.from(image, (value) => value * 255),
      28,
      20,
      1,
    );
    return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
  };
  const expected = [await urlOf(original)];
  for (const epoch of [1, 2, 3, 4]) {
    chain.start(3, ["2"], epoch);
    expected.push(await urlOf(chain.apply(original, 2, 0)));
  }
  expect(
    tilesOf(figure)
      .slice(0, 5)
      .map(({ url }) => url),
  ).toEqual(expected);
  expect(new Set(expected).size).toBe(5);
  expect(figure.title).toBe("Augmentation, train set");
  expect(figure.specification.title).toEqual({
    text: "Augmentation, train set",
    subtitle: ["image 1 of 3, class dog: as it is, and as a training with seed 3 and fold 2 sees it"],
  });

  const again = await augmentation(found, plain, seeds);
  expect(again.specification).toEqual(figure.specification);
  const other = await augmentation(found, plain, { seed: 4, folds: ["2"] });
  expect(tilesOf(other)[0]).toEqual(tilesOf(figure)[0]);
  expect(tilesOf(other)[1]!.url).not.toBe(tilesOf(figure)[1]!.url);
  const second = await augmentation(found, { ...plain, example: 2 }, seeds);
  expect(tilesOf(second)[0]!.url).not.toBe(tilesOf(figure)[0]!.url);
});

test("each transform alone goes from weak to strong; of one strength several draws are shown; a second of its kind is told", async () => {
  const figure = await augmentation(dataset(all), { ...plain, draws: 1, title: "One" }, { seed: 7, folds: [] });
  const told = tilesOf(figure).map((tile) => tile.told);
  expect(told.slice(0, 5)).toEqual(["as it is", "epoch 1", "rotate: 0°", "rotate: 7.5°", "rotate: 15°"]);
  expect(told).toContain("rotate 2: 2.5°");
  expect(told.filter((text) => text?.startsWith("elastic"))).toEqual(new Array(3).fill("elastic: α 50.0, σ 5.00"));
  expect(
    new Set(
      tilesOf(figure)
        .filter((tile) => tile.told?.startsWith("elastic"))
        .map(({ url }) => url),
    ).size,
  ).toBe(3);
  expect(told.filter((text) => text?.startsWith("flip"))).toEqual(["flip: as it is", "flip: horizontal flip"]);
  expect(figure.title).toBe("One");
  const bare = await augmentation(dataset(all), { ...plain, strengths: 0 }, seeds);
  expect(tilesOf(bare).length).toBe(5);
  expect(bare.sketch.length).toBe(1);
});

test("texts meet neither each other nor an image, and all stand inside the figure", async () => {
  for (const [channels, draws] of [
    [1, 1],
    [3, 20],
  ] as const) {
    const figure = await augmentation(dataset(all, channels), { ...plain, draws, strengths: 10 }, seeds);
    const { width, height } = figure.specification as { readonly width: number; readonly height: number };
    const boxes = layersOf(figure).flatMap(({ mark, data }) =>
      data.values.map(({ x, y, text }) => {
        if (text === undefined) return { what: "image", x, y, right: x + mark.width, bottom: y + mark.height };
        const wide = textWidth(text, mark.fontSize, mark.fontWeight === "bold" ? "bold" : "normal");
        const left = mark.align === "center" ? x - wide / 2 : x;
        return { what: text, x: left, y: y - mark.fontSize / 2, right: left + wide, bottom: y + mark.fontSize / 2 };
      }),
    );
    for (const [at, box] of boxes.entries()) {
      expect(box.x >= 0 && box.y >= 0 && box.right <= width && box.bottom <= height, box.what).toBe(true);
      for (const other of boxes.slice(0, at))
        if (box.x < other.right && other.x < box.right && box.y < other.bottom && other.y < box.bottom)
          expect.unreachable(`${box.what} meets ${other.what}`);
    }
    expect((await renderSvg(figure.specification)).width).toBe(width + 32);
  }
});

test("of normalised data the images before normalisation are shown, which the figure says", async () => {
  const recipe = [settingsOf("brightness", { factor: 0.4 })];
  const normalised = await augmentation(
    dataset(recipe, 1, [{ method: "standard", offset: [7], divisor: [1] }]),
    plain,
    seeds,
  );
  const before = await augmentation(dataset(recipe), plain, seeds);
  expect(tilesOf(normalised)).toEqual(tilesOf(before));
  expect((normalised.specification.title as { subtitle: string[] }).subtitle[1]).toBe(
    "before normalisation, which follows",
  );
});

test("in a terminal images shrink until several fit, whatever its width, and captions are folded", async () => {
  const { sketch } = await augmentation(dataset(all, 3), { ...plain, draws: 20 }, seeds);
  expect(sketch.map(({ title }) => title)).toEqual([
    ...[
      "Epochs 1 to 20",
      "rotate alone",
      "affine alone",
      "perspective alone",
      "elastic alone",
      "flip alone",
      "crop alone",
    ],
    ...["blur alone", "noise alone", "brightness alone", "rotate 2 alone", "erase alone"],
  ]);
  for (const columns of [200, 80, 40, 20, 12])
    for (const one of sketch)
      for (const line of sketchText(one, { color: false, columns }))
        expect(widthOf(line), line).toBeLessThanOrEqual(columns);
  const wide = sketchText(sketch[0]!, { color: false, columns: 80 });
  expect(wide.at(-1)).toMatch(/^ {2}and \d+ more in the picture$/);
  expect(sketchText(sketch[3]!, { color: false, columns: 40 }).join("\n")).toMatch(
    /distortion {2}distortion\n {2}0 +0\.250/,
  );
});

test("a dataset without a recipe, and an example that is not there, are refused", async () => {
  const { recipe: _recipe, ...data } = dataset(all).data;
  const bare: Dataset = { ...dataset(all), data };
  const refusal = async (given: Dataset, example: number): Promise<readonly unknown[]> => {
    const error = await augmentation(given, { ...plain, example }, seeds).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MistakeError);
    const { title, message, at } = error as MistakeError;
    return [title, message, at];
  };
  expect(await refusal(bare, 1)).toEqual([
    "no recipe to draw",
    "`augmentation` shows what a recipe does to an image, and this dataset has none. Let `from` name an `augment` stage without `copies`. Images as they are, and copies, are drawn by `figure: examples`.",
    ["from"],
  ]);
  expect(await refusal(dataset(all), 4)).toEqual([
    "no such example",
    "`example` is 4, but the dataset has 3 examples.",
    ["example"],
  ]);
});
