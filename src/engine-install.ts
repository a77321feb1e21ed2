/**
 * Puts an engine under TF.js and hands back what `learn` computes with. Called by the worker's entry alone.
 *
 * @throws EnvironmentError when the engine is not installed here, with the remedy.
 */
import { EnvironmentError } from "./diagnostic/diagnostic.js";
import type { Compute } from "./learn/program.js";

export const engines = ["onnx", "tensorflow"] as const;

/** @param warn  told once when a step cannot be recorded and is computed call by call */
export async function installEngine(engine: string, threads: number, warn?: (message: string) => void): Promise<Compute> {
  if (engine === "onnx") {
    const { installOnnx } = await import("./engine/backend.js");
    const { onnxCompute } = await import("./engine/compute.js");
    const { eagerProgram } = await import("./learn/eager.js");
    try {
      await installOnnx({ threads });
    } catch (error) {
      throw error instanceof Error && error.name === "EngineError" ? new EnvironmentError(error.message) : error;
    }
    return onnxCompute(eagerProgram as never, warn) as Compute;
  }
  if (engine === "tensorflow") {
    await loadTensorflow();
    const { eagerCompute } = await import("./learn/eager.js");
    return eagerCompute("tensorflow");
  }
  throw new EnvironmentError(`There is no engine \`${engine}\`. Engines: ${engines.join(", ")}.`);
}

/** Whether an engine can be loaded here, without loading it: the message of the failure, or null. */
export function engineProblem(engine: string): string | null {
  if (engine !== "tensorflow") return null;
  try {
    import.meta.resolve("@tensorflow/tfjs-node");
    return null;
  } catch {
    return missingTensorflow;
  }
}

const missingTensorflow =
  "The engine `tensorflow` is not installed: the package @tensorflow/tfjs-node cannot be loaded.\n" +
  "Add it with `npm install @tensorflow/tfjs-node@4.22.0` (its install script downloads a binary; Node 20 or 22),\n" +
  "or leave out `--engine` to use the engine `onnx`, which is part of hw1.";

async function loadTensorflow(): Promise<void> {
  try {
    // tfjs-node 4.22 calls two functions that Node 23 removed from `util`.
    const util = (await import("node:util")).default as unknown as Record<string, unknown>;
    util["isNullOrUndefined"] ??= (value: unknown) => value === null || value === undefined;
    util["isArray"] ??= Array.isArray;
    const name = "@tensorflow/tfjs-node";
    await import(name);
  } catch {
    throw new EnvironmentError(missingTensorflow);
  }
}
