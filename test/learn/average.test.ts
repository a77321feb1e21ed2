/** Averages of the weights, over steps and over the ends of epochs: by hand in float64, and where trainings go on. */
import { createHash } from "node:crypto";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { eagerCompute } from "../../src/compute/eager.js";
import type { ArrayValue, Compute } from "../../src/compute/program.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { type Average, weightOfNew } from "../../src/learn/average.js";
import { isSmall } from "../../src/learn/call-size.js";
import { divergedAtEnd } from "../../src/learn/diverged.js";
import { fitMany } from "../../src/learn/fit-many.js";
import { initialArrays } from "../../src/learn/initial.js";
import type { Layer } from "../../src/learn/layer.js";
import type { FitHooks, FitMember, FitResult, FitState, TrainingOptions } from "../../src/learn/training.js";
import { conv, dense, folds, leaping, options, trainedAlone } from "../rig/training.js";

let compute: Compute;
beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  compute = onnxCompute();
});
beforeEach(async () => {
  await tf.setBackend("onnx");
});

/** A network that is stacked; one trained by itself, with running statistics; one with weights in pieces. */
const networks = {
  dense: { layers: [dense(8, "tanh"), dense(8, "tanh"), dense(1)], shape: [2] },
  conv: { layers: [conv(3), { type: "batch_norm" }, { type: "flatten" }, dense(1)], shape: [3, 3, 1] },
  wide: { layers: [dense(600, "relu"), { type: "batch_norm" }, dense(1)], shape: [450] },
} as const satisfies Record<string, { layers: readonly Layer[]; shape: readonly number[] }>;
type NetworkName = keyof typeof networks;
const exponential: Average = { type: "exponential", decay: 0.9 };
const last: Average = { type: "last", epochs: 3 };

const given = (name: NetworkName, more: Partial<TrainingOptions> = {}): TrainingOptions => {
  const { layers, shape } = networks[name];
  return options(layers, shape, {
    optimizer: { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    epochs: 7,
    ...more,
  });
};
const memberOf = (name: NetworkName, validation = 12): FitMember =>
  folds(1, { shape: networks[name].shape, train: 30, validation })[0]!;
const training = (
  member: FitMember,
  how: TrainingOptions,
  more: Partial<FitHooks> = {},
  by = compute,
): Promise<FitResult> => trainedAlone(by, member, how, more);
/** Every epoch's state, each in a call of its own. */
async function states(member: FitMember, how: TrainingOptions): Promise<readonly FitState[]> {
  const saved: FitState[] = [];
  await training(member, how, { now: leaping(), save: (state) => void saved.push(state) });
  return saved.filter(({ epoch }, index) => epoch !== saved[index - 1]?.epoch);
}
const weightsOf = ({ layers }: TrainingOptions, arrays: readonly ArrayValue[]): readonly ArrayValue[] =>
  arrays.slice(0, layers.flatMap(({ parameters }) => parameters).length);
const digestsOf = (arrays: readonly ArrayValue[]): readonly string[] =>
  arrays.map(({ data }) =>
    createHash("sha256")
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest("hex"),
  );
const bits = ({ parameters, state, bestEpoch }: FitResult): unknown => [
  digestsOf(parameters),
  digestsOf(state.arrays),
  state.history,
  bestEpoch,
];
const maximum = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, value), 0);
/** Within some roundings of float32 of the largest number. */
function expectNear(made: readonly ArrayValue[], wanted: readonly Float64Array[]): void {
  expect(made.length).toBe(wanted.length);
  for (const [index, { data }] of made.entries()) {
    const largest = maximum(wanted[index]!.map(Math.abs));
    const errors = Float64Array.from(data, (value, at) => Math.abs(value - wanted[index]![at]!));
    expect(maximum(errors), `array ${index}`).toBeLessThanOrEqual(1e-6 * largest);
  }
}

test("the exponential average keeps 1/10, 2/11, 3/12 … of itself, up to its decay", () => {
  expect([0, 1, 2].map((t) => 1 - weightOfNew(0.999, t))).toEqual([1 / 10, 2 / 11, 3 / 12].map((d) => 1 - (1 - d)));
  expect(weightOfNew(0.999, 8990)).toBe(1 - 0.999);
  expect(weightOfNew(0.2, 1)).toBeCloseTo(1 - 2 / 11, 12);
  expect(weightOfNew(0.2, 2)).toBe(0.8);
  expect(weightOfNew(0, 5)).toBe(1);
});

