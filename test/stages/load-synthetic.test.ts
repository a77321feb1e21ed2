import { describe, expect, test } from "vitest";
import { emptyIntervals } from "../../src/learn/profile.js";
import { drawsRandomNumbers, type Kind } from "../../src/pipeline/kind.js";
import { fingerprint } from "../../src/plan/fingerprint.js";
import { load } from "../../src/stages/load.js";
import { gappedCurve } from "../../src/stages/load-synthetic.js";
import type { JsonObject } from "../../src/util/json.js";
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
  expect(digest(synthetic, 1)).not.toBe(digest(synthetic, 2));
  expect(digest({ source: "mnist" }, 1)).toBe(digest({ source: "mnist" }, 2));
  expect(
    ["mnist", "idx", "csv", "synthetic"].filter((source) => drawsRandomNumbers(load as Kind<unknown>, { source })),
  ).toEqual(["synthetic"]);
});
