/**
 * Recorded steps → one ONNX graph that takes many of them.
 *
 * A phase is an ONNX `Loop` over its steps. Constants are read from outside, each step takes its slice of the per-step
 * arrays, state is carried from step to step, and outputs are stacked by the loop. A state that no phase changes is not
 * carried, only read. How many steps and rounds a run takes is fed.
 *
 * A run of several rounds (say epochs: full batches, the short last one, a validation) is a `Loop` around the loops of
 * its phases. There a phase of one step a round needs no loop of its own.
 */
import { checkMemory } from "../util/memory.js";
import { sizeOfShape } from "../util/shape.js";
import { lowerNodes } from "./graph.js";
import { CarriedState, LoopBody, type StepResult } from "./loop-body.js";
import { Lowering } from "./lower.js";
import { peakBytes } from "./memory.js";
import { type Node, pending, type TensorType, type Values } from "./node.js";
import { OnnxGraph, type Port } from "./onnx.js";
import type { Recording } from "./record.js";
import type { Feed } from "./session.js";

interface RecordedPhase {
  readonly recording: Recording;
  /** One step a round, in a run of rounds. */
  readonly single: boolean;
}

/** A phase's names in the graph: what is fed ("" for what nothing reads) and what is fetched. */
interface PhaseNames {
  /** Number of steps a round; "" for a single one. */
  readonly trip: string;
  readonly slices: readonly string[];
  readonly fetches: readonly string[];
  /** Of one step. */
  readonly outputs: readonly TensorType[];
}

/** What a run feeds, by name, and what it fetches. */
export interface LoopNames {
  /** Name of the number of rounds; "" where there is one round only. */
  readonly rounds: string;
  /** Names to feed; "" for what nothing reads. */
  readonly constants: readonly string[];
  readonly state: readonly string[];
  readonly phases: readonly PhaseNames[];
  /** By state: where its new value is fetched, "" where it stays what it was. */
  readonly next: readonly string[];
  /** Values that the steps read and that are the same in every run. */
  readonly values: ReadonlyMap<string, Feed>;
}

/** Values up to this size are written into the graph, where the optimiser can see them. */
const embeddedSize = 64;

/**
 * @param nested  rounds around the phases; else there is one phase, and one round
 * @throws MemoryError where one step takes more than this machine has
 */
export function loopGraph(
  phases: readonly RecordedPhase[],
  constants: readonly TensorType[],
  state: readonly TensorType[],
  nested: boolean,
): { readonly graph: OnnxGraph; readonly names: LoopNames } {
  const orders = phases.map(({ recording }) => pending(wantedOf(recording)));
  checkMemory(
    Math.max(...phases.map(({ recording }, index) => peakBytes(orders[index]!, wantedOf(recording)))),
    () => "One step of the computation",
  );
  const changes = state.map((_, index) =>
    phases.some(({ recording }) => recording.state[index] !== recording.carried[index]),
  );
  const writer = new LoopWriter(phases, orders, constants, new CarriedState(state, changes));
  const names = nested ? writer.writeRounds() : writer.writeSteps();
  return { graph: writer.graph, names };
}

const wantedOf = ({ state, outputs }: Recording): readonly Node[] => [...state, ...outputs];

class LoopWriter {
  readonly graph = new OnnxGraph();
  /** Values that are fed, by name. */
  readonly #values = new Map<string, Feed>();
  readonly #constants: readonly string[];
  readonly #state: readonly string[];
  readonly #slices: readonly (readonly string[])[];
  readonly #trips: readonly string[];

