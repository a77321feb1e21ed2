/** Metrics as a terminal shows them: what is undefined is a dash, and a mean over fewer elements says so. */
import { expect, test } from "vitest";
import { evaluate } from "../../src/stages/evaluate.js";
import { intervalCaveat, metricLines } from "../../src/text/intervals.js";
import { flatMetrics, spreadLine } from "../../src/text/metrics.js";
import { renderShown, renderShownList } from "../../src/text/show.js";
import type { Shown } from "../../src/text/shown.js";
import { aggregateMetrics } from "../../src/util/aggregate.js";
import type { JsonObject } from "../../src/util/json.js";
import { levelsOf } from "../../src/util/levels.js";
import { looseOutput } from "../rig/output.js";

const shown = (metrics: JsonObject, elements?: readonly JsonObject[]): Shown => ({
  stage: "score",
  kind: "evaluate",
  digest: null,
  metrics,
  figures: [],
  lineage: [],
  outputs: [],
  ...(elements
    ? {
        each: [{ stage: "folds", of: "folds", count: elements.length }],
        elements: elements.map((own, index) => ({
          element: String(index + 1),
          digest: null,
          metrics: own,
          figures: [],
          outputs: [],
          finishedAt: null,
          elapsedMs: null,
        })),
      }
    : {}),
  finishedAt: null,
  elapsedMs: null,
  missing: null,
});
const text = (what: Shown): string => renderShown(what, evaluate, [], { color: false, columns: 100 });

test("an undefined metric is a dash in a list, a line and a headline", () => {
  const metrics = { mse: 0.5, rmse: 0.7, mae: 0.6, r2: null, count: 3 };
  expect(flatMetrics(metrics)).toEqual([
    ["mse", "0.5"],
    ["rmse", "0.7"],
    ["mae", "0.6"],
    ["r2", "–"],
    ["count", "3"],
  ]);
  const evaluation = looseOutput("evaluation", { metrics, intervals: { mse: null } });
  expect(evaluate.headline!({ evaluation })).toBe("mse 0.5, r2 –");
  expect(text(shown(metrics))).toContain(
    "\n  – is undefined: r2 of equal targets, precision without predictions, recall without examples, auc of one class, " +
      "losses of votes or of members that learned by several\n",
  );
  expect(text(shown({ mse: 0.5, r2: 0.9 }))).not.toContain("undefined");
  expect(renderShownList([shown(metrics)], { color: false, columns: 80 })).toBe(
    "· score  evaluate  mse 0.5, rmse 0.7, mae 0.6, r2 –\n",
  );
});

test("a mean over the elements where a metric is defined says how many these are", () => {
  const metrics = [
    { mse: 1, r2: null },
    { mse: 2, r2: 0.5 },
    { mse: 3, r2: 0.9 },
  ];
  expect(spreadLine(aggregateMetrics(metrics), 3)).toBe("mse 2 ± 1 (0.5774), r2 0.7 ± 0.2828 (0.2) over 2 of 3");
  expect(spreadLine(aggregateMetrics(metrics.slice(0, 2)), 2)).toBe("mse 1.5 ± 0.7071 (0.5), r2 0.5 over 1 of 2");
  expect(spreadLine(aggregateMetrics(metrics.slice(0, 1)), 1)).toBe("mse 1, r2 – over 0 of 1");
});

test("classes are listed for one evaluation and over folds, of which some lack a class", () => {
  const line = (recall: number | null, support: number): JsonObject => ({
    class: "rare",
    precision: recall,
    recall,
    f1: recall,
    support,
  });
  const fold = (recall: number | null, support: number): JsonObject => ({
    accuracy: 1,
    count: 4,
    perClass: [line(recall, support)],
  });
  expect(text(shown(fold(null, 0)))).toContain(
    "  class  precision  recall  f1      support\n  rare   –          –       –             0\n",
  );
  const folds = [fold(1, 1), fold(0.5, 2), fold(null, 0)];
  const over = text(shown(aggregateMetrics(folds), folds));
  expect(over).toContain("Metrics over 3 folds: mean ± sd (se)\n  accuracy  100.00 % ± 0.00 % (0.00 %)\n");
  const told = "0.7500 ± 0.3536 (0.2500) over 2 of 3";
  expect(over).toContain(`  rare   ${told}  ${told}  ${told}  1 ± 1 (0.5774)\n`);
});

