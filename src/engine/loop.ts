/**
 * Recorded steps → one ONNX graph that takes many of them.
 *
 * A phase is an ONNX `Scan` along its per-step arrays, of which each step is handed its slice. Constants are read from
 * outside, state is carried from step to step, and outputs are stacked by the scan. A state that a phase does not change
 * is not carried by its scan, only read: a scan copies what it carries in every step. How many steps and rounds a run
 * takes is in the shapes of what is fed.
 *
 * A run of several rounds (say epochs: full batches, the short last one, a validation) is a `Scan` around the scans of
 * its phases. There a phase of one step a round needs no scan of its own.
 */

import { OnnxGraph, type Port } from "../onnx/graph.js";
import { checkMemory } from "../util/memory.js";
import { sizeOfShape } from "../util/shape.js";
import { lowerNodes } from "./graph.js";
import { CarriedState, LoopBody, type StepResult } from "./loop-body.js";
import { Lowering } from "./lower.js";
import { peakBytes } from "./memory.js";
import { type Node, pending, type TensorType, type Values } from "./node.js";
import type { Recording } from "./record.js";
import type { Feed } from "./session.js";

interface RecordedPhase {
  readonly recording: Recording;
  /** One step a round, in a run of rounds. */
  readonly single: boolean;
}

/** A phase's names in the graph: what is fed ("" for what nothing reads) and what is fetched. */
interface PhaseNames {
  /** Per-step arrays lead with [rounds, steps], with [rounds] in a phase of one step a round, or with [steps]. */
  readonly slices: readonly string[];
  /** Where no slice is read: an array of bytes that is nothing but as long as there are steps; else "". */
  readonly ticks: string;
  readonly single: boolean;
  readonly fetches: readonly string[];
  /** Of one step. */
  readonly outputs: readonly TensorType[];
  /** ONNX nodes of one step. */
  readonly nodeCount: number;
}

/** What a run feeds, by name, and what it fetches. */
export interface LoopNames {
  /** Whether there are rounds around the phases. */
  readonly nested: boolean;
  /** Names to feed; "" for what nothing reads. */
  readonly constants: readonly string[];
  readonly state: readonly string[];
  readonly phases: readonly PhaseNames[];
  /** By state: where its new value is fetched, "" where it stays what it was. */
  readonly next: readonly string[];
  /** Values that the steps read and that are the same in every run. */
  readonly values: ReadonlyMap<string, Feed>;
}

/** The leading axes of a phase's per-step arrays. */
export function leadingAxes({ nested }: LoopNames, { single }: PhaseNames, rounds: number, steps: number): number[] {
  if (!nested) return [steps];
  return single ? [rounds] : [rounds, steps];
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
  const changes = state.map((_, index) => phases.some(({ recording }) => changesState(recording, index)));
  const writer = new LoopWriter(phases, orders, constants, new CarriedState(state, changes), nested);
  const names = nested ? writer.writeRounds() : writer.writeSteps();
  return { graph: writer.graph, names };
}

/** Whether a step leaves another value of a state than it found. */
const changesState = ({ state, carried }: Recording, index: number): boolean => state[index] !== carried[index];
const wantedOf = ({ state, outputs }: Recording): readonly Node[] => [...state, ...outputs];

class LoopWriter {
  readonly graph = new OnnxGraph();
  /** Values that are fed, by name. */
  readonly #values = new Map<string, Feed>();
  readonly #constants: readonly string[];
  readonly #state: readonly string[];
  /** By phase: per-step arrays, "" for what nothing reads. */
  readonly #slices: readonly (readonly string[])[];
  readonly #ticks: readonly string[];
  /** By phase: ONNX nodes of its step. */
  readonly #nodeCounts: number[] = [];

  constructor(
    readonly phases: readonly RecordedPhase[],
    /** By phase: the nodes of a step, inputs before readers. */
    readonly orders: readonly (readonly Node[])[],
    constants: readonly TensorType[],
    readonly carried: CarriedState,
    readonly nested: boolean,
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
        read.has(node) ? this.graph.input(node.type.dtype, [...this.#axes(phase), ...node.type.shape]) : "",
      ),
    );
    this.#ticks = this.#slices.map((names, phase) =>
      names.every((name) => name === "") ? this.graph.input("uint8", this.#axes(phase)) : "",
    );
  }

