/**
 * The lazy TF.js backend `onnx`. A kernel call records a node; when a value is wanted, everything that is still alive
 * and not yet computed is lowered to one graph, compiled once per structure, and run.
 *
 * Whatever is alive is computed along with what is wanted, so a chain of updates does not grow without end, and what
 * was computed is never computed again. A kernel without a row, or a call that a row does not support, goes to TF.js's
 * own kernel, and is counted.
 */
import { checkMemory } from "../util/memory.js";
import { sameShape, sizeOfShape } from "../util/shape.js";
import { registerCpuKernels, registerGradients, tf } from "../util/tfjs.js";
import { CaptureError, EngineError } from "./error.js";
import { Lowering } from "./lower.js";
import { bytesOfType, peakBytes } from "./memory.js";
import {
  type Attributes,
  type Dtype,
  type Node,
  pending,
  placeholder,
  sourceNode,
  structureOf,
  type TensorType,
  type Values,
} from "./node.js";
import { OnnxGraph } from "./onnx.js";
import { type Call, type Composite, compositeOf, Unsupported } from "./ops/composite.js";
import type { Op } from "./ops/op.js";
import { opOf } from "./ops/ops.js";
import { type Feed, Session, SessionCache } from "./session.js";

export const backendName = "onnx";
/** Bound on live sessions of plain TF.js code; recorded programs hold their own. */
const sessionLimit = 64;

/** Calls of this process that TF.js's own kernels answered, by kernel. */
export const fallbackCalls = new Map<string, number>();

interface Held {
  readonly node: Node;
  references: number;
  /** Strings and complex numbers, which no kernel of ours reads. */
  readonly raw?: tf.backend_util.BackendValues;
}

export class OnnxBackend extends tf.KernelBackend {
  readonly data: tf.DataStorage<Held>;
  readonly sessions = new SessionCache(sessionLimit);
  /** While a body is recorded nothing may be computed. */
  capturing = false;
  readonly #alive = new Set<Held>();

  constructor(public threads: number) {
    super();
    this.data = new tf.DataStorage(this, tf.engine());
  }

  override numDataIds(): number {
    return this.data.numDataIds();
  }
  /** Of what the function records, and of all else that is pending. */
  override async time(work: () => void): Promise<tf.BackendTimingInfo> {
    const begun = performance.now();
    work();
    this.#flush();
    return { kernelMs: performance.now() - begun };
  }
  override timerAvailable(): boolean {
    return false;
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override dispose(): void {
    this.sessions.clear();
    this.#alive.clear();
  }

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object {
    const id = {};
    this.move(id, values, shape, dtype, 1);
    return id;
  }

  override move(
    id: object,
    values: tf.backend_util.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    references: number,
  ): void {
    if (dtype === "string" || dtype === "complex64") {
      this.#hold(id, { node: sourceNode({ dtype: "float32", shape }, new Float32Array(0)), references, raw: values });
      return;
    }
    const typed = typedValues(values as Values, dtype);
    this.#hold(id, { node: repeated(typed, { dtype, shape }) ?? sourceNode({ dtype, shape }, typed), references });
  }

  #hold(id: object, held: Held): void {
    this.data.set(id, held);
    this.#alive.add(held);
  }

  override refCount(id: object): number {
    return this.data.has(id) ? this.data.get(id).references : 0;
  }
  override incRef(id: object): void {
    this.data.get(id).references++;
  }
  override disposeData(id: object, force = false): boolean {
    if (!this.data.has(id)) return true;
    const held = this.data.get(id);
    held.references--;
    if (!force && held.references > 0) return false;
    this.data.delete(id);
    this.#alive.delete(held);
    return true;
  }

  override readSync(id: object): tf.backend_util.BackendValues {
    const held = this.data.get(id);
    if (held.raw) return held.raw;
    return this.valueFor(held.node);
  }
  override async read(id: object): Promise<tf.backend_util.BackendValues> {
    return this.readSync(id);
  }

