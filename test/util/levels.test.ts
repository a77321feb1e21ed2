/** Means over seeds and folds: within each seed over its folds, then over the seeds. */
import { expect, test } from "vitest";
import { levelsOf, outermostOf } from "../../src/util/levels.js";

const scores: Readonly<Record<string, readonly (number | null)[]>> = { "3": [1, 2, 3], "8": [4, 6, null] };
const elements = Object.entries(scores).flatMap(([seed, folds]) =>
  folds.map((mse, fold) => ({
    keys: [seed, String(fold + 1)],
    metrics: { mse, confusion: [[1, 2]], perClass: [{ class: "a", recall: mse }] },
  })),
);

test("the mean over folds within each seed, then mean and sd over the seeds", () => {
  const [outer, inner] = levelsOf(elements);
  expect(inner!.map(({ element, measured, metrics }) => [element, measured, metrics.mse])).toEqual([
    ["3", 3, { mean: 2, sd: 1, se: 1 / Math.sqrt(3), count: 3 }],
    ["8", 3, { mean: 5, sd: Math.sqrt(2), se: expect.closeTo(1, 12), count: 2 }],
  ]);
  // Not the mean of all five, which is 3.2, nor their sd.
  expect(outer).toEqual([
    {
      element: null,
      measured: 2,
      metrics: {
        mse: { mean: 3.5, sd: Math.sqrt(4.5), se: expect.closeTo(1.5, 12), count: 2 },
        confusion: [[6, 12]],
        perClass: [{ class: "a", recall: { mean: 3.5, sd: Math.sqrt(4.5), se: expect.closeTo(1.5, 12), count: 2 } }],
      },
    },
  ]);
});

test("the axes may be the other way round: the mean over seeds within each fold, then over the folds", () => {
  const [outer, inner] = levelsOf(elements.map(({ keys, metrics }) => ({ keys: [...keys].reverse(), metrics })));
  expect(inner!.map(({ element, metrics }) => [element, metrics.mse])).toEqual([
    ["1", { mean: 2.5, sd: Math.sqrt(4.5), se: expect.closeTo(1.5, 12), count: 2 }],
    ["2", { mean: 4, sd: Math.sqrt(8), se: expect.closeTo(2, 12), count: 2 }],
    ["3", { mean: 3, sd: null, se: null, count: 1 }],
  ]);
  expect(outer![0]!.metrics.mse).toMatchObject({ mean: (2.5 + 4 + 3) / 3, count: 3 });
});

test("one axis is one level, and an element with nothing in it is no element of the level above", () => {
  expect(levelsOf([{ keys: ["1"], metrics: { mse: 2 } }])).toEqual([
    [{ element: null, measured: 1, metrics: { mse: { mean: 2, sd: null, se: null, count: 1 } } }],
  ]);
  const [outer] = levelsOf([
    { keys: ["1", "1"], metrics: { r2: null } },
    { keys: ["2", "1"], metrics: { r2: 0.5 } },
  ]);
  expect(outer![0]).toMatchObject({ measured: 2, metrics: { r2: { mean: 0.5, sd: null, count: 1 } } });
});

test("an axis of one element is no level: the spread is over the others", () => {
  const one = (keys: readonly string[], mse: number) => ({ keys, metrics: { mse } });
  expect(outermostOf([one(["3", "1"], 1), one(["3", "2"], 3)]).metrics.mse).toMatchObject({ mean: 2, count: 2 });
  expect(outermostOf([one(["3", "1"], 1), one(["8", "1"], 3)]).metrics.mse).toMatchObject({ mean: 2, count: 2 });
  expect(outermostOf(elements).metrics.mse).toMatchObject({ mean: 3.5, count: 2 });
  expect(outermostOf([one(["3", "1"], 1)]).metrics.mse).toMatchObject({ mean: 1, sd: null, count: 1 });
});

test("an axis of repeated folds keeps the standard error of one repetition, at its own level", () => {
  const cells = ["3", "8"].flatMap((seed) =>
    [1, 3, 2, 4].map((mse, at) => ({ keys: [seed, String(at + 1)], metrics: { mse } })),
  );
  const [outer, inner] = levelsOf(cells, [{}, { repeats: 2 }]);
  const sd = Math.sqrt(5 / 3);
  expect(inner!.map(({ metrics }) => metrics.mse)).toEqual([
    { mean: 2.5, sd, se: expect.closeTo(sd / Math.SQRT2, 12), count: 4 },
    { mean: 2.5, sd, se: expect.closeTo(sd / Math.SQRT2, 12), count: 4 },
  ]);
  expect(outer![0]!.metrics.mse).toEqual({ mean: 2.5, sd: 0, se: 0, count: 2 });
});
