/** What a user reads about mistakes in `seeds`, and about stages that run over them: YAML in, exact text out. */
import { expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

function told(text: string): string {
  const document = readText("p.yaml", text);
  const checked = document.ok ? checkPipeline(document.value, kinds) : document;
  return `\n${renderDiagnostics(checked.diagnostics)}`;
}
const seeds = (options: string): string => told(`stages:\n  seeds: {kind: seeds${options}}\n`);

test("seeds without a mistake", () => {
  for (const options of [", count: 1", ", from: 0, count: 3", ", values: [3, 7]", ", values: [0]"])
    expect([options, seeds(options)]).toEqual([options, "\n"]);
});

test("seeds that are not said, or twice", () => {
  expect(seeds("")).toMatchInlineSnapshot(`
    "
    p.yaml:2:3  which seeds

      2 │   seeds: {kind: seeds}
        │   ^^^^^

    \`seeds\` needs \`count: 10\`, which are the seeds 1 … 10, or \`values: [3, 7]\`, the seeds themselves.
    "
  `);
  expect(seeds(", from: 3")).toContain("which seeds");
  expect(seeds(", count: 2, values: [3, 7]")).toMatchInlineSnapshot(`
    "
    p.yaml:2:31  seeds said twice

      2 │   seeds: {kind: seeds, count: 2, values: [3, 7]}
        │                               ^

    \`count\` counts seeds from \`from\`, and \`values\` lists them. Leave out one of the two.
    "
  `);
  expect(seeds(", from: 2, values: [3, 7]")).toMatchInlineSnapshot(`
    "
    p.yaml:2:30  seeds said twice

      2 │   seeds: {kind: seeds, from: 2, values: [3, 7]}
        │                              ^

    \`from\` is the first of the seeds that \`count\` counts; \`values\` lists them. Leave out \`from\`.
    "
  `);
  expect(seeds(", values: [3, 7, 3]")).toMatchInlineSnapshot(`
    "
    p.yaml:2:39  a seed that repeats

      2 │   seeds: {kind: seeds, values: [3, 7, 3]}
        │                                       ^

    The seed 3 is there twice, so the same computation would count twice, as if it were another one. Leave one of them out.
    "
  `);
});

test("seeds that are none", () => {
  expect(seeds(", count: 0")).toMatchInlineSnapshot(`
    "
    p.yaml:2:31  wrong value

      2 │   seeds: {kind: seeds, count: 0}
        │                               ^

    \`count\` is a whole number from 1, but \`0\` stands here.
    "
  `);
  expect(seeds(", count: -1")).toContain("p.yaml:2:31  wrong value");
  expect(seeds(", values: []")).toMatchInlineSnapshot(`
    "
    p.yaml:2:32  wrong value

      2 │   seeds: {kind: seeds, values: []}
        │                                ^^

    \`values\` is a list of whole numbers, one or more, but an empty list stands here.
    "
  `);
  expect(seeds(", values: [3, -7]")).toMatchInlineSnapshot(`
    "
    p.yaml:2:36  wrong value

      2 │   seeds: {kind: seeds, values: [3, -7]}
        │                                    ^^

    An item of \`values\` is a whole number from 0, but \`-7\` stands here.
    "
  `);
  expect(seeds(", values: [1.5]")).toMatchInlineSnapshot(`
    "
    p.yaml:2:33  wrong type

      2 │   seeds: {kind: seeds, values: [1.5]}
        │                                 ^^^

    An item of \`values\` is a whole number, but \`1.5\` stands here.
    "
  `);
  expect(seeds(", from: -2, count: 2")).toMatchInlineSnapshot(`
    "
    p.yaml:2:30  wrong value

      2 │   seeds: {kind: seeds, from: -2, count: 2}
        │                              ^^

    \`from\` is a whole number from 0, but \`-2\` stands here.
    "
  `);
  expect(seeds(", count: 20001")).toMatchInlineSnapshot(`
    "
    p.yaml:2:31  wrong value

      2 │   seeds: {kind: seeds, count: 20001}
        │                               ^^^^^

    \`count\` is at most 20,000 (the limit \`elements\`), but \`20001\` stands here.
    "
  `);
  expect(seeds(", from: 9007199254740990, count: 3")).toMatchInlineSnapshot(`
    "
    p.yaml:2:30  seeds too large

      2 │   seeds: {kind: seeds, from: 9007199254740990, count: 3}
        │                              ^^^^^^^^^^^^^^^^

    The last seed would be 9007199254740992; a seed is at most 9007199254740991.
    "
  `);
});

const study = (net: string, score: string, seed = "{kind: seeds, count: 3}"): string =>
  told(`stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 60}
  seeds: ${seed}
  parts: {kind: split, each: seeds, data: points.train, validation: 12}
  net: {kind: train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1, ${net}}
  score: {kind: evaluate, model: net, data: points.test, ${score}}
`);

test("a stage with a seed of its own is the same for every seed, which is told once", () =>
  expect(study("data: points.train, each: seeds, seed: 4", "each: seeds")).toMatchInlineSnapshot(`
    "
    p.yaml:5:131  warning: the same for every seed

      5 │ er: adam, epochs: 1, data: points.train, each: seeds, seed: 4}
        │                                                             ^

    \`net\` runs over \`seeds\` with a \`seed\` of its own, so the 3 elements are one computation, and their mean has no spread. Leave out \`seed\`, or \`seeds\` in \`each\`.
    If it is meant: \`allow: [same_for_every_seed]\` on the stage.
    "
  `));

test("where data differ from seed to seed, a seed of its own keeps what it draws", () => {
  expect(study("data: parts.train, each: seeds, seed: 4", "each: seeds")).toMatchInlineSnapshot(`
    "
    p.yaml:5:130  warning: the same for every seed

      5 │ zer: adam, epochs: 1, data: parts.train, each: seeds, seed: 4}
        │                                                             ^

    \`net\` has a \`seed\` of its own, so what it draws is the same for every seed of \`seeds\`, and only what it reads differs. Leave out \`seed\` to let both differ.
    If it is meant: \`allow: [same_for_every_seed]\` on the stage.
    "
  `);
  expect(study("data: parts.train, each: seeds, seed: 4, allow: [same_for_every_seed]", "each: seeds")).toBe("\n");
});

test("an evaluation of one model under seeds is the same each time", () =>
  expect(study("data: points.train", "each: seeds")).toMatchInlineSnapshot(`
    "
    p.yaml:6:64  warning: the same for every seed

      6 │   score: {kind: evaluate, model: net, data: points.test, each: seeds}
        │                                                                ^^^^^

    \`score\` draws nothing and reads nothing that runs over \`seeds\`, so the 3 elements are one computation, and their mean has no spread. Leave \`seeds\` out of \`each\`, or let what it reads run over \`seeds\`, too.
    If it is meant: \`allow: [same_for_every_seed]\` on the stage.
    "
  `));

test("of two axes of seeds the inner one is the seed, and the outer one must be in what is read", () => {
  const both = (train: string): string =>
    told(`stages:
  points: {kind: load, source: synthetic, generator: gapped_curve, count: 60}
  cuts: {kind: seeds, count: 2}
  seeds: {kind: seeds, count: 3}
  parts: {kind: split, each: cuts, data: points.train, validation: 12}
  net: {kind: train, each: [cuts, seeds], layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1, ${train}}
`);
  expect(both("data: parts.train")).toBe("\n");
  expect(both("data: points.train")).toMatchInlineSnapshot(`
    "
    p.yaml:6:28  warning: the same for every seed

      6 │   net: {kind: train, each: [cuts, seeds], layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1, data: points.train}
        │                            ^^^^^^^^^^^^^

    \`net\` takes its seed from \`seeds\` and reads nothing that runs over \`cuts\`, so the 2 elements are one computation, and their mean has no spread. Leave \`cuts\` out of \`each\`, or let what it reads run over \`cuts\`, too.
    If it is meant: \`allow: [same_for_every_seed]\` on the stage.
    "
  `);
});

test("what runs over seeds is read by who does, too", () => {
  expect(study("data: parts.train, each: seeds", "allow: []")).toContain(
    "Add `each: seeds` to `score`, so that it runs once per element.",
  );
  expect(study("data: parts.train", "each: seeds")).toMatchInlineSnapshot(`
    "
    p.yaml:5:98  one value wanted, many offered

      5 │   net: {kind: train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1, data: parts.train}
        │                                                                                                  ^^^^^^^^^^^

    \`parts\` gives one result per element of \`seeds\`. Add \`each: seeds\` to \`net\`, so that it runs once per element. To read one of them, name it: \`data: parts/1.train\`.
    "
  `);
});
test("nobody reads the seeds themselves", () =>
  expect(study("data: seeds, each: seeds", "each: seeds")).toMatchInlineSnapshot(`
    "
    p.yaml:5:98  wrong type of input

      5 │   net: {kind: train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1, data: seeds, each: seeds}
        │                                                                                                  ^^^^^ a seeds

    \`data\` of \`train\` takes a dataset, but \`seeds.seeds\` is a seeds.
    "
  `));
