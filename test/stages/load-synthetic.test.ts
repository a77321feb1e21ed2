import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { emptyIntervals } from "../../src/learn/profile.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { drawsRandomNumbers, type Kind } from "../../src/pipeline/kind.js";
import { readText } from "../../src/pipeline/read.js";
import { fingerprint } from "../../src/plan/fingerprint.js";
import { evaluate } from "../../src/stages/evaluate.js";
import { kinds } from "../../src/stages/kinds.js";
import { load } from "../../src/stages/load.js";
import { gappedCurve } from "../../src/stages/load-synthetic.js";
import { train } from "../../src/stages/train.js";
import { digestBytes } from "../../src/util/digest.js";
import type { JsonObject } from "../../src/util/json.js";
import { int32Of } from "../../src/values/blob.js";
import type { Output } from "../../src/values/output.js";
import { jsonOf } from "../rig/output.js";
import { checkKind, rowsIn, runKind } from "../rig/stage.js";

const curve = async (options: Readonly<Record<string, unknown>> = {}, seed = 0) => {
  const { outputs } = await runKind(load, { source: "synthetic", generator: "gapped_curve", ...options }, { seed });
  return {
    train: rowsIn(outputs.train!) as [number, number][],
    test: rowsIn(outputs.test!) as [number, number][],
  };
};
const noiseOf = (rows: readonly (readonly [number, number])[]): number =>
  Math.sqrt(rows.reduce((sum, [x, y]) => sum + (y - gappedCurve(x)) ** 2, 0) / rows.length);

describe("the gapped curve", () => {
  test("has 100 training and 100 test rows in the ranges of the course's data", async () => {
    for (const seed of [0, 1, 2]) {
      const { train, test: tested } = await curve({}, seed);
      expect([train.length, tested.length]).toEqual([100, 100]);
      for (const [x, y] of [...train, ...tested]) {
        expect(Math.abs(x)).toBeLessThanOrEqual(5);
        expect(y).toBeGreaterThan(-6);
        expect(y).toBeLessThan(9);
      }
    }
    expect([gappedCurve(-5), gappedCurve(5)].map((y) => Math.round(10 * y) / 10)).toEqual([-4.1, 7.1]);
  });
  test("has no training input in the gaps, where about a third of the test inputs lie", async () => {
    const { train, test: tested } = await curve({ count: 600 });
    const inside = ([x]: readonly [number, number]): boolean => (x > -3 && x < -1) || (x > 2 && x < 3);
    expect(train.filter(inside)).toEqual([]);
    expect(tested.filter(inside).length / 600).toBeGreaterThan(0.25);
    expect(tested.filter(inside).length / 600).toBeLessThan(0.35);
  });
  test("has gaps that the gap finder finds, both of them and no other, for nearly all seeds", async () => {
    let right = 0;
    for (let seed = 0; seed < 100; seed++) {
      const found = emptyIntervals((await curve({}, seed)).train.map(([x]) => x));
      if (found.length === 2 && found[0]![0] <= -3 && found[0]![1] >= -1 && found[1]![0] <= 2 && found[1]![1] >= 3)
        right++;
    }
    expect(right).toBeGreaterThanOrEqual(98);
  });
  test("has its rows in groups from left to right, unordered inside a group", async () => {
    const { train } = await curve();
    const group = train.map(([x]) => [-2, 2.5].filter((edge) => x >= edge).length);
    expect(group).toEqual([...group].sort());
    expect(train.map(([x]) => x)).not.toEqual([...train.map(([x]) => x)].sort((a, b) => a - b));
  });
  test("has noisy training labels and nearly exact test labels", async () => {
    const { train, test: tested } = await curve({ count: 2000 });
    expect(noiseOf(train)).toBeCloseTo(0.5, 1);
    expect(noiseOf(tested)).toBeCloseTo(0.1, 1);
    expect(noiseOf((await curve({ noise: 0, test_noise: 0 })).train)).toBeLessThan(1e-5);
  });
  test("is the same for the same seed, and another for another", async () => {
    expect(await curve({}, 4)).toEqual(await curve({}, 4));
    expect(await curve({}, 4)).not.toEqual(await curve({}, 5));
  });
  test("takes other gaps, in any order, at the ends too, or none", async () => {
    const xs = (
      await curve({
        gaps: [
          [4, 5],
          [-2, 2],
        ],
      })
    ).train.map(([x]) => x);
    expect(xs.filter((x) => x > 4 || (x > -2 && x < 2))).toEqual([]);
    expect((await curve({ gaps: [] })).train).toHaveLength(100);
  });
});

