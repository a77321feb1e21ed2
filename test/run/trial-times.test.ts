/** Trials that compute for longer than their search allows are stopped; no result of theirs is kept, and the others go on. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunEvent } from "../../src/run/event.js";
import { TrialTimes } from "../../src/run/trial-times.js";
import { WorkerLostError } from "../../src/run/worker-pool.js";
import { type Toys, toys } from "../rig/toy.js";

let toy: Toys;
beforeEach(() => {
  toy = toys();
});
afterEach(() => toy.close());

const search = (limit: string): string => `
    d: {kind: make, value: one}
    folds: {kind: part, data: d, k: 2}
    s:
      kind: search
      strategy: grid
      space: {a: [3, 1, 2], b: [0, 5], epochs: [2]}
      constraints: [{never: {a: [3, 2], b: 5}}]
      trial: {kind: learn, each: folds, data: folds.train, a: "\${trial.a}", b: "\${trial.b}", epochs: "\${trial.epochs}"}
      objective: {minimize: validation.loss}${limit}
    best: {kind: select, from: s}
    other: {kind: compute, value: two}
`;
/** Computes for ever, in the time that it tells, whatever has one of these values of `a`, until it is stopped. */
function endless(slow: readonly number[]) {
  const inner = toy.workers(() => undefined);
  const clock = { ms: 0 };
  const workers: typeof inner = {
    ...inner,
    run(requests, hooks, signal) {
      if (!slow.includes(Number(requests[0]!.options.a)) || requests[0]!.options.b !== 0)
        return inner.run(requests, hooks, signal);
      inner.calls.push(requests.map(({ options, folds }) => [options.a, ...folds].join("/")));
      clock.ms += 601_000;
      return new Promise((_, reject) =>
        signal!.addEventListener("abort", () => reject(new WorkerLostError("The worker process ended by SIGKILL."))),
      );
    },
  };
  return { workers, now: () => clock.ms };
}
const failures = (events: readonly RunEvent[]): readonly string[] =>
  events.flatMap((event) => (event.event === "step" && event.status === "failed" ? [event.error ?? ""] : []));

test("a trial that exceeds its time is stopped and named with a rule; the others are finished, and the search waits", async () => {
  const { workers, now } = endless([1]);
  const run = await toy.run(search("\n      time_limit: 10 min"), { workers, now, jobs: 1 });
  const message =
    "`1-0-2` of `s` was stopped: it had computed for 10 min, the `time_limit` of a trial. Raise `time_limit` and run " +
    "the same command again: it goes on from what is there.\n" +
    "Or leave this configuration out, by a rule under `constraints`:\n\n  - never: {a: 1, b: 0}\n";
  expect([run.status, run.environment]).toEqual(["failed", message]);
  expect(failures(run.events)).toEqual([
    `${message}\nThis was the configuration \`1-0-2\` of \`s\`, fold 1; a search is not ranked without it.`,
  ]);
  expect(run.told.split("\n").filter((line) => !/ran/.test(line))).toEqual([
    "s/1-0-2/1 failed",
    "s/1-0-2/2 skipped: s/1-0-2/1 failed",
    "s skipped: s/1-0-2/1 failed",
    "best skipped: s/1-0-2/1 failed",
  ]);
  // It is not tried again, and nothing of it is a result.
  expect(workers.calls.filter((call) => call.some((label) => label.startsWith("1/"))).length).toBe(2);
  const again = await toy.run(search(""), {});
  expect([again.status, toy.begun]).toEqual(["ok", ["1-0-2/1", "1-0-2/2"]]);
  // The limit is no part of what a search is.
  const limited = await toy.run(search("\n      time_limit: 3"), {});
  expect([limited.status, limited.ran]).toEqual(["ok", 0]);
});

test("every trial that exceeds it is told, once each", async () => {
  const { workers, now } = endless([3, 2]);
  const run = await toy.run(search("\n      time_limit: 600"), { workers, now, jobs: 1 });
  expect(
    failures(run.events).map((text) => /`[^`]*` of `s` was stopped: it had computed for 600 s/.test(text)),
  ).toEqual([true, true]);
  expect(run.told).toContain("other ran");
});

test("cells of a trial count together, cells at the same moment each, and cells that run together once", () => {
  const step = (key: string, fold: string) => ({
    key: `s/${key}/${fold}`,
    cell: { search: "s", element: null, key, fold },
  });
  const gathering = { stage: { options: {}, search: null }, kind: { trialLimit: () => ({ ms: 100, text: "100 ms" }) } };
  const clock = { ms: 0 };
  const times = new TrialTimes(new Map([["s", gathering]]) as never, () => clock.ms);
  const begin = (...steps: object[]) => times.begin(steps as never);
  const spent = (key: string) => times.spentMs(step(key, "1") as never);
  const stacked = begin(step("a", "1"), step("a", "2"));
  const [one, other] = [begin(step("b", "1")), begin(step("b", "2"))];
  const mixed = begin(step("c", "1"), step("d", "1"));
  clock.ms = 40;
  for (const each of [stacked, one, other, mixed]) each.end();
  expect(["a", "b", "c", "d"].map(spent)).toEqual([40, 80, 20, 20]);
  // What is no cell of a search has no limit.
  begin({ key: "x", cell: null }).end();
  expect(times.errorOf(step("b", "1") as never)).toBeUndefined();
});
