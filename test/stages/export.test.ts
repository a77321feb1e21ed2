/**
 * Exported files of small networks with every kind of layer: read again, they compute what the engine computes, of
 * numbers as they stood in the file.
 */
import { onnx } from "onnx-proto";
import { beforeAll, describe, expect, test } from "vitest";
import { provideOnnxLoader } from "../../src/compute/provider.js";
import { loadOnnx } from "../../src/engine/loaded-network.js";
import { formats } from "../../src/export/formats.js";
import { evaluate } from "../../src/stages/evaluate.js";
import { exportKind } from "../../src/stages/export.js";
import { describedModel } from "../../src/stages/export-described.js";
import { installedVersion } from "../../src/util/installed.js";
import { blobOf, float32Of } from "../../src/values/blob.js";
import type { Dataset, Scaling } from "../../src/values/dataset.js";
import { modelOf } from "../../src/values/model.js";
import { outputOf } from "../../src/values/output.js";
import {
  asked,
  every,
  exported,
  filesIn,
  installAll,
  labelled,
  type Model,
  normalised,
  pictures,
  points,
  pooled,
  table,
  target,
  threeOfClasses,
  trained,
  turned,
} from "../rig/exporting.js";
import { checkKind, dataset, runKind } from "../rig/stage.js";

beforeAll(installAll);

describe("of pictures a file computes what the engine does", () => {
  for (const [what, layers] of Object.entries(every))
    test(what, async () => {
      const data = pictures(40, 2);
      const model = await trained(data, { layers: [...layers, { dense: { units: 3 } }], loss: "cross_entropy" });
      const { check } = (await exported(model)).data;
      expect(check).toMatchObject({ of: "inputs", count: 64 });
      expect(check.largest).toBeLessThan(3e-6);
      const judged = (await exported(model, data)).data.check;
      const { outputs } = await runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data } });
      const { metrics } = outputOf(outputs.evaluation, "evaluation").data;
      expect(judged).toMatchObject({ of: "examples", split: "test", count: 40 });
      for (const [name, value] of Object.entries(judged.scores!))
        expect(value).toBe((metrics as unknown as Record<string, number>)[name]);
      expect(Object.keys(judged.scores!)).toEqual(["accuracy", "correct", "loss", "logLoss"]);
    });
});

