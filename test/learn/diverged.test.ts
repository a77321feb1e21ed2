/** A training whose numbers become NaN or infinite fails wherever that happens, and always at the same place. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { eagerCompute } from "../../src/compute/eager.js";
import type { Compute } from "../../src/compute/program.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { DivergedError } from "../../src/learn/diverged.js";
import { fitMany } from "../../src/learn/fit-many.js";
import type { Layer } from "../../src/learn/layer.js";
import { batchScore, judgeOf } from "../../src/learn/score.js";
import type { FitHooks, FitMember, FitResult, FitState, TrainingOptions } from "../../src/learn/training.js";
import { conv, dense, divergence, folds, leaping, options, trainedAlone } from "../rig/training.js";

let compute: Compute;
beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  compute = onnxCompute();
});
beforeEach(async () => {
  await tf.setBackend("onnx");
});

/** A network that is stacked, and one that is trained by itself. */
const networks = {
  dense: { layers: [dense(8, "relu"), dense(8, "relu"), dense(1)], shape: [2] },
  conv: { layers: [conv(2), { type: "batch_norm" }, { type: "flatten" }, dense(1)], shape: [3, 3, 1] },
} as const satisfies Record<string, { layers: readonly Layer[]; shape: readonly number[] }>;
const names = ["dense", "conv"] as const;

const training = (
  member: FitMember,
  given: TrainingOptions,
  more: Partial<FitHooks> = {},
  by = compute,
): Promise<FitResult> => trainedAlone(by, member, given, more);
const bits = ({ parameters, state }: FitResult): unknown => [
  parameters.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex")),
  state.history,
];
const wild = (from: number): Pick<TrainingOptions, "schedule"> => ({ schedule: { type: "constant", from, warmUp: 0 } });
/** Rates that are harmless up to an epoch and ruinous from it on. */
const leap = (epoch: number): Pick<TrainingOptions, "schedule"> => ({
  schedule: { type: "step", from: 1e-3, every: epoch - 1, factor: 1e33, warmUp: 0 },
});

for (const name of names) {
  const { layers, shape } = networks[name];

  test(`${name}: what the very last update ruins fails there, with and without a validation set, in steps and in calls of many`, async () => {
    for (const validation of [0, 7])
      for (const [epochs, given] of [
        [1, { ...wild(1e30), batchSize: 30 }],
        [4, { ...leap(4), batchSize: 30 }],
      ] as const) {
        const [member] = folds(1, { shape, validation }) as [FitMember];
        const all = { ...options(layers, shape), ...given, epochs };
        const error = await divergence(training(member, all));
        expect([error.epoch, error.step, error.learningRate > 1e29]).toEqual([epochs, 1, true]);
        expect(error.lost).toBe(validation > 0 ? "validation" : "update");
        expect({ ...(await divergence(training(member, all, { now: leaping() }))) }).toEqual({ ...error });
        await tf.setBackend("cpu");
        const slow = await divergence(training(member, all, {}, eagerCompute("cpu")));
        expect([slow.epoch, slow.step, slow.lost]).toEqual([error.epoch, error.step, error.lost]);
        await tf.setBackend("onnx");
      }
  });

  test(`${name}: a training that diverges on the way fails at the same step, however many epochs a call takes`, async () => {
    for (const validation of [0, 7]) {
      const [member] = folds(1, { shape, validation }) as [FitMember];
      const given = { ...options(layers, shape, { epochs: 40 }), ...leap(23) };
      const error = await divergence(training(member, given));
      expect([error.epoch, error.step]).toEqual([23, 2]);
      expect({ ...(await divergence(training(member, given, { now: leaping() }))) }).toEqual({ ...error });
    }
  });

  test(`${name}: early stopping ends a training before the epoch that would have ruined it, and fails one that is ruined before`, async () => {
    const [member] = folds(1, { shape, validation: 7 }) as [FitMember];
    const given = { ...options(layers, shape, { epochs: 60 }), ...leap(30) };
    // Nothing counts as an improvement after the first epoch, so it ends at the ninth.
    const stops: TrainingOptions = {
      ...given,
      earlyStopping: { metric: "validation.loss", patience: 8, minDelta: 1e6 },
    };
    const stopped = await training(member, stops);
    expect([stopped.stopped, stopped.bestEpoch, stopped.state.epoch]).toEqual(["early_stopping", 1, 9]);
    expect(bits(await training(member, stops, { now: leaping() }))).toEqual(bits(stopped));
    expect(bits(await training(member, { ...stops, epochs: 9 }))).toEqual(bits(stopped));
    const error = await divergence(
      training(member, { ...given, earlyStopping: { metric: "validation.loss", patience: 35, minDelta: 0 } }),
    );
    expect(error.epoch).toBe(30);
  });

  test(`${name}: a state left at the end of a training is looked at again when it is gone on from`, async () => {
    const [member] = folds(1, { shape }) as [FitMember];
    const given = options(layers, shape);
    const { state } = await training(member, given);
    const bad = (at: number, value: number): FitState => ({
      ...state,
      arrays: state.arrays.map((array, index) =>
        index === at ? { ...array, data: Float32Array.from(array.data as Float32Array).fill(value) } : array,
      ),
    });
    expect(bits(await training(member, given, { resume: state }))).toEqual(bits(await training(member, given)));
    const weights = await divergence(training(member, given, { resume: bad(0, Number.NaN) }));
    expect([weights.epoch, weights.step, weights.lost]).toEqual([3, 3, "weights"]);
    const outputs = await divergence(training(member, given, { resume: bad(state.arrays.length - 2, 1e30) }));
    expect([outputs.epoch, outputs.step, outputs.lost]).toEqual([3, 3, "update"]);
  });
}

