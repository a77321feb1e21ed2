/**
 * Damage in the store that several steps meet at the same time: the run mends it and ends as if there had been none.
 */
import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hasWork } from "../../src/plan/plan.js";
import { stepKey } from "../../src/plan/steps.js";
import type { RunEvent } from "../../src/run/event.js";
import type { Workers } from "../../src/run/run.js";
import { layoutOf } from "../../src/store/layout.js";
import { loadSqlite } from "../../src/store/native.js";
import { corruptBlobs } from "../rig/stored.js";
import { type Toys, toys } from "../rig/toy.js";

let toy: Toys;
beforeEach(() => {
  toy = toys();
});
afterEach(() => toy.close());

const sound = (): Workers => toy.workers(() => undefined);
const corruptAll = (): number => corruptBlobs(toy.store.folder, (bytes) => bytes.length > 0);
const warnings = (events: readonly RunEvent[]): readonly string[] =>
  events.flatMap((event) => (event.event === "warning" ? [event.message] : []));
/** Runs `text` twice, with damage and other `value`s in between, and once without, in another folder. */
async function withDamage(
  text: (value: string) => string,
  options: { jobs: number; corrupt?: () => number; workers?: () => Workers },
): Promise<void> {
  await toy.run(text("one"));
  expect((options.corrupt ?? corruptAll)()).toBeGreaterThan(0);
  const run = await toy.run(text("two"), { jobs: options.jobs, workers: options.workers?.() ?? sound() });
  expect(
    [run.status, run.failed],
    JSON.stringify(run.events.filter((event) => event.event === "step" && event.status === "failed")),
  ).toEqual(["ok", 0]);
  // Each damaged blob is reported once, however many have met it.
  expect(new Set(warnings(run.events)).size).toBe(warnings(run.events).length);
  expect(warnings(run.events).every((message) => message.startsWith("A stored blob"))).toBe(true);
  const clean = toys();
  try {
    expect(Object.fromEntries(run.artifacts)).toEqual(Object.fromEntries((await clean.run(text("two"))).artifacts));
  } finally {
    clean.close();
  }
  // All that the run left is there.
  for (const artifact of run.artifacts.values())
    for (const output of Object.values(toy.store.artifact(artifact)!.outputs))
      for (const blob of Object.values(output.blobs)) blob.bytes();
  const again = await toy.run(text("two"), { workers: sound() });
  expect([again.status, again.ran, warnings(again.events)]).toEqual(["ok", 0, []]);
}

for (const kind of ["view", "inspect"])
  for (const jobs of [1, 6])
    test(`many readers of a damaged blob, ${kind === "view" ? "in this process" : "in others"}, ${jobs} at a time`, () =>
      withDamage(
        (value) => `
    a: {kind: make, value: one}
    b: {kind: pass, data: a, value: two}
${Array.from({ length: 6 }, (_, index) => `    v${index}: {kind: ${kind}, data: ${index % 3 === 0 ? "a" : "b"}, value: ${value}${index}}`).join("\n")}
    end: {kind: ${kind}, all: [v0, v1, v2, v3, v4, v5], value: end}
`,
        { jobs },
      ));

test("elements of folds, and what gathers over them", () =>
  withDamage(
    (value) => `
    d: {kind: make, value: one}
    folds: {kind: part, data: d, k: 2}
    t: {kind: inspect, each: folds, data: folds.train, value: ${value}t}
    v: {kind: inspect, each: folds, data: folds.validation, value: ${value}v}
    whole: {kind: view, data: folds.folds, value: ${value}w}
    all: {kind: view, all: [t, v], value: ${value}a}
`,
    { jobs: 4 },
  ));

test("a search and its winners", () =>
  withDamage(
    (value) => `
    d: {kind: make, value: one}
    folds: {kind: part, data: d, k: 2}
    s:
      kind: search
      strategy: grid
      space: {a: [3, 1, 2]}
      trial: {kind: learn, each: folds, data: folds.train, a: "\${trial.a}", b: ${value === "one" ? 1 : 2}}
      objective: {minimize: validation.loss}
    best: {kind: select, from: s}
    final: {kind: learn, each: best, use: best.trial, data: d}
`,
    {
      jobs: 3,
      corrupt: () => corruptBlobs(toy.store.folder, (bytes) => bytes.length === 16 && bytes.readInt32LE(12) <= 3),
    },
  ));

