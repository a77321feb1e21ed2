/** What is written where there is no screen, and what stands when it has gone: exact lines. */
import { expect, test } from "vitest";
import type { PlannedStep, RunEvent } from "../../src/run/event.js";
import { modeOf } from "../../src/terminal/mode.js";
import { painter } from "../../src/text/color.js";
import { jsonLine } from "../../src/text/json.js";
import { plainReporter } from "../../src/text/plain.js";
import { renderPlan } from "../../src/text/plan.js";
import { type ListedRun, renderRuns } from "../../src/text/runs.js";
import { renderSummary } from "../../src/text/summary.js";
import { formatDuration, formatNumber, formatPercent } from "../../src/util/numbers.js";
import { ended, mnistRun, planned, runEnded, start } from "../terminal/fixtures/events.js";

type StepEvent = Extract<RunEvent, { event: "step" }>;
const linesOf = (events: readonly RunEvent[]): string[] => {
  const report = plainReporter(() => 0);
  return events.map(report).filter((line): line is string => line !== null);
};
const step = (stage: string, over: Partial<StepEvent> = {}): StepEvent => ended(stage, over) as StepEvent;

test("a run is told in one line per event that matters, each epoch once", () => {
  expect(linesOf(mnistRun({ epochs: 2 }).map(({ event }) => event))).toEqual([
    "mnist-cnn: 8 steps, 2 to reuse, 2 to run, 4 to be judged later; 2 jobs, engine onnx",
    "digits reused  train 60000, test 10000",
    "parts reused  train 55000, validation 5000",
    "cnn runs: epochs was 5, is 8",
    "samples runs: it has never run",
    "samples ran in 0.7 s  Examples of digits.train",
    "cnn epoch 1 of 2: loss 0.1098, accuracy 97.25 %; validation loss 0.1398, accuracy 96.30 %",
    "cnn epoch 2 of 2: loss 0.05864, accuracy 98.53 %; validation loss 0.08864, accuracy 97.33 %",
    "cnn ran in 20 s  2 epochs, best 2, validation loss 0.0349, accuracy 99.10 %",
    "score runs: it has never run",
    "score ran in 1.9 s  accuracy 99.23 %, loss 0.0251",
    "curves ran in 0.6 s  Learning curves of cnn",
    "confusion ran in 0.8 s  Confusion matrix",
    "report ran in 0.4 s  Classification report",
    "Done: 6 ran, 2 reused, in 1 min 24 s",
  ]);
});

test("a step without epochs that takes its time says how far it is, once in five seconds", () => {
  let nowMs = 60_000;
  const report = plainReporter(() => nowMs);
  const reached = (atMs: number, fraction: number): string | null => {
    nowMs = 60_000 + atMs;
    return report({
      event: "progress",
      stage: "score",
      element: null,
      fraction,
      examplesPerSecond: 9000,
      unit: "images",
    });
  };
  report(start("score"));
  expect([
    reached(200, 0.01),
    reached(4_900, 0.3),
    reached(5_000, 0.317),
    reached(9_900, 0.6),
    reached(10_100, 0.7),
  ]).toEqual([null, null, "score 31 %", null, "score 70 %"]);
});

test("failures, skipped steps, an interrupt and elements have their lines too", () => {
  expect(
    linesOf([
      start("cnn", "3"),
      { event: "progress", stage: "cnn", element: "3", epoch: 1, epochs: 5, loss: 0.25 },
      { event: "progress", stage: "cnn", element: "3", message: "compiling" },
      { event: "remark", stage: "cnn", element: "3", message: "`validation` is raw, so it is normalised" },
      { event: "execution", stage: "cnn", element: "3", threads: 2, spins: true, tried: [], cores: 2 },
      { event: "warning", stage: "cnn", element: "3", message: "told on stderr instead" },
      step("cnn", { element: "3", status: "failed", elapsedMs: 61_000, error: "why" }),
      step("score", { element: "3", status: "skipped", reason: "cnn failed" }),
      { event: "interrupt", signal: "SIGTERM" },
      runEnded({ status: "failed", ran: 0, reused: 0, failed: 1, elapsedMs: 61_500 }),
      runEnded({ status: "interrupted", ran: 1, reused: 0, elapsedMs: 900 }),
    ]),
  ).toEqual([
    "cnn/3 runs: it has never run",
    "cnn/3 epoch 1 of 5: loss 0.25",
    "cnn/3 compiling",
    "cnn/3: `validation` is raw, so it is normalised",
    "cnn/3 failed after 1 min 01 s",
    "score/3 skipped: cnn failed",
    "Stopping: the steps under way keep their checkpoints. Ctrl-C again stops at once.",
    "Failed: 0 ran, 0 reused, 1 failed, in 1 min 02 s",
    "Interrupted: 1 ran, 0 reused, in 0.9 s",
  ]);
});

