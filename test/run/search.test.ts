import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunEvent } from "../../src/run/event.js";
import type { SearchData } from "../../src/values/search.js";
import type { SelectionData } from "../../src/values/selection.js";
import { type Toys, toys } from "../rig/toy.js";

let toy: Toys;
beforeEach(() => {
  toy = toys();
});
afterEach(() => toy.close());

const head = (k = 2): string => `
    d: {kind: make, value: one}
    folds: {kind: part, data: d, k: ${k}}
`;
const grid = (name: string, a: string, more = ""): string => `
    ${name}:
      kind: search
      strategy: grid
      space: {a: ${a}${more}}
      trial: {kind: fit, each: folds, data: folds.train, a: "\${trial.a}"${more ? ', b: "${trial.b}"' : ""}}
      objective: {minimize: validation.loss}
`;
type StepEvent = Extract<RunEvent, { event: "step" }>;
const stepsOf = (events: readonly RunEvent[], test: (step: StepEvent) => boolean): readonly string[] =>
  events.flatMap((event) =>
    event.event === "step" && test(event) ? [`${event.stage}${event.element === null ? "" : `/${event.element}`}`] : [],
  );
function resultsOf<T>(run: { readonly artifacts: ReadonlyMap<string, string> }, key: string): T {
  const [output] = Object.values(toy.store.artifact(run.artifacts.get(key) as never)!.outputs);
  return output!.data as unknown as T;
}

test("every configuration and fold is a step of its own, and the search gathers them", async () => {
  const run = await toy.run(head() + grid("s", "[3, 1, 2]"));
  expect(stepsOf(run.events, ({ stage }) => stage === "s")).toEqual([
    "s/3/1",
    "s/3/2",
    "s/1/1",
    "s/1/2",
    "s/2/1",
    "s/2/2",
    "s",
  ]);
  const { trials, counts, metrics } = resultsOf<SearchData>(run, "s");
  expect(trials.map(({ key, rank, score }) => [key, rank, score!.mean.toFixed(6)])).toEqual([
    ["3", 3, "3.150000"],
    ["1", 1, "1.150000"],
    ["2", 2, "2.150000"],
  ]);
  expect(trials[0]!.score!.sd).toBeCloseTo(Math.SQRT1_2 / 10);
  expect([counts.total, counts.trials, counts.failed, metrics.best]).toEqual([3, 3, 0, 1.15]);
});

test("a value more, a fold more and a rule less run the new cells alone", async () => {
  await toy.run(head() + grid("s", "[3, 1]"));
  const wider = await toy.run(head() + grid("s", "[3, 1, 2]"));
  expect(stepsOf(wider.events, ({ verdict }) => verdict === "run")).toEqual(["s/2/1", "s/2/2", "s"]);
  // Another name is the same search.
  expect((await toy.run(head() + grid("other", "[3, 1, 2]"))).ran).toBe(0);
});

test("what another search will have computed is not computed again, and the plan says so before anything has run", async () => {
  const text = head() + grid("s", "[3, 1]") + grid("t", "[1, 2]");
  const plan = toy.plan(text);
  expect(
    plan.planned
      .filter(({ stage }) => stage === "t")
      .map(({ element, verdict, reason }) => `${element} ${verdict}: ${reason}`),
  ).toEqual([
    "1/1 reuse: the same as s/1/1",
    "1/2 reuse: the same as s/1/2",
    "2/1 wait: folds must run first",
    "2/2 wait: folds must run first",
    "null wait: its trials must run first",
  ]);
  const run = await toy.run(text, { jobs: 3 });
  expect([...toy.begun].filter((label) => label !== "one").sort()).toEqual([
    "1-0-1/1",
    "1-0-1/2",
    "2-0-1/1",
    "2-0-1/2",
    "3-0-1/1",
    "3-0-1/2",
  ]);
  expect(run.status).toBe("ok");
});

