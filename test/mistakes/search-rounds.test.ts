/** What a user reads about mistakes in a search of several rounds: TPE, a target, a time limit, halving. */
import { describe, expect, test } from "vitest";
import { search, toldBesideTables } from "../rig/search-mistakes.js";

const told = toldBesideTables();

describe("TPE and a target", () => {
  const tpe = { strategy: "tpe", budget: "4" };
  test("a search by TPE without a mistake", () =>
    expect(told(search({ ...tpe, batch: "2", target: "{validation.loss: '<= 0.1'}" }))).toBe("\n"));
  test("TPE without a budget", () =>
    expect(told(search({ strategy: "tpe" }))).toMatchInlineSnapshot(`
    "
    p.yaml:6:15  no budget

      6 │     strategy: tpe
        │               ^^^

    A search by TPE needs \`budget: N\`, the number of configurations to try in all.
    "
  `));
  test("a batch larger than the budget", () =>
    expect(told(search({ ...tpe, batch: "5" }))).toMatchInlineSnapshot(`
    "
    p.yaml:19:12  a batch larger than the budget

      19 │     batch: 5
         │            ^

    The batch is 5, but the budget is 4 configurations in all. Lower \`batch\` to 4 or less, or raise \`budget\`: TPE learns from one batch for the next.
    "
  `));
  test("a batch for a grid", () =>
    expect(told(search({ batch: "5" }))).toMatchInlineSnapshot(`
    "
    p.yaml:18:12  a batch without proposals

      18 │     batch: 5
         │            ^

    \`batch\` is how many configurations TPE proposes at once, and \`strategy: grid\` knows all of them before. Leave out \`batch\`, or use \`strategy: tpe\`.
    "
  `));
  test("a value that no start-up trial has and that does not fit", () =>
    expect(
      told(search({ ...tpe, batch: "2", space: "{units: {integer: [-1, 400]}, rate: {log_uniform: [0.001, 0.1]}}" })),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:13:32  wrong value

        13 │       layers: [{dense: {units: "\${trial.units}", activation: tanh}}, {dense: {units: 1}}]
           │                                ^^^^^^^^^^^^^^^^

      \`layers.dense.units\` is a whole number from 1, but \`-1\` stands here.
      "
    `));
  test("a target on a metric that is not there", () =>
    expect(told(search({ ...tpe, batch: "2", target: "{validation.accuracy: '>= 0.99'}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:20:35  no such metric

        20 │     target: {validation.accuracy: '>= 0.99'}
           │                                   ^^^^^^^^^

      A trial of \`s\` has no metric \`validation.accuracy\`.

      Metrics: validation.loss, train.loss, epochs, bestEpoch
      "
    `));
  test("a target that is no comparison", () =>
    expect(told(search({ ...tpe, batch: "2", target: "{validation.loss: '=< 0.1'}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:20:31  wrong value

        20 │     target: {validation.loss: '=< 0.1'}
           │                               ^^^^^^^^

      \`target.validation.loss\` is a comparison with a number, such as '>= 0.99' (\`=<\` is no comparison. Did you mean \`<=\`?), but the text \`=< 0.1\` stands here.
      "
    `));
  test("two targets", () =>
    expect(
      told(search({ ...tpe, batch: "2", target: "{validation.loss: '< 1', train.loss: '< 1'}" })),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:20:13  wrong value

        20 │     target: {validation.loss: '< 1', train.loss: '< 1'}
           │             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

      \`target\` is one metric with its bound, such as {validation.accuracy: '>= 0.99'}, but a map with \`validation.loss\` and \`train.loss\` stands here.
      "
    `));
  test("a target that no value reaches", () =>
    expect(told(search({ ...tpe, batch: "2", target: "{validation.loss: '< 0'}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:20:31  a bound out of reach

        20 │     target: {validation.loss: '< 0'}
           │                               ^^^^^

      \`validation.loss\` is never below 0, so \`< 0\` is never reached. Correct the bound.
      "
    `));
  test("a target that every value reaches", () =>
    expect(told(search({ ...tpe, batch: "2", target: "{validation.loss: '>= 0'}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:20:31  a bound without effect

        20 │     target: {validation.loss: '>= 0'}
           │                               ^^^^^^

      \`validation.loss\` is never below 0, so the first trial reaches \`>= 0\`. Correct the bound, or leave out \`target\`.
      "
    `));
  test("a target for a grid of one round", () =>
    expect(told(search({ target: "{validation.loss: '< 0.1'}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:18:13  a target without rounds

        18 │     target: {validation.loss: '< 0.1'}
           │             ^^^^^^^^^^^^^^^^^^^^^^^^^^

      A target is looked at between the rounds of a search, and this one has a single round: all of its trials are known before. Search with \`strategy: tpe\`, or with \`halving\`, or leave out \`target\`.
      "
    `));
  test("a target for one batch", () =>
    expect(told(search({ ...tpe, target: "{validation.loss: '< 0.1'}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:19:13  a target without rounds

        19 │     target: {validation.loss: '< 0.1'}
           │             ^^^^^^^^^^^^^^^^^^^^^^^^^^

      A target is looked at between the rounds of a search, and this one has a single round: its budget is one batch. Raise \`budget\`, or lower \`batch\`, or leave out \`target\`.
      "
    `));
});

test("a time limit that is no time", () =>
  expect(told(search({ time_limit: "10 parsecs" }))).toMatchInlineSnapshot(`
    "
    p.yaml:18:17  wrong value

      18 │     time_limit: 10 parsecs
         │                 ^^^^^^^^^^

    \`time_limit\` is seconds, or a time such as \`90 s\`, \`10 min\` or \`2 h\`, above 0, but the text \`10 parsecs\` stands here.
    "
  `));

describe("halving", () => {
  const halved = (changes: Readonly<Record<string, string>> = {}, after = ""): string => {
    const trial = `
      kind: train
      each: folds
      data: folds.train
      validation: folds.validation
      layers: [{dense: {units: "\${trial.units}", activation: tanh}}, {dense: {units: 1}}]
      loss: mse
      optimizer: {adam: {learning_rate: "\${trial.rate}"}}`;
    return search({ trial, halving: "{epochs: [1, 3, 9], factor: 3}", ...changes }, after);
  };
  test("without a mistake", () => expect(told(halved())).toBe("\n"));

  test("has rungs that do not rise", () =>
    expect(told(halved({ halving: "{epochs: [1, 9, 9], factor: 3}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:17:23  wrong value

        17 │     halving: {epochs: [1, 9, 9], factor: 3}
           │                       ^^^^^^^^^

      \`halving.epochs\` is rising numbers, such as [1, 3, 9], but a list of 3 stands here.
      "
    `));
  test("has one rung", () =>
    expect(told(halved({ halving: "{epochs: [9], factor: 3}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:17:23  wrong value

      17 │     halving: {epochs: [9], factor: 3}
         │                       ^^^

    \`halving.epochs\` is at least two rungs, such as [1, 3, 9], but a list of 1 stands here.
    "
  `));
  test("has a factor below 2", () =>
    expect(told(halved({ halving: "{epochs: [1, 9], factor: 1.5}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:17:39  wrong value

        17 │     halving: {epochs: [1, 9], factor: 1.5}
           │                                       ^^^

      \`halving.factor\` is a number from 2, such as 3, but \`1.5\` stands here.
      "
    `));
  test("has a trial with epochs of its own", () =>
    expect(told(search({ halving: "{epochs: [1, 3, 9], factor: 3}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:16:7  a length of its own

        16 │       epochs: 3
           │       ^^^^^^

      \`halving\` says how long a trial is trained, rung by rung, so the trial does not. Leave out \`epochs\`, or leave out \`halving\`.
      "
    `));
  test("has a trial that trains nothing", () =>
    expect(
      told(
        halved({
          space: "{k: [2, 3]}",
          trial: '{kind: fold, data: points.train, k: "${trial.k}"}',
        }),
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:9:27  no such metric

        9 │     objective: {minimize: validation.loss}
          │                           ^^^^^^^^^^^^^^^

      A trial of \`s\` ends in a stage without metrics, so there is nothing to compare by. Let it end in a \`train\` or an \`evaluate\`.

      p.yaml:10:14  nothing to halve

        10 │     halving: {epochs: [1, 3, 9], factor: 3}
           │              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

      \`halving\` trains some trials longer than others, and a trial of \`s\` trains nothing: it has no stage of kind \`train\`. Leave out \`halving\`.
      "
    `));
  test("has a schedule that depends on the whole length", () =>
    expect(
      told(
        halved({
          space: "{rate: [0.1, 0.01]}",
          trial: `
      kind: train
      each: folds
      data: folds.train
      validation: folds.validation
      layers: [{dense: {units: 1}}]
      loss: mse
      optimizer: {adam: {learning_rate: {cosine: {from: "\${trial.rate}"}}}}`,
        }),
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:15:41  rungs with other learning rates

        15 │       optimizer: {adam: {learning_rate: {cosine: {from: "\${trial.rate}"}}}}
           │                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

      A halved search goes on from one rung to the next, but this learning rate depends on the length of the whole training, so a longer training does not begin as a shorter one. Give the schedule a horizon of its own in epochs, \`over\`.
      "
    `));
  test("has such a schedule among values that a later generation may propose", () => {
    const rates = "[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, {cosine: {from: 0.1}}]";
    const halving = "{epochs: [1, 3], factor: 2}";
    const space = `{units: [4, 8], rate: ${rates}}`;
    expect(told(halved({ strategy: "tpe", budget: "12", batch: "1", space, halving }))).toMatchInlineSnapshot(`
      "
      p.yaml:15:41  rungs with other learning rates

        15 │       optimizer: {adam: {learning_rate: "\${trial.rate}"}}
           │                                         ^^^^^^^^^^^^^^^

      A halved search goes on from one rung to the next, but this learning rate depends on the length of the whole training, so a longer training does not begin as a shorter one. Give the schedule a horizon of its own in epochs, \`over\`.
      "
    `);
  });
  test("has settings of an earlier search whose schedule depends on the whole length", () =>
    expect(
      told(
        search(
          {
            trial: `
      kind: train
      each: folds
      data: folds.train
      validation: folds.validation
      layers: [{dense: {units: 1}}]
      loss: mse
      optimizer: {adam: {learning_rate: {cosine: {from: "\${trial.rate}"}}}}
      batch_size: "\${trial.units}"
      epochs: 3`,
          },
          `  best: {kind: select, from: s}
  later:
    kind: search
    each: best
    strategy: grid
    space: {shuffled: [1, 2]}
    halving: {epochs: [1, 2], factor: 2}
    trial: {kind: train, use: best.trial, each: folds, data: folds.train, validation: folds.validation, batch_size: "\${trial.shuffled}"}
    objective: {minimize: validation.loss}
`,
        ),
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:16:19  warning: a batch larger than the data

        16 │       batch_size: "\${trial.units}"
           │                   ^^^^^^^^^^^^^^^^

      \`batch_size: 16\` is more than the 15 training examples, so every epoch is a single step. Use a smaller \`batch_size\`, such as 3.
      If it is meant: \`allow: [batch_larger_than_data]\` on the stage.

      p.yaml:26:31  rungs with other learning rates

        26 │     trial: {kind: train, use: best.trial, each: folds, data: folds.train, validation: folds.validation, batch_size: "\${trial.shuffled}"}
           │                               ^^^^^^^^^^

      A halved search goes on from one rung to the next, but this learning rate depends on the length of the whole training, so a longer training does not begin as a shorter one. Give the schedule a horizon of its own in epochs, \`over\`.
      "
    `));
  test("leaves fewer trials than winners are wanted", () =>
    expect(told(halved({}, "  best: {kind: select, from: s, top: 2}\n"))).toMatchInlineSnapshot(`
      "
      p.yaml:18:38  more winners than trials

        18 │   best: {kind: select, from: s, top: 2}
           │                                      ^

      \`top: 2\` wants 2 winners, but one trial comes through the last rung, and those that are stopped before are not chosen. Lower \`top\`, or let more survive: with fewer rungs, or a smaller \`factor\`.
      "
    `));
  test("has a configuration that is called as a place is", () =>
    expect(
      told(halved({ space: "{name: [rung], number: [2.1, 3]}" }).replaceAll(/"\$\{trial.[a-z]+\}"/g, "4")),
    ).toContain("so is a place that a later round fills. Give one of its values another name."));
  test("has trials over other folds", () =>
    expect(
      told(
        halved({
          space: "{over: [folds, others]}",
          trial: `
      kind: train
      each: "\${trial.over}"
      data: "\${trial.over}.train"
      validation: "\${trial.over}.validation"
      layers: [{dense: {units: 1}}]
      loss: mse
      optimizer: adam`,
        }).replace("  s:\n", "  others: {kind: fold, data: points.train, k: 2}\n  s:\n"),
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:10:7  trials over other elements

        10 │       kind: train
           │       ^^^^^^^^^^^

      The trials folds and others of \`s\` run over other stages, so it is not known before how many steps a later round has. Let \`each\` be the same for every configuration.
      "
    `));
});
