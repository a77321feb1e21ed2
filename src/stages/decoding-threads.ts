/**
 * Decodes pictures: here as long as they are few or small, then in threads of this process.
 *
 * What comes out does not depend on how many threads there are. `sharp` has threads of its own, so it gets none.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { ShortMemoryError } from "../diagnostic/diagnostic.js";
import { threadEntry } from "../util/entries.js";
import { bytesSource } from "./load-files.js";
import { type Decoded, decodeFitted, type Making } from "./picture-fit.js";
import { pictureHeader, UnreadablePictureError } from "./picture-header.js";

/** What a thread is told. */
export interface Asked {
  readonly id: number;
  readonly bytes: Uint8Array;
}
/** What a thread tells. */
export type Told = { readonly id: number } & ({ readonly decoded: Decoded } | { readonly stack: string });

interface Thread {
  readonly worker: Worker;
  /** Pictures that it was given and has not decoded yet. */
  asked: number;
}
interface Waiting {
  readonly thread: Thread;
  readonly resolve: (decoded: Decoded) => void;
  readonly reject: (error: Error) => void;
}

/** More would wait for the files. */
const mostThreads = 8;
/** A thread takes a fifth of a second to start. */
const aloneMs = 1000;

export class Decoding {
  readonly #threads: Thread[] = [];
  readonly #waiting = new Map<number, Waiting>();
  readonly #most: number;
  #lastId = 0;
  #spentMs = 0;
  #failure: Error | undefined;
  #isDisposed = false;

  /** @param alone  how long it decodes without threads, in milliseconds; decides nothing but how long it takes */
  constructor(
    readonly making: Making,
    readonly decoders: readonly string[],
    readonly alone = aloneMs,
  ) {
    this.#most = decoders.includes("sharp") ? 0 : Math.min(mostThreads, availableParallelism());
  }

  /** How many pictures may be given at once, so that nobody waits. */
  get width(): number {
    return Math.max(1, 2 * this.#threads.length);
  }

  /** @throws EnvironmentError, ShortMemoryError, or whatever else went wrong in a thread */
  async decode(bytes: Uint8Array): Promise<Decoded> {
    if (this.#threads.length === 0 && this.#spentMs >= this.alone && this.#most > 1)
      for (let count = 0; count < this.#most; count++) this.#start();
    if (this.#threads.length > 0) return await this.#ask(bytes);
    const begun = performance.now();
    const decoded = await decodeFitted(bytes, this.making, this.decoders);
    this.#spentMs += performance.now() - begun;
    return decoded;
  }

  /** They end at once, whatever they are at. */
  dispose(): void {
    this.#isDisposed = true;
    for (const { worker } of this.#threads) void worker.terminate();
  }

  #ask(bytes: Uint8Array): Promise<Decoded> {
    if (this.#failure) return Promise.reject(this.#failure);
    const thread = this.#threads.reduce((least, each) => (each.asked < least.asked ? each : least));
    const id = ++this.#lastId;
    thread.asked++;
    thread.worker.postMessage({ id, bytes } satisfies Asked);
    return new Promise((resolve, reject) => void this.#waiting.set(id, { thread, resolve, reject }));
  }

  #start(): void {
    const { making, decoders } = this;
    const worker = new Worker(threadEntry("decoding-thread"), { workerData: { making, decoders } });
    this.#threads.push({ worker, asked: 0 });
    worker.on("message", (told: Told) => this.#hear(told));
    worker.on("error", (error: Error & { readonly code?: string }) =>
      this.#fail(
        error.code === "ERR_WORKER_OUT_OF_MEMORY"
          ? new ShortMemoryError("There is too little memory at this moment for a thread that decodes pictures.")
          : error,
      ),
    );
    worker.on("exit", (code) => this.#fail(new Error(`A thread that decodes pictures ended with exit code ${code}.`)));
  }

  #hear(told: Told): void {
    const { thread, resolve, reject } = this.#waiting.get(told.id)!;
    this.#waiting.delete(told.id);
    thread.asked--;
    if ("decoded" in told) resolve(told.decoded);
    else reject(Object.assign(new Error("hw1 bug in a thread"), { stack: told.stack }));
  }

  #fail(error: Error): void {
    if (this.#isDisposed) return;
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

/** Pixels of pictures that are being decoded at one time, each of which takes up to 20 bytes of memory. */
const mostPixels = 60_000_000;

/**
 * Files with what they hold, in their order; some are decoded while others are read.
 *
 * @param bytesOf  reads a file when its turn comes, or says why it cannot be; null: it is left out
 * @throws         what `bytesOf` and `decode` throw
 */
export async function* decodedInOrder<File>(
  files: Iterable<File>,
  bytesOf: (file: File) => Promise<Uint8Array | string | null>,
  decoding: Decoding,
): AsyncGenerator<{ readonly file: File; readonly decoded: Decoded }> {
  const pending: { readonly file: File; readonly pixels: number; readonly decoded: Promise<Decoded> }[] = [];
  let pixels = 0;
  const first = async (): Promise<{ readonly file: File; readonly decoded: Decoded }> => {
    const { file, pixels: size, decoded } = pending.shift()!;
    pixels -= size;
    return { file, decoded: await decoded };
  };
  for (const file of files) {
    const bytes = await bytesOf(file);
    if (bytes === null) continue;
    const size = pixelsIn(bytes);
    while (pending.length > 0 && pixels + size > mostPixels) yield await first();
    const decoded = typeof bytes === "string" ? Promise.resolve({ unreadable: bytes }) : decoding.decode(bytes);
    // It is waited for later, and what went wrong is told then.
    decoded.catch(() => undefined);
    pending.push({ file, pixels: size, decoded });
    pixels += size;
    while (pending.length >= decoding.width) yield await first();
  }
  while (pending.length > 0) yield await first();
}
/** As its header says; 0 where that cannot be read. */
function pixelsIn(bytes: Uint8Array | string): number {
  if (typeof bytes === "string") return 0;
  try {
    const { height, width } = pictureHeader(bytesSource(bytes));
    return height * width;
  } catch (error) {
    if (!(error instanceof UnreadablePictureError)) throw error;
    return 0;
  }
}
