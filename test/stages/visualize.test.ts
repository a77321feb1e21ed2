import { expect, test } from "vitest";
import type { Span } from "../../src/diagnostic/diagnostic.js";
import type { PortInfo } from "../../src/pipeline/port-info.js";
import type { ListItem, RunContext } from "../../src/pipeline/run-context.js";
import { figures } from "../../src/stages/figures.js";
import { loadMnist } from "../../src/stages/load-mnist.js";
import { visualize } from "../../src/stages/visualize.js";
import type { FigureData } from "../../src/values/figure.js";
import type { Output } from "../../src/values/output.js";
import {
  epochs,
  evaluationData,
  imageSet,
  marksOf,
  modelData,
  outputOf,
  pngSize,
  regressionData,
  textsOf,
} from "../figure/data.js";
import {
  evaluationOutput,
  halvedData,
  pairsOutput,
  searchData,
  selectionData,
  trainingOutput,
} from "../figure/regression-data.js";

type Options = ReturnType<typeof visualize.schema.parse>;
const optionsOf = (options: object): Options =>
  visualize.schema.parse("figure" in options && options.figure === "activations" ? options : { from: "x", ...options });

const one = (value: Output): readonly ListItem<Output>[] => [{ source: 0, element: null, value }];
function run(
  options: object,
  from: Output | readonly ListItem<Output>[],
  inputs: Readonly<Record<string, Output>> = {},
) {
  const context: RunContext<Options> = {
    options: optionsOf(options),
    inputs,
    lists: { from: Array.isArray(from) ? from : one(from as Output) },
    folder: ".",
    seeds: { seed: 1, folds: [] },
    threads: 1,
    checkpoints: { latest: () => undefined, save: () => undefined },
    progress: () => undefined,
    warn: () => undefined,
    stopping: () => false,
  };
  return visualize.run(context);
}
async function figureOf(
  options: object,
  from: Output | readonly ListItem<Output>[],
  inputs: Readonly<Record<string, Output>> = {},
) {
  const { figure } = await run(options, from, inputs);
  return {
    data: figure!.data as unknown as FigureData,
    svg: Buffer.from(figure!.blobs.svg!.bytes()).toString(),
    png: figure!.blobs.png!.bytes(),
    output: figure!,
  };
}
/** Title, option and message of each mistake that check finds. */
function mistakes(
  options: object,
  from: PortInfo | readonly PortInfo[] | undefined,
  inputs: Readonly<Record<string, PortInfo>> = {},
): readonly string[] {
  const list = from === undefined ? [] : ([from].flat() as readonly PortInfo[]);
  const found: string[] = [];
  const span: Span = { file: { path: "p.yaml", text: "" }, start: 0, end: 0 };
  const outputs = visualize.check({
    options: optionsOf(options),
    inputs: { from: list[0], ...inputs },
    lists: { from: list },
    folder: ".",
    span: () => span,
    identity: () => "figure",
    report: ({ title, message, at }) => found.push(`${at?.join(".")}: ${title}: ${message}`),
  });
  expect(outputs).toEqual({ figure: { type: "figure" } });
  return found;
}

const pets = evaluationData(
  ["cat", "dog"],
  [
    [3, 1],
    [0, 4],
  ],
);
const drawings: readonly (readonly [string, Output])[] = [
  ["examples", imageSet()],
  ["class_frequency", imageSet()],
  ["learning_curves", outputOf("model", modelData(epochs([0.4, 0.2], true), "cross_entropy", 2))],
  ["confusion_matrix", outputOf("evaluation", pets)],
  ["classification_report", outputOf("evaluation", pets)],
];

