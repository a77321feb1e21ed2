/**
 * A Gaussian along height and width of a batch of images, as products with two matrices, so that it has a gradient.
 *
 *   weight of pixel j for pixel i:  exp(−(i − j)² / 2σ²), over all pixels of the row divided by their sum
 *
 * so that an image of one brightness stays as it is up to its edge.
 */
import { tf } from "../util/tfjs.js";

/** @param sigma  in pixels; 0: nothing is smoothed, which is all that can be done to rows of numbers */
export function smoothing(shape: readonly number[], sigma: number): (x: tf.Tensor) => tf.Tensor {
  if (sigma === 0 || shape.length !== 3) return (x) => x;
  const [height, width, channels] = shape as [number, number, number];
  const [down, across] = [smoothingMatrix(height, sigma), smoothingMatrix(width, sigma)];
  return (x) => {
    const batch = x.shape[0]!;
    const rows = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [batch * channels * height, width]);
    const smoothRows = tf.matMul(rows, tf.tensor2d(across, [width, width]));
    const columns = tf.reshape(tf.transpose(tf.reshape(smoothRows, [batch, channels, height, width]), [0, 1, 3, 2]), [
      batch * channels * width,
      height,
    ]);
    const smooth = tf.matMul(columns, tf.tensor2d(down, [height, height]));
    return tf.transpose(tf.reshape(smooth, [batch, channels, width, height]), [0, 3, 2, 1]);
  };
}

/** [pixels, pixels]: column i has the weights of pixel i. */
export function smoothingMatrix(length: number, sigma: number): Float32Array {
  const values = new Float32Array(length * length);
  for (let to = 0; to < length; to++) {
    const weights = Array.from({ length }, (_, from) => Math.exp(-((from - to) ** 2) / (2 * sigma * sigma)));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    for (const [from, weight] of weights.entries()) values[from * length + to] = weight / sum;
  }
  return values;
}
