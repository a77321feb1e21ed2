/**
 * The newest state of each family of trainings.
 *
 * Small blobs live in the database, one after the other in one row, so that a checkpoint a second leaves no files
 * behind: the next one takes its place. Larger ones are files, as an artifact's are: blobs first, then the transaction
 * that replaces the row. Only then are the files of the one before deleted, under the write lock and only where
 * nothing else refers to them. Bytes are checked when a checkpoint is handed out, so a torn one is never continued.
 */
import { type Digest, digestBytes } from "../util/digest.js";
import type { Output, Outputs } from "../values/output.js";
import type { Blobs, Look } from "./blobs.js";
import { quietly } from "./durable.js";
import type { Layout } from "./layout.js";
import { type BlobEntry, blobsOf, type Manifest, manifestText, readManifest } from "./manifest.js";
import type { Sqlite } from "./native.js";
import { isSmall } from "./pack.js";
import { type Checkpoint, CorruptBlobError } from "./store.js";

interface Checkpoints {
  latest(family: Digest, length: number): { readonly length: number; readonly outputs: Outputs } | undefined;
  save(list: readonly Checkpoint[]): void;
  drop(families: readonly Digest[]): void;
}

interface Tools {
  readonly db: Sqlite;
  readonly layout: Layout;
  readonly blobs: Blobs;
  readonly store: (outputs: Outputs, pending: Map<Digest, Uint8Array>, look: Look) => Manifest;
  readonly remove: (path: string) => void;
  readonly warn: (message: string) => void;
}

export function openCheckpoints({ db, layout, blobs, store, remove, warn }: Tools): Checkpoints {
  const select = db.prepare("SELECT length, manifest FROM checkpoints WHERE family = ?");
  const selectBytes = db.prepare("SELECT bytes FROM checkpoint_bytes WHERE family = ?").pluck();
  const replace = db.prepare("INSERT OR REPLACE INTO checkpoints (family, length, manifest) VALUES (?, ?, ?)");
  const replaceBytes = db.prepare("INSERT OR REPLACE INTO checkpoint_bytes (family, bytes) VALUES (?, ?)");
  const exists = db.prepare("SELECT 1 FROM checkpoints WHERE family = ?").pluck();
  const erase = db.prepare("DELETE FROM checkpoints WHERE family = ?");
  const eraseBytes = db.prepare("DELETE FROM checkpoint_bytes WHERE family = ?");
  const blobsOfFamily = db.prepare("SELECT blob FROM checkpoint_blobs WHERE family = ?").pluck();
  const eraseBlobs = db.prepare("DELETE FROM checkpoint_blobs WHERE family = ?");
  const insertBlob = db.prepare("INSERT OR IGNORE INTO checkpoint_blobs (family, blob) VALUES (?, ?)");
  const isWanted = db
    .prepare(
      `SELECT EXISTS (SELECT 1 FROM artifact_blobs WHERE blob = @blob)
           OR EXISTS (SELECT 1 FROM checkpoint_blobs WHERE blob = @blob)`,
    )
    .pluck();

  // Nothing small counts as there, though a pack may have it: a checkpoint's row is enough for it.
  const inFile: Look = (entry) => (!isSmall(entry) && blobs.hasFile(entry) ? "file" : undefined);

  function latest(family: Digest, length: number): { readonly length: number; readonly outputs: Outputs } | undefined {
    const row = select.get(family) as { length: number; manifest: string } | undefined;
    if (!row || row.length > length) return undefined;
    const manifest = readManifest(row.manifest);
    if (!manifest) return undefined;
    const inline = selectBytes.get(family) as Buffer | undefined;
    if (!inline) return undefined;
    const read = new Map<Digest, Uint8Array>();
    let offset = 0;
    try {
      for (const entry of blobsOf(manifest)) {
        if (!isSmall(entry)) {
          if (!blobs.hasFile(entry)) return undefined;
          blobs.read(entry);
          continue;
        }
        const bytes = inline.subarray(offset, offset + entry.sizeBytes);
        offset += entry.sizeBytes;
        if (digestBytes(bytes) !== entry.digest) throw new CorruptBlobError(entry.digest);
        read.set(entry.digest, bytes);
      }
    } catch (error) {
      if (!(error instanceof CorruptBlobError)) throw error;
      warn(`a checkpoint was damaged (blob ${error.blob}) and is not continued`);
      return undefined;
    }
    return { length: row.length, outputs: outputsOf(manifest, (entry) => read.get(entry.digest) ?? blobs.read(entry)) };
  }

  function save(list: readonly Checkpoint[]): void {
    const described = list.map(({ family, length, outputs }) => {
      const small = new Map<Digest, Uint8Array>();
      return { family, length, outputs, small, manifest: store(outputs, small, inFile) };
    });
    const before = db
      .transaction(() =>
        described.flatMap(({ family, length, outputs, small, manifest }) => {
          restoreFiles(blobs, outputs, manifest);
          const old = blobsOfFamily.all(family) as Digest[];
          eraseBlobs.run(family);
          const entries = blobsOf(manifest);
          for (const blob of entries) if (!isSmall(blob)) insertBlob.run(family, blob.digest);
          replace.run(family, length, manifestText(manifest));
          replaceBytes.run(family, Buffer.concat(entries.flatMap((entry) => small.get(entry.digest) ?? [])));
          return old;
        }),
      )
      .immediate();
    deleteUnwanted(before);
  }

  function drop(families: readonly Digest[]): void {
    // Most families of a search never had a checkpoint, and a question takes no lock.
    const known = families.filter((family) => exists.get(family) !== undefined);
    if (known.length === 0) return;
    const before = db
      .transaction(() =>
        known.flatMap((family) => {
          const old = blobsOfFamily.all(family) as Digest[];
          eraseBlobs.run(family);
          eraseBytes.run(family);
          erase.run(family);
          return old;
        }),
      )
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

/**
 * Within the transaction that refers to them: files that another process deleted as unwanted a moment ago are written
 * again.
 */
export function restoreFiles(blobs: Blobs, outputs: Outputs, manifest: Manifest): void {
  for (const [name, output] of Object.entries(manifest.outputs)) {
    for (const [key, entry] of Object.entries(output.blobs)) {
      const given = outputs[name]?.blobs[key];
      if (given && !isSmall(entry) && !blobs.hasFile(entry)) blobs.put(given, new Map(), () => undefined);
    }
  }
}

/** Outputs as a manifest tells them; bytes are read when they are asked for. */
export function outputsOf(
  manifest: Manifest,
  read: (entry: BlobEntry) => Uint8Array,
): Readonly<Record<string, Output & { readonly digest: Digest }>> {
  return Object.fromEntries(
    Object.entries(manifest.outputs).map(([name, { type, data, digest, blobs: entries }]) => {
      const blobs = Object.fromEntries(
        Object.entries(entries).map(([key, entry]) => [
          key,
          { dtype: entry.dtype, shape: entry.shape, digest: entry.digest, bytes: () => read(entry) },
        ]),
      );
      // A stored output is JSON; its type says what its data are, as the kind that left it does.
      return [name, { type, data, digest, blobs } as Output & { readonly digest: Digest }];
    }),
  );
}
