/** Batch normalisation with what stands around it, against the formula as it is written, by TF.js's own gradients. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { normalizedByBatch, signed } from "../../src/learn/batch-norm.js";
import { stream } from "../../src/learn/random.js";
import { registerCpuKernels, registerGradients } from "../../src/util/tfjs.js";

let gamma: tf.Tensor;
let x: tf.Tensor4D;
let oldMean: tf.Tensor;
let oldVariance: tf.Tensor;
beforeAll(async () => {
  registerCpuKernels();
  registerGradients();
  await tf.setBackend("cpu");
  gamma = tf.tensor1d([1.5, -0.8, 0.3, -2]);
  x = normal([6, 8, 8, 2], 1) as tf.Tensor4D;
  oldMean = normal([channels], 5);
  oldVariance = tf.abs(normal([channels], 6));
});

const normal = (shape: number[], seed: number): tf.Tensor => {
  const random = stream(seed, [], "norm");
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  );
};
const channels = 4;
const pool = { size: [2, 2], stride: [2, 2] } as const;

interface Result {
  readonly output: tf.Tensor;
  readonly running: readonly tf.Tensor[];
  readonly gradients: readonly tf.Tensor[];
}

/** Gradients for the input, the weights before, their bias, γ and β, of Σ output · r. */
function computed(
  forward: (
    w: tf.Tensor,
    b: tf.Tensor,
    gamma: tf.Tensor,
    beta: tf.Tensor,
  ) => { output: tf.Tensor; running: readonly tf.Tensor[] },
  weight: tf.Tensor,
): Result {
  let kept: { output: tf.Tensor; running: readonly tf.Tensor[] } | undefined;
  const { grads } = tf.valueAndGrads((...inputs: tf.Tensor[]) => {
    const [w, b, g, beta] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    kept = forward(w, b, g, beta);
    tf.keep(kept.output);
    for (const each of kept.running) tf.keep(each);
    return tf.sum(tf.mul(kept.output, normal(kept.output.shape, 9))) as tf.Scalar;
  })([normal([3, 3, 2, channels], 2), normal([channels], 3), weight, normal([channels], 4)]);
  return { ...kept!, gradients: grads };
}

/** y = γ (x − μ) / √(σ² + ε) + β behind convolution and bias, then the pool, each by itself. */
const plainly = (weight: tf.Tensor, isPooled: boolean): Result =>
  computed((w, b, g, beta) => {
    const convolved = tf.add(tf.conv2d(x, w as tf.Tensor4D, 1, "same"), b);
    const mean = tf.mean(convolved, [0, 1, 2]);
    const variance = tf.mean(tf.square(tf.sub(convolved, mean)), [0, 1, 2]);
    const inverse = tf.div(1, tf.sqrt(tf.add(variance, 1e-5)));
    const y = tf.add(tf.mul(tf.mul(tf.sub(convolved, mean), inverse), g), beta);
    const count = convolved.size / channels;
    return {
      output: isPooled ? tf.maxPool(y as tf.Tensor4D, 2, 2, "valid") : y,
      running: [
        tf.add(tf.mul(oldMean, 0.9), tf.mul(mean, 0.1)),
        tf.add(tf.mul(oldVariance, 0.9), tf.mul(tf.mul(variance, count / (count - 1)), 0.1)),
      ],
    };
  }, weight);

const together = (weight: tf.Tensor, isPooled: boolean): Result =>
  computed((w, b, g, beta) => {
    const kernel = isPooled ? signed(w, g) : w;
    const { output, mean, variance } = normalizedByBatch(
      tf.conv2d(x, kernel as tf.Tensor4D, 1, "same"),
      { weight: g, bias: beta, mean: oldMean, variance: oldVariance },
      { bias: b },
      isPooled ? pool : null,
    );
    return { output, running: [mean, variance] };
  }, weight);

function expectClose(found: tf.Tensor, wanted: tf.Tensor, what: string): void {
  expect(found.shape, what).toEqual(wanted.shape);
  const [a, b] = [Array.from(found.dataSync()), Array.from(wanted.dataSync())];
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  let worst = 0;
  for (let at = 0; at < a.length; at++) worst = Math.max(worst, Math.abs(a[at]! - b[at]!));
  expect(worst / scale, what).toBeLessThan(2e-5);
}

for (const isPooled of [false, true])
  test(`normalised ${isPooled ? "and pooled" : "alone"}: values, running statistics and gradients are those of the formula, for γ of both signs`, () => {
    const [found, wanted] = [together(gamma, isPooled), plainly(gamma, isPooled)];
    expectClose(found.output, wanted.output, "output");
    for (const [index, name] of ["running mean", "running variance"].entries())
      expectClose(found.running[index]!, wanted.running[index]!, name);
    for (const [index, name] of ["weights", "bias", "gamma", "beta"].entries())
      expectClose(found.gradients[index]!, wanted.gradients[index]!, name);
  });

test("the bias before a normalisation has a gradient of exactly 0", () => {
  for (const isPooled of [false, true])
    expect([...together(gamma, isPooled).gradients[1]!.dataSync()]).toEqual([0, 0, 0, 0]);
});

test("where γ is 0 all numbers of a channel are β, and the weights before get no gradient through it", () => {
  const none = tf.tensor1d([0, 1, -0, -1]);
  const [found, wanted] = [together(none, true), plainly(none, true)];
  expectClose(found.output, wanted.output, "output");
  const byChannel = found.gradients[0]!.dataSync();
  for (let at = 0; at < byChannel.length; at += channels) expect([byChannel[at], byChannel[at + 2]]).toEqual([0, 0]);
  expectClose(found.gradients[3]!, wanted.gradients[3]!, "beta");
});
