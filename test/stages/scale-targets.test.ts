/** Scaled targets: what is learned, and that whoever reads a model gets numbers in the units of the targets. */
import { beforeAll, describe, expect, test } from "vitest";
import { examplesOf } from "../../src/learn/data.js";
import { inTargetUnits, targetScalingOf, withScaledTargets } from "../../src/learn/target-scaling.js";
import { evaluate } from "../../src/stages/evaluate.js";
import { normalize } from "../../src/stages/normalize.js";
import { train } from "../../src/stages/train.js";
import { float32Of } from "../../src/values/blob.js";
import type { RegressionMetrics } from "../../src/values/evaluation.js";
import { modelHeadline, modelOf } from "../../src/values/model.js";
import { type Output, type Outputs, outputOf } from "../../src/values/output.js";
import { exported, installAll, pooled } from "../rig/exporting.js";
import { checkKind, dataset, runKind, runKindTogether } from "../rig/stage.js";

beforeAll(installAll);

/** Prices of flats: targets of the size 1e5. */
const price = (x: number, z: number): number => 250_000 + 120_000 * x - 80_000 * z + 30_000 * Math.sin(5 * x);
const flats = (count: number, from = 0): Output<"dataset"> =>
  dataset(
    Array.from({ length: count }, (_, row) => {
      const [x, z] = [((row + from) * 0.618) % 1, ((row + from) * 0.382 * 7) % 1];
      return [x, z, price(x, z)];
    }),
  );
const settings = {
  data: "d",
  layers: [{ dense: { units: 8, activation: "tanh" } }, { dense: { units: 1 } }],
  loss: "mse",
  optimizer: { adam: { learning_rate: 0.02 } },
  batch_size: 16,
  epochs: 60,
};
const trained = async (data: Output, more: object = {}, seed = 0) => {
  const { outputs, warnings, remarks } = await runKind(train, { ...settings, ...more }, { inputs: { data }, seed });
  return { model: outputOf(outputs.model, "model"), warnings, remarks };
};
const judged = async (model: Output<"model">, data: Output) => {
  const { outputs } = await runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data } });
  const evaluation = outputOf(outputs.evaluation, "evaluation");
  return {
    metrics: evaluation.data.metrics as RegressionMetrics,
    predictions: [...float32Of(evaluation.blobs.predictions!)],
  };
};

describe("the numbers", () => {
  const few = examplesOf(
    dataset([
      [0, 100_000],
      [0, 150_000],
      [0, 400_000],
      [0, 250_000],
    ]),
  );
  // scikit-learn 1.9: TransformedTargetRegressor(transformer=StandardScaler() or MinMaxScaler()), its transformer_ and
  // what that gives for −1, 0 and 0.5 on the way back.
  test("are those of scikit-learn's StandardScaler", () => {
    const scaling = targetScalingOf(few, "standard");
    expect(scaling).toEqual({ method: "standard", offset: [225_000], divisor: [114564.392373896] });
    expect([...withScaledTargets(few, scaling, []).labels]).toEqual(
      [-1.0910894511799618, -0.6546536707079772, 1.5275252316519468, 0.2182178902359924].map(Math.fround),
    );
    expect([...inTargetUnits(Float32Array.of(-1, 0, 0.5), scaling)]).toEqual(
      [110435.607626104, 225000, 282282.196186948].map(Math.fround),
    );
  });
  test("are those of its MinMaxScaler, of several targets each", () => {
    const two = { ...few, labels: Float32Array.of(100_000, 7, 150_000, 7, 400_000, 7, 250_000, 7), targets: 2 };
    const scaling = targetScalingOf(two, "min_max");
    // A constant target is divided by 1.
    expect(scaling).toEqual({ method: "min_max", offset: [100_000, 7], divisor: [300_000, 1] });
    expect([...inTargetUnits(Float32Array.of(-1, 0, 0.5, 1), scaling)]).toEqual([-200_000, 7, 250_000, 8]);
  });
  test("are of the training rows alone, and a target too far from them is a mistake", () => {
    const part = { ...few, rows: Int32Array.of(0, 1), count: 2 };
    expect(targetScalingOf(part, "min_max").offset).toEqual([100_000]);
    const tiny = { method: "standard", offset: [0], divisor: [1e-38] } as const;
    expect(() => withScaledTargets(few, tiny, ["price"])).toThrow(
      "The value 100000 of the target `price` cannot be held in 32 bits once it is scaled: it lies too far from the training examples. Correct the value, or leave out `scale_targets`.",
    );
  });
});

