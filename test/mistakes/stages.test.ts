/** What a user reads about mistakes inside stages: YAML in, exact text out. */
import { describe, expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import type { Overrides } from "../../src/pipeline/overrides.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

function told(text: string, overrides: Overrides = {}): string {
  const document = readText("p.yaml", text);
  const checked = document.ok ? checkPipeline(document.value, kinds, overrides) : document;
  return `\n${renderDiagnostics(checked.diagnostics)}`;
}

/** A pipeline with one more stage than digits, on line 3. */
const beside = (stage: string): string => `stages:\n  digits: {kind: load, source: mnist}\n  ${stage}\n`;

/** A training of digits whose options are changed, or left out where they are "". */
function training(changes: Readonly<Record<string, string>>, after = ""): string {
  const options = {
    kind: "train",
    data: "parts.train",
    validation: "parts.validation",
    layers: "[flatten, {dense: {units: 10}}]",
    loss: "cross_entropy",
    optimizer: "adam",
    epochs: "3",
    ...changes,
  };
  const lines = Object.entries(options).flatMap(([name, value]) => (value === "" ? [] : [`    ${name}: ${value}\n`]));
  return `stages:\n  digits: {kind: load, source: mnist}\n  parts: {kind: split, data: digits.train, validation: 100}\n  net:\n${lines.join("")}${after}`;
}
const network = (...layers: readonly string[]): string =>
  training({ layers: layers.map((layer) => `\n      - ${layer}`).join("") });

describe("options", () => {
  test("an unknown option", () =>
    expect(told(training({ batchsize: "64" }))).toMatchInlineSnapshot(`
      "
      p.yaml:12:5  unknown option

        12 │     batchsize: 64
           │     ^^^^^^^^^

      \`train\` has no option \`batchsize\`. Did you mean \`batch_size\`?

      Options of \`train\`: data, validation, layers, loss, class_weight, label_smoothing, scale_targets, optimizer, l1, l2, regularizer, batch_size, epochs, early_stopping, weight_average, average, keep, each, allow, use, seed
      "
    `));
  test("a misspelt option that decides within one of the forms", () =>
    expect(told("stages:\n  digits: {kind: load, source: synthetic, genrator: digits}\n")).toMatchInlineSnapshot(`
      "
      p.yaml:2:43  unknown option

        2 │   digits: {kind: load, source: synthetic, genrator: digits}
          │                                           ^^^^^^^^

      \`load\` has no option \`genrator\`. Did you mean \`generator\`?

      Options of \`load\`: source, train, test, classes, sha256, validation, feature_names, file, split, target, features, leave_out, categories, unknown, dates, group, order, header, delimiter, missing, on_missing, on_missing_target, resize, grey, skip_unreadable, generator, count, gaps, noise, test_noise, each, allow, seed
      "
    `));
  test("the name of the option that decides the others, misspelt", () => {
    expect(told("stages:\n  digits: {kind: load, sorce: mnist}\n")).toMatchInlineSnapshot(`
      "
      p.yaml:2:24  unknown option

        2 │   digits: {kind: load, sorce: mnist}
          │                        ^^^^^

      \`load\` has no option \`sorce\`. Did you mean \`source\`?

      Options of \`load\`: source, train, test, classes, sha256, validation, feature_names, file, split, target, features, leave_out, categories, unknown, dates, group, order, header, delimiter, missing, on_missing, on_missing_target, resize, grey, skip_unreadable, generator, count, gaps, noise, test_noise, each, allow
      "
    `);
    expect(told(beside("rows: {kind: visualize, figre: examples, from: digits.train}"))).toMatchInlineSnapshot(`
      "
      p.yaml:3:27  unknown option

        3 │   rows: {kind: visualize, figre: examples, from: digits.train}
          │                           ^^^^^

      \`visualize\` has no option \`figre\`. Did you mean \`figure\`?

      Options of \`visualize\`: figure, from, title, per_class, example, draws, strengths, labels, data, names, normalize, decimals, class, bins, count, true_class, predicted_class, layer, inputs, parts, show, units, pictures, results, target, top, measure, layers, ridges, each, allow, use
      "
    `);
  });
  test("an unknown option whose right name is missing is told once", () =>
    expect(told(training({ epochs: "", epoch: "3" }))).toMatchInlineSnapshot(`
      "
      p.yaml:11:5  unknown option

        11 │     epoch: 3
           │     ^^^^^

      \`train\` has no option \`epoch\`. Did you mean \`epochs\`?

      Options of \`train\`: data, validation, layers, loss, class_weight, label_smoothing, scale_targets, optimizer, l1, l2, regularizer, batch_size, epochs, early_stopping, weight_average, average, keep, each, allow, use, seed
      "
    `));
  test("a missing option says what it is for", () =>
    expect(told(training({ epochs: "" }))).toMatchInlineSnapshot(`
      "
      p.yaml:4:3  missing option

        4 │   net:
          │   ^^^

      \`train\` needs the option \`epochs\`.

      \`epochs\`: Passes over the data, at most. Where \`use:\` takes a trial's settings also \`best\`: the mean best epoch of its cells, rounded half up.
      "
    `));
  test("a missing option of few values lists them", () =>
    expect(told("stages:\n  digits: {kind: load}\n")).toMatchInlineSnapshot(`
      "
      p.yaml:2:3  missing option

        2 │   digits: {kind: load}
          │   ^^^^^^

      \`load\` needs the option \`source\`.

      Values of \`source\`: mnist, idx, npy, csv, images, synthetic
      "
    `));
  test("an unknown source", () =>
    expect(told("stages:\n  digits: {kind: load, source: mnsit}\n")).toMatchInlineSnapshot(`
      "
      p.yaml:2:32  unknown source

        2 │   digits: {kind: load, source: mnsit}
          │                                ^^^^^

      \`source\` has no value \`mnsit\`. Did you mean \`mnist\`?

      Values of \`source\`: mnist, idx, npy, csv, images, synthetic
      "
    `));
  test("an option of another source", () =>
    expect(told("stages:\n  digits: {kind: load, source: mnist, train: digits.csv}\n")).toMatchInlineSnapshot(`
      "
      p.yaml:2:39  unknown option

        2 │   digits: {kind: load, source: mnist, train: digits.csv}
          │                                       ^^^^^

      \`load\` with \`source: mnist\` has no option \`train\`.

      Options of \`load\` with \`source: mnist\`: source, each, allow
      "
    `));
  test("a seed where no random numbers are drawn", () =>
    expect(told("stages:\n  digits: {kind: load, source: mnist, seed: 3}\n")).toMatchInlineSnapshot(`
      "
      p.yaml:2:39  unknown option

        2 │   digits: {kind: load, source: mnist, seed: 3}
          │                                       ^^^^

      \`load\` with \`source: mnist\` has no option \`seed\`, because it draws no random numbers.

      Options of \`load\` with \`source: mnist\`: source, each, allow
      "
    `));
  test("text where a number belongs", () =>
    expect(told(training({ epochs: "many" }))).toMatchInlineSnapshot(`
      "
      p.yaml:11:13  wrong type

        11 │     epochs: many
           │             ^^^^

      \`epochs\` is a whole number or \`best\`, but the text \`many\` stands here.
      "
    `));
  test("a number in quotes", () =>
    expect(told(training({ epochs: "'5'" }))).toMatchInlineSnapshot(`
      "
      p.yaml:11:13  wrong type

        11 │     epochs: '5'
           │             ^^^

      \`epochs\` is a whole number or \`best\`, but the text \`5\` stands here. Leave out the quotes.
      "
    `));
  test("a number out of range", () =>
    expect(told(training({ epochs: "0" }))).toMatchInlineSnapshot(`
    "
    p.yaml:11:13  wrong value

      11 │     epochs: 0
         │             ^

    \`epochs\` is a whole number from 1, but \`0\` stands here.
    "
  `));
  test("nothing where a number belongs", () =>
    expect(told(training({ epochs: "null" }))).toMatchInlineSnapshot(`
      "
      p.yaml:11:13  wrong type

        11 │     epochs: null
           │             ^^^^

      \`epochs\` is a whole number or \`best\`, but nothing stands here.
      "
    `));
  test("yes is text in YAML 1.2", () =>
    expect(
      told(beside("parts: {kind: split, data: digits.train, validation: 9, stratify: yes}")),
    ).toMatchInlineSnapshot(`
    "
    p.yaml:3:69  wrong type

      3 │   parts: {kind: split, data: digits.train, validation: 9, stratify: yes}
        │                                                                     ^^^

    \`stratify\` is true or false, but the text \`yes\` stands here. Write \`true\`.
    "
  `));
  test("a number where a stage belongs", () =>
    expect(told(training({ data: "5" }))).toMatchInlineSnapshot(`
    "
    p.yaml:6:11  wrong type

      6 │     data: 5
        │           ^

    \`data\` is the name of a stage, such as \`digits\` or \`digits.train\`, but \`5\` stands here.
    "
  `));
  test("an unknown loss", () =>
    expect(told(training({ loss: "crossentropy" }))).toMatchInlineSnapshot(`
      "
      p.yaml:9:11  unknown loss

        9 │     loss: crossentropy
          │           ^^^^^^^^^^^^

      \`loss\` has no value \`crossentropy\`. Did you mean \`cross_entropy\`?

      Values of \`loss\`: cross_entropy, mse, mae, huber, binary_cross_entropy
      "
    `));
  test("a figure by half its name", () =>
    expect(told(beside("picture: {kind: visualize, figure: confusion, from: digits.train}"))).toMatchInlineSnapshot(`
      "
      p.yaml:3:38  unknown figure

        3 │   picture: {kind: visualize, figure: confusion, from: digits.train}
          │                                      ^^^^^^^^^

      \`figure\` has no value \`confusion\`. Did you mean \`confusion_matrix\`?

      Values of \`figure\`: examples, augmentation, class_frequency, profile, points, activations, learning_curves, fold_curves, confusion_matrix, classification_report, roc, precision_recall, reliability, mistakes, model_comparison, activation_profile, kernels, feature_maps, receptive_fields, preferred_inputs, filter_matches, fit, fit_gallery, test_error, prediction_error, gap_error, search_table, search_curves, search_history, search_rungs, search_effects, search_importance, search_slice, parallel_coordinates, search_funnel, outer_folds, weight_histograms, weight_ridges
      "
    `));
  test("an option inside an option", () =>
    expect(told(training({ early_stopping: "{patiens: 3}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:12:22  unknown option

        12 │     early_stopping: {patiens: 3}
           │                      ^^^^^^^

      \`early_stopping\` has no option \`patiens\`. Did you mean \`patience\`?

      Options of \`early_stopping\`: metric, patience, min_delta
      "
    `));
  test("early_stopping without validation", () =>
    expect(told(training({ validation: "", early_stopping: "{patience: 3}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:11:21  nothing to stop by

        11 │     early_stopping: {patience: 3}
           │                     ^^^^^^^^^^^^^

      \`early_stopping\` watches the loss of a validation set. Add \`validation:\`, such as \`validation: parts.validation\`, or let it watch what there is: \`metric: train.loss\`.
      "
    `));
  test("control characters of the file do not reach the terminal", () =>
    expect(told(beside('it: {kind: shuffle, data: "\\e[31mred"}'))).toMatchInlineSnapshot(`
      "
      p.yaml:3:29  no such stage

        3 │   it: {kind: shuffle, data: "\\e[31mred"}
          │                             ^^^^^^^^^^^

      \`it\` reads \`\\u001b[31mred\`, but there is no such stage.
      "
    `));
});

describe("layers", () => {
  test("an unknown activation", () =>
    expect(told(network("flatten", "dense: {units: 10, activation: rellu}"))).toMatchInlineSnapshot(`
      "
      p.yaml:10:40  unknown activation

        10 │       - dense: {units: 10, activation: rellu}
           │                                        ^^^^^

      \`layers.dense.activation\` has no value \`rellu\`. Did you mean \`relu\`?

      Values of \`layers.dense.activation\`: linear, relu, leaky_relu, elu, gelu, silu, sigmoid, tanh, softplus, softmax
      "
    `));
  test("an unknown layer with options", () =>
    expect(told(network("con: {kernels: 8, size: 3}", "flatten", "dense: {units: 10}"))).toMatchInlineSnapshot(`
      "
      p.yaml:9:9  unknown option

        9 │       - con: {kernels: 8, size: 3}
          │         ^^^

      \`layers\` has no option \`con\`. Did you mean \`conv\`?

      Options of \`layers\`: conv, max_pool, avg_pool, global_avg_pool, flatten, dense, dropout, batch_norm, layer_norm, activation, repeat, residual
      "
    `));
  test("an unknown layer without options", () =>
    expect(told(network("flaten", "dense: {units: 10}"))).toMatchInlineSnapshot(`
      "
      p.yaml:9:9  unknown layer

        9 │       - flaten
          │         ^^^^^^

      \`layers\` has no value \`flaten\`. Did you mean \`flatten\`?

      Values of \`layers\`: flatten, batch_norm, layer_norm, global_avg_pool, conv, max_pool, avg_pool, dense, dropout, activation, repeat, residual
      "
    `));
  test("a layer whose options are missing", () =>
    expect(told(network("flatten", "dense"))).toMatchInlineSnapshot(`
    "
    p.yaml:10:9  dense needs its options

      10 │       - dense
         │         ^^^^^

    \`dense\` cannot stand alone. Write \`dense: {units: …}\`, with values of your own.
    "
  `));
  test("a layer with a colon and nothing behind it", () =>
    expect(told(network("flatten:", "dense: {units: 10}"))).toMatchInlineSnapshot(`
    "
    p.yaml:9:17  wrong type

      9 │       - flatten:
        │                 ^

    \`layers.flatten\` is a map, but nothing stands here. Write \`flatten\` without the colon.
    "
  `));
  test("text for units", () =>
    expect(told(network("flatten", "dense: {units: ten}"))).toMatchInlineSnapshot(`
    "
    p.yaml:10:24  wrong type

      10 │       - dense: {units: ten}
         │                        ^^^

    \`layers.dense.units\` is a whole number, but the text \`ten\` stands here.
    "
  `));
  test("two layers in one item", () =>
    expect(told(network("flatten", "{dense: {units: 10}, dropout: 0.3}"))).toMatchInlineSnapshot(`
    "
    p.yaml:10:9  wrong value

      10 │       - {dense: {units: 10}, dropout: 0.3}
         │         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    An item of \`layers\` is one layer, such as \`dense: {units: 10}\`, but a map with \`dense\` and \`dropout\` stands here.
    "
  `));
  test("a number where a layer belongs", () =>
    expect(told(network("flatten", "7"))).toMatchInlineSnapshot(`
      "
      p.yaml:10:9  wrong type

        10 │       - 7
           │         ^

      An item of \`layers\` is a layer: \`flatten\`, \`batch_norm\`, \`layer_norm\`, \`global_avg_pool\`, or a map such as \`dense: {units: 10}\`, but \`7\` stands here.
      "
    `));
  test("a map instead of a list", () =>
    expect(told(training({ layers: "{flatten: {}, dense: {units: 10}}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:8:13  wrong type

      8 │     layers: {flatten: {}, dense: {units: 10}}
        │             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    \`layers\` is a list, but a map with \`flatten\` and \`dense\` stands here.
    "
  `));
  test("no layers", () =>
    expect(told(training({ layers: "[]" }))).toMatchInlineSnapshot(`
    "
    p.yaml:8:13  wrong value

      8 │     layers: []
        │             ^^

    \`layers\` is a list of one or more, but an empty list stands here.
    "
  `));
  test("a dropout of everything", () =>
    expect(told(network("flatten", "dropout: 1", "dense: {units: 10}"))).toMatchInlineSnapshot(`
    "
    p.yaml:10:18  wrong value

      10 │       - dropout: 1
         │                  ^

    \`layers.dropout\` is a number from 0 to below 1, but \`1\` stands here.
    "
  `));
  test("a pool of nothing", () =>
    expect(told(network("max_pool: 0", "flatten", "dense: {units: 10}"))).toMatchInlineSnapshot(`
    "
    p.yaml:9:19  wrong value

      9 │       - max_pool: 0
        │                   ^

    \`layers.max_pool\` is a whole number from 1, but \`0\` stands here.
    "
  `));
  test("a size of three axes", () =>
    expect(
      told(network("conv: {kernels: 8, size: [3, 3, 3]}", "flatten", "dense: {units: 10}")),
    ).toMatchInlineSnapshot(`
    "
    p.yaml:9:34  wrong value

      9 │       - conv: {kernels: 8, size: [3, 3, 3]}
        │                                  ^^^^^^^^^

    \`layers.conv.size\` is a list of 2, but a list of 3 stands here.
    "
  `));
  test("a misspelt padding", () =>
    expect(
      told(network("conv: {kernels: 8, size: 3, padding: sam}", "flatten", "dense: {units: 10}")),
    ).toMatchInlineSnapshot(`
    "
    p.yaml:9:46  wrong type

      9 │       - conv: {kernels: 8, size: 3, padding: sam}
        │                                              ^^^

    \`layers.conv.padding\` is a whole number from 0, or \`same\`, but the text \`sam\` stands here.
    "
  `));
});

describe("optimisers", () => {
  test("a misspelt option", () =>
    expect(told(training({ optimizer: "{adam: {learning_rat: 1}}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:10:24  unknown option

        10 │     optimizer: {adam: {learning_rat: 1}}
           │                        ^^^^^^^^^^^^

      \`optimizer.adam\` has no option \`learning_rat\`. Did you mean \`learning_rate\`?

      Options of \`optimizer.adam\`: learning_rate, beta1, beta2, epsilon, weight_decay, clip_norm
      "
    `));
  test("a misspelt optimiser", () =>
    expect(told(training({ optimizer: "adm" }))).toMatchInlineSnapshot(`
      "
      p.yaml:10:16  unknown optimizer

        10 │     optimizer: adm
           │                ^^^

      \`optimizer\` has no value \`adm\`. Did you mean \`adam\`?

      Values of \`optimizer\`: sgd, rmsprop, adam, adamw
      "
    `));
  test("a misspelt optimiser with options", () =>
    expect(told(training({ optimizer: "{adm: {learning_rate: 1}}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:10:17  unknown option

        10 │     optimizer: {adm: {learning_rate: 1}}
           │                 ^^^

      \`optimizer\` has no option \`adm\`. Did you mean \`adam\`?

      Options of \`optimizer\`: sgd, rmsprop, adam, adamw
      "
    `));
  test("two optimisers", () =>
    expect(told(training({ optimizer: "{adam: {}, sgd: {}}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:10:16  wrong value

      10 │     optimizer: {adam: {}, sgd: {}}
         │                ^^^^^^^^^^^^^^^^^^^

    \`optimizer\` is one optimiser, such as \`adam: {learning_rate: 0.001}\`, but a map with \`adam\` and \`sgd\` stands here.
    "
  `));
  test("a learning rate below zero", () =>
    expect(told(training({ optimizer: "{adam: {learning_rate: -1}}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:10:39  wrong value

      10 │     optimizer: {adam: {learning_rate: -1}}
         │                                       ^^

    \`optimizer.adam.learning_rate\` is a number above 0, but \`-1\` stands here.
    "
  `));
  test("text for a learning rate", () =>
    expect(told(training({ optimizer: "{adam: {learning_rate: fast}}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:10:39  wrong type

        10 │     optimizer: {adam: {learning_rate: fast}}
           │                                       ^^^^

      \`optimizer.adam.learning_rate\` is a number above 0, or one of {constant: …}, {step: …}, {cosine: …}, {one_cycle: …}, {plateau: …}, but the text \`fast\` stands here.
      "
    `));
  test("a misspelt schedule", () =>
    expect(told(training({ optimizer: "{adam: {learning_rate: {cosin: {from: 1}}}}" }))).toMatchInlineSnapshot(`
      "
      p.yaml:10:40  unknown option

        10 │     optimizer: {adam: {learning_rate: {cosin: {from: 1}}}}
           │                                        ^^^^^

      \`optimizer.adam.learning_rate\` has no option \`cosin\`. Did you mean \`cosine\`?

      Options of \`optimizer.adam.learning_rate\`: constant, step, cosine, one_cycle, plateau, warm_up
      "
    `));
  test("a schedule without a start", () =>
    expect(told(training({ optimizer: "{adam: {learning_rate: {cosine: {to: 0}}}}" }))).toMatchInlineSnapshot(`
    "
    p.yaml:10:48  missing option

      10 │     optimizer: {adam: {learning_rate: {cosine: {to: 0}}}}
         │                                                ^^^^^^^

    \`optimizer.adam.learning_rate.cosine\` needs the option \`from\`.

    \`from\`: Rate at the start.
    "
  `));
  test("1e-3 is a number", () =>
    expect(told(training({ optimizer: "{adam: {learning_rate: 1e-3}}" }))).toMatchInlineSnapshot(`
    "
    "
  `));
});

describe("shapes and classes", () => {
  test("nine outputs for ten labels, with both places", () =>
    expect(told(network("flatten", "dense: {units: 9}"))).toMatchInlineSnapshot(`
    "
    p.yaml:10:24  outputs do not match classes

      10 │       - dense: {units: 9}
         │                        ^ 9 outputs

       2 │   digits: {kind: load, source: mnist}
         │                                ^^^^^ labels 0 … 9, so 10 classes

    \`cross_entropy\` needs one output per class: float32 [batch, 10], but the network ends in float32 [batch, 9].
    Set \`units: 10\`, or change the classes where they are loaded.
    "
  `));
  test("a conv larger than its input", () =>
    expect(told(network("conv: {kernels: 8, size: 29}", "flatten", "dense: {units: 10}"))).toMatchInlineSnapshot(`
    "
    p.yaml:9:34  conv larger than its input

      9 │       - conv: {kernels: 8, size: 29}
        │                                  ^^

    A kernel of 29 × 29 does not fit into 28 × 28. Use a smaller \`size\`, \`padding: same\`, or fewer pools and strides before it.
    "
  `));
  test("a dense layer on images", () =>
    expect(told(network("dense: {units: 10}"))).toMatchInlineSnapshot(`
    "
    p.yaml:9:16  dense needs a flat input

      9 │       - dense: {units: 10}
        │                ^^^^^^^^^^^

    \`dense\` takes one row of numbers per example, but [28, 28, 1] arrives here. Put \`- flatten\` before it.
    "
  `));
  test("outputs that are images", () =>
    expect(told(network("conv: {kernels: 8, size: 3}"))).toMatchInlineSnapshot(`
    "
    p.yaml:9:25  outputs are not flat

      9 │       - conv: {kernels: 8, size: 3}
        │                         ^

    \`cross_entropy\` takes one row of outputs per example, but the network ends in float32 [batch, 26, 26, 8]. Add \`- flatten\` and a \`dense\` layer.
    "
  `));
  test("a warning for softmax before cross_entropy", () =>
    expect(told(network("flatten", "dense: {units: 10, activation: softmax}"))).toMatchInlineSnapshot(`
      "
      p.yaml:10:40  warning: softmax twice

        10 │       - dense: {units: 10, activation: softmax}
           │                                        ^^^^^^^

      \`cross_entropy\` takes logits and applies softmax itself; a second one before it slows learning down. Leave the last \`softmax\` out.
      If it is meant: \`allow: [softmax_twice]\` on the stage.
      "
    `));
  test("numbers learned from classes", () =>
    expect(told(training({ loss: "mse" }))).toMatchInlineSnapshot(`
    "
    p.yaml:9:11  mse needs numbers

      9 │     loss: mse
        │           ^^^

    \`mse\` learns numbers, but these labels are classes. Use \`loss: cross_entropy\`.
    "
  `));
  test("a split that holds nothing out", () =>
    expect(
      told("stages:\n  digits: {kind: load, source: mnist}\n  parts: {kind: split, data: digits.test}"),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:3:3  missing option

        3 │   parts: {kind: split, data: digits.test}
          │   ^^^^^

      \`split\` needs \`validation\`, \`test\` or both: how many examples it holds out, such as \`test: 0.2\`.
      "
    `));

  test("a split larger than the data", () =>
    expect(
      told(beside("parts: {kind: split, data: digits.test, validation: 8000, test: 2000}")),
    ).toMatchInlineSnapshot(`
    "
    p.yaml:3:55  split larger than the data

      3 │   parts: {kind: split, data: digits.test, validation: 8000, test: 2000}
        │                                                       ^^^^ of 10000 examples

    8000 + 2000 examples are asked for, but the data has 10000, and at least one must remain for training.
    "
  `));
  test("more folds than examples", () =>
    expect(told(beside("folds: {kind: fold, data: digits.test, k: 10001}"))).toMatchInlineSnapshot(`
    "
    p.yaml:3:45  more folds than examples

      3 │   folds: {kind: fold, data: digits.test, k: 10001}
        │                                             ^^^^^

    10001 folds need at least 10001 examples, but the data has 10000.
    "
  `));
});

describe("stages that read each other", () => {
  test("a missing stage", () =>
    expect(told(beside("mixed: {kind: shuffle, data: digist.train}"))).toMatchInlineSnapshot(`
    "
    p.yaml:3:32  no such stage

      3 │   mixed: {kind: shuffle, data: digist.train}
        │                                ^^^^^^^^^^^^

    \`mixed\` reads \`digist\`, but there is no such stage. Did you mean \`digits\`?
    "
  `));
  test("an unknown output", () =>
    expect(told(beside("mixed: {kind: shuffle, data: digits.tset}"))).toMatchInlineSnapshot(`
    "
    p.yaml:3:32  no such output

      3 │   mixed: {kind: shuffle, data: digits.tset}
        │                                ^^^^^^^^^^^

    \`digits\` has no output \`tset\`. Did you mean \`test\`?

    Outputs of \`digits\`: train, test
    "
  `));
  test("a cycle, as a path", () =>
    expect(
      told(beside("a: {kind: shuffle, data: b}\n  b: {kind: shuffle, data: c}\n  c: {kind: shuffle, data: a}")),
    ).toMatchInlineSnapshot(`
    "
    p.yaml:3:28  stages wait for each other

      3 │   a: {kind: shuffle, data: b}
        │                            ^ \`a\` reads \`b\`

      4 │   b: {kind: shuffle, data: c}
        │                            ^ \`b\` reads \`c\`

      5 │   c: {kind: shuffle, data: a}
        │                            ^ \`c\` reads \`a\` again

    None of them can start first: a → b → c → a.
    "
  `));
  test("a stage that reads itself", () =>
    expect(told(beside("a: {kind: shuffle, data: a}"))).toMatchInlineSnapshot(`
    "
    p.yaml:3:28  stages wait for each other

      3 │   a: {kind: shuffle, data: a}
        │                            ^ \`a\` reads \`a\`

    None of them can start first: a → a.
    "
  `));
  test("a model where a dataset belongs", () =>
    expect(told(training({}, "  mixed: {kind: shuffle, data: net}\n"))).toMatchInlineSnapshot(`
    "
    p.yaml:12:32  wrong type of input

      12 │   mixed: {kind: shuffle, data: net}
         │                                ^^^ a model

    \`data\` of \`shuffle\` takes a dataset, but \`net.model\` is a model.
    "
  `));
  test("a figure of the wrong thing", () =>
    expect(told(training({}, "  picture: {kind: visualize, figure: examples, from: net}\n"))).toMatchInlineSnapshot(`
    "
    p.yaml:12:54  figure does not fit its input

      12 │   picture: {kind: visualize, figure: examples, from: net}
         │                                                      ^^^ a model

    \`examples\` is drawn from a dataset, but this is a model. Let \`from\` name a stage that loads or cuts data. Figures of a model: \`learning_curves\`, \`fold_curves\`.
    "
  `));
  test("a fold that is read without each", () =>
    expect(
      told(beside("folds: {kind: fold, data: digits.train, k: 3}\n  mixed: {kind: shuffle, data: folds.train}")),
    ).toMatchInlineSnapshot(`
    "
    p.yaml:4:32  one value wanted, many offered

      4 │   mixed: {kind: shuffle, data: folds.train}
        │                                ^^^^^^^^^^^

    \`folds\` gives one \`train\` per element. Add \`each: folds\` to \`mixed\`, so that it runs once per element. To read one of them, name it: \`data: folds/1.train\`.
    "
  `));
  test("each over what offers no elements", () =>
    expect(told(beside("mixed: {kind: shuffle, data: digits.train, each: digits}"))).toMatchInlineSnapshot(`
      "
      p.yaml:3:52  nothing to fan out over

        3 │   mixed: {kind: shuffle, data: digits.train, each: digits}
          │                                                    ^^^^^^

      \`each:\` names a stage that offers elements, such as a \`fold\` or \`seeds\`, or one that runs over them; \`digits\` does not.
      "
    `));
});

describe("parameters, profiles and --set", () => {
  test("an unknown parameter", () =>
    expect(told(`params: {epochs: 3}\n${training({ epochs: "${params.epoch}" })}`)).toMatchInlineSnapshot(`
    "
    p.yaml:12:13  unknown parameter

      12 │     epochs: \${params.epoch}
         │             ^^^^^^^^^^^^^^^

    There is no \`epoch\` under \`params:\`. Did you mean \`epochs\`?

    Parameters: epochs
    "
  `));
  test("a lookup that is no parameter", () =>
    expect(told(`params: {epochs: 3}\n${training({ epochs: "${epochs}" })}`)).toMatchInlineSnapshot(`
    "
    p.yaml:12:13  unknown lookup

      12 │     epochs: \${epochs}
         │             ^^^^^^^^^

    \`\${epochs}\` is not known. A lookup is \`\${params.name}\`; no expression runs code. Did you mean \`params.epochs\`?
    "
  `));
  test("an expression", () =>
    expect(told(`params: {epochs: 3}\n${training({ epochs: "${params.epochs * 2}" })}`)).toMatchInlineSnapshot(`
    "
    p.yaml:12:13  unknown lookup

      12 │     epochs: \${params.epochs * 2}
         │             ^^^^^^^^^^^^^^^^^^^^

    \`\${params.epochs * 2}\` is not known. A lookup is \`\${params.name}\`; no expression runs code. Did you mean \`params.epochs\`?
    "
  `));
  test("braces without quotes in a flow map, each place of the file", () =>
    expect(
      told(
        `params: {units: 64}\n${network("flatten", "dense: {units: ${params.units}}", "dropout: 0.2", "dense: {units: 1${params.zero}, activation: relu}")}`,
      ),
    ).toMatchInlineSnapshot(`
    "
    p.yaml:11:24  braces need quotes

      11 │       - dense: {units: \${params.units}}
         │                        ^^^^^^^^^^^^^^^

    Inside {…} or […], YAML reads the braces of \`\${…}\` as its own. Put it in quotes: \`"\${params.units}"\`.

    p.yaml:13:24  braces need quotes

      13 │       - dense: {units: 1\${params.zero}, activation: relu}
         │                        ^^^^^^^^^^^^^^^

    Inside {…} or […], YAML reads the braces of \`\${…}\` as its own. Put it in quotes: \`"1\${params.zero}"\`.
    "
  `));
  test("a value of the wrong type shows where it was set", () =>
    expect(
      told(`params: {epochs: 3}\n${training({ epochs: "${params.epochs}" })}`, { set: ["epochs=ten"] }),
    ).toMatchInlineSnapshot(`
      "
      --set:1:8  wrong type

        1 │ epochs=ten
          │        ^^^

      \`epochs\` is a whole number or \`best\`, but the text \`ten\` stands here.
      "
    `));
  test("--set of a name that does not exist", () =>
    expect(
      told(`params: {epochs: 3}\n${training({ epochs: "${params.epochs}" })}`, { set: ["epoch=4"] }),
    ).toMatchInlineSnapshot(`
    "
    --set:1:1  unknown parameter

      1 │ epoch=4
        │ ^^^^^

    There is no \`epoch\` under \`params:\`, so nothing would change. Did you mean \`epochs\`?

    Names that --set can change: epochs, seed
    "
  `));
  test("--set without a value", () =>
    expect(told(training({}), { set: ["epochs"] })).toMatchInlineSnapshot(`
    "
    --set:1:1  not a setting

      1 │ epochs
        │ ^^^^^^

    \`--set\` takes name=value, such as \`--set epochs=5\`.
    "
  `));
  test("an unknown profile", () =>
    expect(told(`profiles: {quick: {}, long: {}}\n${training({})}`, { profile: "quik" })).toMatchInlineSnapshot(`
    "
    p.yaml  unknown profile

    There is no profile \`quik\`. Did you mean \`quick\`?

    Profiles of this file: quick, long
    "
  `));
  test("a profile where there are none", () =>
    expect(told(training({}), { profile: "quick" })).toMatchInlineSnapshot(`
    "
    p.yaml  unknown profile

    There is no profile \`quick\`. This file has no profiles.
    "
  `));
});

describe("expectations", () => {
  test("an unknown metric", () =>
    expect(
      told(training({}, "  score: {kind: evaluate, model: net, data: digits.test, expect: {acuracy: '>= 0.9'}}\n")),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:12:76  no such metric

        12 │   score: {kind: evaluate, model: net, data: digits.test, expect: {acuracy: '>= 0.9'}}
           │                                                                            ^^^^^^^^

      A model with the loss \`cross_entropy\` has no metric \`acuracy\`. Did you mean \`accuracy\`?

      Metrics: accuracy, loss, logLoss, balancedAccuracy, macro.precision, macro.recall, macro.f1, weighted.precision, weighted.recall, weighted.f1, correct, count
      "
    `));
  test("the end of a name, and bounds on averages that none reaches or all do", () =>
    expect(
      told(
        training(
          {},
          "  score: {kind: evaluate, model: net, data: digits.test, expect: {f1: '> 0.9', macro.f1: '> 90', weighted.recall: '>= 0', logLoss: '< 0'}}\n",
        ),
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:12:71  no such metric

        12 │   score: {kind: evaluate, model: net, data: digits.test, expect: {f1: '> 0.9', macro.f1: '> 90', weighted.recall: '>= 0', logLoss: '< 0'}}
           │                                                                       ^^^^^^^

      A model with the loss \`cross_entropy\` has no metric \`f1\`. Did you mean \`macro.f1\` or \`weighted.f1\`?

      Metrics: accuracy, loss, logLoss, balancedAccuracy, macro.precision, macro.recall, macro.f1, weighted.precision, weighted.recall, weighted.f1, correct, count

      p.yaml:12:90  a bound out of reach

        12 │   score: {kind: evaluate, model: net, data: digits.test, expect: {f1: '> 0.9', macro.f1: '> 90', weighted.recall: '>= 0', logLoss: '< 0'}}
           │                                                                                          ^^^^^^

      \`macro.f1\` is a fraction from 0 to 1, so \`> 90\` never holds. Write '> 0.9'.

      p.yaml:12:115  warning: a bound without effect

        12 │ t, expect: {f1: '> 0.9', macro.f1: '> 90', weighted.recall: '>= 0', logLoss: '< 0'}}
           │                                                             ^^^^^^

      \`weighted.recall\` is a fraction from 0 to 1, so \`>= 0\` always holds and nothing is expected. Correct the bound, or remove it.
      If it is meant: \`allow: [expect_without_effect]\` on the stage.

      p.yaml:12:132  a bound out of reach

        12 │ > 0.9', macro.f1: '> 90', weighted.recall: '>= 0', logLoss: '< 0'}}
           │                                                             ^^^^^

      \`logLoss\` is never below 0, so \`< 0\` never holds. Correct the bound.
      "
    `));
  test("a number instead of a comparison", () =>
    expect(
      told(training({}, "  score: {kind: evaluate, model: net, data: digits.test, expect: {accuracy: 0.9}}\n")),
    ).toMatchInlineSnapshot(`
    "
    p.yaml:12:77  wrong type

      12 │   score: {kind: evaluate, model: net, data: digits.test, expect: {accuracy: 0.9}}
         │                                                                             ^^^

    \`expect.accuracy\` is a comparison with a number, such as '>= 0.99', but \`0.9\` stands here.
    "
  `));
});
