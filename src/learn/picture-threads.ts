/**
 * Threads of this process that make pictures while it computes.
 *
 * They read the stored images where they are, in memory that all share, and hand over what they make. What comes out
 * does not depend on how many they are. The first starts at once, and another one whenever who waits for pictures does
 * so for a good part of the time, up to as many as there may be.
 */
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { accompany } from "../compute/company.js";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { threadEntry } from "../util/entries.js";
import { MemoryError } from "../util/memory.js";
import type { PictureArray, PictureBlock, PictureSource } from "./pictures.js";

/** What a thread is told. */
export type Asked = PictureBlock & { readonly id: number };
/** What a thread tells. */
export type Told =
  | { readonly type: "ready" }
  | { readonly type: "made"; readonly id: number; readonly made: PictureArray }
  | {
      readonly type: "failed";
      readonly failure:
        | { readonly mistake: Pick<MistakeError, "title" | "message" | "at"> }
        | { readonly stack: string };
    };

/** Whether there are too few threads is seen in spans of so long: whoever computes waited for more than this share. */
const spanMs = 300;
const longWait = 0.1;

interface Thread {
  readonly worker: Worker;
  isReady: boolean;
  /** Blocks that it was asked for and has not made yet. */
  asked: number;
  /** Ends its being counted as company of the engine. */
  readonly leave: () => void;
}

export class PictureThreads {
  readonly #source: PictureSource;
  readonly #threads: Thread[] = [];
  readonly #arrivals = new Map<number, (made: PictureArray) => void>();
  #lastId = 0;
  #failure: Error | undefined;
  #isDisposed = false;
  /** Called at the next change. */
  #wake: () => void = () => undefined;
  #waitedMs = 0;
  #since: number;

  /**
   * @param most  threads that there may be
   * @param now   milliseconds; decides nothing but how many there are
   */
  constructor(
    source: PictureSource,
    readonly most: number,
    readonly now: () => number,
  ) {
    this.#source = { ...source, originals: shared(source.originals) };
    this.#since = now();
    this.#start();
  }

  get count(): number {
    return this.#threads.length;
  }

  /** @param arrived  is given the pictures, once they are made */
  ask(block: PictureBlock, arrived: (made: PictureArray) => void): void {
    const thread = this.#threads.reduce((least, each) => (each.asked < least.asked ? each : least));
    const id = ++this.#lastId;
    this.#arrivals.set(id, arrived);
    thread.asked++;
    thread.worker.postMessage({ ...block, id } satisfies Asked);
  }

  /**
   * Waits until something has arrived, but not longer than `ms`.
   *
   * @throws MistakeError, MemoryError, or whatever else went wrong in a thread
   */
  async change(ms: number): Promise<void> {
    const begun = this.now();
    if (!this.#failure) {
      const timer = new AbortController();
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([woken, setTimeout(ms, undefined, { signal: timer.signal }).catch(() => undefined)]);
      timer.abort();
    }
    if (this.#failure) throw this.#failure;
    this.#waitedMs += this.now() - begun;
    this.#grow();
  }

  /** They end at once, whatever they are at. */
  dispose(): void {
    this.#isDisposed = true;
    for (const { worker, leave } of this.#threads) {
      leave();
      void worker.terminate();
    }
  }

  /** Starts another thread where there are too few. */
  #grow(): void {
    const spanned = this.now() - this.#since;
    // One that is starting makes nothing yet.
    const isLoading = this.#threads.some(({ isReady }) => !isReady);
    if (!isLoading && spanned < spanMs) return;
    if (!isLoading && this.count < this.most && this.#waitedMs > longWait * spanned) this.#start();
    this.#waitedMs = 0;
    this.#since = this.now();
  }

  #start(): void {
    const worker = new Worker(threadEntry("picture-thread"), { workerData: this.#source });
    const leave = accompany(() => worker.performance.eventLoopUtilization().active);
    const thread: Thread = { worker, isReady: false, asked: 0, leave };
    this.#threads.push(thread);
    worker.on("message", (told: Told) => this.#hear(thread, told));
    worker.on("error", (error: Error & { readonly code?: string }) =>
      this.#fail(
        error.code === "ERR_WORKER_OUT_OF_MEMORY"
          ? new MemoryError("This machine's memory does not suffice for a thread that makes pictures.")
          : error,
      ),
    );
    worker.on("exit", (code) => this.#fail(new Error(`A thread that makes pictures ended with exit code ${code}.`)));
  }

  #hear(thread: Thread, told: Told): void {
    if (told.type === "failed") {
      const { failure } = told;
      this.#fail(
        "mistake" in failure
          ? new MistakeError(failure.mistake)
          : Object.assign(new Error("hw1 bug in a thread"), { stack: failure.stack }),
      );
    } else if (told.type === "ready") thread.isReady = true;
    else {
      thread.asked--;
      this.#arrivals.get(told.id)!(told.made);
      this.#arrivals.delete(told.id);
      this.#wake();
    }
  }

  #fail(error: Error): void {
    if (this.#isDisposed) return;
    this.#failure ??= error;
    this.#wake();
  }
}

/** The same numbers where every thread reads them. */
function shared(originals: PictureSource["originals"]): PictureSource["originals"] {
  const memory = new SharedArrayBuffer(originals.byteLength);
  let copy: PictureSource["originals"];
  if (originals instanceof Uint8Array) copy = new Uint8Array(memory);
  else copy = originals instanceof Float32Array ? new Float32Array(memory) : new Float64Array(memory);
  copy.set(originals);
  return copy;
}
