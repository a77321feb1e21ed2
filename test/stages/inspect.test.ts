/** What `inspect` looks at: which examples, which layers and units, and what it leaves of them. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { stream } from "../../src/learn/random.js";
import { drawsRandomNumbers, type Kind } from "../../src/pipeline/kind.js";
import { InterruptedError, type Progress } from "../../src/pipeline/run-context.js";
import { ensemble } from "../../src/stages/ensemble.js";
import { evaluate } from "../../src/stages/evaluate.js";
import { wrongExamples } from "../../src/stages/figures/mistakes.js";
import { inspect } from "../../src/stages/inspect.js";
import { judgedClasses } from "../../src/stages/judged-classes.js";
import { normalize } from "../../src/stages/normalize.js";
import { blobOf, float32Of, int32Of } from "../../src/values/blob.js";
import type { Inspection } from "../../src/values/inspection.js";
import { inspectionPreview } from "../../src/values/inspection-preview.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { savedFilesOf } from "../../src/values/saved.js";
import { dataset, runKind } from "../rig/stage.js";
import { trainedBriefly } from "../rig/train-stages.js";

type Model = Output<"model">;
type Data = Output<"dataset">;

/** Colour images, 6 × 6, of three classes in no order; the second class comes first. */
const images: Data = (() => {
  const random = stream(5, [], "images");
  const rows = Array.from({ length: 30 }, (_, index) => {
    const label = [1, 0, 1, 2, 0][index % 5]!;
    return [...Array.from({ length: 108 }, (_, at) => random.uniform() + (at % 3 === label ? 0.2 : 0)), label];
  });
  return dataset(rows, { shape: [6, 6, 3], classes: ["red", "green", "blue"], split: "test" });
})();
const points: Data = dataset(
  Array.from({ length: 20 }, (_, row) => [row / 10, 5 - row, Math.sin(row)]),
  { split: "test" },
);

let colours: Model;
let line: Model;
beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
  const conv = (kernels: number): object => ({ conv: { kernels, size: 3, activation: "relu" } });
  colours = await trainedBriefly(images, [conv(5), conv(4), "flatten", { dense: { units: 3 } }], "cross_entropy");
  line = await trainedBriefly(points, [{ dense: { units: 4, activation: "tanh" } }, { dense: { units: 1 } }], "mse");
});

async function looked(model: Model, options: object, data?: Data, more: object = {}): Promise<Inspection> {
  const names = { model: "net", ...(data ? { data: "data" } : {}) };
  const inputs = { model, ...(data ? { data } : {}) };
  const { outputs } = await runKind(inspect, { ...names, ...options }, { inputs, ...more });
  return outputOf(outputs.inspection, "inspection");
}
const rowsOf = ({ data }: Inspection): readonly number[] => data.inputs!.map(({ row }) => row);