describe("a trial that fails", () => {
  const failing = (bad: string, more = ""): string =>
    `${head()}${grid("s", "[3, 1, 2]").replace('a: "${trial.a}"', `a: "\${trial.a}", bad: ${bad}`)}${more}`;

  test("is left out with its reason, and the search goes on", async () => {
    const run = await toy.run(failing("[1]"));
    expect([run.status, run.failed]).toEqual(["ok", 2]);
    const { trials, counts } = resultsOf<SearchData>(run, "s");
    expect(counts.failed).toBe(1);
    expect(trials.map(({ key, status, rank, score }) => [key, status, rank, score === null])).toEqual([
      ["3", "ok", 2, false],
      ["1", "failed", null, true],
      ["2", "ok", 1, false],
    ]);
    expect(trials[1]!.cells.map(({ error }) => error)).toEqual(["no number\n`a` is 1.", "no number\n`a` is 1."]);
    expect(run.events.filter((event) => event.event === "warning")).toMatchObject([
      { stage: "s", message: "1 of 3 trials failed and is left out of the ranking (1: no number)." },
    ]);
  });

  test("is kept as a result: it is not tried again unless it is forced", async () => {
    await toy.run(failing("[1]"));
    const again = await toy.run(failing("[1]"));
    expect([again.status, again.ran, again.failed]).toEqual(["ok", 0, 2]);
    expect(toy.begun).toEqual([]);
    expect(toy.plan(failing("[1]")).planned.find(({ element }) => element === "1/1")).toMatchObject({
      verdict: "reuse",
      reason: "failed before: no number; `--force` tries it again",
    });
    expect((await toy.run(failing("[1]"), { force: ["s"] })).failed).toBe(2);
    expect(toy.begun).toHaveLength(6);
  });

  test("fails the search where more of them fail than may", async () => {
    const limited = failing("[1, 2]").replace("objective:", "max_failures: 1\n      objective:");
    const run = await toy.run(limited, { jobs: 1 });
    expect([run.status, run.told.split("\n").at(-1)]).toEqual(["failed", "s skipped: the run ended early"]);
    expect(run.events.filter((event) => event.event === "warning")).toMatchObject([
      {
        stage: "s",
        message:
          "2 trials failed, and `max_failures` allows 1, so that nothing more starts. What one said before it failed: " +
          "`hw1 show toy.yaml s/2`.",
      },
    ]);
  });

  test("fails the search where none is left", async () => {
    const run = await toy.run(failing("[1, 2, 3]"));
    expect(run.status).toBe("failed");
    expect(
      run.events.find((event) => event.event === "step" && event.stage === "s" && event.element === null),
    ).toMatchObject({ status: "failed" });
  });

  test("does not disturb what runs once per trial and gathers", async () => {
    const run = await toy.run(failing("[1]", "    fits: {kind: fit, each: s, use: s.trial, data: d}\n"));
    expect(run.status).toBe("ok");
    expect(stepsOf(run.events, ({ stage, status }) => stage === "fits" && status === "failed")).toEqual(["fits/1"]);
  });
});

const chain = `${head()}${grid("s", "[3, 1, 2]")}
    best: {kind: select, from: s, top: 2}
    length:
      kind: search
      strategy: grid
      each: best
      space: {epochs: [4, 1, 2]}
      trial: {kind: fit, use: best.trial, each: folds, data: folds.train, b: -1, epochs: "\${trial.epochs}"}
      objective: {minimize: validation.loss}
    tuned: {kind: select, from: length, top: 2, distinct: a}
    final: {kind: fit, each: tuned, use: tuned.trial, data: d}
`;

test("a later search takes the winners of an earlier one, and adds its own values", async () => {
  expect(toy.plan(chain).planned.find(({ stage }) => stage === "final")).toMatchObject({
    element: "1",
    verdict: "wait",
  });
  const run = await toy.run(chain);
  expect(run.status).toBe("ok");
  expect(resultsOf<SelectionData>(run, "best").winners.map(({ key }) => key)).toEqual(["1", "2"]);
  const { trials, parameters } = resultsOf<SearchData>(run, "length/2");
  expect(parameters).toEqual(["a", "epochs"]);
  expect(trials.map(({ key, values }) => [key, values])).toEqual([
    ["4", { a: 2, epochs: 4 }],
    ["1", { a: 2, epochs: 1 }],
    ["2", { a: 2, epochs: 2 }],
  ]);
  // b / epochs is smallest for one epoch.
  expect(resultsOf<SelectionData>(run, "tuned").winners.map(({ key, values }) => [key, values])).toEqual([
    ["1-1", { a: 1, epochs: 1 }],
    ["2-1", { a: 2, epochs: 1 }],
  ]);
  expect(toy.begun.filter((label) => !label.includes("/") && label !== "one")).toEqual(["1--1-1", "2--1-1"]);
  const again = await toy.run(chain);
  expect([again.ran, toy.plan(chain).planned.every(({ verdict }) => verdict === "reuse")]).toEqual([0, true]);
});

test("lengths of a training share their beginning, in whatever order they are asked for", async () => {
  await toy.run(chain, { jobs: 4 });
  // Six cells of one epoch, four epochs for each of two winners on two folds, and two of one epoch at the end.
  expect(toy.trained.epochs).toBe(6 + 4 * 4 + 2);
});

