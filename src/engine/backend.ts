/**
 * The lazy TF.js backend `onnx`. A kernel call records a node; when a value is wanted, everything that is still alive
 * and not yet computed is lowered to one graph, compiled once per structure, and run.
 *
 * Whatever is alive is computed along with what is wanted, so a chain of updates does not grow without end, and what
 * was computed is never computed again. Which calls are recorded, and which go to TF.js's own kernels, is decided in
 * `install.ts`.
 */
import type { Execution } from "../compute/execution.js";
import { checkMemory } from "../util/memory.js";
import { sameShape } from "../util/shape.js";
import { tf } from "../util/tfjs.js";
import { CaptureError } from "./error.js";
import type { Executions } from "./execution.js";
import { graphOf } from "./graph.js";
import { peakBytes } from "./memory.js";
import { type Node, pending, placeholder, sourceNode, structureOf, type TensorType, type Values } from "./node.js";
import type { Observer } from "./observer.js";
import { type Feed, Session } from "./session.js";
import { type CachedSession, SessionCache } from "./session-cache.js";

/** Bound on live sessions of plain TF.js code; recorded programs hold their own. */
const sessionLimit = 64;

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
  /** Names of passes that recorded steps go without, for tests and comparisons. */
  withoutPasses: ReadonlySet<string> = new Set();
  /** Who is told what becomes of recorded steps, and where their time goes. */
  observer: Observer | undefined;
  readonly #alive = new Set<Held>();

  constructor(public executions: Executions) {
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
    const execution = this.executions.single;
    const key = `${execution.threads} ${execution.spins}\n${structureOf(order, list)}`;
    const { session, feeds, fetches } = this.sessions.get(key, () => this.#compile(order, list, execution));
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

  #compile(order: readonly Node[], wanted: readonly Node[], execution: Execution): CachedSession {
    checkMemory(
      peakBytes(order, wanted),
      () => `Computing ${wanted.length === 1 ? "a value" : `${wanted.length} values`} in ${order.length} calls`,
    );
    const { graph, feeds, fetches } = graphOf(order, wanted);
    return { session: new Session(graph.model(), execution), feeds, fetches };
  }
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
