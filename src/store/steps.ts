/**
 * Step records: in the database, and each in a small file of its own.
 *
 * The file `steps/<hex>.json` is durable before the row, so an index that was lost is made again from files: a record
 * is taken when its own digest agrees and its artifact's manifest and blobs are there.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Digest, digestJson } from "../util/digest.js";
import { canonical, type JsonObject, parseCanonical } from "../util/json.js";
import { type DurableFiles, quietly, writeDurably } from "./durable.js";
import { hexOf, type Layout } from "./layout.js";
import { type BlobEntry, blobsOf, type Manifest, manifestText, readManifest } from "./manifest.js";
import type { Sqlite } from "./native.js";
import type { StepRecord } from "./store.js";
import { explaining } from "./trouble.js";

/** As many earlier records as a reason may look at. */
const nearestCount = 20;
/** Elapsed times that make an estimate. */
const estimateCount = 5;

export interface Steps {
  find(fingerprint: Digest): StepRecord | undefined;
  nearest(pipeline: string, stage: string, element: string | null, kind: string): readonly StepRecord[];
  estimateMs(pipeline: string, stage: string, kind: string): number | null;
  manifest(artifact: Digest): Manifest | undefined;
  /** Within a transaction. */
  insertArtifact(manifest: Manifest): void;
  /** Within a transaction. */
  insert(record: StepRecord): void;
  /** Within a transaction: a step that is kept already was wanted here too, or took this long this time. */
  touch(record: StepRecord): void;
  artifactOf(fingerprint: Digest): Digest | undefined;
  hasArtifact(artifact: Digest): boolean;
  /** Within a transaction: drops artifacts that need the blob, and their steps and checkpoints. Returns the steps' fingerprints. */
  dropBlob(blob: Digest): readonly Digest[];
  count(): number;
}

interface Row {
  fingerprint: Digest;
  document: string;
  artifact: Digest;
  pipeline: string;
  stage: string;
  element: string;
  kind: string;
  elapsed_ms: number;
  finished_at: number;
}

export function openSteps(db: Sqlite, layout: Layout, has: (blob: BlobEntry) => boolean): Steps {
  const columns = "s.fingerprint, s.document, s.artifact, s.pipeline, s.stage, s.element, s.kind, s.elapsed_ms, s.finished_at";
  const selectStep = db.prepare(`SELECT ${columns} FROM steps s WHERE s.fingerprint = ?`);
  const selectBlobs = db.prepare("SELECT blob AS digest, size_bytes AS sizeBytes FROM artifact_blobs WHERE artifact = ?");
  const artifactExists = db.prepare("SELECT 1 FROM artifacts WHERE digest = ?").pluck();
  const selectManifest = db.prepare("SELECT manifest FROM artifacts WHERE digest = ?").pluck();
  const atPlace = db.prepare(
    `SELECT ${columns} FROM step_places p JOIN steps s ON s.fingerprint = p.fingerprint
     WHERE p.pipeline = ? AND p.stage = ? AND p.element = ? ORDER BY p.finished_at DESC LIMIT ${nearestCount}`,
  );
  const ofKind = db.prepare(`SELECT ${columns} FROM steps s WHERE s.kind = ? ORDER BY s.finished_at DESC LIMIT ${nearestCount}`);
  const stageTimes = db
    .prepare(`SELECT elapsed_ms FROM steps WHERE pipeline = ? AND stage = ? AND kind = ? ORDER BY finished_at DESC LIMIT ${estimateCount}`)
    .pluck();
  const kindTimes = db.prepare(`SELECT elapsed_ms FROM steps WHERE kind = ? ORDER BY finished_at DESC LIMIT ${estimateCount}`).pluck();
  const putArtifact = db.prepare("INSERT OR REPLACE INTO artifacts (digest, manifest) VALUES (?, ?)");
  const putArtifactBlob = db.prepare("INSERT OR REPLACE INTO artifact_blobs (artifact, blob, size_bytes) VALUES (?, ?, ?)");
  const putStep = db.prepare(
    "INSERT OR REPLACE INTO steps (fingerprint, document, artifact, pipeline, stage, element, kind, elapsed_ms, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const putPlace = db.prepare("INSERT OR REPLACE INTO step_places (pipeline, stage, element, fingerprint, finished_at) VALUES (?, ?, ?, ?, ?)");
  const updateTimes = db.prepare("UPDATE steps SET elapsed_ms = ?, finished_at = ? WHERE fingerprint = ?");
  const artifactOfStep = db.prepare("SELECT artifact FROM steps WHERE fingerprint = ?").pluck();
  const artifactsOfBlob = db.prepare("SELECT artifact FROM artifact_blobs WHERE blob = ?").pluck();
  const stepsOfArtifact = db.prepare("SELECT fingerprint FROM steps WHERE artifact = ?").pluck();
  const countSteps = db.prepare("SELECT count(*) FROM steps").pluck();
  const erase = [
    "DELETE FROM step_places WHERE fingerprint IN (SELECT fingerprint FROM steps WHERE artifact = ?)",
    "DELETE FROM steps WHERE artifact = ?",
    "DELETE FROM artifact_blobs WHERE artifact = ?",
    "DELETE FROM artifacts WHERE digest = ?",
  ].map((sql) => db.prepare(sql));
  const eraseCheckpoints = [
    "DELETE FROM checkpoints WHERE family IN (SELECT family FROM checkpoint_blobs WHERE blob = ?)",
    "DELETE FROM checkpoint_blobs WHERE blob = ?",
  ].map((sql) => db.prepare(sql));

  function manifest(artifact: Digest): Manifest | undefined {
    const text = selectManifest.get(artifact) as string | undefined;
    const found = text === undefined ? undefined : readManifest(text);
    return found?.digest === artifact ? found : readManifestFile(layout, artifact);
  }

  function find(fingerprint: Digest): StepRecord | undefined {
    const row = selectStep.get(fingerprint) as Row | undefined;
    if (!row || artifactExists.get(row.artifact) === undefined) return undefined;
    return (selectBlobs.all(row.artifact) as BlobEntry[]).every(has) ? recordOf(row) : undefined;
  }

  function nearest(pipeline: string, stage: string, element: string | null, kind: string): readonly StepRecord[] {
    const rows = atPlace.all(pipeline, stage, element ?? "") as Row[];
    return (rows.length > 0 ? rows : (ofKind.all(kind) as Row[])).flatMap((row) => recordOf(row) ?? []);
  }

  function estimateMs(pipeline: string, stage: string, kind: string): number | null {
    const ofStage = stageTimes.all(pipeline, stage, kind) as number[];
    const times = ofStage.length > 0 ? ofStage : (kindTimes.all(kind) as number[]);
    return times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0) / times.length;
  }

  function insertArtifact(added: Manifest): void {
    putArtifact.run(added.digest, manifestText(added));
    for (const blob of blobsOf(added)) putArtifactBlob.run(added.digest, blob.digest, blob.sizeBytes);
  }

  function insert(record: StepRecord): void {
    const { fingerprint, artifact, pipeline, stage, kind, elapsedMs, finishedAt } = record;
    const element = record.element ?? "";
    putStep.run(fingerprint, canonical(record.document), artifact, pipeline, stage, element, kind, elapsedMs, finishedAt);
    putPlace.run(pipeline, stage, element, fingerprint, finishedAt);
  }

  function touch({ fingerprint, pipeline, stage, element, elapsedMs, finishedAt }: StepRecord): void {
    updateTimes.run(elapsedMs, finishedAt, fingerprint);
    putPlace.run(pipeline, stage, element ?? "", fingerprint, finishedAt);
  }

  function dropBlob(blob: Digest): readonly Digest[] {
    const dropped: Digest[] = [];
    for (const artifact of artifactsOfBlob.all(blob)) {
      dropped.push(...(stepsOfArtifact.all(artifact) as Digest[]));
      for (const statement of erase) statement.run(artifact);
    }
    for (const statement of eraseCheckpoints) statement.run(blob);
    return dropped;
  }

  return {
    find,
    nearest,
    estimateMs,
    manifest,
    insertArtifact,
    insert,
    touch,
    dropBlob,
    artifactOf: (fingerprint) => artifactOfStep.get(fingerprint) as Digest | undefined,
    hasArtifact: (artifact) => artifactExists.get(artifact) !== undefined,
    count: () => countSteps.get() as number,
  };
}

