/** Convolution, pooling and their gradients. They compute in NCHW. */
import { sameShape } from "../../util/shape.js";
import { tf } from "../../util/tfjs.js";
import type { Lowering } from "../lower.js";
import type { Attributes, Node, TensorType } from "../node.js";
import { castTo, type Op } from "./op.js";
import { product } from "./reduce.js";
import { winogradConv, winogradFilterGradient, winogradInputGradient, winogradPlan } from "./winograd.js";

export type Four = [number, number, number, number];
export const as4 = (shape: readonly number[]): Four => shape as unknown as Four;

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
export const channelsLast = (attributes: Attributes): boolean =>
  attributes["dataFormat"] === undefined || attributes["dataFormat"] === "NHWC";
const oihw = (lowering: Lowering, filter: Node): string =>
  lowering.graph.add("Transpose", [lowering.logical(filter)], { perm: { ints: [3, 2, 0, 1] } });
export const pads = ({ padInfo }: { padInfo: tf.backend_util.PadInfo }): number[] => [
  padInfo.top,
  padInfo.left,
  padInfo.bottom,
  padInfo.right,
];
export const plainPads = ({ padInfo }: tf.backend_util.Conv2DInfo): boolean =>
  [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right].every((pad) => pad >= 0);
export const float4 = ([x]: readonly TensorType[]): boolean => x!.dtype === "float32" && x!.shape.length === 4;

/** Where all that becomes of a convolution is that a bias per kernel is added, ONNX's `Conv` adds it. */
function biased(lowering: Lowering, conv: Node): { readonly node: Node; readonly bias: Node } | undefined {
  const node = lowering.onlyReader(conv);
  if (node?.kernel !== "Add" || node.inputs[0] !== conv) return undefined;
  const bias = node.inputs[1]!;
  const fits =
    bias !== conv &&
    bias.type.dtype === "float32" &&
    bias.type.shape.length === 1 &&
    bias.type.shape[0] === conv.type.shape[3];
  return fits && lowering.has(bias) ? { node, bias } : undefined;
}

