/**
 * A search of hundreds of cells: as a view, on the screen, line by line, in the summary, in the plan, and shown
 * afterwards.
 */
import fc from "fast-check";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import type { PlannedSearch, PlannedStep, RunEvent } from "../../src/run/event.js";
import { search as searchKind } from "../../src/stages/search.js";
import { select } from "../../src/stages/select.js";
import { train } from "../../src/stages/train.js";
import { runRemaining, searchRemainingMs } from "../../src/terminal/eta.js";
import { layout } from "../../src/terminal/layout.js";
import { type SearchView, searchesOf, stagesOf } from "../../src/terminal/search-view.js";
import { advance, initialView, type View } from "../../src/terminal/view.js";
import { lineText } from "../../src/text/line.js";
import { plainReporter } from "../../src/text/plain.js";
import { renderPlan } from "../../src/text/plan.js";
import { previewText } from "../../src/text/preview.js";
import { failuresOf, SearchIndex } from "../../src/text/search-index.js";
import { renderSummary } from "../../src/text/summary.js";
import type { FailureData } from "../../src/values/failure.js";
import { failurePreview } from "../../src/values/failure-preview.js";
import type { Output } from "../../src/values/output.js";
import type { SearchData } from "../../src/values/search.js";
import { spreadText } from "../../src/values/search-words.js";
import type { SelectionData } from "../../src/values/selection.js";
import { ended, planned, runEnded, start, type Timed } from "./fixtures/events.js";
import { plannedSearch, type Space, searchEvents, searchSteps, studyPlan, studyRun } from "./fixtures/searches.js";

type StepEvent = Extract<RunEvent, { event: "step" }>;
const replay = (events: readonly Timed[], untilMs = Number.POSITIVE_INFINITY): View =>
  events
    .filter(({ atMs }) => atMs <= untilMs)
    .reduce((view, { atMs, event }) => advance(view, event, atMs), initialView());
const screen = (view: View, columns: number, rows: number, nowMs: number): string[] =>
  layout(view, { columns, rows, nowMs }).map(lineText);
const linesOf = (events: readonly RunEvent[]): string[] => {
  const report = plainReporter(() => 0);
  return events.flatMap((event) => report(event)?.split("\n") ?? []);
};
const study = studyRun();
const search = (view: View, stage = "coarse"): SearchView =>
  searchesOf(view).find(({ planned: own }) => own.stage === stage)!;
const small: Space = { stage: "coarse", trials: 2, folds: 2, after: [] };
const smallPlan = (over: Partial<PlannedSearch> = {}): RunEvent => ({
  event: "plan",
  pipeline: "study",
  jobs: 2,
  engine: "onnx",
  steps: searchSteps(small),
  searches: [plannedSearch(small, over)],
});
const cell = (element: string, over: Partial<StepEvent> = {}): StepEvent =>
  ended("coarse", { element, ...over }) as StepEvent;
const [first, second] = ["2-16-sigmoid-0.01", "2-16-sigmoid-0.001"];
const after = (...events: readonly RunEvent[]): View =>
  events.reduce((view, event, index) => advance(view, event, index), initialView());

test("a search is its trials × folds, each cell with its state, and counts of them", () => {
  const { cells, trials, status, best } = search(replay(study, 35_000));
  expect(status).toBe("running");
  expect(cells).toEqual({
    all: 360,
    done: 210,
    ran: 167,
    reused: 40,
    failed: 3,
    running: 10,
    waiting: 140,
    skipped: 0,
  });
  expect(trials[3]!.cells).toEqual(new Array(10).fill("reused"));
  expect(trials[5]!.cells).toEqual(["ran", "ran", "ran", "ran", "ran", "ran", "ran", "failed", "failed", "ran"]);
  expect(trials[21]!.cells).toEqual(new Array(10).fill("running"));
  expect(best).toMatchObject({
    trial: { key: first },
    score: { mean: expect.closeTo(0.0314, 3), sd: expect.any(Number) },
  });
});

