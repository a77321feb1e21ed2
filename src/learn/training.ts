/**
 * What a training is asked and told, what it carries from epoch to epoch, and what it ends in; alone or stacked with
 * others. Types that all files of a training share, and nothing that computes.
 */
import type { ArrayValue } from "../compute/program.js";
import type { EpochScore, Score } from "../values/model.js";
import type { Average } from "./average.js";
import type { Examples } from "./data.js";
import type { PlacedLayer } from "./layer.js";
import type { Loss } from "./losses.js";
import type { Optimizer } from "./optimizer.js";
import type { Schedule } from "./rates.js";
import type { StepSpeed } from "./step-speed.js";
import type { EarlyStopping } from "./stopping.js";

/** What trainings that are stacked have in common. */
export interface TrainingOptions {
  readonly layers: readonly PlacedLayer[];
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /**
   * Factors of the penalties l1 Σ|w| + l2/2 Σw² over the weights of convolutions and dense layers. Losses are told
   * without them.
   */
  readonly l1?: number;
  readonly l2?: number;
  readonly schedule: Schedule;
  readonly batchSize: number;
  readonly epochs: number;
  readonly earlyStopping: EarlyStopping | null;
  /** Of the weights, which the model then holds, and which is judged; absent where there is none. */
  readonly average?: Average;
}
/** What the random draws of a training depend on. */
interface Seeds {
  readonly seed: number;
  readonly folds: readonly string[];
}
export interface FitOptions extends TrainingOptions, Seeds {}

/** All that a training carries from epoch to epoch. */
export interface FitState {
  readonly epoch: number;
  /** Parameters, then each optimiser slot of each trained parameter, then what an average carries (`average.ts`). */
  readonly arrays: readonly ArrayValue[];
  readonly history: readonly EpochScore[];
  /** With early stopping: what the model holds of the best epoch so far, averages where there are any. */
  readonly best: { readonly epoch: number; readonly parameters: readonly ArrayValue[] } | null;
}
export interface FitReport {
  readonly epoch: number;
  readonly fraction: number;
  readonly examplesPerSecond: number;
  readonly loss: number;
  readonly accuracy?: number;
  readonly validation?: Score;
  /** The epoch has just ended. */
  readonly ended: boolean;
}
export interface FitHooks {
  /** A state left by the same training, or a shorter one. */
  readonly resume: FitState | undefined;
  /**
   * At the end of a call that ends an epoch (short epochs go several to a call), and whenever `epochs` or patience is
   * reached (`final`).
   */
  save(state: FitState, final: boolean): void;
  report(report: FitReport): void;
  /**
   * At the end of every epoch that counts, before its state is saved: what the model would hold after it. Where this is
   * given a call of the engine ends with each epoch, which changes no bit.
   */
  epochEnded?(epoch: number, parameters: readonly ArrayValue[]): void;
  /** Once a training has come to its end: how fast its steps were, and those of all that it was stacked with. */
  measured?(speed: StepSpeed): void;
  /** Asked between two calls of the engine. */
  stopping(): boolean;
  /** Milliseconds; decides nothing but how often progress is told, and how many threads make pictures. */
  now(): number;
  /** Threads that the training may use, beside its own; 1 where it is not said. They decide nothing but speed. */
  readonly threads?: number;
}
export interface FitResult {
  readonly parameters: readonly ArrayValue[];
  readonly state: FitState;
  readonly stopped: "epochs" | "early_stopping";
  readonly bestEpoch: number;
}
/** A training was asked to stop, and has saved its state. */
export class StoppedError extends Error {
  override name = "StoppedError";
}

/** One of the trainings that are done together, or the only one. */
export interface Member extends Seeds {
  readonly train: Examples;
  readonly validation: Examples | null;
}
export interface FitMember extends Member {
  readonly hooks: FitHooks;
}
