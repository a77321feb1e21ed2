/** What the parent and a worker process say to each other. */
import type { ExecutionReport } from "../compute/execution.js";
import type { Mistake } from "../diagnostic/diagnostic.js";
import type { Progress } from "../pipeline/run-context.js";
import type { Digest } from "../util/digest.js";
import type { Resumed } from "../values/computed.js";
import type { LoggedEpochs } from "../values/failure-log.js";
import type { SpeedReport } from "../values/speed.js";
import type { StepRequest } from "./execute.js";

export type ToWorker =
  | { readonly type: "steps"; readonly requests: readonly StepRequest[] }
  | { readonly type: "stop" };
/** How a step ended. */
export type Ending =
  | { readonly type: "done"; readonly artifact: Digest }
  | { readonly type: "interrupted" }
  /** `local`: a LocalMistakeError. */
  | { readonly type: "mistake"; readonly mistake: Mistake; readonly local: boolean }
  /** `memory`: there where it is a ShortMemoryError. */
  | { readonly type: "environment"; readonly message: string; readonly memory?: true }
  | { readonly type: "corrupt"; readonly blob: Digest }
  | { readonly type: "lost"; readonly artifact: Digest }
  | { readonly type: "changed"; readonly path: string }
  | { readonly type: "bug"; readonly stack: string };
export type FromWorker =
  /** What can be loaded ahead of a step is. Said once, whether or not a step was asked for. */
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly index: number; readonly progress: Progress }
  /** How the steps are computed, whenever that was measured. */
  | { readonly type: "execution"; readonly report: ExecutionReport }
  | { readonly type: "measured"; readonly index: number; readonly speed: SpeedReport }
  | { readonly type: "resumed"; readonly index: number; readonly resumed: Resumed }
  | { readonly type: "failing"; readonly index: number; readonly epochs: LoggedEpochs }
  /** For who looks inside (`util/debug.ts`), in whole lines. */
  | { readonly type: "debug"; readonly lines: readonly string[] }
  | { readonly type: "warning"; readonly index: number; readonly message: string; readonly name?: string | undefined }
  | { readonly type: "ended"; readonly endings: readonly Ending[] };