test("the best so far is of complete trials alone, in the direction of the objective, and none at first", () => {
  const events = [
    cell(`${first}/1`, { score: 3 }),
    cell(`${first}/2`, { score: 5 }),
    cell(`${second}/1`, { score: 9 }),
    cell(`${second}/2`, { score: 1 }),
  ];
  expect(search(after(smallPlan(), events[0]!)).best).toBeNull();
  expect(search(after(smallPlan(), ...events.slice(0, 3))).best).toMatchObject({
    trial: { key: first },
    score: { mean: 4 },
  });
  expect(search(after(smallPlan(), ...events)).best).toMatchObject({ trial: { key: first } });
  const maximize = smallPlan({ objective: { metric: "accuracy", direction: "maximize" } });
  expect(search(after(maximize, ...events)).best).toMatchObject({ trial: { key: second }, score: { mean: 5 } });
  const failed = cell(`${first}/2`, { status: "failed", error: "x" });
  expect(search(after(smallPlan(), events[0]!, failed, ...events.slice(2))).best).toMatchObject({
    trial: { key: second },
  });
});

test("a cell that failed does not fail its search; its collating step has the last word", () => {
  const failed = cell(`${first}/1`, { status: "failed", error: "x" });
  expect(search(after(smallPlan(), failed)).status).toBe("running");
  expect(search(after(smallPlan(), failed, ended("coarse"))).status).toBe("ran");
  expect(search(after(smallPlan(), failed, ended("coarse", { status: "failed", error: "y" }))).status).toBe("failed");
});

test("a cell of several stages is all of them together", () => {
  const trial = { search: "coarse", element: null, key: first, fold: "1" };
  const steps = [
    planned("coarse.net", { element: `${first}/1`, trial: { ...trial, scores: false } }),
    planned("coarse.score", { element: `${first}/1`, trial: { ...trial, scores: true } }),
    planned("coarse"),
  ];
  const plan: RunEvent = {
    event: "plan",
    pipeline: "p",
    jobs: 1,
    engine: "onnx",
    steps,
    searches: [plannedSearch({ stage: "coarse", trials: 1, folds: 1 })],
  };
  const name = { element: `${first}/1` };
  const state = (...events: readonly RunEvent[]): unknown => search(after(plan, ...events)).trials[0]!.cells[0];
  expect(state()).toBe("waiting");
  expect(state(ended("coarse.net", name))).toBe("running");
  expect(state(ended("coarse.net", name), ended("coarse.score", { ...name, score: 1 }))).toBe("ran");
  expect(
    state(ended("coarse.net", { ...name, verdict: "reuse" }), ended("coarse.score", { ...name, verdict: "reuse" })),
  ).toBe("reused");
  expect(
    state(ended("coarse.net", { ...name, status: "failed" }), ended("coarse.score", { ...name, status: "skipped" })),
  ).toBe("failed");
  expect(stagesOf(after(plan)).map(({ stage, steps: own }) => [stage, own.length])).toEqual([["coarse", 3]]);
});

test("what is left of a search goes by how much was done since it began, batches or not", () => {
  for (const batch of [1, 10]) {
    const space: Space = { stage: "coarse", trials: 10, folds: 10 };
    const events = [
      { atMs: 0, event: studyPlan([space], searchSteps(space)) },
      ...searchEvents(space, { batch, batchMs: 200 * batch }),
    ];
    const view = replay(events, 8000);
    expect(searchRemainingMs(searchesOf(view), view, 8000)! / 12_000).toBeCloseTo(1, 1);
    expect(runRemaining(view, 8000)!.ms / 12_000).toBeCloseTo(1, 1);
  }
  const estimated: Space = { ...small, estimateMs: 1000 };
  const view = after(studyPlan([estimated], searchSteps(estimated)));
  expect(searchRemainingMs(searchesOf(view), view, 0)).toBe(2000);
  expect(searchRemainingMs(searchesOf(after(smallPlan())), view, 0)).toBeNull();
});

test("an event changes one step and no view that came before it", () => {
  const before = replay(study, 20_000);
  const copy = structuredClone(before.steps.all);
  const name = before.steps.all[300]!;
  const next = advance(before, { ...cell(name.element!), stage: name.stage }, 20_001);
  expect(before.steps.all).toEqual(copy);
  expect(
    next.steps.all.filter((step, index) => step !== before.steps.all[index]).map(({ element }) => element),
  ).toEqual([name.element]);
  expect(advance(before, start("new"), 1).steps.all).toHaveLength(copy.length + 1);
});

