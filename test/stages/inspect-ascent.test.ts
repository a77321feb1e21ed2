/** What `inspect` leaves of preferred inputs and of filters, what is said of them, and their figures. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { MistakeError } from "../../src/diagnostic/diagnostic.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { stream } from "../../src/learn/random.js";
import { filterMatches } from "../../src/stages/figures/filter-matches.js";
import { preferredInputs } from "../../src/stages/figures/preferred-inputs.js";
import { inspect } from "../../src/stages/inspect.js";
import { normalize } from "../../src/stages/normalize.js";
import { blobOf, float32Of, int32Of } from "../../src/values/blob.js";
import { edgeSentence } from "../../src/values/inspected-filters.js";
import type { Inspection } from "../../src/values/inspection.js";
import { inspectionHeadline } from "../../src/values/inspection-preview.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { savedFilesOf } from "../../src/values/saved.js";
import { dataset, runKind } from "../rig/stage.js";
import { trainedBriefly } from "../rig/train-stages.js";

type Model = Output<"model">;
type Data = Output<"dataset">;

const images: Data = (() => {
  const random = stream(5, [], "images");
  const rows = Array.from({ length: 20 }, (_, index) => {
    const label = index % 2;
    return [...Array.from({ length: 192 }, (_, at) => random.uniform() + (at % 3 === label ? 0.4 : 0)), label];
  });
  return dataset(rows, { shape: [8, 8, 3], classes: ["red", "green"], split: "test" });
})();
const points: Data = dataset(
  Array.from({ length: 20 }, (_, row) => [row * 10, 5 - row, Math.sin(row)]),
  { split: "test" },
);
let colours: Model;
let line: Model;
beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
  const conv = (kernels: number, size: number): object => ({ conv: { kernels, size, activation: "relu" } });
  colours = await trainedBriefly(images, [conv(3, 3), conv(2, 1), "flatten", { dense: { units: 2 } }], "cross_entropy");
  const { outputs } = await runKind(normalize, { data: "data" }, { inputs: { data: points } });
  line = await trainedBriefly(
    outputOf(Object.values(outputs)[0], "dataset"),
    [{ dense: { units: 2, activation: "tanh" } }, { dense: { units: 1 } }],
    "mse",
  );
});

async function looked(model: Model, what: readonly unknown[], data?: Data, more: object = {}) {
  const inputs = { model, ...(data ? { data } : {}) };
  const options = { model: "net", ...(data ? { data: "data" } : {}), what };
  const { outputs, remarks } = await runKind(inspect, options, { inputs, ...more });
  return { inspection: outputOf(outputs.inspection, "inspection"), remarks };
}

describe("preferred_inputs", () => {
  test("are in the numbers of the data, with where they lie and how they were found", async () => {
    const what = [{ preferred_inputs: { units: 2, steps: 8, starts: 2 } }];
    const { inspection } = await looked(colours, what, images);
    const data = inspection.data.aspects.preferred_inputs!;
    expect(data).toMatchObject({ steps: 8, step: 0.3, norm: 1, blur: 0.5, starts: 2 });
    expect(data.layers.map(({ layer, shape, seen, place }) => [layer, shape, seen, place])).toEqual([
      ["conv_1", [3, 3, 3], { row: 3, column: 3, height: 3, width: 3 }, [3, 3]],
      ["conv_2", [3, 3, 3], { row: 3, column: 3, height: 3, width: 3 }, [3, 3]],
      ["dense_1", [8, 8, 3], { row: 1, column: 1, height: 8, width: 8 }, null],
    ]);
    for (const { layer, shape, units, climbsSum } of data.layers) {
      const pictures = units.filter(({ picture }) => picture !== null).length;
      const { [`preferred_inputs.${layer}`]: blob, [`preferred_inputs.${layer}.activations`]: rise } = inspection.blobs;
      expect(blob!.shape).toEqual([pictures, ...shape]);
      expect(rise!.shape).toEqual([pictures, 9]);
      expect(climbsSum).toBe(layer !== "dense_1");
      for (const { picture, from, to, kept } of units) {
        if (picture === null) continue;
        const own = float32Of(rise!).subarray(picture * 9, (picture + 1) * 9);
        expect([own[0], own[8]]).toEqual([from, to]);
        expect(own.every((value, at) => at === 0 || value >= own[at - 1]!)).toBe(true);
        expect(kept).toBeGreaterThan(0);
        // As far from the mean as examples are: of the order of these, and not of the numbers of a network.
        const numbers = float32Of(blob!).subarray(picture * 3, (picture + 1) * 3);
        expect(Math.max(...numbers.map(Math.abs))).toBeLessThan(10);
      }
    }
    // A part of the units comes to the same bits, whatever else is asked for.
    const one = await looked(
      colours,
      ["filters", { preferred_inputs: { units: [2], steps: 8, starts: 2, layers: "dense_1" } }],
      images,
    );
    const [all, own] = [inspection, one.inspection].map(({ blobs }) => float32Of(blobs["preferred_inputs.dense_1"]!));
    expect([...own!]).toEqual([...all!.subarray(192, 384)]);
  });

  test("of normalised columns are what they were before, and a table draws them", async () => {
    const { inspection } = await looked(line, [{ preferred_inputs: { steps: 8, starts: 1 } }], points);
    const data = inspection.data.aspects.preferred_inputs!;
    expect(data.blur).toBe(0);
    expect(data.range).toEqual([
      [0, 190],
      [-14, 5],
    ]);
    expect(data.origin[0]).toBeCloseTo(95, 3);
    const values = float32Of(inspection.blobs["preferred_inputs.dense_2"]!);
    expect(Math.abs(values[0]! - 95)).toBeLessThan(200);
    const figure = await preferredInputs(inspection, { layer: "dense_1", count: 60 });
    const [said, sketch] = figure.sketch;
    expect(said).toMatchObject({ type: "text", lines: expect.arrayContaining([expect.stringContaining("norm 1")]) });
    expect(sketch).toMatchObject({ type: "table", columns: ["unit", "activation", "x1", "x2"] });
  });

  test("of a saturated unit are said not to be there", async () => {
    const names = colours.data as { parameters: readonly { name: string }[] };
    expect(names.parameters.map(({ name }) => name)).toContain("conv_1.bias");
    const shut: Model = {
      ...colours,
      blobs: { ...colours.blobs, "conv_1.bias": blobOf("float32", [3], Float32Array.of(0.1, -1e4, 0.1)) },
    };
    const what = [{ preferred_inputs: { layers: "conv_1", steps: 4, starts: 2 } }];
    const { inspection, remarks } = await looked(shut, what, images);
    const [own] = inspection.data.aspects.preferred_inputs!.layers;
    expect(own!.units[1]).toEqual({ unit: 2, picture: null, from: 0, to: 0, kept: 0, start: null, ends: [null, null] });
    expect(own!.units[2]!.picture).toBe(1);
    expect(remarks).toEqual([
      "1 of 3 units of conv_1 is saturated: the activation rises from no start, nor from the example that excites it " +
        "most, so there is no picture",
    ]);
    expect(inspectionHeadline(inspection)).toContain("preferred inputs of 3 units, 1 saturated");
    const figure = await preferredInputs(inspection, { count: 60 });
    expect(JSON.stringify(figure.specification)).toContain("saturated, so without a picture: unit 2");
    expect(JSON.stringify(figure.sketch)).toContain("saturated, so without a picture: unit 2");
    const alone = { ...inspection.data.aspects.preferred_inputs!, layers: [{ ...own!, units: [own!.units[1]!] }] };
    const nothing: Inspection = { ...inspection, data: { ...inspection.data, aspects: { preferred_inputs: alone } } };
    await expect(preferredInputs(nothing, { count: 60 })).rejects.toThrow(
      "Of `conv_1` no unit of the 1 that would be drawn has a picture",
    );
  });

  test("of examples that are all alike there are none", async () => {
    const flat = dataset(
      Array.from({ length: 4 }, (_, row) => [...new Array(192).fill(0.5), row % 2]),
      { shape: [8, 8, 3], classes: ["red", "green"] },
    );
    await expect(looked(colours, ["preferred_inputs"], flat)).rejects.toThrow(
      "Of what a unit of `conv_1` sees all examples are one flat colour",
    );
  });
});

describe("filters", () => {
  test("tell of each kernel its filter, and how many look like an edge", async () => {
    const { inspection } = await looked(colours, ["filters"]);
    const { layers } = inspection.data.aspects.filters!;
    expect(layers.map(({ layer, count, uniform, channels }) => [layer, count, uniform, channels])).toEqual([
      ["conv_1", 9, 0, 3],
    ]);
    const [own] = layers;
    expect(own!.best.map(({ correlation }) => correlation)).toEqual(
      [...own!.best.map(({ correlation }) => correlation)].sort((a, b) => b - a),
    );
    const correlations = float32Of(inspection.blobs["filters.conv_1.correlation"]!);
    expect(correlations.length).toBe(9);
    expect(correlations.filter((r) => r >= own!.edges!.threshold).length).toBe(own!.edges!.count);
    const [{ unit, channel, correlation }] = own!.best as [(typeof layers)[0]["best"][0]];
    expect(correlations[(unit - 1) * 3 + channel! - 1]).toBe(Math.fround(correlation));
    expect(int32Of(inspection.blobs["filters.conv_1.filter"]!).every((at) => at >= 1 && at <= own!.bank.length)).toBe(
      true,
    );
    expect(savedFilesOf(inspection).map(({ name }) => name)).toEqual(
      expect.arrayContaining([expect.stringContaining("filters"), expect.stringContaining("filter_matches")]),
    );
    const figure = await filterMatches(inspection, { count: 16 });
    expect(JSON.stringify(figure.specification)).toContain("of 9 kernels look");
    expect(JSON.stringify(figure.sketch)).toContain("of 9 kernels look");
  });

  test("a kernel of one number over and over is counted apart, and a mean is one kernel", async () => {
    const { shape } = colours.blobs["conv_1.weight"]!;
    const weights = new Float32Array(81);
    // Of the first kernel: a Sobel filter to the right in every channel.
    const sobel = [-1, 0, 1, -2, 0, 2, -1, 0, 1];
    for (let place = 0; place < 9; place++)
      for (let channel = 0; channel < 3; channel++) weights[(place * 3 + channel) * 3] = sobel[place]!;
    const made: Model = { ...colours, blobs: { ...colours.blobs, "conv_1.weight": blobOf("float32", shape, weights) } };
    const [own] = (await looked(made, [{ filters: { of: "mean" } }])).inspection.data.aspects.filters!.layers;
    expect(own).toMatchObject({ of: "mean", count: 1, uniform: 2 });
    expect(own!.best).toEqual([
      { unit: 1, channel: null, filter: { type: "sobel", size: [3, 3] }, direction: 0, correlation: 1 },
    ]);
    expect(edgeSentence(own!)).toBe(
      "1 of 1 kernel looks like an edge, 100.00 % (20.65 to 100.00 %); r ≥ 0.841, as 5 % of random kernels do; p 0.050",
    );
    const nothing: Model = {
      ...made,
      blobs: { ...made.blobs, "conv_1.weight": blobOf("float32", shape, new Float32Array(81)) },
    };
    const { inspection } = await looked(nothing, ["filters"]);
    expect(edgeSentence(inspection.data.aspects.filters!.layers[0]!)).toBe(
      "all numbers of each kernel are equal: none correlates with anything",
    );
    await expect(filterMatches(inspection, { count: 4 })).rejects.toThrow(MistakeError);
  });

  test("of kernels of one pixel, of dense layers and of channels that are not there are refused", async () => {
    for (const [options, message] of [
      [{ layers: "conv_2" }, "The kernels of `conv_2` are one pixel, which has no direction."],
      [{ layers: "dense_1" }, "`dense_1` is dense: a weight belongs to a whole input"],
      [{ of: 4 }, "There is no input channel 4: `conv_1` reads 3 channels, counted from 1."],
    ] as const)
      await expect(looked(colours, [{ filters: options }])).rejects.toThrow(message);
    await expect(looked(line, [{ preferred_inputs: { blur: 1 } }], points)).rejects.toThrow(
      "`blur` smooths along height and width, and the examples are no images but [2].",
    );
  });
});
