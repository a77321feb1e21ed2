/** What a unit sees: the report's networks by hand, and networks at random against which pixels change which outputs. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type PixelWindow,
  type ReceptiveField,
  receptiveFields,
  seenFrom,
  windowAt,
} from "../../src/inspect/receptive-field.js";
import { type Layer, leaves, type PlacedLayer, placeLayers } from "../../src/learn/layer.js";
import { forward } from "../../src/learn/model.js";
import { type Stream, stream } from "../../src/learn/random.js";
import { registerCpuKernels } from "../../src/util/tfjs.js";

beforeAll(async () => {
  // Without TF.js's advice about its cpu backend, which is the oracle here.
  tf.enableProdMode();
  registerCpuKernels();
  await tf.setBackend("cpu");
});

type Conv = Extract<Layer, { type: "conv" }>;
const conv = (kernels: number, size: number | [number, number], more: Partial<Conv> = {}): Layer => ({
  type: "conv",
  kernels,
  size: typeof size === "number" ? [size, size] : size,
  stride: [1, 1],
  padding: 0,
  activation: "linear",
  initializer: "pytorch",
  ...more,
});
const dense = (units: number): Layer => ({ type: "dense", units, activation: "linear", initializer: "pytorch" });
const pool = (size: number): Layer => ({ type: "max_pool", size: [size, size], stride: [size, size] });
const flatten: Layer = { type: "flatten" };
const norm: Layer = { type: "batch_norm" };
const leaky: Layer = { type: "activation", activation: "leaky_relu" };
const residual = (...layers: readonly Layer[]): Layer => ({ type: "residual", layers, activation: "linear" });

function place(layers: readonly Layer[], shape: readonly number[]): readonly PlacedLayer[] {
  const placed = placeLayers(layers, shape);
  if (!placed.ok) throw new Error(placed.misfit.message);
  return placed.layers;
}
const fieldsOf = (layers: readonly Layer[], shape: readonly number[]): ReadonlyMap<string, ReceptiveField> =>
  receptiveFields(place(layers, shape), shape)!;

/** Name, places, size, stride and start, of square networks: `conv_1 24 5 1 0`. */
const square = (fields: ReadonlyMap<string, ReceptiveField>): readonly string[] =>
  [...fields].map(([name, { places, size, stride, start }]) => {
    for (const [height, width] of [places, size, stride, start]) expect(height, name).toBe(width);
    return [name, places[0], size[0], stride[0] ?? "–", start[0]].join(" ");
  });

