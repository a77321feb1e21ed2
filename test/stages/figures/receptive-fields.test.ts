/** The figure `receptive_fields`: which pictures of a unit stand where, what is said of them, and tables where there are none. */
import { expect, test } from "vitest";
import { withFields } from "../../../scripts/field-sample.js";
import { samples } from "../../../scripts/figure-samples.js";
import { inspectionOf } from "../../../scripts/inspection-sample.js";
import type { Figure } from "../../../src/figure/figure.js";
import { renderSvg } from "../../../src/figure/svg.js";
import { FieldPictures } from "../../../src/stages/field-pictures.js";
import { drawn } from "../../../src/stages/visualize.js";
import { sketchText } from "../../../src/text/sketch.js";
import { blobOf, float32Of } from "../../../src/values/blob.js";
import { activeText, type FieldsOfUnits } from "../../../src/values/inspected-receptive-fields.js";
import type { Inspection } from "../../../src/values/inspection.js";
import { outputOf } from "../../../src/values/output.js";
import { textsOf } from "../../figure/data.js";

const images = outputOf(samples.images, "dataset");
const full = withFields(inspectionOf(images), images);
const { preferred_inputs: _, ...looked } = full.data.aspects;
/** Without preferred inputs, which are told of beside. */
const sample: Inspection = { ...full, data: { ...full.data, aspects: looked } };
const own = sample.data.aspects.receptive_fields!;
const conv = own.layers[0]!;

const figureOf = (inspection: Inspection, options: object = {}): Promise<Figure> =>
  drawn(
    { figure: "receptive_fields", show: "units", count: 6, ...options },
    [{ source: 0, element: null, value: inspection }],
    {},
    { root: 0, keys: [] } as unknown as Parameters<typeof drawn>[3],
  );
const subtitle = (figure: Figure): readonly string[] =>
  (figure.specification.title as { subtitle: readonly string[] }).subtitle;
const textsIn = async (figure: Figure): Promise<readonly string[]> =>
  textsOf((await renderSvg(figure.specification)).svg);
const imagesIn = async (figure: Figure): Promise<number> =>
  [...(await renderSvg(figure.specification)).svg.matchAll(/<image /g)].length;
const sketched = ({ sketch }: Figure, columns: number): string =>
  sketch.map((each) => sketchText(each, { color: false, columns }).join("\n")).join("\n");
/** Another layer, other units of it, or other data. */
const withLayer = (layer: Partial<FieldsOfUnits>, data: Partial<Inspection["data"]> = {}): Inspection => ({
  ...sample,
  data: {
    ...sample.data,
    ...data,
    aspects: { ...sample.data.aspects, receptive_fields: { ...own, layers: [{ ...conv, ...layer }] } },
  },
});

test("a row for each unit: its weights, then its strongest patches with activation and image", async () => {
  const figure = await figureOf(sample, { units: [3, 1], count: 2 });
  const captions = [3, 1].flatMap((unit) =>
    conv.units[unit - 1]!.patches.slice(0, 2).map(({ value, row }) => [Number(value.toPrecision(3)), row] as const),
  );
  const texts = await textsIn(figure);
  for (const [value, row] of captions) expect(texts).toEqual(expect.arrayContaining([String(value), String(row)]));
  expect(texts.filter((text) => text.startsWith("unit "))).toEqual(["unit 3", "unit 1"]);
  expect(subtitle(figure)).toEqual([
    "a unit sees 5 × 5 pixels, stride 1; strongest of 42 images, train set,",
    "each once: activation, image number",
    "weights: of pixels as the network reads them",
  ]);
  // Two times three, and the scale.
  expect(await imagesIn(figure)).toBe(7);
  expect(await imagesIn(await figureOf(sample, { units: 8, count: 2, pictures: ["patches"] }))).toBe(16);
});

test("deeper units are projected back, and what was left out is said", async () => {
  const deeper = (before: readonly string[]): Inspection =>
    withLayer(
      {},
      {
        layers: [
          ...before.map((type) => ({ name: `${type}_1`, type, shape: [16, 16, 1] })),
          ...sample.data.layers.slice(0, 1),
        ],
      },
    );
  expect(
    subtitle(await figureOf(deeper(["batch_norm", "max_pool"])))
      .slice(2)
      .join(" "),
  ).toBe(
    "linear: projected back, weights of pixels as the network reads them, activations left out, batch_norm as a factor, max " +
      "pools as means",
  );
  expect(subtitle(await figureOf(deeper(["flatten"])))[2]).toBe("weights: of pixels as the network reads them");
  const { "receptive_fields.conv_1.back_projection": _, ...blobs } = sample.blobs;
  const without = { ...withLayer({ notLinear: "layer_norm_1" }), blobs };
  expect(subtitle(await figureOf(without)).slice(2)).toEqual([
    "no back-projection: layer_norm_1 on the way is not linear",
  ]);
});

