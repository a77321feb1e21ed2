import { expect, test } from "vitest";
import { dashes, palette, shapes } from "../../../src/figure/figure.js";
import type { Fit } from "../../../src/figure/fits.js";
import { thinned } from "../../../src/figure/scale.js";
import { renderSvg } from "../../../src/figure/svg.js";
import { curves } from "../../../src/learn/activation.js";
import { activationNames, activations } from "../../../src/stages/figures/activations.js";
import { fittedCurves } from "../../../src/stages/figures/fit.js";
import { agreement, fitGallery, roughness } from "../../../src/stages/figures/fit-gallery.js";
import { foldCurves, foldPoints } from "../../../src/stages/figures/fold-curves.js";
import { gapError, gapErrors } from "../../../src/stages/figures/gap-error.js";
import { points } from "../../../src/stages/figures/points.js";
import { findingsOf, type ProfileFacts, profileTable } from "../../../src/stages/figures/profile.js";
import { testError } from "../../../src/stages/figures/test-error.js";
import { erf } from "../../../src/util/erf.js";
import { numberText, shortText } from "../../../src/util/numbers.js";
import { quantile, ranksOf, spearman } from "../../../src/util/statistics.js";
import { marksOf, textsOf } from "../../figure/data.js";
import { searchData, spread, training } from "../../figure/regression-data.js";

const names = { feature: "input", target: "label" };
const line = (from: number, to: number, f: (x: number) => number): readonly (readonly [number, number])[] =>
  Array.from({ length: 41 }, (_, index) => from + ((to - from) * index) / 40).map((x) => [x, f(x)] as const);
const fitted = (over: Partial<Fit> = {}): Fit => ({
  label: "",
  points: [
    [0, 0],
    [1, 1],
    [2, 4],
  ],
  curve: line(0, 2, (x) => x * x),
  mse: 0.25,
  split: "test",
  ...over,
});
type Spec = {
  readonly title: { readonly text: string; readonly subtitle?: readonly string[] };
  readonly concat: readonly { readonly title?: { readonly text: string } }[];
};
const specOf = (figure: { readonly specification: unknown }): Spec => figure.specification as Spec;
const subtitleOf = (figure: { readonly specification: unknown }): readonly string[] =>
  specOf(figure).title.subtitle ?? [];

test("activation functions have their known values at −2, 0 and 2", () => {
  const values = Object.fromEntries(
    [...curves].map(([name, { at }]) => [name, [-2, 0, 2].map((x) => Number(at(x).toFixed(7)))]),
  );
  expect(values).toEqual({
    sigmoid: [0.1192029, 0.5, 0.8807971],
    tanh: [-0.9640276, 0, 0.9640276],
    relu: [0, 0, 2],
    leaky_relu: [-0.02, 0, 2],
    elu: [-0.8646647, 0, 2],
    gelu: [-0.0455003, 0, 1.9544997],
    silu: [-0.2384058, 0, 1.7615942],
    softplus: [0.126928, Number(Math.LN2.toFixed(7)), 2.126928],
  });
});

test("the error function is exact to twelve digits, odd, and ends at one", () => {
  // Source: Abramowitz & Stegun (1964), table 7.1.
  for (const [x, value] of [
    [0, 0],
    [0.5, 0.5204998778],
    [1, 0.8427007929],
    [2, 0.995322265],
    [3, 0.9999779095],
  ] as const)
    expect(erf(x)).toBeCloseTo(value, 9);
  expect(erf(-1.3)).toBe(-erf(1.3));
  expect([erf(7), erf(-Infinity), erf(Number.NaN)]).toEqual([1, -1, Number.NaN]);
});

test("each activation function is a line from −4 to 4, and keeps its looks when drawn beside others", async () => {
  const { svg } = await renderSvg(activations().specification);
  expect(marksOf(svg, "line mark")).toBe(8);
  for (const name of activationNames) expect(textsOf(svg)).toContain(name);
  const colours = (figure: unknown): unknown =>
    (figure as { encoding: { color: { scale: unknown } } }).encoding.color.scale;
  expect(colours(activations(["gelu"]).specification)).toEqual({ domain: ["gelu"], range: [palette[5]] });
  expect(subtitleOf(activations(["tanh"]))).toEqual([]);
});

