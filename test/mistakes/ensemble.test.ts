/** What check says of ensembles before anything runs: members that cannot speak together, and what reads the whole. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

let folder: string;
const file = (name: string, header: string, label: (row: number) => string): void => {
  const width = header.split(",").length - 1;
  const cells = (row: number) => Array.from({ length: width }, (_, column) => Math.sin(9 * row + column).toFixed(4));
  const rows = Array.from({ length: 30 }, (_, row) => [...cells(row), label(row)].join(","));
  writeFileSync(join(folder, name), [header, ...rows, ""].join("\n"));
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hw1-ensemble-"));
  file("known.csv", "a,b,y", (row) => String(row));
  file("turned.csv", "b,a,y", (row) => String(2 * row));
  file("other.csv", "a,c,y", (row) => String(row));
  file("words.csv", "a,b,y", (row) => (row % 2 ? "no" : "yes"));
  file("reversed.csv", "a,b,y", (row) => (row % 2 ? "yes" : "no"));
  file("three.csv", "a,b,y", (row) => ["no", "yes", "maybe"][row % 3]!);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const load = (name: string, classes = ""): string =>
  `${name}: {kind: load, source: csv, train: ${name}.csv, target: y${classes && `, classes: ${classes}`}}`;
const net = (name: string, data: string, more = "loss: mse", units = 1): string =>
  `${name}: {kind: train, data: ${data}, layers: [{dense: {units: ${units}}}], ${more}, optimizer: adam, epochs: 1, batch_size: 4}`;
const stages = [
  ...[load("known"), load("turned"), load("other"), load("words", "[no, yes]"), load("reversed", "[yes, no]")],
  ...[load("three", "[no, yes, maybe]"), "scaled: {kind: normalize, data: known.train}"],
  ...[net("first", "known.train"), net("second", "turned.train"), net("third", "other.train")],
  ...[
    net("binary", "words.train", "loss: binary_cross_entropy"),
    net("ofTwo", "reversed.train", "loss: cross_entropy", 2),
  ],
  ...[net("ofThree", "three.train", "loss: cross_entropy", 3), net("inScale", "scaled")],
  net("smooth", "words.train", "loss: cross_entropy, label_smoothing: 0.1", 2),
  "seeds: {kind: seeds, count: 3}",
  net("many", "known.train", "loss: huber, each: seeds"),
];
/** Title, and place as what is underlined, of what is told of some more stages; with their messages. */
function told(
  ...more: readonly string[]
): readonly { readonly title: string; readonly at: string; readonly message: string }[] {
  const text = `stages:\n${[...stages, ...more].map((stage) => `  ${stage}\n`).join("")}`;
  const document = readText(join(folder, "p.yaml"), text);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  return diagnostics.map(({ severity, title, span, message }) => ({
    ...{ title: `${severity}: ${title}`, message },
    at: text.slice(span!.start, span!.end),
  }));
}

