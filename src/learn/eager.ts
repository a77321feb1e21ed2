/** A program run step by step with whatever backend TF.js has: for engines that cannot capture, and as the oracle in tests. */
import * as tf from "@tensorflow/tfjs-core";
import type { ArrayValue, Compute, Program, ProgramBody } from "./program.js";

export function eagerCompute(engine: string): Compute {
  return { engine, program: eagerProgram };
}

export function eagerProgram(constants: readonly ArrayValue[], state: readonly ArrayValue[], body: ProgramBody): Program {
  let held = state.map(keepTensor);
  const types = state.map(({ dtype, shape }) => ({ dtype, shape }));
  // Bytes stay bytes until their rows are gathered; a body never reads them whole.
  const fixed = constants.map((constant) => (constant.dtype === "uint8" ? tf.keep(tf.zeros([0])) : keepTensor(constant)));
  const gather = (index: number, rows: tf.Tensor): tf.Tensor => {
    const { data, shape } = constants[index]!;
    const size = shape.slice(1).reduce((product, length) => product * length, 1);
    const wanted = rows.dataSync();
    const values = new Float32Array(wanted.length * size);
    for (let at = 0; at < wanted.length; at++) values.set(data.subarray(wanted[at]! * size, (wanted[at]! + 1) * size), at * size);
    return tf.tensor(values, [wanted.length, ...shape.slice(1)], "float32");
  };
  return {
    run(slices) {
      const steps = slices[0]!.shape[0]!;
      const collected: { values: Float32Array[]; shape: readonly number[] }[] = [];
      for (let step = 0; step < steps; step++) {
        const { next, outputs } = tf.tidy(() => {
          const made = body(
            fixed,
            slices.map((slice) => sliceTensor(slice, step)),
            held,
            gather,
          );
          return {
            next: made.state.map((tensor) => tf.keep(tensor.clone())),
            outputs: made.outputs.map((tensor) => ({ values: new Float32Array(tensor.dataSync()), shape: tensor.shape })),
          };
        });
        for (const tensor of held) tensor.dispose();
        held = next;
        for (const [index, output] of outputs.entries()) {
          collected[index] ??= { values: [], shape: output.shape };
          collected[index].values.push(output.values);
        }
      }
      return collected.map(({ values, shape }) => {
        const size = values[0]!.length;
        const data = new Float32Array(size * steps);
        for (const [step, part] of values.entries()) data.set(part, step * size);
        return { dtype: "float32", shape: [steps, ...shape], data };
      });
    },
    readState: () => held.map((tensor, index) => ({ ...types[index]!, data: tensor.dataSync().slice() as Float32Array })),
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
  tf.keep(tf.tensor(dtype === "uint8" ? Float32Array.from(data) : (data.slice() as Float32Array), [...shape], dtype === "int32" ? "int32" : "float32"));

function sliceTensor({ data, shape, dtype }: ArrayValue, step: number): tf.Tensor {
  const inner = shape.slice(1);
  const size = inner.reduce((product, length) => product * length, 1);
  const part = data.slice(step * size, (step + 1) * size);
  return tf.tensor(dtype === "uint8" ? Float32Array.from(part) : (part as Float32Array), [...inner], dtype === "int32" ? "int32" : "float32");
}