test("an event copies as many steps in a run of 4,000 as in one of 100", () => {
  const copied = (trials: number): number => {
    const space: Space = { stage: "coarse", trials, folds: 10 };
    const begun = advance(initialView(), studyPlan([space], searchSteps(space)), 0);
    const next = advance(begun, cell(searchSteps(space)[57]!.element!), 1);
    // A chunk that both lists share was not copied.
    return next.steps.chunks.reduce(
      (sum, chunk, index) => sum + (chunk === begun.steps.chunks[index] ? 0 : chunk.length),
      0,
    );
  };
  expect(copied(10)).toBe(64);
  expect(copied(400)).toBe(64);
});

test("80 × 24 shows the cells of 36 × 10 trials, what is at work and the best so far", () => {
  const lines = screen(replay(study, 35_000), 80, 24, 35_000);
  expect(lines).toEqual([
    "regression  214 of 1215 done · 3 failed · 35 s · over 30 s left",
    "",
    "= points   reused  120 examples",
    "= mixed    reused  120 examples",
    "= folds    reused  120 examples",
    "● coarse   ███████░░░░░░  210 of 360  10 running  40 reused  3 failed  30 s left",
    "   1  ==========  ==========  ==========  ==========  ✓✓✓✓✓✓✓✓✓✓  ✓✓✓✓✓✓✓✗✗✓",
    "   7  ✓✓✓✓✓✓✓✓✓✓  ✓✓✓✓✓✓✓✓✓✓  ✓✓✓✓✓✓✓✓✓✓  ✓✓✓✓✓✓✓✓✓✓  ✓✓✓✓✓✓✓✓✓✓  ✓✓✓✓✓✓✓✓✓✓",
    "  13  ✓✓✓✓✓✓✓✓✓✓  ✓✓✓✗✓✓✓✓✓✓  ✓✓✓✓✓✓✓✓✓✓  ✓✓✓✓✓✓✓✓✓✓  ✓✓✓✓✓✓✓✓✓✓  ✓✓✓✓✓✓✓✓✓✓",
    "  19  ✓✓✓✓✓✓✓✓✓✓  ✓✓✓✓✓✓✓✓✓✓  ✓✓✓✓✓✓✓✓✓✓  ●●●●●●●●●●  ··········  ··········",
    "  25  ··········  ··········  ··········  ··········  ··········  ··········",
    "  31  ··········  ··········  ··········  ··········  ··········  ··········",
    "  at work: 3-16-elu-0.001 (10 folds)  epoch 125 of 500",
    "  best so far: 2-16-sigmoid-0.01  validation.loss 0.0315 ± 0.0013 (10 folds)",
    "· winners  after coarse",
    "· wide     72 × 10 cells, after winners",
    "= outer    reused  120 examples",
    "· inner    4 × 6 × 5 cells, next",
    "· final    0 of 2  · ·",
    "· score    0 of 2  · ·",
    "",
    "Ctrl-C stops and keeps the last checkpoint",
  ]);
});

test("a large window names each trial and its score, and marks the best", () => {
  const lines = screen(replay(study, 35_000), 120, 40, 35_000);
  expect(lines).toContain(
    "  ▸ 2-16-sigmoid-0.01  ==========  0.0315 ± 0.0013    2-16-sigmoid-0.001 ==========  0.0455 ± 0.0013",
  );
  expect(lines).toContain(
    "    2-16-gelu-0.01     ✓✓✓✓✓✓✓✓✓✓  0.0495 ± 0.0013    2-16-gelu-0.001    ✓✓✓✓✓✓✓✗✗✓  failed         ",
  );
  expect(lines).toContain(
    "  best so far: hidden 2, units 16, activation sigmoid, learning_rate 0.01  validation.loss 0.0315 ± 0.0013 (10 folds)",
  );
});

