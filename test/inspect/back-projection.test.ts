/** Back-projections: products of weight matrices, and what a network in plain loops answers to one pixel after the other. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { eagerCompute } from "../../src/compute/eager.js";
import type { ArrayValue, Compute } from "../../src/compute/program.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { backProjected, notLinear } from "../../src/inspect/back-projection.js";
import { layersTo } from "../../src/inspect/receptive-field.js";
import { unfolded } from "../../src/inspect/unfolded.js";
import { type Layer, leaves, type PlacedLayer, paddingOf, pathsOf, placeLayers } from "../../src/learn/layer.js";
import { stream } from "../../src/learn/random.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
});

const dense = (units: number, activation: "relu" | "linear" = "relu"): Layer => ({
  type: "dense",
  units,
  activation,
  initializer: "pytorch",
});
type Conv = Extract<Layer, { type: "conv" }>;
const conv = (kernels: number, more: Partial<Conv> = {}): Layer => ({
  type: "conv",
  kernels,
  size: [3, 2],
  stride: [1, 1],
  padding: 0,
  activation: "relu",
  initializer: "pytorch",
  ...more,
});

function network(layers: readonly Layer[], input: readonly number[]) {
  const placed = placeLayers(layers, input);
  if (!placed.ok) throw new Error(placed.misfit.message);
  const random = stream(5, [], "back-projection");
  const parameters = new Map<string, ArrayValue>();
  for (const { name, shape } of leaves(placed.layers).flatMap((layer) => layer.parameters)) {
    const size = shape.reduce((product, length) => product * length, 1);
    const drawn = (): number => (name.endsWith("variance") ? 0.5 + random.uniform() : random.normal());
    parameters.set(name, { dtype: "float32", shape, data: Float32Array.from({ length: size }, drawn) });
  }
  return { layers: unfolded(placed.layers), parameters };
}
const factors = (parameters: ReadonlyMap<string, ArrayValue>, name: string): number[] =>
  Array.from(
    parameters.get(`${name}.weight`)!.data,
    (weight, at) => weight / Math.sqrt(parameters.get(`${name}.running_variance`)!.data[at]! + 1e-5),
  );

/** Largest difference, of the largest number. */
function difference(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(found.length).toBe(wanted.length);
  const most = Math.max(...Array.from(wanted, Math.abs));
  expect(most).toBeGreaterThan(0);
  return Math.max(...Array.from(wanted, (value, at) => Math.abs(found[at]! - value))) / most;
}
const never = async (): Promise<void> => undefined;
const computes = async (each: (compute: Compute) => Promise<void>): Promise<void> => {
  await tf.setBackend("onnx");
  await each(onnxCompute());
  await tf.setBackend("cpu");
  await each(eagerCompute("cpu"));
};

test("of dense layers it is the product of their weight matrices, with normalisations as factors between them", async () => {
  const widths = [30, 40, 20, 7] as const;
  const { layers, parameters } = network(
    [dense(widths[1]), { type: "batch_norm" }, dense(widths[2], "linear"), { type: "batch_norm" }, dense(widths[3])],
    [widths[0]],
  );
  // Doubles: a row of the product for each input, a column for each unit.
  let product = Array.from({ length: widths[0] }, (_, row) =>
    Array.from({ length: widths[0] }, (_, column) => Number(row === column)),
  );
  for (const [index, name] of ["dense_1", "dense_2", "dense_3"].entries()) {
    const { data, shape } = parameters.get(`${name}.weight`)!;
    const [from, to] = shape as [number, number];
    product = product.map((row) =>
      Array.from({ length: to }, (_, unit) =>
        row.reduce((sum, value, at) => (at < from ? sum + value * data[at * to + unit]! : sum), 0),
      ),
    );
    if (index === 2) continue;
    const norm = factors(parameters, `batch_norm_${index + 1}`);
    product = product.map((row) => row.map((value, unit) => value * norm[unit]!));
  }
  // More units than are computed together.
  const units = Array.from({ length: 20 }, (_, at) => (at * 3) % widths[3]);
  await computes(async (compute) => {
    const found = await backProjected(
      compute,
      { parameters },
      layersTo(layers, "dense_3"),
      units.map((unit) => [unit]),
      never,
    );
    const wanted = units.flatMap((unit) => product.map((row) => row[unit]!));
    expect(difference(found, wanted)).toBeLessThan(1e-6);
  });
});

