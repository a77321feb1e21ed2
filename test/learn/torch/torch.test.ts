/**
 * Twenty steps of small trainings, loss by loss, against PyTorch 2.13 in float64 (`cases.py` writes `losses.json`): as
 * hw1 runs them, small networks of dense layers stacked, and step by step with TF.js's cpu.
 */
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { eagerCompute } from "../../../src/compute/eager.js";
import type { ArrayValue, Compute } from "../../../src/compute/program.js";
import { onnxCompute } from "../../../src/engine/compute.js";
import { installOnnx } from "../../../src/engine/install.js";
import { initialAverages } from "../../../src/learn/average.js";
import type { Examples } from "../../../src/learn/data.js";
import { fitModel } from "../../../src/learn/fit.js";
import { initialArrays } from "../../../src/learn/initial.js";
import type { FitOptions, FitState } from "../../../src/learn/training.js";
import { schema } from "../../../src/stages/train-options.js";
import { placed, trainingOf } from "../../../src/stages/train-run.js";
import { sizeOfShape } from "../../../src/util/shape.js";
import { field } from "../../augment/images.js";

interface Case {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly data: {
    readonly shape: readonly number[];
    readonly classes: number | null;
    readonly targets: number;
    readonly count: number;
  };
  /** The loss that each step starts from, that of the validation set after it, and its learning rate. */
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly rates: readonly number[];
}
const cases = JSON.parse(readFileSync(new URL("losses.json", import.meta.url), "utf8")) as readonly Case[];
const steps = 20;

/** In (−1, 1), rounded to float32. */
const uniform = (seed: number, count: number): Float32Array =>
  Float32Array.from(field(seed, count), (value) => value * 2 - 1);
function seedOf(name: string): number {
  let seed = 7;
  for (const letter of name) seed = (seed * 31 + letter.charCodeAt(0)) % 2147483646;
  return seed + 1;
}

function examplesOf(set: "train" | "validation", { shape, classes, targets, count }: Case["data"]): Examples {
  const numbers = uniform(seedOf(`${set}.labels`), classes ? count : count * targets);
  return {
    count,
    shape,
    classes: classes ? Array.from({ length: classes }, (_, index) => String(index)) : null,
    scale: 1,
    features: uniform(seedOf(`${set}.features`), count * sizeOfShape(shape)),
    labels: classes
      ? Int32Array.from(numbers, (value) => Math.min(classes - 1, Math.floor(((value + 1) / 2) * classes)))
      : numbers,
    targets: classes ? 1 : targets,
    rows: Int32Array.from({ length: count }, (_, index) => index),
  };
}

/** First values by the name of a parameter; running statistics begin as they always do. */
function firstValues(name: string, begun: Float32Array): Float32Array {
  if (name.includes("running_")) return begun;
  const values = uniform(seedOf(name), begun.length);
  return name.includes("norm") && name.endsWith(".weight")
    ? values.map((value) => 1 + value * 0.25)
    : values.map((value) => value * 0.5);
}

function startOf(options: FitOptions): FitState {
  const names = options.layers.flatMap(({ parameters }) => parameters.map(({ name }) => name));
  const begun = initialArrays(options.layers, options.optimizer, 1, []);
  const parameters = names.map((name, index): ArrayValue => {
    const array = begun[index]!;
    return { ...array, data: firstValues(name, array.data as Float32Array) };
  });
  const averages = initialAverages(options.average, parameters);
  const arrays = [...parameters, ...begun.slice(names.length), ...averages];
  return { epoch: 0, arrays, history: [], best: null };
}

let engines: Readonly<Record<"onnx" | "cpu", Compute>>;
beforeAll(async () => {
  // Without TF.js's advice about its cpu backend.
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  engines = { onnx: onnxCompute(), cpu: eagerCompute("cpu") };
});

describe.each(["onnx", "cpu"] as const)("on %s", (engine) => {
  test.each(cases)("$name: as in PyTorch", async ({ options, data, train, validation, rates }) => {
    await tf.setBackend(engine);
    const parsed = schema.parse({ data: "", ...options, batch_size: data.count, epochs: steps });
    const [examples, judged] = [examplesOf("train", data), examplesOf("validation", data)];
    const training: FitOptions = {
      ...trainingOf(parsed, placed(parsed, examples), data.count),
      seed: 1,
      folds: [],
    };
    const { state } = await fitModel(engines[engine], examples, judged, training, {
      resume: startOf(training),
      save: () => {},
      report: () => {},
      stopping: () => false,
      now: () => 0,
    });
    for (const [index, score] of state.history.entries()) {
      near(score.train.loss, train[index]!, `loss of step ${index + 1}`);
      near(score.validation!.loss, validation[index]!, `validation loss after step ${index + 1}`);
      near(score.learningRate, rates[index]!, `rate of step ${index + 1}`);
    }
    expect(state.history).toHaveLength(steps);
  });
});

/** Within 1e-6, of the value where that is more than 1. */
function near(value: number, wanted: number, what: string): void {
  const error = Math.abs(value - wanted) / Math.max(1, Math.abs(wanted));
  expect(error, `${what}: ${value} for ${wanted}`).toBeLessThan(1e-6);
}
