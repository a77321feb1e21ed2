/** Passes over a recorded step: each applies where it should, and none changes what a step computes. */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { eagerProgram } from "../../src/compute/eager.js";
import type { ArrayValue, ProgramBody } from "../../src/compute/program.js";
import type { OnnxBackend } from "../../src/engine/backend.js";
import { blockSize, isAbsent } from "../../src/engine/blocked.js";
import { installOnnx } from "../../src/engine/install.js";
import { pending } from "../../src/engine/node.js";
import { applied, type Pass, wantedOf } from "../../src/engine/passes/pass.js";
import { passes, rewritten } from "../../src/engine/passes/passes.js";
import { RecordedProgram } from "../../src/engine/program.js";
import { type Recording, recordBody } from "../../src/engine/record.js";
import { Session } from "../../src/engine/session.js";
import { stream } from "../../src/learn/random.js";
import { OnnxGraph } from "../../src/onnx/graph.js";

let backend: OnnxBackend;
beforeAll(async () => {
  backend = await installOnnx({ threads: 1 });
});
beforeEach(async () => {
  await tf.setBackend("onnx");
});
afterEach(() => {
  backend.withoutPasses = new Set();
});

/** Small whole numbers, of which sums of products are exact in any order, and which tie. */
function numbers(shape: readonly number[], seed: number, whole = true): ArrayValue {
  const random = stream(seed, [], "passes");
  const size = shape.reduce((product, length) => product * length, 1);
  const draw = (): number => (whole ? random.int(5) - 2 : random.normal());
  return { dtype: "float32", shape, data: Float32Array.from({ length: size }, draw) };
}
const oneStep: readonly ArrayValue[] = [{ dtype: "float32", shape: [1], data: new Float32Array(1) }];

interface Geometry {
  readonly batch: number;
  readonly size: readonly [number, number];
  readonly channels: number;
  readonly kernels: number;
  readonly window: readonly [number, number];
  readonly padding: number | "same";
  readonly stride: number;
  readonly pool: "pairs" | "overlapping" | "average" | "none";
  readonly bias: boolean;
}

/** A convolution, perhaps pooled, its output and all its gradients. */
function convolution({ window, padding, stride, pool, bias }: Geometry): ProgramBody {
  return (constants, _slices, state) => {
    const run = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor => {
      const pad: "same" | "valid" | tf.backend_util.ExplicitPadding =
        padding === "same"
          ? "same"
          : [
              [0, 0],
              [padding, padding],
              [padding, padding],
              [0, 0],
            ];
      const plain = tf.conv2d(
        x as tf.Tensor4D,
        w as tf.Tensor4D,
        stride,
        padding === 0 ? "valid" : pad,
        "NHWC",
        [1, 1],
        typeof padding === "number" && padding > 0 ? "floor" : undefined,
      );
      const convolved = (bias ? tf.add(plain, b) : plain) as tf.Tensor4D;
      if (pool === "none" || Math.min(...convolved.shape.slice(1, 3)) < window.length + 1) return convolved;
      if (pool === "average") return tf.avgPool(convolved, 2, 2, "valid");
      return pool === "pairs" ? tf.maxPool(convolved, 2, 2, "valid") : tf.maxPool(convolved, 3, 2, "valid");
    };
    const [x, w, b] = state as [tf.Tensor, tf.Tensor, tf.Tensor];
    let output: tf.Tensor | undefined;
    const { grads } = tf.valueAndGrads((...inputs: tf.Tensor[]) => {
      output = tf.keep(run(inputs[0]!, inputs[1]!, inputs[2]!));
      const weights = tf.slice(constants[0]!, 0, output.size);
      return tf.add(tf.sum(tf.mul(tf.reshape(output, [-1]), weights)), tf.mul(0, tf.sum(inputs[2]!))) as tf.Scalar;
    })([x, w, b]);
    return { state, outputs: [output!, ...grads] };
  };
}

const geometry = fc.record<Geometry>({
  batch: fc.constantFrom(8, 16, 5),
  size: fc.oneof(
    { weight: 20, arbitrary: fc.tuple(fc.integer({ min: 5, max: 12 }), fc.integer({ min: 5, max: 12 })) },
    // Planes too long to be added up in blocks.
    { weight: 1, arbitrary: fc.constant<[number, number]>([66, 64]) },
  ),
  channels: fc.constantFrom(1, 3, 8, 16, 24),
  kernels: fc.constantFrom(8, 16, 40, 6),
  window: fc.constantFrom([1, 1], [3, 3], [5, 5], [2, 3], [4, 1]),
  padding: fc.constantFrom<(number | "same")[]>(0, 1, 2, "same"),
  stride: fc.constantFrom(1, 1, 2),
  pool: fc.constantFrom<Geometry["pool"][]>("pairs", "pairs", "overlapping", "average", "none"),
  bias: fc.boolean(),
});

