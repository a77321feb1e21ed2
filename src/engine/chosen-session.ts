/**
 * The session of a program, compiled for the execution that is chosen for it (`execution.ts`) and anew where that
 * changes between two calls. There is one at a time: each has memory of its own.
 */
import type { Execution } from "../compute/execution.js";
import { digestBytes } from "../util/digest.js";
import { type Choice, type Executions, sameExecution } from "./execution.js";
import type { Values } from "./node.js";
import { type Feed, Session } from "./session.js";

export class ChosenSession {
  readonly #model: Uint8Array;
  readonly #choice: Choice;
  #made: { readonly session: Session; readonly execution: Execution } | undefined;

  constructor(model: Uint8Array, executions: Executions) {
    this.#model = model;
    this.#choice = executions.of(digestBytes(model));
  }

  /** @param steps  that the run takes */
  run(steps: number, feeds: ReadonlyMap<string, Feed>, wanted: readonly string[]): readonly Values[] {
    const { session, isFirst } = this.#sessionFor(this.#choice.current);
    const begunAt = performance.now();
    const values = session.run(feeds, wanted);
    this.#choice.took({ steps, elapsedMs: performance.now() - begunAt, isFirst });
    return values;
  }

  #sessionFor(execution: Execution): { readonly session: Session; readonly isFirst: boolean } {
    if (this.#made && sameExecution(this.#made.execution, execution))
      return { session: this.#made.session, isFirst: false };
    this.dispose();
    const session = new Session(this.#model, execution);
    this.#made = { session, execution };
    return { session, isFirst: true };
  }

  dispose(): void {
    this.#made?.session.dispose();
    this.#made = undefined;
  }
}
