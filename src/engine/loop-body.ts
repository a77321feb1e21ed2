/**
 * An ONNX `Loop` around a body, and the state that is carried through it.
 *
 * A loop hands its body a counter, a condition and what is carried; the body gives a condition, what is carried anew,
 * and outputs, which the loop stacks. What is not carried is read from the graph around.
 */
import type { TensorType } from "./node.js";
import { OnnxGraph, type Port } from "./onnx.js";

/** What a step, or a loop of steps, leaves: names of the state as it is then, carried or not, and of the outputs. */
export interface StepResult {
  readonly state: readonly string[];
  readonly outputs: readonly string[];
}

/** The state of a program, of which the loops carry what some phase changes. */
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

/** The body of an ONNX `Loop`: a graph with a counter, a condition (always true), and names for what is carried. */
export class LoopBody {
  readonly graph: OnnxGraph;
  readonly counter: string;
  /** The whole state as the body reads it. */
  readonly state: readonly string[];
  readonly #condition: string;
  readonly #carried: CarriedState;
  readonly #before: readonly string[];

  /** @param before  the state outside of the loop */
  constructor(prefix: string, carried: CarriedState, before: readonly string[]) {
    this.graph = new OnnxGraph(prefix);
    this.counter = this.graph.input("int64", []);
    this.#condition = this.graph.input("bool", []);
    this.state = carried.types.map(({ dtype, shape }, index) =>
      carried.changes[index] ? this.graph.input(dtype, shape) : before[index]!,
    );
    this.#carried = carried;
    this.#before = before;
  }

  /**
   * Ends the body and adds its loop to `around`.
   *
   * @param trip     name of the number of turns
   * @param state    names of the state after a turn
   * @param outputs  of a turn; the loop stacks them
   */
  addTo(around: OnnxGraph, trip: string, state: readonly string[], outputs: readonly Port[]): StepResult {
    this.graph.output(this.graph.add("Identity", [this.#condition]), "bool", []);
    this.graph.outputs([...this.#carried.ports(state), ...outputs]);
    const carried = this.#carried.only(this.#before);
    const made = around.addMany("Loop", [trip, "", ...carried], carried.length + outputs.length, {
      body: { graph: this.graph },
    });
    return { state: this.#carried.whole(made, this.#before), outputs: made.slice(carried.length) };
  }
}
