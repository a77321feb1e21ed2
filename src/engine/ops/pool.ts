/** Pooling and its gradients. They compute in NCHW. */
import { tf } from "../../util/tfjs.js";
import type { Lowering } from "../lower.js";
import type { Attributes, Node } from "../node.js";
import { castTo, type Op } from "./op.js";
import { gradientOfPhases, maxOfPhases, pairsUp } from "./phase-pool.js";
import { as4, float4, pads, placeInWindows } from "./windows.js";

export function poolInfo(input: readonly number[], attributes: Attributes): tf.backend_util.Conv2DInfo {
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
      const [top, left, bottom, right] = pads(info);
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
      const [input] = node.inputs as [Node];
      const info = poolInfo(input.type.shape, node.attributes);
      const layout = lowering.layout(input);
      if (layout === "phases" && op === "MaxPool" && pairsUp(info)) return maxOfPhases(lowering, input, info);
      const inBlocks = layout === "phases" || layout === "blocked";
      const name = inBlocks ? lowering.blocked(input) : lowering.nchw(input);
      return {
        [inBlocks ? "blocked" : "nchw"]: lowering.graph.add(inBlocks ? `nchwc.${op}` : op, [name], {
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
    if (lowering.layout(input) === "phases" && pairsUp(info))
      return gradientOfPhases(lowering, info, dy, input, output);
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
      const slice = placeInWindows(graph, input, info, i, j);
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

export const poolings = {
  MaxPool: pool("MaxPool"),
  AvgPool: pool("AveragePool"),
  MaxPoolGrad,
  AvgPoolGrad,
} satisfies Record<string, Op>;
