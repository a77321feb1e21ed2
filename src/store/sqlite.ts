/**
 * The store: `hw1.sqlite` for what is looked up, files for what is kept. The only code that touches the cache folder.
 *
 * Order of a result's writing: blobs, manifest, step file, each durable; then one BEGIN IMMEDIATE transaction with the
 * row. A process killed anywhere leaves files that nothing refers to, never a row without its bytes. Several
 * processes may share a folder; readers do not wait (WAL).
 */
import { resolve } from "node:path";
import type { Digest } from "../util/digest.js";
import type { Output, Outputs } from "../util/value.js";
import { openBlobs } from "./blobs.js";
import { openCheckpoints } from "./checkpoints.js";
import { openForReading, openForWriting, suspect } from "./database.js";
import { type DurableFiles, nodeFiles, quietly, sizeOf, sweepTemporary } from "./durable.js";
import { layoutOf } from "./layout.js";
import { type Manifest, manifestOf, manifestText, type OutputEntry, readManifest } from "./manifest.js";
import { openRuns } from "./runs.js";
import { indexFiles, openSteps, readManifestFile, type Steps, writeManifestFile, writeStepFile } from "./steps.js";
import type { ArtifactInfo, StepRecord, Store, StoreWarning } from "./store.js";
import { codeOf, explainTrouble, saysDamaged } from "./trouble.js";

const temporaryAgeMs = 24 * 60 * 60 * 1000;

export interface OpenOptions {
  /** For looking only: creates nothing, and a folder that is not there is an empty store. */
  readonly readonly?: boolean;
  readonly now?: () => number;
  /** The disk, where a test stands in for it. */
  readonly files?: DurableFiles;
}

/**
 * @param folder  the cache folder; made where it is missing
 * @throws        EnvironmentError where the folder cannot be used, its database is of a newer hw1, or SQLite does not load
 */
