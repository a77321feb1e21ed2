/**
 * Entry of a worker process: one step at a time, asked for by the parent over the channel.
 *
 * It loads the engine `onnx` as it starts and says when it is ready, opens the store for itself and ends when the channel closes.
 * A stop is noticed between two engine calls, because training gives way to the channel there.
 */
import { EnvironmentError, MistakeError } from "./diagnostic/diagnostic.js";
import { installEngine } from "./engine-install.js";
import { provideCompute } from "./learn/provider.js";
import { InterruptedError } from "./pipeline/kind.js";
import { executeStep } from "./run/execute.js";
import type { FromWorker, ToWorker } from "./run/messages.js";
import { kinds } from "./stages/kinds.js";
import { openStore } from "./store/sqlite.js";
import { CorruptBlobError, type Store } from "./store/store.js";
import { MemoryError } from "./util/memory.js";

const [folder, engine] = process.argv.slice(2) as [string, string];
let store: Store | undefined;
let stopping = false;

const say = (message: FromWorker): void => {
  if (process.connected) process.send!(message);
};

async function load(): Promise<void> {
  // TensorFlow takes its number of threads when it is loaded, and the step says how many.
  if (engine === "onnx") {
    await installEngine(engine, 1);
    (await import("./engine/session.js")).startRuntime();
  }
  say({ type: "ready" });
}
const loaded = load();
// What goes wrong is told to the step that waits for it.
loaded.catch(() => undefined);

async function step(request: Extract<ToWorker, { type: "step" }>["request"]): Promise<void> {
  try {
    store ??= openStore(folder);
    if (kinds[request.kind]!.usesEngine) {
      await loaded;
      provideCompute(await installEngine(request.engine, request.threads, (message) => say({ type: "warning", message })));
    }
    const artifact = await executeStep(request, kinds, store, {
      progress: (progress) => say({ type: "progress", progress }),
      warn: (message) => say({ type: "warning", message }),
      stopping: () => stopping,
    });
    say({ type: "done", artifact });
  } catch (error) {
    if (error instanceof InterruptedError) say({ type: "interrupted" });
    else if (error instanceof MistakeError) say({ type: "mistake", title: error.title, message: error.message, option: error.option });
    else if (error instanceof EnvironmentError || error instanceof MemoryError || (error instanceof Error && error.name === "EngineError"))
      say({ type: "environment", message: error.message });
    else if (error instanceof CorruptBlobError) say({ type: "corrupt", blob: error.blob });
    else say({ type: "bug", stack: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

process.on("message", (message: ToWorker) => {
  if (message.type === "stop") stopping = true;
  else void step(message.request);
});
process.on("disconnect", () => process.exit(0));
