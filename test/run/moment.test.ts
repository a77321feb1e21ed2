/** What depends on the moment: a lost process, too little memory. It is no result, and decides no search. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LocalMistakeError, MistakeError, ShortMemoryError } from "../../src/diagnostic/diagnostic.js";
import type { RunEvent } from "../../src/run/event.js";
import { WorkerLostError } from "../../src/run/worker-pool.js";
import type { SearchData } from "../../src/values/search.js";
import { type Toys, toys } from "../rig/toy.js";

let toy: Toys;
beforeEach(() => {
  toy = toys();
});
afterEach(() => toy.close());

const lost = (): Error => new WorkerLostError("The worker process ended by SIGKILL.");
const short = (): Error =>
  new ShortMemoryError("Training takes at least 3 GiB of memory, and 1 GiB are free.\nEnd other programs.");
const search = `
    d: {kind: make, value: one}
    folds: {kind: part, data: d, k: 2}
    s:
      kind: search
      strategy: grid
      space: {a: [3, 1, 2]}
      trial: {kind: learn, each: folds, data: folds.train, a: "\${trial.a}"}
      objective: {minimize: validation.loss}
    best: {kind: select, from: s}
    other: {kind: make, value: two}
`;
const warnings = (events: readonly RunEvent[]): readonly string[] =>
  events.flatMap((event) => (event.event === "warning" ? [event.message] : []));
const failures = (events: readonly RunEvent[]): readonly string[] =>
  events.flatMap((event) => (event.event === "step" && event.status === "failed" ? [event.error ?? ""] : []));
/** An error for the first `times` calls of one step by itself or with others. */
function failing(
  label: string,
  error: () => Error,
  times = Number.POSITIVE_INFINITY,
): (asked: string) => Error | undefined {
  let left = times;
  return (asked) => (asked === label && left-- > 0 ? error() : undefined);
}