export function openStore(folder: string, options: OpenOptions = {}): Store {
  const layout = layoutOf(resolve(folder));
  const files = options.files ?? nodeFiles;
  const now = options.now ?? Date.now;
  const isReadonly = options.readonly === true;
  const warnings: StoreWarning[] = [];
  const warn = (message: string) => {
    warnings.push({ message });
  };

  // Whoever reads is told by CorruptBlobError, and tells the user in turn.
  const blobs = openBlobs(layout, files, (digest) => {
    if (!isReadonly) quarantine(digest);
  });

  let steps: Steps | undefined;
  const db = isReadonly ? readingDatabase() : writingDatabase();
  const known = steps ?? openSteps(db, layout, blobs.has);
  const runs = openRuns(db, now);
  const checkpoints = openCheckpoints({
    db,
    layout,
    blobs,
    store,
    restore,
    open: (manifest) => infoOf(manifest).outputs,
    remove: (path) => files.unlink(path),
    warn,
  });
  let isOpen = true;

  function writingDatabase() {
    return openForWriting(layout, files, warn, ({ db: opened, isFresh }) => {
      quietly(() => sweepTemporary(layout.tmp, now(), temporaryAgeMs));
      steps = openSteps(opened, layout, blobs.has);
      const taken = indexFiles(opened, layout, steps, blobs.has, (path) => files.unlink(path));
      if (isFresh && taken > 0) warn(`the index of the cache was made anew: ${taken} ${taken === 1 ? "step was" : "steps were"} found`);
    });
  }

  function readingDatabase() {
    const opened = openForReading(layout, warn);
    if (opened.isFresh) {
      steps = openSteps(opened.db, layout, blobs.has);
      indexFiles(opened.db, layout, steps, blobs.has, undefined);
    }
    return opened.db;
  }

  /** Errors of the database are explained (those of files were, with their paths); damage is remembered for the next opening. */
  function guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isReadonly && saysDamaged(error)) suspect(layout, files);
      throw codeOf(error)?.startsWith("SQLITE_") ? explainTrouble(error, layout.folder, layout.database) : error;
    }
  }

  function writing<T>(work: () => T): T {
    if (isReadonly) throw new Error("hw1 bug: the store was opened for reading");
    return guard(work);
  }

  /** Stores the blobs. The manifest is read back, so that a fresh result and a reused one are the same to the last bit. */
  function store(outputs: Outputs): Manifest {
    const entries = Object.entries(outputs).map(([name, { type, data, blobs: given }]) => {
      const stored = Object.fromEntries(Object.entries(given).map(([key, blob]) => [key, blobs.put(blob)]));
      return [name, { type, data, blobs: stored } satisfies Omit<OutputEntry, "digest">] as const;
    });
    const manifest = readManifest(manifestText(manifestOf(Object.fromEntries(entries))));
    if (!manifest) throw new Error("hw1 bug: an artifact's manifest does not read back");
    return manifest;
  }

  /** Within the transaction that refers to them: blobs that another process deleted as unwanted a moment ago are written again. */
  function restore(outputs: Outputs, manifest: Manifest): void {
    for (const [name, output] of Object.entries(manifest.outputs)) {
      for (const [key, entry] of Object.entries(output.blobs)) {
        const given = outputs[name]?.blobs[key];
        if (given && !blobs.has(entry)) blobs.put(given);
      }
    }
  }

  function infoOf(manifest: Manifest): ArtifactInfo {
    const outputs: Record<string, Output & { readonly digest: Digest }> = {};
    for (const [name, { type, data, blobs: entries, digest }] of Object.entries(manifest.outputs)) {
      outputs[name] = { type, data, digest, blobs: Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, blobs.open(entry)])) };
    }
    return { digest: manifest.digest, outputs };
  }

  function put(outputs: Outputs): ArtifactInfo {
    const manifest = store(outputs);
    if (!readManifestFile(layout, manifest.digest)) writeManifestFile(files, layout, manifest);
    db.transaction(() => {
      restore(outputs, manifest);
      known.insertArtifact(manifest);
    }).immediate();
    return infoOf(manifest);
  }

  function keep(record: StepRecord): void {
    const isKept = known.artifactOf(record.fingerprint) === record.artifact;
    if (!isKept || sizeOf(layout.step(record.fingerprint)) === undefined) writeStepFile(files, layout, record);
    db.transaction(() => {
      const before = known.artifactOf(record.fingerprint);
      if (!known.hasArtifact(record.artifact)) {
        const manifest = readManifestFile(layout, record.artifact);
        if (!manifest) throw new Error(`hw1 bug: artifact ${record.artifact} is kept before it is put`);
        known.insertArtifact(manifest);
      }
      if (before === record.artifact) {
        known.touch(record);
        return;
      }
      known.insert(record);
      if (before !== undefined) {
        const place = record.element === null ? record.stage : `${record.stage} ${record.element}`;
        warn(`${place} is not deterministic: the same fingerprint gave ${before} before and ${record.artifact} now; the new result is kept`);
      }
    }).immediate();
  }

  function quarantine(blob: Digest): void {
    blobs.setAside(blob);
    const dropped = db.transaction(() => known.dropBlob(blob)).immediate();
    for (const fingerprint of dropped) quietly(() => files.unlink(layout.step(fingerprint)));
  }

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    try {
      if (!isReadonly) guard(runs.flush);
    } finally {
      runs.end();
      db.close();
    }
  }

  return {
    folder: layout.folder,
    find: (fingerprint) => guard(() => known.find(fingerprint)),
    nearest: (pipeline, stage, element, kind) => guard(() => known.nearest(pipeline, stage, element, kind)),
    artifact: (digest) =>
      guard(() => {
        const manifest = known.manifest(digest);
        return manifest && infoOf(manifest);
      }),
    put: (outputs) => writing(() => put(outputs)),
    keep: (record) => writing(() => keep(record)),
    quarantine: (blob) => writing(() => quarantine(blob)),
    checkpoint: (family, length) => guard(() => checkpoints.latest(family, length)),
    saveCheckpoint: (family, length, outputs) => writing(() => checkpoints.save(family, length, outputs)),
    dropCheckpoints: (family) => writing(() => checkpoints.drop(family)),
    estimateMs: (pipeline, stage, kind) => guard(() => known.estimateMs(pipeline, stage, kind)),
    startRun: (pipeline, file) => writing(() => runs.start(pipeline, file)),
    finishRun: (id, result) => writing(() => runs.finish(id, result)),
    logEvent: (run, at, event) => writing(() => runs.log(run, at, event)),
    runs: (limit) => guard(() => runs.list(limit)),
    runSteps: (run) => guard(() => runs.steps(run)),
    warnings: () => warnings,
    close,
  };
}
