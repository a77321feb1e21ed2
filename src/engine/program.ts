/**
 * A step recorded once and replayed many times in one run.
 *
 * The body is called with placeholders; what it records becomes the body of an ONNX `Loop`. Constants are read from outside the
 * loop, each step takes its slice of the per-step arrays, state is carried from step to step inside the run, and outputs
 * are stacked. A session is compiled per shape of a step's slices; how many steps a run takes is not part of it.
 */
import * as tf from "@tensorflow/tfjs-core";
import { type OnnxBackend, record, rowOf } from "./backend.js";
import { CaptureError } from "./error.js";
import { Lowering } from "./lower.js";
import { type Node, pending, placeholderNode, sizeOf, type TensorType, type Values } from "./node.js";
import { OnnxGraph } from "./onnx.js";
import { type Feed, Session } from "./session.js";

export interface Array_ {
  readonly dtype: "float32" | "int32" | "uint8";
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}
export type Body = (
  constants: readonly tf.Tensor[],
  slices: readonly tf.Tensor[],
  state: readonly tf.Tensor[],
  gather: (index: number, rows: tf.Tensor) => tf.Tensor,
) => { readonly state: readonly tf.Tensor[]; readonly outputs: readonly tf.Tensor[] };

interface Compiled {
  readonly session: Session;
  readonly feeds: {
    readonly trip: string;
    readonly constants: readonly string[];
    readonly slices: readonly string[];
    readonly state: readonly string[];
    readonly values: ReadonlyMap<string, Feed>;
  };
  readonly fetches: readonly string[];
  readonly outputs: readonly TensorType[];
}

/** Values up to this size are written into the graph, where the optimiser can see them. */
const embeddedSize = 64;

export class RecordedProgram {
  readonly #compiled = new Map<string, Compiled>();
  #state: readonly Array_[];

  constructor(
    readonly backend: OnnxBackend,
    readonly constants: readonly Array_[],
    state: readonly Array_[],
    readonly body: Body,
  ) {
    this.#state = state;
  }

