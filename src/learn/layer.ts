/**
 * Layers: what each makes of a shape, and which parameters it holds.
 *
 * Definitions and defaults follow PyTorch; arrays are batch, height, width, channels. Shapes leave out the batch axis.
 */
import { sameShape, sizeOfShape } from "../util/shape.js";
import type { Activation } from "./activation.js";
import type { Initializer } from "./choices.js";

export type Layer =
  | {
      readonly type: "conv";
      readonly kernels: number;
      readonly size: readonly [number, number];
      readonly stride: readonly [number, number];
      /** Zeros on every side, or `same`: output size = ⌈input size / stride⌉, the odd zero at the bottom and right. */
      readonly padding: number | "same";
      readonly activation: Activation;
      readonly initializer: Initializer;
    }
  | {
      readonly type: "max_pool" | "avg_pool";
      readonly size: readonly [number, number];
      readonly stride: readonly [number, number];
    }
  | { readonly type: "global_avg_pool" | "flatten" }
  | {
      readonly type: "dense";
      readonly units: number;
      readonly activation: Activation;
      readonly initializer: Initializer;
    }
  | { readonly type: "dropout"; readonly rate: number }
  | { readonly type: "batch_norm" | "layer_norm" }
  | { readonly type: "activation"; readonly activation: Activation }
  | {
      /** activation(F(x) + P(x)), where F are the layers, and P is nothing or a projection (`projectionOf`). */
      readonly type: "residual";
      readonly layers: readonly Layer[];
      readonly activation: Activation;
    };

export interface Parameter {
  /** Of the layer, then the part: `conv_1.weight`, `residual_1.conv_1.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Running statistics are carried, not trained. */
  readonly trained: boolean;
  /** Of a convolution or a dense layer, and no bias: what penalties and decay are about. */
  readonly isWeight: boolean;
  readonly fanIn: number;
  readonly fanOut: number;
  readonly start: Initializer | "pytorch_bias" | "zeros" | "ones";
}
/** A layer with what its place in the network decides. */
export interface PlacedLayer {
  readonly layer: Layer;
  /** Type and number among its type, in a block behind the block's: `conv_1`, `residual_1.conv_1`. */
  readonly name: string;
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** Of a block: those of all layers within, in their order. */
  readonly parameters: readonly Parameter[];
  /** The layers that a block is made of, its own, then its projection; absent where the layer is no block. */
  readonly within?: readonly PlacedLayer[];
  /** Of a projection, which no file writes: the block that it belongs to. */
  readonly block?: Layer;
}
interface Misfit {
  /** Of the layers that were to be placed. */
  readonly layer: Layer;
  readonly title: string;
  readonly message: string;
  /** Option at fault, inside the layer. */
  readonly option?: string;
}
type Placed =
  | { readonly ok: true; readonly layers: readonly PlacedLayer[]; readonly output: readonly number[] }
  | { readonly ok: false; readonly misfit: Misfit };

/**
 * Places layers one after the other on an input shape; stops at the first that does not fit.
 *
 * @param prefix  of their names
 */
export function placeLayers(layers: readonly Layer[], input: readonly number[], prefix = ""): Placed {
  const placed: PlacedLayer[] = [];
  const count: Record<string, number> = {};
  let shape = input;
  for (const layer of layers) {
    const number = (count[layer.type] ?? 0) + 1;
    count[layer.type] = number;
    const name = `${prefix}${layer.type}_${number}`;
    const next = layer.type === "residual" ? blockOf(layer, name, shape) : placedLayer(layer, name, shape);
    if ("misfit" in next) return { ok: false, misfit: next.misfit };
    placed.push(next);
    shape = next.output;
  }
  return { ok: true, layers: placed, output: shape };
}
type Next = PlacedLayer | { readonly misfit: Misfit };

function placedLayer(layer: Single, name: string, input: readonly number[]): Next {
  const output = outputOf(layer, input);
  if ("title" in output) return { misfit: { layer, ...output } };
  return { layer, name, input, output: output.shape, parameters: parametersOf(layer, name, input) };
}

function blockOf(layer: Block, name: string, input: readonly number[]): Next {
  const inner = placeLayers(layer.layers, input, `${name}.`);
  if (!inner.ok) return { misfit: inner.misfit };
  const projection = projectionOf(layer, name, input, inner);
  if ("misfit" in projection) return projection;
  const within = [...inner.layers, ...projection.layers];
  const parameters = within.flatMap((each) => each.parameters);
  return { layer, name, input, output: inner.output, parameters, within };
}

/** The layers that compute: in the place of each block those within, in order of computation. */
export const leaves = (layers: readonly PlacedLayer[]): readonly PlacedLayer[] =>
  layers.flatMap((layer) => (layer.within ? leaves(layer.within) : [layer]));

