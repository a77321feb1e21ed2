/** True values against predictions: which points, scores and panels are drawn, of one name, of folds and of targets. */
import { expect, test } from "vitest";
import { MistakeError } from "../../../src/diagnostic/diagnostic.js";
import { renderSvg } from "../../../src/figure/svg.js";
import type { Item } from "../../../src/stages/figure-declaration.js";
import { predictionError } from "../../../src/stages/figures/prediction-error.js";
import type { AxisOf } from "../../../src/values/axes.js";
import { blobOf } from "../../../src/values/blob.js";
import type { Output } from "../../../src/values/output.js";
import { textsOf } from "../../figure/data.js";
import { evaluationOutput } from "../../figure/regression-data.js";

type Layer = {
  readonly data: { readonly values: readonly Readonly<Record<string, number>>[] };
  readonly mark: { readonly type: string };
};
type Spec = {
  readonly title: { readonly text: string; readonly subtitle: readonly string[] };
  readonly concat: readonly {
    readonly title?: { readonly text: string; readonly subtitle: readonly string[] };
    readonly layer: readonly Layer[];
  }[];
};
const specOf = (figure: { readonly specification: unknown }): Spec => figure.specification as Spec;
const valuesOf = ({ layer }: Spec["concat"][number], type: string) =>
  layer.find(({ mark }) => mark.type === type)?.data.values;

const item = (
  value: Output,
  { element = null, source = 0, name = "", over = [] }: Partial<Item<"evaluation">> = {},
): Item<"evaluation"> => ({ value: value as Output<"evaluation">, element, source, name, over, label: name });
const scored = (output: Output, metrics: object): Output => ({
  ...output,
  data: { ...(output.data as object), metrics } as never,
});
/** Predicted x + 1 of the true 2 x. */
const doubled = (...xs: readonly number[]): Output =>
  evaluationOutput(
    xs.map((x) => [x, 2 * x]),
    (x) => x + 1,
  );
const one = scored(doubled(1, 2, 4), { mse: 1, rmse: 1.5, mae: 1, r2: 0.25, count: 3 });

test("a point is at its prediction and its true value; the score is that of the evaluation", () => {
  const figure = predictionError([item(one)], { show: "values" });
  const { title, concat } = specOf(figure);
  expect(title.text).toBe("True against predicted, test set");
  expect(title.subtitle).toEqual([
    "r2 0.250, rmse 1.50; 3 predictions",
    "dotted: as predicted; above it the model says too little",
  ]);
  expect(concat).toHaveLength(1);
  expect(valuesOf(concat[0]!, "point")).toEqual([
    { x: 2, y: 2 },
    { x: 3, y: 4 },
    { x: 5, y: 8 },
  ]);
  for (const { x, y } of valuesOf(concat[0]!, "line")!) expect(x).toBe(y);
  expect(figure.sketch.at(-1)).toMatchObject({ rows: [["3", "1.33", "0", "3.00", "r2 0.250, rmse 1.50"]] });
});

test("residuals are what is true less what was predicted", () => {
  const { title, concat } = specOf(predictionError([item(one)], { show: "residuals" }));
  expect(title.text).toBe("Residuals, test set");
  expect(valuesOf(concat[0]!, "point")).toEqual([
    { x: 2, y: 0 },
    { x: 3, y: 1 },
    { x: 5, y: 3 },
  ]);
  expect(valuesOf(concat[0]!, "line")!.map(({ y }) => y)).toEqual([0, 0]);
});

