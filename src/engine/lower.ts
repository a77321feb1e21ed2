/**
 * Nodes → an ONNX graph. TF.js keeps images as batch, height, width, channels (NHWC); ONNX's convolutions want NCHW.
 *
 * The layout is an attribute of a lowered value, not a pass over the graph: a convolution leaves its result in NCHW,
 * elementwise ops and reductions over everything but channels follow it there, and a value is transposed only for a
 * reader that insists.
 */
import { sameShape } from "../util/shape.js";
import type { Node } from "./node.js";
import type { OnnxGraph } from "./onnx.js";

/** Name of the ONNX value in TF.js's own order, in NCHW (rank 4 only), or both. */
export interface Lowered {
  logical?: string;
  nchw?: string;
}

export class Lowering {
  readonly #values = new Map<Node, Lowered>();
  readonly #memos = new Map<Node, Map<string, string>>();
  readonly #readers = new Map<Node, Node | "many">();

  /**
   * @param order   the nodes that will be lowered
   * @param wanted  those of them whose values leave the graph
   */
  constructor(
    readonly graph: OnnxGraph,
    order: readonly Node[],
    wanted: readonly Node[],
  ) {
    for (const reader of order)
      if (reader.value === undefined)
        for (const input of reader.inputs) this.#readers.set(input, this.#readers.has(input) ? "many" : reader);
    for (const node of wanted) this.#readers.set(node, "many");
  }

  /** The one node that reads this one; undefined where there are several, or where its value is wanted itself. */
  onlyReader(node: Node): Node | undefined {
    const reader = this.#readers.get(node);
    return reader === "many" ? undefined : reader;
  }

  set(node: Node, value: Lowered): void {
    this.#values.set(node, value);
  }

  has(node: Node): boolean {
    return this.#values.has(node);
  }

  #of(node: Node): Lowered {
    const value = this.#values.get(node);
    if (!value) throw new Error(`hw1 bug: ${node.kernel} was not lowered before its reader`);
    return value;
  }

  /** What several lowerings want of the same value is written once: the value's name by key. */
  memo(node: Node, key: string, make: () => string): string {
    const known = this.#memos.get(node) ?? new Map<string, string>();
    this.#memos.set(node, known);
    const name = known.get(key) ?? make();
    known.set(key, name);
    return name;
  }

  /** Is it in NCHW only? */
  isNchw(node: Node): boolean {
    const value = this.#of(node);
    return value.logical === undefined && value.nchw !== undefined;
  }

  logical(node: Node): string {
    const value = this.#of(node);
    if (value.logical === undefined) {
      const [batch, height, width, channels] = node.type.shape as [number, number, number, number];
      value.logical = this.#turn(
        value.nchw!,
        [batch, height, width, channels],
        [0, 2, 3, 1],
        channels === 1 || height * width === 1,
      );
    }
    return value.logical;
  }

  nchw(node: Node): string {
    const value = this.#of(node);
    if (value.nchw === undefined) {
      const [batch, height, width, channels] = node.type.shape as [number, number, number, number];
      value.nchw = this.#turn(
        value.logical!,
        [batch, channels, height, width],
        [0, 3, 1, 2],
        channels === 1 || height * width === 1,
      );
    }
    return value.nchw;
  }

  /** With one channel, or one pixel, both orders are the same bytes. */
  #turn(name: string, shape: readonly number[], perm: readonly number[], sameBytes: boolean): string {
    return sameBytes
      ? this.graph.add("Reshape", [name, this.graph.ints(shape)])
      : this.graph.add("Transpose", [name], { perm: { ints: perm } });
  }

  /**
   * A last axis of length 1 makes ONNX Runtime go number by number through a call with a single number: 50,000 numbers
   * times one took 820 µs so, and 15 µs as one long row.
   */
  #inOwnOrder(node: Node): { readonly inputs: readonly string[]; readonly done: (name: string) => Lowered } {
    const { shape } = node.type;
    const same = (input: Node): boolean => sameShape(input.type.shape, shape);
    const single = (input: Node): boolean => input.type.shape.every((length) => length === 1);
    const asRow =
      shape.length > 1 &&
      shape[shape.length - 1] === 1 &&
      node.inputs.some(single) &&
      node.inputs.every((input) => same(input) || single(input));
    if (!asRow) return { inputs: node.inputs.map((input) => this.logical(input)), done: (name) => ({ logical: name }) };
    const { graph } = this;
    return {
      inputs: node.inputs.map((input) =>
        graph.add("Reshape", [this.logical(input), graph.ints(same(input) ? [-1] : [])]),
      ),
      done: (name) => ({ logical: graph.add("Reshape", [name, graph.ints(shape)]) }),
    };
  }

  /**
   * Inputs of an elementwise op in the layout it should compute in. NCHW is taken when an image input has only that,
   * and every other input is an image of the same shape, a vector of channels or a scalar.
   */
  elementwise(node: Node): { readonly inputs: readonly string[]; readonly done: (name: string) => Lowered } {
    const { shape } = node.type;
    const channels = shape[3];
    const fits = (input: Node): boolean => {
      const { shape: own } = input.type;
      return (
        sameShape(own, shape) ||
        own.length === 0 ||
        own.every((length) => length === 1) ||
        (own[own.length - 1] === channels && own.slice(0, -1).every((length) => length === 1))
      );
    };
    const asImage =
      shape.length === 4 &&
      node.inputs.some((input) => sameShape(input.type.shape, shape) && this.isNchw(input)) &&
      node.inputs.every(fits);
    if (!asImage) return this.#inOwnOrder(node);
    const inputs = node.inputs.map((input) => {
      const { shape: own } = input.type;
      if (sameShape(own, shape)) return this.nchw(input);
      if (own.every((length) => length === 1))
        return this.graph.add("Reshape", [this.logical(input), this.graph.ints([])]);
      return this.graph.add("Reshape", [this.logical(input), this.graph.ints([channels!, 1, 1])]);
    });
    return { inputs, done: (name) => ({ nchw: name }) };
  }
}
