/**
 * Where the time of a session goes, op by op, from ONNX Runtime's own profiler.
 *
 * The profiler notes every call of an op, in memory, and writes them to a file in the end: some 600 bytes a call. So it
 * is switched off after a number of calls, and reading goes line by line. The files live in a folder of their own, which
 * is removed once they are read, or when the process exits.
 */
import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { Execution } from "../compute/execution.js";

/** An op in a step, by what it is called with. */
export interface OpTime {
  readonly op: string;
  /** Types of its inputs and outputs as the profiler has them. */
  readonly shapes: string;
  /** Milliseconds a step, of all its calls. */
  readonly stepMs: number;
  /** A step. */
  readonly calls: number;
}
export interface Profile {
  readonly execution: Execution;
  /** Steps that were measured, and those that the session took in all. */
  readonly steps: number;
  readonly allSteps: number;
  /** Milliseconds a step, with what lies between the ops. */
  readonly stepMs: number;
  /** The slowest first. */
  readonly ops: readonly OpTime[];
}

/** Calls of ops after which the profiler is switched off. */
const mostCalls = 100_000;
/** Ops that only hold others, whose time is theirs. */
const containers: ReadonlySet<string> = new Set(["Scan", "Loop", "If"]);

/** Of sessions that have not ended yet. */
const folders = new Set<string>();
let isExitWatched = false;
function removeAtExit(folder: string): void {
  folders.add(folder);
  if (isExitWatched) return;
  isExitWatched = true;
  process.on("exit", () => {
    for (const each of folders) rmSync(each, { recursive: true, force: true });
  });
}

type Profiled = { endProfiling(): void };

/** @returns undefined where there is no folder to write to: who looks never makes a step fail */
export function openProfiler(execution: Execution, nodesOfStep: number): SessionProfiler | undefined {
  try {
    return new SessionProfiler(mkdtempSync(join(tmpdir(), "hw1-profile-")), execution, nodesOfStep);
  } catch {
    return undefined;
  }
}

/** Of one session: made before it, told of each run, and asked at the end. */
export class SessionProfiler {
  /** What the session is made with. */
  readonly filePrefix: string;
  /** By run: the steps that it took. */
  readonly #steps: number[] = [];
  #isOver = false;

  /**
   * @param folder       its own, which it removes
   * @param nodesOfStep  ONNX nodes, at most
   */
  constructor(
    readonly folder: string,
    readonly execution: Execution,
    readonly nodesOfStep: number,
  ) {
    this.filePrefix = join(folder, "session");
    removeAtExit(folder);
  }

  /** @param session  which has just taken so many steps in a run */
  ran(steps: number, session: Profiled): void {
    this.#steps.push(steps);
    if (!this.#isOver && sum(this.#steps) * this.nodesOfStep >= mostCalls) this.#end(session);
  }

  #end(session: Profiled): void {
    this.#isOver = true;
    try {
      session.endProfiling();
    } catch {
      // What was written is looked at in the end.
    }
  }

  /** @returns what was measured, or null where nothing ran or nothing can be read */
  finish(session: Profiled): Profile | null {
    try {
      if (!this.#isOver) this.#end(session);
      const [file] = readdirSync(this.folder);
      return file === undefined ? null : summed(this.execution, readRuns(join(this.folder, file)), this.#steps);
    } catch {
      // The disk was full, say.
      return null;
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
      folders.delete(this.folder);
    }
  }
}

interface OpCalls {
  readonly op: string;
  readonly shapes: string;
  us: number;
  calls: number;
}
interface Run {
  readonly us: number;
  readonly ops: ReadonlyMap<string, OpCalls>;
}
/** A line of the file. Times in microseconds. */
interface Entry {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly object[];
    readonly output_type_shape?: readonly object[];
  };
}

/** The calls of a run stand before the line of the run itself. */
function readRuns(path: string): readonly Run[] {
  const runs: Run[] = [];
  let ops = new Map<string, OpCalls>();
  for (const line of linesOf(path)) {
    const text = line.replace(/,$/, "");
    if (!text.startsWith("{")) continue;
    const { cat, name, dur, args } = JSON.parse(text) as Entry;
    if (cat === "Session" && name === "model_run") {
      runs.push({ us: dur, ops });
      ops = new Map();
    } else if (cat === "Node" && name.endsWith("_kernel_time")) addCall(ops, args, dur);
  }
  return runs;
}

function addCall(ops: Map<string, OpCalls>, { op_name: op = "", ...types }: Entry["args"], us: number): void {
  if (containers.has(op)) return;
  const shapes = `${shapesText(types.input_type_shape)} → ${shapesText(types.output_type_shape)}`;
  const key = `${op} ${shapes}`;
  const known = ops.get(key);
  if (known) {
    known.us += us;
    known.calls++;
  } else ops.set(key, { op, shapes, us, calls: 1 });
}

/** `float[64,28,28,1] int64[4]` */
const shapesText = (types: readonly object[] = []): string =>
  types.flatMap((each) => Object.entries(each).map(([type, shape]) => `${type}[${shape}]`)).join(" ");

function* linesOf(path: string): Generator<string> {
  const file = openSync(path, "r");
  const buffer = Buffer.alloc(1 << 20);
  const decoder = new StringDecoder();
  let rest = "";
  try {
    for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer)) {
      const lines = (rest + decoder.write(buffer.subarray(0, length))).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    yield rest;
  } finally {
    closeSync(file);
  }
}

/** The first half of the runs, which touches fresh memory, is left out. @param steps  by run, those not profiled too */
function summed(execution: Execution, runs: readonly Run[], steps: readonly number[]): Profile | null {
  const first = Math.floor(runs.length / 2);
  const counted = sum(steps.slice(first, runs.length));
  if (counted === 0) return null;
  const totals = new Map<string, OpCalls>();
  for (const { ops } of runs.slice(first))
    for (const [key, { op, shapes, us, calls }] of ops) {
      const total = totals.get(key) ?? { op, shapes, us: 0, calls: 0 };
      total.us += us;
      total.calls += calls;
      totals.set(key, total);
    }
  return {
    execution,
    steps: counted,
    allSteps: sum(steps),
    stepMs: sum(runs.slice(first).map(({ us }) => us)) / counted / 1000,
    ops: [...totals.values()]
      .map(({ op, shapes, us, calls }) => ({ op, shapes, stepMs: us / counted / 1000, calls: calls / counted }))
      .sort((a, b) => b.stepMs - a.stepMs),
  };
}

/** Whatever an op is called with. */
export function byOp(ops: readonly OpTime[]): readonly Omit<OpTime, "shapes">[] {
  const totals = new Map<string, { op: string; stepMs: number; calls: number }>();
  for (const { op, stepMs, calls } of ops) {
    const total = totals.get(op) ?? { op, stepMs: 0, calls: 0 };
    totals.set(op, { op, stepMs: total.stepMs + stepMs, calls: total.calls + calls });
  }
  return [...totals.values()].sort((a, b) => b.stepMs - a.stepMs);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