describe("a training on targets of the size 1e5", () => {
  test("learns with scaled targets what it does not learn without", async () => {
    const [data, rest] = [flats(120), flats(60, 500)];
    const without = await trained(data);
    const plain = (await judged(without.model, rest)).metrics.r2!;
    expect(plain).toBeLessThan(-3);
    expect(without.warnings[0]).toContain("Set `scale_targets: standard`");
    // Of numbers in 0 … 1 the same rate learns more slowly.
    for (const [scale_targets, least] of [
      ["standard", 0.98],
      ["min_max", 0.9],
    ] as const) {
      const { model, warnings, remarks } = await trained(data, { scale_targets });
      expect(warnings).toEqual([]);
      expect(remarks).toEqual([
        expect.stringMatching(/^losses told in training are of scaled targets, \(y − [\d.]+\) \/ [\d.]+$/),
      ]);
      const { metrics } = await judged(model, rest);
      expect(metrics.r2!).toBeGreaterThan(least);
      expect(metrics.mae).toBeLessThan(10_000);
      expect(modelOf(model).metrics.train.loss).toBeLessThan(0.05);
      expect(modelHeadline(model)).toMatch(/^60 epochs, best \d+, train loss \S+ of scaled targets$/);
    }
  });
  test("of validation examples tells the loss of targets scaled by the training examples", async () => {
    const [data, validation] = [flats(60), flats(30, 500)];
    const { outputs } = await runKind(
      train,
      { ...settings, validation: "v", scale_targets: "standard" },
      { inputs: { data, validation } },
    );
    const model = outputOf(outputs.model, "model");
    const { targetScaling, metrics } = modelOf(model);
    const { mse } = (await judged(model, validation)).metrics;
    expect(metrics.validation!.loss).toBeCloseTo(mse / targetScaling!.divisor[0]! ** 2, 5);
  });
  test("of a constant target predicts it", async () => {
    const data = dataset(Array.from({ length: 20 }, (_, row) => [row / 20, 0, 123_456]));
    const { model, warnings } = await trained(data, { scale_targets: "standard", epochs: 150 });
    expect(warnings).toEqual([]);
    expect(modelOf(model).targetScaling).toEqual({ method: "standard", offset: [123_456], divisor: [1] });
    for (const value of (await judged(model, data)).predictions) expect(Math.abs(value - 123_456)).toBeLessThan(0.1);
  });
});

describe("whoever reads the outputs", () => {
  test("gets them in the units of the targets: an evaluation, by hand", async () => {
    const data = flats(40);
    const { model } = await trained(data, { layers: [{ dense: { units: 1 } }], scale_targets: "standard", epochs: 3 });
    const [weight, bias] = ["weight", "bias"].map((name) => float32Of(model.blobs[`dense_1.${name}`]!));
    const { offset, divisor } = modelOf(model).targetScaling!;
    const features = float32Of(data.blobs.features!);
    const { predictions } = await judged(model, data);
    for (const [row, value] of predictions.entries()) {
      const own = features[2 * row]! * weight![0]! + features[2 * row + 1]! * weight![1]! + bias![0]!;
      expect(Math.abs(value - (own * divisor[0]! + offset[0]!))).toBeLessThan(0.1);
    }
  });
  test("an ensemble of members that scale otherwise, or not at all", async () => {
    const [data, rest] = [flats(60), flats(20, 500)];
    const members = [
      (await trained(data, { scale_targets: "standard" }, 1)).model,
      (await trained(flats(50, 100), { scale_targets: "min_max" }, 2)).model,
      (await trained(data, {}, 3)).model,
    ];
    const each = await Promise.all(members.map((model) => judged(model, rest)));
    const { predictions } = await judged(await pooled(members), rest);
    for (const [row, value] of predictions.entries()) {
      const mean = each.reduce((sum, one) => sum + one.predictions[row]!, 0) / 3;
      expect(Math.abs(value - mean)).toBeLessThan(0.05);
    }
  });
  test("a curve over one feature", async () => {
    const one = dataset(Array.from({ length: 40 }, (_, row) => [row / 40, 200_000 + 100_000 * (row / 40)]));
    const { model } = await trained(one, { scale_targets: "standard" });
    const { outputs } = await runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data: one } });
    const curve = float32Of(outputs.evaluation!.blobs.curve!);
    expect(curve[1]!).toBeGreaterThan(180_000);
    expect(curve[1]!).toBeLessThan(220_000);
  });
  test("an exported file of either format", async () => {
    const data = flats(40);
    const ready = (await runKind(normalize, { data: "d" }, { inputs: { data } })).outputs.data!;
    const { model } = await trained(ready, { scale_targets: "standard" });
    for (const format of ["onnx", "tfjs"]) {
      const { check } = (await exported(model, data, format)).data;
      expect(check).toMatchObject({ of: "examples", count: 40 });
      expect(check.scores!.r2).toBe((await judged(model, data)).metrics.r2);
    }
  });
});