describe("gaps that cannot be", () => {
  test.each([
    [[[1, -1]], "A gap is a list of two numbers from -5 to 5, the smaller first; [1, -1] is none."],
    [[[0, 7]], "A gap is a list of two numbers from -5 to 5, the smaller first; [0, 7] is none."],
    [
      [
        [0, 2],
        [1, 3],
      ],
      "The gap [1, 3] begins before the one to its left ends, at 2.",
    ],
    [[[-5, 5]], "The gaps leave no room for training examples."],
  ])("%j", (gaps, message) => {
    const { told, ports } = checkKind(load, { source: "synthetic", generator: "gapped_curve", gaps });
    expect(told.map((each) => [each.severity, each.message, each.at])).toEqual([["error", message, "gaps"]]);
    expect(Object.keys(ports)).toEqual(["train", "test"]);
  });
});

describe("digits", () => {
  const drawn = async (count: number, seed = 0) =>
    (await runKind(load, { source: "synthetic", generator: "digits", count }, { seed })).outputs as {
      readonly train: Output<"dataset">;
      readonly test: Output<"dataset">;
    };
  const labelsOf = ({ blobs }: Output<"dataset">): readonly number[] => [...int32Of(blobs.labels!)];
  const countsOf = (labels: readonly number[]): readonly number[] =>
    Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length);

  test("are 28 × 28 bytes of ten classes, as check time says", async () => {
    const { train: output } = await drawn(25);
    expect(output.data).toMatchObject({ count: 25, shape: [28, 28, 1], scale: 1 / 255, split: "train" });
    expect(output.data.classes).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    expect(output.blobs.features).toMatchObject({ dtype: "uint8", shape: [25, 28, 28, 1] });
    const { ports, told } = checkKind(load, { source: "synthetic", generator: "digits", count: 25 });
    expect([ports.test!.shape, ports.test!.count, ports.test!.isCentred!(), told]).toEqual([[28, 28, 1], 25, true, []]);
    expect(ports.train!.classCounts!()).toEqual(countsOf(labelsOf(output)));
  });
  test("have balanced classes in random order, and every count of them", async () => {
    const { train: output, test: tested } = await drawn(403);
    const counts = countsOf(labelsOf(output));
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([40, 41]);
    expect(labelsOf(output)).not.toEqual(labelsOf(tested));
    const steps = labelsOf(output).filter((label, row, all) => row > 0 && label === (all[row - 1]! + 1) % 10).length;
    expect(steps).toBeLessThan(80);
  });
  test("have their centre of mass in the middle", async () => {
    const { train: output } = await drawn(200);
    const bytes = output.blobs.features!.bytes();
    for (let row = 0; row < 200; row++) {
      let [mass, x, y] = [0, 0, 0];
      for (let at = 0; at < 784; at++) {
        // Noise is told from strokes by its strength.
        const ink = Math.max(0, bytes[row * 784 + at]! - 100);
        [mass, x, y] = [mass + ink, x + ink * (at % 28), y + ink * Math.floor(at / 28)];
      }
      expect(Math.hypot(x / mass - 13.5, y / mass - 13.5), String(row)).toBeLessThan(1.3);
    }
  });
  test("are the same for the same seed and others for another, and stay what they are", async () => {
    const digest = async (seed: number) => digestBytes((await drawn(20, seed)).train.blobs.features!.bytes());
    expect(await digest(4)).toBe(await digest(4));
    expect(await digest(4)).not.toBe(await digest(5));
    expect(await digest(4)).toBe("sha256:bc3e7fb7eb401613948744bf467a4387cd5915de2050d0697b0c4f8506ce90da");
  });
  test("are learned by a small network of convolutions, and less well by a linear model", async () => {
    tf.enableProdMode();
    await installOnnx({ threads: 1 });
    provideCompute(onnxCompute());
    const data = await drawn(1500);
    const accuracy = async (layers: readonly unknown[], rate: number): Promise<number> => {
      const options = { data: "d", layers: [...layers, "flatten", { dense: { units: 10 } }], loss: "cross_entropy" };
      const optimizer = { adam: { learning_rate: rate } };
      const trained = await runKind(
        train,
        { ...options, optimizer, batch_size: 32, epochs: 10 },
        { inputs: { data: data.train } },
      );
      const inputs = { model: trained.outputs.model!, data: data.test };
      const scored = await runKind(evaluate, { model: "m", data: "d" }, { inputs });
      return Number((jsonOf(scored.outputs.evaluation!) as { metrics: { accuracy: number } }).metrics.accuracy);
    };
    const conv = (kernels: number) => ({ conv: { kernels, size: 3, activation: "relu" } });
    const small = await accuracy([conv(8), { max_pool: 2 }, conv(16), { max_pool: 2 }], 0.002);
    const linear = await accuracy([], 0.001);
    expect(small).toBeGreaterThan(0.95);
    expect(small - linear).toBeGreaterThan(0.03);
  });
  test("take no options of the curve, which takes none of theirs", () => {
    const told = (options: string): string => {
      const document = readText("p.yaml", `stages:\n  d: {kind: load, source: synthetic, ${options}}\n`);
      const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
      return diagnostics.map(({ title, message }) => `${title}: ${message}`).join("\n");
    };
    expect(told("generator: digits, noise: 0.5")).toBe(
      "unknown option: `load` with `source: synthetic, generator: digits` has no option `noise`.\n\n" +
        "Options of `load` with `source: synthetic, generator: digits`: source, generator, count, each, allow, seed",
    );
    expect(told("generator: digit")).toBe(
      "unknown generator: `generator` has no value `digit`. Did you mean `digits`?\n\n" +
        "Values of `generator`: gapped_curve, digits",
    );
    expect(told("count: 3")).toBe(
      "missing option: `load` needs the option `generator`.\n\nValues of `generator`: gapped_curve, digits",
    );
    expect(told("generator: digits, count: 200001")).toBe(
      "wrong value: `count` is at most 200,000 (the limit `synthetic_images`), but `200001` stands here.",
    );
    expect(told("generator: gapped_curve, seed: 3")).toBe("");
  });
});

test("the seed is part of the fingerprint of a synthetic source, and of no other", () => {
  const digest = (options: Readonly<Record<string, unknown>>, seed: number): string =>
    fingerprint(load as Kind<unknown>, load.schema.parse(options) as JsonObject, {
      engine: "e",
      seed,
      folds: [],
      folder: ".",
      inputs: {},
    }).digest;
  const synthetic = { source: "synthetic", generator: "gapped_curve" };
  // As it was before there was another generator.
  expect(load.schema.parse(synthetic)).toEqual({
    ...synthetic,
    ...{ count: 100, noise: 0.5, test_noise: 0.1 },
    gaps: [
      [-3, -1],
      [2, 3],
    ],
  });
  expect(digest(synthetic, 1)).not.toBe(digest(synthetic, 2));
  expect(digest({ source: "mnist" }, 1)).toBe(digest({ source: "mnist" }, 2));
  expect(
    ["mnist", "idx", "npy", "csv", "synthetic"].filter((source) =>
      drawsRandomNumbers(load as Kind<unknown>, { source }),
    ),
  ).toEqual(["synthetic"]);
});
