import { expect, test } from "vitest";
import type { Judging } from "../../src/pipeline/gathering.js";
import { isTied, type Tried, tiesOf } from "../../src/stages/search-ties.js";
import type { Output } from "../../src/values/output.js";
import { classes, numbers } from "../rig/evaluations.js";

const folds = (count: number, ratio: number | null = 1 / (count - 1)): Judging => ({
  axes: [{ of: "folds", count, redrawn: true }],
  ratio,
});
const seeds = (count: number): Judging => ({ axes: [{ of: "seeds", count, redrawn: false }], ratio: 0.2 });
const one: Judging = { axes: [], ratio: 0.2 };
const scored = (...scores: number[]): Tried => ({ scores, outputs: scores.map(() => undefined) });
const ties = (judging: Judging, trials: readonly Tried[], metric = "accuracy") =>
  tiesOf(trials, trials[0]!, judging, metric);

const judged = (...outputs: Output<"evaluation">[]): Tried => ({ scores: outputs.map(() => 0), outputs });

test("over folds trials are tied by the corrected resampled t-test of the paired differences", () => {
  const best = scored(0.5, 0.6, 0.7, 0.4);
  const near = scored(0.55, 0.58, 0.76, 0.42);
  const far = scored(0.8, 0.95, 1.02, 0.72);
  const { comparison, ps } = ties(folds(4), [best, near, far]);
  expect(comparison).toEqual({ test: "corrected_t", over: "folds", count: 4, ratio: 1 / 3 });
  // numpy and scipy.stats.t.sf of the formula.
  expect(ps[0]).toBe(1);
  expect(ps[1]).toBeCloseTo(0.3902414152978917, 9);
  expect(ps[2]).toBeCloseTo(0.00025446374032805984, 9);
  expect(ps.map(isTied)).toEqual([true, true, false]);
});
test("the share that judges widens the test: one holdout of half the examples is no ten folds", () => {
  const trials = [scored(0.5, 0.6, 0.7), scored(0.53, 0.66, 0.74)];
  const p = [0.1, 1].map((ratio) => ties(folds(3, ratio), trials).ps[1]!);
  expect(p[0]).toBeLessThan(0.05);
  expect(p[1]).toBeGreaterThan(0.05);
});
test("two folds are tested with one degree of freedom; the same difference on all folds is not", () => {
  expect(ties(folds(2), [scored(0.5, 0.6), scored(0.6, 0.8)]).ps[1]).toBeCloseTo(1 / 3, 9);
  expect(ties(folds(3), [scored(0.5, 0.25, 0.75), scored(0.625, 0.375, 0.875)]).ps).toEqual([1, null]);
  expect(ties(folds(3), [scored(0.5, 0.25, 0.75), scored(0.5, 0.25, 0.75)]).ps).toEqual([1, 1]);
});
test("seeds within folds are averaged fold by fold first: they are no further folds", () => {
  const axes: Judging["axes"] = [
    { of: "folds", count: 3, redrawn: true },
    { of: "seeds", count: 2, redrawn: false },
  ];
  const nested = ties({ axes, ratio: 0.5 }, [scored(4, 6, 5, 7, 6, 8), scored(7, 9, 6, 6, 8, 10)]);
  const plain = ties(folds(3, 0.5), [scored(5, 6, 7), scored(8, 6, 9)]);
  expect(nested).toEqual(plain);
  const turned = ties({ axes: axes.toReversed(), ratio: 0.5 }, [scored(4, 5, 6, 6, 7, 8), scored(7, 6, 8, 9, 6, 10)]);
  expect(turned).toEqual(plain);
});
test("seeds of which each has a split of its own are resamples, as folds are", () => {
  const own: Judging = { axes: [{ of: "seeds", count: 3, redrawn: true }], ratio: 0.2 };
  expect(ties(own, [scored(1, 2, 3), scored(2, 4, 3)]).comparison).toEqual({
    ...{ test: "corrected_t", over: "seeds", count: 3, ratio: 0.2 },
  });
  expect(ties({ ...own, ratio: null }, [scored(1, 2, 3)])).toEqual({
    comparison: { test: null, reason: "unknown_counts" },
    ps: [null],
  });
});

