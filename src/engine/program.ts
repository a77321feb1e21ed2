/**
 * Steps recorded once and replayed many times in one run.
 *
 * A body is called with placeholders; what it records becomes the body of an ONNX `Loop`. Constants are read from
 * outside the loop, each step takes its slice of the per-step arrays, state is carried from step to step inside the
 * run, and outputs are stacked. A state that no body of the run changes is not carried, only read. A session is
 * compiled per shape of a step's slices; how many steps a run takes is not part of it.
 *
 * A run of several rounds (say epochs: full batches, the short last one, a validation) is a `Loop` around the loops of
 * its phases.
 */
import type { ArrayValue, Phase, Program, ProgramBody } from "../compute/program.js";
import { checkMemory } from "../util/memory.js";
import { sizeOfShape } from "../util/shape.js";
import { tf } from "../util/tfjs.js";
import { type OnnxBackend, record, rowOf } from "./backend.js";
import { CaptureError } from "./error.js";
import { Lowering } from "./lower.js";
import { peakBytes } from "./memory.js";
import { type Node, pending, placeholderNode, type TensorType, type Values } from "./node.js";
import { OnnxGraph } from "./onnx.js";
import { type Feed, Session } from "./session.js";

interface Captured {
  readonly constants: readonly Node[];
  readonly slices: readonly Node[];
  readonly carried: readonly Node[];
  readonly state: readonly Node[];
  readonly outputs: readonly Node[];
}
interface CompiledPhase {
  /** Names to feed; "" for what nothing reads. */
  readonly trip: string;
  readonly slices: readonly string[];
  readonly fetches: readonly string[];
  readonly outputs: readonly TensorType[];
}
interface Compiled {
  readonly session: Session;
  readonly rounds: string;
  readonly constants: readonly string[];
  readonly state: readonly string[];
  readonly values: ReadonlyMap<string, Feed>;
  readonly phases: readonly CompiledPhase[];
  /** By state: where its new value is fetched, "" where it stays what it was. */
  readonly next: readonly string[];
}

/** Values up to this size are written into the graph, where the optimiser can see them. */
const embeddedSize = 64;
const trip = (count: number): Feed => ({ type: { dtype: "int64", shape: [] }, value: BigInt64Array.of(BigInt(count)) });

export class RecordedProgram implements Program {
  readonly stepwise = false;
  readonly #compiled = new Map<string, Compiled>();
  readonly #bodies: readonly ProgramBody[];
  #state: readonly ArrayValue[];

  constructor(
    readonly backend: OnnxBackend,
    readonly constants: readonly ArrayValue[],
    state: readonly ArrayValue[],
    ...bodies: readonly ProgramBody[]
  ) {
    this.#state = state;
    this.#bodies = bodies;
  }

  /** @throws CaptureError where the body asks for values, or calls a kernel that has no lowering */
  run(slices: readonly ArrayValue[], body = 0): readonly ArrayValue[] {
    return this.runRounds([{ body, steps: slices[0]!.shape[0]!, slices }], 1)[0]!;
  }

