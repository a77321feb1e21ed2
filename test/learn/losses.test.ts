/**
 * Losses: their gradients, written out and TF.js's own on its cpu, against finite differences of what they add up in
 * float64; what they are at the edges; and that members of a stack keep their bits with every one of them.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { eagerCompute } from "../../src/compute/eager.js";
import type { Compute } from "../../src/compute/program.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import type { Sums } from "../../src/learn/criterion.js";
import { fitModel } from "../../src/learn/fit.js";
import { fitMany } from "../../src/learn/fit-many.js";
import { guessOf } from "../../src/learn/guess.js";
import {
  criterionOf,
  type Loss,
  learnsClasses,
  losses,
  lossNames,
  readingOf,
  resolvedLoss,
} from "../../src/learn/losses.js";
import { batchScore, judgeOf } from "../../src/learn/score.js";
import type { FitMember, FitResult } from "../../src/learn/training.js";
import { field } from "../augment/images.js";
import * as training from "../rig/training.js";

const { dense } = training;
const engines: Record<string, Compute> = {};
beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  engines.onnx = onnxCompute();
  engines.cpu = eagerCompute("cpu");
});

const variants: readonly Loss[] = lossNames.flatMap((type): readonly Loss[] => {
  if (type === "huber") return [{ type }, { type, options: { delta: 0.3 } }];
  if (!learnsClasses(type)) return [{ type }];
  const classWeight = type === "binary_cross_entropy" ? [0.3, 2] : [0.3, 2, 0, 1.2];
  return [{ type }, { type, labelSmoothing: 0.2 }, { type, classWeight }, { type, classWeight, labelSmoothing: 0.1 }];
});
const named = variants.map((loss) => [JSON.stringify(loss), loss] as const);
const batch = 7;
function classesOf({ type }: Loss): number | null {
  if (!learnsClasses(type)) return null;
  return type === "binary_cross_entropy" ? 2 : 4;
}
/** Outputs for each loss, and what is wanted: targets, or classes of which the one of weight 0 is one. */
function given(loss: Loss) {
  const row = losses[loss.type];
  const classes = classesOf(loss);
  const width = row.learns === "classes" ? row.outputs(classes!)! : 3;
  const outputs = Float32Array.from(field(3, batch * width), (value) => 4 * value - 2);
  const numbers = Float32Array.from(field(8, batch * width), (value) => 4 * value - 2);
  const labels = Int32Array.from({ length: batch }, (_, index) => (index * 3) % (classes ?? 1));
  const wanted = classes
    ? Float32Array.from({ length: batch * classes }, (_, at) =>
        Number(labels[Math.floor(at / classes)] === at % classes),
      )
    : numbers;
  return { classes, width, outputs, labels, wanted, targets: classes ? labels : numbers };
}
type Given = ReturnType<typeof given>;
function float64(loss: Loss, outputs: Float64Array, { classes, width, targets }: Given): number {
  const sums: Sums = { loss: 0, weight: 0 };
  for (let at = 0; at < batch; at++)
    criterionOf(loss).add(sums, outputs, at * width, targets, classes ? at : at * width, width);
  return sums.loss / sums.weight;
}
/** By TF.js on a batch: the value, its own gradient, and the one that is written out. */
function byTensors(loss: Loss, { classes, width, outputs, wanted, targets }: Given) {
  const criterion = criterionOf(loss);
  const labels = classes
    ? tf.tensor1d(targets as Int32Array, "int32")
    : tf.tensor2d(targets as Float32Array, [batch, width]);
  const { value, grad } = tf.valueAndGrad((output) => criterion.value(tf, output, labels))(
    tf.tensor2d(outputs, [batch, width]),
  );
  const weights = Array.isArray(loss.classWeight) ? tf.tensor3d([[[...loss.classWeight]]]) : null;
  const three = (data: Float32Array): tf.Tensor => tf.tensor3d(data, [1, batch, data.length / batch]);
  const { d, factor } = criterion.gradient(tf, three(outputs), three(wanted), weights);
  return { value: value.dataSync()[0]!, own: grad.dataSync(), written: tf.mul(d, factor).dataSync() };
}

