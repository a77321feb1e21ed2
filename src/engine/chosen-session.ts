/**
 * The session of a program, compiled for the execution that is chosen for it (`execution.ts`) and anew where that
 * changes between two calls. There is one at a time: each has memory of its own.
 */
import type { Execution } from "../compute/execution.js";
import { digestBytes } from "../util/digest.js";
import { type Choice, type Executions, sameExecution } from "./execution.js";
import type { Values } from "./node.js";
import { openProfiler, type Profile, type SessionProfiler } from "./profile.js";
import { type Feed, Session } from "./session.js";

/** Who wants to know where the time goes. */
export interface Profiling {
  /** ONNX nodes of a step. */
  readonly nodesOfStep: number;
  /** Told of each session when it ends; null where nothing was measured. */
  tell(profile: Profile | null): void;
}
interface Made {
  readonly session: Session;
  readonly execution: Execution;
  readonly profiler: SessionProfiler | undefined;
}

export class ChosenSession {
  readonly #model: Uint8Array;
  readonly #choice: Choice;
  readonly #profiling: Profiling | undefined;
  #made: Made | undefined;

  /**
   * @param profiled  asked once, with the execution that comes first, where somebody wants to know; then ONNX Runtime's
   *   profiler runs, which slows steps down
   */
  constructor(model: Uint8Array, executions: Executions, profiled?: (first: Execution) => Profiling) {
    this.#model = model;
    this.#choice = executions.of(digestBytes(model));
    this.#profiling = profiled?.(this.#choice.current);
  }

  /** @param steps  that the run takes */
  run(steps: number, feeds: ReadonlyMap<string, Feed>, wanted: readonly string[]): readonly Values[] {
    const known = this.#made;
    const { session, profiler } = this.#madeFor(this.#choice.current);
    const begunAt = performance.now();
    const values = session.run(feeds, wanted);
    this.#choice.took({ steps, elapsedMs: performance.now() - begunAt, isFirst: this.#made !== known });
    profiler?.ran(steps, session);
    return values;
  }

  /** Of the last run. */
  get threads(): number | undefined {
    return this.#made?.execution.threads;
  }

  #madeFor(execution: Execution): Made {
    if (this.#made && sameExecution(this.#made.execution, execution)) return this.#made;
    this.dispose();
    const profiler = this.#profiling && openProfiler(execution, this.#profiling.nodesOfStep);
    const session = new Session(this.#model, execution, profiler?.filePrefix);
    this.#made = { session, execution, profiler };
    return this.#made;
  }

  dispose(): void {
    if (!this.#made) return;
    const { session, profiler } = this.#made;
    this.#made = undefined;
    const profile = profiler?.finish(session) ?? null;
    session.dispose();
    this.#profiling?.tell(profile);
  }
}
