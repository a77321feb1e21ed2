/** Every kernel that the engine answers, called at random: values and gradients against TF.js's own `cpu` backend. */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { fallbackCalls } from "../../src/engine/fallback.js";
import { installOnnx } from "../../src/engine/install.js";
import { composites } from "../../src/engine/ops/composite.js";
import { ops } from "../../src/engine/ops/ops.js";
import { type Case, cases, type Given } from "./cases.js";

beforeAll(async () => {
  await installOnnx({ threads: 1 });
});

/** Calls a kernel; more of them with HW1_RANDOM_RUNS. */
const numRuns = Number(process.env.HW1_RANDOM_RUNS ?? 30);
/**
 * Largest difference allowed, as a part of the largest number of the result and of 1. One operation differs by some
 * 1e-7; sums of a few hundred numbers, and products of them, by more.
 */
const tolerance = 2e-5;

const inputNames = Object.fromEntries(
  Object.entries({ ...ops, ...composites }).map(([kernel, { inputs }]) => [kernel, inputs]),
) as Record<string, readonly string[] | "list">;

interface Found {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
const tensorOf = ({ values, shape, dtype }: Given): tf.Tensor =>
  tf.tensor(
    { float32: Float32Array, int32: Int32Array, bool: Uint8Array, uint8: Uint8Array }[dtype].from(values),
    [...shape],
    dtype,
  );

function call(kernel: string, tensors: readonly tf.Tensor[], attributes: Case["attributes"]): tf.Tensor[] {
  const names = inputNames[kernel]!;
  const inputs =
    names === "list" ? tensors : Object.fromEntries(tensors.map((tensor, index) => [names[index]!, tensor]));
  // Kernels may write into their attributes.
  const made = tf
    .engine()
    .runKernel(kernel, inputs as tf.NamedTensorMap, structuredClone({ ...attributes }) as tf.NamedAttrMap) as
    | tf.Tensor
    | tf.Tensor[];
  return Array.isArray(made) ? made : [made];
}

/**
 * Results of a call, and where `gradients` asks for them the gradient of each float input for gradients 1, −½, 1, −½ …
 * of the first result.
 */
async function compute(
  engine: string,
  kernel: string,
  { inputs, attributes, derive }: Case,
  gradients: boolean,
): Promise<readonly Found[]> {
  await tf.setBackend(engine);
  tf.engine().startScope();
  try {
    const tensors = inputs.map(tensorOf);
    if (derive) tensors[tensors.length - 1] = call(derive, [tensors[tensors.length - 2]!], attributes)[0]!;
    const results = call(kernel, tensors, attributes);
    const read = (tensor: tf.Tensor): Found => ({
      dtype: tensor.dtype,
      shape: tensor.shape,
      values: [...(tensor.dataSync() as Float32Array)],
    });
    const values = results.map(read);
    if (!gradients) return values;
    const first = results[0]!;
    const dy = tf.tensor(
      Float32Array.from({ length: first.size }, (_, index) => (index % 2 === 0 ? 1 : -0.5)),
      first.shape,
    );
    const graded = tf.grads((...given: tf.Tensor[]) => call(kernel, given, attributes)[0]!)(tensors, dy);
    return [...values, ...graded.map(read)];
  } finally {
    tf.engine().endScope();
  }
}

function expectSame(found: readonly Found[], wanted: readonly Found[], told: string): void {
  expect(found.map(({ dtype, shape }) => `${dtype}[${shape}]`), told).toEqual(wanted.map(({ dtype, shape }) => `${dtype}[${shape}]`)); // biome-ignore format: one line
  for (const [index, { values }] of wanted.entries()) {
    const scale = values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1);
    for (const [at, value] of values.entries()) {
      const own = found[index]!.values[at]!;
      const same = Number.isFinite(value) ? Math.abs(own - value) <= tolerance * scale : Object.is(own, value);
      if (!same) expect.fail(`${told}: result ${index}, number ${at} is ${own}, not ${value}`);
    }
  }
}

/**
 * Where a gradient is registered. Some that are, TF.js's own `cpu` cannot compute for some calls (a broadcast product,
 * a dilated filter).
 */
const differentiable = (kernel: string, { inputs }: Case): boolean =>
  tf.getGradient(kernel) !== undefined &&
  inputs.length > 0 &&
  inputs.every(({ dtype, values }) => dtype === "float32" && values.length > 0 && values.every(Number.isFinite));

for (const [kernel, arbitrary] of Object.entries(cases))
  test(`${kernel}: random calls give what cpu gives, values and gradients`, async () => {
    let lowered = 0;
    await fc.assert(
      fc.asyncProperty(arbitrary, async (each) => {
        const graded = differentiable(kernel, each)
          ? await compute("cpu", kernel, each, true).catch(() => undefined)
          : undefined;
        const gradients = graded !== undefined;
        const told =
          JSON.stringify(each.inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`)) +
          JSON.stringify(each.attributes ?? {});
        const wanted = graded ?? (await compute("cpu", kernel, each, false).catch((error: Error) => error));
        fallbackCalls.clear();
        // What cpu refuses, the engine refuses.
        if (wanted instanceof Error) {
          await expect(compute("onnx", kernel, each, false), told).rejects.toThrow();
          return;
        }
        const found = await compute("onnx", kernel, each, gradients);
        if (!fallbackCalls.has(kernel)) lowered++;
        expectSame(found, wanted, told);
      }),
      { numRuns, ...(process.env.CI ? { seed: 4 } : {}) },
    );
    // The fallback is for what a row refuses, such as empty tensors; it must not be what is tested here.
    expect(lowered).toBeGreaterThan(numRuns / 4);
  });
