import fc from "fast-check";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import type { PlannedStep, RunEvent } from "../../src/run/event.js";
import { layout } from "../../src/terminal/layout.js";
import { advance, initialView, type View } from "../../src/terminal/view.js";
import { lineText, piece } from "../../src/text/line.js";
import { clip, pad, widthOf } from "../../src/util/width.js";
import { ended, foldRun, longRun, mnistRun, planned, planOf, start, type Timed } from "./fixtures/events.js";

const replay = (events: readonly Timed[], untilMs: number): View =>
  events
    .filter(({ atMs }) => atMs <= untilMs)
    .reduce((view, { atMs, event }) => advance(view, event, atMs), initialView());
const screen = (view: View, columns: number, rows: number, nowMs: number): string[] =>
  layout(view, { columns, rows, nowMs }).map(lineText);

test("80 × 24 shows title, graph, the running training and its curves", () => {
  const lines = screen(replay(mnistRun(), 34_000), 80, 24, 34_000);
  expect(lines.length).toBeLessThanOrEqual(23);
  expect(lines.slice(0, 12)).toEqual([
    "mnist-cnn  3 of 8 done · 34 s · about 49 s left",
    "",
    "= digits             reused  train 60000, test 10000",
    "=   parts            reused  train 55000, validation 5000",
    "●     cnn            ███████████░░░░░░░░░░░░░░░░   41 %  epoch 4 of 8  47 s left",
    "                     loss 0.0389  accuracy 99.03 %  1,799 images/s",
    "·       score        after cnn, about 2 s",
    "✓   samples          Examples of digits.train                              0.7 s",
    "·       curves       after cnn",
    "·         confusion  after score",
    "·         report     after score",
    "",
  ]);
  expect(lines[12]).toBe("loss  ── train  ╌╌ validation            accuracy  ── train  ╌╌ validation");
  expect(lines.join("")).toMatch(/[\u2801-\u28ff]/);
  expect(lines[lines.length - 1]).toBe("Ctrl-C stops and keeps the last checkpoint");
});

test("40 × 10 keeps what runs, its epoch and its loss, and counts the rest", () => {
  const lines = screen(replay(mnistRun(), 34_000), 40, 10, 34_000);
  expect(lines).toHaveLength(9);
  expect(lines.join("\n")).toContain("epoch 4 of 8");
  expect(lines.join("\n")).toContain("loss 0.0389");
  expect(lines.join("\n")).toMatch(/… \d waiting/);
});

test("20 × 6 still says what runs and how far it is", () => {
  const lines = screen(replay(mnistRun(), 34_000), 20, 6, 34_000);
  expect(lines.length).toBeLessThanOrEqual(5);
  expect(lines[0]).toBe("mnist-cnn  3 of 8");
  expect(lines.join("\n")).toMatch(/● cnn +41 %/);
});

test("a wide and high window shows both curves and the validation numbers", () => {
  const lines = screen(replay(mnistRun(), 34_000), 120, 40, 34_000);
  expect(lines.join("\n")).toContain("validation loss 0.09114, accuracy 97.28 %");
  expect(lines.filter((line) => /[\u2801-\u28ff]/.test(line)).length).toBeGreaterThan(8);
});

test("folds are a grid of one glyph each, with a line for each that is at work", () => {
  const lines = screen(replay(foldRun(), 130_000), 80, 24, 130_000);
  expect(lines.find((line) => line.includes("cnn"))).toMatch(/^● +cnn +2 of 10 {2}✓ ✓ ● ● · · · · · ·$/);
  expect(lines.filter((line) => /epoch 1[23] of 20/.test(line))).toHaveLength(2);
  const many = screen(replay(foldRun({ folds: 100 }), 400_000), 60, 20, 400_000);
  expect(many.length).toBeLessThanOrEqual(19);
  expect(many.join("")).toMatch(/✓{8}●●·{10}/);
});

test("a long pipeline shows where it is and counts what lies before and behind", () => {
  const lines = screen(replay(longRun(), 5000), 60, 15, 5000);
  expect(lines).toHaveLength(14);
  expect(lines[2]).toMatch(/^… \d+ done$/);
  expect(lines.join("\n")).toContain("● stage-31");
  expect(lines[11]).toMatch(/^… \d+ waiting$/);
});

test("an evaluation, which has no epochs, shows how far it is and how fast", () => {
  const reached = (fraction: number): RunEvent => ({
    event: "progress",
    stage: "score",
    element: null,
    fraction,
    examplesPerSecond: 8123.4,
    unit: "images",
  });
  const events: readonly (readonly [number, RunEvent])[] = [
    [0, planOf([planned("score")])],
    [0, start("score")],
    [10_000, reached(0.25)],
    [20_000, reached(0.5)],
  ];
  const view = events.reduce((before, [atMs, event]) => advance(before, event, atMs), initialView());
  expect(screen(view, 80, 24, 20_000)[2]).toMatch(/^● score +█+░+ +50 %/);
  expect(screen(view, 80, 24, 20_000).join("\n")).toContain("8,123 images/s");
});

