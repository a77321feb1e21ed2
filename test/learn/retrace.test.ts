/** A training that diverged is told by the layer from which it did, and leaves the last epoch that is a result. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { eagerCompute } from "../../src/compute/eager.js";
import type { ArrayValue, Compute } from "../../src/compute/program.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import type { Examples } from "../../src/learn/data.js";
import { DivergedError } from "../../src/learn/diverged.js";
import { fitMany } from "../../src/learn/fit-many.js";
import { initialArrays } from "../../src/learn/initial.js";
import type { Layer } from "../../src/learn/layer.js";
import {
  type FitHooks,
  type FitMember,
  type FitResult,
  type FitState,
  StoppedError,
  type TrainingOptions,
} from "../../src/learn/training.js";
import { augmented, images, recipeOf } from "../rig/augmentation.js";
import { conv, dense, divergence, folds, hooks, leaping, options, trainedAlone } from "../rig/training.js";

let compute: Compute;
beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  compute = onnxCompute();
});
beforeEach(async () => {
  await tf.setBackend("onnx");
});

const adam = { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
const rate = (from: number): Pick<TrainingOptions, "schedule"> => ({ schedule: { type: "constant", from, warmUp: 0 } });
/** Harmless up to an epoch, ruinous from it on. */
const leap = (epoch: number): Pick<TrainingOptions, "schedule"> => ({
  schedule: { type: "step", from: 1e-3, every: epoch - 1, factor: 1e33, warmUp: 0 },
});

const training = (
  member: FitMember,
  given: TrainingOptions,
  more: Partial<FitHooks> = {},
  by = compute,
): Promise<FitResult> => trainedAlone(by, member, given, more);
/** Examples whose features are multiplied by a factor. */
const scaled = (member: FitMember, factor: number): FitMember => {
  const large = (set: Examples): Examples => ({
    ...set,
    features: Float32Array.from(set.features, (value) => value * factor),
  });
  return { ...member, train: large(member.train), validation: member.validation && large(member.validation) };
};
const one = (given: Parameters<typeof folds>[1] = {}): FitMember => folds(1, given)[0]!;
const told = ({ aftermath: { origin } }: DivergedError): unknown =>
  origin && [origin.epoch, origin.step, origin.part, origin.name, origin.value];

test("large features overflow in the first product whose result float32 cannot hold, before any update", async () => {
  const wide: Layer = { ...dense(8), type: "dense", initializer: "he_normal", units: 8, activation: "linear" };
  const given = options([wide, dense(8), dense(1)], [2]);
  for (const [factor, name] of [
    [1e38, "dense_1"],
    [1e20, ""],
  ] as const) {
    const error = await divergence(training(scaled(one(), factor), given));
    expect([error.epoch, error.step, error.lost]).toEqual([1, 1, "loss"]);
    expect(told(error)).toEqual([1, 1, name === "" ? "loss" : "output", name, "infinite"]);
    expect(error.aftermath.last).toBeNull();
  }
});

/** A network whose numbers are given, as if it had been trained for an epoch. */
async function after(given: TrainingOptions, values: readonly number[]): Promise<FitState> {
  const { state } = await training(one({ shape: [1] }), { ...given, ...rate(0.01), epochs: 1 });
  const arrays = state.arrays.map(
    (array, index): ArrayValue =>
      index < values.length ? { ...array, data: new Float32Array(array.data.length).fill(values[index]!) } : array,
  );
  return { ...state, arrays };
}

test("a gradient that overflows is named, with its parameter, though the loss is noticed a step later", async () => {
  // Outputs of 1e10; the gradient of the first weights is 1e10 · 1e20 · 1e10.
  const member = scaled(one({ shape: [1] }), 1e10);
  const given = options([dense(1), dense(1)], [1]);
  const resume = await after(given, [1e-20, 0, 1e20, 0]);
  const error = await divergence(training(member, given, { resume }));
  expect([error.epoch, error.step, error.lost]).toEqual([2, 2, "loss"]);
  expect(told(error)).toEqual([2, 1, "gradient", "dense_1.weight", "infinite"]);
  expect(error.aftermath.last?.epoch).toBe(1);
});

test("an update that overflows is named where its gradient was a number", async () => {
  const member = one({ shape: [1] });
  const given = options([dense(1), dense(1)], [1], rate(3e38));
  const resume = await after(given, [10, 0, 10, 0]);
  const error = await divergence(training(member, given, { resume }));
  expect([error.epoch, error.step]).toEqual([2, 2]);
  expect(told(error)).toEqual([2, 1, "parameter", "dense_2.weight", "infinite"]);
});

