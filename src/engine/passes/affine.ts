/**
 * Batch normalisation as one factor and one offset for each channel: chains of additions, subtractions and products of
 * an image and vectors of channels become one call, and an image that is added to it goes in as well.
 */

import { sameShape } from "../../util/shape.js";
import { call } from "../call.js";
import type { Node } from "../node.js";
import { affineKernel } from "../ops/affine.js";
import { isReadOnce, type Pass } from "./pass.js";

/** x · scale + offset; scale and offset are vectors of channels, or left out. */
interface Affine {
  readonly x: Node;
  readonly scale?: Node;
  readonly offset?: Node;
}

export const affineChains: Pass = {
  name: "affine",
  identity: "(x + b) a = a x + a b, for vectors a, b of channels; within rounding",
  rule(readers) {
    const chains = new Map<Node, Affine>();
    const isInner = (node: Node): boolean => isReadOnce(readers, node) && partsOf(readers.of(node)[0]!)?.image === node;
    return (node, now) => {
      const parts = partsOf(node);
      if (!parts) return undefined;
      const before = chains.get(parts.image) ?? { x: now(parts.image) };
      const chain = extended(before, node.kernel, now(parts.vector), parts.swapped);
      if (!chain) return undefined;
      // Where the next link alone reads it, that takes over the chain, and this node is read by nobody.
      if (isInner(node)) chains.set(node, chain);
      return affineNode(chain, node);
    };
  },
};

/** An elementwise call of an image [batch, height, width, channels] and a vector of channels. */
function partsOf(node: Node): { readonly image: Node; readonly vector: Node; readonly swapped: boolean } | undefined {
  if (node.kernel !== "Add" && node.kernel !== "Sub" && node.kernel !== "Multiply") return undefined;
  const { shape, dtype } = node.type;
  if (shape.length !== 4 || dtype !== "float32" || node.value !== undefined) return undefined;
  const [a, b] = node.inputs as [Node, Node];
  const isImage = ({ type }: Node): boolean => sameShape(type.shape, shape);
  const isVector = ({ type }: Node): boolean => type.shape.length === 1 && type.shape[0] === shape[3] && shape[3]! > 1;
  if (isImage(a) && isVector(b)) return { image: a, vector: b, swapped: false };
  if (isImage(b) && isVector(a)) return { image: b, vector: a, swapped: true };
  return undefined;
}

function extended({ x, scale, offset }: Affine, kernel: string, vector: Node, swapped: boolean): Affine | undefined {
  if (kernel === "Multiply")
    return {
      x,
      scale: scale ? call("Multiply", scale, vector) : vector,
      ...(offset ? { offset: call("Multiply", offset, vector) } : {}),
    };
  // The vector minus an image turns its sign, too: not met in any network.
  if (kernel === "Sub" && swapped) return undefined;
  const moved = kernel === "Add" ? vector : call("Neg", vector);
  return { x, ...(scale ? { scale } : {}), offset: offset ? call("Add", offset, moved) : moved };
}

function affineNode({ x, scale, offset }: Affine, { type }: Node): Node {
  const channels = type.shape[3]!;
  const filled = (value: number): Node => ({
    kernel: "Fill",
    inputs: [],
    attributes: {},
    type: { dtype: "float32", shape: [channels] },
    value: new Float32Array(channels).fill(value),
  });
  return {
    kernel: affineKernel,
    inputs: [x, scale ?? filled(1), offset ?? filled(0)],
    attributes: {},
    type,
    value: undefined,
  };
}

export const affineSums: Pass = {
  name: "affine-sum",
  identity: "a x + b, and then + y, are one sum of products; within rounding",
  rule: (readers) => (node, now) => {
    if (node.kernel !== "Add") return undefined;
    const [a, b] = node.inputs as [Node, Node];
    const isOwn = (each: Node): boolean =>
      each.kernel === affineKernel && each.inputs.length === 3 && isReadOnce(readers, each);
    const taken = [a, b].find(isOwn);
    const other = taken === a ? b : a;
    if (!taken || other === taken || !sameShape(other.type.shape, node.type.shape)) return undefined;
    return { ...now(taken), inputs: [...now(taken).inputs, now(other)] };
  },
};
