/** Small models and data, and their files: what the tests of exports share. */
import * as tf from "@tensorflow/tfjs-core";
import { provideCompute, provideOnnxLoader } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { loadOnnx } from "../../src/engine/loaded-network.js";
import { formats } from "../../src/export/formats.js";
import { ensemble } from "../../src/stages/ensemble.js";
import { exportKind } from "../../src/stages/export.js";
import { normalize } from "../../src/stages/normalize.js";
import { train } from "../../src/stages/train.js";
import { blobOf } from "../../src/values/blob.js";
import type { Dataset, DatasetData } from "../../src/values/dataset.js";
import type { ExportedData } from "../../src/values/exported.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { dataset, runKind } from "./stage.js";

/** What a worker has. */
export async function installAll(): Promise<void> {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
  provideOnnxLoader(loadOnnx);
}

export type Model = Output<"model">;
export type Options = Readonly<Record<string, unknown>>;
export const trained = async (data: Dataset, options: Options, seed = 0): Promise<Model> => {
  const settings = { data: "d", optimizer: { adam: { learning_rate: 0.02 } }, epochs: 2, ...options };
  return outputOf((await runKind(train, settings, { inputs: { data }, seed })).outputs.model, "model");
};
export const normalised = async (data: Dataset, method = "standard"): Promise<Dataset> =>
  outputOf((await runKind(normalize, { data: "d", method }, { inputs: { data } })).outputs.data, "dataset");
export const pooled = async (list: readonly Model[], rule = "mean"): Promise<Model> =>
  outputOf((await runKind(ensemble, { models: "m", rule }, { list, listed: "models" })).outputs.model, "model");
export async function exported(model: Model, data?: Dataset, format = "onnx"): Promise<Output<"exported">> {
  const options = { model: "m", format, ...(data ? { data: "d" } : {}) };
  const { outputs } = await runKind(exportKind, options, { inputs: { model, ...(data ? { data } : {}) } });
  return outputOf(outputs.exported, "exported");
}
export const filesIn = ({ blobs }: Output<"exported">): Readonly<Record<string, Uint8Array>> =>
  Object.fromEntries(Object.entries(blobs).map(([name, blob]) => [name, blob.bytes()]));
/** What the file gives for rows of numbers. */
export async function asked(
  output: Output<"exported">,
  rows: readonly (readonly number[])[],
  shape: readonly number[],
): Promise<Readonly<Record<string, Float32Array>>> {
  const { input, outputs } = output.data;
  const network = await formats[output.data.format].loader()(filesIn(output));
  const names = outputs.map(({ name }) => name);
  const given = { shape: [rows.length, ...shape], data: new (typeOf(input))(rows.flat()) };
  const values = await network.run(input.name, given, names);
  network.dispose();
  return Object.fromEntries(names.map((name, at) => [name, values[at]!]));
}
const typeOf = ({ dtype }: ExportedData["input"]) => (dtype === "float64" ? Float64Array : Float32Array);

/** Bytes that look like nothing, of three classes by how light they are. */
export function pictures(count: number, channels: number, more: Partial<DatasetData> = {}): Dataset {
  const size = 8 * 8 * channels;
  const bytes = new Uint8Array(count * size).map((_, at) => {
    const [row, place] = [Math.floor(at / size), at % size];
    return (row * 71 + place * (row % 3) * 37 + ((row * place * 13) % 50)) % 256;
  });
  const { data, blobs } = dataset(Array.from({ length: count }, (_, row) => [0, row % 3]));
  return {
    type: "dataset",
    data: {
      ...data,
      classes: ["a", "b", "c"],
      shape: [8, 8, channels],
      scale: 1 / 255,
      featureNames: [],
      split: "test",
      ...more,
    },
    blobs: {
      ...blobs,
      features: blobOf("uint8", [count, 8, 8, channels], bytes),
      labels: blobOf(
        "int32",
        [count],
        Int32Array.from({ length: count }, (_, row) => row % 3),
      ),
    },
  };
}
export const points = Array.from(
  { length: 60 },
  (_, row) => [3 * Math.sin(row) + 40, 0.01 * Math.cos(3 * row)] as const,
);
export const target = ([a, b]: readonly [number, number]): number => 200 * (a - 40) - 3000 * b + 7;
export const table = (more: Partial<DatasetData> = {}): Dataset =>
  dataset(
    points.map((row) => [...row, target(row)]),
    more,
  );
