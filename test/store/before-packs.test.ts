/** A store from before packs is set aside whole, whatever happens meanwhile, and an empty one takes its place. */
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { EnvironmentError } from "../../src/diagnostic/diagnostic.js";
import { type DurableFiles, nodeFiles } from "../../src/store/durable.js";
import { loadSqlite } from "../../src/store/native.js";
import { openStore } from "../../src/store/sqlite.js";
import { surveyFolder } from "../../src/store/survey.js";
import { filesBelow, writeDatabaseBeforePacks, writeStoreBeforePacks } from "../rig/before-packs.js";
import { bundled } from "../rig/bundled.js";
import { asNobody, keepStep, numbers, opened, scratch } from "./rig.js";

const said = "the cache was written by an hw1 from before packs, which this one does not read; ";
const saysEmpty = { message: `${said}it counts as empty, and the next run sets it aside` };
const saysAside = (folder: string, name = "before-packs") => ({
  message: `${said}it is set aside whole in ${join(folder, name)} (delete that folder to free its space)`,
});
const opener = await bundled(join(import.meta.dirname, "fixtures", "opener.ts"));
const writer = await bundled(join(import.meta.dirname, "fixtures", "writer.ts"));

/** A process of ours. Its code is null where it was killed. */
function start(...args: readonly string[]): Promise<{ readonly code: number | null; readonly err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk;
    });
    child.on("close", (code) => resolve({ code, err }));
  });
}

/** Of the database only what it says stays the same, for its log is taken up. */
function withoutDatabase(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).filter(([name]) => !name.startsWith("hw1.sqlite")));
}
function expectAside(aside: string, files: Readonly<Record<string, string>>): void {
  expect(withoutDatabase(filesBelow(aside))).toEqual(withoutDatabase(files));
  expect(readdirSync(aside).sort()).toEqual(["blobs", "hw1.sqlite", "manifests", "steps"]);
  const db = new (loadSqlite())(join(aside, "hw1.sqlite"), { readonly: true });
  expect(db.prepare("SELECT stage FROM steps").pluck().all()).toEqual(["mlp"]);
  db.close();
}
function expectEmptyAndAtWork(folder: string): void {
  const store = opened(folder);
  expect([store.warnings(), store.runs(9)]).toEqual([[], []]);
  const kept = keepStep(store, "new", numbers([1, 2]));
  expect(store.find(kept.fingerprint)).toEqual(kept);
  store.close();
  for (const name of ["manifests", "steps", "before-packs.partial"]) expect(existsSync(join(folder, name))).toBe(false);
}
function removeDatabase(folder: string): void {
  for (const name of readdirSync(folder).filter((one) => one.startsWith("hw1.sqlite"))) unlinkSync(join(folder, name));
}

test("it is set aside whole, with one warning, and the next results find an empty store", () => {
  const folder = scratch();
  const files = writeStoreBeforePacks(folder);
  const store = opened(folder);
  expect(store.warnings()).toEqual([saysAside(folder)]);
  store.close();
  expectAside(join(folder, "before-packs"), files);
  expectEmptyAndAtWork(folder);
});

test("one that never kept anything is known by its database", () => {
  const folder = scratch();
  writeDatabaseBeforePacks(folder);
  expect(opened(folder, { readonly: true }).warnings()).toEqual([saysEmpty]);
  expect(opened(folder).warnings()).toEqual([saysAside(folder)]);
  expectEmptyAndAtWork(folder);
});

test("one whose database is lost is known by its manifests", () => {
  const folder = scratch();
  writeStoreBeforePacks(folder);
  removeDatabase(folder);
  const files = filesBelow(folder);
  expect(opened(folder, { readonly: true }).warnings()).toEqual([saysEmpty]);
  expect(opened(folder).warnings()).toEqual([saysAside(folder)]);
  expect(filesBelow(join(folder, "before-packs"))).toEqual(files);
  expectEmptyAndAtWork(folder);
});

test("one whose database is corrupt goes aside as it is", () => {
  const folder = scratch();
  writeStoreBeforePacks(folder);
  removeDatabase(folder);
  writeFileSync(join(folder, "hw1.sqlite"), "no database ".repeat(500));
  const files = filesBelow(folder);
  expect(opened(folder).warnings()).toEqual([saysAside(folder)]);
  expect(filesBelow(join(folder, "before-packs"))).toEqual(files);
  expectEmptyAndAtWork(folder);
});

test("an earlier one that is aside is not overwritten", () => {
  const folder = scratch();
  mkdirSync(folder);
  for (const name of ["before-packs", "before-packs-2", "before-packs-3"]) {
    const other = scratch();
    const files = writeStoreBeforePacks(other);
    for (const old of readdirSync(folder, { withFileTypes: true }).filter((one) => !one.name.startsWith("before")))
      rmSync(join(folder, old.name), { recursive: true });
    writeStoreBeforePacks(folder);
    const store = opened(folder);
    expect(store.warnings()).toEqual([saysAside(folder, name)]);
    store.close();
    expectAside(join(folder, name), files);
  }
  expect(readdirSync(folder).filter((name) => name.startsWith("before-packs"))).toHaveLength(3);
});

test("folders of those names in which others keep files stay where they are, and make no store old", () => {
  const folder = scratch();
  mkdirSync(join(folder, "manifests"), { recursive: true });
  writeFileSync(join(folder, "manifests", "deployment.yaml"), "kind: Deployment\n");
  mkdirSync(join(folder, "steps"));
  expect(opened(folder).warnings()).toEqual([]);
  const older = scratch();
  writeStoreBeforePacks(older);
  writeFileSync(join(older, "steps", "notes.txt"), "mine");
  expect(opened(older).warnings()).toEqual([saysAside(older)]);
  expect(readFileSync(join(older, "steps", "notes.txt"), "utf8")).toBe("mine");
});