  /** Whether its values are there without computing. */
  isKnown(id: object): boolean {
    const held = this.data.get(id);
    return held.raw !== undefined || held.node.value !== undefined;
  }

  /** The node of a tensor; a tensor may share another's data under another shape. */
  nodeOf(tensor: { readonly dataId: object; readonly shape: readonly number[] }): Node {
    const { node } = this.data.get(tensor.dataId);
    const shape = [...tensor.shape];
    if (sameShape(node.type.shape, shape)) return node;
    return {
      kernel: "Reshape",
      inputs: [node],
      attributes: { shape },
      type: { dtype: node.type.dtype, shape },
      value: undefined,
    };
  }

  /** A tensor of TF.js for a node. */
  wrap(node: Node): tf.TensorInfo {
    const id = {};
    this.#hold(id, { node, references: 1 });
    return { dataId: id, shape: [...node.type.shape], dtype: node.type.dtype as tf.DataType };
  }

  valueFor(node: Node): Values {
    if (node.value !== undefined) return node.value;
    if (this.capturing) throw new CaptureError("a value was asked for while a step was being recorded");
    this.#flush(node);
    return node.value!;
  }

  /** Computes what is wanted and everything else that is alive and pending. */
  #flush(...wanted: readonly Node[]): void {
    const outputs = new Set<Node>(wanted);
    for (const { node } of this.#alive) if (node.value === undefined && node.kernel !== placeholder) outputs.add(node);
    const list = [...outputs];
    if (list.length === 0) return;
    const order = pending(list);
    const key = `${this.threads}\n${structureOf(order, list)}`;
    const { session, feeds, fetches } = this.sessions.get(key, () => compile(order, list, this.threads));
    const values = new Map<string, Feed>();
    let at = 0;
    for (const node of order)
      if (node.value !== undefined) values.set(feeds[at++]!, { type: node.type, value: node.value });
    const results = session.run(values, fetches);
    for (const [index, node] of list.entries()) {
      node.value = results[index]!;
      node.inputs = [];
    }
  }
}

function compile(
  order: readonly Node[],
  outputs: readonly Node[],
  threads: number,
): { session: Session; feeds: readonly string[]; fetches: readonly string[] } {
  checkMemory(
    peakBytes(order, outputs),
    () => `Computing ${outputs.length === 1 ? "a value" : `${outputs.length} values`} in ${order.length} calls`,
  );
  const graph = new OnnxGraph();
  const lowering = new Lowering(graph, order, outputs);
  const feeds: string[] = [];
  for (const node of order) {
    if (lowering.has(node)) continue;
    if (node.value === undefined) lowering.set(node, rowOf(node).lower(node, lowering));
    else {
      const name = graph.input(node.type.dtype, node.type.shape);
      feeds.push(name);
      lowering.set(node, { logical: name });
    }
  }
  const fetches = graph.outputs(
    outputs.map((node) => ({ name: lowering.logical(node), type: node.type.dtype, shape: node.type.shape })),
  );
  return { session: new Session(graph.model(), threads), feeds, fetches };
}

export function rowOf(node: Node): Op {
  const row = opOf(node.kernel);
  if (!row) throw new EngineError(`there is no lowering for ${node.kernel}`);
  return row;
}

/** `tf.ones` and the gradients of `sum` and `mean` write whole arrays of one number; it is broadcast instead. */
function repeated(values: Values, type: TensorType): Node | undefined {
  if (values.length < 64 || type.dtype === "bool") return undefined;
  const first = values[0]!;
  if (values[values.length - 1] !== first || !Number.isFinite(first) || !values.every((value) => value === first))
    return undefined;
  return {
    kernel: "Fill",
    inputs: [],
    attributes: { shape: [...type.shape], value: first, dtype: type.dtype },
    type,
    value: undefined,
  };
}

