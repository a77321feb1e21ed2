import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MistakeError } from "../../src/diagnostic/diagnostic.js";
import type { Kind } from "../../src/pipeline/kind.js";
import { hasWork } from "../../src/plan/plan.js";
import type { RunEvent } from "../../src/run/event.js";
import { planSearch } from "../../src/text/plan-search.js";
import type { SearchData } from "../../src/values/search.js";
import { type Toys, toys } from "../rig/toy.js";

let toy: Toys;
beforeEach(() => {
  toy = toys();
});
afterEach(() => toy.close());

type Options = { readonly more?: string; readonly epochs?: string; readonly factor?: number; readonly space?: string };
/** The loss of `a-b` after so many epochs is a + b / epochs + fold / 10, over folds 1 and 2. */
const halved = ({ more = "", epochs = "[1, 3, 9]", factor = 3, space = "" }: Options = {}): string => `
    d: {kind: make, value: one}
    folds: {kind: part, data: d, k: 2}
    s:
      kind: search
      strategy: grid
      space: {${space || "a: [9, 4, 2], b: [0, 9]"}}
      halving: {epochs: ${epochs}, factor: ${factor}}
      trial: {kind: fit, each: folds, data: folds.train, a: "\${trial.a}", b: "\${trial.b}"${more}}
      objective: {minimize: validation.loss}
`;
function resultsOf<T>(run: { readonly artifacts: ReadonlyMap<string, string> }, key: string): T {
  const [output] = Object.values(toy.store.artifact(run.artifacts.get(key) as never)!.outputs);
  return output!.data as unknown as T;
}
const standings = ({ trials }: SearchData): readonly string[] =>
  trials.map(
    ({ key, status, rank, round, rungs }) =>
      `${key} ${status} ${rank} ${round!.epochs}: ${rungs!.map(({ score }) => score?.mean.toFixed(2) ?? "–").join(" ")}`,
  );

describe("a halved search", () => {
  test("trains the best third of a rung's trials on, and says of each how far it went", async () => {
    const run = await toy.run(halved(), { jobs: 1 });
    expect(run.status).toBe("ok");
    expect(standings(resultsOf<SearchData>(run, "s"))).toEqual([
      "9-0 stopped 3 1: 9.15",
      "9-9 stopped 6 1: 18.15",
      "4-0 stopped 2 3: 4.15 4.15",
      "4-9 stopped 5 1: 13.15",
      "2-0 ok 1 9: 2.15 2.15 2.15",
      "2-9 stopped 4 1: 11.15",
    ]);
    // Two cells of each: six trials for an epoch, two for two more, one for another six.
    expect(toy.trained.epochs).toBe(2 * (6 * 1 + 2 * 2 + 6));
    const { rounds, trials } = resultsOf<SearchData>(run, "s");
    expect(rounds!.map(({ rung, epochs, places, ran }) => [rung, epochs, places, ran])).toEqual([
      [1, 1, 6, 6],
      [2, 3, 2, 2],
      [3, 9, 1, 1],
    ]);
    expect(trials.map(({ options }) => options.trial!.epochs)).toEqual([1, 1, 3, 1, 9, 1]);
    expect(trials.map(({ p }) => p)).toEqual([null, null, null, null, 1, null]);
  });

  test("has its steps from the start: places wait for the step that chooses, and are told when it has", async () => {
    expect(
      toy
        .plan(halved())
        .planned.slice(-9)
        .map(({ element, verdict, reason }) => `${element} ${verdict}: ${reason}`),
    ).toEqual(
      [
        "2-9/2 wait: folds must run first",
        "rung-2 wait: its trials must run first",
        "rung-2.1/1 wait: s/rung-2 must run first",
        "rung-2.1/2 wait: s/rung-2 must run first",
        "rung-2.2/1 wait: s/rung-2 must run first",
        "rung-2.2/2 wait: s/rung-2 must run first",
        "rung-3 wait: its trials must run first",
        "rung-3.1/1 wait: s/rung-3 must run first",
        "rung-3.1/2 wait: s/rung-3 must run first",
        "null wait: its trials must run first",
      ].slice(1),
    );
    const run = await toy.run(halved());
    expect(run.events.filter(({ event }) => event === "trials")).toEqual([
      {
        event: "trials",
        stage: "s",
        element: null,
        round: "rung-2",
        trials: [
          { place: "rung-2.1", key: "4-0", values: { a: 4, b: 0 } },
          { place: "rung-2.2", key: "2-0", values: { a: 2, b: 0 } },
        ],
      },
      {
        event: "trials",
        stage: "s",
        element: null,
        round: "rung-3",
        trials: [{ place: "rung-3.1", key: "2-0", values: { a: 2, b: 0 } }],
      },
    ]);
    const again = toy.plan(halved());
    expect(again.planned.every(({ verdict }) => verdict === "reuse")).toBe(true);
    expect(again.searches[0]!.rounds.map(({ name, chosen }) => [name, chosen?.map(({ key }) => key)])).toEqual([
      ["rung-1", undefined],
      ["rung-2", ["4-0", "2-0"]],
      ["rung-3", ["2-0"]],
    ]);
    expect((await toy.run(halved())).ran).toBe(0);
  });
});

