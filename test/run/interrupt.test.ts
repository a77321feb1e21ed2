import { expect, onTestFinished, test } from "vitest";
import {
  type Interrupt,
  listenForInterrupt,
  type StopSignal,
  stopCodes,
  stopSignalOf,
} from "../../src/run/interrupt.js";

function listening(terminal: boolean): { readonly interrupt: Interrupt; readonly atOnce: number[] } {
  const atOnce: number[] = [];
  const interrupt = listenForInterrupt((code) => atOnce.push(code), terminal);
  onTestFinished(interrupt.dispose);
  return { interrupt, atOnce };
}
const arrive = (...signals: readonly ("SIGINT" | "SIGTERM" | "SIGHUP")[]): void => {
  for (const signal of signals) process.emit(signal);
};

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("with a terminal, %s asks the run to stop", (signal) => {
  const { interrupt, atOnce } = listening(true);
  arrive(signal);
  expect([interrupt.received(), interrupt.signal.aborted, interrupt.signal.reason, atOnce]).toEqual([
    signal,
    true,
    signal,
    [],
  ]);
});

test("without a terminal SIGHUP is ignored, and the other signals are not", () => {
  const { interrupt } = listening(false);
  arrive("SIGHUP");
  expect([interrupt.received(), interrupt.signal.aborted]).toEqual([null, false]);
  arrive("SIGTERM");
  expect(interrupt.received()).toBe("SIGTERM");
});

test("a second Ctrl-C or SIGTERM ends at once; a terminal that closes says so more than once and does not", () => {
  const { interrupt, atOnce } = listening(true);
  arrive("SIGHUP", "SIGHUP");
  interrupt.interrupt("SIGPIPE");
  expect([interrupt.received(), atOnce]).toEqual(["SIGHUP", []]);
  arrive("SIGTERM", "SIGINT");
  expect(atOnce).toEqual([143, 130]);
});

test("a terminal whose output broke before its signal came has hung up", () => {
  const { interrupt } = listening(true);
  interrupt.interrupt("SIGPIPE");
  expect(interrupt.received()).toBe("SIGPIPE");
  arrive("SIGHUP");
  expect(interrupt.received()).toBe("SIGHUP");
});

test("once it has hung up, a terminal that says so again does not end the process before it has come to its end", () => {
  const before = process.listenerCount("SIGHUP");
  const { interrupt } = listening(true);
  interrupt.dispose();
  expect(process.listenerCount("SIGHUP")).toBe(before);
  const hungUp = listening(true).interrupt;
  arrive("SIGHUP");
  hungUp.dispose();
  expect(process.listenerCount("SIGHUP")).toBe(before + 1);
  process.removeAllListeners("SIGHUP");
});

test("exit codes are 128 and the number of the signal; a reason that names none is Ctrl-C", () => {
  expect(stopCodes).toEqual({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 } satisfies Record<
    StopSignal,
    number
  >);
  expect(["SIGHUP", "toString", undefined].map(stopSignalOf)).toEqual(["SIGHUP", "SIGINT", "SIGINT"]);
});
