/** The options `layers` of a training: YAML's spelling, and what it means to `learn`. */

import * as z from "zod";
import type { OptionPath } from "../diagnostic/diagnostic.js";
import {
  type Activation,
  type ActivationName,
  activationNames,
  activationOptions,
  spelled,
} from "../learn/activation.js";
import { initializers } from "../learn/choices.js";
import { type Layer, leaves, type PlacedLayer } from "../learn/layer.js";
import { limits, most, overLimit } from "../pipeline/limits.js";
import { grouped } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { type Regularizer, regularized } from "./regularizer.js";

const withOptions = Object.keys(activationOptions) as readonly ActivationName[];
const example = "`{leaky_relu: {slope: 0.2}}`";
const oneActivation = z.union(
  [
    z.enum(activationNames),
    z
      .strictObject(Object.fromEntries(withOptions.map((name) => [name, activationOptions[name]!.optional()])))
      .refine((value) => Object.keys(value).length === 1, { error: `one activation, such as ${example}` }),
  ],
  { error: `the name of an activation, or one with options, such as ${example}` },
);
/**
 * Canonical form: a name where every option is the default, so that both spellings are the same step. Which options go
 * with which name, their row has checked.
 */
const canonically = (value: z.infer<typeof oneActivation>): Activation => spelled(value as Activation);
const activationWords = `${activationNames.join(", ")}; ${withOptions.join(" and ")} with options, as in ${example}`;
const activation = oneActivation
  .default("linear")
  .transform(canonically)
  .describe(`Applied to the output: ${activationWords}. Default: linear (none).`);
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

const nothing = z.strictObject({});
const byName = z.enum(["flatten", "batch_norm", "layer_norm", "global_avg_pool"]);
const single = {
  conv: conv.optional().describe("Convolution over images, with a bias per kernel."),
  max_pool: pool.optional().describe("Largest value of each window, per channel."),
  avg_pool: pool.optional().describe("Mean of each window, per channel."),
  global_avg_pool: nothing.optional().describe("Mean of each channel: height × width × channels becomes channels."),
  flatten: nothing.optional().describe("Turns height × width × channels into one row of numbers."),
  dense: dense.optional().describe("Every output is a weighted sum of all inputs, plus a bias."),
  dropout: rate
    .optional()
    .describe(
      "In training, sets this share of the inputs to 0 and scales the others by 1 / (1 − share). From 0 to below 1.",
    ),
  batch_norm: nothing.optional().describe("Batch normalisation per channel (momentum 0.1, epsilon 1e-5)."),
  layer_norm: nothing
    .optional()
    .describe(
      "Layer normalisation over the last axis (epsilon 1e-5): of rows over all units, as PyTorch's " +
        "`LayerNorm(units)`; of images over the channels of each place, as Keras does.",
    ),
  activation: oneActivation.transform(canonically).optional().describe(`One of ${activationWords}.`),
  repeat: repeat.optional(),
};
/** A layer as a file spells it, once checked. */
type LayerOption =
  | z.infer<typeof byName>
  | (z.infer<z.ZodObject<typeof single>> & { readonly residual?: ResidualOption | undefined });
interface ResidualOption {
  readonly layers: readonly LayerOption[];
  readonly activation: Activation;
}

const byOptions = z
  .strictObject({
    ...single,
    residual: z
      .strictObject({
        layers: z
          .lazy((): z.ZodType<readonly LayerOption[]> => layerList)
          .describe("F: layers like those of a network."),
        activation: oneActivation
          .default("relu")
          .transform(canonically)
          .describe(`Applied to the sum: ${activationWords}. Default: relu (He et al., 2016).`),
      })
      .optional()
      .describe(
        "A residual block: activation(F(x) + x), as in `residual: {layers: [{conv: {kernels: 32, size: 3, padding: " +
          "same}}, batch_norm, {activation: relu}, {conv: {kernels: 32, size: 3, padding: same}}, batch_norm]}`. " +
          "Where its layers F make another shape of images, P(x) takes the place of x: a 1 × 1 convolution, with a " +
          "bias, with the stride that makes their height and width, followed by a batch normalisation where the " +
          "block has one. Parameters are called `residual_1.conv_1.weight`, `residual_1.projection.weight`.",
      ),
  })
  .refine((layer) => Object.keys(layer).length === 1, { error: "one layer, such as `dense: {units: 10}`" });