/** Multiplications, each with an addition, for one example: of weights alone, each at every place of its output. */
export function multiplyAdds({ within, layer, parameters, output }: PlacedLayer): number {
  if (within) return within.reduce((sum, each) => sum + multiplyAdds(each), 0);
  const places = layer.type === "conv" ? output[0]! * output[1]! : 1;
  return parameters.reduce((sum, { isWeight, shape }) => sum + (isWeight ? sizeOfShape(shape) * places : 0), 0);
}

/**
 * What stands beside the layers of a block so that both have one shape: nothing where they leave the shape as it is,
 * else a 1 × 1 convolution with the least stride that makes their height and width, normalised where the block
 * normalises by the batch anywhere. It begins as the block's first convolution does.
 *
 * Source: He, Zhang, Ren & Sun (2016), option B.
 */
function projectionOf(
  layer: Block,
  name: string,
  input: readonly number[],
  { layers, output }: { readonly layers: readonly PlacedLayer[]; readonly output: readonly number[] },
): { readonly layers: readonly PlacedLayer[] } | { readonly misfit: Misfit } {
  if (sameShape(input, output)) return { layers: [] };
  const [high, wide] = [strideTo(input[0]!, output[0]!), strideTo(input[1]!, output[1]!)];
  if (input.length !== 3 || output.length !== 3 || high === undefined || wide === undefined)
    return { misfit: misfitOfBlock(layer, input, layers, output) };
  const inner = leaves(layers);
  const first = inner.find((each) => each.layer.type === "conv")?.layer;
  const conv: Single = {
    type: "conv",
    kernels: output[2]!,
    size: [1, 1],
    stride: [high, wide],
    padding: 0,
    activation: "linear",
    initializer: first?.type === "conv" ? first.initializer : "pytorch",
  };
  const isNormed = inner.some((each) => each.layer.type === "batch_norm");
  const placed = [placedLayer(conv, `${name}.projection`, input)];
  if (isNormed) placed.push(placedLayer({ type: "batch_norm" }, `${name}.projection_norm`, output));
  const found: PlacedLayer[] = [];
  for (const each of placed) {
    if ("misfit" in each) return each;
    found.push({ ...each, block: layer });
  }
  return { layers: found };
}

/** The least whole stride with which a kernel of one pixel has so many places; undefined where there is none. */
function strideTo(input: number, output: number): number | undefined {
  const stride = Math.ceil(input / output);
  return Math.ceil(input / stride) === output ? stride : undefined;
}

function misfitOfBlock(
  block: Block,
  input: readonly number[],
  layers: readonly PlacedLayer[],
  output: readonly number[],
): Misfit {
  const title = "a residual block with no way around it";
  const adds = `\`residual\` adds its input, ${show(input)}, to what its layers make of it, ${show(output)}`;
  const flat = layers.find((each) => each.input.length !== each.output.length);
  if (flat)
    return {
      layer: flat.layer,
      title,
      message: `${adds}: images and rows of numbers cannot be added. Put \`${flat.layer.type}\` behind the block.`,
    };
  const dense = layers.findLast((each) => each.layer.type === "dense");
  if (dense)
    return {
      layer: dense.layer,
      title,
      message: `${adds}. Rows of numbers are added as they are: set \`units: ${input[0]}\` here.`,
      option: "units",
    };
  const [before, after] = [input, output].map(([height, width]) => `${height} × ${width}`);
  return {
    layer: block,
    title,
    message:
      `${adds}. A 1 × 1 convolution with a whole stride does not get from ${before} to ${after}. ` +
      "Give the convolutions of the block `padding: same`, with a `stride` where it should make images smaller, and " +
      "put pools before or behind it.",
  };
}

/** The two paths of a block, which are added up: its own layers, and its projection, which may be none. */
export function pathsOf({ layer, within }: PlacedLayer): readonly [readonly PlacedLayer[], readonly PlacedLayer[]] {
  if (layer.type !== "residual" || !within) throw new Error("hw1 bug: not a block");
  return [within.slice(0, layer.layers.length), within.slice(layer.layers.length)];
}

type Block = Extract<Layer, { readonly type: "residual" }>;
type Single = Exclude<Layer, Block>;
type Fitted = { readonly shape: readonly number[] } | Omit<Misfit, "layer">;
const show = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