test.each(drawings)(
  "%s leaves its specification, an SVG and a PNG of twice the size, the same bytes each time",
  async (figure, from) => {
    const first = await figureOf({ figure, title: "A title <of mine>" }, from);
    const { data, svg, png, output } = first;
    expect(output.type).toBe("figure");
    expect([data.figure, data.title]).toEqual([figure, "A title <of mine>"]);
    expect(svg).toContain("A title &lt;of mine&gt;");
    expect(svg).toContain(`width="${data.width}" height="${data.height}"`);
    expect(pngSize(png)).toEqual({ width: Math.ceil(data.width * 2), height: Math.ceil(data.height * 2) });
    for (const name of ["svg", "png"]) {
      expect(output.blobs[name]!.dtype).toBe("bytes");
      expect(output.blobs[name]!.shape).toEqual([output.blobs[name]!.bytes().length]);
    }
    const again = await figureOf({ figure, title: "A title <of mine>" }, from);
    expect(again.data).toEqual(data);
    expect(again.svg).toBe(svg);
    expect(Buffer.from(again.png).equals(Buffer.from(png))).toBe(true);
  },
);

test("the examples of MNIST are eighty digits, in less than half a megabyte", async () => {
  const { svg, data } = await figureOf({ figure: "examples" }, loadMnist().train!);
  expect(marksOf(svg, "image mark")).toBe(80);
  expect(svg.length).toBeLessThan(200_000);
  expect(data.title).toBe("Examples, train set");
});

test("per_class says how many images of each class there are", async () => {
  expect(marksOf((await figureOf({ figure: "examples", per_class: 3 }, imageSet())).svg, "image mark")).toBe(6);
});

test("a figure that does not fit its input is told what it got and what to use", async () => {
  const wanted =
    "`confusion_matrix` is drawn from an evaluation, but this is a model. Let `from` name an `evaluate` stage. Figures of a model: `learning_curves`, `fold_curves`.";
  expect(mistakes({ figure: "confusion_matrix" }, { type: "model" })).toEqual([
    `from: figure does not fit its input: ${wanted}`,
  ]);
  expect(mistakes({ figure: "learning_curves" }, { type: "dataset" })).toEqual([
    "from: figure does not fit its input: `learning_curves` is drawn from a model, but this is a dataset. Let `from` name a `train` stage. Figures of a dataset: `examples`, `augmentation`, `class_frequency`, `points`.",
  ]);
  expect(mistakes({ figure: "examples" }, { type: "evaluation" })).toEqual([
    "from: figure does not fit its input: `examples` is drawn from a dataset, but this is an evaluation. Let `from` name a stage that loads or cuts data. Figures of an evaluation: `confusion_matrix`, `classification_report`, `roc`, `precision_recall`, `reliability`, `mistakes`, `model_comparison`, `fit`, `fit_gallery`, `test_error`, `prediction_error`, `gap_error`, `outer_folds`.",
  ]);
  await expect(run({ figure: "confusion_matrix" }, outputOf("model", modelData([], "mse", 0)))).rejects.toThrow(wanted);
});

test("a figure about classes refuses a regression, before and while running", async () => {
  const compared = (figure: string): string =>
    `\`${figure}\` compares classes, but this evaluation is of a regression. Use an evaluation of a model that learns classes.`;
  for (const figure of ["confusion_matrix", "classification_report"]) {
    for (const from of [
      { type: "evaluation", loss: "mse" },
      { type: "evaluation", classes: null },
    ] as const)
      expect(mistakes({ figure }, from)).toEqual([`from: a figure about classes: ${compared(figure)}`]);
    await expect(run({ figure }, outputOf("evaluation", regressionData))).rejects.toThrow(compared(figure));
  }
  expect(mistakes({ figure: "class_frequency" }, { type: "dataset", classes: null })).toEqual([
    "from: a figure about classes: `class_frequency` counts classes, but the targets of this dataset are numbers. Declare `classes:` in the `load` stage if they are labels.",
  ]);
});

test("examples refuses data that are no images", () => {
  expect(mistakes({ figure: "examples" }, { type: "dataset", shape: [4] })).toEqual([
    "from: no images to draw: `examples` draws images, [height, width, 1] for grey or [height, width, 3] for colour, but the examples of this dataset are [4].",
  ]);
});