test("colours of series differ in grey, and there is a dash and a shape for each", () => {
  const lightness = palette.map((colour) => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    const y = 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
    return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
  });
  const sorted = lightness.toSorted((a, b) => a - b);
  for (const [index, value] of sorted.slice(1).entries()) expect(value - sorted[index]!).toBeGreaterThan(6);
  expect(new Set(dashes.map(String)).size).toBe(palette.length);
  expect(new Set(shapes).size).toBe(palette.length);
});

test("points are drawn in the shapes of their sets, and empty intervals are shaded and told", async () => {
  const figure = points(
    [
      {
        label: "train",
        points: [
          [0, 1],
          [5, 2],
        ],
      },
      { label: "test", points: [[2, 1.5]] },
    ],
    [[0, 5]],
    names,
  );
  expect(subtitleOf(figure)).toEqual(["train: 2, test: 1 points", "shaded: no training points from 0 to 5"]);
  const { svg } = await renderSvg(figure.specification);
  expect(marksOf(svg, "point")).toBe(0);
  for (const text of ["label against input", "input", "label", "train", "test"]) expect(textsOf(svg)).toContain(text);
  expect(figure.sketch).toEqual([
    {
      type: "plot",
      x: "input",
      y: "label",
      series: [
        {
          name: "train",
          marks: "points",
          points: [
            [0, 1],
            [5, 2],
          ],
        },
        { name: "test", marks: "points", points: [[2, 1.5]] },
      ],
      shaded: [[0, 5]],
    },
  ]);
});

test("points far from 0 keep the places that tell them apart, and others have no digits that nobody reads", () => {
  const far = (start: number, step: number) =>
    Array.from({ length: 20 }, (_, index) => [start + step * index, start - step * index] as const);
  const drawn = (specification: unknown, layer: number): readonly unknown[] =>
    (specification as { layer: { data: { values: { x: number; y: number }[] } }[] }).layer[layer]!.data.values.map(
      ({ x, y }) => [x, y],
    );
  for (const set of [far(1_700_000_000, 1), far(10_000_000, 1), far(-1e6, 1 / 128)]) {
    const figure = points([{ label: "", points: set }], [], names);
    const [plot] = figure.sketch as readonly { series: readonly { points: readonly (readonly number[])[] }[] }[];
    for (const [index, [x, y]] of set.entries())
      for (const found of [drawn(figure.specification, 1)[index] as number[], plot!.series[0]!.points[index]!])
        expect(Math.max(Math.abs(found[0]! - x), Math.abs(found[1]! - y))).toBeLessThan(
          Math.abs(set[1]![0] - set[0]![0]) / 10,
        );
    const fit = (
      fittedCurves([fitted({ points: set, curve: set })], [], names).specification as unknown as { concat: unknown[] }
    ).concat[0];
    for (const layer of [1, 2]) expect(new Set(drawn(fit, layer).map(String)).size).toBe(20);
  }
  const near = points(
    [{ label: "", points: [1 / 3, 5, -2 / 3].map((x) => [x, 100 * x] as const) }],
    [[1_700_000_010, 1_700_000_030]],
    names,
  );
  expect(drawn(near.specification, 1)).toEqual([
    [0.333333, 33.3333],
    [5, 500],
    [-0.666667, -66.6667],
  ]);
  expect(subtitleOf(near)[1]).toBe("shaded: no training points from 1.7000000100e9 to 1.7000000300e9");
});

test("one point alone is drawn; points that are not finite are left out and told; none at all is a mistake", async () => {
  const figure = points(
    [
      {
        label: "",
        points: [
          [1, 1],
          [Number.NaN, 2],
          [3, Number.POSITIVE_INFINITY],
        ],
      },
    ],
    [],
    names,
  );
  expect(subtitleOf(figure)).toEqual(["1 points", "left out: 2 points that are not finite"]);
  expect((await renderSvg(figure.specification)).svg).not.toContain("NaN");
  expect(() => points([{ label: "", points: [[Number.NaN, 1]] }], [], names)).toThrow("there is nothing to draw");
  expect(() => points([], [], names)).toThrow("there is nothing to draw");
});

