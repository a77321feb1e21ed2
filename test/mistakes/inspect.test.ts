/** What check says of inspections before anything runs: layers, units, examples and models that are not there. */
import { describe, expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const stages = [
  "digits: {kind: load, source: mnist}",
  "cnn: {kind: train, data: digits.train, layers: [{conv: {kernels: 6, size: 5, activation: relu}}, {max_pool: 2}, {conv: {kernels: 7, size: 3}}, flatten, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, epochs: 1}",
  "mlp: {kind: train, data: digits.train, layers: [flatten, {dense: {units: 12}}, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, epochs: 1}",
  "points: {kind: load, source: synthetic, generator: gapped_curve, count: 40}",
  "line: {kind: train, data: points.train, layers: [{dense: {units: 3}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}",
];
/** Title, underlined place and message of what is told of an inspection with these options, and of further stages. */
function told(options: string, ...more: readonly string[]): readonly (readonly string[])[] {
  const text = `stages:\n${[...stages, ...more, `x: {kind: inspect, ${options}}`].map((stage) => `  ${stage}\n`).join("")}`;
  const document = readText("p.yaml", text);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  return diagnostics.map(({ title, span, message }) => [title, text.slice(span!.start, span!.end), message]);
}
const fit = "\n\nLayers that fit: conv_1, conv_2";
const layers = "\n\nLayers: conv_1, max_pool_1, conv_2, flatten_1, dense_1";

describe("layers", () => {
  test("that are not there are told with a near name and the list", () =>
    expect(told("model: cnn, what: [{kernels: {layers: [conv_1, conv2]}}]")).toEqual([
      ["no such layer", "conv2", `The network has no layer \`conv2\`. Did you mean \`conv_2\`?${layers}`],
    ]));

  test("of another type are told with those that fit", () => {
    expect(told("model: cnn, what: [{kernels: {layers: dense_1}}]")).toEqual([
      [
        "not a layer for kernels",
        "dense_1",
        `\`dense_1\` is dense: a weight belongs to a whole input, so that its units have no kernels.${fit}`,
      ],
    ]);
    expect(told("model: cnn, data: digits.test, what: [{feature_maps: {layers: max_pool_1}}]")).toEqual([
      [
        "not a layer for feature_maps",
        "max_pool_1",
        `\`feature_maps\` begins at convolutions, and \`max_pool_1\` is none; what it gives is in \`activations\`.${fit}`,
      ],
    ]);
  });

  test("of which none fits say why, and images are not rows of numbers", () => {
    expect(told("model: mlp, what: [kernels]")).toEqual([
      [
        "no layer for kernels",
        "kernels",
        "`kernels` looks at convolutions, and this network has none. Leave `kernels` out of `what`.\n\n" +
          "Layers: flatten_1, dense_1, dense_2",
      ],
    ]);
    expect(told("model: line, data: points.test, what: [{feature_maps: {}}]")).toEqual([
      [
        "no layer for feature_maps",
        "{}",
        "`feature_maps` looks at convolutions, and this network has none: it reads rows of numbers, and no images. " +
          "Leave `feature_maps` out of `what`.\n\nLayers: dense_1, dense_2",
      ],
    ]);
  });

  test("and units that are named twice are refused", () => {
    expect(told("model: cnn, what: [{kernels: {layers: [conv_1, conv_1]}}]").map(([title]) => title)).toEqual([
      "a layer twice",
    ]);
    expect(told("model: cnn, what: [{kernels: {units: [2, 2]}}]").map(([title]) => title)).toEqual(["a unit twice"]);
  });
});

describe("units and channels", () => {
  test("of which there are fewer", () => {
    expect(told("model: cnn, what: [{kernels: {units: 8}}]")).toEqual([
      [
        "more units than there are",
        "8",
        "`units: 8` asks for 8, but the widest of these layers has 7 units. Ask for 7 or fewer.",
      ],
    ]);
    expect(told("model: cnn, what: [{kernels: {layers: conv_1, units: 7}}]")).toEqual([
      ["more units than there are", "7", "`units: 7` asks for 7, but `conv_1` has 6 units. Ask for 6 or fewer."],
    ]);
    // Of a layer that has fewer there are all.
    expect(told("model: cnn, what: [{kernels: {units: 7}}]")).toEqual([]);
    expect(told("model: cnn, what: [{kernels: {units: [1, 7]}}]")).toEqual([
      [
        "no such unit",
        "7",
        "There is no unit 7 in `conv_1`, which has 6 units, counted from 1. Name in `layers` those that have it.",
      ],
    ]);
    expect(told("model: cnn, what: [{kernels: {layers: conv_2, of: 7}}]")).toEqual([
      ["no such channel", "7", "There is no input channel 7: `conv_2` reads 6 channels, counted from 1."],
    ]);
    expect(told("model: cnn, what: [{kernels: {of: 7}}]")).toEqual([
      [
        "no such channel",
        "7",
        "There is no input channel 7: `conv_1` reads 1 channel, counted from 1. Name in `layers` those that have it.",
      ],
    ]);
    expect(told("model: cnn, what: [{kernels: {of: colour}}]")).toEqual([
      [
        "no colour image",
        "colour",
        "`of: colour` shows three input channels as one colour, but `conv_1` reads 1 channel. Take `norm` or `mean`.",
      ],
    ]);
  });

  test("are counted from 1", () => {
    for (const [what, place] of [
      ["{units: 0}", "`what.kernels.units` is"],
      ["{units: [0]}", "An item of `what.kernels.units` is"],
    ])
      expect(told(`model: cnn, what: [{kernels: ${what}}]`)).toEqual([
        ["wrong value", "0", `${place} a whole number from 1: units are counted from 1, but \`0\` stands here.`],
      ]);
    expect(told("model: cnn, what: [{kernels: {of: 0}}]").map(([title, at]) => [title, at])).toEqual([
      ["wrong value", "0"],
    ]);
  });
});

describe("aspects", () => {
  test("are named once, and near names are offered", () => {
    expect(told("model: cnn, what: [kernels, {kernels: {of: mean}}]")).toEqual([
      [
        "an aspect twice",
        "{kernels: {of: mean}}",
        "`kernels` is asked for already. For other options of it use a second `inspect` stage.",
      ],
    ]);
    expect(told("model: cnn, what: [kernel]")[0]![2]).toMatch(
      /^`what` has no value `kernel`. Did you mean `kernels`\?/,
    );
    expect(told("model: cnn, what: [{kernels: {layer: conv_1}}]")[0]![2]).toMatch(
      /^`what.kernels` has no option `layer`. Did you mean `layers`\?/,
    );
  });

  test("that look at examples want data, and inputs are chosen among data", () => {
    expect(told("model: cnn, what: [kernels, activations, feature_maps]")).toEqual([
      [
        "no examples to look at",
        "x",
        "`activations`, `feature_maps` look at examples. Name them with `data`, such as `data: digits.test`.",
      ],
    ]);
    expect(told("model: cnn, inputs: {rows: [1]}, what: [kernels]")).toEqual([
      [
        "inputs of no data",
        "{rows: [1]}",
        "`inputs` chooses among the examples of `data`, and none are named. Name them, or leave `inputs` out.",
      ],
    ]);
    expect(told("model: cnn, what: [kernels]")).toEqual([]);
  });
});

describe("inputs", () => {
  const of = (inputs: string): readonly (readonly string[])[] =>
    told(`model: cnn, data: digits.test, inputs: ${inputs}, what: [activations]`);

  test("are classes of the data and rows that there are", () => {
    expect(of("{labels: [0, 11]}")).toEqual([
      ["no such class", "11", "There is no class `11`.\n\nClasses: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"],
    ]);
    expect(of("{rows: [10000, 10001]}")).toEqual([
      ["no such row", "10001", "There is no row 10,001: `data` has 10,000 examples, counted from 1."],
    ]);
    expect(of("{labels: [0, 3, 0]}")).toEqual([
      ["a label twice", "0", "Label `0` is there already. Name each label once."],
    ]);
    expect(of("{rows: [3, 3]}").map(([title]) => title)).toEqual(["a row twice"]);
    expect(of("{rows: [0]}").map(([, at, message]) => [at, message])).toEqual([
      ["0", "An item of `inputs.rows` is a whole number: rows count from 1, but `0` stands here."],
    ]);
  });

  test("are of one kind, and mistakes are of classes", () => {
    expect(of("{rows: [3], labels: [1]}")[0]![2]).toMatch(/^`inputs` is one of `labels`, `rows` and `mistaken`/);
    const ofNumbers = (inputs: string) =>
      told(`model: line, data: points.test, inputs: ${inputs}, what: [activations]`);
    expect(ofNumbers("{mistaken: 3}")).toEqual([
      [
        "mistakes of a model that predicts numbers",
        "3",
        "`mistaken` shows examples of one class taken for another, but this model predicts numbers. Use `rows`.",
      ],
    ]);
    expect(ofNumbers("{labels: [1]}")).toEqual([
      [
        "labels that are numbers",
        "[1]",
        "`labels` names classes, but the labels of `data` are numbers. Name examples with `rows`.",
      ],
    ]);
  });

  test("of which too much would be kept are refused before the memory is full", () => {
    const rows = Array.from({ length: 100 }, (_, row) => row + 1).join(", ");
    const wide =
      "wide: {kind: train, data: digits.train, layers: [{conv: {kernels: 5000, size: 5, activation: relu}}, flatten, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, epochs: 1}";
    const found = told(`model: wide, data: digits.train, inputs: {rows: [${rows}]}, what: [activations]`, wide);
    expect(found).toEqual([
      [
        "too much for activations",
        "activations",
        "`activations` of these layers makes 576,001,000 numbers of 100 inputs. The limit `kept_activations` is " +
          "268,435,456 numbers. Name fewer layers in `layers`, or fewer `inputs`.",
      ],
    ]);
  });
});

describe("what is looked at", () => {
  test("is one network, and examples as they are", () => {
    expect(told("model: both, what: [kernels]", "both: {kind: ensemble, models: [cnn, mlp]}")).toEqual([
      [
        "an ensemble to look into",
        "both",
        "This model is an ensemble, which has no layers of its own. Let `model` name one of the stages that trained " +
          "its members.",
      ],
    ]);
    const warped = "warped: {kind: augment, data: digits.train, transforms: [{rotate: 10}]}";
    expect(told("model: cnn, data: warped, what: [activations]", warped).map(([title, at]) => [title, at])).toEqual([
      ["augmented data to look at", "warped"],
    ]);
    expect(told("model: cnn, data: points.test, what: [activations]").map(([title, at]) => [title, at])).toEqual([
      ["data has another shape", "points.test"],
    ]);
  });

  test("may have layers that a search decides, which nobody knows before", () => {
    const study = [
      'tune: {kind: search, strategy: grid, space: {deep: [1, 2]}, trial: {kind: train, data: points.train, layers: [{repeat: {times: "${trial.deep}", layers: [{dense: {units: 3}}]}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}, objective: {minimize: train.loss}}',
      "best: {kind: select, from: tune}",
      "final: {kind: train, each: best, use: best.trial, data: points.train}",
    ];
    const of = (layer: string): readonly string[] =>
      told(`each: best, model: final, data: points.test, what: [{activations: {layers: ${layer}}}]`, ...study).map(
        ([title]) => title!,
      );
    expect(of("dense_3")).toEqual([]);
    // Layers of the stage's own are those of every element, where no trial puts a regularizer between them.
    study[2] = study[2]!.replace(
      "data: points.train",
      "data: points.train, layers: [{dense: {units: 1}}], regularizer: none",
    );
    expect(of("dense_1")).toEqual([]);
    expect(of("dense_3")).toEqual(["no such layer"]);
  });
});

describe("receptive fields", () => {
  const of = (options: string): string => `model: cnn, data: digits.test, what: [{receptive_fields: ${options}}]`;
  test("are of convolutions and dense layers, and of others by name; what passes numbers on has no units", () => {
    expect(told(of("{}"))).toEqual([]);
    expect(told(of("{layers: max_pool_1}"))).toEqual([]);
    expect(told(of("{layers: flatten_1}"))).toEqual([
      [
        "not a layer for receptive_fields",
        "flatten_1",
        "`flatten_1` passes on what it is given: look at the layer before it.\n\n" +
          "Layers that fit: conv_1, max_pool_1, conv_2, dense_1",
      ],
    ]);
  });

  test("need data, and no more patches than are kept; nor more preferred inputs", () => {
    expect(told("model: cnn, what: [receptive_fields]").map(([title]) => title)).toEqual(["no examples to look at"]);
    const wide =
      "wide: {kind: train, data: digits.train, layers: [flatten, {dense: {units: 4096}}, {dense: {units: 10}}], " +
      "loss: cross_entropy, optimizer: adam, epochs: 1}";
    const instead =
      "The limit `kept_pictures` is 536,870,912 bytes. Look at fewer `units` or `layers`, or ask for fewer patches " +
      "(`count`) or `steps`.";
    const all =
      "model: wide, data: digits.test, what: [{receptive_fields: {layers: dense_1, units: 4096, count: 100}}]";
    expect(told(all, wide)).toEqual([
      [
        "too much for receptive_fields",
        expect.anything(),
        `\`receptive_fields\` of 4,096 units leaves 1,297,350,656 bytes. ${instead}`,
      ],
    ]);
    const steps = "{preferred_inputs: {layers: dense_1, units: 8000, steps: 10000}}";
    expect(told(`model: wide, data: digits.test, what: [${steps}]`, wide.replace("4096", "8000"))).toEqual([
      [
        "too much for preferred_inputs",
        expect.anything(),
        `\`preferred_inputs\` of 8,000 units leaves 665,152,000 bytes. ${instead}`,
      ],
    ]);
    expect(told(all.replace(", count: 100", ""), wide)).toEqual([]);
  });
});
