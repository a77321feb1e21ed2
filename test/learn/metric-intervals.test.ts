/**
 * Intervals of metrics: those of scikit-learn's metrics on the same resamples, and what is told where a set knows of no
 * spread.
 */
import { expect, test } from "vitest";
import type { Examples } from "../../src/learn/data.js";
import type { Loss } from "../../src/learn/losses.js";
import { measured, type Resampling } from "../../src/learn/metric-intervals.js";
import { classificationMetrics, judgeClasses, judgeNumbers, regressionMetrics } from "../../src/learn/metrics.js";
import { stream } from "../../src/learn/random.js";
import { type Measure, once, resamplesOf, single, sumsOver, unitsOf } from "../../src/learn/resampling.js";
import { bootstrap, wilson } from "../../src/statistics/intervals.js";
import type {
  ClassificationIntervals,
  ClassificationMetrics,
  RegressionIntervals,
} from "../../src/values/evaluation.js";
import { expectNear } from "../statistics/near.js";

const examplesOf = (labels: Int32Array | Float32Array, classes: readonly string[] | null, targets = 1): Examples => ({
  count: labels.length / targets,
  ...{ shape: [1], classes, scale: 1, features: new Float32Array(), labels, targets },
  rows: Int32Array.from({ length: labels.length / targets }, (_, row) => row),
});
const resampling = (purpose = "intervals"): Resampling => ({ random: stream(0, [], purpose), before: () => undefined });

/** Park and Miller's generator, which Python's whole numbers repeat exactly. */
function parkMiller(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16807) % 2147483647;
    return state;
  };
}
const numbers = (seed: number, count: number): readonly number[] => {
  const next = parkMiller(seed);
  return Array.from({ length: count }, next);
};
/** As lists of indices would draw them. */
function timesOf(seed: number, count: number, resamples: number): readonly Int32Array[] {
  const next = parkMiller(seed);
  return Array.from({ length: resamples }, () => {
    const times = new Int32Array(count);
    for (let drawn = 0; drawn < count; drawn++) times[next() % count]!++;
    return times;
  });
}
const bounds = <M>(measure: Measure<M>, leaf: (metrics: M) => number | null, times: readonly Int32Array[]) =>
  bootstrap(times, (each) => [leaf(measure(each))])[0]!;

// Two classes by one logit, of which several are equal.
const logits = Float32Array.from(numbers(3, 40), (value) => ((value % 13) - 6) / 2);
const truths = Int32Array.from(numbers(5, 40), (value, at) =>
  Number((value % 10) / 10 < 1 / (1 + Math.exp(-logits[at]!))),
);
const binary: Loss = { type: "binary_cross_entropy" };

test("resampled metrics of classes are scikit-learn 1.9.1's on the same lists, and their quantiles numpy's", () => {
  const measure = judgeClasses(logits, examplesOf(truths, ["no", "yes"]), binary).measure(single(40));
  const times = timesOf(11, 40, 500);
  for (const [name, leaf, [low, high]] of [
    ["log_loss", (of) => of.logLoss, [0.3095818808665978, 0.5939558011886023]],
    ["roc_auc_score", (of) => of.auc!, [0.760904761904762, 0.9795838377602643]],
    ["balanced_accuracy_score", (of) => of.balancedAccuracy, [0.7686592588286961, 0.9735294117647058]],
    ["f1_score, macro", (of) => of.macro.f1, [0.7565922920892495, 0.969488939740656]],
    ["precision_score, weighted", (of) => of.weighted.precision, [0.7776857182017544, 0.9761510416666667]],
    ["f1_score", (of) => of.perClass[1]!.f1, [0.7851119894598155, 0.9787234042553191]],
  ] as readonly (readonly [
    string,
    (of: Omit<ClassificationMetrics, "confusion">) => number | null,
    readonly number[],
  ])[]) {
    const interval = bounds(measure, leaf, times);
    expectNear(interval[0], low!, name);
    expectNear(interval[1], high!, name);
  }
});

