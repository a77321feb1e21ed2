/** An interval in words. */
import { expect, test } from "vitest";
import { tInterval } from "../../src/statistics/intervals.js";
import { aggregateMetrics } from "../../src/util/aggregate.js";
import { spreadOf } from "../../src/util/statistics.js";
import { intervalText, meanIntervals, measuredText } from "../../src/values/interval.js";

test("an interval is told in the unit of its metric, and a dash says that there is none", () => {
  expect(intervalText("accuracy", [0.98851, 0.99231])).toBe("98.85 to 99.23 %");
  expect(intervalText("validation.accuracy", [0.5, 1])).toBe("50.00 to 100.00 %");
  expect(intervalText("loss", [0.0241234, 0.036289])).toBe("0.02412 to 0.03629");
  expect(intervalText("r2", [-0.5, 0.25])).toBe("-0.5 to 0.25");
  expect([intervalText("mse", null), intervalText("mse", undefined)]).toEqual(["–", "–"]);
});

test("a metric is followed by its interval where there is one", () => {
  expect(measuredText("accuracy", 0.9906, [0.98851, 0.99231])).toBe("99.06 % (98.85 to 99.23 %)");
  expect(measuredText("mse", 0.25, null)).toBe("0.25");
  expect(measuredText("r2", null, null)).toBe("–");
});

test("means over folds have Student's interval under the names of their metrics, counts have none", () => {
  const fold = (accuracy: number, recall: number | null) => ({
    ...{ accuracy, count: 10, correct: 10 * accuracy, confusion: [[1]] },
    perClass: [{ class: "rare", recall, support: 3 }],
    macro: { f1: 1 },
  });
  const intervals = meanIntervals(aggregateMetrics([fold(0.9, 1), fold(0.8, null), fold(0.6, 0.5)]));
  expect(intervals).toEqual({
    accuracy: tInterval(spreadOf([0.9, 0.8, 0.6])),
    perClass: [{ class: "rare", recall: tInterval(spreadOf([1, 0.5])) }],
    // All folds agree: what other folds would say is not known.
    macro: { f1: null },
  });
});
