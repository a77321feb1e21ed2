/** How a program's execution is chosen: by what calls took and by the cores that others leave, never by a clock here. */
import { expect, test } from "vitest";
import { accompany, companyMs } from "../../src/compute/company.js";
import type { Execution, ExecutionReport } from "../../src/compute/execution.js";
import { type Choice, MeasuredExecutions } from "../../src/engine/execution.js";
import { LoadMeter, type LoadSource } from "../../src/engine/load.js";

/** A machine with a load that a test sets, and what its choices told. */
function machine(threads: number, freeCores = threads) {
  const load = { freeCores, span: 0 };
  const executions = new MeasuredExecutions(threads, { read: () => load, restart: () => undefined });
  const told: ExecutionReport[] = [];
  executions.tell = (report) => told.push(report);
  return { load, executions, told };
}
const text = ({ threads, spins }: Execution): string => `${threads}${spins ? " spinning" : ""}`;

const lastWay = new WeakMap<Choice, string>();
/** Calls of 10 steps that take what `stepMs` says; @returns how each was computed */
function calls(choice: Choice, count: number, stepMs: (execution: Execution) => number): readonly string[] {
  return Array.from({ length: count }, () => {
    const way = text(choice.current);
    // A session's first call takes far longer, and says nothing.
    const isFirst = way !== lastWay.get(choice);
    choice.took({ steps: 10, elapsedMs: 10 * stepMs(choice.current) * (isFirst ? 5 : 1), isFirst });
    lastWay.set(choice, way);
    return way;
  });
}
const gainful = ({ threads, spins }: Execution): number => 20 / (spins ? threads : 1);
const shortSteps = ({ threads }: Execution): number => (threads === 1 ? 6 : 7);

test("with one thread there is nothing to choose or to tell", () => {
  const { executions, told } = machine(1);
  expect(new Set(calls(executions.of("a"), 20, gainful))).toEqual(new Set(["1"]));
  expect(told).toEqual([]);
  expect(executions.single).toEqual({ threads: 1, spins: false });
});

test("one thread is tried, then all cores spinning; what gains stays, and is told with what was measured", () => {
  const { executions, told } = machine(2);
  const ways = calls(executions.of("a"), 9, gainful);
  expect(ways).toEqual(["1", "1", "1", ...Array(6).fill("2 spinning")]);
  expect(told).toEqual([
    {
      threads: 2,
      spins: true,
      tried: [
        { threads: 1, spins: false, stepMs: 20 },
        { threads: 2, spins: true, stepMs: 10 },
      ],
      cores: 2,
    },
  ]);
});

test("steps that are too short for several threads are computed by one", () => {
  const { executions, told } = machine(2);
  const ways = calls(executions.of("a"), 30, shortSteps);
  expect([...new Set(ways)]).toEqual(["1", "2 spinning", "2"]);
  expect(ways.slice(-10)).toEqual(Array(10).fill("1"));
  expect(told.map(text)).toEqual(["1"]);
});

test("more cores have to be worth it", () => {
  const { executions } = machine(4);
  const ways = calls(executions.of("a"), 30, ({ threads }) => (threads === 1 ? 20 : 19.5));
  expect(ways.at(-1)).toBe("1");
});

test("a core that others keep busy is left to them, and nothing spins where one is left", () => {
  const { executions } = machine(2, 1);
  const ways = calls(executions.of("a"), 30, gainful);
  expect([...new Set(ways)]).toEqual(["1", "2"]);
  expect(ways.at(-1)).toBe("1");
  expect(executions.single).toEqual({ threads: 1, spins: false });
  const four = machine(4, 3);
  expect([...new Set(calls(four.executions.of("a"), 30, gainful))]).toEqual(["1", "3 spinning"]);
  expect(four.executions.single).toEqual({ threads: 3, spins: true });
});

test("when others begin to compute, spinning ends after two spans, and comes back when they have ended", () => {
  const { executions, load } = machine(2);
  const choice = executions.of("a");
  expect(calls(choice, 9, gainful).at(-1)).toBe("2 spinning");
  load.freeCores = 1;
  load.span++;
  expect(calls(choice, 5, gainful).at(-1)).toBe("2 spinning");
  load.span++;
  expect(calls(choice, 12, gainful).at(-1)).toBe("1");
  load.freeCores = 2;
  load.span++;
  calls(choice, 1, gainful);
  load.span++;
  expect(calls(choice, 12, gainful).at(-1)).toBe("2 spinning");
});