test("a small window, and a long pipeline, leave each trial one glyph, then eighths for several", () => {
  const lines = screen(replay(study, 34_500), 60, 15, 34_500);
  expect(lines.length).toBeLessThanOrEqual(14);
  expect(lines[2]).toBe("… 3 done");
  expect(lines).toContain("  ====✓✗✓✓✓✓✓✓✓✗✓✓✓✓✓✓✓●··············");
  expect(lines).toContain("  best: 2-16-sigmoid-0.01  validation.loss 0.0315 ± 0.0013");
  const between = studyRun().filter(({ event }) => event.event !== "start");
  expect(screen(replay(between, 34_012), 80, 24, 34_012).join("\n")).toContain("best so far");
  const many: Space = { stage: "coarse", trials: 400, folds: 5 };
  const events = [
    { atMs: 0, event: studyPlan([many], searchSteps(many)) },
    ...searchEvents(many, { batch: 7, batchMs: 100 }),
  ];
  const dense = screen(replay(events, 9015), 60, 10, 9015);
  expect(dense.length).toBeLessThanOrEqual(9);
  expect(dense.join("\n")).toMatch(/ {2}✓+[▁-▇●]·+/);
  const figures = screen(replay(studyRun({ figures: 40 }), 35_000), 80, 24, 35_000);
  expect(figures.length).toBeLessThanOrEqual(23);
  expect(figures.join("\n")).toMatch(/… \d+ waiting/);
});

test("of three searches the one at work is opened; one under outer folds shows them side by side", () => {
  const lines = screen(replay(study, 217_500), 80, 24, 217_500);
  expect(lines).toContain("✓ coarse   36 trials, best 3-32-gelu-0.001: validation.loss 0.031 ±…  1 min 04 s");
  expect(lines).toContain("    2-16-elu-0.01      ✓✓✓✓✓ ●●●●● ····· ·····");
  expect(lines.find((line) => line.startsWith("● inner"))).toMatch(/40 of 120 {2}10 running {2}\d+ s left/);
  expect(lines.join("\n")).toContain(
    "  best so far in 2: 2-16-sigmoid-0.01  validation.loss 0.0312 ± 0.0013 (5 folds)",
  );
  expect(lines.filter((line) => line.includes("best so far"))).toHaveLength(1);
});

test("no frame of a study is higher than the window less one, nor wider than the window", () => {
  const moments = [0, 5, 8000, 35_000, 63_000, 64_015, 100_000, 208_500, 217_500, 240_000];
  const views = moments.map((atMs) => replay(studyRun({ figures: 30 }), atMs));
  fc.assert(
    fc.property(
      fc.nat(moments.length - 1),
      fc.integer({ min: 1, max: 160 }),
      fc.integer({ min: 0, max: 50 }),
      (moment, columns, rows) => {
        const lines = screen(views[moment]!, columns, rows, moments[moment]!);
        expect(lines.length).toBeLessThanOrEqual(Math.max(0, rows - 1));
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
      },
    ),
    { numRuns: 80 },
  );
});

test("lines tell a trial each, failed cells and the end, and nothing of what starts", () => {
  const lines = linesOf(study.map(({ event }) => event));
  expect(lines.slice(0, 10)).toEqual([
    "regression: 1215 steps, 4 to reuse, 480 to run, 731 to be judged later; 2 jobs, engine onnx",
    "points reused  120 examples",
    "mixed reused  120 examples",
    "folds reused  120 examples",
    "outer reused  120 examples",
    "coarse: 4 of 36 trials reused, best 2-16-sigmoid-0.01: validation.loss 0.0315 ± 0.0013",
    "coarse 5/36 2-16-gelu-0.01: validation.loss 0.0495 ± 0.0013",
    "coarse/2-16-gelu-0.001/8 failed: study.yaml:31:7  the loss is no longer a number",
    "coarse/2-16-gelu-0.001/9 failed: study.yaml:31:7  the loss is no longer a number",
    "coarse 7/36 2-32-sigmoid-0.01: validation.loss 0.0395 ± 0.0013",
  ]);
  expect(lines).toContain(
    "coarse: 317 cells ran, 40 reused, 3 failed  36 trials, best 3-32-gelu-0.001: validation.loss 0.031 ± 0.004",
  );
  expect(lines).toContain("inner/2 1/6 2-16-sigmoid-0.01: validation.loss 0.0312 ± 0.0013 (best so far)");
  expect(lines.length).toBeLessThan(160);
});

test("a trial whose objective is undefined in a cell is told so, and never as the best so far", () => {
  const space: Space = { stage: "coarse", trials: 2, folds: 2 };
  const events = searchEvents(space).map(({ event }) => event);
  const without = events.map((event) => {
    if (
      event.event !== "step" ||
      event.element?.endsWith("/2") !== true ||
      !event.element.startsWith("2-16-sigmoid-0.01/")
    )
      return event;
    const { score: _score, ...rest } = event;
    return rest;
  });
  const lines = linesOf([studyPlan([space], searchSteps(space)), ...without]);
  expect(lines.slice(1, 3)).toEqual([
    "coarse/2-16-sigmoid-0.01/2: validation.loss is undefined",
    expect.stringMatching(/^coarse 2\/2 \S+: validation\.loss .* \(best so far\)$/),
  ]);
});

