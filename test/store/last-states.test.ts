/** Last states of trainings: stored once, bounded, and never needed for a result. */
import { statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSqlite } from "../../src/store/native.js";
import { additions, createTables } from "../../src/store/schema.js";
import type { Store } from "../../src/store/store.js";
import { type Digest, digestJson } from "../../src/util/digest.js";
import { blobOf, float32Of } from "../../src/values/blob.js";
import type { Outputs } from "../../src/values/output.js";
import { looseOutput } from "../rig/output.js";
import { rewrite, storedBlobs } from "../rig/stored.js";
import { opened, scratch } from "./rig.js";

const array = (seed: number, count: number) =>
  blobOf(
    "float32",
    [count],
    Float32Array.from({ length: count }, (_, at) => seed + at / 7),
  );
/** A model of small and large weights, and the state with moments of its own. */
const modelOf = (seed: number): Outputs => ({
  model: looseOutput("model", {}, { small: array(seed, 100), large: array(seed, 20_000) }),
});
const stateOf = (seed: number): Outputs => ({
  state: looseOutput(
    "model",
    { epoch: 3 },
    {
      ...modelOf(seed).model!.blobs,
      ...{ first: array(seed + 0.5, 100), second: array(seed + 0.5, 20_000) },
    },
  ),
});
const ownBytes = 4 * (100 + 20_000);
const familyOf = (seed: number): Digest => digestJson({ family: seed });

function left(store: Store, seeds: readonly number[]): void {
  store.putMany(seeds.map(modelOf));
  store.saveCheckpoints(
    seeds.map((seed) => ({ family: familyOf(seed), length: 3, outputs: stateOf(seed), isLast: true })),
  );
}
const kept = (store: Store, seeds: readonly number[]): readonly number[] =>
  seeds.filter((seed) => store.checkpoint(familyOf(seed), 9) !== undefined);
const inDatabase = (folder: string, sql: string): unknown => {
  const db = new (loadSqlite())(join(folder, "hw1.sqlite"), { readonly: true });
  try {
    return db.prepare(sql).pluck().get();
  } finally {
    db.close();
  }
};

test("what the result of a training has is not stored again with its last state, and comes back with it", () => {
  const folder = scratch();
  const store = opened(folder);
  left(store, [1]);
  expect(inDatabase(folder, "SELECT length(bytes) FROM checkpoint_bytes")).toBe(400);
  expect(inDatabase(folder, "SELECT own_bytes FROM last_states")).toBe(ownBytes);
  expect(storedBlobs(folder).filter(({ bytes }) => bytes.length === 80_000)).toHaveLength(2);
  const { length, outputs } = store.checkpoint(familyOf(1), 9)!;
  expect(length).toBe(3);
  const read = (name: string) => float32Of(outputs.state!.blobs[name]!);
  for (const name of ["small", "large", "first", "second"])
    expect(read(name)).toEqual(float32Of(stateOf(1).state!.blobs[name]!));
  // A later state takes its place, files and all.
  store.saveCheckpoint(familyOf(1), 4, { state: looseOutput("model", { epoch: 4 }, { small: array(9, 100) }) });
  expect(inDatabase(folder, "SELECT count(*) FROM last_states")).toBe(0);
  expect(storedBlobs(folder).filter(({ bytes }) => bytes.length === 80_000)).toHaveLength(1);
  expect(store.checkpoint(familyOf(1), 9)!.length).toBe(4);
});

test("damage that a last state shares with a result is met as one that nobody can go on from", () => {
  for (const [count, isGone] of [
    [100, false],
    [20_000, false],
    [20_000, true],
  ] as const) {
    const folder = scratch();
    const store = opened(folder);
    left(store, [1]);
    store.close();
    const weights = float32Of(array(1, count)).slice(0, count);
    const place = storedBlobs(folder).find(({ bytes }) =>
      Buffer.from(bytes).equals(Buffer.from(weights.buffer, 0, 4 * count)),
    )!;
    if (isGone) unlinkSync(place.path);
    else
      rewrite(place.path, (content) => {
        content[place.offset + 5]! ^= 1;
        return content;
      });
    const again = opened(folder);
    expect(again.checkpoint(familyOf(1), 9), `${count} numbers, gone: ${isGone}`).toBeUndefined();
    // What is computed again is whole.
    left(again, [1]);
    expect(kept(again, [1])).toEqual([1]);
    again.close();
  }
});