test("JSON is one event a line, and a number that JSON cannot say is null", () => {
  expect(jsonLine(step("score", { headline: "two\nlines" }))).toBe(
    '{"event":"step","stage":"score","element":null,"verdict":"run","status":"ok","digest":"sha256-0","reason":"it has never run","elapsedMs":1000,"headline":"two\\nlines"}\n',
  );
  expect(jsonLine({ event: "progress", stage: "cnn", element: "1", epoch: 1, epochs: 2, loss: Number.NaN })).toBe(
    '{"event":"progress","stage":"cnn","element":"1","epoch":1,"epochs":2,"loss":null}\n',
  );
  for (const { event } of mnistRun({ epochs: 1 })) expect(jsonLine(event).split("\n")).toHaveLength(2);
});

test("a screen wants a terminal on both sides and no CI; flags beat everything", () => {
  const terminal = { stdout: true, stdin: true, env: { TERM: "xterm-256color" } };
  expect(modeOf({}, terminal)).toBe("screen");
  expect(modeOf({}, { ...terminal, stdout: false })).toBe("plain");
  expect(modeOf({}, { ...terminal, stdin: false })).toBe("plain");
  expect(modeOf({}, { ...terminal, env: { TERM: "dumb" } })).toBe("plain");
  for (const [ci, mode] of [
    ["true", "plain"],
    ["1", "plain"],
    ["", "screen"],
    ["false", "screen"],
  ] as const)
    expect(modeOf({}, { ...terminal, env: { CI: ci } })).toBe(mode);
  // What is told for who looks inside would tear a screen; a name that says nothing tells nothing.
  expect(modeOf({}, { ...terminal, env: { HW1_DEBUG: "engine" } })).toBe("plain");
  expect(modeOf({ json: true }, { ...terminal, env: { HW1_DEBUG: "engine" } })).toBe("json");
  for (const HW1_DEBUG of ["", "motor"]) expect(modeOf({}, { ...terminal, env: { HW1_DEBUG } })).toBe("screen");
  expect(modeOf({ plain: true }, terminal)).toBe("plain");
  expect(modeOf({ quiet: true }, terminal)).toBe("quiet");
  expect(modeOf({ json: true, quiet: true, plain: true }, { ...terminal, stdout: false })).toBe("json");
});

test("a plan tells verdict, reason and estimate, elements with the same reason in one line", () => {
  const steps: readonly PlannedStep[] = [
    planned("digits", { verdict: "reuse", reason: "nothing changed", estimateMs: 0 }),
    planned("cnn", { element: "1", reason: "epochs was 5, is 8", estimateMs: 20_000 }),
    planned("cnn", { element: "2", reason: "epochs was 5, is 8", estimateMs: 20_000 }),
    planned("score", { element: "1", verdict: "wait", reason: "cnn/1 must run first" }),
    planned("score", { element: "2", verdict: "wait", reason: "cnn/2 must run first" }),
  ];
  expect(renderPlan(steps, { color: false, columns: 80 })).toBe(`digits       reused  nothing changed
cnn 1 … 2    runs    epochs was 5, is 8  about 40 s
score 1 … 2  waits   cnn/… must run first

2 to run, 2 waiting for them, 1 reused; about 40 s of work beside 2 steps of which no time is known.
`);
  const timed = steps.map((step) => ({ ...step, estimateMs: 5000 }));
  expect(renderPlan(timed, { color: false, columns: 80 })).toContain("1 reused; about 20 s of work.\n");
  expect(renderPlan([steps[0]!], { color: false, columns: 80 })).toBe(
    "digits  reused  nothing changed\n\nNothing to do.\n",
  );
});

test("past runs are a table; a run that did not end has no time", () => {
  const startedAt = new Date(2026, 0, 31, 9, 5, 7).getTime();
  const run: ListedRun = {
    id: 12,
    pipeline: "mnist-cnn",
    file: "p.yaml",
    startedAt,
    finishedAt: startedAt + 84_000,
    status: "ok",
    ran: 6,
    reused: 2,
    failed: 0,
    ledger: [],
  };
  expect(
    renderRuns([run, { ...run, id: 9, status: "lost", finishedAt: null, ran: 1 }], { color: false }),
  ).toBe(`run  started              pipeline   status  ran  reused  failed  took
 12  2026-01-31 09:05:07  mnist-cnn  ok        6       2       0  1 min 24 s
  9  2026-01-31 09:05:07  mnist-cnn  lost      1       2       0
`);
  expect(renderRuns([], { color: false })).toBe("No runs yet. `hw1 run FILE` makes the first.\n");
  const opening = { run: 3, pipeline: "study", stage: "score", element: null, data: "d", model: "m", at: "" };
  const more = { afterSelection: true, later: [], openings: [opening] };
  const lost = [{ examples: "set", opened: 1, models: 1, looks: 0, ...more }];
  expect(renderRuns([], { color: false, lost })).toBe(`No runs yet. \`hw1 run FILE\` makes the first.

Of runs whose history was lost:
study: test set opened 1 time, for 1 model, after selection
`);
});