test("a search that is reused whole is one line", () => {
  const space: Space = { stage: "coarse", trials: 36, folds: 10 };
  const lines = linesOf([
    studyPlan([space], searchSteps(space)),
    ...searchEvents(space, { reused: 360 }).map(({ event }) => event),
  ]);
  expect(lines.slice(1)).toEqual(["coarse reused  36 trials, best 3-32-gelu-0.001: validation.loss 0.031 ± 0.004"]);
});

const stepsOf = (events: readonly Timed[]): StepEvent[] =>
  events.flatMap(({ event }) => (event.event === "step" ? [event] : []));
const indexOf = (event: RunEvent): SearchIndex => new SearchIndex(event as Extract<RunEvent, { event: "plan" }>);

test("the summary has a line for each search, and one for all trials that failed", () => {
  const text = renderSummary(
    {
      steps: stepsOf(study),
      index: indexOf(study[0]!.event),
      again: "hw1 run study.yaml --profile quick",
      run: runEnded() as Extract<RunEvent, { event: "run" }>,
      figures: [],
      broken: [],
      spansMs: new Map([
        ["coarse", 64_000],
        ["wide", 144_000],
        ["inner", 24_000],
      ]),
    },
    { color: false, columns: 80, rows: 24 },
  );
  expect(text).toBe(`= points   reused  120 examples
= mixed    reused  120 examples
= folds    reused  120 examples
= outer    reused  120 examples
✓ coarse   36 trials, best 3-32-gelu-0.001: validation.loss 0.031 ±  1 min 04 s
           0.004
✓ winners  of 36: 3-32-gelu-0.001, 2-64-gelu-0.01  0.0 s
✓ wide     72 trials, best 3-32-gelu-0.001: validation.loss 0.031 ±  2 min 24 s
           0.004
✓ inner    4 searches: 4 ran  24 s

2 trials of coarse failed; \`hw1 show study.yaml --profile quick coarse\` tells why.

Done: 6 ran, 2 reused, in 1 min 24 s.
`);
});

test("a summary that is too long for the window keeps what failed, what searched and what ran", () => {
  const steps = [
    ...Array.from({ length: 20 }, (_, index) => ended(`data-${index}`, { verdict: "reuse" }) as StepEvent),
    cell(`${first}/1`),
    ended("coarse", { headline: "2 trials" }) as StepEvent,
    ended("curves", { headline: "Curves" }) as StepEvent,
    ended("score", { status: "failed", error: "why" }) as StepEvent,
  ];
  const text = renderSummary(
    { steps, index: indexOf(smallPlan()), run: undefined, figures: [], broken: [] },
    { color: false, columns: 80, rows: 13 },
  );
  expect(text).toBe(`= data-0   reused
✓ coarse   2 trials  2.0 s
✓ curves   Curves  1.0 s
✗ score    failed
… 19 more stages

score failed

why
`);
});

test("of a search that came to no end the first failure is told, and of ordinary steps each", () => {
  const index = indexOf(smallPlan());
  const failed = (name: string): StepEvent => cell(name, { status: "failed", error: `${name} why` });
  const cells = [failed(`${first}/1`), failed(`${first}/2`), failed(`${second}/1`)];
  const other = ended("other", { status: "failed", error: "why" }) as StepEvent;
  expect(failuresOf([...cells, ended("coarse", { status: "skipped" }) as StepEvent, other], index)).toEqual({
    reported: [cells[0], other],
    trials: new Map(),
  });
  expect(failuresOf([...cells, ended("coarse") as StepEvent, other], index)).toEqual({
    reported: [other],
    trials: new Map([["coarse", 2]]),
  });
});

const inColumns = { color: false, columns: 100 };
const coarse: Space = { stage: "coarse", trials: 36, folds: 10 };

