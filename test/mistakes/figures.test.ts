/** Options of a figure that stand beside another: what checking says, and where. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const start = `stages:
  digits: {kind: load, source: mnist}
  pic: {kind: visualize, `;
const profile = "profiles: {other: {stages: {pic: ";
/** Title, the text that is marked, and the message of each mistake in the stage `pic`, and in a profile's change of it. */
function told(options: string, changed?: string): readonly (readonly string[])[] {
  const text = `${changed ? `${profile}${changed}}}}\n` : ""}${start}${options}}\n`;
  const document = readText("p.yaml", text);
  if (!document.ok) throw new Error(document.diagnostics[0]!.message);
  const { diagnostics } = checkPipeline(document.value, kinds, changed ? { profile: "other" } : {});
  return diagnostics.map(({ title, message, span }) => [title, text.slice(span!.start, span!.end), message]);
}

test("an option of another figure is refused at its place, and the figure that reads it is named", () => {
  expect(told("figure: class_frequency, from: digits.train, per_class: 3")).toEqual([
    [
      "option is not read",
      "per_class",
      `\`class_frequency\` does not read \`per_class\`. Leave it out; it is for \`examples\`.

Options of \`visualize\` with \`figure: class_frequency\`: figure, from, labels, title, each, allow, use`,
    ],
  ]);
  expect(told("figure: examples, from: digits.train, data: digits.test")[0]![2]).toContain(
    "it is for `points`, `fit`, `fit_gallery` and `gap_error`.",
  );
});

test("several are told at once", () => {
  expect(told("figure: examples, from: digits.train, top: 3, names: [tanh], labels: [x]")).toEqual([
    [
      "option is not read",
      "top",
      expect.stringContaining("`examples` does not read `top`, `names` and `labels`. Leave them out.\n"),
    ],
  ]);
  expect(told("figure: activations, from: digits.train, labels: [x]")).toEqual([
    [
      "nothing to read",
      "from",
      expect.stringContaining("`activations` reads no stage. Leave out `from` and `labels`.\n"),
    ],
  ]);
});

test("a misspelt option is told by the nearest of the figure's own, else by the nearest of any and whose it is", () => {
  expect(told("figure: examples, from: digits.train, per_clas: 3")).toEqual([
    [
      "unknown option",
      "per_clas",
      expect.stringContaining(
        "`visualize` with `figure: examples` has no option `per_clas`. Did you mean `per_class`?\n",
      ),
    ],
  ]);
  expect(told("figure: class_frequency, from: digits.train, per_clas: 3")).toEqual([
    [
      "unknown option",
      "per_clas",
      expect.stringContaining("has no option `per_clas`. Did you mean `per_class`? That is for `examples`.\n"),
    ],
  ]);
});

test("a figure that is none is told alone, whatever stands beside it", () => {
  expect(told("figure: exampels, from: digits.train, per_class: 3, top: 3")).toEqual([
    ["unknown figure", "exampels", expect.stringContaining("Did you mean `examples`?")],
  ]);
  expect(told("from: digits.train")).toEqual([
    [
      "missing option",
      "pic",
      expect.stringContaining("`visualize` needs the option `figure`.\n\nValues of `figure`: examples, "),
    ],
  ]);
});

test("a profile that changes the figure replaces the stage, so that the options of the old one are gone", () => {
  const old = "figure: examples, from: digits.train, per_class: 3";
  expect(told(old, "{kind: visualize, figure: class_frequency, from: digits.train}")).toEqual([]);
  expect(told(old, "{figure: class_frequency}")).toEqual([["no kind", "pic", expect.any(String)]]);
  expect(told(old, "{figure: examples, title: Six}")).toEqual([]);
  expect(told(old, "{top: 3}")).toEqual([["option is not read", "top", expect.any(String)]]);
});

const recipe = "transforms: [{rotate: 10}]";
/** The same of a pipeline with augmented training examples. */
function toldOf(options: string): readonly (readonly string[])[] {
  const text = `stages:
  digits: {kind: load, source: mnist}
  warped: {kind: augment, data: digits.train, ${recipe}}
  pic: {kind: visualize, ${options}}
`;
  const document = readText("p.yaml", text);
  if (!document.ok) throw new Error(document.diagnostics[0]!.message);
  return checkPipeline(document.value, kinds).diagnostics.map(({ title, message, span }) => [
    ...[title, text.slice(span!.start, span!.end), message],
  ]);
}

