import { describe, expect, test } from "vitest";
import { Chain } from "../../src/augment/chain.js";
import { examplesOf } from "../../src/learn/data.js";
import { drawsRandomNumbers, type Kind } from "../../src/pipeline/kind.js";
import type { PortInfo } from "../../src/pipeline/port-info.js";
import type { Progress } from "../../src/pipeline/run-context.js";
import { augment } from "../../src/stages/augment.js";
import { withRows } from "../../src/stages/dataset.js";
import { fold } from "../../src/stages/fold.js";
import { merge } from "../../src/stages/merge.js";
import { blobOf, featuresOf, float64Of, int32Of } from "../../src/values/blob.js";
import type { Dataset } from "../../src/values/dataset.js";
import { outputOf } from "../../src/values/output.js";
import { checkKind, runKind } from "../rig/stage.js";

const [height, width] = [5, 6];
const stored = 7;
const size = height * width;
const pixels = Uint8Array.from({ length: stored * size }, (_, at) => (at * 91) % 256);
const rows = Int32Array.of(4, 0, 4, 6);
const dataOf = (features: Uint8Array | Float32Array): Dataset => {
  const isBytes = features instanceof Uint8Array;
  const whole: Dataset = {
    type: "dataset",
    data: {
      count: stored,
      shape: [height, width, 1],
      classes: ["a", "b", "c"],
      scale: isBytes ? 1 / 255 : 1,
      featureNames: [],
      targetNames: ["label"],
      split: "train+validation",
    },
    blobs: {
      features: blobOf(isBytes ? "uint8" : "float32", [stored, height, width, 1], features),
      labels: blobOf(
        "int32",
        [stored],
        Int32Array.from({ length: stored }, (_, row) => row % 3),
      ),
    },
  };
  return withRows(whole, rows);
};
const bytes = dataOf(pixels);
const floats = dataOf(Float32Array.from(pixels, (byte) => byte / 255));
const transforms = [{ rotate: 30 }, { elastic: { alpha: 20, sigma: 0.4 } }, { rotate: 5 }];
const copied = async (
  data: Dataset,
  copies: number,
  seed = 0,
  more: Parameters<typeof runKind>[2] = {},
): Promise<Dataset> => {
  const options = { data: "d", transforms, copies };
  const { outputs } = await runKind(augment, options, { inputs: { data }, seed, ...more });
  return outputOf(outputs.data, "dataset");
};

