import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { eagerCompute } from "../../src/compute/eager.js";
import type { Compute } from "../../src/compute/program.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import type { Examples } from "../../src/learn/data.js";
import { fitModel } from "../../src/learn/fit.js";
import { initialValues } from "../../src/learn/initial.js";
import { type Layer, type PlacedLayer, placeLayers } from "../../src/learn/layer.js";
import { softmaxRows } from "../../src/learn/logits.js";
import { criterionOf } from "../../src/learn/losses.js";
import { classificationMetrics, regressionMetrics } from "../../src/learn/metrics.js";
import { forward } from "../../src/learn/model.js";
import { type Optimizer, ruleOf } from "../../src/learn/optimizer.js";
import { stream } from "../../src/learn/random.js";
import { Rates, type Schedule } from "../../src/learn/rates.js";
import type { FitOptions, FitResult, FitState } from "../../src/learn/training.js";

let compute: Compute;
beforeAll(async () => {
  // Without TF.js's advice about its cpu backend, which is the oracle here.
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  compute = onnxCompute();
});
beforeEach(async () => {
  await tf.setBackend("onnx");
});

const conv = (kernels: number, extra: Partial<Extract<Layer, { type: "conv" }>> = {}): Layer => ({
  type: "conv",
  kernels,
  size: [3, 3],
  stride: [1, 1],
  padding: "same",
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
const pool: Layer = { type: "max_pool", size: [2, 2], stride: [2, 2] };

function place(layers: readonly Layer[], shape: readonly number[]): readonly PlacedLayer[] {
  const placed = placeLayers(layers, shape);
  if (!placed.ok) throw new Error(placed.misfit.message);
  return placed.layers;
}

/** Ten blobs of bytes that a small network can tell apart. */
function images(count: number, seed: number): Examples {
  const random = stream(seed, [], "images");
  const labels = Int32Array.from({ length: count }, (_, index) => index % 10);
  const features = Uint8Array.from({ length: count * 64 }, (_, index) =>
    Math.min(255, random.int(60) + (index % 64 === (labels[Math.floor(index / 64)]! * 6) % 64 ? 190 : 0)),
  );
  return {
    count,
    shape: [8, 8, 1],
    classes: [..."0123456789"],
    scale: 1 / 255,
    features,
    labels,
    targets: 1,
    rows: Int32Array.from({ length: count }, (_, index) => index),
  };
}
function numbers(count: number): Examples {
  const features = Float32Array.from({ length: count }, (_, index) => (index / count) * 2 - 1);
  return {
    count,
    shape: [1],
    classes: null,
    scale: 1,
    features,
    labels: features.map((x) => x * x),
    targets: 1,
    rows: Int32Array.from({ length: count }, (_, index) => index),
  };
}

const base: FitOptions = {
  layers: [],
  loss: { type: "cross_entropy" },
  optimizer: { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  schedule: { type: "constant", from: 0.01, warmUp: 0 },
  batchSize: 20,
  epochs: 3,
  earlyStopping: null,
  seed: 1,
  folds: [],
};
const quiet = {
  resume: undefined as FitState | undefined,
  save: (): void => undefined,
  report: (): void => undefined,
  stopping: (): boolean => false,
  now: (): number => performance.now(),
};

test("an untrained ten-class model starts near ln 10 nats", () => {
  const layers = place([{ type: "flatten" }, dense(10)], [8, 8, 1]);
  const data = images(50, 3);
  const parameters = new Map(
    layers
      .flatMap((layer) => layer.parameters)
      .map((parameter) => [parameter.name, tf.tensor(initialValues(parameter, 1, []), [...parameter.shape])]),
  );
  const { output } = forward(
    layers,
    parameters,
    tf.tensor4d(
      Float32Array.from(data.features, (byte) => byte / 255),
      [50, 8, 8, 1],
    ),
    null,
  );
  const labels = tf.tensor1d(data.labels as Int32Array, "int32");
  const loss = criterionOf({ type: "cross_entropy" }).value(tf, output, labels);
  expect(loss.dataSync()[0]).toBeCloseTo(Math.log(10), 0);
});

test("32 examples can be memorised", async () => {
  const result = await fitModel(
    compute,
    images(32, 5),
    null,
    {
      ...base,
      layers: place([conv(8, { activation: "relu" }), pool, { type: "flatten" }, dense(10)], [8, 8, 1]),
      epochs: 40,
      batchSize: 8,
    },
    quiet,
  );
  const last = result.state.history[39]!.train;
  expect(last.accuracy).toBe(1);
  expect(last.loss).toBeLessThan(0.05);
});

test("gradients match finite differences, layer by layer and activation by activation", async () => {
  await tf.setBackend("cpu");
  const activations = ["relu", "leaky_relu", "elu", "gelu", "sigmoid", "tanh", "softplus"] as const;
  for (const activation of activations) {
    const layers = place(
      [
        conv(2, { activation: "linear" }),
        { type: "batch_norm" },
        { type: "activation", activation },
        { type: "avg_pool", size: [2, 2], stride: [2, 2] },
        { type: "flatten" },
        dense(3, { activation }),
      ],
      [4, 4, 1],
    );
    const random = stream(9, [], activation);
    const x = tf.tensor4d(
      Float32Array.from({ length: 6 * 16 }, () => random.normal()),
      [6, 4, 4, 1],
    );
    const y = tf.tensor1d([0, 1, 2, 0, 1, 2], "int32");
    const list = layers.flatMap((layer) => layer.parameters);
    const values = list.map((parameter) => initialValues(parameter, 4, []));
    const loss = (arrays: readonly tf.Tensor[]): tf.Tensor =>
      criterionOf({ type: "cross_entropy" }).value(
        tf,
        forward(layers, new Map(list.map((parameter, index) => [parameter.name, arrays[index]!])), x, {
          masks: new Map(),
        }).output,
        y,
      );
    const tensors = values.map((value, index) => tf.tensor(value, [...list[index]!.shape]));
    const trained = list.map((parameter, index) => ({ parameter, index })).filter(({ parameter }) => parameter.trained);
    const grads = tf.grads((...arrays: tf.Tensor[]) => {
      const all = [...tensors];
      for (const [at, { index }] of trained.entries()) all[index] = arrays[at]!;
      return loss(all) as tf.Scalar;
    })(trained.map(({ index }) => tensors[index]!));
    for (const [place, { parameter, index }] of trained.entries()) {
      const at = Math.floor(values[index]!.length / 2);
      const nudge = (by: number): number => {
        const copy = values.map((value) => value.slice());
        copy[index]![at]! += by;
        return loss(copy.map((value, other) => tf.tensor(value, [...list[other]!.shape]))).dataSync()[0]!;
      };
      const slope = (nudge(0.001) - nudge(-0.001)) / 0.002;
      expect(Math.abs(grads[place]!.dataSync()[at]! - slope), `${activation} ${parameter.name}`).toBeLessThan(4e-3);
    }
  }
});

test("one seed gives one set of weights, another seed another", async () => {
  const layers = place(
    [{ type: "flatten" }, dense(16, { activation: "relu" }), { type: "dropout", rate: 0.5 }, dense(10)],
    [8, 8, 1],
  );
  const weights = async (seed: number): Promise<string> =>
    Buffer.from(
      (await fitModel(compute, images(60, 2), null, { ...base, layers, seed }, quiet)).parameters[0]!.data.buffer,
    ).toString("hex");
  expect(await weights(1)).toBe(await weights(1));
  expect(await weights(1)).not.toBe(await weights(2));
});

test("a training that goes on from a saved state ends as one that was never interrupted, however many steps a call takes", async () => {
  const layers = place(
    [
      conv(4),
      { type: "batch_norm" },
      { type: "activation", activation: "relu" },
      pool,
      { type: "flatten" },
      { type: "dropout", rate: 0.3 },
      dense(10),
    ],
    [8, 8, 1],
  );
  const train = images(70, 2);
  const validation = images(30, 8);
  const options: FitOptions = {
    ...base,
    layers,
    epochs: 6,
    earlyStopping: { metric: "validation.loss", patience: 10, minDelta: 0 },
  };
  const states: FitState[] = [];
  // A clock that stands still makes calls long, several epochs in one; one that jumps makes them short.
  const whole = await fitModel(compute, train, validation, options, { ...quiet, now: () => 0 });
  let jump = 0;
  const slow = await fitModel(compute, train, validation, options, {
    ...quiet,
    now: () => (jump += 10_000),
    save: (state) => void states.push(state),
  });
  expect(states.map((state) => state.epoch)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(slow.state).toEqual(whole.state);
  const resumed = await fitModel(compute, train, validation, options, { ...quiet, resume: states[2] });
  expect(resumed.state.history).toEqual(whole.state.history);
  expect(resumed.bestEpoch).toBe(whole.bestEpoch);
  for (const [index, parameter] of whole.parameters.entries())
    expect(resumed.parameters[index]!.data).toEqual(parameter.data);
});

test("early stopping waits for its patience and gives back the weights of the best epoch", async () => {
  const layers = place([dense(8, { activation: "tanh" }), dense(1)], [1]);
  // A learning rate that grows by leaps makes the loss rise soon.
  const options: FitOptions = {
    ...base,
    loss: { type: "mse" },
    layers,
    batchSize: 10,
    epochs: 60,
    schedule: { type: "step", from: 0.01, every: 3, factor: 4, warmUp: 0 },
    earlyStopping: { metric: "validation.loss", patience: 4, minDelta: 0 },
  };
  // Many epochs a call, so that both the best epoch and the last one lie within one.
  const result = await fitModel(compute, numbers(40), numbers(20), options, { ...quiet, now: () => 0 });
  expect(result.stopped).toBe("early_stopping");
  expect(result.state.history.length).toBe(result.bestEpoch + 4);
  const until = (epochs: number): Promise<FitResult> =>
    fitModel(compute, numbers(40), numbers(20), { ...options, epochs, earlyStopping: null }, quiet);
  expect(result.parameters).toEqual((await until(result.bestEpoch)).parameters);
  expect(result.state.arrays).toEqual((await until(result.bestEpoch + 4)).state.arrays);
  const losses = result.state.history.map((score) => score.validation!.loss);
  expect(losses[result.bestEpoch - 1]).toBe(Math.min(...losses));
});

test("the engine and step-by-step TF.js on cpu agree after 10 steps, for each optimiser", async () => {
  const optimizers: Optimizer[] = [
    { type: "sgd", momentum: 0.9 },
    { type: "sgd", momentum: 0.9, nesterov: true },
    { type: "rmsprop", alpha: 0.99, epsilon: 1e-8 },
    { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  ];
  const networks: (readonly Layer[])[] = [
    [conv(3, { activation: "relu" }), pool, { type: "flatten" }, dense(10)],
    [
      conv(3, { size: [5, 5], padding: 2, stride: [2, 2], activation: "elu" }),
      { type: "avg_pool", size: [2, 2], stride: [2, 2] },
      { type: "flatten" },
      dense(10),
    ],
    [{ type: "flatten" }, dense(12, { activation: "gelu" }), dense(10)],
    [{ type: "flatten" }, dense(12, { activation: "softplus" }), { type: "dropout", rate: 0.2 }, dense(10)],
  ];
  const penalties = [{}, { l1: 0.001 }, { l2: 0.01 }];
  for (const network of networks)
    for (const optimizer of optimizers) {
      const options: FitOptions = {
        ...base,
        ...penalties[networks.indexOf(network) % penalties.length],
        layers: place(network, [8, 8, 1]),
        optimizer,
        epochs: 1,
        batchSize: 10,
        schedule: { type: "constant", from: 0.001, warmUp: 0 },
      };
      await tf.setBackend("onnx");
      const fast = await fitModel(compute, images(100, 2), null, options, quiet);
      await tf.setBackend("cpu");
      const slow = await fitModel(eagerCompute("cpu"), images(100, 2), null, options, quiet);
      expect(Math.abs(fast.state.history[0]!.train.loss - slow.state.history[0]!.train.loss)).toBeLessThan(5e-5);
      for (const [index, parameter] of fast.parameters.entries())
        for (let at = 0; at < parameter.data.length; at++)
          expect(Math.abs(parameter.data[at]! - slow.parameters[index]!.data[at]!)).toBeLessThan(2e-4);
    }
});

test("optimisers follow PyTorch's formulas", () => {
  // The formulas of torch.optim's documentation, in float64: p = 1, gradients 0.5, −1, 2 and learning rate 0.1.
  const optimizers: Optimizer[] = [
    { type: "sgd", momentum: 0 },
    { type: "sgd", momentum: 0.9 },
    { type: "rmsprop", alpha: 0.99, epsilon: 1e-8 },
    { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    { type: "adamw", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  ];
  for (const optimizer of optimizers) {
    const rule = ruleOf(optimizer);
    let parameter: tf.Tensor = tf.scalar(1);
    let slots: readonly tf.Tensor[] = rule.slots.map(() => tf.scalar(0));
    const reference = { p: 1, m: 0, v: 0 };
    for (const [index, gradient] of [0.5, -1, 2].entries()) {
      const numbers = Object.entries(rule.numbers(0.1, index + 1)).map(([name, value]) => [name, tf.scalar(value)]);
      const step = { parameter, gradient: tf.scalar(gradient), slots, numbers: Object.fromEntries(numbers) };
      const next = rule.update(tf, step);
      parameter = next.parameter;
      slots = next.slots;
      const t = index + 1;
      if (optimizer.type === "sgd") {
        reference.v = optimizer.momentum * reference.v + gradient;
        reference.p -= 0.1 * (optimizer.nesterov ? gradient + optimizer.momentum * reference.v : reference.v);
      } else if (optimizer.type === "rmsprop") {
        reference.v = 0.99 * reference.v + 0.01 * gradient ** 2;
        reference.p -= (0.1 * gradient) / (Math.sqrt(reference.v) + 1e-8);
      } else {
        reference.m = 0.9 * reference.m + 0.1 * gradient;
        reference.v = 0.999 * reference.v + 0.001 * gradient ** 2;
        reference.p -= (0.1 * (reference.m / (1 - 0.9 ** t))) / (Math.sqrt(reference.v / (1 - 0.999 ** t)) + 1e-8);
      }
      expect(parameter.dataSync()[0]).toBeCloseTo(reference.p, 5);
    }
  }
});

test("l1 and l2 add λ sign(w) and λ w to the gradients of weights, and nothing to those of biases and batch normalisation", async () => {
  const layers = place(
    [conv(3), { type: "batch_norm" }, pool, { type: "flatten" }, dense(6, { activation: "tanh" }), dense(10)],
    [8, 8, 1],
  );
  const rate = 0.1;
  const one = async (penalty: { l1?: number; l2?: number }): Promise<FitResult> =>
    fitModel(compute, images(20, 2), null, { ...base, ...penalty, layers, epochs: 1, optimizer: { type: "sgd", momentum: 0 }, schedule: { type: "constant", from: rate, warmUp: 0 } }, quiet); // biome-ignore format: one line
  const [plain, l1, l2] = [await one({}), await one({ l1: 0.03 }), await one({ l2: 0.2 })];
  // The loss that is told is that of the data.
  expect(l2.state.history[0]!.train.loss).toBe(plain.state.history[0]!.train.loss);
  for (const [index, parameter] of layers.flatMap((layer) => layer.parameters).entries()) {
    const weight = /^(conv|dense)_\d+\.weight$/.test(parameter.name);
    const start = initialValues(parameter, base.seed, base.folds);
    for (const [at, value] of plain.parameters[index]!.data.entries()) {
      expect(l1.parameters[index]!.data[at]! - value).toBeCloseTo(weight ? -rate * 0.03 * Math.sign(start[at]!) : 0, 6);
      expect(l2.parameters[index]!.data[at]! - value).toBeCloseTo(weight ? -rate * 0.2 * start[at]! : 0, 6);
    }
  }
});

test("weight decay equals l2 for plain gradient descent, and differs from it for adam", async () => {
  // Weights of 520,000 numbers are carried in pieces, the others side by side with their biases.
  const layers = place([{ type: "flatten" }, dense(8200), dense(10)], [8, 8, 1]);
  const train = async (options: Partial<FitOptions>): Promise<Float32Array[]> =>
    (await fitModel(compute, images(40, 2), null, { ...base, layers, epochs: 2, ...options }, quiet)).parameters.map(
      ({ data }) => data as Float32Array,
    );
  const furthest = (a: readonly Float32Array[], b: readonly Float32Array[]): number =>
    a.reduce(
      (most, array, index) =>
        array.reduce((worst, value, at) => Math.max(worst, Math.abs(value - b[index]![at]!)), most),
      0,
    );
  const sgd: FitOptions["optimizer"] = { type: "sgd", momentum: 0 };
  const adam: FitOptions["optimizer"] = { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const plain = await train({ optimizer: sgd });
  const decayed = await train({ optimizer: { ...sgd, weightDecay: 0.5 } });
  expect(furthest(decayed, await train({ optimizer: sgd, l2: 0.5 }))).toBeLessThan(1e-5);
  expect(furthest(decayed, plain)).toBeGreaterThan(1e-3);
  expect(
    furthest(await train({ optimizer: { ...adam, weightDecay: 0.5 } }), await train({ optimizer: adam, l2: 0.5 })),
  ).toBeGreaterThan(1e-3);
});

test("learning rates: step, cosine and warm-up", () => {
  const at = (schedule: Schedule, epoch: number): number => new Rates(schedule, 10, 10).at(epoch * 10);
  expect(at({ type: "step", from: 1, every: 3, factor: 0.1, warmUp: 0 }, 2)).toBe(1);
  expect(at({ type: "step", from: 1, every: 3, factor: 0.1, warmUp: 0 }, 3)).toBeCloseTo(0.1, 12);
  expect(at({ type: "cosine", from: 1, to: 0, warmUp: 0 }, 0)).toBe(1);
  expect(at({ type: "cosine", from: 1, to: 0, warmUp: 0 }, 5)).toBeCloseTo(0.5, 12);
  expect(at({ type: "cosine", from: 1, to: 0.2, warmUp: 2 }, 6)).toBeCloseTo(0.6, 12);
  const warm = new Rates({ type: "constant", from: 1, warmUp: 2 }, 10, 10);
  expect(warm.at(0)).toBeCloseTo(1 / 20, 12);
  expect(warm.at(19)).toBe(1);
});

test("initial weights have the spread their initialiser promises", () => {
  const parameter = {
    name: "x.weight",
    shape: [200, 300],
    trained: true,
    isWeight: true,
    fanIn: 200,
    fanOut: 300,
  } as const;
  const spread = (
    start: "pytorch" | "glorot_uniform" | "glorot_normal" | "he_uniform" | "he_normal" | "uniform",
  ): number =>
    Math.sqrt(initialValues({ ...parameter, start }, 1, []).reduce((sum, value) => sum + value * value, 0) / 60000);
  expect(spread("pytorch")).toBeCloseTo(1 / Math.sqrt(200) / Math.sqrt(3), 3);
  expect(spread("glorot_uniform")).toBeCloseTo(Math.sqrt(6 / 500) / Math.sqrt(3), 3);
  expect(spread("glorot_normal")).toBeCloseTo(Math.sqrt(2 / 500), 3);
  expect(spread("he_uniform")).toBeCloseTo(Math.sqrt(6 / 200) / Math.sqrt(3), 3);
  expect(spread("he_normal")).toBeCloseTo(Math.sqrt(2 / 200), 3);
  expect(spread("uniform")).toBeCloseTo(0.05 / Math.sqrt(3), 3);
});

test("metrics of a case small enough to count by hand", () => {
  const examples: Examples = {
    ...images(4, 1),
    count: 4,
    classes: ["a", "b"],
    labels: Int32Array.of(0, 0, 1, 1),
    rows: Int32Array.of(0, 1, 2, 3),
  };
  const logits = Float32Array.of(2, 0, 0, 2, 0, 2, 0, 2);
  const metrics = classificationMetrics(logits, examples, { type: "cross_entropy" });
  expect(metrics).toMatchObject({
    accuracy: 0.75,
    correct: 3,
    count: 4,
    confusion: [
      [1, 1],
      [0, 2],
    ],
  });
  expect(metrics.perClass[1]).toEqual({ class: "b", precision: 2 / 3, recall: 1, f1: 0.8, support: 2 });
  expect(metrics.loss).toBeCloseTo((3 * Math.log(1 + Math.exp(-2)) + Math.log(1 + Math.exp(2))) / 4, 10);
  expect(softmaxRows(Float32Array.of(0, 0, 1000, 0), 2)).toEqual(Float32Array.of(0.5, 0.5, 1, 0));
  const three = { ...numbers(3), labels: Float32Array.of(1, 2, 5), rows: Int32Array.of(0, 1, 2) };
  const regression = regressionMetrics(Float32Array.of(1, 2, 3), three, { type: "mse" }, []);
  expect(regression.mse).toBeCloseTo(4 / 3, 10);
  expect(regression.mae).toBeCloseTo(2 / 3, 10);
  expect(regression.r2).toBeCloseTo(1 - 4 / (26 / 3), 10);
});

test("shapes and parameters of placed layers", () => {
  const placed = place(
    [
      conv(4, { size: [5, 5], stride: [2, 2], padding: 0 }),
      { type: "batch_norm" },
      pool,
      { type: "flatten" },
      dense(7),
    ],
    [28, 28, 3],
  );
  expect(placed.map((layer) => layer.output)).toEqual([[12, 12, 4], [12, 12, 4], [6, 6, 4], [144], [7]]);
  expect(placed.flatMap((layer) => layer.parameters).map(({ name, shape }) => `${name} ${shape}`)).toEqual([
    "conv_1.weight 5,5,3,4",
    "conv_1.bias 4",
    "batch_norm_1.weight 4",
    "batch_norm_1.bias 4",
    "batch_norm_1.running_mean 4",
    "batch_norm_1.running_variance 4",
    "dense_1.weight 144,7",
    "dense_1.bias 7",
  ]);
});

test("an engine that computes step by step is asked for calls of at most a quarter of a second, where epochs are short and to judge, too", async () => {
  await tf.setBackend("cpu");
  const stepMs = 30;
  let clockMs = 0;
  const eager = eagerCompute("cpu");
  /** Each step takes `stepMs` on a clock of its own. */
  const slow: Compute = {
    ...eager,
    program: (constants, state, ...bodies) =>
      eager.program(
        constants,
        state,
        ...bodies.map((body): typeof body => (...given) => {
          clockMs += stepMs;
          return body(...given);
        }),
      ),
  };
  const reportedMs: number[] = [0];
  await fitModel(
    slow,
    numbers(400),
    numbers(6000),
    { ...base, layers: place([dense(1)], [1]), loss: { type: "mse" }, batchSize: 10, epochs: 2 },
    { ...quiet, now: () => clockMs, report: () => void reportedMs.push(clockMs) },
  );
  expect(clockMs).toBe(2 * (40 + 24) * stepMs);
  for (const [index, at] of reportedMs.entries()) expect(at - (reportedMs[index - 1] ?? 0)).toBeLessThanOrEqual(250);
  expect(reportedMs.length).toBeGreaterThan(2 * 8);
});
