import { expect, test } from "vitest";
import type { Places } from "../../src/stages/search-curves.js";
import { scored } from "../../src/stages/search-scores.js";
import { looseOutput } from "../rig/output.js";

test("a cell that left nothing is told by what went wrong before it in its trial", () => {
  const failure = looseOutput("failure", { title: "no number", message: "The loss is NaN." });
  const cells: Places = new Map([["0 2", looseOutput("evaluation", { metrics: { mse: 3 } })]]);
  const places = new Map([
    ["cells", cells],
    ["means.net", new Map([["0 1", failure]])],
  ]);
  const objective = { metric: "mse", direction: "minimize", path: ["mse"] } as const;
  const trial = { key: "a", values: {}, source: 0, cells: ["1", "2", "3"] };
  expect(scored(trial, { objective, judging: { axes: [], ratio: null } }, places).cells).toEqual([
    { element: "1", score: null, error: "no number\nThe loss is NaN." },
    { element: "2", score: 3, error: null },
    { element: "3", score: null, error: "an earlier stage of it failed" },
  ]);
});

test("a cell that gathers is told by the first failure within it, and by no other cell's", () => {
  const failure = (message: string) => looseOutput("failure", { title: "no number", message });
  const left = new Map([
    ["0 1/1", looseOutput("evaluation", { metrics: { mse: 3 } })],
    ["0 1/2", failure("The loss is NaN.")],
    ["0 1/3", failure("The loss is infinite.")],
    ["1 2/1", failure("Of another trial.")],
  ]);
  const places = new Map<string, Places>([["means.net", left]]);
  const objective = { metric: "mse", direction: "minimize", path: ["mse"] } as const;
  const errorsOf = (cells: readonly (string | null)[]) =>
    scored(
      { key: "a", values: {}, source: 0, cells },
      { objective, judging: { axes: [], ratio: null } },
      places,
    ).cells.map(({ error }) => error);
  const first = "an earlier stage of it failed: no number\nThe loss is NaN.";
  expect(errorsOf(["1", "2"])).toEqual([first, "an earlier stage of it failed"]);
  expect(errorsOf([null])).toEqual([first]);
});

test("repeated folds have the standard error of one repetition, by which the simplest trial is chosen", () => {
  const losses = [1, 3, 2, 4];
  const cells: Places = new Map(
    losses.map((mse, at) => [`0 ${at + 1}`, looseOutput("evaluation", { metrics: { mse } })] as const),
  );
  const objective = { metric: "mse", direction: "minimize", path: ["mse"] } as const;
  const trial = { key: "a", values: {}, source: 0, cells: ["1", "2", "3", "4"] };
  const scoreOver = (repeats: object) =>
    scored(
      trial,
      { objective, judging: { axes: [{ of: "folds", count: 4, redrawn: true, ...repeats }], ratio: 1 } },
      new Map([["cells", cells]]),
    ).score;
  const sd = Math.sqrt(5 / 3);
  expect(scoreOver({})).toEqual({ mean: 2.5, sd, se: sd / 2, count: 4 });
  expect(scoreOver({ repeats: 2 })).toEqual({ mean: 2.5, sd, se: expect.closeTo(sd / Math.SQRT2, 12), count: 4 });
});