function typedValues(values: Values | readonly number[] | readonly boolean[], dtype: tf.DataType): Values {
  if (dtype === "float32")
    return values instanceof Float32Array ? values : Float32Array.from(values as readonly number[]);
  if (dtype === "int32") return values instanceof Int32Array ? values : Int32Array.from(values as readonly number[]);
  return values instanceof Uint8Array ? values : Uint8Array.from(values as readonly number[]);
}

/** Records a call. @returns undefined where the table has no row for it */
export function record(kernel: string, inputs: readonly Node[], attributes: Attributes): Node | undefined {
  const row = opOf(kernel);
  if (!row) return undefined;
  const types = inputs.map((input) => input.type);
  if (
    types.some((type) => sizeOfShape(type.shape) === 0) ||
    (row.supports &&
      !row.supports(
        types,
        attributes,
        inputs.map(({ value }) => value),
      ))
  )
    return undefined;
  const type = row.type(types, attributes);
  if (sizeOfShape(type.shape) === 0) return undefined;
  checkMemory(bytesOfType(type), () => `The result of ${kernel}, ${type.dtype} [${type.shape.join(", ")}],`);
  return { kernel, inputs, attributes, type, value: undefined };
}

type KernelInputs = tf.NamedTensorInfoMap | readonly tf.TensorInfo[];

function answer(
  kernel: string,
  fallback: tf.KernelConfig,
): (call: {
  inputs: tf.NamedTensorInfoMap;
  backend: unknown;
  attrs?: tf.NamedAttrMap;
}) => tf.TensorInfo | tf.TensorInfo[] {
  const row = opOf(kernel);
  const composite = compositeOf(kernel);
  const names = row?.inputs ?? composite?.inputs;
  return ({ inputs, backend, attrs = {} }) => {
    const engine = backend as OnnxBackend;
    if (names) {
      const given: readonly (tf.TensorInfo | null | undefined)[] =
        names === "list"
          ? Object.values(inputs as KernelInputs)
          : names.map((name) => (inputs as tf.NamedTensorInfoMap)[name]);
      if (given.every((tensor) => tensor?.dtype !== "string" && tensor?.dtype !== "complex64")) {
        const nodes = given.map((tensor) => (tensor ? engine.nodeOf(tensor) : undefined));
        if (composite) {
          const made = recordComposite(composite, nodes, attrs);
          if (made) return composite.several ? made.map((node) => engine.wrap(node)) : engine.wrap(made[0]!);
        } else if (nodes.every((node) => node !== undefined)) {
          const node = record(kernel, nodes, attrs);
          if (node) return engine.wrap(node);
        }
      }
    }
    return callFallback(engine, kernel, fallback, inputs, attrs);
  };
}

