import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { eagerProgram } from "../../src/compute/eager.js";
import type { ArrayValue, ProgramBody } from "../../src/compute/program.js";
import type { OnnxBackend } from "../../src/engine/backend.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { bytesOfType, peakBytes } from "../../src/engine/memory.js";
import { placeholderNode } from "../../src/engine/node.js";
import { RecordedProgram } from "../../src/engine/program.js";
import { stream } from "../../src/learn/random.js";
import { checkMemory, MemoryError } from "../../src/util/memory.js";

let backend: OnnxBackend;
beforeAll(async () => {
  backend = await installOnnx({ threads: 1 });
});
beforeEach(async () => {
  await tf.setBackend("onnx");
});

const floats = (shape: number[], seed: number): ArrayValue => {
  const random = stream(seed, [], "test");
  return {
    dtype: "float32",
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
  };
};

/** Least squares by gradient descent: rows are gathered, the weights are carried, the loss comes out. */
const body: ProgramBody = (constants, [rows, rate], [weights], gather) => {
  const x = gather(0, rows!);
  const y = tf.gather(constants[1]!, tf.cast(rows!, "int32"));
  const { value, grads } = tf.valueAndGrads(
    (w: tf.Tensor) => tf.mean(tf.square(tf.sub(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), y))) as tf.Scalar,
  )([weights!]);
  return { state: [tf.sub(weights!, tf.mul(rate!, grads[0]!))], outputs: [value] };
};
const constants = [floats([40, 3], 1), floats([40, 1], 2)];
const start = [floats([3, 1], 3)];
const slices = (steps: number, from = 0): ArrayValue[] => [
  {
    dtype: "int32",
    shape: [steps, 8],
    data: Int32Array.from({ length: steps * 8 }, (_, index) => ((from * 8 + index) * 7) % 40),
  },
  { dtype: "float32", shape: [steps], data: new Float32Array(steps).fill(0.05) },
];

test("a recorded program gives what the same body gives step by step on TF.js's cpu backend", async () => {
  const recorded = new RecordedProgram(backend, constants, start, body);
  const [losses] = recorded.run(slices(12));
  await tf.setBackend("cpu");
  const eager = eagerProgram(constants, start, body);
  const [wanted] = eager.run(slices(12));
  for (let step = 0; step < 12; step++) expect(losses!.data[step]).toBeCloseTo(wanted!.data[step]!, 5);
  for (let index = 0; index < 3; index++)
    expect(recorded.readState()[0]!.data[index]).toBeCloseTo(eager.readState()[0]!.data[index]!, 5);
  recorded.dispose();
});

test("twelve steps in one run, in three, and in twelve leave the same bytes", () => {
  const leave = (runs: readonly number[]): string => {
    const program = new RecordedProgram(backend, constants, start, body);
    let at = 0;
    for (const steps of runs) {
      program.run(slices(steps, at));
      at += steps;
    }
    const state = Buffer.from(program.readState()[0]!.data.buffer).toString("hex");
    program.dispose();
    return state;
  };
  expect(leave([12])).toBe(leave([5, 4, 3]));
  expect(leave([12])).toBe(leave(Array.from({ length: 12 }, () => 1)));
});

test("rounds of full steps, a short step and a look at the state give in one run what they give one by one", () => {
  const look: ProgramBody = (_constants, [rows], state, gather) => ({
    state,
    outputs: [tf.matMul(gather(0, rows!) as tf.Tensor2D, state[0] as tf.Tensor2D)],
  });
  const rounds = 3;
  const full = slices(2 * rounds);
  const short: ArrayValue[] = [
    {
      dtype: "int32",
      shape: [rounds, 3],
      data: Int32Array.from({ length: rounds * 3 }, (_, index) => (index * 11) % 40),
    },
    { dtype: "float32", shape: [rounds], data: new Float32Array(rounds).fill(0.02) },
  ];
  const looked: ArrayValue[] = [
    { dtype: "int32", shape: [2 * rounds, 4], data: Int32Array.from({ length: 8 * rounds }, (_, index) => index % 8) },
  ];
  const part = (array: ArrayValue, from: number, count: number): ArrayValue => {
    const size = array.shape.slice(1).reduce((a, b) => a * b, 1);
    return {
      ...array,
      shape: [count, ...array.shape.slice(1)],
      data: array.data.slice(from * size, (from + count) * size) as Float32Array,
    };
  };
  const together = new RecordedProgram(backend, constants, start, body, look);
  const [losses, shortLosses, seen] = together.runRounds(
    [
      { body: 0, steps: 2, slices: full },
      { body: 0, steps: 1, slices: short },
      { body: 1, steps: 2, slices: looked },
    ],
    rounds,
  );
  expect([losses![0]!.shape, shortLosses![0]!.shape, seen![0]!.shape]).toEqual([[6], [3], [6, 4, 1]]);
  const apart = new RecordedProgram(backend, constants, start, body, look);
  for (let round = 0; round < rounds; round++) {
    const [first] = apart.run(full.map((slice) => part(slice, 2 * round, 2)));
    const [second] = apart.run(short.map((slice) => part(slice, round, 1)));
    const [third] = apart.run(
      looked.map((slice) => part(slice, 2 * round, 2)),
      1,
    );
    expect(losses![0]!.data.slice(2 * round, 2 * round + 2)).toEqual(first!.data);
    expect(shortLosses![0]!.data.slice(round, round + 1)).toEqual(second!.data);
    expect(seen![0]!.data.slice(8 * round, 8 * round + 8)).toEqual(third!.data);
  }
  expect(together.readState()[0]!.data).toEqual(apart.readState()[0]!.data);
  together.dispose();
  apart.dispose();
});