describe("inputs", () => {
  test("are the first example of each class, or the first three of numbers", async () => {
    const ofClasses = await looked(colours, { what: ["activations"] }, images);
    expect(ofClasses.data.inputs!.map(({ row, label }) => [row, label])).toEqual([
      [2, "red"],
      [1, "green"],
      [4, "blue"],
    ]);
    const ofNumbers = await looked(line, { what: ["activations"] }, points);
    expect(rowsOf(ofNumbers)).toEqual([1, 2, 3]);
    expect(ofNumbers.data.inputs!.map(({ label }) => label)).toEqual([
      [0],
      [Math.fround(Math.sin(1))],
      [Math.fround(Math.sin(2))],
    ]);
  });

  test("are named by labels and rows, in the order of the file, and kept as they are given", async () => {
    const byLabel = await looked(colours, { what: ["activations"], inputs: { labels: ["blue", "red"] } }, images);
    expect(rowsOf(byLabel)).toEqual([4, 2]);
    const byRow = await looked(colours, { what: ["activations"], inputs: { rows: [30, 1] } }, images);
    expect(rowsOf(byRow)).toEqual([30, 1]);
    const { inputs } = byRow.blobs;
    expect(inputs!.shape).toEqual([2, 6, 6, 3]);
    const pixels = float32Of(images.blobs.features!);
    expect([...float32Of(inputs!)]).toEqual([...pixels.subarray(29 * 108), ...pixels.subarray(0, 108)]);
  });

  test("are counted among the rows that data consist of", async () => {
    const turned: Data = { ...images, blobs: { ...images.blobs, rows: blobOf("int32", [3], Int32Array.of(29, 3, 0)) } };
    const data: Data = { ...turned, data: { ...turned.data, count: 3 } };
    const found = await looked(colours, { what: ["activations"], inputs: { rows: [2] } }, data);
    const same = await looked(colours, { what: ["activations"], inputs: { rows: [4] } }, images);
    expect(found.data.inputs![0]).toEqual({ ...same.data.inputs![0]!, row: 2 });
    expect(found.blobs["activations.dense_1"]!.bytes()).toEqual(same.blobs["activations.dense_1"]!.bytes());
  });

  test("are the most confident mistakes, ordered as the figure orders them, with the probabilities of the evaluation", async () => {
    const judged = await runKind(
      evaluate,
      { model: "net", data: "data" },
      { inputs: { model: colours, data: images } },
    );
    const value = outputOf(judged.outputs.evaluation, "evaluation");
    const item = { source: 0, element: null, label: "", name: "", over: [], value };
    const wrong = wrongExamples(judgedClasses("mistakes", item));
    expect(wrong.length).toBeGreaterThan(4);
    const found = await looked(colours, { what: ["activations"], inputs: { mistaken: 4 } }, images);
    expect(found.data.inputs).toEqual(
      wrong.slice(0, 4).map(({ place, truth, predicted, probability }) => ({
        ...{ row: place + 1, label: truth, predicted, probability },
      })),
    );
    // Of fewer there are all, and that is said.
    const all = await runKind(
      inspect,
      { model: "net", data: "data", what: ["activations"], inputs: { mistaken: 30 } },
      { inputs: { model: colours, data: images } },
    );
    expect(outputOf(all.outputs.inspection, "inspection").data.inputs).toHaveLength(wrong.length);
    expect(all.remarks).toEqual([`of 30 mistakes that are wanted there are ${wrong.length}`]);
  });

  test("are refused where there is no such example", async () => {
    const only = Int32Array.from(int32Of(images.blobs.labels!).keys()).filter((row) => row % 5 === 1);
    const reds: Data = {
      ...images,
      data: { ...images.data, count: only.length },
      blobs: { ...images.blobs, rows: blobOf("int32", [only.length], only) },
    };
    const of = (inputs: object, data = reds) => looked(colours, { what: ["activations"], inputs }, data);
    await expect(of({ labels: ["red", "blue"] })).rejects.toMatchObject({
      title: "a label without an example",
      message: "`data` has no example of class `blue`. Leave it out, or name data that have one.",
      at: ["inputs", "labels", 1],
    });
    await expect(of({ rows: [7] })).rejects.toMatchObject({
      title: "no such row",
      message: "There is no row 7: `data` has 6 examples, counted from 1.",
      at: ["inputs", "rows", 0],
    });
    await expect(looked(line, { what: ["activations"], inputs: { mistaken: 1 } }, points)).rejects.toMatchObject({
      title: "mistakes of a model that predicts numbers",
    });
    const right = await looked(colours, { what: ["activations"], inputs: { rows: [1, 2, 3, 4, 5] } }, images);
    const good = right.data.inputs!.filter(({ label, predicted }) => label === predicted).map(({ row }) => row - 1);
    const data: Data = {
      ...images,
      data: { ...images.data, count: good.length },
      blobs: { ...images.blobs, rows: blobOf("int32", [good.length], Int32Array.from(good)) },
    };
    expect(good.length).toBeGreaterThan(0);
    await expect(of({ mistaken: 1 }, data)).rejects.toMatchObject({ title: "no mistakes" });
  });
});

describe("activations", () => {
  test("of raw data are those of the data that the model would have learned from", async () => {
    const { outputs } = await runKind(normalize, { data: "data" }, { inputs: { data: points } });
    const scaled = outputOf(Object.values(outputs)[0], "dataset");
    const model = await trainedBriefly(scaled, [{ dense: { units: 3 } }, { dense: { units: 1 } }], "mse");
    const options = { what: ["activations"], inputs: { rows: [3] } };
    const [raw, done] = [await looked(model, options, points), await looked(model, options, scaled)];
    expect(raw.blobs["activations.dense_1"]!.bytes()).toEqual(done.blobs["activations.dense_1"]!.bytes());
    // The examples are kept as they were given, and so told.
    expect([...float32Of(raw.blobs.inputs!)]).toEqual([...float32Of(points.blobs.features!)].slice(4, 6));
    expect([raw.data.normalization, done.data.normalization?.length]).toEqual([undefined, 1]);
  });

  test("of one layer are those of all layers, whatever else is looked at", async () => {
    const all = await looked(colours, { what: ["activations", "feature_maps", "kernels"] }, images);
    const one = await looked(colours, { what: [{ activations: { layers: "conv_2" } }] }, images);
    expect(Object.keys(one.blobs).sort()).toEqual(["activations.conv_2", "inputs"]);
    expect(one.blobs["activations.conv_2"]!.bytes()).toEqual(all.blobs["activations.conv_2"]!.bytes());
    // The convolution before its activation is below 0 somewhere; what the layer gives is not.
    const before = float32Of(all.blobs["feature_maps.conv_2.convolution"]!);
    expect(Math.min(...before)).toBeLessThan(0);
    expect([...float32Of(one.blobs["activations.conv_2"]!)]).toEqual(
      [...before].map((value) => Math.max(0, value) + 0),
    );
  });
});

