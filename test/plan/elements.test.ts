/** Steps, options and figures' labels where a name picks one element of a fan-out. */
import { expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { fixedBehind } from "../../src/pipeline/over-seeds.js";
import type { Pipeline, Stage } from "../../src/pipeline/pipeline.js";
import { readText } from "../../src/pipeline/read.js";
import { behindOptions } from "../../src/plan/behind.js";
import { judgingOf } from "../../src/plan/judging.js";
import { toldOptions } from "../../src/plan/resolved-options.js";
import { type Step, type StepOptions, stepsOf } from "../../src/plan/steps.js";
import { kinds } from "../../src/stages/kinds.js";
import { renderDag } from "../../src/text/dag.js";

const net = "layers: [{dense: {units: 1}}], loss: mse, epochs: 2";
const study = `
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 90}
  seeds: {kind: seeds, values: [1, 3, 7]}
  folds: {kind: fold, data: points.train, k: 3}
  net: {kind: train, each: [folds, seeds], data: folds.train, validation: folds.validation, ${net}, optimizer: adam}
  score: {kind: evaluate, each: [folds, seeds], model: net, data: points.test}
  coarse:
    kind: search
    strategy: grid
    space: {rate: [0.01, 0.001]}
    trial: {kind: train, each: folds, data: folds.train, validation: folds.validation, ${net}, optimizer: {adam: {learning_rate: "\${trial.rate}"}}}
    objective: {minimize: validation.loss}
`;
function checked(stages: string): Pipeline {
  const document = readText("p.yaml", `name: p\nstages:${study}${stages}`);
  const found = document.ok ? checkPipeline(document.value, kinds) : document;
  if (!found.ok) throw new Error(found.diagnostics[0]!.message);
  return found.value;
}
const steps = (stages: string, options: StepOptions = {}): readonly Step[] => stepsOf(checked(stages), kinds, options);
const sources = (all: readonly Step[], key: string) =>
  all
    .find((step) => step.key === key)!
    .sources.map(({ input, step, output, element, list }) =>
      [input, step, output, element, list && `${list.source}:${list.element}`]
        .filter((part) => part !== null)
        .join(" "),
    );
const stageNamed = (pipeline: Pipeline, name: string): Stage => pipeline.stages.find((stage) => stage.name === name)!;

const readers = `
  one: {kind: evaluate, model: net/2/7, data: folds/2.validation}
  each: {kind: evaluate, each: folds, model: net/2/7, data: folds.validation, allow: [scored_on_training_data]}
  some: {kind: ensemble, models: [net/1, net/3/7]}
  seed: {kind: evaluate, each: seeds, model: net/2, data: points.test}
  trial: {kind: evaluate, model: coarse/0.01/3, data: folds/3.validation}
  curves: {kind: visualize, figure: learning_curves, from: [net/1/3, net/2/3, coarse/0.001/2]}
`;

test("a name reads one step, and what its keys leave open is gathered, or read at the reader's own element", () => {
  const all = steps(readers);
  expect(sources(all, "one")).toEqual(["model net/2/7 model", "data folds folds 2:validation"]);
  expect(["each/1", "each/2"].map((key) => sources(all, key))).toEqual([
    ["model net/2/7 model", "data folds folds 1:validation"],
    ["model net/2/7 model", "data folds folds 2:validation"],
  ]);
  expect(sources(all, "some")).toEqual([
    "models.0/1 net/1/1 model 0:1",
    "models.0/3 net/1/3 model 0:3",
    "models.0/7 net/1/7 model 0:7",
    "models.1 net/3/7 model 1:3",
  ]);
  expect(sources(all, "seed/3")).toEqual(["model net/2/3 model", "data points test"]);
  expect(sources(all, "trial")).toEqual(["model coarse/0.01/3 model", "data folds folds 3:validation"]);
});

test("steps have the inputs that they have at that element of an `each`, so names are in no fingerprint", () => {
  const named = "  all: {kind: merge, data: [folds/2.train, folds/2.validation]}\n";
  const each = "  all: {kind: merge, each: folds, data: [folds.train, folds.validation]}\n";
  expect(sources(steps(named), "all")).toEqual(sources(steps(each), "all/2"));
  const [one, two] = [
    steps("  all: {kind: ensemble, models: [net/2, coarse/0.01/2]}\n"),
    steps("  all: {kind: ensemble, each: folds, models: [net, coarse/0.01/2]}\n"),
  ];
  expect(sources(one, "all")).toEqual(sources(two, "all/2"));
});

test("--only takes the elements that are read by name, and a search whole; --from what reads one", () => {
  const keys = (options: StepOptions) => steps(readers, options).map(({ key }) => key);
  expect(keys({ only: ["one"] })).toEqual(["points", "seeds", "folds", "net/2/7", "one"]);
  expect(keys({ only: ["trial"] })).toEqual([
    "points",
    "folds",
    ...["0.01", "0.001"].flatMap((rate) => ["1", "2", "3"].map((fold) => `coarse/${rate}/${fold}`)),
    "coarse",
    "trial",
  ]);
  expect(keys({ only: ["seed"] }).filter((key) => key.startsWith("net"))).toEqual(["net/2/1", "net/2/3", "net/2/7"]);
  const all = keys({});
  expect(keys({ from: ["net"] })).toEqual(all.filter((key) => key !== "trial"));
  expect(keys({ only: ["net"] })).toHaveLength(3 + 9);
});

test("--only of a search takes what its trials read, and no stage that is named like one of a trial", () => {
  const search = `
  warped: {kind: shuffle, data: points.test}
  choice:
    kind: search
    strategy: grid
    space: {rate: [0.01]}
    trial:
      warped: {kind: shuffle, data: folds/1.train}
      fit: {kind: train, data: warped, validation: folds/1.validation, ${net}, optimizer: {adam: {learning_rate: "\${trial.rate}"}}}
      held: {kind: evaluate, model: fit, data: folds/1.validation}
    objective: {minimize: held.mse}
`;
  const keys = steps(search, { only: ["choice"] }).map(({ key }) => key);
  expect(keys).not.toContain("warped");
  expect(keys.filter((key) => !key.startsWith("choice"))).toEqual(["points", "folds"]);
});

test("a figure of several elements of one stage is told which they are, unless labels say what they are called", () => {
  const toldTo = (text: string) => {
    const step = steps(`  curves: {kind: visualize, figure: learning_curves, ${text}}\n`).find(
      ({ key }) => key === "curves",
    )!;
    return toldOptions(step, step.stage.options).elements;
  };
  expect(toldTo("from: [net/1/3, net/2/3, coarse/0.001/2]")).toEqual(["fold 1, seed 3", "fold 2, seed 3", "0.001/2"]);
  expect(toldTo("from: [net/1, net/2]")).toEqual(["1", "2"]);
  expect(toldTo("from: [net/1/3, net/2/3], labels: [a, b]")).toBeUndefined();
  expect(toldTo("from: [net/1/3, coarse/0.001/2]")).toBeUndefined();
  expect(toldTo("from: net/1/3")).toBeUndefined();
  expect(toldTo("from: net")).toBeUndefined();
});

test("the graph tells elements apart", () => {
  const pipeline = checked(readers);
  expect(
    renderDag(pipeline, "text")
      .split("\n")
      .filter((line) => /^ *(one|each|some|seed|trial|curves) /.test(line))
      .map((line) => line.trim().replace(/ +/g, " ")),
  ).toEqual([
    "one evaluate ← net/2/7.model, folds/2.validation",
    "each evaluate ← net/2/7.model, folds.validation (each of folds)",
    "some ensemble ← net/1.model, net/3/7.model",
    "seed evaluate ← net/2.model, points.test (each of seeds)",
    "trial evaluate ← coarse/0.01/3.model, folds/3.validation",
    "curves visualize ← net/1/3.model, net/2/3.model, coarse/0.001/2.model",
  ]);
  expect(renderDag(pipeline, "dot")).toContain('"net" -> "some" [label="/3/7.model"];');
  expect(renderDag(pipeline, "mermaid")).toContain("|/3/7.model|");
  const { stages } = JSON.parse(renderDag(pipeline, "json")) as { stages: { name: string; reads: unknown }[] };
  expect(stages.find(({ name }) => name === "trial")!.reads).toEqual([
    { option: "model", stage: "coarse", element: "0.01/3", output: "model" },
    { option: "data", stage: "folds", element: "3", output: "validation" },
  ]);
  expect(stages.find(({ name }) => name === "score")!.reads).toContainEqual({
    option: "model",
    stage: "net",
    output: "model",
  });
});

test("what is compared of one element is not over its axis; of what is left open it is", () => {
  const table = (from: string, more = "") =>
    behindOptions(
      steps(`${more}  table: {kind: visualize, figure: model_comparison, from: ${from}}\n`).find(
        ({ key }) => key === "table",
      )!.behind!,
      () => undefined,
    ).map(({ source, element, choice, fold, seed }) => ({ source, element, choice, fold, seed }));
  expect(table("[score/1/3, score/2/7]")).toEqual([
    { source: 0, element: "1", choice: null, fold: null, seed: null },
    { source: 1, element: "2", choice: null, fold: null, seed: null },
  ]);
  expect(table("[score/1, score/2/7]").map(({ seed, fold }) => [seed, fold])).toEqual([
    ["1", null],
    ["3", null],
    ["7", null],
    [null, null],
  ]);
});

test("whether other elements judge by other examples", () => {
  const pipeline = checked(`
  own: {kind: evaluate, each: folds, model: net/2/7, data: folds.validation, allow: [scored_on_training_data]}
  same: {kind: evaluate, each: folds, model: net/2/7, data: folds/2.validation}
`);
  const redrawn = ["own", "same"].map((name) => {
    const stage = stageNamed(pipeline, name);
    return judgingOf(stage, stage.scope, kinds).axes[0]!.redrawn;
  });
  expect(redrawn).toEqual([true, false]);
});

test("what is read at one seed is the same for every seed, though it draws", () => {
  const pipeline = checked(`
  teams: {kind: ensemble, each: [folds, seeds], models: [net/1/3, net]}
  fixed: {kind: evaluate, each: seeds, model: net/1/3, data: points.test, allow: [same_for_every_seed]}
`);
  expect(fixedBehind(stageNamed(pipeline, "fixed")).map(({ name }) => name)).toEqual(["points", "folds", "net"]);
  expect(fixedBehind(stageNamed(pipeline, "teams")).map(({ name }) => name)).toEqual(["points", "folds"]);
});
