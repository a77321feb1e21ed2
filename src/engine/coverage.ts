/** Which of TF.js's kernels the engine lowers, and which it leaves to TF.js's own code. */
import { registerCpuKernels, tf } from "../util/tfjs.js";
import { compositeOf } from "./ops/composite.js";
import { opOf } from "./ops/ops.js";

interface Coverage {
  /** By a row of their own, or put together of kernels that have one. */
  readonly lowered: readonly string[];
  /** Computed in plain JavaScript, outside the graph; a training step that calls one cannot be recorded. */
  readonly fallback: readonly string[];
}

export function coverage(): Coverage {
  registerCpuKernels();
  const kernels = tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName);
  // `Identity` is answered without computing: the result shares its input's data.
  const isLowered = (kernel: string): boolean =>
    kernel === "Identity" || opOf(kernel) !== undefined || compositeOf(kernel) !== undefined;
  const sorted = [...kernels].sort();
  return { lowered: sorted.filter(isLowered), fallback: sorted.filter((kernel) => !isLowered(kernel)) };
}