describe("kernels", () => {
  test("are colour images, one channel, a mean or a norm of the weights", async () => {
    const weight = colours.blobs["conv_1.weight"]!;
    const weights = float32Of(weight);
    expect(weight.shape).toEqual([3, 3, 3, 5]);
    const at = (place: number, channel: number, kernel: number): number => weights[(place * 3 + channel) * 5 + kernel]!;
    const places = Array.from({ length: 9 }, (_, place) => place);
    const of = async (options: object): Promise<readonly number[]> => {
      const { blobs } = await looked(colours, { what: [{ kernels: { layers: "conv_1", units: [5, 2], ...options } }] });
      return [...float32Of(blobs["kernels.conv_1"]!)];
    };
    const each = (one: (place: number, kernel: number) => readonly number[]): readonly number[] =>
      [4, 1].flatMap((kernel) => places.flatMap((place) => one(place, kernel)));
    expect(await of({})).toEqual(each((place, kernel) => [0, 1, 2].map((channel) => at(place, channel, kernel))));
    expect(await of({ of: 3 })).toEqual(each((place, kernel) => [at(place, 2, kernel)]));
    expect(await of({ of: "mean" })).toEqual(
      each((place, kernel) => [Math.fround((at(place, 0, kernel) + at(place, 1, kernel) + at(place, 2, kernel)) / 3)]),
    );
    const norm = await of({ of: "norm" });
    each((place, kernel) => [Math.hypot(at(place, 0, kernel), at(place, 1, kernel), at(place, 2, kernel))]).forEach(
      (value, index) => void expect(norm[index]).toBeCloseTo(value, 6),
    );
    // A layer that reads no image has no colours.
    const { data } = await looked(colours, { what: ["kernels"] });
    expect(data.aspects.kernels!.layers.map(({ layer, of: shown, units }) => [layer, shown, units.length])).toEqual([
      ["conv_1", "colour", 5],
      ["conv_2", "norm", 4],
    ]);
  });
});

test("data without examples are refused", async () => {
  const none = dataset([], { shape: [2] });
  await expect(looked(line, { what: ["activations"] }, none)).rejects.toMatchObject({ title: "no examples" });
});

test("an ensemble is refused when it is met, too", async () => {
  const two = await runKind(ensemble, { models: ["a", "b"] }, { list: [colours, colours], listed: "models" });
  const model = outputOf(two.outputs.model, "model");
  await expect(looked(model, { what: ["kernels"] })).rejects.toMatchObject({ title: "an ensemble to look into" });
});

test("layers that only the model tells are asked for when it is met, in the words of check time", async () => {
  await expect(looked(line, { what: [{ activations: { layers: "dense_3" } }] }, points)).rejects.toMatchObject({
    title: "no such layer",
    message: "The network has no layer `dense_3`. Did you mean `dense_1`?\n\nLayers: dense_1, dense_2",
    at: ["what", 0, "activations", "layers"],
  });
  await expect(looked(line, { what: ["kernels"] })).rejects.toMatchObject({
    title: "no layer for kernels",
    at: ["what", 0, "kernels"],
  });
});

test("both spellings of an aspect are the same options, and none of these draws random numbers", () => {
  const parsed = (what: unknown): unknown => inspect.schema.parse({ model: "net", what });
  expect(parsed(["kernels"])).toEqual(parsed([{ kernels: {} }]));
  const kind = inspect as unknown as Kind<unknown>;
  expect(drawsRandomNumbers(kind, { what: ["kernels", "activations", { feature_maps: {} }] })).toBe(false);
});

test("a stop is heard between two calls of the engine", async () => {
  const told: Progress[] = [];
  const hooks = { progress: (each: Progress) => void told.push(each), stopping: () => told.length > 1 };
  await expect(looked(colours, { what: ["kernels", "activations", "feature_maps"] }, images, hooks)).rejects.toThrow(
    InterruptedError,
  );
  expect(told.flatMap(({ message }) => message ?? [])).toEqual(["kernels", "activations"]);
  // A quarter is the choice of the inputs.
  expect(told.map(({ fraction }) => fraction)).toEqual([0.25, 0.5]);
});

test("what is shown and saved says what each array is", async () => {
  const found = await looked(
    colours,
    {
      what: [{ kernels: { layers: "conv_2", units: 2 } }, { activations: { layers: "dense_1" } }],
      inputs: { rows: [1] },
    },
    images,
  );
  expect(inspect.headline!({ inspection: found })).toBe("1 input, activations of 1 layer, 2 kernels");
  const headings = inspectionPreview(found).flatMap((part) => (part.type === "heading" ? [part.title] : []));
  expect(headings).toEqual(["Inputs", "Activations", "Kernels"]);
  expect(savedFilesOf(found).map(({ name, holds, remark }) => [name, holds, remark])).toEqual([
    ["inputs.csv", "1 row of 4 columns", undefined],
    ["layers.csv", "4 rows of 3 columns", undefined],
    ["activations.csv", "1 row of 6 columns", undefined],
    ["inputs.npy", "float32 [1, 6, 6, 3]", "[inputs, height, width, channels]"],
    ["kernels.conv_2.npy", "float32 [2, 3, 3, 1]", "[kernels, height, width, 1]; norm over 5 channels"],
    ["activations.dense_1.npy", "float32 [1, 3]", "[inputs, units]; what the layer gives, with its own activation"],
  ]);
});
