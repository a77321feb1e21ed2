/**
 * Damage in the store that several steps meet at the same time: the run mends it and ends as if there had been none.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunEvent } from "../../src/run/event.js";
import type { Workers } from "../../src/run/run.js";
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
