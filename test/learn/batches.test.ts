/** How an epoch is cut into batches, and what batch normalisation makes of the last one. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import type { Compute } from "../../src/compute/program.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { stepsPerEpoch, stretchesOf } from "../../src/learn/batches.js";
import type { Layer } from "../../src/learn/layer.js";
import type { FitMember, FitResult, TrainingOptions } from "../../src/learn/training.js";
import { conv, dense, folds, leaping, options, trainedAlone } from "../rig/training.js";

let compute: Compute;
beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  compute = onnxCompute();
});

const norm: Layer = { type: "batch_norm" };
const flat: Layer = { type: "flatten" };
const batches = (
  layers: readonly Layer[],
  shape: readonly number[],
  count: number,
  batchSize: number,
): readonly number[] =>
  stretchesOf(count, options(layers, shape, { batchSize })).flatMap(({ steps, batch }) =>
    new Array<number>(steps).fill(batch),
  );

test("a last batch with one number per channel joins the batch before it; every other stays by itself", () => {
  const normalised = [dense(4), norm, dense(1)];
  expect(batches(normalised, [2], 9, 4)).toEqual([4, 5]);
  expect(batches(normalised, [2], 5, 4)).toEqual([5]);
  expect(batches(normalised, [2], 10, 4)).toEqual([4, 4, 2]);
  expect(batches(normalised, [2], 8, 4)).toEqual([4, 4]);
  expect(batches([dense(4), dense(1)], [2], 9, 4)).toEqual([4, 4, 1]);
  // Of maps, one example has as many numbers per channel as there are places.
  expect(batches([conv(2, "linear", 2), norm, flat, dense(1)], [3, 3, 1], 9, 4)).toEqual([4, 4, 1]);
  expect(batches([conv(2, "linear", 3), norm, flat, dense(1)], [3, 3, 1], 9, 4)).toEqual([4, 5]);
  expect(batches([conv(2, "linear", 2), norm, flat, dense(3), norm, dense(1)], [3, 3, 1], 9, 4)).toEqual([4, 5]);
  expect(stretchesOf(129, options(normalised, [2], { batchSize: 32 }))).toEqual([
    { from: 0, steps: 3, batch: 32 },
    { from: 3, steps: 1, batch: 33 },
  ]);
  expect(stepsPerEpoch(129, options(normalised, [2], { batchSize: 32 }))).toBe(4);
});

const training = (member: FitMember, given: TrainingOptions, now = (): number => 0): Promise<FitResult> =>
  trainedAlone(compute, member, given, { now });
const bits = ({ state }: FitResult): unknown => [
  state.arrays.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex")),
  state.history,
];

test("a joined batch gives the bits of one batch of that size, in calls of one epoch or many, and running statistics are numbers", async () => {
  const layers = [dense(4), norm, { type: "dropout", rate: 0.2 } as const, dense(1)];
  const [member] = folds(1, { train: 33, validation: 5 }) as [FitMember];
  const given = options(layers, [2], {
    epochs: 4,
    batchSize: 32,
    schedule: { type: "cosine", from: 0.1, to: 0, warmUp: 1 },
  });
  const joined = await training(member, given);
  expect(bits(joined)).toEqual(bits(await training(member, { ...given, batchSize: 33 })));
  expect(bits(joined)).toEqual(bits(await training(member, given, leaping())));
  expect(joined.state.arrays.every(({ data }) => data.every(Number.isFinite))).toBe(true);
});

test("a long epoch, told as it goes, joins its last batch too", async () => {
  const layers = [dense(1200), norm, dense(1200, "relu"), dense(1)];
  const [member] = folds(1, { train: 33 }) as [FitMember];
  const given = options(layers, [2], { epochs: 2, batchSize: 16 });
  const result = await training(member, given);
  expect(bits(result)).toEqual(bits(await training(member, given, leaping())));
  expect(result.state.arrays.every(({ data }) => data.every(Number.isFinite))).toBe(true);
});
