/**
 * What the store remembers of a run: that it began, every event but progress, how it ended.
 *
 * Events come from everywhere: a disk that has no room for them ends the run as any lack of room does, and throws
 * nowhere.
 */
import { EnvironmentError } from "../diagnostic/diagnostic.js";
import type { Pipeline } from "../pipeline/pipeline.js";
import type { Store } from "../store/store.js";
import type { Machine } from "../values/computed.js";
import type { RunEvent } from "./event.js";
import type { RunStatus } from "./run-status.js";

export interface RunSetting {
  readonly machine: Machine;
  /** Milliseconds that the process had lived when the run began. */
  readonly sinceStartMs: number;
}

export class RunHistory {
  readonly #id: number;

  /**
   * @param now  wall clock in milliseconds
   * @param setting  what it runs on, and how long it took until here from the command; remembered, and told to nobody
   */
  constructor(
    readonly store: Store,
    { name, file }: Pipeline,
    readonly status: RunStatus,
    readonly now: () => number,
    setting?: RunSetting,
  ) {
    this.#id = store.startRun(name, file.path);
    if (setting) this.#write(() => store.logEvent(this.#id, now(), { event: "setting", ...setting }));
  }

  log(event: RunEvent): void {
    if (event.event !== "progress") this.#write(() => this.store.logEvent(this.#id, this.now(), event));
  }

  /** Number of the run. */
  get id(): number {
    return this.#id;
  }

  /** @param more  what else is written at the end */
  finish(more: () => void): void {
    this.#write(more);
    const { status, totals } = this.status;
    // One that is to be given again may want them.
    if (status === "ok") this.#write(() => this.store.dropOldStates(this.#id));
    this.#write(() => this.store.finishRun(this.#id, { status, ...totals }));
  }

  #write(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      this.status.failUnreported(error);
    }
  }
}
