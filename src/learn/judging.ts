/**
 * A network's outputs for a whole set of examples: batches of a recorded step, in calls of the engine that are as long
 * as a training's. What comes out does not depend on where a call ends.
 */
import type { ArrayValue, Program } from "../compute/program.js";
import { CallSize, callMs, stepwiseCallMs } from "./call-size.js";

/** How far a judging is between two of its calls. */
export interface Judged {
  readonly batches: number;
  /** Of each network, in the last call. */
  readonly examplesPerSecond: number;
}

export class Judging {
  readonly #perCall = new CallSize(4);
  /** Examples of a batch, of one network. */
  readonly #batch: number;

  /**
   * @param body  of the program, whose only slice are the rows of a batch, and whose only output those of the network
   * @param rows  where the examples lie, int32 [batches, batch], or [batches, members, batch]
   * @param now   milliseconds
   */
  constructor(
    readonly program: Program,
    readonly body: number,
    readonly rows: ArrayValue,
    readonly now: () => number,
  ) {
    this.#batch = rows.shape[rows.shape.length - 1]!;
  }

  /**
   * @param between  called between two calls; what it throws ends the judging
   * @returns        float32 [...rows.shape, outputs]
   */
  async outputs(between: (judged: Judged) => Promise<void>): Promise<Float32Array> {
    const [batches, ...shape] = this.rows.shape as [number, ...number[]];
    const rows = this.rows.data as Int32Array;
    const size = rows.length / batches;
    let outputs = new Float32Array(0);
    for (let done = 0; done < batches; ) {
      const count = this.#perCall.upTo(batches - done);
      const data = rows.subarray(done * size, (done + count) * size);
      const startedAt = this.now();
      const [made] = this.program.run([{ dtype: "int32", shape: [count, ...shape], data }], this.body);
      const elapsedMs = Math.max(1, this.now() - startedAt);
      const part = made!.data as Float32Array;
      if (done === 0) outputs = new Float32Array((part.length / count) * batches);
      outputs.set(part, (part.length / count) * done);
      done += count;
      this.#perCall.adapt(count, elapsedMs, this.program.stepwise ? stepwiseCallMs : callMs);
      if (done < batches) await between({ batches: done, examplesPerSecond: (count * this.#batch * 1000) / elapsedMs });
    }
    return outputs;
  }
}
