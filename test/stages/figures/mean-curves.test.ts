/** Learning curves of several trainings: means and bands, by hand. */
import { describe, expect, test } from "vitest";
import { renderSvg } from "../../../src/figure/svg.js";
import type { ListItem } from "../../../src/pipeline/run-context.js";
import type { Item } from "../../../src/stages/figure-declaration.js";
import { curveGroups, curvesTogether } from "../../../src/stages/figures/curve-means.js";
import { meanCurves } from "../../../src/stages/figures/mean-curves.js";
import { drawn } from "../../../src/stages/visualize.js";
import type { AxisOf } from "../../../src/values/axes.js";
import type { TrainedModel } from "../../../src/values/model.js";
import type { Output } from "../../../src/values/output.js";
import { epochs, modelData, outputOf, textsOf } from "../../figure/data.js";

const model = (losses: readonly number[], isOfClasses = false): TrainedModel =>
  modelData(epochs(losses, isOfClasses), isOfClasses ? "cross_entropy" : "mse", losses.length);
const item = (
  source: number,
  element: string | null,
  losses: readonly number[],
  over: readonly AxisOf[] = [],
  name = "",
): Item<"model"> => ({
  ...{ source, element, name, label: name, over },
  value: outputOf("model", model(losses)) as Output<"model">,
});
interface Point {
  readonly epoch: number;
  readonly of: string;
  readonly name: string;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}
const pointsOf = (items: readonly Item<"model">[]): readonly Point[] => {
  const [view] = meanCurves(curveGroups(items)).specification.hconcat as unknown as [{ data: { values: Point[] } }];
  return view.data.values;
};
const subtitleOf = (items: readonly Item<"model">[]): readonly string[] =>
  (meanCurves(curveGroups(items)).specification.title as { subtitle: string[] }).subtitle;
const training = (items: readonly Item<"model">[]): readonly (readonly (number | string | null)[])[] =>
  pointsOf(items)
    .filter(({ of }) => of === "training")
    .map(({ epoch, mean, low, high }) => [epoch, mean, low, high]);

describe("the mean of trainings", () => {
  const seeds = (...losses: readonly (readonly number[])[]): readonly Item<"model">[] =>
    losses.map((each, at) => item(0, String(at + 3), each, ["seeds"]));
  test("over seeds has a band of one standard deviation to each side", () => {
    const items = seeds([4, 2], [6, 2], [8, 2]);
    expect(training(items)).toEqual([
      [1, 6, 4, 8],
      [2, 2, 2, 2],
    ]);
    expect(subtitleOf(items)).toEqual([
      "lines: mean over 3 seeds; bands: ± sd",
      expect.stringMatching(/^(validation|training) loss 2\.\d+ ± 0, at the best epochs$/),
    ]);
  });
  test("over seeds and folds is over the folds of each seed first, and its band over the seeds", () => {
    const items = [
      item(0, "3/1", [1], ["seeds", "folds"]),
      item(0, "3/2", [3], ["seeds", "folds"]),
      item(0, "8/1", [4], ["seeds", "folds"]),
      item(0, "8/2", [8], ["seeds", "folds"]),
    ];
    // Means 2 and 6 of the seeds: 4 ± √8.
    expect(training(items)).toEqual([[1, 4, 1.1716, 6.8284]]);
    expect(subtitleOf(items)[0]).toBe("lines: mean over 2 seeds, each a mean over 2 folds; bands: ± sd");
  });
  test("over folds of a single seed is over the folds, at every epoch", () => {
    const items = [item(0, "3/1", [1, 1], ["seeds", "folds"]), item(0, "3/2", [3], ["seeds", "folds"])];
    expect(training(items)).toEqual([
      [1, 2, 0.58579, 3.4142],
      [2, 1, null, null],
    ]);
    expect(subtitleOf(items)[0]).toBe("lines: mean over 2 folds; bands: ± sd");
  });
  test("over those that reached an epoch, which is said, as are numbers that are none", () => {
    const items = seeds([4, 2, 1], [6, 4], [Number.NaN, 3]);
    expect(training(items)).toEqual([
      [1, 5, 3.5858, 6.4142],
      [2, 3, 2, 4],
      [3, 1, null, null],
    ]);
    expect(subtitleOf(items).slice(2)).toEqual([
      "trainings ended at different epochs; each epoch's mean is over those that reached it",
      "losses that are not finite: in 1 training; means leave them out",
    ]);
  });
  test("on a logarithmic axis has a band that ends where the axis does, which is said", () => {
    const items = seeds([1000, 1], [1, 1], [1, 1]);
    expect(training(items)[0]).toEqual([1, 334, 0.66667, 910.77]);
    expect(subtitleOf(items)).toContain("a band that goes on below the axis ends there");
  });
});

