/**
 * TPE against Optuna 5.0.0 (`histories.py` writes `histories.json`): which trials are the better ones, and how dense
 * configurations lie among both; and what is promised of proposals.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { stream } from "../../../src/learn/random.js";
import { parzenOf } from "../../../src/stages/samplers/parzen.js";
import { codeOf, type Observation, proposed, sidesOf } from "../../../src/stages/samplers/tpe.js";
import type { Space } from "../../../src/stages/space.js";
import type { ReadRule } from "../../../src/stages/space-rules.js";
import { canonical, type JsonObject } from "../../../src/util/json.js";

interface History {
  readonly name: string;
  readonly space: Space;
  readonly direction: "minimize" | "maximize";
  readonly observations: readonly Observation[];
  readonly better: readonly number[];
  readonly worse: readonly number[];
  readonly points: readonly JsonObject[];
  readonly logDensities: { readonly better: readonly number[]; readonly worse: readonly number[] };
}
const histories = JSON.parse(readFileSync(new URL("histories.json", import.meta.url), "utf8")) as readonly History[];

describe.each(histories)("$name", ({ space, direction, observations, points, logDensities, ...wanted }) => {
  const sides = sidesOf(observations, direction);
  const { dimensions, pointOf } = codeOf(space);
  for (const side of ["better", "worse"] as const)
    test(`the ${side} side and its densities are Optuna's`, () => {
      expect(sides[side].map((each) => observations.indexOf(each))).toEqual(wanted[side]);
      const estimated = parzenOf(
        dimensions,
        sides[side].map(({ values }) => pointOf(values)),
      );
      for (const [index, point] of points.entries()) {
        const difference = estimated.logDensity(pointOf(point)) - logDensities[side][index]!;
        expect(Math.abs(difference), canonical(point)).toBeLessThan(1e-9);
      }
    });
});

test("draws are as frequent as the density says", () => {
  const dimensions = [{ choices: 3 }, { from: 1, to: 5, scale: "whole" }] as const;
  const estimated = parzenOf(dimensions, [
    [0, 1],
    [0, 2],
    [2, 5],
  ]);
  const random = stream(3, [], "draws");
  const counts = new Map<string, number>();
  const draws = 10_000;
  for (let draw = 0; draw < draws; draw++) {
    const key = estimated.drawn(random).join(" ");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  let sum = 0;
  for (const choice of [0, 1, 2])
    for (const number of [1, 2, 3, 4, 5]) {
      const probability = Math.exp(estimated.logDensity([choice, number]));
      sum += probability;
      // Four standard errors of a frequency.
      const tolerance = 4 * Math.sqrt((probability * (1 - probability)) / draws);
      const frequency = (counts.get(`${choice} ${number}`) ?? 0) / draws;
      expect(Math.abs(frequency - probability), `${choice} ${number}`).toBeLessThan(tolerance);
    }
  expect(sum).toBeCloseTo(1, 12);
});

test.each(["linear", "logarithmic"] as const)("draws from a %s range are as frequent as the density says", (scale) => {
  const estimated = parzenOf([{ from: 0.01, to: 1, scale }], [[0.011], [0.3], [0.9]]);
  const turned = scale === "linear" ? (x: number) => x : Math.exp;
  const [low, high] = scale === "linear" ? [0.01, 1] : [Math.log(0.01), Math.log(1)];
  const random = stream(5, [], "draws");
  const [bins, draws, parts] = [10, 8_000, 100];
  const counts = new Array<number>(bins).fill(0);
  for (let draw = 0; draw < draws; draw++) {
    const [x] = estimated.drawn(random);
    const place = ((scale === "linear" ? x! : Math.log(x!)) - low) / (high - low);
    counts[Math.min(bins - 1, Math.floor(place * bins))]!++;
  }
  for (const [bin, count] of counts.entries()) {
    // The middle rule over the bin.
    const width = (high - low) / bins / parts;
    let probability = 0;
    for (let part = 0; part < parts; part++)
      probability += width * Math.exp(estimated.logDensity([turned(low + width * (bin * parts + part + 0.5))]));
    const tolerance = 4 * Math.sqrt((probability * (1 - probability)) / draws);
    expect(Math.abs(count / draws - probability), `bin ${bin}`).toBeLessThan(tolerance);
  }
});

describe("proposals", () => {
  const space: Space = {
    activation: ["relu", "gelu", { leaky_relu: { slope: 0.2 } }],
    units: { integer: [1, 64] },
    rate: { log_uniform: [1e-4, 0.1] },
    momentum: { uniform: [0, 0.9] },
  };
  const rules: readonly ReadRule[] = [
    { name: "no wide relu", holds: ({ activation, units }) => activation !== "relu" || (units as number) <= 32 },
  ];
  /** The best are wide, with a small rate. */
  const scoreOf = ({ units, rate }: JsonObject): number =>
    (64 - (units as number)) / 64 + Math.log10(rate as number) + 4;
  const ask = (observations: readonly Observation[], count = 8, seed = 1): readonly JsonObject[] =>
    proposed({ space, rules, observations, direction: "minimize", count, random: stream(seed, [], "test") });
  const whole = (values: JsonObject): Observation => ({ values, score: scoreOf(values), epochs: null });
  const first = ask([], 30);
  const tried = first.map(whole);

  test("are the same for the same observations, and others with another seed", () => {
    expect(ask(tried)).toEqual(ask(tried));
    expect(ask(tried, 8, 2)).not.toEqual(ask(tried));
  });
  test("are each another, hold the rules, lie in the space and can be read", () => {
    const all = [...first];
    for (let generation = 0; generation < 4; generation++) all.push(...ask(all.map(whole)));
    expect(new Set(all.map(canonical)).size).toBe(62);
    for (const values of all) {
      expect(Object.keys(values)).toEqual(Object.keys(space));
      expect(rules[0]!.holds(values), canonical(values)).toBe(true);
      // All three are numbers, being drawn from ranges.
      const [units, rate, momentum] = [values.units, values.rate, values.momentum] as [number, number, number];
      expect(Number.isInteger(units) && units >= 1 && units <= 64, String(units)).toBe(true);
      expect(rate >= 1e-4 && rate <= 0.1, String(rate)).toBe(true);
      expect(momentum >= 0 && momentum <= 0.9, String(momentum)).toBe(true);
      expect(Number(rate.toPrecision(6))).toBe(rate);
    }
  });
  test("come from where the better ones lie", () => {
    const mean = (list: readonly JsonObject[]): number =>
      list.reduce((sum, each) => sum + scoreOf(each), 0) / list.length;
    const all = [...tried];
    for (let generation = 0; generation < 3; generation++) all.push(...ask(all).map(whole));
    expect(mean(all.slice(-8).map(({ values }) => values))).toBeLessThan(mean(first) - 1);
  });
  test("are at random, with nothing said by the scores, until ten have one", () => {
    const nine = tried.slice(0, 9);
    const upside = nine.map((each) => ({ ...each, score: -each.score! }));
    expect(ask(upside)).toEqual(ask(nine));
    const ten = tried.slice(0, 10);
    expect(ask(ten.map((each) => ({ ...each, score: -each.score! })))).not.toEqual(ask(ten));
  });
  test("learn nothing of failed ones and do not come back to them", () => {
    const failed = tried.slice(0, 20).map((each) => ({ ...each, score: null }));
    // Ten without a score among them do not end the start-up.
    expect(ask([...failed, ...tried.slice(20, 29)])).toEqual(
      ask([...failed, ...tried.slice(20, 29)].map((each) => ({ ...each, score: each.score === null ? null : 7 }))),
    );
    const small: Space = { a: ["x", "y", "z"] };
    const observations = [{ values: { a: "y" }, score: null, epochs: null }];
    const left = proposed({
      space: small,
      rules: [],
      observations,
      direction: "minimize",
      count: 9,
      random: stream(1, [], "t"),
    });
    expect(left.map(({ a }) => a).sort()).toEqual(["x", "z"]);
  });
  test("are all that is left of a space in the end, and then none", () => {
    const small: Space = { a: [1, 2, 3, 4], b: { integer: [1, 5] }, c: [true, false] };
    const notBoth: readonly ReadRule[] = [{ name: "not both", holds: ({ a, b }) => a !== b }];
    const all: Observation[] = [];
    for (const count of [8, 8, 8, 8, 8, 8]) {
      const random = stream(all.length, [], "test");
      const next = proposed({ space: small, rules: notBoth, observations: all, direction: "maximize", count, random });
      all.push(...next.map((values) => ({ values, score: (values.a as number) * (values.b as number), epochs: null })));
    }
    // Of 40 there are 8 where both are equal.
    expect(new Set(all.map(({ values }) => canonical(values))).size).toBe(32);
    expect(all).toHaveLength(32);
  });
});