export const labelled = (names: readonly string[], isTurned = false, more: Partial<DatasetData> = {}): Dataset => {
  const labels = points.map(([a, b]) => Number(a - 100 * b > 40) ^ Number(isTurned));
  return dataset(
    points.map((row, at) => [...row, labels[at]!]),
    { classes: names, ...more },
  );
};

/** Networks with all kinds of layers, of pictures. */
export const every: Readonly<Record<string, readonly unknown[]>> = {
  "conv with padding and stride": [
    { conv: { kernels: 4, size: 3, padding: 1, stride: 2 } },
    { conv: { kernels: 3, size: [2, 3] } },
    "flatten",
  ],
  "conv same with an odd zero": [{ conv: { kernels: 4, size: 4, stride: [3, 2], padding: "same" } }, "flatten"],
  pools: [
    { conv: { kernels: 4, size: 3, activation: "relu" } },
    { max_pool: { size: 2 } },
    { avg_pool: { size: [2, 3], stride: 1 } },
    "flatten",
  ],
  "global average and normalisations": [
    { conv: { kernels: 6, size: 3, padding: "same" } },
    "batch_norm",
    { activation: "relu" },
    "layer_norm",
    "global_avg_pool",
    { dense: { units: 5 } },
    "batch_norm",
    "layer_norm",
    { dropout: 0.3 },
  ],
  "activations of places": [
    { conv: { kernels: 4, size: 3, activation: "gelu" } },
    { conv: { kernels: 4, size: 1, activation: "softmax" } },
    { conv: { kernels: 4, size: 1, activation: { leaky_relu: { slope: 0.2 } } } },
    "flatten",
  ],
  "activations of rows": [
    "flatten",
    { dense: { units: 7, activation: { elu: { alpha: 0.5 } } } },
    { dense: { units: 7, activation: "elu" } },
    { dense: { units: 7, activation: "silu" } },
    { dense: { units: 7, activation: "tanh" } },
    { dense: { units: 7, activation: "sigmoid" } },
    { dense: { units: 7, activation: "softplus" } },
    { dense: { units: 7, activation: "softmax" } },
  ],
  "residual blocks": [
    { conv: { kernels: 4, size: 3, padding: 1 } },
    { residual: { layers: [{ conv: { kernels: 4, size: 3, padding: "same", activation: "relu" } }, "batch_norm"] } },
    {
      residual: {
        layers: [{ conv: { kernels: 6, size: 3, padding: "same", stride: 2 } }, "batch_norm", { activation: "relu" }],
        activation: "relu",
      },
    },
    { residual: { layers: ["layer_norm"] } },
    "flatten",
    { dense: { units: 6 } },
    { residual: { layers: [{ dense: { units: 6, activation: "gelu" } }] } },
  ],
};

/** The same table with its columns the other way. */
export function turned(data: Dataset): Dataset {
  const features = Float32Array.from(points.flatMap(([a, b]) => [b, a]));
  return {
    ...data,
    data: { ...data.data, featureNames: ["x2", "x1"] },
    blobs: { ...data.blobs, features: blobOf("float32", [60, 2], features) },
  };
}
/** Three networks of the same two classes: other columns, other scales, another order of the classes, one output. */
export async function threeOfClasses(): Promise<readonly Model[]> {
  const layers = [{ dense: { units: 6, activation: "relu" } }, { dense: { units: 2 } }];
  const options = { layers, loss: "cross_entropy", epochs: 4 };
  const one = { layers: [{ dense: { units: 1 } }], loss: "binary_cross_entropy", epochs: 4 };
  return [
    await trained(await normalised(labelled(["no", "yes"])), options, 1),
    await trained(await normalised(turned(labelled(["yes", "no"], true)), "min_max"), options, 2),
    await trained(labelled(["no", "yes"]), one, 3),
  ];
}
