/**
 * An evaluation that takes its time says how far it is, and ends when it is asked to; and what one leaves of a loss of
 * its own, of two classes by one output, and of several targets.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { InterruptedError, type Progress } from "../../src/pipeline/run-context.js";
import { evaluate } from "../../src/stages/evaluate.js";
import { train } from "../../src/stages/train.js";
import { type Blob, blobOf, float32Of } from "../../src/values/blob.js";
import type { Dataset } from "../../src/values/dataset.js";
import type { ClassificationMetrics, EvaluationData, RegressionMetrics } from "../../src/values/evaluation.js";
import { modelOf } from "../../src/values/model.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { dataset, runKind } from "../rig/stage.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
});

const points = (count: number): ReturnType<typeof dataset> =>
  dataset(Array.from({ length: count }, (_, row) => [row / count, 1 - row / count]));
const settings = { data: "points", layers: [{ dense: { units: 1 } }], loss: "mse", optimizer: "adam", epochs: 1 };

test("what is done is told between two calls, and a stop is heard there", async () => {
  const { outputs } = await runKind(train, settings, { inputs: { data: points(100) } });
  // With the 401 places of the curve, 6 batches: the first call takes one, the next at most four.
  const inputs = { model: outputs.model!, data: points(1000) };
  const told: Progress[] = [];
  const judged = await runKind(
    evaluate,
    { model: "line", data: "points" },
    { inputs, progress: (each) => told.push(each) },
  );
  expect(judged.outputs.evaluation!.blobs.predictions!.shape).toEqual([1000, 1]);
  expect(told.length).toBeGreaterThanOrEqual(2);
  expect(told[0]).toEqual({ fraction: 252 / 1401, examplesPerSecond: expect.any(Number) });
  expect(told.map(({ fraction }) => fraction!)).toEqual(told.map(({ fraction }) => fraction!).sort((a, b) => a - b));

  const stopped: Progress[] = [];
  await expect(
    runKind(
      evaluate,
      { model: "line", data: "points" },
      { inputs, progress: (each) => stopped.push(each), stopping: () => stopped.length > 0 },
    ),
  ).rejects.toThrow(InterruptedError);
  expect(stopped).toHaveLength(1);
});

const set = (rows: readonly (readonly number[])[], more: Readonly<Record<string, unknown>>, labels: Blob): Dataset => {
  const { data, blobs } = dataset(rows.map((row) => [...row, 0]));
  return { type: "dataset", data: { ...data, ...more } as Dataset["data"], blobs: { ...blobs, labels } };
};
const grid = Array.from({ length: 40 }, (_, row) => [Math.sin(row), Math.cos(3 * row)]);
const fast = { data: "d", optimizer: { adam: { learning_rate: 0.1 } }, epochs: 60 };

test("one output of two classes leaves the probabilities of both, and the model keeps its weights", async () => {
  const labels = Int32Array.from(grid, ([x, y]) => Number(x! + y! > 0.8));
  const data = set(grid, { classes: ["no", "yes"] }, blobOf("int32", [40], labels));
  const options = { loss: "binary_cross_entropy", class_weight: "balanced", label_smoothing: 0.1 };
  const { outputs } = await runKind(
    train,
    { ...fast, ...options, layers: [{ dense: { units: 1 } }] },
    { inputs: { data } },
  );
  const ones = labels.reduce((sum, label) => sum + label, 0);
  expect(outputs.model!.data).toMatchObject({
    loss: "binary_cross_entropy",
    lossSettings: { labelSmoothing: 0.1, classWeight: [40 / (2 * (40 - ones)), 40 / (2 * ones)] },
  });
  const inputs = { model: outputs.model!, data };
  const { outputs: judged } = await runKind(evaluate, { model: "m", data: "d" }, { inputs });
  const { data: evaluation, blobs } = outputOf(judged.evaluation, "evaluation");
  const shares = float32Of(blobs.predictions!);
  expect(blobs.predictions!.shape).toEqual([40, 2]);
  const metrics = evaluation.metrics as ClassificationMetrics;
  const { epochs, bestEpoch, train: trained } = modelOf(outputOf(outputs.model, "model")).metrics;
  expect(evaluation.model).toEqual({
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    ...{ parameters: 3, epochs, bestEpoch, train: trained },
  });
  const rows = [...labels].map((label, row) => ({ label, no: shares[2 * row]!, yes: shares[2 * row + 1]! }));
  expect(rows.every(({ no, yes }) => Math.abs(no + yes - 1) < 1e-6)).toBe(true);
  expect(rows.filter(({ label, no, yes }) => Number(yes > no) === label)).toHaveLength(metrics.correct);
  expect(metrics.accuracy).toBeGreaterThan(0.9);
  const nats = rows.reduce((sum, { label, no, yes }) => sum - Math.log(label ? yes : no) / 40, 0);
  expect(metrics.logLoss).toBeCloseTo(nats, 5);
  // The criterion smooths and weighs; on its own training set it is what the training tells after its last step.
  expect(metrics.loss).not.toBeCloseTo(metrics.logLoss!, 3);
});

test("an evaluation tells its model and its examples from all others", async () => {
  const trainedOn = async (seed: number): Promise<Output> =>
    (await runKind(train, settings, { inputs: { data: points(20) }, seed })).outputs.model!;
  const [one, other] = [await trainedOn(1), await trainedOn(2)];
  const judge = async (model: Output, data: Dataset): Promise<EvaluationData> =>
    outputOf(
      (await runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data } })).outputs.evaluation,
      "evaluation",
    ).data;
  const all = points(10);
  const pick = (...rows: readonly number[]): Dataset => ({
    ...all,
    data: { ...all.data, count: rows.length },
    blobs: { ...all.blobs, rows: blobOf("int32", [rows.length], Int32Array.from(rows)) },
  });
  const first = await judge(one, all);
  expect((await judge(other, all)).examples).toBe(first.examples);
  expect((await judge(other, all)).model.digest).not.toBe(first.model.digest);
  expect((await judge(one, points(11))).model).toEqual(first.model);
  // A list of all rows in order says the same as none.
  expect((await judge(one, pick(...Array(10).keys()))).examples).toBe(first.examples);
  const digests: string[] = [];
  for (const data of [pick(0, 1, 2), pick(1, 0, 2), points(11)]) digests.push((await judge(one, data)).examples);
  expect(new Set([first.examples, ...digests]).size).toBe(4);
});

test("a loss of its own is a metric, and several targets have theirs", async () => {
  const wanted = Float32Array.from(grid.flatMap(([x, y]) => [2 * x! + y!, 5 * y!]));
  const data = set(grid, { targetNames: ["p", "q"] }, blobOf("float32", [40, 2], wanted));
  const layers = [{ dense: { units: 2 } }];
  const { outputs } = await runKind(train, { ...fast, layers, loss: { huber: { delta: 0.5 } } }, { inputs: { data } });
  expect(outputs.model!.data).toMatchObject({ loss: "huber", lossSettings: { options: { delta: 0.5 } } });
  const inputs = { model: outputs.model!, data };
  const { outputs: judged } = await runKind(evaluate, { model: "m", data: "d" }, { inputs });
  const { data: evaluation, blobs } = outputOf(judged.evaluation, "evaluation");
  const { huber, perTarget } = evaluation.metrics as RegressionMetrics;
  const errors = [...float32Of(blobs.predictions!)].map((value, at) => Math.abs(value - wanted[at]!));
  const mean = errors.reduce((sum, e) => sum + (e <= 0.5 ? e ** 2 / 2 : 0.5 * (e - 0.25)) / 80, 0);
  expect(huber).toBeCloseTo(mean, 10);
  expect(perTarget!.map(({ target }) => target)).toEqual(["p", "q"]);
});
