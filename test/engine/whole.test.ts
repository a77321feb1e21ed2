/** Whole trainings: the same bits however they are run, no kernel left to the fallback, memory that stays flat. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, beforeEach, expect, test } from "vitest";
import type { Execution } from "../../src/compute/execution.js";
import type { ArrayValue, Compute, ProgramBody } from "../../src/compute/program.js";
import { onnxCompute } from "../../src/engine/compute.js";
import type { Executions } from "../../src/engine/execution.js";
import { fallbackCalls } from "../../src/engine/fallback.js";
import { backendName, installedBackend, installOnnx } from "../../src/engine/install.js";
import { RecordedProgram } from "../../src/engine/program.js";
import { type Activation, activationNames } from "../../src/learn/activation.js";
import type { Examples } from "../../src/learn/data.js";
import { fitModel } from "../../src/learn/fit.js";
import { type Layer, placeLayers } from "../../src/learn/layer.js";
import { type LossName, losses, lossNames } from "../../src/learn/losses.js";
import type { Optimizer } from "../../src/learn/optimizer.js";
import { stream } from "../../src/learn/random.js";
import type { FitOptions, FitResult } from "../../src/learn/training.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readDocument } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";
import { layersOf } from "../../src/stages/layers.js";
import { optimizerOf } from "../../src/stages/optimizer.js";
import { digestBytes } from "../../src/util/digest.js";

const said: string[] = [];
let compute: Compute;
beforeAll(async () => {
  await installOnnx({ threads: 1 });
  compute = onnxCompute((message) => said.push(message));
});
beforeEach(async () => {
  await installOnnx({ threads: 1 });
  fallbackCalls.clear();
  said.length = 0;
});

const conv = (kernels: number, size: number, extra: Partial<Extract<Layer, { type: "conv" }>> = {}): Layer => ({
  type: "conv",
  kernels,
  size: [size, size],
  stride: [1, 1],
  padding: 0,
  activation: "relu",
  initializer: "pytorch",
  ...extra,
});
const dense = (units: number, activation: Extract<Layer, { type: "dense" }>["activation"] = "linear"): Layer => ({
  type: "dense",
  units,
  activation,
  initializer: "pytorch",
});
const normed = (layer: Layer): readonly Layer[] => [
  layer,
  { type: "batch_norm" },
  { type: "activation", activation: "relu" },
];
const pool: Layer = { type: "max_pool", size: [2, 2], stride: [2, 2] };
const flatten: Layer = { type: "flatten" };

function examples(count: number, side: number, seed: number): Examples {
  const random = stream(seed, [], "images");
  const labels = Int32Array.from({ length: count }, (_, index) => index % 10);
  // Flat background, so that maxima tie.
  const features = Uint8Array.from({ length: count * side * side }, (_, index) => {
    const isBright = index % (side * side) === (labels[Math.floor(index / (side * side))]! * 7) % (side * side);
    if (isBright) return 200 + random.int(50);
    return random.int(3) === 0 ? random.int(90) : 0;
  });
  const rows = Int32Array.from({ length: count }, (_, index) => index);
  return {
    count,
    shape: [side, side, 1],
    classes: [..."0123456789"],
    scale: 1 / 255,
    features,
    labels,
    targets: 1,
    rows,
  };
}
function options(layers: readonly Layer[], shape: readonly number[], more: Partial<FitOptions> = {}): FitOptions {
  const placed = placeLayers(layers, shape);
  if (!placed.ok) throw new Error(placed.misfit.message);
  return {
    layers: placed.layers,
    loss: { type: "cross_entropy" },
    optimizer: { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    schedule: { type: "cosine", from: 0.002, to: 0, warmUp: 1 } as FitOptions["schedule"],
    batchSize: 30,
    epochs: 2,
    earlyStopping: { metric: "validation.loss", patience: 5, minDelta: 0 },
    seed: 3,
    folds: ["2"],
    ...more,
  };
}
const hooks = {
  resume: undefined,
  save: () => undefined,
  report: () => undefined,
  stopping: () => false,
  now: () => performance.now(),
};
const digestOf = ({ parameters, state }: FitResult): string =>
  digestBytes(
    Buffer.concat(
      [...parameters, ...state.arrays].map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
    ),
  );

const networks: Readonly<
  Record<string, { readonly options: FitOptions; readonly train: Examples; readonly validation: Examples }>
> = {
  "wide convolutions, which Winograd computes": {
    options: options([conv(64, 5), pool, conv(64, 5), flatten, dense(40, "relu"), dense(10)], [16, 16, 1], {
      epochs: 1,
    }),
    train: examples(70, 16, 1),
    validation: examples(31, 16, 2),
  },
  "small convolutions with batch normalisation, dropout and average pooling": {
    options: options(
      [
        conv(6, 3, { padding: "same", activation: "linear" }),
        { type: "batch_norm" },
        { type: "activation", activation: "leaky_relu" },
        pool,
        conv(5, 3, { activation: "elu" }),
        { type: "avg_pool", size: [2, 2], stride: [1, 1] },
        flatten,
        { type: "dropout", rate: 0.3 },
        dense(10),
      ],
      [10, 10, 1],
    ),
    train: examples(100, 10, 3),
    validation: examples(40, 10, 4),
  },
  "convolutions in blocks, pooled in phases: normalised with weights of both signs, odd sizes, and a last batch that fills no block":
    {
      options: options(
        [
          ...normed(conv(16, 3, { padding: "same", activation: "linear" })),
          pool,
          ...normed(conv(24, 3, { padding: 1, activation: "linear" })),
          pool,
          conv(16, 3, { padding: "same" }),
          flatten,
          dense(10),
        ],
        [14, 14, 1],
        { batchSize: 32, schedule: { type: "constant", from: 0.1, warmUp: 0 }, epochs: 3 },
      ),
      train: examples(107, 14, 7),
      validation: examples(45, 14, 8),
    },
  "residual blocks, one of them in blocks of channels and a smaller image, normalised by batches and by layers": {
    options: options(
      [
        ...normed(conv(16, 3, { padding: "same", activation: "linear" })),
        {
          type: "residual",
          layers: [
            ...normed(conv(16, 3, { padding: "same", activation: "linear" })),
            conv(16, 3, { padding: "same", activation: "linear" }),
            { type: "batch_norm" },
          ],
          activation: "relu",
        },
        {
          type: "residual",
          layers: [
            conv(24, 3, { padding: "same", stride: [2, 2], activation: "silu" }),
            { type: "layer_norm" },
            { type: "dropout", rate: 0.2 },
            { type: "residual", layers: [conv(24, 3, { padding: "same" })], activation: { elu: { alpha: 0.5 } } },
          ],
          activation: { leaky_relu: { slope: 0.2 } },
        },
        { type: "global_avg_pool" },
        dense(24, "relu"),
        { type: "layer_norm" },
        dense(10),
      ],
      [13, 13, 1],
      { batchSize: 32, epochs: 2 },
    ),
    train: examples(107, 13, 11),
    validation: examples(45, 13, 12),
  },
  "convolutions with fewer kernels than threads": {
    options: options([...normed(conv(3, 3, { activation: "linear" })), conv(2, 2), flatten, dense(10)], [9, 9, 1]),
    train: examples(75, 9, 5),
    validation: examples(20, 9, 6),
  },
  "wide dense layers, whose products have more columns than rows": {
    options: options(
      [flatten, dense(700, "gelu"), { type: "batch_norm" }, dense(300, "softplus"), dense(10)],
      [28, 28, 1],
      {
        optimizer: { type: "rmsprop", alpha: 0.99, epsilon: 1e-8 },
      },
    ),
    train: examples(64, 28, 5),
    validation: examples(20, 28, 6),
  },
};

for (const [name, { options: given, train, validation }] of Object.entries(networks))
  test(`${name}: a training leaves the same bytes with 1, 2, 3 and 4 threads, and when every call is computed another way`, async () => {
    const digests = new Set<string>();
    for (const threads of [1, 2, 3, 4]) {
      await installOnnx({ threads });
      digests.add(digestOf(await fitModel(compute, train, validation, given, hooks)));
    }
    await installOnnx({ executions: everyCallAnother() });
    digests.add(digestOf(await fitModel(compute, train, validation, given, hooks)));
    expect(digests.size).toBe(1);
    expect([...fallbackCalls]).toEqual([]);
    expect(said).toEqual([]);
  });

/** Each call of a program, and each computation outside of one, in another way than the one before. */
function everyCallAnother(): Executions {
  const ways = [1, 2, 3, 4].flatMap((threads) => [true, false].map((spins) => ({ threads, spins })));
  let calls = 0;
  const next = (): Execution => ways[(calls++ * 3) % ways.length]!;
  const choice = {
    get current() {
      return next();
    },
    took: () => undefined,
  };
  return {
    of: () => choice,
    get single() {
      return next();
    },
  };
}

