/** Everything that can happen during a run. Screens, plain text and JSON are folds over these. */
import type { Progress } from "../pipeline/kind.js";

export type Verdict = "reuse" | "run" | "wait";
export interface StepName {
  readonly stage: string;
  /** Fold key ("1", "2" …), levels joined by "/", or null. */
  readonly element: string | null;
}
export interface PlannedStep extends StepName {
  readonly kind: string;
  readonly verdict: Verdict;
  readonly reason: string;
  /** From earlier runs of the kind, or null. */
  readonly estimateMs: number | null;
  readonly after: readonly string[];
}
export type RunEvent =
  | { readonly event: "plan"; readonly pipeline: string; readonly jobs: number; readonly engine: string; readonly steps: readonly PlannedStep[] }
  | ({ readonly event: "start"; readonly reason: string } & StepName)
  | ({ readonly event: "progress" } & StepName & Progress)
  | ({ readonly event: "warning"; readonly message: string } & StepName)
  | ({
      readonly event: "step";
      readonly verdict: "reuse" | "run";
      readonly status: "ok" | "failed" | "skipped";
      readonly digest: string | null;
      readonly reason: string;
      readonly elapsedMs: number;
      /** One line: `accuracy 0.9923`, `epoch 5 of 8, validation loss 0.031`. */
      readonly headline?: string;
      /** Rendered diagnostic of a failure. */
      readonly error?: string;
    } & StepName)
  | { readonly event: "interrupt"; readonly signal: "SIGINT" | "SIGTERM" }
  | {
      readonly event: "run";
      readonly status: "ok" | "failed" | "interrupted";
      readonly ran: number;
      readonly reused: number;
      readonly failed: number;
      readonly elapsedMs: number;
    };