describe.each(["cpu", "onnx"])("on %s", (engine) => {
  test.each(named)("%s: value and both gradients are those of finite differences in float64", async (_, loss) => {
    await tf.setBackend(engine);
    const data = given(loss);
    const { value, own, written } = byTensors(loss, data);
    const outputs = Float64Array.from(data.outputs);
    expect(value).toBeCloseTo(float64(loss, outputs, data), 6);
    const step = 1e-5;
    for (let at = 0; at < outputs.length; at++) {
      const moved = (by: number): number => float64(loss, outputs.with(at, outputs[at]! + by), data);
      const slope = (moved(step) - moved(-step)) / (2 * step);
      expect(own[at], `by TF.js, output ${at}`).toBeCloseTo(slope, 6);
      expect(written[at], `written out, output ${at}`).toBeCloseTo(slope, 6);
    }
  });

  test("the gradient of an absolute error is its sign, and 0 at 0", async () => {
    await tf.setBackend(engine);
    const exact: Given = { ...given({ type: "mae" }), width: 1, outputs: Float32Array.of(0, 1, 2, 3, 4, 5, 6) };
    const targets = Float32Array.of(0, 2, 1, 3, 5, 4, 6);
    const { value, own, written } = byTensors({ type: "mae" }, { ...exact, targets, wanted: targets });
    const signs = [0, -1, 1, 0, -1, 1, 0].map((sign) => Math.fround(sign / 7));
    expect(value).toBeCloseTo(4 / 7, 6);
    expect([...own].map((each) => each + 0)).toEqual(signs);
    expect([...written].map((each) => each + 0)).toEqual(signs);
  });

  test("logits of any size have a loss and a gradient", async () => {
    await tf.setBackend(engine);
    const loss: Loss = { type: "binary_cross_entropy" };
    const outputs = Float32Array.of(1e4, -1e4, 200, -200, 30, -30, 0);
    for (const [label, nats] of [
      [0, [1e4, 0, 200, 0, 30, 0, Math.LN2]],
      [1, [0, 1e4, 0, 200, 0, 30, Math.LN2]],
    ] as const) {
      const labels = new Int32Array(7).fill(label);
      const wanted = Float32Array.from({ length: 14 }, (_, at) => Number(at % 2 === label));
      const data = { classes: 2, width: 1, outputs, labels, wanted, targets: labels };
      const mean = nats.reduce((sum, each) => sum + each / 7, 0);
      const { value, own, written } = byTensors(loss, data);
      expect(value / mean).toBeCloseTo(1, 6);
      expect(float64(loss, Float64Array.from(outputs), data) / mean).toBeCloseTo(1, 12);
      const slopes = [...outputs].map((z) => ((Math.sign(z) + 1) / 2 - label) / 7);
      for (const [at, slope] of slopes.entries()) {
        expect(own[at]).toBeCloseTo(slope, 6);
        expect(written[at]).toBeCloseTo(slope, 6);
      }
    }
  });

  test("a batch of classes without weight has no loss and teaches nothing", async () => {
    await tf.setBackend(engine);
    for (const type of ["cross_entropy", "binary_cross_entropy"] as const)
      for (const labelSmoothing of [0, 0.1]) {
        const base = given({ type });
        const classWeight = base.classes === 2 ? [0, 2] : [0, 2, 1, 1];
        const labels = new Int32Array(batch);
        const wanted = Float32Array.from({ length: batch * base.classes! }, (_, at) =>
          Number(at % base.classes! === 0),
        );
        const loss: Loss = { type, classWeight, labelSmoothing };
        const { value, own, written } = byTensors(loss, { ...base, labels, targets: labels, wanted });
        expect(value + 0).toBe(0);
        expect([...own, ...written].map((each) => each + 0)).toEqual(new Array(2 * base.outputs.length).fill(0));
        const outputs = { outputs: base.outputs, from: 0, width: base.width };
        const rows = Int32Array.from(labels, (_, index) => index);
        const table = { data: wanted, width: base.classes! };
        expect(batchScore(judgeOf(loss), outputs, rows, 0, batch, table).loss).toBe(0);
      }
  });
});

