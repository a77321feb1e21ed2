import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TrialsData } from "../../src/values/chosen-trials.js";
import type { SearchData } from "../../src/values/search.js";
import { type Toys, toys } from "../rig/toy.js";

let toy: Toys;
beforeEach(() => {
  toy = toys();
});
afterEach(() => toy.close());

/** The loss of a trial is a + b / epochs. */
const searched = (more: Readonly<Record<string, string>> = {}, fit = ""): string => `
    d: {kind: make, value: one}
    s:
${Object.entries({
  kind: "search",
  strategy: "tpe",
  budget: "14",
  batch: "5",
  space: "{a: {uniform: [0, 100]}, b: {integer: [1, 9]}, c: [x, y]}",
  trial: `{kind: fit, data: d, a: "\${trial.a}", b: "\${trial.b}"${fit}}`,
  objective: "{minimize: validation.loss}",
  allow: "[unused_parameter]",
  ...more,
})
  .map(([name, value]) => (value === "" ? "" : `      ${name}: ${value}\n`))
  .join("")}`;

type Run = Awaited<ReturnType<Toys["run"]>>;
function leftBy<T>(run: Pick<Run, "artifacts">, key: string): T {
  const [output] = Object.values(toy.store.artifact(run.artifacts.get(key) as never)!.outputs);
  return output!.data as unknown as T;
}
const resultsOf = (run: Run): SearchData => leftBy(run, "s");

describe("a search by TPE", () => {
  test("has its steps from the start, each generation behind those before", async () => {
    const { planned, searches } = toy.plan(searched());
    expect(planned.slice(-8).map(({ element, verdict, reason }) => `${element} ${verdict}: ${reason}`)).toEqual([
      "9 wait: d must run first",
      "10 wait: d must run first",
      "generation-3 wait: its trials must run first",
      "generation-3.1 wait: s/generation-3 must run first",
      "generation-3.2 wait: s/generation-3 must run first",
      "generation-3.3 wait: s/generation-3 must run first",
      "generation-3.4 wait: s/generation-3 must run first",
      "null wait: its trials must run first",
    ]);
    expect(searches[0]!.rounds.map(({ name, places, isKnown }) => [name, places.length, isKnown])).toEqual([
      ["generation-1", 5, true],
      ["generation-2", 5, true],
      ["generation-3", 4, false],
    ]);
    await toy.run(searched());
    expect(toy.plan(searched()).planned.every(({ verdict }) => verdict === "reuse")).toBe(true);
    // With a larger budget what was there before is there again.
    const longer = await toy.run(searched({ budget: "16" }));
    expect(longer.told).toContain("s/generation-3.4 reused");
    expect(longer.told).toContain("s/generation-4.1 ran");
  });

  test("begins as a random search, then proposes from the scores, whatever the jobs and the order", async () => {
    const run = await toy.run(searched(), { jobs: 1 });
    const { trials, rounds, strategy } = resultsOf(run);
    expect([run.status, strategy]).toEqual(["ok", "tpe"]);
    expect(trials.map(({ key }) => key)).toEqual(Array.from({ length: 14 }, (_, index) => String(index + 1)));
    expect(rounds!.map(({ generation, places, ran }) => [generation, places, ran])).toEqual([
      [1, 5, 5],
      [2, 5, 5],
      [3, 4, 4],
    ]);
    const other = toys();
    try {
      const three = await other.run(searched(), { jobs: 3 });
      expect([...three.artifacts].sort()).toEqual([...run.artifacts].sort());
    } finally {
      other.close();
    }
    const random = toy.plan(searched({ strategy: "random", batch: "" })).searches[0]!.trials;
    expect(random.slice(0, 10).map(({ values }) => values)).toEqual(trials.slice(0, 10).map(({ values }) => values));
    expect(random[10]!.values).not.toEqual(trials[10]!.values);
  });

  test("goes on behind trials that failed, and does not come back to them", async () => {
    const space = "{a: {integer: [1, 4]}, b: {integer: [1, 4]}, c: [x]}";
    const run = await toy.run(searched({ space, budget: "16", batch: "8" }, ", bad: [1, 2, 3]"));
    const { trials, counts } = resultsOf(run);
    expect([run.status, counts.trials, counts.failed]).toEqual(["ok", 16, 12]);
    expect(new Set(trials.map(({ values }) => JSON.stringify(values))).size).toBe(16);
  });

  test("ends where more trials failed than may", async () => {
    const space = "{a: [1, 2, 3, 4], b: {integer: [1, 9]}, c: [x]}";
    const run = await toy.run(searched({ space, max_failures: "3" }, ", bad: [1, 2]"));
    expect(run.status).toBe("failed");
    expect(run.artifacts.has("s")).toBe(false);
    expect(run.told).toMatch(/s\/generation-3\.1 skipped/);
  });

  test("counts a proposal that check time would have refused as a trial that failed", async () => {
    const proposal = resultsOf(await toy.run(searched())).trials[11]!;
    const refused = searched({}, `, bad: [-${proposal.values.a as number}]`);
    const run = await toy.run(refused);
    expect(run.status).toBe("ok");
    const { trials } = resultsOf(run);
    expect(trials.filter(({ status }) => status === "failed").map(({ key, values }) => ({ key, values }))).toEqual([
      { key: "12", values: proposal.values },
    ]);
    expect(trials[11]!.cells[0]!.error).toBe(`no such number\n\`a\` is ${proposal.values.a as number}.`);
    expect(toy.begun).toHaveLength(13);
    // It was kept, as any trial's failure is.
    expect(toy.plan(refused).planned.find(({ element }) => element === "generation-3.2")!.reason).toBe(
      "failed before: no such number; `--force` tries it again",
    );
    expect((await toy.run(refused)).ran).toBe(0);
  });

  test("leaves what such a trial shares with others as it is", async () => {
    const proposal = resultsOf(await toy.run(searched())).trials[11]!;
    const last = `{kind: fit, data: first, a: "\${trial.a}", b: "\${trial.b}", bad: [-${proposal.values.a as number}]}`;
    const trial = `{first: {kind: pass, data: d, value: p}, last: ${last}}`;
    const refused = await toy.run(searched({ trial }), { force: ["s"] });
    expect([refused.status, resultsOf(refused).counts.failed]).toEqual(["ok", 1]);
    const beside = await toy.run(`${searched({ trial })}    same: {kind: pass, data: d, value: p}\n`);
    expect([beside.status, beside.ran]).toEqual(["ok", 0]);
    expect(beside.told).toContain("same reused");
  });
});