/** Steps of an event's verdict and status, by key. */
const stepsOf = (
  { events }: { readonly events: readonly RunEvent[] },
  wanted: (step: Extract<RunEvent, { event: "step" }>) => boolean,
): readonly string[] =>
  events.flatMap((event) =>
    event.event === "step" && wanted(event)
      ? [`${event.stage}${event.element === null ? "" : `/${event.element}`}`]
      : [],
  );
const ran = (run: { readonly events: readonly RunEvent[] }): readonly string[] =>
  stepsOf(run, ({ verdict, status }) => verdict === "run" && status === "ok");

test("of equals those survive that come first in the order of the space", async () => {
  const run = await toy.run(
    halved({ space: "a: [2], b: [0], bad: [[30], [20], [10]]", more: ', bad: "${trial.bad}"' }),
  );
  expect(standings(resultsOf<SearchData>(run, "s"))).toEqual([
    "2-0-30 ok 1 9: 2.15 2.15 2.15",
    "2-0-20 stopped 2 1: 2.15",
    "2-0-10 stopped 3 1: 2.15",
  ]);
});

test("an edit of rungs or factor runs what differs alone, and who was stopped goes on from where it was", async () => {
  await toy.run(halved());
  const before = toy.trained.epochs;
  const longer = await toy.run(halved({ epochs: "[1, 3, 12]" }));
  expect(ran(longer)).toEqual(["s/rung-3", "s/rung-3.1/1", "s/rung-3.1/2", "s"]);
  expect(toy.trained.epochs - before).toBe(2 * (12 - 9));
  const wider = await toy.run(halved({ factor: 2 }));
  // Three go on instead of two, then two instead of one; 4-0 and 2-0 have been there.
  expect(ran(wider)).toEqual([
    "s/rung-2",
    "s/rung-2.1/1",
    "s/rung-2.1/2",
    "s/rung-3",
    "s/rung-3.1/1",
    "s/rung-3.1/2",
    "s",
  ]);
  const whole = halved()
    .replace(/ +halving.*\n/, "")
    .replace('a: "', 'epochs: 9, a: "');
  const started = toy.trained.epochs;
  const full = await toy.run(whole);
  expect(resultsOf<SearchData>(full, "s").trials.map(({ status }) => status)).toEqual(Array(6).fill("ok"));
  // 9-9, 4-9 and 2-9 go on from 1 epoch, 9-0 from 3; 4-0 and 2-0 are there.
  expect(toy.trained.epochs - started).toBe(2 * (3 * 8 + 6));
});

test("jobs change no digest", async () => {
  const one = await toy.run(halved(), { jobs: 1 });
  const other = toys();
  const eight = await other.run(halved(), { jobs: 8 });
  other.close();
  expect([...eight.artifacts].sort()).toEqual([...one.artifacts].sort());
});

