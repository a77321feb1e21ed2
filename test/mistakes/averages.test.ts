/** What a user reads about early stopping, averages of the weights and best epochs: YAML in, exact text out. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-averages-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(
  join(folder, "points.csv"),
  `x,y\n${Array.from({ length: 20 }, (_, row) => `${(row * 7) % 20},${row % 3}`).join("\n")}\n`,
);

function told(text: string): string {
  const document = readText(join(folder, "p.yaml"), text);
  const checked = document.ok ? checkPipeline(document.value, kinds) : document;
  return `\n${renderDiagnostics(checked.diagnostics)}`.replaceAll(`${folder}/`, "");
}

const points = `stages:
  points: {kind: load, source: csv, train: points.csv, target: y}
  mixed: {kind: shuffle, data: points.train}
  parts: {kind: split, data: mixed, validation: 0.2}
`;
/** A regression whose options are changed, or left out where they are "". */
function training(changes: Readonly<Record<string, string>>): string {
  const options = {
    kind: "train",
    data: "parts.train",
    validation: "parts.validation",
    layers: "[{dense: {units: 4, activation: tanh}}, {dense: {units: 1}}]",
    loss: "mse",
    optimizer: "adam",
    batch_size: "8",
    epochs: "5",
    ...changes,
  };
  const lines = Object.entries(options).flatMap(([name, value]) => (value === "" ? [] : [`    ${name}: ${value}\n`]));
  return `${points}  net:\n${lines.join("")}`;
}

