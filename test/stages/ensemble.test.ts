/**
 * An ensemble of models that are as small as can be, judged by hand: columns in another order, other normalisations,
 * classes in another order, numbers and votes; and one of a single model, which is that model.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { ensemble } from "../../src/stages/ensemble.js";
import { evaluate } from "../../src/stages/evaluate.js";
import { normalize } from "../../src/stages/normalize.js";
import { measureOf } from "../../src/stages/paired.js";
import { train } from "../../src/stages/train.js";
import { drawn } from "../../src/stages/visualize.js";
import { blobOf, digestOf, float32Of } from "../../src/values/blob.js";
import type { Dataset, DatasetData, Scaling } from "../../src/values/dataset.js";
import type { ClassificationMetrics, RegressionMetrics } from "../../src/values/evaluation.js";
import { modelOf } from "../../src/values/model.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { savedFilesOf } from "../../src/values/saved.js";
import { dataset, runKind } from "../rig/stage.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
});

type Model = Output<"model">;
const trained = async (data: Dataset, options: Readonly<Record<string, unknown>>, seed = 0): Promise<Model> => {
  const settings = { data: "d", optimizer: { adam: { learning_rate: 0.1 } }, epochs: 30, ...options };
  return outputOf((await runKind(train, settings, { inputs: { data }, seed })).outputs.model, "model");
};
const pooled = async (list: readonly Model[], rule = "mean"): Promise<Model> => {
  const { outputs } = await runKind(ensemble, { models: "m", rule }, { list, listed: "models" });
  return outputOf(outputs.model, "model");
};
const judged = async (model: Model, data: Dataset): Promise<Output<"evaluation">> => {
  const { outputs } = await runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data } });
  return outputOf(outputs.evaluation, "evaluation");
};
/** w · x + b of a network that is one layer, example by example, in float64. */
function affine({ blobs }: Model, rows: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const [weight, bias] = [blobs["dense_1.weight"]!, blobs["dense_1.bias"]!].map(float32Of) as [
    Float32Array,
    Float32Array,
  ];
  return rows.map((row) =>
    Array.from(bias, (b, unit) => row.reduce((sum, x, at) => sum + x * weight[at * bias.length + unit]!, b)),
  );
}

const points = Array.from({ length: 40 }, (_, row) => [3 * Math.sin(row) + 2, Math.cos(3 * row)] as const);
const target = ([a, b]: readonly [number, number]): number => 2 * a - b + 0.3 * a * b;
const raw = dataset(points.map(([a, b]) => [a, b, target([a, b])]));
const turned = dataset(
  points.map(([a, b]) => [b, a, target([a, b])]),
  { featureNames: ["x2", "x1"] },
);
const one = { layers: [{ dense: { units: 1 } }], loss: "mse" };