test("at the good end of a run those of the most room × age go that there is no room for; those of interrupted trainings stay", () => {
  const folder = scratch();
  const store = opened(folder, { mostStateBytes: 2.5 * ownBytes });
  const run = store.startRun("p", "p.yaml");
  store.saveCheckpoint(familyOf(0), 1, stateOf(0));
  // Older than all, and so small that it stays.
  const little = digestJson("little");
  store.saveCheckpoints([
    { family: little, length: 1, outputs: { state: looseOutput("model", {}, { small: array(8, 10) }) }, isLast: true },
  ]);
  left(store, [1, 2]);
  store.dropOldStates(run);
  expect(kept(store, [0, 1, 2])).toEqual([0, 1, 2]);
  // The first is gone on from, so it is the newest.
  left(store, [3]);
  store.saveCheckpoints([{ family: familyOf(1), length: 5, outputs: stateOf(1), isLast: true }]);
  // Another run is under way, and may want them.
  const other = opened(folder);
  const under = other.startRun("q", "q.yaml");
  store.dropOldStates(run);
  expect(kept(store, [0, 1, 2, 3])).toEqual([0, 1, 2, 3]);
  other.finishRun(under, { status: "ok", ran: 0, reused: 0, failed: 0 });
  store.dropOldStates(run);
  expect(kept(store, [0, 1, 2, 3])).toEqual([0, 1, 3]);
  expect(store.checkpoint(little, 9)?.length).toBe(1);
  const files = storedBlobs(folder).filter(({ bytes }) => bytes.length === 80_000);
  // Three models, the moments of three states, and the weights of the one that has no model.
  expect(files).toHaveLength(3 + 3 + 1);
});

test("what dropped states took in the database is given back", () => {
  const folder = scratch();
  const store = opened(folder, { mostStateBytes: 1000 });
  const run = store.startRun("p", "p.yaml");
  const seeds = Array.from({ length: 200 }, (_, at) => at + 1);
  store.saveCheckpoints(
    seeds.map((seed) => ({
      ...{ family: familyOf(seed), length: 1, isLast: true },
      outputs: { state: looseOutput("model", {}, { own: array(seed, 5000) }) },
    })),
  );
  const size = (): number => statSync(join(folder, "hw1.sqlite")).size;
  store.close();
  const before = size();
  const again = opened(folder, { mostStateBytes: 1000 });
  again.dropOldStates(run);
  expect(kept(again, seeds)).toEqual([200]);
  again.close();
  expect(before).toBeGreaterThan(200 * 20_000);
  expect(size()).toBeLessThan(before / 4);
});

test("where results take much room, last states may take a third of it", () => {
  const store = opened(scratch(), { mostStateBytes: ownBytes });
  const run = store.startRun("p", "p.yaml");
  left(store, [1, 2, 3]);
  store.putMany([4, 5, 6, 7, 8].map(modelOf));
  store.dropOldStates(run);
  // Eight models, of which a third are two and two thirds.
  expect(kept(store, [1, 2, 3])).toEqual([2, 3]);
});

test("one that takes all the room there is stays alone", () => {
  const store = opened(scratch(), { mostStateBytes: 10 });
  const run = store.startRun("p", "p.yaml");
  left(store, [1, 2]);
  store.dropOldStates(run);
  expect(kept(store, [1, 2])).toEqual([2]);
});

test("checkpoints of an older hw1 are the first to go", () => {
  const folder = scratch();
  opened(folder).close();
  const db = new (loadSqlite())(join(folder, "hw1.sqlite"));
  for (const table of db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[])
    if (!table.startsWith("sqlite_")) db.exec(`DROP TABLE ${table}`);
  createTables(db, additions.slice(0, 1));
  db.close();
  const old = new (loadSqlite())(join(folder, "hw1.sqlite"));
  const manifest = '{"digest":"sha256:0","manifest":1,"outputs":{}}';
  old.prepare("INSERT INTO checkpoints VALUES (?, 3, ?)").run(familyOf(7), manifest);
  old.prepare("INSERT INTO checkpoint_bytes VALUES (?, ?)").run(familyOf(7), Buffer.alloc(500));
  old.close();
  const store = opened(folder, { mostStateBytes: ownBytes + 100 });
  const run = store.startRun("p", "p.yaml");
  left(store, [1]);
  store.dropOldStates(run);
  expect(inDatabase(folder, "SELECT count(*) FROM checkpoints")).toBe(1);
  expect(kept(store, [1])).toEqual([1]);
});