describe("the report's networks, by hand", () => {
  test("the first sees pixels, then everything", () => {
    const fields = fieldsOf([flatten, dense(4096), norm, leaky, dense(1024), norm, leaky, dense(10)], [28, 28, 1]);
    // name, places along a side, size, stride, start
    expect(square(fields)).toEqual([
      "flatten_1 28 1 1 0",
      "dense_1 1 28 – 0",
      "batch_norm_1 1 28 – 0",
      "activation_1 1 28 – 0",
      "dense_2 1 28 – 0",
      "batch_norm_2 1 28 – 0",
      "activation_2 1 28 – 0",
      "dense_3 1 28 – 0",
    ]);
  });

  test("the second looks two pixels beyond the image at its top and left", () => {
    const fields = fieldsOf(
      [
        conv(16, 7, { padding: 2 }),
        pool(2),
        conv(64, 3),
        conv(16, 3),
        pool(2),
        conv(64, 3),
        flatten,
        dense(512),
        norm,
        leaky,
        dense(128),
        dense(10),
      ],
      [28, 28, 1],
    );
    expect(square(fields)).toEqual([
      "conv_1 26 7 1 -2", // 28 + 2 · 2 − 7 + 1 places; 1 + 6 · 1 pixels; from 0 − 2 · 1
      "max_pool_1 13 8 2 -2", // 26 / 2; 7 + 1 · 1; 1 · 2
      "conv_2 11 12 2 -2", // 13 − 3 + 1; 8 + 2 · 2
      "conv_3 9 16 2 -2", // 11 − 3 + 1; 12 + 2 · 2
      "max_pool_2 4 18 4 -2", // ⌊9 / 2⌋; 16 + 1 · 2; 2 · 2
      "conv_4 2 26 4 -2", // 4 − 3 + 1; 18 + 2 · 4
      "flatten_1 2 26 4 -2",
      "dense_1 1 30 – -2", // the second place ends at −2 + 4 + 26 − 1 = 27
      "batch_norm_1 1 30 – -2",
      "activation_1 1 30 – -2",
      "dense_2 1 30 – -2",
      "dense_3 1 30 – -2",
    ]);
    // The last of 26 places ends at −2 + 25 + 6 = 29, two pixels behind 27. Of 9 places the pool leaves over the last.
    expect(fields.get("conv_1")!.beyond).toEqual([2, 2, 2, 2]);
    expect(fields.get("conv_3")!.beyond).toEqual([2, 2, 2, 2]); // −2 + 8 · 2 + 15 = 29
    expect(fields.get("max_pool_2")!.beyond).toEqual([2, 0, 2, 0]); // −2 + 3 · 4 + 17 = 27
    expect(fields.get("dense_3")!.beyond).toEqual([2, 0, 2, 0]);
  });

  test("the third sees 5, 14 with stride 2, and all of the image", () => {
    const fields = fieldsOf([conv(128, 5), pool(2), conv(128, 5), pool(2), flatten, dense(64), dense(10)], [28, 28, 1]);
    expect(square(fields)).toEqual([
      "conv_1 24 5 1 0", // 28 − 5 + 1 places; 1 + 4 · 1 pixels
      "max_pool_1 12 6 2 0", // 24 / 2; 5 + 1 · 1; 1 · 2
      "conv_2 8 14 2 0", // 12 − 5 + 1; 6 + 4 · 2
      "max_pool_2 4 16 4 0", // 8 / 2; 14 + 1 · 2; 2 · 2
      "flatten_1 4 16 4 0",
      "dense_1 1 28 – 0", // 3 · 4 + 16
      "dense_2 1 28 – 0",
    ]);
    for (const { beyond } of fields.values()) expect(beyond).toEqual([0, 0, 0, 0]);
  });
});

