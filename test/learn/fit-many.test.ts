/** Members trained side by side: each gets the bits that it gets alone. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { eagerCompute, eagerProgram } from "../../src/compute/eager.js";
import type { Compute } from "../../src/compute/program.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { type Activation, activationNames } from "../../src/learn/activation.js";
import { DivergedError } from "../../src/learn/diverged.js";
import { fitModel } from "../../src/learn/fit.js";
import { canFitTogether, fitMany } from "../../src/learn/fit-many.js";
import type { Layer } from "../../src/learn/layer.js";
import { stackSize } from "../../src/learn/stacked-training.js";
import {
  type FitHooks,
  type FitMember,
  type FitReport,
  type FitResult,
  type FitState,
  StoppedError,
  type TrainingOptions,
} from "../../src/learn/training.js";
import * as training from "../rig/training.js";

const { dense } = training;
const said: string[] = [];
let compute: Compute;
beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  compute = onnxCompute((message) => said.push(message));
});

const options = (layers: readonly Layer[], inputs: number, more: Partial<TrainingOptions> = {}): TrainingOptions =>
  training.options(layers, [inputs], {
    optimizer: { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    batchSize: 18,
    ...more,
  });
const hooks = (more: Partial<FitHooks> = {}): FitHooks => training.hooks({ now: () => performance.now(), ...more });
const folds = (
  count: number,
  { inputs = 1, outputs = 1, classes = false, train = 90, validation = 10 } = {},
): FitMember[] =>
  training
    .folds(count, { shape: [inputs], train, validation, ...(classes ? { classes: outputs } : { targets: outputs }) })
    .map((member) => ({ ...member, hooks: hooks() }));
const alone = (member: FitMember, given: TrainingOptions): Promise<FitResult> =>
  fitModel(
    compute,
    member.train,
    member.validation,
    { ...given, seed: member.seed, folds: member.folds },
    member.hooks,
  );
const bitsOf = (result: FitResult | DivergedError): unknown => {
  if (result instanceof DivergedError) return { ...result };
  const hex = (arrays: FitResult["parameters"]): string[] =>
    arrays.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex"));
  return [hex(result.parameters), hex(result.state.arrays), result.state.history, result.bestEpoch, result.stopped];
};
/**
 * Each stack of the first so many members, in one program even where `stackSize` would part them, against each member
 * alone.
 */
async function expectSameBits(
  given: TrainingOptions,
  members: readonly FitMember[],
  sizes: readonly number[] = [2, 3, 7, 10],
): Promise<void> {
  const wanted: unknown[] = [];
  for (const member of members) wanted.push(bitsOf(await alone(member, given)));
  for (const size of sizes) {
    const made = await fitMany(compute, members.slice(0, size), given, size);
    for (const [index, result] of made.entries())
      expect(bitsOf(result), `member ${index} of ${size}`).toEqual(wanted[index]);
  }
}

for (const [units, activation] of [
  [16, "gelu"],
  [32, "elu"],
  [64, "sigmoid"],
  [128, "tanh"],
  [256, "gelu"],
] as const)
  test(`${units} units, ${activation}: a member's bits are the same alone and in company, however many share a step`, async () => {
    const given = options([dense(units, activation), dense(units, activation), dense(1)], 1);
    for (const batchSize of [18, 25])
      await expectSameBits({ ...given, batchSize }, folds(10), batchSize === 18 || units < 128 ? [2, 3, 7, 10] : [3]);
  });

const everyActivation: readonly Activation[] = [
  ...activationNames.filter((name) => name !== "softmax"),
  { leaky_relu: { slope: 0.2 } },
  { elu: { alpha: 0.5 } },
];

test("numbers of units, inputs and outputs that are no power of two, with every activation, change nothing in that", async () => {
  for (const [index, activation] of everyActivation.entries()) {
    const [inputs, outputs] = [1 + (index % 3), 1 + ((index * 2) % 5)];
    const layers = [
      dense(7 + 6 * index, activation),
      dense(13, activation),
      { type: "activation", activation } as const,
      dense(outputs),
    ];
    await expectSameBits(
      options(layers, inputs, { epochs: 2, batchSize: 7 + index }),
      folds(10, { inputs, outputs, train: 53, validation: 11 }),
      [3, 10],
    );
  }
});

