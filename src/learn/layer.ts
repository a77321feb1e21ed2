/**
 * Layers: what each makes of a shape, and which parameters it holds.
 *
 * Definitions and defaults follow PyTorch; arrays are batch, height, width, channels. Shapes leave out the batch axis.
 */
import { sizeOfShape } from "../util/shape.js";
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
  | { readonly type: "flatten" }
  | {
      readonly type: "dense";
      readonly units: number;
      readonly activation: Activation;
      readonly initializer: Initializer;
    }
  | { readonly type: "dropout"; readonly rate: number }
  | { readonly type: "batch_norm" }
  | { readonly type: "activation"; readonly activation: Activation };

export interface Parameter {
  /** Type and number of the layer among its type, then the part: `conv_1.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Running statistics are carried, not trained. */
  readonly trained: boolean;
  /** Of a convolution or a dense layer: what penalties and decay are about. Not a bias, and nothing of a normalisation. */
  readonly isWeight: boolean;
  readonly fanIn: number;
  readonly fanOut: number;
  readonly start: Initializer | "pytorch_bias" | "zeros" | "ones";
}
/** A layer with what its place in the network decides. */
export interface PlacedLayer {
  readonly layer: Layer;
  readonly name: string;
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** Of a block: those of all layers within, in their order. */
  readonly parameters: readonly Parameter[];
  /** The layers that a block is made of, in order of computation; absent where the layer is no block. */
  readonly within?: readonly PlacedLayer[];
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

/** Places layers one after the other on an input shape; stops at the first that does not fit. */
export function placeLayers(layers: readonly Layer[], input: readonly number[]): Placed {
  const placed: PlacedLayer[] = [];
  const count: Record<string, number> = {};
  let shape = input;
  for (const layer of layers) {
    const number = (count[layer.type] ?? 0) + 1;
    count[layer.type] = number;
    const name = `${layer.type}_${number}`;
    const output = outputOf(layer, shape);
    if ("title" in output) return { ok: false, misfit: { layer, ...output } };
    placed.push({ layer, name, input: shape, output: output.shape, parameters: parametersOf(layer, name, shape) });
    shape = output.shape;
  }
  return { ok: true, layers: placed, output: shape };
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

type Fitted = { readonly shape: readonly number[] } | Omit<Misfit, "layer">;
const show = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

function outputOf(layer: Layer, input: readonly number[]): Fitted {
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

function parametersOf(layer: Layer, name: string, input: readonly number[]): readonly Parameter[] {
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
  if (layer.type === "batch_norm") {
    const one = (part: string, trained: boolean, start: "ones" | "zeros"): Parameter => ({
      name: `${name}.${part}`,
      shape: [channels],
      trained,
      isWeight: false,
      fanIn: channels,
      fanOut: channels,
      start,
    });
    return [
      one("weight", true, "ones"),
      one("bias", true, "zeros"),
      one("running_mean", false, "zeros"),
      one("running_variance", false, "ones"),
    ];
  }
  return [];
}
