/**
 * Figures of a search that is halved, or that proposes its configurations: scores of different lengths are not drawn,
 * ranked or averaged beside each other as if they were equal.
 */
import { expect, test } from "vitest";
import { samples } from "../../../scripts/figure-samples.js";
import type { Figure } from "../../../src/figure/figure.js";
import { renderSvg } from "../../../src/figure/svg.js";
import { comparedTrials, wholeTrials } from "../../../src/figure/trials.js";
import { valueRanks } from "../../../src/figure/value-ranks.js";
import { stream } from "../../../src/learn/random.js";
import { fitGallery } from "../../../src/stages/figures/fit-gallery.js";
import { parallelCoordinates } from "../../../src/stages/figures/parallel-coordinates.js";
import { searchCurves } from "../../../src/stages/figures/search-curves.js";
import { effectsOf, searchEffects } from "../../../src/stages/figures/search-effects.js";
import { searchFunnel } from "../../../src/stages/figures/search-funnel.js";
import { searchHistory } from "../../../src/stages/figures/search-history.js";
import { searchImportance } from "../../../src/stages/figures/search-importance.js";
import { searchRungs } from "../../../src/stages/figures/search-rungs.js";
import { searchSlice } from "../../../src/stages/figures/search-slice.js";
import { searchTable } from "../../../src/stages/figures/search-table.js";
import { importancesOf } from "../../../src/stages/search-importance.js";
import { sketchText } from "../../../src/text/sketch.js";
import type { Output } from "../../../src/values/output.js";
import { savedFilesOf } from "../../../src/values/saved.js";
import type { SearchData } from "../../../src/values/search.js";
import { halvedData, searchData } from "../../figure/regression-data.js";

const grid = searchData({ units: [8, 16], rate: [0.1, 0.01] }, [1, 2, 3, 4]);
/** 8-0.1 is best after one epoch and last after three; 16-0.01 failed at the second rung. */
const halved = halvedData(grid, [1, 3], [[0.5, 0.4], [0.6, 0.2], [0.9], [0.7, null]]);
const output = (data: SearchData): Output<"search"> => ({ type: "search", data, blobs: {} });
const told = (figure: Figure): string => (figure.specification.title as { subtitle: string[] }).subtitle.join("\n");
const seeds = { seed: 1, folds: [] };
const sketched = (figure: Figure, columns = 100): string =>
  figure.sketch.flatMap((sketch) => sketchText(sketch, { color: false, columns })).join("\n");

test("trials of a halved search are compared by their scores at the first rung, one that failed later among them", () => {
  const { trials, epochs } = comparedTrials(halved);
  expect([epochs, trials.map(({ key, score }) => [key, score.mean])]).toEqual([
    1,
    [
      ["8-0.01", 0.6],
      ["8-0.1", 0.5],
      ["16-0.1", 0.9],
      ["16-0.01", 0.7],
    ],
  ]);
  expect(wholeTrials(halved).map(({ key }) => key)).toEqual(["8-0.01", "8-0.1"]);
  expect(comparedTrials(grid)).toMatchObject({
    epochs: null,
    trials: [1, 2, 3, 4].map((mean) => ({ score: { mean } })),
  });
});

test("effects and importance of a halved search are those of its first rung", () => {
  const first = searchData({ units: [8, 16], rate: [0.1, 0.01] }, [0.5, 0.6, 0.9, 0.7]);
  // Dots of a value stand beside each other by rank, which is another one.
  const sharesIn = (search: SearchData) =>
    effectsOf(search).map(({ parameter, share, levels }) => [
      parameter,
      share.toFixed(12),
      levels.map((level) => level.median),
    ]);
  expect(sharesIn(halved)).toEqual(sharesIn(first));
  const random = () => stream(1, [], "importance");
  const [own, wanted] = [importancesOf(halved, random()), importancesOf(first, random())];
  expect([own.main, own.pairs, own.rest]).toEqual([wanted.main, wanted.pairs, wanted.rest]);
  const line = "scores after 1 epoch, at the first rung, where all are compared alike";
  for (const figure of [searchEffects(halved), searchImportance(halved, { top: 9 }, seeds), searchSlice(halved)])
    expect(told(figure)).toContain(line);
  expect(told(searchEffects(grid))).not.toContain("first rung");
});