describe("arithmetic", () => {
  test("goes along each axis on its own; the odd zero of `same` is at the bottom and right", () => {
    const fields = fieldsOf(
      [conv(2, [3, 4], { stride: [2, 1], padding: "same" }), { type: "avg_pool", size: [1, 3], stride: [1, 2] }],
      [8, 9, 1],
    );
    // Height: ⌈8 / 2⌉ = 4 places want (4 − 1) · 2 + 3 = 9 rows: one zero, at the bottom. Width: 9 + 3 = 12 columns:
    // one zero at the left, two at the right.
    expect(fields.get("conv_1")).toMatchObject({
      places: [4, 9],
      size: [3, 4],
      stride: [2, 1],
      start: [0, -1],
      beyond: [0, 1, 1, 2],
    });
    expect(fields.get("avg_pool_1")).toMatchObject({ places: [4, 4], size: [3, 6], stride: [2, 2], start: [0, -1] });
    expect(windowAt(fields.get("avg_pool_1")!, [1, 3])).toEqual({ top: 2, left: 5, height: 3, width: 6 });
  });

  test("what looks at one place changes nothing; what reads a row sees what all of it sees", () => {
    const layerNorm: Layer = { type: "layer_norm" };
    const softmax: Layer = { type: "activation", activation: "softmax" };
    const fields = fieldsOf(
      [conv(3, 3), norm, layerNorm, softmax, { type: "dropout", rate: 0.5 }, flatten, norm, softmax, dense(2)],
      [6, 6, 1],
    );
    expect(square(fields)).toEqual([
      "conv_1 4 3 1 0",
      "batch_norm_1 4 3 1 0",
      "layer_norm_1 4 3 1 0",
      "activation_1 4 3 1 0",
      "dropout_1 4 3 1 0",
      "flatten_1 4 3 1 0",
      "batch_norm_2 4 3 1 0",
      "activation_2 1 6 – 0",
      "dense_1 1 6 – 0",
    ]);
    expect(square(fieldsOf([conv(3, 3), flatten, layerNorm], [6, 6, 1])).at(-1)).toBe("layer_norm_1 1 6 – 0");
    expect(square(fieldsOf([conv(3, 3), { type: "global_avg_pool" }], [7, 7, 1])).at(-1)).toBe(
      "global_avg_pool_1 1 7 – 0",
    );
  });

  test("paths of a block are united, and it is said where they do not agree", () => {
    const same = { padding: "same" } as const;
    const plain = fieldsOf([conv(2, 3), residual(conv(2, 3, same), conv(2, 3, same)), pool(2)], [12, 12, 1]);
    expect(square(plain)).toEqual([
      "conv_1 10 3 1 0",
      "residual_1.conv_1 10 5 1 -1",
      "residual_1.conv_2 10 7 1 -2",
      "residual_1 10 7 1 -2",
      "max_pool_1 5 8 2 -2",
    ]);
    expect(plain.get("residual_1")!.paths).toBeUndefined();
    // 12 → 6 by stride 2 and 3 × 3: one zero, at the bottom, so that the middle is at 1; of the projection at 0.
    const strided = fieldsOf([residual(conv(2, 3, { ...same, stride: [2, 2] })), norm], [12, 12, 1]);
    expect(square(strided)).toEqual([
      "residual_1.conv_1 6 3 2 0",
      "residual_1.projection 6 1 2 0",
      "residual_1 6 3 2 0",
      "batch_norm_1 6 3 2 0",
    ]);
    expect(strided.get("batch_norm_1")!.paths).toBe("off_centre");
    // 9 → 5 by a kernel of 5, step by step, and around it with every second pixel: 0 … 4, 1 … 5, 2 … 6, 3 … 7, 4 … 8
    // and 0, 2, 4, 6, 8.
    const uneven = fieldsOf([residual(conv(2, 5)), conv(1, 2)], [9, 9, 1]);
    expect(uneven.get("residual_1")).toMatchObject({
      size: [5, 5],
      stride: [null, null],
      start: [0, 0],
      paths: "uneven",
    });
    expect(uneven.get("conv_1")).toMatchObject({ size: [6, 6], stride: [null, null], start: [0, 0], paths: "uneven" });
    expect(windowAt(uneven.get("conv_1")!, [0, 3])).toEqual({ top: 0, left: 3, height: 6, width: 6 });
  });

  test("of examples that are no images there is none", () => {
    expect(receptiveFields(place([dense(3)], [4]), [4])).toBeNull();
  });
});