test("a state that is read and written back goes on as if nothing had happened", () => {
  const program = new RecordedProgram(backend, constants, start, body);
  program.run(slices(6));
  const middle = program.readState();
  program.run(slices(6, 6));
  const other = new RecordedProgram(backend, constants, start, body);
  other.writeState(middle);
  other.run(slices(6, 6));
  expect(other.readState()[0]!.data).toEqual(program.readState()[0]!.data);
  program.dispose();
  other.dispose();
});

test("rows of bytes are gathered as numbers, and a body that asks for a value runs step by step, said once", () => {
  const bytes: ArrayValue = { dtype: "uint8", shape: [4, 2], data: Uint8Array.of(0, 1, 2, 3, 250, 251, 254, 255) };
  const said: string[] = [];
  const compute = onnxCompute((message) => said.push(message));
  const rows: ArrayValue = { dtype: "int32", shape: [2, 2], data: Int32Array.of(3, 0, 1, 2) };
  const plain: ProgramBody = (_constants, [wanted], state, gather) => ({ state, outputs: [gather(0, wanted!)] });
  const asking: ProgramBody = (_constants, [wanted], state, gather) => {
    const gathered = gather(0, wanted!);
    return { state, outputs: [tf.add(gathered, gathered.dataSync()[0]! * 0)] };
  };
  for (const each of [plain, asking, asking]) {
    const [out] = compute.program([bytes], [], each).run([rows]);
    expect([...out!.data]).toEqual([254, 255, 0, 1, 2, 3, 250, 251]);
    expect(out!.shape).toEqual([2, 2, 2]);
  }
  expect(said).toHaveLength(1);
  expect(said[0]).toContain("cannot be recorded");
});

test("memory stays flat over many eager steps, and sessions are bounded", () => {
  const before = backend.numDataIds();
  let weight: tf.Tensor = tf.scalar(1);
  for (let step = 0; step < 300; step++) {
    const next = tf.tidy(() => tf.sub(weight, tf.mul(weight, 0.01)));
    weight.dispose();
    weight = next;
    if (step % 10 === 0) weight.dataSync();
  }
  expect(weight.dataSync()[0]).toBeCloseTo(0.99 ** 300, 4);
  weight.dispose();
  expect(backend.numDataIds()).toBe(before);
  expect(backend.sessions.size).toBeLessThanOrEqual(64);
});

test("calls whose attributes differ in what JSON has no word for do not share a session", () => {
  const numbers = [Number.POSITIVE_INFINITY, Number.NaN, Number.NEGATIVE_INFINITY, 0, -0];
  expect(numbers.map((number) => tf.fill([2], number).dataSync()[0])).toEqual(numbers);
});

test("what does not fit into memory is refused with its size, before anything is allocated", () => {
  expect(() => tf.fill([2_000_000, 2_000_000], 1)).toThrow(
    /The result of Fill, float32 \[2000000, 2000000\], takes at least 14,900 GiB of memory, and .* GiB are free/,
  );
  const wide = tf.fill([2_000_000, 1], 1);
  const outer: ProgramBody = (_constants, [each], state) => {
    const column = tf.mul(tf.fill([2_000_000, 1], 1), each!);
    return { state, outputs: [tf.sum(tf.matMul(column, column, false, true))] };
  };
  const program = new RecordedProgram(backend, [], [], outer);
  expect(() => program.run([{ dtype: "float32", shape: [1], data: Float32Array.of(1) }])).toThrow(MemoryError);
  // Many values that fit one by one, but not all at once.
  const large = bytesOfType({ dtype: "float32", shape: [1000, 1000] });
  const nodes = Array.from({ length: 3 }, () => placeholderNode({ dtype: "float32", shape: [1000, 1000] }));
  const sum = { kernel: "AddN", inputs: nodes, attributes: {}, type: nodes[0]!.type, value: undefined };
  expect(peakBytes([...nodes, sum], [sum])).toBe(4 * large);
  const chain = { kernel: "Neg", inputs: [sum], attributes: {}, type: sum.type, value: undefined };
  expect(peakBytes([...nodes, sum, chain], [chain])).toBe(4 * large);
  expect(() => checkMemory(3 * 2 ** 30, () => "this", () => 2 * 2 ** 30)).toThrow("this takes at least 3 GiB of memory, and 2 GiB are free."); // biome-ignore format: one line
  const asked = (needed: number): MemoryError | undefined => {
    try {
      checkMemory(needed * 2 ** 30, () => "This", () => 2 * 2 ** 30, () => 8 * 2 ** 30); // biome-ignore format: one line
    } catch (error) {
      return error as MemoryError;
    }
    return undefined;
  };
  // More than is free is a matter of the moment, more than there is is none.
  expect([asked(1), asked(3)?.machineBytes, asked(9)?.machineBytes]).toEqual([undefined, null, 8 * 2 ** 30]);
  wide.dispose();
  program.dispose();
});

test("a kernel that neither the engine nor TF.js has is named", () => {
  expect(() => tf.engine().runKernel("Nonexistent", {})).toThrow(
    "Kernel 'Nonexistent' not registered for backend 'onnx'",
  );
});