test("names differ in colour, and winners are no mean of each other", async () => {
  const items = [
    item(0, "3", [4, 2], ["seeds"], "narrow"),
    item(0, "8", [6, 2], ["seeds"], "narrow"),
    item(1, "1/3", [3, 1], ["choices", "seeds"], "wide"),
    item(1, "1/8", [5, 1], ["choices", "seeds"], "wide"),
    item(1, "2/3", [2, 1], ["choices", "seeds"], "wide"),
    item(1, "2/8", [2, 2], ["choices", "seeds"], "wide"),
    item(2, null, [9, 9], [], "alone"),
  ];
  expect(curveGroups(items).map(({ label, over, trainings }) => [label, over, trainings.length])).toEqual([
    ["narrow", ["seeds"], 2],
    ["wide, 1", ["seeds"], 2],
    ["wide, 2", ["seeds"], 2],
    ["alone", [], 1],
  ]);
  const figure = meanCurves(curveGroups(items));
  const { svg } = await renderSvg(figure.specification);
  expect(svg).not.toMatch(/NaN|Infinity/);
  expect(textsOf(svg)).toEqual(expect.arrayContaining(["narrow", "wide, 1", "wide, 2", "alone", "Epoch"]));
  const [sketch] = figure.sketch;
  expect(sketch!.type === "plot" && sketch!.series.map(({ name }) => name)).toContain("wide, 1, training");
});

test("what cannot be told apart or compared is refused, before and while running", () => {
  const port = (loss: string) => ({ type: "model", loss }) as const;
  const axis = (of: AxisOf, count: number) => ({ stage: of, of, keys: Array.from({ length: count }, String) });
  const gathered = (loss: string, ...axes: readonly ReturnType<typeof axis>[]) => ({
    port: port(loss),
    scope: { all: axes, gathered: axes },
  });
  expect(curvesTogether([gathered("mse", axis("seeds", 90), axis("folds", 10))])).toBeUndefined();
  expect(curvesTogether([gathered("mse", axis("choices", 6)), gathered("mse", axis("choices", 2))])!.message).toBe(
    "`learning_curves` tells at most 7 names apart by colour, but `from` gives 8. Name fewer, or add `each`, so that it draws one for each element.",
  );
  expect(curvesTogether([gathered("mse"), gathered("mae")])!.message).toBe(
    "`learning_curves` draws losses over one axis, but these trainings have `mse` and `mae`. Draw each in a figure of its own.",
  );
  const many = Array.from({ length: 8 }, (_, at) => item(at, null, [1], [], String(at)));
  expect(() => curveGroups(many)).toThrow("tells at most 7 names apart");
  expect(() => meanCurves(curveGroups([item(0, "1", [], ["seeds"]), item(0, "2", [], ["seeds"])]))).toThrow(
    "The histories of these models are empty: `epochs` is 0.",
  );
});

test("one training is drawn as ever, several by what the plan says that they are", async () => {
  const list = (...elements: readonly (string | null)[]): readonly ListItem<Output>[] =>
    elements.map((element) => ({ source: 0, element, value: outputOf("model", model([4, 2])) }));
  const draw = async (
    elements: readonly (string | null)[],
    over?: readonly (readonly AxisOf[])[],
    figure = "learning_curves",
  ) =>
    JSON.stringify(
      (await drawn({ figure, from: "net", ...(over ? { over } : {}) }, list(...elements), {}, { seed: 1, folds: [] }))
        .specification,
    );
  expect(await draw([null])).toContain("best epoch: 2");
  expect(await draw(["3", "8"], [["seeds"]])).toContain("mean over 2 seeds");
  expect(await draw(["3", "8"], [["folds"]])).toContain("mean over 2 folds");
  // Of other figures the plan says it of seeds alone, so that folds are what they were.
  expect(await draw(["1", "2"], undefined, "fold_curves")).toContain(
    "mean over 2 folds; band: from the least to the greatest fold",
  );
  expect(await draw(["3", "8"], [["seeds"]], "fold_curves")).toContain(
    "mean over 2 seeds; band: from the least to the greatest seed",
  );
});
