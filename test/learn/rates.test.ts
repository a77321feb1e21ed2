/** Schedules that do not depend on the length of a training: longer ones go on from shorter ones, bit for bit. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { Compute } from "../../src/compute/program.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { DivergedError } from "../../src/learn/diverged.js";
import { canFitTogether, fitMany } from "../../src/learn/fit-many.js";
import type { Layer } from "../../src/learn/layer.js";
import type { Schedule } from "../../src/learn/rates.js";
import {
  type FitHooks,
  type FitMember,
  type FitResult,
  type FitState,
  StoppedError,
  type TrainingOptions,
} from "../../src/learn/training.js";
import { conv, dense, folds, leaping, options, trainedAlone } from "../rig/training.js";

let compute: Compute;
beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  compute = onnxCompute();
});

/** A network that is computed as a stack, and one that is trained by itself. */
const networks = {
  dense: { layers: [dense(8, "tanh"), dense(1)], shape: [2] },
  conv: { layers: [conv(2), { type: "batch_norm" }, { type: "flatten" }, dense(1)], shape: [3, 3, 1] },
} as const satisfies Record<string, { layers: readonly Layer[]; shape: readonly number[] }>;

const schedules: Readonly<Record<string, Schedule>> = {
  cosine: { type: "cosine", from: 0.1, to: 0.001, over: 5, warmUp: { steps: 2 } },
  "one cycle": { type: "one_cycle", max: 0.2, rising: 0.4, first: 0.01, last: 0.0001, over: 5, warmUp: 0 },
  plateau: { type: "plateau", from: 0.4, factor: 0.5, patience: 0, minDelta: 0.02, to: 0.01, warmUp: 1.5 },
};
const train = (member: FitMember, given: TrainingOptions, more: Partial<FitHooks> = {}): Promise<FitResult> =>
  trainedAlone(compute, member, given, more);
const bitsOf = ({ parameters, state }: FitResult): unknown => [
  parameters.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex")),
  state.history,
];

describe.each(Object.keys(networks) as (keyof typeof networks)[])("%s", (name) => {
  const { layers, shape } = networks[name];
  test.each(Object.keys(schedules))(
    "%s: 3 epochs and then 8 are 8 at once, stopped in the middle or not",
    async (which) => {
      const [member] = folds(1, { shape, validation: 12 }) as [FitMember];
      const given = options(layers, shape, { schedule: schedules[which]!, epochs: 8 });
      const whole = await train(member, given);
      const short = await train(member, { ...given, epochs: 3 });
      expect(short.state.history).toEqual(whole.state.history.slice(0, 3));
      expect(bitsOf(await train(member, given, { resume: short.state }))).toEqual(bitsOf(whole));

      const states: FitState[] = [];
      const stopped = train(member, given, {
        now: leaping(),
        save: (state) => void states.push(state),
        stopping: () => states.length === 5,
      });
      await expect(stopped).rejects.toThrow(StoppedError);
      expect(bitsOf(await train(member, given, { resume: states.at(-1)! }))).toEqual(bitsOf(whole));
      // The rates did change, or nothing was tried.
      expect(new Set(whole.state.history.map(({ learningRate }) => learningRate)).size).toBeGreaterThan(3);
    },
  );
});

test("folds whose rates follow their own losses are trained one after the other, to what each comes to alone", async () => {
  const { layers, shape } = networks.dense;
  const members = folds(3, { shape, validation: 9 });
  const given = options(layers, shape, { schedule: schedules.plateau!, epochs: 7 });
  expect(canFitTogether({ ...given, schedule: { type: "constant", from: 0.1, warmUp: 0 } }, members)).toBe(true);
  expect(canFitTogether(given, members)).toBe(false);
  const together = await fitMany(compute, members, given);
  const alone: FitResult[] = [];
  for (const member of members) alone.push(await train(member, given));
  expect(together.map((result) => bitsOf(result as FitResult))).toEqual(alone.map(bitsOf));
  const lastRates = alone.map(({ state }) => state.history.at(-1)!.learningRate);
  expect(new Set(lastRates).size).toBeGreaterThan(1);
});

test("what is found out about a training that diverges goes over the rates that it had", async () => {
  const [member] = folds(1, { shape: [2], validation: 9 }) as [FitMember];
  const schedule = { ...schedules.plateau!, from: 5, factor: 0.9, minDelta: 1e30 } as Schedule;
  const given = options([dense(1)], [2], { schedule, epochs: 9 });
  const error = await train(member, given).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DivergedError)) throw error;
  const { last, origin } = error.aftermath;
  expect([error.epoch, last?.epoch]).toEqual([9, 8]);
  // The loss of the validation set alone is too large; at the first rate it would have been that of a step.
  expect([error.lost, origin]).toEqual(["validation", null]);
  const short = await train(member, { ...given, epochs: last!.epoch });
  expect([last!.arrays, last!.history]).toEqual([short.state.arrays, short.state.history]);
});
