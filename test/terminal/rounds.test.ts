/** Searches of several rounds, live and line by line: who stands where, who was stopped, and how long it takes. */
import { expect, test } from "vitest";
import type { RunEvent } from "../../src/run/event.js";
import { searchRemainingMs } from "../../src/terminal/eta.js";
import { layout } from "../../src/terminal/layout.js";
import { labelOf, roundAtWork, type SearchView, searchesOf } from "../../src/terminal/search-view.js";
import { advance, initialView, type View } from "../../src/terminal/view.js";
import { lineText } from "../../src/text/line.js";
import { plainReporter } from "../../src/text/plain.js";
import { ended, type Timed } from "./fixtures/events.js";
import { halvedRun, proposedRun } from "./fixtures/searches.js";

const replay = (events: readonly Timed[], untilMs: number): View =>
  events
    .filter(({ atMs }) => atMs <= untilMs)
    .reduce((view, { atMs, event }) => advance(view, event, atMs), initialView());
const searchAt = (events: readonly Timed[], untilMs: number): SearchView => searchesOf(replay(events, untilMs))[0]!;
const [halved, proposed] = [halvedRun(), proposedRun()];
const endOfMs = (events: readonly Timed[]): number => events.at(-1)!.atMs;
const linesOf = (events: readonly RunEvent[]): readonly string[] => {
  const tell = plainReporter(() => 0);
  return events.flatMap((event) => tell(event)?.split("\n") ?? []);
};

test("a round is at work until all its cells have ended, and says how many of its trials have", () => {
  const at = (ms: number): unknown => {
    const { planned, ended, places } = roundAtWork(searchAt(halved, ms));
    return [planned.name, ended, places];
  };
  expect(at(0)).toEqual(["rung-1", 0, 18]);
  expect(at(310)).toEqual(["rung-1", 1, 18]);
  // 54 cells of one epoch take 5.4 s; a trial of rung 2 takes 0.9 s.
  expect(at(5410)).toEqual(["rung-2", 0, 6]);
  expect(at(6400)).toEqual(["rung-2", 1, 6]);
  expect(at(endOfMs(halved))).toEqual(["rung-3", 2, 2]);
});

test("who has no place in the rung after its last one was stopped; who failed was not", () => {
  const stopped = (ms: number): number => searchAt(halved, ms).trials.filter(({ isStopped }) => isStopped).length;
  expect([stopped(5400), stopped(6400), stopped(endOfMs(halved))]).toEqual([0, 11, 15]);
  const failed = searchAt(halved, endOfMs(halved)).trials.find(({ cells }) => cells.includes("failed"))!;
  expect(failed).toMatchObject({ key: "2-16-gelu-0.001", isStopped: false, score: null });
});

test("a trial's score is that of the last rung that it ran whole, and who went further is better", () => {
  const { best, trials } = searchAt(halved, 5410 + 900 + 400);
  expect(best!.trial).toMatchObject({ key: "2-16-sigmoid-0.01", rung: 2 });
  // At work on its second rung, it still has the score of its first one.
  expect(trials.find(({ key }) => key === "2-16-elu-0.001")).toMatchObject({
    rung: 1,
    cells: ["ran", "running", "waiting"],
  });
});

test("places that are not chosen yet have no name, and those that stay empty no row", () => {
  const names = (ms: number): readonly string[] => searchAt(proposed, ms).trials.map(({ name }) => name);
  expect(names(0)).toHaveLength(12);
  expect(names(0).slice(3, 5)).toEqual(["4 (2-16-elu-0.001)", "…"]);
  expect(names(endOfMs(proposed))).toHaveLength(8);
  expect(searchAt(proposed, endOfMs(proposed)).cells).toMatchObject({ all: 12, done: 12, ran: 8, skipped: 4 });
});