test("a fit tells its error in the title, several have a panel each", async () => {
  expect(specOf(fittedCurves([fitted()], [], names)).title.text).toBe("Model and test set, mse 0.250");
  const two = fittedCurves([fitted({ label: "ELU" }), fitted({ label: "GELU", mse: 0.125 })], [[0.5, 0.9]], names);
  expect(specOf(two).concat.map(({ title }) => title!.text)).toEqual(["ELU: mse 0.250", "GELU: mse 0.125"]);
  expect(subtitleOf(two)).toEqual(["line: the model; points: test set", "shaded: no training points from 0.5 to 0.9"]);
  const { svg } = await renderSvg(two.specification);
  expect(textsOf(svg).filter((text) => text === "input")).toHaveLength(2);
  expect(two.sketch.map(({ title }) => title)).toEqual(["ELU: mse 0.250", "GELU: mse 0.125"]);
});

test("a model that runs off, or is not finite in places, is drawn as far as it goes, and said to be", async () => {
  const wild = fitted({ curve: line(0, 2, (x) => (x === 1 ? Number.NaN : 1000 * x)) });
  const figure = fittedCurves([wild], [], names);
  expect(subtitleOf(figure).slice(1)).toEqual([
    "the line leaves the drawing in places",
    "the line breaks where the model's output is not finite",
  ]);
  expect((await renderSvg(figure.specification)).svg).not.toContain("NaN");
  expect(() => fittedCurves([], [], names)).toThrow("`from` gives no evaluations");
  expect(() => fittedCurves([fitted({ points: [], curve: [] })], [], names)).toThrow("there is no fit to draw");
});

test("the roughness of a curve is how much its slope changes in all", () => {
  expect(roughness(line(-1, 1, (x) => 3 * x))).toBeCloseTo(0, 9);
  // A kink counts by its angle, however fine the points are; a parabola from slope −2 to 2 has 4, less half a step at
  // each end.
  expect(roughness(line(-1, 1, Math.abs))).toBeCloseTo(2, 9);
  expect(roughness(line(-1, 1, (x) => x * x))).toBeCloseTo(3.9, 9);
  expect(
    roughness([
      [0, 0],
      [1, 1],
    ]),
  ).toBe(Number.NaN);
});

const waves = (count: number): Fit["curve"] => line(0, 2, (x) => Math.sin(count * x));
test("the gallery stands in the order of the scores, failures last, and says whether smooth outputs went with small losses", async () => {
  const losses = [0.5, 0.1, null, 0.3, 0.2, 0.4];
  const tiles = losses
    .map((loss, index) => fitted({ label: `trial ${index}`, curve: waves(1 + 10 * (loss ?? 1)) }))
    .map((tile, index) => ({ ...tile, score: losses[index] === null ? null : spread(losses[index]!) }));
  const search = searchData({ a: [1] }, [1]);
  const figure = fitGallery(tiles, search, [], names);
  expect(specOf(figure).concat.map(({ title }) => title!.text)).toEqual([
    "1. trial 1",
    "2. trial 4",
    "3. trial 3",
    "4. trial 5",
    "5. trial 0",
    "6. trial 2",
  ]);
  expect(subtitleOf(figure)[1]).toBe(
    "roughness: total variation of the slope; its rank correlation with validation loss (Spearman, 5 configurations) is 1.0: the smoother outputs went with the better scores",
  );
  expect((await renderSvg(figure.specification)).svg).not.toContain("NaN");
  // Without a search the errors of the evaluations order the tiles.
  const byError = fitGallery(
    [fitted({ label: "b", mse: 2 }), fitted({ label: "a", mse: 1 })].map((tile) => ({ ...tile, score: null })),
    null,
    [],
    names,
  );
  expect(specOf(byError).concat.map(({ title }) => title!.text)).toEqual(["1. a", "2. b"]);
});

test("agreement of roughness and score speaks only where the correlation is clear", () => {
  const pairs = (values: readonly number[]) => values.map((value, index) => ({ value, roughness: index }));
  expect(agreement(pairs([1, 2, 3, 4, 5, 6])).verdict).toBe("the smoother outputs went with the better scores");
  expect(agreement(pairs([6, 5, 4, 3, 2, 1])).verdict).toBe("the rougher outputs went with the better scores");
  expect(agreement(pairs([1, 2, 3, 4, 5, 6]), true).verdict).toBe("the rougher outputs went with the better scores");
  expect(agreement(pairs([3, 6, 1, 5, 2, 4])).verdict).toBe("these data show no clear relation");
  expect(agreement(pairs([1, 2]))).toEqual({ rho: null, count: 2, verdict: "too few configurations to compare" });
});