  /** @throws CaptureError as `run` does */
  runRounds(phases: readonly Phase[], rounds: number): readonly (readonly ArrayValue[])[] {
    const nested = phases.length > 1 || rounds > 1;
    const typesOf = ({ slices }: Phase): string =>
      slices.map(({ dtype, shape }) => `${dtype}[${shape.slice(1)}]`).join();
    // A phase of one step a round needs no loop of its own.
    const key = `${nested} ${phases.map((phase) => `${phase.body} ${nested && phase.steps === 1} ${typesOf(phase)}`).join(";")}`;
    const compiled = this.#compiled.get(key) ?? this.#compile(phases, nested);
    this.#compiled.set(key, compiled);
    const values = new Map<string, Feed>(compiled.values);
    const feed = (names: readonly string[], arrays: readonly ArrayValue[]): void => {
      for (const [index, name] of names.entries())
        if (name !== "") values.set(name, { type: arrays[index]!, value: arrays[index]!.data });
    };
    feed(compiled.constants, this.constants);
    feed(compiled.state, this.#state);
    if (compiled.rounds !== "") values.set(compiled.rounds, trip(rounds));
    for (const [index, { slices, steps }] of phases.entries()) {
      const names = compiled.phases[index]!;
      feed(names.slices, slices);
      if (names.trip !== "") values.set(names.trip, trip(steps));
    }
    const fetches = [
      ...compiled.next.filter((name) => name !== ""),
      ...compiled.phases.flatMap((phase) => phase.fetches),
    ];
    const results = new Map(compiled.session.run(values, fetches).map((value, index) => [fetches[index]!, value]));
    this.#state = this.#state.map((array, index) => {
      const { dtype, shape } = array;
      const name = compiled.next[index]!;
      return name === "" ? array : { dtype, shape, data: results.get(name)! };
    });
    return compiled.phases.map(({ fetches: names, outputs }, index) =>
      outputs.map(({ shape }, output) => ({
        dtype: "float32",
        shape: [rounds * phases[index]!.steps, ...shape],
        data: results.get(names[output]!)!,
      })),
    );
  }

  readState(): readonly ArrayValue[] {
    return this.#state;
  }

  writeState(state: readonly ArrayValue[]): void {
    this.#state = state;
  }

  get sessionCount(): number {
    return this.#compiled.size;
  }

  dispose(): void {
    for (const { session } of this.#compiled.values()) session.dispose();
    this.#compiled.clear();
  }

  #compile(phases: readonly Phase[], nested: boolean): Compiled {
    const captured = phases.map((phase) => this.#capture(phase));
    const changes = this.#state.map((_, index) =>
      captured.some(({ carried, state }) => state[index] !== carried[index]),
    );
    const main = new OnnxGraph();
    const orders = captured.map(({ state, outputs }) => pending([...state, ...outputs]));
    const used = new Set(orders.flat());
    const peaks = captured.map(({ state, outputs }, index) => peakBytes(orders[index]!, [...state, ...outputs]));
    checkMemory(Math.max(...peaks), () => "One step of the computation");
    const constantNames = this.constants.map((type, index) =>
      captured.some(({ constants }) => used.has(constants[index]!)) ? main.input(type.dtype, type.shape) : "",
    );
    const stateNames = this.#state.map((type, index) =>
      changes[index] || captured.some(({ carried }) => used.has(carried[index]!))
        ? main.input(type.dtype, type.shape)
        : "",
    );
    const fed = new Map<string, Feed>();
    const compiledPhases: CompiledPhase[] = [];

    /** Writes a phase's step into `graph`; what is carried comes in by name and leaves by name. */
    const write = (
      index: number,
      graph: OnnxGraph,
      at: string,
      sliceNames: readonly string[],
      carriedNames: readonly string[],
    ): { state: string[]; outputs: string[] } => {
      const { constants, slices, carried, state, outputs } = captured[index]!;
      const lowering = new Lowering(graph, orders[index]!, [...state, ...outputs]);
      for (const [constant, node] of constants.entries())
        if (constantNames[constant] !== "") lowering.set(node, { logical: constantNames[constant]! });
      for (const [slice, node] of slices.entries())
        if (sliceNames[slice] !== "")
          lowering.set(node, { logical: graph.add("Gather", [sliceNames[slice]!, at], { axis: { int: 0 } }) });
      for (const [each, node] of carried.entries())
        if (carriedNames[each] !== "") lowering.set(node, { logical: carriedNames[each]! });
      for (const node of orders[index]!) {
        if (lowering.has(node)) continue;
        if (node.value === undefined) lowering.set(node, rowOf(node).lower(node, lowering));
        else if (sizeOfShape(node.type.shape) <= embeddedSize)
          lowering.set(node, { logical: graph.constant(node.type.dtype, node.type.shape, bytesOf(node.value)) });
        else {
          const name = main.input(node.type.dtype, node.type.shape);
          fed.set(name, { type: node.type, value: node.value });
          lowering.set(node, { logical: name });
        }
      }
      return {
        state: state.map((node, each) => (changes[each] ? lowering.logical(node) : "")),
        outputs: outputs.map((node) => lowering.logical(node)),
      };
    };
    const only = <T>(list: readonly T[]): T[] => list.filter((_, index) => changes[index]);
    /** A graph that is a loop's body: its counter, and names for what it carries. */
    const bodyGraph = (
      prefix: string,
      outer: readonly string[],
    ): { graph: OnnxGraph; counter: string; condition: string; carried: string[] } => {
      const graph = new OnnxGraph(prefix);
      const counter = graph.input("int64", []);
      const condition = graph.input("bool", []);
      const carried = this.#state.map((type, index) =>
        changes[index] ? graph.input(type.dtype, type.shape) : outer[index]!,
      );
      return { graph, counter, condition, carried };
    };
    const finish = (
      graph: OnnxGraph,
      condition: string,
      state: readonly string[],
      outputs: readonly { name: string; type: TensorType }[],
      steps: readonly string[],
    ): void => {
      graph.output(graph.add("Identity", [condition]), "bool", []);
      graph.outputs([
        ...only(this.#state.map((type, index) => ({ name: state[index]!, type: type.dtype, shape: type.shape }))),
        ...outputs.map(({ name, type }) => ({ name, type: type.dtype, shape: [...steps, ...type.shape] })),
      ]);
    };
    /** A loop over a phase's steps, inside `around`. */
    const loop = (
      index: number,
      around: OnnxGraph,
      outer: readonly string[],
      round: string | undefined,
      sliceNames: readonly string[],
      tripName: string,
    ) => {
      const { outputs } = captured[index]!;
      const { graph, counter, condition, carried } = bodyGraph(`s${index}_`, outer);
      const at = round === undefined ? counter : graph.add("Add", [graph.add("Mul", [round, tripName]), counter]);
      const written = write(index, graph, at, sliceNames, carried);
      finish(
        graph,
        condition,
        written.state,
        outputs.map(({ type }, output) => ({ name: written.outputs[output]!, type })),
        [],
      );
      const made = around.addMany("Loop", [tripName, "", ...only(outer)], only(outer).length + outputs.length, {
        body: { graph },
      });
      let next = 0;
      const state = outer.map((name, each) => (changes[each] ? made[next++]! : name));
      return { state, outputs: made.slice(next) };
    };
    const sliceInputs = (index: number): string[] =>
      captured[index]!.slices.map((node, slice) => {
        const { dtype, shape } = phases[index]!.slices[slice]!;
        return used.has(node) ? main.input(dtype, [`steps${index}`, ...shape.slice(1)]) : "";
      });

    let roundsName = "";
    let result: { state: readonly string[]; outputs: readonly (readonly string[])[] };
    const sliceNames = phases.map((_, index) => sliceInputs(index));
    const trips = phases.map((phase) => (nested && phase.steps === 1 ? "" : main.input("int64", [])));
    if (!nested) {
      const made = loop(0, main, stateNames, undefined, sliceNames[0]!, trips[0]!);
      result = { state: made.state, outputs: [made.outputs] };
    } else {
      roundsName = main.input("int64", []);
      const { graph, counter, condition, carried } = bodyGraph("r", stateNames);
      let state: readonly string[] = carried;
      const outputs: { name: string; type: TensorType; single: boolean }[] = [];
      for (const index of phases.keys()) {
        const single = trips[index] === "";
        const made = single
          ? write(index, graph, counter, sliceNames[index]!, state)
          : loop(index, graph, state, counter, sliceNames[index]!, trips[index]!);
        state = state.map((name, each) => (changes[each] ? made.state[each]! : name));
        outputs.push(
          ...captured[index]!.outputs.map(({ type }, output) => ({ name: made.outputs[output]!, type, single })),
        );
      }
      graph.output(graph.add("Identity", [condition]), "bool", []);
      graph.outputs([
        ...only(this.#state.map((type, index) => ({ name: state[index]!, type: type.dtype, shape: type.shape }))),
        ...outputs.map(({ name, type, single }, output) => ({
          name,
          type: type.dtype,
          shape: single ? type.shape : [`inner${output}`, ...type.shape],
        })),
      ]);
      const made = [
        ...main.addMany("Loop", [roundsName, "", ...only(stateNames)], only(stateNames).length + outputs.length, {
          body: { graph },
        }),
      ];
      const next = stateNames.map((name, each) => (changes[each] ? made.shift()! : name));
      result = { state: next, outputs: captured.map((each) => each.outputs.map(() => made.shift()!)) };
    }
    for (const [index, { dtype, shape }] of this.#state.entries())
      if (changes[index]) main.output(result.state[index]!, dtype, shape);
    for (const [index, { outputs }] of captured.entries()) {
      const fetches = result.outputs[index]!;
      const steps = nested ? (trips[index] === "" ? ["rounds"] : ["rounds", `each${index}`]) : ["all"];
      for (const [output, { type }] of outputs.entries())
        main.output(fetches[output]!, type.dtype, [...steps, ...type.shape]);
      compiledPhases.push({
        trip: trips[index]!,
        slices: sliceNames[index]!,
        fetches,
        outputs: outputs.map(({ type }) => type),
      });
    }
    return {
      session: new Session(main.model(), this.backend.threads),
      rounds: roundsName,
      constants: constantNames,
      state: stateNames,
      values: fed,
      phases: compiledPhases,
      next: result.state.map((name, index) => (changes[index] ? name : "")),
    };
  }

  #capture(phase: Phase): Captured {
    const { backend } = this;
    const constants = this.constants.map((constant) => placeholderNode(constant));
    const slices = phase.slices.map(({ dtype, shape }) => placeholderNode({ dtype, shape: shape.slice(1) }));
    const carried = this.#state.map((value) => placeholderNode(value));
    const tensorOf = (node: Node): tf.Tensor => {
      const info = backend.wrap(node);
      return tf.engine().makeTensorFromTensorInfo({ ...info, shape: [...info.shape] });
    };
    const recorded = (kernel: string, inputs: readonly Node[], attributes: Readonly<Record<string, unknown>>): Node => {
      const node = record(kernel, inputs, attributes);
      if (!node) throw new CaptureError(`${kernel} cannot be recorded`);
      return node;
    };
    /** Bytes become float32 once their rows are gathered; what a body sees is always float32 or int32. */
    const readable = (node: Node): Node =>
      node.type.dtype === "uint8" ? recorded("Cast", [node], { dtype: "float32" }) : node;
    const gather = (index: number, rows: tf.Tensor): tf.Tensor =>
      tensorOf(readable(recorded("GatherV2", [constants[index]!, backend.nodeOf(rows)], { axis: 0 })));
    const before = backend.capturing;
    backend.capturing = true;
    tf.engine().startScope("record");
    try {
      const given = constants.map((node) => (node.type.dtype === "uint8" ? tf.zeros([0]) : tensorOf(node)));
      const made = this.#bodies[phase.body]!(
        given,
        slices.map((node) => tensorOf(readable(node))),
        carried.map(tensorOf),
        gather,
      );
      for (const [index, tensor] of made.state.entries())
        if (tensor.shape.join() !== carried[index]!.type.shape.join())
          throw new CaptureError(
            `state ${index} changes its shape from [${carried[index]!.type.shape}] to [${tensor.shape}]`,
          );
      return {
        constants,
        slices,
        carried,
        state: made.state.map((tensor) => backend.nodeOf(tensor)),
        outputs: made.outputs.map((tensor) => backend.nodeOf(tensor)),
      };
    } finally {
      tf.engine().endScope();
      backend.capturing = before;
    }
  }
}

const bytesOf = (value: Values): Uint8Array => new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
