/** What changes nothing: TF.js's gradients of broadcasting calls end with a reshape to the shape that there is. */
import { sameShape } from "../../util/shape.js";
import type { Node } from "../node.js";
import type { Pass } from "./pass.js";

export const sameShapes: Pass = {
  name: "same-shape",
  identity: "an array reshaped to its own shape is itself",
  rule: () => (node, now) => {
    const [input] = node.inputs as [Node];
    return node.kernel === "Reshape" && sameShape(input.type.shape, node.type.shape) ? now(input) : undefined;
  },
};
