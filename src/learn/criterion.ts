/**
 * What a loss does with its options set: the loss of a batch as TF.js calls, its gradient for a stack, and the loss of
 * examples in float64. `losses.ts` has the table of them.
 */
import type { tf } from "../util/tfjs.js";

/** Losses of examples, added up in float64; their mean is `loss / weight`. */
export interface Sums {
  loss: number;
  weight: number;
}
export type Outputs = Float32Array | Float64Array;
export interface Criterion {
  /**
   * The loss of a batch, differentiable.
   *
   * @param output  float32 [batch, outputs]
   * @param labels  int32 [batch] classes, or float32 [batch, targets]
   * @returns       float32 []
   */
  value(calls: typeof tf, output: tf.Tensor, labels: tf.Tensor): tf.Tensor;
  /**
   * The gradient of each member's loss by its outputs, written out: d times a factor.
   *
   * @param output   float32 [members, batch, outputs]
   * @param wanted   float32 [members, batch, width]: targets, or one-hot classes
   * @param weights  float32 [members, 1, classes], where classes have weights: each member's own
   */
  gradient(calls: typeof tf, output: tf.Tensor, wanted: tf.Tensor, weights: tf.Tensor | null): Gradient;
  /**
   * Adds an example.
   *
   * @param outputs  of the example from `at` on, `width` of them
   * @param wanted   of the example from `from` on: its targets, or its class alone
   */
  add(sums: Sums, outputs: Outputs, at: number, wanted: ArrayLike<number>, from: number, width: number): void;
}
/** d times a factor. */
export interface Gradient {
  readonly d: tf.Tensor;
  readonly factor: number;
}
/** What a loss of classes may be asked beside its own options. */
export interface ClassSettings {
  /** By class; null where all count alike. */
  readonly weights: readonly number[] | null;
  readonly labelSmoothing: number;
}

/** A loss that is a mean over numbers, by the error e of each. */
interface Pointwise {
  value(calls: typeof tf, error: tf.Tensor): tf.Tensor;
  derivative(calls: typeof tf, error: tf.Tensor): Gradient;
  of(error: number): number;
}
export const meanOver = ({ value, derivative, of }: Pointwise): Criterion => ({
  value: (tf, output, labels) => tf.mean(value(tf, tf.sub(output, tf.reshape(labels, output.shape)))),
  gradient(tf, output, wanted) {
    const [, batch, outputs] = output.shape as [number, number, number];
    const { d, factor } = derivative(tf, tf.sub(output, wanted));
    return { d, factor: factor / (batch * outputs) };
  },
  add(sums, outputs, at, wanted, from, width) {
    for (let target = 0; target < width; target++) sums.loss += of(outputs[at + target]! - wanted[from + target]!);
    sums.weight += width;
  },
});
