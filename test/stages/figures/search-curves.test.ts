import { expect, test } from "vitest";
import { renderSvg } from "../../../src/figure/svg.js";
import { searchCurves } from "../../../src/stages/figures/search-curves.js";
import { curvesOf, placesOf } from "../../../src/stages/search-curves.js";
import { spreadOf } from "../../../src/util/statistics.js";
import type { EpochScore } from "../../../src/values/model.js";
import type { Output } from "../../../src/values/output.js";
import { marksOf, modelData, outputOf, textsOf } from "../../figure/data.js";
import { searchData } from "../../figure/regression-data.js";

/** Trials over `units`, whose folds left these histories; one that left none has failed. */
async function search(
  trials: Readonly<Record<string, readonly (readonly EpochScore[])[]>>,
  loss: "mse" | "cross_entropy",
) {
  const keys = Object.keys(trials);
  const cells = Object.values(trials).flatMap((histories, source) =>
    histories.map((history, fold) => ({
      ...{ source, element: String(fold + 1), value: outputOf("model", modelData(history, loss, 1)) },
    })),
  );
  const asked = keys.map((key, source) => {
    const elements = trials[key]!.map((_, fold) => String(fold + 1));
    const means = [{ part: "trial", metric: "bestEpoch", list: "cells", cells: elements }];
    return { key, source, means };
  });
  const curves = await curvesOf(asked, new Map([["cells", placesOf(cells)]]));
  const good = keys.filter((key) => trials[key]!.length > 0);
  const data = {
    ...searchData({}, [], {}),
    parameters: ["units"],
    trials: keys.map((key) => ({
      ...{ key, values: { units: key }, status: good.includes(key) ? "ok" : "failed" },
      rank: good.includes(key) ? good.indexOf(key) + 1 : null,
      score: good.includes(key) ? spreadOf([good.indexOf(key), good.indexOf(key) + 0.2]) : null,
      ...{ metrics: null, cells: trials[key]!.map(() => ({})), parameters: 1, tied: false, p: null, options: {} },
    })),
    ...(curves ? { curves: curves.data } : {}),
  };
  return { type: "search", data, blobs: curves ? { curves: curves.blob } : {} } as unknown as Output<"search">;
}
const falling = (start: number, epochs: number, more: Partial<EpochScore> = {}): readonly EpochScore[] =>
  Array.from({ length: epochs }, (_, at) => ({
    ...{
      epoch: at + 1,
      learningRate: 0.1,
      train: { loss: start / (at + 1) },
      validation: { loss: start / (at + 1) + 1 },
    },
    ...more,
  }));
const told = (figure: ReturnType<typeof searchCurves>): string =>
  (figure.specification.title as { subtitle: string[] }).subtitle.join("\n");