test("one standard error: the simplest of the trials that are no worse than the best by more than its standard error", async () => {
  // Standard error over two folds is 0.05; `a` is the number of parameters, and b decides the loss.
  const text = `${head()}
    s:
      kind: search
      strategy: grid
      space: {v: [{a: 5, b: 0}, {a: 3, b: 2.04}, {a: 2, b: 3.2}]}
      trial: {kind: fit, each: folds, data: folds.train, a: "\${trial.v.a}", b: "\${trial.v.b}"}
      objective: {minimize: validation.loss}
    best: {kind: select, from: s}
    simple: {kind: select, from: s, rule: one_standard_error}
`;
  const run = await toy.run(text);
  const winner = (name: string): unknown => resultsOf<SelectionData>(run, name).winners[0]!.parameters;
  expect([winner("best"), winner("simple")]).toEqual([5, 3]);
});

test("nested cross-validation is a search under the outer folds", async () => {
  const text = `
    d: {kind: make, value: one}
    outer: {kind: part, data: d, k: 2}
    inner: {kind: part, each: outer, data: outer.train, k: 3}
    s:
      kind: search
      each: outer
      strategy: grid
      space: {a: [2, 1]}
      trial: {kind: fit, each: inner, data: inner.train, a: "\${trial.a}"}
      objective: {minimize: validation.loss}
    best: {kind: select, each: outer, from: s}
    final: {kind: fit, each: best, use: best.trial, data: outer.train}
`;
  const run = await toy.run(text);
  expect(run.status).toBe("ok");
  expect(stepsOf(run.events, ({ stage }) => stage === "final" || stage === "best")).toEqual([
    "best/1",
    "best/2",
    "final/1/1",
    "final/2/1",
  ]);
  // The seeds of an inner fold are named by both folds; winners name none.
  expect([...toy.begun].filter((label) => label !== "one").sort()).toEqual(
    ["1", "2"]
      .flatMap((a) => ["1/1", "1/2", "1/3", "2/1", "2/2", "2/3"].map((fold) => `${a}-0-1/${fold}`))
      .concat(["1-0-1/1", "1-0-1/2"])
      .sort(),
  );
  const planned = toy.plan(text);
  expect(
    planned.searches.map(({ stage, element, trials, folds }) => [stage, element, trials.length, folds.length]),
  ).toEqual([
    ["s", "1", 2, 3],
    ["s", "2", 2, 3],
  ]);
  // Without an `each` of its own the trial takes that of the search, and the search runs over what is around it.
  const short = text
    .replace("each: outer\n      strategy", "each: inner\n      strategy")
    .replace("each: inner, data: inner.train", "data: inner.train");
  expect((await toy.run(short)).ran).toBe(0);
});

test("a trial of several stages is scored by one of them", async () => {
  const text = `${head()}
    s:
      kind: search
      strategy: grid
      space: {a: [2, 1]}
      trial:
        first: {kind: pass, each: folds, data: folds.train, value: "v\${trial.a}"}
        last: {kind: fit, each: folds, data: first, a: "\${trial.a}"}
      objective: {minimize: last.validation.loss}
`;
  const run = await toy.run(text, { jobs: 1 });
  expect(run.status).toBe("ok");
  expect([...stepsOf(run.events, ({ stage }) => stage.startsWith("s."))].sort()).toEqual(
    ["first", "last"].flatMap((part) => ["1/1", "1/2", "2/1", "2/2"].map((cell) => `s.${part}/${cell}`)),
  );
  expect(resultsOf<SearchData>(run, "s").trials.find(({ rank }) => rank === 1)!.key).toBe("1");
});

test("digests do not depend on the number of jobs", async () => {
  const one = await toy.run(chain, { jobs: 1 });
  const other = toys();
  const eight = await other.run(chain, { jobs: 8 });
  other.close();
  expect([...eight.artifacts].sort()).toEqual([...one.artifacts].sort());
});

test("a parameter may be called as what every object has, also where another search has none of that name", async () => {
  const run = await toy.run(
    `${head()}${grid("s", "[3, 1]").replace("space: {a:", "space: {constructor:").replace("trial.a", "trial.constructor")}${grid("t", "[2, 4]")}
    best: {kind: select, from: [s, t], top: 4, distinct: [a, constructor]}
`,
  );
  expect(run.status).toBe("ok");
  const winners = resultsOf<SelectionData>(run, "best").winners.map(({ values }) => values);
  expect(winners.map((values) => JSON.stringify(values))).toEqual([
    '{"constructor":1}',
    '{"a":2}',
    '{"constructor":3}',
    '{"a":4}',
  ]);
});
