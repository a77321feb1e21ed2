/** What a user reads about mistakes in a search, its trial, and what follows it: YAML in, exact text out. */
import { describe, expect, test } from "vitest";
import { search, toldBesideTables } from "../rig/search-mistakes.js";

const told = toldBesideTables();

test("a search without a mistake", () => expect(told(search())).toBe("\n"));

describe("the space", () => {
  test("is empty", () =>
    expect(told(search({ space: "{}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:7:12  wrong value

      7 │     space: {}
        │            ^^

    \`space\` is at least one parameter, such as \`units: [16, 32]\`, but an empty map stands here.
    "
  `));
  test("has a parameter without values", () =>
    expect(told(search({ space: "{units: [], rate: [0.1]}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:7:20  wrong value

      7 │     space: {units: [], rate: [0.1]}
        │                    ^^

    \`space.units\` is at least one value, but an empty list stands here.
    "
  `));
  test("lists a value twice", () =>
    expect(told(search({ space: "{units: [8, 16, 8], rate: [0.1]}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:7:28  the same value twice

      7 │     space: {units: [8, 16, 8], rate: [0.1]}
        │                            ^

    \`units\` lists \`8\` twice. A configuration is tried once; remove one of them.
    "
  `));
  test("has a range in a grid", () =>
    expect(told(search({ space: "{units: [8], rate: {log_uniform: [0.001, 0.1]}}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:7:31  a range in a grid

      7 │     space: {units: [8], rate: {log_uniform: [0.001, 0.1]}}
        │                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^

    A grid tries every value, but \`rate\` is a range of numbers. Give it a list, or search with \`strategy: random\`.
    "
  `));
  test("has a range that falls", () =>
    expect(
      told(search({ space: "{units: [8], rate: {uniform: [0.1, 0.001]}}", strategy: "random\n    budget: 3" })),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:8:41  wrong value

        8 │     space: {units: [8], rate: {uniform: [0.1, 0.001]}}
          │                                         ^^^^^^^^^^^^

      \`space.rate.uniform\` is two rising numbers, [from, to], but a list of 2 stands here.
      "
    `));
  test("is too large for a grid", () =>
    expect(told(search({ space: "{units: {integer: [1, 500]}, rate: {integer: [1, 500]}}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:7:12  the grid is too large

      7 │     space: {units: {integer: [1, 500]}, rate: {integer: [1, 500]}}
        │            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    This grid has 250,000 configurations. The limit \`trials\` is 10,000 trials. Use \`strategy: random\` with a \`budget\`, or shorter lists.
    "
  `));
});

describe("constraints", () => {
  test("about a parameter that there is not", () =>
    expect(told(search({ constraints: "[{never: {unit: 16}}]" }))).toMatchInlineSnapshot(`
    "
    p.yaml:18:34  unknown parameter

      18 │     constraints: [{never: {unit: 16}}]
         │                                  ^^

    The rule is about \`unit\`, but the space has no such parameter. Did you mean \`units\`?

    Parameters of the space: units, rate
    "
  `));
  test("that leave nothing", () =>
    expect(
      told(search({ constraints: "[{name: small nets only, never: {units: '> 4'}}, {at_most_one: [units, rate]}]" })),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:18:18  no configuration is left

        18 │     constraints: [{name: small nets only, never: {units: '> 4'}}, {at_most_one: [units, rate]}]
           │                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

      All 4 configurations are ruled out. Rejected by small nets only: 4; at_most_one [units, rate]: 0. Drop a rule, or widen the space.
      "
    `));
  test("that are no rule", () =>
    expect(told(search({ constraints: "[{if: {units: 8}}]" }))).toMatchInlineSnapshot(`
    "
    p.yaml:18:19  wrong value

      18 │     constraints: [{if: {units: 8}}]
         │                   ^^^^^^^^^^^^^^^^

    An item of \`constraints\` is one of \`at_most_one: […]\`, \`never: {…}\` and \`if: {…}\` with \`then: {…}\`, but a map with \`if\` stands here.
    "
  `));
});

describe("a random search", () => {
  test("without a budget", () =>
    expect(told(search({ strategy: "random" }))).toMatchInlineSnapshot(`
    "
    p.yaml:6:15  no budget

      6 │     strategy: random
        │               ^^^^^^

    A random search needs \`budget: N\`, the number of configurations to try.
    "
  `));
  test("with a budget beyond the configurations", () =>
    expect(told(search({ strategy: "random", budget: "5" }))).toMatchInlineSnapshot(`
    "
    p.yaml:18:13  more trials than configurations

      18 │     budget: 5
         │             ^

    The budget is 5, but the space has 4 configurations. Lower the budget to 4, or use \`strategy: grid\`.
    "
  `));
  test("with a budget beyond what constraints leave", () =>
    expect(
      told(search({ strategy: "random", budget: "4", constraints: "[{never: {units: 16}}]" })),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:18:13  more trials than configurations

        18 │     budget: 4
           │             ^

      The budget is 4, but the space has 2 configurations (of 4, 2 are ruled out). Lower the budget to 2, or use \`strategy: grid\`.
      "
    `));
  test("a grid with a budget", () =>
    expect(told(search({ budget: "2" }))).toMatchInlineSnapshot(`
    "
    p.yaml:18:13  a budget for a grid

      18 │     budget: 2
         │             ^

    A grid tries every configuration. Leave out \`budget\`, or use \`strategy: random\`.
    "
  `));
});

describe("the trial", () => {
  test("is a text that looks up a value of the space", () =>
    expect(told(search({ trial: "'{units: ${trial.units}}'" }))).toMatchInlineSnapshot(`
      "
      p.yaml:8:12  wrong type

        8 │     trial: '{units: \${trial.units}}'
          │            ^^^^^^^^^^^^^^^^^^^^^^^^^

      \`trial\` is a stage, such as {kind: train, …}, or several by name, but the text \`{units: \${trial.units}}\` stands here.
      "
    `));
  test("looks up what the space does not have", () =>
    expect(told(search({ space: "{unit: [8, 16], rate: [0.1]}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:13:32  unknown parameter

        13 │       layers: [{dense: {units: "\${trial.units}", activation: tanh}}, {dense: {units: 1}}]
           │                                ^^^^^^^^^^^^^^^^

      There is no \`units\` in the \`space\` of this search. Did you mean \`unit\`?

      Parameters of the space: unit, rate
      "
    `));
  test("has a value of the space that does not fit, told once", () =>
    expect(told(search({ space: "{units: [0, 8], rate: [0.1]}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:13:32  wrong value

      13 │       layers: [{dense: {units: "\${trial.units}", activation: tanh}}, {dense: {units: 1}}]
         │                                ^^^^^^^^^^^^^^^^

    \`layers.dense.units\` is a whole number from 1, but \`0\` stands here.
    "
  `));
  test("has shapes that do not fit in one of the trials", () =>
    expect(
      told(
        search({
          space: "{units: [8], rate: [0.1], last: [1, 2]}",
          trial: `
      kind: train
      each: folds
      data: folds.train
      layers: [{conv: {kernels: "\${trial.last}", size: 3}}, flatten, {dense: {units: 1}}]
      loss: mse
      optimizer: adam
      epochs: 3
      validation: folds.validation`,
        }),
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:12:23  conv needs images

        12 │       layers: [{conv: {kernels: "\${trial.last}", size: 3}}, flatten, {dense: {units: 1}}]
           │                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

      \`conv\` takes height × width × channels, but [1] arrives here. Put it before \`flatten\`, or use \`dense\` layers for rows of numbers.
      "
    `));
  test("forgets to run once per fold", () =>
    expect(
      told(
        search({
          trial:
            "{kind: train, data: folds.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 3}",
          objective: "{minimize: train.loss}",
        }),
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:8:32  one value wanted, many offered

        8 │     trial: {kind: train, data: folds.train, layers: [{dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 3}
          │                                ^^^^^^^^^^^

      \`folds\` gives one \`train\` per element. Add \`each: folds\` to \`trial\`, so that it runs once per element. To read one of them, name it: \`data: folds/1.train\`.
      "
    `));
  test("is a search", () =>
    expect(told(search({ trial: "{kind: search}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:8:19  a search in a trial

      8 │     trial: {kind: search}
        │                   ^^^^^^

    A trial cannot be a search itself. Let one search follow the other, the later one with the winners of the earlier.
    "
  `));
  test("a lookup of a trial outside of one", () =>
    expect(told(search({}, '  x: {kind: fold, data: points.train, k: "${trial.units}"}\n'))).toMatchInlineSnapshot(`
      "
      p.yaml:18:42  unknown lookup

        18 │   x: {kind: fold, data: points.train, k: "\${trial.units}"}
           │                                          ^^^^^^^^^^^^^^^^

      \`\${trial.units}\` is not known. \`\${trial.name}\` stands only inside the \`trial\` of a search. A lookup is \`\${params.name}\`; no expression runs code.
      "
    `));
});

describe("a choice among optimisers", () => {
  const chosen = (optimizers: string): string =>
    search({
      space: `{units: [8, 16], optimizer: ${optimizers}}`,
      trial: `
      kind: train
      each: folds
      data: folds.train
      validation: folds.validation
      layers: [{dense: {units: "\${trial.units}"}}, {dense: {units: 1}}]
      loss: mse
      optimizer: {"\${trial.optimizer}": {learning_rate: 0.1}}
      epochs: 3`,
    });
  test("is a parameter like any other", () => expect(told(chosen("[sgd, adam]"))).toBe("\n"));
  test("is told where one is misspelt", () =>
    expect(told(chosen("[sgd, adm]"))).toMatchInlineSnapshot(`
      "
      p.yaml:15:19  unknown option

        15 │       optimizer: {"\${trial.optimizer}": {learning_rate: 0.1}}
           │                   ^^^^^^^^^^^^^^^^^^^^

      \`optimizer\` has no option \`adm\`. Did you mean \`adam\`?

      Options of \`optimizer\`: sgd, rmsprop, adam, adamw
      "
    `));
});

describe("the objective", () => {
  const judged = (objective: string, loss: string): string =>
    search({
      trial: `
      net: {kind: train, each: folds, data: folds.train, layers: [{dense: {units: "\${trial.units}"}}, {dense: {units: 1}}], loss: ${loss}, optimizer: {adam: {learning_rate: "\${trial.rate}"}}, epochs: 3}
      score: {kind: evaluate, each: folds, model: net, data: folds.validation}`,
      objective,
    });
  test.each([
    ["huber", "minimize", ["huber", "mae"]],
    ["huber", "maximize", ["r2"]],
    ["binary_cross_entropy", "minimize", ["loss", "logLoss"]],
    [
      "binary_cross_entropy",
      "maximize",
      ["accuracy", "balancedAccuracy", "auc", "macro.precision", "macro.recall", "weighted.f1"],
    ],
  ] as const)("of %s may be any number of an evaluation, and %s is said where it is not", (loss, end, metrics) => {
    const other = end === "minimize" ? "maximize" : "minimize";
    for (const metric of metrics) {
      const found = (direction: string): string => {
        const text = judged(`{${direction}: score.${metric}}`, loss);
        return told(
          loss === "huber" ? text : text.replace("points.csv, target: label", "two.csv, target: label, classes: 2"),
        );
      };
      expect(found(end)).toBe("\n");
      expect(found(other)).toContain(`Write \`${end}: score.${metric}\`.`);
    }
  });
  test("is a metric that does not exist", () =>
    expect(told(search({ objective: "{minimize: validation.los}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:17:27  no such metric

      17 │     objective: {minimize: validation.los}
         │                           ^^^^^^^^^^^^^^

    A trial of \`s\` has no metric \`validation.los\`. Did you mean \`validation.loss\`?

    Metrics: validation.loss, train.loss, epochs, bestEpoch
    "
  `));
  test("is of a stage without metrics", () =>
    expect(
      told(search({ trial: "{kind: fold, data: points.train, k: 2}", objective: "{minimize: loss}" })),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:9:27  no such metric

        9 │     objective: {minimize: loss}
          │                           ^^^^

      A trial of \`s\` ends in a stage without metrics, so there is nothing to compare by. Let it end in a \`train\` or an \`evaluate\`.
      "
    `));
});

describe("a repeat", () => {
  const network = (layers: string): string =>
    search({
      trial: `
      kind: train
      each: folds
      data: folds.train
      validation: folds.validation
      layers: ${layers}
      loss: mse
      optimizer: adam
      epochs: 3`,
    });
  test("of a wrong number of times", () =>
    expect(
      told(network("[{repeat: {times: 1.5, layers: [{dense: {units: 2}}]}}, {dense: {units: 1}}]")),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:13:33  not a repeat

        13 │       layers: [{repeat: {times: 1.5, layers: [{dense: {units: 2}}]}}, {dense: {units: 1}}]
           │                                 ^^^

      \`times\` of \`repeat\` is a whole number from 0 to 1000.
      "
    `));
  test("without layers", () =>
    expect(told(network("[{repeat: {times: 2}}, {dense: {units: 1}}]"))).toMatchInlineSnapshot(`
    "
    p.yaml:13:25  not a repeat

      13 │       layers: [{repeat: {times: 2}}, {dense: {units: 1}}]
         │                         ^^^^^^^^^^

    \`layers\` of \`repeat\` is a list of layers. Write \`repeat: {times: 3, layers: […]}\`, or \`repeat: {over: […], layers: […]}\` with \`\${item}\` in the layers.
    "
  `));
  test("with both", () =>
    expect(
      told(network("[{repeat: {times: 2, over: [1], layers: [flatten]}}, {dense: {units: 1}}]")),
    ).toMatchInlineSnapshot(`
    "
    p.yaml:13:25  not a repeat

      13 │       layers: [{repeat: {times: 2, over: [1], layers: [flatten]}}, {dense: {units: 1}}]
         │                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    \`repeat\` takes either \`times\` or \`over\`. Write \`repeat: {times: 3, layers: […]}\`, or \`repeat: {over: […], layers: […]}\` with \`\${item}\` in the layers.
    "
  `));
  test("whose layer has a mistake points at the layer", () =>
    expect(
      told(network("[{repeat: {times: 2, layers: [{dense: {unit: 2}}]}}, {dense: {units: 1}}]")),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:13:54  unknown option

        13 │       layers: [{repeat: {times: 2, layers: [{dense: {unit: 2}}]}}, {dense: {units: 1}}]
           │                                                      ^^^^

      \`layers.dense\` has no option \`unit\`. Did you mean \`units\`?

      Options of \`layers.dense\`: units, activation, initializer
      "
    `));
  test("over names that an item does not have", () =>
    expect(
      told(
        network('[{repeat: {over: [{width: 2}], layers: [{dense: {units: "${item.widht}"}}]}}, {dense: {units: 1}}]'),
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:13:71  unknown lookup

        13 │       layers: [{repeat: {over: [{width: 2}], layers: [{dense: {units: "\${item.widht}"}}]}}, {dense: {units: 1}}]
           │                                                                       ^^^^^^^^^^^^^^^

      There is no \`widht\` in the items of this \`repeat\`. Did you mean \`width\`?

      Names in an item: width
      "
    `));
  test("an item outside of one", () =>
    expect(told(network('[{dense: {units: "${item}"}}]'))).toMatchInlineSnapshot(`
    "
    p.yaml:13:32  unknown lookup

      13 │       layers: [{dense: {units: "\${item}"}}]
         │                                ^^^^^^^^^

    \`\${item}\` is not known. \`\${item}\` stands only inside a \`repeat\` with \`over\`. A lookup is \`\${params.name}\`; no expression runs code.
    "
  `));
});

describe("winners", () => {
  const following = (stages: string): string => search({}, stages);
  test("of what is no search", () =>
    expect(told(following("  best: {kind: select, from: folds}\n"))).toMatchInlineSnapshot(`
    "
    p.yaml:18:30  wrong type of input

      18 │   best: {kind: select, from: folds}
         │                              ^^^^^ a folds

    \`from\` of \`select\` takes a search, but \`folds.folds\` is a folds.
    "
  `));
  test("more than trials", () =>
    expect(told(following("  best: {kind: select, from: s, top: 5}\n"))).toMatchInlineSnapshot(`
    "
    p.yaml:18:38  more winners than trials

      18 │   best: {kind: select, from: s, top: 5}
         │                                      ^

    \`top: 5\` wants 5 winners, but there are 4 trials to choose from.
    "
  `));
  test("several by one standard error", () =>
    expect(
      told(following("  best: {kind: select, from: s, top: 2, rule: one_standard_error}\n")),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:18:38  one winner only

        18 │   best: {kind: select, from: s, top: 2, rule: one_standard_error}
           │                                      ^

      \`one_standard_error\` gives one winner. Leave out \`top\`, or use \`rule: best\`.
      "
    `));
  const best = "  best: {kind: select, from: s, top: 2}\n";
  test("whose settings are used without each", () =>
    expect(
      told(following(`${best}  final: {kind: train, use: best.trial, data: points.train}\n`)),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:19:29  one value wanted, many offered

        19 │   final: {kind: train, use: best.trial, data: points.train}
           │                             ^^^^^^^^^^

      \`best\` offers settings per element. Add \`each: best\` to \`final\`, so that it runs once per element.
      "
    `));
  test("whose settings are of another kind", () =>
    expect(
      told(following(`${best}  final: {kind: shuffle, each: best, use: best.trial, data: points.train}\n`)),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:19:43  settings of another kind

        19 │   final: {kind: shuffle, each: best, use: best.trial, data: points.train}
           │                                           ^^^^^^^^^^

      \`best.trial\` is a \`train\`, so its settings do not fit a \`shuffle\`.
      "
    `));
  test("with a stage that a trial does not have", () =>
    expect(
      told(following(`${best}  final: {kind: train, each: best, use: best.net, data: points.train}\n`)),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:19:41  no such settings

        19 │   final: {kind: train, each: best, use: best.net, data: points.train}
           │                                         ^^^^^^^^

      A trial of \`best\` has no stage \`net\`.

      Stages of a trial: trial
      "
    `));
  test("settings of what has none", () =>
    expect(
      told(following("  final: {kind: train, each: folds, use: folds, data: folds.train}\n")),
    ).toMatchInlineSnapshot(`
    "
    p.yaml:18:42  no settings there

      18 │   final: {kind: train, each: folds, use: folds, data: folds.train}
         │                                          ^^^^^

    \`use\` takes the settings of a trial, from a \`search\` or a \`select\`, such as \`use: winners.trial\`; \`folds\` has none.
    "
  `));
  test("settings that what is written here spoils", () =>
    expect(
      told(following(`${best}  final: {kind: train, each: best, use: best.trial, data: points.train, epochs: 0}\n`)),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:19:81  wrong value

        19 │   final: {kind: train, each: best, use: best.trial, data: points.train, epochs: 0}
           │                                                                                 ^

      \`epochs\` is a whole number from 1, but \`0\` stands here.
      "
    `));
});

test("more folds than rows", () =>
  expect(told(search().replace("k: 4", "k: 40"))).toMatchInlineSnapshot(`
  "
  p.yaml:3:46  more folds than examples

    3 │   folds: {kind: fold, data: points.train, k: 40}
      │                                              ^^

  40 folds need at least 40 examples, but the data has 20.
  "
`));

test("a trial that an alias repeats lacks an option once", () => {
  const again = `
  wider: {kind: search, strategy: grid, space: {units: [32, 64], rate: [0.1]}, trial: *net, objective: {minimize: validation.loss}}`;
  const text = search({}, again).replace("    trial:", "    trial: &net").replace("      loss: mse\n", "");
  expect(told(text)).toMatchInlineSnapshot(`
    "
    p.yaml:4:3  missing option

       4 │   s:
         │   ^

      18 │   wider: {kind: search, strategy: grid, space: {units: [32, 64], rate: [0.1]}, trial: *net, objective: {minimize: validation.loss}}
         │   ^^^^^ here, too

    \`train\` needs the option \`loss\`.

    \`loss\`: The loss, by PyTorch's definitions: cross_entropy or binary_cross_entropy for classes, from logits; mse, mae or huber for numbers. A mean over the examples of a batch, and over their targets.
    "
  `);
});
