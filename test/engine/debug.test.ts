/** What HW1_DEBUG=engine tells: of the passes, of the ops, and that it changes nothing. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ArrayValue, ProgramBody } from "../../src/compute/program.js";
import type { OnnxBackend } from "../../src/engine/backend.js";
import { debugObserver } from "../../src/engine/debug.js";
import { installOnnx } from "../../src/engine/install.js";
import { pending, placeholder } from "../../src/engine/node.js";
import type { ObservedProgram } from "../../src/engine/observer.js";
import { applied, wantedOf } from "../../src/engine/passes/pass.js";
import { passes } from "../../src/engine/passes/passes.js";
import { byOp, openProfiler, type Profile } from "../../src/engine/profile.js";
import { RecordedProgram } from "../../src/engine/program.js";
import { type Recording, recordBody } from "../../src/engine/record.js";
import { stream } from "../../src/learn/random.js";

let backend: OnnxBackend;
let folder: string;
const tmpBefore = process.env.TMPDIR;
beforeEach(async () => {
  backend = await installOnnx({ threads: 1 });
  folder = mkdtempSync(join(tmpdir(), "hw1-debug-"));
  process.env.TMPDIR = folder;
});
afterEach(() => {
  backend.observer = undefined;
  backend.withoutPasses = new Set();
  if (tmpBefore === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = tmpBefore;
  rmSync(folder, { recursive: true, force: true });
});

const floats = (shape: number[], seed: number): ArrayValue => {
  const random = stream(seed, [], "test");
  const length = shape.reduce((product, axis) => product * axis, 1);
  return { dtype: "float32", shape, data: Float32Array.from({ length }, () => random.normal()) };
};

/** A convolution with a bias, normalised over the batch, then pooled; the filter learns. */
const body: ProgramBody = ([images], [rows], [filter, bias, scale, offset], gather) => {
  expect(images).toBeDefined();
  const loss = (weights: tf.Tensor, added: tf.Tensor, factor: tf.Tensor, shift: tf.Tensor): tf.Scalar => {
    const image = tf.add(tf.conv2d(gather(0, rows!) as tf.Tensor4D, weights as tf.Tensor4D, 1, "same"), added);
    const { mean, variance } = tf.moments(image, [0, 1, 2]);
    const normal = tf.mul(tf.sub(image, mean), tf.rsqrt(tf.add(variance, 1e-3)));
    const pooled = tf.maxPool(tf.add(tf.mul(normal, factor), shift) as tf.Tensor4D, 2, 2, "valid");
    return tf.mean(tf.square(pooled));
  };
  const state = [filter!, bias!, scale!, offset!];
  const { value, grads } = tf.valueAndGrads(loss)(state);
  return { state: state.map((each, index) => tf.sub(each, tf.mul(0.01, grads[index]!))), outputs: [value] };
};
const constants = [floats([20, 8, 8, 3], 1)];
const state = [floats([3, 3, 3, 16], 2), floats([16], 3), floats([16], 4), floats([16], 5)];
const rows = (steps: number): ArrayValue => ({
  dtype: "int32",
  shape: [steps, 4],
  data: Int32Array.from({ length: steps * 4 }, (_, index) => (index * 7) % 20),
});

interface Seen {
  readonly programs: ObservedProgram[];
  readonly profiles: (Profile | null)[];
}
function watched(): Seen {
  const seen: Seen = { programs: [], profiles: [] };
  backend.observer = {
    compiled(program) {
      seen.programs.push(program);
      return (profile) => seen.profiles.push(profile);
    },
  };
  return seen;
}
/** What a program of that body leaves, as text. @param calls  steps of each call */
function trained(...calls: readonly number[]): string {
  const program = new RecordedProgram(backend, constants, state, body);
  const losses = calls.map((steps) => program.run([rows(steps)])[0]!);
  const left = [...program.readState(), ...losses].map(({ data }) => Buffer.from(data.buffer).toString("hex"));
  program.dispose();
  return left.join();
}
const countOf = (step: Recording): number =>
  pending(wantedOf(step)).filter(({ value, kernel }) => value === undefined && kernel !== placeholder).length;

test("the passes are told in their order, each with the nodes that it leaves", () => {
  const { programs } = watched();
  trained(1);
  let step = recordBody(backend, body, { constants, slices: [{ dtype: "int32", shape: [4] }], state });
  const [phase] = programs[0]!.phases;
  expect(phase!.recorded.nodes).toBe(countOf(step));
  expect(phase!.passes.map(({ pass }) => pass)).toEqual(passes.map(({ name }) => name));
  let counts = countOf(step);
  for (const [index, pass] of passes.entries()) {
    step = applied(pass, step);
    const { after } = phase!.passes[index]!;
    if (after === "unchanged") expect(countOf(step)).toBe(counts);
    else expect(after).toMatchObject({ nodes: countOf(step) });
    counts = countOf(step);
  }
  // Of this network some get shorter, and one that changes attributes alone has an effect as well.
  expect(phase!.passes.find(({ pass }) => pass === "same-shape")!.after).not.toBe("unchanged");
  expect(phase!.passes.find(({ pass }) => pass === "blocks")!.after).not.toBe("unchanged");
  expect(counts).toBeLessThan(phase!.recorded.nodes);
  expect(phase!.slices).toEqual([{ dtype: "int32", shape: [4] }]);
  expect(phase!.onnxNodes).toBeGreaterThan(counts);
});