test("a plan counts configurations and trainings, and what constraints reject", () => {
  expect(
    renderPlan(searchSteps(coarse), inColumns, [plannedSearch(coarse)]),
  ).toBe(`coarse  36 configurations × 10 folds = 360 fold trainings: 0 reused, 360 to run

360 to run, 1 waiting for them, 0 reused.
`);
  const mixed = searchSteps({ ...coarse, estimateMs: 2000 }, (_, index) =>
    index < 240 ? { verdict: "reuse", reason: "unchanged" } : { reason: "epochs was 500, is 5000" },
  );
  const rejected = [
    { rule: "at_most_one (batch_norm, dropout)", count: 8 },
    { rule: "rule 2", count: 4 },
  ];
  const steps: readonly PlannedStep[] = [
    planned("points", { verdict: "reuse", reason: "unchanged" }),
    ...mixed,
    planned("final", { reason: "never run" }),
  ];
  expect(renderPlan(steps, inColumns, [plannedSearch(coarse, { total: 48, rejected })])).toBe(`points  reused  unchanged
coarse  36 configurations × 10 folds = 360 fold trainings: 240 reused, 120 to run  about 4 min 00 s
        grid of 48: 12 rejected (at_most_one (batch_norm, dropout): 8, rule 2: 4), 36 left
        the first of 120 to run is coarse/3-32-sigmoid-0.01/1: epochs was 500, is 5000
final   runs    never run

121 to run, 1 waiting for them, 241 reused; about 4 min 00 s of work beside 1 step of which no time is known.
`);
});

test("of configurations drawn at random a plan says of how many, and over what the rules are counted", () => {
  const rejected = [{ rule: "one regulariser", count: 2000 }];
  const lineOf = (total: number | null, strategy: "random" | "tpe"): string | undefined =>
    renderPlan(searchSteps(coarse), { color: false, columns: 200 }, [
      plannedSearch(coarse, { total, strategy, rejected }),
    ])
      .split("\n")
      .find((line) => line.includes("rejected"))
      ?.trim();
  // What can be listed is counted whole; of a larger space what was drawn until 36 were left.
  expect(lineOf(5000, "random")).toBe(
    "5,000 configurations: 2,000 rejected (one regulariser: 2,000), 36 drawn of 3,000 left",
  );
  expect(lineOf(11_664_000, "random")).toBe(
    "2,036 drawn at random from 11,664,000 configurations: 2,000 rejected (one regulariser: 2,000), 36 left",
  );
  expect(lineOf(null, "random")).toBe("2,036 drawn at random: 2,000 rejected (one regulariser: 2,000), 36 left");
  expect(lineOf(null, "tpe")).toBe("of those drawn 2,000 rejected (one regulariser: 2,000)");
});

test("a plan of which nothing but what chooses a round is to run names it", () => {
  const cells = searchSteps({ ...coarse, verdict: "reuse", reason: "unchanged" });
  const chooser = planned("coarse", { element: "rung-2", chooses: "rung-2", reason: "choosing.places was 3, is 4" });
  const lines = renderPlan([...cells, chooser], inColumns, [plannedSearch(coarse)]).split("\n");
  expect(lines.slice(0, 2)).toEqual([
    "coarse  36 configurations × 10 folds = 360 fold trainings: 360 reused, 0 to run",
    "        coarse/rung-2 runs: choosing.places was 3, is 4",
  ]);
});

test("a plan counts what is scored, over whatever else the stages of a trial run", () => {
  const scored = searchSteps({ ...coarse, trials: 2, folds: 3, verdict: "reuse" });
  // Members of an ensemble: each of the folds under each of two seeds, of which the second trial lacks one.
  const members = scored.flatMap((step, index) =>
    step.trial
      ? ["1", "2"].map((seed): PlannedStep => {
          const trial = { ...step.trial!, fold: `${seed}/${step.trial!.fold}`, scores: false };
          const verdict = index === 4 && seed === "2" ? "run" : "reuse";
          return { ...step, stage: "coarse.net", element: `${step.element}/${seed}`, trial, verdict };
        })
      : [],
  );
  const plan = renderPlan([...members, ...scored], inColumns, [plannedSearch({ ...coarse, trials: 2, folds: 3 })]);
  expect(plan.split("\n")[0]).toMatch(/^coarse {2}2 configurations × 3 folds = 6 fold trainings: 3 reused, 3 to run/);
});

