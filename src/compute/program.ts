/**
 * Many training steps in one call: the boundary between `learn` and whoever computes.
 *
 * A body is plain TF.js code. An engine that can capture runs the body once to record it and then replays `steps`
 * steps a call; any other engine runs it eagerly, step by step. Both give the same numbers up to rounding.
 */
import type { Tensor } from "@tensorflow/tfjs-core";

export interface ArrayValue {
  readonly dtype: "float32" | "int32" | "uint8";
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}
/**
 * One step.
 *
 * @param constants  whole data sets and the like, the same on every step; bytes are empty here and read through
 *   `gather`
 * @param slices     this step's slice of each per-step array: shape without the leading [steps]; bytes arrive as
 *   float32
 * @param state      carried from step to step
 * @param gather     rows of constant `index`: float32 or int32 [...rows.shape, ...shape]; an engine keeps bytes as
 *   bytes until here
 * @returns          the state of the next step, and float32 outputs
 */
export type ProgramBody = (
  constants: readonly Tensor[],
  slices: readonly Tensor[],
  state: readonly Tensor[],
  gather: (index: number, rows: Tensor) => Tensor,
) => { readonly state: readonly Tensor[]; readonly outputs: readonly Tensor[] };
/** Some steps of one body, in every round. Slices lead with [rounds · steps], and so do the outputs. */
export interface Phase {
  readonly body: number;
  readonly steps: number;
  readonly slices: readonly ArrayValue[];
}
export interface Program {
  /** Whether steps are computed one by one; a program that could not be recorded becomes so at its first run. */
  readonly stepwise: boolean;
  /** On which the last run was computed; undefined where that is not known. */
  readonly threads?: number | undefined;
  /**
   * Runs as many steps of a body (the first one) as the leading axis of the slices says; returns each output with a
   * leading [steps] axis.
   */
  run(slices: readonly ArrayValue[], body?: number): readonly ArrayValue[];
  /** Runs the phases one after the other, `rounds` times, in one call; returns each phase's outputs. */
  runRounds(phases: readonly Phase[], rounds: number): readonly (readonly ArrayValue[])[];
  /** A copy of the carried state. */
  readState(): readonly ArrayValue[];
  writeState(state: readonly ArrayValue[]): void;
  dispose(): void;
}
export interface Compute {
  readonly engine: string;
  /** Every step is computed by itself: many a call save nothing, so a call may be as short as progress wants it. */
  readonly stepwise?: boolean;
  /**
   * Floating-point operations a second of a large product on so many threads: measured in some tenth of a second, once
   * in a process. Absent where an engine does not say on how many threads it computes.
   */
  productRate?(threads: number): number;
  program(constants: readonly ArrayValue[], state: readonly ArrayValue[], ...bodies: readonly ProgramBody[]): Program;
}