  /** Of a phase's per-step arrays in front of each step's axes. */
  #axes(phase: number): readonly string[] {
    if (!this.nested) return [`steps${phase}`];
    return this.phases[phase]!.single ? ["rounds"] : ["rounds", `steps${phase}`];
  }

  /** What a phase's scan goes along: each array's name, with the type of a step's slice. */
  #arrays(phase: number): readonly Port[] {
    const { slices } = this.phases[phase]!.recording;
    const ticks = this.#ticks[phase]!;
    if (ticks !== "") return [{ name: ticks, type: "uint8", shape: [] }];
    return slices.flatMap(({ type: { dtype, shape } }, index) => {
      const name = this.#slices[phase]![index]!;
      return name === "" ? [] : [{ name, type: dtype, shape }];
    });
  }

  /** The graph of one phase's steps. */
  writeSteps(): LoopNames {
    const { state, outputs } = this.#stepScan(0, this.graph, this.#state, this.#arrays(0));
    return this.#finished(state, [outputs]);
  }

  /** The graph of rounds of all phases. */
  writeRounds(): LoopNames {
    const arrays = this.phases.map((_, phase) => this.#arrays(phase));
    const ofRound = arrays.map((ports, phase) =>
      ports.map((port): Port => ({ ...port, shape: [...this.#axes(phase).slice(1), ...port.shape] })),
    );
    const body = new LoopBody("r", this.carried, this.#state, ofRound.flat());
    let state = body.state;
    let slice = 0;
    const ports: Port[] = [];
    for (const [phase, { recording, single }] of this.phases.entries()) {
      const own = arrays[phase]!.map((port): Port => ({ ...port, name: body.slices[slice++]! }));
      const result = single ? this.#step(phase, body.graph, own, state) : this.#stepScan(phase, body.graph, state, own);
      state = result.state;
      for (const [output, { type }] of recording.outputs.entries())
        ports.push({
          name: result.outputs[output]!,
          type: type.dtype,
          shape: [...this.#axes(phase).slice(1), ...type.shape],
        });
    }
    const made = body.addTo(this.graph, state, ports);
    let from = 0;
    const outputs = this.phases.map(({ recording }) => {
      const until = from + recording.outputs.length;
      const own = made.outputs.slice(from, until);
      from = until;
      return own;
    });
    return this.#finished(made.state, outputs);
  }

  /** A scan over a phase's steps, inside `around`, along `arrays`. */
  #stepScan(phase: number, around: OnnxGraph, before: readonly string[], arrays: readonly Port[]): StepResult {
    const { recording } = this.phases[phase]!;
    const { types } = this.carried;
    const changed = new CarriedState(
      types,
      types.map((_, index) => changesState(recording, index)),
    );
    const body = new LoopBody(`s${phase}_`, changed, before, arrays);
    const own = arrays.map((port, index): Port => ({ ...port, name: body.slices[index]! }));
    const { state, outputs } = this.#step(phase, body.graph, own, body.state);
    const ports = recording.outputs.map(
      ({ type: { dtype, shape } }, output): Port => ({ name: outputs[output]!, type: dtype, shape }),
    );
    return body.addTo(around, state, ports);
  }

  /**
   * Writes a phase's step into `graph`.
   *
   * @param read    names of the slices that are read, in order
   * @param before  names of the state that it starts from
   */
  #step(phase: number, graph: OnnxGraph, read: readonly Port[], before: readonly string[]): StepResult {
    const { constants, slices, carried, state, outputs } = this.phases[phase]!.recording;
    const lowering = new Lowering(graph, this.orders[phase]!, [...state, ...outputs]);
    const nodesBefore = graph.nodeCount;
    const give = (nodes: readonly Node[], names: readonly string[]): void => {
      for (const [index, node] of nodes.entries())
        if (names[index] !== "") lowering.set(node, { logical: names[index]! });
    };
    const left = read.values();
    give(constants, this.#constants);
    give(
      slices,
      this.#slices[phase]!.map((name) => (name === "" ? "" : left.next().value!.name)),
    );
    give(carried, before);
    lowerNodes(lowering, this.orders[phase]!, (node, value) => this.#known(graph, node.type, value));
    const result = {
      state: state.map((node, index) => (node === carried[index] ? before[index]! : lowering.logical(node))),
      outputs: outputs.map((node) => lowering.logical(node)),
    };
    this.#nodeCounts[phase] = graph.nodeCount - nodesBefore;
    return result;
  }

  /** Name of a value that was there before the run. */
  #known(graph: OnnxGraph, type: TensorType, value: Values): string {
    if (sizeOfShape(type.shape) <= embeddedSize)
      return graph.constant(type.dtype, type.shape, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    const name = this.graph.input(type.dtype, type.shape);
    this.#values.set(name, { type, value });
    return name;
  }

  #finished(state: readonly string[], outputs: readonly (readonly string[])[]): LoopNames {
    for (const { name, type, shape } of this.carried.ports(state)) this.graph.output(name, type, shape);
    const phases = this.phases.map(({ recording, single }, phase): PhaseNames => {
      const types = recording.outputs.map(({ type }) => type);
      const fetches = outputs[phase]!;
      for (const [output, { dtype, shape }] of types.entries())
        this.graph.output(fetches[output]!, dtype, [...this.#axes(phase), ...shape]);
      return {
        slices: this.#slices[phase]!,
        ticks: this.#ticks[phase]!,
        single,
        fetches,
        outputs: types,
        nodeCount: this.#nodeCounts[phase]!,
      };
    });
    return {
      nested: this.nested,
      constants: this.#constants,
      state: this.#state,
      phases,
      next: state.map((name, index) => (this.carried.changes[index] ? name : "")),
      values: this.#values,
    };
  }
}
