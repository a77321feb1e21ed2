/** The ledger outlives results, databases and disks: whatever was told as kept stands in it. */
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EnvironmentError } from "../../src/diagnostic/diagnostic.js";
import { type DurableFiles, nodeFiles } from "../../src/store/durable.js";
import { layoutOf } from "../../src/store/layout.js";
import { loadSqlite } from "../../src/store/native.js";
import { readPackHead, writePack } from "../../src/store/pack.js";
import { openStore } from "../../src/store/sqlite.js";
import { CorruptBlobError, type Decided, type StepRecord, type Store } from "../../src/store/store.js";
import { digestJson } from "../../src/util/digest.js";
import { corruptBlobs } from "../rig/stored.js";
import { keepStep, loseDatabase, numbers, opened, opening, record, scratch } from "./rig.js";

const examples = digestJson("examples");
/** Keeps a step that opened the set. */
function open(store: Store, name: string, at: number, value = at): StepRecord {
  const kept = record(name, store.put(numbers([value, value + 1])).digest, { finishedAt: at });
  store.keepMany([kept], [opening(kept)]);
  return kept;
}
const decision = (of: StepRecord, more: Partial<Decided> = {}): Decided => ({
  what: "training",
  fingerprint: of.fingerprint,
  run: 1,
  pipeline: of.pipeline,
  stage: of.stage,
  element: of.element,
  at: of.finishedAt,
  sources: [digestJson("data")],
  ...more,
});
const times = (store: Store): readonly number[] => store.openingsOf(examples).map(({ at }) => at);

test("an opening says what was opened, by which model, when, in which run and by which step", () => {
  const store = opened(scratch());
  const kept = record("a", store.put(numbers([1])).digest, { stage: "score", element: "2", finishedAt: 5 });
  store.keepMany([kept], [opening(kept, { run: 3 })]);
  expect(store.openingsOf(examples)).toEqual([
    {
      what: "opening",
      fingerprint: kept.fingerprint,
      run: 3,
      pipeline: "p",
      stage: "score",
      element: "2",
      at: 5,
      sources: [digestJson("data")],
      examples,
      data: digestJson("data"),
      model: digestJson("model"),
    },
  ]);
  expect(store.openingsIn(3)).toEqual(store.openingsOf(examples));
  expect(store.openingsIn(1)).toEqual([]);
  expect(store.setsIn(digestJson("data"))).toEqual([examples]);
  expect(store.openingsOf(digestJson("others"))).toEqual([]);
});

test("a database that is made anew has openings and decisions; looks start again with the history of runs", () => {
  const folder = scratch();
  const store = opened(folder);
  const kept = open(store, "a", 10);
  open(store, "b", 20);
  store.keepMany([kept], [decision(record("net", kept.artifact, { finishedAt: 30 }))]);
  store.note([opening(kept, { what: "look", at: 40 })]);
  expect(times(store)).toEqual([10, 20, 40]);
  store.close();
  loseDatabase(folder);
  // Also for a reader, which makes no database.
  for (const readonly of [true, false]) {
    const again = opened(folder, { readonly });
    expect(times(again)).toEqual([10, 20]);
    expect(again.decidedAfter(10).map(({ at }) => at)).toEqual([30]);
    again.close();
  }
});

test("numbers of runs go on after the ledger's, so none of its runs is mistaken for a later one", () => {
  const folder = scratch();
  const store = opened(folder);
  const runs = [1, 2, 3].map(() => store.startRun("p", "p.yaml"));
  const kept = record("a", store.put(numbers([1])).digest);
  store.keepMany([kept], [opening(kept, { run: 3 })]);
  store.close();
  loseDatabase(folder);
  const again = opened(folder);
  expect([...runs, again.startRun("p", "p.yaml"), again.startRun("p", "p.yaml")]).toEqual([1, 2, 3, 4, 5]);
  expect(again.setsOfLostRuns()).toEqual([examples]);
  const other = digestJson("another set");
  again.keepMany([kept], [opening(kept, { run: 4, examples: other })]);
  expect(again.setsOfLostRuns()).toEqual([examples]);
});

test("a step that computes the same again opens once more; what was decided is decided once, when it first was", () => {
  const folder = scratch();
  const store = opened(folder);
  const kept = open(store, "a", 10);
  store.keepMany([{ ...kept, finishedAt: 20 }], [opening({ ...kept, finishedAt: 20 })]);
  expect(times(store)).toEqual([10, 20]);
  const net = keepStep(store, "net", numbers([3]), { finishedAt: 5 });
  // From before there was a ledger.
  store.keepMany([{ ...net, finishedAt: 30 }], [decision({ ...net, finishedAt: 30 })]);
  const other = record("other", net.artifact, { finishedAt: 12 });
  store.keepMany([other], [decision(other, { what: "search" })]);
  store.keepMany([{ ...other, finishedAt: 50 }], [decision({ ...other, finishedAt: 50 }, { what: "search" })]);
  expect(store.decidedAfter(0).map(({ what, at }) => [what, at])).toEqual([
    ["training", 5],
    ["search", 12],
  ]);
  expect(store.decidedAfter(12)).toEqual([]);
  store.close();
  loseDatabase(folder);
  const again = opened(folder);
  expect(times(again)).toEqual([10, 20]);
  expect(again.decidedAfter(0)).toHaveLength(2);
});