describe("which pixels change which outputs, of networks at random", () => {
  /** An image of zeros, and one for each pixel in which it alone is not 0. */
  function changes(layers: readonly PlacedLayer[], [height, width, channels]: readonly [number, number, number]) {
    const random = stream(1, [], "weights");
    const parameters = new Map(
      leaves(layers)
        .flatMap((layer) => layer.parameters)
        .map(({ name, shape }) => {
          const size = shape.reduce((product, length) => product * length, 1);
          const isWeight = name.endsWith("weight") || name.endsWith("variance");
          const values = Float32Array.from({ length: size }, () => (isWeight ? 0.5 + random.uniform() : 0));
          return [name, tf.tensor(values, [...shape])] as const;
        }),
    );
    const pixels = height * width;
    const images = new Float32Array((pixels + 1) * pixels * channels);
    for (let pixel = 0; pixel < pixels; pixel++)
      images.fill(1, ((pixel + 1) * pixels + pixel) * channels, ((pixel + 1) * pixels + pixel + 1) * channels);
    const given = new Map<string, { readonly outputs: ArrayLike<number>; readonly shape: readonly number[] }>();
    // One after the other, so that none changes its place with the next.
    tf.tidy(() => {
      layers.reduce(
        (input: tf.Tensor, layer) =>
          forward([layer], parameters, input, null, (name, output) =>
            given.set(name, { outputs: output.dataSync(), shape: output.shape.slice(1) }),
          ).output,
        tf.tensor4d(images, [pixels + 1, height, width, channels]),
      );
    });
    return given;
  }

  /** The least rectangle around the pixels that change any channel of the unit at a place. */
  function rectangle(
    { outputs }: { readonly outputs: ArrayLike<number> },
    units: number,
    at: readonly number[],
    [height, width]: readonly number[],
  ): PixelWindow | null {
    let [top, bottom, left, right] = [height!, -1, width!, -1];
    for (let pixel = 0; pixel < height! * width!; pixel++)
      if (at.some((unit) => outputs[(pixel + 1) * units + unit] !== outputs[unit])) {
        const [y, x] = [Math.floor(pixel / width!), pixel % width!];
        [top, bottom, left, right] = [Math.min(top, y), Math.max(bottom, y), Math.min(left, x), Math.max(right, x)];
      }
    return bottom < 0 ? null : { top, left, height: bottom - top + 1, width: right - left + 1 };
  }

  /** Kernels that are no smaller than their strides, and larger than their padding. */
  function randomLayers(random: Stream): readonly Layer[] {
    const window = (): { size: [number, number]; stride: [number, number] } => {
      const size: [number, number] = [1 + random.int(4), 1 + random.int(4)];
      return { size, stride: [1 + random.int(Math.min(2, size[0])), 1 + random.int(Math.min(2, size[1]))] };
    };
    const convolution = (): Layer => {
      const { size, stride } = window();
      const padding = [0, "same", random.int(Math.min(...size))] as const;
      return conv(1 + random.int(2), size, { stride, padding: padding[random.int(3)]! });
    };
    const drawn = (): Layer => {
      switch (random.int(6)) {
        case 0:
          return { type: "max_pool", ...window() };
        case 1:
          return { type: "avg_pool", ...window() };
        case 2:
          return norm;
        case 3:
          return residual(convolution(), norm, { ...convolution(), padding: "same" } as Conv);
        default:
          return convolution();
      }
    };
    const spatial = Array.from({ length: 2 + random.int(4) }, drawn);
    const ends: readonly (readonly Layer[])[] = [
      [],
      [flatten, norm],
      [flatten, dense(2)],
      [{ type: "global_avg_pool" }],
    ];
    return [...spatial, ...ends[random.int(ends.length)]!];
  }

  test("they are those of the arithmetic", () => {
    const random = stream(18, [], "networks");
    let [networks, units, inside, blocks] = [0, 0, 0, 0];
    while (networks < 20) {
      const image = [7 + random.int(6), 7 + random.int(6), 1 + random.int(2)] as const;
      const placed = placeLayers(randomLayers(random), image);
      if (!placed.ok) continue;
      networks++;
      const fields = receptiveFields(placed.layers, image)!;
      for (const [name, given] of changes(placed.layers, image)) {
        const field = fields.get(name)!;
        blocks += name.includes(".") ? 1 : 0;
        const [rows, columns] = field.places;
        const width = given.shape.reduce((product, length) => product * length, 1);
        for (let place = 0; place < rows * columns; place++) {
          const each = width / (rows * columns);
          const at = Array.from({ length: each }, (_, channel) => place * each + channel);
          const yx = [Math.floor(place / columns), place % columns] as const;
          const seen = rectangle(given, width, at, image);
          const words = `${name} at ${yx.join()} of ${JSON.stringify(placed.layers.map(({ layer }) => layer))}`;
          expect(seenFrom(placed.layers, name, yx), words).toEqual(seen);
          units++;
          const window = windowAt(field, yx);
          const reaches =
            window.top < 0 ||
            window.left < 0 ||
            window.top + window.height > image[0] ||
            window.left + window.width > image[1];
          if (reaches) continue;
          inside++;
          expect(window, words).toEqual(seen);
        }
      }
    }
    expect(units).toBeGreaterThan(3000);
    expect(inside).toBeGreaterThan(1000);
    expect(blocks).toBeGreaterThan(10);
  });
});