const linesOf = async (figure: ReturnType<typeof searchCurves>): Promise<number> => {
  const { svg } = await renderSvg(figure.specification);
  return [...svg.matchAll(/class="mark-line[^"]*"/g)].length;
};

test("a sheet has a panel for each configuration, the best first, with its score, and says which failed", async () => {
  const both = await search(
    { "8": [falling(9, 5), falling(7, 5)], "4": [], "16": [falling(5, 5), falling(6, 5)] },
    "mse",
  );
  const figure = searchCurves(both, {});
  const { svg } = await renderSvg(figure.specification);
  const texts = textsOf(svg);
  expect(texts.filter((text) => /^\d+\. /.test(text))).toEqual(["1. 8", "2. 16"]);
  expect(texts).toContain("loss 0.100 ± 0.10");
  for (const line of [
    "2 configurations by mean validation loss, which stands above each, ± its standard error",
    "named by units",
    "line: mean over 2 folds; band: ± sd",
    "dot: least mean validation loss",
    "without a score, and not drawn: 1 of 3 trials",
  ])
    expect(told(figure)).toContain(line);
  expect(texts).toContain("Loss (mean squared error)");
  expect(await linesOf(figure)).toBeGreaterThan(0);
  const table = figure.sketch[1] as unknown as { rows: string[][] };
  expect(table.rows).toEqual([
    ["1", "8", "0.100", "▇▄▃▂▂", "5"],
    ["2", "16", "1.10", "▅▃▂▂▂", "5"],
    ["without a score: 1"],
  ]);
});

test("a long name stands on several lines, whole, and a curve of one epoch is a dot for each set", async () => {
  const long = "2-32-5-1-same-1-1-256-leaky_relu-0.25-0-0-0-rmsprop-0.0005-128";
  const both = await search({ [long]: [falling(9, 5)], "16": [falling(5, 1)] }, "mse");
  const figure = searchCurves(both, {});
  const { svg } = await renderSvg(figure.specification);
  const texts = textsOf(svg);
  const [first, last] = [
    texts.findIndex((text) => text.startsWith("2. 2-32")),
    texts.findIndex((text) => text.endsWith("-128")),
  ];
  expect(last).toBeGreaterThan(first);
  expect(texts.slice(first, last + 1).join("")).toBe(`2. ${long}`);
  const dots = (
    figure.specification.layer as { mark: { type: string; size?: number }; data: { values: unknown[] } }[]
  ).filter(({ mark }) => mark.type === "point" && mark.size === 40);
  expect(dots.map(({ data }) => data.values)).toMatchObject([[{ of: "training" }, { of: "validation" }]]);
});

test("of more configurations than are drawn the best are, and `top` says how many", async () => {
  const many = await search(
    Object.fromEntries(Array.from({ length: 102 }, (_, at) => [`u${at}`, [falling(9, 2)]])),
    "mse",
  );
  expect(told(searchCurves(many, {}))).toContain("the best 100 of 102 configurations by");
  expect(told(searchCurves(many, { top: 3 }))).toContain("the best 3 of 102 configurations by");
  expect(told(searchCurves(many, { top: 102 }))).toContain("102 configurations by");
  expect(told(searchCurves(many, {}))).toContain("one training each, so there is no band");
  const table = searchCurves(many, { top: 102 }).sketch[1] as unknown as { rows: string[][] };
  expect(table.rows).toHaveLength(40 + 1);
  expect(table.rows.at(-1)).toEqual(["and 62 more in the picture"]);
});

test("losses that span much have a logarithmic axis, where a band ends with it", async () => {
  const wide = await search({ "8": [falling(100, 40, { validation: undefined as never }), falling(300, 40)] }, "mse");
  const figure = searchCurves(wide, {});
  expect(told(figure)).toContain("band: ± sd, cut off at the end of the axis");
  const { svg } = await renderSvg(figure.specification);
  expect(textsOf(svg)).toContain("Loss (mean squared error), log scale");
  expect(svg).not.toMatch(/NaN|Infinity/);

  // One that exploded does not press the others flat.
  const exploded = await search({ "8": [falling(9, 5)], "16": [falling(1e22, 5)] }, "mse");
  expect(told(searchCurves(exploded, {}))).toContain("a million times the least are cut off at the end of the axis");
  const texts = textsOf((await renderSvg(searchCurves(exploded, {}).specification)).svg);
  const ticks = texts.filter((text) => /^\d+(e\d+)?$/.test(text) && text !== "5");
  // Of the values, and the first epoch below each panel.
  expect(ticks).toEqual(["1", "100", "10000", "1e6", "1", "1"]);
});

test("accuracy is drawn where there is one; nothing is drawn of trials that train nothing, or all failed", async () => {
  const scored = falling(1, 3, { train: { loss: 1, accuracy: 0.5 }, validation: { loss: 1, accuracy: 0.4 } });
  const figure = searchCurves(await search({ "8": [scored] }, "cross_entropy"), { measure: "accuracy" });
  const { svg } = await renderSvg(figure.specification);
  expect(textsOf(svg)).toContain("Accuracy (fraction right)");
  expect(marksOf(svg, "point")).toBe(0);
  await expect(async () =>
    searchCurves(await search({ "8": [falling(1, 3)] }, "mse"), { measure: "accuracy" }),
  ).rejects.toThrow(
    "The models of this search learn numbers, which have no accuracy. Leave out `measure`, or draw the `loss`.",
  );
  await expect(async () => searchCurves(await search({ "8": [[]] }, "mse"), {})).rejects.toThrow(
    "`search_curves` draws how each configuration learned, but the trials of this search train nothing.",
  );
  await expect(async () => searchCurves(await search({ "8": [] }, "mse"), {})).rejects.toThrow(
    "Not one trial of this search has a score",
  );
});

test("values that are not finite leave gaps and are told, and long trainings keep some of their epochs", async () => {
  const gaps = [
    ...falling(9, 3),
    { epoch: 4, learningRate: 0.1, train: { loss: Number.NaN }, validation: { loss: 2 } },
  ];
  const figure = searchCurves(await search({ "8": [gaps] }, "mse"), {});
  expect(told(figure)).toContain("values that are not finite: 1; means leave them out");
  expect((await renderSvg(figure.specification)).svg).not.toMatch(/NaN|Infinity/);
  expect(told(searchCurves(await search({ "8": [falling(9, 1500)] }, "mse"), {}))).toContain(
    "long trainings keep 1,000 of their epochs, at equal distances",
  );
});

test("of a single epoch the points are drawn", async () => {
  const { svg } = await renderSvg(searchCurves(await search({ "8": [falling(9, 1)] }, "mse"), {}).specification);
  expect(textsOf(svg).filter((text) => text === "1")).toHaveLength(1);
  expect(svg).not.toMatch(/NaN|Infinity/);
});
