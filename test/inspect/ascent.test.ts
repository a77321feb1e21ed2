/**
 * Gradient ascent: where the best input is known by a formula it is found, activations never fall, and what a unit comes
 * to depends on nobody but the unit.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { ArrayValue } from "../../src/compute/program.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import type { LookedAt, Shown } from "../../src/inspect/looked-at.js";
import { type PreferredSettings, preferredInputs } from "../../src/inspect/preferred-inputs.js";
import { smoothingMatrix } from "../../src/inspect/smoothing.js";
import { outputName, unfolded } from "../../src/inspect/unfolded.js";
import { unitView } from "../../src/inspect/unit-view.js";
import type { Activation } from "../../src/learn/activation.js";
import { asWritten } from "../../src/learn/arrangement.js";
import { initialValues } from "../../src/learn/initial.js";
import { type Layer, leaves, type PlacedLayer, placeLayers } from "../../src/learn/layer.js";
import { forward } from "../../src/learn/model.js";
import { stream } from "../../src/learn/random.js";
import { sizeOfShape } from "../../src/util/shape.js";
import { dense, conv as plainConv } from "../rig/training.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
});

const conv = (kernels: number, size: number, activation: Activation = "linear", more: object = {}): Layer => ({
  ...plainConv(kernels, activation, size),
  ...more,
});
const pool: Layer = { type: "max_pool", size: [2, 2], stride: [2, 2] };
const flatten: Layer = { type: "flatten" };

/** Weights as a training begins with them; running statistics and scales of normalisations that are not 0 and 1. */
function network(layers: readonly Layer[], input: readonly number[], own: Record<string, number[]> = {}): LookedAt {
  const placed = placeLayers(layers, input);
  if (!placed.ok) throw new Error(placed.misfit.message);
  const parameters = new Map(
    placed.layers.flatMap((layer) =>
      layer.parameters.map((parameter): [string, ArrayValue] => {
        const values = initialValues(parameter, 5, []);
        const isNorm = !parameter.trained || /norm/.test(parameter.name);
        const data = isNorm ? values.map((value, at) => value + 0.2 * Math.sin(at + 1)) : values;
        return [
          parameter.name,
          { dtype: "float32", shape: parameter.shape, data: Float32Array.from(own[parameter.name] ?? data) },
        ];
      }),
    ),
  );
  return { layers: placed.layers, unfolded: unfolded(placed.layers), parameters };
}

function examples(shape: readonly number[], count = 30): Shown {
  const random = stream(2, [], "examples");
  const features = Float32Array.from({ length: count * sizeOfShape(shape) }, () => random.normal() + 0.5);
  return { features, rows: Int32Array.from({ length: count }, (_, at) => at), shape, scale: 1 };
}

const settings: PreferredSettings = { blur: 0, step: 0.3, tries: 40, norm: 1, starts: 2 };
const layerOf = (looked: LookedAt, name: string): PlacedLayer =>
  [...looked.layers, ...leaves(looked.layers)].find((layer) => layer.name === name)!;
const climb = (
  looked: LookedAt,
  name: string,
  units: readonly number[],
  more: Partial<PreferredSettings> = {},
  data = examples(looked.layers[0]!.input),
) =>
  preferredInputs(
    onnxCompute(),
    looked,
    layerOf(looked, name),
    units,
    data,
    { ...settings, ...more },
    (purpose) => stream(9, [], purpose),
    async () => undefined,
  );

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, at) => sum + value * b[at]!, 0);
const lengthOf = (values: ArrayLike<number>): number => Math.sqrt(dot(values, values));

test("the preferred input of a linear unit is its weights, as long as the norm says, from the mean of the data", async () => {
  const looked = network([dense(3)], [12]);
  const found = await climb(looked, "dense_1", [0, 1, 2], { norm: 2 });
  const weights = looked.parameters.get("dense_1.weight")!.data;
  const bias = looked.parameters.get("dense_1.bias")!.data;
  expect(found.radius).toBe(2 * found.distance);
  for (const { unit, climb: best } of found.units) {
    const own = Float64Array.from({ length: 12 }, (_, at) => weights[at * 3 + unit]!);
    const away = Float64Array.from(best!.input, (value, at) => value - found.origin[at]!);
    expect(lengthOf(away) / found.radius).toBeCloseTo(1, 5);
    expect(dot(away, own) / lengthOf(away) / lengthOf(own)).toBeGreaterThan(0.9999);
    const most = dot(found.origin, own) + bias[unit]! + found.radius * lengthOf(own);
    expect(Math.abs(best!.activations.at(-1)! - most)).toBeLessThan(1e-3 * Math.abs(most));
  }
});

