/**
 * Worker processes, kept warm: a step goes to an idle one, or a new one is started. A worker loads the engine as it
 * starts, so one that is started before it is needed does that while other steps read and split.
 *
 * A worker ends when its channel closes, so none outlives the parent. A worker that dies in a step costs that step
 * alone.
 */
import { type ChildProcess, fork } from "node:child_process";
import type { ExecutionReport } from "../compute/execution.js";
import { EnvironmentError, LocalMistakeError, MistakeError, ShortMemoryError } from "../diagnostic/diagnostic.js";
import { ChangedFileError, InterruptedError } from "../pipeline/run-context.js";
import { CorruptBlobError, LostArtifactError } from "../store/store.js";
import type { Digest } from "../util/digest.js";
import { unreachable } from "../util/unreachable.js";
import type { StepHooks, StepRequest } from "./execute.js";
import type { Ending, FromWorker, ToWorker } from "./messages.js";

/** What a worker tells while it computes. */
export interface WorkerHooks extends Omit<StepHooks, "stopping"> {
  /** @param report  of how the steps are computed */
  execution(report: ExecutionReport): void;
}
/** The worker process ended in the middle of a step. */
export class WorkerLostError extends Error {
  override name = "WorkerLostError";
}

export class WorkerPool {
  readonly #idle: ChildProcess[] = [];
  readonly #busy = new Set<ChildProcess>();
  /** Those that have not said yet that they are ready. */
  readonly #loading = new Set<ChildProcess>();
  #started = 0;

  /**
   * @param debug  takes lines for who looks inside (`util/debug.ts`), and what libraries write to a worker's stderr;
   *   workers are numbered as they start
   */
  constructor(
    readonly entry: string,
    readonly storeFolder: string,
    readonly engine: string,
    readonly debug?: (worker: number, line: string) => void,
  ) {}