describe("copies", () => {
  test("are what epochs would see: copy c of row r is at (c − 1) · count + r", async () => {
    const [output, ofFloats] = [await copied(bytes, 3, 5), await copied(floats, 3, 5)];
    const chain = new Chain(output.data.copies!.transforms, { height, width, channels: 1 });
    const [made, madeFloats] = [featuresOf(output.blobs.features!), featuresOf(ofFloats.blobs.features!)];
    for (let copy = 1; copy <= 3; copy++) {
      chain.start(5, [], copy);
      const seen = new Map<number, number>();
      for (const [place, row] of rows.entries()) {
        const repetition = seen.get(row) ?? 0;
        seen.set(row, repetition + 1);
        const image = Float32Array.from(pixels.subarray(row * size, (row + 1) * size), (byte) => byte * (1 / 255));
        const picture = chain.apply(image, row, repetition);
        const at = ((copy - 1) * rows.length + place) * size;
        expect([...made.subarray(at, at + size)]).toEqual([
          ...new Uint8ClampedArray(Float32Array.from(picture, (value) => value * 255)),
        ]);
        expect(
          [...madeFloats.subarray(at, at + size)]
            .map((value, index) => Math.abs(value - picture[index]!))
            .every((difference) => difference < 1e-6),
        ).toBe(true);
      }
    }
    // Images and rows that are there twice have copies of their own.
    const at = (index: number): string => made.subarray(index * size, (index + 1) * size).join();
    expect(new Set(Array.from({ length: 12 }, (_, index) => at(index))).size).toBe(12);
  });
  test("have the labels, classes and split of their images, and no recipe", async () => {
    const output = await copied(bytes, 2);
    expect(output.data).toEqual({ ...bytes.data, count: 8, copies: { count: 2, transforms: expect.anything() } });
    expect([...examplesOf(output).labels]).toEqual([1, 0, 1, 0, 1, 0, 1, 0]);
    expect([...examplesOf(output).rows]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(output.blobs.features!).toMatchObject({ dtype: "uint8", shape: [8, height, width, 1] });
    expect(augment.headline!({ data: output })).toBe("data 8, 2 copies of each: rotate, elastic, rotate");
    expect(augment.preview!("data", output).at(-1)).toMatchObject({
      rows: [
        ["copied, 2 × each", ""],
        ["rotate", "degrees −30 … 30, interpolation bilinear, fill 0"],
        ["elastic", "alpha 20, sigma 0.4, interpolation bilinear, fill 0"],
        ["rotate", "degrees −5 … 5, interpolation bilinear, fill 0"],
      ],
    });
  });
  test("keep the group and the place in order of their images", async () => {
    const codes = Int32Array.of(0, 1, 0, 1, 2, 2, 1);
    const grouped: Dataset = {
      ...bytes,
      data: { ...bytes.data, group: { name: "patient", words: ["ann", "bob", "cy"] }, order: { name: "day" } },
      blobs: {
        ...bytes.blobs,
        groups: blobOf("int32", [stored], codes),
        order: blobOf(
          "float64",
          [stored],
          Float64Array.from(codes, (_, row) => row / 4),
        ),
      },
    };
    const made = await copied(grouped, 2);
    expect(made.data.group).toEqual(grouped.data.group);
    expect([...int32Of(made.blobs.groups!)]).toEqual([2, 0, 2, 1, 2, 0, 2, 1]);
    expect([...float64Of(made.blobs.order!)]).toEqual([1, 0, 1, 1.5, 1, 0, 1, 1.5]);
  });
  test("more of them begin with the same ones, and another seed gives others", async () => {
    const features = async (copies: number, seed: number): Promise<Uint8Array> =>
      (await copied(bytes, copies, seed)).blobs.features!.bytes();
    const two = await features(2, 1);
    expect((await features(3, 1)).subarray(0, two.length)).toEqual(two);
    expect(await features(2, 2)).not.toEqual(two);
  });
  test("of data that are augmented already are distorted by both, in one go", async () => {
    const once = await runKind(augment, { data: "d", transforms: [{ rotate: 30 }] }, { inputs: { data: bytes } });
    const inSteps = await runKind(
      augment,
      { data: "d", transforms: [{ elastic: { alpha: 20, sigma: 0.4 } }, { rotate: 5 }], copies: 1 },
      { inputs: { data: once.outputs.data! } },
    );
    expect(inSteps.outputs.data!.blobs.features!.bytes()).toEqual((await copied(bytes, 1)).blobs.features!.bytes());
  });
  test("tell how far they are, and stop when they are asked to", async () => {
    const told: Progress[] = [];
    await copied(bytes, 2, 0, { progress: (progress) => void told.push(progress) });
    expect(told.at(-1)).toEqual({ fraction: 1, unit: "images" });
    await expect(copied(bytes, 2, 0, { stopping: () => true })).rejects.toMatchObject({ name: "InterruptedError" });
  });
  test("of nothing are refused", async () => {
    await expect(copied(withRows(bytes, Int32Array.of()), 2)).rejects.toThrow("`data` has no images to copy.");
  });
  test("draw, which a recipe does not", () => {
    const draws = (options: object): boolean =>
      drawsRandomNumbers(augment as unknown as Kind<unknown>, { data: "d", transforms, ...options });
    expect([draws({}), draws({ copies: 1 }), draws({ copies: undefined })]).toEqual([false, true, false]);
  });
});

describe("what check knows of copies", () => {
  const port: PortInfo = {
    type: "dataset",
    shape: [height, width, 1],
    classes: ["a", "b", "c"],
    count: 4,
    split: "train",
    rows: { id: "parts.train", within: ["digits.train"] },
    ordered: "sorted by class",
    classCounts: () => [1, 3, 0],
  };
  const ports = (copies: number | undefined, data: PortInfo = port): PortInfo =>
    checkKind(
      augment,
      { data: "d", transforms: [{ rotate: 10 }], ...(copies === undefined ? {} : { copies }) },
      { inputs: { data } },
    ).ports.data!;
  test("so many examples of the same images, in no known order and without a recipe", () => {
    const copies = ports(3);
    expect(copies).toMatchObject({ count: 12, split: "train", shape: port.shape, classes: port.classes });
    expect([copies.recipe, copies.ordered]).toEqual([undefined, undefined]);
    expect(copies.classCounts!()).toEqual([3, 9, 0]);
    expect(copies.rows).toMatchObject({ within: ["parts.train", "digits.train"], repeats: 8 });
    const recipe = ports(undefined);
    expect(recipe).toMatchObject({ count: 4, ordered: "sorted by class", rows: port.rows });
    expect(recipe.recipe).toBeDefined();
    expect(recipe.classCounts!()).toEqual([1, 3, 0]);
  });
  test("one copy of each is no repetition; of what repeats itself, and of unknown counts, it is told", () => {
    expect(ports(1).rows).not.toHaveProperty("repeats");
    expect(ports(1, { ...port, rows: { ...port.rows!, repeats: 1 } }).rows!.repeats).toBe(1);
    expect(ports(3, { ...port, rows: { ...port.rows!, repeats: 1 } }).rows!.repeats).toBe(9);
    expect(ports(2, { ...port, rows: { ...port.rows!, repeats: null } }).rows!.repeats).toBeNull();
    expect(ports(2, { ...port, count: null }).rows!.repeats).toBeNull();
  });
  test("copies on both sides of a fold are told", () => {
    const { told } = checkKind(fold, { data: "d", k: 2 }, { inputs: { data: ports(2) } });
    expect(told.map(({ title, message }) => [title, message.slice(0, 79)])).toContainEqual(
      ["rows on both sides", "4 of 8 rows of `data` are copies of others and may stand on both sides of a fold"].map(
        (text) => text.slice(0, 79),
      ),
    );
  });
  test("more than a disk should hold is refused before it is made, with the way round", async () => {
    const { told } = checkKind(
      augment,
      { data: "d", transforms: [{ rotate: 10 }], copies: 1000 },
      { inputs: { data: { ...port, shape: [28, 28, 1], count: 60000 } } },
    );
    expect(told).toEqual([
      {
        severity: "error",
        title: "too many copies",
        message:
          "1,000 × 60,000 images of 784 bytes are 47,040,000,000 bytes. The limit `copied_size` is 2,147,483,648 bytes. Make fewer, or leave `copies` out: images are then distorted anew in every epoch, and nothing is stored.",
        at: "copies",
      },
    ]);
    // Floats take four times as much, which the run knows.
    const many = withRows(floats, new Int32Array(18_000_000 / 1000));
    await expect(copied(many, 1000)).rejects.toThrow("1,000 × 18,000 images of 120 bytes are 2,160,000,000 bytes.");
  });
});

test("copies beside the images as they are make one dataset, which no longer says that it is copies", async () => {
  const copies = await copied(bytes, 1);
  const { outputs } = await runKind(merge, { data: ["a", "b"] }, { list: [copies, bytes] });
  const { data, blobs } = outputOf(outputs.data, "dataset");
  expect(data).toMatchObject({ count: 8, split: "train+validation", scale: 1 / 255 });
  expect(data).not.toHaveProperty("copies");
  expect(blobs.features!.dtype).toBe("uint8");
});