function arraysOf({ batch, size, channels, kernels, window }: Geometry): {
  readonly constants: readonly ArrayValue[];
  readonly state: readonly ArrayValue[];
} {
  return {
    constants: [numbers([batch * (size[0] + 5) * (size[1] + 5) * kernels], 4)],
    state: [numbers([batch, ...size, channels], 1), numbers([...window, channels, kernels], 2), numbers([kernels], 3)],
  };
}
const bytesOf = (arrays: readonly ArrayValue[]): readonly string[] =>
  arrays.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64"));

test("convolutions and pools of any geometry give, with all passes, what TF.js's cpu backend gives: maxima that tie, too", async () => {
  await fc.assert(
    fc.asyncProperty(geometry, async (given) => {
      const { constants, state } = arraysOf(given);
      await tf.setBackend("cpu");
      const wanted = eagerProgram(constants, state, convolution(given)).run(oneStep);
      await tf.setBackend("onnx");
      const program = new RecordedProgram(backend, constants, state, convolution(given));
      const found = program.run(oneStep);
      program.dispose();
      for (const [index, { shape, data }] of found.entries()) {
        expect(shape).toEqual(wanted[index]!.shape);
        for (let at = 0; at < data.length; at++)
          if (Math.abs(data[at]! - wanted[index]!.data[at]!) > 0.01)
            expect.fail(`output ${index}, number ${at}: ${data[at]} for ${wanted[index]!.data[at]}`);
      }
    }),
    { numRuns: 60, seed: 7 },
  );
}, 120_000);

test("they give the same bytes with 1, 2, 3 and 4 threads", async () => {
  const same: Geometry = {
    batch: 16,
    size: [14, 14],
    channels: 16,
    kernels: 32,
    window: [3, 3],
    padding: "same",
    stride: 1,
    pool: "pairs",
    bias: false,
  };
  const cases: readonly Geometry[] = [
    same,
    { ...same, size: [13, 11], channels: 1, kernels: 24, window: [5, 5], padding: 0, bias: true },
    { ...same, batch: 8, size: [9, 9], channels: 24, kernels: 16, padding: 1, pool: "none", bias: true },
    {
      ...same,
      batch: 8,
      size: [12, 12],
      channels: 8,
      kernels: 16,
      window: [1, 1],
      padding: 0,
      stride: 2,
      pool: "none",
    },
  ];
  for (const given of cases) {
    const { constants } = arraysOf(given);
    // Not whole numbers: their sums depend on the order.
    const state = arraysOf(given).state.map(({ shape }, index) => numbers(shape, index + 1, false));
    const left: (readonly string[])[] = [];
    for (const threads of [1, 2, 3, 4]) {
      await installOnnx({ threads });
      const program = new RecordedProgram(backend, constants, state, convolution(given));
      left.push(bytesOf(program.run(oneStep)));
      program.dispose();
    }
    await installOnnx({ threads: 1 });
    expect(new Set(left.map((each) => each.join())).size).toBe(1);
  }
});

/** Normalised, pooled, with all gradients, as a step of a network has them. */
const network: ProgramBody = (_constants, _slices, state) => {
  const [x, w, b, scale, offset] = state as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  let output: tf.Tensor | undefined;
  const { grads } = tf.valueAndGrads((...inputs: tf.Tensor[]) => {
    const [kernel, bias, factor, shift] = inputs as [tf.Tensor4D, tf.Tensor, tf.Tensor, tf.Tensor];
    const convolved = tf.add(tf.conv2d(x as tf.Tensor4D, kernel, 1, "same"), bias);
    const pooled = tf.maxPool(convolved as tf.Tensor4D, 2, 2, "valid");
    const centred = tf.sub(pooled, tf.mean(pooled, [0, 1, 2]));
    const moved = tf.add(tf.add(tf.mul(centred, factor), shift), tf.square(pooled));
    output = tf.keep(tf.relu(moved));
    return tf.mean(output) as tf.Scalar;
  })([w, b, scale, offset]);
  return { state, outputs: [output!, ...grads] };
};
const networkState = [
  numbers([8, 10, 10, 16], 1, false),
  numbers([3, 3, 16, 16], 2, false),
  ...[3, 4, 5].map((seed) => numbers([16], seed, false)),
];