test("of what the optimiser keeps the very epoch is found in which it overflowed, long before the end", async () => {
  const member = one({ shape: [1] });
  const steep = { ...member.train, labels: Float32Array.from(member.train.labels, () => 1e18) };
  const given = options([dense(1)], [1], { optimizer: adam, epochs: 30, schedule: leap(9).schedule });
  const error = await divergence(training({ ...member, train: steep }, given));
  expect(error.epoch).toBe(9);
  // Squares of gradients near 1e19 and beyond: noticed at the end alone, because a step divided by them is 0.
  const far = { ...member.train, features: Float32Array.from(member.train.features, () => 1e15) };
  const late = await divergence(
    training({ ...member, train: far }, options([dense(1)], [1], { optimizer: adam, epochs: 5, batchSize: 10 })),
  );
  expect([late.epoch, late.step, late.lost]).toEqual([5, 3, "optimizer"]);
  expect(late.aftermath.origin).toEqual({
    epoch: 1,
    step: 1,
    set: "train",
    part: "slot",
    layer: "dense_1",
    name: "dense_1.weight",
    slot: "second_moment",
    value: "infinite",
  });
  expect(late.aftermath.last).toBeNull();
});

test("running statistics that overflow are named, while the loss is still a number", async () => {
  const member = scaled(one({ shape: [3, 3, 1] }), 1e25);
  const layers: readonly Layer[] = [conv(2, "linear"), { type: "batch_norm" }, { type: "flatten" }, dense(1)];
  const error = await divergence(training(member, options(layers, [3, 3, 1], { epochs: 2 })));
  expect(error.lost).toBe("weights");
  expect(told(error)).toEqual([1, 1, "running", "batch_norm_1.running_variance", "infinite"]);
});

const networks = {
  dense: { layers: [dense(8, "relu"), dense(8, "relu"), dense(1)], shape: [2] },
  dropout: { layers: [dense(8, "relu"), { type: "dropout", rate: 0.3 }, dense(1)], shape: [2] },
  conv: { layers: [conv(2, "linear"), { type: "batch_norm" }, { type: "flatten" }, dense(1)], shape: [3, 3, 1] },
  /** Its wide weights are carried in pieces. */
  wide: { layers: [dense(520), { type: "batch_norm" }, dense(512), { type: "batch_norm" }, dense(1)], shape: [2] },
} as const satisfies Record<string, { layers: readonly Layer[]; shape: readonly number[] }>;

for (const name of ["dense", "dropout", "conv", "wide"] as const)
  test(`${name}: whatever a call takes, the same step is looked into, and the last state is that of a shorter training`, async () => {
    const { layers, shape } = networks[name];
    // The wide one takes a second a call.
    const [sets, sizes] =
      name === "wide"
        ? [[7], [10]]
        : [
            [0, 7],
            [10, 30],
          ];
    for (const validation of sets)
      for (const batchSize of sizes) {
        const member = one({ shape, validation });
        const given = {
          ...options(layers, shape, { epochs: name === "wide" ? 3 : 12, batchSize }),
          ...leap(name === "wide" ? 3 : 7),
        };
        const error = await divergence(training(member, given));
        expect(error.aftermath.origin).not.toBeNull();
        expect({ ...(await divergence(training(member, given, { now: leaping() }))) }).toEqual({ ...error });
        const { last } = error.aftermath;
        expect(last!.epoch).toBe(name === "wide" ? 2 : 6);
        const shorter = { ...given, epochs: last!.epoch };
        const whole = await training(member, shorter);
        expect(last).toEqual(whole.state);
        expect((await training(member, shorter, { resume: last! })).parameters).toEqual(whole.parameters);
        // Gone on from, it comes to the same.
        expect({ ...(await divergence(training(member, given, { resume: last! }))) }).toEqual({ ...error });
      }
  });

