import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect } from "vitest";
import { eagerCompute } from "../../src/compute/eager.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { loadTensorflow } from "../../src/engine-tensorflow.js";
import type { Examples } from "../../src/learn/data.js";
import { fitModel } from "../../src/learn/fit.js";
import { type Layer, type PlacedLayer, placeLayers } from "../../src/learn/layer.js";
import type { Optimizer } from "../../src/learn/optimizer.js";
import { stream } from "../../src/learn/random.js";
import type { FitOptions, FitReport, FitResult } from "../../src/learn/training.js";
import { tensorflowLoads, tensorflowTest } from "../rig/tensorflow.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  if (tensorflowLoads) await loadTensorflow(1);
});

const conv = (kernels: number, extra: Partial<Extract<Layer, { type: "conv" }>> = {}): Layer => ({
  type: "conv",
  kernels,
  size: [3, 3],
  stride: [1, 1],
  padding: 0,
  activation: "linear",
  initializer: "pytorch",
  ...extra,
});
const dense = (units: number, extra: Partial<Extract<Layer, { type: "dense" }>> = {}): Layer => ({
  type: "dense",
  units,
  activation: "linear",
  initializer: "pytorch",
  ...extra,
});
const pool = (type: "max_pool" | "avg_pool", size: number, stride: number): Layer => ({
  type,
  size: [size, size],
  stride: [stride, stride],
});

const networks: Readonly<Record<string, readonly Layer[]>> = {
  "padded convolutions, batch norm, max pool": [
    conv(4, { padding: 1 }),
    { type: "batch_norm" },
    { type: "activation", activation: "relu" },
    pool("max_pool", 2, 2),
    conv(6, { padding: "same", activation: "leaky_relu" }),
    pool("max_pool", 2, 1),
    { type: "flatten" },
    dense(3),
  ],
  "strides, uneven padding, average pool, elu and gelu": [
    conv(4, { padding: "same", stride: [2, 2], size: [2, 3], activation: "elu" }),
    pool("avg_pool", 2, 1),
    conv(4, { padding: "same", size: [2, 2], activation: "gelu" }),
    pool("avg_pool", 2, 2),
    { type: "flatten" },
    dense(3),
  ],
  "dense layers, dropout, softplus, sigmoid, tanh": [
    { type: "flatten" },
    dense(12, { activation: "softplus" }),
    { type: "dropout", rate: 0.3 },
    dense(8, { activation: "sigmoid" }),
    { type: "batch_norm" },
    dense(8, { activation: "tanh", initializer: "glorot_uniform" }),
    dense(3),
  ],
};
/**
 * A bias before batch norm has a gradient that is zero but for rounding. RMSprop and Adam divide it by its own size, so
 * with an ε of 1e-8 they take steps of rounding, which no two engines share.
 */
const epsilon = 1e-4;
const optimizers: Readonly<Record<string, readonly [learningRate: number, Optimizer]>> = {
  sgd: [0.05, { type: "sgd", momentum: 0 }],
  "sgd with momentum": [0.05, { type: "sgd", momentum: 0.9 }],
  rmsprop: [0.003, { type: "rmsprop", alpha: 0.99, epsilon }],
  adam: [0.01, { type: "adam", beta1: 0.9, beta2: 0.999, epsilon }],
};

function place(layers: readonly Layer[]): readonly PlacedLayer[] {
  const placed = placeLayers(layers, [6, 6, 2]);
  if (!placed.ok) throw new Error(placed.misfit.message);
  return placed.layers;
}

/** Noise with a bright place per class, or a number to hit. */
function examples(count: number, seed: number, classes: boolean): Examples {
  const random = stream(seed, [], "examples");
  const labels = Int32Array.from({ length: count }, (_, index) => index % 3);
  return {
    count,
    shape: [6, 6, 2],
    classes: classes ? ["a", "b", "c"] : null,
    scale: 1 / 255,
    features: Uint8Array.from(
      { length: count * 72 },
      (_, index) => random.int(120) + (index % 72 === 20 * labels[Math.floor(index / 72)]! ? 130 : 0),
    ),
    labels: classes ? labels : Float32Array.from({ length: count * 3 }, () => random.normal()),
    targets: classes ? 1 : 3,
    rows: Int32Array.from({ length: count }, (_, index) => index),
  };
}

const apart = (a: number, b: number): number => Math.abs(a - b);
/** Losses are near 1. Parameters, optimiser averages and running statistics after ten steps reach a few units. */
const lossTolerance = 1e-4;
const valueTolerance = 1e-3;

/** One step an epoch, so that the history holds the loss of each step. */
async function train(
  engine: "onnx" | "tensorflow",
  layers: readonly PlacedLayer[],
  some: Partial<FitOptions>,
  report: (report: FitReport) => void = () => undefined,
): Promise<FitResult> {
  await tf.setBackend(engine);
  const compute = engine === "onnx" ? onnxCompute() : eagerCompute(engine);
  const options: FitOptions = {
    layers,
    loss: { type: "cross_entropy" },
    optimizer: optimizers.adam![1],
    schedule: { type: "constant", from: 0.01, warmUp: 0 },
    batchSize: 24,
    epochs: 10,
    earlyStopping: null,
    seed: 5,
    folds: [],
    ...some,
  };
  const classes = options.loss.type === "cross_entropy";
  return fitModel(compute, examples(24, 1, classes), examples(30, 2, classes), options, {
    resume: undefined,
    save: () => undefined,
    report,
    stopping: () => false,
    now: () => performance.now(),
  });
}