test("a pass that is switched off is told so, and the step is as if it were not there", () => {
  const { programs } = watched();
  backend.withoutPasses = new Set(passes.map(({ name }) => name));
  trained(1);
  expect(programs[0]!.phases[0]!.passes).toEqual(passes.map(({ name }) => ({ pass: name, after: "off" })));
});

test("bytes moved are those of inputs and results, without what is free, and of a gather only its rows", () => {
  const { programs } = watched();
  const program = new RecordedProgram(backend, [floats([100, 6], 1)], [floats([6], 2)], (_, [rows], [sum], gather) => {
    const taken = tf.reshape(gather(0, rows!), [4, 6]);
    return { state: [tf.add(sum!, tf.sum(taken, 0))], outputs: [] };
  });
  program.run([rows(1)]);
  program.dispose();
  const [gathered, added] = [4 * 4 + 2 * 4 * 24, 4 * 24 + 4 * 6 + 3 * 4 * 6];
  expect(programs[0]!.phases[0]!.recorded.movedBytes).toBe(gathered + added);
});

test("the profile has the ops of a step, counted and timed, and leaves no file", () => {
  const { profiles } = watched();
  trained(1, 2, 3, 4);
  expect(profiles).toHaveLength(1);
  const profile = profiles[0]!;
  expect(profile).toMatchObject({ execution: { threads: 1, spins: false }, steps: 7, allSteps: 10 });
  const ops = byOp(profile!.ops);
  expect(ops.map(({ op }) => op)).toContain("Conv");
  expect(ops.map(({ op }) => op)).not.toContain("Scan");
  for (const { stepMs, calls } of ops) {
    expect(stepMs).toBeGreaterThanOrEqual(0);
    expect(calls).toBeGreaterThan(0);
  }
  const inOps = ops.reduce((sum, { stepMs }) => sum + stepMs, 0);
  expect(inOps).toBeGreaterThan(0);
  expect(inOps).toBeLessThanOrEqual(profile!.stepMs);
  expect(inOps).toBeCloseTo(
    profile!.ops.reduce((sum, { stepMs }) => sum + stepMs, 0),
    9,
  );
  expect(profile!.ops.some(({ op, shapes }) => op === "Conv" && shapes.includes(" → float["))).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});

test("who looks changes no bit, and where nobody looks nothing is measured", () => {
  const alone = trained(2, 3);
  expect(readdirSync(folder)).toEqual([]);
  const { profiles } = watched();
  expect(trained(2, 3)).toBe(alone);
  expect(profiles).toHaveLength(1);
});

test("where no file can be written a training goes on, and nothing was measured", () => {
  const alone = trained(2);
  process.env.TMPDIR = join(folder, "nowhere");
  expect(openProfiler({ threads: 1, spins: false }, 10)).toBeUndefined();
  const { profiles } = watched();
  expect(trained(2)).toBe(alone);
  expect(profiles).toEqual([null]);
});

test("the text is a table of the passes and a table of the ops, by program", () => {
  const told: string[] = [];
  const observer = debugObserver((lines) => told.push(...lines));
  const one = { nodes: 292, movedBytes: 3 * 2 ** 20 };
  const phase = {
    slices: [
      { dtype: "int32", shape: [64] },
      { dtype: "float32", shape: [] },
      { dtype: "float32", shape: [] },
    ],
    recorded: one,
    passes: [
      { pass: "same-shape", after: { nodes: 270, movedBytes: 2 ** 20 } },
      { pass: "conv-bias", after: "off" },
      { pass: "blocks", after: "unchanged" },
    ],
    onnxNodes: 1024,
  } as const;
  const ended = observer.compiled({ execution: { threads: 2, spins: true }, phases: [phase] });
  observer.compiled({ execution: { threads: 1, spins: false }, phases: [{ ...phase, slices: [] }, phase] });
  ended({
    execution: { threads: 2, spins: false },
    steps: 6,
    allSteps: 10,
    stepMs: 2.5,
    ops: [
      { op: "Conv", shapes: "a", stepMs: 1.5, calls: 3 },
      { op: "Add", shapes: "a", stepMs: 0.3, calls: 1 },
      { op: "Conv", shapes: "b", stepMs: 0.193, calls: 1.5 },
      { op: "Neg", shapes: "a", stepMs: 0.004, calls: 1 },
      { op: "Abs", shapes: "a", stepMs: 0.003, calls: 1 },
    ],
  });
  ended(null);
  const table = `                nodes  moved a step
    recorded      292       3.0 MiB
    same-shape    270       1.0 MiB
    conv-bias     off
    blocks          –
    as ONNX      1024`;
  expect(told.join("\n")).toBe(`program 1 begins with 2 threads that spin
  step of int32[64] 2 × float32[]
${table}
program 2 begins with 1 thread; 2 kinds of steps
  step 1 of nothing
${table}
  step 2 of int32[64] 2 × float32[]
${table}
program 1: 2.500 ms a step with 2 threads that sleep, 2.000 of it in ops; measured over 6 of 10 steps
    ms a step          calls
        1.693  84.7 %    4.5  Conv
        0.300  15.0 %      1  Add
        0.007   0.4 %         2 other ops
program 1: nothing was measured`);
});