test("what lies beyond the image is checkered, and units without patches are named", async () => {
  const [first, second] = conv.units as [(typeof conv.units)[number], (typeof conv.units)[number]];
  const corner = { ...first.patches[0]!, top: -1, left: 13 };
  const dead = { ...second, lowest: 0, highest: 0, active: 0, patches: [] };
  const inspection = withLayer({ units: [{ ...first, patches: [corner] }, dead, ...conv.units.slice(2)] });
  const layer = inspection.data.aspects.receptive_fields!.layers[0]!;
  const [patch] = new FieldPictures(inspection, layer, [0], 1, ["patches"]).of(0);
  const light = Array.from(patch!.image, (value) => Math.round(value * 100) / 100);
  const pixels = sample.blobs["receptive_fields.conv_1.patches"]!.bytes();
  // The first row, and the last two of five columns: 13, 14, 15 are the last of sixteen.
  for (let at = 0; at < 25; at++) {
    const [y, x] = [Math.floor(at / 5), at % 5];
    const isOutside = y < 1 || x > 2;
    const checker = (x + y) % 2 === 0 ? 0.6 : 0.85;
    expect(light[at]).toBe(isOutside ? checker : Math.round((pixels[at]! / 255) * 100) / 100);
  }
  expect(subtitle(await figureOf(inspection)).slice(3)).toEqual([
    "checkered: beyond the image",
    "unit 2: 0 for every image, no patches",
  ]);
});

test("preferred inputs stand beside them where the inspection has them; a saturated unit has an empty frame", async () => {
  const unit = { kept: 3, ends: [2], start: { noise: 1 } };
  const layer = {
    layer: "conv_1",
    shape: [5, 5, 1],
    ...{ seen: null, place: null, radius: 1, climbsSum: false },
    units: [
      { unit: 1, picture: 0, from: 0, to: 2.5, ...unit },
      { unit: 2, picture: null, from: 0, to: 0, ...unit },
    ],
  };
  const aspect = {
    steps: 64,
    step: 0.3,
    norm: 1,
    blur: 0.5,
    starts: 4,
    origin: [0],
    range: [[0, 255]],
    layers: [layer],
  };
  const both: Inspection = {
    ...sample,
    data: { ...sample.data, aspects: { ...sample.data.aspects, preferred_inputs: aspect as never } },
    blobs: {
      ...sample.blobs,
      "preferred_inputs.conv_1": blobOf("float32", [1, 5, 5, 1], new Float32Array(25).fill(51)),
    },
  };
  const pictures = new FieldPictures(both, conv, [0, 1, 2], 1, ["preferred_inputs"]);
  expect([0, 1, 2].map((index) => pictures.of(index).map(({ caption }) => caption))).toEqual([
    ["preferred, 2.5"],
    ["saturated"],
    ["not, looked for"],
  ]);
  for (const value of Array.from(pictures.of(0)[0]!.image)) expect(value).toBeCloseTo(0.2, 6);
  expect(
    subtitle(await figureOf(both, { units: 2 }))
      .slice(-2)
      .join(" "),
  ).toBe("preferred: by gradient ascent, norm 1, blur 0.5 px, up to 64 steps from 0.3, best of 4 starts");
  await expect(figureOf(sample, { pictures: ["preferred_inputs"] })).rejects.toMatchObject({
    title: "no preferred inputs in this inspection",
    at: ["pictures"],
  });
});

test("sizes are a table of all layers", async () => {
  const figure = await figureOf(sample, { show: "sizes" });
  expect(sketched(figure, 100)).toBe(
    [
      "  layer           map     sees  stride  offset  beyond the image",
      "  conv_1      12 × 12    5 × 5       1       0  –",
      "  max_pool_1    6 × 6    6 × 6       2       0  –",
      "  flatten_1     6 × 6    6 × 6       2       0  –",
      "  dense_1       1 × 1  16 × 16       –       0  –",
      "  dense_2       1 × 1  16 × 16       –       0  –",
    ].join("\n"),
  );
});