for (const [network, layers] of Object.entries(networks)) {
  for (const [name, [learningRate, optimizer]] of Object.entries(optimizers)) {
    tensorflowTest(`both engines train alike for ten steps: ${network}; ${name}`, async () => {
      const options: Partial<FitOptions> = { optimizer, schedule: { type: "constant", from: learningRate, warmUp: 0 } };
      const onnx = await train("onnx", place(layers), options);
      const tensorflow = await train("tensorflow", place(layers), options);
      expect(onnx.state.history).toHaveLength(10);
      for (const [index, wanted] of onnx.state.history.entries()) {
        const got = tensorflow.state.history[index]!;
        expect(apart(got.train.loss, wanted.train.loss)).toBeLessThan(lossTolerance);
        expect(apart(got.validation!.loss, wanted.validation!.loss)).toBeLessThan(lossTolerance);
      }
      for (const [index, wanted] of onnx.state.arrays.entries()) {
        const got = tensorflow.state.arrays[index]!.data;
        for (const [at, value] of wanted.data.entries()) expect(apart(got[at]!, value)).toBeLessThan(valueTolerance);
      }
    });
  }
}

tensorflowTest("both engines train a regression alike", async () => {
  const layers = place(networks["dense layers, dropout, softplus, sigmoid, tanh"]!);
  const [onnx, tensorflow] = [
    await train("onnx", layers, { loss: { type: "mse" } }),
    await train("tensorflow", layers, { loss: { type: "mse" } }),
  ];
  for (const [index, { train: wanted, validation }] of onnx.state.history.entries()) {
    expect(tensorflow.state.history[index]!.train.loss).toBeCloseTo(wanted.loss, 5);
    expect(tensorflow.state.history[index]!.validation!.loss).toBeCloseTo(validation!.loss, 5);
  }
});

tensorflowTest("the gradients of a padded convolution are those of a padded image, convolved without", async () => {
  await tf.setBackend("tensorflow");
  const random = stream(3, [], "padded");
  const draw = (...shape: [number, number, number, number]): tf.Tensor4D =>
    tf.tensor4d(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
      shape,
    );
  for (const [stride, top, bottom, left, right] of [
    [1, 1, 1, 1, 1],
    [2, 0, 1, 1, 0],
    [3, 2, 0, 1, 2],
  ] as const) {
    const padding: [[number, number], [number, number], [number, number], [number, number]] = [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ];
    const [x, filter] = [draw(2, 7, 8, 2), draw(3, 2, 2, 3)];
    const direct = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, padding, "NHWC", [1, 1], "floor");
    const twoSteps = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor =>
      tf.conv2d(tf.pad(x as tf.Tensor4D, padding), filter as tf.Tensor4D, stride, "valid");
    const weights = draw(...(direct(x, filter) as tf.Tensor4D).shape);
    const gradients = (f: typeof direct): tf.Tensor[] =>
      tf.grads((...given) => tf.sum(tf.mul(f(given[0]!, given[1]!), weights)))([x, filter]);
    const [got, wanted] = [gradients(direct), gradients(twoSteps)];
    for (const index of [0, 1]) {
      expect(got[index]!.shape).toEqual(wanted[index]!.shape);
      expect(tf.max(tf.abs(tf.sub(got[index]!, wanted[index]!))).dataSync()[0]).toBeLessThan(1e-5);
    }
  }
});

tensorflowTest("of equal values in a window the first is the maximum: its gradient goes there alone", async () => {
  for (const engine of ["onnx", "tensorflow"]) {
    await tf.setBackend(engine);
    const gradient = (size: number, stride: number): number[] =>
      Array.from(
        tf
          .grad((x) => tf.sum(tf.maxPool(x as tf.Tensor4D, size, stride, "valid")))(tf.ones([1, 4, 4, 1]))
          .dataSync(),
      );
    expect(gradient(2, 2)).toEqual([1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]);
    expect(gradient(3, 1)).toEqual([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  }
});

tensorflowTest("two hundred steps leave no tensor behind, and the end of a training none at all", async () => {
  await tf.setBackend("tensorflow");
  const before = tf.memory().numTensors;
  const counts: number[] = [];
  const layers = place([
    conv(2, { padding: 1 }),
    { type: "batch_norm" },
    pool("max_pool", 2, 2),
    { type: "flatten" },
    { type: "dropout", rate: 0.2 },
    dense(3),
  ]);
  await train("tensorflow", layers, { epochs: 210 }, ({ ended }) => {
    if (ended) counts.push(tf.memory().numTensors);
  });
  expect(counts).toHaveLength(210);
  expect(counts[9]).toBeGreaterThan(before);
  expect(new Set(counts.slice(9))).toEqual(new Set([counts[9]]));
  expect(tf.memory().numTensors).toBe(before);
});
