/**
 * The tables of `hw1.sqlite`.
 *
 * The database is an index: every step row and every artifact is in a file beside it (`packs/`) from which it can be
 * made again; only the history of runs and checkpoints live here alone. Each version adds tables and changes none, so
 * an older database is completed where it stands, history and all; one of a newer schema is left untouched.
 *
 * `step_places` says where a fingerprint was wanted: two stages that ask for one computation share one step.
 * An element is stored as '' where there is none, for NULLs are never equal in a key.
 */
import type { Sqlite } from "./native.js";

export const schemaVersion = 2;
/** "hw1s" in ASCII: tells a store of ours from any other SQLite file. */
export const applicationId = 0x68773173;

const firstTables = `
CREATE TABLE artifacts (
  digest TEXT PRIMARY KEY,
  manifest TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE artifact_blobs (
  artifact TEXT NOT NULL,
  blob TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  PRIMARY KEY (artifact, blob)
) WITHOUT ROWID;
CREATE INDEX artifact_blobs_by_blob ON artifact_blobs (blob);

CREATE TABLE steps (
  fingerprint TEXT PRIMARY KEY,
  document TEXT NOT NULL,
  artifact TEXT NOT NULL,
  pipeline TEXT NOT NULL,
  stage TEXT NOT NULL,
  element TEXT NOT NULL,
  kind TEXT NOT NULL,
  elapsed_ms REAL NOT NULL,
  finished_at REAL NOT NULL
);
CREATE INDEX steps_by_artifact ON steps (artifact);
CREATE INDEX steps_by_stage ON steps (pipeline, stage, finished_at);
CREATE INDEX steps_by_kind ON steps (kind, finished_at);

CREATE TABLE step_places (
  pipeline TEXT NOT NULL,
  stage TEXT NOT NULL,
  element TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  finished_at REAL NOT NULL,
  PRIMARY KEY (pipeline, stage, element, fingerprint)
) WITHOUT ROWID;
CREATE INDEX step_places_by_time ON step_places (pipeline, stage, element, finished_at);
CREATE INDEX step_places_by_fingerprint ON step_places (fingerprint);

CREATE TABLE checkpoints (
  family TEXT PRIMARY KEY,
  length INTEGER NOT NULL,
  manifest TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE checkpoint_blobs (
  family TEXT NOT NULL,
  blob TEXT NOT NULL,
  PRIMARY KEY (family, blob)
) WITHOUT ROWID;
CREATE INDEX checkpoint_blobs_by_blob ON checkpoint_blobs (blob);

CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pipeline TEXT NOT NULL,
  file TEXT NOT NULL,
  started_at REAL NOT NULL,
  finished_at REAL,
  status TEXT NOT NULL,
  ran INTEGER NOT NULL DEFAULT 0,
  reused INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  process TEXT NOT NULL
);

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  at REAL NOT NULL,
  name TEXT NOT NULL,
  event TEXT NOT NULL
);
CREATE INDEX events_by_run ON events (run, name);
`;

/**
 * Version 2: packs. A row of `packs` lists its blobs in order, 36 bytes each: digest, size (little-endian). A row per
 * blob would touch a page of an index for each of them, hundreds a batch. `artifact_packs` names the packs that hold an
 * artifact's small blobs and its manifest; `artifact_blobs` has only blobs in files of their own. `artifact_outputs`
 * has the digests of an artifact's outputs apart from its long manifest, as a plan wants thousands of them.
 * `checkpoint_bytes` holds a checkpoint's small blobs one after the other, in the order of its manifest.
 */
const secondTables = `
CREATE TABLE packs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  size_bytes INTEGER NOT NULL,
  blobs BLOB NOT NULL
);

CREATE TABLE artifact_packs (
  artifact TEXT NOT NULL,
  pack INTEGER NOT NULL,
  PRIMARY KEY (artifact, pack)
) WITHOUT ROWID;
CREATE INDEX artifact_packs_by_pack ON artifact_packs (pack);

CREATE TABLE artifact_outputs (
  artifact TEXT PRIMARY KEY,
  digests TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE checkpoint_bytes (
  family TEXT PRIMARY KEY,
  bytes BLOB NOT NULL
);
`;

const tables = firstTables + secondTables;
const namesIn = (sql: string): readonly string[] => [...sql.matchAll(/CREATE TABLE (\w+)/g)].map((match) => match[1]!);

/** Made just now · as expected, perhaps completed just now · of a newer hw1 · not a store of ours, or not whole. */
export type SchemaState = "fresh" | "current" | "newer" | "foreign";

/** Looks at the schema; makes it where the database is empty, and completes an older one. */
export function prepareSchema(db: Sqlite): { readonly state: SchemaState; readonly version: number } {
  return db
    .transaction(() => {
      const version = db.pragma("user_version", { simple: true }) as number;
      const id = db.pragma("application_id", { simple: true }) as number;
      const names = new Set(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all());
      if (version === 0 && id === 0 && names.size === 0) {
        createTables(db);
        return { state: "fresh" as const, version: schemaVersion };
      }
      const state = judge(version, id, names);
      if (state !== "older") return { state, version };
      db.exec(secondTables);
      db.pragma(`user_version = ${schemaVersion}`);
      return { state: "current" as const, version: schemaVersion };
    })
    .immediate();
}

/** As above for a database that may only be read. */
export function readSchema(db: Sqlite): { readonly state: SchemaState; readonly version: number } {
  const version = db.pragma("user_version", { simple: true }) as number;
  const id = db.pragma("application_id", { simple: true }) as number;
  const names = new Set(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all());
  const state = judge(version, id, names);
  if (state !== "older") return { state, version };
  // What a version adds is empty until it has written: tables in memory stand in for it.
  db.exec(secondTables.replaceAll("CREATE TABLE", "CREATE TEMP TABLE"));
  return { state: "current", version };
}

export function createTables(db: Sqlite): void {
  db.exec(tables);
  db.pragma(`application_id = ${applicationId}`);
  db.pragma(`user_version = ${schemaVersion}`);
}

function judge(version: number, id: number, names: ReadonlySet<unknown>): Exclude<SchemaState, "fresh"> | "older" {
  // Versions grow by one a release; a huge one is damage.
  if (id !== applicationId || version < 1 || version > 10_000) return "foreign";
  if (version > schemaVersion) return "newer";
  if (version === 1) return namesIn(firstTables).every((name) => names.has(name)) ? "older" : "foreign";
  return namesIn(tables).every((name) => names.has(name)) ? "current" : "foreign";
}
