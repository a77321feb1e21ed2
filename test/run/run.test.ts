import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EnvironmentError } from "../../src/diagnostic/diagnostic.js";
import { type Toys, toys } from "../rig/toy.js";

let toy: Toys;
beforeEach(() => {
  toy = toys();
});
afterEach(() => toy.close());

const chain = (first = "one", leaves = ""): string => `
    a: {kind: make, value: ${first}${leaves ? `, leaves: ${leaves}` : ""}}
    b: {kind: pass, data: a, value: two}
    c: {kind: pass, data: b, value: three}
`;

test("a stage whose options change runs again, and so does everything that reads it", async () => {
  expect((await toy.run(chain())).told).toBe("a ran: never run\nb ran: never run\nc ran: never run");
  expect((await toy.run(chain())).told).toBe("a reused\nb reused\nc reused");
  // b leaves the same whatever it reads, so the wave stops after it.
  expect((await toy.run(chain("uno"))).told).toBe("a ran: value was one, is uno\nb ran: a changed\nc reused");
  expect((await toy.run(chain())).told).toBe("a reused\nb reused\nc reused");
});

test("a stage that runs again and leaves the same bytes stops the wave", async () => {
  await toy.run(chain("one", "same"));
  expect((await toy.run(chain("uno", "same"))).told).toBe("a ran: value was one, is uno\nb reused\nc reused");
});

test("two stages that ask for the same computation are one cached step, whatever they are called", async () => {
  await toy.run("    a: {kind: make, value: one}\n");
  expect((await toy.run("    other: {kind: make, value: one}\n")).told).toBe("other reused");
});

test("independent stages run at the same time, up to the number of jobs", async () => {
  const pipeline =
    "    a: {kind: make, value: left}\n    b: {kind: make, value: right}\n    c: {kind: make, value: third}\n";
  toy.hold("left");
  toy.hold("right");
  const running = toy.run(pipeline, { jobs: 2 });
  await Promise.all([toy.reached("left"), toy.reached("right")]);
  expect(toy.begun).toEqual(["left", "right"]);
  toy.open("right");
  await toy.reached("third");
  toy.open("left");
  expect((await running).ran).toBe(3);
});

test("after a failure the steps under way are finished, and nothing new begins", async () => {
  const pipeline =
    "    bad: {kind: make, value: bad1}\n    slow: {kind: make, value: slow}\n    next: {kind: pass, data: slow, value: next}\n    after: {kind: pass, data: bad, value: after}\n";
  toy.hold("slow");
  const running = toy.run(pipeline, { jobs: 2 });
  await toy.reached("slow");
  toy.open("slow");
  const result = await running;
  expect(result.told).toBe(
    "bad failed\nslow ran: never run\nnext skipped: the run ended early\nafter skipped: bad failed",
  );
  expect([result.status, result.ran, result.failed]).toEqual(["failed", 1, 1]);
});

test("with keep-going everything that does not depend on the failed stage goes on", async () => {
  const pipeline =
    "    bad: {kind: make, value: bad1}\n    slow: {kind: make, value: slow}\n    next: {kind: pass, data: slow, value: next}\n    after: {kind: pass, data: bad, value: after}\n";
  expect((await toy.run(pipeline, { keepGoing: true })).told).toBe(
    "bad failed\nslow ran: never run\nnext ran: never run\nafter skipped: bad failed",
  );
});

test("a failure points at its option, a bug shows its stack", async () => {
  const result = await toy.run("    bad: {kind: make, value: bad1}\n    bug: {kind: make, value: bug1}\n", {
    keepGoing: true,
    jobs: 1,
  });
  const errors = result.events.flatMap((event) => (event.event === "step" && event.error ? [event.error] : []));
  expect(errors[0]).toBe(
    "toy.yaml:3:28  bad value\n\n  3 │   bad: {kind: make, value: bad1}\n    │                            ^^^^\n\n`bad1` is bad.",
  );
  expect(errors[1]).toContain("hw1 has a bug");
  expect(errors[1]).toContain("TypeError: a bug");
});

test("a fan-out runs once per element, each its own step", async () => {
  const pipeline =
    "    a: {kind: make, value: one}\n    folds: {kind: part, data: a, k: 2}\n    each: {kind: pass, each: folds, data: folds.train, more: folds.validation, value: fit}\n    after: {kind: pass, each: folds, data: each, value: score}\n";
  expect((await toy.run(pipeline)).told).toBe(
    "a ran: never run\nfolds ran: never run\neach/1 ran: never run\neach/2 ran: never run\nafter/1 ran: never run\nafter/2 reused",
  );
  expect((await toy.run(pipeline)).reused).toBe(6);
});

test("an interrupt lets the step under way stop, keeps what is finished, and the next run goes on", async () => {
  const controller = new AbortController();
  toy.hold("two");
  const running = toy.run(chain(), { signal: controller.signal });
  await toy.reached("two");
  controller.abort("SIGINT");
  toy.open("two");
  const result = await running;
  expect(result.status).toBe("interrupted");
  expect(result.told).toBe("a ran: never run\nb skipped: the run was interrupted\nc skipped: the run was interrupted");
  expect((await toy.run(chain())).told).toBe("a reused\nb ran: never run\nc ran: never run");
});

test("--force runs a stage that could be reused; what it leaves being the same, its readers are reused", async () => {
  await toy.run(chain());
  expect((await toy.run(chain(), { force: ["a"] })).told).toBe("a ran: forced\nb reused\nc reused");
});

