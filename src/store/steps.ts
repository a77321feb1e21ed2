/**
 * Step records and artifacts in the database. Each is in a pack before it has a row, so an index that was lost is made
 * again from packs (see index-files.ts).
 */
import type { Digest } from "../util/digest.js";
import { canonical, type JsonObject } from "../util/json.js";
import type { Look } from "./blobs.js";
import {
  type BlobEntry,
  blobsOf,
  checkedDigests,
  digestsText,
  type Manifest,
  manifestText,
  readManifest,
} from "./manifest.js";
import type { Sqlite } from "./native.js";
import type { Pack } from "./pack.js";
import type { StepRecord } from "./store.js";
import { parseStored } from "./text.js";

/** As many earlier records as a reason may look at. */
const nearestCount = 20;

/** Looks at files as they are now, at each pack once. */
export interface Presence {
  hasFile(entry: Pick<BlobEntry, "digest" | "sizeBytes">): boolean;
  hasPack(pack: Pick<Pack, "name" | "sizeBytes">): boolean;
  /** What was found of artifacts so far, where the answers are to be of one moment. */
  readonly whole?: Map<Digest, boolean>;
  readonly packs?: Map<string, Pick<Pack, "name" | "sizeBytes">>;
}

export interface Steps {
  find(fingerprint: Digest, presence: Presence): StepRecord | undefined;
  nearest(pipeline: string, stage: string, element: string | null, kind: string): readonly StepRecord[];
  recent(pipeline: string, stage: string, kind: string): readonly StepRecord[];
  manifest(artifact: Digest): Manifest | undefined;
  outputDigests(artifact: Digest): Readonly<Record<string, Digest>> | undefined;
  /** Has it a row, and are the files that the row needs there? */
  isWhole(artifact: Digest, presence: Presence): boolean;
  /**
   * Within a transaction. `home` is the pack that holds the manifest; every blob is somewhere by `look`, or it throws.
   */
  insertArtifact(manifest: Manifest, look: Look, home: number | undefined): void;
  /** Within a transaction. */
  insert(record: StepRecord): void;
  /** Within a transaction: a step that is kept already was wanted here too, or took this long this time. */
  touch(record: StepRecord): void;
  /** What a step's row says, without its document. */
  row(fingerprint: Digest): { readonly artifact: Digest; readonly finishedAt: number } | undefined;
  recordsOf(artifact: Digest): readonly StepRecord[];
  hasArtifact(artifact: Digest): boolean;
  /** Artifacts that have a blob as a file · that need something in a pack. */
  artifactsWithFile(blob: Digest): readonly Digest[];
  artifactsInPack(pack: number): readonly Digest[];
  /** Within a transaction: what needs `from` needs `to` from now on. */
  relink(from: number, to: number): void;
  /** Within a transaction: drops an artifact and its steps. */
  drop(artifact: Digest): void;
  /** Within a transaction: drops checkpoints that need a blob's file. */
  dropCheckpointsWith(blob: Digest): void;
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

export function openSteps(db: Sqlite): Steps {
  const columns =
    "s.fingerprint, s.document, s.artifact, s.pipeline, s.stage, s.element, s.kind, s.elapsed_ms, s.finished_at";
  const selectShort = db.prepare(`SELECT ${columns.replace("s.document, ", "")} FROM steps s WHERE s.fingerprint = ?`);
  const selectDocument = db.prepare("SELECT document FROM steps WHERE fingerprint = ?").pluck();
  const selectSteps = db.prepare(`SELECT ${columns} FROM steps s WHERE s.artifact = ?`);
  const selectRow = db.prepare("SELECT artifact, finished_at AS finishedAt FROM steps WHERE fingerprint = ?");
  /**
   * All that an artifact lies in, in one question: numbers of packs; digests and sizes of files, one behind the other.
   * Asked of the table of output digests, because its rows are short.
   */
  const selectHomes = db.prepare(
    `SELECT (SELECT group_concat(h.pack, ' ') FROM artifact_packs h WHERE h.artifact = o.artifact) AS packs,
       (SELECT group_concat(b.blob || ' ' || b.size_bytes, ' ') FROM artifact_blobs b WHERE b.artifact = o.artifact)
         AS files
     FROM artifact_outputs o WHERE o.artifact = ?`,
  );
  const selectPack = db.prepare("SELECT name, size_bytes AS sizeBytes FROM packs WHERE id = ?");
  const artifactExists = db.prepare("SELECT 1 FROM artifacts WHERE digest = ?").pluck();
  const selectManifest = db.prepare("SELECT manifest FROM artifacts WHERE digest = ?").pluck();
  const selectOutputs = db.prepare("SELECT digests FROM artifact_outputs WHERE artifact = ?").pluck();
  const putOutputs = db.prepare("INSERT OR REPLACE INTO artifact_outputs (artifact, digests) VALUES (?, ?)");
  const atPlace = db.prepare(
    `SELECT ${columns} FROM step_places p JOIN steps s ON s.fingerprint = p.fingerprint
     WHERE p.pipeline = ? AND p.stage = ? AND p.element = ? ORDER BY p.finished_at DESC LIMIT ${nearestCount}`,
  );
  const ofKind = db.prepare(
    `SELECT ${columns} FROM steps s WHERE s.kind = ? ORDER BY s.finished_at DESC LIMIT ${nearestCount}`,
  );
  const ofStage = db.prepare(
    `SELECT ${columns} FROM steps s WHERE s.pipeline = ? AND s.stage = ? AND s.kind = ?
     ORDER BY s.finished_at DESC LIMIT ${nearestCount}`,
  );
  const putArtifact = db.prepare("INSERT OR REPLACE INTO artifacts (digest, manifest) VALUES (?, ?)");
  const putArtifactBlob = db.prepare(
    "INSERT OR REPLACE INTO artifact_blobs (artifact, blob, size_bytes) VALUES (?, ?, ?)",
  );
  const putArtifactPack = db.prepare("INSERT OR IGNORE INTO artifact_packs (artifact, pack) VALUES (?, ?)");
  const putStep = db.prepare(
    `INSERT OR REPLACE INTO steps
     (fingerprint, document, artifact, pipeline, stage, element, kind, elapsed_ms, finished_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const putPlace = db.prepare(
    "INSERT OR REPLACE INTO step_places (pipeline, stage, element, fingerprint, finished_at) VALUES (?, ?, ?, ?, ?)",
  );
  const updateTimes = db.prepare("UPDATE steps SET elapsed_ms = ?, finished_at = ? WHERE fingerprint = ?");
  const artifactsOfBlob = db.prepare("SELECT artifact FROM artifact_blobs WHERE blob = ?").pluck();
  const artifactsOfPack = db.prepare("SELECT artifact FROM artifact_packs WHERE pack = ?").pluck();
  const updatePack = db.prepare("UPDATE OR REPLACE artifact_packs SET pack = ? WHERE pack = ?");
  const unlink = ["artifact_blobs", "artifact_packs", "artifact_outputs"].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE artifact = ?`),
  );
  const erase = [
    "DELETE FROM step_places WHERE fingerprint IN (SELECT fingerprint FROM steps WHERE artifact = ?)",
    "DELETE FROM steps WHERE artifact = ?",
    "DELETE FROM artifacts WHERE digest = ?",
  ].map((sql) => db.prepare(sql));
  const eraseCheckpoints = ["last_states", "checkpoint_bytes", "checkpoints"]
    .map((table) => `DELETE FROM ${table} WHERE family IN (SELECT family FROM checkpoint_blobs WHERE blob = ?)`)
    .concat("DELETE FROM checkpoint_blobs WHERE blob = ?")
    .map((sql) => db.prepare(sql));

