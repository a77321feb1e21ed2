/**
 * What the steps of a training are to those who run them, be it one network (`single-training.ts`) or several stacked
 * (`stacked-training.ts`).
 */
import type { ArrayValue, ProgramBody } from "../compute/program.js";
import type { tf } from "../util/tfjs.js";
import type { StepInputs } from "./feed.js";
import type { Share } from "./penalties.js";
import type { Judge } from "./score.js";

/** What a step finds out before the optimiser takes it. */
export interface StepGradients {
  /** New values of what is carried but not learned, such as running statistics. */
  readonly running: readonly tf.Tensor[];
  /** Of each array that is learned, with those of the penalties. */
  readonly gradients: readonly tf.Tensor[];
  /** Which numbers of a learned array are weights, from which decay is taken. */
  weights(array: number): Share;
  /** What `scores` reads. */
  readonly outputs: readonly tf.Tensor[];
}
/** Mean losses of some steps, and how many of their examples were right; that is null where there are no classes. */
export interface StepScores {
  readonly losses: ArrayLike<number>;
  readonly correct: ArrayLike<number> | null;
}
/**
 * The steps of a training, alone or stacked with others: how its data and parameters are laid out, and what a step
 * computes of them.
 *
 * Carried are `running` arrays, then those that are learned, then the optimiser's slots of each of these, then copies
 * of the first two for averages. */
export interface TrainingSteps {
  /** Whether arrays lead with an axis of members; else there is one. */
  readonly isStacked: boolean;
  readonly constants: readonly ArrayValue[];
  /** By member. */
  readonly judges: readonly Judge[];
  readonly running: number;
  readonly learned: number;
  /** From each member's parameters, the optimiser's slots of each trained one, and averages, to what is carried. */
  pack(members: readonly (readonly ArrayValue[])[]): readonly ArrayValue[];
  /** The way back, by member. */
  unpack(carried: readonly ArrayValue[]): readonly (readonly ArrayValue[])[];
  /** Where the examples of a member lie in the constants. */
  rowsOf(member: number, set: "train" | "validation"): Int32Array;
  gradients(carried: readonly tf.Tensor[], inputs: StepInputs, gather: Gather): StepGradients;
  /**
   * @param carried  what is carried, or a copy of its parameters
   * @returns        outputs for rows of the validation set, float32 [batch, width], or [members, batch, width]
   */
  judge(carried: readonly tf.Tensor[], rows: tf.Tensor, gather: Gather): tf.Tensor;
  /**
   * The scores of a member in some steps of a call.
   *
   * @param outputs  of all steps of the call, as `gradients` gives them, each with a leading axis of steps
   * @param rows     that the steps were fed
   */
  scores(member: number, outputs: readonly ArrayValue[], rows: Int32Array, steps: StepRange): StepScores;
}
export type Gather = Parameters<ProgramBody>[3];
/** Steps `from` … `from + steps` − 1 of a call, all of so many examples. */
export interface StepRange {
  readonly from: number;
  readonly steps: number;
  readonly batch: number;
}
