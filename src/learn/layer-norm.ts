/**
 * Layer normalisation over the last axis, with its gradient in closed form.
 *
 *   y = n γ + β,  n = (x − μ) s,  s = 1 / √(σ² + ε),  μ and σ² the mean and biased variance of x over its last axis
 *
 *   dx = s (g − mean g − n mean(g n)),  g = dy γ;  dγ = Σ dy n,  dβ = Σ dy
 *
 * Of rows that is what PyTorch's `LayerNorm(units)` computes; of images each place is normalised over its channels, as
 * Keras does with its axis −1, where PyTorch would be given whole images.
 *
 * Source: Ba, Kiros & Hinton (2016); epsilon as in PyTorch.
 */
import { tf } from "../util/tfjs.js";

export const epsilon = 1e-5;

/**
 * @param x       float32 [batch, …, channels]
 * @param weight  γ, float32 [channels]
 * @param bias    β, float32 [channels]
 * @returns       the shape of x
 */
export function normalizedByRow(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const last = x.shape.length - 1;
  const others = x.shape.slice(0, -1).map((_, axis) => axis);
  const meanOf = (values: tf.Tensor): tf.Tensor => tf.mean(values, [last], true);
  const operation = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, gamma, beta, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const centred = tf.sub(input, meanOf(input));
    const scale = tf.rsqrt(tf.add(meanOf(tf.square(centred)), epsilon));
    const normal = tf.mul(centred, scale);
    save([normal, scale, gamma]);
    return {
      value: tf.add(tf.mul(normal, gamma), beta),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [normal, scale, gamma] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const g = tf.mul(dy, gamma);
        const inner = tf.sub(tf.sub(g, meanOf(g)), tf.mul(normal, meanOf(tf.mul(g, normal))));
        return [tf.mul(inner, scale), tf.sum(tf.mul(dy, normal), others), tf.sum(dy, others)];
      },
    };
  });
  return operation(x, weight, bias);
}