describe("a step whose process is lost", () => {
  const three = `
    a: {kind: compute, value: one}
    b: {kind: compute, value: two}
    c: {kind: compute, value: three}
`;
  test("is tried once more, when nothing else is at work, and nothing begins before it has ended", async () => {
    toy.hold("one");
    toy.hold("two");
    const workers = toy.workers(failing("two", lost, 1));
    const running = toy.run(three, { jobs: 2, workers });
    await toy.reached("one");
    // The second is lost, and neither it nor the third begins while the first is at work.
    for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
    expect([...toy.begun]).toEqual(["one"]);
    toy.open("one");
    await toy.reached("two");
    for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
    expect([...toy.begun]).toEqual(["one", "two"]);
    toy.open("two");
    const run = await running;
    expect([run.status, run.ran, workers.dismissed()]).toEqual(["ok", 3, 1]);
    expect(workers.calls).toEqual([["one"], ["two"], ["two"], ["three"]]);
    expect(warnings(run.events)).toEqual(["The worker process ended by SIGKILL. The step is tried once more, alone."]);
  });

  test("fails the run when it is lost again, and nothing is kept", async () => {
    const run = await toy.run(three, { workers: toy.workers(failing("two", lost)), jobs: 1 });
    expect([run.status, run.environment, run.told]).toEqual([
      "failed",
      null,
      "a ran: never run\nb failed\nc skipped: the run ended early",
    ]);
    expect(failures(run.events)).toEqual([
      expect.stringMatching(/the step's process was lost[\s\S]*SIGKILL\.\nRun the same command again/),
    ]);
    expect(toy.plan(three).planned.map(({ verdict }) => verdict)).toEqual(["reuse", "run", "run"]);
    expect((await toy.run(three)).told).toBe("a reused\nb ran: never run\nc ran: never run");
  });

  test("is alone, too, when several are lost at the same time", async () => {
    const once = [failing("one", lost, 1), failing("two", lost, 1), failing("three", lost, 1)];
    const workers = toy.workers((label) => once.map((each) => each(label)).find(Boolean));
    const run = await toy.run(three, { jobs: 3, workers });
    expect([run.status, run.ran, workers.dismissed()]).toEqual(["ok", 3, 3]);
  });
});

describe("a search with a trial whose process is lost", () => {
  test("waits: it is not ranked without that trial, which the message names", async () => {
    const run = await toy.run(search, { workers: toy.workers(failing("1/2", lost)), keepGoing: true });
    expect(run.status).toBe("failed");
    expect(failures(run.events)).toEqual([
      expect.stringContaining("\nThis was the configuration `1` of `s`, fold 2; a search is not ranked without it."),
    ]);
    // All else is finished.
    expect(run.told.split("\n").filter((line) => !/ran/.test(line))).toEqual([
      "s/1/2 failed",
      "s skipped: s/1/2 failed",
      "best skipped: s/1/2 failed",
    ]);
    expect(run.told).toContain("other ran");
    const again = await toy.run(search);
    expect([again.status, again.ran, toy.begun]).toEqual(["ok", 3, ["1-0-1/2"]]);
    const [output] = Object.values(toy.store.artifact(again.artifacts.get("s")!)!.outputs);
    expect((output!.data as unknown as SearchData).counts.failed).toBe(0);
  });

  test("goes on where the second attempt succeeds", async () => {
    const run = await toy.run(search, { workers: toy.workers(failing("1/2", lost, 2)), jobs: 1 });
    expect([run.status, run.failed]).toEqual(["ok", 0]);
  });

  test("still goes on without a trial that would fail again", async () => {
    const workers = toy.workers((label) =>
      label.startsWith("1/") ? new MistakeError({ title: "no number", message: "The loss is NaN." }) : undefined,
    );
    const run = await toy.run(search, { workers });
    expect([run.status, run.failed]).toEqual(["ok", 2]);
    expect((await toy.run(search)).ran).toBe(0);
  });
});

describe("too little memory", () => {
  test("at this moment is no result: the run ends as one of the environment, and the next tries again", async () => {
    const run = await toy.run(search, { workers: toy.workers(failing("2/1", short)), keepGoing: true });
    expect([run.status, run.environment]).toEqual(["failed", short().message]);
    expect(failures(run.events)).toEqual([expect.stringContaining("configuration `2` of `s`, fold 1")]);
    expect(run.told.split("\n").filter((line) => !/ran/.test(line))).toEqual([
      "s/2/1 failed",
      "s skipped: s/2/1 failed",
      "best skipped: s/2/1 failed",
    ]);
    expect((await toy.run(search)).status).toBe("ok");
    expect(toy.begun).toContain("2-0-1/1");
  });

  test("beside other steps is tried once more, alone", async () => {
    const run = await toy.run(search, { workers: toy.workers(failing("2/1", short, 2)), jobs: 1 });
    expect([run.status, run.failed]).toEqual(["ok", 0]);
  });

  test("for several steps together is tried with one at a time", async () => {
    const error = new LocalMistakeError({
      title: "too large for this machine",
      message: "Training takes at least 30 GiB of memory.",
    });
    const workers = toy.workers((_, call) => (call.length > 1 ? error : undefined));
    const run = await toy.run(search, { workers, jobs: 1 });
    expect([run.status, run.failed]).toEqual(["ok", 0]);
    expect(workers.calls.map(({ length }) => length).sort()).toEqual([1, 1, 1, 1, 1, 1, 2, 2, 2]);
    expect(warnings(run.events)).toEqual([]);
  });

  test("in the whole machine is a mistake that names its trial; it fails the run and is not kept", async () => {
    const error = (): Error =>
      new LocalMistakeError({
        title: "too large for this machine",
        message: "Training takes at least 30 GiB of memory.",
        at: ["a"],
      });
    const run = await toy.run(search, { workers: toy.workers(failing("3/1", error)), keepGoing: true });
    expect([run.status, run.environment]).toEqual(["failed", null]);
    expect(failures(run.events)).toEqual([
      expect.stringMatching(/too large for this machine[\s\S]*configuration `3` of `s`, fold 1/),
    ]);
    expect((await toy.run(search)).status).toBe("ok");
    expect(toy.begun).toEqual(["3-0-1/1"]);
  });
});