test("resampled metrics of numbers are scikit-learn 1.9.1's on the same lists", () => {
  const wanted = Float32Array.from(numbers(17, 40), (value) => (value % 1000) / 100);
  const noise = numbers(19, 40);
  const outputs = Float32Array.from(
    numbers(17, 40),
    (value, at) => (value % 1000) / 100 + ((noise[at]! % 200) - 100) / 64,
  );
  const measure = judgeNumbers(outputs, examplesOf(wanted, null), { type: "mse" }, []).measure(single(40));
  const times = timesOf(11, 40, 500);
  for (const [name, [low, high]] of [
    ["mse", [0.6473428236896879, 1.0322961154169197]],
    ["rmse", [0.8045755407342353, 1.0160192052737564]],
    ["mae", [0.6987890473124571, 0.932851552919019]],
    ["r2", [0.797016315386829, 0.9063208987640872]],
  ] as const) {
    const interval = bounds(measure, (of) => of[name], times);
    expectNear(interval[0], low, name);
    expectNear(interval[1], high, name);
  }
});

/** The examples as often as they are drawn, one after the other. */
function repeated(outputs: Float32Array, examples: Examples, times: Int32Array) {
  const width = outputs.length / examples.count;
  const rows = [...times].flatMap((often, row) => new Array<number>(often).fill(row));
  return {
    outputs: Float32Array.from(rows.flatMap((row) => [...outputs.subarray(row * width, (row + 1) * width)])),
    examples: { ...examples, count: rows.length, rows: Int32Array.from(rows) },
  };
}
function expectAlike(one: unknown, other: unknown): void {
  const numbersIn = (value: unknown): readonly (number | null)[] => {
    if (value === null || typeof value === "number") return [value];
    return typeof value === "object" ? Object.values(value).flatMap(numbersIn) : [];
  };
  const [found, wanted] = [numbersIn(one), numbersIn(other)];
  expect(found).toHaveLength(wanted.length);
  for (const [at, value] of found.entries())
    if (value === null || wanted[at] === null) expect(value).toBe(wanted[at]);
    else expectNear(value, wanted[at]!);
}

const random = stream(3, [], "test");
const several = {
  outputs: Float32Array.from({ length: 60 * 3 }, () => random.normal()),
  examples: examplesOf(
    Int32Array.from({ length: 60 }, () => random.int(3)),
    ["a", "b", "c"],
  ),
};
const targets = {
  outputs: Float32Array.from({ length: 60 * 2 }, () => random.normal()),
  examples: examplesOf(
    Float32Array.from({ length: 60 * 2 }, () => random.normal()),
    null,
    2,
  ),
};

test("the set itself is the resample that has everything once, and any other is the set that it draws, repeated", () => {
  const weighted: Loss = { type: "cross_entropy", classWeight: [1, 3, 0.5], labelSmoothing: 0.1 };
  const huber: Loss = { type: "huber", options: { delta: 0.5 } };
  const times = new Int32Array(60);
  random.drawings(times);
  const all = once(single(60));
  for (const loss of [{ type: "cross_entropy" }, weighted] as const) {
    const { outputs, examples } = several;
    const measure = judgeClasses(outputs, examples, loss).measure(single(60));
    const { confusion, ...metrics } = classificationMetrics(outputs, examples, loss);
    expect(measure(all)).toEqual(metrics);
    expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(60);
    const drawn = repeated(outputs, examples, times);
    const { confusion: _, ...wanted } = classificationMetrics(drawn.outputs, drawn.examples, loss);
    expectAlike(measure(times), wanted);
  }
  const measure = judgeNumbers(targets.outputs, targets.examples, huber, ["p", "q"]).measure(single(60));
  expect(measure(all)).toEqual(regressionMetrics(targets.outputs, targets.examples, huber, ["p", "q"]));
  const drawn = repeated(targets.outputs, targets.examples, times);
  expectAlike(measure(times), regressionMetrics(drawn.outputs, drawn.examples, huber, ["p", "q"]));
});