function outputOf(layer: Single, input: readonly number[]): Fitted {
  switch (layer.type) {
    case "conv": {
      if (input.length !== 3) return notImages("conv", input);
      const [height, width] = input as [number, number, number];
      const padding = paddingOf(layer, input);
      const [high, wide] = [height + padding[0] + padding[1], width + padding[2] + padding[3]];
      if (layer.size[0] > high || layer.size[1] > wide)
        return {
          title: "conv larger than its input",
          message:
            `A kernel of ${layer.size.join(" × ")} does not fit into ${height} × ` +
            `${width}${high > height ? `, padded to ${high} × ${wide}` : ""}. ` +
            "Use a smaller `size`, `padding: same`, or fewer pools and strides before it.",
          option: "size",
        };
      return {
        shape: [
          Math.floor((high - layer.size[0]) / layer.stride[0]) + 1,
          Math.floor((wide - layer.size[1]) / layer.stride[1]) + 1,
          layer.kernels,
        ],
      };
    }
    case "max_pool":
    case "avg_pool": {
      if (input.length !== 3) return notImages(layer.type, input);
      const [height, width, channels] = input as [number, number, number];
      if (layer.size[0] > height || layer.size[1] > width)
        return {
          title: `${layer.type} larger than its input`,
          message:
            `A window of ${layer.size.join(" × ")} does not fit into ${height} × ${width}. ` +
            "Use fewer pools, or a smaller one.",
        };
      return {
        shape: [
          Math.floor((height - layer.size[0]) / layer.stride[0]) + 1,
          Math.floor((width - layer.size[1]) / layer.stride[1]) + 1,
          channels,
        ],
      };
    }
    case "global_avg_pool":
      return input.length === 3 ? { shape: [input[2]!] } : notImages(layer.type, input);
    case "flatten":
      return { shape: [sizeOfShape(input)] };
    case "dense":
      if (input.length !== 1)
        return {
          title: "dense needs a flat input",
          message:
            `\`dense\` takes one row of numbers per example, but ${show(input)} arrives here. ` +
            "Put `- flatten` before it.",
        };
      return { shape: [layer.units] };
    case "dropout":
    case "batch_norm":
      return { shape: input };
    case "activation":
      return { shape: input };
    case "layer_norm":
      if (input[input.length - 1] === 1)
        return {
          title: "layer_norm needs more than one number",
          message:
            `\`layer_norm\` takes mean and variance over the last axis of ${show(input)}, which is one number: its ` +
            "own mean, so that nothing is left. Put it behind a layer with more kernels or units, or leave it out.",
        };
      return { shape: input };
  }
}
const notImages = (layer: string, input: readonly number[]): Fitted => ({
  title: `${layer} needs images`,
  message:
    `\`${layer}\` takes height × width × channels, but ${show(input)} arrives here.` +
    (input.length === 1 ? " Put it before `flatten`, or use `dense` layers for rows of numbers." : ""),
});

/** Zeros added on top, bottom, left, right. */
export function paddingOf(
  layer: Extract<Layer, { type: "conv" }>,
  input: readonly number[],
): readonly [number, number, number, number] {
  const { padding } = layer;
  if (padding !== "same") return [padding, padding, padding, padding];
  const along = (axis: 0 | 1): readonly [number, number] => {
    const total = Math.max(
      0,
      (Math.ceil(input[axis]! / layer.stride[axis]) - 1) * layer.stride[axis] + layer.size[axis] - input[axis]!,
    );
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  };
  return [...along(0), ...along(1)];
}

function parametersOf(layer: Single, name: string, input: readonly number[]): readonly Parameter[] {
  const channels = input[input.length - 1]!;
  if (layer.type === "conv" || layer.type === "dense") {
    const [shape, fanIn, fanOut]: [number[], number, number] =
      layer.type === "conv"
        ? [
            [...layer.size, channels, layer.kernels],
            layer.size[0] * layer.size[1] * channels,
            layer.size[0] * layer.size[1] * layer.kernels,
          ]
        : [[channels, layer.units], channels, layer.units];
    const bias = layer.initializer === "pytorch" ? "pytorch_bias" : "zeros";
    return [
      { name: `${name}.weight`, shape, trained: true, isWeight: true, fanIn, fanOut, start: layer.initializer },
      {
        name: `${name}.bias`,
        shape: [shape[shape.length - 1]!],
        trained: true,
        isWeight: false,
        fanIn,
        fanOut,
        start: bias,
      },
    ];
  }
  if (layer.type === "batch_norm" || layer.type === "layer_norm") {
    const one = (part: string, trained: boolean, start: "ones" | "zeros"): Parameter => ({
      name: `${name}.${part}`,
      shape: [channels],
      trained,
      isWeight: false,
      fanIn: channels,
      fanOut: channels,
      start,
    });
    const learned = [one("weight", true, "ones"), one("bias", true, "zeros")];
    if (layer.type === "layer_norm") return learned;
    return [...learned, one("running_mean", false, "zeros"), one("running_variance", false, "ones")];
  }
  return [];
}
