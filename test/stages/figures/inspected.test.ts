/** Figures of an inspection: what is drawn of how many, on which scale, and what is said of it. */
import { describe, expect, test } from "vitest";
import { samples } from "../../../scripts/figure-samples.js";
import { inspectionOf } from "../../../scripts/inspection-sample.js";
import type { Figure } from "../../../src/figure/figure.js";
import { renderSvg } from "../../../src/figure/svg.js";
import { activationProfile } from "../../../src/stages/figures/activation-profile.js";
import { featureMaps } from "../../../src/stages/figures/feature-maps.js";
import { kernels } from "../../../src/stages/figures/kernels.js";
import { sketchText } from "../../../src/text/sketch.js";
import { blobOf, float32Of } from "../../../src/values/blob.js";
import { activationsOf } from "../../../src/values/inspected-activations.js";
import type { Inspection, InspectionData } from "../../../src/values/inspection.js";
import { outputOf } from "../../../src/values/output.js";
import { textsOf } from "../../figure/data.js";

const sample = inspectionOf(outputOf(samples.images, "dataset"));
const textsIn = async (figure: Figure): Promise<readonly string[]> =>
  textsOf((await renderSvg(figure.specification)).svg);
const subtitle = (figure: Figure): readonly string[] =>
  (figure.specification.title as { subtitle: readonly string[] }).subtitle;
const sketched = ({ sketch }: Figure): string =>
  sketch.flatMap((each) => sketchText(each, { color: false, columns: 80 })).join("\n");
const imagesIn = async (figure: Figure): Promise<number> =>
  [...(await renderSvg(figure.specification)).svg.matchAll(/<image /g)].length;

/** The sample, another network of one layer instead. */
function withUnits(units: number, values: Float32Array, more: Partial<InspectionData> = {}): Inspection {
  const data = {
    ...sample.data,
    layers: [{ name: "dense_1", type: "dense", shape: [units] }],
    classes: null,
    aspects: { activations: { layers: [activationsOf("dense_1", [units], values)] } },
    ...more,
  };
  return { ...sample, data, blobs: { ...sample.blobs, "activations.dense_1": blobOf("float32", [3, units], values) } };
}
/** Kernels of a layer with this many of 2 × 2, all weights `value` but the first. */
function withKernels(count: number, of: "mean" | "norm" | "colour", first: number, value = 0.25): Inspection {
  const depth = of === "colour" ? 3 : 1;
  const values = new Float32Array(count * 4 * depth).fill(value);
  values[0] = first;
  const layer = { layer: "conv_1", of, height: 2, width: 2, channels: 3 };
  const units = Array.from({ length: count }, (_, unit) => unit + 1);
  return {
    ...sample,
    data: {
      ...sample.data,
      layers: [{ name: "conv_1", type: "conv", shape: [4, 4, count] }],
      aspects: { kernels: { layers: [{ ...layer, units }] } },
    },
    blobs: { "kernels.conv_1": blobOf("float32", [count, 2, 2, depth], values) },
  };
}

describe("kernels", () => {
  test("are all drawn, on one scale that is symmetric about 0", async () => {
    const figure = await kernels(sample, { count: 128 });
    const most = Math.max(...float32Of(sample.blobs["kernels.conv_1"]!).map(Math.abs)).toPrecision(3);
    expect(await textsIn(figure)).toEqual([
      ...[`−${most}`, "0", most, "1"],
      ...["Kernels of conv_1", "all 8 kernels of 5 × 5; one scale for all"],
    ]);
    expect(sketched(figure)).toContain(`dark −${most}, mid grey 0, light ${most}`);
  });

  test("of which a file asks for fewer are counted, and their scale is their own", async () => {
    const figure = await kernels(withKernels(40, "mean", -2), { count: 3 });
    expect(subtitle(figure)).toEqual(["3 of 40 kernels of 2 × 2, mean over 3 channels; one scale for all"]);
    expect(await imagesIn(figure)).toBe(4);
    const rest = await kernels(withKernels(40, "mean", 0.25), { count: 3 });
    expect(await textsIn(rest)).toEqual(expect.arrayContaining(["−0.25", "0.25"]));
  });

  test("as norms have no sign, and in colour say what 0 is", async () => {
    const norm = await kernels(withKernels(2, "norm", 2), { count: 128 });
    expect((await textsIn(norm)).slice(0, 2)).toEqual(["0", "2"]);
    expect(sketched(norm)).toContain("black 0, white 2");
    const colour = await kernels(withKernels(2, "colour", -2), { count: 128 });
    expect(subtitle(colour)).toEqual([
      "all 2 kernels of 2 × 2, as colour images; one scale for all",
      "mid grey is 0 in red, green and blue",
    ]);
    expect(sketched(colour)).toContain("mean of the colours: dark −2, mid grey 0, light 2");
  });

  test("that are no numbers are counted, and leave the scale to the others", async () => {
    const figure = await kernels(withKernels(2, "mean", Number.POSITIVE_INFINITY), { count: 128 });
    expect(subtitle(figure).at(-1)).toBe("1 value NaN or infinite, outside the scale");
    expect(await textsIn(figure)).toContain("0.25");
    const zero = await kernels(withKernels(2, "mean", 0, 0), { count: 128 });
    expect(await textsIn(zero)).toContain("all values are 0");
  });
});

