import { describe, expect, test } from "vitest";
import {
  classBalance,
  emptyIntervals,
  orderOfClasses,
  orderOfNumbers,
  RowIndex,
  serialCorrelation,
  shift,
  summarise,
  summariseBytes,
} from "../../src/learn/profile.js";
import { stream } from "../../src/learn/random.js";
import { ranksOf } from "../../src/util/statistics.js";

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe("a summary", () => {
  test("has min, max, mean, sd with n − 1, missing and distinct numbers", () => {
    expect(summarise([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({
      min: 2,
      max: 9,
      mean: 5,
      sd: Math.sqrt(32 / 7),
      missing: 0,
      distinct: 5,
    });
    expect(summarise([1, Number.NaN, 3])).toEqual({ min: 1, max: 3, mean: 2, sd: Math.SQRT2, missing: 1, distinct: 2 });
    expect(summarise([6])).toEqual({ min: 6, max: 6, mean: 6, sd: null, missing: 0, distinct: 1 });
    expect(summarise([Number.NaN])).toEqual({ min: null, max: null, mean: null, sd: null, missing: 1, distinct: 0 });
  });
  test("of bytes is that of the numbers they stand for", () => {
    const bytes = Uint8Array.of(0, 0, 51, 255, 255);
    const [found, wanted] = [summariseBytes(bytes, 1 / 255), summarise([...bytes].map((byte) => byte / 255))];
    expect(found.mean).toBeCloseTo(wanted.mean!, 12);
    expect(found.sd).toBeCloseTo(wanted.sd!, 12);
    expect([found.min, found.max, found.distinct]).toEqual([0, 1, 3]);
  });
});

describe("empty intervals", () => {
  const evenly = (from: number, to: number, count: number): number[] =>
    times(count, (index) => from + ((to - from) * index) / (count - 1));

  test("are found where values could be, in any order of the values", () => {
    const values = [...evenly(3, 5, 30), ...evenly(-5, -3, 30), ...evenly(-1, 2, 40)];
    expect(emptyIntervals(values)).toEqual([
      [-3, -1],
      [2, 3],
    ]);
  });
  test("are none in few values, equal values, whole numbers, or evenly spaced ones", () => {
    for (const values of [
      [],
      [1],
      [1, 9],
      [1, 2, 3, 50, 51, 52],
      new Array<number>(100).fill(4),
      evenly(0, 1, 100),
      times(1000, (index) => index % 11),
    ])
      expect(emptyIntervals(values)).toEqual([]);
  });
  test("are not the way to a few values far away", () => {
    expect(emptyIntervals([...evenly(0, 1, 100), 40, 41, 42])).toEqual([]);
  });
  test("are wider than what is not a number", () => {
    expect(emptyIntervals([...evenly(0, 1, 50), Number.NaN, ...evenly(3, 4, 50), Number.POSITIVE_INFINITY])).toEqual([
      [1, 3],
    ]);
  });
  test.each([
    ["uniform", (random: ReturnType<typeof stream>) => random.uniform()],
    ["normal", (random: ReturnType<typeof stream>) => random.normal()],
    ["exponential", (random: ReturnType<typeof stream>) => -Math.log(1 - random.uniform())],
  ])("are seen in few samples of %s numbers", (_name, draw) => {
    const random = stream(1, [], "test");
    for (const size of [30, 100, 1000]) {
      const samples = times(300, () => emptyIntervals(times(size, () => draw(random))).length > 0);
      expect(samples.filter(Boolean).length, String(size)).toBeLessThanOrEqual(9);
    }
  });
});

describe("the order of rows", () => {
  const random = stream(2, [], "test");
  const mixed = times(100, () => random.uniform());

  test("ranks share the mean of equal values", () => {
    expect([...ranksOf([30, 10, 20, 20])]).toEqual([4, 1, 2.5, 2.5]);
  });
  test("the serial correlation of ranks is that of each with the next", () => {
    // Ranks 1 2 3 4 less 2.5: products 0.75 − 0.25 + 0.75, squares 5.
    expect(serialCorrelation([1, 2, 3, 4])).toBeCloseTo(1.25 / 5, 12);
    expect(serialCorrelation([1, 4, 2, 3])).toBeCloseTo((-1.5 * 1.5 + 1.5 * -0.5 + -0.5 * 0.5) / 5, 12);
    expect(serialCorrelation([7, 7, 7])).toBe(0);
    expect(serialCorrelation([1, 2])).toBe(0);
  });
  test("is told of sorted rows, up or down, from eight values", () => {
    expect(orderOfNumbers(times(8, (index) => index ** 2))).toBe("sorted");
    expect(orderOfNumbers(times(50, (index) => -Math.floor(index / 3)))).toBe("sorted");
    expect(orderOfNumbers(times(7, (index) => index))).toBe("mixed");
  });
  test("is told of rows in groups, whatever the order of the groups and inside them", () => {
    expect(orderOfNumbers(times(100, (index) => Math.floor(index / 25) + random.uniform()))).toBe("grouped");
    expect(orderOfNumbers(times(100, (index) => [2, 0, 3, 1][Math.floor(index / 25)]! + random.uniform()))).toBe(
      "grouped",
    );
  });
  test("is not told of rows in a random order, equal ones, or alternating ones", () => {
    expect(orderOfNumbers(mixed)).toBe("mixed");
    expect(orderOfNumbers(new Array<number>(100).fill(1))).toBe("mixed");
    expect(orderOfNumbers(times(100, (index) => index % 2))).toBe("mixed");
    expect(orderOfNumbers([])).toBe("mixed");
    expect(
      times(500, () => orderOfNumbers(times(60, () => random.uniform()))).filter((order) => order !== "mixed"),
    ).toEqual([]);
  });
  test("is told of classes one after the other, and of runs of them", () => {
    expect(orderOfClasses(times(90, (index) => [2, 0, 1][Math.floor(index / 30)]!))).toBe("sorted");
    expect(orderOfClasses(times(90, (index) => Math.floor(index / 10) % 3))).toBe("grouped");
    expect(orderOfClasses(times(90, () => random.int(3)))).toBe("mixed");
    expect(orderOfClasses(times(90, (index) => index % 3))).toBe("mixed");
    expect(orderOfClasses(new Array<number>(20).fill(0))).toBe("mixed");
  });
  test("a class with nearly all rows is no order", () => {
    expect(orderOfClasses(times(200, (index) => (index === 77 || index === 150 ? 1 : 0)))).toBe("mixed");
  });
});

describe("a shift between two samples", () => {
  test("is the largest distance of their cumulative shares", () => {
    // At 2, three of four against one of five.
    expect(shift([1, 2, 2, 9], [2, 5, 6, 7, 8], 0.05).statistic).toBeCloseTo(0.75 - 0.2, 12);
    expect(shift([1, 2], [1, 2], 0.05).statistic).toBe(0);
    expect(shift([1, 2], [3, 4], 0.05).statistic).toBe(1);
  });
  test("has the critical value of the tables: 1.358 √((n + m)/nm) for 5 %", () => {
    expect(shift(times(100, Number), times(100, Number), 0.05).critical).toBeCloseTo(1.358 * Math.sqrt(2 / 100), 3);
  });
  test("is none where a sample is empty", () => {
    expect(shift([], [1], 0.05)).toEqual({ statistic: 0, critical: 1 });
  });
});

test("classes are balanced while the largest is at most half as large again as the smallest", () => {
  expect(classBalance([10, 10])).toEqual({ ratio: 1, evenness: 1, balanced: true });
  expect(classBalance([15, 10]).balanced).toBe(true);
  expect(classBalance([16, 10]).balanced).toBe(false);
  expect(classBalance([75, 25]).evenness).toBeCloseTo(0.811278, 6);
  expect(classBalance([3, 0])).toEqual({ ratio: null, evenness: 0, balanced: false });
});

test("rows are found by their content, however they are cut", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 9, 9, 9, 9, 9, 1, 2, 3, 4, 5, 1, 2, 3, 4, 6);
  const index = new RowIndex(bytes, 5, Int32Array.of(3, 0, 1, 2));
  expect([...index.first]).toEqual([0, 1, 2, 1]);
  expect(index.find(Uint8Array.of(0, 0, 0, 0, 0, 9, 9, 9, 9, 9), 1)).toBe(2);
  expect(index.find(Uint8Array.of(0, 0, 0, 0, 0), 0)).toBe(-1);
});

test("equal values share the mean of their ranks, however the values lie", () => {
  const random = stream(3, [], "ranks");
  const naive = (values: readonly number[]): number[] =>
    values.map(
      (value) =>
        (values.filter((other) => other < value).length + values.filter((other) => other <= value).length + 1) / 2,
    );
  const kinds = [
    () => Math.floor(random.uniform() * 5),
    () => random.uniform(),
    () => random.normal() * 10 ** Math.floor(20 * random.uniform()),
    () => 1e9 + Math.floor(random.uniform() * 3) * 1e-6,
    () => 7,
  ];
  for (const draw of kinds)
    for (const length of [0, 1, 2, 50]) {
      const values = Array.from({ length }, draw);
      expect([...ranksOf(values)]).toEqual(naive(values));
    }
});
