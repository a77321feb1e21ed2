/** Losses of a batch, as differentiable TF.js calls, and the same in float64 over a whole set of predictions. */
import { tf } from "../util/tfjs.js";
import type { Loss } from "./choices.js";

/**
 * cross_entropy: mean over batch of logsumexp(logits) − logits[label], in nats; ln(classes) when all logits are equal.
 * mse: mean over batch and targets of (output − target)², in squared units of the target.
 *
 * @param output  float32 [batch, classes] logits, or [batch, targets]
 * @param labels  int32 [batch] in 0 … classes − 1, or float32 [batch, targets]
 * @returns       float32 []
 * Source: Goodfellow, Bengio & Courville (2016), §6.2.2.3 and §5.5.1.
 */
export function lossOf(loss: Loss, output: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  if (loss === "mse") return tf.mean(tf.square(tf.sub(output, tf.reshape(labels, output.shape))));
  const wanted = tf.oneHot(tf.cast(labels, "int32"), output.shape[1]!);
  return tf.neg(
    tf.div(tf.sum(tf.mul(tf.cast(wanted, "float32"), tf.logSoftmax(output as tf.Tensor2D))), output.shape[0]!),
  );
}

/** How many examples of the batch have their largest logit (the first of equals) at the label. float32 [] */
export function correctOf(output: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  return tf.sum(tf.cast(tf.equal(tf.argMax(output, 1), tf.cast(labels, "int32")), "float32"));
}
