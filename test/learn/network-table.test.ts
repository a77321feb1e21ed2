/** A network in a table: every number by hand. */
import { expect, test } from "vitest";
import { type Layer, placeLayers } from "../../src/learn/layer.js";
import { networkTable } from "../../src/learn/network-table.js";
import type { Optimizer } from "../../src/learn/optimizer.js";
import type { NetworkTable } from "../../src/values/network.js";
import { dense } from "../rig/training.js";

const adam: Optimizer = { type: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const sgd: Optimizer = { type: "sgd", momentum: 0 };
const conv: Layer = {
  type: "conv",
  kernels: 4,
  size: [3, 3],
  stride: [1, 1],
  padding: 0,
  activation: "linear",
  initializer: "pytorch",
};

function tableOf(
  layers: readonly Layer[],
  shape: readonly number[],
  given: Parameters<typeof networkTable>[1],
): NetworkTable {
  const placed = placeLayers(layers, shape);
  if (!placed.ok) throw new Error(placed.misfit.message);
  return networkTable(placed.layers, given);
}

test("parameters, multiply-adds, and the bytes of a step at its batch", () => {
  const layers: readonly Layer[] = [
    conv,
    { type: "batch_norm" },
    { type: "max_pool", size: [2, 2], stride: [2, 2] },
    { type: "flatten" },
    { type: "dropout", rate: 0.5 },
    dense(10, "relu"),
  ];
  const { layers: rows, total } = tableOf(layers, [6, 6, 1], { batchSize: 8, optimizer: adam });
  const told = rows.map(({ name, output, parameters, multiplyAdds, bytes }) => [
    ...[name, output.join(" × "), parameters, multiplyAdds, bytes],
  ]);
  expect(told).toEqual([
    // 4 × 4 places of 3 × 3 × 4 weights; 8 examples, and 40 numbers with a gradient and two moments each.
    ["conv_1", "4 × 4 × 4", 40, 576, 4 * (8 * 64 + 40 * 4)],
    // 8 learned, and 8 running statistics.
    ["batch_norm_1", "4 × 4 × 4", 8, 0, 4 * (8 * 64 + 8 * 4 + 8)],
    ["max_pool_1", "2 × 2 × 4", 0, 0, 4 * 8 * 16],
    ["flatten_1", "16", 0, 0, 0],
    ["dropout_1", "16", 0, 0, 4 * 8 * 16 + 8 * 16],
    ["dense_1", "10", 170, 160, 4 * (8 * 10 + 170 * 4)],
  ]);
  expect(total).toEqual({
    parameters: 218,
    multiplyAdds: 736,
    // Of the first layer nobody needs the gradient of its input.
    stepMultiplyAdds: 2 * 576 + 3 * 160,
    bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
  });
});

test("an optimiser without slots keeps less, and averages keep more, running statistics included", () => {
  const layers: readonly Layer[] = [dense(4), { type: "batch_norm" }, dense(1)];
  const bytesOf = (given: Partial<Parameters<typeof networkTable>[1]>): readonly number[] =>
    tableOf(layers, [2], { batchSize: 1, optimizer: sgd, ...given }).layers.map(({ bytes }) => bytes);
  expect(bytesOf({})).toEqual([4 * (4 + 12 * 2), 4 * (4 + 8 * 2 + 8), 4 * (1 + 5 * 2)]);
  expect(bytesOf({ optimizer: adam })).toEqual([4 * (4 + 12 * 4), 4 * (4 + 8 * 4 + 8), 4 * (1 + 5 * 4)]);
  expect(bytesOf({ average: { type: "exponential", decay: 0.999 } })).toEqual([
    ...[4 * (4 + 12 * 3), 4 * (4 + 8 * 3 + 16), 4 * (1 + 5 * 3)],
  ]);
  expect(bytesOf({ average: { type: "last", epochs: 3 } })[0]).toBe(4 * (4 + 12 * 5));
});

test("what stands behind a layer that learns needs the gradient of its input, an activation in between or not", () => {
  const step = (...layers: readonly Layer[]): number =>
    tableOf(layers, [3], { batchSize: 1, optimizer: sgd }).total.stepMultiplyAdds;
  expect(step(dense(5))).toBe(2 * 15);
  expect(step({ type: "dropout", rate: 0.1 }, dense(5), { type: "activation", activation: "relu" }, dense(2))).toBe(
    2 * 15 + 3 * 10,
  );
  const block: Layer = { type: "residual", layers: [dense(3), dense(3)], activation: "relu" };
  expect(step(block, dense(2))).toBe(2 * 9 + 3 * 9 + 3 * 6);
  // A normalisation learns, too.
  expect(step({ type: "batch_norm" }, dense(5))).toBe(3 * 15);
});

test("both paths of a block in the first place read the data; what they give is added up", () => {
  const halved: Layer = { ...conv, type: "conv", stride: [2, 2], padding: 1 };
  const block: Layer = { type: "residual", layers: [halved], activation: "relu" };
  const { layers: rows, total } = tableOf([block], [6, 6, 1], { batchSize: 2, optimizer: sgd });
  expect(
    rows.map(({ name, depth, parameters, multiplyAdds, bytes }) => [name, depth, parameters, multiplyAdds, bytes]),
  ).toEqual([
    ["residual_1", 0, 0, 0, 4 * 2 * 36],
    ["residual_1.conv_1", 1, 40, 9 * 36, 4 * (2 * 36 + 40 * 2)],
    ["residual_1.projection", 1, 8, 9 * 4, 4 * (2 * 36 + 8 * 2)],
  ]);
  expect(total.stepMultiplyAdds).toBe(2 * 9 * 36 + 2 * 9 * 4);
});
