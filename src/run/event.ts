/** Everything that can happen during a run. Screens, plain text and JSON are folds over these. */
import type { ExecutionReport } from "../compute/execution.js";
import type { Progress } from "../pipeline/run-context.js";
import type { PlacedTrial, PlannedSearch, PlannedStep, StepName } from "../plan/planned.js";
import type { Resumed } from "../values/computed.js";
import type { SpeedReport } from "../values/speed.js";
import type { StopSignal } from "./interrupt.js";

export type {
  PlacedTrial,
  PlannedCell,
  PlannedRound,
  PlannedSearch,
  PlannedStep,
  SearchEpochs,
  StepName,
} from "../plan/planned.js";

export type RunEvent =
  | {
      readonly event: "plan";
      readonly pipeline: string;
      readonly jobs: number;
      readonly engine: string;
      readonly steps: readonly PlannedStep[];
      readonly searches?: readonly PlannedSearch[];
    }
  | ({ readonly event: "start"; readonly reason: string } & StepName)
  | ({ readonly event: "progress" } & StepName & Progress)
  /** What was done that one may want to know, a sentence without a full stop; nothing to be careful of. */
  | ({ readonly event: "remark"; readonly message: string } & StepName)
  /** How a step is computed here, whenever that was measured: it decides the time that it takes and nothing else. */
  | ({ readonly event: "execution" } & StepName & ExecutionReport)
  /** How fast a training's steps were, once it has come to its end; `digest` is of what it left. */
  | ({ readonly event: "speed"; readonly digest: string } & StepName & SpeedReport)
  /** Of a step that went on from a state and came to its end: what it found; `digest` is of what it left. */
  | ({ readonly event: "resumed"; readonly digest: string } & StepName & Resumed)
  | ({ readonly event: "warning"; readonly message: string; readonly name?: string } & StepName)
  | ({
      readonly event: "step";
      readonly verdict: "reuse" | "run";
      readonly status: "ok" | "failed" | "skipped";
      readonly digest: string | null;
      readonly reason: string;
      readonly elapsedMs: number;
      /** One line: `accuracy 0.9923`, `epoch 5 of 8, validation loss 0.031`. */
      readonly headline?: string;
      /** Of a search's cell that succeeded: the objective. */
      readonly score?: number;
      /** Rendered diagnostic of a failure. */
      readonly error?: string;
    } & StepName)
  /** Of a search: which configurations a round runs, as soon as that is known; stage and element are the search's. */
  | ({ readonly event: "trials"; readonly round: string; readonly trials: readonly PlacedTrial[] } & StepName)
  | { readonly event: "interrupt"; readonly signal: StopSignal }
  | {
      readonly event: "run";
      readonly status: "ok" | "failed" | "interrupted";
      readonly ran: number;
      readonly reused: number;
      readonly failed: number;
      readonly elapsedMs: number;
    };
