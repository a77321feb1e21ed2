import { expect, test } from "vitest";
import type { RunEvent } from "../../src/run/event.js";
import { runRemaining, stepRemainingMs } from "../../src/terminal/eta.js";
import { stagesOf } from "../../src/terminal/search-view.js";
import {
  advance,
  curveOf,
  elapsedOf,
  historyLimit,
  initialView,
  totalsOf,
  type View,
} from "../../src/terminal/view.js";
import { ended, foldRun, mnistRun, planned, planOf, runEnded, start, type Timed, training } from "./fixtures/events.js";

const replay = (events: readonly Timed[], untilMs = Number.POSITIVE_INFINITY): View =>
  events
    .filter(({ atMs }) => atMs <= untilMs)
    .reduce((view, { atMs, event }) => advance(view, event, atMs), initialView());
const after = (...events: readonly RunEvent[]): View =>
  events.reduce((view, event, index) => advance(view, event, index), initialView());
const statuses = (view: View): Record<string, string> =>
  Object.fromEntries(
    view.steps.all.map(({ stage, element, status }) => [element === null ? stage : `${stage}/${element}`, status]),
  );

test("steps stand in the order of the plan and take the status that events tell", () => {
  const plan = planOf(["a", "b", "c", "d", "e", "f"].map((stage) => planned(stage)));
  const view = after(
    plan,
    ended("a", { verdict: "reuse" }),
    start("b"),
    ended("b"),
    start("c"),
    ended("c", { status: "failed", error: "p.yaml:3:1  the loss is no longer a number\n\n3 | x" }),
    ended("d", { status: "skipped", reason: "c failed" }),
    start("e"),
  );
  expect(statuses(view)).toEqual({ a: "reused", b: "ran", c: "failed", d: "skipped", e: "running", f: "waiting" });
  expect(view.steps.all.map(({ headline }) => headline)[2]).toBe("p.yaml:3:1  the loss is no longer a number");
  expect(view.steps.all[3]!.reason).toBe("c failed");
  expect(totalsOf(view)).toEqual({ waiting: 1, running: 1, ran: 1, reused: 1, failed: 1, skipped: 1, all: 6, done: 4 });
});

test("a step that starts again, its result being damaged, is running again with nothing left of the first time", () => {
  const view = after(
    planOf([planned("a")]),
    start("a"),
    { event: "progress", stage: "a", element: null, epoch: 1, epochs: 2, loss: 1, fraction: 0.5 },
    ended("a", { headline: "1 epoch" }),
    start("a"),
  );
  expect(view.steps.all[0]).toMatchObject({
    status: "running",
    headline: "",
    progress: null,
    origin: null,
    history: [],
    elapsedMs: null,
  });
});

test("elements of a stage are grouped, and a step that the plan did not name joins them", () => {
  const view = replay(foldRun({ folds: 3 }), 100);
  expect(
    stagesOf(advance(view, start("cnn", "4"), 100)).map(({ stage, fansOut, steps }) => [stage, fansOut, steps.length]),
  ).toEqual(
    [
      ["digits", false, 1],
      ["folds", false, 1],
      ["cnn", true, 3],
      ["score", true, 3],
      ["curves", false, 1],
      // It comes after all others, and belongs to its stage all the same.
    ].map((row) => (row[0] === "cnn" ? ["cnn", true, 4] : row)),
  );
});

test("the newest of each number stays: a rate told in mid-epoch outlives the report of the epoch's end", () => {
  const view = replay(mnistRun({ epochs: 2, reports: 4 }), 10_010);
  expect(view.steps.all.find(({ stage }) => stage === "cnn")!.progress).toMatchObject({
    epoch: 1,
    epochs: 2,
    fraction: 0.5,
    unit: "images",
    examplesPerSecond: expect.any(Number),
    validationLoss: expect.any(Number),
  });
});

test("a curve holds at most 400 points, in order, and keeps the ends of epochs", () => {
  const events = training("cnn", null, { epochs: 100, fromMs: 0, epochMs: 100, reports: 20 });
  const view = replay([{ atMs: 0, event: planOf([planned("cnn")]) }, { atMs: 0, event: start("cnn") }, ...events]);
  const { history } = view.steps.all[0]!;
  expect(history.length).toBeLessThanOrEqual(historyLimit);
  expect(history.map(({ at }) => at)).toEqual([...history.map(({ at }) => at)].sort((a, b) => a - b));
  expect(history.filter(({ validationLoss }) => validationLoss !== null).length).toBe(100);
  expect(history[history.length - 1]!.at).toBe(100);
});