test("sets without a class in common, too many of them, and numbers among them are no class frequencies", () => {
  const folder = mkdtempSync(join(tmpdir(), "hw1-figures-"));
  const table = (name: string, ...targets: readonly (string | number)[]): string => {
    const rows = Array.from({ length: 16 }, (_, at) => `${at},${targets[at % targets.length]}`);
    writeFileSync(join(folder, `${name}.csv`), ["x,y", ...rows].join("\n"));
    const classes = typeof targets[0] === "string" ? `, classes: [${targets.join(", ")}]` : "";
    return `  ${name}: {kind: load, source: csv, train: ${name}.csv, target: y${classes}}\n`;
  };
  const stages = [
    table("pets", "cat", "dog"),
    table("cars", "van", "bus", "tram", "taxi", "lorry"),
    table("both", "dog", "van"),
    table("numbers", 1.5, 2.5),
    "  eight: {kind: fold, data: pets.train, k: 8}\n",
  ].join("");
  const toldIn = (from: string): readonly (readonly string[])[] => {
    const text = `stages:\n${stages}  pic: {kind: visualize, figure: class_frequency, from: ${from}}\n`;
    const document = readText(join(folder, "p.yaml"), text);
    if (!document.ok) throw new Error(document.diagnostics[0]!.message);
    return checkPipeline(document.value, kinds)
      .diagnostics.filter(({ severity }) => severity === "error")
      .map(({ title, message, span }) => [title, text.slice(span!.start, span!.end), message]);
  };
  expect(toldIn("[pets.train, both.train]")).toEqual([]);
  expect(toldIn("[pets.train, cars.train]")).toEqual([
    [
      "no class in common",
      "cars.train",
      "`class_frequency` lays sets side by side by the names of their classes, but one has cat and dog, another van, bus, tram and 2 more. Draw each in a figure of its own.",
    ],
  ]);
  expect(toldIn("[pets.train, numbers.train]")).toEqual([
    [
      "a figure about classes",
      "numbers.train",
      "`class_frequency` counts classes, but the targets of this dataset are numbers. Declare `classes:` in the `load` stage if they are labels.",
    ],
  ]);
  expect(toldIn("eight.train")).toEqual([
    [
      "too many sets",
      "eight.train",
      "`class_frequency` draws up to 7 sets side by side, but `from` gives 8. Name fewer, or let this stage run under the same `each`.",
    ],
  ]);
  rmSync(folder, { recursive: true });
});

test("learning curves of a search are of trainings, of no more configurations than there are, accuracies of classes", () => {
  const toldIn = (trial: string, options: string): readonly (readonly string[])[] => {
    const text = `stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 60}
  line: {kind: train, data: points.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}
  few:
    kind: search
    strategy: grid
    space: {size: [1, 2, 3]}
    trial: ${trial}
  pic: {kind: visualize, figure: search_curves, from: few${options}}
`;
    const document = readText("p.yaml", text);
    if (!document.ok) throw new Error(document.diagnostics[0]!.message);
    return checkPipeline(document.value, kinds)
      .diagnostics.filter(({ severity }) => severity === "error")
      .map(({ title, message, span }) => [title, text.slice(span!.start, span!.end), message]);
  };
  const train =
    "{kind: train, data: points.train, layers: [{dense: {units: '${trial.size}'}}, {dense: {units: 1}}], loss: mse, " +
    "optimizer: adam, epochs: 2}\n    objective: {minimize: train.loss}";
  const evaluate =
    "{kept: {kind: split, data: points.test, validation: '${trial.size}'}, " +
    "score: {kind: evaluate, model: line, data: kept.validation}}\n    objective: {minimize: score.mse}";
  expect(toldIn(train, "")).toEqual([]);
  expect(toldIn(train, ", top: 3, measure: loss")).toEqual([]);
  expect(toldIn(train, ", top: 4")).toEqual([
    [
      "more curves than trials",
      "4",
      "`top: 4` wants 4 configurations, but the search has 3 trials. Set it to 3 or less, or leave it out.",
    ],
  ]);
  expect(toldIn(train, ", measure: accuracy")).toEqual([
    [
      "no accuracy to draw",
      "accuracy",
      "The models of this search learn numbers, which have no accuracy. Leave out `measure`, or draw the `loss`.",
    ],
  ]);
  expect(toldIn(evaluate, "")).toEqual([
    [
      "no learning curves",
      "few",
      "`search_curves` draws how each configuration learned, but the trials of this search train nothing. Let `from` name a search over a `train` stage, or draw its scores with `search_table`.",
    ],
  ]);
});

