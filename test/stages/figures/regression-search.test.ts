import { expect, test } from "vitest";
import { renderSvg } from "../../../src/figure/svg.js";
import { valueRanks, valueSentences } from "../../../src/figure/value-ranks.js";
import { outerFolds } from "../../../src/stages/figures/outer-folds.js";
import { parallelCoordinates } from "../../../src/stages/figures/parallel-coordinates.js";
import { effectsOf, searchEffects } from "../../../src/stages/figures/search-effects.js";
import { searchFunnel } from "../../../src/stages/figures/search-funnel.js";
import { searchTable } from "../../../src/stages/figures/search-table.js";
import type { EvaluationData } from "../../../src/values/evaluation.js";
import type { SearchData } from "../../../src/values/search.js";
import type { Sketch } from "../../../src/values/sketch.js";
import { textsOf } from "../../figure/data.js";
import { evaluationOutput, searchData, selectionData } from "../../figure/regression-data.js";

const subtitleOf = (figure: { readonly specification: unknown }): readonly string[] =>
  (figure.specification as { title: { subtitle?: readonly string[] } }).title.subtitle ?? [];
const rowsOf = (sketch: Sketch | undefined): readonly (readonly string[])[] =>
  sketch?.type === "table" ? sketch.rows : [];

const space = { layers: [2, 3], activation: ["elu", "tanh"], units: [64] };
const search = searchData(space, [0.4, 0.8, 0.2, null]);
const allFailed = searchData(space, [null, null, null, null]);

test("the table of a search has its trials by rank and its failures with their message at the end", async () => {
  const figure = searchTable(search, 20);
  expect(subtitleOf(figure)).toEqual([
    "4 configurations, mean over 2 folds; without a score: 1, at the end",
    "the same in all: units 64",
    "tied: 1 configuration cannot be told from the best by these 2 folds (corrected resampled t-test, p ≥ 0.05)",
  ]);
  expect(figure.sketch).toEqual([
    {
      type: "table",
      columns: [
        "Rank",
        "Tied",
        "p",
        "layers",
        "activation",
        "validation loss",
        "± sd",
        "± se",
        "train loss",
        "Parameters",
      ],
      numbers: ["Rank", "p", "layers", "validation loss", "± sd", "± se", "train loss", "Parameters"],
      rows: [
        ["1", "best", "", "3", "elu", "0.2000", "0.0200", "0.0100", "0.1000", "1,002"],
        ["2", "tied", "0.12", "2", "elu", "0.4000", "0.0400", "0.0200", "0.2000", "1,000"],
        ["3", "", "0.0040", "2", "tanh", "0.8000", "0.0800", "0.0400", "0.4000", "1,001"],
        ["–", "", "", "3", "tanh", "1 of 2 folds failed: The loss of 3 is not a number"],
      ],
    },
  ]);
  const texts = textsOf((await renderSvg(figure.specification)).svg);
  for (const text of [
    "Configurations by validation loss",
    "0.2000",
    "best",
    "1 of 2 folds failed: The loss of 3 is not a number",
  ])
    expect(texts).toContain(text);
});

test("`top` keeps the best; a search that only failed is still a table; one without trials is a mistake", () => {
  const figure = searchTable(search, 1);
  expect(rowsOf(figure.sketch[0])).toHaveLength(2);
  expect(subtitleOf(figure)[0]).toBe(
    "4 configurations, mean over 2 folds; the best 1 of 3; without a score: 1, at the end",
  );
  expect(rowsOf(searchTable(allFailed, 20).sketch[0])).toHaveLength(4);
  expect(() => searchTable(searchData({}, [], { trials: [] }), 20)).toThrow("This search has no trials");
});

test("a score that is not a number stands among the trials without one", () => {
  const nan = searchData({ a: [1, 2] }, [Number.NaN, 1]);
  expect(rowsOf(searchTable(nan, 20).sketch[0]).map((row) => row.at(-1))).toEqual(["1,001", "the mean is NaN"]);
});