test("seeds with one set are tested without a correction, by predictions where there are some", () => {
  const plain = ties(seeds(3), [scored(0.5, 0.6, 0.7), scored(0.6, 0.65, 0.85)]);
  expect(plain.comparison).toEqual({ test: "paired_t", count: 3 });
  // scipy.stats.ttest_rel
  expect(plain.ps[1]).toBeCloseTo(0.07417990022744847, 9);
  const [a, b] = [
    [true, true, true, true, false, true, true, true],
    [true, false, false, true, false, true, false, true],
  ];
  const best = judged(classes(a!), classes(a!), classes(a!.with(0, false)));
  const other = judged(classes(b!), classes(b!.with(0, false)), classes(b!));
  const crossed = ties(seeds(3), [best, other]);
  expect(crossed.comparison).toEqual({ test: "crossed_t", count: 3 });
  expect(crossed.ps[0]).toBe(1);
  expect(crossed.ps[1]).toBeCloseTo(0.19684920809399115, 9);
});
test("folds that one set judges depend on each other, and are not tested", () => {
  const fixed: Judging = { axes: [{ of: "folds", count: 3, redrawn: false }], ratio: 0.5 };
  expect(ties(fixed, [scored(1, 2, 3), scored(2, 4, 3)])).toEqual({
    comparison: { test: null, reason: "same_examples" },
    ps: [null, null],
  });
});

test("one evaluation each is compared example by example: McNemar's exact test for classes", () => {
  const all = new Array<boolean>(12).fill(true);
  const worse = all.map((_, at) => at >= 7);
  const { comparison, ps } = ties(one, [judged(classes(all)), judged(classes(worse)), judged(classes(all))]);
  expect(comparison).toEqual({ test: "mcnemar", count: 12 });
  // 0 against 7: 2 / 2⁷; identical predictions have nothing to differ by.
  expect(ps).toEqual([1, expect.closeTo(2 / 128, 12), 1]);
});
test("a paired bootstrap for numbers, whose draws follow from the predictions alone", () => {
  const [good, bad] = [
    [0.1, 0.2, 0.1, 0.3, 0.2, 0.1, 0.2, 0.1],
    [0.9, 0.8, 0.7, 0.9, 0.6, 0.8, 0.9, 0.7],
  ];
  const trials = [judged(numbers(good!)), judged(numbers(bad!)), judged(numbers(good!))];
  const { comparison, ps } = ties(one, trials, "rmse");
  expect(comparison).toEqual({ test: "paired_bootstrap", count: 8 });
  expect(ps).toEqual([1, 2 / 2001, 1]);
  expect(ties(one, [trials[0]!, trials[1]!], "mae").ps[1]).toBe(2 / 2001);
});
test("what cannot be tested says why: scores alone, other examples, a metric that is no mean over them", () => {
  const reason = (trials: readonly Tried[], metric?: string) => {
    const { comparison, ps } = ties(one, trials, metric);
    expect(ps).toEqual(trials.map(() => null));
    return comparison.test === null && comparison.reason;
  };
  const right = [true, false, true];
  expect(reason([scored(0.5), scored(0.4)], "validation.loss")).toBe("one_training");
  expect(
    reason([judged(classes(right, { examples: "sha256:a" })), judged(classes(right, { examples: "sha256:b" }))]),
  ).toBe("other_examples");
  const weighted = { metrics: { loss: 1, logLoss: 2 } as never };
  for (const metric of ["macro.f1", "balancedAccuracy", "loss"])
    expect(reason([judged(classes(right, weighted)), judged(classes(right))], metric)).toBe("no_mean_over_examples");
  expect(reason([judged(numbers([1])), judged(numbers([2]))], "huber")).toBe("no_mean_over_examples");
});
test("repeated folds: all k r differences, and the ratio of one repetition", () => {
  const judging: Judging = { axes: [{ of: "folds", count: 6, redrawn: true, repeats: 2 }], ratio: 1 / 2 };
  const trials = [scored(0.5, 0.6, 0.7, 0.55, 0.65, 0.6), scored(0.55, 0.62, 0.78, 0.56, 0.72, 0.68)];
  const { comparison, ps } = ties(judging, trials);
  expect(comparison).toEqual({ test: "corrected_t", over: "folds", count: 6, ratio: 1 / 2 });
  // numpy and scipy.stats: mean(d) / sqrt(var(d) (1/6 + 1/2)), 5 degrees of freedom.
  expect(ps[1]).toBeCloseTo(0.09352632897546821, 9);
});
