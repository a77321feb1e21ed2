import { describe, expect, test } from "vitest";
import { search } from "../../src/stages/search.js";
import { canonical } from "../../src/util/json.js";
import { keyOf } from "../../src/values/trial-name.js";

const base = { trial: { kind: "train" }, objective: { minimize: "validation.loss" } };
function trialsOf(options: object, seed = 1) {
  const found = search.trials!(search.schema.parse({ ...base, ...options }), seed);
  if ("problem" in found) throw new Error(`${found.problem.title}: ${found.problem.message}`);
  return found;
}
const keys = (options: object, seed = 1): readonly string[] => trialsOf(options, seed).trials.map(({ key }) => key);

describe("a grid", () => {
  test("goes through the space in order, the last parameter fastest", () =>
    expect(keys({ strategy: "grid", space: { hidden: [2, 3], activation: ["elu", "gelu"] } })).toEqual([
      "2-elu",
      "2-gelu",
      "3-elu",
      "3-gelu",
    ]));
  test("takes every whole number of a range", () =>
    expect(keys({ strategy: "grid", space: { n: { integer: [-1, 2] } } })).toEqual(["-1", "0", "1", "2"]));
  test("counts what each rule rejects, the first that does", () => {
    const { total, rejected, trials } = trialsOf({
      strategy: "grid",
      space: { dropout: [0, 0.5], l2: [0, 0.1], norm: [false, true], depth: [1, 2, 3] },
      constraints: [
        { at_most_one: ["dropout", "l2", "norm"] },
        { name: "deep only with norm", if: { depth: "> 2" }, then: { norm: true } },
        { never: { depth: [1, 2], l2: 0.1 } },
      ],
    });
    // Of 24, half are on more than once; of the 12 left 3 are deep without norm, and 2 are shallow with l2.
    expect(total).toBe(24);
    expect(rejected).toEqual([
      { rule: "at_most_one [dropout, l2, norm]", count: 12 },
      { rule: "deep only with norm", count: 3 },
      { rule: "never {depth: [1, 2], l2: 0.1}", count: 2 },
    ]);
    expect(trials).toHaveLength(7);
  });
  test("compares with numbers and words", () => {
    const left = (constraint: object): readonly string[] =>
      keys({ strategy: "grid", space: { a: [1, 2, 3], w: ["x", "y"] }, constraints: [constraint] });
    expect(left({ never: { a: ">= 2" } })).toEqual(["1-x", "1-y"]);
    expect(left({ never: { w: "!= x" } })).toEqual(["1-x", "2-x", "3-x"]);
    expect(left({ if: { w: "y" }, then: { a: "< 2" } })).toEqual(["1-x", "1-y", "2-x", "3-x"]);
  });
});

describe("a random search", () => {
  const space = { a: [1, 2, 3, 4], b: ["x", "y", "z"] };
  test("tries no configuration twice, and each that there is in the end", () => {
    const all = keys({ strategy: "random", space, budget: 12 });
    expect(new Set(all).size).toBe(12);
    expect([...all].sort()).toEqual([...keys({ strategy: "grid", space })].sort());
  });
  test("keeps its trials when the budget grows, and draws others with another seed", () => {
    const few = keys({ strategy: "random", space, budget: 4 });
    expect(keys({ strategy: "random", space, budget: 9 }).slice(0, 4)).toEqual(few);
    expect(keys({ strategy: "random", space, budget: 4 }, 2)).not.toEqual(few);
  });
  test("draws from ranges: uniform in the number, in its logarithm, or among whole numbers", () => {
    const { trials, total } = trialsOf({
      strategy: "random",
      budget: 400,
      space: { u: { uniform: [-1, 3] }, l: { log_uniform: [0.0001, 1] }, n: { integer: [2, 5] } },
    });
    expect(total).toBeNull();
    const values = (name: string): number[] => trials.map((trial) => Number(trial.values[name]));
    const share = (name: string, holds: (value: number) => boolean): number => values(name).filter(holds).length / 400;
    expect(Math.min(...values("u"))).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...values("u"))).toBeLessThanOrEqual(3);
    expect(Math.abs(share("u", (value) => value < 1) - 0.5)).toBeLessThan(0.1);
    expect(Math.abs(share("l", (value) => value < 0.01) - 0.5)).toBeLessThan(0.1);
    expect(Math.min(...values("l"))).toBeGreaterThanOrEqual(0.0001);
    expect(new Set(values("n"))).toEqual(new Set([2, 3, 4, 5]));
    expect(new Set(trials.map((trial) => canonical(trial.values))).size).toBe(400);
    expect(new Set(trials.map((trial) => trial.key)).size).toBe(400);
  });
  test("says so when a range cannot give as many as the budget asks for", () =>
    expect(() =>
      trialsOf({
        strategy: "random",
        budget: 5,
        space: { u: { uniform: [0, 1] }, w: ["x"] },
        constraints: [{ never: { w: "x" } }],
      }),
    ).toThrow(/^no configuration is left/));
});

