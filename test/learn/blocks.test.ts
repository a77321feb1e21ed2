/** Residual blocks, layer normalisation, means over images: gradients, and what a block is made of. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { installOnnx } from "../../src/engine/install.js";
import type { Activation } from "../../src/learn/activation.js";
import { initialValues } from "../../src/learn/initial.js";
import { type Layer, leaves, multiplyAdds, placeLayers } from "../../src/learn/layer.js";
import { normalizedByRow } from "../../src/learn/layer-norm.js";
import { forward } from "../../src/learn/model.js";
import { stream } from "../../src/learn/random.js";
import { registerCpuKernels, registerGradients } from "../../src/util/tfjs.js";

beforeAll(async () => {
  registerCpuKernels();
  registerGradients();
  await installOnnx({ threads: 1 });
  await tf.setBackend("cpu");
});

const normal = (shape: readonly number[], seed: number): tf.Tensor => {
  const random = stream(seed, [], "blocks");
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    [...shape],
  );
};
const conv = (kernels: number, more: Partial<Extract<Layer, { type: "conv" }>> = {}): Layer => ({
  type: "conv",
  kernels,
  size: [3, 3],
  stride: [1, 1],
  padding: "same",
  activation: "linear",
  initializer: "pytorch",
  ...more,
});
const dense = (units: number, activation: Activation = "linear"): Layer => ({
  type: "dense",
  units,
  activation,
  initializer: "pytorch",
});
const residual = (layers: readonly Layer[], activation: Activation = "linear"): Layer => ({
  type: "residual",
  layers,
  activation,
});
const norm: Layer = { type: "batch_norm" };
const image = [5, 5, 3];

const networks: Readonly<Record<string, readonly [layers: readonly Layer[], input: readonly number[]]>> = {
  "layer_norm of rows": [[{ type: "layer_norm" }, dense(3)], [6]],
  "layer_norm of images": [[conv(4), { type: "layer_norm" }], image],
  global_avg_pool: [[conv(4, { activation: "tanh" }), { type: "global_avg_pool" }, dense(2)], image],
  "a block whose shape stays": [[residual([conv(3, { activation: "tanh" }), conv(3)], "tanh")], image],
  "a block with a projection": [[residual([conv(4, { stride: [2, 2], activation: "tanh" })], "tanh")], image],
  "a block with a projection that is normalised": [[residual([conv(4, { stride: [2, 2] }), norm], "sigmoid")], image],
  "a block that pools": [[residual([conv(2), norm, { type: "avg_pool", size: [3, 3], stride: [2, 2] }])], [7, 7, 2]],
  "a block in a block": [[conv(2), residual([residual([conv(2)], "tanh"), conv(4)], "tanh")], image],
  "a block of dense layers": [[residual([dense(5, "tanh"), dense(4)], "tanh"), dense(2)], [4]],
  silu: [[dense(5, "silu"), { type: "activation", activation: "silu" }], [4]],
  "leaky_relu with a slope": [[dense(5, { leaky_relu: { slope: 0.3 } })], [4]],
  "elu with an alpha": [[dense(5, { elu: { alpha: 0.4 } })], [4]],
};
/** Where the largest of a window changes, there is no slope. */
const steps: typeof networks = {
  "a block that takes the largest": [
    [residual([conv(2), norm, { type: "max_pool", size: [3, 3], stride: [2, 2] }], "relu")],
    [7, 7, 2],
  ],
};
const placed = (layers: readonly Layer[], input: readonly number[]) => {
  const result = placeLayers(layers, input);
  if (!result.ok) throw new Error(result.misfit.message);
  return result;
};

/** Σ output · r in training, of every trained parameter and of the input, in that order. */
function slopes(layers: readonly Layer[], input: readonly number[]) {
  const { layers: all, output } = placed(layers, input);
  const parameters = all.flatMap((layer) => layer.parameters);
  const begun = new Map(
    parameters.map((parameter) => [parameter.name, tf.tensor(initialValues(parameter, 4, []), [...parameter.shape])]),
  );
  const learned = parameters.filter(({ trained }) => trained);
  // A normalisation begins with weights of 1 and biases of 0, at which some mistakes do not show.
  const values = learned.map(({ name, shape, isWeight }, index) =>
    isWeight ? begun.get(name)! : tf.add(begun.get(name)!, tf.mul(normal(shape, index), 0.3)),
  );
  const target = normal([4, ...output], 98);
  const sum = (...given: readonly tf.Tensor[]): tf.Scalar => {
    const byName = new Map([...begun, ...learned.map(({ name }, index) => [name, given[index]!] as const)]);
    return tf.sum(tf.mul(forward(all, byName, given.at(-1)!, { masks: new Map() }).output, target)) as tf.Scalar;
  };
  return { names: [...learned.map(({ name }) => name), "input"], all: [...values, normal([4, ...input], 99)], sum };
}

