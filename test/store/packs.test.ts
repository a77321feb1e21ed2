import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { EnvironmentError } from "../../src/diagnostic/diagnostic.js";
import { type DurableFiles, nodeFiles } from "../../src/store/durable.js";
import { layoutOf } from "../../src/store/layout.js";
import { readPackHead } from "../../src/store/pack.js";
import { openStore } from "../../src/store/sqlite.js";
import { CorruptBlobError, type StepRecord, type Store } from "../../src/store/store.js";
import { digestJson } from "../../src/util/digest.js";
import { blobOf, float32Of } from "../../src/values/blob.js";
import type { Outputs } from "../../src/values/output.js";
import { jsonOf, looseOutput } from "../rig/output.js";
import { corruptBlobs, rewrite, storedBlobs } from "../rig/stored.js";
import { loseDatabase, numbers, opened, record, scratch } from "./rig.js";

/** A cell with a blob of its own, one that all cells share, and one too large for a pack. */
function cell(index: number): Outputs {
  const array = (length: number, first: number) =>
    blobOf(
      "float32",
      [length],
      Float32Array.from({ length }, (_, at) => first + at),
    );
  return {
    out: looseOutput(
      "model",
      { index },
      { own: array(100, index), shared: array(50, -1), large: array(17_000, index) },
    ),
  };
}
const small = (index: number): Outputs => ({
  out: {
    ...cell(index).out!,
    blobs: { own: cell(index).out!.blobs.own!, shared: cell(index).out!.blobs.shared! },
  },
});

function keepAll(store: Store, indices: readonly number[], make = small): readonly StepRecord[] {
  const records = store.putMany(indices.map(make)).map(({ digest }, at) => record(`${indices[at]}`, digest));
  store.keepMany(records);
  return records;
}

/** The numbers of the results that are offered; each must be whole. */
function offered(store: Store, indices: readonly number[]): readonly number[] {
  return indices.filter((index) => {
    const found = store.find(record(`${index}`, digestJson("")).fingerprint);
    if (!found) return false;
    const output = store.artifact(found.artifact)!.outputs.out!;
    const { blobs } = output;
    expect([jsonOf(output).index, float32Of(blobs.own!)[0], float32Of(blobs.shared!)[0]]).toEqual([index, index, -1]);
    if (blobs.large) expect(float32Of(blobs.large)[16_999]).toBe(index + 16_999);
    return true;
  });
}
const packsOf = (folder: string): readonly string[] =>
  readdirSync(join(folder, "packs")).map((name) => join(folder, "packs", name));
/** Where nothing depends on a sync and hundreds are made. */
const inMemory = existsSync("/dev/shm") ? "/dev/shm" : undefined;
const ten = Array.from({ length: 10 }, (_, index) => index);

test("a batch of ten cells is one pack and a pack of records: four syncs beside the database's own", () => {
  const folder = scratch();
  let syncs = 0;
  const counted: DurableFiles = {
    ...nodeFiles,
    fsync: (fd) => {
      syncs += 1;
      nodeFiles.fsync(fd);
    },
    fsyncDir: (path) => {
      syncs += 1;
      nodeFiles.fsyncDir(path);
    },
  };
  const store = opened(folder, { files: counted });
  syncs = 0;
  keepAll(store, ten);
  expect(syncs).toBe(4);
  expect(packsOf(folder)).toHaveLength(2);
  expect(offered(store, ten)).toEqual(ten);
  // Ten blobs and the one they share. Put again, nothing is written.
  expect(storedBlobs(folder)).toHaveLength(11);
  syncs = 0;
  store.putMany(ten.map(small));
  expect(syncs).toBe(0);
});

test("a row appears only after its pack and the pack's folder are synced", () => {
  const folder = scratch();
  const seen: unknown[] = [];
  const watched: DurableFiles = {
    ...nodeFiles,
    fsyncDir: (path) => {
      nodeFiles.fsyncDir(path);
      if (!path.endsWith("packs") || !existsSync(join(folder, "hw1.sqlite"))) return;
      const reader = openStore(folder, { readonly: true });
      const newest = packsOf(folder).map((pack) => readPackHead(layoutOf(folder), pack.slice(-64))!);
      const manifests = newest.flatMap((head) => head.manifests);
      const records = newest.flatMap((head) => head.records);
      seen.push([
        manifests.map(({ digest }) => reader.artifact(digest)),
        records.map(({ fingerprint }) => reader.find(fingerprint)),
      ]);
      reader.close();
    },
  };
  const store = opened(folder, { files: watched });
  const [kept] = keepAll(store, [1]);
  expect(seen).toEqual([
    [[undefined], []],
    [[expect.objectContaining({ digest: kept!.artifact })], [undefined]],
  ]);
});

