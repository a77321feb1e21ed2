import { expect, test } from "vitest";
import type { JsonObject } from "../../src/util/json.js";
import { blobOf } from "../../src/values/blob.js";
import type { Output } from "../../src/values/output.js";
import { savedFilesOf } from "../../src/values/saved.js";
import { savedArray } from "../../src/values/saved-array.js";
import { looseOutput } from "../rig/output.js";

/** What stands behind the head. */
const numbersIn = (pieces: Iterable<Uint8Array>): Buffer => {
  const bytes = Buffer.concat([...pieces].map((piece) => Buffer.from(piece)));
  return bytes.subarray(10 + bytes.readUInt16LE(8));
};
const copied = function* (pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces) yield Uint8Array.from(piece);
};
const textIn = (output: Output, name: string): string => {
  const file = savedFilesOf(output).find((each) => each.name === name)!;
  return Buffer.concat([...copied(file.pieces())]).toString();
};

test("rows are gathered in their order, repeated ones again, over the ends of pieces", () => {
  const width = 1000;
  const array = Float32Array.from({ length: 900 * width }, (_, at) => at);
  const rows = Int32Array.from({ length: 2000 }, (_, at) => (at * 7919) % 900);
  const file = savedArray("x", blobOf("float32", [900, 10, 100], array), { rows });
  expect(file.holds).toBe("float32 [2000, 10, 100]");
  const numbers = numbersIn(copied(file.pieces()));
  expect(numbers.length).toBe(4 * 2000 * width);
  for (const [index, row] of rows.entries()) {
    expect(numbers.readFloatLE(4 * index * width)).toBe(Math.fround(row * width));
    expect(numbers.readFloatLE(4 * ((index + 1) * width - 1))).toBe(Math.fround((row + 1) * width - 1));
  }
});

test("images in 64 bits become float32 and say so; columns of a table keep their digits", () => {
  const array = Float64Array.of(0.1, 0.2, 0.3, 0.4);
  const labels = blobOf("int32", [2], Int32Array.of(0, 1));
  const dataset = (shape: number[]): Output =>
    looseOutput("dataset", { shape, scale: 1 }, { features: blobOf("float64", [2, ...shape], array), labels });
  const [images] = savedFilesOf(dataset([1, 2, 1]));
  expect([images!.holds, images!.remark]).toEqual(["float32 [2, 1, 2, 1]", "rounded from float64"]);
  expect(numbersIn(copied(images!.pieces()))).toEqual(Buffer.from(Float32Array.from(array).buffer));
  const [columns] = savedFilesOf(dataset([2]));
  expect([columns!.holds, columns!.remark]).toEqual(["float64 [2, 2]", undefined]);
  expect(numbersIn(copied(columns!.pieces()))).toEqual(Buffer.from(array.buffer));
});

test("a data set with a recipe gives its images as they are, and those before normalisation beside them", () => {
  const bytes = blobOf("uint8", [3, 1, 1, 1], Uint8Array.of(10, 20, 30));
  const labels = blobOf("int32", [3], Int32Array.of(0, 1, 1));
  const rows = blobOf("int32", [2], Int32Array.of(2, 0));
  const transforms = [
    { type: "rotate", probability: 1 },
    { type: "blur", probability: 0.5 },
  ];
  const recipe = { transforms, scale: 1 / 255 };
  const shape = [1, 1, 1];
  const plain = looseOutput("dataset", { shape, scale: 1 / 255, recipe }, { features: bytes, labels, rows });
  expect(savedFilesOf(plain).map(({ name, holds, remark }) => [name, holds, remark])).toEqual([
    ["features.npy", "uint8 [2, 1, 1, 1]", "a model sees value / 255; as they are; a training draws rotate, blur"],
    ["labels.npy", "int32 [2]", undefined],
  ]);
  const normalization = [{ method: "standard", offset: [0.1], divisor: [0.2] }];
  const features = blobOf("float32", [3, 1, 1, 1], Float32Array.of(-1, 0, 1));
  const normalised = savedFilesOf(
    looseOutput("dataset", { shape, scale: 1, recipe, normalization }, { features, labels, rows, originals: bytes }),
  );
  expect(normalised.map(({ name, holds, remark }) => [name, holds, remark])).toEqual([
    ["features.npy", "float32 [2, 1, 1, 1]", "normalised (standard); as they are; a training draws rotate, blur"],
    ["labels.npy", "int32 [2]", undefined],
    ["originals.npy", "uint8 [2, 1, 1, 1]", "before normalisation; the transforms see value / 255"],
  ]);
  expect(numbersIn(copied(normalised[2]!.pieces()))).toEqual(Buffer.of(30, 10));
});