const names = byName.options.map((name) => `\`${name}\``).join(", ");
const layerList: z.ZodType<readonly LayerOption[]> = z
  .array(
    z
      .union([byName, byOptions], { error: `a layer: ${names}, or a map such as \`dense: {units: 10}\`` })
      .meta({ id: "layer" }),
  )
  .min(1);

export const layersOption = layerList
  .refine((list) => layerCount(list) <= limits.layers.most, { error: most("layers")[1].error })
  .describe(
    "The network, first layer first: conv, max_pool, avg_pool, global_avg_pool, flatten, dense, dropout, batch_norm, " +
      "layer_norm, activation, residual.",
  );

/** Those of blocks counted too. */
const layerCount = (list: readonly LayerOption[]): number =>
  list.reduce(
    (sum, option) => sum + 1 + layerCount(typeof option === "string" ? [] : (option.residual?.layers ?? [])),
    0,
  );

const pair = (value: number | readonly [number, number]): readonly [number, number] =>
  typeof value === "number" ? [value, value] : value;

/** What decides the network of a training. */
interface NetworkOptions {
  readonly layers: readonly LayerOption[];
  readonly regularizer?: Regularizer;
}
/** The layers that options ask for, and where a file writes each. */
export interface Network {
  readonly layers: readonly Layer[];
  /** Those of the option `layers` alone, without what a regularizer adds. */
  readonly written: readonly Layer[];
  placeOf(layer: Layer): OptionPath;
}

export function networkOf(options: NetworkOptions): Network {
  const places = new Map<Layer, OptionPath>();
  const layersAt = (list: readonly LayerOption[], at: OptionPath): readonly Layer[] =>
    list.map((option, index) => {
      const layer = layerOf(option, (inner) => layersAt(inner, [...at, index, "residual", "layers"]));
      places.set(layer, [...at, index]);
      return layer;
    });
  const written = layersAt(options.layers, ["layers"]);
  const layers = regularized(written, options.regularizer, lastWeighted(written), (fresh, given) =>
    places.set(fresh, given ? places.get(given)! : ["regularizer"]),
  );
  return { layers, written, placeOf: (layer) => places.get(layer) ?? ["layers"] };
}
export const layersOf = (options: NetworkOptions): readonly Layer[] => networkOf(options).layers;

/** @param within  makes the layers of a block */
function layerOf(option: LayerOption, within: (layers: readonly LayerOption[]) => readonly Layer[]): Layer {
  if (typeof option === "string") return { type: option };
  if (option.repeat) throw new Error("hw1 bug: a repeat was not written out");
  if (option.residual) return { type: "residual", ...option.residual, layers: within(option.residual.layers) };
  if (option.conv)
    return { type: "conv", ...option.conv, size: pair(option.conv.size), stride: pair(option.conv.stride) };
  if (option.dense) return { type: "dense", ...option.dense };
  if (option.dropout !== undefined) return { type: "dropout", rate: option.dropout };
  if (option.activation) return { type: "activation", activation: option.activation };
  for (const type of byName.options) if (option[type]) return { type };
  const type = option.max_pool === undefined ? "avg_pool" : "max_pool";
  const window = (option.max_pool ?? option.avg_pool)!;
  if (typeof window === "number") return { type, size: pair(window), stride: pair(window) };
  return { type, size: pair(window.size), stride: pair(window.stride ?? window.size) };
}

type Weighted = Extract<Layer, { readonly type: "conv" | "dense" }>;
/** The last convolution or dense layer, in a block or not. */
export const lastWeighted = (layers: readonly Layer[]): Weighted | undefined => layers.flatMap(weightedIn).at(-1);
const weightedIn = (layer: Layer): readonly Weighted[] => {
  if (layer.type === "residual") return layer.layers.flatMap(weightedIn);
  return layer.type === "conv" || layer.type === "dense" ? [layer] : [];
};

/** Which layer makes a network larger than is possible, and why. */
export function oversizeOf(
  layers: readonly PlacedLayer[],
): { readonly layer: Layer; readonly message: string } | undefined {
  let learned = 0;
  for (const { layer, block, output, parameters } of leaves(layers)) {
    learned += parameters.reduce((sum, { shape }) => sum + sizeOfShape(shape), 0);
    if (learned > limits.parameters.most)
      return {
        layer: block ?? layer,
        message: overLimit("parameters", `With this layer the network learns ${grouped(learned)} numbers.`),
      };
    if (sizeOfShape(output) > limits.activations.most)
      return {
        layer: block ?? layer,
        message: overLimit("activations", `This layer makes ${grouped(sizeOfShape(output))} numbers of one example.`),
      };
  }
  return undefined;
}
