/** What the plan says of the trainings behind results that are compared. */
import { expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import type { Behind } from "../../src/pipeline/gathering.js";
import { readText } from "../../src/pipeline/read.js";
import { behindOptions } from "../../src/plan/behind.js";
import { stepsOf } from "../../src/plan/steps.js";
import { kinds } from "../../src/stages/kinds.js";

const pipeline = (epochs = 2): string => `
seed: 3
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 90}
  seeds: {kind: seeds, count: 2}
  parts: {kind: split, data: points.train, validation: 30}
  wide: {kind: train, each: seeds, data: parts.train, layers: [{dense: {units: 8}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: ${epochs}}
  thin: {kind: train, data: points.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 3}
  wide_score: {kind: evaluate, each: seeds, model: wide, data: points.test}
  thin_score: {kind: evaluate, model: thin, data: points.test}
  table: {kind: visualize, figure: model_comparison, from: [wide_score, thin_score]}
`;
function behind(text: string): readonly Behind[] {
  const document = readText("p.yaml", text);
  const checked = document.ok ? checkPipeline(document.value, kinds) : document;
  if (!checked.ok) throw new Error(checked.diagnostics[0]!.message);
  const step = stepsOf(checked.value, kinds, {}).find(({ key }) => key === "table")!;
  return behindOptions(step.behind!, () => undefined);
}

test("each result is told with what it runs over, its training's settings, and what was done to its data", () => {
  const found = behind(pipeline());
  expect(
    found.map(({ settings, prepared, ...place }) => [place, settings.epochs, prepared.map((each) => each.kind)]),
  ).toEqual([
    [{ source: 0, element: "1", choice: null, fold: null, seed: "1", ratio: 90 / 60 }, 2, ["split", "load"]],
    [{ source: 0, element: "2", choice: null, fold: null, seed: "2", ratio: 90 / 60 }, 2, ["split", "load"]],
    [{ source: 1, element: null, choice: null, fold: null, seed: null, ratio: null }, 3, ["load"]],
  ]);
  expect(found[0]!.settings).not.toHaveProperty("data");
});
test("of a model that is made of several it is what their trainings share, and how many they are", () => {
  const found = behind(
    pipeline()
      .replace(
        "  table:",
        "  both: {kind: ensemble, models: [wide, thin]}\n  score: {kind: evaluate, model: both, data: points.test}\n  table:",
      )
      .replace("[wide_score, thin_score]", "[score, thin_score]"),
  );
  expect(found.map(({ source, seed }) => [source, seed])).toEqual([
    [0, null],
    [1, null],
  ]);
  const [{ settings, prepared }] = found as [Behind];
  expect(settings).toMatchObject({
    ...{ loss: "mse", layers: "varies", epochs: "varies", ensemble: { rule: "mean", members: 3 } },
    optimizer: found[1]!.settings.optimizer,
  });
  expect(prepared.map(({ kind, options }) => [kind, options === "varies"])).toEqual([
    ["split", true],
    ["load", false],
  ]);
  expect(Object.keys(found[1]!.settings)).not.toContain("ensemble");
});
test("names of stages are no part of it, settings are", () => {
  const renamed = pipeline().replaceAll("wide", "other").replaceAll("parts", "halves");
  expect(behind(renamed)).toEqual(behind(pipeline()));
  expect(behind(pipeline(4))).not.toEqual(behind(pipeline()));
});