  /** The newest of each kind, until anyone writes: a search asks for them once for each cell that was never run. */
  const newest = new Map<string, readonly StepRecord[]>();
  let newestAsOf = -1;

  function newestOf(kind: string): readonly StepRecord[] {
    const version = db.pragma("data_version", { simple: true }) as number;
    if (version !== newestAsOf) newest.clear();
    newestAsOf = version;
    const known = newest.get(kind) ?? (ofKind.all(kind) as Row[]).map((row) => recordOf(row, () => row.document));
    newest.set(kind, known);
    return known;
  }

  function manifest(artifact: Digest): Manifest | undefined {
    const text = selectManifest.get(artifact) as string | undefined;
    const found = text === undefined ? undefined : readManifest(text);
    return found?.digest === artifact ? found : undefined;
  }

  function outputDigests(artifact: Digest): Readonly<Record<string, Digest>> | undefined {
    const text = selectOutputs.get(artifact) as string | undefined;
    return text === undefined ? undefined : checkedDigests(text, artifact);
  }

  function isWhole(artifact: Digest, { hasFile, hasPack, packs: known }: Presence): boolean {
    const row = selectHomes.get(artifact) as { packs: string | null; files: string | null } | undefined;
    if (!row) return false;
    for (const id of row.packs?.split(" ") ?? []) {
      // A pack without a row has no name; its file is nowhere.
      const pack = known?.get(id) ?? (selectPack.get(Number(id)) as { name: string; sizeBytes: number } | undefined);
      if (!pack || !hasPack(pack)) return false;
      known?.set(id, pack);
    }
    const files = row.files?.split(" ") ?? [];
    for (let at = 0; at < files.length; at += 2)
      if (!hasFile({ digest: files[at] as Digest, sizeBytes: Number(files[at + 1]) })) return false;
    return true;
  }