describe("numbers", () => {
  test("are the mean, each member by its own columns and its own normalisation", async () => {
    const scaled = outputOf(
      (await runKind(normalize, { data: "d" }, { inputs: { data: turned } })).outputs.data,
      "dataset",
    );
    const [plain, other] = [await trained(raw, one), await trained(scaled, one, 1)];
    const [step] = modelOf(other).normalization as readonly Scaling[];
    const rows = points.map(([a, b]) => [b, a].map((x, at) => (x - step!.offset[at]!) / step!.divisor[at]!));
    const [first, second] = [affine(plain, points), affine(other, rows)];
    const model = await pooled([plain, other]);
    const { data, blobs } = await judged(model, raw);
    const said = float32Of(blobs.predictions!);
    for (const [at, value] of said.entries()) expect(value).toBeCloseTo((first[at]![0]! + second[at]![0]!) / 2, 4);
    const { mse } = data.metrics as RegressionMetrics;
    expect(mse).toBeCloseTo(said.reduce((sum, y, at) => sum + (y - Math.fround(target(points[at]!))) ** 2, 0) / 40, 6);
    expect(data.model).toMatchObject({ rule: "mean", parameters: 6, members: [{ epochs: 30 }, { epochs: 30 }] });
    // Its columns may come in any order, and its arrays are those of the members.
    expect(digestOf((await judged(model, turned)).blobs.predictions!)).toBe(digestOf(blobs.predictions!));
    expect(Object.keys(model.blobs)).toEqual(
      [1, 2].flatMap((at) => ["weight", "bias"].map((of) => `member_${at}.dense_1.${of}`)),
    );
    expect(model.blobs["member_2.dense_1.bias"]).toBe(other.blobs["dense_1.bias"]);
    // Data that one member has normalised otherwise are not what the whole can be asked of.
    await expect(judged(model, scaled)).rejects.toThrow(
      "`data` is normalised (standard), but what a member of the ensemble was trained on is not. " +
        "Name data before they are normalised.",
    );
    expect(savedFilesOf(model).map(({ name }) => name)).toEqual(Object.keys(model.blobs).map((name) => `${name}.npy`));
  });

  test("along one feature are a curve, which is the mean of the members' curves", async () => {
    const line = dataset(points.map(([a, b]) => [a, target([a, b])]));
    const scaled = outputOf(
      (await runKind(normalize, { data: "d" }, { inputs: { data: line } })).outputs.data,
      "dataset",
    );
    const members = [await trained(line, one), await trained(scaled, one)];
    const curves = await Promise.all(members.map(async (model) => float32Of((await judged(model, line)).blobs.curve!)));
    const whole = float32Of((await judged(await pooled(members), line)).blobs.curve!);
    for (const [at, value] of whole.entries())
      expect(value).toBeCloseTo(at % 2 === 0 ? curves[0]![at]! : (curves[0]![at]! + curves[1]![at]!) / 2, 5);
  });
});

const labelled = (names: readonly string[], isTurned = false, more: Partial<DatasetData> = {}): Dataset => {
  const { data, blobs } = dataset(points.map(([a, b]) => [a, b, 0]));
  const labels = Int32Array.from(points, ([a, b]) => Number(a - 2 * b > 2) ^ Number(isTurned));
  return {
    type: "dataset",
    data: { ...data, classes: names, ...more },
    blobs: { ...blobs, labels: blobOf("int32", [40], labels) },
  };
};
const [straight, reversed] = [labelled(["no", "yes"]), labelled(["yes", "no"], true)];
const ofTwo = { layers: [{ dense: { units: 2 } }], loss: "cross_entropy", epochs: 3 };
const ofOne = { layers: [{ dense: { units: 1 } }], loss: "binary_cross_entropy", epochs: 3 };

