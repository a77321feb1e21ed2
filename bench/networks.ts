/** What the benchmark trains: the networks, and how each peer is told of them. */

import { type Layer, placeLayers } from "../src/learn/layer.js";
import type { Optimizer } from "../src/learn/optimizer.js";
import type { FitOptions } from "../src/learn/training.js";

export const workloads = ["cnn", "mlp", "small-cnn", "regression", "inference"] as const;
/** `third`: of `bench/augmented.ts` alone. */
export type Workload = (typeof workloads)[number] | "third";
/** What a rate counts. */
export const unitOf = (name: Workload): "images/s" | "steps/s" => (name === "regression" ? "steps/s" : "images/s");

export const describe: Readonly<Record<Workload, string>> = {
  cnn: "2 × (conv 128 of 5 × 5, ReLU, max pool 2), dense 64, dense 10; Adam; batch 64",
  mlp: "784-4096-1024-10 with batch normalisation and ReLU; RMSprop; batch 64",
  "small-cnn": "the network of `pipelines/mnist-cnn.yaml`; Adam; batch 64",
  regression: "1-64-64-64-1 with GELU; Adam; 90 points, batch 18",
  third: "2 × (conv 128 of 5 × 5, ReLU, max pool 2), dense 64, dense 10; RMSprop; batch 64",
  inference: "10,000 images through the trained network of `pipelines/mnist-cnn.yaml`",
};

const dense = (units: number, activation: "relu" | "linear" | "gelu" = "linear"): Layer => ({
  type: "dense",
  units,
  activation,
  initializer: "pytorch",
});
const conv = (kernels: number, size: number, padding: number | "same", activation: "relu" | "linear"): Layer => ({
  type: "conv",
  kernels,
  size: [size, size],
  stride: [1, 1],
  padding,
  activation,
  initializer: "pytorch",
});
const pool: Layer = { type: "max_pool", size: [2, 2], stride: [2, 2] };
const normed = (layer: Layer): readonly Layer[] => [
  layer,
  { type: "batch_norm" },
  { type: "activation", activation: "relu" },
];
const small = [16, 32, 64].flatMap((kernels) => [...normed(conv(kernels, 3, "same", "linear")), pool]);
const wide: readonly Layer[] = [
  ...[1, 2].flatMap(() => [conv(128, 5, 0, "relu"), pool]),
  { type: "flatten" },
  dense(64, "relu"),
  dense(10),
];
const rmsprop: Optimizer = { type: "rmsprop", alpha: 0.99, epsilon: 1e-8 };
const adam: Optimizer = { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

const networks: Readonly<
  Record<Workload, { readonly layers: readonly Layer[]; readonly optimizer: Optimizer; readonly rate: number }>
> = {
  cnn: {
    layers: wide,
    optimizer: adam,
    rate: 1e-4,
  },
  third: { layers: wide, optimizer: rmsprop, rate: 1e-3 },
  mlp: {
    layers: [{ type: "flatten" }, ...normed(dense(4096)), ...normed(dense(1024)), dense(10)],
    optimizer: rmsprop,
    rate: 1e-4,
  },
  "small-cnn": { layers: [...small, { type: "flatten" }, dense(10)], optimizer: adam, rate: 1e-3 },
  regression: {
    layers: [dense(64, "gelu"), dense(64, "gelu"), dense(64, "gelu"), dense(1)],
    optimizer: adam,
    rate: 1e-3,
  },
  inference: { layers: [...small, { type: "flatten" }, dense(10)], optimizer: adam, rate: 1e-3 },
};

export const hasConvolutions = (name: Workload): boolean => networks[name].layers.some(({ type }) => type === "conv");

export function optionsOf(name: Workload, shape: readonly number[]): FitOptions {
  const { layers, optimizer, rate } = networks[name];
  const placed = placeLayers(layers, shape);
  if (!placed.ok) throw new Error(placed.misfit.message);
  const regression = name === "regression";
  return {
    layers: placed.layers,
    loss: { type: regression ? "mse" : "cross_entropy" },
    optimizer,
    schedule: { type: "constant", from: rate, warmUp: 0 },
    batchSize: regression ? 18 : 64,
    epochs: 1_000_000,
    earlyStopping: null,
    seed: 1,
    folds: [],
  };
}