test("a plan says that a search waits, that one has no folds, and what a nested one costs beside others", () => {
  const wide: Space = { ...coarse, stage: "wide", verdict: "wait", reason: "winners must run first" };
  const lone: Space = { stage: "lone", trials: 3, folds: 0, verdict: "reuse" };
  const nested = ["1", "2", "3", "4"].map((element): Space => ({ stage: "inner", element, trials: 2, folds: 5 }));
  const spaces = [wide, lone, ...nested];
  const plan = renderPlan(
    spaces.flatMap((space) => searchSteps(space)),
    inColumns,
    spaces.map((space) => plannedSearch(space, space === lone ? { strategy: "random", total: null } : {})),
  );
  expect(plan.split("\n").slice(0, 5)).toEqual([
    "wide   36 configurations × 10 folds = 360 fold trainings: all wait, winners must run first",
    "lone   3 configurations, 3 trainings: 3 reused, 0 to run",
    "       drawn at random",
    "inner  2 configurations × 5 folds in each of 4 outer folds = 40 fold trainings: 0 reused, 40 to run",
    "       nested cross-validation: 44 trainings; a flat one would take 11, a hold-out 3",
  ]);
});

const shownSearch = (trials: number, failed: readonly number[] = []): SearchData => {
  const { objective, parameters, folds, trials: all } = plannedSearch({ stage: "coarse", trials, folds: 2 });
  let rank = 0;
  return {
    strategy: "grid",
    objective,
    space: {},
    parameters,
    counts: { total: trials + 4, rejected: [{ rule: "rule 1", count: 4 }], trials, failed: failed.length },
    comparison: { test: "corrected_t", over: "folds", count: folds.length, ratio: 1 },
    trials: all.map(({ key, values }, index) => {
      const fails = failed.includes(index);
      return {
        key,
        values,
        status: fails ? "failed" : "ok",
        rank: fails ? null : ++rank,
        score: fails ? null : { mean: 0.03 + index / 1000, sd: 0.0041, se: 0.0029, count: 2 },
        metrics: null,
        cells: folds.map((element) => ({
          element,
          score: fails ? null : 1,
          error: fails ? "the loss is no longer a number\nat epoch 3" : null,
        })),
        parameters: 97,
        p: fails ? null : ([1, 0.3][index] ?? 0.002),
        tied: index <= 1,
        options: {},
      };
    }),
    metrics: {},
  };
};
const kinds = { search: searchKind, selection: select, failure: train };
const preview = (
  type: "search" | "selection" | "failure",
  data: SearchData | SelectionData | FailureData,
  columns = 100,
): string => {
  const output = { type, data, blobs: {} } as Output;
  const said = output.type === "failure" ? failurePreview(output.data) : kinds[type]!.preview!("out", output);
  return previewText(said, { color: false, columns }).join("\n");
};

test("what a search left is a table by rank, then the trials that failed and why", () => {
  expect(preview("search", shownSearch(4, [2]))).toBe(`
Trials: 4 configurations by grid, 4 rejected by constraints, 1 failed
  minimize validation.loss, mean over 2 folds
  rank  hidden  units  activation  learning_rate  mean ± sd (se)            tied  folds
     1       2     16  sigmoid              0.01  0.0300 ± 0.0041 (0.0029)        2 of 2
     2       2     16  sigmoid             0.001  0.0310 ± 0.0041 (0.0029)  ~     2 of 2
     3       2     16  elu                 0.001  0.0330 ± 0.0041 (0.0029)        2 of 2
  failed  2-16-elu-0.01  0 of 2 folds: the loss is no longer a number
  ~ cannot be told from the best by these 2 folds (corrected resampled t-test, p ≥ 0.05)`);
  const long = preview("search", shownSearch(36, [1, 2, 3, 4, 5, 6, 7]), 72).split("\n");
  expect(long[3]).toBe("  rank  trial               mean ± sd (se)            folds");
  expect(long).toContain("  … 9 more (`--json` lists all)");
  expect(long).toContain("  … 2 more failed (`--json` lists all)");
  for (const line of long) expect(stringWidth(line)).toBeLessThanOrEqual(72);
  const narrow = preview("search", shownSearch(4), 44).split("\n");
  expect(narrow.slice(-3)).toEqual([
    "  ~ cannot be told from the best by these",
    "    2 folds (corrected resampled t-test, p ≥",
    "    0.05)",
  ]);
  const untested = { ...shownSearch(2), comparison: { test: null, reason: "one_training" } as const };
  const alone = { ...untested, trials: untested.trials.map((trial) => ({ ...trial, p: null, tied: false })) };
  expect(preview("search", alone, 200).split("\n").slice(-1)).toEqual([
    "  differences from the best are not tested: one training of each says nothing of chance; " +
      "let the trial run over folds or seeds, or end in an `evaluate`",
  ]);
  expect(preview("search", alone, 200)).not.toContain("tied");
});

