/**
 * A row of the ops table: what a TF.js kernel's result is, how it is written in ONNX, and inputs to try it with.
 *
 * A lowering depends on types and attributes only, never on values; sessions are shared on that promise. Every lowering
 * gives the same bits for every number of threads; a test runs each sample with 1, 2, 3 and 4.
 */

import { dataTypes } from "../../onnx/fields.js";
import type { OnnxType } from "../../onnx/graph.js";
import type { Lowered, Lowering } from "../lower.js";
import type { Attributes, Node, TensorType, Values } from "../node.js";

/** One input of a sample: its shape, and how its values are drawn (default: normal; `labels`: 0, 1 or 2). */
export interface SampleInput {
  readonly shape: readonly number[];
  readonly draw?: "normal" | "positive" | "unit" | "labels" | "bool" | "ties" | "nonzero" | "above one";
}
export interface Sample {
  readonly inputs: readonly SampleInput[];
  readonly attributes?: Attributes;
  /** Computed by TF.js alone from the inputs, such as the output that a gradient kernel wants. */
  readonly derive?: string;
}
export interface Op {
  /** Names of the kernel's inputs, in order; `list` where TF.js hands over a list. */
  readonly inputs: readonly string[] | "list";
  type(inputs: readonly TensorType[], attributes: Attributes): TensorType;
  lower(node: Node, lowering: Lowering): Lowered;
  /**
   * False: this call goes to TF.js's own kernel, which also says what is wrong with arguments that fit together badly.
   *
   * @param values  of inputs that are known already; only to refuse by, never to lower by
   */
  supports?(inputs: readonly TensorType[], attributes: Attributes, values: readonly (Values | undefined)[]): boolean;
  readonly samples: readonly Sample[];
}

/** NumPy's rule, which is also ONNX's. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [left, right] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (left !== right && left !== 1 && right !== 1)
      throw new Error(`Operands could not be broadcast together with shapes ${a} and ${b}.`);
    return left === 1 ? right : left;
  });
}

export function axesOf(axis: unknown, rank: number): readonly number[] {
  if (axis === null || axis === undefined) return Array.from({ length: rank }, (_, index) => index);
  return (Array.isArray(axis) ? (axis as number[]) : [axis as number]).map((value) =>
    value < 0 ? value + rank : value,
  );
}

export function reducedShape(shape: readonly number[], axes: readonly number[], keepDims: boolean): number[] {
  if (keepDims) return shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  return shape.filter((_, axis) => !axes.includes(axis));
}
export const castTo = (lowering: Lowering, name: string, dtype: OnnxType): string =>
  lowering.graph.add("Cast", [name], { to: { int: dataTypes[dtype] } });
