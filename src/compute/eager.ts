/**
 * A program run step by step with whatever backend TF.js has: for engines that cannot capture, and as the oracle in
 * tests.
 */
import { sizeOfShape } from "../util/shape.js";
import { tf } from "../util/tfjs.js";
import type { ArrayValue, Compute, Program, ProgramBody } from "./program.js";

export function eagerCompute(engine: string): Compute {
  return { engine, stepwise: true, program: eagerProgram };
}

export function eagerProgram(
  constants: readonly ArrayValue[],
  state: readonly ArrayValue[],
  ...bodies: readonly ProgramBody[]
): Program {
  let held = state.map(keepTensor);
  const types = state.map(({ dtype, shape }) => ({ dtype, shape }));
  // Bytes stay bytes until their rows are gathered; a body never reads them whole.
  const fixed = constants.map((constant) =>
    constant.dtype === "uint8" ? tf.keep(tf.zeros([0])) : keepTensor(constant),
  );
  const gather = (index: number, rows: tf.Tensor): tf.Tensor => {
    const { data, shape } = constants[index]!;
    const size = sizeOfShape(shape.slice(1));
    const wanted = rows.dataSync();
    const values = new Float32Array(wanted.length * size);
    for (let at = 0; at < wanted.length; at++)
      values.set(data.subarray(wanted[at]! * size, (wanted[at]! + 1) * size), at * size);
    return tf.tensor(values, [...rows.shape, ...shape.slice(1)], "float32");
  };
  /** One step; `at` is its place in the slices. */
  const step = (body: number, slices: readonly ArrayValue[], at: number): readonly Float32Array[] => {
    const { next, values } = tf.tidy(() => {
      const made = bodies[body]!(
        fixed,
        slices.map((slice) => sliceTensor(slice, at)),
        held,
        gather,
      );
      shapes[body] = made.outputs.map((tensor) => tensor.shape);
      return {
        next: made.state.map((tensor) => tf.keep(tensor.clone())),
        values: made.outputs.map((tensor) => new Float32Array(tensor.dataSync())),
      };
    });
    for (const tensor of held) tensor.dispose();
    held = next;
    return values;
  };
  const shapes: (readonly (readonly number[])[])[] = [];
  const runRounds: Program["runRounds"] = (phases, rounds) => {
    const collected = phases.map((): (readonly Float32Array[])[] => []);
    for (let round = 0; round < rounds; round++)
      for (const [index, { body, steps, slices }] of phases.entries())
        for (let each = 0; each < steps; each++) collected[index]!.push(step(body, slices, round * steps + each));
    return phases.map(({ body }, index) =>
      shapes[body]!.map((shape, output) => {
        const parts = collected[index]!.map((values) => values[output]!);
        const size = parts[0]!.length;
        const data = new Float32Array(size * parts.length);
        for (const [at, part] of parts.entries()) data.set(part, at * size);
        return { dtype: "float32", shape: [parts.length, ...shape], data };
      }),
    );
  };
  return {
    stepwise: true,
    run: (slices, body = 0) => runRounds([{ body, steps: slices[0]!.shape[0]!, slices }], 1)[0]!,
    runRounds,
    readState: () =>
      held.map((tensor, index) => ({ ...types[index]!, data: tensor.dataSync().slice() as Float32Array })),
    writeState(values) {
      for (const tensor of held) tensor.dispose();
      held = values.map(keepTensor);
    },
    dispose() {
      for (const tensor of [...held, ...fixed]) tensor.dispose();
      held = [];
    },
  };
}

const keepTensor = ({ data, shape, dtype }: ArrayValue): tf.Tensor =>
  tf.keep(
    tf.tensor(
      dtype === "uint8" ? Float32Array.from(data) : (data.slice() as Float32Array),
      [...shape],
      dtype === "int32" ? "int32" : "float32",
    ),
  );

function sliceTensor({ data, shape, dtype }: ArrayValue, step: number): tf.Tensor {
  const inner = shape.slice(1);
  const size = sizeOfShape(inner);
  const part = data.slice(step * size, (step + 1) * size);
  return tf.tensor(
    dtype === "uint8" ? Float32Array.from(part) : (part as Float32Array),
    [...inner],
    dtype === "int32" ? "int32" : "float32",
  );
}