test("a moment of load changes nothing", () => {
  const { executions, load, told } = machine(2);
  const choice = executions.of("a");
  calls(choice, 9, gainful);
  for (let span = 1; span < 20; span++) {
    load.span = span;
    load.freeCores = 1 + (span % 2);
    expect(calls(choice, 3, gainful)).toEqual(Array(3).fill("2 spinning"));
  }
  expect(told.length).toBe(1);
});

test("a choice is looked at again when steps have become slower for good, and not while they take what they took", () => {
  const { executions, told } = machine(2);
  const choice = executions.of("a");
  calls(choice, 1000, gainful);
  expect(told.length).toBe(1);
  const spoilt = ({ threads }: Execution): number => (threads === 1 ? 20 : 30);
  expect(calls(choice, 300, spoilt).at(-1)).toBe("1");
  expect(told.map(text)).toEqual(["2 spinning", "1"]);
});

test("a choice that was close is looked at again, ever more seldom, and corrected where a moment misled it", () => {
  const { executions, told } = machine(2);
  const choice = executions.of("a");
  calls(choice, 9, ({ spins }) => (spins ? 25 : 20));
  expect(told.map(text)).toEqual(["1"]);
  calls(choice, 70, ({ spins }) => (spins ? 18 : 20));
  expect(told.map(text)).toEqual(["1", "2 spinning"]);
  calls(choice, 90, ({ spins }) => (spins ? 18 : 20));
  expect(told.length).toBe(2);
  calls(choice, 900, ({ spins }) => (spins ? 18 : 20));
  expect(told.length).toBe(5);
});

test("programs of one structure share what was found out; another begins with it, and finds out for itself", () => {
  const { executions, told } = machine(2);
  calls(executions.of("a"), 9, gainful);
  expect(calls(executions.of("a"), 1, gainful)).toEqual(["2 spinning"]);
  const other = calls(executions.of("b"), 60, shortSteps);
  expect(other[0]).toBe("2 spinning");
  expect(other.at(-1)).toBe("1");
  expect(told.map(text)).toEqual(["2 spinning", "1"]);
  expect(calls(executions.of("a"), 1, gainful)).toEqual(["2 spinning"]);
});

test("what is taken over is what the machine still has", () => {
  const { executions, load } = machine(2);
  calls(executions.of("a"), 9, gainful);
  load.freeCores = 1;
  expect(calls(executions.of("b"), 1, gainful)).toEqual(["1"]);
});

/** Two processors, of which others and this process take shares. */
function processors() {
  const state = { atMs: 0, othersMs: 0, ownMs: 0, reads: 0 };
  const source: LoadSource = {
    now: () => state.atMs,
    processorTime() {
      state.reads++;
      return { processors: 2, busyMs: state.othersMs + state.ownMs, ownMs: state.ownMs };
    },
  };
  const pass = (ms: number, others: number, own: number): void => {
    state.atMs += ms;
    state.othersMs += ms * others;
    state.ownMs += ms * own;
  };
  return { source, pass, state };
}

test("this process's own threads are no load, however much they spin; another process is", () => {
  const { source, pass } = processors();
  const meter = new LoadMeter(source);
  pass(1000, 0, 2);
  expect(meter.read().freeCores).toBe(2);
  pass(1000, 1, 1);
  expect(meter.read().freeCores).toBe(1);
  pass(1000, 0.2, 1.8);
  expect(meter.read().freeCores).toBe(2);
  pass(1000, 2, 0);
  expect(meter.read().freeCores).toBe(1);
});

test("threads beside the engine are load of others, also once they have ended", () => {
  const before = companyMs();
  let busy = 0;
  const leave = accompany(() => busy);
  busy = 300;
  expect(companyMs() - before).toBe(300);
  leave();
  busy = 0;
  leave();
  expect(companyMs() - before).toBe(300);
});

test("the load is that of whole spans, and asked of the system once a span", () => {
  const { source, pass, state } = processors();
  const meter = new LoadMeter(source);
  const before = state.reads;
  for (let turn = 0; turn < 10; turn++) {
    pass(10, 1, 1);
    expect(meter.read()).toEqual({ freeCores: 2, span: 0 });
  }
  expect(state.reads).toBe(before);
  pass(500, 1, 1);
  expect(meter.read()).toEqual({ freeCores: 1, span: 1 });
  meter.restart();
  expect(meter.read().span).toBe(1);
});