test("--only takes a stage and what it needs, --from a stage and what reads it", async () => {
  const pipeline = `${chain()}    d: {kind: make, value: alone}\n`;
  expect((await toy.run(pipeline, { only: ["b"] })).told).toBe("a ran: never run\nb ran: never run");
  expect((await toy.run(pipeline, { from: ["b"] })).told).toBe("a reused\nb reused\nc ran: never run");
});

describe("a data file that changes between its digest and its reading", () => {
  const text = (path: string): string => `
    a: {kind: read, value: file, path: ${path}}
    b: {kind: pass, data: a, value: two, leaves: same}
`;
  /** What `a` leaves of a file that holds still. */
  const leftBy = async (path: string, content: string): Promise<unknown> => {
    writeFileSync(path, content);
    return (await toy.run(text(path))).artifacts.get("a");
  };

  test("is noticed, and the step is judged again by what the file holds then", async () => {
    const path = join(toy.store.folder, "file");
    const [one, other] = [await leftBy(path, "one"), await leftBy(path, "other")];
    writeFileSync(path, "before");
    toy.meanwhile("file", () => writeFileSync(path, "one"));
    const run = await toy.run(text(path));
    expect([run.status, run.artifacts.get("a"), one === other]).toEqual(["ok", one, false]);
    expect(run.events.filter((event) => event.event === "warning")).toMatchObject([
      {
        stage: "a",
        message: `\`${path}\` was changed after this step was judged, so it is judged again, by what the file holds now.`,
      },
    ]);
    // Nothing was kept under the key of what the file held before.
    writeFileSync(path, "before");
    expect(toy.plan(text(path)).planned[0]).toMatchObject({ verdict: "run", reason: "path: the data file changed" });
  });

  test("is noticed though it is put back afterwards", async () => {
    const path = join(toy.store.folder, "file");
    writeFileSync(path, "one");
    let times = 0;
    toy.meanwhile("file", () => writeFileSync(path, ++times === 1 ? "other" : "one"));
    const run = await toy.run(text(path));
    expect([run.status, run.ran, times]).toEqual(["ok", 2, 3]);
    toy.meanwhile("file", () => undefined);
    expect(await leftBy(path, "one")).toBe(run.artifacts.get("a"));
    expect((await toy.run(text(path))).reused).toBe(2);
  });

  test("is a clear failure where that never ends", async () => {
    const path = join(toy.store.folder, "file");
    writeFileSync(path, "0");
    let times = 0;
    toy.meanwhile("file", () => writeFileSync(path, String(++times)));
    const run = await toy.run(text(path));
    expect([run.status, run.told]).toEqual(["failed", "a failed\nb skipped: a failed"]);
    expect(times).toBeLessThan(10);
    expect(run.events.find((event) => event.event === "step" && event.status === "failed")).toMatchObject({
      error: expect.stringMatching(/a data file keeps changing[\s\S]*Wait until it is complete/),
    });
  });

  test("is the file's absence where it is gone", async () => {
    const path = join(toy.store.folder, "file");
    writeFileSync(path, "0");
    toy.meanwhile("file", () => rmSync(path));
    const run = await toy.run(text(path));
    expect(run.events.find((event) => event.event === "step" && event.status === "failed")).toMatchObject({
      error: expect.stringContaining("no such file"),
    });
  });
});

test("a disk without room for the history of runs ends the run as trouble of the machine, and throws nowhere", async () => {
  const full = () => {
    throw new EnvironmentError("no space is left");
  };
  toy.hold("left");
  const running = toy.run("    a: {kind: make, value: left}\n    b: {kind: pass, data: a, value: two}\n", { jobs: 2 });
  await toy.reached("left");
  Object.assign(toy.store, { logEvent: full, finishRun: full });
  toy.open("left");
  const run = await running;
  expect(run.told).toBe("a ran: never run\nb skipped: the run ended early");
  expect(run).toMatchObject({
    status: "failed",
    environment: "no space is left",
    unreported: "no space is left",
    ran: 1,
  });
});

test("a disk that fills when a trial's failure is to be kept ends the run as trouble of the machine, not as a bug", async () => {
  const search = `
    d: {kind: make, value: one}
    folds: {kind: part, data: d, k: 2}
    s:
      kind: search
      strategy: grid
      space: {a: [1, 2]}
      trial: {kind: fit, each: folds, data: folds.train, a: "\${trial.a}", bad: [2]}
      objective: {minimize: validation.loss}
`;
  const { keep } = toy.store;
  Object.assign(toy.store, {
    keep: () => {
      throw new EnvironmentError("no space is left");
    },
  });
  const run = await toy.run(search);
  Object.assign(toy.store, { keep });
  expect(run).toMatchObject({ status: "failed", environment: "no space is left", unreported: null });
  expect(run.events.filter((event) => event.event === "step" && event.status === "failed")).toMatchObject([
    { error: expect.stringMatching(/^no space is left/) },
  ]);
});

test("how fast a training was is told with the digest of what it left, and found again by it", async () => {
  const pipeline = (epochs: number): string => `
    a: {kind: make, value: one}
    net: {kind: fit, data: a, a: 1, epochs: ${epochs}}
`;
  const { events, artifacts } = await toy.run(pipeline(3));
  const digest = artifacts.get("net");
  const speed = { event: "speed", stage: "net", element: null, digest, stepRate: 3, productRate: 100, threads: 1 };
  expect(events.filter((event) => event.event === "speed")).toEqual([speed]);
  await toy.run(pipeline(5));
  expect(toy.store.events("speed").map(({ event }) => event.stepRate)).toEqual([5, 3]);
  expect(toy.store.events("speed")[1]!.event).toEqual(speed);
  // Nothing was measured of what is reused.
  expect((await toy.run(pipeline(3))).events.filter((event) => event.event === "speed")).toEqual([]);
});
