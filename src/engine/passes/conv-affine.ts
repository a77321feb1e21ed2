/** A factor and an offset for each channel behind a convolution go into its kernels and its bias: a trained network. */
import { call } from "../call.js";
import type { Node } from "../node.js";
import { affineKernel } from "../ops/affine.js";
import { isReadOnce, type Pass } from "./pass.js";

export const convAffine: Pass = {
  name: "conv-affine",
  identity: "(x ∗ w + b) a + c = x ∗ (w a) + (b a + c), for vectors a, c of channels; within rounding",
  rule: (readers) => (node, now) => {
    if (node.kernel !== affineKernel || node.inputs.length !== 3) return undefined;
    const [conv, scale, offset] = node.inputs.map(now) as [Node, Node, Node];
    if (conv.kernel !== "Conv2D" || !isReadOnce(readers, node.inputs[0]!)) return undefined;
    const [x, filter, bias] = conv.inputs as [Node, Node, Node | undefined];
    const moved = bias ? call("Add", call("Multiply", bias, scale), offset) : offset;
    return { ...conv, inputs: [x, call("Multiply", filter, scale), moved] };
  },
};
