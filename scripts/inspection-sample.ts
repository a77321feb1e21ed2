/**
 * A small network whose weights are made by formula, and an inspection of it: what figures of an inspection are drawn
 * from on the reference page.
 *
 * 16 × 16 grey pixels → 8 kernels of 5 × 5, relu → max pooling 2 → 24 units, relu → 3 classes. Kernels are waves under
 * a bell in eight directions, as kernels that learned edges look.
 */

import { KernelFilters } from "../src/inspect/kernel-filters.js";
import { weightsOfLayer } from "../src/inspect/layer-weights.js";
import { softmaxRows } from "../src/learn/logits.js";
import { stream } from "../src/learn/random.js";
import { blobOf, int32Of } from "../src/values/blob.js";
import type { Dataset } from "../src/values/dataset.js";
import { activationsOf } from "../src/values/inspected-activations.js";
import type { InspectedInput, Inspection, InspectionData } from "../src/values/inspection.js";
import { outputOf } from "../src/values/output.js";

const [side, size, kernelCount, hidden, classCount] = [16, 5, 8, 24, 3] as const;
const mapSide = side - size + 1;
const pooledSide = mapSide / 2;
const pooledSize = pooledSide * pooledSide * kernelCount;

/**
 * As TF.js keeps them: [height, width, input channels, kernels] and [inputs, units]; biases are 0. Those of the last
 * layer follow from the images (`readout`).
 */
export const sampleWeights: Readonly<Record<"conv_1" | "dense_1", Float32Array>> = {
  conv_1: Float32Array.from({ length: size * size * kernelCount }, (_, index) => {
    const [kernel, place] = [index % kernelCount, Math.floor(index / kernelCount)];
    const [x, y] = [(place % size) - 2, Math.floor(place / size) - 2];
    const angle = (Math.PI * kernel) / kernelCount;
    const along = x * Math.cos(angle) + y * Math.sin(angle);
    return 0.4 * Math.sin(along + (kernel % 3)) * Math.exp(-(x * x + y * y) / 5);
  }),
  dense_1: normals("dense_1", pooledSize * hidden, 1 / Math.sqrt(pooledSize)),
};

function normals(purpose: string, length: number, deviation: number): Float32Array {
  const noise = stream(7, [], purpose);
  return Float32Array.from({ length }, () => deviation * noise.normal());
}

const relu = (values: Float32Array): Float32Array => values.map((value) => Math.max(0, value));
const multiplied = (values: Float32Array, weights: Float32Array, units: number): Float32Array =>
  Float32Array.from({ length: units }, (_, unit) =>
    values.reduce((sum, value, at) => sum + value * weights[at * units + unit]!, 0),
  );

/** What each layer gives for an image of 256 values in 0 … 1. */
function passed(image: Float32Array) {
  const convolution = Float32Array.from({ length: mapSide * mapSide * kernelCount }, (_, index) => {
    const [kernel, place] = [index % kernelCount, Math.floor(index / kernelCount)];
    const [x, y] = [place % mapSide, Math.floor(place / mapSide)];
    let sum = 0;
    for (let v = 0; v < size; v++)
      for (let u = 0; u < size; u++)
        sum += image[(y + v) * side + x + u]! * sampleWeights.conv_1[(v * size + u) * kernelCount + kernel]!;
    return sum;
  });
  const activation = relu(convolution);
  const pooled = Float32Array.from({ length: pooledSize }, (_, index) => {
    const [kernel, place] = [index % kernelCount, Math.floor(index / kernelCount)];
    const [x, y] = [2 * (place % pooledSide), 2 * Math.floor(place / pooledSide)];
    const at = (v: number, u: number): number => activation[((y + v) * mapSide + x + u) * kernelCount + kernel]!;
    return Math.max(at(0, 0), at(0, 1), at(1, 0), at(1, 1));
  });
  return { convolution, activation, max_pool: pooled, units: relu(multiplied(pooled, sampleWeights.dense_1, hidden)) };
}

/** By how much more a unit answers to a class than to the others, all answers being of one length: [units, classes]. */
function readout(ofClass: readonly Float32Array[]): Float32Array {
  return Float32Array.from({ length: hidden * classCount }, (_, index) => {
    const [unit, own] = [Math.floor(index / classCount), index % classCount];
    const all = ofClass.map((units) => units[unit]! / Math.hypot(...units));
    return 4 * (all[own]! - all.reduce((sum, value) => sum + value, 0) / classCount);
  });
}

const mapParts = [
  { part: "convolution", layer: "conv_1", shape: [mapSide, mapSide, kernelCount] },
  { part: "activation", layer: "conv_1", shape: [mapSide, mapSide, kernelCount] },
  { part: "max_pool", layer: "max_pool_1", shape: [pooledSide, pooledSide, kernelCount] },
] as const;

const joined = (lists: readonly Float32Array[]): Float32Array => Float32Array.from(lists.flatMap((list) => [...list]));

/** As far from a flat colour as patches of the images are on average, in the direction of a kernel: what excites it most. */
function preferred(images: readonly Uint8Array[]) {
  const origin =
    images.reduce((sum, image) => sum + image.reduce((all, pixel) => all + pixel, 0), 0) / images.length / side ** 2;
  const corner = Math.floor((mapSide - 1) / 2);
  const places = Array.from(
    { length: size * size },
    (_, at) => (corner + Math.floor(at / size)) * side + corner + (at % size),
  );
  const distances = images.map((image) => Math.hypot(...places.map((place) => (image[place]! - origin) / 255)));
  const radius = distances.reduce((sum, distance) => sum + distance, 0) / images.length;
  const found = Array.from({ length: kernelCount }, (_, kernel) => {
    const weights = places.map((_, at) => sampleWeights.conv_1[at * kernelCount + kernel]!);
    const length = Math.hypot(...weights);
    const mean = weights.reduce((sum, weight) => sum + weight, 0);
    const to = (origin / 255) * mean + radius * length;
    return { to, picture: weights.map((weight) => origin + (255 * radius * weight) / length) };
  });
  return { origin, radius, corner, found };
}

