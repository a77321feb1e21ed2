/**
 * Entry of a worker process: one step at a time, or several of a kind together, asked for by the parent over the
 * channel.
 *
 * It loads the engine `onnx` as it starts and says when it is ready, opens the store for itself and ends when the
 * channel closes. A stop is noticed between two engine calls, because training gives way to the channel there.
 */
import { provideCompute, provideOnnxLoader } from "./compute/provider.js";
import { EnvironmentError, LocalMistakeError, MistakeError, ShortMemoryError } from "./diagnostic/diagnostic.js";
import { installEngine } from "./engine-install.js";
import { ChangedFileError, InterruptedError } from "./pipeline/run-context.js";
import { executeSteps, type StepRequest } from "./run/execute.js";
import type { Ending, FromWorker, ToWorker } from "./run/messages.js";
import { kinds } from "./stages/kinds.js";
import { openStore } from "./store/sqlite.js";
import { CorruptBlobError, LostArtifactError, type Store } from "./store/store.js";
import { asError } from "./util/attempt.js";
import { readDebug } from "./util/debug.js";
import type { Digest } from "./util/digest.js";

const [folder, engine] = process.argv.slice(2) as [string, string];
let store: Store | undefined;
let stopping = false;

const say = (message: FromWorker): void => {
  if (process.connected) process.send!(message);
};

const debug = readDebug(process.env.HW1_DEBUG).names.has("engine")
  ? (lines: readonly string[]): void => say({ type: "debug", lines })
  : undefined;

async function load(): Promise<void> {
  // TensorFlow takes its number of threads when it is loaded, and the step says how many.
  if (engine === "onnx") {
    await installEngine(engine, 1, { debug });
    (await import("./engine/session.js")).startRuntime();
  }
  say({ type: "ready" });
}
const loaded = load();
// What goes wrong is reported to the step that waits for it.
loaded.catch(() => undefined);

async function runSteps(requests: readonly StepRequest[]): Promise<void> {
  let results: readonly (Digest | Error)[];
  try {
    store ??= openStore(folder);
    const { kind, engine: wanted, threads } = requests[0]!;
    if (kinds[kind]!.usesEngine) {
      await loaded;
      const compute = await installEngine(wanted, threads, {
        warn: (message) => say({ type: "warning", index: 0, message }),
        execution: (report) => say({ type: "execution", report }),
        debug,
      });
      provideCompute(compute);
      // Loaded when a file is first read.
      provideOnnxLoader(async (files) => (await import("./engine/loaded-network.js")).loadOnnx(files));
    }
    results = await executeSteps(requests, kinds, store, {
      progress: (index, progress) => say({ type: "progress", index, progress }),
      warn: (index, message, name) => say({ type: "warning", index, message, name }),
      failing: (index, epochs) => say({ type: "failing", index, epochs }),
      measured: (index, speed) => say({ type: "measured", index, speed }),
      resumed: (index, resumed) => say({ type: "resumed", index, resumed }),
      stopping: () => stopping,
    });
  } catch (error) {
    results = requests.map(() => asError(error));
  }
  say({
    type: "ended",
    endings: results.map((result) => (result instanceof Error ? endingOf(result) : { type: "done", artifact: result })),
  });
}

function endingOf(error: Error): Ending {
  if (error instanceof InterruptedError) return { type: "interrupted" };
  if (error instanceof MistakeError) {
    const { title, message, at, also } = error;
    return { type: "mistake", mistake: { title, message, at, also }, local: error instanceof LocalMistakeError };
  }
  if (error instanceof EnvironmentError || error.name === "EngineError")
    return {
      type: "environment",
      message: error.message,
      ...(error instanceof ShortMemoryError ? { memory: true } : {}),
    };
  if (error instanceof CorruptBlobError) return { type: "corrupt", blob: error.blob };
  if (error instanceof LostArtifactError) return { type: "lost", artifact: error.artifact };
  if (error instanceof ChangedFileError) return { type: "changed", path: error.path };
  return { type: "bug", stack: error.stack ?? error.message };
}

process.on("message", (message: ToWorker) => {
  if (message.type === "stop") stopping = true;
  else void runSteps(message.requests);
});
process.on("disconnect", () => process.exit(0));
// Where the parent has gone, what libraries say has no reader.
process.stderr.on("error", () => undefined);
