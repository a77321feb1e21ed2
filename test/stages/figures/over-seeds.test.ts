/** Tables and scores over seeds: they say seeds and not folds, and of seeds and folds the mean is over seeds of means. */
import { expect, test } from "vitest";
import type { Gathering } from "../../../src/pipeline/gathering.js";
import type { ListItem } from "../../../src/pipeline/run-context.js";
import { outerFolds } from "../../../src/stages/figures/outer-folds.js";
import { searchTable } from "../../../src/stages/figures/search-table.js";
import { search } from "../../../src/stages/search.js";
import { drawn } from "../../../src/stages/visualize.js";
import type { AxisOf } from "../../../src/values/axes.js";
import type { Output } from "../../../src/values/output.js";
import { savedFilesOf } from "../../../src/values/saved.js";
import type { SearchData } from "../../../src/values/search.js";
import { searchPreview } from "../../../src/values/search-preview.js";
import type { Sketch } from "../../../src/values/sketch.js";
import { epochs, modelData, outputOf } from "../../figure/data.js";
import { evaluationOutput, selectionData } from "../../figure/regression-data.js";

const subtitleOf = (figure: { readonly specification: unknown }): readonly string[] =>
  (figure.specification as { title: { subtitle?: readonly string[] } }).title.subtitle ?? [];
const rowsOf = (sketch: Sketch | undefined): readonly (readonly string[])[] =>
  sketch?.type === "table" ? sketch.rows : [];

/** @param cells  scores of the trials by the name of the cell */
async function gathered(
  axes: Gathering["judging"]["axes"],
  cells: Readonly<Record<string, readonly [number, number]>>,
): Promise<Output<"search">> {
  const names = Object.keys(cells);
  const options: Gathering = {
    strategy: "grid",
    objective: { metric: "train.loss", direction: "minimize", path: ["train", "loss"] },
    space: { units: [0, 1] },
    parameters: ["units"],
    counts: { total: 2, rejected: [] },
    judging: { axes, ratio: 0.25 },
    max_failures: null,
    trials: [0, 1].map((units) => ({ key: `t${units}`, source: units, values: { units }, options: {}, cells: names })),
  };
  const list = [0, 1].flatMap((trial) =>
    names.map((element): ListItem<Output> => {
      const model = modelData(epochs([cells[element]![trial]!], false), "mse", 1);
      return { source: trial, element, value: outputOf("model", model) };
    }),
  );
  const context = { options, lists: { cells: list }, inputs: {}, warn: () => undefined };
  const { results } = await search.run(context as unknown as Parameters<typeof search.run>[0]);
  return results as Output<"search">;
}
const axis = (of: AxisOf, count: number, redrawn = false) => ({ of, count, redrawn });
const textOf = (output: Output<"search">): string => JSON.stringify(searchPreview(output));

test("trials over seeds have a mean over seeds, which the table, show and the CSV call so", async () => {
  const output = await gathered([axis("seeds", 3)], { "3": [1, 2], "7": [2, 3], "9": [3, 5] });
  expect(output.data.over).toEqual([{ of: "seeds", count: 3 }]);
  expect(output.data.trials[0]!.score).toEqual({ mean: 2, sd: 1, se: 1 / Math.sqrt(3), count: 3 });
  expect(subtitleOf(searchTable(output.data, 5))[0]).toBe("2 configurations, mean over 3 seeds");
  expect(textOf(output)).toContain("mean over 3 seeds");
  expect(textOf(output)).toContain('["seeds","3 of 3"]');
  expect(textOf(output)).not.toContain("folds");
  const [trials] = savedFilesOf(output).map((file) => [...file.pieces()].map((piece) => Buffer.from(piece)).join(""));
  expect(trials!.split("\n")[0]).toBe("rank,trial,units,train.loss,sd,se,seeds,p,tied,weights,status,error");
});

