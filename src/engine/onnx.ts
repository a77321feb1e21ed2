/**
 * An ONNX graph under construction, and its bytes (ONNX 1.16, opset 20).
 *
 * Names are given by the builder. Equal constants are stored once. A body of a `Loop` is a graph of its own that may
 * read names of the graph around it.
 */
import { Message } from "./protobuf.js";

export type OnnxType = "float32" | "float64" | "int32" | "int64" | "bool" | "uint8";
/** TensorProto.DataType */
export const onnxCodes: Readonly<Record<OnnxType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string }
  | { readonly graph: OnnxGraph };
/** A dimension is a number, or the name of one that is only known at run time. */
export interface Port {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly (number | string)[];
}

const opset = 20;
/** Ops of ONNX Runtime beyond the standard. */
const contributed: ReadonlySet<string> = new Set(["FusedMatMul"]);

export class OnnxGraph {
  readonly #nodes: Message[] = [];
  readonly #inputs: Port[] = [];
  readonly #outputs: Port[] = [];
  readonly #constants = new Map<string, { readonly name: string; readonly message: Message }>();
  readonly #produced = new Set<string>();
  readonly #prefix: string;
  #count = 0;

  constructor(prefix = "") {
    this.#prefix = prefix;
  }

  input(type: OnnxType, shape: readonly (number | string)[], name = this.name()): string {
    this.#inputs.push({ name, type, shape });
    return name;
  }

  output(name: string, type: OnnxType, shape: readonly (number | string)[]): void {
    this.#outputs.push({ name, type, shape });
  }

  /**
   * Makes values outputs, in order. Each output has a name of its own and is computed by a node; where a value has
   * neither, it is copied.
   */
  outputs(values: readonly Port[]): readonly string[] {
    const taken = new Set<string>();
    return values.map(({ name, type, shape }) => {
      const own = this.#produced.has(name) && !taken.has(name) ? name : this.add("Identity", [name]);
      taken.add(own);
      this.output(own, type, shape);
      return own;
    });
  }

  name(): string {
    return `${this.#prefix}${this.#count++}`;
  }

  /** Adds a node with one output and returns the output's name. An absent optional input is "". */
  add(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.addMany(op, inputs, 1, attributes)[0]!;
  }

  addMany(
    op: string,
    inputs: readonly string[],
    outputCount: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): readonly string[] {
    const outputs = Array.from({ length: outputCount }, () => this.name());
    const node = new Message();
    for (const input of inputs) node.text(1, input);
    for (const output of outputs) node.text(2, output);
    node.text(4, op);
    for (const [name, attribute] of Object.entries(attributes)) node.message(5, attributeMessage(name, attribute));
    if (contributed.has(op)) node.text(7, "com.microsoft");
    this.#nodes.push(node);
    for (const output of outputs) this.#produced.add(output);
    return outputs;
  }

  ints(values: readonly number[]): string {
    return this.constant(
      "int64",
      [values.length],
      new Uint8Array(BigInt64Array.from(values, (value) => BigInt(value)).buffer),
    );
  }
  int(value: number): string {
    return this.constant("int64", [], new Uint8Array(BigInt64Array.of(BigInt(value)).buffer));
  }
  int32(value: number): string {
    return this.constant("int32", [], new Uint8Array(Int32Array.of(value).buffer));
  }
  float(value: number): string {
    return this.constant("float32", [], new Uint8Array(Float32Array.of(value).buffer));
  }

  /** A constant of little-endian bytes. */
  constant(type: OnnxType, shape: readonly number[], bytes: Uint8Array): string {
    const key = `${type}[${shape}]${Buffer.from(bytes).toString("base64")}`;
    const known = this.#constants.get(key);
    if (known) return known.name;
    const name = this.name();
    const message = new Message();
    for (const length of shape) message.int(1, length);
    message.int(2, onnxCodes[type]).text(8, name).bytes(9, bytes);
    this.#constants.set(key, { name, message });
    return name;
  }

  message(): Message {
    const graph = new Message();
    for (const node of this.#nodes) graph.message(1, node);
    graph.text(2, "graph");
    for (const { message } of this.#constants.values()) graph.message(5, message);
    for (const input of this.#inputs) graph.message(11, portMessage(input));
    for (const output of this.#outputs) graph.message(12, portMessage(output));
    return graph;
  }

  /** The bytes of a whole model. */
  model(): Uint8Array {
    const standard = new Message().text(1, "").int(2, opset);
    const extra = new Message().text(1, "com.microsoft").int(2, 1);
    return new Message().int(1, 9).message(7, this.message()).message(8, standard).message(8, extra).finish();
  }
}

function attributeMessage(name: string, attribute: Attribute): Message {
  const message = new Message().text(1, name);
  if ("float" in attribute) return message.float(2, attribute.float).int(20, 1);
  if ("int" in attribute) return message.int(3, attribute.int).int(20, 2);
  if ("text" in attribute) return message.text(4, attribute.text).int(20, 3);
  if ("graph" in attribute) return message.message(6, attribute.graph.message()).int(20, 5);
  for (const value of attribute.ints) message.int(8, value);
  return message.int(20, 7);
}

function portMessage({ name, type, shape }: Port): Message {
  const dimensions = new Message();
  for (const length of shape)
    dimensions.message(1, typeof length === "number" ? new Message().int(1, length) : new Message().text(2, length));
  const tensor = new Message().int(1, onnxCodes[type]).message(2, dimensions);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
