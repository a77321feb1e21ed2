/**
 * TF.js's own kernels, on plain JavaScript: they answer the calls that the engine does not lower.
 *
 * Inputs are computed and copied to TF.js's backend `cpu`, results are copied back, and nothing is left there. Each
 * such call is counted.
 */
import { sizeOfShape } from "../util/shape.js";
import { tf } from "../util/tfjs.js";
import type { OnnxBackend } from "./backend.js";
import { CaptureError } from "./error.js";

/** Calls of this process that TF.js's own kernels answered, by kernel. */
export const fallbackCalls = new Map<string, number>();

type CpuBackend = tf.KernelBackend & {
  makeTensorInfo(shape: readonly number[], dtype: tf.DataType, values: tf.backend_util.BackendValues): tf.TensorInfo;
};
/** Some kernels take a list of tensors under one name, and leave out what is not given. */
type Given = tf.TensorInfo | readonly tf.TensorInfo[] | null | undefined;

/**
 * @param own  TF.js's kernel for the backend `cpu`
 * @throws CaptureError where a step is being recorded, and an input depends on what it is fed
 */
export function callFallback(
  backend: OnnxBackend,
  own: tf.KernelConfig,
  inputs: tf.NamedTensorInfoMap,
  attrs: tf.NamedAttrMap,
): tf.TensorInfo | tf.TensorInfo[] {
  const kernel = own.kernelName;
  // What depends on no placeholder can be computed while a step is recorded: it is the same in every step.
  if (backend.capturing && !tensorsOf(inputs).every(({ dataId }) => backend.isKnown(dataId)))
    throw new CaptureError(`${kernel} has no lowering for what it was given`);
  fallbackCalls.set(kernel, (fallbackCalls.get(kernel) ?? 0) + 1);
  const cpu = tf.findBackend("cpu") as CpuBackend;
  const copies: tf.TensorInfo[] = [];
  const copied = (given: Given): unknown => {
    if (isList(given)) return given.map(copied);
    return given ? copyOf(given, backend, cpu, copies) : given;
  };
  const copiedInputs = Array.isArray(inputs)
    ? inputs.map(copied)
    : Object.fromEntries(Object.entries(inputs).map(([name, given]) => [name, copied(given)]));
  const result = own.kernelFunc({ inputs: copiedInputs as tf.NamedTensorInfoMap, backend: cpu, attrs });
  const taken = Array.isArray(result) ? result.map((each) => take(each, backend, cpu)) : take(result, backend, cpu);
  for (const { dataId } of copies) cpu.disposeData(dataId, true);
  return taken;
}

const isList = (given: Given): given is readonly tf.TensorInfo[] => Array.isArray(given);
const tensorsOf = (inputs: tf.NamedTensorInfoMap): readonly tf.TensorInfo[] =>
  (Object.values(inputs) as Given[]).flatMap((given) => given ?? []);

/** @param copies  what is made for it on `cpu` is added here */
function copyOf(tensor: tf.TensorInfo, backend: OnnxBackend, cpu: CpuBackend, copies: tf.TensorInfo[]): tf.TensorInfo {
  const { shape, dtype } = tensor;
  const copied = (type: tf.DataType, values: tf.backend_util.BackendValues): tf.TensorInfo => {
    const copy = cpu.makeTensorInfo(shape, type, values);
    copies.push(copy);
    // Some kernels read the rank, which only whole tensors have.
    return Object.assign(copy, { rank: shape.length, size: sizeOfShape(shape) });
  };
  const values = backend.readSync(tensor.dataId);
  if (dtype !== "complex64") return copied(dtype, values);
  // Complex numbers lie here as pairs, there as two tensors.
  const { real, imag } = tf.backend_util.splitRealAndImagArrays(values as Float32Array);
  const parts = { real: copied("float32", real), imag: copied("float32", imag) };
  const whole = tf.getKernel("Complex", "cpu").kernelFunc({ inputs: parts, backend: cpu, attrs: {} }) as tf.TensorInfo;
  copies.push(whole);
  return whole;
}

function take({ dataId, shape, dtype }: tf.TensorInfo, backend: OnnxBackend, cpu: CpuBackend): tf.TensorInfo {
  const taken = backend.write(cpu.readSync(dataId), shape, dtype);
  cpu.disposeData(dataId);
  return { dataId: taken, shape, dtype };
}
