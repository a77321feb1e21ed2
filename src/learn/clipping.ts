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
  const squares = gradients.map((gradient) => {
    const row = tf.reshape(gradient, [members ?? 1, 1, -1]);
    return tf.matMul(row, row, false, true);
  });
  const norm = tf.sqrt(squares.reduce((sum, each) => tf.add(sum, each)));
  const factor = tf.div(most, tf.maximum(tf.add(norm, 1e-6), most));
  // Plus 0, or NaN where the norm is not finite.
  const measured = tf.add(factor, tf.sub(norm, norm));
  const own = members === null ? tf.reshape(measured, []) : measured;
  return gradients.map((gradient) => tf.mul(gradient, own));
}