test("of a complete grid importance is exact and what search_effects says; with a failed trial it is a forest's", () => {
  const exact = importancesOf(grid, stream(1, [], "importance"));
  expect(exact.by).toEqual({ way: "grid" });
  for (const { parameter, share } of effectsOf(grid))
    expect(exact.main.find(({ parameters }) => parameters[0] === parameter)!.share).toBeCloseTo(share, 12);
  const whole = [...exact.main, ...exact.pairs].reduce((sum, { share }) => sum + share, exact.rest);
  expect(whole).toBeCloseTo(1, 12);
  expect(told(searchImportance(grid, { top: 9 }, seeds))).toContain(
    "exact: every configuration of the grid has a score",
  );
  const broken = searchData({ units: [8, 16], rate: [0.1, 0.01] }, [1, 2, null, 4]);
  const forest = importancesOf(broken, stream(1, [], "importance"));
  expect(forest.by).toMatchObject({ way: "forest", trees: 64 });
  expect(told(searchImportance(broken, { top: 9 }, seeds))).toContain("by a forest of 64 trees over the whole space");
});

test("importance finds in drawn trials what their scores were made of, and says how much the forest tells", () => {
  const random = stream(4, [], "trials");
  const space = { rate: { log_uniform: [1e-4, 1e-1] }, units: { integer: [1, 9] }, act: ["a", "b", "c"] };
  const found = Array.from({ length: 120 }, () => {
    const values = {
      rate: 10 ** (-4 + 3 * random.uniform()),
      units: 1 + random.int(9),
      act: ["a", "b", "c"][random.int(3)]!,
    };
    // Variances: of −4 … −1 3/4, of three values of 0 and 2 8/9.
    return { values, score: Math.log10(values.rate) + (values.act === "b" ? 2 : 0) };
  });
  const search: SearchData = {
    ...searchData({}, []),
    strategy: "random",
    space,
    parameters: ["rate", "units", "act"],
    trials: found.map(({ values, score }, index) => ({
      ...grid.trials[0]!,
      ...{ key: String(index), values, score: { mean: score, sd: null, se: null, count: 1 }, rank: index + 1 },
    })),
  };
  const { main, pairs, by, isLog } = importancesOf(search, stream(1, [], "importance"));
  const share = (name: string): number => main.find(({ parameters }) => parameters[0] === name)!.share;
  const whole = 3 / 4 + 8 / 9;
  expect(isLog).toBe(false);
  expect(Math.abs(share("rate") - 3 / 4 / whole)).toBeLessThan(0.07);
  expect(Math.abs(share("act") - 8 / 9 / whole)).toBeLessThan(0.07);
  expect(share("units")).toBeLessThan(0.02);
  for (const pair of pairs) expect(pair.share).toBeLessThan(0.03);
  expect(by.way === "forest" && by.outOfBag! > 0.9).toBe(true);
  const reranked = { ...search, trials: search.trials.map((trial, at) => ({ ...trial, rank: 120 - at })) };
  expect(importancesOf(reranked, stream(1, [], "importance")).main).toEqual(main);
});

test("scores that are all equal have no variance, and importance says so", () => {
  const same = searchData({ units: [8, 16] }, [2, 2]);
  const figure = searchImportance(same, { top: 9 }, seeds);
  expect(told(figure)).toContain("all scores are equal, so there is no variance to explain");
  expect(sketched(figure)).toContain("0.0 %");
});

test("importance draws the longest bars, and says what it leaves out", () => {
  const figure = searchImportance(samples.sampled.data, { top: 2 }, seeds);
  expect(told(figure)).toMatch(/not drawn: 4 shorter, \d+(\.\d)? % together/);
});

