/**
 * How much memory a graph takes.
 *
 * The estimate is a lower bound: every value from where it is computed to where it is last read, without the working
 * space of a kernel.
 */
import { sizeOfShape } from "../util/shape.js";
import type { Node, TensorType } from "./node.js";

const widths: Readonly<Record<TensorType["dtype"], number>> = { float32: 4, int32: 4, bool: 1, uint8: 1 };
export const bytesOfType = ({ dtype, shape }: TensorType): number => widths[dtype] * sizeOfShape(shape);

/** Kernels whose result is the same memory as their input, or no memory at all until it is read. */
const free: ReadonlySet<string> = new Set(["Reshape", "ExpandDims", "Identity", "Fill", "ZerosLike", "OnesLike"]);

/** Kernels that read no more of an input than they give. */
const partial: ReadonlySet<string> = new Set(["GatherV2", "Slice"]);

/**
 * Bytes that calls read and write if each is computed by itself: the size of its inputs and its result. It is a measure
 * of what is recorded; ONNX Runtime joins some calls, and others are lowered to several ops.
 */
export function movedBytes(computed: readonly Node[]): number {
  let moved = 0;
  for (const { kernel, inputs, type } of computed) {
    if (free.has(kernel)) continue;
    const own = bytesOfType(type);
    moved += own;
    for (const input of inputs) moved += Math.min(bytesOfType(input.type), partial.has(kernel) ? own : Infinity);
  }
  return moved;
}

/**
 * The most bytes that are held at once while `order` is computed node by node.
 *
 * @param order   inputs before readers
 * @param wanted  nodes whose values are held to the end
 */
export function peakBytes(order: readonly Node[], wanted: readonly Node[]): number {
  const lastRead = new Map<Node, number>();
  for (const [at, node] of order.entries())
    for (const input of node.value === undefined ? node.inputs : []) lastRead.set(input, at);
  for (const node of wanted) lastRead.set(node, order.length);
  const leaving = new Map<number, number>();
  let [held, most] = [0, 0];
  for (const [at, node] of order.entries()) {
    const bytes = node.value === undefined && free.has(node.kernel) ? 0 : bytesOfType(node.type);
    held += bytes;
    most = Math.max(most, held);
    const last = lastRead.get(node) ?? at;
    leaving.set(last, (leaving.get(last) ?? 0) + bytes);
    held -= leaving.get(at) ?? 0;
  }
  return most;
}
