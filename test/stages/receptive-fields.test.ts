/** The aspect `receptive_fields`: strongest patches against the activations of every example, and what is said of units. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { stream } from "../../src/learn/random.js";
import { inspect } from "../../src/stages/inspect.js";
import { normalize } from "../../src/stages/normalize.js";
import { blobOf, float32Of } from "../../src/values/blob.js";
import type { FieldsOfUnits } from "../../src/values/inspected-receptive-fields.js";
import type { Inspection } from "../../src/values/inspection.js";
import { inspectionPreview } from "../../src/values/inspection-preview.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { savedFilesOf } from "../../src/values/saved.js";
import { dataset, runKind } from "../rig/stage.js";
import { trainedBriefly } from "../rig/train-stages.js";

type Model = Output<"model">;
type Data = Output<"dataset">;

const [height, width, channels] = [7, 6, 3] as const;
const size = height * width * channels;
/** The last three are again the first ones, so that they excite every unit alike. */
const images: Data = (() => {
  const random = stream(5, [], "patches");
  const rows = Array.from({ length: 20 }, (_, index) => [
    ...Array.from({ length: size }, () => random.uniform()),
    index % 2,
  ]);
  return dataset([...rows, ...rows.slice(0, 3)], {
    shape: [height, width, channels],
    classes: ["a", "b"],
    split: "test",
  });
})();
const points: Data = dataset(
  Array.from({ length: 12 }, (_, row) => [row / 10, (5 - row) ** 2, Math.sin(row)]),
  { split: "test" },
);

let net: Model;
beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
  const conv = (kernels: number, padding: number): object => ({
    conv: { kernels, size: 3, padding, activation: "relu" },
  });
  const layers = [conv(3, 2), { max_pool: 2 }, conv(2, 1), "flatten", "batch_norm", { dense: { units: 2 } }];
  net = await trainedBriefly(images, layers, "cross_entropy");
});

async function run(model: Model, data: Data, ...what: readonly unknown[]) {
  const options = {
    model: "net",
    data: "data",
    what,
    inputs: { rows: Array.from({ length: data.data.count }, (_, at) => at + 1) },
  };
  const needsInputs = what.includes("activations");
  const { outputs, remarks } = await runKind(inspect, needsInputs ? options : { ...options, inputs: undefined }, {
    inputs: { model, data },
  });
  return { found: outputOf(outputs.inspection, "inspection"), remarks };
}
const fieldsIn = ({ data }: Inspection, layer: string): FieldsOfUnits =>
  data.aspects.receptive_fields!.layers.find((each) => each.layer === layer)!;
/** With the same arrays but one, filled with a number. */
const filled = (model: Model, name: string, value: number): Model => {
  const { dtype, shape } = model.blobs[name]!;
  const length = shape.reduce((product, each) => product * each, 1);
  return { ...model, blobs: { ...model.blobs, [name]: blobOf(dtype, shape, new Float32Array(length).fill(value)) } };
};

