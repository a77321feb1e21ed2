/**
 * The tables of `hw1.sqlite`.
 *
 * The database is an index: every step row and every artifact is in a file beside it (`packs/`) from which it can be
 * made again; only the history of runs, checkpoints and logs of failures live here alone. Each version adds tables and
 * changes none, so an older database is completed where it stands, history and all; one of a newer schema is left
 * untouched. The first version, from before packs, is the exception: a store of it is set aside (see before-packs.ts).
 *
 * A row of `packs` lists its blobs in order, 36 bytes each: digest, size (little-endian). A row per blob would touch a
 * page of an index for each of them, hundreds a batch. `artifact_packs` names the packs that hold an artifact's small
 * blobs and its manifest; `artifact_blobs` has only blobs in files of their own. `artifact_outputs` has the digests of
 * an artifact's outputs apart from its long manifest, as a plan wants thousands of them. `checkpoint_bytes` holds a
 * checkpoint's small blobs one after the other, in the order of its manifest.
 *
 * `step_places` says where a fingerprint was wanted: two stages that ask for one computation share one step.
 * An element is stored as '' where there is none, for NULLs are never equal in a key.
 */
import type { Sqlite } from "./native.js";

/** "hw1s" in ASCII: tells a store of ours from any other SQLite file. */
export const applicationId = 0x68773173;

const beforePacks = 1;
const firstVersion = 2;
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

/**
 * The ledger: which test sets were opened, and what was decided about models (see ledger.ts). `id` is the digest of the
 * entry, so that one that comes from two packs is one; `pack` names the file that holds it, '' where none does.
 * Nothing ever deletes a row.
 */
const ledgerTable = `
CREATE TABLE ledger (
  id TEXT PRIMARY KEY,
  what TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  examples TEXT NOT NULL,
  data TEXT NOT NULL,
  run INTEGER NOT NULL,
  at REAL NOT NULL,
  pack TEXT NOT NULL,
  entry TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX ledger_by_fingerprint ON ledger (fingerprint, what);
CREATE INDEX ledger_by_examples ON ledger (examples, at);
CREATE INDEX ledger_by_data ON ledger (data);
CREATE INDEX ledger_by_run ON ledger (run);
CREATE INDEX ledger_by_time ON ledger (at);
CREATE INDEX ledger_by_pack ON ledger (pack);
`;

/**
 * Checkpoints whose training has come to its end, in the order in which they came: how much room each takes that no
 * result does, and which of its blobs (by their places in its manifest) are in packs of results. Those of an older hw1
 * come first.
 *
 * What was told of steps that failed, by fingerprint (see values/failure-log.ts).
 */
const lastStateTables = `
CREATE TABLE last_states (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  family TEXT NOT NULL UNIQUE,
  own_bytes INTEGER NOT NULL,
  packed TEXT NOT NULL
);
INSERT INTO last_states (family, own_bytes, packed) SELECT family, length(bytes), '' FROM checkpoint_bytes;

CREATE TABLE failure_logs (
  fingerprint TEXT PRIMARY KEY,
  log TEXT NOT NULL
) WITHOUT ROWID;
`;

/** What each version after the first adds, in order; a table that is there never changes. */
export const additions: readonly string[] = [ledgerTable, lastStateTables];

export const versionOf = (added: readonly string[]): number => firstVersion + added.length;
export const schemaVersion = versionOf(additions);

/**
 * Made just now · as expected, perhaps completed just now · of a newer hw1 · of one from before packs · no store of
 * ours, or not whole.
 */
type SchemaState = "fresh" | "current" | "newer" | "before packs" | "foreign";
interface Schema {
  readonly state: SchemaState;
  readonly version: number;
}

/** Looks at the schema; makes it where the database is empty, and completes an older one. */
export function prepareSchema(db: Sqlite, added = additions): Schema {
  return db
    .transaction((): Schema => {
      const found = lookAt(db);
      if (found.version === 0 && found.id === 0 && found.tables.size === 0) {
        createTables(db, added);
        return { state: "fresh", version: versionOf(added) };
      }
      const state = judge(found, added);
      if (state !== "older") return { state, version: found.version };
      for (const sql of added.slice(found.version - firstVersion)) db.exec(sql);
      db.pragma(`user_version = ${versionOf(added)}`);
      return { state: "current", version: versionOf(added) };
    })
    .immediate();
}

/** As above for a database that may only be read. */
export function readSchema(db: Sqlite, added = additions): Schema {
  const found = lookAt(db);
  const state = judge(found, added);
  if (state !== "older") return { state, version: found.version };
  // What a version adds is empty until it has written: tables in memory stand in for it.
  for (const sql of added.slice(found.version - firstVersion))
    db.exec(sql.replaceAll("CREATE TABLE", "CREATE TEMP TABLE"));
  return { state: "current", version: found.version };
}

export function createTables(db: Sqlite, added = additions): void {
  for (const sql of [firstTables, ...added]) db.exec(sql);
  db.pragma(`application_id = ${applicationId}`);
  db.pragma(`user_version = ${versionOf(added)}`);
}

interface Found {
  readonly version: number;
  readonly id: number;
  readonly tables: ReadonlySet<unknown>;
}

function lookAt(db: Sqlite): Found {
  return {
    version: db.pragma("user_version", { simple: true }) as number,
    id: db.pragma("application_id", { simple: true }) as number,
    tables: new Set(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()),
  };
}

function judge({ version, id, tables }: Found, added: readonly string[]): Exclude<SchemaState, "fresh"> | "older" {
  // Versions grow by one a release; a huge one is corruption.
  if (id !== applicationId || version < beforePacks || version > 10_000) return "foreign";
  if (version === beforePacks) return "before packs";
  if (version > versionOf(added)) return "newer";
  const wanted = [firstTables, ...added.slice(0, version - firstVersion)].flatMap(tableNames);
  if (!wanted.every((name) => tables.has(name))) return "foreign";
  return version < versionOf(added) ? "older" : "current";
}

const tableNames = (sql: string): readonly string[] =>
  [...sql.matchAll(/CREATE TABLE (\w+)/g)].map((match) => match[1]!);
