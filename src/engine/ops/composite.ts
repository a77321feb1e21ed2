/**
 * Kernels that are other kernels put together: what TF.js fuses, and what has several results.
 *
 * They record nodes of the ops table, so they have no lowering of their own. A call that one of those nodes does not
 * support goes to TF.js's own kernel, as ever.
 */
import { tf } from "../../util/tfjs.js";
import type { Attributes, Node } from "../node.js";
import { axesOf, type Sample } from "./op.js";

/** Records a call of the table. @throws Unsupported */
export type Call = (kernel: string, inputs: readonly Node[], attributes?: Attributes) => Node;
/** A composite's part has no lowering for what it was given. */
export class Unsupported extends Error {}

export interface Composite {
  /** Names of the kernel's inputs, in order; one that is not given arrives as undefined. */
  readonly inputs: readonly string[];
  /** TF.js wants a list of results, even of one. */
  readonly several?: true;
  /** @returns one node per result. @throws Unsupported */
  compose(inputs: readonly (Node | undefined)[], attributes: Attributes, call: Call): readonly Node[];
  readonly samples: readonly Sample[];
}

/** The part of x from `start` on along an axis. */
function part(x: Node, axis: number, start: number, length: number, call: Call): Node {
  const { shape } = x.type;
  return call("Slice", [x], {
    begin: shape.map((_, each) => (each === axis ? start : 0)),
    size: shape.map((all, each) => (each === axis ? length : all)),
  });
}

/** An activation by TF.js's name, as the fused kernels have it. */
function activated(x: Node, weights: Node | undefined, { activation, leakyreluAlpha }: Attributes, call: Call): Node {
  switch (activation) {
    case undefined:
    case null:
    case "linear":
      return x;
    case "relu":
      return call("Relu", [x]);
    case "relu6":
      return call("Relu6", [x]);
    case "elu":
      return call("Elu", [x]);
    case "sigmoid":
      return call("Sigmoid", [x]);
    case "leakyrelu":
      return call("LeakyRelu", [x], { alpha: leakyreluAlpha });
    case "prelu":
      if (weights) return call("Prelu", [x, weights]);
      throw new Unsupported();
    default:
      throw new Unsupported();
  }
}

/** A product or convolution, plus a bias, through an activation. */
function fused(
  names: readonly [string, string],
  kernel: string,
  attributesOf: (attributes: Attributes) => Attributes,
  samples: readonly Sample[],
): Composite {
  return {
    inputs: [...names, "bias", "preluActivationWeights"],
    compose([first, second, bias, weights], attributes, call) {
      const plain = call(kernel, [first!, second!], attributesOf(attributes));
      return [activated(bias ? call("Add", [plain, bias]) : plain, weights, attributes, call)];
    },
    samples,
  };
}
const convAttributes = ({ strides, pad, dataFormat, dilations, dimRoundingMode }: Attributes): Attributes => ({
  strides,
  pad,
  dataFormat,
  dilations,
  dimRoundingMode,
});

export const composites = {
  _FusedMatMul: fused(["a", "b"], "BatchMatMul", ({ transposeA, transposeB }) => ({ transposeA, transposeB }), [
    {
      inputs: [{ shape: [6, 9] }, { shape: [9, 5] }, { shape: [5] }],
      attributes: { transposeA: false, transposeB: false, activation: "relu" },
    },
    {
      inputs: [{ shape: [6, 9] }, { shape: [9, 5] }, { shape: [5] }, { shape: [6, 5] }],
      attributes: { transposeA: false, transposeB: false, activation: "prelu" },
    },
  ]),
  FusedConv2D: fused(["x", "filter"], "Conv2D", convAttributes, [
    {
      inputs: [{ shape: [3, 7, 6, 3] }, { shape: [3, 3, 3, 4] }, { shape: [4] }],
      attributes: {
        strides: [1, 1],
        pad: "same",
        dataFormat: "NHWC",
        dilations: [1, 1],
        activation: "leakyrelu",
        leakyreluAlpha: 0.2,
      },
    },
  ]),
  FusedDepthwiseConv2D: fused(["x", "filter"], "DepthwiseConv2dNative", convAttributes, [
    {
      inputs: [{ shape: [3, 7, 6, 3] }, { shape: [3, 3, 3, 2] }, { shape: [6] }],
      attributes: { strides: [1, 1], pad: "same", dataFormat: "NHWC", dilations: [1, 1], activation: "elu" },
    },
  ]),
  /** (x − mean) · scale / √(variance + ε) + offset; scale and offset may be left out. */
  FusedBatchNorm: {
    inputs: ["x", "mean", "variance", "offset", "scale"],
    compose([x, mean, variance, offset, scale], { varianceEpsilon = 0.001 }, call) {
      const epsilon = call("Fill", [], { shape: [], value: varianceEpsilon as number, dtype: "float32" });
      const inverse = call("Rsqrt", [call("Add", [variance!, epsilon])]);
      const scaled = call("Multiply", [call("Sub", [x!, mean!]), scale ? call("Multiply", [scale, inverse]) : inverse]);
      return [offset ? call("Add", [scaled, offset]) : scaled];
    },
    samples: [
      {
        inputs: [
          { shape: [3, 5, 4, 6] },
          { shape: [6] },
          { shape: [6], draw: "positive" },
          { shape: [6] },
          { shape: [6] },
        ],
        attributes: { varianceEpsilon: 0.01 },
      },
    ],
  },
  Unpack: {
    inputs: ["value"],
    several: true,
    compose([value], { axis }, call) {
      const { shape } = value!.type;
      const [along] = axesOf(axis, shape.length) as [number];
      if (along >= shape.length) throw new Unsupported();
      const rest = shape.filter((_, each) => each !== along);
      return Array.from({ length: shape[along]! }, (_, index) =>
        call("Reshape", [part(value!, along, index, 1, call)], { shape: rest }),
      );
    },
    samples: [{ inputs: [{ shape: [3, 4, 5] }], attributes: { axis: 1 } }],
  },
  SplitV: {
    inputs: ["x"],
    several: true,
    compose([x], { numOrSizeSplits, axis }, call) {
      const { shape } = x!.type;
      const [along] = axesOf(axis, shape.length) as [number];
      const sizes = tf.backend_util.prepareSplitSize(
        // Of the tensor, only the shape is read.
        { shape: [...shape] } as tf.Tensor,
        numOrSizeSplits as number[],
        along,
      );
      let start = 0;
      return sizes.map((size) => {
        start += size;
        return part(x!, along, start - size, size, call);
      });
    },
    samples: [{ inputs: [{ shape: [3, 7] }], attributes: { numOrSizeSplits: [2, 4, 1], axis: 1 } }],
  },
} satisfies Record<string, Composite>;

export const compositeOf = (kernel: string): Composite | undefined =>
  Object.hasOwn(composites, kernel) ? (composites as Readonly<Record<string, Composite>>)[kernel] : undefined;
