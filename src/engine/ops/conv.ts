/** Convolution and its gradients. They compute in NCHW. */
import { sameShape } from "../../util/shape.js";
import { tf } from "../../util/tfjs.js";
import type { Lowering } from "../lower.js";
import type { Attributes, Node } from "../node.js";
import { blockedConv, blockedFilterGradient, blockedInputGradient } from "./blocked-conv.js";
import type { Op } from "./op.js";
import { product } from "./reduce.js";
import { as4, float4, outputPadding, padded, pads, placeInWindows } from "./windows.js";
import { winogradConv, winogradFilterGradient, winogradInputGradient, winogradPlan } from "./winograd.js";

export function convInfo(
  input: readonly number[],
  filter: readonly number[],
  attributes: Attributes,
  depthwise = false,
): tf.backend_util.Conv2DInfo {
  const { strides, pad, dilations, dimRoundingMode } = attributes as {
    strides: number;
    pad: "same";
    dilations?: number;
    dimRoundingMode?: "floor";
  };
  return tf.backend_util.computeConv2DInfo(
    as4(input),
    as4(filter),
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    "channelsLast",
  );
}
export const channelsLast = ({ dataFormat }: Attributes): boolean => dataFormat === undefined || dataFormat === "NHWC";
const oihw = (lowering: Lowering, filter: Node): string =>
  lowering.graph.add("Transpose", [lowering.logical(filter)], { perm: { ints: [3, 2, 0, 1] } });
/** ONNX knows no padding that cuts off. */
export const plainPads = (info: tf.backend_util.Conv2DInfo): boolean => pads(info).every((pad) => pad >= 0);

/** Which of the blocked layouts a pass has chosen for a convolution, if any (`passes/blocks.ts`). */
const layoutOf = ({ attributes }: Node): "blocked" | "phases" | undefined =>
  attributes.layout as "blocked" | "phases" | undefined;

const Conv2D: Op = {
  inputs: ["x", "filter"],
  type: ([x, filter], attributes) => ({
    dtype: "float32",
    shape: convInfo(x!.shape, filter!.shape, attributes).outShape,
  }),
  supports: (inputs, attributes) =>
    channelsLast(attributes) && float4(inputs) && inputs[0]!.shape[3] === inputs[1]!.shape[2],
  lower(node, lowering) {
    // A bias, one number per kernel, is there where a pass has put it (`passes/conv-bias.ts`).
    const [x, filter, bias] = node.inputs as [Node, Node, Node | undefined];
    const info = convInfo(x.type.shape, filter.type.shape, node.attributes);
    const plan = winogradPlan(info);
    if (plan) {
      const convolved = winogradConv(lowering, plan, x, filter);
      if (!bias) return { nchw: convolved };
      const row = lowering.graph.add("Reshape", [
        lowering.logical(bias),
        lowering.graph.ints([info.outChannels, 1, 1]),
      ]);
      return { nchw: lowering.graph.add("Add", [convolved, row]) };
    }
    const layout = layoutOf(node);
    if (layout) return blockedConv(lowering, info, x, filter, bias && lowering.logical(bias), layout === "phases");
    const nchw = lowering.graph.add(
      "Conv",
      [lowering.nchw(x), oihw(lowering, filter), ...(bias ? [lowering.logical(bias)] : [])],
      {
        kernel_shape: { ints: [info.filterHeight, info.filterWidth] },
        strides: { ints: [info.strideHeight, info.strideWidth] },
        dilations: { ints: [info.dilationHeight, info.dilationWidth] },
        pads: { ints: pads(info) },
      },
    );
    return { nchw };
  },
  samples: [
    {
      inputs: [{ shape: [6, 9, 8, 3] }, { shape: [3, 3, 3, 5] }],
      attributes: { strides: [1, 1], pad: "valid", dataFormat: "NHWC", dilations: [1, 1] },
    },
    {
      inputs: [{ shape: [6, 9, 8, 3] }, { shape: [3, 3, 3, 5] }],
      attributes: { strides: [2, 2], pad: "same", dataFormat: "NHWC", dilations: [1, 1] },
    },
    {
      inputs: [{ shape: [5, 7, 7, 1] }, { shape: [5, 5, 1, 40] }],
      attributes: {
        strides: [1, 1],
        pad: [
          [0, 0],
          [2, 2],
          [2, 2],
          [0, 0],
        ],
        dataFormat: "NHWC",
        dilations: [1, 1],
        dimRoundingMode: "floor",
      },
    },
    // Winograd's
    {
      inputs: [{ shape: [3, 12, 12, 70] }, { shape: [5, 5, 70, 64] }],
      attributes: { strides: [1, 1], pad: "valid", dataFormat: "NHWC", dilations: [1, 1] },
    },
    {
      inputs: [{ shape: [2, 9, 6, 72] }, { shape: [3, 3, 72, 150] }],
      attributes: { strides: [1, 1], pad: "same", dataFormat: "NHWC", dilations: [1, 1] },
    },
  ],
};