describe("classes", () => {
  test("are the mean of probabilities, whatever the order of a member's classes and however many outputs it has", async () => {
    const members = [await trained(straight, ofTwo), await trained(reversed, ofOne, 1)];
    const yes = affine(members[0]!, points).map(([n, y]) => 1 / (1 + Math.exp(n! - y!)));
    const other = affine(members[1]!, points).map(([z]) => 1 / (1 + Math.exp(z!)));
    const p = yes.map((value, at) => (value + other[at]!) / 2);
    const { data, blobs } = await judged(await pooled(members), straight);
    const said = float32Of(blobs.predictions!);
    for (const [at, value] of p.entries()) expect(said[2 * at + 1]).toBeCloseTo(value, 5);
    const truth = points.map(([a, b]) => a - 2 * b > 2);
    const { accuracy, logLoss, loss, auc } = data.metrics as ClassificationMetrics;
    expect(accuracy).toBe(truth.filter((is, at) => is === p[at]! > 0.5).length / 40);
    expect(logLoss).toBeCloseTo(
      p.reduce((sum, value, at) => sum - Math.log(truth[at] ? value : 1 - value) / 40, 0),
      6,
    );
    expect(loss).toBe(logLoss);
    expect(auc).toBeCloseTo(areaOf(p, truth), 12);
  });

  test("by votes have shares, which figures read and no loss does", async () => {
    const members = [
      await trained(straight, ofTwo),
      await trained(reversed, ofOne, 1),
      await trained(straight, ofOne, 2),
    ];
    const ballots = await Promise.all(
      members.map(async (model) => {
        const { data, blobs } = await judged(model, straight);
        const [said, yes] = [float32Of(blobs.predictions!), data.classes!.indexOf("yes")];
        return points.map((_, at) => said[2 * at + yes]! > said[2 * at + 1 - yes]!);
      }),
    );
    const votes = points.map((_, at) => ballots.filter((ballot) => ballot[at]).length / 3);
    const evaluation = await judged(await pooled(members, "vote"), straight);
    const said = float32Of(evaluation.blobs.predictions!);
    expect([...said]).toEqual(votes.flatMap((share) => [Math.fround(1 - share), Math.fround(share)]));
    const truth = points.map(([a, b]) => a - 2 * b > 2);
    const metrics = evaluation.data.metrics as ClassificationMetrics;
    expect(metrics.correct).toBe(truth.filter((is, at) => is === votes[at]! > 0.5).length);
    expect([metrics.loss, metrics.logLoss]).toEqual([null, null]);
    expect(evaluation.data.intervals).toMatchObject({ loss: null, logLoss: null });
    expect(metrics.auc).toBeCloseTo(areaOf(votes, truth), 12);
    expect([
      measureOf("logLoss", evaluation),
      measureOf("loss", evaluation),
      measureOf("accuracy", evaluation),
    ]).toEqual([...[null, null, "right"]]);
    const table = savedFilesOf(evaluation).find(({ name }) => name === "predictions.csv")!;
    expect(
      Buffer.concat([...table.pieces()].map((piece) => Buffer.from(piece)))
        .toString()
        .split("\n")[0]!
        .trim(),
    ).toBe("x1,x2,label,prediction,votes no,votes yes");
  });
});

/** P(score of a second > score of a first) + P(both are equal) / 2 */
function areaOf(scores: readonly number[], isSecond: readonly boolean[]): number {
  const [firsts, seconds] = [false, true].map((which) => scores.filter((_, at) => isSecond[at] === which)) as [
    number[],
    number[],
  ];
  const won = seconds.flatMap((second) => firsts.map((first) => (1 + Math.sign(second - first)) / 2));
  return won.reduce((sum, value) => sum + value, 0) / won.length;
}

