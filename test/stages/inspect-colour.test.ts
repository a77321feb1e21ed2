/**
 * A network that reads colour images, loaded from npy, through every aspect of `inspect` and every figure of it: what
 * is told of red, green and blue is what the weights and the pixels say.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { renderSvg } from "../../src/figure/svg.js";
import { stream } from "../../src/learn/random.js";
import { aspectNames } from "../../src/stages/aspects.js";
import type { FigureDeclaration } from "../../src/stages/figure-declaration.js";
import { figures } from "../../src/stages/figures.js";
import { inspect } from "../../src/stages/inspect.js";
import { load } from "../../src/stages/load.js";
import { train } from "../../src/stages/train.js";
import { drawn, visualize } from "../../src/stages/visualize.js";
import { float32Of } from "../../src/values/blob.js";
import type { Inspection } from "../../src/values/inspection.js";
import { membersOf } from "../../src/values/model.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { npyOf } from "../rig/npy-files.js";
import { runKind } from "../rig/stage.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-colour-"));
afterAll(() => rmSync(folder, { recursive: true }));

const [side, count, kernels] = [8, 36, 5];
/** Of each image one channel is brighter than the others, and that is its class. */
const pixels = (() => {
  const noise = stream(3, [], "colours");
  const size = side * side * 3;
  return Uint8Array.from({ length: count * size }, (_, at) =>
    Math.floor(110 * noise.uniform() + (at % 3 === Math.floor(at / size) % 3 ? 140 : 0)),
  );
})();
const pixel = (image: number, y: number, x: number, channel: number): number =>
  pixels[((image * side + y) * side + x) * 3 + channel]!;

let inside: Inspection;
let weights: Float32Array;
let biases: Float32Array;
/** As TF.js keeps a kernel: [3, 3, 3 channels, kernels]. */
const weight = (y: number, x: number, channel: number, kernel: number): number =>
  weights[((y * 3 + x) * 3 + channel) * kernels + kernel]!;
const nine = Array.from({ length: 9 }, (_, at) => [Math.floor(at / 3), at % 3] as const);
/** The sum that a kernel makes of a place, before its relu. */
const sumAt = (image: number, kernel: number, y: number, x: number): number =>
  biases[kernel]! +
  nine.reduce(
    (sum, [v, u]) =>
      sum +
      [0, 1, 2].reduce(
        (own, channel) => own + (pixel(image, y + v, x + u, channel) / 255) * weight(v, u, channel, kernel),
        0,
      ),
    0,
  );

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
  writeFileSync(join(folder, "x.npy"), npyOf("|u1", [count, side, side, 3], [...pixels]));
  const labels = Array.from({ length: count }, (_, image) => image % 3);
  writeFileSync(join(folder, "y.npy"), npyOf("<i4", [count], labels));
  const files = { features: "x.npy", labels: "y.npy" };
  const options = { source: "npy", train: files, classes: ["red", "green", "blue"] };
  const data = (await runKind(load, options, { folder })).outputs.train as Output<"dataset">;
  const layers = [
    { conv: { kernels, size: 3, activation: "relu" } },
    { max_pool: 2 },
    "flatten",
    { dense: { units: 3 } },
  ];
  const training = { data: "x", layers, loss: "cross_entropy", optimizer: "adam", batch_size: 12, epochs: 2 };
  const trained = await runKind(train, training, { inputs: { data } });
  const model = outputOf(trained.outputs.model, "model");
  [weights, biases] = ["conv_1.weight", "conv_1.bias"].map((name) => float32Of(model.blobs[name]!)) as [
    Float32Array,
    Float32Array,
  ];
  const asked = { model: "x", data: "x", inputs: { rows: [2] }, what: [...aspectNames] };
  const { outputs } = await runKind(inspect, asked, { inputs: { model, data } });
  inside = outputOf(outputs.inspection, "inspection");
  expect(membersOf(model)).toHaveLength(1);
});

test("kernels are colour images, red before green before blue", () => {
  const { layers } = inside.data.aspects.kernels!;
  expect(layers[0]).toMatchObject({ layer: "conv_1", of: "colour", height: 3, width: 3, channels: 3 });
  const found = float32Of(inside.blobs["kernels.conv_1"]!);
  const wanted = Array.from({ length: kernels }, (_, kernel) =>
    nine.flatMap(([y, x]) => [0, 1, 2].map((channel) => weight(y, x, channel, kernel))),
  );
  expect([...found]).toEqual(wanted.flat());
});