test("what fits, or is not known yet, is no mistake", () => {
  expect(mistakes({ figure: "examples" }, { type: "dataset", shape: [28, 28, 1], classes: null })).toEqual([]);
  expect(mistakes({ figure: "examples" }, { type: "dataset", shape: null })).toEqual([]);
  expect(
    mistakes({ figure: "confusion_matrix" }, { type: "evaluation", loss: "cross_entropy", classes: null }),
  ).toEqual([]);
  expect(mistakes({ figure: "learning_curves" }, { type: "model", loss: "mse", classes: null })).toEqual([]);
  expect(mistakes({ figure: "learning_curves" }, undefined)).toEqual([]);
});

const pairs = Array.from({ length: 41 }, (_, index) => index / 4 - 5)
  .filter((x) => x < 0 || x > 3)
  .map((x) => [x, x * x] as const);
const train = pairsOutput(pairs);
const around: readonly (readonly [number, number])[] = [
  [-4, 16],
  [1, 1],
  [2, 5],
  [4, 16],
];
const square = (error: number): Output => evaluationOutput(around, (x) => x * x + error);
const of = (source: number, values: Readonly<Record<string, Output>>): readonly ListItem<Output>[] =>
  Object.entries(values).map(([element, value]) => ({ source, element, value }));
const grid = searchData({ layers: [2, 3], activation: ["elu", "gelu"] }, [0.4, 0.3, 0.2, null]);
const search = outputOf("search", grid);
const halved = halvedData(grid, [1, 3], [[0.9], [0.8, 0.3], [0.7, null], [null]]);
const folds = { "1": trainingOutput([4, 2, 1]), "2": trainingOutput([4, 2, 1], 1) };
const trials = { "2-elu": square(0.1), "2-gelu": square(0.2), "3-elu": square(0.3), "3-gelu": square(0.4) };

const regressions: readonly (readonly [string, readonly ListItem<Output>[], Readonly<Record<string, Output>>])[] = [
  ["points", one(train), {}],
  ["activations", [], {}],
  ["fit", of(0, { elu: square(0.1), gelu: square(0.2) }), { data: train }],
  ["fit_gallery", of(0, trials), { data: train, results: search }],
  ["fold_curves", of(0, folds), {}],
  ["search_table", one(search), {}],
  ["search_effects", one(search), {}],
  ["parallel_coordinates", one(search), {}],
  ["search_history", one(search), {}],
  ["search_importance", one(search), {}],
  ["search_slice", one(search), {}],
  ["search_rungs", one(outputOf("search", halved)), {}],
  [
    "search_funnel",
    [...one(search), { source: 1, element: null, value: outputOf("selection", selectionData(grid, ["3-elu"])) }],
    {},
  ],
  ["test_error", of(0, { elu: square(0.1), gelu: square(0.2) }), {}],
  ["gap_error", of(0, { elu: square(0.1), gelu: square(0.2) }), { data: train }],
  [
    "outer_folds",
    [...of(0, { "1": outputOf("selection", selectionData(grid, ["3-elu"])) }), ...of(1, { "1": square(0.1) })],
    {},
  ],
];
test.each(regressions)(
  "%s of a regression leaves a picture and a sketch, the same bytes each time",
  async (figure, from, inputs) => {
    const first = await figureOf({ figure }, from, inputs);
    expect(first.data.figure).toBe(figure);
    expect(first.data.sketch!.length).toBeGreaterThan(0);
    expect(first.svg).not.toMatch(/NaN|undefined/);
    expect(pngSize(first.png).width).toBe(Math.ceil(first.data.width * 2));
    const again = await figureOf({ figure }, from, inputs);
    expect([again.data, again.svg]).toEqual([first.data, first.svg]);
  },
);

test("elements are told by their keys, several names by numbers or by the labels given", async () => {
  const titles = async (options: object, from: readonly ListItem<Output>[]): Promise<readonly (string | undefined)[]> =>
    (await figureOf({ figure: "fit", ...options }, from)).data.sketch!.map(({ title }) => title?.split(":")[0]);
  const [a, b] = [square(0.1), square(0.2)];
  expect(await titles({}, of(0, { elu: a, gelu: b }))).toEqual(["elu", "gelu"]);
  expect(await titles({}, [...one(a), { source: 1, element: null, value: b }])).toEqual(["1", "2"]);
  expect(await titles({}, [...of(0, { elu: a }), ...of(1, { elu: b })])).toEqual(["1, elu", "2, elu"]);
  expect(await titles({ labels: ["short", "long"] }, [...of(0, { elu: a }), ...of(1, { elu: b })])).toEqual([
    "short",
    "long",
  ]);
  expect(await titles({ labels: ["all"] }, of(0, { elu: a, gelu: b }))).toEqual(["all, elu", "all, gelu"]);
});

