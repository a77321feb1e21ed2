/** What the screen knows of one step: what the plan said of it, its status, and how far it is. */
import type { Progress } from "../pipeline/run-context.js";
import type { PlannedStep } from "../run/event.js";

export type Status = "waiting" | "running" | "ran" | "reused" | "failed" | "skipped";

/** One point of a learning curve. */
export interface Point {
  /** Epochs done, fractions included: 2.5 is the middle of the third. */
  readonly at: number;
  readonly loss: number;
  readonly accuracy: number | null;
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
}
interface Reached {
  /** 0 … 1 of the step. */
  readonly fraction: number;
  readonly atMs: number;
}
export interface ViewStep extends PlannedStep {
  readonly status: Status;
  /** What it left, or the first line of why it failed. */
  readonly headline: string;
  readonly startedAtMs: number | null;
  /** Of a finished step. */
  readonly elapsedMs: number | null;
  readonly endedAtMs: number | null;
  /** Of a cell of a search that succeeded. */
  readonly score: number | null;
  /** What each kind of number was when it was last told; null before the first report. */
  readonly progress: Progress | null;
  /** First fraction told since the start, and when: a resumed training does not begin at 0. */
  readonly origin: Reached | null;
  /** Newest fraction told, and when. */
  readonly reached: Reached | null;
  /** At most `historyLimit` points, of a running training. */
  readonly history: readonly Point[];
}
