/** How fast steps were is counted by the multiply-adds of weights, with the clock that a training is given. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { eagerCompute } from "../../src/compute/eager.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { fitStack } from "../../src/learn/fit.js";
import { SpeedMeter, type StepSpeed } from "../../src/learn/step-speed.js";
import type { FitMember } from "../../src/learn/training.js";
import { dense, folds, hooks, leaping, options } from "../rig/training.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
});

test("the median of the calls is told, and how long all took", () => {
  const meter = new SpeedMeter();
  expect(meter.speed(1)).toBeNull();
  meter.add(1000, 1000);
  meter.add(9000, 100);
  meter.add(3000, 1000);
  expect(meter.speed(2)).toEqual({ multiplyAddsPerSecond: 3000, elapsedMs: 2100, threads: 2 });
  expect(meter.speed(undefined)).toBeNull();
});

test("of a stack all members count, forward and backward, and what is judged forward", async () => {
  const layers = [dense(8, "relu"), dense(1)];
  const measure = async (count: number, validation: number, by = onnxCompute()): Promise<StepSpeed | undefined> => {
    const told: StepSpeed[] = [];
    const now = leaping();
    const members = folds(count, { validation }).map(
      (member): FitMember => ({ ...member, hooks: hooks({ now, measured: (speed) => void told.push(speed) }) }),
    );
    await fitStack(by, members, options(layers, [2]));
    return told[0];
  };
  // 2 × 8 weights without, 8 with the gradient of their input; three epochs of 30 examples, ten seconds each.
  const step = 2 * 16 + 3 * 8;
  expect(await measure(1, 0)).toEqual({ multiplyAddsPerSecond: (30 * step) / 10, elapsedMs: 30_000, threads: 1 });
  const three = await measure(3, 7);
  expect(three!.multiplyAddsPerSecond).toBeCloseTo((3 * (30 * step + 7 * 24)) / 10, 6);
  // An engine that does not say on how many threads it computes is not held against them.
  await tf.setBackend("cpu");
  expect(await measure(1, 0, eagerCompute("cpu"))).toBeUndefined();
  await tf.setBackend("onnx");
});
