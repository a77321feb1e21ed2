/**
 * Cross-entropy of several classes and of two, with weights of classes and smoothed labels.
 *
 *   several   l = Σ_c v_c (logsumexp(z) − z_c),  v_c = (1 − s) w_y [c = y] + s/K w_c
 *   two       l = w_y (q softplus(−z) + (1 − q) softplus(z)),  q = (1 − s) y + s/2
 *   loss = Σ l / Σ w_y  over the batch; 0 where all its weights are 0, which teaches nothing
 *
 * w are the weights of the classes (1 where there are none), s is the smoothing, K the number of classes.
 *
 * In a stack each member has weights of its own, as data of the step. What is added up there is added up by products of
 * more than one column, so that a member's numbers do not depend on its company (`dense.ts`).
 *
 * Sources: torch.nn.CrossEntropyLoss and BCEWithLogitsLoss; smoothing of two labels: Keras' BinaryCrossentropy. Weights
 * of two classes divide by their sum as those of several do; BCEWithLogitsLoss divides by the number of examples.
 */
import type { tf } from "../util/tfjs.js";
import type { ClassSettings, Criterion } from "./criterion.js";
import { logSumExp, softplus } from "./logits.js";

/** A sum of weights above 0 is more than this. */
const least = 1e-30;

/** 1 / total, and 0 where that is 0. */
const inverse = (calls: typeof tf, total: tf.Tensor): tf.Tensor =>
  calls.div(calls.step(total), calls.maximum(total, least));

/** v_c of each example, from one-hot classes [..., batch, K] and weights [..., 1, K]. */
function masses(calls: typeof tf, wanted: tf.Tensor, weights: tf.Tensor | null, smoothing: number): tf.Tensor {
  const own = weights ? calls.mul(wanted, weights) : wanted;
  if (smoothing === 0) return own;
  const share = smoothing / wanted.shape[wanted.shape.length - 1]!;
  return calls.add(calls.mul(own, 1 - smoothing), weights ? calls.mul(weights, share) : share);
}

/** Sums over the last axis of [members, rows, K], each of them K times. */
function sumsOfRows(calls: typeof tf, values: tf.Tensor): tf.Tensor {
  const classes = values.shape[2]!;
  return calls.matMul(values, calls.ones([1, classes, classes]));
}
/** 1 / Σ w_y of each member's batch, K times: [members, 1, K]. */
function inverseTotals(calls: typeof tf, wanted: tf.Tensor, weights: tf.Tensor): tf.Tensor {
  const weighted = calls.mul(wanted, weights);
  return inverse(calls, sumsOfRows(calls, calls.matMul(calls.ones([1, 1, wanted.shape[1]!]), weighted)));
}
const oneHot = (calls: typeof tf, labels: tf.Tensor, classes: number): tf.Tensor =>
  calls.cast(calls.oneHot(calls.cast(labels, "int32"), classes), "float32");
const weightRow = (calls: typeof tf, weights: readonly number[] | null): tf.Tensor | null =>
  weights && calls.tensor2d([...weights], [1, weights.length]);

export function ofSeveral({ weights, labelSmoothing: smoothing }: ClassSettings): Criterion {
  const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? 0;
  return {
    value(tf, output, labels) {
      const [batch, classes] = output.shape as [number, number];
      const wanted = oneHot(tf, labels, classes);
      const row = weightRow(tf, weights);
      const mass = masses(tf, wanted, row, smoothing);
      const sum = tf.sum(tf.mul(mass, tf.logSoftmax(output as tf.Tensor2D)));
      return tf.neg(row ? tf.mul(sum, inverse(tf, tf.sum(tf.mul(wanted, row)))) : tf.div(sum, batch));
    },
    gradient(tf, output, wanted, own) {
      const batch = output.shape[1]!;
      const mass = masses(tf, wanted, own, smoothing);
      const shares = tf.softmax(output);
      if (!own) return { d: tf.sub(shares, mass), factor: 1 / batch };
      const d = tf.sub(tf.mul(shares, sumsOfRows(tf, mass)), mass);
      return { d: tf.mul(d, inverseTotals(tf, wanted, own)), factor: 1 };
    },
    add(sums, outputs, at, wanted, from, width) {
      const label = wanted[from]!;
      const nats = logSumExp(outputs, at, width);
      const own = weights ? weights[label]! : 1;
      sums.weight += own;
      sums.loss += (1 - smoothing) * own * (nats - outputs[at + label]!);
      if (smoothing === 0) return;
      let smooth = (weights ? total : width) * nats;
      for (let column = 0; column < width; column++) smooth -= (weights ? weights[column]! : 1) * outputs[at + column]!;
      sums.loss += (smoothing / width) * smooth;
    },
  };
}

export function ofTwo({ weights, labelSmoothing: smoothing }: ClassSettings): Criterion {
  const smoothed = (calls: typeof tf, second: tf.Tensor): tf.Tensor =>
    smoothing === 0 ? second : calls.add(calls.mul(second, 1 - smoothing), smoothing / 2);
  return {
    value(tf, output, labels) {
      const wanted = oneHot(tf, labels, 2);
      const share = smoothed(tf, tf.slice(wanted, [0, 1], [-1, 1]));
      const losses = tf.add(tf.mul(share, tf.softplus(tf.neg(output))), tf.mul(tf.sub(1, share), tf.softplus(output)));
      const row = weightRow(tf, weights);
      if (!row) return tf.mean(losses);
      const own = tf.mul(wanted, row);
      return tf.mul(tf.sum(tf.mul(losses, tf.sum(own, 1, true))), inverse(tf, tf.sum(own)));
    },
    gradient(tf, output, wanted, own) {
      const [members, batch] = wanted.shape as [number, number, number];
      const share = smoothed(tf, tf.slice(wanted, [0, 0, 1], [members, batch, 1]));
      const d = tf.sub(tf.sigmoid(output), share);
      if (!own) return { d, factor: 1 / batch };
      const scales = tf.mul(sumsOfRows(tf, tf.mul(wanted, own)), inverseTotals(tf, wanted, own));
      return { d: tf.mul(d, tf.slice(scales, [0, 0, 0], [members, batch, 1])), factor: 1 };
    },
    add(sums, outputs, at, wanted, from) {
      const second = wanted[from]!;
      const own = weights ? weights[second]! : 1;
      const share = (1 - smoothing) * second + smoothing / 2;
      const z = outputs[at]!;
      sums.weight += own;
      const [here, there] = [share === 0 ? 0 : share * softplus(-z), share === 1 ? 0 : (1 - share) * softplus(z)];
      sums.loss += own * (here + there);
    },
  };
}