test("a key has the values in the order of the space, and no characters that a path would not take", () => {
  expect(keyOf({ a: 0.001, b: "leaky_relu", c: [256, 64], d: null, e: true })).toBe(
    "0.001-leaky_relu-256+64-none-true",
  );
  expect(keyOf({ a: "x/y z" })).toBe("x_y_z");
  expect(keyOf({ a: { leaky_relu: { slope: 0.2 } }, b: { dropout: 0.5 } })).toBe("leaky_relu_slope_0.2-dropout_0.5");
  // However a file orders it, and as it is kept.
  expect(keyOf({ o: { adam: { learning_rate: 0.01, beta1: 0.8 } } })).toBe("adam_beta1_0.8+learning_rate_0.01");
  expect(keyOf({ o: { adam: { beta1: 0.8, learning_rate: 0.01 } } })).toBe("adam_beta1_0.8+learning_rate_0.01");
  expect(keyOf({ a: [{ rotate: { degrees: 10 } }] })).toMatch(/^[0-9a-f]{6}$/);
  expect(keys({ strategy: "grid", space: { v: ["a b", "a_b"] } })).toEqual(["a_b", "a_b~2"]);
});

test("values that look alike have keys of their own, and long ones are cut to what a file may be called", () => {
  expect(keys({ strategy: "grid", space: { v: [1, "1", true, "true", "a/b", "a-b"] } })).toEqual([
    "1",
    "1~2",
    "true",
    "true~2",
    "a_b",
    "a_b~2",
  ]);
  const long = keys({ strategy: "grid", space: { v: ["x".repeat(500), "é".repeat(500), `${"x".repeat(500)}y`] } });
  expect(new Set(long).size).toBe(3);
  for (const key of long) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(120);
});

test("names of JavaScript's own are parameters like any other", () => {
  const { trials } = trialsOf({
    strategy: "grid",
    space: { constructor: [1, 2], toString: ["a"], hasOwnProperty: [true] },
    constraints: [{ never: { constructor: 2 } }],
  });
  expect(trials.map(({ values }) => values)).toEqual([{ constructor: 1, toString: "a", hasOwnProperty: true }]);
});

test("whole numbers beyond 2^32 are drawn, evenly", () => {
  const wide = trialsOf({
    strategy: "random",
    budget: 300,
    space: { n: { integer: [1, 1_000_000_000_000_000] } },
  }).trials.map(({ values }) => Number(values.n));
  for (const value of wide) expect(Number.isSafeInteger(value) && value >= 1 && value <= 1e15).toBe(true);
  expect(Math.abs(wide.filter((value) => value < 5e14).length / 300 - 0.5)).toBeLessThan(0.1);
  expect(wide.some((value) => value % 2 === 1) && wide.some((value) => value % 2 === 0)).toBe(true);
});
