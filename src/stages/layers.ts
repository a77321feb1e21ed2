/** The options `layers` of a training: YAML's spelling, and what it means to `learn`. */

import * as z from "zod";
import type { OptionPath } from "../diagnostic/diagnostic.js";
import { activationNames } from "../learn/activation.js";
import { initializers } from "../learn/choices.js";
import { type Layer, leaves, type PlacedLayer } from "../learn/layer.js";
import { limits, most, overLimit } from "../pipeline/limits.js";
import { grouped } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";

const activation = z
  .enum(activationNames)
  .default("linear")
  .describe(`Applied to the output: ${activationNames.join(", ")}. Default: linear (none).`);
const initializer = z
  .enum(initializers)
  .default("pytorch")
  .describe(`How weights begin: ${initializers.join(", ")}. Default: pytorch (uniform ± 1/√fan_in).`);
const size = z.union([z.number().int().min(1), z.tuple([z.number().int().min(1), z.number().int().min(1)])], {
  error: "a whole number from 1, or [height, width]",
});

const conv = z.strictObject({
  kernels: z
    .number()
    .int()
    .min(1)
    .refine(...most("units"))
    .describe("Number of kernels, which is the number of output channels."),
  size: size.describe("Height and width of a kernel: a number, or [height, width]."),
  stride: size.default(1).describe("Step between two places of a kernel. Default: 1."),
  padding: z
    .union([z.number().int().min(0), z.literal("same")], { error: "a whole number from 0, or `same`" })
    .default(0)
    .describe("Zeros on every side, or `same`: as many outputs as inputs at stride 1. Default: 0."),
  activation,
  initializer,
});
const dense = z.strictObject({
  units: z
    .number()
    .int()
    .min(1)
    .refine(...most("units"))
    .describe("Number of outputs."),
  activation,
  initializer,
});
const poolOptions = z.strictObject({
  size: size.describe("Height and width of the window."),
  stride: size.optional().describe("Step between two windows. Default: the window's size."),
});
const pool = z.union([z.number().int().min(1), poolOptions], { error: "a whole number from 1, or {size, stride}" });
const rate = z.number().min(0).lt(1);

/**
 * Written out before layers are checked (`pipeline/repeat.ts`); here so that editors and the reference page know it.
 */
const repeat = z
  .strictObject({
    times: z.number().int().min(0).optional().describe("How many times; 0 leaves the layers out."),
    over: z
      .array(z.unknown())
      .optional()
      .describe("Instead of `times`: once per item of this list, which the layers read as ${item} (or ${item.name})."),
    layers: z.array(z.unknown()).min(1).describe("The layers to repeat."),
  })
  .describe("Layers several times: `{times: 3, layers: […]}`, or `{over: […], layers: […]}`.");

const byName = z.enum(["flatten", "batch_norm"]);
const byOptions = z
  .strictObject({
    conv: conv.optional().describe("Convolution over images, with a bias per kernel."),
    max_pool: pool.optional().describe("Largest value of each window, per channel."),
    avg_pool: pool.optional().describe("Mean of each window, per channel."),
    dense: dense.optional().describe("Every output is a weighted sum of all inputs, plus a bias."),
    dropout: rate
      .optional()
      .describe(
        "In training, sets this share of the inputs to 0 and scales the others by 1 / (1 − share). From 0 to below 1.",
      ),
    activation: z
      .enum(activationNames)
      .optional()
      .describe(`One of ${activationNames.join(", ")}.`),
    batch_norm: z.strictObject({}).optional().describe("Batch normalisation per channel (momentum 0.1, epsilon 1e-5)."),
    repeat: repeat.optional(),
    flatten: z.strictObject({}).optional().describe("Turns height × width × channels into one row of numbers."),
  })
  .refine((layer) => Object.keys(layer).length === 1, { error: "one layer, such as `dense: {units: 10}`" });

export const layersOption = z
  .array(
    z.union([byName, byOptions], { error: "a layer: `flatten`, `batch_norm`, or a map such as `dense: {units: 10}`" }),
  )
  .min(1)
  .refine(...most("layers"))
  .describe(
    "The network, first layer first: conv, max_pool, avg_pool, flatten, dense, dropout, batch_norm, activation.",
  );
type LayerOption = z.infer<typeof layersOption>[number];

const pair = (value: number | readonly [number, number]): readonly [number, number] =>
  typeof value === "number" ? [value, value] : value;

/** What decides the network of a training. */
interface NetworkOptions {
  readonly layers: readonly LayerOption[];
}
/** The layers that options ask for, and where a file writes each. */
export interface Network {
  readonly layers: readonly Layer[];
  placeOf(layer: Layer): OptionPath;
}

export function networkOf(options: NetworkOptions): Network {
  const places = new Map<Layer, OptionPath>();
  const layers = options.layers.map((option, index) => {
    const layer = layerOf(option);
    places.set(layer, ["layers", index]);
    return layer;
  });
  return { layers, placeOf: (layer) => places.get(layer) ?? ["layers"] };
}
export const layersOf = (options: NetworkOptions): readonly Layer[] => networkOf(options).layers;

function layerOf(option: LayerOption): Layer {
  if (typeof option === "string") return { type: option };
  if (option.repeat) throw new Error("hw1 bug: a repeat was not written out");
  if (option.conv)
    return { type: "conv", ...option.conv, size: pair(option.conv.size), stride: pair(option.conv.stride) };
  if (option.dense) return { type: "dense", ...option.dense };
  if (option.dropout !== undefined) return { type: "dropout", rate: option.dropout };
  if (option.activation) return { type: "activation", activation: option.activation };
  if (option.batch_norm) return { type: "batch_norm" };
  if (option.flatten) return { type: "flatten" };
  const type = option.max_pool === undefined ? "avg_pool" : "max_pool";
  const window = (option.max_pool ?? option.avg_pool)!;
  if (typeof window === "number") return { type, size: pair(window), stride: pair(window) };
  return { type, size: pair(window.size), stride: pair(window.stride ?? window.size) };
}

/** Which layer makes a network larger than is possible, and why. */
export function oversizeOf(
  layers: readonly PlacedLayer[],
): { readonly layer: Layer; readonly message: string } | undefined {
  let learned = 0;
  for (const { layer, output, parameters } of leaves(layers)) {
    learned += parameters.reduce((sum, { shape }) => sum + sizeOfShape(shape), 0);
    if (learned > limits.parameters.most)
      return {
        layer,
        message: overLimit("parameters", `With this layer the network learns ${grouped(learned)} numbers.`),
      };
    if (sizeOfShape(output) > limits.activations.most)
      return {
        layer,
        message: overLimit("activations", `This layer makes ${grouped(sizeOfShape(output))} numbers of one example.`),
      };
  }
  return undefined;
}