test("nor do classes, dropout, penalties, decay, schedules and other optimisers", async () => {
  const layers: readonly Layer[] = [
    { type: "flatten" },
    dense(24, "relu"),
    { type: "dropout", rate: 0.3 },
    dense(16, "softplus"),
    dense(4),
  ];
  const members = folds(7, { inputs: 5, outputs: 4, classes: true, train: 70 });
  const schedule = { type: "cosine", from: 0.02, to: 0.001, warmUp: 1 } as const;
  const given = options(layers, 5, { loss: { type: "cross_entropy" }, l1: 0.001, l2: 0.01, schedule, batchSize: 16 });
  await expectSameBits(
    { ...given, optimizer: { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 } },
    members,
    [2, 7],
  );
  await expectSameBits({ ...given, optimizer: { type: "sgd", momentum: 0.9 } }, members, [7]);
  await expectSameBits(
    { ...given, optimizer: { type: "rmsprop", alpha: 0.99, epsilon: 1e-8 } },
    folds(7, { inputs: 5, outputs: 4, classes: true, validation: 0 }),
    [7],
  );
});

test("nor does the number of threads, with wide layers whose products are turned around", async () => {
  const given = options([dense(300, "gelu"), dense(200, "softplus"), dense(3)], 2, { epochs: 1 });
  const seen = new Set<string>();
  for (const threads of [1, 2, 3, 4]) {
    await installOnnx({ threads });
    const members = folds(3, { inputs: 2, outputs: 3, train: 40, validation: 10 });
    for (const size of [1, 3])
      seen.add(JSON.stringify(bitsOf((await fitMany(compute, members.slice(0, size), given, size))[0]!)));
    const small = options([dense(64, "elu"), dense(64, "gelu"), dense(1)], 1, { epochs: 1 });
    for (const size of [1, 10])
      seen.add(`small ${JSON.stringify(bitsOf((await fitMany(compute, folds(size), small))[0]!))}`);
  }
  await installOnnx({ threads: 1 });
  expect(seen.size).toBe(2);
});

test("members that stop, and go on from different epochs, end as if they had never been interrupted", async () => {
  const given = options([dense(16, "gelu"), dense(16, "elu"), dense(1)], 1, { epochs: 12 });
  const members = folds(5);
  const whole = await fitMany(compute, members, given);
  let clock = 0;
  const saved: FitState[][] = members.map(() => []);
  // A clock that leaps makes calls of one epoch; the third member asks for a stop after four of them.
  const slow = members.map((member, index) => ({
    ...member,
    hooks: hooks({
      now: () => (clock += 10_000),
      save: (state) => void saved[index]!.push(state),
      stopping: () => index === 2 && saved[2]!.length >= 4,
    }),
  }));
  await expect(fitMany(compute, slow, given)).rejects.toThrow(StoppedError);
  expect(saved.map((states) => states.map(({ epoch }) => epoch))).toEqual(members.map(() => [1, 2, 3, 4]));
  // Two go on from epoch 4, one from 2, one starts anew, one is done.
  const from = [saved[0]![3], saved[1]![3], saved[2]![1], undefined, (whole[4] as FitResult).state];
  const resumed = await fitMany(
    compute,
    members.map((member, index) => ({ ...member, hooks: hooks({ resume: from[index] }) })),
    given,
  );
  expect(resumed.map(bitsOf)).toEqual(whole.map(bitsOf));
});

test("each member tells its own losses, and the end of a training is told as final", async () => {
  const given = options([dense(8, "sigmoid"), dense(1)], 1, { epochs: 40 });
  const reports: FitReport[][] = [[], []];
  const finals: boolean[][] = [[], []];
  const members = folds(2).map((member, index) => ({
    ...member,
    hooks: hooks({
      report: (report) => void reports[index]!.push(report),
      save: (_state, final) => void finals[index]!.push(final),
    }),
  }));
  const results = await fitMany(compute, members, given);
  for (const [index, result] of results.entries()) {
    const { history } = (result as FitResult).state;
    expect(reports[index]!.at(-1)).toMatchObject({
      epoch: 40,
      fraction: 1,
      loss: history[39]!.train.loss,
      validation: history[39]!.validation,
      ended: true,
    });
    expect(finals[index]!.filter(Boolean).length).toBe(1);
    expect(finals[index]!.at(-1)).toBe(true);
  }
  expect(reports[0]!.at(-1)!.loss).not.toBe(reports[1]!.at(-1)!.loss);
});

