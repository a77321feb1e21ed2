/**
 * Nodes → an ONNX graph. TF.js keeps images as batch, height, width, channels (NHWC); ONNX's convolutions want NCHW, and
 * those of ONNX Runtime are fastest on blocks of channels (`blocked.ts`).
 *
 * The layout is an attribute of a lowered value, not a pass over the graph: a convolution leaves its result in the
 * layout that it computes in, elementwise ops and reductions over everything but channels follow it there, and a value
 * is turned only for a reader that insists.
 */

import { dataTypes } from "../onnx/fields.js";
import type { OnnxGraph } from "../onnx/graph.js";
import { sameShape, sizeOfShape } from "../util/shape.js";
import {
  blockedFromNchw,
  blockedFromNhwc,
  fitsBlocks,
  joinPhases,
  nchwFromBlocked,
  nhwcFromBlocked,
  type Phases,
  phasesOf,
} from "./blocked.js";
import type { Dtype, Node } from "./node.js";
import { as4 } from "./ops/windows.js";

/**
 * Names of the ONNX value: in TF.js's own order, or of an image (rank 4) in NCHW, in blocks, or in four phases; one of
 * them at first, more where it was turned.
 */
export interface Lowered {
  logical?: string;
  nchw?: string;
  blocked?: string;
  phases?: Phases;
}
export type Layout = keyof Lowered;
const layouts: readonly Layout[] = ["phases", "blocked", "nchw", "logical"];

/** Numbers from which on a row is worth two reshapes. */
const longRow = 512;

export class Lowering {
  readonly #values = new Map<Node, Lowered>();
  readonly #native = new Map<Node, Layout>();
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
    this.#native.set(node, layouts.find((layout) => value[layout] !== undefined)!);
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

  /** The layout that it was left in. */
  layout(node: Node): Layout {
    return this.#native.get(node)!;
  }

  logical(node: Node): string {
    const value = this.#of(node);
    if (value.logical === undefined) {
      const [batch, height, width, channels] = as4(node.type.shape);
      const blocks = value.nchw === undefined ? this.#knownBlocked(node) : undefined;
      value.logical =
        blocks !== undefined
          ? this.#reordered(node, (float) => nhwcFromBlocked(this.graph, float(blocks), channels))
          : this.#turn(node, this.nchw(node), [batch, height, width, channels], [0, 2, 3, 1]);
    }
    return value.logical;
  }

  nchw(node: Node): string {
    const value = this.#of(node);
    if (value.nchw === undefined) {
      const [batch, height, width, channels] = as4(node.type.shape);
      const blocks = this.#knownBlocked(node);
      value.nchw =
        blocks !== undefined
          ? this.#reordered(node, (float) => nchwFromBlocked(this.graph, float(blocks), channels))
          : this.#turn(node, value.logical!, [batch, channels, height, width], [0, 3, 1, 2]);
    }
    return value.nchw;
  }