export function writeStepFile(files: DurableFiles, layout: Layout, record: StepRecord): void {
  const text = canonical({ step: 1, check: digestJson(record), record });
  const path = layout.step(record.fingerprint);
  explaining(layout.folder, path, () => writeDurably(files, layout.tmp, path, Buffer.from(text)));
}

export function writeManifestFile(files: DurableFiles, layout: Layout, manifest: Manifest): void {
  const path = layout.manifest(manifest.digest);
  explaining(layout.folder, path, () => writeDurably(files, layout.tmp, path, Buffer.from(manifestText(manifest))));
}

/**
 * Records that have a file and no row get one; a file that cannot be used any more is deleted.
 *
 * @returns how many records were taken
 */
export function indexFiles(db: Sqlite, layout: Layout, steps: Steps, has: (blob: BlobEntry) => boolean, remove: ((path: string) => void) | undefined): number {
  let names: string[];
  try {
    names = readdirSync(layout.steps).filter((name) => /^[0-9a-f]{64}\.json$/.test(name));
  } catch {
    return 0;
  }
  if (names.length <= steps.count()) return 0;
  const known = new Set(db.prepare("SELECT fingerprint FROM steps").pluck().all());
  return db
    .transaction(() => {
      let taken = 0;
      for (const name of names) {
        if (known.has(`sha256:${name.slice(0, 64)}`)) continue;
        const path = join(layout.steps, name);
        const record = readStepFile(path);
        const manifest = record && readManifestFile(layout, record.artifact);
        const isWhole = manifest && `${hexOf(record.fingerprint)}.json` === name && blobsOf(manifest).every(has);
        if (isWhole) {
          steps.insertArtifact(manifest);
          steps.insert(record);
          taken += 1;
        } else if (remove) quietly(() => remove(path));
      }
      return taken;
    })
    .immediate();
}

export function readManifestFile(layout: Layout, artifact: Digest): Manifest | undefined {
  let text: string;
  try {
    text = readFileSync(layout.manifest(artifact), "utf8");
  } catch {
    return undefined;
  }
  const manifest = readManifest(text);
  return manifest?.digest === artifact ? manifest : undefined;
}

function readStepFile(path: string): StepRecord | undefined {
  try {
    const { check, record } = parseCanonical(readFileSync(path, "utf8")) as unknown as { check: Digest; record: StepRecord };
    return check === digestJson(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function recordOf(row: Row): StepRecord | undefined {
  try {
    return {
      fingerprint: row.fingerprint,
      document: parseCanonical(row.document) as JsonObject,
      artifact: row.artifact,
      pipeline: row.pipeline,
      stage: row.stage,
      element: row.element === "" ? null : row.element,
      kind: row.kind,
      elapsedMs: row.elapsed_ms,
      finishedAt: row.finished_at,
    };
  } catch {
    return undefined;
  }
}
