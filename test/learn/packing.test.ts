import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { eagerCompute } from "../../src/compute/eager.js";
import type { ArrayValue } from "../../src/compute/program.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { callMs, callMsOf } from "../../src/learn/call-size.js";
import type { Examples } from "../../src/learn/data.js";
import { fitModel } from "../../src/learn/fit.js";
import { type Layer, placeLayers } from "../../src/learn/layer.js";
import { Packing } from "../../src/learn/packing.js";
import { stream } from "../../src/learn/random.js";
import { isStackable } from "../../src/learn/stacked-training.js";
import type { FitHooks, FitOptions, FitState } from "../../src/learn/training.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
});

const dense = (units: number): Layer => ({ type: "dense", units, activation: "tanh", initializer: "pytorch" });
const inputs = 520;
/** The first layer is as wide as its inputs, so that a piece that lies the wrong way round has the right shape. */
const placed = placeLayers([dense(inputs), dense(510), dense(3)], [inputs]);
if (!placed.ok) throw new Error(placed.misfit.message);
const { layers } = placed;
const parameters = layers.flatMap((layer) => layer.parameters);

const random = stream(1, [], "values");
const values = (shape: readonly number[]): ArrayValue => ({
  dtype: "float32",
  shape,
  data: Float32Array.from({ length: shape.reduce((product, length) => product * length, 1) }, () => random.normal()),
});

const bytesOf = (arrays: readonly ArrayValue[]): Buffer =>
  Buffer.concat(arrays.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)));

test("what is carried in pieces, turned or side by side, comes back as it was", () => {
  const packing = new Packing(parameters, 2, true);
  const arrays = [...parameters, ...parameters.flatMap((each) => [each, each])].map(({ shape }) => values(shape));
  const carried = packing.pack(arrays);
  // 520 × 520 weights go in two turned pieces, 520 × 510 in two as they are; the rest lies side by side.
  expect(packing.groups.map(({ shape }) => shape)).toEqual([[260, 520], [260, 520], [260, 510], [260, 510], [2563]]);
  const [turned] = carried as [ArrayValue];
  expect(turned.data[2 * inputs + 5]).toBe(arrays[0]!.data[5 * inputs + 2]);
  expect(packing.unpack(carried).map(({ shape }) => shape)).toEqual(arrays.map(({ shape }) => shape));
  expect(bytesOf(packing.unpack(carried)).equals(bytesOf(arrays))).toBe(true);
});

/** Too many for a training that is a stack of one, whose weights are whole. */
const count = 70;
const data: Examples = {
  count,
  shape: [inputs],
  classes: ["a", "b", "c"],
  scale: 1,
  features: values([count, inputs]).data as Float32Array,
  labels: Int32Array.from({ length: count }, (_, index) => index % 3),
  targets: 1,
  rows: Int32Array.from({ length: count }, (_, index) => index),
};
const options: FitOptions = {
  layers,
  loss: { type: "cross_entropy" },
  optimizer: { type: "rmsprop", alpha: 0.99, epsilon: 1e-8 },
  schedule: { type: "constant", from: 1e-4, warmUp: 0 },
  batchSize: 20,
  epochs: 4,
  earlyStopping: null,
  seed: 1,
  folds: [],
};
const hooks = (given: Partial<FitHooks> = {}): FitHooks => ({
  resume: undefined,
  save: () => undefined,
  report: () => undefined,
  stopping: () => false,
  now: () => performance.now(),
  ...given,
});

test("the network is no stack", () => {
  expect(isStackable(options, { count })).toBe(false);
});

test("a wide network trained in pieces ends where TF.js's cpu backend ends with whole weights", async () => {
  const { parameters: own } = await fitModel(onnxCompute(), data, null, options, hooks());
  await tf.setBackend("cpu");
  const { parameters: oracle } = await fitModel(eagerCompute("cpu"), data, null, options, hooks());
  await tf.setBackend("onnx");
  // RMSprop divides by the gradient's size: where that is next to nothing, its rounding decides the step's direction.
  for (const [index, { data: wanted }] of oracle.entries()) {
    const far = [...wanted.keys()].filter((at) => Math.abs(own[index]!.data[at]! - wanted[at]!) > 1e-4);
    expect(far.length).toBeLessThanOrEqual(wanted.length / 1000);
  }
});

test("it goes on from a saved state to the same bits, whatever goes to a call", async () => {
  const whole = await fitModel(onnxCompute(), data, null, options, hooks());
  let saved: FitState | undefined;
  // A clock that jumps makes calls of a single step.
  let at = 0;
  const now = (): number => {
    at += 10_000;
    return at;
  };
  const save = (state: FitState): void => {
    saved = state;
  };
  await fitModel(onnxCompute(), data, null, { ...options, epochs: 2 }, hooks({ now, save }));
  expect(saved?.epoch).toBe(2);
  const resumed = await fitModel(onnxCompute(), data, null, options, hooks({ resume: saved }));
  expect(bytesOf(resumed.state.arrays).equals(bytesOf(whole.state.arrays))).toBe(true);
});

test("calls are longer where much is carried, and never so long that a stop is not heard", () => {
  const carrying = (megabytes: number): number =>
    callMsOf([{ dtype: "float32", shape: [megabytes * 2 ** 18], data: new Float32Array(megabytes * 2 ** 18) }]);
  expect(carrying(0)).toBe(callMs);
  expect(carrying(20)).toBeGreaterThan(carrying(10));
  expect(carrying(500)).toBeLessThanOrEqual(1000);
});
