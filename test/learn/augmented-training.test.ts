/** Trainings with a recipe: fed the pictures of their epochs, whatever else happens. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { eagerCompute } from "../../src/compute/eager.js";
import type { Compute } from "../../src/compute/program.js";
import { MistakeError } from "../../src/diagnostic/diagnostic.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { mostSteps } from "../../src/learn/call-size.js";
import type { Examples } from "../../src/learn/data.js";
import { DivergedError } from "../../src/learn/diverged.js";
import { fitModel } from "../../src/learn/fit.js";
import { canFitTogether, fitMany } from "../../src/learn/fit-many.js";
import type { Layer } from "../../src/learn/layer.js";
import {
  type FitHooks,
  type FitResult,
  type FitState,
  StoppedError,
  type TrainingOptions,
} from "../../src/learn/training.js";
import type { Scaling } from "../../src/values/dataset.js";
import { augmented, images, recipeOf, storedPictures } from "../rig/augmentation.js";
import { dense, hooks, leaping, options } from "../rig/training.js";

let compute: Compute;
beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  compute = onnxCompute();
});

const conv: Layer = {
  type: "conv",
  kernels: 4,
  size: [3, 3],
  stride: [1, 1],
  padding: 0,
  activation: "relu",
  initializer: "pytorch",
};
const pool: Layer = { type: "max_pool", size: [2, 2], stride: [2, 2] };
const layers: readonly Layer[] = [conv, pool, { type: "flatten" }, { type: "dropout", rate: 0.3 }, dense(4)];
const given = (more: Partial<TrainingOptions> = {}, of: readonly Layer[] = layers): TrainingOptions =>
  options(of, [8, 8, 1], {
    loss: { type: "cross_entropy" },
    optimizer: { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    batchSize: 16,
    epochs: 4,
    ...more,
  });
const rotated = recipeOf(1 / 255, { rotate: { degrees: 20 } });
const train = augmented(images(), rotated);
const validation = images({ count: 30, seed: 3 });

const trained = (
  data: Examples,
  more: Partial<TrainingOptions> = {},
  told: Partial<FitHooks> = {},
  judged: Examples | null = null,
  by: Compute = compute,
): Promise<FitResult> => fitModel(by, data, judged, { ...given(more), seed: 1, folds: [] }, hooks(told));

test("each epoch learns from its pictures: the bits are those of trainings on what was stored of them", async () => {
  const rows = [...Array.from({ length: 40 }, (_, index) => 59 - index), 3, 3, 3, 7];
  const data = augmented(images({ rows }), rotated);
  const whole = await trained(data, { epochs: 3 });
  let resume: FitState | undefined;
  for (const epoch of [1, 2, 3])
    resume = (await trained(storedPictures(data, epoch), { epochs: epoch }, { resume })).state;
  expect(whole.state).toEqual(resume);
});

test("neither calls, nor threads, nor a stop, nor where it goes on from, decides what comes out", async () => {
  const whole = await trained(train, {}, { now: () => 0 }, validation);
  const states: FitState[] = [];
  const slow = await trained(
    train,
    {},
    { now: leaping(), threads: 3, save: (state) => void states.push(state) },
    validation,
  );
  expect(slow.state).toEqual(whole.state);
  expect(states.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
  for (const resume of [states[0]!, states[2]!])
    expect((await trained(train, {}, { resume, now: leaping() }, validation)).state).toEqual(whole.state);
  const two = await trained(train, { epochs: 2 }, {}, validation);
  expect((await trained(train, {}, { resume: two.state }, validation)).state).toEqual(whole.state);

  // In the middle of the third epoch.
  const saved: FitState[] = [];
  let isStopping = false;
  const stopped = trained(
    train,
    {},
    {
      now: leaping(),
      save: (state) => void saved.push(state),
      report: ({ epoch, fraction }) => {
        isStopping ||= epoch === 3 && fraction > 0.4;
      },
      stopping: () => isStopping,
    },
    validation,
  );
  await expect(stopped).rejects.toThrow(StoppedError);
  expect(saved.map(({ epoch }) => epoch)).toEqual([1, 2]);
  expect((await trained(train, {}, { resume: saved[1]! }, validation)).state).toEqual(whole.state);
});

test("epochs draw anew, and so does another seed; the validation set is judged as it is", async () => {
  const byEpoch = [1, 2].map((epoch) => storedPictures(train, epoch).features);
  expect(byEpoch[0]).not.toEqual(byEpoch[1]);
  expect(storedPictures(train, 1, 2).features).not.toEqual(byEpoch[0]);
  const plain = await trained(train, { epochs: 2 }, {}, validation);
  const beside = await trained(train, { epochs: 2 }, {}, augmented(validation, rotated));
  expect(beside.state).toEqual(plain.state);
});

test("early stopping gives back the best epoch, and its state goes on to where a longer patience leads", async () => {
  const stopping = { epochs: 40, schedule: { type: "step", from: 0.02, every: 4, factor: 4, warmUp: 0 } } as const;
  const of = (patience: number, told: Partial<FitHooks>) =>
    trained(
      train,
      { ...stopping, earlyStopping: { metric: "validation.loss", patience, minDelta: 0 } },
      told,
      validation,
    );
  const whole = await of(3, { now: () => 0 });
  expect(whole.stopped).toBe("early_stopping");
  expect(whole.state.epoch).toBe(whole.bestEpoch + 3);
  const short = await of(3, { now: leaping() });
  expect([short.parameters, short.state]).toEqual([whole.parameters, whole.state]);
  const best = await trained(train, { ...stopping, epochs: whole.bestEpoch }, {}, validation);
  expect(whole.parameters).toEqual(best.parameters);
});

test("step by step with TF.js's own kernels it learns the same, up to rounding", async () => {
  const fast = await trained(train, { epochs: 2 }, {}, validation);
  const slow = await trained(train, { epochs: 2 }, {}, validation, eagerCompute("cpu"));
  for (const [index, { data }] of fast.parameters.entries())
    for (const [at, value] of data.entries()) expect(slow.parameters[index]!.data[at]).toBeCloseTo(value, 4);
});

test("small networks of dense layers are not stacked, and leave in company what they leave alone", async () => {
  const shape = given({}, [{ type: "flatten" }, dense(8, "relu"), dense(4)]);
  const members = [1, 2].map((seed) => ({ train, validation, seed, folds: [], hooks: hooks() }));
  const [own, plain] = [members, members.map((each) => ({ ...each, train: images() }))];
  expect(canFitTogether(shape, plain)).toBe(true);
  expect(canFitTogether(shape, own)).toBe(false);
  expect(canFitTogether(shape, [plain[0]!, own[1]!])).toBe(false);
  const together = await fitMany(compute, own, shape);
  for (const [index, { seed }] of own.entries()) {
    const alone = await fitModel(compute, train, validation, { ...shape, seed, folds: [] }, hooks());
    expect(together[index]).toEqual(alone);
  }
});

test("what leaves float32 is told as of any training: a loss, or what the last update left", async () => {
  const sgd = {
    optimizer: { type: "sgd", momentum: 0 },
    schedule: { type: "constant", from: 1e30, warmUp: 0 },
  } as const;
  const errorOf = async (data: Examples, epochs: number): Promise<unknown> => {
    const error = await trained(data, { ...sgd, batchSize: 60, epochs }).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(DivergedError);
    const { epoch, step, lost, losses } = error as DivergedError;
    return { epoch, step, lost, first: losses[0] };
  };
  expect(await errorOf(train, 1)).toEqual(await errorOf(storedPictures(train, 1), 1));
  expect(await errorOf(train, 1)).toMatchObject({ epoch: 1, step: 1, lost: "update" });
  expect(await errorOf(train, 2)).toMatchObject({ epoch: 2, step: 1, lost: "loss" });
});

test("a mistake in a thread ends the training with it, and a stop is heard before the first picture is there", async () => {
  const beyond = augmented(
    { ...images(), features: Float32Array.from(train.features, (byte) => byte / 255) },
    rotated,
    [{ method: "standard", offset: [0.4], divisor: [1e-40] }],
  );
  await expect(trained(beyond)).rejects.toThrow(MistakeError);
  const reports: unknown[] = [];
  const stopped = trained(train, {}, { stopping: () => true, report: (report) => void reports.push(report) });
  await expect(stopped).rejects.toThrow(StoppedError);
  expect(reports).toEqual([]);
});

test("the pictures of a call take at most 16 MB beside its masks", () => {
  const member = (shape: readonly number[], normalization: readonly Scaling[] = []) => [
    { train: { ...augmented({ ...train, shape }, rotated, normalization) }, validation: null, seed: 1, folds: [] },
  ];
  const normalization: Scaling[] = [{ method: "standard", offset: [0], divisor: [1] }];
  const flat = given({ batchSize: 64 }, [{ type: "flatten" }, dense(4)]);
  expect(mostSteps(flat, [{ train, validation: null, seed: 1, folds: [] }])).toBe(1000);
  expect(mostSteps(flat, member([28, 28, 1]))).toBe(Math.floor(2 ** 24 / (64 * 784)));
  expect(mostSteps(flat, member([28, 28, 1], normalization))).toBe(Math.floor(2 ** 24 / (64 * 784 * 4)));
  expect(mostSteps(flat, member([600, 600, 3]))).toBe(1);
});
