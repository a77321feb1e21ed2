/** A model's outputs come in calls between which progress is told and a stop is heard; the calls change no bit of them. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { eagerCompute } from "../../src/compute/eager.js";
import type { ArrayValue, Compute } from "../../src/compute/program.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import type { Examples } from "../../src/learn/data.js";
import { initialValues } from "../../src/learn/initial.js";
import { type Layer, placeLayers } from "../../src/learn/layer.js";
import { type PredictionHooks, predictor } from "../../src/learn/predict.js";
import { stream } from "../../src/learn/random.js";
import { StoppedError } from "../../src/learn/training.js";
import { dense, leaping } from "../rig/training.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
});

const layers: readonly Layer[] = [
  { type: "conv", kernels: 3, size: [3, 3], stride: [1, 1], padding: 0, activation: "relu", initializer: "pytorch" },
  { type: "batch_norm" },
  { type: "max_pool", size: [2, 2], stride: [2, 2] },
  { type: "flatten" },
  dense(4),
];
/** 1,110 of 1,200 stored images of 6 × 6, in an order of their own: five batches of 252, the last one short. */
function images(): Examples {
  const random = stream(7, [], "images");
  return {
    count: 1110,
    shape: [6, 6, 1],
    classes: ["a", "b", "c", "d"],
    scale: 1 / 255,
    features: Uint8Array.from({ length: 1200 * 36 }, () => random.int(256)),
    labels: Int32Array.from({ length: 1200 }, () => random.int(4)),
    targets: 1,
    rows: random.permutation(1200).slice(0, 1110),
  };
}

interface Predicted {
  readonly outputs: Float32Array;
  /** Batches of each call of the engine. */
  readonly calls: readonly number[];
  readonly told: readonly Parameters<PredictionHooks["report"]>[0][];
}
async function predicted(
  now: () => number,
  more: Partial<PredictionHooks> = {},
  compute = onnxCompute(),
): Promise<Predicted> {
  const examples = images();
  const placed = placeLayers(layers, examples.shape);
  if (!placed.ok) throw new Error(placed.misfit.message);
  const parameters = placed.layers.flatMap((layer) => layer.parameters);
  const values = parameters.map(
    (parameter): ArrayValue => ({
      dtype: "float32",
      shape: parameter.shape,
      data: initialValues(parameter, 1, []),
    }),
  );
  const calls: number[] = [];
  const counting: Compute = {
    ...compute,
    program(...given) {
      const program = compute.program(...given);
      const run: typeof program.run = (slices, body) => {
        calls.push(slices[0]!.shape[0]!);
        return program.run(slices, body);
      };
      return {
        ...program,
        stepwise: program.stepwise,
        run,
        writeState: (state) => program.writeState(state),
        dispose: () => program.dispose(),
      };
    },
  };
  const told: Predicted["told"][number][] = [];
  const names = parameters.map(({ name }) => name);
  const hooks = {
    report: (each: Predicted["told"][number]) => void told.push(each),
    stopping: () => false,
    now,
    ...more,
  };
  const worker = predictor(counting, placed.layers, names, examples, values, hooks);
  try {
    return { outputs: await worker.predict(values), calls, told };
  } finally {
    worker.dispose();
  }
}

test("outputs are the same bits whatever goes to a call, and each example has its own", async () => {
  const growing = await predicted(() => 0);
  const single = await predicted(leaping());
  expect(growing.calls).toEqual([1, 4]);
  expect(single.calls).toEqual([1, 1, 1, 1, 1]);
  expect(growing.outputs).toHaveLength(1110 * 4);
  expect(single.outputs).toEqual(growing.outputs);
  expect(new Set(growing.outputs).size).toBeGreaterThan(4000);

  await tf.setBackend("cpu");
  const eager = await predicted(() => 0, {}, eagerCompute("cpu"));
  await tf.setBackend("onnx");
  for (const [place, value] of eager.outputs.entries())
    expect(Math.abs(value - growing.outputs[place]!)).toBeLessThan(1e-5);
});

test("how far it is is told between two calls, with examples a second", async () => {
  const { told } = await predicted(leaping());
  expect(told).toEqual([1, 2, 3, 4].map((done) => ({ fraction: (done * 252) / 1110, examplesPerSecond: 25.2 })));
  expect((await predicted(() => 0)).told.map(({ fraction }) => fraction)).toEqual([252 / 1110]);
});

test("a stop is heard between two calls", async () => {
  let asked = 0;
  const calls: number[] = [];
  const stopping = (): boolean => ++asked === 2;
  await expect(predicted(leaping(), { report: () => void calls.push(1), stopping })).rejects.toThrow(StoppedError);
  expect(calls).toHaveLength(2);
});

test.each([
  { name: "one output", shape: [13], list: [dense(1)] },
  { name: "one output behind a wide layer", shape: [30], list: [dense(64), dense(1)] },
  { name: "many inputs", shape: [784], list: [dense(100), dense(3)] },
  { name: "a wide layer", shape: [30], list: [dense(300), dense(10)] },
  { name: "a convolution", shape: [6, 6, 1], list: layers },
])("$name: an example has the same bits at each place of a batch, and with however few others", async (network) => {
  const { shape, list } = network;
  const placed = placeLayers(list, shape);
  if (!placed.ok) throw new Error(placed.misfit.message);
  const parameters = placed.layers.flatMap((layer) => layer.parameters);
  const values = parameters.map(
    (each): ArrayValue => ({ dtype: "float32", shape: each.shape, data: initialValues(each, 1, []) }),
  );
  const random = stream(7, [], "examples");
  const [count, size] = [260, shape.reduce((product, length) => product * length, 1)];
  const features = Float32Array.from({ length: count * size }, () => random.normal());
  const asked = async (rows: Int32Array): Promise<ReadonlyMap<number, string>> => {
    const examples: Examples = {
      ...{ count: rows.length, shape, classes: null, scale: 1, features, labels: new Float32Array(count), targets: 1 },
      rows,
    };
    const hooks = { report: () => undefined, stopping: () => false, now: () => 0 };
    const names = parameters.map(({ name }) => name);
    const worker = predictor(onnxCompute(), placed.layers, names, examples, values, hooks);
    const outputs = await worker.predict(values);
    worker.dispose();
    const width = outputs.length / rows.length;
    return new Map([...rows].map((row, at) => [row, outputs.slice(at * width, (at + 1) * width).join()]));
  };
  const all = await asked(Int32Array.from({ length: count }, (_, at) => at));
  for (const moved of [1, 97, 150]) {
    const others = await asked(Int32Array.from({ length: count }, (_, at) => (at + moved) % count));
    expect([...others].filter(([row, said]) => said !== all.get(row))).toEqual([]);
  }
  for (const few of [1, 3, 7, 30, 100, 249, 250])
    for (const [row, said] of await asked(Int32Array.from({ length: few }, (_, at) => count - 1 - at)))
      expect([few, row, said]).toEqual([few, row, all.get(row)]);
});
