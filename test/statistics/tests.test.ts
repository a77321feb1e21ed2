/**
 * Tests of differences against scipy 1.17.1 and statsmodels 0.15.0 (numpy 2.4.6): `mcnemar(exact=True)` and
 * `binomtest`, `t.sf` of the formula in numpy, `multipletests(method="holm")`, and `quantile` of the means of resamples
 * whose indices both are given.
 */
import { expect, test } from "vitest";
import {
  type BootstrapTest,
  correctedResampledT,
  crossedT,
  holm,
  mcnemar,
  pairedBootstraps,
} from "../../src/statistics/tests.js";

/** Within 1e-9 of the value itself, however small that is. */
const expectRelative = (found: number | null | undefined, wanted: number): void => {
  expect(Math.abs(found! / wanted - 1)).toBeLessThan(1e-9);
};

test.each([
  [0, 6, 0.03125],
  [1, 8, 0.0390625],
  [12, 31, 0.005401572654591291],
  [61, 23, 4.0771265506603356e-5],
  [10, 0, 0.001953125],
  [3000, 3300, 0.00016475607669748363],
  [120, 17, 2.8089715684024895e-20],
  [40, 82, 0.00017984577597089763],
])("McNemar's exact test of %i against %i examples is that of statsmodels", (first, second, p) => {
  expectRelative(mcnemar(first, second), p);
  expect(mcnemar(second, first)).toBe(mcnemar(first, second));
});
test("two that never differ, or as often each way, cannot be told apart: p is 1", () => {
  expect([mcnemar(0, 0), mcnemar(25, 25), mcnemar(1, 1)]).toEqual([1, 1, 1]);
});

test.each([
  [[0.1, -0.05], 1, 0.19245008972987523, 0.8789622816763233],
  [[0.012, 0.031, -0.004, 0.022, 0.017], 0.25, 1.7872687521577315, 0.14842199616264987],
  [[0.4, 0.38, 0.41, 0.44, 0.36, 0.39, 0.42, 0.4, 0.37, 0.43], 1 / 9, 33.71708921694099, 8.754060541573217e-11],
  [[-1.5, 0.2, 0.1], 0.5, -0.4593354014105716, 0.6910866862893832],
  [[0.3, -0.2, 0.1, 0.05, -0.1, 0.2, 0.15, -0.05], 0, 0.9601829094043464, 0.36894698243987456],
  [[0.001, 0.002, 0.0015, -0.0005], 0.1, 1.5649215928719034, 0.21556556572334817],
])("the corrected resampled t-test of %j with the ratio %d is that of scipy", (differences, ratio, t, p) => {
  const found = correctedResampledT(differences, ratio);
  expectRelative(found?.t, t);
  expectRelative(found?.p, p);
  expect(found?.freedom).toBe(differences.length - 1);
});
test("folds that all differ by the same have no spread to test by, unless they do not differ at all", () => {
  expect(correctedResampledT([0.01, 0.01], 1)).toBe(null);
  // The differences of these scores are equal but for rounding.
  expect(correctedResampledT([0.91 - 0.9, 0.81 - 0.8, 0.31 - 0.3], 0.5)).toBe(null);
  expect(correctedResampledT([0, 0, 0], 0.5)).toEqual({ t: 0, freedom: 2, p: 1 });
  expect(correctedResampledT([0.2], 0.5)).toBe(null);
  expect(correctedResampledT([], 0.5)).toBe(null);
  expect(correctedResampledT([0.1, Number.NaN], 0.5)).toBe(null);
});
test("the larger the share that judges, the less a difference over folds says", () => {
  const p = [0, 1 / 9, 1].map((ratio) => correctedResampledT([0.3, 0.5, 0.2, 0.4], ratio)!.p);
  expect(p).toEqual(p.toSorted((a, b) => a - b));
  expect(new Set(p).size).toBe(3);
});