  /** Starts a worker for a step to come. */
  prepare(): void {
    if (this.#idle.length === 0) this.#idle.push(this.#start());
  }

  /**
   * Steps with the same options go to one worker together. @returns an artifact's digest for each, or what went wrong
   *
   * @param signal  ends the worker in the middle of them, as if it were lost
   */
  async run(
    requests: readonly StepRequest[],
    hooks: WorkerHooks,
    signal?: AbortSignal,
  ): Promise<readonly (Digest | Error)[]> {
    const child = this.#takeIdle() ?? this.#start();
    this.#busy.add(child);
    try {
      return await this.#converse(child, requests, hooks, signal);
    } finally {
      this.#busy.delete(child);
      if (isAlive(child)) this.#idle.push(child);
    }
  }

  #takeIdle(): ChildProcess | undefined {
    for (let child = this.#idle.pop(); child; child = this.#idle.pop()) if (isAlive(child)) return child;
    return undefined;
  }

  /** Ends the workers that are idle, and their hold on memory; the next step gets a new one. */
  async dismissIdle(): Promise<void> {
    const idle = this.#idle.splice(0).filter(isAlive);
    await Promise.all(
      idle.map((child) => {
        const ended = new Promise((resolve) => child.once("exit", resolve));
        this.#release(child);
        return ended;
      }),
    );
  }

  /** Asks every step under way to stop; what is still at work after `graceMs` is ended. */
  stop(graceMs: number): void {
    for (const child of this.#busy) send(child, { type: "stop" });
    setTimeout(() => {
      for (const child of this.#busy) child.kill("SIGKILL");
    }, graceMs).unref();
  }

  close(): void {
    for (const child of [...this.#idle, ...this.#busy]) this.#release(child);
  }

  #release(child: ChildProcess): void {
    // One that loads and was never needed has opened nothing, and would only notice the closed channel afterwards.
    if (this.#loading.has(child) && !this.#busy.has(child)) child.kill("SIGKILL");
    else if (child.connected) child.disconnect();
  }

  /** Ends every worker at once. */
  kill(): void {
    for (const child of [...this.#idle, ...this.#busy]) child.kill("SIGKILL");
  }

  #start(): ChildProcess {
    // A group of its own: Ctrl-C in the terminal reaches the parent alone, which asks workers to stop.
    const child = fork(this.entry, [this.storeFolder, this.engine], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "advanced",
      detached: true,
      execArgv: process.execArgv,
    });
    child.setMaxListeners(20);
    child.stderr!.setEncoding("utf8");
    this.#loading.add(child);
    child.on("message", (message: FromWorker) => {
      if (message.type === "ready") this.#loading.delete(child);
    });
    if (this.debug) this.#forward(child, this.debug);
    return child;
  }

  /** Also of what is said between two steps. */
  #forward(child: ChildProcess, debug: (worker: number, line: string) => void): void {
    const number = ++this.#started;
    child.on("message", (message: FromWorker) => {
      if (message.type === "debug") for (const line of message.lines) debug(number, line);
    });
    let rest = "";
    child.stderr!.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) debug(number, line);
    });
    child.stderr!.on("end", () => {
      if (rest !== "") debug(number, rest);
    });
  }

  #converse(
    child: ChildProcess,
    requests: readonly StepRequest[],
    hooks: WorkerHooks,
    signal: AbortSignal | undefined,
  ): Promise<readonly (Digest | Error)[]> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => void child.kill("SIGKILL");
      let complaint = "";
      const onStderr = (chunk: string): void => {
        complaint = (complaint + chunk).slice(-2000);
      };
      const settle = (finish: () => void): void => {
        child.off("message", onMessage);
        child.off("exit", onExit);
        child.stderr?.off("data", onStderr);
        signal?.removeEventListener("abort", onAbort);
        finish();
      };
      const onExit = (code: number | null, signal: string | null): void => {
        const how = signal ? `by ${signal}` : `with exit code ${code}`;
        const said = complaint ? `\n\n${complaint.trim()}` : "";
        settle(() => reject(new WorkerLostError(`The worker process ended ${how}.${said}`)));
      };
      const onMessage = (message: FromWorker): void => {
        if (message.type === "ready" || message.type === "debug") return;
        if (message.type === "progress") hooks.progress(message.index, message.progress);
        else if (message.type === "execution") hooks.execution(message.report);
        else if (message.type === "measured") hooks.measured?.(message.index, message.speed);
        else if (message.type === "resumed") hooks.resumed?.(message.index, message.resumed);
        else if (message.type === "failing") hooks.failing?.(message.index, message.epochs);
        else if (message.type === "warning") hooks.warn(message.index, message.message, message.name);
        else
          settle(() =>
            resolve(message.endings.map((ending) => (ending.type === "done" ? ending.artifact : errorOf(ending)))),
          );
      };
      child.on("message", onMessage);
      child.on("exit", onExit);
      child.stderr?.on("data", onStderr);
      send(child, { type: "steps", requests });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}

/** What a worker said of a step that did not succeed, as the error that it was there. */
function errorOf(message: Exclude<Ending, { readonly type: "done" }>): Error {
  switch (message.type) {
    case "interrupted":
      return new InterruptedError();
    case "mistake":
      return new (message.local ? LocalMistakeError : MistakeError)(message.mistake);
    case "environment":
      return new (message.memory ? ShortMemoryError : EnvironmentError)(message.message);
    case "corrupt":
      return new CorruptBlobError(message.blob);
    case "lost":
      return new LostArtifactError(message.artifact);
    case "changed":
      return new ChangedFileError(message.path);
    case "bug":
      return Object.assign(new Error("hw1 bug in a worker"), { stack: message.stack });
    default:
      return unreachable(message);
  }
}

/** One that was told to end may look alive for a moment, and would take the next step along. */
const isAlive = (child: ChildProcess): boolean =>
  child.connected && !child.killed && child.exitCode === null && child.signalCode === null;

function send(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}