describe("early stopping", () => {
  test("by what there is", () => {
    for (const metric of ["validation.loss", "train.loss"])
      expect(told(training({ early_stopping: `{metric: ${metric}, patience: 2}` }))).toBe("\n");
    expect(told(training({ validation: "", early_stopping: "{metric: train.loss, patience: 2}" }))).toBe("\n");
    const average = { weight_average: "{decay: 0.9}" };
    expect(told(training({ ...average, early_stopping: "{metric: unaveraged.loss, patience: 2}" }))).toBe("\n");
  });
  test("by an accuracy that numbers have not", () =>
    expect(told(training({ early_stopping: "{metric: validation.accuracy, patience: 2}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:14:30  no such metric

        14 │     early_stopping: {metric: validation.accuracy, patience: 2}
           │                              ^^^^^^^^^^^^^^^^^^^

      \`early_stopping\` cannot watch \`validation.accuracy\`, because this training has no accuracy: \`loss: mse\` learns numbers. Did you mean \`validation.loss\`?

      Metrics: validation.loss, train.loss
      "
    `));
  test("by more than an accuracy can gain", () =>
    expect(
      told(
        training({
          data: "digits.train",
          validation: "digits.test",
          layers: "[flatten, {dense: {units: 10}}]",
          loss: "cross_entropy",
          early_stopping: "{metric: validation.accuracy, patience: 2, min_delta: 1}",
        }).replace("stages:\n", "stages:\n  digits: {kind: load, source: mnist}\n"),
      ),
    ).toContain(
      "An accuracy is a fraction from 0 to 1, so no epoch is better than another by more than `min_delta: 1`, and the " +
        "training would always stop and give back its first epoch. Set a fraction, such as `min_delta: 0.001`.",
    ));
  test("by an average that is not made", () =>
    expect(told(training({ early_stopping: "{metric: unaveraged.loss, patience: 2}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:14:30  no such metric

        14 │     early_stopping: {metric: unaveraged.loss, patience: 2}
           │                              ^^^^^^^^^^^^^^^

      \`early_stopping\` cannot watch \`unaveraged.loss\`, because this training has no average of the weights: neither \`weight_average\` nor \`average\` is set. Did you mean \`validation.loss\`?

      Metrics: validation.loss, train.loss
      "
    `));
  test("by a misspelt metric", () =>
    expect(told(training({ early_stopping: "{metric: validation.los, patience: 2}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:14:30  unknown metric

        14 │     early_stopping: {metric: validation.los, patience: 2}
           │                              ^^^^^^^^^^^^^^

      \`early_stopping.metric\` has no value \`validation.los\`. Did you mean \`validation.loss\`?

      Values of \`early_stopping.metric\`: validation.loss, validation.accuracy, train.loss, train.accuracy, unaveraged.loss, unaveraged.accuracy
      "
    `));
  test("by a validation set that is not there", () =>
    expect(
      told(training({ validation: "", early_stopping: "{metric: validation.loss, patience: 2}" })),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:13:21  nothing to stop by

        13 │     early_stopping: {metric: validation.loss, patience: 2}
           │                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

      \`early_stopping\` watches the loss of a validation set. Add \`validation:\`, such as \`validation: parts.validation\`, or let it watch what there is: \`metric: train.loss\`.
      "
    `));
});

describe("averages", () => {
  test("both at once", () =>
    expect(told(training({ weight_average: "{decay: 0.9}", average: "{last: 2}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:15:14  two averages

        15 │     average: {last: 2}
           │              ^^^^^^^^^

      The model holds one average of its weights: either \`weight_average\`, over all steps, or \`average\`, over the ends of the last epochs. Leave one of them out.
      "
    `));
  test("a decay of 1", () =>
    expect(told(training({ weight_average: "{decay: 1}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:14:29  wrong value

        14 │     weight_average: {decay: 1}
           │                             ^

      \`weight_average.decay\` is a number from 0 to below 1, but \`1\` stands here.
      "
    `));
  test("a decay below 0", () =>
    expect(told(training({ weight_average: "{decay: -0.1}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:14:29  wrong value

        14 │     weight_average: {decay: -0.1}
           │                             ^^^^

      \`weight_average.decay\` is a number from 0 to below 1, but \`-0.1\` stands here.
      "
    `));
  test("of no epoch", () =>
    expect(told(training({ average: "{last: 0}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:14:21  wrong value

      14 │     average: {last: 0}
         │                     ^

    \`average.last\` is a whole number from 1, but \`0\` stands here.
    "
  `));
  test("of too many to keep", () =>
    expect(told(training({ average: "{last: 101}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:14:21  wrong value

      14 │     average: {last: 101}
         │                     ^^^

    \`average.last\` is at most 100 (the limit \`averaged_epochs\`), but \`101\` stands here.
    "
  `));
  test("of more epochs than there are", () =>
    expect(told(training({ average: "{last: 6}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:14:21  warning: an average longer than the training

        14 │     average: {last: 6}
           │                     ^

      \`average: {last: 6}\` wants 6 epochs, and there are 5, so the model is the mean of all of them, from the first on, when it had learned little. Average fewer, or train for longer.
      If it is meant: \`allow: [average_longer_than_training]\` on the stage.
      "
    `));
});

describe("epochs: best", () => {
  /** A search, and a stage that uses its winner, on line 20. */
  function using(final: string, changes: Readonly<Record<string, string>> = {}, objective = "validation.loss"): string {
    const trial = {
      kind: "train",
      each: "folds",
      data: "folds.train",
      validation: "folds.validation",
      layers: '[{dense: {units: "${trial.units}", activation: tanh}}, {dense: {units: 1}}]',
      loss: "mse",
      optimizer: "adam",
      epochs: "5",
      ...changes,
    };
    const lines = Object.entries(trial).flatMap(([name, value]) => (value === "" ? [] : [`      ${name}: ${value}\n`]));
    return `${points}  folds: {kind: fold, data: mixed, k: 2}
  s:
    kind: search
    strategy: grid
    space: {units: [2, 3]}
    trial:
${lines.join("")}    objective: {minimize: ${objective}}
  best: {kind: select, from: s}
  net: {kind: train, ${final}}
`;
  }
  const used = "each: best, use: best.trial, data: mixed";
  test("of a winner, and of each trial", () => {
    expect(told(using(`${used}, epochs: best`))).toBe("\n");
    expect(told(using("each: s, use: s.trial, data: mixed, epochs: best"))).toBe("\n");
  });
  test("of no trial", () =>
    expect(
      told(using("data: mixed, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: best")),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:21:102  no trial whose best epoch that is

        21 │  [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: best}
           │                                                             ^^^^

      \`epochs: best\` is the mean best epoch of the trial whose settings are used, and this stage uses none. Add \`use:\`, such as \`use: winners.trial\`, or write a number.
      "
    `));
  test("in a trial that is to be judged", () =>
    expect(told(using(used, { epochs: "best" }))).toMatchInlineSnapshot(`
    "
    p.yaml:18:15  no trial whose best epoch that is

      18 │       epochs: best
         │               ^^^^

    \`epochs: best\` is the mean best epoch of the trial whose settings are used, and this stage uses none. Add \`use:\`, such as \`use: winners.trial\`, or write a number.
    "
  `));
  test("of a trial without a validation set", () =>
    expect(told(using(`${used}, epochs: best`, { validation: "" }, "train.loss"))).toMatchInlineSnapshot(`
      "
      p.yaml:20:72  no best epoch without validation

        20 │   net: {kind: train, each: best, use: best.trial, data: mixed, epochs: best}
           │                                                                        ^^^^

      \`epochs: best\` is the mean best epoch of the trial's trainings, but these have no \`validation\`, so their best epoch would be the one that remembers most. Give the trial a \`validation\`, or write a number here.
      "
    `));
  test("of a trial that is stopped by what it learns from", () =>
    expect(
      told(
        using(`${used}, early_stopping: null, epochs: best`, { early_stopping: "{metric: train.loss, patience: 2}" }),
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:22:94  no best epoch by validation

        22 │   net: {kind: train, each: best, use: best.trial, data: mixed, early_stopping: null, epochs: best}
           │                                                                                              ^^^^

      \`epochs: best\` is the mean best epoch of the trial's trainings, but these are stopped by \`train.loss\`, so their best epoch is the one that remembers most. Let the trial watch \`validation.loss\`, or write a number here.
      "
    `));
  test("where the learning rate depends on the length", () =>
    expect(
      told(using(`${used}, epochs: best`, { optimizer: "{adam: {learning_rate: {cosine: {from: 0.01}}}}" })),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:21:72  another length would have other learning rates

        21 │   net: {kind: train, each: best, use: best.trial, data: mixed, epochs: best}
           │                                                                        ^^^^

      \`epochs: best\` ends where the trial was best, but its learning rate depends on the length of the whole training, so a shorter one takes other steps and its best epoch is another. Give the schedule a horizon of its own in epochs, \`over\`, or write a number.
      "
    `));
  test("beside an early stopping that the trial brings", () =>
    expect(told(using(`${used}, epochs: best`, { early_stopping: "{patience: 2}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:22:39  nothing to stop by

        22 │   net: {kind: train, each: best, use: best.trial, data: mixed, epochs: best}
           │                                       ^^^^^^^^^^

      \`early_stopping\` watches the loss of a validation set. Add \`validation:\`, such as \`validation: parts.validation\`, or leave out what the trial brings: \`early_stopping: null\`.
      "
    `));
  test("another word", () =>
    expect(told(using(`${used}, epochs: bset`))).toMatchInlineSnapshot(`
    "
    p.yaml:21:72  wrong type

      21 │   net: {kind: train, each: best, use: best.trial, data: mixed, epochs: bset}
         │                                                                        ^^^^

    \`epochs\` is a whole number or \`best\`, but the text \`bset\` stands here.
    "
  `));
  test("and an average that its trial has not", () => {
    expect(told(using(`${used}, weight_average: {decay: 0.9}`))).toMatchInlineSnapshot(`
      "
      p.yaml:21:80  winners were judged without an average

        21 │   net: {kind: train, each: best, use: best.trial, data: mixed, weight_average: {decay: 0.9}}
           │                                                                                ^^^^^^^^^^^^

      With \`weight_average\` the model would be an average of weights, but the trial has none, so the settings were chosen by weights as trained. Put \`weight_average\` into the trial, so that winners are judged by it, or leave it out here.
      "
    `);
    expect(told(using(`${used}, average: {last: 3}`, { average: "{last: 2}" }))).toBe("\n");
    expect(told(using(`${used}, average: null`, { average: "{last: 2}" }))).toBe("\n");
  });
});
