/**
 * A compiled graph. Runs are synchronous, because `dataSync` is: the native session under `onnxruntime-node`'s public,
 * asynchronous one is called directly (its version is pinned for that).
 *
 * Threads that spin stop it at the end of each run. `GemmTransposeFusion` is off, because it would undo the transposes
 * that make a product give the same bits for every number of threads.
 */
import { createRequire } from "node:module";
import type { Execution } from "../compute/execution.js";
import { MemoryError } from "../util/memory.js";
import { EngineError } from "./error.js";
import { explainLoading, loadNative, machine } from "./native.js";
import type { Dtype, TensorType, Values } from "./node.js";

/** What is fed beyond what the engine itself computes with. */
type WideDtype = "int64" | "float64";
type Wide = BigInt64Array | Float64Array;
interface NativeTensor {
  readonly data: Values | Wide;
}
interface NativeSession {
  loadModel(buffer: ArrayBufferLike, byteOffset: number, byteLength: number, options: object): void;
  run(
    feeds: Readonly<Record<string, NativeTensor>>,
    fetches: Readonly<Record<string, null>>,
    options: object,
  ): Readonly<Record<string, NativeTensor>>;
  endProfiling(): void;
  dispose(): void;
}
interface Runtime {
  readonly newSession: () => NativeSession;
  readonly newTensor: (type: Dtype | WideDtype, data: Values | Wide, shape: readonly number[]) => NativeTensor;
}

let loaded: Runtime | undefined;

/**
 * Loads and initialises the native library, which the first session would do else. @throws EngineError naming the
 * platform where it cannot be loaded
 */
export function startRuntime(): void {
  runtime();
}

function runtime(): Runtime {
  if (loaded) return loaded;
  loadNative();
  const require = createRequire(import.meta.url);
  try {
    const { binding, initOrt } = require("onnxruntime-node/dist/binding.js") as {
      binding: { InferenceSession: new () => NativeSession };
      initOrt: () => void;
    };
    const { Tensor } = require("onnxruntime-common") as {
      Tensor: new (type: string, data: unknown, shape: readonly number[]) => NativeTensor;
    };
    initOrt();
    loaded = {
      newSession: () => new binding.InferenceSession(),
      newTensor: (type, data, shape) => new Tensor(type, data, shape),
    };
  } catch (error) {
    throw new EngineError(explainLoading(error instanceof Error ? error.message : String(error), machine()));
  }
  return loaded;
}

export interface Feed {
  readonly type: TensorType | { readonly dtype: WideDtype; readonly shape: readonly number[] };
  readonly value: Values | Wide;
}

export class Session {
  readonly #native: NativeSession;

  /** @param profileFilePrefix  where ONNX Runtime's profiler writes, which runs where it is given */
  constructor(model: Uint8Array, { threads, spins }: Execution, profileFilePrefix?: string) {
    this.#native = runtime().newSession();
    this.#native.loadModel(model.buffer, model.byteOffset, model.byteLength, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "extended",
      enableCpuMemArena: true,
      enableMemPattern: true,
      logSeverityLevel: 3,
      ...(profileFilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix }),
      extra: {
        session: {
          intra_op: { allow_spinning: spins ? "1" : "0" },
          inter_op: { allow_spinning: "0" },
          force_spinning_stop: "1",
        },
        optimization: { disable_specified_optimizers: "GemmTransposeFusion" },
      },
    });
  }

  /** Fresh arrays, one per wanted name. */
  run(feeds: ReadonlyMap<string, Feed>, wanted: readonly string[]): readonly Values[] {
    const { newTensor } = runtime();
    const inputs: Record<string, NativeTensor> = {};
    for (const [name, { type, value }] of feeds) inputs[name] = newTensor(type.dtype, value, type.shape);
    let outputs: Readonly<Record<string, NativeTensor>>;
    try {
      outputs = this.#native.run(inputs, Object.fromEntries(wanted.map((name) => [name, null])), {});
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (/allocate memory|bad_alloc|Array buffer allocation failed/i.test(message))
        throw new MemoryError(`This machine's memory does not suffice for the computation (ONNX Runtime: ${message}).`);
      throw error;
    }
    return wanted.map((name) => outputs[name]!.data as Values);
  }

  /** Writes what the profiler has noted, and switches it off. */
  endProfiling(): void {
    this.#native.endProfiling();
  }

  dispose(): void {
    this.#native.dispose();
  }
}