test("examples that are dealt to units are drawn with their unit", () => {
  const units = { count: 7, of: Int32Array.from({ length: 60 }, (_, at) => (at * 3) % 7) };
  const drawings = new Int32Array(7);
  random.drawings(drawings);
  const times = Int32Array.from(units.of, (unit) => drawings[unit]!);
  for (const { outputs, examples } of [
    several,
    { outputs: logits.subarray(0, 60), examples: examplesOf(truths, ["no", "yes"]) },
  ]) {
    const some = { count: 7, of: units.of.subarray(0, examples.count) };
    const loss: Loss = { type: examples.classes!.length === 2 ? "binary_cross_entropy" : "cross_entropy" };
    const drawn = repeated(outputs, examples, times.subarray(0, examples.count));
    const { confusion: _, ...wanted } = classificationMetrics(drawn.outputs, drawn.examples, loss);
    const found = judgeClasses(outputs, examples, loss).measure(some)(drawings);
    // Of units the auc is the part of it that is linear.
    expectAlike({ ...found, ...(found.auc === undefined ? {} : { auc: wanted.auc }) }, wanted);
  }
  const drawn = repeated(targets.outputs, targets.examples, times);
  expectAlike(
    judgeNumbers(targets.outputs, targets.examples, { type: "mae" }, []).measure(units)(drawings),
    regressionMetrics(drawn.outputs, drawn.examples, { type: "mae" }, []),
  );
});

test("the auc of examples that are dealt to units is near that of the set that they draw", () => {
  const draws = stream(13, [], "test");
  const labels = Int32Array.from({ length: 4000 }, () => draws.int(2));
  const outputs = Float32Array.from(labels, (label) => Math.round(4 * (draws.normal() + label)) / 4);
  const examples = examplesOf(labels, ["no", "yes"]);
  const judged = judgeClasses(outputs, examples, binary);
  const units = { count: 1000, of: draws.permutation(4000).map((place) => place % 1000) };
  const drawings = new Int32Array(1000);
  const [near, exact] = [judged.measure(units), judged.measure(single(4000))];
  expect(near(once(units)).auc!).toBeCloseTo(classificationMetrics(outputs, examples, binary).auc!, 12);
  for (let round = 0; round < 5; round++) {
    draws.drawings(drawings);
    const times = Int32Array.from(units.of, (unit) => drawings[unit]!);
    expect(Math.abs(near(drawings).auc! - exact(times).auc!)).toBeLessThan(5e-4);
    expect(near(drawings).auc).not.toBe(near(once(units)).auc);
  }
});

test("a set of more than 20,000 examples is dealt to units, and its intervals are as wide as theirs should be", () => {
  const count = 30_000;
  const draws = stream(5, [], "test");
  const units = unitsOf(count, 1, draws);
  expect(units.count).toBe(20_000);
  expect(sumsOver(units, new Float64Array(count).fill(1)).every((size) => size === 1 || size === 2)).toBe(true);
  expect(unitsOf(20_000, 1, draws)).toEqual({ count: 20_000, of: null });
  expect([unitsOf(5000, 784, draws).count, unitsOf(5000, 1e6, draws).count]).toEqual([637, 500]);
  const errors = Float32Array.from({ length: count }, () => draws.normal());
  const wanted = new Float32Array(count);
  const { intervals } = measured(errors, examplesOf(wanted, null), { type: "mse" }, [], resampling());
  const [low, high] = (intervals as RegressionIntervals).mse!;
  // Of squares of a standard normal the variance is 2.
  expect((high - low) / (2 * 1.96 * Math.sqrt(2 / count))).toBeCloseTo(1, 1);
  expect((low + high) / 2).toBeCloseTo(1, 1);
});

test("the same stream gives the same intervals, and another one others that are near", () => {
  const of = (purpose: string) =>
    measured(several.outputs, several.examples, { type: "cross_entropy" }, [], resampling(purpose));
  expect(of("intervals")).toEqual(of("intervals"));
  const [one, other] = [of("intervals"), of("other")].map(
    ({ intervals }) => (intervals as ClassificationIntervals).loss!,
  );
  expect(one).not.toEqual(other);
  expect(one![0]).toBeCloseTo(other![0], 1);
});

test("a stop is heard between two resamples", () => {
  let asked = 0;
  const before = (): void => {
    if (++asked > 3) throw new Error("stopped");
  };
  expect(() => [...resamplesOf(single(4), 10, stream(0, [], "x"), before)]).toThrow("stopped");
  expect(asked).toBe(4);
});

const classIntervals = (
  outputs: readonly number[],
  labels: readonly number[],
  classes: readonly string[],
  loss: Loss,
) =>
  measured(Float32Array.from(outputs), examplesOf(Int32Array.from(labels), classes), loss, [], resampling())
    .intervals as ClassificationIntervals;