describe("the strongest patches of a unit", () => {
  test("are those of the examples in which its largest activation is greatest, the first of those alike first", async () => {
    const layers = ["conv_1", "conv_2", "batch_norm_1", "dense_1"];
    const what = { receptive_fields: { layers, count: 5, units: [2, 1] } };
    const { found } = await run(net, images, what, "activations");
    const pixels = float32Of(images.blobs.features!);
    for (const layer of layers) {
      const { units, shape } = fieldsIn(found, layer);
      const { shape: given } = found.data.layers.find(({ name }) => name === layer)!;
      const outputs = float32Of(found.blobs[`activations.${layer}`]!);
      const patches = float32Of(found.blobs[`receptive_fields.${layer}.patches`]!);
      const [own, last] = [outputs.length / 23, given[given.length - 1]!];
      expect(units.map(({ unit }) => unit)).toEqual([2, 1]);
      for (const [nth, { unit, lowest, highest, active, patches: told }] of units.entries()) {
        const valuesOf = (example: number): number[] =>
          Array.from({ length: own / last }, (_, place) => outputs[example * own + place * last + unit - 1]!);
        const all = Array.from({ length: 23 }, (_, example) => ({ example, most: Math.max(...valuesOf(example)) }));
        const least = Math.min(...all.flatMap(({ example }) => valuesOf(example)));
        const best = all.filter(({ most }) => most > least).sort((a, b) => b.most - a.most);
        expect({ lowest, highest, active }).toEqual({
          lowest: least,
          highest: Math.max(...all.map(({ most }) => most)),
          active: best.length,
        });
        expect(told.map(({ row, value }) => [row, value])).toEqual(
          best.slice(0, 5).map(({ example, most }) => [example + 1, most]),
        );
        for (const [rank, { row, value, place, top = 0, left = 0 }] of told.entries()) {
          if (given.length === 3)
            expect((place![0] - 1) * given[1]! + place![1] - 1).toBe(valuesOf(row - 1).indexOf(value));
          const cell = shape.reduce((product, each) => product * each, 1);
          const patch = [...patches.subarray((nth * 5 + rank) * cell, (nth * 5 + rank + 1) * cell)];
          const wanted = Array.from({ length: cell }, (_, at) => {
            const [y, x] = [
              Math.floor(at / (shape[1]! * channels)) + top,
              (Math.floor(at / channels) % shape[1]!) + left,
            ];
            const isInside = y >= 0 && y < height && x >= 0 && x < width;
            return isInside ? pixels[(row - 1) * size + (y * width + x) * channels + (at % channels)]! : 0;
          });
          expect(patch).toEqual(wanted);
        }
      }
    }
    // Examples 21 … 23 are 1 … 3 again: none of them stands before the other.
    const ranked = fieldsIn(found, "dense_1").units.flatMap(({ patches }) => patches.map(({ row }) => row));
    for (const row of [1, 2, 3])
      if (ranked.includes(row + 20)) expect(ranked.indexOf(row)).toBeLessThan(ranked.indexOf(row + 20));
  });

  test("lie where the arithmetic says, beyond the image too, and are whole images where a field is as large", async () => {
    const { found } = await run(net, images, {
      receptive_fields: { layers: ["conv_1", "conv_2", "batch_norm_1", "dense_1"] },
    });
    const corners = (layer: string) => fieldsIn(found, layer).units.flatMap(({ patches }) => patches);
    expect(
      found.data.aspects.receptive_fields!.fields!.map(({ layer, size, stride, start }) => [
        layer,
        size,
        stride,
        start,
      ]),
    ).toEqual([
      ["conv_1", [3, 3], [1, 1], [-2, -2]],
      ["max_pool_1", [4, 4], [2, 2], [-2, -2]],
      ["conv_2", [8, 8], [2, 2], [-4, -4]],
      ["flatten_1", [8, 8], [2, 2], [-4, -4]],
      ["batch_norm_1", [8, 8], [2, 2], [-4, -4]],
      ["dense_1", [14, 14], [null, null], [-4, -4]],
    ]);
    for (const { place, top, left } of corners("conv_1")) expect([top, left]).toEqual([place![0] - 3, place![1] - 3]);
    // 8 × 8 pixels of an image of 7 × 6 are the whole of it.
    for (const layer of ["conv_2", "batch_norm_1", "dense_1"]) {
      expect(fieldsIn(found, layer).shape).toEqual([height, width, channels]);
      for (const { top, left } of corners(layer)) expect([top, left]).toEqual([0, 0]);
    }
    // Behind `flatten` a unit has its own place: the first eight are two channels of the first four.
    expect(fieldsIn(found, "batch_norm_1").units.map(({ projected }) => projected!.place)).toEqual(
      [1, 1, 2, 2, 3, 3, 4, 4].map((column) => [1, column]),
    );
  });

  test("are of the data as they were given, whatever the network learned from", async () => {
    const { outputs } = await runKind(normalize, { data: "data" }, { inputs: { data: images } });
    const scaled = outputOf(Object.values(outputs)[0], "dataset");
    const model = await trainedBriefly(
      scaled,
      [{ conv: { kernels: 2, size: 2 } }, "flatten", { dense: { units: 2 } }],
      "cross_entropy",
    );
    const what = { receptive_fields: { layers: "conv_1" } };
    const [raw, done] = [await run(model, images, what), await run(model, scaled, what)];
    expect(fieldsIn(raw.found, "conv_1")).toEqual(fieldsIn(done.found, "conv_1"));
    expect(raw.found.data.aspects.receptive_fields!.isNormalised).toBe(true);
    const first = (found: Inspection): number => float32Of(found.blobs["receptive_fields.conv_1.patches"]!)[0]!;
    const { row, top, left } = fieldsIn(raw.found, "conv_1").units[0]!.patches[0]!;
    const at = (row - 1) * size + (top! * width + left!) * channels;
    expect(first(raw.found)).toBe(float32Of(images.blobs.features!)[at]);
    expect(first(done.found)).toBe(float32Of(scaled.blobs.features!)[at]);
    // Both are given to the network alike, so both are projected back alike.
    const [a, b] = [raw, done].map(({ found }) => found.blobs["receptive_fields.conv_1.back_projection"]!.bytes());
    expect(a).toEqual(b);
  });
});

