/**
 * One step of a program, recorded: its body is called with placeholders, and what it calls becomes nodes.
 *
 * Nothing is computed meanwhile. What a body asks of values that depend on no placeholder is computed once, and is the
 * same in every step.
 */
import type { ProgramBody } from "../compute/program.js";
import { sameShape } from "../util/shape.js";
import { tf } from "../util/tfjs.js";
import type { OnnxBackend } from "./backend.js";
import { recordCall } from "./call.js";
import { CaptureError } from "./error.js";
import { type Attributes, type Node, placeholderNode, type TensorType } from "./node.js";

/** What a step reads (placeholders, one per array that it is handed) and what it gives. */
export interface Recording {
  readonly constants: readonly Node[];
  /** Of one step: without the leading axis [steps]. */
  readonly slices: readonly Node[];
  readonly carried: readonly Node[];
  /** What becomes of each carried value; the same node where the step leaves it as it was. */
  readonly state: readonly Node[];
  readonly outputs: readonly Node[];
}

/**
 * @param types  of the arrays that the body is handed; `slices` of one step
 * @throws CaptureError where the body asks for values, or calls a kernel that has no lowering
 */
export function recordBody(
  backend: OnnxBackend,
  body: ProgramBody,
  types: {
    readonly constants: readonly TensorType[];
    readonly slices: readonly TensorType[];
    readonly state: readonly TensorType[];
  },
): Recording {
  const constants = types.constants.map(placeholderNode);
  const slices = types.slices.map(placeholderNode);
  const carried = types.state.map(placeholderNode);
  const tensorOf = (node: Node): tf.Tensor => {
    const info = backend.wrap(node);
    return tf.engine().makeTensorFromTensorInfo({ ...info, shape: [...info.shape] });
  };
  const gather = (index: number, rows: tf.Tensor): tf.Tensor =>
    tensorOf(readable(recorded("GatherV2", [constants[index]!, backend.nodeOf(rows)], { axis: 0 })));
  const capturingBefore = backend.capturing;
  backend.capturing = true;
  tf.engine().startScope("record");
  try {
    const { state, outputs } = body(
      // Bytes are read through `gather` alone.
      constants.map((node) => (node.type.dtype === "uint8" ? tf.zeros([0]) : tensorOf(node))),
      slices.map((node) => tensorOf(readable(node))),
      carried.map(tensorOf),
      gather,
    );
    checkShapes(state, types.state);
    return {
      constants,
      slices,
      carried,
      state: state.map((tensor) => backend.nodeOf(tensor)),
      outputs: outputs.map((tensor) => backend.nodeOf(tensor)),
    };
  } finally {
    tf.engine().endScope();
    backend.capturing = capturingBefore;
  }
}

function recorded(kernel: string, inputs: readonly Node[], attributes: Attributes): Node {
  const node = recordCall(kernel, inputs, attributes);
  if (!node) throw new CaptureError(`${kernel} cannot be recorded`);
  return node;
}

/** Bytes become float32 once their rows are gathered; what a body sees is always float32 or int32. */
const readable = (node: Node): Node =>
  node.type.dtype === "uint8" ? recorded("Cast", [node], { dtype: "float32" }) : node;

function checkShapes(state: readonly tf.Tensor[], types: readonly TensorType[]): void {
  for (const [index, { shape }] of state.entries()) {
    const wanted = types[index]!.shape;
    if (!sameShape(shape, wanted))
      throw new CaptureError(`state ${index} changes its shape from [${wanted}] to [${shape}]`);
  }
}
