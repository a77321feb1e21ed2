/**
 * The tables of `hw1.sqlite`.
 *
 * The database is an index: every step row and every artifact has a file beside it (`steps/`, `manifests/`) from
 * which it can be made again; only the history of runs and checkpoints live here alone. So a database of an older
 * schema is set aside and made anew, and one of a newer schema is left untouched.
 *
 * `step_places` says where a fingerprint was wanted: two stages that ask for one computation share one step.
 * An element is stored as '' where there is none, for NULLs are never equal in a key.
 */
import type { Sqlite } from "./native.js";

export const schemaVersion = 1;
/** "hw1s" in ASCII: tells a store of ours from any other SQLite file. */
export const applicationId = 0x68773173;

const tables = `
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

const tableNames = [...tables.matchAll(/CREATE TABLE (\w+)/g)].map((match) => match[1]);

/** Made just now · as expected · of a newer hw1 · of an older hw1 · not a store of ours, or not whole. */
export type SchemaState = "fresh" | "current" | "newer" | "older" | "foreign";

/** Looks at the schema, and makes it where the database is empty. */
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
      return { state: judge(version, id, names), version };
    })
    .immediate();
}

/** As above for a database that may only be read. */
export function readSchema(db: Sqlite): { readonly state: SchemaState; readonly version: number } {
  const version = db.pragma("user_version", { simple: true }) as number;
  const id = db.pragma("application_id", { simple: true }) as number;
  const names = new Set(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all());
  return { state: judge(version, id, names), version };
}

export function createTables(db: Sqlite): void {
  db.exec(tables);
  db.pragma(`application_id = ${applicationId}`);
  db.pragma(`user_version = ${schemaVersion}`);
}

function judge(version: number, id: number, names: ReadonlySet<unknown>): SchemaState {
  // Versions grow by one a release; a huge one is damage.
  if (id !== applicationId || version < 0 || version > 10_000) return "foreign";
  if (version > schemaVersion) return "newer";
  if (version < schemaVersion) return "older";
  return tableNames.every((name) => names.has(name)) ? "current" : "foreign";
}
