import { describe, expect, test } from "vitest";
import { areCentred } from "../../src/augment/centred.js";
import { examplesOf } from "../../src/learn/data.js";
import { augment } from "../../src/stages/augment.js";
import { areCentredImages, withRows } from "../../src/stages/dataset.js";
import { loadMnist } from "../../src/stages/load-mnist.js";
import { makeDigits } from "../../src/stages/synthetic-digits.js";
import { blobOf } from "../../src/values/blob.js";
import type { Dataset } from "../../src/values/dataset.js";
import { outputOf } from "../../src/values/output.js";
import { checkKind, dataset, runKind } from "../rig/stage.js";

const shape = [4, 4, 1];
const images = (features: readonly number[] | Uint8Array, more: Partial<Dataset["data"]> = {}): Dataset => {
  const size = (more.shape ?? shape).reduce((product, length) => product * length, 1);
  const count = features.length / size;
  return {
    type: "dataset",
    data: {
      count,
      shape,
      classes: ["0", "1"],
      scale: features instanceof Uint8Array ? 1 / 255 : 1,
      featureNames: [],
      targetNames: ["label"],
      split: "train",
      ...more,
    },
    blobs: {
      features:
        features instanceof Uint8Array
          ? blobOf("uint8", [count, ...(more.shape ?? shape)], features)
          : blobOf("float32", [count, ...(more.shape ?? shape)], Float32Array.from(features)),
      labels: blobOf(
        "int32",
        [count],
        Int32Array.from({ length: count }, (_, row) => row % 2),
      ),
    },
  };
};
const bytes = Uint8Array.from({ length: 3 * 16 }, (_, at) => (at * 37) % 256);
const run = async (data: Dataset, transforms: readonly unknown[] = [{ rotate: 10 }]) => {
  const { outputs, warnings } = await runKind(augment, { data: "d", transforms }, { inputs: { data } });
  return { output: outputOf(outputs.data, "dataset"), outputs, warnings };
};

describe("augmented data", () => {
  test("are the same data with a recipe beside them: nothing is drawn, and no byte is new", async () => {
    const data = withRows(images(bytes, { split: "train+validation", missing: { x: 1 } }), Int32Array.of(2, 0));
    const { output } = await run(data, [{ rotate: 10 }, { rotate: { degrees: [5, 5], fill: 1, probability: 0.5 } }]);
    const { recipe, ...rest } = output.data;
    expect(rest).toEqual(data.data);
    expect(output.blobs).toEqual(data.blobs);
    expect(recipe).toEqual({
      scale: 1 / 255,
      transforms: [
        { type: "rotate", probability: 1, degrees: [-10, 10], center: null, interpolation: "bilinear", fill: 0 },
        { type: "rotate", probability: 0.5, degrees: [5, 5], center: null, interpolation: "bilinear", fill: 1 },
      ],
    });
  });
  test("say so in a line, and in the preview with every setting", async () => {
    const { outputs, output } = await run(images(bytes), [{ rotate: 10 }, { rotate: { degrees: [5, 5] } }]);
    expect(augment.headline!(outputs)).toBe("data 3, anew in each epoch: rotate, rotate");
    expect(augment.preview!("data", output).at(-1)).toEqual({
      type: "columns",
      rows: [
        ["anew in each epoch", ""],
        ["rotate", "degrees −10 … 10, interpolation bilinear, fill 0"],
        ["rotate", "degrees 5, interpolation bilinear, fill 0"],
      ],
    });
  });
  test("may be augmented further: what comes later is applied after that", async () => {
    const once = await run(images(bytes), [{ rotate: 10 }]);
    const twice = await run(once.output, [{ rotate: 20 }]);
    const together = await run(images(bytes), [{ rotate: 10 }, { rotate: 20 }]);
    expect(twice.output.data).toEqual(together.output.data);
  });
  test("are spelled in short or at length, which is the same", () => {
    const canonical = (transform: unknown) => augment.schema.parse({ data: "d", transforms: [transform] });
    expect(canonical({ rotate: 10 })).toEqual(canonical({ rotate: { degrees: 10 } }));
    expect(canonical("elastic")).toEqual(canonical({ elastic: 50 }));
    expect(canonical("flip")).toEqual(canonical({ flip: { direction: "horizontal", probability: 0.5 } }));
    expect(canonical({ rotate: [-5, 10] })).toEqual(
      canonical({ rotate: { degrees: [-5, 10], interpolation: "bilinear", fill: 0, probability: 1 } }),
    );
    // What is canonical is read as itself.
    expect(augment.schema.parse(canonical({ rotate: 10 }))).toEqual(canonical({ rotate: 10 }));
  });
});