describe("a target", () => {
  const aimed = { target: "{validation.loss: '<= 30'}" };
  test("that is reached leaves the later places empty, which is no failure and nothing to do", async () => {
    const run = await toy.run(searched(aimed));
    const { trials, target, rounds } = resultsOf(run);
    expect(run.status).toBe("ok");
    const reached = trials.find(({ score }) => score!.mean <= 30)!;
    expect(target).toEqual({ metric: "validation.loss", bound: "<= 30", reached: reached.key });
    expect(rounds!.map(({ ran }) => ran)).toEqual([5, 0, 0]);
    expect(leftBy<TrialsData>(run, "s/generation-2")).toEqual({
      generation: 2,
      rung: 1,
      epochs: null,
      places: 5,
      trials: [],
      why: `trial ${reached.key} has reached the target, validation.loss <= 30`,
    });
    expect(run.told).toContain("s/generation-2.1 skipped: not needed: trial");
    expect(toy.plan(searched(aimed)).planned.every(({ verdict }) => verdict === "reuse")).toBe(true);
    expect((await toy.run(searched(aimed))).ran).toBe(0);
  });
  test("that is reached leaves nothing to do for a search of its own for each trial, and for who reads that", async () => {
    const outer = { ...aimed, space: "{a: {uniform: [0, 100]}}", budget: "6", batch: "3", allow: "" };
    const text = `${searched({ ...outer, trial: `{kind: fit, data: d, a: "\${trial.a}"}` })}
    folds: {kind: part, data: d, k: 2}
    inner:
      kind: search
      each: s
      strategy: grid
      space: {b: [1, 2]}
      halving: {epochs: [1, 2], factor: 2}
      trial: {kind: fit, each: [s, folds], use: s.trial, data: folds.train, b: "\${trial.b}"}
      objective: {minimize: validation.loss}
    best: {kind: select, each: s, from: inner}
`;
    const run = await toy.run(text);
    expect(run.status).toBe("ok");
    expect(run.told).toMatch(/best\/3 ran/);
    expect(run.told).toContain("inner/4 skipped: not needed: none of its trials ran");
    expect(run.told).toContain("best/4 skipped: not needed: nothing ran as inner/4");
    expect(toy.plan(text).planned.filter(({ verdict }) => verdict !== "reuse")).toEqual([]);
    expect((await toy.run(text)).ran).toBe(0);
  });
  test("that is not reached changes nothing but what is said of it", async () => {
    const { target, ...other } = resultsOf(await toy.run(searched({ target: "{validation.loss: '<= 0.001'}" })));
    expect(target).toEqual({ metric: "validation.loss", bound: "<= 0.001", reached: null });
    expect(other).toEqual(resultsOf(await toy.run(searched())));
  });
  test("ends a halved grid between two rungs", async () => {
    const grid = {
      ...{ strategy: "grid", budget: "", batch: "", space: "{a: [1, 2, 3], b: [0], c: [x]}" },
      ...{ halving: "{epochs: [1, 2, 4], factor: 2}", target: "{validation.loss: '< 1.2'}" },
    };
    const { trials, rounds, target } = resultsOf(await toy.run(searched(grid)));
    expect(target!.reached).toBe("1-0-x");
    expect(rounds!.map(({ ran }) => ran)).toEqual([3, 0, 0]);
    // Nobody was left behind by another.
    expect(trials.map(({ status, rank }) => `${status} ${rank}`)).toEqual(["ok 1", "ok 2", "ok 3"]);
  });
});