test("one example, all right, all wrong: Wilson knows more than the resamples do", () => {
  const none = { precision: null, recall: null, f1: null };
  expect(classIntervals([2], [1], ["no", "yes"], binary)).toEqual({
    ...{ accuracy: wilson(1, 1), loss: null, logLoss: null, balancedAccuracy: null, auc: null },
    macro: none,
    weighted: { ...none, recall: wilson(1, 1) },
    perClass: [
      { class: "no", ...none },
      { class: "yes", precision: wilson(1, 1), recall: wilson(1, 1), f1: null },
    ],
  });
  const right = classIntervals([2, -1, 3, -4], [1, 0, 1, 0], ["no", "yes"], binary);
  expect(right.accuracy).toEqual([wilson(4, 4)![0], 1]);
  expect([right.balancedAccuracy, right.macro.f1]).toEqual([null, null]);
  expect(right.loss![0]).toBeLessThan(right.loss![1]);
  const wrong = classIntervals([-2, 1, -3, 4], [1, 0, 1, 0], ["no", "yes"], binary);
  expect(wrong.accuracy).toEqual([0, wilson(0, 4)![1]]);
});

test("where a resample leaves a metric undefined too often, or the metric is, there is no interval", () => {
  // One example of `yes` of eight: a third of the resamples has none.
  const rare = classIntervals([2, -1, 3, -4, -1, 1, -2, -3], [1, 0, 0, 0, 0, 0, 0, 0], ["no", "yes"], binary);
  expect([rare.auc, rare.perClass[1]!.f1 === null]).toEqual([null, false]);
  // A class without examples, which is never predicted, and weights that leave nothing.
  const three = classIntervals([5, 0, 0, 0, 5, 0, 5, 1, 0], [0, 1, 1], ["a", "b", "c"], {
    type: "cross_entropy",
    classWeight: [0, 0, 1],
  });
  expect(three.perClass[2]).toEqual({ class: "c", precision: null, recall: null, f1: null });
  expect(three.loss).toBeNull();
  expect(three.logLoss).not.toBeNull();
  const constant = measured(
    Float32Array.of(1, 2, 3, 5),
    examplesOf(Float32Array.of(2, 2, 2, 2), null),
    { type: "mse" },
    [],
    resampling(),
  );
  expect((constant.intervals as RegressionIntervals).r2).toBeNull();
  expect((constant.intervals as RegressionIntervals).mse).not.toBeNull();
  const perfect = measured(
    Float32Array.of(1, 2),
    examplesOf(Float32Array.of(1, 2), null),
    { type: "mse" },
    [],
    resampling(),
  );
  expect(perfect.intervals).toEqual({ mse: null, rmse: null, mae: null, r2: null });
});

test("intervals have the shape of metrics", () => {
  const { metrics, intervals } = measured(
    targets.outputs,
    targets.examples,
    { type: "huber" },
    ["p", "q"],
    resampling(),
  );
  const { count: _, ...rest } = metrics;
  const shapeOf = (value: unknown): unknown => {
    if (value === null || typeof value !== "object") return typeof value === "string" ? value : null;
    if (Array.isArray(value) && typeof value[0] === "number") return null;
    if (Array.isArray(value)) return value.map(shapeOf);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shapeOf(item)]));
  };
  expect(shapeOf(intervals)).toEqual(shapeOf(rest));
  const { metrics: ofClasses, intervals: theirs } = measured(
    logits,
    examplesOf(truths, ["no", "yes"]),
    binary,
    [],
    resampling(),
  );
  const {
    count: _count,
    correct: _correct,
    confusion: _confusion,
    perClass,
    ...others
  } = ofClasses as ClassificationMetrics;
  expect(shapeOf(theirs)).toEqual(
    shapeOf({ ...others, perClass: perClass.map(({ support: _support, ...own }) => own) }),
  );
});

test("drawings are as many as there are numbers, each alike, of many numbers too", () => {
  const draws = stream(9, [], "test");
  for (const count of [1, 7, 20_000, 70_000]) {
    const times = new Int32Array(count);
    draws.drawings(times);
    expect(times.reduce((sum, often) => sum + often, 0)).toBe(count);
  }
  const times = new Int32Array(3);
  const totals = [0, 0, 0];
  for (let round = 0; round < 10_000; round++) {
    draws.drawings(times);
    for (const [at, often] of times.entries()) totals[at]! += often;
  }
  // Each 10,000 with a standard deviation of 82.
  for (const total of totals) expect(Math.abs(total - 10_000)).toBeLessThan(330);
});