  constructor(
    readonly phases: readonly RecordedPhase[],
    /** By phase: the nodes of a step, inputs before readers. */
    readonly orders: readonly (readonly Node[])[],
    constants: readonly TensorType[],
    readonly carried: CarriedState,
  ) {
    const read = new Set(orders.flat());
    const isRead = (array: "constants" | "carried", index: number): boolean =>
      phases.some(({ recording }) => read.has(recording[array][index]!));
    const input = ({ dtype, shape }: TensorType): string => this.graph.input(dtype, shape);
    this.#constants = constants.map((type, index) => (isRead("constants", index) ? input(type) : ""));
    this.#state = carried.types.map((type, index) =>
      carried.changes[index] || isRead("carried", index) ? input(type) : "",
    );
    this.#slices = phases.map(({ recording }, phase) =>
      recording.slices.map((node) =>
        read.has(node) ? this.graph.input(node.type.dtype, [`steps${phase}`, ...node.type.shape]) : "",
      ),
    );
    this.#trips = phases.map(({ single }) => (single ? "" : this.graph.input("int64", [])));
  }

  /** The graph of one phase's steps. */
  writeSteps(): LoopNames {
    const { state, outputs } = this.#stepLoop(0, this.graph, this.#state);
    return this.#finished("", state, [outputs]);
  }

  /** The graph of rounds of all phases. */
  writeRounds(): LoopNames {
    const rounds = this.graph.input("int64", []);
    const body = new LoopBody("r", this.carried, this.#state);
    let state = body.state;
    const ports: Port[] = [];
    for (const [phase, { recording, single }] of this.phases.entries()) {
      const result = single
        ? this.#step(phase, body.graph, body.counter, state)
        : this.#stepLoop(phase, body.graph, state, body.counter);
      state = result.state;
      for (const [output, { type }] of recording.outputs.entries())
        ports.push({
          name: result.outputs[output]!,
          type: type.dtype,
          shape: single ? type.shape : [`inner${ports.length}`, ...type.shape],
        });
    }
    const made = body.addTo(this.graph, rounds, state, ports);
    let from = 0;
    const outputs = this.phases.map(({ recording }) => {
      const until = from + recording.outputs.length;
      const own = made.outputs.slice(from, until);
      from = until;
      return own;
    });
    return this.#finished(rounds, made.state, outputs);
  }

  /** A loop over a phase's steps, inside `around`; `round` is the round's number, where there are rounds. */
  #stepLoop(phase: number, around: OnnxGraph, before: readonly string[], round?: string): StepResult {
    const body = new LoopBody(`s${phase}_`, this.carried, before);
    const { graph, counter } = body;
    const trip = this.#trips[phase]!;
    const at = round === undefined ? counter : graph.add("Add", [graph.add("Mul", [round, trip]), counter]);
    const { state, outputs } = this.#step(phase, graph, at, body.state);
    const ports = this.phases[phase]!.recording.outputs.map(
      ({ type: { dtype, shape } }, output): Port => ({ name: outputs[output]!, type: dtype, shape }),
    );
    return body.addTo(around, trip, state, ports);
  }

  /**
   * Writes a phase's step into `graph`.
   *
   * @param at      name of the step's place in the per-step arrays
   * @param before  names of the state that it starts from
   */
  #step(phase: number, graph: OnnxGraph, at: string, before: readonly string[]): StepResult {
    const { constants, slices, carried, state, outputs } = this.phases[phase]!.recording;
    const lowering = new Lowering(graph, this.orders[phase]!, [...state, ...outputs]);
    const give = (nodes: readonly Node[], names: readonly string[], read = (name: string) => name): void => {
      for (const [index, node] of nodes.entries())
        if (names[index] !== "") lowering.set(node, { logical: read(names[index]!) });
    };
    give(constants, this.#constants);
    give(slices, this.#slices[phase]!, (name) => graph.add("Gather", [name, at], { axis: { int: 0 } }));
    give(carried, before);
    lowerNodes(lowering, this.orders[phase]!, (node, value) => this.#known(graph, node.type, value));
    return {
      state: state.map((node, index) => (this.carried.changes[index] ? lowering.logical(node) : before[index]!)),
      outputs: outputs.map((node) => lowering.logical(node)),
    };
  }

  /** Name of a value that was there before the run. */
  #known(graph: OnnxGraph, type: TensorType, value: Values): string {
    if (sizeOfShape(type.shape) <= embeddedSize)
      return graph.constant(type.dtype, type.shape, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    const name = this.graph.input(type.dtype, type.shape);
    this.#values.set(name, { type, value });
    return name;
  }

  #finished(rounds: string, state: readonly string[], outputs: readonly (readonly string[])[]): LoopNames {
    for (const { name, type, shape } of this.carried.ports(state)) this.graph.output(name, type, shape);
    const phases = this.phases.map(({ recording, single }, phase): PhaseNames => {
      const types = recording.outputs.map(({ type }) => type);
      const fetches = outputs[phase]!;
      const axes = rounds === "" ? ["all"] : ["rounds", ...(single ? [] : [`each${phase}`])];
      for (const [output, { dtype, shape }] of types.entries())
        this.graph.output(fetches[output]!, dtype, [...axes, ...shape]);
      return { trip: this.#trips[phase]!, slices: this.#slices[phase]!, fetches, outputs: types };
    });
    return {
      rounds,
      constants: this.#constants,
      state: this.#state,
      phases,
      next: state.map((name, index) => (this.carried.changes[index] ? name : "")),
      values: this.#values,
    };
  }
}