describe("a trial of a halved search that fails", () => {
  /** As `fit`, but `a: 2` fails once it is trained for so many epochs. */
  const late = (epochs: number): void => {
    const fit = toy.kinds.fit as Kind<{ a: number; epochs: number }>;
    const failing: typeof fit = {
      ...fit,
      name: "late",
      async run(context) {
        const { options } = context;
        if (options.a === 2 && options.epochs >= epochs)
          throw new MistakeError({ title: "no number", message: `It failed after ${epochs}.`, at: ["a"] });
        return await fit.run(context);
      },
    };
    Object.assign(toy.kinds, { late: failing });
  };
  const lateText = (more = ""): string =>
    halved().replace("kind: fit", "kind: late").replace("objective:", `${more}objective:`);

  test("at the first rung leaves places without a trial, which is no failure, and nothing to do later", async () => {
    const text = halved({ more: ", bad: [9, 4]" });
    const run = await toy.run(text);
    expect([run.status, run.failed]).toEqual(["ok", 8]);
    expect(standings(resultsOf<SearchData>(run, "s"))).toEqual([
      "9-0 failed null 1: –",
      "9-9 failed null 1: –",
      "4-0 failed null 1: –",
      "4-9 failed null 1: –",
      "2-0 ok 1 9: 2.15 2.15 2.15",
      "2-9 stopped 2 3: 11.15 5.15",
    ]);
    const fewer = text
      .replace("bad: [9, 4]", 'bad: [9, 4, 2], a: "${trial.b}", b: "${trial.a}"')
      .replace(', a: "${trial.a}", b: "${trial.b}"', "");
    const narrow = await toy.run(fewer.replace("a: [9, 4, 2], b: [0, 9]", "a: [7, 8], b: [9, 4, 3, 2]"));
    expect(narrow.status).toBe("ok");
    expect(narrow.events.filter(({ event }) => event === "trials")).toMatchObject([
      { round: "rung-2", trials: [{ key: "7-3" }, { key: "8-3" }] },
      { round: "rung-3", trials: [{ key: "7-3" }] },
    ]);
    expect(narrow.events.find((event) => event.event === "step" && event.element === "rung-2.3/1")).toMatchObject({
      verdict: "reuse",
      status: "skipped",
      reason: "not needed: 6 of 8 trials of rung 1 failed",
    });
    const plan = toy.plan(fewer.replace("a: [9, 4, 2], b: [0, 9]", "a: [7, 8], b: [9, 4, 3, 2]"));
    expect(hasWork(plan)).toBe(false);
    expect(planSearch(plan.searches, plan.planned)[0]).toBe(
      "8 configurations × 2 folds in 3 rungs = 24 fold trainings: 22 reused, 0 to run, 2 not needed",
    );
    expect(plan.planned.find(({ element }) => element === "rung-2.3/1")).toMatchObject({
      verdict: "reuse",
      reason: "not needed: 6 of 8 trials of rung 1 failed",
    });
    const again = await toy.run(fewer.replace("a: [9, 4, 2], b: [0, 9]", "a: [7, 8], b: [9, 4, 3, 2]"));
    expect([again.status, again.ran, again.failed]).toEqual(["ok", 0, 12]);
  });

  test("at a later rung has no rank, and nobody who was stopped takes its place", async () => {
    late(3);
    const run = await toy.run(lateText());
    expect(standings(resultsOf<SearchData>(run, "s"))).toEqual([
      "9-0 stopped 2 1: 9.15",
      "9-9 stopped 5 1: 18.15",
      "4-0 ok 1 9: 4.15 4.15 4.15",
      "4-9 stopped 4 1: 13.15",
      "2-0 failed null 3: 2.15 –",
      "2-9 stopped 3 1: 11.15",
    ]);
    expect((await toy.run(lateText())).ran).toBe(0);
  });

  test("leaves a place empty at the next rung, which tells of the rung that lacks it", async () => {
    late(3);
    const text = lateText()
      .replace("a: [9, 4, 2], b: [0, 9]", "a: [2, 1, 7, 8, 9], b: [0, 1]")
      .replace('b: "${trial.b}"', 'b: "${trial.b}", bad: [7, 8, 9]')
      .replace("factor: 3", "factor: 2");
    const { told } = await toy.run(text);
    expect(told).toContain("s/rung-2.5/1 skipped: not needed: 6 of 10 trials of rung 1 failed");
    expect(told).toContain("s/rung-3.3/1 skipped: not needed: 2 of 4 trials of rung 2 failed");
  });

  test("counts as one of those that may fail, however many cells and rungs it has", async () => {
    late(3);
    expect((await toy.run(lateText("max_failures: 1\n      "))).status).toBe("ok");
    expect((await toy.run(lateText("max_failures: 0\n      "), { jobs: 1 })).told.split("\n").at(-1)).toBe(
      "s skipped: the run ended early",
    );
  });

  test("at the last rung as all others there leaves no result of the search", async () => {
    late(9);
    const run = await toy.run(lateText());
    expect(run.status).toBe("failed");
    const last = run.events.find((event) => event.event === "step" && event.stage === "s" && event.element === null);
    expect(last).toMatchObject({ status: "failed" });
    expect((last as { error: string }).error).toContain("No trial came through the last rung");
  });

  test("as all others do fails the search", async () => {
    const run = await toy.run(halved({ more: ", bad: [9, 4, 2]" }));
    expect(run.status).toBe("failed");
    expect(run.told).toContain("s/rung-2.1/1 skipped: not needed: 6 of 6 trials of rung 1 failed");
    const last = run.events.find((event) => event.event === "step" && event.stage === "s" && event.element === null);
    expect((last as { error: string }).error).toContain("None of the 6 trials has a result.");
  });
});