describe("numbers go in as they stand in the file", () => {
  test("of normalised pictures, whose scale the file has inside", async () => {
    const data = pictures(40, 1);
    const scaled = await normalised(data);
    expect(scaled.data).toMatchObject({ scale: 1, rawScale: 1 / 255 });
    const model = await trained(scaled, { layers: ["flatten", { dense: { units: 3 } }], loss: "cross_entropy" });
    expect(modelOf(model)).toMatchObject({ scale: 1, rawScale: 1 / 255 });
    const file = await exported(model, data);
    expect(file.data).toMatchObject({
      opset: 17,
      input: {
        name: "images",
        dtype: "float32",
        shape: ["batch", 8, 8, 1],
        meaning: "height, width, channels; bytes as they are, 0 … 255",
      },
      outputs: [
        { name: "logits", dtype: "float32", shape: ["batch", 3] },
        { name: "probabilities", dtype: "float32", shape: ["batch", 3] },
      ],
    });
    expect(file.data.check.largest).toBeLessThan(1e-6);
    expect((await exported(model)).data.check.largest).toBeLessThan(1e-6);
    // By hand, in doubles.
    const { offset, divisor } = modelOf(model).normalization![0] as Scaling;
    const row = Array.from({ length: 64 }, (_, at) => (at * 4) % 256);
    const [weight, bias] = ["weight", "bias"].map((name) => float32Of(model.blobs[`dense_1.${name}`]!));
    const { logits } = await asked(file, [row], [8, 8, 1]);
    for (const [unit, value] of logits!.entries()) {
      const sum = row.reduce((all, x, at) => all + ((x / 255 - offset[0]!) / divisor[0]!) * weight![3 * at + unit]!, 0);
      expect(value).toBeCloseTo(sum + bias![unit]!, 5);
    }
    // A model of the pictures as they are has the scale, too.
    const plain = await trained(data, { layers: ["flatten", { dense: { units: 3 } }], loss: "cross_entropy" });
    expect((await exported(plain, data)).data.check.largest).toBeLessThan(1e-6);
  });

  test("of tables, normalised twice, numbers come back in the units of the targets", async () => {
    const data = table();
    const model = await trained(await normalised(await normalised(data), "min_max"), {
      layers: [{ dense: { units: 8, activation: "tanh" } }, { dense: { units: 1 } }],
      loss: "mse",
    });
    const file = await exported(model, data);
    expect(file.data).toMatchObject({
      input: { name: "table", dtype: "float32", shape: ["batch", 2] },
      outputs: [{ name: "predictions", shape: ["batch", 1], meaning: "in the units of the targets" }],
      metadata: { columns: '["x1","x2"]', targets: '["y"]' },
    });
    expect(file.data.metadata.classes).toBeUndefined();
    expect(Object.keys(file.data.check.scores!)).toEqual(["mse", "mae", "r2"]);
    const { outputs } = await runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data } });
    const wanted = float32Of(outputs.evaluation!.blobs.predictions!);
    const { predictions } = await asked(
      file,
      points.map((row) => [...row]),
      [2],
    );
    for (const [at, value] of predictions!.entries()) expect(value).toBeCloseTo(wanted[at]!, 4);
  });

  test("that 32 bits would round go in as doubles", async () => {
    const rows = points.map((row) => [1.7e9 + row[0], row[1], target(row)]);
    const narrow = dataset(rows);
    const features = Float64Array.from(rows.flatMap(([a, b]) => [a!, b!]));
    const data: Dataset = { ...narrow, blobs: { ...narrow.blobs, features: blobOf("float64", [60, 2], features) } };
    const model = await trained(await normalised(data), { layers: [{ dense: { units: 1 } }], loss: "mse" });
    const file = await exported(model, data);
    expect(file.data.input).toMatchObject({ name: "table", dtype: "float64" });
    expect(file.data.check.largest).toBeLessThan(1e-6);
    expect((await exported(model)).data.check.largest).toBeLessThan(1e-6);
  });

  test("and two classes of one output have logits and probabilities of both", async () => {
    const data = labelled(["no", "yes"]);
    const options = { layers: [{ dense: { units: 1 } }], loss: "binary_cross_entropy", epochs: 30 };
    const model = await trained(await normalised(data), options);
    const file = await exported(model, data);
    expect(file.data.check.scores!.accuracy).toBeGreaterThan(0.8);
    const { outputs } = await runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data } });
    const wanted = float32Of(outputs.evaluation!.blobs.predictions!);
    const said = await asked(
      file,
      points.map((row) => [...row]),
      [2],
    );
    for (const [at, value] of said.probabilities!.entries()) expect(value).toBeCloseTo(wanted[at]!, 5);
    expect([...said.logits!].filter((value, at) => at % 2 === 0 && value !== 0)).toEqual([]);
  });
});

describe("ensembles are one graph", () => {
  for (const rule of ["mean", "vote"])
    test(`whose members have other columns, scales and orders of classes (${rule})`, async () => {
      const model = await pooled(await threeOfClasses(), rule);
      const data = labelled(["no", "yes"]);
      const file = await exported(model, data);
      const names = rule === "vote" ? ["probabilities"] : ["logits", "probabilities"];
      expect(file.data.outputs.map(({ name }) => name)).toEqual(names);
      expect(file.data.members).toBe(3);
      expect(file.data.check.largest).toBeLessThan(1e-6);
      const { outputs } = await runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data } });
      const wanted = float32Of(outputs.evaluation!.blobs.predictions!);
      const said = await asked(
        file,
        points.map((row) => [...row]),
        [2],
      );
      for (const [at, value] of said.probabilities!.entries()) expect(value).toBeCloseTo(wanted[at]!, 6);
      expect((await exported(model)).data.check.largest).toBeLessThan(1e-6);
    });

  test("of which two that disagree elect the class with the larger mean probability", async () => {
    const [first, second] = (await threeOfClasses()) as [Model, Model];
    const model = await pooled([first, second], "vote");
    const data = labelled(["no", "yes"]);
    const { outputs } = await runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data } });
    const wanted = float32Of(outputs.evaluation!.blobs.predictions!);
    const said = await asked(
      await exported(model, data),
      points.map((row) => [...row]),
      [2],
    );
    // Ties, of which the second class has won some: its share is the next float32.
    expect([...wanted]).toContain(Math.fround(0.5 + 2 ** -24));
    expect([...said.probabilities!]).toEqual([...wanted]);
  });

  test("of numbers say their mean", async () => {
    const options = { layers: [{ dense: { units: 1 } }], loss: "mse" };
    const members = [await trained(table(), options), await trained(await normalised(turned(table())), options, 1)];
    const model = await pooled(members);
    expect((await exported(model, table())).data).toMatchObject({
      outputs: [{ name: "predictions", meaning: "in the units of the targets, the members' mean" }],
    });
    expect((await exported(model)).data.check.largest).toBeLessThan(1e-6);
  });
});

