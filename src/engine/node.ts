/**
 * A recorded kernel call. Nothing is computed when a node is made; its type is known at once, its value when it is
 * wanted.
 *
 * A node keeps the nodes that it reads, so whatever can still be asked for can still be computed; what nobody refers to
 * any more is never computed at all.
 */
export type Dtype = "float32" | "int32" | "bool" | "uint8";
export interface TensorType {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}
export type Values = Float32Array | Int32Array | Uint8Array;
export type Attributes = Readonly<Record<string, unknown>>;

export interface Node {
  readonly kernel: string;
  /** Let go once the value is there; else a chain of updates would keep all that it ever was. */
  inputs: readonly Node[];
  readonly attributes: Attributes;
  readonly type: TensorType;
  /** Set for sources, and once computed. */
  value: Values | undefined;
}
/** Kernel names of nodes that are fed rather than computed. */
const source = "(source)";
export const placeholder = "(placeholder)";

export function sourceNode(type: TensorType, value: Values): Node {
  return { kernel: source, inputs: [], attributes: {}, type, value };
}
/** Stands for a value that is fed to a recorded program. */
export function placeholderNode(type: TensorType): Node {
  return { kernel: placeholder, inputs: [], attributes: {}, type, value: undefined };
}

/** Every node that must be computed for `wanted`, inputs before readers; sources (nodes with values) included. */
export function pending(wanted: readonly Node[]): readonly Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  // Explicit stack: a long recorded chain must not overflow the call stack.
  const stack: { readonly node: Node; next: number }[] = [];
  for (const root of wanted) {
    if (seen.has(root)) continue;
    seen.add(root);
    stack.push({ node: root, next: 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const input = top.node.value === undefined ? top.node.inputs[top.next++] : undefined;
      if (input === undefined) {
        order.push(top.node);
        stack.pop();
      } else if (!seen.has(input)) {
        seen.add(input);
        stack.push({ node: input, next: 0 });
      }
    }
  }
  return order;
}

/** What two graphs must share to share a session: kernels, attributes and types in order; values are no part of it. */
export function structureOf(order: readonly Node[], outputs: readonly Node[]): string {
  const index = new Map(order.map((node, at) => [node, at]));
  const lines = order.map((node) => {
    const { dtype, shape } = node.type;
    if (node.value !== undefined || node.kernel === placeholder) return `${dtype}[${shape}]`;
    const inputs = node.inputs.map((input) => index.get(input));
    return `${node.kernel}${textOf(node.attributes)}(${inputs})${dtype}[${shape}]`;
  });
  return `${lines.join("\n")}\n→${outputs.map((node) => index.get(node))}`;
}

/** JSON, which has no NaN, infinity or −0: it would write `null` and `0`, and unlike graphs would share a session. */
const textOf = (attributes: Attributes): string =>
  JSON.stringify(attributes, (_, value: unknown) => {
    if (Object.is(value, -0)) return "-0";
    return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  });
