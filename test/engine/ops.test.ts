import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { fallbackCalls } from "../../src/engine/fallback.js";
import { installOnnx } from "../../src/engine/install.js";
import type { Op, Sample, SampleInput } from "../../src/engine/ops/op.js";
import { ops } from "../../src/engine/ops/ops.js";
import { stream } from "../../src/learn/random.js";

beforeAll(async () => {
  await installOnnx({ threads: 1 });
});

function drawn(
  { shape, draw = "normal" }: SampleInput,
  seed: number,
): { values: Float32Array | Int32Array | Uint8Array; dtype: "float32" | "int32" | "bool"; shape: number[] } {
  const random = stream(seed, [], draw);
  const size = shape.reduce((product, length) => product * length, 1);
  const fill = (next: () => number): Float32Array => Float32Array.from({ length: size }, next);
  const list = [...shape];
  switch (draw) {
    case "normal":
      return { values: fill(() => random.normal()), dtype: "float32", shape: list };
    case "positive":
      return { values: fill(() => random.uniform() * 3 + 0.05), dtype: "float32", shape: list };
    case "unit":
      return { values: fill(() => random.uniform() * 2 - 1), dtype: "float32", shape: list };
    case "above one":
      return { values: fill(() => random.uniform() * 3 + 1), dtype: "float32", shape: list };
    case "nonzero":
      return { values: fill(() => (random.uniform() + 0.2) * (random.int(2) * 2 - 1)), dtype: "float32", shape: list };
    case "ties":
      return { values: fill(() => random.int(3)), dtype: "float32", shape: list };
    case "labels":
      return { values: Int32Array.from({ length: size }, () => random.int(3)), dtype: "int32", shape: list };
    case "bool":
      return { values: Uint8Array.from({ length: size }, () => random.int(2)), dtype: "bool", shape: list };
  }
}

async function compute(
  engine: string,
  kernel: string,
  op: Op,
  sample: Sample,
): Promise<{ values: Float32Array; shape: number[]; dtype: string }> {
  await tf.setBackend(engine);
  return tf.tidy(() => {
    const tensors = sample.inputs.map((input, index) => {
      const { values, dtype, shape } = drawn(input, index + 1);
      return tf.tensor(values as Float32Array, shape, dtype);
    });
    // The output that a gradient kernel wants is TF.js's own result for the input before it.
    if (sample.derive)
      tensors[tensors.length - 1] = tf.engine().runKernel(sample.derive, { x: tensors[tensors.length - 2]! }, {
        ...sample.attributes,
      } as tf.NamedAttrMap) as tf.Tensor;
    const inputs =
      op.inputs === "list"
        ? (tensors as unknown as tf.NamedTensorMap)
        : Object.fromEntries(op.inputs.map((name, index) => [name, tensors[index]!]));
    const result = tf.engine().runKernel(kernel, inputs, { ...sample.attributes } as tf.NamedAttrMap) as tf.Tensor;
    return { values: Float32Array.from(result.dataSync()), shape: result.shape, dtype: result.dtype };
  });
}

for (const [kernel, op] of Object.entries(ops) as [string, Op][]) {
  test(`${kernel} gives what TF.js's cpu backend gives, lowered and not through a fallback`, async () => {
    for (const sample of op.samples) {
      const wanted = await compute("cpu", kernel, op, sample);
      fallbackCalls.clear();
      const found = await compute("onnx", kernel, op, sample);
      expect([...fallbackCalls.keys()]).toEqual([]);
      expect(found.shape).toEqual(wanted.shape);
      expect(found.dtype).toBe(wanted.dtype);
      const scale = wanted.values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      let worst = 0;
      for (let index = 0; index < wanted.values.length; index++)
        worst = Math.max(worst, Math.abs(wanted.values[index]! - found.values[index]!));
      expect(worst / scale, `${kernel} ${JSON.stringify(sample.inputs)}`).toBeLessThan(2e-5);
    }
  });
}

test("every lowering gives the same bits with 1, 2, 3 and 4 threads", async () => {
  const differing: string[] = [];
  for (const [kernel, op] of Object.entries(ops) as [string, Op][]) {
    for (const sample of op.samples) {
      const texts = new Set<string>();
      for (const threads of [1, 2, 3, 4]) {
        await installOnnx({ threads });
        const { values } = await compute("onnx", kernel, op, sample);
        texts.add(Buffer.from(values.buffer).toString("base64"));
      }
      if (texts.size > 1) differing.push(`${kernel} ${JSON.stringify(sample.inputs.map((input) => input.shape))}`);
    }
  }
  await installOnnx({ threads: 1 });
  expect(differing).toEqual([]);
});
