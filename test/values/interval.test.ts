/** An interval in words. */
import { expect, test } from "vitest";
import { intervalText, measuredText } from "../../src/values/interval.js";

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
