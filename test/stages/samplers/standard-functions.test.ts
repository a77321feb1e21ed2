/** TPE against random search where a trial costs nothing: half of what `bench/tpe.ts` measures, with half as many seeds. */
import { expect, test } from "vitest";
import { lowestAtRandom, lowestOfTpe, standardFunctions } from "../../../bench/sampler-functions.js";
import { mcnemar } from "../../../src/statistics/tests.js";

test("functions have their known minima", () => {
  const at = (name: string, ...x: readonly number[]): number => {
    const { space, value } = standardFunctions.find((one) => one.name === name)!;
    return value(Object.fromEntries(Object.keys(space).map((key, index) => [key, x[index]!])));
  };
  expect(at("sphere", 0, 0, 0, 0, 0)).toBe(0);
  expect(at("Rosenbrock", 1, 1)).toBe(0);
  expect(at("Branin", Math.PI, 2.275)).toBeCloseTo(0.397887, 6);
  expect(at("Hartmann 6", 0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573)).toBeCloseTo(-3.32237, 5);
});

test("TPE finds lower values than random search on each of five functions", { timeout: 60_000 }, () => {
  const seeds = Array.from({ length: 10 }, (_, index) => index + 1);
  const lower = standardFunctions.map((one) => ({
    name: one.name,
    wins: seeds.filter((seed) => lowestOfTpe(one, 48, 8, seed) < lowestAtRandom(one, 48, seed)).length,
  }));
  // A tie, both having found the lowest among the first trials, counts as a loss.
  for (const { name, wins } of lower) expect(wins, name).toBeGreaterThan(seeds.length / 2);
  const wins = lower.reduce((sum, each) => sum + each.wins, 0);
  expect(mcnemar(wins, lower.length * seeds.length - wins)).toBeLessThan(0.0001);
});