  function find(fingerprint: Digest, presence: Presence): StepRecord | undefined {
    const row = selectShort.get(fingerprint) as Omit<Row, "document"> | undefined;
    if (!row) return undefined;
    const whole = presence.whole?.get(row.artifact) ?? isWhole(row.artifact, presence);
    presence.whole?.set(row.artifact, whole);
    return whole ? recordOf(row, () => selectDocument.get(fingerprint) as string) : undefined;
  }

  function nearest(pipeline: string, stage: string, element: string | null, kind: string): readonly StepRecord[] {
    const rows = atPlace.all(pipeline, stage, element ?? "") as Row[];
    return rows.length > 0 ? rows.map((row) => recordOf(row, () => row.document)) : newestOf(kind);
  }

  function recent(pipeline: string, stage: string, kind: string): readonly StepRecord[] {
    const rows = ofStage.all(pipeline, stage, kind) as Row[];
    return rows.length > 0 ? rows.map((row) => recordOf(row, () => row.document)) : newestOf(kind);
  }

  function insertArtifact(added: Manifest, look: Look, home: number | undefined): void {
    for (const statement of unlink) statement.run(added.digest);
    putArtifact.run(added.digest, manifestText(added));
    putOutputs.run(added.digest, digestsText(added));
    const packs = new Set<number>(home === undefined ? [] : [home]);
    for (const blob of blobsOf(added)) {
      const where = look(blob);
      if (where === undefined) throw new Error(`hw1 bug: blob ${blob.digest} of artifact ${added.digest} is nowhere`);
      if (where === "file") putArtifactBlob.run(added.digest, blob.digest, blob.sizeBytes);
      else packs.add(where.id);
    }
    for (const pack of packs) putArtifactPack.run(added.digest, pack);
  }

  function insert(record: StepRecord): void {
    const { fingerprint, artifact, pipeline, stage, kind, elapsedMs, finishedAt } = record;
    const element = record.element ?? "";
    putStep.run(
      fingerprint,
      canonical(record.document),
      artifact,
      pipeline,
      stage,
      element,
      kind,
      elapsedMs,
      finishedAt,
    );
    putPlace.run(pipeline, stage, element, fingerprint, finishedAt);
    newest.delete(kind);
  }

  function touch({ fingerprint, pipeline, stage, element, kind, elapsedMs, finishedAt }: StepRecord): void {
    updateTimes.run(elapsedMs, finishedAt, fingerprint);
    putPlace.run(pipeline, stage, element ?? "", fingerprint, finishedAt);
    newest.delete(kind);
  }

  function drop(artifact: Digest): void {
    for (const statement of [...erase, ...unlink]) statement.run(artifact);
    newest.clear();
  }

  return {
    find,
    nearest,
    recent,
    manifest,
    outputDigests,
    isWhole,
    insertArtifact,
    insert,
    touch,
    row: (fingerprint) => selectRow.get(fingerprint) as { artifact: Digest; finishedAt: number } | undefined,
    recordsOf: (artifact) => (selectSteps.all(artifact) as Row[]).map((row) => recordOf(row, () => row.document)),
    hasArtifact: (artifact) => artifactExists.get(artifact) !== undefined,
    artifactsWithFile: (blob) => artifactsOfBlob.all(blob) as Digest[],
    artifactsInPack: (pack) => artifactsOfPack.all(pack) as Digest[],
    relink: (from, to) => {
      updatePack.run(to, from);
    },
    drop,
    dropCheckpointsWith: (blob) => {
      for (const statement of eraseCheckpoints) statement.run(blob);
    },
  };
}

/** The document is long and seldom wanted, so it is read when it is; one that cannot be read says nothing. */
function recordOf(row: Omit<Row, "document">, text: () => string): StepRecord {
  let document: JsonObject | undefined;
  return {
    fingerprint: row.fingerprint,
    get document() {
      document ??= documentOf(text());
      return document;
    },
    artifact: row.artifact,
    pipeline: row.pipeline,
    stage: row.stage,
    element: row.element === "" ? null : row.element,
    kind: row.kind,
    elapsedMs: row.elapsed_ms,
    finishedAt: row.finished_at,
  };
}

function documentOf(text: string): JsonObject {
  try {
    return parseStored<JsonObject>(text);
  } catch {
    return {};
  }
}
