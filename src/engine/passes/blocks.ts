/**
 * Which convolutions compute in blocks of channels, and which leave their result in phases.
 *
 * Blocks: ONNX Runtime's kernels for them are twice as fast, and share their work among all threads. Phases: a
 * convolution with twice the strides computes every second pixel, four of them all; a max pooling of 2 × 2 behind it is
 * then a maximum of four arrays, and its gradient three comparisons on arrays of a quarter of the size.
 */
import type { Node } from "../node.js";
import { fitsBlockedConv, fitsBlockedFilterGradient, fitsBlockedInputGradient } from "../ops/blocked-conv.js";
import { convInfo } from "../ops/conv.js";
import { pairsUp } from "../ops/phase-pool.js";
import { poolInfo } from "../ops/pool.js";
import { winogradPlan } from "../ops/winograd.js";
import type { Pass, Readers } from "./pass.js";

export const blocks: Pass = {
  name: "blocks",
  identity: "the same sums of products, added up in another order",
  rule: (readers) => (node, now) => {
    const layout = layoutFor(node, readers);
    return layout && { ...node, inputs: node.inputs.map(now), attributes: { ...node.attributes, layout } };
  },
};

function layoutFor(node: Node, readers: Readers): "blocked" | "phases" | undefined {
  const [first, second] = node.inputs as [Node, Node];
  switch (node.kernel) {
    case "Conv2D": {
      const info = convInfo(first.type.shape, second.type.shape, node.attributes);
      if (winogradPlan(info) || !fitsBlockedConv(info)) return undefined;
      const wide = info.outHeight > 1 && info.outWidth > 1;
      return wide && isPooledInPairs(node, readers) ? "phases" : "blocked";
    }
    case "Conv2DBackpropInput": {
      const info = convInfo(node.type.shape, second.type.shape, node.attributes);
      return !winogradPlan(info) && fitsBlockedInputGradient(info) ? "blocked" : undefined;
    }
    case "Conv2DBackpropFilter": {
      const info = convInfo(first.type.shape, node.type.shape, node.attributes);
      return !winogradPlan(info) && fitsBlockedFilterGradient(info) ? "blocked" : undefined;
    }
    default:
      return undefined;
  }
}

/** Is it read by a pooling that phases are made for, and by no other pooling? */
function isPooledInPairs(conv: Node, readers: Readers): boolean {
  const pools = readers.of(conv).filter(({ kernel }) => kernel === "MaxPool" || kernel === "AvgPool");
  const fits = ({ kernel, attributes }: Node): boolean =>
    kernel === "MaxPool" && pairsUp(poolInfo(conv.type.shape, attributes));
  return pools.length > 0 && pools.every(fits);
}