test("an effect is the share of the variance that lies between the values of a parameter", () => {
  // Of log scores 0, 1, 2, 3: layers part them by 2, activation by 1.
  const grid = searchData({ activation: ["elu", "tanh"], layers: [2, 3] }, [0, 2, 1, 3].map(Math.exp));
  const effects = effectsOf(grid);
  expect(effects.map(({ parameter, share }) => [parameter, Number(share.toFixed(6))])).toEqual([
    ["layers", 0.8],
    ["activation", 0.2],
  ]);
  expect(effects[0]!.levels.map(({ value, scores }) => [value, scores.length])).toEqual([
    ["2", 2],
    ["3", 2],
  ]);
  expect(effectsOf(searchData({ a: [1, 2] }, [5, 5]))[0]!.share).toBe(0);
});

test("numbers drawn from a range are put into five groups", () => {
  const random = searchData(
    { rate: Array.from({ length: 25 }, (_, index) => index / 100) },
    Array.from({ length: 25 }, (_, index) => 1 + index),
  );
  expect(effectsOf(random)[0]!.levels.map(({ scores }) => scores.length)).toEqual([5, 5, 5, 5, 5]);
});

test("effects and parallel coordinates are drawn of scored trials only, and say how many have none", async () => {
  const effects = searchEffects(search);
  expect(subtitleOf(effects)).toEqual([
    "3 configurations, one dot each; bar: the median; without a score: 1",
    "percentages: share of the variance of the logarithm of the scores that a parameter explains alone",
    "the same in all: units 64",
  ]);
  const { svg } = await renderSvg(effects.specification);
  for (const text of ["elu", "tanh", "mean validation loss, log scale", "layers: 75 %"])
    expect(svg).toContain(`>${text}</text>`);
  const parallel = parallelCoordinates(search);
  expect(textsOf((await renderSvg(parallel.specification)).svg)).toEqual(
    expect.arrayContaining(["layers", "activation", "validation loss (log)", "0.2", "0.8"]),
  );
  expect(rowsOf(parallel.sketch[0])[0]).toEqual(["1", "3", "elu", "0.200"]);
  for (const draw of [searchEffects, parallelCoordinates]) {
    expect(() => draw(allFailed)).toThrow("Not one trial of this search has a score");
    // One trial is enough.
    expect((await renderSvg(draw(searchData({ a: [1] }, [1])).specification)).svg).not.toContain("NaN");
  }
});

const later = searchData({ layers: [2, 3], activation: ["elu", "gelu"] }, [0.4, 0.3, 0.2, 0.1]);
const first = searchData({ layers: [2, 3], activation: ["elu", "tanh"] }, [0.4, 0.8, 0.2, null]);
test("ranks of values are over the distinct configurations of all searches, with the best value told in a sentence", () => {
  const ranks = valueRanks([first, later]);
  expect(
    ranks.map(({ parameter, value, trials, bestRank, medianRank }) => [parameter, value, trials, bestRank, medianRank]),
  ).toEqual([
    ["layers", "3", 2, 1, 1.5],
    ["layers", "2", 3, 3, 4],
    ["activation", "gelu", 2, 1, 2],
    ["activation", "elu", 2, 2, 3],
    ["activation", "tanh", 1, 5, 5],
  ]);
  expect(valueSentences(ranks)).toEqual([
    "best value of `layers`: 3 (median rank 1.5 of 5); the best configuration has 3",
    "best value of `activation`: gelu (median rank 2 of 5); the best configuration has gelu",
  ]);
  const accuracy: SearchData = {
    ...searchData({ a: ["low", "high"] }, [0.1, 0.9]),
    objective: { metric: "validation.accuracy", direction: "maximize" },
  };
  expect(valueSentences(valueRanks([accuracy]))).toEqual([
    "best value of `a`: high (median rank 1 of 2); the best configuration has high",
  ]);
});