test("equal bytes are stored once, over batches, processes and reopenings", () => {
  const folder = scratch();
  const [one, other] = [opened(folder), opened(folder)];
  keepAll(one, [0, 1]);
  keepAll(other, [1, 2]);
  const third = opened(folder);
  keepAll(third, [2, 3]);
  // Four of their own and a shared one.
  expect(storedBlobs(folder)).toHaveLength(5);
  expect(offered(one, [0, 1, 2, 3])).toEqual([0, 1, 2, 3]);
});

test("a damaged blob in a pack costs what needs it; the rest of the pack is found in a new place, also by who knew the old one", () => {
  const folder = scratch();
  const store = opened(folder);
  const neighbour = opened(folder);
  keepAll(store, ten);
  expect(offered(neighbour, ten)).toEqual(ten);
  const damaged = store.artifact(store.find(record("3", digestJson("")).fingerprint)!.artifact)!.outputs.out!.blobs
    .own!;
  expect(corruptBlobs(folder, (bytes) => bytes.length === 400 && bytes.readFloatLE(0) === 3)).toBe(1);

  expect(() => damaged.bytes()).toThrow(CorruptBlobError);
  const others = ten.filter((index) => index !== 3);
  expect(offered(store, ten)).toEqual(others);
  expect(offered(neighbour, ten)).toEqual(others);
  expect(readdirSync(join(folder, "quarantine"))).toHaveLength(1);
  // Told a second time, nothing more is lost.
  store.quarantine(damaged.digest!);
  expect(offered(store, ten)).toEqual(others);

  keepAll(neighbour, [3]);
  expect(offered(store, ten)).toEqual(ten);
  store.close();
  neighbour.close();
  loseDatabase(folder);
  const again = opened(folder);
  expect(offered(again, ten)).toEqual(ten);
  expect(again.warnings()).toEqual([{ message: "the index of the cache was made anew: 10 steps were found" }]);
});

test("a shared blob that is damaged takes every result that needs it, and comes back with the first that is computed again", () => {
  const folder = scratch();
  const store = opened(folder);
  keepAll(store, [0, 1, 2]);
  keepAll(store, [3, 4]);
  const shared = store.artifact(store.find(record("0", digestJson("")).fingerprint)!.artifact)!.outputs.out!.blobs
    .shared!;
  corruptBlobs(folder, (bytes) => bytes.length === 200);
  expect(() => shared.bytes()).toThrow(CorruptBlobError);
  // Of the second batch it is known when it is read, for its own pack is whole.
  const left = () => {
    try {
      return offered(store, [0, 1, 2, 3, 4]);
    } catch (error) {
      expect(error).toBeInstanceOf(CorruptBlobError);
      return offered(store, [0, 1, 2, 3, 4]);
    }
  };
  expect(left()).toEqual([]);
  keepAll(store, [0, 1, 2, 3, 4]);
  expect(offered(store, [0, 1, 2, 3, 4])).toEqual([0, 1, 2, 3, 4]);
});

const ruins: readonly [string, (path: string) => void, number][] = [
  ["garbage", (path) => rewrite(path, (content) => content.fill(1)), 5],
  ["nothing", (path) => rewrite(path, () => Buffer.alloc(0)), 5],
  ["a head with a wrong length", (path) => rewrite(path, (content) => content.fill("9", 11, 21)), 5],
  // The shared blob and those of the first cells are before the cut.
  ["all but its last bytes", (path) => rewrite(path, (content) => content.subarray(0, -100)), 9],
];
for (const [what, ruin, left] of ruins)
  test(`a pack that holds ${what} costs only what was in it when the index is made anew`, () => {
    const folder = scratch();
    const writer = opened(folder);
    keepAll(writer, [0, 1, 2, 3, 4]);
    const before = new Set(packsOf(folder));
    const five = [5, 6, 7, 8, 9];
    const artifacts = writer.putMany(five.map(small));
    const [pack] = packsOf(folder).filter((path) => !before.has(path));
    writer.keepMany(artifacts.map(({ digest }, at) => record(`${five[at]}`, digest)));
    writer.close();
    ruin(pack!);
    loseDatabase(folder);

    // A reader finds the other pack, and changes nothing.
    const reader = opened(folder, { readonly: true });
    expect(offered(reader, ten)).toEqual([0, 1, 2, 3, 4]);
    reader.close();
    expect(existsSync(join(folder, "quarantine"))).toBe(false);

    const store = opened(folder);
    expect(offered(store, ten)).toHaveLength(left);
    expect(store.warnings()[0]!.message).toMatch(
      /^a pack of results was damaged \([0-9a-f]{12}…\); it is set aside, and what is missing is computed again$/,
    );
    keepAll(store, ten);
    expect(offered(store, ten)).toEqual(ten);
  });

