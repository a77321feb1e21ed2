/** Runs in which a stage reads one element of a fan-out by its name. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Toys, toys } from "../rig/toy.js";

let toy: Toys;
beforeEach(() => {
  toy = toys();
});
afterEach(() => toy.close());

const folds = `
    d: {kind: make, value: d}
    p: {kind: part, data: d, k: 2}
    net: {kind: fit, each: p, data: p.train, a: 1}
`;

test("what one element left is found again under `each`, under a name, and under another stage's name", async () => {
  await toy.run(`${folds}
    all: {kind: judge, each: p, model: net, data: d, value: v}
    part: {kind: view, each: p, all: [p.train, p.validation], value: w}
`);
  const { told } =
    await toy.run(`${folds.replaceAll("net", "other").replace(" p:", " q:").replaceAll("p.train", "q.train").replace("each: p", "each: q")}
    one: {kind: judge, model: other/2, data: d, value: v}
    part: {kind: view, all: [q/1.train, q/1.validation], value: w}
`);
  expect(told).toBe("d reused\nq reused\nother/1 reused\nother/2 reused\none reused\npart reused");
});

test("when the element that a name picks changes, its reader runs again, and when another does, it does not", async () => {
  const study = (two: string, key: number): string => `
    d: {kind: make, value: d}
    p: {kind: part, data: d, k: 2}
    s: {kind: search, strategy: grid, space: {a: [2, 3]}, trial: {kind: fit, data: d, a: "\${trial.a}"}, objective: {minimize: validation.loss}}
    best: {kind: select, from: s, top: 2}
    net: {kind: fit, each: best, use: best.trial, data: d, b: ${two}}
    one: {kind: judge, model: net/${key}, data: d, value: v}
    trial: {kind: judge, model: s/3, data: d, value: t}
`;
  await toy.run(study("0", 1));
  const told = async (text: string): Promise<readonly string[]> =>
    (await toy.run(text)).told.split("\n").filter((line) => /^(one|trial)/.test(line));
  expect(await told(study("0", 1))).toEqual(["one reused", "trial reused"]);
  expect(await told(study("1", 1))).toEqual(["one ran: net/1 changed", "trial reused"]);
  expect(await told(study("1", 2))).toEqual(["one ran: net/2 changed", "trial reused"]);
  const widened = study("1", 2).replace("a: [2, 3]", "a: [2, 3, 9]");
  expect(await told(widened)).toEqual(["one reused", "trial reused"]);
});

test("what reads a trial that failed is skipped, and fails the run; another trial is there", async () => {
  const { told, status } = await toy.run(
    `
    d: {kind: make, value: d}
    s: {kind: search, strategy: grid, space: {a: [2, 3]}, trial: {kind: fit, data: d, a: "\${trial.a}", bad: [2]}, objective: {minimize: validation.loss}}
    good: {kind: judge, model: s/3, data: d, value: g}
    none: {kind: judge, model: s/2, data: d, value: n}
`,
    { keepGoing: true },
  );
  expect([told.split("\n").slice(-2), status]).toEqual([["good ran: never run", "none skipped: s/2 failed"], "failed"]);
});

test("of trials that are named none may be missing, where one that gathers them all goes on", async () => {
  const { told } = await toy.run(
    `
    d: {kind: make, value: d}
    s: {kind: search, strategy: grid, space: {v: [bad, good]}, trial: {out: {kind: pass, data: d, value: "\${trial.v}"}, net: {kind: fit, data: out, a: 1}}, objective: {minimize: net.validation.loss}}
    t: {kind: pass, each: s, use: s.out, data: d}
    all: {kind: view, all: t, value: all}
    both: {kind: view, all: [s.out/good, s.out/bad], value: both}
`,
    { keepGoing: true },
  );
  expect(told.split("\n").slice(-2)).toEqual(["all ran: never run", "both skipped: s.out/bad failed"]);
});

test("a test set that one element is judged by is opened by that, and the ledger has what taught it", async () => {
  await toy.run(`${folds}
    t: {kind: exam, value: t}
    one: {kind: judge, model: net/2, data: t, value: v}
`);
  expect(toy.begun.at(-1)).toBe("v");
  const [opened, ...others] = toy.store.openingsIn(1);
  expect([opened!.stage, opened!.element, others]).toEqual(["one", null, []]);
  const trained = toy.store.decidedAfter(0).filter(({ stage }) => stage === "net");
  expect(trained.map(({ sources }) => sources)).toEqual([opened!.sources, opened!.sources]);
});

test("--only runs the element that is read, and --force its own steps", async () => {
  const study = `${folds}
    one: {kind: judge, model: net/2, data: d, value: v}
`;
  const first = await toy.run(study, { only: ["one"] });
  expect(first.told).toBe("d ran: never run\np ran: never run\nnet/2 ran: never run\none ran: never run");
  const second = await toy.run(study, { force: ["net"] });
  expect(second.told).toBe("d reused\np reused\nnet/1 ran: forced\nnet/2 ran: forced\none reused");
});

test("a trial of another search is read by name in a trial, and its own stages at their folds", async () => {
  const { told } = await toy.run(`
    d: {kind: make, value: d}
    p: {kind: part, data: d, k: 2}
    s: {kind: search, strategy: grid, space: {a: [2, 3]}, trial: {kind: fit, data: d, a: "\${trial.a}"}, objective: {minimize: validation.loss}}
    u:
      kind: search
      strategy: grid
      space: {read: [s/2, s/3]}
      trial:
        net: {kind: fit, each: p, data: p.train, a: 1}
        out: {kind: judge, model: net/2, data: d, value: own}
        old: {kind: judge, model: "\${trial.read}", data: d, value: old, loss: 2}
      objective: {minimize: old.loss}
`);
  const ran = told.split("\n");
  expect(ran).toHaveLength(1 + 1 + 3 + 2 * 4 + 1);
  expect(ran.filter((line) => line.includes("failed") || line.includes("skipped"))).toEqual([]);
  expect(toy.begun.filter((value) => value === "old")).toHaveLength(2);
  expect(toy.begun.filter((value) => value === "own")).toHaveLength(1);
});

test("what reads an element that failed by its name is told which; what runs over the same elements, of the stage", async () => {
  const { told } = await toy.run(
    `
    d: {kind: make, value: d}
    s: {kind: search, strategy: grid, space: {a: [2, 3]}, trial: {kind: fit, data: d, a: "\${trial.a}"}, objective: {minimize: validation.loss}}
    best: {kind: select, from: s, top: 2}
    net: {kind: fit, each: best, use: best.trial, data: d, b: 1, bad: [2]}
    named: {kind: judge, model: net/1, data: d, value: n}
    other: {kind: judge, model: net/2, data: d, value: o}
    all: {kind: judge, each: best, model: net, data: d, value: v}
`,
    { keepGoing: true },
  );
  expect(told.split("\n").filter((line) => /^(named|other|all)/.test(line))).toEqual([
    "named skipped: net/1 failed",
    "other ran: never run",
    "all/1 skipped: net failed",
    "all/2 ran: never run",
  ]);
});