test("feature maps add up what is read of the three channels", () => {
  const found = float32Of(inside.blobs["feature_maps.conv_1.convolution"]!);
  const places = side - 2;
  for (let y = 0; y < places; y++)
    for (let x = 0; x < places; x++)
      for (let kernel = 0; kernel < kernels; kernel++)
        expect(found[(y * places + x) * kernels + kernel]).toBeCloseTo(sumAt(1, kernel, y, x), 5);
});

test("the strongest patches are where the data excite a kernel most, in their own colours; a kernel is its own projection", () => {
  const fields = inside.data.aspects.receptive_fields!;
  expect(fields.fields![0]).toMatchObject({ layer: "conv_1", size: [3, 3], stride: [1, 1], start: [0, 0] });
  const layer = fields.layers.find((each) => each.layer === "conv_1")!;
  const patches = inside.blobs["receptive_fields.conv_1.patches"]!.bytes();
  const projected = float32Of(inside.blobs["receptive_fields.conv_1.back_projection"]!);
  expect(layer.shape).toEqual([3, 3, 3]);
  for (const [at, { unit, patches: strongest }] of layer.units.entries()) {
    const kernel = unit - 1;
    const own = nine.flatMap(([y, x]) => [0, 1, 2].map((channel) => weight(y, x, channel, kernel)));
    expect([...projected.subarray(at * 27, (at + 1) * 27)]).toEqual(own);
    if (strongest.length === 0) continue;
    const { row, value, top, left } = strongest[0]!;
    const cut = nine.flatMap(([y, x]) => [0, 1, 2].map((channel) => pixel(row - 1, top! + y, left! + x, channel)));
    expect([...patches.subarray(at * fields.count * 27, at * fields.count * 27 + 27)]).toEqual(cut);
    const places = Array.from({ length: (side - 2) ** 2 }, (_, place) => [
      Math.floor(place / (side - 2)),
      place % (side - 2),
    ]);
    const all = Array.from({ length: count }, (_, image) =>
      places.map(([y, x]) => sumAt(image, kernel, y!, x!)),
    ).flat();
    expect(value).toBeCloseTo(Math.max(...all), 5);
    expect(sumAt(row - 1, kernel, top!, left!)).toBeCloseTo(value, 5);
  }
});

test("preferred inputs are colour images in the numbers of the data, and excite a kernel as much as is told", () => {
  const layer = inside.data.aspects.preferred_inputs!.layers.find((each) => each.layer === "conv_1")!;
  expect(layer.shape).toEqual([3, 3, 3]);
  const pictures = float32Of(inside.blobs["preferred_inputs.conv_1"]!);
  const alive = layer.units.filter(({ picture }) => picture !== null);
  expect(alive.length).toBeGreaterThan(0);
  for (const { unit, picture, from, to } of alive) {
    const own = pictures.subarray(picture! * 27, (picture! + 1) * 27);
    const sum = nine.reduce(
      (all, [y, x], at) =>
        all +
        [0, 1, 2].reduce((of, channel) => of + (own[3 * at + channel]! / 255) * weight(y, x, channel, unit - 1), 0),
      biases[unit - 1]!,
    );
    expect(to).toBeGreaterThanOrEqual(from);
    expect(to).toBeCloseTo(Math.max(0, sum), 4);
  }
});

/** All that can be drawn of an inspection, so that a figure to come is tried, too. */
const ofInspections = figures.filter(({ from }) => from?.accepts.length === 1 && from.accepts[0] === "inspection");

test.each(ofInspections.map((figure) => [figure.name, figure] as const))("%s is drawn of it", async (_name, figure) => {
  const { svg, width } = await renderSvg((await drawnOf(figure)).specification);
  expect(svg).toContain("</svg>");
  expect(width).toBeLessThan(1000);
});

const drawnOf = ({ name }: FigureDeclaration) => {
  const options = visualize.schema.parse({ figure: name, from: "inside" });
  return drawn(options, [{ source: 0, element: null, value: inside }], {}, { seed: 1, folds: [] });
};
