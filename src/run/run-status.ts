/** How a run stands: what became of its steps, whether anything more may start, and what it will have ended as. */
import { EnvironmentError, ShortMemoryError } from "../diagnostic/diagnostic.js";
import { TimeLimitError } from "./trial-times.js";

type Settled = "run" | "reuse" | "failed" | "skipped";

export class RunStatus {
  readonly #settled = new Map<string, Settled>();
  #hasFailed = false;
  /** Something was stopped that the file gives too little time. */
  #isIncomplete = false;
  /** Nothing more can be done here, as opposed to by one step. */
  #isStuck = false;
  #environment: string | null = null;
  #unreported: string | null = null;

  /** @param keepGoing  whether steps that do not depend on a failed one still start */
  constructor(
    readonly signal: AbortSignal,
    readonly keepGoing: boolean,
  ) {}

  settle(key: string, how: Settled): void {
    this.#settled.set(key, how);
  }

  /** By step key. */
  get settled(): ReadonlyMap<string, Settled> {
    return this.#settled;
  }

  /** The run fails, whatever else becomes of it. */
  fail(): void {
    this.#hasFailed = true;
  }

  /** A step failed of this, and its event says so. */
  failBy(error: unknown): void {
    // What it says, others need not be short of.
    if (error instanceof TimeLimitError) this.#isIncomplete = true;
    else this.fail();
    if (!(error instanceof EnvironmentError)) return;
    this.#environment = error.message;
    this.#unreported = null;
    // Others may need less memory.
    this.#isStuck ||= !(error instanceof ShortMemoryError || error instanceof TimeLimitError);
  }

  /** The same outside of steps, where no event says so. */
  failUnreported(error: EnvironmentError): void {
    this.fail();
    if (this.#environment === null) this.#unreported = error.message;
    this.#environment ??= error.message;
    this.#isStuck = true;
  }

  get isHalted(): boolean {
    return this.signal.aborted || (this.#hasFailed && !this.keepGoing) || this.#isStuck;
  }

  get status(): "ok" | "failed" | "interrupted" {
    if (this.signal.aborted) return "interrupted";
    return this.#hasFailed || this.#isIncomplete ? "failed" : "ok";
  }

  /** Set when disk, cache or engine made it fail. */
  get environment(): string | null {
    return this.#environment;
  }

  /** The same, where no step's event has said it. */
  get unreported(): string | null {
    return this.#unreported;
  }

  get totals(): { readonly ran: number; readonly reused: number; readonly failed: number } {
    const count = (wanted: Settled): number => [...this.#settled.values()].filter((how) => how === wanted).length;
    return { ran: count("run"), reused: count("reuse"), failed: count("failed") };
  }
}
