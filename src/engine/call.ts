/** A call of a TF.js kernel → a node, or several: by the kernel's row of the ops table, or put together of such. */
import { checkMemory } from "../util/memory.js";
import { sizeOfShape } from "../util/shape.js";
import { bytesOfType } from "./memory.js";
import type { Attributes, Node } from "./node.js";
import { type Call, type Composite, Unsupported } from "./ops/composite.js";
import { opOf } from "./ops/ops.js";

/**
 * @returns undefined where the table has no row for the kernel, or the row does not support the call
 * @throws MemoryError where the result alone is more than this machine has
 */
export function recordCall(kernel: string, inputs: readonly Node[], attributes: Attributes): Node | undefined {
  const row = opOf(kernel);
  if (!row) return undefined;
  const types = inputs.map((input) => input.type);
  const values = inputs.map((input) => input.value);
  if (types.some(({ shape }) => sizeOfShape(shape) === 0) || row.supports?.(types, attributes, values) === false)
    return undefined;
  const type = row.type(types, attributes);
  if (sizeOfShape(type.shape) === 0) return undefined;
  checkMemory(bytesOfType(type), () => `The result of ${kernel}, ${type.dtype} [${type.shape.join(", ")}],`);
  return { kernel, inputs, attributes, type, value: undefined };
}

/** A call without attributes that passes make, of kernels and types that the table has. */
export function call(kernel: string, ...inputs: readonly Node[]): Node {
  const node = recordCall(kernel, inputs, {});
  if (!node) throw new Error(`hw1 bug: ${kernel} cannot be recorded`);
  return node;
}

/** @returns undefined where a part of it has no lowering */
export function recordComposite(
  composite: Composite,
  inputs: readonly (Node | undefined)[],
  attributes: Attributes,
): readonly Node[] | undefined {
  const call: Call = (kernel, nodes, given = {}) => {
    const node = recordCall(kernel, nodes, given);
    if (!node) throw new Unsupported(kernel);
    return node;
  };
  try {
    return composite.compose(inputs, attributes, call);
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}
