/**
 * Batch normalisation, with its gradient in closed form, and with what stands around it: the bias before it, which it
 * takes away again, and the max pooling behind it, which it changes places with.
 *
 *   y = (x − μ) s + β,  s = γ / √(σ² + ε),  μ and σ² the mean and biased variance of x over all axes but the channels
 *
 * Bias: x + b has the mean μ + b and the same variance, so y does not depend on b, and the gradient for b is exactly 0.
 *
 * Pooling: y rises with x where γ ≥ 0, so that max y = (max x − μ) s + β. Where γ < 0 it falls; then the weights before
 * it change their sign within the step, x becomes −x, and |γ| stands for γ: the same y, and the maximum of it. Values
 * are the same up to rounding. Where rounding makes numbers of a window equal, or γ is 0 and all of them are, the
 * gradient may go to another of them. Normalising, and most of its gradient, then work on a quarter of the numbers.
 *
 * Source: Ioffe & Szegedy (2015); momentum, epsilon and the unbiased running variance as in PyTorch.
 */
import { tf } from "../util/tfjs.js";
import type { Layer } from "./layer.js";

/** Weight of the batch in the running statistics, and what is added to a variance (PyTorch's defaults). */
const momentum = 0.1;
export const epsilon = 1e-5;

export interface NormParameters {
  readonly weight: tf.Tensor;
  readonly bias: tf.Tensor;
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}
/** Of a layer before, whose bias is left out of x. */
interface Before {
  readonly bias: tf.Tensor;
}
export type Pool = Pick<Extract<Layer, { readonly type: "avg_pool" | "max_pool" }>, "size" | "stride">;

export function normalizedByRunning(x: tf.Tensor, { weight, bias, mean, variance }: NormParameters): tf.Tensor {
  const scale = tf.mul(weight, tf.rsqrt(tf.add(variance, epsilon)));
  return tf.add(tf.mul(tf.sub(x, mean), scale), bias);
}

/** +1 where γ ≥ 0, else −1: float32 [channels]. No gradient passes. */
const signOf = (weight: tf.Tensor): tf.Tensor => tf.sub(1, tf.mul(2, tf.step(tf.neg(weight))));

/** Weights [..., channels] of the layer before a normalisation that is pooled: times the sign of γ. */
export function signed(weights: tf.Tensor, gamma: tf.Tensor): tf.Tensor {
  const operation = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const sign = signOf(gamma);
    save([sign]);
    return { value: tf.mul(input, sign), gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0]!) };
  });
  return operation(weights);
}

/**
 * Normalised by the statistics of the batch, pooled where `pool` is given.
 *
 * @param x       float32 [batch, …, channels], signed where it will be pooled
 * @param before  the layer before, where x is its output without its bias
 * @returns       the output, and the new running statistics
 */
export function normalizedByBatch(
  x: tf.Tensor,
  parameters: NormParameters,
  before: Before | null,
  pool: Pool | null,
): { readonly output: tf.Tensor; readonly mean: tf.Tensor; readonly variance: tf.Tensor } {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const count = x.size / x.shape[x.shape.length - 1]!;
  const mean = tf.mean(x, axes);
  const variance = tf.mean(tf.square(tf.sub(x, mean)), axes);
  const output = normalized(x, parameters, before, pool, { mean, variance, axes, count });
  // The running variance is unbiased (n − 1), the one used in the batch is biased (n), as in PyTorch.
  const unbiased = tf.mul(variance, count > 1 ? count / (count - 1) : 1);
  const unsigned = pool ? tf.mul(mean, signOf(parameters.weight)) : mean;
  return {
    output,
    mean: blend(parameters.mean, before ? tf.add(unsigned, before.bias) : unsigned),
    variance: blend(parameters.variance, unbiased),
  };
}
const blend = (old: tf.Tensor, fresh: tf.Tensor): tf.Tensor =>
  tf.add(tf.mul(old, 1 - momentum), tf.mul(fresh, momentum));

interface Statistics {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
  readonly axes: number[];
  readonly count: number;
}

/**
 * With p = max x (or x), z = p s + β − μ s, n numbers a channel:
 *
 *   dx = s dz at the maxima + a x + b,  a = −s Σ(dz (p − μ)) / (n (σ² + ε)),  b = −s Σdz / n − a μ
 *   dγ = Σ(dz (p − μ)) / √(σ² + ε), with the sign of γ,  dβ = Σdz
 */
function normalized(
  x: tf.Tensor,
  { weight, bias }: NormParameters,
  before: Before | null,
  pool: Pool | null,
  { mean, variance, axes, count }: Statistics,
): tf.Tensor {
  const operation = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, gamma, beta] = args as [tf.Tensor, tf.Tensor, tf.Tensor];
    const save = args[args.length - 1] as tf.GradSaveFunc;
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const scale = tf.mul(pool ? tf.abs(gamma) : gamma, inverse);
    const pooled = pool ? tf.maxPool(input as tf.Tensor4D, [...pool.size], [...pool.stride], "valid") : input;
    save([input, pooled, inverse, scale, gamma]);
    return {
      value: tf.add(tf.mul(pooled, scale), tf.sub(beta, tf.mul(mean, scale))),
      gradFunc: (dz: tf.Tensor, saved: tf.Tensor[]) => {
        const [input, pooled, inverse, scale, gamma] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const sum = tf.sum(dz, axes);
        const sumCentred = tf.sum(tf.mul(dz, tf.sub(pooled, mean)), axes);
        const factor = tf.mul(tf.mul(scale, tf.mul(sumCentred, tf.square(inverse))), -1 / count);
        const offset = tf.sub(tf.mul(tf.mul(scale, sum), -1 / count), tf.mul(factor, mean));
        const scaled = tf.mul(dz, scale);
        const atMaxima = pool ? maxPoolGradient(scaled, input, pooled, pool) : scaled;
        const slope = tf.mul(sumCentred, inverse);
        return [
          tf.add(tf.add(tf.mul(input, factor), offset), atMaxima),
          pool ? tf.mul(slope, signOf(gamma)) : slope,
          sum,
          ...(before ? [tf.zerosLike(before.bias)] : []),
        ];
      },
    };
  });
  return operation(x, weight, bias, ...(before ? [before.bias] : []));
}

const maxPoolGradient = (dy: tf.Tensor, input: tf.Tensor, output: tf.Tensor, { size, stride }: Pool): tf.Tensor =>
  tf
    .engine()
    .runKernel(
      "MaxPoolGrad",
      { dy, input, output },
      { filterSize: [...size], strides: [...stride], pad: "valid" },
    ) as tf.Tensor;
