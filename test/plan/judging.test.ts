/** What check time knows of the examples that judge a trial: whether they are drawn anew, and how many they are. */
import { expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import type { Judging } from "../../src/pipeline/gathering.js";
import { readText } from "../../src/pipeline/read.js";
import { judgingOf } from "../../src/plan/judging.js";
import { kinds } from "../../src/stages/kinds.js";

/** A search over `trial` on 90 points. */
function judging(stages: string, trial: string, objective = "validation.loss"): Judging {
  const text = `
seed: 3
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 90}
  seeds: {kind: seeds, count: 4}
  folds: {kind: fold, data: points.train, k: 3}
${stages.replace(/^/gm, "  ")}
  widths:
    kind: search
    strategy: grid
    space: {units: [1, 2]}
    trial: ${trial}
    objective: {minimize: ${objective}}
`;
  const document = readText("p.yaml", text);
  const checked = document.ok ? checkPipeline(document.value, kinds) : document;
  if (!checked.ok) throw new Error(JSON.stringify(checked.diagnostics.map(({ message }) => message)));
  const { search } = checked.value.stages.find(({ name }) => name === "widths")!;
  const scored = search!.trials[0]!.stages.get(search!.objective.part)!;
  return judgingOf(scored, search!.folds, kinds);
}
const net = (more: string): string =>
  `{kind: train, ${more}, layers: [{dense: {units: "\${trial.units}"}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}`;

test("folds judge by their own examples, one for every k − 1 that teach", () => {
  expect(judging("", net("each: folds, data: folds.train, validation: folds.validation"))).toEqual({
    axes: [{ of: "folds", count: 3, redrawn: true }],
    ratio: 30 / 60,
  });
});
test("counts of the data are asked, not k: a part that is cut off teaches nobody", () => {
  const inner = "inner: {kind: split, each: folds, data: folds.train, validation: 20}";
  const trial = net("each: folds, data: inner.train, validation: folds.validation");
  expect(judging(inner, trial).ratio).toBe(30 / 40);
});
test("copies of examples are no further ones", () => {
  const twice = "twice: {kind: merge, each: folds, data: [folds.train, folds.train]}";
  expect(judging(twice, net("each: folds, data: twice, validation: folds.validation")).ratio).toBe(30 / 60);
});
test("of a trial that evaluates, the data of its evaluation judge", () => {
  const parts = `{net: ${net("each: folds, data: folds.train")}, score: {kind: evaluate, each: folds, model: net, data: folds.validation}}`;
  expect(judging("", parts, "mse")).toEqual({ axes: [{ of: "folds", count: 3, redrawn: true }], ratio: 0.5 });
  const fixed = parts.replace("folds.validation", "points.test");
  expect(judging("", fixed, "mse").axes).toEqual([{ of: "folds", count: 3, redrawn: false }]);
});
test("seeds judge by the same examples, unless their split runs over seeds too", () => {
  const split = (more: string) => `parts: {kind: split, data: points.train, validation: 30${more}}`;
  const trial = net("each: seeds, data: parts.train, validation: parts.validation");
  expect(judging(split(""), trial)).toEqual({ axes: [{ of: "seeds", count: 4, redrawn: false }], ratio: 0.5 });
  expect(judging(split(", each: seeds"), trial).axes).toEqual([{ of: "seeds", count: 4, redrawn: true }]);
  const own = split(", each: seeds, seed: 5, allow: same_for_every_seed");
  expect(judging(own, trial).axes[0]!.redrawn).toBe(false);
});
test("another order leaves the examples what they are", () => {
  const stages = `parts: {kind: split, data: points.train, validation: 30}
mixed: {kind: shuffle, each: seeds, data: parts.validation}`;
  const trial = net("each: seeds, data: parts.train, validation: mixed");
  expect(judging(stages, trial).axes[0]!.redrawn).toBe(false);
});
test("seeds within folds, folds within seeds: each axis by itself", () => {
  const trial = net("each: [folds, seeds], data: folds.train, validation: folds.validation");
  expect(judging("", trial).axes).toEqual([
    { of: "folds", count: 3, redrawn: true },
    { of: "seeds", count: 4, redrawn: false },
  ]);
});
test("of repeated folds an example still teaches k − 1 times for every time it judges", () => {
  const trial = net("each: often, data: often.train, validation: often.validation");
  const axes = [{ of: "folds", count: 12, redrawn: true, repeats: 4 }];
  expect(judging("often: {kind: fold, data: points.train, k: 3, repeats: 4}", trial)).toEqual({ axes, ratio: 30 / 60 });
  // Where nobody counts: filled rows of a file, say.
  const unknown =
    "mixed: {kind: merge, data: [points.train, points.train]}\n" +
    "often: {kind: fold, data: mixed, k: 3, repeats: 4, allow: rows_on_both_sides}";
  expect(judging(unknown, trial)).toEqual({ axes, ratio: 1 / 2 });
});