  /** Blocks of channels, of an image whose channels fill blocks. */
  blocked(node: Node): string {
    const value = this.#of(node);
    const { nchw, logical } = value;
    value.blocked ??=
      this.#knownBlocked(node) ??
      this.#reordered(node, (float) =>
        nchw !== undefined ? blockedFromNchw(this.graph, float(nchw)) : blockedFromNhwc(this.graph, float(logical!)),
      );
    return value.blocked;
  }

  /** The blocked name of what is blocked, or in phases, already. */
  #knownBlocked(node: Node): string | undefined {
    const value = this.#of(node);
    const { phases } = value;
    if (phases)
      value.blocked ??= this.#reordered(node, (float) =>
        joinPhases(
          this.graph,
          phasesOf((index) => float(phases[index]!)),
          as4(node.type.shape),
        ),
      );
    return value.blocked;
  }

  /** Of what was left in phases. */
  phases(node: Node): Phases {
    const { phases } = this.#of(node);
    if (!phases) throw new Error(`hw1 bug: ${node.kernel} was not left in phases`);
    return phases;
  }

  /** Reordering is for float32 alone; what is true or false goes there and back as 0 and 1. */
  #reordered({ type }: Node, reorder: (float: (name: string) => string) => string): string {
    const cast = (name: string, dtype: Dtype): string =>
      this.graph.add("Cast", [name], { to: { int: dataTypes[dtype] } });
    if (type.dtype === "float32") return reorder((name) => name);
    return cast(
      reorder((name) => cast(name, "float32")),
      type.dtype,
    );
  }

  /** With one channel, or one pixel, both orders are the same bytes. */
  #turn({ type }: Node, name: string, shape: readonly number[], perm: readonly number[]): string {
    const [, height, width, channels] = as4(type.shape);
    return channels === 1 || height * width === 1
      ? this.graph.add("Reshape", [name, this.graph.ints(shape)])
      : this.graph.add("Transpose", [name], { perm: { ints: perm } });
  }

  /**
   * A last axis of length 1 makes ONNX Runtime go number by number through a call with a single number: 50,000 numbers
   * times one took 820 µs so, and 15 µs as one long row. For few numbers the two reshapes would cost more.
   */
  #inOwnOrder({ type, inputs }: Call, write: Write): Lowered {
    const { shape } = type;
    const same = (input: Node): boolean => sameShape(input.type.shape, shape);
    const asRow =
      shape.length > 1 &&
      shape[shape.length - 1] === 1 &&
      sizeOfShape(shape) >= longRow &&
      inputs.some(isSingle) &&
      inputs.every((input) => same(input) || isSingle(input));
    if (!asRow) return { logical: write(inputs.map((input) => this.logical(input))) };
    const { graph } = this;
    const rows = inputs.map((input) =>
      graph.add("Reshape", [this.logical(input), graph.ints(same(input) ? [-1] : [])]),
    );
    return { logical: graph.add("Reshape", [write(rows), graph.ints(shape)]) };
  }

  /**
   * An elementwise op, in the layout it should compute in: that of its image inputs where every other input is an image
   * of the same shape, a vector of channels (for blocks and phases: none) or a single number.
   *
   * @param write  from the inputs' names in one layout to the result's; called once for each phase
   */
  elementwise(call: Call, write: Write): Lowered {
    const { inputs } = call;
    const { shape } = call.type;
    const isImage = (input: Node): boolean => sameShape(input.type.shape, shape);
    const found = shape.length === 4 ? inputs.filter(isImage).map((image) => this.layout(image)) : [];
    /** All inputs by name: images as they are read, others as they are combined with images. */
    const names = (image: (input: Node) => string, other = (input: Node) => this.#single(input)): readonly string[] =>
      inputs.map((input) => (isImage(input) ? image(input) : other(input)));
    const isInBlocks = found.some((layout) => layout === "phases" || layout === "blocked");
    if (isInBlocks && canBeBlocked(call) && inputs.every((input) => isImage(input) || isSingle(input))) {
      if (found.some((layout) => layout !== "phases")) return { blocked: write(names((input) => this.blocked(input))) };
      return { phases: phasesOf((index) => write(names((input) => this.phases(input)[index]!))) };
    }
    const channels = shape[3]!;
    const isOfChannels = ({ type: { shape: own } }: Node): boolean =>
      own[own.length - 1] === channels && own.slice(0, -1).every((length) => length === 1);
    const fits = (input: Node): boolean => isImage(input) || isSingle(input) || isOfChannels(input);
    if (!found.some((layout) => layout !== "logical") || !inputs.every(fits)) return this.#inOwnOrder(call, write);
    const ofChannels = (input: Node): string =>
      this.graph.add("Reshape", [this.logical(input), this.graph.ints([channels, 1, 1])]);
    const other = (input: Node): string => (isSingle(input) ? this.#single(input) : ofChannels(input));
    return { nchw: write(names((input) => this.nchw(input), other)) };
  }

  #single(input: Node): string {
    return this.graph.add("Reshape", [this.logical(input), this.graph.ints([])]);
  }
}

type Call = Pick<Node, "type" | "inputs">;
type Write = (inputs: readonly string[]) => string;
const isSingle = ({ type }: Node): boolean => type.shape.every((length) => length === 1);
/** Blocks are of float32; what is true or false follows them. */
const canBeBlocked = ({ type, inputs }: Call): boolean =>
  fitsBlocks(type.shape[3]!) &&
  [type, ...inputs.map((input) => input.type)].every(({ dtype }) => dtype === "float32" || dtype === "bool");