describe("members", () => {
  test("of the same names in another order, by other losses, on other scales and of other seeds speak together", () =>
    expect(
      told(
        "a: {kind: ensemble, models: [first, second, inScale, many]}",
        "b: {kind: ensemble, models: [binary, ofTwo], rule: vote}",
        "c: {kind: evaluate, model: a, data: turned.train, allow: scored_on_training_data, expect: {mse: '< 9'}}",
        "d: {kind: ensemble, models: many}",
        "e: {kind: evaluate, model: d, data: other.train, expect: {huber: '< 9'}}",
      ).filter(({ at }) => at !== "other.train"),
    ).toEqual([]));

  test("of other columns, classes or numbers for classes are refused", () =>
    expect(
      told(
        "a: {kind: ensemble, models: [first, third]}",
        "b: {kind: ensemble, models: [binary, ofThree]}",
        "c: {kind: ensemble, models: [ofTwo, first]}",
      ),
    ).toEqual([
      {
        title: "error: a member has other columns",
        at: "third",
        message:
          "The first member was trained on `b` where this one was trained on `c`. The columns are `a`, `b` there, `a`, `c` " +
          "here. Names are compared as they are written; `features:` in the `load` stage chooses columns by name.",
      },
      {
        title: "error: a member has other classes",
        at: "ofThree",
        message:
          "The first member was trained on the classes no, yes, but this one was trained on the classes no, yes, maybe.",
      },
      {
        title: "error: a member has other classes",
        at: "first",
        message: "The first member was trained on the classes yes, no, but this one was trained on numbers as labels.",
      },
    ]));

  test("that are ensembles, alone, or there twice, and votes of numbers", () =>
    expect(
      told(
        "a: {kind: ensemble, models: [first, second]}",
        "b: {kind: ensemble, models: [first, a]}",
        "c: {kind: ensemble, models: first}",
        "d: {kind: ensemble, each: seeds, models: many}",
        "e: {kind: ensemble, models: [first, first, second]}",
        "f: {kind: ensemble, models: many, rule: vote}",
        "g: {kind: ensemble, models: many, rule: soft}",
      ),
    ).toEqual([
      {
        title: "error: an ensemble of ensembles",
        at: "a",
        message:
          "This one is an ensemble itself, and whether it should count once or as often as it has members is not guessed. " +
          "Let `models` name the stages of its members: each of them then counts alike.",
      },
      {
        title: "warning: an ensemble of one model",
        at: "first",
        message:
          "`models` gives one model, so that the ensemble says what that model says. Name several, or let the model's " +
          "stage run under `each:`, over `seeds` say.",
      },
      {
        title: "warning: an ensemble of one model",
        at: "many",
        message:
          "`models` gives one model, so that the ensemble says what that model says. It runs over `seeds`, as the model " +
          "does: leave that out of `each` to gather its elements.",
      },
      {
        title: "warning: a member that is there twice",
        at: "first",
        message:
          "This model is a member already, so that it counts twice. Name it once, or other models beside it: the same " +
          "network under other seeds, say.",
      },
      {
        title: "error: votes of numbers",
        at: "vote",
        message:
          "`rule: vote` counts which class the members predict, but these predict numbers. Use `rule: mean`, the mean of " +
          "their values.",
      },
      {
        title: "error: unknown rule",
        at: "soft",
        message:
          "`rule` has no value `soft`. Write `mean`, the mean of the members' probabilities.\n\nValues of `rule`: mean, vote",
      },
    ]));
});

describe("who reads an ensemble", () => {
  test("is told which losses it does not have", () =>
    expect(
      told(
        "a: {kind: ensemble, models: [binary, smooth]}",
        "b: {kind: ensemble, models: [binary, ofTwo], rule: vote}",
        "c: {kind: evaluate, model: a, data: three.train, expect: {loss: '< 1'}}",
        "d: {kind: evaluate, model: b, data: words.train, allow: scored_on_training_data, expect: {logLoss: '< 1', accuracy: '> 0.5'}}",
      )
        .filter(({ title }) => title.includes("metric"))
        .map(({ at, message }) => [at, message]),
    ).toEqual([
      [
        "'< 1'",
        "The members of this ensemble learned by different losses, so that it has no `loss` of its own. Expect its " +
          "`logLoss`, which is −ln p whatever they learned by.",
      ],
      [
        "'< 1'",
        "Shares of votes are no probabilities, so that an ensemble by `vote` has no `logLoss`. Expect its `accuracy`, or let " +
          "the ensemble have `rule: mean`.",
      ],
    ]));

  test("and a figure of trainings is told where these are; data on the scale of one member are not on that of the others", () =>
    expect(
      told(
        "a: {kind: ensemble, models: [first, inScale]}",
        "b: {kind: visualize, figure: learning_curves, from: a}",
        "c: {kind: evaluate, model: a, data: scaled, allow: scored_on_training_data}",
        'd: {kind: search, strategy: grid, space: {x: [1, 2]}, trial: {n: {kind: train, data: known.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: "${trial.x}", batch_size: 4}, p: {kind: ensemble, models: [n, first]}}, objective: {minimize: mse}}',
      ),
    ).toEqual([
      {
        title: "error: an ensemble has no learning curve",
        at: "a",
        message:
          "`learning_curves` draws how trainings went, but an ensemble is made of models that are trained already. Let " +
          "`from` name the stages that trained its members.",
      },
      {
        title: "error: data on another scale",
        at: "scaled",
        message:
          "`data` is normalised (standard), but what a member of the ensemble was trained on is not. Name data before they " +
          "are normalised.",
      },
      {
        title: "error: no such metric",
        at: "mse",
        message: "A trial of `d` has no metric `mse`.\n\nMetrics: n.train.loss, n.epochs, n.bestEpoch",
      },
    ]));
});