for (const name of ["dense", "conv", "wide"] as const) {
  test(`${name}: the exponential average of weights and running statistics is that of the formula`, async () => {
    // One step an epoch, so that the weights after every step are seen.
    const how = given(name, { batchSize: 30, average: exponential });
    const member = memberOf(name);
    const seen = await states(member, how);
    expect(seen.length).toBe(7);
    const first = weightsOf(how, initialArrays(how.layers, how.optimizer, member.seed, member.folds));
    let wanted = first.map(({ data }) => Float64Array.from(data));
    for (const [t, { arrays }] of seen.entries()) {
      const decay = Math.min(0.9, (1 + t) / (10 + t));
      const weights = weightsOf(how, arrays);
      wanted = wanted.map((average, index) =>
        average.map((value, at) => decay * value + (1 - decay) * weights[index]!.data[at]!),
      );
      expectNear(arrays.slice(-weights.length), wanted);
      // The average is not the weights.
      expect(digestsOf(arrays.slice(-weights.length))).not.toEqual(digestsOf(weights));
    }
  });

  test(`${name}: the average of the last three epochs is the mean of their ends, of fewer while there are fewer`, async () => {
    const how = given(name, { average: last });
    const seen = await states(memberOf(name), how);
    const ends = seen.map(({ arrays }) => weightsOf(how, arrays));
    for (const [index, { arrays, epoch }] of seen.entries()) {
      const own = ends.slice(Math.max(0, epoch - 3), epoch);
      const wanted = ends[index]!.map(({ data }, parameter) =>
        Float64Array.from(data, (_, at) => own.reduce((sum, end) => sum + end[parameter]!.data[at]!, 0) / own.length),
      );
      expectNear(arrays.slice(-3 * wanted.length, -2 * wanted.length), wanted);
    }
  });

  for (const average of [exponential, last]) {
    test(`${name}: with an average (${average.type}) training is what it is without, told beside the average`, async () => {
      const member = memberOf(name);
      const plain = await training(member, given(name));
      const made = await training(member, given(name, { average }));
      const how = given(name, { average });
      expect(digestsOf(weightsOf(how, made.state.arrays))).toEqual(digestsOf(plain.parameters));
      expect(made.state.history.map(({ train }) => train)).toEqual(plain.state.history.map(({ train }) => train));
      expect(made.state.history.map(({ unaveraged }) => unaveraged)).toEqual(
        plain.state.history.map(({ validation }) => validation),
      );
      expect(made.state.history.at(-1)!.validation).not.toEqual(made.state.history.at(-1)!.unaveraged);
    });

    test(`${name}: a shorter training with an average (${average.type}) goes on to the bits of the longer one`, async () => {
      const member = memberOf(name);
      const whole = await training(member, given(name, { average }));
      for (const epochs of [1, 2, 5]) {
        const short = await training(member, given(name, { average, epochs }), { now: leaping() });
        const longer = await training(member, given(name, { average }), { resume: short.state });
        expect(bits(longer)).toEqual(bits(whole));
      }
    });

    test(`${name}: early stopping judges the average (${average.type}) and gives back that of the best epoch`, async () => {
      const member = memberOf(name);
      const long = given(name, { average, epochs: 40, schedule: { type: "constant", from: 0.05, warmUp: 0 } });
      const all = (await training(member, long)).state.history.map(({ validation }) => validation!.loss);
      const made = await training(member, {
        ...long,
        earlyStopping: { metric: "validation.loss", patience: 3, minDelta: 0 },
      });
      const until = await training(member, { ...long, epochs: made.bestEpoch });
      const reached = made.state.history.length;
      expect(digestsOf(made.parameters)).toEqual(digestsOf(until.parameters));
      expect(Math.min(...all.slice(0, reached))).toBe(all[made.bestEpoch - 1]);
      expect(reached).toBeLessThanOrEqual(made.bestEpoch + 3);
      const end = await training(member, { ...long, epochs: reached });
      expect(digestsOf(made.state.arrays)).toEqual(digestsOf(end.state.arrays));
    });
  }
}