describe("what cannot be augmented is refused where check could not know it", () => {
  test.each([
    [
      "validation",
      "`data` holds validation examples, and a model is judged by images as they are. Let `data` name training examples: augmentation is for them alone.",
    ],
    [
      "train+test",
      "`data` holds test examples among others, and a model is judged by images as they are. Tell them apart first, and augment the training examples alone.",
    ],
    [
      "validation+test",
      "`data` holds validation and test examples, and a model is judged by images as they are. Let `data` name training examples: augmentation is for them alone.",
    ],
  ])("%s", async (split, message) => {
    await expect(run(images(bytes, { split }))).rejects.toThrow(message);
  });
  test.each(["", "train", "train+validation", "validation+train"])("not %j", async (split) => {
    await expect(run(images(bytes, { split }))).resolves.toBeDefined();
    expect(
      checkKind(augment, { data: "d", transforms: [{ rotate: 10 }] }, { inputs: { data: { type: "dataset", split } } })
        .told,
    ).toEqual([]);
  });
  test("normalised data", async () => {
    const data = images(bytes, { normalization: [{ method: "standard", offset: [0], divisor: [1] }] });
    await expect(run(data)).rejects.toThrow(
      "`data` is normalised, but transforms work on images in 0 … 1. Augment first, and normalise what that leaves: `normalize` keeps the images for the transforms, and is applied after them.",
    );
  });
  test("a table, and images of two channels", async () => {
    await expect(run(dataset([[0.5, 0.5, 1]]))).rejects.toThrow(
      "`augment` distorts images, [height, width, 1] for grey or [height, width, 3] for colour, but the examples of this dataset are [2].",
    );
    await expect(run(images(bytes, { shape: [2, 4, 2] }))).rejects.toThrow(
      "but the examples of this dataset are [2, 4, 2].",
    );
  });
  test("parameters that are impossible for these images", async () => {
    await expect(run(images(bytes), [{ rotate: { degrees: 10, fill: [0, 0, 1] } }])).rejects.toThrow(
      "The images have 1 channel, but `fill` names 3 numbers. Give a single number.",
    );
  });
});

describe("features outside 0 … 1", () => {
  const grey = (...values: readonly number[]): Dataset =>
    images([...values, ...new Array<number>(16 - values.length).fill(0.5)]);
  test("are refused with their range", async () => {
    await expect(run(grey(-0.424, 2.82))).rejects.toThrow(
      "Transforms work on images whose values lie in 0 … 1, but those of `data` lie between −0.424 and 2.82. Bring them to 0 … 1 in the file.",
    );
    await expect(run(grey(0, 255))).rejects.toThrow(
      "but those of `data` lie between 0 and 255. Divide them by 255 in the file, or store them as bytes.",
    );
    await expect(run(grey(0, Number.NaN, 1))).rejects.toThrow("but those of `data` are not all numbers.");
  });
  test("of colour images are told by channel", async () => {
    const colour = images([0, 1, 0.5, 1, 0, 1.5], { shape: [1, 2, 3] });
    await expect(run(colour)).rejects.toThrow("but those of channel 3 of `data` lie between 0.5 and 1.5.");
  });
  test("of rows that are not there do not matter", async () => {
    const data = images([...new Array<number>(16).fill(7), ...new Array<number>(16).fill(0.5)]);
    await expect(run(withRows(data, Int32Array.of(1)))).resolves.toBeDefined();
  });
  test("are told by check, where it has the examples", () => {
    const port = { type: "dataset", shape, split: "train", examples: () => grey(0, 2) } as const;
    expect(
      checkKind(augment, { data: "d", transforms: [{ rotate: 10 }] }, { inputs: { data: port } }).told,
    ).toMatchObject([{ severity: "error", title: "features outside 0 … 1", at: "data" }]);
  });
  test("there are none in 0 and 1, nor in bytes", async () => {
    await expect(run(grey(0, 1))).resolves.toBeDefined();
    await expect(run(images(Uint8Array.from({ length: 16 }, () => 255)))).resolves.toBeDefined();
  });
});