test("a target that is reached early in a later generation leaves the others of it behind", async () => {
  const halved = {
    ...{ budget: "24", batch: "6", halving: "{epochs: [1, 3], factor: 3}" },
    space: "{a: {uniform: [0, 100]}, b: [0], c: [x]}",
  };
  const firsts = resultsOf(await toy.run(searched(halved))).trials.map(({ round, rungs }) => ({
    generation: round!.generation,
    score: rungs![0]!.score!.mean,
    best: Math.min(...rungs!.map(({ score }) => score!.mean)),
  }));
  const before = (generation: number): number =>
    Math.min(...firsts.filter((trial) => trial.generation < generation).map(({ best }) => best));
  const aim = firsts.find(({ generation, score }) => generation > 1 && score < before(generation))!;
  const bound = (aim.score + before(aim.generation)) / 2;
  const { trials, target } = resultsOf(
    await toy.run(searched({ ...halved, target: `{validation.loss: '<= ${bound}'}` })),
  );
  const last = trials.filter(({ round }) => round!.generation === aim.generation);
  expect(last.map(({ round }) => round!.rung)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(last.map(({ status, score }) => [status, score!.mean <= bound])).toEqual(
    last.map(({ score }) => (score!.mean <= bound ? ["ok", true] : ["stopped", false])),
  );
  expect(last.find(({ key }) => key === target!.reached)).toMatchObject({ status: "ok", rank: 1 });
  expect(last.some(({ status }) => status === "stopped")).toBe(true);
});

test("each generation is halved by itself, and the next one learns from what was stopped too", async () => {
  const run = await toy.run(searched({ budget: "12", batch: "6", halving: "{epochs: [1, 3], factor: 3}" }));
  const { rounds, trials } = resultsOf(run);
  expect(rounds!.map(({ generation, rung, epochs, ran }) => [generation, rung, epochs, ran])).toEqual([
    [1, 1, 1, 6],
    [1, 2, 3, 2],
    [2, 1, 1, 6],
    [2, 2, 3, 2],
  ]);
  expect(trials.filter(({ status }) => status === "stopped")).toHaveLength(8);
  expect(trials.filter(({ rank }) => rank! <= 4).every(({ status }) => status === "ok")).toBe(true);
  expect(toy.trained.epochs).toBe(12 * 1 + 4 * 2);
});
