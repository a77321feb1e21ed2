/**
 * What follows from a metric that is undefined, or from outputs that are no numbers: nothing is scored, compared or
 * expected by them.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { MistakeError } from "../../src/diagnostic/diagnostic.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { classAverages } from "../../src/learn/metrics.js";
import { summarise } from "../../src/learn/profile.js";
import { evaluate } from "../../src/stages/evaluate.js";
import { brokenExpectations } from "../../src/stages/expectations.js";
import { reportLines } from "../../src/stages/figures/classification-report.js";
import { roughness } from "../../src/stages/figures/fit-gallery.js";
import { effectsOf } from "../../src/stages/figures/search-effects.js";
import { search } from "../../src/stages/search.js";
import { train } from "../../src/stages/train.js";
import type { JsonObject } from "../../src/util/json.js";
import { blobOf } from "../../src/values/blob.js";
import type { ClassificationMetrics } from "../../src/values/evaluation.js";
import type { Output } from "../../src/values/output.js";
import type { SearchData } from "../../src/values/search.js";
import { searchData } from "../figure/regression-data.js";
import { looseOutput } from "../rig/output.js";
import { dataset, runKind } from "../rig/stage.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
});

const points = (count: number, label: (row: number) => number, classes: readonly string[] | null = null): Output =>
  dataset(
    Array.from({ length: count }, (_, row) => [row / count, label(row)]),
    { classes },
  );
async function model(data: Output, classes: number): Promise<Output> {
  const options = {
    data: "points",
    layers: [{ dense: { units: Math.max(1, classes) } }],
    loss: classes > 0 ? "cross_entropy" : "mse",
    optimizer: "adam",
    epochs: 1,
  };
  return (await runKind(train, options, { inputs: { data } })).outputs.model!;
}
const score = async (net: Output, data: Output): Promise<Output> =>
  (await runKind(evaluate, { model: "net", data: "points" }, { inputs: { model: net, data } })).outputs.evaluation!;

test("a model whose outputs are no numbers is not scored, and named", async () => {
  for (const classes of [2, 0])
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 3e38]) {
      const data = classes > 0 ? points(20, (row) => row % 2, ["a", "b"]) : points(20, (row) => row);
      const good = await model(data, classes);
      // Infinite features would be another fault; these overflow where they are multiplied.
      const far = dataset(
        Array.from({ length: 20 }, (_, row) => [row < 5 ? 1e10 : 0, 0]),
        { classes: classes > 0 ? ["a", "b"] : null },
      );
      const weights = good.blobs["dense_1.weight"]!;
      const bad = {
        ...good,
        blobs: {
          ...good.blobs,
          "dense_1.weight": blobOf("float32", weights.shape, new Float32Array(Math.max(1, classes)).fill(value)),
        },
      };
      const error: unknown = await score(bad, far).then(
        () => undefined,
        (caught: unknown) => caught,
      );
      if (!(error instanceof MistakeError)) throw error ?? new Error("it was scored");
      expect([error.title, error.at]).toEqual(["the model's outputs are not finite", ["model"]]);
      // Zero times a number that is none is none either.
      expect(error.message).toContain(
        `For ${value === 3e38 ? 5 : 20} of 20 examples the model's outputs are NaN or infinite, so nothing is scored from them.`,
      );
      await expect(score(good, data)).resolves.toBeDefined();
    }
});

test("r2 of a constant target is null in an evaluation, and an expectation of it is broken because it is undefined", async () => {
  const data = points(20, () => 0.1);
  const { metrics } = (await score(await model(data, 0), data)).data as { metrics: JsonObject };
  expect(metrics.r2).toBeNull();
  expect(JSON.stringify(metrics)).not.toContain("NaN");
  expect(brokenExpectations({ r2: ">= 0.5" }, metrics)).toEqual(["r2 is undefined, expected >= 0.5"]);
  const averages = { macro: { precision: null, f1: 0.25 }, balancedAccuracy: 0.5 };
  const expected = { "macro.precision": "> 0", "macro.f1": "> 0.5", balancedAccuracy: "== 0.5" };
  expect(brokenExpectations(expected, averages)).toEqual([
    "macro.precision is undefined, expected > 0",
    "macro.f1 is 0.25, expected > 0.5",
  ]);
  expect(brokenExpectations({ r2: "< 2" }, metrics)).toEqual(["r2 is undefined, expected < 2"]);
});

test("a trial whose objective is undefined in a fold fails with that reason and is never ranked", async () => {
  const evaluation = (r2: number | null): Output => looseOutput("evaluation", { metrics: { mse: 1, r2 } });
  const trial = (key: string, source: number): object => ({
    ...{ key, source, values: { a: key }, options: {}, cells: ["1", "2"] },
  });
  const cells = [evaluation(0.9), evaluation(null), evaluation(0.5), evaluation(0.6)];
  const warnings: string[] = [];
  const options = {
    strategy: "grid",
    objective: { metric: "score.r2", direction: "maximize", path: ["r2"] },
    space: { a: ["x", "y"] },
    parameters: ["a"],
    counts: { total: 2, rejected: [] },
    judging: { axes: [{ of: "folds", count: 2, redrawn: true }], ratio: 1 },
    max_failures: null,
    trials: [trial("x", 0), trial("y", 1)],
  };
  const lists = {
    cells: cells.map((value, index) => ({ source: Math.floor(index / 2), element: String(1 + (index % 2)), value })),
  };
  const { results } = await search.run({
    options,
    lists,
    warn: (message: string) => warnings.push(message),
  } as unknown as Parameters<typeof search.run>[0]);
  const { trials } = results!.data as unknown as SearchData;
  expect(trials.map(({ key, status, rank }) => [key, status, rank])).toEqual([
    ["x", "failed", null],
    ["y", "ok", 1],
  ]);
  expect(trials[0]!.cells.map(({ error }) => error)).toEqual([null, "r2 is undefined"]);
  expect(trials[0]!.metrics).toMatchObject({
    r2: { mean: 0.9, sd: null, se: null, count: 1 },
    mse: { mean: 1, count: 2 },
  });
  expect(trials[1]!.score).toMatchObject({ mean: 0.55, count: 2 });
  expect(warnings[0]).toContain("1 of 2 trials failed and is left out of the ranking (x: r2 is undefined)");
});

test("averages of a classification report are undefined where one of theirs is, and leave out classes without examples", () => {
  // Labels 0, 0, 0, 1, predicted as 0, 0, 2, 0; averages counted by hand.
  const perClass = [
    { class: "a", precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3 },
    { class: "b", precision: null, recall: 0, f1: 0, support: 1 },
    { class: "c", precision: 0, recall: null, f1: 0, support: 0 },
    { class: "d", precision: null, recall: null, f1: null, support: 0 },
  ];
  const scores = { accuracy: 0.5, correct: 2, count: 4, perClass, ...classAverages(perClass) };
  const metrics: ClassificationMetrics = { ...scores, loss: 1, logLoss: 1, balancedAccuracy: 1 / 3, confusion: [] };
  expect(reportLines(metrics, ["a", "b", "c", "d"], 4).map(({ name, cells }) => [name, ...cells].join(" "))).toEqual([
    "a 0.6667 0.6667 0.6667 3",
    "b – 0.0000 0.0000 1",
    "c 0.0000 – 0.0000 0",
    "d – – – 0",
    "accuracy   0.5000 4",
    "macro avg – 0.3333 0.3333 4",
    "weighted avg – 0.5000 0.5000 4",
  ]);
});

test("what is the same everywhere has no spread, explains nothing and has no roughness", () => {
  for (const value of [0.1, 1 / 3, 5e6 + 0.1]) {
    expect(summarise(new Float64Array(30).fill(value))).toMatchObject({
      min: value,
      max: value,
      mean: value,
      sd: 0,
      distinct: 1,
    });
    const effects = effectsOf(searchData({ a: [1, 2, 3], b: [1, 2] }, new Array<number>(6).fill(value)));
    expect(effects.map(({ share }) => share)).toEqual([0, 0]);
  }
  const curve = (x: (at: number) => number): [number, number][] =>
    Array.from({ length: 9 }, (_, at) => [x(at), at % 2]);
  expect(roughness(curve(() => 0.1))).toBeNaN();
  expect(roughness(curve((at) => at))).toBe(14);
});