test("packs of a process that was killed before it wrote their rows are taken up by the next", () => {
  const [folder, killed] = [scratch(), scratch()];
  const writer = opened(killed);
  keepAll(writer, [1, 2]);
  writer.close();
  opened(folder).close();
  cpSync(join(killed, "packs"), join(folder, "packs"), { recursive: true });
  const store = opened(folder);
  expect(offered(store, [1, 2])).toEqual([1, 2]);
  expect(store.warnings()).toEqual([]);
});

test("of two records of one step the newer is taken when the index is made anew", () => {
  const folder = scratch();
  const store = opened(folder);
  const [old, young] = store.putMany([numbers([1]), numbers([2])]);
  store.keep(record("a", young!.digest, { finishedAt: 2 }));
  store.keep(record("a", old!.digest, { finishedAt: 1 }));
  store.keep(record("a", young!.digest, { finishedAt: 3 }));
  store.close();
  loseDatabase(folder);
  expect(opened(folder).find(record("a", old!.digest).fingerprint)?.artifact).toBe(young!.digest);
});

test("a batch is kept whole or not at all, and a result that is not there any more is told by its digest", () => {
  const store = opened(scratch());
  const { digest } = store.put(numbers([1]));
  const missing = digestJson("missing");
  expect(() => store.keepMany([record("a", digest), record("b", missing)])).toThrow(new CorruptBlobError(missing));
  expect(store.findMany([record("a", digest).fingerprint, record("b", missing).fingerprint])).toEqual([
    undefined,
    undefined,
  ]);
});

test("findMany and outputDigests say what find and artifact say", () => {
  const store = opened(scratch(), {});
  const records = keepAll(store, [0, 1], cell);
  const wanted = [...records.map(({ fingerprint }) => fingerprint), digestJson("never")];
  expect(store.findMany(wanted)).toEqual(wanted.map((fingerprint) => store.find(fingerprint)));
  for (const { artifact } of records)
    expect(store.outputDigests(artifact)).toEqual({ out: store.artifact(artifact)!.outputs.out!.digest });
  expect(store.outputDigests(digestJson("never"))).toBeUndefined();
});

/** A disk that from its k-th operation on fails, or is gone as for a killed process, which tidies nothing. */
function failing(at: number, once: boolean): { readonly files: DurableFiles; readonly reached: () => boolean } {
  let count = 0;
  const step = <A extends unknown[], R>(work: (...args: A) => R) => {
    return (...args: A): R => {
      count += 1;
      if (count === at || (!once && count > at)) throw Object.assign(new Error("the disk"), { code: "ENOSPC" });
      return work(...args);
    };
  };
  const names = Object.keys(nodeFiles) as (keyof DurableFiles)[];
  const files = Object.fromEntries(
    names.map((name) => [name, step(nodeFiles[name] as (...args: unknown[]) => unknown)]),
  ) as unknown as DurableFiles;
  return { files, reached: () => count >= at };
}

const family = digestJson("family");
/** Two batches, a checkpoint before each, and damage in between. Says after each step what was told as done. */
function work(store: Store, told: (index: readonly number[], reached: number) => void): void {
  store.saveCheckpoints([{ family, length: 1, outputs: cell(100) }]);
  told([], 1);
  keepAll(store, [0, 1, 2], cell);
  told([0, 1, 2], 1);
  store.saveCheckpoints([{ family, length: 2, outputs: cell(200) }]);
  told([0, 1, 2], 2);
  corruptBlobs(store.folder, (bytes) => bytes.length === 400 && bytes.readFloatLE(0) === 1);
  told([0, 2], 2);
  store.quarantine(cellBlob(store, 1));
  keepAll(store, [3, 4], cell);
  told([0, 2, 3, 4], 2);
}
function cellBlob(store: Store, index: number) {
  return store.artifact(store.find(record(`${index}`, digestJson("")).fingerprint)!.artifact)!.outputs.out!.blobs.own!
    .digest!;
}
/** What is offered is whole, perhaps after a damaged one was found. */
function offeredAfter(store: Store, indices: readonly number[]): readonly number[] {
  try {
    return offered(store, indices);
  } catch (error) {
    if (!(error instanceof CorruptBlobError)) throw error;
    return offered(store, indices);
  }
}