test("of a table whole rows are the strongest, and there are no fields", async () => {
  const line = await trainedBriefly(
    points,
    [{ dense: { units: 3, activation: "relu" } }, { dense: { units: 1 } }],
    "mse",
  );
  const { found } = await run(line, points, { receptive_fields: { count: 2 } }, "activations");
  expect(found.data.aspects.receptive_fields!.fields).toBeNull();
  const { units, shape } = fieldsIn(found, "dense_2");
  expect(shape).toEqual([2]);
  const said = [...float32Of(found.blobs["activations.dense_2"]!)];
  const order = said.map((value, at) => ({ value, at })).sort((a, b) => b.value - a.value);
  expect(units[0]!.patches).toEqual(order.slice(0, 2).map(({ value, at }) => ({ row: at + 1, value })));
  // W₁ W₂, in doubles.
  const [one, two] = ["dense_1", "dense_2"].map((name) => float32Of(line.blobs[`${name}.weight`]!));
  const product = [0, 1].map((row) => [0, 1, 2].reduce((sum, at) => sum + one![row * 3 + at]! * two![at]!, 0));
  float32Of(found.blobs["receptive_fields.dense_2.back_projection"]!).forEach(
    (value, at) => void expect(value).toBeCloseTo(product[at]!, 6),
  );
});

test("units that give one value for everything have no patches, and that is said", async () => {
  const dead = filled(net, "conv_1.bias", -1000);
  const { found, remarks } = await run(dead, images, { receptive_fields: { layers: ["conv_1", "conv_2"], units: 2 } });
  expect(fieldsIn(found, "conv_1").units).toEqual(
    [1, 2].map((unit) => ({
      ...{ unit, lowest: 0, highest: 0, active: 0, patches: [] },
      projected: { place: [5, 4], top: 2, left: 1 },
    })),
  );
  expect(remarks).toContain("conv_1: 2 units of 2 the same for all examples, no patches");
  expect(new Set(found.blobs["receptive_fields.conv_1.patches"]!.bytes())).toEqual(new Set([0]));
});

test("numbers that are not finite are refused", async () => {
  const broken = filled(net, "conv_2.bias", Number.NaN);
  await expect(run(broken, images, { receptive_fields: { layers: "conv_2" } })).rejects.toMatchObject({
    title: "a layer's outputs are not finite",
    message:
      "For example 1 `conv_2` gives NaN or infinite numbers, so that no strongest one is told. Either the training " +
      "of the model diverged (try a smaller learning rate), or this example lies far from those that it learned from " +
      "(compare their features).",
    at: ["model"],
  });
});

test("behind `layer_norm` there is no back-projection, and that is said", async () => {
  const layers = [{ conv: { kernels: 2, size: 3 } }, "layer_norm", "flatten", { dense: { units: 2 } }];
  const model = await trainedBriefly(images, layers, "cross_entropy");
  const { found, remarks } = await run(model, images, "receptive_fields");
  expect(fieldsIn(found, "conv_1").notLinear).toBeUndefined();
  expect(fieldsIn(found, "dense_1").notLinear).toBe("layer_norm_1");
  expect(Object.keys(found.blobs).filter((name) => name.endsWith("back_projection"))).toEqual([
    "receptive_fields.conv_1.back_projection",
  ]);
  expect(remarks).toEqual(["dense_1: no back-projection, layer_norm_1 is not linear"]);
});

test("what is shown and saved says what each array is", async () => {
  const { found } = await run(net, images, { receptive_fields: { layers: "conv_1", units: 1, count: 2 } });
  expect(inspect.headline!({ inspection: found })).toBe("receptive fields of 1 unit");
  expect(inspectionPreview(found).find((part) => part.type === "columns")).toMatchObject({
    rows: [
      ["layer", "map", "sees", "stride", "offset", "beyond the image"],
      ["conv_1", "9 × 8", "3 × 3", "1", "−2", "2 on every side"],
      ["max_pool_1", "4 × 4", "4 × 4", "2", "−2", "2 top, left and right, 1 bottom"],
      expect.anything(),
      expect.anything(),
      expect.anything(),
      ["dense_1", "1 × 1", "14 × 14", "–", "−4", expect.anything()],
    ],
  });
  expect(savedFilesOf(found).map(({ name, holds, remark }) => [name, holds, remark])).toEqual([
    ["layers.csv", "6 rows of 3 columns", undefined],
    ["receptive_fields.csv", "6 rows of 15 columns", undefined],
    ["strongest.csv", "2 rows of 11 columns", undefined],
    [
      "receptive_fields.conv_1.patches.npy",
      "float32 [1, 2, 3, 3, 3]",
      "[units, 2 patches, height, width, channels], as stored in the data; 0 beyond the image and where there are fewer",
    ],
    [
      "receptive_fields.conv_1.back_projection.npy",
      "float32 [1, 3, 3, 3]",
      "[units, height, width, channels], per unit of a feature as a model sees it",
    ],
  ]);
});