test.each([
  [
    [
      [0, 1, 0, -1, 1, 0, 0, 1],
      [1, 1, 0, 0, 1, 0, -1, 1],
      [0, 1, 1, 0, 0, 0, 0, 1],
    ],
    1.7224655053784221,
    0.22712657353656326,
  ],
  [
    [
      [0.5, 0.4, -0.1, 0.9],
      [0.1, 0.2, 0.3, -0.4],
      [0.7, 0.2, 0.6, 0.1],
      [0.3, 0.3, 0.2, 0.5],
      [0.2, -0.1, 0.4, 0.6],
    ],
    3.8889360134151563,
    0.017706568629515782,
  ],
])("the test over seeds and examples of %j is that of the formula in numpy", (differences, t, p) => {
  const found = crossedT(differences);
  expectRelative(found?.t, t);
  expectRelative(found?.p, p);
});
test("one seed or one example has no spread to test by; models that agree throughout cannot be told apart", () => {
  expect(crossedT([[1, 0, 1]])).toBe(null);
  expect(crossedT([[1], [0]])).toBe(null);
  expect(crossedT([])).toBe(null);
  expect(crossedT([[0.5, 0.5].map(Number), [0.5, 0.5]])).toBe(null);
  expect(crossedT([[0, 0], [0, 0]])?.p).toBe(1); // biome-ignore format: two seeds beside each other
});

test.each([
  [
    [0.01, 0.04, 0.03, 0.005],
    [0.03, 0.06, 0.06, 0.02],
  ],
  [
    [0.2, 0.001, 0.6, 0.04, 0.04],
    [0.4, 0.005, 0.6, 0.16, 0.16],
  ],
  [
    [1, 0.5],
    [1, 1],
  ],
  [
    [3e-9, 0.02, 0.31],
    [9e-9, 0.04, 0.31],
  ],
])("Holm's correction of %j is that of statsmodels", (ps, wanted) => {
  for (const [index, p] of holm(ps).entries()) expectRelative(p, wanted[index]!);
});
test("what was not tested is no test that Holm's correction counts", () => {
  expect(holm([null, 0.02, null, 0.03])).toEqual([null, 0.04, null, 0.04]);
  expect(holm([])).toEqual([]);
  expect(holm([null])).toEqual([null]);
});

/** Index lists that both sides make alike. */
function* resamples(count: number, length: number): Generator<readonly number[]> {
  let state = 1;
  for (let drawn = 0; drawn < count; drawn++)
    yield Array.from({ length }, () => {
      state = (state * 16807) % 2147483647;
      return state % length;
    });
}
// Sixty-fourths, of which every sum is exact: a mean of 0 is 0 whoever adds up.
test.each([
  [[20, -7, 15, 26, -3, 6, 13], 1999, 0.15625, [0.020089285714285716, 0.28125], 0.023],
  [[1, -32, 26, -6, 19, -13, 6, 3, -19, 13, 10], 999, 0.011363636363636364, [-0.140625, 0.15348011363636357], 0.864],
  [[5, 9, -2, 7, 3, 8], 500, 0.078125, [0.03125, 0.11979166666666667], 0.003992015968063872],
] as const)("the paired bootstrap of %j / 64 with %i resamples is that of numpy", (parts, count, mean, ends, p) => {
  const differences = parts.map((part) => part / 64);
  const reversed = differences.map((difference) => -difference);
  const [found, back] = pairedBootstraps([differences, reversed], resamples(count, differences.length)) as [
    BootstrapTest,
    BootstrapTest,
  ];
  expect(back.p).toBe(found.p);
  expectRelative(found.mean, mean);
  expectRelative(found.interval?.[0], ends[0]);
  expectRelative(found.interval?.[1], ends[1]);
  expectRelative(found.p, p);
});
test("models that agree on every example cannot be told apart; a difference without a spread is not tested", () => {
  const of = (differences: readonly number[]) => pairedBootstraps([differences], resamples(20, differences.length))[0];
  expect(of([0, 0, 0])).toEqual({ mean: 0, interval: null, p: 1 });
  expect(of([0.5, 0.5])).toEqual({ mean: 0.5, interval: null, p: null });
  expect(of([0.5])?.p).toBe(null);
  expect([of([0.5, Infinity, 1])?.p, of([Infinity, -Infinity])?.p, of([1, Number.NaN])?.p]).toEqual([null, null, null]);
});