test("a gallery of seventy-two tiles is less than a megabyte, and its points are in the specification once", async () => {
  const many = Array.from({ length: 72 }, (_, index) => ({
    ...fitted({ label: `3-64-leaky_relu-0.0${index}`, curve: waves(index / 6) }),
    score: spread(1 + index),
  }));
  const { specification } = fitGallery(many, searchData({ a: [1] }, [1]), [[0.5, 0.9]], names);
  expect(Object.keys(specification.datasets as object)).toEqual(["points_1"]);
  const { svg, width, height } = await renderSvg(specification);
  expect(svg.length).toBeLessThan(1_000_000);
  expect(width * height).toBeLessThan(3_000_000);
});

test("fold curves are the mean of the folds between the least and the greatest", () => {
  expect(foldPoints([training([4, 2]), training([4, 2], 2)])).toEqual([
    { epoch: 1, of: "training", mean: 5, low: 4, high: 6 },
    { epoch: 1, of: "validation", mean: 10, low: 8, high: 12 },
    { epoch: 2, of: "training", mean: 3, low: 2, high: 4 },
    { epoch: 2, of: "validation", mean: 6, low: 4, high: 8 },
  ]);
  // A loss that is not a number is left out of the mean; a fold that stopped early is no part of the later ones.
  expect(foldPoints([training([Number.NaN]), training([3, 1])]).map(({ mean }) => mean)).toEqual([3, 6, 1, 2]);
});

test("fold curves of five thousand epochs are thinned, told so, and stay small", async () => {
  const losses = Array.from({ length: 5000 }, (_, index) => 0.01 + Math.exp(-index / 300));
  const groups = ["ELU", "GELU"].map((label, at) => ({
    label,
    models: Array.from({ length: 10 }, (_, fold) => training(losses, (fold + at) / 1000)),
  }));
  const figure = foldCurves(groups);
  expect(subtitleOf(figure)).toEqual([
    "line: mean over 10 folds; band: from the least to the greatest fold",
    "drawn at 200 of 5,000 epochs, at equal distances",
  ]);
  const { svg } = await renderSvg(figure.specification);
  expect(svg.length).toBeLessThan(100_000);
  expect(textsOf(svg)).toContain("Loss (mean squared error), log scale");
  expect(textsOf(svg)).toContain("least mean validation loss 0.0290 at epoch 5,000");
  for (const name of ["training", "validation"]) expect(textsOf(svg)).toContain(name);
});

test("one model has no band, one epoch is drawn, losses that are never numbers are told, and no history is a mistake", async () => {
  expect(subtitleOf(foldCurves([{ label: "", models: [training([1])] }]))).toEqual(["one model, so there is no band"]);
  const broken = foldCurves([
    { label: "", models: [training([Number.NaN, Number.NaN]), training([Number.POSITIVE_INFINITY, Number.NaN])] },
  ]);
  expect(subtitleOf(broken)[1]).toBe("losses that are not finite: in 2 trainings; means leave them out");
  expect((await renderSvg(broken.specification)).svg).not.toContain("NaN");
  for (const groups of [[], [{ label: "", models: [training([])] }]])
    expect(() => foldCurves(groups)).toThrow("`from` gives no model with a history");
});

test("test errors are bars with their numbers beside them", async () => {
  const figure = testError([
    { label: "ELU", mse: 2, interval: [0.5, 14.7], count: 2, split: "test" },
    { label: "GELU", mse: 5, interval: null, count: 1, split: "test" },
  ]);
  const { svg } = await renderSvg(figure.specification);
  expect(specOf(figure).title.text).toBe("Error on the test set");
  expect(textsOf(svg).map((text) => text.replace(/\s+/g, " "))).toEqual(
    expect.arrayContaining(["ELU", "2.00 (0.500 to 14.7)", "GELU", "5.00 (no interval)"]),
  );
  expect(figure.sketch).toEqual([
    {
      type: "table",
      columns: ["evaluation", "examples", "mse", "95 % from", "to"],
      numbers: ["examples", "mse", "95 % from", "to"],
      rows: [
        ["ELU", "2", "2.000", "0.500", "14.7"],
        ["GELU", "1", "5.000", "–", "–"],
      ],
    },
  ]);
  expect(() => testError([])).toThrow("`from` gives no evaluations");
});

