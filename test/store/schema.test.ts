/** Versions of the database: an older one is completed where it stands, a newer one is left untouched. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EnvironmentError } from "../../src/diagnostic/diagnostic.js";
import { loadSqlite } from "../../src/store/native.js";
import { additions, prepareSchema, readSchema, schemaVersion, versionOf } from "../../src/store/schema.js";
import { openStore } from "../../src/store/sqlite.js";
import { digestJson } from "../../src/util/digest.js";
import { keepStep, numbers, opened, scratch } from "./rig.js";

/** What two later versions of hw1 add. */
const later = [
  ...additions,
  "CREATE TABLE notes (run INTEGER PRIMARY KEY, text TEXT NOT NULL);",
  "CREATE TABLE tags (name TEXT PRIMARY KEY) WITHOUT ROWID;\nCREATE TABLE stars (run INTEGER PRIMARY KEY);",
];

/** A store of this version with a result, a checkpoint and a history. */
function filled(): { readonly folder: string; readonly database: string } {
  const folder = scratch();
  const store = opened(folder);
  const run = store.startRun("p", "p.yaml");
  keepStep(store, "one", numbers([1, 2]));
  store.saveCheckpoint(digestJson("family"), 3, numbers([4]));
  store.finishRun(run, { status: "ok", ran: 1, reused: 0, failed: 0 });
  store.close();
  return { folder, database: join(folder, "hw1.sqlite") };
}
const tables = [
  ...["artifacts", "artifact_blobs", "artifact_outputs", "artifact_packs"],
  "checkpoints",
  "steps",
  "runs",
];

test("an older database is completed where it stands, and loses nothing", () => {
  const { database } = filled();
  const db = new (loadSqlite())(database);
  const rows = () => tables.map((name) => db.prepare(`SELECT * FROM ${name}`).all());
  const before = rows();
  expect(before.filter((list) => list.length > 0).length).toBeGreaterThan(4);
  expect(prepareSchema(db, later)).toEqual({ state: "current", version: schemaVersion + 2 });
  expect(rows()).toEqual(before);
  expect(db.pragma("user_version", { simple: true })).toBe(schemaVersion + 2);
  for (const name of ["notes", "tags", "stars"]) expect(db.prepare(`SELECT * FROM ${name}`).all()).toEqual([]);
  // From the version between, only what it lacks is added.
  expect(prepareSchema(db, [...later, "CREATE TABLE more (id INTEGER);"])).toMatchObject({ state: "current" });
  expect(prepareSchema(db, [...later, "CREATE TABLE more (id INTEGER);"]).version).toBe(versionOf(later) + 1);
  db.close();
});

test("one that may only be read is completed in memory", () => {
  const { database } = filled();
  const bytes = readFileSync(database);
  const db = new (loadSqlite())(database, { readonly: true });
  expect(readSchema(db, later)).toEqual({ state: "current", version: schemaVersion });
  expect(db.prepare("SELECT * FROM stars").all()).toEqual([]);
  expect(db.prepare("SELECT stage FROM steps").pluck().all()).toEqual(["s"]);
  db.close();
  expect(readFileSync(database).equals(bytes)).toBe(true);
});

test("one that lacks a table of its own version is none of ours", () => {
  const db = new (loadSqlite())(filled().database);
  db.exec("DROP TABLE checkpoint_bytes");
  expect(prepareSchema(db, later).state).toBe("foreign");
  expect(readSchema(db).state).toBe("foreign");
  db.close();
});

test.each([false, true])("a newer database is left untouched and refused (for reading: %s)", (readonly) => {
  const { folder, database } = filled();
  const db = new (loadSqlite())(database);
  prepareSchema(db, later);
  db.close();
  const [bytes, names] = [readFileSync(database), readdirSync(folder)];
  expect(() => openStore(folder, { readonly })).toThrow(EnvironmentError);
  expect(() => openStore(folder, { readonly })).toThrow(
    `the cache database ${database} was written by a newer hw1 (schema ${schemaVersion + 2}; this hw1 knows ${schemaVersion})\n` +
      "Update hw1, or name another folder with --cache DIR or HW1_CACHE.",
  );
  expect(readFileSync(database).equals(bytes)).toBe(true);
  expect(readdirSync(folder).filter((name) => !name.startsWith("hw1.sqlite-"))).toEqual(names);
});