test("of seeds and folds the metrics are over seeds, each a mean over its folds, and what is fixed is said", () => {
  const folds = [1, 2, 4, 6].map((mse, at) => ({ keys: [String(3 + Math.floor(at / 2)), String(1 + (at % 2))], mse }));
  const axes = [
    { stage: "seeds", of: "seeds", count: 2 },
    { stage: "folds", of: "folds", count: 2 },
  ] as const;
  const levels = levelsOf(folds.map(({ keys, mse }) => ({ keys, metrics: { mse } })));
  const metrics = folds.map(({ mse }) => ({ mse }));
  const nested: Shown = {
    ...shown(aggregateMetrics(metrics), metrics),
    each: axes,
    levels: levels.map((elements, at) => ({ ...axes[at]!, elements })),
    fixed: [
      { stage: "parts", kind: "split" },
      { stage: "shuffle", kind: "shuffle" },
    ],
  };
  expect(text(nested).split("\n").slice(0, 11)).toEqual([
    "score  evaluate",
    "the same for every seed: parts (split), shuffle",
    "",
    "Metrics over 2 seeds, each a mean over 2 folds: mean ± sd (se)",
    "  mse  3.25 ± 2.475 (1.75)",
    "",
    "Within each seed: mean ± sd (se) over 2 folds",
    "  3  mse 1.5 ± 0.7071 (0.5)",
    "  4  mse 5 ± 1.414 (1)",
    "",
    "Elements",
  ]);
});

test("an interval stands beside its metric, or below it where lines are short, and what it covers is said", () => {
  const metrics = { accuracy: 0.9, macro: { f1: 0.5 }, count: 10, loss: null };
  const intervals = { accuracy: [0.5959, 0.9821], macro: { f1: null }, loss: null, perClass: [] };
  const one: Shown = { ...shown(metrics), intervals };
  expect(text(one)).toContain(
    [
      "",
      "Metrics, 95 % interval",
      "  accuracy  90.00 %  59.59 to 98.21 %",
      "  macro.f1  0.5",
      "  count     10",
      "  loss      –",
      "",
      "  Intervals: 95 %, over the choice of examples, not of trainings.",
      "",
    ].join("\n"),
  );
  // A dash is explained once, whatever stands beside it.
  expect(text(one).match(/is undefined/g)).toHaveLength(1);
  expect(metricLines(metrics, intervals, 0, 30)).toEqual([
    "  accuracy  90.00 %",
    "    59.59 to 98.21 %",
    "  macro.f1  0.5",
    "  count     10",
    "  loss      –",
  ]);
});

test("over folds and over seeds the interval is of the mean, and says what it leaves out", () => {
  const metrics = [{ mse: 1 }, { mse: 2 }, { mse: 3 }];
  const over = (of: "folds" | "seeds"): Shown => ({
    ...shown(aggregateMetrics(metrics), metrics),
    each: [{ stage: "each", of, count: 3 }],
    intervals: { mse: [-0.484, 4.484] },
  });
  expect(text(over("folds"))).toContain(
    "Metrics over 3 folds: mean ± sd (se), 95 % interval of the mean\n  mse  2 ± 1 (0.5774)  -0.484 to 4.484\n",
  );
  expect(intervalCaveat(over("folds"))).toBe(
    "Intervals: 95 %, of the mean, by Student's t. Folds share their training data, so these are too narrow " +
      "(Bengio & Grandvalet, 2004).",
  );
  expect(intervalCaveat(over("seeds"))).toBe(
    "Intervals: 95 %, of the mean, by Student's t: over the randomness of training, not the choice of examples.",
  );
  const { intervals: _, ...without } = over("folds");
  expect(intervalCaveat(without)).toBeNull();
});