test("a result that only shares its bytes with a damaged one is mended, too, though nobody reads it", async () => {
  const text = (value: string): string => `
    a: {kind: make, value: one}
    alone: {kind: make, value: other}
    v: {kind: view, data: a, value: ${value}}
`;
  await toy.run(text("one"));
  corruptAll();
  const run = await toy.run(text("two"));
  expect([run.status, run.artifacts.size]).toEqual(["ok", 3]);
  expect(toy.plan(text("two")).planned.map(({ verdict }) => verdict)).toEqual(["reuse", "reuse", "reuse"]);
});

test("setting aside a blob that is whole loses nothing", async () => {
  const text = "    a: {kind: make, value: one}\n";
  const run = await toy.run(text);
  const blob = toy.store.artifact(run.artifacts.get("a")!)!.outputs.data!.blobs.features!.digest!;
  toy.store.quarantine(blob);
  expect((await toy.run(text)).reused).toBe(1);
});

/** Halves six trials on two folds; their winner goes on. */
const halved = (epochs = "[1, 3, 9]"): string => `
    d: {kind: make, value: one}
    folds: {kind: part, data: d, k: 2}
    s:
      kind: search
      strategy: grid
      space: {a: [9, 4, 2], b: [1, 9]}
      halving: {epochs: ${epochs}, factor: 3}
      trial: {kind: fit, each: folds, data: folds.train, a: "\${trial.a}", b: "\${trial.b}"}
      objective: {minimize: validation.loss}
    best: {kind: select, from: s}
    final: {kind: fit, each: best, use: best.trial, data: d}
`;
function inDatabase(sql: string, ...values: readonly string[]): unknown[] {
  const db = new (loadSqlite())(join(toy.store.folder, "hw1.sqlite"));
  try {
    const statement = db.prepare(sql);
    return statement.reader ? statement.pluck().all(...values) : [statement.run(...values)];
  } finally {
    db.close();
  }
}

test("what a search of several rounds has lost is computed again, whatever it chose for, and nothing else", async () => {
  const whole = await toy.run(halved());
  const wanted = Object.fromEntries(whole.artifacts);
  const cells = ["s/4-1/1", "s/rung-2.2/1", "s/rung-3.1/2"];
  for (const key of [...cells, "s/rung-2", "s/rung-3", "s", "best"]) {
    const artifact = whole.artifacts.get(key)!;
    const packs = "SELECT name FROM packs p JOIN artifact_packs a ON a.pack = p.id WHERE a.artifact = ?";
    const damages = [
      () => inDatabase(packs, artifact).map((name) => unlinkSync(layoutOf(toy.store.folder).pack(name as string))),
      () => inDatabase("UPDATE artifacts SET manifest = replace(manifest, '1', '2') WHERE digest = ?", artifact),
    ];
    // What nobody reads again is not looked into.
    for (const damage of cells.includes(key) ? damages.slice(0, 1) : damages) {
      damage();
      const run = await toy.run(halved());
      const again = run.events.flatMap((event) =>
        event.event === "step" && event.verdict === "run" ? [stepKey(event.stage, event.element)] : [],
      );
      expect([run.status, again, Object.fromEntries(run.artifacts)]).toEqual(["ok", [key], wanted]);
      expect(hasWork(toy.plan(halved()))).toBe(false);
    }
  }
});

test("rungs whose last states are lost are trained anew, and end with the same digests", async () => {
  await toy.run(halved());
  for (const table of ["checkpoints", "checkpoint_bytes", "last_states"]) inDatabase(`DELETE FROM ${table}`);
  const before = toy.trained.epochs;
  const run = await toy.run(halved("[1, 3, 12]"));
  // Both cells of the winner, and its final training.
  expect([run.status, toy.trained.epochs - before]).toEqual(["ok", 3 * 12]);
  const clean = toys();
  try {
    expect(Object.fromEntries(run.artifacts)).toEqual(
      Object.fromEntries((await clean.run(halved("[1, 3, 12]"))).artifacts),
    );
  } finally {
    clean.close();
  }
});