test("averages, clipped gradients and a rate that follows from the history are gone over as they were", async () => {
  const { layers, shape } = networks.dense;
  const member = one({ shape, validation: 7 });
  const given = { ...options(layers, shape, { epochs: 12 }), ...leap(7) };
  // Rates so high that the loss grows, and lower ones after every second epoch that no longer save it.
  const plateau = { type: "plateau", from: 3, factor: 0.9, patience: 1, minDelta: 0, to: 0, warmUp: 0 } as const;
  for (const more of [
    { average: { type: "exponential", decay: 0.99 } },
    { average: { type: "last", epochs: 3 } },
    { optimizer: { ...adam, clipNorm: 1 } },
    { schedule: plateau, epochs: 300, layers: options([dense(4), dense(4), dense(1)], shape).layers },
  ] satisfies readonly Partial<TrainingOptions>[]) {
    const all = { ...given, ...more };
    const error = await divergence(training(member, all));
    const { origin, last } = error.aftermath;
    expect(origin, JSON.stringify(more)).not.toBeNull();
    expect(last).toEqual(last && (await training(member, { ...all, epochs: last.epoch })).state);
    expect({ ...(await divergence(training(member, all, { now: leaping() }))) }).toEqual({ ...error });
  }
});

test("an engine that computes step by step finds the same", async () => {
  const { layers, shape } = networks.conv;
  for (const validation of [0, 7]) {
    const member = one({ shape, validation });
    const given = { ...options(layers, shape, { epochs: 3 }), ...leap(3) };
    const error = await divergence(training(member, given));
    await tf.setBackend("cpu");
    const slow = await divergence(training(member, given, {}, eagerCompute("cpu")));
    await tf.setBackend("onnx");
    const place = ({ aftermath: { origin, last } }: DivergedError): unknown => ({
      ...origin,
      value: null,
      last: last?.epoch,
    });
    expect(place(slow)).toEqual(place(error));
  }
});

test("members of a stack are told as they are by themselves, and the others stay as they are", async () => {
  const members = folds(4, { shape: [2], validation: 7 });
  members[2] = scaled(members[2]!, 1e16);
  const given = options(networks.dense.layers, [2], { epochs: 20, optimizer: adam });
  const results = await fitMany(compute, members, given);
  const caught = results[2];
  if (!(caught instanceof DivergedError)) throw new Error("the third fold came to an end");
  expect(caught.aftermath.origin).not.toBeNull();
  expect({ ...(await divergence(training(members[2]!, given))) }).toEqual({ ...caught });
  expect((results[1] as FitResult).parameters).toEqual((await training(members[1]!, given)).parameters);
});

test("pictures of an augmentation are made again for it", async () => {
  const train = augmented(images(), recipeOf(1 / 255, { rotate: { degrees: 20 } }));
  const layers: readonly Layer[] = [conv(2, "linear"), { type: "flatten" }, { type: "dropout", rate: 0.3 }, dense(4)];
  const given = options(layers, [8, 8, 1], { loss: { type: "cross_entropy" }, batchSize: 16, epochs: 5, ...leap(3) });
  const member: FitMember = { train, validation: images({ count: 30, seed: 3 }), seed: 1, folds: [], hooks: hooks() };
  const error = await divergence(training(member, given, { threads: 2 }));
  expect(told(error)).toEqual([3, 2, "output", "dense_1", expect.any(String)]);
  expect(error.aftermath.last).toEqual((await training(member, { ...given, epochs: 2 })).state);
});

test("with early stopping the last state has its best epoch, wherever that lies", async () => {
  const member = one({ validation: 7 });
  const given = { ...options(networks.dense.layers, [2], { epochs: 60 }), ...leap(30) };
  for (const minDelta of [0, 1e6]) {
    const stops = { ...given, earlyStopping: { metric: "validation.loss" as const, patience: 40, minDelta } };
    const { last } = (await divergence(training(member, stops))).aftermath;
    expect(last).toEqual((await training(member, { ...stops, epochs: 29 })).state);
  }
});

test("who asks to stop is heard while it looks back", async () => {
  const given = { ...options(networks.dense.layers, [2], { epochs: 3 }), ...rate(1e30) };
  await expect(training(one(), given, { stopping: () => true })).rejects.toThrow(StoppedError);
});

test("a state that no training leaves is told as far as it is known, and with no other error", async () => {
  const member = one();
  const given = options(networks.dense.layers, [2], { epochs: 3 });
  const { state } = await training(member, given);
  const arrays = initialArrays(given.layers, given.optimizer, 1, []).map(
    (array): ArrayValue => ({ ...array, data: new Float32Array(array.data.length).fill(Number.NaN) }),
  );
  const error = await divergence(training(member, given, { resume: { ...state, arrays } }));
  expect([error.lost, error.aftermath]).toEqual(["weights", { origin: null, last: null }]);
});