test("the best so far is of configurations trained whole; others are hollow, and failures crosses", async () => {
  const figure = searchHistory(halved);
  expect(told(figure).split("\n")).toEqual([
    "4 configurations, a dot each; line: the best so far of those trained whole",
    "filled: trained whole (2); hollow: stopped at a rung, by its score there (1); ×: without a score (1)",
    "the best: 8-0.01, 0.2000",
  ]);
  const [plot] = figure.sketch;
  const best = plot?.type === "plot" ? plot.series[0]!.points.map(([at, value]) => [at, 10 ** value!]) : [];
  expect(best.map(([at, value]) => [at, Number(value!.toFixed(4))])).toEqual([
    [1, 0.4],
    [2, 0.4],
    [2, 0.2],
    [4, 0.2],
    [4, 0.2],
  ]);
  expect((await renderSvg(figure.specification)).svg.match(/×/g)?.length).toBeGreaterThan(0);
});

test("history marks generations and the target, and names who reached it", () => {
  const figure = searchHistory(samples.sampled.data);
  expect(told(figure)).toContain("upright lines: between generations");
  expect(told(figure)).toMatch(/dashed: target validation\.loss <= 0\.16 reached by \d+ \(/);
  const other = { ...grid, target: { metric: "train.loss", bound: "<= 0.1", reached: null } };
  expect(told(searchHistory(other))).toContain("\ntarget train.loss <= 0.1 not reached");
});

test("rungs are drawn with who ran them, the winner and its curve", () => {
  const figure = searchRungs(samples.halved);
  expect(told(figure)).toContain(
    "12 configurations, a line each: grey up to where it was stopped, dark where it was trained whole (2)",
  );
  expect(told(figure)).toContain("thick: the winner, 3-32-gelu");
  const text = sketched(figure);
  expect(text).toContain("rank  configuration  after 4  after 12  after 36");
  expect(text).toMatch(/ 5 {2}2-16-gelu +1\.26\n/);
});

test("who was stopped at once does not press the others flat: it lies below the picture, which says so", () => {
  const objective = { metric: "validation.accuracy", direction: "maximize" } as const;
  const search = { ...halvedData(grid, [1, 3], [[0.95, 0.97], [0.94, 0.96], [0.1], [0.93]]), objective };
  const figure = searchRungs(output(search));
  expect(told(figure)).toContain("below the picture: 1 that was stopped at the first rung");
  const values = JSON.stringify(figure.specification);
  expect(values).toContain("0.93");
  expect(values).not.toContain("0.1,");
  const near = { ...halvedData(grid, [1, 3], [[0.95, 0.97], [0.94, 0.96], [0.92], [0.93]]), objective };
  expect(told(searchRungs(output(near)))).not.toContain("below the picture");
});

test("without curves of the objective lines join the scores at the rungs", () => {
  const figure = searchRungs(output(halved));
  expect(told(figure)).toContain("the objective has no curve by epoch, so lines join the scores at the rungs");
  expect(() => searchRungs(output(grid))).toThrow("this search has no `halving`");
});

test("a table tells stopped configurations below the others, with their epochs, and tests nothing of them", () => {
  const text = sketched(searchTable(halved, 20));
  expect(
    text
      .split("\n")
      .slice(1)
      .map((line) => line.replace(/ +/g, " ").trim().split(" ").slice(0, 5).join(" ")),
  ).toEqual(["1 best 3 8 0.01", "2 not tested – 3", "3 stopped 1 16 0.1", "– 3 16 0.01 no"]);
  expect(told(searchTable(halved, 20))).toContain(
    "stopped: left behind at a rung; its score is of fewer epochs and does not compare with those of others",
  );
});

test("parallel coordinates have an axis of scores for each rung", () => {
  const text = sketched(parallelCoordinates(halved));
  expect(text).toContain("validation loss after 1  after 3");
  expect(text).toMatch(/ 3 {2}16 +0\.1 +0\.900\n?/);
});

test("a sheet of curves says after how many epochs a stopped configuration has its score", async () => {
  const figure = searchCurves(samples.halved, {});
  expect(told(figure)).toContain("12 configurations by rung, then by mean validation loss");
  expect((await renderSvg(figure.specification)).svg).toMatch(/loss 1\.26 ± 0\.\d+ after 4/);
  expect(sketched(figure)).toContain("after  curve");
});

test("a gallery of fits has stopped configurations behind the others, and correlates scores of one length only", () => {
  const tile = (label: string, mean: number, stopped: number | null) => ({
    ...{ label, stopped, mse: 1, interval: null, split: "train", points: [[0, 1] as const, [1, 2] as const] },
    curve: [[0, 0] as const, [1, mean] as const, [2, 3] as const],
    score: { mean, sd: null, se: null, count: 1 },
  });
  const tiles = [tile("a", 3, null), tile("b", 0.5, 1), tile("c", 2, null), tile("d", 0.7, 4)];
  const figure = fitGallery(tiles, grid, [], { feature: "x", target: "y" });
  expect(told(figure)).toContain("stopped at a rung: those with `after`");
  expect(told(figure)).toContain("(Spearman, 2 configurations)");
  const [table] = figure.sketch;
  expect(table?.type === "table" && table.rows.map(([rank, label, , , after]) => [rank, label, after])).toEqual([
    ["1", "c", ""],
    ["2", "a", ""],
    ["3", "d", "4"],
    ["4", "b", "1"],
  ]);
});

test("a funnel and ranks of values are of configurations that were trained whole", () => {
  const figure = searchFunnel([{ label: "", search: halved }], []);
  expect(told(figure)).toContain("dots: configurations trained whole");
  expect(valueRanks([halved]).map(({ parameter, value, trials }) => [parameter, value, trials])).toEqual([
    ["rate", "0.01", 1],
    ["rate", "0.1", 1],
  ]);
  expect(sketched(figure)).toContain("that were trained whole");
});

test("saved tables tell the round of each trial, and a halved search its scores by rung", () => {
  const files = new Map(
    savedFilesOf(output(halved)).map((file) => [file.name, Buffer.concat([...file.pieces()]).toString()]),
  );
  expect(files.get("rungs.csv")!.split(/\r?\n/).slice(0, 4)).toEqual([
    "trial,rung,epochs,validation.loss,sd,se",
    "8-0.1,1,1,0.5,0.05,0.025",
    "8-0.1,2,3,0.4,0.04,0.02",
    "8-0.01,1,1,0.6,0.06,0.03",
  ]);
  const trials = files.get("trials.csv")!.split(/\r?\n/);
  expect(trials[0]).toMatch(/,status,generation,rung,epochs,error$/);
  expect(trials[3]).toMatch(/^3,16-0\.1,16,0\.1,0\.9,.*,stopped,1,1,1,/);
  const plain = savedFilesOf(output(grid));
  expect(plain.map(({ name }) => name)).not.toContain("rungs.csv");
});

const unusual: readonly (readonly [string, SearchData])[] = [
  ["of accuracies", { ...halved, objective: { metric: "validation.accuracy", direction: "maximize" } }],
  ["with one whole", halvedData(grid, [1, 30], [[0.5], [0.6, 0.2], [0.9], [0.7]])],
  ["of negative scores", halvedData(grid, [1, 3], [[-0.5], [-0.6, -2], [0], [-0.7]])],
  ["with one score", halvedData(grid, [1, 3], [[0.5, 0.4], [null], [null], [null]])],
  ["all failed at the last rung", halvedData(grid, [1, 3], [[0.5, null], [0.6], [0.9], [0.7]])],
];
test.each(unusual)("a halved search %s has all its figures", async (_, search) => {
  for (const figure of [
    searchHistory(search),
    searchRungs(output(search)),
    searchImportance(search, { top: 5 }, seeds),
    searchSlice(search),
    searchEffects(search),
    searchTable(search, 20),
    parallelCoordinates(search),
  ]) {
    expect(JSON.stringify(figure.specification)).not.toMatch(/undefined|NaN/);
    for (const columns of [40, 100])
      for (const line of sketched(figure, columns).split("\n")) expect([...line].length).toBeLessThanOrEqual(columns);
  }
});

test("scores that are good when large keep an even axis, however much they span", () => {
  const losses = searchData({ units: [8, 16], rate: [0.1, 0.01] }, [0.05, 0.2, 0.5, 0.95]);
  const accuracies: SearchData = { ...losses, objective: { metric: "validation.accuracy", direction: "maximize" } };
  for (const drawn of [searchHistory, searchSlice, searchEffects]) {
    const isLog = (search: SearchData): boolean => JSON.stringify(drawn(search).specification).includes(", log scale");
    expect([isLog(losses), isLog(accuracies)]).toEqual([true, false]);
  }
});