test("models under two levels of elements are grouped by all but the last, which is the fold", async () => {
  const { data } = await figureOf(
    { figure: "fold_curves" },
    of(0, { "elu/1": folds["1"], "elu/2": folds["2"], "gelu/1": folds["1"], "gelu/2": folds["2"] }),
  );
  expect(data.sketch!.map(({ title }) => title?.split(":")[0])).toEqual(["elu", "gelu"]);
  const plain = await figureOf({ figure: "fold_curves" }, of(0, folds));
  expect(plain.data.sketch!.map(({ title }) => title)).toEqual(["least mean validation loss 3.00 at epoch 3"]);
  const labelled = await figureOf({ figure: "fold_curves", labels: ["ELU", "GELU"] }, [
    ...of(0, folds),
    ...of(1, folds),
  ]);
  expect(labelled.data.sketch!.map(({ title }) => title?.split(":")[0])).toEqual(["ELU", "GELU"]);
});

test("the empty intervals of `data` are shaded, those of the points themselves where it is not given", async () => {
  const shaded = "shaded: no training points from −0.25 to 3.25";
  expect(textsOf((await figureOf({ figure: "points" }, one(train))).svg).join()).toContain(shaded);
  expect(textsOf((await figureOf({ figure: "fit" }, one(square(0.1)), { data: train })).svg).join()).toContain(shaded);
  expect(textsOf((await figureOf({ figure: "fit" }, one(square(0.1)))).svg).join()).not.toContain("shaded");
  const inside = (await figureOf({ figure: "gap_error" }, one(square(0.5)), { data: train })).data.sketch![0]!;
  expect(inside.type === "table" && inside.rows).toEqual([["test", "0.250", "2", "0.250", "2", "1.00"]]);
});

test("a figure of one input refuses several, and says what to do", async () => {
  await expect(run({ figure: "examples" }, of(0, { "1": imageSet(), "2": imageSet() }))).rejects.toThrow(
    "`examples` draws one dataset, but `from` gives 2. Let this stage run under the same `each`, so that it draws one for each element, or use a figure of several: `class_frequency`.",
  );
  await expect(run({ figure: "search_table" }, [])).rejects.toThrow(
    "`from` gives nothing: `search_table` is drawn from a search.",
  );
  expect(mistakes({ figure: "search_table", from: ["a", "b"] }, [{ type: "search" }, { type: "search" }])).toEqual([
    "from: one input wanted, several given: `search_table` draws one search, but `from` gives 2. Name one, or use a figure of several: `search_funnel`.",
  ]);
});

test("a wrong name in a list is marked at its place", () => {
  expect(
    mistakes({ figure: "fit", from: ["a", "b"] }, [{ type: "evaluation", shape: [1], loss: "mse" }, { type: "model" }]),
  ).toEqual([
    "from.1: figure does not fit its input: `fit` is drawn from an evaluation, but this is a model. Let `from` name an `evaluate` stage. Figures of a model: `learning_curves`, `fold_curves`.",
  ]);
  expect(
    mistakes({ figure: "outer_folds", from: ["a", "b"] }, [{ type: "evaluation" }, { type: "selection" }]),
  ).toHaveLength(2);
  expect(
    mistakes({ figure: "outer_folds", from: ["a", "b"] }, [{ type: "selection" }, { type: "evaluation" }]),
  ).toEqual([]);
  expect(mistakes({ figure: "outer_folds", from: "a" }, { type: "selection" })).toEqual([
    "from: figure does not fit its input: `outer_folds` is drawn from 2 names in this order: a selection, then an evaluation. Let `from` name the `select` stage and then the `evaluate` stage that run under `each` outer fold.",
  ]);
});