test("errors are parted into those inside and outside the empty intervals, whose ends are outside", () => {
  const errors = [0, 1, 2, 3, 4].map((x) => ({ x, squared: x }));
  expect(gapErrors({ errors }, [[1, 4]])).toEqual({
    inside: 2.5,
    outside: 5 / 3,
    insideCount: 2,
    outsideCount: 3,
    ratio: 1.5,
  });
  expect(gapErrors({ errors }, [[10, 20]])).toEqual({
    inside: null,
    outside: 2,
    insideCount: 0,
    outsideCount: 5,
    ratio: null,
  });
});

test("the figure of gap errors says how often the error inside is larger", async () => {
  const errors = [0, 1, 2, 3, 4].map((x) => ({ x, squared: x }));
  const one = gapError([{ label: "", errors, split: "test" }], [[1, 4]]);
  expect(subtitleOf(one)).toEqual([
    "inside: no training points from 1 to 4",
    "the error inside is 1.50 times the error outside",
  ]);
  const two = gapError(
    [
      { label: "a", errors, split: "test" },
      { label: "b", errors: errors.map(({ x }) => ({ x, squared: 1 })), split: "test" },
    ],
    [[1, 4]],
  );
  expect(subtitleOf(two)[1]).toBe("the error inside is larger in 1 of 2 evaluations");
  expect(textsOf((await renderSvg(two.specification)).svg)).toEqual(
    expect.arrayContaining(["inside", "outside", "2.50", "1.67"]),
  );
  expect(() => gapError([{ label: "", errors, split: "" }], [])).toThrow("no interval without points");
});

test("ranks, quantiles and Spearman's correlation are those of the books", () => {
  expect([...ranksOf([10, 20, 10, 5])]).toEqual([2.5, 4, 2.5, 1]);
  expect([quantile([1, 2, 3, 4], 0.25), quantile([], 0.5)]).toEqual([1.75, Number.NaN]);
  expect(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.8208, 4);
  expect(spearman([1, 1, 1], [1, 2, 3])).toBeNull();
});

test("numbers are told with three digits, a true minus and words for what is no number", () => {
  expect([0.04567, -1.5, 1234.5, 1e-7, 0, Number.NaN, -Infinity, null].map((value) => numberText(value))).toEqual([
    "0.0457",
    "−1.50",
    "1235",
    "1.00e−7",
    "0",
    "NaN",
    "−∞",
    "–",
  ]);
  expect([shortText(-0.94), shortText(2), shortText(100)]).toEqual(["−0.94", "2", "100"]);
  expect([thinned(3, 5), thinned(9, 3)]).toEqual([
    [0, 1, 2],
    [0, 4, 8],
  ]);
});

const facts: ProfileFacts = {
  split: "train",
  count: 1200,
  columns: [
    {
      name: "input",
      role: "feature",
      min: -5,
      max: 5,
      mean: 0.25,
      sd: 3,
      missing: 0,
      distinct: 1200,
      empty: [{ from: -3, to: -0.94, test: 21 }],
    },
    {
      name: "label",
      role: "target",
      min: null,
      max: null,
      mean: null,
      sd: null,
      missing: 1200,
      distinct: 0,
      empty: [],
    },
  ],
  classes: null,
  duplicates: { rows: 2, contradictory: 1, test: 0 },
  order: "sorted by `input`",
  warnings: [
    { title: "rows in an order", message: "The rows are sorted by `input`. Put a `shuffle` stage before it." },
  ],
};
test("a profile lists its columns and its findings, the warnings first", async () => {
  expect(findingsOf(facts)).toEqual([
    "rows in an order: The rows are sorted by `input`. Put a `shuffle` stage before it.",
    "2 rows repeat the features of an earlier row, 1 of them with another label.",
    "Rows of the test set with the features of a row here: 0.",
  ]);
  const figure = profileTable(facts);
  expect(subtitleOf(figure)).toEqual(["1,200 examples"]);
  const { svg } = await renderSvg(figure.specification);
  expect(textsOf(svg)).toEqual(
    expect.arrayContaining(["Profile of the train set", "input", "−3 to −0.94 (21)", "1,200", "–"]),
  );
  // What `explore` tells in a terminal is told of the figure too.
  const own = { type: "table", columns: ["a"], rows: [["b"]] } as const;
  expect(profileTable({ ...facts, sketch: [own] }).sketch).toEqual([own]);
  expect(() => profileTable({ ...facts, columns: [] })).toThrow("This profile has no columns");
});