test("one logit says the same of two classes as two logits with that difference", () => {
  for (const more of [{}, { classWeight: [0.3, 2] }, { labelSmoothing: 0.2 }]) {
    const one = given({ type: "binary_cross_entropy" });
    const two = Float64Array.from([...one.outputs].flatMap((z) => [0, z]));
    expect(float64({ type: "binary_cross_entropy", ...more }, Float64Array.from(one.outputs), one)).toBeCloseTo(
      float64({ type: "cross_entropy", ...more }, two, { ...one, width: 2 }),
      12,
    );
  }
  const reading = readingOf("binary_cross_entropy")!;
  const logits = Float32Array.of(-1000, -1, 0, 1e-30, 1000);
  expect([...logits].map((_, at) => reading.predicted(logits, at, 1))).toEqual([0, 0, 0, 1, 1]);
  const [none, some] = [reading.probabilities(logits, 1), 1 / (1 + Math.E)].map((each) => each) as [
    Float32Array,
    number,
  ];
  // A logit of 1e-30 says the second, so its probability is the next float32 above a half.
  expect([...none]).toEqual([1, 0, 1 - some, some, 0.5, 0.5, 0.5, 0.5 + 2 ** -24, 0, 1].map(Math.fround));
});

test("the first of the largest probabilities is the class that is predicted, however near the logits are", () => {
  const apart = (value: number): number => value * (1 + 2 ** -23);
  const rows = [
    [1, apart(1), 0],
    [apart(1), 1, 0],
    [0, 2 ** -140, -1],
    [3, 3, apart(3)],
    [0.25, 0.25, 0.25],
    [-7, apart(-7), -7],
    [100, apart(100), -100],
  ];
  const logits = Float32Array.from(rows.flat());
  const first = (values: Float32Array): number => values.indexOf(Math.max(...values));
  const three = readingOf("cross_entropy")!;
  const told = three.probabilities(logits, 3);
  expect(rows.map((_, at) => first(told.subarray(3 * at, 3 * at + 3)))).toEqual([1, 0, 1, 2, 0, 0, 1]);
  expect(rows.map((_, at) => three.predicted(logits, 3 * at, 3))).toEqual([1, 0, 1, 2, 0, 0, 1]);
  // As near to the probability as float32 gets: half a unit in the last place, or one.
  for (const [at, row] of rows.entries()) {
    const total = row.reduce((sum, z) => sum + Math.exp(Math.fround(z) - Math.fround(Math.max(...row))), 0);
    for (const [column, z] of row.entries()) {
      const exact = Math.exp(Math.fround(z) - Math.fround(Math.max(...row))) / total;
      expect(Math.abs(told[3 * at + column]! - exact)).toBeLessThanOrEqual(Math.max(exact * 2 ** -23, 2 ** -149));
    }
  }
  const one = readingOf("binary_cross_entropy")!;
  const near = Float32Array.of(2 ** -30, -(2 ** -30), 0, 2 ** -149, 2 ** -20);
  const both = one.probabilities(near, 1);
  for (const at of near.keys())
    expect(first(both.subarray(2 * at, 2 * at + 2)), String(at)).toBe(one.predicted(near, at, 1));
});

test("balanced weights are n / (classes · examples of the class); a class without examples has 1", () => {
  const weights = (labels: readonly number[], classes: number): unknown =>
    resolvedLoss(
      { type: "cross_entropy", classWeight: "balanced" },
      {
        classes: Array.from({ length: classes }, String),
        labels: Int32Array.from(labels),
        rows: Int32Array.from(labels, (_, index) => index),
      },
    ).classWeight;
  // sklearn.utils.class_weight.compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 1, 1, 2])
  expect(weights([0, 0, 0, 1, 1, 2], 3)).toEqual([6 / 9, 1, 2]);
  expect(weights([0, 0, 0, 2], 3)).toEqual([4 / 6, 1, 2]);
});

