/**
 * A program whose steps are recorded once and replayed many times in one run.
 *
 * A body is recorded (`record.ts`), and what it computes becomes the body of an ONNX `Scan` (`loop.ts`). A session is
 * compiled per shape of a step's slices; how many steps a run takes is not part of it, nor are the values of constants,
 * slices and state, which are fed. Only what a body makes of values that depend on nothing that is fed is kept with it.
 */
import type { Execution } from "../compute/execution.js";
import type { ArrayValue, Phase, Program, ProgramBody } from "../compute/program.js";
import type { OnnxBackend } from "./backend.js";
import { ChosenSession, type Profiling } from "./chosen-session.js";
import { type LoopNames, leadingAxes, loopGraph } from "./loop.js";
import type { ObservedPasses } from "./observer.js";
import { observedPasses } from "./passes/effects.js";
import { rewritten } from "./passes/passes.js";
import { type Recording, recordBody } from "./record.js";
import type { Feed } from "./session.js";

interface Compiled {
  readonly session: ChosenSession;
  readonly names: LoopNames;
}

export class RecordedProgram implements Program {
  readonly stepwise = false;
  readonly #compiled = new Map<string, Compiled>();
  readonly #bodies: readonly ProgramBody[];
  #state: readonly ArrayValue[];
  #last: ChosenSession | undefined;

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
    const { session, names } = this.#compiledFor(phases, rounds);
    this.#last = session;
    const fetches = [...names.next.filter((name) => name !== ""), ...names.phases.flatMap((phase) => phase.fetches)];
    const steps = rounds * phases.reduce((sum, phase) => sum + phase.steps, 0);
    const values = session.run(steps, this.#feeds(names, phases, rounds), fetches);
    const results = new Map(values.map((value, index) => [fetches[index]!, value]));
    this.#state = this.#state.map((array, index) => {
      const name = names.next[index]!;
      return name === "" ? array : { dtype: array.dtype, shape: array.shape, data: results.get(name)! };
    });
    return names.phases.map(({ fetches: own, outputs }, phase) =>
      outputs.map(({ shape }, output) => ({
        dtype: "float32",
        shape: [rounds * phases[phase]!.steps, ...shape],
        data: results.get(own[output]!)!,
      })),
    );
  }

  readState(): readonly ArrayValue[] {
    return this.#state;
  }

  writeState(state: readonly ArrayValue[]): void {
    this.#state = state;
  }

  get threads(): number | undefined {
    return this.#last?.threads;
  }

  get sessionCount(): number {
    return this.#compiled.size;
  }

  dispose(): void {
    for (const { session } of this.#compiled.values()) session.dispose();
    this.#compiled.clear();
  }

  #compiledFor(phases: readonly Phase[], rounds: number): Compiled {
    const nested = phases.length > 1 || rounds > 1;
    const isSingle = ({ steps }: Phase): boolean => nested && steps === 1;
    const textOf = (phase: Phase): string => {
      const slices = phase.slices.map(({ dtype, shape }) => `${dtype}[${shape.slice(1)}]`);
      return `${phase.body} ${isSingle(phase)} ${slices.join()}`;
    };
    const key = `${nested} ${phases.map(textOf).join(";")}`;
    const known = this.#compiled.get(key);
    if (known) return known;
    const recorded = phases.map((phase) => ({ ...this.#rewritten(phase), single: isSingle(phase) }));
    const { graph, names } = loopGraph(recorded, this.constants, this.#state, nested);
    const { executions, observer } = this.backend;
    const profiled = (execution: Execution): Profiling => ({
      nodesOfStep: Math.max(...names.phases.map(({ nodeCount }) => nodeCount)),
      tell: observer!.compiled({
        execution,
        phases: recorded.map(({ recording, observed }, phase) => ({
          // Made with the recording, for the same observer.
          ...observed!,
          slices: recording.slices.map(({ type }) => type),
          onnxNodes: names.phases[phase]!.nodeCount,
        })),
      }),
    });
    const session = new ChosenSession(graph.model(), executions, observer && profiled);
    const compiled = { session, names };
    this.#compiled.set(key, compiled);
    return compiled;
  }

  /** A step of a phase, recorded and with all passes applied; and what they did, where somebody looks. */
  #rewritten({ body, slices }: Phase): { readonly recording: Recording; readonly observed?: ObservedPasses } {
    const recording = recordBody(this.backend, this.#bodies[body]!, {
      constants: this.constants,
      slices: slices.map(({ dtype, shape }) => ({ dtype, shape: shape.slice(1) })),
      state: this.#state,
    });
    const { observer, withoutPasses } = this.backend;
    return observer ? observedPasses(recording, withoutPasses) : { recording: rewritten(recording, withoutPasses) };
  }

  #feeds(names: LoopNames, phases: readonly Phase[], rounds: number): ReadonlyMap<string, Feed> {
    const feeds = new Map(names.values);
    const feedArrays = (given: readonly string[], arrays: readonly ArrayValue[]): void => {
      for (const [index, name] of given.entries())
        if (name !== "") feeds.set(name, { type: arrays[index]!, value: arrays[index]!.data });
    };
    feedArrays(names.constants, this.constants);
    feedArrays(names.state, this.#state);
    for (const [index, { slices, steps }] of phases.entries()) {
      const own = names.phases[index]!;
      const leading = leadingAxes(names, own, rounds, steps);
      feedArrays(
        own.slices,
        slices.map((slice) => ({ ...slice, shape: [...leading, ...slice.shape.slice(1)] })),
      );
      if (own.ticks !== "")
        feeds.set(own.ticks, {
          type: { dtype: "uint8", shape: leading },
          value: new Uint8Array(leading.reduce((product, length) => product * length, 1)),
        });
    }
    return feeds;
  }
}