  /** @throws CaptureError where the body asks for values, or calls a kernel that has no lowering */
  run(slices: readonly Array_[]): readonly Array_[] {
    const steps = slices[0]!.shape[0]!;
    const key = slices.map(({ dtype, shape }) => `${dtype}[${shape.slice(1)}]`).join();
    let compiled = this.#compiled.get(key);
    if (!compiled) {
      compiled = this.#compile(slices);
      this.#compiled.set(key, compiled);
    }
    const { feeds, fetches, session, outputs } = compiled;
    const values = new Map<string, Feed>(feeds.values);
    values.set(feeds.trip, { type: { dtype: "int64", shape: [] }, value: BigInt64Array.of(BigInt(steps)) });
    const feed = (names: readonly string[], arrays: readonly Array_[]): void => {
      for (const [index, name] of names.entries()) if (name !== "") values.set(name, { type: arrays[index]!, value: arrays[index]!.data });
    };
    feed(feeds.constants, this.constants);
    feed(feeds.slices, slices);
    feed(feeds.state, this.#state);
    const results = session.run(values, fetches);
    this.#state = this.#state.map(({ dtype, shape }, index) => ({ dtype, shape, data: results[index]! }));
    return outputs.map(({ shape }, index) => ({ dtype: "float32", shape: [steps, ...shape], data: results[this.#state.length + index]! }));
  }

  readState(): readonly Array_[] {
    return this.#state;
  }

  writeState(state: readonly Array_[]): void {
    this.#state = state;
  }

  dispose(): void {
    for (const { session } of this.#compiled.values()) session.dispose();
    this.#compiled.clear();
  }

  #compile(slices: readonly Array_[]): Compiled {
    const constants = this.constants.map((constant) => placeholderNode(constant));
    const stepSlices = slices.map(({ dtype, shape }) => placeholderNode({ dtype, shape: shape.slice(1) }));
    const carried = this.#state.map((value) => placeholderNode(value));
    const { state, outputs } = this.#capture(constants, stepSlices, carried);
    const order = pending([...state, ...outputs]);

    const main = new OnnxGraph();
    const body = new OnnxGraph("b");
    const lowering = new Lowering(body, order, [...state, ...outputs]);
    const used = new Set(order);
    const iteration = body.input("int64", []);
    const condition = body.input("bool", []);
    const constantNames = constants.map((node) => {
      if (!used.has(node)) return "";
      const name = main.input(node.type.dtype, node.type.shape);
      lowering.set(node, { logical: name });
      return name;
    });
    const sliceNames = stepSlices.map((node) => {
      if (!used.has(node)) return "";
      const name = main.input(node.type.dtype, ["steps", ...node.type.shape]);
      const slice = body.add("Gather", [name, iteration], { axis: { int: 0 } });
      lowering.set(node, { logical: slice });
      return name;
    });
    const stateNames = carried.map((node) => main.input(node.type.dtype, node.type.shape));
    for (const node of carried) lowering.set(node, { logical: body.input(node.type.dtype, node.type.shape) });
    const fed = new Map<string, Feed>();
    for (const node of order) {
      if (lowering.has(node)) continue;
      if (node.value === undefined) lowering.set(node, rowOf(node).lower(node, lowering));
      else if (sizeOf(node.type.shape) <= embeddedSize) lowering.set(node, { logical: body.constant(node.type.dtype, node.type.shape, bytesOf(node.value)) });
      else {
        const name = main.input(node.type.dtype, node.type.shape);
        fed.set(name, { type: node.type, value: node.value });
        lowering.set(node, { logical: name });
      }
    }
    body.output(body.add("Identity", [condition]), "bool", []);
    body.outputs([...state, ...outputs].map((node) => ({ name: lowering.logical(node), type: node.type.dtype, shape: node.type.shape })));
    const trip = main.input("int64", []);
    const fetches = main.addMany("Loop", [trip, "", ...stateNames], state.length + outputs.length, { body: { graph: body } });
    for (const [index, node] of state.entries()) main.output(fetches[index]!, node.type.dtype, node.type.shape);
    for (const [index, node] of outputs.entries()) main.output(fetches[state.length + index]!, node.type.dtype, ["steps", ...node.type.shape]);
    return {
      session: new Session(main.model(), this.backend.threads),
      feeds: { trip, constants: constantNames, slices: sliceNames, state: stateNames, values: fed },
      fetches,
      outputs: outputs.map((node) => node.type),
    };
  }

  #capture(constants: readonly Node[], slices: readonly Node[], carried: readonly Node[]): { state: readonly Node[]; outputs: readonly Node[] } {
    const { backend } = this;
    const tensorOf = (node: Node): tf.Tensor => {
      const info = backend.wrap(node);
      return tf.engine().makeTensorFromTensorInfo({ ...info, shape: [...info.shape] });
    };
    const recorded = (kernel: string, inputs: readonly Node[], attributes: Readonly<Record<string, unknown>>): Node => {
      const node = record(kernel, inputs, attributes);
      if (!node) throw new CaptureError(`${kernel} cannot be recorded`);
      return node;
    };
    /** Bytes become float32 once their rows are gathered; what a body sees is always float32 or int32. */
    const readable = (node: Node): Node => (node.type.dtype === "uint8" ? recorded("Cast", [node], { dtype: "float32" }) : node);
    const gather = (index: number, rows: tf.Tensor): tf.Tensor =>
      tensorOf(readable(recorded("GatherV2", [constants[index]!, backend.nodeOf(rows)], { axis: 0 })));
    const before = backend.capturing;
    backend.capturing = true;
    tf.engine().startScope("record");
    try {
      const given = constants.map((node) => (node.type.dtype === "uint8" ? tf.zeros([0]) : tensorOf(node)));
      const made = this.body(
        given,
        slices.map((node) => tensorOf(readable(node))),
        carried.map(tensorOf),
        gather,
      );
      for (const [index, tensor] of made.state.entries())
        if (tensor.shape.join() !== carried[index]!.type.shape.join())
          throw new CaptureError(`state ${index} changes its shape from [${carried[index]!.type.shape}] to [${tensor.shape}]`);
      return { state: made.state.map((tensor) => backend.nodeOf(tensor)), outputs: made.outputs.map((tensor) => backend.nodeOf(tensor)) };
    } finally {
      tf.engine().endScope();
      backend.capturing = before;
    }
  }
}

const bytesOf = (value: Values): Uint8Array => new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