test("a large shift of centred images is told, of others it is not", async () => {
  const features = Array.from({ length: 100 }, (_, at) => (at === 44 || at === 45 || at === 54 || at === 55 ? 1 : 0));
  const centred = images(features, { shape: [10, 10, 1] });
  const message =
    "`affine` moves images by up to 20 % of their width or height, but these show what they show in their middle, so no image to be judged looks like that, and parts may leave the picture. Let `translate` move them by at most 15 %.";
  const transforms = [{ affine: { translate: [0, 0.2] } }];
  expect((await run(centred, transforms)).warnings).toEqual([message]);
  expect(
    (
      await run(
        images(
          [...features].reverse().map((value, at) => (at < 50 ? value : 0.5)),
          { shape: [10, 10, 1] },
        ),
        transforms,
      )
    ).warnings,
  ).toEqual([]);
  expect((await run(centred, [{ affine: { translate: [0, 0.15] } }])).warnings).toEqual([]);
});

describe("images are centred", () => {
  const at = (x: number, y: number, background = 0): Dataset => {
    const features = new Array<number>(100).fill(background);
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const)
      features[(y + dy) * 10 + x + dx] = 1 - background;
    return images(features, { shape: [10, 10, 1] });
  };
  test("where what stands out of their border is in the middle, on black or on white", () => {
    expect(areCentredImages(at(4, 4))).toBe(true);
    expect(areCentredImages(at(4, 4, 1))).toBe(true);
    expect(areCentredImages(at(5, 4))).toBe(true);
    expect(areCentredImages(at(6, 4))).toBe(false);
    expect(areCentredImages(at(4, 2))).toBe(false);
  });
  test("not where they fill their frame, as photographs do, and not where there is nothing", () => {
    const noise = Array.from({ length: 300 }, (_, index) => Math.abs(Math.sin(index * 12.9898) * 43758.5453) % 1);
    expect(areCentredImages(images(noise, { shape: [10, 10, 3] }))).toBe(false);
    expect(areCentredImages(images(new Array<number>(100).fill(0.3), { shape: [10, 10, 1] }))).toBe(false);
    expect(areCentredImages(dataset([[0.5, 1]]))).toBe(false);
    // Noise is no content, wherever it lies.
    const faint = Array.from({ length: 100 }, (_, index) => (index < 50 ? 0.1 * Math.abs(Math.sin(index)) : 0));
    expect(areCentredImages(images(faint, { shape: [10, 10, 1] }))).toBe(false);
    expect(areCentredImages(images([...faint.slice(0, 44), 1, ...faint.slice(45)], { shape: [10, 10, 1] }))).toBe(true);
  });
  test("nine of ten are enough", () => {
    const pixels = (data: Dataset): readonly number[] => [...examplesOf(data).features];
    const features = [...Array.from({ length: 9 }, () => pixels(at(4, 4))).flat(), ...pixels(at(0, 0))];
    const size = { height: 10, width: 10, channels: 1 };
    expect(areCentred({ features, scale: 1, rows: Array.from({ length: 10 }, (_, row) => row) }, size)).toBe(true);
    expect(areCentred({ features, scale: 1, rows: [0, 1, 9] }, size)).toBe(false);
  });
  test("those of MNIST, every one, and the digits made of strokes, which check says without looking", () => {
    const { train, test } = loadMnist();
    const size = { height: 28, width: 28, channels: 1 };
    for (const set of [train, test]) {
      expect(areCentredImages(set)).toBe(true);
      const { features, scale } = examplesOf(set);
      for (let row = 0; row < set.data.count; row += 97)
        expect(areCentred({ features, scale, rows: [row] }, size), String(row)).toBe(true);
    }
    for (const seed of [1, 2]) {
      const made = makeDigits({ count: 200 }, { seed, folds: [] });
      expect([areCentredImages(made.train), areCentredImages(made.test)]).toEqual([true, true]);
    }
  });
});
