/** Options of a figure that stand beside another: what checking says, and where. */
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

Options of \`visualize\` with \`figure: class_frequency\`: figure, from, title, each, allow, use`,
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