test("under outer folds each search is halved by itself, and winners are trained as long as the last rung", async () => {
  const text = `
    d: {kind: make, value: one}
    outer: {kind: part, data: d, k: 2}
    inner: {kind: part, each: outer, data: outer.train, k: 2}
    s:
      kind: search
      each: outer
      strategy: grid
      space: {a: [3, 2, 1]}
      halving: {epochs: [1, 4], factor: 3}
      trial:
        first: {kind: pass, each: inner, data: inner.train, value: "v\${trial.a}"}
        last: {kind: fit, each: inner, data: first, a: "\${trial.a}"}
      objective: {minimize: last.validation.loss}
    best: {kind: select, each: outer, from: s}
    final: {kind: fit, each: best, use: best.last, data: outer.train}
`;
  const run = await toy.run(text);
  expect(run.status).toBe("ok");
  expect(stepsOf(run, ({ stage, element }) => stage === "s" && element !== null).toSorted()).toEqual([
    "s/1",
    "s/1/rung-2",
    "s/2",
    "s/2/rung-2",
  ]);
  expect(stepsOf(run, ({ element }) => element?.includes("rung-2.1") === true).toSorted()).toEqual(
    ["s.first", "s.last"].flatMap((part) =>
      ["1/rung-2.1/1", "1/rung-2.1/2", "2/rung-2.1/1", "2/rung-2.1/2"].map((cell) => `${part}/${cell}`),
    ),
  );
  expect(toy.begun.filter((label) => label.startsWith("1-0-4"))).toHaveLength(2 * 2 + 2);
  // What a survivor's first stage leaves is there from the rung before: toy folds of both outer folds are the same.
  expect(toy.begun.filter((label) => label === "v1")).toHaveLength(2);
  expect((await toy.run(text)).ran).toBe(0);
});

test("winners of an earlier search are halved with the rungs' epochs in place of their own, and each trial has settings", async () => {
  const text = `${halved({ space: "a: [3, 1], b: [0]", epochs: "[1, 2]", factor: 2 }).replace(" s:", " first:")}
    best: {kind: select, from: first}
    s:
      kind: search
      each: best
      strategy: grid
      space: {b: [3, 2]}
      halving: {epochs: [3, 6], factor: 2}
      trial: {kind: fit, use: best.trial, each: folds, data: folds.train, b: "\${trial.b}"}
      objective: {minimize: validation.loss}
    fits: {kind: fit, each: first, use: first.trial, data: d}
`;
  const run = await toy.run(text);
  expect(run.status).toBe("ok");
  expect(
    resultsOf<SearchData>(run, "s/1").trials.map(({ key, values, options, status }) => [
      key,
      values,
      options.trial!.epochs,
      status,
    ]),
  ).toEqual([
    ["3", { a: 1, b: 3 }, 3, "stopped"],
    ["2", { a: 1, b: 2 }, 6, "ok"],
  ]);
  // Each as long as it was let.
  expect(toy.begun.filter((label) => !label.includes("/") && label !== "one").sort()).toEqual(["1-0-2", "3-0-1"]);
  expect(toy.plan(text).planned.every(({ verdict }) => verdict === "reuse")).toBe(true);
});

test("what is forced computes every rung anew, with the same digests", async () => {
  const first = await toy.run(halved());
  const again = await toy.run(halved(), { force: ["s"] });
  expect(toy.begun.filter((label) => label.startsWith("2-0-"))).toHaveLength(6);
  expect([...again.artifacts].sort()).toEqual([...first.artifacts].sort());
  expect(toy.plan(halved()).steps.find(({ key }) => key === "s/rung-3.1/1")!.cell).toMatchObject({
    key: "rung-3.1",
    trial: "2-0",
  });
});

test("what runs for each trial of a search that ended early is not needed for those that never ran", async () => {
  const text = `
    d: {kind: make, value: one}
    e: {kind: make, value: two}
    s:
      kind: search
      strategy: tpe
      budget: 4
      batch: 2
      target: {validation.loss: '<= 100'}
      space: {a: [1, 2, 3, 4], of: [d, e]}
      trial: {kind: fit, data: "\${trial.of}", a: "\${trial.a}"}
      objective: {minimize: validation.loss}
    fits: {kind: fit, each: s, use: s.trial, data: d}
    more: {kind: judge, each: s, value: m, model: fits, data: d}
`;
  const run = await toy.run(text);
  expect(run.status).toBe("ok");
  expect(run.told.split("\n").filter((line) => line.includes("skipped") && !line.startsWith("s/"))).toEqual([
    "fits/3 skipped: not needed: s has no trial 3",
    "fits/4 skipped: not needed: s has no trial 4",
    "more/3 skipped: not needed: nothing ran as fits/3",
    "more/4 skipped: not needed: nothing ran as fits/4",
  ]);
  expect(hasWork(toy.plan(text))).toBe(false);
  // Every stage that a value of the space names comes before the search, whichever trial reads it.
  const names = (await toy.run(text, { only: ["s"] })).events.flatMap((event) =>
    event.event === "plan" ? event.steps.map(({ stage }) => stage) : [],
  );
  expect([...new Set(names)]).toEqual(["d", "e", "s"]);
});