test("rungs are drawn of a halved search, and importance of more than one configuration", () => {
  const text = (space: string, figure: string): string => `stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 60}
  few:
    kind: search
    strategy: grid
    space: {size: ${space}}
    trial: {kind: train, data: points.train, layers: [{dense: {units: "\${trial.size}"}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 2}
    objective: {minimize: train.loss}
  pic: {kind: visualize, figure: ${figure}, from: few}
`;
  const toldIn = (space: string, figure: string): readonly (readonly string[])[] => {
    const document = readText("p.yaml", text(space, figure));
    if (!document.ok) throw new Error(document.diagnostics[0]!.message);
    return checkPipeline(document.value, kinds)
      .diagnostics.filter(({ severity }) => severity === "error")
      .map(({ title, message }) => [title, message]);
  };
  for (const figure of ["search_history", "search_importance", "search_slice"])
    expect(toldIn("[1, 2]", figure)).toEqual([]);
  expect(toldIn("[1, 2]", "search_rungs")).toEqual([
    [
      "no rungs to draw",
      "`search_rungs` draws which configurations survived which rung, but this search has no `halving`. Draw its scores with `search_history`, or its learning curves with `search_curves`.",
    ],
  ]);
  expect(toldIn("[2]", "search_importance")).toEqual([
    [
      "nothing to compare",
      "`search_importance` tells what scores depend on, but this search has one configuration. Give a parameter of its `space` a second value.",
    ],
  ]);
});

test("augmentation is drawn of a recipe, with a seed of its own if one is given; other figures draw with none", () => {
  expect(toldOf("figure: augmentation, from: warped")).toEqual([]);
  expect(toldOf("figure: augmentation, from: warped, seed: 5, example: 60000, draws: 3, strengths: 0")).toEqual([]);
  expect(toldOf("figure: augmentation, from: digits.train")).toEqual([
    [
      "no recipe to draw",
      "digits.train",
      "`augmentation` shows what a recipe does to an image, and this dataset has none. Let `from` name an `augment` stage without `copies`. Images as they are, and copies, are drawn by `figure: examples`.",
    ],
  ]);
  expect(toldOf("figure: augmentation, from: warped, example: 60001")).toEqual([
    ["no such example", "60001", "`example` is 60,001, but the dataset has 60,000 examples."],
  ]);
  // Figures that are named as fitting are those that can be drawn.
  expect(toldOf("figure: learning_curves, from: warped")[0]![2]).toContain(
    "`examples`, `augmentation`, `class_frequency`.",
  );
  expect(toldOf("figure: learning_curves, from: digits.train")[0]![2]).toContain("`examples`, `class_frequency`.");
  expect(toldOf("figure: examples, from: warped, seed: 5")[0]!.slice(0, 2)).toEqual(["unknown option", "seed"]);
});

/** The same of evaluations of classes and of numbers. */
function toldOfEvaluations(options: string): readonly (readonly string[])[] {
  const net = "loss: cross_entropy, optimizer: adam, epochs: 1";
  const text = `stages:
  digits: {kind: load, source: mnist}
  parts: {kind: split, data: digits.train, validation: 0.2}
  mixed: {kind: shuffle, data: digits.test}
  net: {kind: train, data: parts.train, layers: [flatten, {dense: {units: 10}}], ${net}}
  other: {kind: train, data: parts.train, layers: [flatten, {dense: {units: 10}}], ${net}, seed: 2}
  score: {kind: evaluate, model: net, data: digits.test}
  same: {kind: evaluate, model: other, data: digits.test}
  early: {kind: evaluate, model: net, data: parts.validation}
  moved: {kind: evaluate, model: net, data: mixed}
  curve: {kind: load, source: synthetic, generator: gapped_curve}
  line: {kind: train, data: curve.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}
  error: {kind: evaluate, model: line, data: curve.test}
  pic: {kind: visualize, ${options}}
`;
  const document = readText("p.yaml", text);
  if (!document.ok) throw new Error(document.diagnostics[0]!.message);
  return checkPipeline(document.value, kinds).diagnostics.map(({ title, message, span }) => [
    ...[title, text.slice(span!.start, span!.end), message],
  ]);
}
const judging = ["roc", "precision_recall", "reliability"];