/** Images that a loss can learn, in as many outputs, and what else it can be asked. */
function learnedBy(name: LossName) {
  const images = examples(25, 14, 7);
  const row = losses[name];
  if (row.learns === "numbers") {
    const labels = Float32Array.from({ length: 25 }, (_, at) => at / 25);
    return { train: { ...images, classes: null, labels }, outputs: 1, settings: {} };
  }
  const classes = row.outputs(10) === null ? ["0", "1"] : images.classes!;
  const labels = Int32Array.from(images.labels, (label) => label % classes.length);
  const settings = { classWeight: "balanced", labelSmoothing: 0.1 } as const;
  return { train: { ...images, classes, labels }, outputs: row.outputs(classes.length)!, settings };
}

const everyActivation: readonly Activation[] = [
  ...activationNames,
  { leaky_relu: { slope: 0.2 } },
  { elu: { alpha: 0.5 } },
];
test("no layer, activation, loss or optimiser that a pipeline can name needs a kernel without a lowering", async () => {
  const optimizers: readonly Optimizer[] = [
    { type: "sgd", momentum: 0 },
    { type: "sgd", momentum: 0.9 },
    { type: "rmsprop", alpha: 0.99, epsilon: 1e-8 },
    { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
  ];
  // Losses and optimisers in turn: none meets an activation, because the last layer is linear. Each loss comes with and
  // without weights and smoothing.
  const tried = new Set<string>();
  for (const [index, activation] of everyActivation.entries()) {
    const name = lossNames[index % lossNames.length]!;
    const { train, outputs, settings } = learnedBy(name);
    const isSet = index % 2 === 0;
    tried.add(`${name} ${isSet}`);
    const layers: readonly Layer[] = [
      conv(3, 3, { activation, stride: [2, 2], padding: 1 }),
      { type: "batch_norm" },
      { type: "activation", activation },
      { type: "max_pool", size: [3, 3], stride: [1, 1] },
      { type: "avg_pool", size: [2, 2], stride: [2, 2] },
      { type: "residual", layers: [conv(4, 3, { activation, padding: "same" }), { type: "layer_norm" }], activation },
      index % 2 === 0 ? flatten : { type: "global_avg_pool" },
      dense(7, activation),
      { type: "batch_norm" },
      { type: "dropout", rate: 0.2 },
      dense(outputs),
    ];
    const given = options(layers, [14, 14, 1], {
      loss: { type: name, ...(isSet ? settings : {}) },
      optimizer: optimizers[index % optimizers.length]!,
      l1: 0.001,
      l2: 0.01,
      epochs: 1,
      batchSize: 8,
    });
    await fitModel(compute, train, train, given, hooks);
  }
  expect(tried.size).toBe(2 * lossNames.length);
  expect([...fallbackCalls]).toEqual([]);
  expect(said).toEqual([]);
});

/** One feature, one target. */
const points = (count: number): Examples => ({
  count,
  shape: [1],
  classes: null,
  scale: 1,
  features: Float32Array.from({ length: count }, (_, index) => index / count),
  labels: Float32Array.from({ length: count }, (_, index) => Math.sin(index)),
  targets: 1,
  rows: Int32Array.from({ length: count }, (_, index) => index),
});

test("no training of a pipeline in pipelines/ needs a kernel without a lowering", async () => {
  const folder = join(import.meta.dirname, "..", "..", "pipelines");
  const trained: string[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".yaml"))) {
    const document = readDocument(join(folder, file));
    const checked = document.ok ? checkPipeline(document.value, kinds, {}) : document;
    if (!checked.ok) throw new Error(`${file} is not right`);
    // Of the trials of a search one for each kind of layers: those that differ in numbers alone need the same kernels.
    const seen = new Set<string>();
    const stages = checked.value.stages.flatMap((stage) => [
      stage,
      ...(stage.search?.trials ?? []).flatMap((trial) => [...trial.stages.values()]),
    ]);
    for (const { name, kind, options: given, outputs } of stages) {
      const sort = JSON.stringify(given)
        .replace(/\d+(\.\d+)?/g, "#")
        .replace(/(\{[^[\]]*\},?)\1+/g, "$1");
      if (kind !== "train" || seen.has(sort)) continue;
      seen.add(sort);
      const { layers, loss, optimizer } = given as unknown as {
        layers: Parameters<typeof layersOf>[0]["layers"];
        loss: LossName;
        optimizer: Parameters<typeof optimizerOf>[0];
      };
      const shape = outputs.model!.inputShape!;
      const data = losses[loss].learns === "numbers" ? points(40) : examples(40, 28, 9);
      const fit = options(layersOf({ layers }), [...shape], {
        loss: { type: loss },
        optimizer: optimizerOf(optimizer),
        epochs: 1,
        batchSize: 16,
      });
      await fitModel(compute, data, data, fit, hooks);
      trained.push(`${file} ${name}`);
    }
  }
  expect(trained).toEqual(
    expect.arrayContaining([
      "mnist-cnn.yaml cnn",
      "mnist-mlp.yaml mlp",
      "regression.yaml more",
      "regression-nested.yaml depth",
    ]),
  );
  expect(trained.filter((name) => name === "regression.yaml more").length).toBeGreaterThanOrEqual(3);
  expect([...fallbackCalls]).toEqual([]);
  expect(said).toEqual([]);
});