test("over seeds and folds a score is the mean over the folds of each seed, then over the seeds", async () => {
  const cells = { "3/1": [1, 1], "3/2": [3, 9], "7/1": [4, 1], "7/2": [8, 9] } as const;
  const output = await gathered([axis("seeds", 2), axis("folds", 2, true)], cells);
  // Means 2 and 6 of the seeds, and not four scores.
  expect(output.data.trials[0]!.score).toEqual({ mean: 4, sd: Math.sqrt(8), se: expect.closeTo(2, 12), count: 2 });
  expect(output.data.trials[0]!.metrics!.train).toEqual({ loss: output.data.trials[0]!.score });
  expect(output.data.trials[1]!.score).toEqual({ mean: 5, sd: 0, se: 0, count: 2 });
  expect(subtitleOf(searchTable(output.data, 5))[0]).toBe(
    "2 configurations, mean over 2 seeds, each a mean over 2 folds",
  );
  expect(textOf(output)).toContain('["cells","4 of 4"]');
  // A single seed is no level.
  const one = await gathered([axis("seeds", 1), axis("folds", 2, true)], { "3/1": [1, 1], "3/2": [3, 9] });
  expect(one.data.trials[0]!.score).toMatchObject({ mean: 2, sd: Math.SQRT2, count: 2 });
  expect(subtitleOf(searchTable(one.data, 5))[0]).toBe("2 configurations, mean over 2 folds");
});

test("of folds alone nothing is added to what a search was", async () => {
  const { data } = await gathered([axis("folds", 2, true)], { "1": [1, 2], "2": [2, 4] });
  expect("over" in data).toBe(false);
  expect(subtitleOf(searchTable(data as SearchData, 5))[0]).toBe("2 configurations, mean over 2 folds");
});

const evaluation = (error: number) =>
  evaluationOutput(
    [
      [0, 0],
      [1, 1],
    ],
    (x) => x + error,
  );
test("outer_folds over seeds speaks of seeds, and of outer folds in them takes the mean of each seed", async () => {
  const { data } = await gathered([axis("folds", 1, true)], { "1": [1, 2] });
  const selections = (elements: readonly string[]) =>
    elements.map((element) => ({ element, value: selectionData(data as SearchData, ["t0"]) }));
  const evaluations = (errors: Readonly<Record<string, number>>) =>
    Object.entries(errors).map(([element, error]) => ({
      element: `${element}/1`,
      value: evaluation(error).data as never,
    }));
  const seeds = outerFolds(selections(["3", "8"]), evaluations({ "3": 1, "8": 2 }), undefined, ["seeds"]);
  expect([seeds.title, ...subtitleOf(seeds)]).toEqual([
    "Choices over the seeds",
    "test mse over 2 seeds: mean 2.500 ± 2.12 (standard deviation)",
    "chosen: units 0 in 2 of 2 seeds",
  ]);
  const elements = ["3/1", "3/2", "8/1", "8/2"];
  const nested = outerFolds(selections(elements), evaluations({ "3/1": 1, "3/2": 3, "8/1": 2, "8/2": 4 }), undefined, [
    "seeds",
    "folds",
  ]);
  // 5 and 10 are the means of the seeds.
  expect(subtitleOf(nested)[0]).toBe(
    "test mse over 2 seeds, each a mean over 2 folds: mean 7.500 ± 3.54 (standard deviation)",
  );
  expect(rowsOf(nested.sketch[0]).at(-1)!.at(-1)).toBe("7.500 ± 3.54");
});

test("test_error names seeds, and says the mean over them beside the intervals over examples", async () => {
  const items = [1, 2].map(
    (error, at): ListItem<Output> => ({ source: 0, element: ["3", "8"][at]!, value: evaluation(error) }),
  );
  const figure = await drawn(
    { figure: "test_error", from: "score", over: [["seeds"]] },
    items,
    {},
    { seed: 1, folds: [] },
  );
  expect(subtitleOf(figure).at(-1)).toBe("mean ± sd over 2 seeds: 2.500 ± 2.12");
  expect(rowsOf(figure.sketch[0]).map(([name]) => name)).toEqual(["seed 3", "seed 8"]);
  const folds = await drawn({ figure: "test_error", from: "score" }, items, {}, { seed: 1, folds: [] });
  expect(JSON.stringify([subtitleOf(folds), folds.sketch])).not.toContain("seed");
});