function recorded(body = network): Recording {
  return recordBody(backend, body, {
    constants: [],
    slices: [{ dtype: "float32", shape: [] }],
    state: networkState,
  });
}
const kernelsOf = (step: Recording): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { kernel } of pending(wantedOf(step))) counts.set(kernel, (counts.get(kernel) ?? 0) + 1);
  return counts;
};
const before = (pass: Pass): Recording =>
  passes
    .slice(0, passes.indexOf(pass))
    .reduce((step, each) => applied(each, step), recorded(pass.name === "conv-affine" ? trained : network));

/** A trained network: running statistics instead of those of a batch. */
const trained: ProgramBody = (_constants, _slices, state) => {
  const [x, w, b, scale, offset] = state as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const convolved = tf.add(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"), b);
  const moved = tf.add(tf.mul(tf.sub(convolved, offset), scale), b);
  return { state, outputs: [tf.relu(tf.maxPool(moved as tf.Tensor4D, 2, 2, "valid"))] };
};

test("every pass changes the step of a network, or of a trained one, and leaves the nodes that it was given as they were", () => {
  for (const pass of passes) {
    const step = before(pass);
    const nodes = pending(wantedOf(step));
    const copies = nodes.map((node) => ({ ...node }));
    const after = applied(pass, step);
    expect(
      pending(wantedOf(after)).some((node) => !nodes.includes(node)) || pending(wantedOf(after)).length < nodes.length,
      pass.name,
    ).toBe(true);
    expect(nodes).toEqual(copies);
  }
});

test("what each pass leaves of a network", () => {
  const kernels = new Map(
    passes.map((pass) => [pass.name, [before(pass), applied(pass, before(pass))].map(kernelsOf)]),
  );
  const counts = (pass: string, kernel: string): readonly number[] =>
    kernels.get(pass)!.map((each) => each.get(kernel) ?? 0);
  const [reshapes, fewer] = counts("same-shape", "Reshape") as [number, number];
  expect(fewer).toBeLessThan(reshapes);
  const [adds, addsLeft] = counts("conv-bias", "Add") as [number, number];
  expect(adds - addsLeft).toBe(1);
  expect(counts("affine", "(affine)")[0]).toBe(0);
  expect(counts("affine", "(affine)")[1]).toBeGreaterThan(0);
  const [sums, sumsLeft] = counts("affine-sum", "Add") as [number, number];
  expect(sums - sumsLeft).toBeGreaterThan(0);
  expect(counts("conv-affine", "(affine)")).toEqual([1, 0]);
});

test("a convolution that a pool of 2 × 2 reads computes in phases, another one in blocks, where this processor has them", () => {
  if (blockSize() === 1) return;
  const layouts = (step: Recording): readonly unknown[] =>
    pending(wantedOf(step))
      .filter(({ kernel }) => kernel === "Conv2D")
      .map(({ attributes }) => attributes.layout);
  expect(layouts(rewritten(recorded(), new Set()))).toEqual(["phases"]);
});

for (const [name, body] of Object.entries({ network, trained }))
  test(`a step computes the same with and without each pass, within rounding: ${name}`, () => {
    const run = (without: readonly string[]): readonly ArrayValue[] => {
      backend.withoutPasses = new Set(without);
      const program = new RecordedProgram(backend, [], networkState, body);
      const found = program.run(oneStep);
      program.dispose();
      return found;
    };
    const wanted = run(passes.map(({ name }) => name));
    for (const without of [[], ...passes.map(({ name }) => [name])]) {
      const found = run(without);
      for (const [index, { data }] of found.entries()) {
        const scale = Array.from(wanted[index]!.data).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
        let worst = 0;
        for (let at = 0; at < data.length; at++)
          worst = Math.max(worst, Math.abs(data[at]! - wanted[index]!.data[at]!));
        expect(worst / scale, `without ${without}, output ${index}`).toBeLessThan(2e-5);
      }
    }
  });

test("only the absence of blocked kernels chooses a layout without them, not a failure of the moment", () => {
  const graph = new OnnxGraph();
  const input = graph.input("float32", [1, 8, 1, 1]);
  graph.output(graph.add("nchwc.Nothing", [input]), "float32", [1, 8, 1, 1]);
  let said = "";
  try {
    new Session(graph.model(), { threads: 1, spins: false });
  } catch (error) {
    said = (error as Error).message;
  }
  expect(isAbsent(said), said).toBe(true);
  expect(isAbsent("Could not find an implementation for ReorderInput(1) node with name ''")).toBe(true);
  expect(isAbsent("std::bad_alloc")).toBe(false);
  expect(isAbsent("Failed to allocate memory for requested buffer of size 512")).toBe(false);
});