/** Resident megabytes after the garbage has been given time to go. */
async function residentMb(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().rss / 2 ** 20;
}

test("memory stays flat over 10,000 steps, and a program keeps one session per shape of a step", async () => {
  const size = 200_000;
  const state: ArrayValue[] = [{ dtype: "float32", shape: [size], data: new Float32Array(size).fill(1) }];
  const decay: ProgramBody = (_constants, [rate], [weights]) => {
    const next = tf.sub(weights!, tf.mul(weights!, rate!));
    return { state: [next], outputs: [tf.mean(next)] };
  };
  const program = new RecordedProgram(installedBackend(), [], state, decay);
  const slices = (steps: number): ArrayValue[] => [
    { dtype: "float32", shape: [steps], data: new Float32Array(steps).fill(1e-4) },
  ];
  const after: number[] = [];
  for (let call = 1; call <= 1000; call++) {
    program.run(slices(10));
    if (call % 200 === 0) after.push(await residentMb());
  }
  expect(program.readState()[0]!.data[0]).toBeCloseTo(0.9999 ** 10_000, 3);
  // 0.8 MB of weights come out of each of 1,000 calls; a leak of them would be 800 MB.
  expect(after.at(-1)! - after[0]!).toBeLessThan(60);
  expect(program.sessionCount).toBe(1);
  program.dispose();
});

test("memory stays flat over thousands of steps of plain TF.js code, and sessions are bounded whatever shapes come by", async () => {
  const backend = installedBackend();
  expect(tf.getBackend()).toBe(backendName);
  const step = (weights: tf.Tensor): tf.Tensor => tf.tidy(() => tf.sub(weights, tf.mul(tf.tanh(weights), 1e-3)));
  let weights: tf.Tensor = tf.fill([50_000], 1);
  const data = backend.numDataIds();
  const after: number[] = [];
  for (let turn = 1; turn <= 4200; turn++) {
    const next = step(weights);
    weights.dispose();
    weights = next;
    weights.dataSync();
    if (turn % 600 === 0) after.push(await residentMb());
  }
  expect(backend.numDataIds()).toBe(data);
  // 0.2 MB of weights come out of each step, and 2,400 steps lie between the first and the nearest of the last three; a
  // leak grows, and what an allocator has taken for a moment does not stay in all three.
  expect(Math.min(...after.slice(-3)) - after[0]!).toBeLessThan(60);
  for (let length = 1; length <= 100; length++) tf.tidy(() => tf.sum(tf.range(0, length)).dataSync());
  expect(backend.sessions.size).toBeLessThanOrEqual(64);
  weights.dispose();
});