const Conv2DBackpropInput: Op = {
  inputs: ["dy", "filter"],
  type: (_inputs, { inputShape }) => ({ dtype: "float32", shape: inputShape as number[] }),
  supports(inputs, attributes) {
    if (!channelsLast(attributes) || !float4(inputs)) return false;
    const info = convInfo(attributes.inputShape as number[], inputs[1]!.shape, attributes);
    return sameShape(info.outShape, inputs[0]!.shape) && plainPads(info);
  },
  lower(node, lowering) {
    const [dy, filter] = node.inputs as [Node, Node];
    const info = convInfo(node.type.shape, filter.type.shape, node.attributes);
    if (layoutOf(node)) return blockedInputGradient(lowering, info, dy, filter);
    const plan = winogradPlan(info);
    if (plan) return { nchw: winogradInputGradient(lowering, plan, dy, filter) };
    return {
      nchw: lowering.graph.add("ConvTranspose", [lowering.nchw(dy), oihw(lowering, filter)], {
        kernel_shape: { ints: [info.filterHeight, info.filterWidth] },
        strides: { ints: [info.strideHeight, info.strideWidth] },
        pads: { ints: pads(info) },
        output_padding: { ints: outputPadding(info) },
      }),
    };
  },
  samples: [
    {
      inputs: [{ shape: [6, 7, 6, 5] }, { shape: [3, 3, 3, 5] }],
      attributes: { strides: [1, 1], pad: "valid", dataFormat: "NHWC", inputShape: [6, 9, 8, 3] },
    },
    {
      inputs: [{ shape: [6, 5, 4, 5] }, { shape: [3, 3, 3, 5] }],
      attributes: { strides: [2, 2], pad: "same", dataFormat: "NHWC", inputShape: [6, 9, 8, 3] },
    },
    // Winograd's
    {
      inputs: [{ shape: [3, 8, 8, 64] }, { shape: [5, 5, 70, 64] }],
      attributes: { strides: [1, 1], pad: "valid", dataFormat: "NHWC", inputShape: [3, 12, 12, 70] },
    },
    {
      inputs: [{ shape: [2, 9, 6, 150] }, { shape: [3, 3, 72, 150] }],
      attributes: { strides: [1, 1], pad: "same", dataFormat: "NHWC", inputShape: [2, 9, 6, 72] },
    },
  ],
};

/**
 * Up to so many channels, all places of a kernel are laid side by side and multiplied at once; above, place by place.
 */
const sideBySideChannels = 32;

/**
 * dW[i, j, c, k] = Σ over batch, y, x of  X[batch, y·s + i, x·s + j, c] · dY[batch, y, x, k]
 *
 * Planes are turned to channel-first (whole planes move, so that is cheap); each place (i, j) of the kernel is a slice.
 */
