/** A model's outputs for a whole set of examples, batch by batch in a recorded step. */
import { setImmediate } from "node:timers/promises";
import type { ArrayValue, Compute } from "../compute/program.js";
import { sizeOfShape } from "../util/shape.js";
import { tf } from "../util/tfjs.js";
import type { Examples } from "./data.js";
import { Judging } from "./judging.js";
import type { PlacedLayer } from "./layer.js";
import { forward } from "./model.js";
import { StoppedError } from "./training.js";

/** Examples a step; the last batch is filled up with the first row, so that one recorded step serves every batch. */
const judgedBatch = 250;
/**
 * The same of a model that is asked, where even a single example is filled up, so that it has the same bits whoever
 * else is asked about. ONNX Runtime takes rows of a product 4, 6 or 12 at a time (12 with AVX-512) and those left over
 * in another order of summing: of one output the last two of 250 differed by one unit in the last place, of few rows
 * all. A training is judged by batches of its own, because its history would be another one.
 */
const askedBatch = 252;

/** What is told of a prediction between two calls of the engine, and who may end it there. */
export interface PredictionHooks {
  report(progress: { readonly fraction: number; readonly examplesPerSecond: number }): void;
  stopping(): boolean;
  /** Milliseconds. */
  now(): number;
}
export interface Predictor {
  /**
   * @returns  float32 [count, outputs]: logits, or values of a regression
   * @throws   StoppedError where `stopping` says so between two calls
   */
  predict(parameters: readonly ArrayValue[]): Promise<Float32Array>;
  dispose(): void;
}

/** @param names  of the parameters, in the order in which `predict` gets them */
export function predictor(
  compute: Compute,
  layers: readonly PlacedLayer[],
  names: readonly string[],
  examples: Examples,
  start: readonly ArrayValue[],
  { report, stopping, now }: PredictionHooks,
): Predictor {
  const count = examples.rows.length;
  const batches = filledRows(examples.rows, askedBatch);
  const batch = batches.shape[1]!;
  const program = compute.program([featuresArray(examples)], start, (_constants, [rows], state, gather) => {
    const parameters = new Map(names.map((name, index) => [name, state[index]!]));
    const { output } = forward(layers, parameters, scaled(gather(0, rows!), examples.scale), null);
    return { state, outputs: [output] };
  });
  const judging = new Judging(program, 0, batches, now);
  return {
    async predict(parameters) {
      program.writeState(parameters);
      const outputs = await judging.outputs(async ({ batches: done, examplesPerSecond }) => {
        report({ fraction: (done * batch) / count, examplesPerSecond });
        await setImmediate();
        if (stopping()) throw new StoppedError("stopped");
      });
      return outputs.subarray(0, (outputs.length / batches.data.length) * count);
    },
    dispose: () => program.dispose(),
  };
}

/** Rows that judge a training, as int32 [batches, examples a batch]. */
export const batchRows = ({ rows }: Pick<Examples, "rows">): ArrayValue =>
  filledRows(rows, Math.max(1, Math.min(judgedBatch, rows.length)));

function filledRows(rows: Int32Array, batch: number): ArrayValue {
  const steps = Math.ceil(rows.length / batch);
  const filled = new Int32Array(steps * batch).fill(rows[0] ?? 0);
  filled.set(rows);
  return { dtype: "int32", shape: [steps, batch], data: filled };
}

export const featuresArray = (examples: Pick<Examples, "features" | "shape">): ArrayValue => ({
  dtype: examples.features instanceof Uint8Array ? "uint8" : "float32",
  shape: [examples.features.length / sizeOfShape(examples.shape), ...examples.shape],
  // A network computes in 32 bits.
  data: examples.features instanceof Float64Array ? Float32Array.from(examples.features) : examples.features,
});
export const scaled = (x: tf.Tensor, scale: number): tf.Tensor => (scale === 1 ? x : tf.mul(x, scale));
