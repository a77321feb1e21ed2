/** Residual blocks, activations with options and the regularizer as options of a training, and what it leaves. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { stream } from "../../src/learn/random.js";
import { evaluate } from "../../src/stages/evaluate.js";
import { train } from "../../src/stages/train.js";
import { modelOf } from "../../src/values/model.js";
import { modelPreview } from "../../src/values/model-preview.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { dataset, runKind } from "../rig/stage.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
});

const side = 6;
const images: Output<"dataset"> = (() => {
  const random = stream(3, [], "images");
  const rows = Array.from({ length: 24 }, (_, index) => [
    ...Array.from({ length: side * side }, (_, pixel) => random.uniform() + (pixel % 3 === index % 3 ? 1 : 0)),
    index % 3,
  ]);
  return dataset(rows, { shape: [side, side, 1], classes: ["a", "b", "c"] });
})();
const conv = (kernels: number, more: object = {}): object => ({ conv: { kernels, size: 3, padding: "same", ...more } });
const dense = (units: number, more: object = {}): object => ({ dense: { units, ...more } });

const settings = (layers: readonly unknown[], more: object = {}): object => ({
  data: "images",
  validation: "images",
  layers,
  loss: "cross_entropy",
  optimizer: { sgd: { learning_rate: 0.05 } },
  batch_size: 8,
  epochs: 2,
  ...more,
});
async function model(layers: readonly unknown[], more: object = {}): Promise<Output<"model">> {
  const { outputs } = await runKind(train, settings(layers, more), { inputs: { data: images, validation: images } });
  return outputOf(outputs.model, "model");
}
/** Every parameter by name, bit for bit, and the history. */
const bytesOf = ({ blobs }: Output<"model">): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(blobs).map(([name, blob]) => [name, Buffer.from(blob.bytes()).toString("base64")]));
const optionsOf = (layers: readonly unknown[], more: object = {}): unknown =>
  train.schema.parse(settings(layers, more));

describe("a regularizer leaves the weights of the network that is written out", () => {
  const layers = [
    conv(4, { activation: "relu" }),
    { residual: { layers: [conv(4, { activation: { leaky_relu: { slope: 0.2 } } }), conv(4)] } },
    conv(5, { stride: 2 }),
    { activation: "tanh" },
    "flatten",
    dense(7, { activation: "relu" }),
    { residual: { layers: [dense(7)], activation: "linear" } },
    dense(6),
    { activation: "elu" },
    dense(3),
  ];
  test("none", async () => {
    expect(optionsOf(layers, { regularizer: "none" })).toEqual(optionsOf(layers));
    expect(bytesOf(await model(layers, { regularizer: "none" }))).toEqual(bytesOf(await model(layers)));
  });
  test("l2", async () => {
    const chosen = bytesOf(await model(layers, { regularizer: { l2: 0.1 } }));
    expect(chosen).toEqual(bytesOf(await model(layers, { l2: 0.1 })));
    expect(chosen).not.toEqual(bytesOf(await model(layers)));
  });
  test("dropout: after hidden dense layers and their activations, in blocks too, not after the output", async () => {
    const drop = { dropout: 0.3 };
    const written = [
      ...layers.slice(0, 5),
      layers[5],
      drop,
      { residual: { layers: [dense(7), drop], activation: "linear" } },
      dense(6),
      { activation: "elu" },
      drop,
      dense(3),
    ];
    const chosen = bytesOf(await model(layers, { regularizer: drop }));
    expect(chosen).toEqual(bytesOf(await model(written)));
    expect(chosen).not.toEqual(bytesOf(await model(layers)));
  });
  test("batch_norm: after hidden convolutions and dense layers, before their activations", async () => {
    const written = [
      conv(4),
      "batch_norm",
      { activation: "relu" },
      {
        residual: {
          layers: [conv(4), "batch_norm", { activation: { leaky_relu: { slope: 0.2 } } }, conv(4), "batch_norm"],
        },
      },
      conv(5, { stride: 2 }),
      "batch_norm",
      { activation: "tanh" },
      "flatten",
      dense(7),
      "batch_norm",
      { activation: "relu" },
      { residual: { layers: [dense(7), "batch_norm"], activation: "linear" } },
      dense(6),
      "batch_norm",
      { activation: "elu" },
      dense(3),
    ];
    const chosen = await model(layers, { regularizer: "batch_norm" });
    expect(bytesOf(chosen)).toEqual(bytesOf(await model(written)));
    expect(modelOf(chosen).layers.map(({ name }) => name)).toContain("batch_norm_4");
  });
});

test("an activation with the options that it has anyway is the same step as its name", () => {
  const of = (activation: unknown): unknown => optionsOf([dense(3, { activation }), { activation }]);
  expect(of({ leaky_relu: { slope: 0.01 } })).toEqual(of("leaky_relu"));
  expect(of({ elu: {} })).toEqual(of("elu"));
  expect(of({ elu: { alpha: 0.5 } })).not.toEqual(of("elu"));
});

test("a model keeps its blocks: it is shown with them, and judges as it did when it was trained", async () => {
  const made = await model([
    conv(4),
    "batch_norm",
    {
      residual: {
        layers: [
          conv(6, { stride: 2 }),
          "batch_norm",
          { residual: { layers: [conv(6)], activation: "silu" } },
          { dropout: 0.2 },
        ],
        activation: { leaky_relu: { slope: 0.2 } },
      },
    },
    "global_avg_pool",
    "layer_norm",
    dense(3),
  ]);
  const { metrics, layers, parameters } = modelOf(made);
  expect(parameters.map(({ name }) => name)).toEqual(
    [
      ["conv_1", "weight", "bias"],
      ["batch_norm_1", "weight", "bias", "running_mean", "running_variance"],
      ["residual_1.conv_1", "weight", "bias"],
      ["residual_1.batch_norm_1", "weight", "bias", "running_mean", "running_variance"],
      ["residual_1.residual_1.conv_1", "weight", "bias"],
      ["residual_1.projection", "weight", "bias"],
      ["residual_1.projection_norm", "weight", "bias", "running_mean", "running_variance"],
      ["layer_norm_1", "weight", "bias"],
      ["dense_1", "weight", "bias"],
    ].flatMap(([layer, ...parts]) => parts.map((part) => `${layer}.${part}`)),
  );
  expect(layers[2]).toMatchObject({
    name: "residual_1",
    projection: [{ stride: [2, 2] }, { name: "residual_1.projection_norm" }],
  });
  const { outputs } = await runKind(
    evaluate,
    { model: "net", data: "images" },
    { inputs: { model: made, data: images } },
  );
  const { loss } = outputOf(outputs.evaluation, "evaluation").data.metrics as { readonly loss: number };
  expect(loss).toBeCloseTo(metrics.validation!.loss, 6);
  const table = modelPreview(made).flatMap((part) => (part.type === "columns" ? part.rows : []));
  const shown = table.map((row) => row.join(" | "));
  expect(shown).toEqual(
    expect.arrayContaining([expect.stringMatching(/^ *residual_1\.residual_1\.conv_1 \| \[3, 3, 6\] \| 330/)]),
  );
  expect(shown).toEqual(expect.arrayContaining([expect.stringContaining("activation leaky_relu (slope 0.2)")]));
});