/** Of images of 16 × 16 bytes: the first of each class. */
export function inspectionOf({ data, blobs }: Dataset): Inspection {
  const classes = data.classes!;
  const labels = int32Of(blobs.labels!);
  const rows = classes.map((_, label) => labels.indexOf(label));
  const pixels = rows.map((row) => blobs.features!.bytes().subarray(row * side * side, (row + 1) * side * side));
  const outputs = pixels.map((image) => passed(Float32Array.from(image, (pixel) => pixel / 255)));
  const weights = readout(outputs.map(({ units }) => units));
  const ofInputs = outputs.map(({ units }) => multiplied(units, weights, classCount));
  const inputs = rows.map((row, at): InspectedInput => {
    const probabilities = softmaxRows(ofInputs[at]!, classCount);
    const probability = Math.max(...probabilities);
    const predicted = classes[probabilities.indexOf(probability)]!;
    return { row: row + 1, label: classes[at]!, predicted, probability };
  });
  const all = Array.from({ length: kernelCount }, (_, kernel) => kernel);
  const kernels = Float32Array.from(
    all.flatMap((kernel) =>
      Array.from({ length: size * size }, (_, place) => sampleWeights.conv_1[place * kernelCount + kernel]!),
    ),
  );
  const filters = new KernelFilters().compare(sampleWeights.conv_1, [size, size, 1, kernelCount], all, "each");
  const { origin, radius, corner, found } = preferred(pixels);
  // The last one is drawn as a unit that nothing changes.
  const open = found.slice(0, -1);
  const joinedOf = (name: keyof ReturnType<typeof passed>): Float32Array => joined(outputs.map((each) => each[name]));
  const [units, logits] = [joinedOf("units"), joined(ofInputs)];
  const layersOf = [
    weightsOfLayer("conv_1", [size, size, 1, kernelCount], sampleWeights.conv_1),
    weightsOfLayer("dense_1", [pooledSize, hidden], sampleWeights.dense_1),
    weightsOfLayer("dense_2", [hidden, classCount], weights),
  ];
  const inspected: InspectionData = {
    classes,
    inputShape: data.shape,
    scale: data.scale,
    split: data.split,
    layers: [
      { name: "conv_1", type: "conv", shape: [mapSide, mapSide, kernelCount] },
      { name: "max_pool_1", type: "max_pool", shape: [pooledSide, pooledSide, kernelCount] },
      { name: "flatten_1", type: "flatten", shape: [pooledSize] },
      { name: "dense_1", type: "dense", shape: [hidden] },
      { name: "dense_2", type: "dense", shape: [classCount] },
    ],
    inputs,
    aspects: {
      weights: { layers: layersOf.map(({ told }) => told) },
      activations: {
        layers: [activationsOf("dense_1", [hidden], units), activationsOf("dense_2", [classCount], logits)],
      },
      feature_maps: {
        layers: [
          {
            layer: "conv_1",
            parts: mapParts.map(({ part, layer, shape }) => ({ part, ...activationsOf(layer, shape, joinedOf(part)) })),
          },
        ],
      },
      kernels: {
        layers: [
          { layer: "conv_1", of: 1, units: all.map((unit) => unit + 1), height: size, width: size, channels: 1 },
        ],
      },
      filters: { layers: [{ layer: "conv_1", ...filters.data }] },
      preferred_inputs: {
        ...{ steps: 32, step: 0.3, norm: 1, blur: 0.5, starts: 4, origin: [origin], range: [[0, 255]] },
        layers: [
          {
            layer: "conv_1",
            shape: [size, size, 1],
            seen: { row: corner + 1, column: corner + 1, height: size, width: size },
            place: [corner + 1, corner + 1],
            radius,
            climbsSum: true,
            units: found.map(({ to }, unit) => ({
              unit: unit + 1,
              ...(unit < open.length
                ? { picture: unit, from: 0, to, kept: 20, start: { noise: 1 }, ends: [to] }
                : { picture: null, from: 0, to: 0, kept: 0, start: null, ends: [null] }),
            })),
          },
        ],
      },
    },
  };
  const output = {
    type: "inspection" as const,
    data: inspected,
    blobs: {
      inputs: blobOf("uint8", [rows.length, ...data.shape], Uint8Array.from(pixels.flatMap((image) => [...image]))),
      ...Object.fromEntries(layersOf.map(({ told, counts }) => [`weights.${told.layer}`, counts])),
      "filters.conv_1.kernels": blobOf("float32", [filters.data.best.length, size, size, 1], filters.kernels),
      "preferred_inputs.conv_1": blobOf(
        "float32",
        [open.length, size, size, 1],
        Float32Array.from(open.flatMap(({ picture }) => picture)),
      ),
      "kernels.conv_1": blobOf("float32", [kernelCount, size, size, 1], kernels),
      "activations.dense_1": blobOf("float32", [rows.length, hidden], units),
      "activations.dense_2": blobOf("float32", [rows.length, classCount], logits),
      ...Object.fromEntries(
        mapParts.map(({ part, shape }) => [
          `feature_maps.conv_1.${part}`,
          blobOf("float32", [rows.length, ...shape], joinedOf(part)),
        ]),
      ),
    },
  };
  return outputOf(output, "inspection");
}