test("the funnel counts what came from earlier stages and who was chosen", async () => {
  const stages = [
    { label: "", search: first },
    { label: "wider", search: later },
  ];
  const figure = searchFunnel(stages, [selectionData(later, ["3-gelu", "3-elu"])]);
  expect(rowsOf(figure.sketch[0])).toEqual([
    ["stage 1", "4", "0", "1", "0.200 ± 0.010", "3-elu", "1"],
    ["wider", "4", "2", "0", "0.100 ± 0.0050", "3-gelu", "2"],
  ]);
  expect(subtitleOf(figure)[0]).toContain("diamonds: 2 winners");
  expect(textsOf((await renderSvg(figure.specification)).svg)).toEqual(
    expect.arrayContaining(["Mean validation loss, log scale", "stage 1", "wider", "gelu"]),
  );
  expect(() => searchFunnel([{ label: "", search: allFailed }], [])).toThrow(
    "Not one trial of this search has a score",
  );
  const other = { ...later, objective: { metric: "train.loss", direction: "minimize" as const } };
  expect(() => searchFunnel([stages[0]!, { label: "", search: other }], [])).toThrow(
    "the searches in `from` have different objectives",
  );
});

const evaluation = (error: number): EvaluationData =>
  evaluationOutput(
    [
      [0, 0],
      [1, 1],
    ],
    (x) => x + error,
  ).data as unknown as EvaluationData;
test("nested cross-validation lists the winner and the test error of each outer fold, with mean and sd", async () => {
  const selections = ["2-elu", "3-elu", "3-elu"].map((key, index) => ({
    element: String(index + 1),
    value: selectionData(first, [key]),
  }));
  const evaluations = [1, 2, 3].map((error, index) => ({ element: `${index + 1}/1`, value: evaluation(error) }));
  const figure = outerFolds(selections, evaluations);
  expect(rowsOf(figure.sketch[0])).toEqual([
    ["1", "layers 2, activation elu", "0.400 ± 0.020", "2", "1.000"],
    ["2", "layers 3, activation elu", "0.200 ± 0.010", "2", "4.000"],
    ["3", "layers 3, activation elu", "0.200 ± 0.010", "2", "9.000"],
    ["Mean ± sd", "", "", "", "4.667 ± 4.04"],
  ]);
  expect(subtitleOf(figure)).toEqual([
    "test mse over 3 outer evaluations: mean 4.667 ± 4.04 (standard deviation)",
    "chosen: layers 3, activation elu in 2 of 3 folds, layers 2, activation elu in 1 of 3 folds",
  ]);
  expect(textsOf((await renderSvg(figure.specification)).svg)).toContain("4.667 ± 4.04");
});

test("an outer fold without an evaluation has a dash; evaluations of other folds, and none, are mistakes", () => {
  const selections = ["1", "2"].map((element) => ({ element, value: selectionData(first, ["3-elu"]) }));
  const figure = outerFolds(selections, [{ element: "2", value: evaluation(1) }]);
  expect(rowsOf(figure.sketch[0]).map((row) => row.at(-1))).toEqual(["–", "1.000", "1.000"]);
  expect(subtitleOf(figure).at(-1)).toBe("without a test result: 1 of 2");
  expect(() => outerFolds(selections, [{ element: "7", value: evaluation(1) }])).toThrow(
    "No evaluation belongs to an outer fold",
  );
  expect(() => outerFolds([], [])).toThrow("`from` gives no selections or no evaluations");
});

test("several winners of a fold are told apart by the rest of the element", () => {
  const selections = [{ element: "1", value: selectionData(first, ["3-elu", "2-elu"]) }];
  const evaluations = ["1/2-elu", "1/3-elu"].map((element, index) => ({ element, value: evaluation(index + 1) }));
  expect(rowsOf(outerFolds(selections, evaluations).sketch[0]).map((row) => row.at(-1))).toEqual([
    "4.000",
    "1.000",
    "2.500 ± 2.12",
  ]);
});
