/**
 * What is said of each layer is what that layer gives: compared with a forward pass that is written out here, layer by
 * layer, in TF.js's own backend `cpu`.
 */
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, expect, test } from "vitest";
import { eagerCompute } from "../../src/compute/eager.js";
import { provideCompute } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { stream } from "../../src/learn/random.js";
import { inspect } from "../../src/stages/inspect.js";
import { train } from "../../src/stages/train.js";
import { registerCpuKernels } from "../../src/util/tfjs.js";
import { float32Of } from "../../src/values/blob.js";
import type { Inspection } from "../../src/values/inspection.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { dataset, runKind } from "../rig/stage.js";

beforeAll(async () => {
  tf.enableProdMode();
  registerCpuKernels();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
});
afterEach(() => tf.setBackend("onnx"));

const side = 8;
const images: Output<"dataset"> = (() => {
  const random = stream(3, [], "images");
  const rows = Array.from({ length: 24 }, (_, index) => [
    ...Array.from({ length: side * side }, (_, pixel) => random.uniform() + (pixel % 3 === index % 3 ? 1 : 0)),
    index % 3,
  ]);
  return dataset(rows, { shape: [side, side, 1], classes: ["a", "b", "c"] });
})();

const layers = [
  { conv: { kernels: 4, size: 3, padding: 1, activation: "relu" } },
  { max_pool: 2 },
  "batch_norm",
  { activation: "tanh" },
  {
    residual: {
      layers: [
        { conv: { kernels: 6, size: 3, padding: "same", stride: 2 } },
        "batch_norm",
        { activation: { leaky_relu: { slope: 0.2 } } },
        { conv: { kernels: 6, size: 3, padding: "same", activation: "elu" } },
      ],
    },
  },
  { avg_pool: { size: 2, stride: 1 } },
  "layer_norm",
  "flatten",
  { dropout: 0.3 },
  { dense: { units: 5, activation: "softplus" } },
  { dense: { units: 3 } },
];

/** Everything by hand, in the order of the file; no function of hw1's. */
function byHand(weights: (name: string) => tf.Tensor, input: tf.Tensor4D): Map<string, tf.Tensor> {
  const found = new Map<string, tf.Tensor>();
  const keep = <T extends tf.Tensor>(name: string, tensor: T): T => {
    found.set(name, tensor);
    return tensor;
  };
  const conv = (name: string, x: tf.Tensor4D, stride: number, padding: "same" | number): tf.Tensor4D =>
    tf.add(tf.conv2d(x, weights(`${name}.weight`) as tf.Tensor4D, stride, padding), weights(`${name}.bias`));
  const norm = (name: string, x: tf.Tensor4D): tf.Tensor4D => {
    const centred = tf.sub(x, weights(`${name}.running_mean`));
    const scaled = tf.div(centred, tf.sqrt(tf.add(weights(`${name}.running_variance`), 1e-5)));
    return tf.add(tf.mul(scaled, weights(`${name}.weight`)), weights(`${name}.bias`));
  };
  keep("conv_1.convolution", conv("conv_1", input, 1, 1));
  let x = keep("conv_1", tf.relu(found.get("conv_1.convolution") as tf.Tensor4D));
  x = keep("max_pool_1", tf.maxPool(x, 2, 2, "valid"));
  x = keep("batch_norm_1", norm("batch_norm_1", x));
  const block = keep("activation_1", tf.tanh(x));
  let own = keep("residual_1.conv_1", conv("residual_1.conv_1", block, 2, "same"));
  own = keep("residual_1.batch_norm_1", norm("residual_1.batch_norm_1", own));
  own = keep("residual_1.activation_1", tf.maximum(own, tf.mul(own, 0.2)));
  keep("residual_1.conv_2.convolution", conv("residual_1.conv_2", own, 1, "same"));
  own = keep("residual_1.conv_2", tf.elu(found.get("residual_1.conv_2.convolution") as tf.Tensor4D));
  let around = keep("residual_1.projection", conv("residual_1.projection", block, 2, "same"));
  around = keep("residual_1.projection_norm", norm("residual_1.projection_norm", around));
  x = keep("residual_1", tf.relu(tf.add(own, around)));
  x = keep("avg_pool_1", tf.avgPool(x, 2, 1, "valid"));
  const { mean, variance } = tf.moments(x, [3], true);
  const even = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5)));
  x = keep("layer_norm_1", tf.add(tf.mul(even, weights("layer_norm_1.weight")), weights("layer_norm_1.bias")));
  const flat = keep("flatten_1", tf.reshape(x, [x.shape[0], -1]) as tf.Tensor2D);
  keep("dropout_1", flat);
  const product = (name: string, of: tf.Tensor2D): tf.Tensor2D =>
    tf.add(tf.matMul(of, weights(`${name}.weight`) as tf.Tensor2D), weights(`${name}.bias`));
  const hidden = keep("dense_1", tf.log(tf.add(tf.exp(product("dense_1", flat)), 1)) as tf.Tensor2D);
  keep("dense_2", product("dense_2", hidden));
  return found;
}