test("an epoch that takes several calls of the engine has the averages of the formulas, too", async () => {
  const member = folds(1, { shape: [450], train: 400, validation: 20 })[0]!;
  const first = (how: TrainingOptions): readonly ArrayValue[] =>
    weightsOf(how, initialArrays(how.layers, how.optimizer, member.seed, member.folds));
  const ends = given("wide", { batchSize: 100, epochs: 3, average: { type: "last", epochs: 2 } });
  expect(isSmall(ends, 400)).toBe(false);
  const seen = await states(member, ends);
  const [second, third] = seen.slice(1).map(({ arrays }) => weightsOf(ends, arrays)) as [ArrayValue[], ArrayValue[]];
  const count = first(ends).length;
  expectNear(
    seen[2]!.arrays.slice(-2 * count, -count),
    third.map(({ data }, index) => Float64Array.from(data, (value, at) => (value + second[index]!.data[at]!) / 2)),
  );
  // One step an epoch, which is a call of its own beside the judging.
  const steps = given("wide", { batchSize: 400, epochs: 2, average: exponential });
  let wanted = first(steps).map(({ data }) => Float64Array.from(data));
  for (const [t, { arrays }] of (await states(member, steps)).entries()) {
    const decay = (1 + t) / (10 + t);
    const weights = weightsOf(steps, arrays);
    wanted = wanted.map((average, index) =>
      average.map((value, at) => decay * value + (1 - decay) * weights[index]!.data[at]!),
    );
    expectNear(arrays.slice(-count), wanted);
  }
});

test("averages are the same on 1 to 4 threads", async () => {
  for (const name of ["dense", "wide"] as const)
    for (const average of [exponential, last]) {
      const seen = new Set<string>();
      for (const threads of [1, 2, 3, 4]) {
        await installOnnx({ threads });
        seen.add(JSON.stringify(bits(await training(memberOf(name), given(name, { average, epochs: 4 })))));
      }
      expect(seen.size).toBe(1);
    }
  await installOnnx({ threads: 1 });
});

test("step by step on TF.js's cpu averages are what the engine makes them", async () => {
  for (const name of ["dense", "conv"] as const)
    for (const average of [exponential, last]) {
      const how = given(name, { average, epochs: 4 });
      const made = await training(memberOf(name), how);
      await tf.setBackend("cpu");
      const slow = await training(memberOf(name), how, {}, eagerCompute("cpu"));
      await tf.setBackend("onnx");
      for (const [index, { data }] of made.parameters.entries())
        for (const [at, value] of data.entries())
          expect(Math.abs(value - slow.parameters[index]!.data[at]!)).toBeLessThan(1e-4);
      expect(slow.state.history[3]!.unaveraged!.loss).toBeCloseTo(made.state.history[3]!.unaveraged!.loss, 4);
    }
});

test("stacked members have the averages that each has alone", async () => {
  for (const average of [exponential, last]) {
    const how = given("dense", { average, batchSize: 18 });
    const members = folds(7, { train: 50, validation: 10 });
    const alone: unknown[] = [];
    for (const member of members) alone.push(bits(await training(member, how)));
    for (const size of [2, 7]) {
      const made = await fitMany(compute, members.slice(0, size), how, size);
      for (const [index, result] of made.entries()) expect(bits(result as FitResult)).toEqual(alone[index]);
    }
  }
});

test("the average of one epoch is its end, and one without a validation set is the model all the same", async () => {
  for (const name of ["dense", "conv"] as const) {
    const plain = await training(memberOf(name), given(name));
    const one = await training(memberOf(name), given(name, { average: { type: "last", epochs: 1 } }));
    expect(one.parameters).toEqual(plain.parameters);
    for (const average of [exponential, last]) {
      const judged = await training(memberOf(name), given(name, { average }));
      const member = { ...memberOf(name), validation: null };
      const made = await training(member, given(name, { average }));
      expect(made.parameters).toEqual(judged.parameters);
      expect(made.state.history[0]).not.toHaveProperty("unaveraged");
    }
  }
});

test("an average that is no longer numbers fails the training, though its weights are", async () => {
  const how = given("dense", { average: exponential, epochs: 1 });
  const { state } = await training(memberOf("dense"), how);
  const spoilt = state.arrays.with(-1, { ...state.arrays.at(-1)!, data: new Float32Array([Number.NaN]) });
  const error = await divergedAtEnd({ ...state, arrays: spoilt }, 30, how, async () => 0);
  expect(error?.lost).toBe("average");
});
