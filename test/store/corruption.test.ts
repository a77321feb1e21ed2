import { existsSync, readdirSync, statSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EnvironmentError } from "../../src/diagnostic/diagnostic.js";
import { nodeFiles } from "../../src/store/durable.js";
import { openStore } from "../../src/store/sqlite.js";
import { CorruptBlobError } from "../../src/store/store.js";
import type { Digest } from "../../src/util/digest.js";
import { digestJson } from "../../src/util/digest.js";
import { float32Of } from "../../src/values/blob.js";
import { rewrite, storedBlobs } from "../rig/stored.js";
import { numbers, opened, record, scratch } from "./rig.js";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const large = 20_000;

/** Where a blob of so many numbers lies. */
function placeOf(folder: string, count: number): { readonly path: string; readonly offset: number } {
  return storedBlobs(folder).find(({ bytes }) => bytes.length === count * 4)!;
}

/** One kept result, closed again: four numbers in a pack, or so many that they have a file of their own. */
function filled(count = 4): { folder: string; fingerprint: Digest; blob: Digest } {
  const folder = scratch();
  const store = opened(folder);
  const artifact = store.put(numbers(upTo(count)));
  const step = record("one", artifact.digest);
  store.keep(step);
  store.close();
  return { folder, fingerprint: step.fingerprint, blob: artifact.outputs.out!.blobs.features!.digest! };
}

const corruptions: readonly [string, (path: string, offset: number) => void][] = [
  [
    "a flipped bit",
    (path, offset) => rewrite(path, (content) => content.fill(content[offset]! ^ 1, offset, offset + 1)),
  ],
  ["a truncated file", (path, offset) => rewrite(path, (content) => content.subarray(0, offset + 7))],
  ["a longer file", (path) => rewrite(path, (content) => Buffer.concat([content, Buffer.alloc(4)]))],
  ["a file of garbage", (path) => rewrite(path, (content) => content.fill(7))],
  ["an empty file", (path) => rewrite(path, () => Buffer.alloc(0))],
];

for (const count of [4, large])
  for (const [name, corrupt] of corruptions)
    test(`${name} (${count === large ? "a blob's own" : "a pack"}) is found when it is read, set aside, and its results are dropped`, () => {
      const { folder, fingerprint, blob } = filled(count);
      const { path, offset } = placeOf(folder, count);
      corrupt(path, offset);
      const store = opened(folder);
      const before = store.find(fingerprint);
      if (before) {
        const output = store.artifact(before.artifact)!.outputs.out!;
        expect(() => output.blobs.features!.bytes()).toThrow(CorruptBlobError);
        store.quarantine(blob);
        expect(readdirSync(join(folder, "quarantine"))).toHaveLength(1);
      }
      expect(store.find(fingerprint)).toBeUndefined();
      // Computed again, it is whole again.
      const again = store.put(numbers(upTo(count)));
      store.keep(record("one", again.digest));
      expect([...float32Of(store.artifact(store.find(fingerprint)!.artifact)!.outputs.out!.blobs.features!)]).toEqual(
        upTo(count),
      );
    });

for (const count of [4, large])
  test(`a result whose ${count === large ? "blob" : "pack"} was deleted is not offered`, () => {
    const { folder, fingerprint } = filled(count);
    unlinkSync(placeOf(folder, count).path);
    expect(opened(folder).find(fingerprint)).toBeUndefined();
  });