test("curves of evaluations on one set are laid over one another, of different sets they are not", () => {
  for (const figure of judging) {
    expect(toldOfEvaluations(`figure: ${figure}, from: [score, same], labels: [one, two]`)).toEqual([]);
    for (const other of ["early", "moved"])
      expect(toldOfEvaluations(`figure: ${figure}, from: [score, same, ${other}]`)).toEqual([
        [
          "evaluations of different sets",
          other,
          `\`${figure}\` compares models on one set, but input 3 is of other examples than the first, or has them in another order. Evaluate both on the same examples, or draw each in a figure of its own.`,
        ],
      ]);
  }
});

const compared = "figure: model_comparison, from:";
test("models are compared on examples that all were judged by, in one order and on one scale", () => {
  const others = (marked: string) => [
    [
      "evaluations of different sets",
      marked,
      "`model_comparison` compares models on the same examples, but no set was given to all of them. Let the `evaluate` stages of all models read the same `data`; raw data are normalised as each model's were.",
    ],
  ];
  expect(toldOfEvaluations(`${compared} [score, same], labels: [one, two]`)).toEqual([]);
  expect(toldOfEvaluations(`${compared} [score, same, early]`)).toEqual([]);
  expect(toldOfEvaluations(`${compared} [early, same]`)).toEqual(others("same"));
  expect(toldOfEvaluations(`${compared} [moved, same]`)).toEqual(others("same"));
});
test("models are compared, not one of them alone, and classes not with numbers", () => {
  expect(toldOfEvaluations(`${compared} score`)).toEqual([
    [
      "one model alone",
      "score",
      "`model_comparison` compares two models or more, but `from` gives one evaluation. Let `from` name evaluations of several models on the same data.",
    ],
  ]);
  expect(toldOfEvaluations(`${compared} [score, early]`)).toEqual([
    [
      "one model alone",
      "[score, early]",
      "`model_comparison` compares two models or more, but the evaluations in `from` are of one model. Let `from` name evaluations of several models on the same data.",
    ],
  ]);
  expect(toldOfEvaluations(`${compared} [score, error]`)).toEqual([
    [
      "classes against numbers",
      "error",
      "`model_comparison` compares models of classes by their accuracy, or of numbers by their mean squared error, but `from` gives both. Compare each kind in a figure of its own.",
    ],
  ]);
  expect(toldOfEvaluations(`${compared} [score, net]`)[0]![0]).toBe("figure does not fit its input");
});

test("what compares classes is not drawn of a regression", () => {
  for (const figure of [...judging, "mistakes"])
    expect(toldOfEvaluations(`figure: ${figure}, from: error`)).toEqual([
      [
        "a figure about classes",
        "error",
        `\`${figure}\` compares classes, but this evaluation is of a regression. Use an evaluation of a model that learns classes.`,
      ],
    ]);
});

test("a class that is none is refused with a near name, and a mistake is not of one class alone", () => {
  const digits = "Classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9";
  expect(toldOfEvaluations("figure: roc, from: score, class: 11")).toEqual([
    ["no such class", "11", `There is no class \`11\`.\n\n${digits}`],
  ]);
  expect(toldOfEvaluations("figure: mistakes, from: score, true_class: 7, predicted_class: ten")).toEqual([
    ["no such class", "ten", `There is no class \`ten\`.\n\n${digits}`],
  ]);
  expect(toldOfEvaluations("figure: mistakes, from: score, true_class: 7, predicted_class: 7")).toEqual([
    [
      "what is right is no mistake",
      "7",
      "`true_class` and `predicted_class` are both `7`. Name two classes, or leave one of them out.",
    ],
  ]);
  expect(toldOfEvaluations("figure: mistakes, from: score, true_class: 7, count: 0")).toEqual([
    ["wrong value", "0", "`count` is a whole number from 1 to 200, but `0` stands here."],
  ]);
  expect(toldOfEvaluations("figure: mistakes, from: [score, same]")[0]![2]).toBe(
    "`mistakes` draws one evaluation, but `from` gives 2. Name one, or use a figure of several: `roc`, `precision_recall`, `reliability`, `model_comparison`.",
  );
});
