/** Curves of one class against the rest, and calibration, against scikit-learn (`curves.py` writes `curves.json`). */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type CalibrationBin, calibration } from "../../../src/learn/calibration.js";
import {
  averagePrecision,
  classCurve,
  macroPrecision,
  macroRoc,
  precisionSteps,
  rocArea,
  rocPoints,
} from "../../../src/learn/class-curves.js";

type Points = readonly (readonly [number, number])[];
/** Of the bins that hold examples. */
interface Told {
  readonly accuracy: readonly number[];
  readonly confidence: readonly number[];
}
interface Case {
  readonly name: string;
  readonly classes: number;
  readonly bins: number;
  readonly predictions: readonly number[];
  readonly labels: readonly number[];
  readonly of: readonly (Told & {
    readonly fpr: readonly number[];
    readonly tpr: readonly number[];
    readonly auc: number;
    readonly precision: readonly number[];
    readonly recall: readonly number[];
    readonly ap: number;
  })[];
  readonly macroAuc: number;
  readonly macroAp: number;
  readonly top: Told & { readonly counts: readonly number[]; readonly ece: number; readonly mce: number };
}
const cases = JSON.parse(readFileSync(new URL("curves.json", import.meta.url), "utf8")) as readonly Case[];

const curvesOf = ({ classes, predictions, labels }: Case) =>
  Array.from({ length: classes }, (_, target) => classCurve(Float32Array.from(predictions), classes, labels, target));
const near = (values: Iterable<number>): unknown => [...values].map((value) => expect.closeTo(value, 12));
/** Below a curve of straight lines, and below stairs whose height is that of the step that ends there. */
const belowLines = (points: Points): number =>
  points.slice(1).reduce((sum, [x, y], at) => sum + ((x - points[at]![0]) * (y + points[at]![1])) / 2, 0);
const belowStairs = (points: Points): number =>
  points.reduce((sum, [x, y], at) => sum + (x - (points[at - 1]?.[0] ?? 0)) * y, 0);

test.each(cases)("$name: steps, areas and their means as scikit-learn has them", (given) => {
  const curves = curvesOf(given);
  for (const [target, curve] of curves.entries()) {
    const { fpr, tpr, auc, precision, recall, ap } = given.of[target]!;
    expect([0, ...curve.falsePositives].map((count) => count / curve.negatives)).toEqual(near(fpr));
    expect([0, ...curve.truePositives].map((count) => count / curve.positives)).toEqual(near(tpr));
    expect(rocArea(curve)).toBeCloseTo(auc, 12);
    expect(averagePrecision(curve)).toBeCloseTo(ap, 12);
    // scikit-learn tells recalls from the largest on, ends with a point of its own, and has every threshold.
    const first = new Map<number, number>();
    for (let at = recall.length - 2; at >= 0; at--)
      if (recall[at]! > 0 && !first.has(recall[at]!)) first.set(recall[at]!, precision[at]!);
    const steps = precisionSteps(curve);
    expect(steps.map(([reached]) => reached)).toEqual(near(first.keys()));
    expect(steps.map(([, own]) => own)).toEqual(near(first.values()));
  }
  const mean = (values: readonly (number | null)[]): number =>
    values.reduce<number>((sum, value) => sum + value!, 0) / values.length;
  if (given.classes > 2) expect(mean(curves.map(rocArea))).toBeCloseTo(given.macroAuc, 12);
  expect(mean(curves.map(averagePrecision))).toBeCloseTo(given.macroAp, 12);
});

test.each(cases)(
  "$name: corners are those of all points, and the areas below the mean curves the mean areas",
  (given) => {
    const curves = curvesOf(given);
    for (const [target, curve] of curves.entries()) {
      const { fpr, tpr } = given.of[target]!;
      const corners = rocPoints(curve);
      expect(corners.length).toBeLessThanOrEqual(fpr.length);
      expect([corners[0], corners.at(-1)]).toEqual([
        [0, 0],
        [1, 1],
      ]);
      for (const [x, y] of corners) {
        const gaps = fpr.map((own, at) => Math.abs(own - x) + Math.abs(tpr[at]! - y));
        expect(Math.min(...gaps)).toBeLessThan(1e-12);
      }
      // Every point that is left out lies on the line between two that are not.
      for (const [at, x] of fpr.entries()) {
        const gaps = corners.slice(1).flatMap(([x1, y1], before) => {
          const [x0, y0] = corners[before]!;
          if (x < x0 - 1e-12 || x > x1 + 1e-12 || tpr[at]! < y0 - 1e-12 || tpr[at]! > y1 + 1e-12) return [];
          return [Math.abs((x1 - x0) * (tpr[at]! - y0) - (x - x0) * (y1 - y0))];
        });
        expect(Math.min(...gaps)).toBeLessThan(1e-12);
      }
      expect(belowLines(corners)).toBeCloseTo(rocArea(curve)!, 12);
      expect(belowStairs(precisionSteps(curve))).toBeCloseTo(averagePrecision(curve)!, 12);
    }
    const macro = macroRoc(curves.map(rocPoints));
    expect(belowLines(macro)).toBeCloseTo(given.of.reduce((sum, { auc }) => sum + auc, 0) / given.classes, 12);
    expect(macro.every(([x, y], at) => at === 0 || (x >= macro[at - 1]![0] && y >= macro[at - 1]![1]))).toBe(true);
    expect(belowStairs(macroPrecision(curves.map(precisionSteps)))).toBeCloseTo(given.macroAp, 12);
  },
);

const filled = (bins: readonly CalibrationBin[]): readonly CalibrationBin[] => bins.filter(({ count }) => count > 0);
const ofBins = (bins: readonly CalibrationBin[]): unknown => ({
  accuracy: filled(bins).map(({ accuracy }) => accuracy),
  confidence: filled(bins).map(({ confidence }) => confidence),
});
const toldNear = ({ accuracy, confidence }: Told): unknown => ({
  accuracy: near(accuracy),
  confidence: near(confidence),
});

test.each(cases)("$name: bins of each class and of the predicted one, and both errors", (given) => {
  const { classes, bins, predictions, labels, of, top } = given;
  const rows = labels.map((_, at) => predictions.slice(at * classes, (at + 1) * classes));
  for (let target = 0; target < classes; target++) {
    const own = calibration(
      Float32Array.from(rows, (row) => row[target]!),
      labels.map((label) => Number(label === target)),
      bins,
    );
    expect(ofBins(own.bins)).toEqual(toldNear(of[target]!));
  }
  const isRight = rows.map((row, at) => Number(row.indexOf(Math.max(...row)) === labels[at]));
  const found = calibration(
    Float32Array.from(rows, (row) => Math.max(...row)),
    isRight,
    bins,
  );
  expect(ofBins(found.bins)).toEqual(toldNear(top));
  expect(found.bins.map(({ count }) => count)).toEqual(top.counts);
  expect(found.expectedError).toBeCloseTo(top.ece, 12);
  expect(found.maximumError).toBeCloseTo(top.mce, 12);
});