test("the summary tells each stage, the figures and the end on one screen", () => {
  const steps = mnistRun().flatMap(({ event }) => (event.event === "step" ? [event] : []));
  const text = renderSummary(
    {
      steps,
      run: runEnded() as Extract<RunEvent, { event: "run" }>,
      figures: ["/cache/figures/mnist-cnn/curves.svg", "/cache/figures/mnist-cnn/curves.png"],
      broken: [],
    },
    { color: false, columns: 80, rows: 24 },
  );
  expect(text).toBe(`= digits     reused  train 60000, test 10000
= parts      reused  train 55000, validation 5000
✓ samples    Examples of digits.train  0.7 s
✓ cnn        8 epochs, best 8, validation loss 0.0349, accuracy 99.…  1 min 20 s
✓ score      accuracy 99.23 %, loss 0.0251  1.9 s
✓ curves     Learning curves of cnn  0.6 s
✓ confusion  Confusion matrix  0.8 s
✓ report     Classification report  0.4 s

Figures (SVG and PNG): /cache/figures/mnist-cnn/

Done: 6 ran, 2 reused, in 1 min 24 s.
`);
});

test("the summary of a failed run shows why, what was skipped, and counts elements", () => {
  const steps = [
    step("cnn", { element: "1" }),
    step("cnn", { element: "2", status: "failed", error: "p.yaml:7:3  the loss is no longer a number" }),
    step("cnn", { element: "3", verdict: "reuse" }),
    step("score", { status: "skipped", reason: "cnn failed" }),
  ];
  const run = runEnded({ status: "failed", ran: 1, reused: 1, failed: 1, elapsedMs: 2000 }) as Extract<
    RunEvent,
    { event: "run" }
  >;
  expect(
    renderSummary({ steps, run, figures: [], broken: [] }, { color: false, columns: 80, rows: 24 }),
  ).toBe(`✗ cnn    1 ran, 1 reused, 1 failed  2.0 s
– score  skipped: cnn failed

cnn/2 failed

p.yaml:7:3  the loss is no longer a number

Failed: 1 ran, 1 reused, 1 failed, in 2.0 s.
`);
});

test("an expectation that does not hold is told, and many stages are cut to the window", () => {
  const steps = Array.from({ length: 40 }, (_, index) => step(`stage-${index}`));
  const lines = renderSummary(
    {
      steps,
      run: runEnded() as Extract<RunEvent, { event: "run" }>,
      figures: [],
      broken: ["score: accuracy is 0.97, expected >= 0.99"],
    },
    { color: false, columns: 80, rows: 24 },
  ).split("\n");
  expect(lines.length).toBeLessThan(24);
  expect(lines[15]).toBe("… 25 more stages");
  expect(lines[17]).toBe("An expectation does not hold: score: accuracy is 0.97, expected >= 0.99.");
  expect(lines[19]).toMatch(/^Done, but not as expected: /);
});

test("numbers and durations read as people say them", () => {
  expect([300, 9949, 12_000, 80_000, 3_900_000].map(formatDuration)).toEqual([
    "0.3 s",
    "9.9 s",
    "12 s",
    "1 min 20 s",
    "1 h 05 min",
  ]);
  expect([0.123456, 3, 1e-7, 1234567.5, Number.NaN].map(formatNumber)).toEqual([
    "0.1235",
    "3",
    "1.00e-7",
    "1.23e+6",
    "NaN",
  ]);
  expect(formatPercent(0.99234)).toBe("99.23 %");
  expect(painter(false)("red", "x")).toBe("x");
  expect(painter(true)("red", "x")).toBe("\u001b[31mx\u001b[0m");
});

test("a stage of many elements is one line when all have ended, and each that fails is told", () => {
  const report = plainReporter(() => 0);
  const names = Array.from({ length: 15 }, (_, index) => `t${index}`);
  report({
    event: "plan",
    pipeline: "p",
    jobs: 2,
    engine: "onnx",
    steps: names.map((element) => planned("fits", { element })),
  });
  const lines = names.flatMap((element, index) => [
    report({ event: "start", stage: "fits", element, reason: "never run" }),
    report({ event: "progress", stage: "fits", element, epoch: 1, epochs: 2, loss: 1 }),
    report(
      step("fits", {
        element,
        ...(index === 3 ? { status: "failed", elapsedMs: 1000 } : {}),
        ...(index > 9 ? { verdict: "reuse" } : {}),
      }),
    ),
  ]);
  expect(lines.filter((line) => line !== null)).toEqual([
    "fits/t3 failed after 1.0 s",
    "fits: of 15 elements 9 ran, 5 reused, 1 failed",
  ]);
});