test("a fold that is ruined by its last update leaves the others to the last bit as they are", async () => {
  for (const validation of [0, 7]) {
    const { layers, shape } = networks.dense;
    const members = folds(4, { shape, validation });
    const { features, ...rest } = members[2]!.train;
    // Features so large that the first update, which is the only one, overflows the weights' products.
    const large = { ...rest, features: Float32Array.from(features, (value) => value * 1e13) };
    members[2] = {
      ...members[2]!,
      train: large,
      validation: validation ? { ...members[2]!.validation!, features: large.features } : null,
    };
    const given = options(layers, shape, { epochs: 1, batchSize: 30 });
    const results = await fitMany(compute, members, given);
    const caught = results[2];
    if (!(caught instanceof DivergedError)) throw new Error("the third fold came to an end");
    expect([caught.epoch, caught.step]).toEqual([1, 1]);
    expect({ ...(await divergence(training(members[2]!, given))) }).toEqual({ ...caught });
    for (const index of [0, 1, 3])
      expect(bits(results[index] as FitResult)).toEqual(bits(await training(members[index]!, given)));
  }
});

test("an optimiser whose running means overflow has come to no result, though its weights are numbers", async () => {
  const [member] = folds(1, { shape: [1] }) as [FitMember];
  const features = Float32Array.from(member.train.features, () => 1e15);
  const given = options([dense(1)], [1], {
    optimizer: { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    epochs: 1,
    batchSize: 30,
  });
  const error = await divergence(training({ ...member, train: { ...member.train, features } }, given));
  expect([error.epoch, error.step, error.lost]).toEqual([1, 1, "optimizer"]);
});

test("a logit of minus infinity is no number, even where another class is the right one", () => {
  const outputs = { outputs: Float32Array.of(3, Number.NEGATIVE_INFINITY), from: 0, width: 2 };
  const wanted = { data: Float32Array.of(1, 0), width: 2 };
  const { loss } = batchScore(judgeOf({ type: "cross_entropy" }), outputs, Int32Array.of(0), 0, 1, wanted);
  expect(loss).toBeNaN();
});