test("the curve of a training stays when it has ended, until another one has something to show", () => {
  const view = replay(mnistRun({ epochs: 2 }));
  expect(view.steps.all.every(({ history }) => history.length === 0)).toBe(true);
  expect(curveOf(view)).toMatchObject({ stage: "cnn", element: null, epochs: 2 });
  expect(curveOf(replay(foldRun(), 150_000))).toMatchObject({ stage: "cnn", element: "3" });
});

test("a steady training is estimated within a tenth, from its second report on", () => {
  const [epochs, epochMs] = [8, 10_000];
  for (const untilMs of [2000, 16_000, 40_000, 79_000]) {
    const step = replay(mnistRun({ epochs, epochMs }), untilMs).steps.all[2]!;
    const truth = epochs * epochMs + 10 - untilMs;
    expect(Math.abs(stepRemainingMs(step, untilMs)! - truth)).toBeLessThan(Math.max(600, 0.1 * truth));
  }
});

test("a resumed training is estimated by its pace since it was resumed, not since its first epoch", () => {
  const report = (fraction: number): RunEvent => ({
    event: "progress",
    stage: "cnn",
    element: null,
    epoch: 9,
    epochs: 10,
    loss: 1,
    fraction,
  });
  const timed: readonly Timed[] = [
    { atMs: 0, event: planOf([planned("cnn")]) },
    { atMs: 0, event: start("cnn") },
    { atMs: 1000, event: report(0.8) },
    { atMs: 6000, event: report(0.85) },
  ];
  expect(stepRemainingMs(replay(timed.slice(0, 3)).steps.all[0]!, 1000)).toBeNull();
  expect(stepRemainingMs(replay(timed).steps.all[0]!, 6000)).toBeCloseTo(15_000);
});

test("what is left of a run follows the graph and the number of jobs", () => {
  const chain = after(planOf([planned("a", { estimateMs: 1000 }), planned("b", { estimateMs: 2000, after: ["a"] })]));
  expect(runRemaining(chain, 0)).toEqual({ ms: 3000, complete: true });
  const four = after(planOf([1, 2, 3, 4].map((key) => planned("cnn", { element: String(key), estimateMs: 1000 }))));
  expect(runRemaining(four, 0)).toEqual({ ms: 2000, complete: true });
  const reused = after(planOf([planned("a", { verdict: "reuse", estimateMs: 500 })]));
  expect(runRemaining(reused, 0)).toBeNull();
});

test("what is left is unknown while no step tells, and a lower bound while some do not", () => {
  expect(runRemaining(after(planOf([planned("a"), planned("b")])), 0)).toBeNull();
  expect(runRemaining(after(planOf([planned("a", { estimateMs: 700 }), planned("b")])), 0)).toEqual({
    ms: 700,
    complete: false,
  });
});

test("folds that wait are taken to last as long as those that ran", () => {
  const step = (element: string, over = {}) => planned("cnn", { element, ...over });
  const view = after(
    planOf([step("1"), step("2"), step("3"), step("4"), step("5")]),
    ended("cnn", { element: "1", elapsedMs: 4000 }),
  );
  expect(runRemaining(view, 0)).toEqual({ ms: 8000, complete: true });
});

test("after an interrupt nothing that waits counts any more", () => {
  const view = after(planOf([planned("a", { estimateMs: 1000 }), planned("b", { estimateMs: 9000 })]), start("a"), {
    event: "interrupt",
    signal: "SIGINT",
  });
  expect(view.interrupted).toBe(true);
  expect(runRemaining(view, 1)!.ms).toBe(1000);
});

test("the clock runs until the run has ended", () => {
  const view = after(planOf([planned("a")]), start("a"));
  expect(elapsedOf(view, 5000)).toBe(5000);
  expect(elapsedOf(advance(view, runEnded({ elapsedMs: 1234 }), 6000), 9000)).toBe(1234);
  expect(elapsedOf(initialView(), 9000)).toBe(0);
});