test("check knows what needs one feature and numbers, in `from` and in `data`", async () => {
  const several = (figure: string): string =>
    `several features: \`${figure}\` draws one feature against one target, but an example here is [3]. Choose one column with \`features:\` in the \`load\` stage.`;
  expect(mistakes({ figure: "points" }, { type: "dataset", shape: [3], classes: null })).toEqual([
    `from: ${several("points")}`,
  ]);
  expect(
    mistakes(
      { figure: "fit", data: "d" },
      { type: "evaluation", shape: [1], loss: "mse" },
      { data: { type: "dataset", shape: [3], classes: null } },
    ),
  ).toEqual([`data: ${several("fit")}`]);
  expect(mistakes({ figure: "test_error" }, { type: "evaluation", shape: [3], loss: "cross_entropy" })).toEqual([
    "from: a figure about numbers: `test_error` is about numbers, but the targets here are classes. Use data without `classes:`, and a model that learns numbers.",
  ]);
  expect(mistakes({ figure: "test_error" }, { type: "evaluation", shape: [3], loss: "mse" })).toEqual([]);
  const two = { type: "evaluation", shape: [1], loss: "huber", targetNames: ["y", "z"] } as const;
  expect(mistakes({ figure: "fit" }, two)[0]).toContain("one feature against one target, but there are 2 targets here");
  expect(mistakes({ figure: "test_error" }, two)).toEqual([]);
  await expect(run({ figure: "points" }, imageSet())).rejects.toThrow("draws one feature against one target");
  await expect(run({ figure: "test_error" }, outputOf("evaluation", pets))).rejects.toThrow(
    "`test_error` is about numbers",
  );
  const { curve: _curve, ...blobs } = square(0).blobs;
  await expect(run({ figure: "fit" }, { ...square(0), blobs })).rejects.toThrow("this evaluation has none");
});

test("what is missing is told before running", () => {
  const from = { from: undefined };
  expect(mistakes({ figure: "fit", ...from }, undefined)).toEqual(
    [": nothing to draw from: `fit` is drawn from an evaluation. Let `from` name an `evaluate` stage."].map(
      (text) => `undefined${text}`,
    ),
  );
  expect(mistakes({ figure: "activations", names: ["elu"] }, undefined)).toEqual([]);
  expect(mistakes({ figure: "gap_error" }, { type: "evaluation", shape: [1], loss: "mse" })[0]).toContain(
    "`gap_error` needs the training examples",
  );
  expect(mistakes({ figure: "fit", labels: ["a", "b"] }, { type: "evaluation", shape: [1], loss: "mse" })).toEqual([
    "labels: labels do not match: `labels` has 2, but `from` names 1. Give one label for each name.",
  ]);
});

test("a gallery told the results of another search says so", async () => {
  await expect(run({ figure: "fit_gallery" }, of(0, { other: square(0) }), { results: search })).rejects.toThrow(
    "None of the evaluations in `from` is of a trial of `results`",
  );
});

test.each(figures.map((figure) => [figure.name, figure] as const))(
  "the options of %s are those that it reads",
  (name, figure) => {
    const given = Object.fromEntries(visualize.optionNames.map((option) => [option, undefined]));
    const { error } = visualize.schema.safeParse({ ...given, figure: name });
    const refused = error?.issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : [])) ?? [];
    const isMany = figure.from?.many === true && figure.from.order === undefined;
    const read = [
      ...["figure", "title", ...(figure.from ? ["from"] : []), ...(isMany ? ["labels"] : [])],
      ...Object.keys({ ...figure.inputs, ...figure.options }),
    ];
    const taken = visualize.optionNames.filter((option) => !refused.includes(option));
    expect(taken.toSorted()).toEqual(read.toSorted());
  },
);

test("`from` is one name or a list of them, and nothing else", () => {
  const accepts = (from: unknown): boolean => visualize.schema.safeParse({ figure: "fit", from }).success;
  expect(["a", ["a"], ["a", "b.test"]].map(accepts)).toEqual([true, true, true]);
  expect([[], 3, { a: 1 }, [3]].map(accepts)).toEqual([false, false, false, false]);
});
