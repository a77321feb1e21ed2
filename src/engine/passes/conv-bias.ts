/** A bias behind a convolution goes into it, as ONNX's own `Conv` has one. */
import type { Node } from "../node.js";
import { isReadOnce, type Pass } from "./pass.js";

export const convBias: Pass = {
  name: "conv-bias",
  identity: "x ∗ w + b is one sum; within rounding, since b is added first",
  rule: (readers) => (node, now) => {
    const [conv, bias] = node.inputs as [Node, Node];
    const fits =
      node.kernel === "Add" &&
      conv.kernel === "Conv2D" &&
      conv.inputs.length === 2 &&
      isReadOnce(readers, conv) &&
      bias.type.dtype === "float32" &&
      bias.type.shape.length === 1 &&
      bias.type.shape[0] === conv.type.shape[3];
    return fits ? { ...now(conv), inputs: [...now(conv).inputs, now(bias)] } : undefined;
  },
};