test("the preferred input of a kernel is the kernel; a blur finds what is coarse first", async () => {
  const looked = network([conv(4, 5), flatten, dense(2)], [12, 12, 1]);
  const weights = looked.parameters.get("conv_1.weight")!.data;
  const cosines = async (blur: number, tries: number): Promise<readonly number[]> => {
    const found = await climb(looked, "conv_1", [0, 3], { blur, tries });
    expect(found.shape).toEqual([5, 5, 1]);
    expect(found.view.seen).toEqual({ top: 3, left: 3, height: 5, width: 5 });
    return found.units.map(({ unit, climb: best }) => {
      const kernel = Array.from({ length: 25 }, (_, at) => weights[at * 4 + unit]!);
      const away = Float64Array.from(best!.input, (value) => value - found.origin[0]!);
      return dot(away, kernel) / lengthOf(away) / lengthOf(kernel);
    });
  };
  for (const cosine of await cosines(0, 40)) expect(cosine).toBeGreaterThan(0.9999);
  for (const cosine of await cosines(0.5, 8)) expect(cosine).toBeLessThan(0.99);
  for (const cosine of await cosines(0.5, 300)) expect(cosine).toBeGreaterThan(0.99);
});

test("a Gaussian leaves an image of one brightness as it is, and its weights are Gaussian", () => {
  const matrix = smoothingMatrix(7, 0.8);
  const columnOf = (to: number): number[] => Array.from({ length: 7 }, (_, from) => matrix[from * 7 + to]!);
  for (let to = 0; to < 7; to++) expect(columnOf(to).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
  expect(columnOf(3)[4]! / columnOf(3)[3]!).toBeCloseTo(Math.exp(-1 / (2 * 0.64)), 6);
});

/** Two convolutions, a pool, a block with a projection, a global mean: every way a unit can see a part of an image. */
const deep = (activation: Activation): readonly Layer[] => [
  conv(5, 3, activation, { padding: 1 }),
  { type: "batch_norm" },
  pool,
  conv(6, 3, activation),
  {
    type: "residual",
    layers: [conv(4, 3, activation, { padding: "same", stride: [2, 2] }), conv(4, 3, "linear", { padding: "same" })],
    activation,
  },
  { type: "global_avg_pool" },
  dense(3),
];

const everywhere = ["conv_1", "conv_2", "residual_1.conv_1", "residual_1.conv_2", "dense_1"];
test.each<readonly [Activation, readonly string[]]>([
  ["relu", everywhere],
  ["sigmoid", ["conv_2"]],
  ["gelu", ["conv_2"]],
])("activations never fall, and rise with every step that is kept: %s of %j", async (activation, names) => {
  const looked = network(deep(activation), [20, 20, 2]);
  for (const name of names) {
    const found = await climb(looked, name, [0, 1, 2], { blur: 0.5, tries: 20 });
    for (const { climb: best } of found.units) {
      const { heights, activations } = best!;
      expect(activations.length).toBe(21);
      for (let at = 1; at < heights.length; at++) {
        const isKept = heights[at]! > heights[at - 1]!;
        if (!isKept) expect(heights[at]).toBe(heights[at - 1]);
        expect(activations[at]!).toBeGreaterThanOrEqual(activations[at - 1]!);
        // Of rectifiers that were shut all the way the sum alone rises.
        if (isKept && activations[at - 1]! > 0) expect(activations[at]!).toBeGreaterThan(activations[at - 1]!);
      }
      expect(activations.at(-1)!).toBeGreaterThan(activations[0]!);
    }
  }
});

describe("a unit on a crop of the image gives what it gives on the whole image", () => {
  const looked = network(deep("relu"), [20, 20, 2]);
  test.each([
    ["conv_1", [3, 3], [9, 9]],
    ["conv_2", [8, 8], [3, 3]],
    ["residual_1.conv_1", [12, 12], [1, 1]],
    // Sees more than there is above and to the left: the whole image.
    ["residual_1.conv_2", [19, 19], [1, 1]],
  ] as const)("%s sees %j at %j", async (name, size, place) => {
    const target = layerOf(looked, name);
    const view = unitView(looked, target);
    expect([view.seen!.height, view.seen!.width]).toEqual(size);
    expect(view.middle).toEqual(place);
    const { units } = await climb(looked, name, [0, 2], { tries: 8 });
    const { seen, middle } = view;
    for (const { unit, climb: best } of units) {
      const random = stream(unit, [], "around");
      const image = Float32Array.from({ length: 800 }, () => random.normal());
      for (let row = 0; row < seen!.height; row++)
        for (let column = 0; column < seen!.width; column++)
          for (let channel = 0; channel < 2; channel++)
            image[((seen!.top + row) * 20 + seen!.left + column) * 2 + channel] =
              best!.input[(row * seen!.width + column) * 2 + channel]!;
      let whole = Number.NaN;
      tf.tidy(() => {
        const parameters = new Map(
          [...looked.parameters].map(([key, { data, shape }]) => [key, tf.tensor(data as Float32Array, [...shape])]),
        );
        const shown = tf.tensor4d(image, [1, 20, 20, 2]);
        const tap = (layer: string, output: tf.Tensor): void => {
          if (layer !== outputName(target)) return;
          const [, , width, channels] = output.shape as [number, number, number, number];
          whole = output.dataSync()[(middle![0] * width + middle![1]) * channels + unit]!;
        };
        forward(looked.unfolded, parameters, shown, null, tap, asWritten);
      });
      expect(whole).toBeCloseTo(best!.activations.at(-1)!, 5);
    }
  });
});

describe("what a unit comes to depends on the unit alone", () => {
  const looked = network([conv(20, 3, "relu"), pool, flatten, dense(40, "relu")], [8, 8, 1]);
  const bits = async (name: string, units: readonly number[]) => {
    const found = await climb(looked, name, units, { tries: 20, blur: 0.5 });
    return new Map(
      found.units.map(({ unit, climb: best }) => [
        unit,
        [...best!.input, ...best!.heights, ...best!.activations].join(),
      ]),
    );
  };
  test.each(["conv_1", "dense_1"])(
    "of %s: who else is looked at, in which order, and threads change no bit",
    async (name) => {
      const all = await bits(
        name,
        Array.from({ length: 20 }, (_, unit) => unit),
      );
      for (const units of [[0, 1, 2], [17, 3], [19]])
        for (const [unit, own] of await bits(name, units)) expect(own).toBe(all.get(unit));
      await installOnnx({ threads: 2 });
      try {
        expect((await bits(name, [5, 18])).get(18)).toBe(all.get(18));
      } finally {
        await installOnnx({ threads: 1 });
      }
    },
  );
});

test("units start at noise of their own, every second start the opposite of the one before", async () => {
  const looked = network([dense(3)], [6]);
  const { units, origin } = await climb(looked, "dense_1", [0, 1, 2], { tries: 1, starts: 1, step: 1e-4 });
  const first = units.map(({ climb: best }) => best!.input.map((value, at) => value - origin[at]!));
  expect(new Set(first.map((away) => away[0])).size).toBe(3);
  const both = await climb(looked, "dense_1", [0, 1, 2], { tries: 1, starts: 2, step: 1e-4 });
  // The higher of a start and its opposite is never below the middle.
  for (const { climb: best, unit } of both.units) {
    const weights = looked.parameters.get("dense_1.weight")!.data;
    const away = best!.input.map((value, at) => value - origin[at]!);
    expect(
      dot(
        away,
        Array.from({ length: 6 }, (_, at) => weights[at * 3 + unit]!),
      ),
    ).toBeGreaterThan(0);
  }
});

describe("a saturated unit has no picture", () => {
  test("a rectifier that no input opens, and a sigmoid that is full", async () => {
    const shut = network([dense(2, "relu")], [6], { "dense_1.bias": [-1e4, 0] });
    const { units } = await climb(shut, "dense_1", [0, 1]);
    expect(units[0]).toMatchObject({ climb: null, ends: [null, null], silence: 0 });
    expect(units[1]!.climb!.activations.at(-1)!).toBeGreaterThan(0);
    const full = network([dense(1, "sigmoid")], [6], { "dense_1.bias": [100] });
    expect((await climb(full, "dense_1", [0])).units[0]).toMatchObject({ climb: null, silence: 1 });
  });

  test("one that noise leaves without a gradient starts at an example that excites it", async () => {
    // Opens where the first of 40 numbers makes up most of the distance: in no noise, in one example.
    const weights = Array.from({ length: 40 }, (_, at) => (at === 0 ? 10 : 0));
    const given = { "dense_1.weight": weights, "dense_1.bias": [-40], "dense_2.weight": [1], "dense_2.bias": [0] };
    const looked = network([dense(1, "relu"), dense(1)], [40], given);
    const data = examples([40]);
    data.features.fill(0, 7 * 40, 8 * 40);
    data.features[7 * 40] = 9;
    const { units } = await climb(looked, "dense_2", [0], {}, data);
    expect(units[0]).toMatchObject({ from: { example: 7 }, ends: [null, null] });
    expect(units[0]!.climb!.activations.at(-1)!).toBeGreaterThan(units[0]!.climb!.activations[0]!);
    const others = examples([40]);
    expect((await climb(looked, "dense_2", [0], {}, others)).units[0]).toMatchObject({ climb: null, silence: 0 });
  });
});

test("of one number there are two inputs, and the unit prefers one of them, though none rises", async () => {
  const given = { "dense_1.weight": [2, -3, 1], "dense_1.bias": [0, 0, -1e4] };
  const looked = network([dense(3, "relu")], [1], given);
  for (const starts of [1, 2, 3]) {
    const { units, origin, radius } = await climb(looked, "dense_1", [0, 1, 2], { starts });
    const [low, high] = [origin[0]! - radius, origin[0]! + radius];
    expect(units[0]!.climb!.input[0]).toBeCloseTo(high, 5);
    expect(units[0]!.climb!.activations.at(-1)).toBeCloseTo(2 * high, 5);
    expect(units[1]!.climb!.input[0]).toBeCloseTo(low, 5);
    expect(units[1]!.climb!.activations.at(-1)).toBeCloseTo(-3 * low, 5);
    expect(units[2]).toMatchObject({ climb: null, silence: 0 });
  }
});

test("a network that gives no finite numbers is not climbed", async () => {
  const looked = network([dense(2)], [6], { "dense_1.bias": [Number.NaN, 0] });
  await expect(climb(looked, "dense_1", [1, 0])).rejects.toThrow("Unit 1 of `dense_1` gives NaN or infinity");
});