test("another library reads names, shapes, versions and metadata of the file", async () => {
  const data = labelled(["no", "yes"]);
  const layers = [{ dense: { units: 4, activation: "gelu" } }, { dense: { units: 2 } }];
  const model = await trained(await normalised(data), { layers, loss: "cross_entropy" });
  const file = onnx.ModelProto.decode(filesIn(await exported(model))["model.onnx"]!);
  expect([Number(file.irVersion), file.producerName]).toEqual([8, "hw1"]);
  expect(file.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([["", 17]]);
  expect(Object.fromEntries(file.metadataProps!.map(({ key, value }) => [key, value]))).toEqual({
    hw1_version: file.producerVersion,
    input: "columns in the order of `columns`; numbers as in the file",
    classes: '["no","yes"]',
    columns: '["x1","x2"]',
  });
  const { input, output, node, initializer } = file.graph!;
  const dimensions = (given: typeof input): readonly unknown[] =>
    given!.map(({ name, type }) => [
      name,
      type!.tensorType!.shape!.dim!.map(({ dimParam, dimValue }) => dimParam || Number(dimValue)),
    ]);
  expect(dimensions(input)).toEqual([["table", ["batch", 2]]]);
  expect(dimensions(output)).toEqual([
    ["logits", ["batch", 2]],
    ["probabilities", ["batch", 2]],
  ]);
  expect(node!.map(({ opType }) => opType)).toEqual([
    ...["Cast", "Sub", "Div", "Cast", "Gemm", "Mul", "Erf", "Mul", "Add", "Mul", "Gemm", "Identity", "Softmax"],
  ]);
  expect(node!.flatMap(({ name }) => name || [])).toEqual([
    ...["dense_1", "dense_1.activation", "dense_2", "logits", "probabilities"],
  ]);
  const named = initializer!.flatMap(({ name }) => (name!.startsWith("value_") ? [] : [name]));
  expect(named).toEqual(["dense_1.weight", "dense_1.bias", "dense_2.weight", "dense_2.bias"]);
});

describe("what the file does not take, or does not do, ends the stage", () => {
  const one = { layers: [{ dense: { units: 2 } }], loss: "cross_entropy" };

  test("data that are normalised", async () => {
    const data = await normalised(labelled(["no", "yes"]));
    const model = await trained(data, one);
    await expect(exported(model, data)).rejects.toThrow(
      "The file takes numbers as they were loaded and normalises them itself, but `data` is normalised already " +
        "(standard). Name data before they are normalised.",
    );
  });

  test("cells without a value that nothing fills, when the pipeline is checked", () => {
    const file = { path: "p.yaml", text: "" };
    const model = { type: "model", inputShape: [2], classes: ["no", "yes"], normalization: [] } as const;
    const data = { type: "dataset", shape: [2], classes: ["no", "yes"], hasGaps: true, normalization: [] } as const;
    const options = { model: "m", format: "onnx", data: "d" };
    const told = (port: object) =>
      checkKind(exportKind, options, { inputs: { model: { ...model, ...port }, data } }).told;
    expect(told({})).toEqual([
      {
        severity: "error",
        title: "cells without a value",
        message:
          "`data` has cells without a value, and nothing says what the model would have in their place. Let the " +
          "training read what an `impute` stage leaves (`{kind: impute, data: …}`): raw data that meet its model are " +
          "then filled by the same statistics.",
        at: "data",
      },
    ]);
    const filled = [{ method: "impute", of: undefined, span: { file, start: 0, end: 0 } }];
    expect(told({ normalization: filled })).toEqual([]);
  });

  test("pictures in other units", async () => {
    const model = await trained(pictures(12, 1), {
      layers: ["flatten", { dense: { units: 3 } }],
      loss: "cross_entropy",
    });
    await expect(exported(model, pictures(12, 1, { scale: 1 }))).rejects.toThrow(
      "The numbers of `data` are multiplied by 1 before a model sees them, and the model learned from numbers that " +
        "were multiplied by 1/255, which the file does. Name data of the same kind of files.",
    );
  });

  test("members that read other units", async () => {
    const options = { layers: ["flatten", { dense: { units: 3 } }], loss: "cross_entropy" };
    const members = [await trained(pictures(12, 1), options), await trained(pictures(12, 1, { scale: 1 }), options)];
    await expect(exported(await pooled(members))).rejects.toThrow(
      "The first member multiplies what it reads by 1/255, and member 2 by 1: one input cannot be for both. Train " +
        "them on data of one `load`, or export them one by one.",
    );
  });

  test("other columns", async () => {
    const model = await trained(labelled(["no", "yes"]), one);
    const { data, blobs } = labelled(["no", "yes"]);
    const other: Dataset = { type: "dataset", data: { ...data, featureNames: ["x1", "z"] }, blobs };
    await expect(exported(model, other)).rejects.toThrow("The model was trained on `x2` where `data` has `z`.");
  });

  test("a file that computes something else", async () => {
    const data = labelled(["no", "yes"]);
    const model = await trained(data, { ...one, epochs: 30 });
    const version = installedVersion("onnxruntime-node");
    provideOnnxLoader(async (files) => {
      const network = await loadOnnx(files);
      return {
        ...network,
        run: async (...given) => (await network.run(...given)).map((values) => values.map((value) => 0.5 - value)),
      };
    });
    try {
      const seeded = await exported(model).catch((error: Error) => error.message);
      expect(seeded).toMatch(
        /^Read by onnxruntime-node [\d.]+, the ONNX file differs by [\d.]+e[+-]\d+ from what hw1 /,
      );
      expect(seeded).toContain("of 64 seeded inputs, where at most 0.00001 is let pass. The file is not kept.");
      const judged = await exported(model, data).catch((error: Error) => error.message);
      expect(judged).toMatch(
        new RegExp(
          `^Read by onnxruntime-node ${version}, the ONNX file has the accuracy 0\\.\\d+ on \`data\`, and hw1 0\\.\\d+\\. ` +
            "Its outputs differ by up to [\\d.]+e[+-]\\d+\\. The file is not kept\\. Where that is the rounding of a tie, " +
            "leave out `data`, and it is checked by the outputs of seeded inputs\\.$",
        ),
      );
    } finally {
      provideOnnxLoader(loadOnnx);
    }
  });
});

for (const format of ["onnx", "tfjs"] as const)
  test(`outputs on the scale of scaled targets come back in their units, member by member (${format})`, async () => {
    const options = { layers: [{ dense: { units: 2 } }], loss: "mse" };
    const two = Float32Array.from(points.flatMap((row) => [target(row), row[0]]));
    const { data, blobs } = table({ targetNames: ["y", "z"] });
    const labels = blobOf("float32", [60, 2], two);
    const given: Dataset = { type: "dataset", data, blobs: { ...blobs, labels } };
    const scaled = (model: Model, offset: readonly number[], divisor: readonly number[]): Model => ({
      ...model,
      data: { ...modelOf(model), targetScaling: { method: "standard", offset, divisor } },
    });
    const members = [await trained(given, options), await trained(given, options, 1)] as const;
    const [plain, other] = await Promise.all(
      members.map(async (model) => {
        const { outputs } = await runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data: given } });
        return float32Of(outputs.evaluation!.blobs.predictions!);
      }),
    );
    const pair = [scaled(members[0], [100, -3], [50, 0.5]), scaled(members[1], [7, 0], [2, 4])];
    const asFile = async (model: Model): Promise<Float32Array> => {
      const described = describedModel(model, format);
      const network = await formats[format].loader()(await formats[format].files(described));
      const rows = { shape: [60, 2], data: Float32Array.from(points.flat()) };
      const [predictions] = await network.run("table", rows, ["predictions"]);
      network.dispose();
      return predictions!;
    };
    const wanted = (at: number, value: number, [offset, divisor]: readonly (readonly number[])[]): number =>
      value * divisor![at % 2]! + offset![at % 2]!;
    const first = plain!.map((value, at) =>
      wanted(at, value, [
        [100, -3],
        [50, 0.5],
      ]),
    );
    for (const [at, value] of (await asFile(pair[0]!)).entries()) expect(value).toBeCloseTo(first[at]!, 2);
    const mean = other!.map(
      (value, at) =>
        (wanted(at, value, [
          [7, 0],
          [2, 4],
        ]) +
          first[at]!) /
        2,
    );
    for (const [at, value] of (await asFile(await pooled(pair))).entries()) expect(value).toBeCloseTo(mean[at]!, 2);
  });
