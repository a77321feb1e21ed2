/**
 * Gradient clipping: where the gradient of a model is longer than c, it is scaled to that length.
 *
 *   g ← g min(1, c / (‖g‖ + 10⁻⁶)), with the norm over all that the model learns
 *
 * So torch.nn.utils.clip_grad_norm_ (Pascanu, Mikolov & Bengio, 2013). Penalties are in the gradient already, weight
 * decay is not. A norm that is not finite is no measure: it makes NaN of the gradient, so that the training is found to
 * diverge, where a factor of c / ∞ would leave the weights as they are without a word.
 *
 * Squares are added up by products, each array by itself and then these sums in their order, so the norm depends on how
 * a model's arrays are cut: that must not depend on what it is stacked with (`dense.ts`).
 */
import { tf } from "../util/tfjs.js";

/**
 * @param gradients  of each array that is learned; of several models [members, rows, width]
 * @param members    how many models; null where there is one, without such an axis
 */
export function clipped(gradients: readonly tf.Tensor[], most: number, members: number | null): readonly tf.Tensor[] {
  const squares = gradients.map((gradient) => squaresOf(gradient, members ?? 1));
  const norm = tf.sqrt(squares.reduce((sum, each) => tf.add(sum, each)));
  const factor = tf.div(most, tf.maximum(tf.add(norm, 1e-6), most));
  // Plus 0, or NaN where the norm is not finite.
  const measured = tf.add(factor, tf.sub(norm, norm));
  const own = members === null ? tf.reshape(measured, []) : measured;
  return gradients.map((gradient) => tf.mul(gradient, own));
}

/**
 * Squares of at most so many numbers are added up first: of 200,704 numbers one product of them all took 96 µs, products
 * of 4096 each took 30 µs, with a twentieth of its rounding error.
 */
const mostAtOnce = 8192;

/** Σ g² of each model, [members, 1, 1]. */
function squaresOf(gradient: tf.Tensor, members: number): tf.Tensor {
  const size = gradient.size / members;
  const length = lengthOfParts(size);
  const parts = tf.reshape(gradient, [(members * size) / length, 1, length]);
  const sums = tf.matMul(parts, parts, false, true);
  const count = size / length;
  // The members stand on the right: what stands on the left of one matrix is multiplied as one, and rounded as such.
  return count === 1 ? sums : tf.matMul(tf.ones([1, 1, count]), tf.reshape(sums, [members, count, 1]));
}

/** The largest divisor that is no more than may be added up at once; all of them where there is no good one. */
function lengthOfParts(size: number): number {
  if (size <= mostAtOnce) return size;
  for (let length = mostAtOnce; length > mostAtOnce / 32; length--) if (size % length === 0) return length;
  return size;
}
