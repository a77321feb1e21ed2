/**
 * What is told of recorded programs to who looks: what passes make of a step, and where its time goes.
 *
 * Where nobody looks (`backend.observer`) nothing is counted, and no profiler runs.
 */
import type { Execution } from "../compute/execution.js";
import type { TensorType } from "./node.js";
import type { Profile } from "./profile.js";

/** Of the recorded calls that a step computes. */
export interface StepSize {
  readonly nodes: number;
  /** That they read and write, each by itself. */
  readonly movedBytes: number;
}
export interface PassEffect {
  readonly pass: string;
  /** The step after it, or why there is nothing to say. */
  readonly after: StepSize | "unchanged" | "off";
}
export interface ObservedPasses {
  readonly recorded: StepSize;
  readonly passes: readonly PassEffect[];
}
export interface ObservedPhase extends ObservedPasses {
  /** What each step is handed. */
  readonly slices: readonly TensorType[];
  /** Of a step's graph, before ONNX Runtime's own optimiser. */
  readonly onnxNodes: number;
}
export interface ObservedProgram {
  /** That it begins with. */
  readonly execution: Execution;
  readonly phases: readonly ObservedPhase[];
}
export interface Observer {
  /**
   * @returns what is told of each session of the program when it ends, with the program or because another takes over;
   *   null where nothing was measured
   */
  compiled(program: ObservedProgram): (profile: Profile | null) => void;
}
