/** The engine under TF.js: a kernel of the backend `onnx` for each that TF.js has, recorded or TF.js's own. */
import { registerCpuKernels, registerGradients, tf } from "../util/tfjs.js";
import { OnnxBackend } from "./backend.js";
import { recordCall, recordComposite } from "./call.js";
import { EngineError } from "./error.js";
import { type Executions, fixedExecutions } from "./execution.js";
import { callFallback } from "./fallback.js";
import { compositeOf } from "./ops/composite.js";
import { opOf } from "./ops/ops.js";

export const backendName = "onnx";

let installed: OnnxBackend | undefined;

/**
 * Makes `onnx` the backend of TF.js in this process; called again, it only sets how it computes: on so many threads, or
 * as `executions` chooses.
 */
export async function installOnnx(
  how: { readonly threads: number } | { readonly executions: Executions },
): Promise<OnnxBackend> {
  const executions = "executions" in how ? how.executions : fixedExecutions({ ...how, spins: false });
  if (installed) {
    installed.executions = executions;
    await tf.setBackend(backendName);
    return installed;
  }
  registerCpuKernels();
  registerGradients();
  for (const own of tf.getKernelsForBackend("cpu")) {
    const { kernelName } = own;
    tf.registerKernel({ kernelName, backendName, kernelFunc: kernelName === "Identity" ? identity : kernelFor(own) });
  }
  tf.registerBackend(backendName, () => {
    installed = new OnnxBackend(executions);
    return installed;
  });
  await tf.setBackend(backendName);
  return installedBackend();
}

export function installedBackend(): OnnxBackend {
  if (!installed) throw new EngineError("the engine is not installed");
  return installed;
}

/** Shares data, so it must not record anything. */
const identity: tf.KernelFunc = ({ inputs, backend }) => {
  const { dataId, shape, dtype } = inputs.x as tf.TensorInfo;
  (backend as OnnxBackend).incRef(dataId);
  return { dataId, shape, dtype };
};

/** @param own  TF.js's kernel, for calls that the engine does not lower */
function kernelFor(own: tf.KernelConfig): tf.KernelFunc {
  const kernel = own.kernelName;
  const composite = compositeOf(kernel);
  const names = opOf(kernel)?.inputs ?? composite?.inputs;
  return ({ inputs, backend, attrs = {} }) => {
    const engine = backend as OnnxBackend;
    const fallback = () => callFallback(engine, own, inputs as tf.NamedTensorInfoMap, attrs);
    if (!names) return fallback();
    const given: readonly (tf.TensorInfo | null | undefined)[] =
      names === "list" ? Object.values(inputs) : names.map((name) => inputs[name]);
    if (given.some((tensor) => tensor?.dtype === "string" || tensor?.dtype === "complex64")) return fallback();
    const nodes = given.map((tensor) => (tensor ? engine.nodeOf(tensor) : undefined));
    if (composite) {
      const made = recordComposite(composite, nodes, attrs);
      if (!made) return fallback();
      return composite.several ? made.map((node) => engine.wrap(node)) : engine.wrap(made[0]!);
    }
    const known = nodes.filter((node) => node !== undefined);
    const node = known.length === nodes.length ? recordCall(kernel, known, attrs) : undefined;
    return node ? engine.wrap(node) : fallback();
  };
}
