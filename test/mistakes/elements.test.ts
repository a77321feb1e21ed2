/** One element of a fan-out that a name picks, and what is said where it picks none, or what no score should rest on. */
import { expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const net = "layers: [{dense: {units: 1}}], loss: mse, epochs: 2";
const study = `
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 90}
  seeds: {kind: seeds, count: 40}
  outer: {kind: fold, data: points.train, k: 3}
  inner: {kind: fold, each: outer, data: outer.train, k: 4}
  deep: {kind: train, each: inner, data: inner.train, ${net}, optimizer: adam}
  net: {kind: train, each: seeds, data: points.train, ${net}, optimizer: adam}
  coarse:
    kind: search
    strategy: grid
    space: {rate: [0.01, 0.001]}
    trial: {kind: train, each: outer, data: outer.train, validation: outer.validation, ${net}, optimizer: {adam: {learning_rate: "\${trial.rate}"}}}
    objective: {minimize: validation.loss}
  two:
    kind: search
    strategy: grid
    space: {rate: [0.01, 0.001]}
    trial:
      net: {kind: train, data: points.train, ${net}, optimizer: {adam: {learning_rate: "\${trial.rate}"}}}
      score: {kind: evaluate, model: net, data: points.train, allow: [scored_on_training_data]}
    objective: {minimize: score.mse}
  halved:
    kind: search
    strategy: grid
    halving: {epochs: [1, 2], factor: 2}
    space: {rate: [0.01, 0.001]}
    trial: {kind: train, data: outer/1.train, validation: outer/1.validation, layers: [{dense: {units: 1}}], loss: mse, optimizer: {adam: {learning_rate: "\${trial.rate}"}}}
    objective: {minimize: validation.loss}
  winners: {kind: select, from: coarse, top: 2}
  final: {kind: train, each: winners, use: winners.trial, data: points.train, validation: null}
`;
/** Of stages that are added. */
function diagnosticsOf(...stages: readonly string[]) {
  const added = stages.map((stage, index) => `  ${index === 0 ? "x" : `x${index}`}: {${stage}}\n`).join("");
  const document = readText("p.yaml", `stages:${study}${added}`);
  return (document.ok ? checkPipeline(document.value, kinds) : document).diagnostics;
}
const messages = (...stages: readonly string[]): readonly string[] =>
  diagnosticsOf(...stages).map(({ message }) => message);
const judging = (model: string, rest = "data: points.test"): string => `kind: evaluate, model: ${model}, ${rest}`;
const judged = (model: string, rest?: string): readonly string[] => messages(judging(model, rest));

test("one element is read by its name, with an output or without, and by those of an outer level and the rest", () => {
  const names = [
    "net/3",
    "net/3.model",
    "deep/1/2",
    "final/2",
    "coarse/0.01/2",
    "coarse/0.001/2.model",
    "two.net/0.01",
  ];
  expect(
    messages(
      ...names.map((name) => judging(name)),
      judging('"deep/1/2"', "data: inner/1/2.validation"),
      "kind: ensemble, models: [deep/1, net/2, coarse/0.01]",
      "kind: merge, data: [outer/1.validation, outer/2.validation]",
      judging("deep/2", "each: inner, data: points.test"),
    ),
  ).toEqual([]);
});

test("a key that is none is told with near ones and some of those that there are", () => {
  expect(renderDiagnostics(diagnosticsOf("kind: evaluate, model: net/41, data: points.test"))).toMatchInlineSnapshot(`
    "p.yaml:31:30  no such element

      31 │   x: {kind: evaluate, model: net/41, data: points.test}
         │                              ^^^^^^

    \`net\` has no element \`41\`. Did you mean \`net/11\`?

    Elements of \`net\`: net/1, net/2, net/3, net/4, net/5, net/6, net/7, net/8, net/9, net/10 … and 30 more
    "
  `);
  expect(judged("deep/1/9.model")).toEqual([
    "`deep/1` has no element `9`.\n\nElements of `deep/1`: deep/1/1, deep/1/2, deep/1/3, deep/1/4",
  ]);
  expect(judged("coarse/0.1/2.model")).toEqual([
    "`coarse` has no element `0.1`. Did you mean `coarse/0.01`?\n\nElements of `coarse`: coarse/0.01, coarse/0.001",
  ]);
});

test("keys that are missing, or that are too many", () => {
  expect(judged("deep/1//")).toEqual([
    "`deep/1//` names no element: behind `deep/1/` a key of `inner` is missing.\n\nElements of `deep/1`: deep/1/1, deep/1/2, deep/1/3, deep/1/4",
  ]);
  expect(judged("final/")[0]).toContain("behind `final/` a key of `winners` is missing");
  expect(judged("final/.model")[0]).toContain("`final/.model` names no element");
  expect(judged("deep/1/2/3")).toEqual([
    "`deep/1/2/3` has 3 keys, but `deep` runs over `outer` and `inner`. Name `deep/1/2`.",
  ]);
  expect(judged("net/1/2.model")).toEqual(["`net/1/2` has 2 keys, but `net` runs over `seeds` alone. Name `net/1`."]);
});

test("elements of what runs once are one mistake, told with the other places", () => {
  const file = `stages:
  d: {kind: load, source: synthetic, generator: gapped_curve}
  n: {kind: train, data: d.train, ${net}, optimizer: adam}
  a: {kind: evaluate, model: n/1, data: d.test}
  b: {kind: evaluate, model: n/2, data: d.test}
`;
  const document = readText("p.yaml", file);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  expect(renderDiagnostics(diagnostics)).toMatchInlineSnapshot(`
    "p.yaml:4:30  no such element

      4 │   a: {kind: evaluate, model: n/1, data: d.test}
        │                              ^^^

      5 │   b: {kind: evaluate, model: n/2, data: d.test}
        │                              ^^^ here, too

    \`n\` runs once, so it has no element \`1\`. Name it alone: \`n\`; or say in \`n\` what it runs over, with \`each\`.
    "
  `);
});

test("what runs once has no elements, and what offers some says whose they are", () => {
  expect(judged("net/1", "data: points/1.test")).toEqual([
    "`points` runs once, so it has no element `1`. Name it alone: `points`.",
  ]);
  expect(judged("net/1", "data: winners/1")).toEqual([
    "`winners` runs once, so it has no element `1`. Its elements are those of stages with `each: winners`, and of these one is read as `STAGE/1`.",
  ]);
});

test("outputs stand behind the element, and a fold's are its parts", () => {
  expect(judged("final/2.modle")).toEqual([
    "`final/2` has no output `modle`. Did you mean `model`?\n\nOutputs of `final/2`: model",
  ]);
  expect(messages("kind: shuffle, data: outer/2")).toEqual([
    "`outer/2` has several outputs that `x` could read: `outer/2.train` and `outer/2.validation`. Name one of them, such as `data: outer/2.train`.",
  ]);
  expect(messages("kind: shuffle, data: outer/2.folds")).toEqual([
    "`outer/2` has no output `folds`.\n\nOutputs of `outer/2`: train, validation",
  ]);
  expect(messages("kind: shuffle, data: outer.train/2")).toEqual([
    "The element stands behind the stage, and the output behind the element: `outer/2.train`.",
  ]);
});

test("where keys leave several elements open, one more is asked for, or `each`", () => {
  expect(messages("kind: shuffle, data: inner/2.train")).toEqual([
    "`inner/2` gives one `train` per element. Add `each: inner` to `x`, so that it runs once per element. To read one of them, name it: `data: inner/2/1.train`.",
  ]);
  expect(judged("coarse/0.01")).toEqual([
    "`coarse/0.01` gives one result per element of `outer`. Add `each: outer` to `x`, so that it runs once per element. To read one of them, name it: `model: coarse/0.01/1`.",
  ]);
});

test("of a search the stage of a trial is named, and what a later round leaves has no name yet", () => {
  expect(judged("two/0.01")).toEqual([
    "`two/0.01` is a trial of several stages: net and score. Name one of them, such as `two.net/0.01`.",
  ]);
  expect(judged("two.nit/0.01")).toEqual([
    "A trial of `two` has no stage `nit`. Did you mean `net`?\n\nStages of a trial: net, score",
  ]);
  for (const name of ["halved/0.01", "halved/rung-2.1"])
    expect(judged(name)).toEqual([
      `\`halved\` runs in rounds, and what a trial has left, and for how long it was trained, is known when they have run, so \`${name}\` names nothing yet. Choose with \`select\`, train what it chooses (\`each: winners\`, \`use: winners.trial\`), and name an element of that, such as \`final/1\`.`,
    ]);
});

test("`each` and `use` take no single element", () => {
  expect(messages(`kind: train, each: final/1, data: points.train, ${net}, optimizer: adam`)).toEqual([
    "`each` runs a stage once for every element of another, and `final/1` is one of them. Leave out `each`, and name the element where `x` reads it, such as `model: final/1`.",
  ]);
  expect(messages("kind: train, use: winners/1.trial, data: points.train")).toEqual([
    "`use` takes the settings of the element that the stage runs for. Let `x` have `each: winners` and `use: winners.trial`; what reads one of its elements names that, such as `x/1`.",
  ]);
});

test("a stage that is not there is told as ever, and of one with a mistake nobody asks for elements", () => {
  expect(judged("nit/2")).toEqual(["`x` reads `nit`, but there is no such stage. Did you mean `net`?"]);
  const document = readText(
    "p.yaml",
    "stages:\n  d: {kind: load, source: synthetic, generator: gapped_curve}\n  f: {kind: fold, data: d.train, k: 0}\n  s: {kind: shuffle, data: f/9.train}\n",
  );
  const checked = document.ok ? checkPipeline(document.value, kinds) : document;
  expect(checked.diagnostics.map(({ title }) => title)).toHaveLength(1);
});

test("where all of a name is keys, and what stands behind its last dot is an output too, neither is guessed", () => {
  const told = (data: string): readonly string[] => {
    const text = `stages:
  d: {kind: load, source: synthetic, generator: gapped_curve}
  one: {kind: shuffle, data: d.train}
  s:
    kind: search
    strategy: grid
    space: {read: [one, one.data, d.train]}
    trial:
      mixed: {kind: shuffle, data: "\${trial.read}"}
      net: {kind: train, data: mixed, validation: d.train, ${net}, optimizer: adam, allow: [scored_on_training_data]}
    objective: {minimize: net.validation.loss}
  x: {kind: shuffle, data: ${data}}
`;
    const document = readText("p.yaml", text);
    return (document.ok ? checkPipeline(document.value, kinds) : document).diagnostics.map(({ message }) => message);
  };
  expect(told("s.mixed/one.data")).toEqual([
    "`s.mixed/one.data` may be the element `one.data` of `s.mixed`, or `data` of its element `one`. Write `s.mixed/one.data.data` for the one, and `s.mixed/one` for the other.",
  ]);
  for (const name of ["s.mixed/one.data.data", "s.mixed/one", "s.mixed/d.train", "s.mixed/d.train.data"])
    expect(told(name)).toEqual([]);
});

const learned =
  "`data` holds examples that the model has learned from, so the score says how well it remembers, not how well it does on new ones. Let `data` name examples that were held out.";
test("what taught a model is told apart by the element: its own fold is held out, another is not", () => {
  const seen = [
    judging("deep/1/2", "data: inner/1/3.validation"),
    judging("deep/1/2", "data: inner/2/2.validation"),
    judging("deep/1/2", "data: outer/2.validation"),
    judging("deep/1/2", "each: outer, data: outer.validation"),
    judging("deep", "each: inner, data: inner/1/2.validation"),
  ];
  const unseen = [
    judging("deep/1/2", "data: inner/1/2.validation"),
    judging("deep/1/2", "data: outer/1.validation"),
    judging("deep", "each: inner, data: outer.validation"),
  ];
  expect(messages(...seen, ...unseen)).toEqual(seen.map(() => learned));
});

test("the same of a model that is trained on named folds", () => {
  const trained = (data: string, validation: string): string =>
    `kind: train, data: ${data}, validation: ${validation}, ${net}, optimizer: adam`;
  const shared = [trained("outer/1.train", "outer/2.validation"), trained("outer/1.train", "outer/2.train")];
  const parted = [trained("outer/1.train", "outer/1.validation"), trained("outer/1.validation", "outer/2.validation")];
  const found = messages(...shared, ...parted);
  expect(found.map((message) => message.startsWith("`validation` holds examples that `data` holds"))).toEqual([
    true,
    true,
  ]);
});

test("so it is with ensembles, with what is scaled by another fold, and with settings that a fold chose", () => {
  const more = `
  team: {kind: ensemble, models: deep/1}
  teams: {kind: ensemble, each: outer, models: deep}
  cut: {kind: split, each: outer, data: outer.train, validation: 10}
  scaled: {kind: normalize, each: outer, data: cut.train}
  held: {kind: normalize, each: outer, data: cut.validation, fit: cut.train}
  low: {kind: train, each: outer, data: scaled, validation: held, ${net}, optimizer: adam}
  tune:
    kind: search
    each: outer
    strategy: grid
    space: {rate: [0.01, 0.001]}
    trial: {kind: train, each: inner, data: inner.train, validation: inner.validation, ${net}, optimizer: {adam: {learning_rate: "\${trial.rate}"}}}
    objective: {minimize: validation.loss}
  one: {kind: select, from: tune/2}
  fin: {kind: train, each: one, use: one.trial, data: outer/2.train, validation: null}
`;
  const told = (model: string, data: string): readonly string[] => {
    const document = readText("p.yaml", `stages:${study}${more}  x: {${judging(model, `data: ${data}`)}}\n`);
    return (document.ok ? checkPipeline(document.value, kinds) : document).diagnostics.map(({ title }) => title);
  };
  for (const [model, data] of [
    ["team", "outer/1.validation"],
    ["teams/1", "outer/1.validation"],
    ["low/2", "held/2"],
    ["low/2", "cut/2.validation"],
    ["fin/1", "outer/2.validation"],
    ["tune/2/0.01/3", "inner/2/3.validation"],
  ] as const)
    expect([model, data, told(model, data)]).toEqual([model, data, []]);
  for (const [model, data] of [
    ["team", "inner/1/2.validation"],
    ["teams/1", "outer/2.validation"],
    ["low/2", "cut/2.train"],
    ["fin/1", "outer/1.validation"],
    ["tune/2/0.01/3", "inner/2/1.validation"],
  ] as const)
    expect([model, data, told(model, data)]).toEqual([model, data, ["scored on training examples"]]);
  expect(told("fin/1", "outer/2.train")).toEqual(["scored on training examples"]);
  expect(told("low/2", "held/1")).toEqual(["data on another scale", "scored on training examples"]);
});

test("a stage that reads one seed's element in each is one computation", () => {
  expect(judged("net/2", "each: seeds, data: points.test")).toEqual([
    "`x` draws nothing and reads `net/2` alone of what runs over `seeds`, so the 40 elements are one computation, and their mean has no spread. Leave `seeds` out of `each`, or name `net` without a key.",
  ]);
});