describe("feature maps", () => {
  test("have a scale for each part: with a sign before relu, without one behind it", async () => {
    const figure = await featureMaps(sample, { inputs: [2] });
    const texts = await textsIn(figure);
    const most = Math.max(
      ...float32Of(sample.blobs["feature_maps.conv_1.convolution"]!).slice(1152, 2304).map(Math.abs),
    );
    expect(texts).toEqual(
      expect.arrayContaining([
        ...["Convolution, before what follows, 12 × 12", "After its activation, 12 × 12", "After max_pool_1, 6 × 6"],
        ...[`−${most.toPrecision(3)}`, "image 19: class cross", "predicted cross"],
      ]),
    );
    expect(texts.filter((text) => text.startsWith("−"))).toHaveLength(1);
    // Three parts of eight, their scales and the input.
    expect(await imagesIn(figure)).toBe(3 * 8 + 3 + 1);
  });

  test("of several inputs stand below each other on the same scales, fewer of each", async () => {
    const figure = await featureMaps(sample, { inputs: [1, 3], parts: ["max_pool"], count: 2 });
    expect(subtitle(figure)).toEqual(["the first 2 of 8 maps of each part, one scale a part for all inputs"]);
    expect(await imagesIn(figure)).toBe(2 * (1 + 1 + 2));
    const ends = (await textsIn(figure)).filter((text) => /^\d\.\d+$/.test(text));
    expect(new Set(ends).size).toBe(1);
  });

  test("without such a part or input say which there are", async () => {
    await expect(featureMaps(sample, { parts: ["maxpool"] })).rejects.toThrow(
      "The feature maps of `conv_1` have no part `maxpool`. Did you mean `max_pool`?\n\n" +
        "Parts: convolution, activation, max_pool",
    );
    await expect(featureMaps(sample, { inputs: [4] })).rejects.toThrow(
      "There is no input 4: the inspection has 3 inputs, counted from 1 in the order of its option `inputs`.",
    );
  });
});

describe("activation profiles", () => {
  test("are bars for each unit, all inputs on one scale, with what is at 0", async () => {
    const values = Float32Array.of(0, 1, 0, 2, 0, 4, 0, 0, 0, 0, 0, 3);
    const figure = await activationProfile(withUnits(4, values), {});
    expect(subtitle(figure)).toEqual(["all 4 units; one scale for all inputs", "2 of 4 units are 0 for all of them"]);
    const texts = await textsIn(figure);
    expect(texts.filter((text) => text === "4")).toHaveLength(6);
    expect(texts).toEqual(expect.arrayContaining(["2 of 4 units are 0 (50.00 %)", "3 of 4 units are 0 (75.00 %)"]));
    expect(sketched(figure)).toContain("3 of 4 units are 0 (75.00 %)");
  });

  test("of the last layer of a classifier are named by its classes", async () => {
    const figure = await activationProfile(sample, { layer: "dense_2", inputs: [1] });
    expect(await textsIn(figure)).toEqual(expect.arrayContaining(["ring", "cross", "bars", "no unit is 0"]));
  });

  test("of some of the inputs say of how many", async () => {
    const figure = await activationProfile(sample, { inputs: [2, 3] });
    expect(subtitle(figure)).toContain("2 of 3 inputs");
  });

  test("of thousands of units are a strip, folded into rows", async () => {
    const values = Float32Array.from({ length: 3 * 1000 }, (_, at) => (at % 1000) - 500);
    const figure = await activationProfile(withUnits(1000, values), {});
    expect(subtitle(figure)[0]).toBe("all 1,000 units, from left to right, row by row; one scale for all inputs");
    // The inputs, their strips and the scale.
    expect(await imagesIn(figure)).toBe(7);
    expect(sketched(figure)).toContain("128 units a row; dark −500, mid grey 0, light 500");
    const [strip] = figure.sketch.filter((sketch) => sketch.type === "images" && sketch.width === 128);
    expect(strip).toMatchObject({ height: 8, width: 128 });
  });

  test("of more than a strip can show are the first ones", async () => {
    const figure = await activationProfile(withUnits(20_000, new Float32Array(60_000)), { inputs: [1] });
    expect(subtitle(figure)[0]).toContain("the first 16,384 of 20,000 units");
    expect(await textsIn(figure)).toContain("all values are 0");
  });

  test("of a table have the row in words, as it was before it was normalised", async () => {
    const rows = withUnits(2, Float32Array.of(1, 2, 3, 4, 5, 6), {
      ...{ inputShape: [2], scale: 1, featureNames: ["area", "rooms"] },
      normalization: [{ method: "standard", offset: [10, 3], divisor: [2, 1] }],
      inputs: [1, 2, 3].map((row) => ({ row, label: [row], predicted: [row / 2], probability: null })),
    });
    const blobs = { ...rows.blobs, inputs: blobOf("float32", [3, 2], Float32Array.of(0.5, 1, 0, 0, -1, 2)) };
    const figure = await activationProfile({ ...rows, blobs }, {});
    expect(await textsIn(figure)).toEqual(
      expect.arrayContaining(["row 1: target 1, predicted 0.5", "area 11, rooms 4", "area 8, rooms 5"]),
    );
    expect(sketched(figure)).toContain("area 11, rooms 4");
  });

  test("of a layer that gives images are refused", async () => {
    const values = new Float32Array(3 * 8);
    const maps = withUnits(8, values);
    const layers = [activationsOf("conv_1", [2, 2, 2], values)];
    const inspection = { ...maps, data: { ...maps.data, aspects: { activations: { layers } } } };
    await expect(activationProfile(inspection, {})).rejects.toThrow(
      "but `conv_1` gives [2, 2, 2] for an example. `figure: feature_maps` draws such layers; " +
        "or name a dense layer, or one behind `flatten`.",
    );
  });
});
