/**
 * Nodes → an ONNX graph. TF.js keeps images as batch, height, width, channels (NHWC); ONNX's convolutions want NCHW, and
 * those of ONNX Runtime are fastest on blocks of channels (`blocked.ts`).
 *
 * The layout is an attribute of a lowered value, not a pass over the graph: a convolution leaves its result in the
 * layout that it computes in, elementwise ops and reductions over everything but channels follow it there, and a value
 * is turned only for a reader that insists.
 */
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
import type { OnnxGraph } from "./onnx.js";
import { dataTypes } from "./onnx-fields.js";
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
    value.logical ??= this.#fromImage(node, value);
    return value.logical;
  }

  #fromImage(node: Node, value: Lowered): string {
    const [batch, height, width, channels] = as4(node.type.shape);
    const blocks = value.nchw === undefined && isFloat(node) ? this.#knownBlocked(node) : undefined;
    if (blocks !== undefined) return nhwcFromBlocked(this.graph, blocks, channels);
    return this.#turn(
      this.nchw(node),
      [batch, height, width, channels],
      [0, 2, 3, 1],
      channels === 1 || height * width === 1,
    );
  }

  nchw(node: Node): string {
    const value = this.#of(node);
    if (value.nchw === undefined) {
      const [batch, height, width, channels] = as4(node.type.shape);
      const blocks = this.#knownBlocked(node);
      if (blocks !== undefined)
        value.nchw = this.#throughFloat(node, blocks, (name) => nchwFromBlocked(this.graph, name, channels));
      else
        value.nchw = this.#turn(
          value.logical!,
          [batch, channels, height, width],
          [0, 3, 1, 2],
          channels === 1 || height * width === 1,
        );
    }
    return value.nchw;
  }

  /** Blocks of channels, of an image whose channels fill blocks. */
  blocked(node: Node): string {
    const value = this.#of(node);
    value.blocked ??=
      this.#knownBlocked(node) ??
      (value.nchw !== undefined
        ? this.#throughFloat(node, value.nchw, (name) => blockedFromNchw(this.graph, name))
        : this.#throughFloat(node, value.logical!, (name) => blockedFromNhwc(this.graph, name)));
    return value.blocked;
  }

  /** The blocked name of what is blocked, or in phases, already. */
  #knownBlocked(node: Node): string | undefined {
    const value = this.#of(node);
    if (value.blocked === undefined && value.phases !== undefined) {
      const { phases } = value;
      // Only phases of floats are joined: what is true or false is turned before.
      value.blocked = this.#throughFloats(node, phases, (names) => joinPhases(this.graph, names, as4(node.type.shape)));
    }
    return value.blocked;
  }

  /** Of what was left in phases. */
  phases(node: Node): Phases {
    const { phases } = this.#of(node);
    if (!phases) throw new Error(`hw1 bug: ${node.kernel} was not left in phases`);
    return phases;
  }

  #cast(name: string, dtype: Dtype): string {
    return this.graph.add("Cast", [name], { to: { int: dataTypes[dtype] } });
  }

  /** Reordering is for float32 alone; what is true or false goes there and back as 0 and 1. */
  #throughFloat(node: Node, name: string, reorder: (name: string) => string): string {
    if (isFloat(node)) return reorder(name);
    return this.#cast(reorder(this.#cast(name, "float32")), node.type.dtype);
  }
  #throughFloats(node: Node, names: Phases, join: (names: Phases) => string): string {
    if (isFloat(node)) return join(names);
    return this.#cast(join(phasesOf((index) => this.#cast(names[index]!, "float32"))), node.type.dtype);
  }

  /** With one channel, or one pixel, both orders are the same bytes. */
  #turn(name: string, shape: readonly number[], perm: readonly number[], sameBytes: boolean): string {
    return sameBytes
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
    const images = shape.length === 4 ? inputs.filter(isImage) : [];
    const found = images.map((image) => this.layout(image));
    const inBlocks = found.some((layout) => layout === "phases" || layout === "blocked");
    if (
      inBlocks &&
      fitsBlocks(shape[3]!) &&
      isOneOrTwoValued(call) &&
      inputs.every((each) => isImage(each) || isSingle(each))
    ) {
      const name = (input: Node, image: string): string => (isImage(input) ? image : this.#single(input));
      if (found.every((layout) => layout === "phases"))
        return {
          phases: phasesOf((index) =>
            write(inputs.map((input) => name(input, isImage(input) ? this.phases(input)[index]! : ""))),
          ),
        };
      return { blocked: write(inputs.map((input) => name(input, isImage(input) ? this.blocked(input) : ""))) };
    }
    const channels = shape[3];
    const fits = (input: Node): boolean => {
      const { shape: own } = input.type;
      return (
        isImage(input) ||
        isSingle(input) ||
        (own[own.length - 1] === channels && own.slice(0, -1).every((length) => length === 1))
      );
    };
    if (!found.some((layout) => layout !== "logical") || !inputs.every(fits)) return this.#inOwnOrder(call, write);
    const names = inputs.map((input) => {
      if (isImage(input)) return this.nchw(input);
      if (isSingle(input)) return this.#single(input);
      return this.graph.add("Reshape", [this.logical(input), this.graph.ints([channels!, 1, 1])]);
    });
    return { nchw: write(names) };
  }

  #single(input: Node): string {
    return this.graph.add("Reshape", [this.logical(input), this.graph.ints([])]);
  }
}

type Call = Pick<Node, "type" | "inputs">;
type Write = (inputs: readonly string[]) => string;
const isSingle = ({ type }: Node): boolean => type.shape.every((length) => length === 1);
const isFloat = ({ type }: Node): boolean => type.dtype === "float32";
const isOneOrTwoValued = ({ type, inputs }: Call): boolean =>
  [type, ...inputs.map((input) => input.type)].every(({ dtype }) => dtype === "float32" || dtype === "bool");