test("a member that diverges fails alone, and says the same as when it is trained alone", async () => {
  const given = options([dense(16, "elu"), dense(16, "gelu"), dense(1)], 1, {
    optimizer: { type: "sgd", momentum: 0 },
    epochs: 8,
  });
  const members = folds(4);
  const { labels, ...rest } = members[1]!.train;
  members[1] = { ...members[1]!, train: { ...rest, labels: Float32Array.from(labels, (value) => value * 1e9) } };
  const results = await fitMany(compute, members, given);
  expect(results.map((result) => result instanceof DivergedError)).toEqual([false, true, false, false]);
  const caught = await alone(members[1]!, given).catch((error: unknown) => error);
  expect(bitsOf(results[1]!)).toEqual(bitsOf(caught as DivergedError));
  for (const index of [0, 2, 3]) expect(bitsOf(results[index]!)).toEqual(bitsOf(await alone(members[index]!, given)));
});

test("the written-out gradients give what TF.js's own give, on its cpu backend", async () => {
  for (const [index, activation] of everyActivation.entries()) {
    const classes = index % 2 === 1;
    const given = options([dense(12, activation), { type: "dropout", rate: 0.2 }, dense(9, activation), dense(3)], 2, {
      loss: { type: classes ? "cross_entropy" : "mse" },
      epochs: 2,
      l2: 0.01,
    });
    const [member] = folds(1, { inputs: 2, outputs: 3, classes }) as [FitMember];
    const fast = await alone(member, given);
    await tf.setBackend("cpu");
    const slow = await fitModel(
      eagerCompute("cpu"),
      member.train,
      member.validation,
      { ...given, seed: member.seed, folds: member.folds },
      member.hooks,
    );
    await tf.setBackend("onnx");
    for (const [epoch, score] of fast.state.history.entries()) {
      expect(
        Math.abs(score.train.loss - slow.state.history[epoch]!.train.loss),
        JSON.stringify(activation),
      ).toBeLessThan(2e-5);
      expect(
        Math.abs(score.validation!.loss - slow.state.history[epoch]!.validation!.loss),
        JSON.stringify(activation),
      ).toBeLessThan(2e-5);
      expect(score.train.accuracy).toBe(slow.state.history[epoch]!.train.accuracy);
    }
    for (const [at, { data }] of fast.parameters.entries())
      for (const [place, value] of data.entries())
        expect(Math.abs(value - slow.parameters[at]!.data[place]!), JSON.stringify(activation)).toBeLessThan(1e-3);
  }
  expect(said).toEqual([]);
});

test("a stack that cannot be recorded is trained step by step, to what it comes to when it is", async () => {
  const given = options([dense(12, "gelu"), { type: "dropout", rate: 0.2 }, dense(2)], 1, { epochs: 2 });
  const members = folds(3, { outputs: 2 });
  const recorded = await fitMany(compute, members, given);
  await tf.setBackend("cpu");
  const fractions: number[] = [];
  const reporting = hooks({ report: ({ fraction, ended }) => void (ended ? 0 : fractions.push(fraction)) });
  const stepwise = await fitMany(
    { engine: "cpu", program: eagerProgram },
    members.map((member, index) => (index === 1 ? { ...member, hooks: reporting } : member)),
    given,
  );
  await tf.setBackend("onnx");
  // Five steps an epoch, and the judging.
  expect(fractions.length).toBeGreaterThan(2);
  for (const [member, result] of stepwise.entries())
    for (const [at, { data }] of (result as FitResult).parameters.entries())
      for (const [place, value] of data.entries())
        expect(Math.abs(value - (recorded[member] as FitResult).parameters[at]!.data[place]!)).toBeLessThan(1e-5);
});

test("who can be trained together: small networks of dense layers, and sets of the same size", () => {
  const members = folds(3);
  const given = options([dense(16, "gelu"), dense(1)], 1);
  expect(canFitTogether(given, members)).toBe(true);
  expect(
    canFitTogether({ ...given, earlyStopping: { metric: "validation.loss", patience: 3, minDelta: 0 } }, members),
  ).toBe(false);
  expect(canFitTogether(given, [members[0]!, { ...members[1]!, validation: null }])).toBe(false);
  expect(canFitTogether(given, [members[0]!, ...folds(1, { train: 89, validation: 11 })])).toBe(false);
  expect(canFitTogether(options([dense(16), { type: "batch_norm" }, dense(1)], 1), members)).toBe(false);
  expect(canFitTogether(options([dense(4000, "relu"), dense(4000), dense(1)], 1), members)).toBe(false);
  expect(
    [16, 64, 128, 256].map((units) =>
      Math.min(10, stackSize(options([dense(units), dense(units), dense(units), dense(1)], 1))),
    ),
  ).toEqual([10, 10, 3, 1]);
});