test("activations and feature maps are those of a forward pass in TF.js's backend `cpu`", async () => {
  const settings = { data: "images", layers, loss: "cross_entropy", optimizer: "adam", batch_size: 8, epochs: 1 };
  const { outputs: trained } = await runKind(train, settings, { inputs: { data: images } });
  const model = outputOf(trained.model, "model");
  const look = async (): Promise<Inspection> => {
    const options = {
      model: "net",
      data: "images",
      inputs: { rows: [5, 1, 24] },
      what: ["activations", "feature_maps"],
    };
    const { outputs } = await runKind(inspect, options, { inputs: { model, data: images } });
    return outputOf(outputs.inspection, "inspection");
  };
  const { data, blobs } = await look();

  // An engine that computes each batch as it comes, instead of recording the first one, leaves the same.
  await tf.setBackend("cpu");
  provideCompute(eagerCompute("cpu"));
  const eager = await look().finally(() => provideCompute(onnxCompute()));
  expect(Object.keys(eager.blobs)).toEqual(Object.keys(blobs));
  for (const [name, blob] of Object.entries(eager.blobs)) {
    const [own, other] = [float32Of(blob), float32Of(blobs[name]!)];
    expect(Math.max(...own.map((value, at) => Math.abs(value - other[at]!))), name).toBeLessThan(1e-5);
  }
  const pixels = float32Of(images.blobs.features!);
  const size = side * side;
  const shown = [4, 0, 23].flatMap((row) => [...pixels.subarray(row * size, (row + 1) * size)]);
  const weights = (name: string): tf.Tensor => tf.tensor(float32Of(model.blobs[name]!), [...model.blobs[name]!.shape]);
  const expected = byHand(weights, tf.tensor4d(shown, [3, side, side, 1]));
  const compare = (blob: string, by: string): void => {
    const [got, wanted] = [blobs[blob]!, expected.get(by)!];
    expect(got.shape, blob).toEqual(wanted.shape);
    const values = wanted.dataSync();
    const largest = Math.max(...values.map(Math.abs));
    const worst = Math.max(...float32Of(got).map((value, at) => Math.abs(value - values[at]!)));
    expect(worst, blob).toBeLessThan(1e-5 * Math.max(1, largest));
    // A layer that gives one number everywhere would be the same however it was computed.
    expect(new Set(values).size, blob).toBeGreaterThan(1);
  };
  const looked = data.aspects.activations!.layers.map(({ layer }) => layer);
  expect(looked).toEqual([...expected.keys()].filter((name) => !name.endsWith(".convolution")));
  expect(looked).toEqual(data.layers.map(({ name }) => name));
  for (const layer of looked) compare(`activations.${layer}`, layer);

  const steps = data.aspects.feature_maps!.layers.map(({ layer, parts }) => [layer, parts.map(({ part }) => part)]);
  expect(steps).toEqual([
    ["conv_1", ["convolution", "activation", "max_pool", "batch_norm", "activation_2"]],
    ["residual_1.conv_1", ["convolution", "batch_norm", "activation"]],
    ["residual_1.conv_2", ["convolution", "activation"]],
    ["residual_1.projection", ["convolution", "batch_norm"]],
  ]);
  for (const { layer, parts } of data.aspects.feature_maps!.layers)
    for (const { part, layer: of } of parts) {
      const isOwn = expected.has(`${layer}.convolution`) && part === "convolution";
      compare(`feature_maps.${layer}.${part}`, isOwn ? `${layer}.convolution` : of);
    }
});