test("of a table the strongest rows and the features of most weight are named, and sizes are refused", async () => {
  const values = Float32Array.of(0.5, -2, 0, 1, 3, 0);
  const unit = { lowest: -1, highest: 4, active: 42 };
  const layer = {
    layer: "dense_1",
    shape: [3],
    units: [
      {
        unit: 1,
        ...unit,
        patches: [
          { row: 7, value: 4 },
          { row: 1, value: 3.5 },
        ],
      },
      { unit: 2, ...unit, highest: -1, active: 0, patches: [] },
    ],
  };
  const inspection: Inspection = {
    ...sample,
    data: {
      ...sample.data,
      inputShape: [3],
      featureNames: ["area", "rooms", "age"],
      classes: null,
      layers: [{ name: "dense_1", type: "dense", shape: [2] }],
      aspects: { receptive_fields: { ...own, isNormalised: true, fields: null, layers: [layer] } },
    },
    blobs: { "receptive_fields.dense_1.back_projection": blobOf("float32", [2, 3], values) },
  };
  const figure = await figureOf(inspection);
  expect(subtitle(figure)).toEqual([
    "strongest of 42 rows, train set, each once",
    "back-projection: the features of most weight, activations left out, per unit of a feature after it is normalised",
    "unit 2: −1 for every row",
  ]);
  expect(sketched(figure, 110)).toBe(
    [
      "  unit  active in  strongest examples  back-projection",
      "  1             –  7 (4), 1 (3.5)      rooms −2, area 0.5, age 0",
      "  2      constant  none above −1       rooms 3, area 1, age 0",
    ].join("\n"),
  );
  await expect(figureOf(inspection, { show: "sizes" })).rejects.toMatchObject({
    title: "no sizes of receptive fields",
    at: ["show"],
  });
});

test("only units that are never below 0 have a share of examples in which they are active", () => {
  const unit = { unit: 1, highest: 4, patches: [] };
  const texts = [
    { lowest: 0, active: 30 },
    { lowest: 0.5, active: 39 },
    { lowest: -2, active: 39 },
    { lowest: 4, active: 0 },
  ].map((each) => activeText({ ...unit, ...each }, 40));
  expect(texts).toEqual(["75.00 %", "100.00 %", "–", "constant"]);
});

test("a unit that was not looked at is told with those that were", async () => {
  await expect(figureOf(sample, { units: [2, 9] })).rejects.toMatchObject({
    title: "no such unit",
    message:
      "The inspection has not looked at unit 9 of `conv_1`. Name one of those that it has, or add it to `units` of " +
      "`receptive_fields` in the `inspect` stage.\n\nUnits: 1, 2, 3, 4, 5, 6, 7, 8",
    at: ["units", 1],
  });
});

test("the largest weight of all drawn units is the end of the scale", async () => {
  const weights = float32Of(sample.blobs["receptive_fields.conv_1.back_projection"]!).subarray(25, 50);
  const most = Number(Math.max(...weights.map(Math.abs)).toPrecision(3));
  expect(await textsIn(await figureOf(sample, { units: [2] }))).toEqual(
    expect.arrayContaining([String(most), `−${most}`]),
  );
});

test("colour images have colour patches and back-projections, checkered beyond the image in all colours", async () => {
  const shape = [2, 2, 3];
  const patch = { row: 3, value: 1, top: 15, left: 0 };
  const unit = { unit: 1, lowest: 0, highest: 1, active: 2, patches: [patch] };
  const layer = { layer: "conv_1", shape, units: [unit] };
  const inspection: Inspection = {
    ...sample,
    data: {
      ...sample.data,
      inputShape: [16, 16, 3],
      aspects: { receptive_fields: { ...own, count: 1, layers: [layer] } },
    },
    blobs: {
      "receptive_fields.conv_1.patches": blobOf(
        "uint8",
        [1, 1, ...shape],
        Uint8Array.from({ length: 12 }, (_, at) => at),
      ),
      "receptive_fields.conv_1.back_projection": blobOf("float32", [1, ...shape], new Float32Array(12).fill(-2)),
    },
  };
  const pictures = new FieldPictures(
    inspection,
    inspection.data.aspects.receptive_fields!.layers[0]!,
    [0],
    1,
    undefined,
  );
  const [weights, first] = pictures.of(0);
  expect(weights).toMatchObject({ shape, caption: "weights" });
  expect(Array.from(weights!.image)).toEqual(new Array(12).fill(0));
  const light = Array.from(first!.image, (value) => Math.round(value * 1000) / 1000);
  const row = [0, 1, 2, 3, 4, 5].map((byte) => Math.round((byte / 255) * 1000) / 1000);
  expect(light).toEqual([...row, ...[0.85, 0.85, 0.85], ...[0.6, 0.6, 0.6]]);
  expect(await imagesIn(await figureOf(inspection))).toBe(3);
});
