/**
 * What else computes on this machine: the time that all processors were busy, less what the engine had of it. That is
 * this process's own without its threads that compute beside the engine.
 *
 * A thread that spins always has time itself, so the load of others cannot be told from how fast it is.
 */
import { availableParallelism, cpus } from "node:os";
import { companyMs } from "../compute/company.js";

/** Milliseconds since some moment, all of them since the same. */
interface ProcessorTime {
  readonly processors: number;
  /** Of all processors together. */
  readonly busyMs: number;
  /** What the engine had of it. */
  readonly ownMs: number;
}
export interface LoadSource {
  now(): number;
  processorTime(): ProcessorTime;
}

/** Shorter spans say little: systems count in ticks of 10 ms and more. */
const spanMs = 500;
/** The first one is told sooner. */
const firstSpanMs = 200;
/** Others who take less than this of a core, such as a screen that is drawn, leave it to us. */
const tolerated = 0.35;

export interface Load {
  /** Cores that others leave, at least 1. */
  readonly freeCores: number;
  /** Rises with each span that was measured. */
  readonly span: number;
}

export class LoadMeter {
  readonly #source: LoadSource;
  #at: number;
  #before: ProcessorTime;
  #isFirst = true;
  #load: Load;

  constructor(source: LoadSource = system) {
    this.#source = source;
    this.#at = source.now();
    this.#before = source.processorTime();
    this.#load = { freeCores: this.#before.processors, span: 0 };
  }

  /** What lies behind says nothing of what comes: a new span begins. */
  restart(): void {
    this.#at = this.#source.now();
    this.#before = this.#source.processorTime();
    this.#isFirst = true;
  }

  /** The load in the last whole span. */
  read(): Load {
    const now = this.#source.now();
    const elapsedMs = now - this.#at;
    if (elapsedMs < (this.#isFirst ? firstSpanMs : spanMs)) return this.#load;
    const time = this.#source.processorTime();
    const othersMs = time.busyMs - this.#before.busyMs - (time.ownMs - this.#before.ownMs);
    const free = Math.floor(time.processors - Math.max(0, othersMs) / elapsedMs + tolerated);
    this.#load = { freeCores: Math.max(1, free), span: this.#load.span + 1 };
    this.#at = now;
    this.#before = time;
    this.#isFirst = false;
    return this.#load;
  }
}

const system: LoadSource = {
  now: () => performance.now(),
  processorTime() {
    const all = cpus();
    const { user, system: inKernel } = process.cpuUsage();
    return {
      // A system that tells nothing of its processors leaves them all to us.
      processors: all.length === 0 ? availableParallelism() : all.length,
      busyMs: all.reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0),
      ownMs: (user + inKernel) / 1000 - companyMs(),
    };
  },
};