test("two processes that decide the same are one decision, the first", () => {
  const folder = scratch();
  const [one, two] = [opened(folder), opened(folder)];
  const kept = keepStep(one, "net", numbers([3]), { finishedAt: 8 });
  // Neither sees the other's entry before its own pack is written.
  const layout = layoutOf(folder);
  for (const [run, at] of [
    [1, 9],
    [2, 7],
  ] as const)
    writePack(nodeFiles, layout, {
      blobs: new Map(),
      manifests: [],
      records: [],
      ledger: [decision(kept, { run, at })],
    });
  two.close();
  expect(
    opened(folder)
      .decidedAfter(0)
      .map(({ at }) => at),
  ).toEqual([7]);
});

test("a result that is damaged takes its opening from nobody, nor does a pack that is set aside", () => {
  const folder = scratch();
  const store = opened(folder);
  const kept = open(store, "a", 10, 1);
  const blob = store.artifact(kept.artifact)!.outputs.out!.blobs.features!;
  corruptBlobs(folder, (bytes) => bytes.length === 8 && bytes.readFloatLE(0) === 1);
  expect(() => blob.bytes()).toThrow(CorruptBlobError);
  expect(store.find(kept.fingerprint)).toBeUndefined();
  expect(times(store)).toEqual([10]);
  open(store, "a", 20, 1);
  store.close();
  loseDatabase(folder);
  const again = opened(folder);
  expect(times(again)).toEqual([10, 20]);

  // A pack with bytes beside entries, of which the bytes are damaged.
  const seven = again.artifact(again.put(numbers([7, 7, 7])).digest)!.outputs.out!.blobs.features!;
  writePack(nodeFiles, layoutOf(folder), {
    blobs: new Map([[seven.digest!, Buffer.from(seven.bytes())]]),
    manifests: [],
    records: [],
    ledger: [opening(kept, { at: 30 })],
  });
  again.close();
  const third = opened(folder);
  expect(times(third)).toEqual([10, 20, 30]);
  corruptBlobs(folder, (stored) => stored.length === 12 && stored.readFloatLE(0) === 7);
  third.quarantine(seven.digest!);
  third.close();
  loseDatabase(folder);
  expect(times(opened(folder))).toEqual([10, 20, 30]);
});

test("packs and a database from before the ledger are read as they were, and get one", () => {
  const folder = scratch();
  const store = opened(folder);
  const kept = keepStep(store, "a", numbers([1]));
  store.close();
  const layout = layoutOf(folder);
  const packs = readdirSync(layout.packs);
  // What has no entries is written as it always was.
  for (const pack of packs) expect(readFileSync(layout.pack(pack), "latin1")).not.toContain("ledger");
  expect(packs.map((pack) => readPackHead(layout, pack)?.ledger)).toEqual([[], []]);
  const db = new (loadSqlite())(layout.database);
  for (const table of ["ledger", "last_states", "failure_logs"]) db.exec(`DROP TABLE ${table}`);
  db.pragma("user_version = 2");
  db.close();
  const bytes = readFileSync(layout.database);
  const reader = opened(folder, { readonly: true });
  expect([reader.find(kept.fingerprint)?.artifact, times(reader)]).toEqual([kept.artifact, []]);
  expect([reader.openingsIn(1), reader.setsIn(kept.artifact), reader.decidedAfter(0)]).toEqual([[], [], []]);
  reader.close();
  expect(readFileSync(layout.database).equals(bytes)).toBe(true);
  const writer = opened(folder);
  open(writer, "b", 10);
  expect([times(writer), writer.warnings()]).toEqual([[10], []]);
});

/** A disk that from its k-th operation on is gone, as for a killed process, which tidies nothing. */
function stopping(at: number): { readonly files: DurableFiles; readonly reached: () => boolean } {
  let count = 0;
  const names = Object.keys(nodeFiles) as (keyof DurableFiles)[];
  const files = Object.fromEntries(
    names.map((name) => [
      name,
      (...args: unknown[]): unknown => {
        count += 1;
        if (count >= at) throw Object.assign(new Error("the disk"), { code: "ENOSPC" });
        return (nodeFiles[name] as (...args: unknown[]) => unknown)(...args);
      },
    ]),
  ) as unknown as DurableFiles;
  return { files, reached: () => count >= at };
}

test("with a disk that stops at any of its operations, each opening that was told as kept is in the ledger", () => {
  const template = scratch(existsSync("/dev/shm") ? "/dev/shm" : undefined);
  opened(template).close();
  for (let at = 5; ; at++) {
    const folder = `${template}-${at}`;
    cpSync(template, folder, { recursive: true });
    const disk = stopping(at);
    const told: number[] = [];
    let store: Store | undefined;
    try {
      store = openStore(folder, { files: disk.files });
      for (const time of [10, 20]) {
        open(store, `${time}`, time);
        told.push(time);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(EnvironmentError);
    }
    store?.close();
    const next = opened(folder);
    expect(times(next), `operation ${at}`).toEqual(expect.arrayContaining(told));
    next.close();
    if (!disk.reached()) break;
    loseDatabase(folder);
    const anew = opened(folder);
    expect(times(anew), `operation ${at}, made anew`).toEqual(expect.arrayContaining(told));
    anew.close();
  }
});
