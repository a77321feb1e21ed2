/**
 * Images a second while training the two networks of the engine's yardstick on real MNIST, batch 64. One JSON line each.
 *
 *   cnn  2 × (conv 128 kernels 5 × 5, ReLU, max pool 2), dense 64, dense 10; Adam
 *   mlp  784-4096-1024-10 with batch normalisation, ReLU; RMSprop
 *
 *   npm run bench -- [--only cnn|mlp] [--threads N] [--seconds S]
 *
 * The number is the median over the engine calls (about 200 ms each) after the first ones, which compile and find their pace.
 */
import { parseArgs } from "node:util";
import { installEngine } from "../src/engine-install.js";
import { examplesOf } from "../src/learn/data.js";
import { fitModel } from "../src/learn/fit.js";
import { type Layer, placeLayers } from "../src/learn/layer.js";
import type { Optimizer } from "../src/learn/optimizer.js";
import { loadMnist } from "../src/stages/load-mnist.js";

const { values } = parseArgs({ options: { only: { type: "string" }, threads: { type: "string", default: "1" }, seconds: { type: "string", default: "15" } } });

const dense = (units: number, activation: "relu" | "linear" = "linear"): Layer => ({ type: "dense", units, activation, initializer: "pytorch" });
const conv: Layer = { type: "conv", kernels: 128, size: [5, 5], stride: [1, 1], padding: 0, activation: "relu", initializer: "pytorch" };
const pool: Layer = { type: "max_pool", size: [2, 2], stride: [2, 2] };
const normed = (units: number): readonly Layer[] => [dense(units), { type: "batch_norm" }, { type: "activation", activation: "relu" }];

const networks: Readonly<Record<string, { readonly layers: readonly Layer[]; readonly optimizer: Optimizer }>> = {
  cnn: {
    layers: [conv, pool, conv, pool, { type: "flatten" }, dense(64, "relu"), dense(10)],
    optimizer: { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  },
  mlp: { layers: [{ type: "flatten" }, ...normed(4096), ...normed(1024), dense(10)], optimizer: { type: "rmsprop", alpha: 0.99, epsilon: 1e-8 } },
};
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;

const threads = Number(values.threads);
const limitMs = Number(values.seconds) * 1000;
const compute = await installEngine("onnx", threads);
const train = examplesOf(loadMnist()["train"]!);

for (const [name, { layers, optimizer }] of Object.entries(networks)) {
  if (values.only && values.only !== name) continue;
  const placed = placeLayers(layers, train.shape);
  if (!placed.ok) throw new Error(placed.misfit.message);
  const rates: number[] = [];
  const begunAt = performance.now();
  try {
    await fitModel(
      compute,
      train,
      null,
      {
        layers: placed.layers,
        loss: "cross_entropy",
        optimizer,
        schedule: { type: "constant", from: 0.0001, warmUp: 0 },
        batchSize: 64,
        epochs: 100,
        earlyStopping: null,
        seed: 1,
        folds: [],
      },
      {
        resume: undefined,
        save: () => undefined,
        report: ({ examplesPerSecond }) => {
          if (examplesPerSecond > 0) rates.push(examplesPerSecond);
        },
        stopping: () => performance.now() - begunAt > limitMs,
        now: () => performance.now(),
      },
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "StoppedError") throw error;
  }
  const steady = rates.slice(3);
  console.log(
    JSON.stringify({
      name,
      engine: "onnx",
      threads,
      batch: 64,
      imagesPerSecond: Math.round(median(steady)),
      best: Math.round(Math.max(...steady)),
      calls: steady.length,
    }),
  );
}
