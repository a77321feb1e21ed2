/** Which seed a step draws with, what stays fixed, and what a figure is told of what it gathers. */
import { expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { fixedBehind } from "../../src/pipeline/over-seeds.js";
import type { Pipeline } from "../../src/pipeline/pipeline.js";
import { readText } from "../../src/pipeline/read.js";
import { toldOptions } from "../../src/plan/resolved-options.js";
import { axesOf, searchesOf, stepsOf } from "../../src/plan/steps.js";
import { kinds } from "../../src/stages/kinds.js";
import { planSearch } from "../../src/text/plan-search.js";

const net = (more: string): string =>
  `{kind: train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1, ${more}}`;
const text = `seed: 5
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 60}
  mixed: {kind: shuffle, data: points.train}
  cuts: {kind: seeds, values: [40, 41]}
  seeds: {kind: seeds, values: [3, 8]}
  folds: {kind: fold, data: mixed, k: 2}
  parts: {kind: split, each: cuts, data: mixed, validation: 12}
  net: ${net("each: [seeds, folds], data: folds.train")}
  own: ${net("each: [seeds, folds], data: folds.train, seed: 4, allow: [same_for_every_seed]")}
  both: ${net("each: [cuts, seeds], data: parts.train")}
  plain: ${net("each: folds, data: folds.train")}
  curves: {kind: visualize, figure: learning_curves, from: [net, plain]}
  inner: {kind: visualize, each: seeds, figure: learning_curves, from: net}
  overFolds: {kind: visualize, figure: fold_curves, from: plain}
  overSeeds: {kind: visualize, figure: fold_curves, from: [plain, net]}
  tune:
    kind: search
    each: seeds
    strategy: random
    budget: 3
    space: {units: [1, 2, 4, 8]}
    trial: {kind: train, each: folds, layers: [{dense: {units: "\${trial.units}"}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1, data: folds.train, validation: folds.validation}
    objective: {minimize: validation.loss}
  best: {kind: select, each: seeds, from: tune}
`;
function pipelineOf(): Pipeline {
  const document = readText("p.yaml", text);
  const checked = document.ok ? checkPipeline(document.value, kinds) : document;
  if (!checked.ok) throw new Error(checked.diagnostics.map(({ message }) => message).join("\n"));
  return checked.value as Pipeline;
}
const pipeline = pipelineOf();
const steps = stepsOf(pipeline, kinds, {});
const stageOf = (name: string) => pipeline.stages.find((stage) => stage.name === name)!;
const seedsOf = (name: string): readonly string[] =>
  steps.flatMap(({ stage, element, seed, folds }) =>
    stage.name === name ? [`${element}: ${seed} [${folds.join()}]`] : [],
  );

test("a step draws with the seed of its element, which is no fold key; with its own, or the file's, where there is none", () => {
  expect(seedsOf("net")).toEqual(["3/1: 3 [1]", "3/2: 3 [2]", "8/1: 8 [1]", "8/2: 8 [2]"]);
  expect(seedsOf("own")).toEqual(["3/1: 4 [1]", "3/2: 4 [2]", "8/1: 4 [1]", "8/2: 4 [2]"]);
  // Of two, the inner one is the seed.
  expect(seedsOf("both")).toEqual(["40/3: 3 []", "40/8: 8 []", "41/3: 3 []", "41/8: 8 []"]);
  expect(seedsOf("mixed")).toEqual(["null: 5 []"]);
  expect(axesOf(steps.filter(({ stage }) => stage.name === "net"))).toEqual([
    { stage: "seeds", of: "seeds", count: 2 },
    { stage: "folds", of: "folds", count: 2 },
  ]);
});

test("what draws and does not run over the seeds is fixed behind what does", () => {
  const fixed = (name: string): readonly string[] => fixedBehind(stageOf(name)).map((stage) => stage.name);
  expect(fixed("net")).toEqual(["points", "mixed", "folds"]);
  expect(fixed("both")).toEqual(["points", "mixed"]);
  expect(fixed("best")).toEqual(["points", "mixed", "folds"]);
  expect(fixed("plain")).toEqual([]);
});

test("a figure is told what it gathers over: of means always, else where seeds are among it", () => {
  const told = (name: string): unknown => {
    const step = steps.find(({ stage }) => stage.name === name)!;
    return toldOptions(step, step.stage.options).over;
  };
  expect(told("curves")).toEqual([["seeds", "folds"], ["folds"]]);
  expect(told("inner")).toEqual([["folds"]]);
  expect(told("overFolds")).toBeUndefined();
  expect(told("overSeeds")).toEqual([["folds"], ["seeds", "folds"]]);
  expect(told("net")).toBeUndefined();
  // In the element of a seed the name of the element is what it would be without seeds.
  const inner = steps.find(({ stage }) => stage.name === "inner")!;
  expect(inner.sources.map(({ input, list }) => [input, list?.element])).toEqual([
    ["from.0/1", "1"],
    ["from.0/2", "2"],
  ]);
});

test("a plan says that a search runs for each seed, with configurations that are drawn once", () => {
  const planned = searchesOf(pipeline, steps, () => undefined);
  expect(planSearch(planned, [])).toEqual([
    "3 configurations × 2 folds for each of 2 seeds = 12 fold trainings: ",
    "drawn at random from 4 configurations, once for all seeds",
  ]);
});
