/** Residual blocks, activations with options and what normalises: what is said where they do not fit. */
import { describe, expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

function told(text: string): string {
  const document = readText("p.yaml", text);
  const checked = document.ok ? checkPipeline(document.value, kinds, {}) : document;
  return `\n${renderDiagnostics(checked.diagnostics)}`;
}

const network = (...layers: readonly string[]): string => `stages:
  digits: {kind: load, source: mnist}
  net:
    kind: train
    data: digits.train
    layers:
${layers.map((layer) => `      - ${layer}`).join("\n")}
    loss: cross_entropy
    optimizer: adam
    epochs: 1
`;

describe("a residual block", () => {
  test("without layers", () =>
    expect(told(network("residual: {layers: []}"))).toMatchInlineSnapshot(`
    "
    p.yaml:7:28  wrong value

      7 │       - residual: {layers: []}
        │                            ^^

    \`layers.residual.layers\` is a list of one or more, but an empty list stands here.
    "
  `));
  test("without the option layers", () =>
    expect(told(network("residual: {activation: relu}"))).toMatchInlineSnapshot(`
    "
    p.yaml:7:19  missing option

      7 │       - residual: {activation: relu}
        │                   ^^^^^^^^^^^^^^^^^^

    \`layers.residual\` needs the option \`layers\`.

    \`layers\`: F: layers like those of a network.
    "
  `));
  test("with a layer whose name is nearly one", () =>
    expect(told(network("residual: {layers: [{conv: {kernels: 1, size: 3}}, bach_norm]}"))).toMatchInlineSnapshot(`
      "
      p.yaml:7:60  unknown layer

        7 │       - residual: {layers: [{conv: {kernels: 1, size: 3}}, bach_norm]}
          │                                                            ^^^^^^^^^

      \`layers.residual.layers\` has no value \`bach_norm\`. Did you mean \`batch_norm\`?

      Values of \`layers.residual.layers\`: flatten, batch_norm, layer_norm, global_avg_pool, conv, max_pool, avg_pool, dense, dropout, activation, repeat, residual
      "
    `));
  test("with a layer whose name with options is nearly one", () =>
    expect(told(network("residual: {layers: [{cnov: {kernels: 1, size: 3}}]}"))).toMatchInlineSnapshot(`
      "
      p.yaml:7:30  unknown option

        7 │       - residual: {layers: [{cnov: {kernels: 1, size: 3}}]}
          │                              ^^^^

      \`layers.residual.layers\` has no option \`cnov\`. Did you mean \`conv\`?

      Options of \`layers.residual.layers\`: conv, max_pool, avg_pool, global_avg_pool, flatten, dense, dropout, batch_norm, layer_norm, activation, repeat, residual
      "
    `));
  test("with a mistake in a layer of a block of a block", () =>
    expect(
      told(
        network(
          "conv: {kernels: 8, size: 3}",
          "residual: {layers: [{residual: {layers: [{conv: {kernels: 8, size: 30}}]}}]}",
        ),
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:8:76  conv larger than its input

        8 │       - residual: {layers: [{residual: {layers: [{conv: {kernels: 8, size: 30}}]}}]}
          │                                                                            ^^

      A kernel of 30 × 30 does not fit into 26 × 26. Use a smaller \`size\`, \`padding: same\`, or fewer pools and strides before it.
      "
    `));
  test("whose convolutions leave no stride that fits", () =>
    expect(
      told(network("residual: {layers: [{conv: {kernels: 8, size: 3}}]}", "flatten", "dense: {units: 10}")),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:7:19  a residual block with no way around it

        7 │       - residual: {layers: [{conv: {kernels: 8, size: 3}}]}
          │                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

      \`residual\` adds its input, [28, 28, 1], to what its layers make of it, [26, 26, 8]. A 1 × 1 convolution with a whole stride does not get from 28 × 28 to 26 × 26. Give the convolutions of the block \`padding: same\`, with a \`stride\` where it should make images smaller, and put pools before or behind it.
      "
    `));
  test("that flattens", () =>
    expect(told(network("residual: {layers: [flatten, {dense: {units: 10}}]}"))).toMatchInlineSnapshot(`
      "
      p.yaml:7:29  a residual block with no way around it

        7 │       - residual: {layers: [flatten, {dense: {units: 10}}]}
          │                             ^^^^^^^

      \`residual\` adds its input, [28, 28, 1], to what its layers make of it, [10]: images and rows of numbers cannot be added. Put \`flatten\` behind the block.
      "
    `));
  test("whose dense layers make rows of another length", () =>
    expect(
      told(
        network(
          "flatten",
          "dense: {units: 64}",
          "residual: {layers: [{dense: {units: 32, activation: relu}}]}",
          "dense: {units: 10}",
        ),
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:9:45  a residual block with no way around it

        9 │       - residual: {layers: [{dense: {units: 32, activation: relu}}]}
          │                                             ^^

      \`residual\` adds its input, [64], to what its layers make of it, [32]. Rows of numbers are added as they are: set \`units: 64\` here.
      "
    `));
  test("before cross_entropy, with the activation that it has by itself", () =>
    expect(
      told(network("flatten", "dense: {units: 10}", "residual: {layers: [{dense: {units: 10}}]}")),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:9:19  warning: logits with bounds

        9 │       - residual: {layers: [{dense: {units: 10}}]}
          │                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

      \`cross_entropy\` takes logits, which may be any number, but \`relu\` bounds them, so that some probabilities cannot be reached. Set \`activation: linear\` in the last block.
      If it is meant: \`allow: [bounded_logits]\` on the stage.
      "
    `));
  test("with more layers than a network may have, repeats in repeats counted before they are made", () =>
    expect(
      told(
        network(
          "repeat: {times: 40, layers: [{residual: {layers: [{repeat: {times: 30, layers: [{conv: {kernels: 1, size: 3, padding: same}}]}}]}}]}",
          "flatten",
          "dense: {units: 10}",
        ),
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:7:25  not a repeat

        7 │       - repeat: {times: 40, layers: [{residual: {layers: [{repeat: {times: 30, layers: [{conv: {kernels: 1, size: 3, padding: same}}]}}]}}]}
          │                         ^^

      This \`repeat\` makes 1,240 layers. The limit \`layers\` is 1,000 layers. Repeat fewer.
      "
    `));
  test("with more layers than a network may have, in several blocks", () =>
    expect(
      told(
        network(
          ...Array.from(
            { length: 3 },
            () => "residual: {layers: [{repeat: {times: 400, layers: [{activation: relu}]}}]}",
          ),
          "flatten",
          "dense: {units: 10}",
        ),
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:7:7  too many layers

        7 │       - residual: {layers: [{repeat: {times: 400, layers: [{activation: relu}]}}]}
          │       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

      These are 1,205 layers, with those of the blocks. The limit \`layers\` is 1,000 layers. Repeat fewer.
      "
    `));
});

describe("activations", () => {
  test("with a slope below 0", () =>
    expect(
      told(network("flatten", "dense: {units: 10, activation: {leaky_relu: {slope: -0.1}}}")),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:8:61  wrong value

        8 │       - dense: {units: 10, activation: {leaky_relu: {slope: -0.1}}}
          │                                                             ^^^^

      \`layers.dense.activation.leaky_relu.slope\` is a number from 0, but \`-0.1\` stands here.
      "
    `));
  test("with an option of another", () =>
    expect(
      told(network("flatten", "activation: {leaky_relu: {alpha: 0.1}}", "dense: {units: 10}")),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:8:35  unknown option

        8 │       - activation: {leaky_relu: {alpha: 0.1}}
          │                                   ^^^^^

      \`layers.activation.leaky_relu\` has no option \`alpha\`.

      Options of \`layers.activation.leaky_relu\`: slope
      "
    `));
  test("with options that they have not", () =>
    expect(told(network("flatten", "activation: {relu: {slope: 0.1}}", "dense: {units: 10}"))).toMatchInlineSnapshot(`
      "
      p.yaml:8:22  unknown option

        8 │       - activation: {relu: {slope: 0.1}}
          │                      ^^^^

      \`layers.activation\` has no option \`relu\`. Did you mean \`elu\`?

      Options of \`layers.activation\`: leaky_relu, elu
      "
    `));
  test("two at once", () =>
    expect(
      told(network("flatten", "activation: {leaky_relu: {}, elu: {}}", "dense: {units: 10}")),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:8:21  wrong value

        8 │       - activation: {leaky_relu: {}, elu: {}}
          │                     ^^^^^^^^^^^^^^^^^^^^^^^^^

      \`layers.activation\` is one activation, such as \`{leaky_relu: {slope: 0.2}}\`, but a map with \`leaky_relu\` and \`elu\` stands here.
      "
    `));
  test("with a number for the options", () =>
    expect(told(network("flatten", "activation: {leaky_relu: 0.2}", "dense: {units: 10}"))).toMatchInlineSnapshot(`
      "
      p.yaml:8:34  wrong type

        8 │       - activation: {leaky_relu: 0.2}
          │                                  ^^^

      \`layers.activation.leaky_relu\` is a map of slope, but \`0.2\` stands here.
      "
    `));
});

describe("layer_norm and global_avg_pool", () => {
  test("of one channel", () =>
    expect(told(network("layer_norm", "flatten", "dense: {units: 10}"))).toMatchInlineSnapshot(`
      "
      p.yaml:7:9  layer_norm needs more than one number

        7 │       - layer_norm
          │         ^^^^^^^^^^

      \`layer_norm\` takes mean and variance over the last axis of [28, 28, 1], which is one number: its own mean, so that nothing is left. Put it behind a layer with more kernels or units, or leave it out.
      "
    `));
  test("global_avg_pool of rows", () =>
    expect(told(network("flatten", "global_avg_pool", "dense: {units: 10}"))).toMatchInlineSnapshot(`
      "
      p.yaml:8:9  global_avg_pool needs images

        8 │       - global_avg_pool
          │         ^^^^^^^^^^^^^^^

      \`global_avg_pool\` takes height × width × channels, but [784] arrives here. Put it before \`flatten\`, or use \`dense\` layers for rows of numbers.
      "
    `));
});

describe("a regularizer is one choice", () => {
  const with2 = (options: string, ...layers: readonly string[]): string => `${network(...layers)}    ${options}\n`;
  const plain = ["flatten", "dense: {units: 10}"];
  test("beside the option l2", () =>
    expect(told(`${with2("regularizer: {dropout: 0.5}", ...plain)}    l2: 0.01\n`)).toMatchInlineSnapshot(`
      "
      p.yaml:12:18  regularised twice

        12 │     regularizer: {dropout: 0.5}
           │                  ^^^^^^^^^^^^^^

        13 │     l2: 0.01
           │         ^^^^ and this

      \`regularizer\` is the one choice of what regularises a network, here dropout 0.5, but there is \`l2: 0.01\` beside it. Leave one of them out.
      "
    `));
  test("beside a layer that regularises, in a block", () =>
    expect(
      told(
        with2(
          "regularizer: batch_norm",
          "residual: {layers: [{conv: {kernels: 1, size: 3, padding: same}}, {dropout: 0.1}]}",
          ...plain,
        ),
      ),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:13:18  regularised twice

        13 │     regularizer: batch_norm
           │                  ^^^^^^^^^^

         7 │       - residual: {layers: [{conv: {kernels: 1, size: 3, padding: same}}, {dropout: 0.1}]}
           │                                                                           ^^^^^^^^^^^^^^ and this

      \`regularizer\` is the one choice of what regularises a network, here batch_norm, but there is a layer \`dropout\` beside it. Leave one of them out.
      "
    `));
  test("none, beside a layer that regularises", () =>
    expect(told(with2("regularizer: none", "batch_norm", ...plain))).toMatchInlineSnapshot(`
      "
      p.yaml:13:18  regularised twice

        13 │     regularizer: none
           │                  ^^^^

         7 │       - batch_norm
           │         ^^^^^^^^^^ and this

      \`regularizer\` is the one choice of what regularises a network, here none, but there is a layer \`batch_norm\` beside it. Leave one of them out.
      "
    `));
  test("of two kinds", () =>
    expect(told(with2("regularizer: {dropout: 0.5, l2: 0.01}", ...plain))).toMatchInlineSnapshot(`
      "
      p.yaml:12:18  wrong value

        12 │     regularizer: {dropout: 0.5, l2: 0.01}
           │                  ^^^^^^^^^^^^^^^^^^^^^^^^

      \`regularizer\` is one of \`{dropout: p}\` and \`{l2: x}\`; or \`none\`, or \`batch_norm\`, but a map with \`dropout\` and \`l2\` stands here.
      "
    `));
  test("of no kind", () =>
    expect(told(with2("regularizer: l1", ...plain))).toMatchInlineSnapshot(`
    "
    p.yaml:12:18  unknown regularizer

      12 │     regularizer: l1
         │                  ^^

    \`regularizer\` has no value \`l1\`. Did you mean \`l2\`?

    Values of \`regularizer\`: none, batch_norm, dropout, l2
    "
  `));
  test("that needs its number", () =>
    expect(told(with2("regularizer: dropout", ...plain))).toMatchInlineSnapshot(`
    "
    p.yaml:12:18  dropout needs its options

      12 │     regularizer: dropout
         │                  ^^^^^^^

    \`dropout\` cannot stand alone. Write \`dropout: …\`, with values of your own.
    "
  `));
  test("with a share out of range", () =>
    expect(told(with2("regularizer: {dropout: 1}", ...plain))).toMatchInlineSnapshot(`
      "
      p.yaml:12:28  wrong value

        12 │     regularizer: {dropout: 1}
           │                            ^

      \`regularizer.dropout\` is a number from 0 to below 1, but \`1\` stands here.
      "
    `));
  test("that normalises single numbers", () =>
    expect(
      told(with2("regularizer: batch_norm\n    batch_size: 1", "flatten", "dense: {units: 4}", "dense: {units: 10}")),
    ).toMatchInlineSnapshot(`
      "
      p.yaml:14:17  batch_norm needs more than one number per channel

        14 │     batch_size: 1
           │                 ^ one number per channel

        13 │     regularizer: batch_norm
           │                  ^^^^^^^^^^ normalised by the batch

      \`batch_norm_1\` takes the mean and variance of each channel over a batch of [4], and with \`batch_size: 1\` that is one number, which is its own mean. Set \`batch_size: 2\` or more, or leave the batch normalisation out.
      "
    `));
});

test("a winner's `regularizer: none` is one that was not written", () =>
  expect(
    told(`stages:
  digits: {kind: load, source: mnist}
  parts:  {kind: split, data: digits.train, validation: 5000}
  choices:
    kind: search
    strategy: grid
    space: {regularizer: [none, batch_norm]}
    trial:
      kind: train
      data: parts.train
      validation: parts.validation
      layers: [flatten, {dense: {units: 8}}, {dense: {units: 10}}]
      regularizer: "\${trial.regularizer}"
      loss: cross_entropy
      optimizer: adam
      epochs: 1
    objective: {minimize: validation.loss}
  best:  {kind: select, from: choices}
  final: {kind: train, each: best, use: best.trial, data: digits.train}
`),
  ).toBe("\n"));
