/** Gradient clipping: its formula, alone and stacked; which bits it leaves, and that it hides no divergence. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eagerCompute } from "../../src/compute/eager.js";
import type { Compute } from "../../src/compute/program.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { clipped } from "../../src/learn/clipping.js";
import { DivergedError } from "../../src/learn/diverged.js";
import { fitModel } from "../../src/learn/fit.js";
import { fitMany } from "../../src/learn/fit-many.js";
import { initialArrays } from "../../src/learn/initial.js";
import type { Layer } from "../../src/learn/layer.js";
import type { Optimizer } from "../../src/learn/optimizer.js";
import type { FitMember, FitResult, FitState, TrainingOptions } from "../../src/learn/training.js";
import { dense, folds, hooks, leaping, options } from "../rig/training.js";

let compute: Compute;
beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  compute = onnxCompute();
});
beforeEach(async () => {
  await tf.setBackend("onnx");
});

const adam = (clipNorm: number): Optimizer => ({ type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, clipNorm });
const train = (
  { train, validation, seed, folds: keys }: FitMember,
  given: TrainingOptions,
  more = {},
  by = compute,
): Promise<FitResult> => fitModel(by, train, validation, { ...given, seed, folds: keys }, hooks(more));
const bitsOf = (result: FitResult | DivergedError): unknown => {
  if (result instanceof DivergedError) throw result;
  const { parameters, state } = result;
  return [
    [...parameters, ...state.arrays].map(({ data }) =>
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex"),
    ),
    state.history,
  ];
};

test("a gradient longer than c is scaled to c, over all of its arrays; a shorter one keeps its bits", () => {
  const [a, b] = [Float32Array.of(3, -4, 12, 0.1), Float32Array.of(84, 1.5)];
  const norm = Math.hypot(...a, ...b);
  const made = (most: number): readonly number[] =>
    clipped([tf.tensor2d(a, [2, 2]), tf.tensor1d(b)], most, null).flatMap((each) => [...each.dataSync()]);
  for (const [index, value] of made(2).entries()) expect(value).toBeCloseTo(([...a, ...b][index]! * 2) / norm, 5);
  expect(made(norm + 1)).toEqual([...a, ...b]);
  // Of two models each has its own.
  const both = clipped([tf.tensor3d([...a, 0.3, 0, 0, 0.4], [2, 2, 2])], 1, 2)[0]!.dataSync();
  expect([...both.slice(4)]).toEqual([0.3, 0, 0, 0.4].map(Math.fround));
  for (const [index, value] of [...both.slice(0, 4)].entries())
    expect(value).toBeCloseTo(a[index]! / Math.hypot(...a), 6);
});

test("a norm that is not finite makes NaN of all of the gradient", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e30]) {
    const [a, b] = clipped([tf.tensor1d([1, value]), tf.tensor1d([0, 2])], 1, null);
    expect([...a!.dataSync(), ...b!.dataSync()].every(Number.isNaN), String(value)).toBe(true);
    // Who stands beside it does not hear of it.
    const both = clipped([tf.tensor3d([1, value, 0.5, 0.25], [2, 1, 2])], 1, 2)[0]!.dataSync();
    expect([...both.slice(0, 2)].every(Number.isNaN)).toBe(true);
    expect([...both.slice(2)]).toEqual([0.5, 0.25]);
  }
});

describe("in company", () => {
  for (const [units, activation, sizes] of [
    [16, "gelu", [2, 5, 10]],
    [23, "elu", [3, 10]],
    [64, "tanh", [2, 10]],
    [128, "sigmoid", [3, 5]],
    [256, "gelu", [2, 3]],
  ] as const)
    test(`${units} units: a member's bits are those that it has alone`, async () => {
      const layers = [dense(units, activation), dense(units, activation), dense(2)];
      const members = folds(Math.max(...sizes), { shape: [3], train: 50, validation: 9, targets: 2 });
      const given = options(layers, [3], { optimizer: adam(0.05), l2: 0.01, batchSize: 18, epochs: 2 });
      const wanted = [];
      for (const member of members) wanted.push(bitsOf(await train(member, given)));
      for (const size of sizes) {
        const made = await fitMany(compute, members.slice(0, size), given, size);
        expect(made.map(bitsOf), `${size}`).toEqual(wanted.slice(0, size));
      }
      // It was clipped, or nothing was tried.
      expect(bitsOf(await train(members[0]!, { ...given, optimizer: adam(1e9) }))).not.toEqual(wanted[0]);
    });
});

const conv: Layer = {
  type: "conv",
  kernels: 6,
  size: [3, 3],
  stride: [1, 1],
  padding: "same",
  activation: "relu",
  initializer: "pytorch",
};
const networks = {
  "dense layers": { layers: [dense(300, "gelu"), dense(200, "softplus"), dense(1)], shape: [2] },
  "a convolution": { layers: [conv, { type: "batch_norm" }, { type: "flatten" }, dense(1)], shape: [6, 6, 1] },
  "wide weights in pieces": { layers: [{ type: "flatten" }, dense(8300, "relu"), dense(1)], shape: [8, 8, 1] },
} as const satisfies Record<string, { layers: readonly Layer[]; shape: readonly number[] }>;

describe.each(Object.keys(networks) as (keyof typeof networks)[])("%s", (name) => {
  const { layers, shape } = networks[name];
  const given = options(layers, shape, {
    optimizer: { type: "sgd", momentum: 0.9, nesterov: true, clipNorm: 0.02 },
    l1: 0.001,
    epochs: 2,
  });
  const [member] = folds(1, { shape, validation: 8 }) as [FitMember];

  test("has the same bits for every number of threads and length of calls", async () => {
    const seen = new Set<string>();
    for (const threads of [1, 2, 3, 4]) {
      await installOnnx({ threads });
      seen.add(JSON.stringify(bitsOf(await train(member, given))));
      seen.add(JSON.stringify(bitsOf(await train(member, given, { now: leaping() }))));
    }
    await installOnnx({ threads: 1 });
    expect(seen.size).toBe(1);
  });

  test("goes on from a state as if it had never stopped", async () => {
    const states: FitState[] = [];
    const whole = await train(member, given, { now: leaping(), save: (state: FitState) => void states.push(state) });
    expect(bitsOf(await train(member, given, { resume: states[0] }))).toEqual(bitsOf(whole));
  });

  test("moves in a step by no more than the rate times c, and by that much where the gradient is longer", async () => {
    const moved = async (clipNorm: number | undefined): Promise<number> => {
      const optimizer: Optimizer = { type: "sgd", momentum: 0, ...(clipNorm === undefined ? {} : { clipNorm }) };
      const one = { ...given, optimizer, batchSize: 30, epochs: 1 };
      const { state } = await train(member, one);
      const start = initialArrays(one.layers, optimizer, member.seed, member.folds);
      const learned = one.layers.flatMap(({ parameters }) => parameters).map(({ trained }) => trained);
      let squares = 0;
      for (const [index, array] of start.entries())
        if (learned[index])
          for (const [at, value] of array.data.entries()) squares += (state.arrays[index]!.data[at]! - value) ** 2;
      return Math.sqrt(squares) / 0.01;
    };
    const norm = await moved(undefined);
    // Differences of weights are rounded.
    expect(Math.abs((await moved(norm / 3)) / (norm / 3) - 1)).toBeLessThan(1e-3);
    expect(await moved(norm * 3)).toBe(norm);
  });
});

test("step by step with TF.js's own kernels it learns the same, up to rounding", async () => {
  const { layers, shape } = networks["a convolution"];
  const given = options(layers, shape, { optimizer: adam(0.02), epochs: 2 });
  const [member] = folds(1, { shape, validation: 8 }) as [FitMember];
  const fast = await train(member, given);
  await tf.setBackend("cpu");
  const slow = await train(member, given, {}, eagerCompute("cpu"));
  for (const [index, { validation }] of fast.state.history.entries())
    expect(validation!.loss).toBeCloseTo(slow.state.history[index]!.validation!.loss, 4);
});

test("a training that leaves what float32 can hold is found to diverge", async () => {
  for (const name of ["dense layers", "a convolution"] as const) {
    const { layers, shape } = networks[name];
    const [member] = folds(1, { shape }) as [FitMember];
    // Squares of targets like these do not overflow, those of the gradient do.
    const labels = (member.train.labels as Float32Array).map((label) => label * 1e19);
    const far = { ...member, train: { ...member.train, labels } };
    const given = options(layers, shape, { optimizer: { type: "sgd", momentum: 0, clipNorm: 1 }, epochs: 3 });
    await expect(train(far, given), name).rejects.toThrow(DivergedError);
  }
});
