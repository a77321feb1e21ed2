/** What a run tells the ledger, and that a test set is opened last. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LedgerEntry } from "../../src/store/store.js";
import { type Toys, toys } from "../rig/toy.js";

let toy: Toys;
beforeEach(() => {
  toy = toys();
});
afterEach(() => toy.close());

const study = `
    known: {kind: make, value: known}
    unseen: {kind: exam, value: unseen}
    quick: {kind: fit, data: known, a: 1}
    tune: {kind: search, strategy: grid, space: {a: [2, 3]}, trial: {kind: fit, data: known, a: "\${trial.a}"}, objective: {minimize: validation.loss}}
    best: {kind: select, from: tune}
    first: {kind: judge, model: quick, data: unseen, value: first}
    own: {kind: judge, model: quick, data: known, value: own}
`;
const openings = (): readonly LedgerEntry[] => [1, 2, 3].flatMap((run) => toy.store.openingsIn(run));
const decided = (): readonly string[] =>
  toy.store.decidedAfter(0).map(({ what, stage, element }) => [what, stage, element ?? ""].join(" ").trim());

test("a test set is opened when all that decides is done, and what is judged by other data does not wait", async () => {
  await toy.run(study);
  expect(toy.begun.at(-1)).toBe("first");
  expect(openings().map(({ what, stage, pipeline, run }) => [what, stage, pipeline, run])).toEqual([
    ["opening", "first", "toy", 1],
  ]);
  expect([...decided()].sort()).toEqual([
    "search tune",
    "selection best",
    "training quick",
    "training tune 2",
    "training tune 3",
  ]);
  const [opened] = toy.store.openingsIn(1);
  const [training] = toy.store.decidedAfter(0).filter(({ stage }) => stage === "quick");
  expect([opened!.sources, opened!.at]).toEqual([training!.sources, expect.any(Number)]);
  expect(toy.store.decidedAfter(opened!.at)).toEqual([]);
});

test("a search decides once, however often it chooses who goes on", async () => {
  await toy.run(`
    d: {kind: make, value: one}
    s: {kind: search, strategy: grid, space: {a: [2, 3]}, halving: {epochs: [1, 3], factor: 2}, trial: {kind: fit, data: d, a: "\${trial.a}"}, objective: {minimize: validation.loss}}
`);
  expect([...decided()].sort()).toEqual(["search s", "training s 2", "training s 3", "training s rung-2.1"]);
});

test("what is reused is a look, what is forced an opening; what is decided again the same is no news", async () => {
  await toy.run(study);
  await toy.run(study);
  await toy.run(study, { force: ["first", "quick"] });
  expect(openings().map(({ what, run }) => [what, run])).toEqual([
    ["opening", 1],
    ["look", 2],
    ["opening", 3],
  ]);
  expect(new Set(toy.store.openingsIn(1).map(({ examples }) => examples)).size).toBe(1);
  expect(decided()).toHaveLength(5);
});

test("a search that test examples compare opens the set once per trial, waits for nothing of its own, and is decided after it", async () => {
  const tuned = `
    known: {kind: make, value: known}
    unseen: {kind: exam, value: unseen}
    tune: {kind: search, strategy: grid, space: {a: [2, 3]}, trial: {net: {kind: fit, data: known, a: "\${trial.a}"}, score: {kind: judge, model: net, data: unseen, value: "of trial", loss: "\${trial.a}"}}, objective: {minimize: score.loss}}
    best: {kind: select, from: tune}
    final: {kind: fit, each: best, use: best.net, data: known, b: 1}
    last: {kind: judge, each: best, model: final, data: unseen, value: last}
`;
  expect((await toy.run(tuned)).status).toBe("ok");
  expect(
    openings()
      .map(({ stage, element }) => `${stage}/${element}`)
      .sort(),
  ).toEqual(["last/1", "tune.score/2", "tune.score/3"]);
  const first = Math.min(...openings().map(({ at }) => at));
  const later = toy.store.decidedAfter(first - 1).map(({ stage }) => stage);
  for (const stage of ["tune", "best", "final"]) expect(later).toContain(stage);
});

test("after a failure the test set stays closed, and with `keepGoing` it is opened when the rest is done", async () => {
  const failing = `${study.trimEnd()}\n    broken: {kind: fit, data: known, a: 9, bad: [9]}\n`;
  const stopped = await toy.run(failing, { jobs: 1 });
  expect([stopped.status, openings()]).toEqual(["failed", []]);
  await toy.run(failing, { keepGoing: true });
  expect(openings().map(({ stage }) => stage)).toEqual(["first"]);
});