const databases: readonly [string, (path: string) => void][] = [
  ["garbage", (path) => writeFileSync(path, "this is no database, whatever it is called ".repeat(200))],
  ["nothing", (path) => truncateSync(path, 0)],
  ["half of itself", (path) => truncateSync(path, Math.floor(statSync(path).size / 2))],
  ["the first 50 bytes", (path) => truncateSync(path, 50)],
  ["a header of zeros", (path) => rewrite(path, (content) => content.fill(0, 0, 100))],
  ["a header of noise", (path) => rewrite(path, (content) => content.fill("noise", 0, 100))],
  ["another word at its beginning", (path) => rewrite(path, (content) => content.fill("SQLite format 2", 0, 15))],
  ["another size of pages", (path) => rewrite(path, (content) => content.fill(2, 16, 17))],
  ["no size of pages", (path) => rewrite(path, (content) => content.fill(0, 16, 18))],
  ["a format that nobody may write", (path) => rewrite(path, (content) => content.fill(9, 18, 20))],
  ["a format of which only writing tells", (path) => rewrite(path, (content) => content.fill(3, 18, 19))],
  ["another encoding of text", (path) => rewrite(path, (content) => content.fill(7, 56, 60))],
  ["another application's id", (path) => rewrite(path, (content) => content.fill(1, 68, 72))],
  ["a first page of zeros behind its header", (path) => rewrite(path, (content) => content.fill(0, 100, 4096))],
];
for (const [name, corrupt] of databases)
  test(`a database that holds ${name} is made anew, and the results beside it are found again`, () => {
    const { folder, fingerprint } = filled();
    corrupt(join(folder, "hw1.sqlite"));
    for (const suffix of ["-wal", "-shm"])
      if (existsSync(join(folder, `hw1.sqlite${suffix}`))) unlinkSync(join(folder, `hw1.sqlite${suffix}`));
    const looking = openStore(folder, { readonly: true });
    expect(looking.find(fingerprint)).toBeDefined();
    looking.close();
    const store = opened(folder);
    expect(store.warnings().length).toBeGreaterThan(0);
    const found = store.find(fingerprint);
    expect(found).toBeDefined();
    expect([...float32Of(store.artifact(found!.artifact)!.outputs.out!.blobs.features!)]).toEqual([1, 2, 3, 4]);
    expect(() => store.startRun("p", "p.yaml")).not.toThrow();
  });

test.each([
  ["-wal", 32],
  ["-wal", 5000],
  ["-shm", 32768],
])("noise in the database's %s (%i bytes) hurts nothing that was kept", (suffix, bytes) => {
  const { folder, fingerprint } = filled();
  writeFileSync(join(folder, `hw1.sqlite${suffix}`), Buffer.alloc(bytes, "noise"));
  const store = opened(folder);
  expect(store.find(fingerprint)).toBeDefined();
  expect(openStore(folder, { readonly: true }).find(fingerprint)).toBeDefined();
});

test("a full disk is told with the folder and the remedy, and nothing half-written is offered", () => {
  const folder = scratch();
  let full = false;
  const files = {
    ...nodeFiles,
    write: (fd: number, bytes: Uint8Array, offset: number): number => {
      if (full) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      return nodeFiles.write(fd, bytes, offset);
    },
  };
  const store = opened(folder, { files });
  full = true;
  expect(() => store.put(numbers([5, 6]))).toThrow(EnvironmentError);
  expect(() => store.put(numbers([5, 6]))).toThrow(
    /no space is left for the cache folder .*\nFree some space there, or name another folder with --cache DIR or HW1_CACHE/,
  );
  expect(readdirSync(join(folder, "tmp"))).toEqual([]);
  full = false;
  const artifact = store.put(numbers([5, 6]));
  store.keep(record("later", artifact.digest));
  expect(store.find(digestJson({ kind: "toy", name: "later" }))).toBeDefined();
});

test("a cache folder below a file is refused with what stands in the way", () => {
  const { folder } = filled();
  const path = join(folder, "hw1.sqlite", "cache");
  expect(() => openStore(path)).toThrow(EnvironmentError);
  expect(() => openStore(path)).toThrow("a file stands where a folder belongs");
});

test("a checkpoint beyond the wanted length is not handed out; the newest replaces the one before", () => {
  const folder = scratch();
  const store = opened(folder);
  const family = digestJson("family");
  store.saveCheckpoint(family, 5, numbers([5]));
  store.saveCheckpoint(family, 9, numbers([9]));
  expect(store.checkpoint(family, 8)).toBeUndefined();
  expect(store.checkpoint(family, 9)?.length).toBe(9);
  expect(store.checkpoint(family, 20)?.length).toBe(9);
  store.dropCheckpoints(family);
  expect(store.checkpoint(family, 20)).toBeUndefined();
  expect(storedBlobs(folder)).toEqual([]);
});