for (const [what, once] of [
  ["that stops", false],
  ["that fails once", true],
] as const)
  test(`with a disk ${what} at any of its operations, what was told as kept is there, and all else can be computed again`, () => {
    // Opening a folder for the first time is tried elsewhere.
    const template = scratch(inMemory);
    opened(template).close();
    let at = 1;
    for (; ; at++) {
      const folder = `${template}-${at}`;
      cpSync(template, folder, { recursive: true });
      const disk = failing(at + 4, once);
      let [kept, length]: [readonly number[], number] = [[], 0];
      let store: Store | undefined;
      try {
        store = openStore(folder, { files: disk.files });
        work(store, (indices, reached) => {
          [kept, length] = [indices, reached];
        });
      } catch (error) {
        expect(error).toBeInstanceOf(EnvironmentError);
      }
      store?.close();
      const next = opened(folder);
      expect(offeredAfter(next, [0, 1, 2, 3, 4]), `operation ${at}`).toEqual(expect.arrayContaining([...kept]));
      const state = next.checkpoint(family, 9);
      if (length > 0) expect(state!.length).toBeGreaterThanOrEqual(length);
      if (state) expect(float32Of(state.outputs.out!.blobs.large!)[0]).toBe(state.length * 100);
      keepAll(next, [0, 1, 2, 3, 4], cell);
      expect(offered(next, [0, 1, 2, 3, 4])).toEqual([0, 1, 2, 3, 4]);
      next.close();
      if (!disk.reached()) break;
      if (at % 4 > 0) continue;
      loseDatabase(folder);
      const anew = opened(folder);
      expect(offeredAfter(anew, [0, 1, 2, 3, 4]).length, `operation ${at}, index made anew`).toBeGreaterThanOrEqual(4);
      anew.close();
    }
    expect(at).toBeGreaterThan(60);
  }, 240_000);

test("a hundred checkpoints of ten families leave no files and take the room of a few", () => {
  const folder = scratch(inMemory);
  const store = opened(folder);
  const families = ten.map((index) => digestJson({ family: index }));
  const state = (length: number) => (index: number) => ({
    family: families[index]!,
    length,
    outputs: small(length * 10 + index),
  });
  for (let length = 1; length <= 100; length++) store.saveCheckpoints(ten.map(state(length)));
  expect(storedBlobs(folder)).toEqual([]);
  expect(packsOf(folder)).toEqual([]);
  for (const index of ten) {
    const found = store.checkpoint(families[index]!, 100)!;
    expect([found.length, float32Of(found.outputs.out!.blobs.own!)[0]]).toEqual([100, 1000 + index]);
  }
  const sizes = readdirSync(folder).filter((name) => name.startsWith("hw1.sqlite"));
  expect(sizes.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)).toBeLessThan(8 * 1024 * 1024);
  store.dropCheckpoints(...families.slice(0, 9), digestJson("never"));
  expect(families.map((one) => store.checkpoint(one, 100)?.length)).toEqual([...Array(9).fill(undefined), 100]);
  // What a checkpoint holds becomes a result without being read from anywhere else.
  const kept = store.put(store.checkpoint(families[9]!, 100)!.outputs);
  store.dropCheckpoints(families[9]!);
  expect(float32Of(store.artifact(kept.digest)!.outputs.out!.blobs.own!)[0]).toBe(1009);
});

test("a checkpoint whose row was changed is not continued, with a warning", () => {
  const folder = scratch();
  const store = opened(folder);
  store.saveCheckpoint(family, 3, small(7));
  store.close();
  rewrite(join(folder, "hw1.sqlite"), (content) => {
    const bytes = Buffer.from(cell(7).out!.blobs.own!.bytes());
    const start = content.lastIndexOf(bytes.subarray(0, 64));
    expect(start).toBeGreaterThan(0);
    return content.fill(0x41, start, start + 8);
  });
  const again = opened(folder);
  expect(again.checkpoint(family, 3)).toBeUndefined();
  expect(again.warnings()[0]!.message).toMatch(
    /^a checkpoint was damaged \(blob sha256:[0-9a-f]{64}\) and is not continued$/,
  );
});

test("a reader of a copied folder finds what is in packs", () => {
  const [folder, copy] = [scratch(), scratch()];
  const store = opened(folder);
  keepAll(store, ten);
  store.close();
  mkdirSync(copy, { recursive: true });
  cpSync(folder, copy, { recursive: true });
  const before = readFileSync(join(copy, "hw1.sqlite"));
  const reader = opened(copy, { readonly: true });
  expect(offered(reader, ten)).toEqual(ten);
  onTestFinished(() => expect(readFileSync(join(copy, "hw1.sqlite")).equals(before)).toBe(true));
});