test("every status has a glyph of its own, so that nothing is told by colour alone", () => {
  const stages = ["a", "b", "c", "d", "e", "f"];
  const events: RunEvent[] = [
    planOf(stages.map((stage) => planned(stage))),
    ended("a"),
    ended("b", { verdict: "reuse" }),
    start("c"),
    ended("d", { status: "failed", error: "no" }),
    ended("e", { status: "skipped", reason: "d failed" }),
  ];
  const lines = screen(
    events.reduce((view, event) => advance(view, event, 0), initialView()),
    80,
    24,
    0,
  );
  expect(lines.slice(2, 8).map((line) => line.slice(0, 3))).toEqual(["✓ a", "= b", "● c", "✗ d", "– e", "· f"]);
  expect(lines[0]).toContain("1 failed");
});

test("after Ctrl-C the last line says what happens and what a second one does", () => {
  const view = advance(replay(mnistRun(), 34_000), { event: "interrupt", signal: "SIGINT" }, 34_000);
  expect(screen(view, 90, 24, 34_000).at(-1)).toBe(
    "Stopping: the steps under way keep their checkpoints. Ctrl-C again stops at once.",
  );
});

test("control characters of names and headlines never reach the terminal", () => {
  const events = [
    planOf([planned("a\u001b[31m")]),
    ended("a\u001b[31m", { headline: "two\nlines\u0007 \u001b]0;x\u0007" }),
  ];
  const text = screen(
    events.reduce((view, event) => advance(view, event, 0), initialView()),
    80,
    24,
    0,
  ).join("");
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});

test("a clipped text keeps its graphemes whole and ends in an ellipsis", () => {
  expect(clip("validation", 6)).toBe("valid…");
  expect(clip("数字识别", 6)).toBe("数字…");
  expect(pad("数字", 6)).toBe("数字  ");
  expect(clip("anything", 0)).toBe("");
});

test("the width of a text is never told smaller than it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 12 }), (text) => {
      const clean = piece(text).text;
      expect(widthOf(clean)).toBeGreaterThanOrEqual(stringWidth(clean));
    }),
    { numRuns: 500 },
  );
});

const word = fc.oneof(
  fc.constantFrom("digits", "cnn", "score", "a", "测试集", "naïve-é", "🧠net", "x".repeat(70)),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
);
const number = fc.oneof(fc.double(), fc.double({ min: 0, max: 3, noNaN: true }), fc.constantFrom(Number.NaN, 0, 1, -1));
const element = fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 12 }).map(String), fc.constantFrom("1/2", "2/1"));
const name = fc.record({ stage: word, element });
const plannedStep: fc.Arbitrary<PlannedStep> = fc
  .tuple(
    name,
    fc.constantFrom("reuse" as const, "run" as const, "wait" as const),
    fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
    fc.array(word, { maxLength: 3 }),
  )
  .map(([own, verdict, estimateMs, after]) => planned(own.stage, { ...own, verdict, estimateMs, after }));
const progress = fc.record(
  {
    epoch: fc.nat(9999),
    epochs: fc.nat(9999),
    loss: number,
    accuracy: number,
    validationLoss: number,
    validationAccuracy: number,
    fraction: number,
    examplesPerSecond: number,
    message: word,
  },
  { requiredKeys: [] },
);
const event: fc.Arbitrary<RunEvent> = fc.oneof(
  name.map((own) => start(own.stage, own.element)),
  fc.tuple(name, progress).map(([own, told]): RunEvent => ({ event: "progress", ...own, ...told })),
  fc
    .tuple(
      name,
      fc.constantFrom("ok" as const, "failed" as const, "skipped" as const),
      fc.constantFrom("reuse" as const, "run" as const),
      word,
      fc.nat(1e9),
    )
    .map(([own, status, verdict, headline, elapsedMs]) =>
      ended(own.stage, { ...own, status, verdict, headline, elapsedMs }),
    ),
  fc.constant<RunEvent>({ event: "interrupt", signal: "SIGINT" }),
  name.map((own): RunEvent => ({ event: "warning", ...own, message: "x" })),
);

test("no frame of any run is higher than the window less one, nor wider than the window", () => {
  fc.assert(
    fc.property(
      word,
      fc.array(plannedStep, { maxLength: 40 }),
      fc.array(event, { maxLength: 60 }),
      fc.integer({ min: 20, max: 200 }),
      fc.integer({ min: 6, max: 60 }),
      (pipeline, steps, events, columns, rows) => {
        let view = advance(initialView(), planOf(steps, pipeline), 0);
        // Events of planned steps, mostly: others are drawn too, but rarely come.
        for (const [index, each] of events.entries()) {
          const step = steps[index % Math.max(1, steps.length)];
          view = advance(
            view,
            step && "stage" in each && index % 4 > 0
              ? ({ ...each, stage: step.stage, element: step.element } as RunEvent)
              : each,
            index * 1000,
          );
        }
        const lines = screen(view, columns, rows, events.length * 1000);
        expect(lines.length).toBeLessThanOrEqual(rows - 1);
        for (const line of lines) {
          expect(stringWidth(line)).toBeLessThanOrEqual(columns);
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("windows of every size are served, down to none at all", () => {
  for (const events of [mnistRun(), foldRun({ folds: 30 }), longRun()])
    for (let columns = 1; columns <= 100; columns += 9)
      for (let rows = 0; rows <= 40; rows += 3) {
        const lines = screen(replay(events, 30_000), columns, rows, 30_000);
        expect(lines.length).toBeLessThanOrEqual(Math.max(0, rows - 1));
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
      }
});