const evaluation = (data: JsonObject, predictions: readonly number[], labels: Int32Array | Float32Array): Output =>
  looseOutput(
    "evaluation",
    { scale: 1, metrics: {}, model: {}, ...data },
    {
      predictions: blobOf("float32", [2, predictions.length / 2], Float32Array.from(predictions)),
      features: blobOf("float32", [3, 2], Float32Array.of(0.1, 1, 0.2, 2, 0.3, 3)),
      labels: blobOf(labels instanceof Int32Array ? "int32" : "float32", [3], labels),
      rows: blobOf("int32", [2], Int32Array.of(2, 0)),
    },
  );

test("predictions of classes: features, label, prediction and each class's probability, names quoted and told apart", () => {
  const data = {
    loss: "cross_entropy",
    classes: ['a "cat"', "dog, big"],
    shape: [2],
    featureNames: ["label", "width"],
  };
  const judged = evaluation(data, [0.25, 0.75, 0.5, 0.5], Int32Array.of(1, 0, 0));
  expect(textIn(judged, "predictions.csv")).toBe(
    'label,width,label_2,prediction,"probability a ""cat""","probability dog, big"\n' +
      '0.3,3,"a ""cat""","dog, big",0.25,0.75\n' +
      '0.1,1,"dog, big","a ""cat""",0.5,0.5\n',
  );
});

test("predictions of numbers: a column for each target where there are several; of images no features", () => {
  const one = evaluation({ loss: "mse", classes: null, shape: [2] }, [1.5, -2], Float32Array.of(1, 2, 3));
  expect(textIn(one, "predictions.csv")).toBe("column 1,column 2,label,prediction\n0.3,3,3,1.5\n0.1,1,1,-2\n");
  const two = looseOutput(
    "evaluation",
    { scale: 1, metrics: {}, loss: "mse", classes: null, shape: [1, 2, 1], targetNames: ["x", "y"] },
    {
      predictions: blobOf("float32", [1, 2], Float32Array.of(5, 6)),
      features: blobOf("float32", [1, 1, 2, 1], Float32Array.of(0, 1)),
      labels: blobOf("float32", [1, 2], Float32Array.of(7, 8)),
      rows: blobOf("int32", [1], Int32Array.of(0)),
    },
  );
  expect(textIn(two, "predictions.csv")).toBe("label x,label y,prediction x,prediction y\n7,8,5,6\n");
});

test("what a round of a search runs: a row for each place", () => {
  const trials = [
    { key: "7", values: { rate: 0.1, units: 16 } },
    { key: "9", values: { rate: 0.01, units: 32 } },
  ];
  const round = looseOutput("trials", { generation: 2, rung: 2, epochs: 3, places: 3, trials, why: "one failed" });
  expect(textIn(round, "places.csv")).toBe("place,trial,rate,units\n1,7,0.1,16\n2,9,0.01,32\n");
});

test("groups are saved by their words and the order as numbers, of the rows that are meant", () => {
  const output = looseOutput(
    "dataset",
    { shape: [1], scale: 1, group: { name: "patient", words: ["ann", "bob"] }, order: { name: "day" } },
    {
      features: blobOf("float32", [3, 1], Float32Array.of(1, 2, 3)),
      labels: blobOf("int32", [3], Int32Array.of(0, 1, 0)),
      groups: blobOf("int32", [3], Int32Array.of(1, 0, 1)),
      order: blobOf("float64", [3], Float64Array.of(7, 8, 9)),
      rows: blobOf("int32", [2], Int32Array.of(2, 1)),
    },
  );
  expect(savedFilesOf(output).map(({ name }) => name)).toEqual([
    "features.npy",
    "labels.npy",
    "groups.csv",
    "order.npy",
  ]);
  expect(textIn(output, "groups.csv")).toBe("patient\nbob\nann\n");
  const order = savedFilesOf(output).find(({ name }) => name === "order.npy")!;
  expect(numbersIn(copied(order.pieces()))).toEqual(Buffer.from(Float64Array.of(9, 8).buffer));
});
