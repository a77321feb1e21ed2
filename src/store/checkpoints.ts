/**
 * The newest state of each family of trainings.
 *
 * A checkpoint is written as an artifact is: blobs first, then one transaction that replaces the row. Only then are
 * the blobs of the one before deleted, under the write lock and only where nothing else refers to them. Bytes are
 * checked when a checkpoint is handed out, so a torn one is never continued.
 */
import type { Digest } from "../util/digest.js";
import type { Outputs } from "../util/value.js";
import type { Blobs } from "./blobs.js";
import { quietly } from "./durable.js";
import type { Layout } from "./layout.js";
import { blobsOf, type Manifest, manifestText, readManifest } from "./manifest.js";
import type { Sqlite } from "./native.js";
import { CorruptBlobError } from "./store.js";

export interface Checkpoints {
  latest(family: Digest, length: number): { readonly length: number; readonly outputs: Outputs } | undefined;
  save(family: Digest, length: number, outputs: Outputs): void;
  drop(family: Digest): void;
}

interface Tools {
  readonly db: Sqlite;
  readonly layout: Layout;
  readonly blobs: Blobs;
  readonly store: (outputs: Outputs) => Manifest;
  readonly restore: (outputs: Outputs, manifest: Manifest) => void;
  readonly open: (manifest: Manifest) => Outputs;
  readonly remove: (path: string) => void;
  readonly warn: (message: string) => void;
}

export function openCheckpoints({ db, layout, blobs, store, restore, open, remove, warn }: Tools): Checkpoints {
  const select = db.prepare("SELECT length, manifest FROM checkpoints WHERE family = ?");
  const replace = db.prepare("INSERT OR REPLACE INTO checkpoints (family, length, manifest) VALUES (?, ?, ?)");
  const erase = db.prepare("DELETE FROM checkpoints WHERE family = ?");
  const blobsOfFamily = db.prepare("SELECT blob FROM checkpoint_blobs WHERE family = ?").pluck();
  const eraseBlobs = db.prepare("DELETE FROM checkpoint_blobs WHERE family = ?");
  const insertBlob = db.prepare("INSERT OR IGNORE INTO checkpoint_blobs (family, blob) VALUES (?, ?)");
  const isWanted = db
    .prepare("SELECT EXISTS (SELECT 1 FROM artifact_blobs WHERE blob = @blob) OR EXISTS (SELECT 1 FROM checkpoint_blobs WHERE blob = @blob)")
    .pluck();

  function latest(family: Digest, length: number): { readonly length: number; readonly outputs: Outputs } | undefined {
    const row = select.get(family) as { length: number; manifest: string } | undefined;
    if (!row || row.length > length) return undefined;
    const manifest = readManifest(row.manifest);
    if (!manifest || !blobsOf(manifest).every((blob) => blobs.has(blob))) return undefined;
    try {
      for (const blob of blobsOf(manifest)) blobs.open(blob).bytes();
    } catch (error) {
      if (!(error instanceof CorruptBlobError)) throw error;
      warn(`a checkpoint was damaged (blob ${error.blob}) and is not continued`);
      return undefined;
    }
    return { length: row.length, outputs: open(manifest) };
  }

  function save(family: Digest, length: number, outputs: Outputs): void {
    const manifest = store(outputs);
    const before = db
      .transaction(() => {
        restore(outputs, manifest);
        const old = blobsOfFamily.all(family) as Digest[];
        eraseBlobs.run(family);
        for (const blob of blobsOf(manifest)) insertBlob.run(family, blob.digest);
        replace.run(family, length, manifestText(manifest));
        return old;
      })
      .immediate();
    deleteUnwanted(before);
  }

  function drop(family: Digest): void {
    const before = db
      .transaction(() => {
        const old = blobsOfFamily.all(family) as Digest[];
        eraseBlobs.run(family);
        erase.run(family);
        return old;
      })
      .immediate();
    deleteUnwanted(before);
  }

  /** The lock keeps another process from promising a blob between the question and the deletion. */
  function deleteUnwanted(candidates: readonly Digest[]): void {
    if (candidates.length === 0) return;
    db.transaction(() => {
      for (const blob of candidates) if (isWanted.get({ blob }) === 0) quietly(() => remove(layout.blob(blob)));
    }).immediate();
  }

  return { latest, save, drop };
}