describe("the same bytes", () => {
  const bytesOf = (outputs: Outputs): unknown =>
    Object.fromEntries(
      Object.entries(outputs.model!.blobs).map(([name, blob]) => [name, Buffer.from(blob.bytes()).toString("hex")]),
    );
  const options = { ...settings, epochs: 4, scale_targets: "standard" };
  test("whether folds of their own statistics are trained side by side or one by one", async () => {
    const sets = [flats(40), flats(40, 300)];
    const together = await runKindTogether(
      train,
      options,
      sets.map((data) => ({ inputs: { data } })),
    );
    const scalings = together.map((result) => modelOf(outputOf((result as Outputs).model, "model")).targetScaling);
    expect(scalings[0]).not.toEqual(scalings[1]);
    for (const [index, data] of sets.entries())
      expect(bytesOf(together[index] as Outputs)).toEqual(
        bytesOf((await runKind(train, options, { inputs: { data } })).outputs),
      );
  });
  test("whether a training is longer from the start or goes on", async () => {
    const data = flats(40);
    let state: Outputs | undefined;
    const keep = (left: Outputs): void => {
      state = left;
    };
    await runKind(train, { ...options, epochs: 2 }, { inputs: { data }, saved: keep });
    const further = await runKind(train, options, { inputs: { data }, resumed: state });
    expect(bytesOf(further.outputs)).toEqual(bytesOf((await runKind(train, options, { inputs: { data } })).outputs));
  });
});

describe("what is refused", () => {
  const classes = { ...settings, layers: [{ dense: { units: 2 } }], loss: "cross_entropy", scale_targets: "standard" };
  const message = "`scale_targets` scales numbers to predict, but `cross_entropy` learns classes. Leave it out.";
  test("classes, at check and at run", async () => {
    const port = { type: "dataset", shape: [1], classes: ["a", "b"], count: 4, normalization: [] } as const;
    const { told } = checkKind(train, classes, { inputs: { data: port } });
    expect(told.map(({ title, message: text, at }) => [title, text, at])).toEqual([
      ["scale_targets of classes", message, "scale_targets"],
    ]);
    const data = dataset(
      [
        [1, 0],
        [2, 1],
      ],
      { classes: ["a", "b"] },
    );
    await expect(runKind(train, classes, { inputs: { data } })).rejects.toThrow(message);
  });
  test("comparing losses of trainings that scale otherwise: what they are of differs", () => {
    const port = { type: "dataset", shape: [2], classes: null, count: 9, normalization: [] } as const;
    const criterion = (more: object) =>
      checkKind(train, { ...settings, ...more }, { inputs: { data: port } }).ports.model!.criterion!.text;
    expect(criterion({})).toBe("`mse`");
    expect(criterion({ scale_targets: "standard" })).toBe("`mse` with `scale_targets: standard`");
  });
});
