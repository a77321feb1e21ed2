/** Winners of searches that are handed over as they are stored. */
import { describe, expect, test } from "vitest";
import type { ListItem } from "../../src/pipeline/run-context.js";
import { select } from "../../src/stages/select.js";
import type { JsonObject } from "../../src/util/json.js";
import type { Output } from "../../src/values/output.js";
import type { TrialData } from "../../src/values/search.js";
import type { SelectionData } from "../../src/values/selection.js";

/** A trial with these settings, and its score in each fold. */
const trial = (key: string, options: JsonObject, scores: readonly number[]): TrialData => {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return {
    key,
    values: { d: key },
    status: "ok",
    rank: 1,
    score: { mean, sd: null, se: null, count: scores.length },
    metrics: {},
    cells: scores.map((score, index) => ({ element: String(index + 1), score, error: null })),
    parameters: 3,
    p: null,
    tied: false,
    options: { trial: options },
  };
};
const search = (...trials: readonly TrialData[]): Output => ({
  type: "search",
  data: {
    strategy: "grid",
    objective: { metric: "validation.loss", direction: "minimize" },
    space: {},
    parameters: ["d"],
    counts: { total: trials.length, rejected: [], trials: trials.length, failed: 0 },
    comparison: { test: null, reason: "one_training" },
    trials,
    metrics: {},
  },
  blobs: {},
});
async function winners(options: object, ...searches: readonly Output[]): Promise<SelectionData> {
  const from = searches.map((value, source): ListItem<Output> => ({ source, element: null, value }));
  const context = {
    options: select.schema.parse({ from: "s", ...options }),
    lists: { from },
    inputs: {},
  } as unknown as Parameters<typeof select.run>[0];
  return (await select.run(context)).winners!.data as unknown as SelectionData;
}

describe("trials with the same settings", () => {
  const settings = { units: 4 };
  test("that read other data are each a candidate, and the best wins wherever it stands", async () => {
    for (const trials of [
      [trial("raw", settings, [0.5, 0.7]), trial("scaled", settings, [0.1, 0.2])],
      [trial("scaled", settings, [0.1, 0.2]), trial("raw", settings, [0.5, 0.7])],
    ]) {
      const {
        candidates,
        winners: [best, second],
      } = await winners({ top: 2 }, search(...trials));
      expect([candidates, best!.key, second!.key]).toEqual([2, "scaled", "raw"]);
      expect((await winners({}, search(trials[0]!), search(trials[1]!))).winners[0]!.key).toBe("scaled");
    }
  });
  test("that two searches have tried on the same data are one", async () => {
    const again = trial("a", settings, [0.1, 0.2]);
    expect((await winners({}, search(again), search(again, trial("b", { units: 8 }, [0.3, 0.3])))).candidates).toBe(2);
  });
});