/** @returns undefined where a part of it has no lowering */
function recordComposite(
  composite: Composite,
  inputs: readonly (Node | undefined)[],
  attributes: Attributes,
): readonly Node[] | undefined {
  const call: Call = (kernel, nodes, given = {}) => {
    const node = record(kernel, nodes, given);
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

function callFallback(
  engine: OnnxBackend,
  kernel: string,
  fallback: tf.KernelConfig,
  inputs: tf.NamedTensorInfoMap,
  attrs: tf.NamedAttrMap,
): tf.TensorInfo | tf.TensorInfo[] {
  // What depends on no placeholder can be computed while a step is recorded: it is the same in every step.
  if (engine.capturing && !tensorsOf(inputs).every(({ dataId }) => engine.isKnown(dataId)))
    throw new CaptureError(`${kernel} has no lowering for what it was given`);
  fallbackCalls.set(kernel, (fallbackCalls.get(kernel) ?? 0) + 1);
  const cpu = tf.findBackend("cpu") as tf.KernelBackend & {
    makeTensorInfo(shape: readonly number[], dtype: tf.DataType, values: tf.backend_util.BackendValues): tf.TensorInfo;
  };
  const handed: tf.TensorInfo[] = [];
  const copied = (shape: number[], dtype: tf.DataType, values: tf.backend_util.BackendValues): tf.TensorInfo => {
    const copy = cpu.makeTensorInfo(shape, dtype, values);
    handed.push(copy);
    // Some kernels read the rank, which only whole tensors have.
    return Object.assign(copy, { rank: shape.length, size: sizeOfShape(shape) });
  };
  const hand = (tensor: tf.TensorInfo): tf.TensorInfo => {
    const values = engine.readSync(tensor.dataId);
    if (tensor.dtype !== "complex64") return copied(tensor.shape, tensor.dtype, values);
    // Complex numbers lie here as pairs, there as two tensors.
    const { real, imag } = tf.backend_util.splitRealAndImagArrays(values as Float32Array);
    const parts = { real: copied(tensor.shape, "float32", real), imag: copied(tensor.shape, "float32", imag) };
    const whole = tf
      .getKernel("Complex", "cpu")
      .kernelFunc({ inputs: parts, backend: cpu, attrs: {} }) as tf.TensorInfo;
    handed.push(whole);
    return whole;
  };
  // Some kernels take a list of tensors under one name.
  const handAll = (given: tf.TensorInfo | readonly tf.TensorInfo[] | undefined): unknown =>
    Array.isArray(given) ? given.map(hand) : given ? hand(given as tf.TensorInfo) : given;
  const given = Array.isArray(inputs)
    ? inputs.map(hand)
    : Object.fromEntries(Object.entries(inputs).map(([name, each]) => [name, handAll(each)]));
  const result = fallback.kernelFunc({ inputs: given as tf.NamedTensorInfoMap, backend: cpu, attrs });
  const take = (tensor: tf.TensorInfo): tf.TensorInfo => {
    const values = cpu.readSync(tensor.dataId);
    const dataId = engine.write(values, tensor.shape, tensor.dtype);
    cpu.disposeData(tensor.dataId);
    return { dataId, shape: tensor.shape, dtype: tensor.dtype };
  };
  const taken = Array.isArray(result) ? result.map(take) : take(result);
  for (const tensor of handed) cpu.disposeData(tensor.dataId, true);
  return taken;
}

const tensorsOf = (inputs: tf.NamedTensorInfoMap): readonly tf.TensorInfo[] =>
  (Object.values(inputs) as (tf.TensorInfo | readonly tf.TensorInfo[] | null | undefined)[]).flatMap(
    (each) => each ?? [],
  );

let installed: OnnxBackend | undefined;

/** Makes `onnx` the backend of TF.js in this process; called again, it only sets the number of threads. */
export async function installOnnx({ threads }: { readonly threads: number }): Promise<OnnxBackend> {
  if (installed) {
    installed.threads = threads;
    await tf.setBackend(backendName);
    return installed;
  }
  registerCpuKernels();
  registerGradients();
  for (const config of tf.getKernelsForBackend("cpu")) {
    // `Identity` shares data, so it must not record anything.
    const kernelFunc = config.kernelName === "Identity" ? identity : answer(config.kernelName, config);
    tf.registerKernel({ kernelName: config.kernelName, backendName, kernelFunc: kernelFunc as tf.KernelFunc });
  }
  tf.registerBackend(backendName, () => {
    installed = new OnnxBackend(threads);
    return installed;
  });
  await tf.setBackend(backendName);
  return installedBackend();
}

const identity = ({ inputs, backend }: { inputs: tf.NamedTensorInfoMap; backend: unknown }): tf.TensorInfo => {
  const { dataId, shape, dtype } = inputs["x"]!;
  (backend as OnnxBackend).incRef(dataId);
  return { dataId, shape, dtype };
};

export function installedBackend(): OnnxBackend {
  if (!installed) throw new EngineError("the engine is not installed");
  return installed;
}
export type { Dtype };
