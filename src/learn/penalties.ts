/**
 * Penalties and weight decay. Both are about the weights of convolutions and dense layers; biases, and what
 * normalisations learn, are left as they are.
 */
import { tf } from "../util/tfjs.js";

/** Which numbers of an array are meant: 0 for none, 1 for all, else 1 or 0 for each. */
export type Share = 0 | 1 | tf.Tensor;

/** The gradient with those of the penalties: l1 sign(w) + l2 w, where w is one of the weights. */
export function penalised(
  gradient: tf.Tensor,
  before: tf.Tensor,
  weights: Share,
  { l1 = 0, l2 = 0 }: { readonly l1?: number; readonly l2?: number },
): tf.Tensor {
  if (weights === 0) return gradient;
  const squared = l2 === 0 ? gradient : tf.add(gradient, tf.mul(before, shared(weights, l2)));
  return l1 === 0 ? squared : tf.add(squared, tf.mul(tf.sign(before), shared(weights, l1)));
}

/**
 * What an update left, less the decay of what was there before it.
 *
 * @param decay  share of a weight that this step takes off, float32 []
 */
export const decayed = (after: tf.Tensor, before: tf.Tensor, weights: Share, decay: tf.Tensor): tf.Tensor =>
  weights === 0 ? after : tf.sub(after, tf.mul(before, shared(weights, decay)));

const shared = <F extends number | tf.Tensor>(weights: 1 | tf.Tensor, factor: F): F | tf.Tensor =>
  weights === 1 ? factor : tf.mul(weights, factor);