test("folds and seeds of a name are drawn together, with the mean and sd of their scores; trials are panels", () => {
  const fold = (element: string, r2: number | null, over: readonly AxisOf[]): Item<"evaluation"> =>
    item(scored(doubled(1, 2), { mse: 1, rmse: 1 + (r2 ?? 0), mae: 1, r2, count: 2 }), { element, over });
  const folds = ["1", "2", "3"].map((key, at) => fold(key, at / 10, ["folds"]));
  const { title, concat } = specOf(predictionError(folds, { show: "values" }));
  expect(title.subtitle.slice(0, 2)).toEqual([
    "r2 0.100 ± 0.100, rmse 1.10 ± 0.100; 6 predictions",
    "mean ± sd over 3 folds",
  ]);
  expect(valuesOf(concat[0]!, "point")).toHaveLength(6);
  // Seeds of folds: the sd is that over the seeds' means.
  const nested = ["7/1", "7/2", "9/1", "9/2"].map((key, at) => fold(key, [0, 0.4, 0.5, 0.5][at]!, ["seeds", "folds"]));
  expect(specOf(predictionError(nested, { show: "values" })).title.subtitle.slice(0, 2)).toEqual([
    "r2 0.350 ± 0.212, rmse 1.35 ± 0.212; 8 predictions",
    "mean ± sd over 2 seeds, each a mean over 2 folds",
  ]);
  const trials = ["a/1", "a/2", "b/1", "b/2"].map((key) => fold(key, 0.5, ["choices", "folds"]));
  expect(specOf(predictionError(trials, { show: "values" })).concat.map((panel) => panel.title)).toMatchObject([
    { text: "a", subtitle: ["r2 0.500 ± 0, rmse 1.50 ± 0", "4 predictions"] },
    { text: "b", subtitle: ["r2 0.500 ± 0, rmse 1.50 ± 0", "4 predictions"] },
  ]);
  // Of what nobody says what it is an element of, nothing is put together.
  const untold = ["1", "2"].map((key) => ({ ...fold(key, 0.5, []), label: key }));
  expect(specOf(predictionError(untold, { show: "values" })).concat.map((panel) => panel.title)).toMatchObject([
    { text: "1", subtitle: ["r2 0.500, rmse 1.50", "2 predictions"] },
    { text: "2", subtitle: ["r2 0.500, rmse 1.50", "2 predictions"] },
  ]);
  // An undefined r2 is none.
  expect(specOf(predictionError([fold("1", null, [])], { show: "values" })).title.subtitle[0]).toContain("r2 –");
});

test("several targets have a panel each, with a scale and a score of its own; one can be named", () => {
  const { blobs, ...rest } = doubled(1, 2);
  const metrics = {
    ...{ mse: 1, rmse: 9, mae: 1, r2: 0.9, count: 2 },
    perTarget: [
      { target: "long", mse: 1, rmse: 1, mae: 1, r2: 0.1 },
      { target: "wide", mse: 4, rmse: 2, mae: 1, r2: 0.2 },
    ],
  };
  const both: Output = {
    ...rest,
    data: { ...(rest.data as object), targetNames: ["long", "wide"], metrics } as never,
    blobs: {
      ...blobs,
      predictions: blobOf("float32", [2, 2], Float32Array.of(1, 200, 3, 400)),
      labels: blobOf("float32", [2, 2], Float32Array.of(2, 100, 4, 300)),
    },
  };
  const { concat } = specOf(predictionError([item(both)], { show: "values" }));
  expect(concat.map((panel) => [panel.title!.text, panel.title!.subtitle[0], valuesOf(panel, "point")])).toEqual([
    [
      "long",
      "r2 0.100, rmse 1.00",
      [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
    ],
    [
      "wide",
      "r2 0.200, rmse 2.00",
      [
        { x: 200, y: 100 },
        { x: 400, y: 300 },
      ],
    ],
  ]);
  expect(specOf(predictionError([item(both)], { show: "values", target: "wide" })).concat).toHaveLength(1);
  expect(() => predictionError([item(both)], { show: "values", target: "wid" })).toThrow(
    "There is no target `wid`. Did you mean `wide`?\n\nTargets: long, wide",
  );
  const many = Array.from({ length: 7 }, (_, source) => item(both, { source, name: `n${source}` }));
  expect(() => predictionError(many, { show: "values" })).toThrow(MistakeError);
  expect(specOf(predictionError(many, { show: "values", target: "long" })).concat[6]!.title!.text).toBe("n6, long");
});

test("very many predictions are counted in cells, each of them once, the farthest too", async () => {
  const xs = Array.from({ length: 20_000 }, (_, at) => Math.sin(at) * 10);
  const figure = predictionError([item(doubled(...xs, 500))], { show: "values" });
  const { concat, title } = specOf(figure);
  expect(title.subtitle).toContain("darker: more predictions in a cell (logarithmic)");
  const cells = valuesOf(concat[0]!, "rect")!;
  expect(cells.reduce((sum, { count }) => sum + count!, 0)).toBe(20_001);
  for (const x of [0.5, -7.25, 500]) {
    const found = cells.filter(
      (cell) => x + 1 >= cell.x! && x + 1 <= cell.x2! && 2 * x >= cell.y! && 2 * x <= cell.y2!,
    );
    expect(found, String(x)).toHaveLength(1);
  }
  const { svg } = await renderSvg(figure.specification);
  expect(textsOf(svg)).toEqual(expect.arrayContaining(["Predictions", "1", "10", "100", "1,000", "Predicted", "True"]));
  expect(svg.length).toBeLessThan(60_000);
});
