/** Intervals against scipy 1.17.1, statsmodels 0.15.0 and numpy 2.4.6, whose function is named beside each list. */
import { expect, test } from "vitest";
import { bootstrap, type Interval, percentile, tInterval, wilson } from "../../src/statistics/intervals.js";
import { meanOf, median, spreadOf } from "../../src/util/statistics.js";
import { expectNear } from "./near.js";

function expectInterval(interval: Interval | null, [low, high]: Interval, what: string): void {
  expectNear(interval![0], low, `${what}, from`);
  expectNear(interval![1], high, `${what}, to`);
}

test("Wilson's interval is statsmodels' proportion_confint(k, n, 0.05, 'wilson'), and no point at the ends", () => {
  for (const [right, count, interval] of [
    [9906, 10000, [0.9885113090469386, 0.9923119117517536]],
    [9962, 10000, [0.9947888231417197, 0.9972300968752208]],
    [1, 1, [0.2065493143772374, 1]],
    [0, 1, [0, 0.7934506856227627]],
    [50, 50, [0.9286524008666412, 1]],
    [0, 12, [0, 0.24249400665524096]],
    [7, 10, [0.39677814746114537, 0.8922087325936989]],
    [123456, 1000000, [0.12281269653142285, 0.12410219641400438]],
    [959, 980, [0.9674633564671093, 0.985942287897946]],
  ] as const)
    expectInterval(wilson(right, count), interval, `${right} of ${count}`);
  expect([wilson(1, 1)![1], wilson(50, 50)![1], wilson(0, 12)![0]]).toEqual([1, 1, 0]);
  expect(wilson(0, 0)).toBeNull();
});

test("the interval of a mean is scipy.stats.t.interval(0.95, n − 1, mean, sem); without a spread there is none", () => {
  for (const [values, interval] of [
    [
      [0.91, 0.93, 0.9, 0.95, 0.92],
      [0.8981161161190002, 0.9458838838809999],
    ],
    [
      [3, 3.5],
      [0.07344881595632646, 6.4265511840436735],
    ],
    [
      [1000001, 1000002, 1000004],
      [999998.5387502997, 1000006.127916367],
    ],
    [Array.from({ length: 20 }, (_, index) => index), [6.731189431979746, 12.268810568020253]],
  ] as const)
    expectInterval(tInterval(spreadOf(values)), interval, values.join());
  for (const none of [[3], [2, 2, 2], [], [1, Number.NaN]]) expect(tInterval(spreadOf(none))).toBeNull();
  // Over the folds where the metric is defined.
  expect(tInterval(spreadOf([3, null, 3.5]))).toEqual(tInterval(spreadOf([3, 3.5])));
});

/** Park and Miller's generator, which Python's whole numbers repeat exactly. */
function indexLists(seed: number, length: number, count: number): readonly (readonly number[])[] {
  let state = seed;
  return Array.from({ length: count }, () =>
    Array.from({ length }, () => {
      state = (state * 16807) % 2147483647;
      return state % length;
    }),
  );
}

test("the bootstrap is scipy.stats.bootstrap(method='percentile'), which was fed the same lists of indices", () => {
  const values = [2.5, 0.1, 3.75, 1.2, 9.9, 0.33, 4.1, 2.2, 0.05, 6.4];
  const intervals = bootstrap(indexLists(7, 10, 2000), (indices) => {
    const drawn = indices.map((index) => values[index]!);
    return [meanOf(drawn), median(drawn), spreadOf(drawn).sd];
  });
  for (const [at, interval] of [
    [1.35875, 5.0581999999999985],
    [0.33, 5.075],
    [1.3361711138228485, 4.173016676822015],
  ].entries())
    expectInterval(intervals[at]!, interval as [number, number], ["mean", "median", "sd"][at]!);
});

test("a measure that resamples leave undefined, or all alike, has no interval", () => {
  const some = (undefinedOnes: number) => [...Array(100).keys()].map((at) => (at < undefinedOnes ? null : at));
  expect(percentile(some(5))).toEqual([5 + 0.025 * 94, 5 + 0.975 * 94]);
  expect(percentile(some(6))).toBeNull();
  expect(percentile([1, 1, 1])).toBeNull();
  expect(percentile([0.3, 0.1 + 0.2, 0.3])).toBeNull();
  expect(percentile([])).toBeNull();
  expect(percentile([...Array(10).fill(Number.NaN), 1, 2])).toBeNull();
});