test("of a search that its target ended nobody was left behind, and the last round that ran is told", () => {
  // The first rung of the first generation reached it: nothing is chosen for any later round.
  const plan = halved[0]!;
  const first = halved.filter(({ atMs }, index) => index > 0 && atMs <= 5410 && atMs > 0);
  const untilChosen = first.slice(
    0,
    first.findIndex(({ event }) => event.event === "trials"),
  );
  const none = (round: string): Timed => ({
    atMs: 5410,
    event: { event: "trials", stage: "coarse", element: null, round, trials: [] },
  });
  const ends = [6, 2].flatMap((count, at) =>
    Array.from({ length: count * 3 }, (_, index): Timed => {
      const element = `rung-${at + 2}.${Math.floor(index / 3) + 1}/${(index % 3) + 1}`;
      return { atMs: 5410, event: ended("coarse", { element, status: "skipped", reason: "the target is reached" }) };
    }),
  );
  const view = searchesOf(replay([plan, ...untilChosen, none("rung-2"), none("rung-3"), ...ends], 5410))[0]!;
  expect(view.trials.filter(({ isStopped }) => isStopped)).toEqual([]);
  expect(roundAtWork(view).planned.name).toBe("rung-1");
});

test("a step at a place is called by its configuration, once that is chosen", () => {
  const name = { stage: "coarse", element: "rung-2.1/3" };
  expect(labelOf(replay(halved, 0), name)).toBe("coarse/rung-2.1/3");
  expect(labelOf(replay(halved, 6000), name)).toBe("coarse/2-16-sigmoid-0.01/3");
  expect(labelOf(replay(halved, 6000), { stage: "coarse", element: null })).toBe("coarse");
});

test("what is left of rungs goes by their epochs", () => {
  const rungs = [
    { most: 1, least: 1, from: 0 },
    { most: 3, least: 3, from: 1 },
    { most: 9, least: 9, from: 3 },
  ];
  const rungOf = (element: string): number => Number(/^rung-(\d)/.exec(element)?.[1] ?? 1);
  const steps = (event: RunEvent): RunEvent =>
    event.event === "plan"
      ? {
          ...event,
          steps: event.steps.map((step) =>
            step.trial ? { ...step, epochs: rungs[rungOf(step.element!) - 1]! } : step,
          ),
        }
      : event;
  const view = replay(
    halved.map(({ atMs, event }) => ({ atMs, event: steps(event) })),
    5410,
  );
  // 51 epochs in 5.4 s (three cells failed); what is left are 6 × 3 × 2 and 2 × 3 × 6 epochs, and not 24 of 78 cells.
  const leftMs = searchRemainingMs(searchesOf(view), { jobs: 1, interrupted: false }, 5410)!;
  expect(leftMs).toBeCloseTo((72 / 51) * 5400, 0);
});

test("a hundred trials of which most were stopped fit into a few columns", () => {
  const lines = layout(replay(halved, 9000), { columns: 24, rows: 8, nowMs: 9000 }).map((line) =>
    lineText(line).trimEnd(),
  );
  expect(lines.every((line) => line.length <= 24)).toBe(true);
  expect(lines.join("\n")).toContain("┤┤");
});

test("line by line, rungs that were reused are counted one by one, before the first trial that ran", () => {
  let rung = 1;
  const events = halved.map(({ event }): RunEvent => {
    if (event.event === "step" && event.element?.startsWith("rung-3")) rung = 3;
    return event.event === "step" && rung < 3 ? { ...event, verdict: "reuse" } : event;
  });
  const lines = linesOf(events).filter((line) => !line.includes("failed"));
  expect(lines.slice(1, 4)).toEqual([
    "coarse rung 1 of 3: 17 of 18 trials reused",
    "coarse rung 2 of 3: 6 of 6 trials reused, best 2-16-sigmoid-0.01: validation.loss 0.01583 ± 0.00076",
    "coarse rung 3 of 3: 2 trials: 2-16-sigmoid-0.01, 2-32-gelu-0.001",
  ]);
});