test("scores at rungs are left out where they do not fit, those of the first ones first", () => {
  const { trials, ...data } = shownSearch(2);
  const score = (mean: number) => ({ mean, sd: 0.004, se: 0.003, count: 2 });
  const rungs = [1, 3, 9].map((epochs, at) => ({ rung: at + 1, epochs, score: score(0.05 - at / 100) }));
  const round = { generation: 1, rung: 3, epochs: 9 };
  const halved = { ...data, trials: trials.map((trial) => ({ ...trial, round, rungs })) };
  const rows = (columns: number) => preview("search", halved, columns).split("\n").slice(3, 5);
  expect(rows(86)).toEqual([
    "  rank  trial               mean ± sd (se)            epochs  tied  folds   at 1  at 3",
    "     1  2-16-sigmoid-0.01   0.0300 ± 0.0041 (0.0029)       9        2 of 2  0.05  0.04",
  ]);
  expect(rows(85)).toEqual([
    "  rank  trial               mean ± sd (se)            epochs  tied  folds   at 3",
    "     1  2-16-sigmoid-0.01   0.0300 ± 0.0041 (0.0029)       9        2 of 2  0.04",
  ]);
  expect(rows(73)).toEqual([
    "  rank  trial               mean ± sd (se)            epochs  tied",
    "     1  2-16-sigmoid-0.01   0.0300 ± 0.0041 (0.0029)       9",
  ]);
});

test("winners are a table, a failure its message, and an element of either one line", () => {
  const { trials, objective } = shownSearch(2);
  const winners = trials.map(({ key, values, score, rank }) => ({
    rank: rank!,
    key,
    values,
    score: score!,
    parameters: 97,
    source: 0,
    options: {},
  }));
  const selection: SelectionData = {
    rule: "best",
    objective,
    parameters: ["hidden", "units", "activation", "learning_rate"],
    candidates: 36,
    winners,
  };
  expect(preview("selection", selection)).toBe(`
Winners: 2 of 36 configurations, the best by validation.loss
  rank  hidden  units  activation  learning_rate  mean ± sd (se)            weights
     1       2     16  sigmoid              0.01  0.0300 ± 0.0041 (0.0029)       97
     2       2     16  sigmoid             0.001  0.0310 ± 0.0041 (0.0029)       97`);
  const failure: FailureData = {
    title: "the loss is no longer a number",
    message: "Epoch 3, step 12.\u001b[31m",
    option: [],
  };
  expect(preview("failure", failure)).toBe("\nthe loss is no longer a number\n  Epoch 3, step 12.\\u001b[31m");
  expect(kinds.search.brief!({ results: { type: "search", data: shownSearch(2), blobs: {} } })).toBe(
    "best 2-16-sigmoid-0.01: validation.loss 0.0300 ± 0.0041",
  );
  expect(kinds.selection.brief!({ winners: { type: "selection", data: selection, blobs: {} } })).toBe(
    "2-16-sigmoid-0.01, 2-16-sigmoid-0.001",
  );
  expect(train.brief).toBeUndefined();
});

test("a spread has an sd of two digits and a mean in as many places", () => {
  expect(spreadText("validation.loss", { mean: 0.031234, sd: 0.00412 })).toBe("0.0312 ± 0.0041");
  expect(spreadText("validation.accuracy", { mean: 0.98765, sd: 0.0021 })).toBe("98.77 ± 0.21 %");
  expect(spreadText("score.balancedAccuracy", { mean: 0.98765, sd: 0.0021 })).toBe("98.77 ± 0.21 %");
  expect(spreadText("mse", { mean: 1234.5, sd: 87 })).toBe("1235 ± 87");
  expect(spreadText("mse", { mean: 0.5, sd: null })).toBe("0.5");
  expect(spreadText("mse", { mean: 0.5, sd: 1e-12 })).toBe("0.5 ± 1.00e-12");
});