const Conv2D: Op = {
  inputs: ["x", "filter"],
  type: ([x, filter], attributes) => ({
    dtype: "float32",
    shape: convInfo(x!.shape, filter!.shape, attributes).outShape,
  }),
  supports: (inputs, attributes) =>
    channelsLast(attributes) && float4(inputs) && inputs[0]!.shape[3] === inputs[1]!.shape[2],
  lower(node, lowering) {
    const [x, filter] = node.inputs as [Node, Node];
    const info = convInfo(x.type.shape, filter.type.shape, node.attributes);
    const plan = winogradPlan(info);
    if (plan) return { nchw: winogradConv(lowering, plan, x, filter) };
    const sum = biased(lowering, node);
    const nchw = lowering.graph.add(
      "Conv",
      [lowering.nchw(x), oihw(lowering, filter), ...(sum ? [lowering.logical(sum.bias)] : [])],
      {
        kernel_shape: { ints: [info.filterHeight, info.filterWidth] },
        strides: { ints: [info.strideHeight, info.strideWidth] },
        dilations: { ints: [info.dilationHeight, info.dilationWidth] },
        pads: { ints: pads(info) },
      },
    );
    if (sum) lowering.set(sum.node, { nchw });
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
    const info = convInfo(attributes["inputShape"] as number[], inputs[1]!.shape, attributes);
    return sameShape(info.outShape, inputs[0]!.shape) && plainPads(info);
  },
  lower(node, lowering) {
    const [dy, filter] = node.inputs as [Node, Node];
    const info = convInfo(node.type.shape, filter.type.shape, node.attributes);
    const plan = winogradPlan(info);
    if (plan) return { nchw: winogradInputGradient(lowering, plan, dy, filter) };
    const [, height, width] = node.type.shape as Four;
    const rest = (size: number, out: number, stride: number, kernel: number, before: number, after: number): number =>
      size - ((out - 1) * stride + kernel - before - after);
    return {
      nchw: lowering.graph.add("ConvTranspose", [lowering.nchw(dy), oihw(lowering, filter)], {
        kernel_shape: { ints: [info.filterHeight, info.filterWidth] },
        strides: { ints: [info.strideHeight, info.strideWidth] },
        pads: { ints: pads(info) },
        output_padding: {
          ints: [
            rest(height, info.outHeight, info.strideHeight, info.filterHeight, info.padInfo.top, info.padInfo.bottom),
            rest(width, info.outWidth, info.strideWidth, info.filterWidth, info.padInfo.left, info.padInfo.right),
          ],
        },
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
    sameShape(convInfo(inputs[0]!.shape, attributes["filterShape"] as number[], attributes).outShape, inputs[1]!.shape),
  lower(node, lowering) {
    const { graph } = lowering;
    const [x, dy] = node.inputs as [Node, Node];
    const filterShape = as4(node.type.shape);
    const info = convInfo(x.type.shape, filterShape, node.attributes);
    const plan = winogradPlan(info);
    if (plan) return { logical: winogradFilterGradient(lowering, plan, x, dy) };
    const [kernelHeight, kernelWidth, channels, kernels] = filterShape;
    const places = info.batchSize * info.outHeight * info.outWidth;
    const planes = (name: string, count: number, alone: readonly number[]): string =>
      count === 1
        ? graph.add("Reshape", [name, graph.ints(alone)])
        : graph.add("Transpose", [name], { perm: { ints: [1, 0, 2, 3] } });
    let input = planes(lowering.nchw(x), channels, [1, info.batchSize, info.inHeight, info.inWidth]);
    const [top, left, bottom, right] = pads(info) as Four;
    if (top + left + bottom + right > 0)
      input = graph.add("Pad", [input, graph.ints([0, 0, top, left, 0, 0, bottom, right]), graph.float(0)]);
    const gradient = graph.add("Reshape", [
      planes(lowering.nchw(dy), kernels, [1, info.batchSize, info.outHeight, info.outWidth]),
      graph.ints([kernels, places]),
    ]);
    const slices: string[] = [];
    for (let i = 0; i < kernelHeight; i++)
      for (let j = 0; j < kernelWidth; j++) {
        const ends = [i + (info.outHeight - 1) * info.strideHeight + 1, j + (info.outWidth - 1) * info.strideWidth + 1];
        const slice = graph.add("Slice", [
          input,
          graph.ints([i, j]),
          graph.ints(ends),
          graph.ints([2, 3]),
          graph.ints([info.strideHeight, info.strideWidth]),
        ]);
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

function poolInfo(input: readonly number[], attributes: Attributes): tf.backend_util.Conv2DInfo {
  const { filterSize, strides, pad, dimRoundingMode } = attributes as {
    filterSize: number;
    strides: number;
    pad: "same";
    dimRoundingMode?: "floor";
  };
  return tf.backend_util.computePool2DInfo(as4(input), filterSize, strides, 1, pad, dimRoundingMode);
}
const unpadded = (info: tf.backend_util.Conv2DInfo): boolean => pads(info).every((pad) => pad === 0);
const tiled = (info: tf.backend_util.Conv2DInfo): boolean =>
  unpadded(info) && info.filterHeight === info.strideHeight && info.filterWidth === info.strideWidth;

function pool(op: "MaxPool" | "AveragePool"): Op {
  return {
    inputs: ["x"],
    type: ([x], attributes) => ({ dtype: "float32", shape: poolInfo(x!.shape, attributes).outShape }),
    supports([x], attributes) {
      // ONNX wants each window to touch the image, and knows no rounding but downwards.
      const info = float4([x!]) ? poolInfo(x!.shape, attributes) : undefined;
      if (!info) return false;
      const [top, left, bottom, right] = pads(info) as Four;
      const fits = (size: number, out: number, stride: number, window: number, padding: number): boolean =>
        Math.floor((size + padding - window) / stride) + 1 === out;
      return (
        Math.max(top, bottom) < info.filterHeight &&
        Math.max(left, right) < info.filterWidth &&
        fits(info.inHeight, info.outHeight, info.strideHeight, info.filterHeight, top + bottom) &&
        fits(info.inWidth, info.outWidth, info.strideWidth, info.filterWidth, left + right)
      );
    },
    lower(node, lowering) {
      const info = poolInfo(node.inputs[0]!.type.shape, node.attributes);
      return {
        nchw: lowering.graph.add(op, [lowering.nchw(node.inputs[0]!)], {
          kernel_shape: { ints: [info.filterHeight, info.filterWidth] },
          strides: { ints: [info.strideHeight, info.strideWidth] },
          pads: { ints: pads(info) },
          ...(op === "AveragePool" ? { count_include_pad: { int: 0 } } : {}),
        }),
      };
    },
    samples: [
      { inputs: [{ shape: [3, 8, 9, 4] }], attributes: { filterSize: [2, 2], strides: [2, 2], pad: "valid" } },
      { inputs: [{ shape: [3, 8, 9, 4] }], attributes: { filterSize: [3, 3], strides: [2, 2], pad: "valid" } },
    ],
  };
}

const single = (info: tf.backend_util.Conv2DInfo): number[] => [
  info.batchSize,
  info.inChannels,
  info.outHeight,
  1,
  info.outWidth,
  1,
];

/** Cuts off what no window covers, or pads it with zeros again. */
function crop({ graph }: Lowering, name: string, info: tf.backend_util.Conv2DInfo): string {
  const [height, width] = [info.outHeight * info.strideHeight, info.outWidth * info.strideWidth];
  return height === info.inHeight && width === info.inWidth
    ? name
    : graph.add("Slice", [name, graph.ints([0, 0]), graph.ints([height, width]), graph.ints([2, 3])]);
}
function uncrop({ graph }: Lowering, name: string, info: tf.backend_util.Conv2DInfo): string {
  const [bottom, right] = [
    info.inHeight - info.outHeight * info.strideHeight,
    info.inWidth - info.outWidth * info.strideWidth,
  ];
  return bottom === 0 && right === 0
    ? name
    : graph.add("Pad", [name, graph.ints([0, 0, 0, 0, 0, 0, bottom, right]), graph.float(0)]);
}
/** Each number of a window's result at every place of its window (windows side by side). */
function enlarged({ graph }: Lowering, name: string, info: tf.backend_util.Conv2DInfo): string {
  const scales = Float32Array.of(1, 1, info.filterHeight, info.filterWidth);
  return graph.add("Resize", [name, "", graph.constant("float32", [4], new Uint8Array(scales.buffer))], {
    mode: { text: "nearest" },
    coordinate_transformation_mode: { text: "asymmetric" },
    nearest_mode: { text: "floor" },
  });
}

/**
 * The gradient goes to the first maximum of each window, in reading order, as in TensorFlow and PyTorch. Flat
 * background ties everywhere, so this matters: each number that equals the maximum gets a priority, and the highest one
 * wins.
 */
const MaxPoolGrad: Op = {
  inputs: ["dy", "input", "output"],
  type: ([, input]) => input!,
  supports: (inputs, attributes) => float4(inputs) && unpadded(poolInfo(inputs[1]!.shape, attributes)),
  lower(node, lowering) {
    const { graph } = lowering;
    const [dy, input, output] = node.inputs as [Node, Node, Node];
    const info = poolInfo(input.type.shape, node.attributes);
    if (!tiled(info))
      return {
        nchw: overlappingMaxGrad(lowering, info, lowering.nchw(dy), lowering.nchw(input), lowering.nchw(output)),
      };
    const [height, width] = [info.outHeight * info.filterHeight, info.outWidth * info.filterWidth];
    const places = info.filterHeight * info.filterWidth;
    const order = Float32Array.from(
      { length: height * width },
      (_, index) =>
        places -
        ((Math.floor(index / width) % info.filterHeight) * info.filterWidth + ((index % width) % info.filterWidth)),
    );
    const priority = graph.constant("float32", [height, width], new Uint8Array(order.buffer));
    const equal = graph.add("Equal", [
      crop(lowering, lowering.nchw(input), info),
      enlarged(lowering, lowering.nchw(output), info),
    ]);
    const scores = graph.add("Mul", [castTo(lowering, equal, "float32"), priority]);
    const best = graph.add("MaxPool", [scores], {
      kernel_shape: { ints: [info.filterHeight, info.filterWidth] },
      strides: { ints: [info.strideHeight, info.strideWidth] },
    });
    // A window whose maximum is NaN has no score at all, and nothing of it is chosen.
    const chosen = graph.add("Equal", [scores, enlarged(lowering, graph.add("Max", [best, graph.float(0.5)]), info)]);
    return {
      nchw: uncrop(
        lowering,
        graph.add("Where", [chosen, enlarged(lowering, lowering.nchw(dy), info), graph.float(0)]),
        info,
      ),
    };
  },
  samples: [
    {
      inputs: [{ shape: [3, 4, 4, 4] }, { shape: [3, 8, 9, 4], draw: "ties" }, { shape: [3, 4, 4, 4] }],
      attributes: { filterSize: [2, 2], strides: [2, 2], pad: "valid" },
      derive: "MaxPool",
    },
    {
      inputs: [{ shape: [3, 2, 4, 4] }, { shape: [3, 8, 9, 4], draw: "ties" }, { shape: [3, 2, 4, 4] }],
      attributes: { filterSize: [3, 2], strides: [3, 2], pad: "valid" },
      derive: "MaxPool",
    },
    {
      inputs: [{ shape: [3, 3, 4, 4] }, { shape: [3, 8, 9, 4], draw: "ties" }, { shape: [3, 3, 4, 4] }],
      attributes: { filterSize: [3, 3], strides: [2, 2], pad: "valid" },
      derive: "MaxPool",
    },
  ],
};

/** Windows that overlap: place by place, each window's gradient going where its maximum was met first. */
function overlappingMaxGrad(
  lowering: Lowering,
  info: tf.backend_util.Conv2DInfo,
  dy: string,
  input: string,
  output: string,
): string {
  const { graph } = lowering;
  let free: string | undefined;
  const parts: string[] = [];
  for (let i = 0; i < info.filterHeight; i++)
    for (let j = 0; j < info.filterWidth; j++) {
      const ends = [i + (info.outHeight - 1) * info.strideHeight + 1, j + (info.outWidth - 1) * info.strideWidth + 1];
      const slice = graph.add("Slice", [
        input,
        graph.ints([i, j]),
        graph.ints(ends),
        graph.ints([2, 3]),
        graph.ints([info.strideHeight, info.strideWidth]),
      ]);
      const equal = graph.add("Equal", [slice, output]);
      const first = free === undefined ? equal : graph.add("And", [equal, free]);
      const missed = graph.add("Not", [equal]);
      free = free === undefined ? missed : graph.add("And", [free, missed]);
      parts.push(spread(lowering, info, graph.add("Where", [first, dy, graph.float(0)]), i, j));
    }
  return parts.reduce((sum, part) => graph.add("Add", [sum, part]));
}

/** Puts a number per window back to place (i, j) of its window, zeros elsewhere. */
function spread({ graph }: Lowering, info: tf.backend_util.Conv2DInfo, name: string, i: number, j: number): string {
  const { batchSize, inChannels, outHeight, outWidth, strideHeight, strideWidth, inHeight, inWidth } = info;
  const holes = graph.add("Pad", [
    graph.add("Reshape", [name, graph.ints(single(info))]),
    graph.ints([0, 0, 0, 0, 0, 0, 0, 0, 0, strideHeight - 1, 0, strideWidth - 1]),
    graph.float(0),
  ]);
  const wide = graph.add("Reshape", [
    holes,
    graph.ints([batchSize, inChannels, outHeight * strideHeight, outWidth * strideWidth]),
  ]);
  const kept = graph.add("Slice", [
    wide,
    graph.ints([0, 0]),
    graph.ints([(outHeight - 1) * strideHeight + 1, (outWidth - 1) * strideWidth + 1]),
    graph.ints([2, 3]),
  ]);
  const [bottom, right] = [
    inHeight - i - (outHeight - 1) * strideHeight - 1,
    inWidth - j - (outWidth - 1) * strideWidth - 1,
  ];
  return graph.add("Pad", [kept, graph.ints([0, 0, i, j, 0, 0, bottom, right]), graph.float(0)]);
}

/** Each window's gradient, divided by its size, to all its places. */
const AvgPoolGrad: Op = {
  inputs: ["dy", "input"],
  type: ([, input]) => input!,
  supports: (inputs, attributes) => float4(inputs) && unpadded(poolInfo(inputs[1]!.shape, attributes)),
  lower(node, lowering) {
    const { graph } = lowering;
    const info = poolInfo(node.type.shape, node.attributes);
    const share = graph.add("Mul", [
      lowering.nchw(node.inputs[0]!),
      graph.float(1 / (info.filterHeight * info.filterWidth)),
    ]);
    if (tiled(info)) return { nchw: uncrop(lowering, enlarged(lowering, share, info), info) };
    const parts: string[] = [];
    for (let i = 0; i < info.filterHeight; i++)
      for (let j = 0; j < info.filterWidth; j++) parts.push(spread(lowering, info, share, i, j));
    return { nchw: parts.reduce((sum, part) => graph.add("Add", [sum, part])) };
  },
  samples: [
    {
      inputs: [{ shape: [3, 4, 4, 4] }, { shape: [3, 8, 9, 4] }],
      attributes: { filterSize: [2, 2], strides: [2, 2], pad: "valid" },
    },
    {
      inputs: [{ shape: [3, 3, 4, 4] }, { shape: [3, 8, 9, 4] }],
      attributes: { filterSize: [3, 3], strides: [2, 2], pad: "valid" },
    },
  ],
};

export const imageOps = {
  Conv2D,
  Conv2DBackpropInput,
  Conv2DBackpropFilter,
  MaxPool: pool("MaxPool"),
  AvgPool: pool("AveragePool"),
  MaxPoolGrad,
  AvgPoolGrad,
} satisfies Record<string, Op>;
