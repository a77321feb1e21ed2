/** An evaluation that takes its time says how far it is, and ends when it is asked to. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { InterruptedError, type Progress } from "../../src/pipeline/run-context.js";
import { evaluate } from "../../src/stages/evaluate.js";
import { train } from "../../src/stages/train.js";
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
  expect(told[0]).toEqual({ fraction: 250 / 1401, examplesPerSecond: expect.any(Number) });
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
