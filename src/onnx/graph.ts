/**
 * An ONNX graph under construction, and its bytes (ONNX 1.15).
 *
 * Names are given by the builder, unless a name is asked for. Equal constants are stored once. The body of a `Scan` is
 * a graph of its own that may read names of the graph around it.
 */
import {
  AttributeProto,
  attributeTypes,
  DimensionProto,
  dataTypes,
  GraphProto,
  ModelProto,
  NodeProto,
  OperatorSetIdProto,
  StringStringEntryProto,
  TensorProto,
  TensorShapeProto,
  TensorTypeProto,
  TypeProto,
  ValueInfoProto,
} from "./fields.js";
import { Message } from "./protobuf.js";

export type OnnxType = keyof typeof dataTypes;

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

/** What a model says of itself, beside its graph. */
export interface ModelInfo {
  /** Version of the standard's ops. */
  readonly opset: number;
  /** Version of the format. */
  readonly irVersion: number;
  readonly producer?: { readonly name: string; readonly version: string };
  readonly metadata?: Readonly<Record<string, string>>;
}
/** Of models that are computed where they are made. */
const computed: ModelInfo = { opset: 20, irVersion: 9 };

/** The standard's ops have the empty domain. */
const standard = "";
/** Ops of ONNX Runtime beyond the standard. */
const contributed = { domain: "com.microsoft", version: 1 };
const contributedOps: ReadonlySet<string> = new Set(["FusedMatMul"]);
/** Ops on the blocked layout (`blocked.ts`), written as `nchwc.Conv`; some have the names of standard ones. */
const blocked = { domain: "com.microsoft.nchwc", version: 1 };
const blockedPrefix = "nchwc.";

function domainOf(op: string): { readonly type: string; readonly domain: string } {
  if (op.startsWith(blockedPrefix)) return { type: op.slice(blockedPrefix.length), domain: blocked.domain };
  return { type: op, domain: contributedOps.has(op) ? contributed.domain : standard };
}

export class OnnxGraph {
  readonly #nodes: Message[] = [];
  readonly #inputs: Port[] = [];
  readonly #outputs: Port[] = [];
  readonly #constants = new Map<string, { readonly name: string; readonly message: Message }>();
  readonly #produced = new Set<string>();
  readonly #prefix: string;
  #count = 0;
  /** Whether it, or a graph within it, has ops on the blocked layout, and ops beyond the standard. */
  #usesBlocked = false;
  #usesContributed = false;

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

  /** Without those of graphs within it. */
  get nodeCount(): number {
    return this.#nodes.length;
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
    this.#node(op, inputs, outputs, attributes);
    return outputs;
  }

  /** The same with one output, whose name is given; nothing else has it. */
  addAs(
    name: string,
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    this.#node(op, inputs, [name], attributes, name);
    return name;
  }

  #node(
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    name?: string,
  ): void {
    const node = new Message();
    for (const input of inputs) node.text(NodeProto.input, input);
    for (const output of outputs) node.text(NodeProto.output, output);
    const { type, domain } = domainOf(op);
    if (name !== undefined) node.text(NodeProto.name, name);
    node.text(NodeProto.opType, type);
    for (const [name, attribute] of Object.entries(attributes))
      node.message(NodeProto.attribute, attributeMessage(name, attribute));
    if (domain !== "") node.text(NodeProto.domain, domain);
    this.#nodes.push(node);
    const within = Object.values(attributes).flatMap((each) => ("graph" in each ? [each.graph] : []));
    this.#usesBlocked ||= domain === blocked.domain || within.some((graph) => graph.#usesBlocked);
    this.#usesContributed ||= domain === contributed.domain || within.some((graph) => graph.#usesContributed);
    for (const output of outputs) this.#produced.add(output);
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
    this.#constants.set(key, { name, message: tensorMessage(name, type, shape, bytes) });
    return name;
  }

  /** A constant under a name that is given, and that nothing else has; stored as it is, whatever others are equal. */
  constantAs(name: string, type: OnnxType, shape: readonly number[], bytes: Uint8Array): string {
    this.#constants.set(`named ${name}`, { name, message: tensorMessage(name, type, shape, bytes) });
    return name;
  }

  message(): Message {
    const graph = new Message();
    for (const node of this.#nodes) graph.message(GraphProto.node, node);
    graph.text(GraphProto.name, "graph");
    for (const { message } of this.#constants.values()) graph.message(GraphProto.initializer, message);
    for (const input of this.#inputs) graph.message(GraphProto.input, portMessage(input));
    for (const output of this.#outputs) graph.message(GraphProto.output, portMessage(output));
    return graph;
  }

  /** The bytes of a whole model. */
  model({ opset, irVersion, producer, metadata = {} }: ModelInfo = computed): Uint8Array {
    const model = new Message().int(ModelProto.irVersion, irVersion);
    if (producer) model.text(ModelProto.producerName, producer.name).text(ModelProto.producerVersion, producer.version);
    model.message(ModelProto.graph, this.message());
    const others = [...(this.#usesContributed ? [contributed] : []), ...(this.#usesBlocked ? [blocked] : [])];
    for (const { domain, version } of [{ domain: standard, version: opset }, ...others])
      model.message(
        ModelProto.opsetImport,
        new Message().text(OperatorSetIdProto.domain, domain).int(OperatorSetIdProto.version, version),
      );
    for (const [key, value] of Object.entries(metadata))
      model.message(
        ModelProto.metadataProps,
        new Message().text(StringStringEntryProto.key, key).text(StringStringEntryProto.value, value),
      );
    return model.finish();
  }
}

function tensorMessage(name: string, type: OnnxType, shape: readonly number[], bytes: Uint8Array): Message {
  const message = new Message();
  for (const length of shape) message.int(TensorProto.dims, length);
  return message
    .int(TensorProto.dataType, dataTypes[type])
    .text(TensorProto.name, name)
    .bytes(TensorProto.rawData, bytes);
}

function attributeMessage(name: string, attribute: Attribute): Message {
  const message = new Message().text(AttributeProto.name, name);
  const type = writeValue(message, attribute);
  return message.int(AttributeProto.type, attributeTypes[type]);
}

/** @returns its type */
function writeValue(message: Message, attribute: Attribute): keyof typeof attributeTypes {
  if ("float" in attribute) {
    message.float(AttributeProto.f, attribute.float);
    return "float";
  }
  if ("int" in attribute) {
    message.int(AttributeProto.i, attribute.int);
    return "int";
  }
  if ("text" in attribute) {
    message.text(AttributeProto.s, attribute.text);
    return "string";
  }
  if ("graph" in attribute) {
    message.message(AttributeProto.g, attribute.graph.message());
    return "graph";
  }
  for (const value of attribute.ints) message.int(AttributeProto.ints, value);
  return "ints";
}

function portMessage({ name, type, shape }: Port): Message {
  const dimensions = new Message();
  for (const length of shape)
    dimensions.message(
      TensorShapeProto.dim,
      typeof length === "number"
        ? new Message().int(DimensionProto.dimValue, length)
        : new Message().text(DimensionProto.dimParam, length),
    );
  const tensor = new Message()
    .int(TensorTypeProto.elemType, dataTypes[type])
    .message(TensorTypeProto.shape, dimensions);
  return new Message()
    .text(ValueInfoProto.name, name)
    .message(ValueInfoProto.type, new Message().message(TypeProto.tensorType, tensor));
}
