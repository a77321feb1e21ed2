/**
 * An ONNX `Scan` around a body, and the state that is carried through it.
 *
 * A scan hands its body what is carried, and this turn's slice of each array that it goes along; the body gives what is
 * carried anew, and outputs, which the scan stacks. What is not carried is read from the graph around. A `Loop` would do
 * the same, but it copies all that it carries once more at its end, and wants its slices gathered one by one.
 */

import { OnnxGraph, type Port } from "../onnx/graph.js";
import type { TensorType } from "./node.js";

/** What a step, or a scan of steps, leaves: names of the state as it is then, carried or not, and of the outputs. */
export interface StepResult {
  readonly state: readonly string[];
  readonly outputs: readonly string[];
}

/** The state of a program, of which a scan carries what it changes. */
export class CarriedState {
  constructor(
    readonly types: readonly TensorType[],
    readonly changes: readonly boolean[],
  ) {}

  only<T>(list: readonly T[]): readonly T[] {
    return list.filter((_, index) => this.changes[index]);
  }

  /** All of the state: `carried` in its places, and what is not carried as it was. */
  whole(carried: readonly string[], before: readonly string[]): readonly string[] {
    let at = 0;
    return before.map((name, index) => (this.changes[index] ? carried[at++]! : name));
  }

  ports(names: readonly string[]): readonly Port[] {
    return this.only(this.types.map(({ dtype, shape }, index) => ({ name: names[index]!, type: dtype, shape })));
  }
}

/** The body of an ONNX `Scan`: a graph with names for what is carried, and for this turn's slices. */
export class LoopBody {
  readonly graph: OnnxGraph;
  /** The whole state as the body reads it. */
  readonly state: readonly string[];
  /** By array that the scan goes along: its slice. */
  readonly slices: readonly string[];
  readonly #carried: CarriedState;
  readonly #before: readonly string[];
  readonly #arrays: readonly string[];

  /**
   * @param before  the state outside of the scan
   * @param arrays  that it goes along, by their names outside, each with the type of a slice; at least one, whose length
   *   is the number of turns
   */
  constructor(prefix: string, carried: CarriedState, before: readonly string[], arrays: readonly Port[]) {
    this.graph = new OnnxGraph(prefix);
    this.state = carried.types.map(({ dtype, shape }, index) =>
      carried.changes[index] ? this.graph.input(dtype, shape) : before[index]!,
    );
    this.slices = arrays.map(({ type, shape }) => this.graph.input(type, shape));
    this.#carried = carried;
    this.#before = before;
    this.#arrays = arrays.map(({ name }) => name);
  }

  /**
   * Ends the body and adds its scan to `around`.
   *
   * @param state    names of the state after a turn
   * @param outputs  of a turn; the scan stacks them
   */
  addTo(around: OnnxGraph, state: readonly string[], outputs: readonly Port[]): StepResult {
    this.graph.outputs([...this.#carried.ports(state), ...outputs]);
    const carried = this.#carried.only(this.#before);
    const made = around.addMany("Scan", [...carried, ...this.#arrays], carried.length + outputs.length, {
      body: { graph: this.graph },
      num_scan_inputs: { int: this.#arrays.length },
    });
    return { state: this.#carried.whole(made, this.#before), outputs: made.slice(carried.length) };
  }
}