test("an ensemble of one model evaluates as that model", async () => {
  const weighted = { class_weight: "balanced", label_smoothing: 0.1 };
  const huber = { layers: [{ dense: { units: 1 } }], loss: { huber: { delta: 0.5 } } };
  for (const [data, options] of [
    [straight, { ...ofTwo, ...weighted }],
    [reversed, { ...ofOne, ...weighted }],
    [raw, huber],
  ] as const) {
    const model = await trained(data, options);
    const [alone, whole] = [await judged(model, data), await judged(await pooled([model]), data)];
    const [flat, own] = [alone, whole].map(({ data: { metrics } }) => leavesOf(metrics)) as [Leaf[], Leaf[]];
    expect(own.map(([name]) => name)).toEqual(flat.map(([name]) => name));
    for (const [at, [name, value]] of own.entries())
      if (/accuracy|correct|count|support|confusion/.test(name)) expect(value, name).toBe(flat[at]![1]);
      else expect(value, name).toBeCloseTo(flat[at]![1]!, 6);
    expect(
      float32Of(whole.blobs.predictions!).every(
        (x, at) => Math.abs(x - float32Of(alone.blobs.predictions!)[at]!) < 1e-6,
      ),
    ).toBe(true);
  }
});
type Leaf = readonly [string, number];
const leavesOf = (value: unknown, name = ""): Leaf[] => {
  if (typeof value === "number") return [[name, value]];
  return value !== null && typeof value === "object"
    ? Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${name}.${key}`))
    : [];
};

describe("members that cannot speak together", () => {
  const refused = async (list: readonly Model[], rule = "mean"): Promise<unknown> =>
    pooled(list, rule).then(
      () => null,
      (error: Error & { readonly mistake?: unknown }) => error.message,
    );
  test("are refused when they are gathered, where nothing was known before", async () => {
    const model = await trained(raw, one);
    const others = dataset(
      points.map(([a, b]) => [a, b, 1]),
      { featureNames: ["x1", "x3"] },
    );
    const wide = dataset(
      points.map(([a, b]) => [a, b, a, 1]),
      { featureNames: [] },
    );
    const words = labelled(["no", "maybe"]);
    expect(await refused([model, await trained(others, one)])).toBe(
      "The first member was trained on `x2` where this one was trained on `x3`. The columns are `x1`, `x2` there, `x1`, " +
        "`x3` here. Names are compared as they are written; `features:` in the `load` stage chooses columns by name.",
    );
    expect(await refused([model, await trained(wide, one)])).toBe(
      "The first member takes examples of [2], but this one takes [3].",
    );
    expect(await refused([await trained(straight, ofTwo), await trained(words, ofTwo)])).toBe(
      "The first member was trained on the classes no, yes, but this one was trained on the classes no, maybe.",
    );
    expect(await refused([model, await trained(straight, ofTwo)])).toBe(
      "The first member was trained on numbers as labels, but this one was trained on the classes no, yes.",
    );
    expect(await refused([model], "vote")).toBe(
      "`rule: vote` counts which class the members predict, but these predict numbers. Use `rule: mean`, the mean of " +
        "their values.",
    );
    expect(await refused([model, await pooled([model])])).toBe(
      "This one is an ensemble itself, and whether it should count once or as often as it has members is not guessed. " +
        "Let `models` name the stages of its members: each of them then counts alike.",
    );
    const { data, blobs } = raw;
    const pair: Dataset = {
      type: "dataset",
      data: { ...data, targetNames: [] },
      blobs: { ...blobs, labels: blobOf("float32", [40, 2], new Float32Array(80).fill(1)) },
    };
    expect(await refused([model, await trained(pair, { ...one, layers: [{ dense: { units: 2 } }] })])).toBe(
      "The first member predicts 1 number for an example, but this one predicts 2.",
    );
  });

  test("are refused where one reads a column as a date, and another one as a number", async () => {
    const column = (name: string, as: "date" | "number") => ({ name, as }) as const;
    const read = (as: "date" | "number"): Promise<Model> => {
      const columns = [column("x2", as), column("x1", "number")];
      const reading = { of: "table", columns, missing: [], delimiter: "," } as const;
      return trained({ ...raw, data: { ...raw.data, reading } }, one);
    };
    const [plain, dates, numbers] = [await trained(raw, one), await read("date"), await read("number")];
    const message = (first: string, other: string): string =>
      `The first member was trained on \`x2\` as ${first}, and this one was trained on it as ${other}. Give the ` +
      "`load` stages the same `dates`.";
    const [date, number] = ["a date (days since 1970-01-01)", "a number"];
    expect(await refused([dates, numbers])).toBe(message(date, number));
    expect(await refused([plain, dates])).toBe(message(number, date));
    expect(await refused([plain, numbers])).toBeNull();
  });

  test("that are the same model are told, and a figure of trainings is not drawn of them", async () => {
    const model = await trained(raw, one);
    const { warnings, outputs } = await runKind(
      ensemble,
      { models: ["m", "n"] },
      { list: [model, model], listed: "models" },
    );
    expect(warnings).toEqual([
      "2 members are 1 different model, so that some count more than once. Name each once; where they run over seeds, " +
        "let their stage draw with these.",
    ]);
    const item = { source: 0, element: null, value: outputs.model! };
    await expect(drawn({ figure: "learning_curves", from: "m" }, [item], {}, { seed: 0, folds: [] })).rejects.toThrow(
      "`learning_curves` draws how trainings went, but an ensemble is made of models that are trained already. " +
        "Let `from` name the stages that trained its members.",
    );
  });
});