test("who only looks says that it counts as empty, and changes nothing", () => {
  const folder = scratch();
  const files = writeStoreBeforePacks(folder);
  const reader = opened(folder, { readonly: true });
  expect(reader.warnings()).toEqual([saysEmpty]);
  expect([reader.runs(9), reader.nearest("p", "mlp", null, "train")]).toEqual([[], []]);
  reader.close();
  expect(surveyFolder(folder)).toMatchObject({ exists: true, isBeforePacks: true });
  expect(filesBelow(folder)).toEqual(files);
  expect(readdirSync(folder).sort()).toEqual(["blobs", "hw1.sqlite", "hw1.sqlite-wal", "manifests", "steps"]);
  // Nor while another process is half through.
  mkdirSync(join(folder, "before-packs.partial"));
  rmSync(join(folder, "manifests"), { recursive: true });
  expect(opened(folder, { readonly: true }).warnings()).toEqual([saysEmpty]);
});

test("a folder that may not be written is told, and nothing in it changes", () => {
  const folder = scratch();
  const files = writeStoreBeforePacks(folder);
  chmodSync(dirname(folder), 0o755);
  chmodSync(folder, 0o555);
  onTestFinished(() => chmodSync(folder, 0o755));
  expect(() => asNobody(() => openStore(folder))).toThrow(
    /^the cache folder .* is not writable \((EACCES|SQLITE_CANTOPEN) at .*\)\nMake it writable, or name another folder with --cache DIR or HW1_CACHE\.$/,
  );
  const reader = asNobody(() => openStore(folder, { readonly: true }));
  expect(reader.warnings()).toEqual([saysEmpty]);
  reader.close();
  expect(filesBelow(folder)).toEqual(files);
});

test("an older hw1 that is at work there is waited for, and then told; nothing is moved", () => {
  const folder = scratch();
  writeStoreBeforePacks(folder);
  const older = new (loadSqlite())(join(folder, "hw1.sqlite"));
  expect(older.prepare("SELECT count(*) FROM steps").pluck().get()).toBe(1);
  const files = withoutDatabase(filesBelow(folder));
  expect(() => openStore(folder)).toThrow(/another program has held the cache .* for more than 10 s \(SQLITE_BUSY\)/);
  expect(withoutDatabase(filesBelow(folder))).toMatchObject(files);
  older.prepare("INSERT INTO steps VALUES ('sha256:3', 'score')").run();
  older.close();
  expect(opened(folder).warnings()).toEqual([saysAside(folder)]);
}, 60_000);

/** A disk that is full from its k-th operation on. */
function full(from: number): { readonly files: DurableFiles; readonly isReached: () => boolean } {
  let count = 0;
  const check = <A extends unknown[], R>(work: (...args: A) => R) => {
    return (...args: A): R => {
      count += 1;
      if (count >= from) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      return work(...args);
    };
  };
  const { rename, mkdir, fsyncDir } = nodeFiles;
  const files = { ...nodeFiles, rename: check(rename), mkdir: check(mkdir), fsyncDir: check(fsyncDir) };
  return { files, isReached: () => count >= from };
}

test("a disk that is full at any operation is told, nothing is lost, and the next opening finishes", () => {
  for (let from = 1; ; from++) {
    const folder = scratch();
    const files = writeStoreBeforePacks(folder);
    const disk = full(from);
    let failed: unknown;
    try {
      openStore(folder, { files: disk.files }).close();
    } catch (error) {
      failed = error;
    }
    if (!disk.isReached()) {
      expect(failed).toBeUndefined();
      expect(from).toBeGreaterThan(8);
      return;
    }
    expect(failed).toBeInstanceOf(EnvironmentError);
    expect((failed as Error).message).toMatch(/^no space is left for the cache folder .*\nFree some space there, or /);
    const next = opened(folder);
    next.close();
    expectAside(join(folder, "before-packs"), files);
    expectEmptyAndAtWork(folder);
  }
});

test("killed before any operation of the disk, the next opening finishes, and nothing is half there", async () => {
  let kills = 0;
  for (let last = 1; ; last++) {
    const folder = scratch();
    const files = writeStoreBeforePacks(folder);
    const { code, err } = await start(opener, folder, String(last));
    if (code === 0) {
      expect(err).toBe(`${saysAside(folder).message}\n`);
      break;
    }
    expect([code, err]).toEqual([null, ""]);
    kills += 1;
    const halfway = readdirSync(folder).includes("before-packs");
    if (halfway) expectAside(join(folder, "before-packs"), files);
    const next = opened(folder);
    expect(next.warnings()).toEqual(halfway ? [] : [saysAside(folder)]);
    next.close();
    expectAside(join(folder, "before-packs"), files);
    expectEmptyAndAtWork(folder);
  }
  expect(kills).toBeGreaterThan(8);
}, 240_000);

test("six processes that open it at once set it aside once, and work in one store", async () => {
  const folder = scratch();
  const files = writeStoreBeforePacks(folder);
  const endings = await Promise.all([
    ...[0, 1000, 2000].map((first) => start(writer, folder, String(first), "5", "5")),
    ...[1, 2, 3].map(() => start(opener, folder)),
  ]);
  expect(endings.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(endings.map(({ err }) => err).filter((err) => err !== "")).toEqual([`${saysAside(folder).message}\n`]);
  expectAside(join(folder, "before-packs"), files);
  expect(readdirSync(folder).filter((name) => name.startsWith("before-packs"))).toEqual(["before-packs"]);
  const store = opened(folder);
  expect(store.runs(9).map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
  expect(store.warnings()).toEqual([]);
}, 240_000);