test.each(Object.entries(networks))("%s: gradients match finite differences", (_name, [layers, input]) => {
  const { names, all, sum } = slopes(layers, input);
  const graded = tf.grads(sum)(all);
  for (const [index, value] of all.entries()) {
    const numbers = value.dataSync();
    const found = graded[index]!.dataSync();
    for (const at of new Set([0, Math.floor(numbers.length / 2), numbers.length - 1])) {
      const nudged = (by: number): number => {
        const moved = Float32Array.from(numbers);
        moved[at]! += by;
        const given = all.map((each, other) => (other === index ? tf.tensor(moved, value.shape) : each));
        return sum(...given).dataSync()[0]!;
      };
      const step = 0.004;
      const slope = (nudged(step) - nudged(-step)) / (2 * step);
      const what = `${names[index]} ${at}`;
      expect(Math.abs(found[at]! - slope), what).toBeLessThan(0.01 * Math.max(1, Math.abs(slope)));
    }
  }
});
test.each(Object.entries({ ...networks, ...steps }))(
  "%s: values and gradients are those of TF.js's cpu",
  async (_name, [layers, input]) => {
    const of = async (backend: string): Promise<readonly (readonly number[])[]> => {
      await tf.setBackend(backend);
      const { all, sum } = slopes(layers, input);
      const { value, grads } = tf.valueAndGrads(sum)(all);
      return [value, ...grads].map((each) => [...each.dataSync()]);
    };
    const [ours, cpu] = [await of("onnx"), await of("cpu")];
    for (const [index, list] of cpu.entries()) {
      const scale = Math.max(1, ...list.map(Math.abs));
      const worst = Math.max(...list.map((value, at) => Math.abs(value - ours[index]![at]!)));
      expect(worst / scale, `array ${index}`).toBeLessThan(1e-5);
    }
  },
);

test.each([[[4, 6]], [[3, 2, 2, 5]]])(
  "layer_norm of %j is the formula, and its gradients are TF.js's own",
  async (shape) => {
    await tf.setBackend("cpu");
    const [x, weight, bias, target] = [
      normal(shape, 1),
      normal([shape.at(-1)!], 2),
      normal([shape.at(-1)!], 3),
      normal(shape, 4),
    ];
    const plainly = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor => {
      const { mean, variance } = tf.moments(x, shape.length - 1, true);
      return tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5))), weight), bias);
    };
    const graded = (of: typeof plainly) =>
      tf.valueAndGrads((...given: tf.Tensor[]) => {
        const [x, weight, bias] = given as [tf.Tensor, tf.Tensor, tf.Tensor];
        return tf.sum(tf.mul(of(x, weight, bias), target)) as tf.Scalar;
      })([x!, weight!, bias!]);
    const [found, wanted] = [graded(normalizedByRow), graded(plainly)];
    expect(found.value.dataSync()[0]).toBeCloseTo(wanted.value.dataSync()[0]!, 4);
    for (const [index, gradient] of wanted.grads.entries())
      for (const [at, value] of gradient.dataSync().entries())
        expect(found.grads[index]!.dataSync()[at], `${index} ${at}`).toBeCloseTo(value, 4);
    expect(
      [...tf.mean(normalizedByRow(x!, tf.onesLike(weight!), tf.zerosLike(bias!)), -1).dataSync()].every(
        (mean) => Math.abs(mean) < 1e-6,
      ),
    ).toBe(true);
  },
);

describe("what a block is made of", () => {
  test("its layers, then its projection, with full names; their parameters and products are the block's", () => {
    const { layers } = placed([conv(3), residual([conv(4, { stride: [2, 2] }), norm, residual([conv(4)])])], image);
    const block = layers[1]!;
    expect(leaves(layers).map(({ name }) => name)).toEqual([
      "conv_1",
      "residual_1.conv_1",
      "residual_1.batch_norm_1",
      "residual_1.residual_1.conv_1",
      "residual_1.projection",
      "residual_1.projection_norm",
    ]);
    expect(block.parameters).toEqual(leaves([block]).flatMap(({ parameters }) => parameters));
    // Kernels of 3 × 3 × 3 × 4, 3 × 3 × 4 × 4 and 1 × 1 × 3 × 4 numbers at 3 × 3 places each.
    expect(multiplyAdds(block)).toBe(9 * (108 + 144 + 12));
    expect(block.output).toEqual([3, 3, 4]);
    expect(
      leaves([block])
        .slice(-2)
        .map(({ block }) => block),
    ).toEqual([block.layer, block.layer]);
  });
  test("the projection takes the least stride that fits, on each axis by itself, and begins as the block's convolutions do", () => {
    const strideOf = (input: readonly number[], stride: readonly [number, number]): unknown => {
      const layer = conv(4, { stride, initializer: "he_normal" });
      const projection = placed([residual([layer])], input).layers[0]!.within!.at(-1)!.layer;
      return projection.type === "conv" ? [projection.stride, projection.initializer] : null;
    };
    expect(strideOf([7, 8, 3], [2, 1])).toEqual([[2, 1], "he_normal"]);
    expect(strideOf([2, 9, 3], [3, 4])).toEqual([[2, 3], "he_normal"]);
    expect(strideOf([1, 1, 3], [1, 1])).toEqual([[1, 1], "he_normal"]);
  });
  test("what no file writes is not there where shapes agree", () =>
    expect(placed([residual([conv(3), norm])], image).layers[0]!.within).toHaveLength(2));
});