test("a guess has the loss of the best constant, or of equal probabilities", () => {
  const labels = Float32Array.of(0, 10, 1, 20, 5, 60);
  const numbers = { classes: null, labels, targets: 2, rows: Int32Array.of(0, 1, 2) };
  const of = (loss: Loss, examples: object): unknown => guessOf(loss, examples as Parameters<typeof guessOf>[1]);
  // Columns 0, 1, 5 and 10, 20, 60: variances 14/3 and 1400/3, absolute errors from 1 and from 20 of 5/3 and 50/3.
  expect(of({ type: "mse" }, numbers)).toEqual({ loss: expect.closeTo(707 / 3, 10), text: "predicting the mean" });
  expect(of({ type: "mae" }, numbers)).toEqual({ loss: expect.closeTo(55 / 6, 10), text: "predicting the median" });
  const classes = {
    classes: ["a", "b", "c"],
    labels: Int32Array.of(0, 0, 2),
    targets: 1,
    rows: Int32Array.of(0, 1, 2),
  };
  const uniform = { loss: expect.closeTo(Math.log(3), 10), text: "equal probabilities" };
  expect(of({ type: "cross_entropy", labelSmoothing: 0.1 }, classes)).toEqual(uniform);
  expect(of({ type: "cross_entropy", classWeight: [1, 0, 3] }, classes)).toEqual(uniform);
});

test.each(named)("%s: a member's bits are the same alone and in company", async (_, loss) => {
  await tf.setBackend("onnx");
  const row = losses[loss.type];
  const classes = classesOf(loss);
  const outputs = row.learns === "classes" ? row.outputs(classes!)! : 3;
  // Balanced weights are different numbers for each fold.
  const balanced: readonly Loss[] =
    loss.classWeight && loss.labelSmoothing ? [{ ...loss, classWeight: "balanced" }] : [];
  for (const each of [loss, ...balanced]) {
    const options = training.options([dense(9, "tanh"), dense(outputs)], [2], { loss: each, batchSize: 16, epochs: 2 });
    const members: FitMember[] = training
      .folds(7, { shape: [2], train: 53, validation: 11, ...(classes ? { classes } : { targets: 3 }) })
      .map((member) => ({ ...member, hooks: training.hooks({}) }));
    const alone: FitResult[] = [];
    for (const { train, validation, seed, folds, hooks } of members)
      alone.push(await fitModel(engines.onnx!, train, validation, { ...options, seed, folds }, hooks));
    const weights = new Set(members.map(({ train }) => JSON.stringify(resolvedLoss(each, train).classWeight)));
    expect(weights.size > 1).toBe(each.classWeight === "balanced");
    for (const size of [2, 3, 7])
      for (const [index, result] of (await fitMany(engines.onnx!, members.slice(0, size), options, size)).entries()) {
        expect((result as FitResult).state.history).toEqual(alone[index]!.state.history);
        expect((result as FitResult).parameters).toEqual(alone[index]!.parameters);
      }
  }
});

test("nor does the number of threads change a bit, with weights of each fold's own and smoothed labels", async () => {
  const seen = new Set<string>();
  for (const threads of [1, 2, 3, 4]) {
    await installOnnx({ threads });
    await tf.setBackend("onnx");
    for (const [type, classes, outputs] of [
      ["cross_entropy", 3, 3],
      ["binary_cross_entropy", 2, 1],
    ] as const) {
      const loss: Loss = { type, classWeight: "balanced", labelSmoothing: 0.1 };
      const options = training.options([dense(200, "tanh"), dense(outputs)], [2], { loss, batchSize: 16, epochs: 2 });
      const members: FitMember[] = training
        .folds(3, { shape: [2], train: 53, validation: 11, classes })
        .map((member) => ({ ...member, hooks: training.hooks({}) }));
      const fits = await fitMany(engines.onnx!, members, options, 3);
      for (const fit of fits) {
        const { parameters, state } = fit as FitResult;
        seen.add(JSON.stringify([type, parameters.map(({ data }) => [...data]), state.history]));
      }
    }
  }
  await installOnnx({ threads: 1 });
  expect(seen.size).toBe(6);
});
