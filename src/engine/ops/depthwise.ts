/**
 * Depthwise convolution and its gradients: each channel c has filters of its own, [height, width, c, m], and gives the
 * channels c · M + m.
 *
 *   Y[b, y, x, c M + m] = Σ over i, j of  X[b, y·s + i, x·s + j, c] · W[i, j, c, m]
 *
 * In ONNX that is a convolution in as many groups as there are channels.
 */
import type { backend_util } from "@tensorflow/tfjs-core";
import type { Attribute } from "../../onnx/graph.js";
import { sameShape } from "../../util/shape.js";
import type { Lowering } from "../lower.js";
import type { Attributes, Node, TensorType } from "../node.js";
import { channelsLast, convInfo, plainPads } from "./conv.js";
import type { Op } from "./op.js";
import { as4, type Four, float4, outputPadding, padded, pads, placeInWindows } from "./windows.js";

/** [height, width, channels, M] → [channels · M, 1, height, width] */
function grouped({ graph }: Lowering, filter: string, [height, width, channels, multiplier]: Four): string {
  const turned = graph.add("Transpose", [filter], { perm: { ints: [2, 3, 0, 1] } });
  return graph.add("Reshape", [turned, graph.ints([channels * multiplier, 1, height, width])]);
}
const geometry = (info: backend_util.Conv2DInfo): Readonly<Record<string, Attribute>> => ({
  kernel_shape: { ints: [info.filterHeight, info.filterWidth] },
  strides: { ints: [info.strideHeight, info.strideWidth] },
  pads: { ints: pads(info) },
  group: { int: info.inChannels },
});
const known = (inputs: readonly TensorType[], attributes: Attributes): boolean =>
  inputs.every((input) => float4([input])) && channelsLast(attributes);
const undilated = ({ dilationHeight, dilationWidth }: backend_util.Conv2DInfo): boolean =>
  dilationHeight === 1 && dilationWidth === 1;

const plain = { strides: [1, 1], pad: "same", dilations: [1, 1] };
const strided = { strides: [2, 2], pad: "valid", dilations: [1, 1] };

export const depthwiseOps = {
  DepthwiseConv2dNative: {
    inputs: ["x", "filter"],
    type: ([x, filter], attributes) => ({
      dtype: "float32",
      shape: convInfo(x!.shape, filter!.shape, attributes, true).outShape,
    }),
    supports: (inputs, attributes) =>
      known(inputs, attributes) &&
      inputs[0]!.shape[3] === inputs[1]!.shape[2] &&
      undilated(convInfo(inputs[0]!.shape, inputs[1]!.shape, attributes, true)) &&
      plainPads(convInfo(inputs[0]!.shape, inputs[1]!.shape, attributes, true)),
    lower(node, lowering) {
      const [x, filter] = node.inputs as [Node, Node];
      const info = convInfo(x.type.shape, filter.type.shape, node.attributes, true);
      const weights = grouped(lowering, lowering.logical(filter), as4(filter.type.shape));
      return { nchw: lowering.graph.add("Conv", [lowering.nchw(x), weights], geometry(info)) };
    },
    samples: [
      { inputs: [{ shape: [3, 7, 6, 4] }, { shape: [3, 3, 4, 2] }], attributes: plain },
      { inputs: [{ shape: [3, 7, 6, 4] }, { shape: [3, 3, 4, 1] }], attributes: strided },
    ],
  },
  DepthwiseConv2dNativeBackpropInput: {
    inputs: ["dy", "filter"],
    type: (_inputs, { inputShape }) => ({ dtype: "float32", shape: inputShape as number[] }),
    supports([dy, filter], attributes) {
      if (!known([dy!, filter!], attributes)) return false;
      const info = convInfo(attributes.inputShape as number[], filter!.shape, attributes, true);
      return undilated(info) && plainPads(info) && sameShape(info.outShape, dy!.shape);
    },
    lower(node, lowering) {
      const [dy, filter] = node.inputs as [Node, Node];
      const info = convInfo(node.type.shape, filter.type.shape, node.attributes, true);
      return {
        nchw: lowering.graph.add(
          "ConvTranspose",
          [lowering.nchw(dy), grouped(lowering, lowering.logical(filter), as4(filter.type.shape))],
          {
            ...geometry(info),
            output_padding: { ints: outputPadding(info) },
          },
        ),
      };
    },
    samples: [
      {
        inputs: [{ shape: [3, 7, 6, 8] }, { shape: [3, 3, 4, 2] }],
        attributes: { ...plain, inputShape: [3, 7, 6, 4] },
      },
      {
        inputs: [{ shape: [3, 3, 2, 4] }, { shape: [3, 3, 4, 1] }],
        attributes: { ...strided, inputShape: [3, 7, 6, 4] },
      },
    ],
  },
  DepthwiseConv2dNativeBackpropFilter: {
    inputs: ["x", "dy"],
    type: (_inputs, { filterShape }) => ({ dtype: "float32", shape: filterShape as number[] }),
    supports([x, dy], attributes) {
      if (!known([x!, dy!], attributes)) return false;
      const info = convInfo(x!.shape, attributes.filterShape as number[], attributes, true);
      return undilated(info) && plainPads(info) && sameShape(info.outShape, dy!.shape);
    },
    /**
     * Place by place of the filter: that slice of the images times the gradient, summed over batch, height and width.
     */
    lower(node, lowering) {
      const { graph } = lowering;
      const [x, dy] = node.inputs as [Node, Node];
      const [height, width, channels, multiplier] = as4(node.type.shape);
      const info = convInfo(x.type.shape, node.type.shape, node.attributes, true);
      const images = padded(graph, lowering.nchw(x), info);
      const gradient = graph.add("Reshape", [
        lowering.nchw(dy),
        graph.ints([info.batchSize, channels, multiplier, info.outHeight, info.outWidth]),
      ]);
      const places: string[] = [];
      for (let i = 0; i < height; i++)
        for (let j = 0; j < width; j++) {
          const slice = placeInWindows(graph, images, info, i, j);
          const wide = graph.add("Reshape", [
            slice,
            graph.ints([info.batchSize, channels, 1, info.outHeight, info.outWidth]),
          ]);
          const sum = graph.add("ReduceSum", [graph.add("Mul", [wide, gradient]), graph.ints([0, 3, 4])], {
            keepdims: { int: 0 },
          });
          places.push(graph.add("Reshape", [sum, graph.ints([1, channels, multiplier])]));
        }
      return {
        logical: graph.add("Reshape", [graph.add("Concat", places, { axis: { int: 0 } }), graph.ints(node.type.shape)]),
      };
    },
    samples: [
      {
        inputs: [{ shape: [3, 7, 6, 4] }, { shape: [3, 7, 6, 8] }],
        attributes: { ...plain, filterShape: [3, 3, 4, 2] },
      },
      {
        inputs: [{ shape: [3, 7, 6, 4] }, { shape: [3, 3, 2, 4] }],
        attributes: { ...strided, filterShape: [3, 3, 4, 1] },
      },
    ],
  },
} satisfies Record<string, Op>;
