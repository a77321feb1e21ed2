/** What check says of figures of an inspection: aspects, layers and inputs that it has not looked at. */
import { expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const stages = [
  "digits: {kind: load, source: mnist}",
  "cnn: {kind: train, data: digits.train, layers: [{conv: {kernels: 6, size: 5, activation: relu}}, {max_pool: 2}, {conv: {kernels: 7, size: 3}}, flatten, {dense: {units: 10}}], loss: cross_entropy, optimizer: adam, epochs: 1}",
  "inside: {kind: inspect, model: cnn, data: digits.test, inputs: {labels: [0, 3, 5]}, what: [activations, {kernels: {layers: conv_1}}]}",
  "fields: {kind: inspect, model: cnn, data: digits.test, what: [{receptive_fields: {layers: [conv_1, dense_1]}}]}",
  "points: {kind: load, source: synthetic, generator: gapped_curve, count: 40}",
  "line: {kind: train, data: points.train, layers: [{dense: {units: 3}}, {dense: {units: 1}}], loss: mse, optimizer: adam, epochs: 1}",
  "rows: {kind: inspect, model: line, data: points.test, what: [receptive_fields]}",
];
/** Title, underlined place and message. */
function told(options: string): readonly (readonly string[])[] {
  const text = `stages:\n${[...stages, `x: {kind: visualize, ${options}}`].map((stage) => `  ${stage}\n`).join("")}`;
  const document = readText("p.yaml", text);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  return diagnostics.map(({ title, span, message }) => [title, text.slice(span!.start, span!.end), message]);
}

test("an aspect that was not looked at is told with what to add", () =>
  expect(told("figure: feature_maps, from: inside")).toEqual([
    [
      "no feature maps in this inspection",
      "inside",
      "The figure `feature_maps` is drawn of the aspect `feature_maps`, which this inspection has not looked at. " +
        "Add `feature_maps` to `what` of the `inspect` stage.",
    ],
  ]));

test("so is a layer, with a near name and those that it has", () => {
  expect(told("figure: kernels, from: inside, layer: conv_2")).toEqual([
    [
      "no such layer",
      "conv_2",
      "The inspection has no `kernels` of `conv_2`. Did you mean `conv_1`? Name one that it has, or add it to " +
        "`layers` of `kernels` in the `inspect` stage.\n\nLayers: conv_1",
    ],
  ]);
  expect(told("figure: kernels, from: inside, layer: conv1").map((mistake) => mistake[2])).toEqual([
    "The inspection has no `kernels` of `conv1`. Did you mean `conv_1`?\n\nLayers: conv_1",
  ]);
  expect(told("figure: kernels, from: inside, layer: conv_1")).toEqual([]);
});

test("inputs are counted from 1, and there are no more than the inspection has", () => {
  expect(told("figure: activation_profile, from: inside, inputs: [3, 4]")).toEqual([
    [
      "no such input",
      "4",
      "There is no input 4: the inspection has 3 inputs, counted from 1 in the order of its option `inputs`.",
    ],
  ]);
  expect(told("figure: activation_profile, from: inside, inputs: [3, 3]").map(([title]) => title)).toEqual([
    "an input twice",
  ]);
});

test("a profile of a layer that gives images is refused", () =>
  expect(told("figure: activation_profile, from: inside, layer: max_pool_1")).toEqual([
    [
      "a layer that gives images",
      "max_pool_1",
      "`activation_profile` draws the units of a layer that gives a row of them, but `max_pool_1` gives " +
        "[12, 12, 6] for an example. `figure: feature_maps` draws such layers; or name a dense layer, or one behind " +
        "`flatten`.",
    ],
  ]));

test("a model is no inspection", () =>
  expect(told("figure: kernels, from: cnn")[0]![2]).toContain("Let `from` name an `inspect` stage."));

test("preferred inputs that are asked for beside receptive fields are looked at, too", () => {
  const fields = "figure: receptive_fields, from: fields";
  expect(told(`${fields}, pictures: [patches, preferred_inputs]`)).toEqual([
    [
      "no preferred inputs in this inspection",
      "[patches, preferred_inputs]",
      "`pictures` names `preferred_inputs`, which this inspection has not looked at. Add `preferred_inputs` to `what` " +
        "of the `inspect` stage.",
    ],
  ]);
  expect(told(`${fields}, layer: dense_1, units: [8], show: sizes`)).toEqual([]);
  expect(told(`${fields}, units: [2, 9]`)).toEqual([
    [
      "no such unit",
      "9",
      "The inspection has not looked at unit 9. Name one of those that it has, or add it to `units` of " +
        "`receptive_fields` in the `inspect` stage.\n\nUnits: 1 to 8",
    ],
  ]);
  expect(told(`${fields}, layer: conv_2`).map(([title]) => title)).toEqual(["no such layer"]);
  expect(told(`${fields}, units: 65, count: 21`).map(([, , message]) => message)).toEqual([
    "`units` is a whole number from 1 to 64, but `65` stands here.",
    "`count` is a whole number from 1 to 20, but `21` stands here.",
  ]);
});

test("features of a table have no places that a layer sees more or less of", () =>
  expect(told("figure: receptive_fields, from: rows, show: sizes")).toEqual([
    [
      "no sizes of receptive fields",
      "sizes",
      "The examples of this inspection are no images, so that their features have no places and layers see all of " +
        "them. Leave `show` out to see the units.",
    ],
  ]));
