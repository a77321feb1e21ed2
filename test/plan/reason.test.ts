/** Why a step runs, in words. */
import { expect, test } from "vitest";
import type { Stage } from "../../src/pipeline/pipeline.js";
import { reasonFor } from "../../src/plan/reason.js";
import type { StepRecord } from "../../src/store/store.js";
import type { JsonObject } from "../../src/util/json.js";

const stage = { name: "wide", kind: "search", inputs: [] } as unknown as Stage;
const reason = (before: JsonObject, after: JsonObject): string => {
  const record = { pipeline: "p", stage: "wide", element: null, document: before } as unknown as StepRecord;
  return reasonFor(after, { pipeline: "p", stage, element: null }, [record]);
};

test("another version of a kind is told first, and what it alone is given is no reason of its own", () => {
  const before = { version: 3, options: { top: 2 } };
  expect(reason(before, { version: 4, options: { top: 2, judging: { axes: [] } } })).toBe("`search` of hw1 changed");
  expect(reason(before, { version: 4, options: { top: 3, judging: { axes: [] } } })).toBe(
    "`search` of hw1 changed, top was 2, is 3",
  );
  expect(reason(before, { version: 3, options: { top: 2, rule: "best" } })).toBe("rule is best, was not set");
});
