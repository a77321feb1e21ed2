/**
 * Puts an engine under TF.js and hands back what `learn` computes with. Called by whoever computes: a worker,
 * a process that tries the engine, a command that asks a model.
 *
 * @throws EnvironmentError when the engine is not installed here, with the remedy.
 */
import type { ExecutionReport } from "./compute/execution.js";
import type { Compute } from "./compute/program.js";
import { provideCompute } from "./compute/provider.js";
import { EnvironmentError } from "./diagnostic/diagnostic.js";
import type { MeasuredExecutions } from "./engine/execution.js";
import { loadTensorflow, tensorflowProblem } from "./engine-tensorflow.js";

const engines = ["onnx", "tensorflow"] as const;

interface Told {
  /** Called once, when a step cannot be recorded and is computed call by call. */
  warn?(message: string): void;
  /** Called whenever it is measured how steps are computed best. */
  execution?(report: ExecutionReport): void;
  /** Takes lines of what the engine does with programs; where it is not given, nothing of that is measured. */
  debug?: ((lines: readonly string[]) => void) | undefined;
}

/** What this process has found out so far of programs that may use so many threads. */
let executions: MeasuredExecutions | undefined;

/** For a command that computes in its own process, on one thread: what stages compute with is this engine. */
export async function installHere(engine: string): Promise<void> {
  provideCompute(await installEngine(engine, 1));
}

/** @param threads  that a step may use at most */
export async function installEngine(engine: string, threads: number, told: Told = {}): Promise<Compute> {
  await quieten();
  if (engine === "onnx") {
    const { installOnnx } = await import("./engine/install.js");
    const { onnxCompute } = await import("./engine/compute.js");
    const { MeasuredExecutions } = await import("./engine/execution.js");
    const { LoadMeter } = await import("./engine/load.js");
    if (executions?.threads !== threads) executions = new MeasuredExecutions(threads, new LoadMeter());
    executions.tell = (report) => told.execution?.(report);
    try {
      const backend = await installOnnx({ executions });
      // One for the life of the process, so that its programs have numbers of their own.
      if (told.debug) backend.observer ??= (await import("./engine/debug.js")).debugObserver(told.debug);
    } catch (error) {
      throw error instanceof Error && error.name === "EngineError" ? new EnvironmentError(error.message) : error;
    }
    return onnxCompute(told.warn);
  }
  if (engine === "tensorflow") {
    await loadTensorflow(threads);
    const { eagerCompute } = await import("./compute/eager.js");
    return eagerCompute("tensorflow");
  }
  throw new EnvironmentError(`There is no engine \`${engine}\`. Engines: ${engines.join(", ")}.`);
}

/** What hinders an engine here, with the remedy, or null. Loads neither the engine nor TF.js. */
export const engineProblem = (engine: string): string | null => (engine === "tensorflow" ? tensorflowProblem() : null);

/**
 * TF.js advises on stderr: to install tfjs-node, whenever its own kernels run in Node, and on kernels registered twice.
 * Whoever chose an engine has no use for that, and a worker's stderr is shown when it crashes. Production mode does
 * nothing but leave such words out.
 */
async function quieten(): Promise<void> {
  const { tf } = await import("./util/tfjs.js");
  tf.enableProdMode();
}