const Conv2DBackpropFilter: Op = {
  inputs: ["x", "dy"],
  type: (_inputs, { filterShape }) => ({ dtype: "float32", shape: filterShape as number[] }),
  supports: (inputs, attributes) =>
    channelsLast(attributes) &&
    float4(inputs) &&
    sameShape(convInfo(inputs[0]!.shape, attributes.filterShape as number[], attributes).outShape, inputs[1]!.shape),
  lower(node, lowering) {
    const { graph } = lowering;
    const [x, dy] = node.inputs as [Node, Node];
    const filterShape = as4(node.type.shape);
    const info = convInfo(x.type.shape, filterShape, node.attributes);
    const plan = winogradPlan(info);
    if (plan) return { logical: winogradFilterGradient(lowering, plan, x, dy) };
    if (layoutOf(node)) return { logical: blockedFilterGradient(lowering, info, x, dy) };
    const [kernelHeight, kernelWidth, channels, kernels] = filterShape;
    const places = info.batchSize * info.outHeight * info.outWidth;
    const planes = (name: string, count: number, alone: readonly number[]): string =>
      count === 1
        ? graph.add("Reshape", [name, graph.ints(alone)])
        : graph.add("Transpose", [name], { perm: { ints: [1, 0, 2, 3] } });
    const channelFirst = planes(lowering.nchw(x), channels, [1, info.batchSize, info.inHeight, info.inWidth]);
    const input = padded(graph, channelFirst, info);
    const gradient = graph.add("Reshape", [
      planes(lowering.nchw(dy), kernels, [1, info.batchSize, info.outHeight, info.outWidth]),
      graph.ints([kernels, places]),
    ]);
    const slices: string[] = [];
    for (let i = 0; i < kernelHeight; i++)
      for (let j = 0; j < kernelWidth; j++) {
        const slice = placeInWindows(graph, input, info, i, j);
        slices.push(graph.add("Reshape", [slice, graph.ints([channels, places])]));
      }
    const times = (rows: string, m: number): string =>
      product(lowering, rows, gradient, { m, k: places, n: kernels, transposeB: true });
    const parts =
      channels <= sideBySideChannels
        ? [times(join(lowering, slices), channels * slices.length)]
        : slices.map((slice) => times(slice, channels));
    return { logical: graph.add("Reshape", [join(lowering, parts), graph.ints(filterShape)]) };
  },
  samples: [
    {
      inputs: [{ shape: [6, 9, 8, 3] }, { shape: [6, 7, 6, 5] }],
      attributes: { strides: [1, 1], pad: "valid", dataFormat: "NHWC", filterShape: [3, 3, 3, 5] },
    },
    {
      inputs: [{ shape: [6, 9, 8, 3] }, { shape: [6, 5, 4, 5] }],
      attributes: { strides: [2, 2], pad: "same", dataFormat: "NHWC", filterShape: [3, 3, 3, 5] },
    },
    {
      inputs: [{ shape: [6, 9, 8, 1] }, { shape: [6, 9, 8, 40] }],
      attributes: { strides: [1, 1], pad: "same", dataFormat: "NHWC", filterShape: [3, 3, 1, 40] },
    },
    {
      inputs: [{ shape: [4, 6, 6, 40] }, { shape: [4, 6, 6, 50] }],
      attributes: { strides: [1, 1], pad: "same", dataFormat: "NHWC", filterShape: [3, 3, 40, 50] },
    },
    // Winograd's
    {
      inputs: [{ shape: [3, 12, 12, 70] }, { shape: [3, 8, 8, 64] }],
      attributes: { strides: [1, 1], pad: "valid", dataFormat: "NHWC", filterShape: [5, 5, 70, 64] },
    },
    {
      inputs: [{ shape: [2, 9, 6, 72] }, { shape: [2, 9, 6, 150] }],
      attributes: { strides: [1, 1], pad: "same", dataFormat: "NHWC", filterShape: [3, 3, 72, 150] },
    },
  ],
};
const join = (lowering: Lowering, parts: readonly string[]): string =>
  parts.length === 1 ? parts[0]! : lowering.graph.add("Concat", parts, { axis: { int: 0 } });

export const convolutions = { Conv2D, Conv2DBackpropInput, Conv2DBackpropFilter } satisfies Record<string, Op>;
