/**
 * hw1's side of the study benchmark, one thread, in a process of its own.
 *
 * It prints `ready`. Each line that it reads is a configuration with its points; it trains all folds of it, sessions
 * compiled anew, and answers with one line of JSON: {"loss": the mean of the folds' last validation losses}.
 */
import { createInterface } from "node:readline";
import { installEngine } from "../src/engine-install.js";
import type { Examples } from "../src/learn/data.js";
import { fitMany } from "../src/learn/fit-many.js";
import { type Layer, placeLayers } from "../src/learn/layer.js";
import type { FitMember } from "../src/learn/training.js";
import type { StudyTask } from "./study.js";

const compute = await installEngine("onnx", 1);
console.log("ready");
for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify({ loss: await train(JSON.parse(line) as StudyTask) }));

async function train({
  depth,
  units,
  activation,
  learningRate,
  folds,
  batch,
  epochs,
  x,
  y,
}: StudyTask): Promise<number> {
  const dense = (width: number, bend: StudyTask["activation"] | "linear"): Layer => ({
    type: "dense",
    units: width,
    activation: bend,
    initializer: "pytorch",
  });
  const placed = placeLayers(
    [...Array.from({ length: depth }, () => dense(units, activation)), dense(1, "linear")],
    [1],
  );
  if (!placed.ok) throw new Error(placed.misfit.message);
  const [features, labels] = [Float32Array.from(x), Float32Array.from(y)];
  const part = (wanted: (row: number) => boolean): Examples => {
    const rows = Int32Array.from(x.map((_, row) => row).filter(wanted));
    return { count: rows.length, shape: [1], classes: null, scale: 1, features, labels, targets: 1, rows };
  };
  const members = Array.from(
    { length: folds },
    (_, fold): FitMember => ({
      train: part((row) => row % folds !== fold),
      validation: part((row) => row % folds === fold),
      seed: 1,
      folds: [`${fold + 1}`],
      hooks: {
        resume: undefined,
        save: () => undefined,
        report: () => undefined,
        stopping: () => false,
        now: () => performance.now(),
      },
    }),
  );
  const results = await fitMany(compute, members, {
    layers: placed.layers,
    loss: { type: "mse" },
    optimizer: { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    schedule: { type: "constant", from: learningRate, warmUp: 0 },
    batchSize: batch,
    epochs,
    earlyStopping: null,
  });
  const losses = results.map((result) => {
    if (result instanceof Error) throw result;
    return result.state.history[epochs - 1]!.validation!.loss;
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / folds;
}