/** An image [height][width][channels] in doubles. */
type Image = readonly (readonly (readonly number[])[])[];
const imageOf = (height: number, width: number, of: (y: number, x: number) => readonly number[]): Image =>
  Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => of(y, x)));

/** What the linear network makes of an image, in plain loops. */
function answer(layers: readonly PlacedLayer[], parameters: ReadonlyMap<string, ArrayValue>, given: Image): Image {
  return layers.reduce((image: Image, placed): Image => {
    const { layer, name, input, output } = placed;
    const range = Array.from({ length: output[2] ?? 0 }, (_, channel) => channel);
    switch (layer.type) {
      case "conv": {
        const weights = parameters.get(`${name}.weight`)!.data;
        const [top, , left] = paddingOf(layer, input);
        return imageOf(output[0]!, output[1]!, (y, x) =>
          range.map((kernel) => {
            let sum = 0;
            for (let v = 0; v < layer.size[0]; v++)
              for (let u = 0; u < layer.size[1]; u++)
                for (let channel = 0; channel < input[2]!; channel++) {
                  const pixel = image[y * layer.stride[0] - top + v]?.[x * layer.stride[1] - left + u]?.[channel] ?? 0;
                  sum += pixel * weights[((v * layer.size[1] + u) * input[2]! + channel) * layer.kernels + kernel]!;
                }
            return sum;
          }),
        );
      }
      case "max_pool":
        return imageOf(output[0]!, output[1]!, (y, x) =>
          range.map((channel) => {
            let sum = 0;
            for (let v = 0; v < layer.size[0]; v++)
              for (let u = 0; u < layer.size[1]; u++)
                sum += image[y * layer.stride[0] + v]![x * layer.stride[1] + u]![channel]!;
            return sum / (layer.size[0] * layer.size[1]);
          }),
        );
      case "batch_norm": {
        const norm = factors(parameters, name);
        return image.map((row) => row.map((pixel) => pixel.map((value, channel) => value * norm[channel]!)));
      }
      case "residual": {
        const [own, around] = pathsOf(placed).map((path) => answer(path, parameters, image)) as [Image, Image];
        return own.map((row, y) => row.map((pixel, x) => pixel.map((value, at) => value + around[y]![x]![at]!)));
      }
      default:
        return image;
    }
  }, given);
}

test("of images it is what the network without its activations answers to each pixel alone, pools being means", async () => {
  const shape = [9, 8, 2] as const;
  const { layers, parameters } = network(
    [
      conv(3, { padding: "same" }),
      { type: "max_pool", size: [2, 2], stride: [1, 2] },
      {
        type: "residual",
        layers: [conv(4, { padding: "same", stride: [2, 2] }), { type: "batch_norm" }],
        activation: "relu",
      },
      conv(2, { size: [2, 2] }),
      { type: "dropout", rate: 0.5 },
    ],
    shape,
  );
  const through = layersTo(layers, "conv_2");
  const units = [
    [0, 0, 0],
    [1, 0, 1],
    [2, 0, 1],
  ];
  const wanted: number[] = [];
  for (const [row, column, channel] of units as [number, number, number][])
    for (let pixel = 0; pixel < shape[0] * shape[1]; pixel++)
      for (let input = 0; input < shape[2]; input++) {
        const image = imageOf(shape[0], shape[1], (y, x) =>
          [0, 1].map((at) => (y * shape[1] + x === pixel && at === input ? 1 : 0)),
        );
        wanted.push(answer(through, parameters, image)[row]![column]![channel]!);
      }
  await computes(async (compute) => {
    expect(difference(await backProjected(compute, { parameters }, through, units, never), wanted)).toBeLessThan(1e-6);
  });
});

test("behind a normalisation by layer there is no linear network, within a block neither", () => {
  const { layers } = network(
    [dense(4), { type: "residual", layers: [dense(4), { type: "layer_norm" }], activation: "linear" }, dense(2)],
    [3],
  );
  expect(notLinear(layersTo(layers, "dense_1"))).toBeUndefined();
  expect(notLinear(layersTo(layers, "residual_1.dense_1"))).toBeUndefined();
  expect(notLinear(layersTo(layers, "residual_1"))?.name).toBe("residual_1.layer_norm_1");
  expect(notLinear(layersTo(layers, "dense_2"))?.name).toBe("residual_1.layer_norm_1");
});
