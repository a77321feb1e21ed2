/**
 * The newest state of each family of trainings.
 *
 * Small blobs live in the database, one after the other in one row, so that a checkpoint a second leaves no files
 * behind: the next one takes its place. Larger ones are files, as an artifact's are: blobs first, then the transaction
 * that replaces the row. Only then are the files of the one before deleted, under the write lock and only where
 * nothing else refers to them. Bytes are checked when a checkpoint is handed out, so a torn one is never continued.
 *
 * The last state of a training that has come to its end is all that a longer one goes on from. What its result has too
 * (weights, history) it does not store again, and all last states together have a bound. That is right because a
 * checkpoint decides no bits: whoever finds none begins anew.
 */
import { type Digest, digestBytes } from "../util/digest.js";
import type { Output, Outputs } from "../values/output.js";
import type { Blobs, Look } from "./blobs.js";
import { quietly } from "./durable.js";
import type { Layout } from "./layout.js";
import { type BlobEntry, blobsOf, type Manifest, manifestText, readManifest } from "./manifest.js";
import type { Sqlite } from "./native.js";
import { isSmall } from "./pack.js";
import { isAlive } from "./process.js";
import { type Checkpoint, CorruptBlobError } from "./store.js";

interface Checkpoints {
  latest(family: Digest, length: number): { readonly length: number; readonly outputs: Outputs } | undefined;
  save(list: readonly Checkpoint[]): void;
  drop(families: readonly Digest[]): void;
  /**
   * Where all last states together take more than `mostBytes`, and more than a third of what results do: those of the
   * most room × age, age being how many came after. The newest one stays whatever it takes.
   */
  dropOld(run: number, mostBytes: number): void;
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
  const eraseLast = db.prepare("DELETE FROM last_states WHERE family = ?");
  const insertLast = db.prepare("INSERT INTO last_states (family, own_bytes, packed) VALUES (?, ?, ?)");
  const packedOf = db.prepare("SELECT packed FROM last_states WHERE family = ?").pluck();
  // Smith (1981), Long term file migration: that product leaves the most files of which something will be wanted.
  const lastStates = db.prepare(
    `SELECT family, own_bytes AS ownBytes FROM last_states
     ORDER BY own_bytes * ((SELECT max(id) FROM last_states) - id), id DESC`,
  );
  const resultBytes = db
    .prepare(
      `SELECT coalesce((SELECT sum(size_bytes) FROM packs), 0)
            + coalesce((SELECT sum(size_bytes) FROM (SELECT DISTINCT blob, size_bytes FROM artifact_blobs)), 0)`,
    )
    .pluck();
  const allOwnBytes = db.prepare("SELECT coalesce(sum(own_bytes), 0) FROM last_states").pluck();
  const otherRuns = db.prepare("SELECT process FROM runs WHERE status = 'running' AND id <> ?").pluck();
  const isInArtifact = db.prepare("SELECT 1 FROM artifact_blobs WHERE blob = ? LIMIT 1").pluck();
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
    const packed = placesIn(packedOf.get(family) as string | undefined);
    const read = new Map<Digest, Uint8Array>();
    let offset = 0;
    try {
      for (const [place, entry] of blobsOf(manifest).entries()) {
        if (!isSmall(entry) || packed.has(place)) {
          if (!isSmall(entry) && !blobs.hasFile(entry)) return undefined;
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
    const anywhere = list.some(({ isLast }) => isLast) ? blobs.look() : inFile;
    const described = list.map(({ family, length, outputs, isLast = false }) => {
      const small = new Map<Digest, Uint8Array>();
      const manifest = store(outputs, small, isLast ? anywhere : inFile);
      return { family, length, outputs, isLast, small, manifest };
    });
    const before = db
      .transaction(() =>
        described.flatMap(({ family, length, outputs, isLast, small, manifest }) => {
          restoreFiles(blobs, outputs, manifest);
          const old = blobsOfFamily.all(family) as Digest[];
          eraseBlobs.run(family);
          const entries = blobsOf(manifest);
          const large = entries.filter((entry) => !isSmall(entry));
          for (const { digest } of large) insertBlob.run(family, digest);
          const inline = Buffer.concat(entries.flatMap((entry) => small.get(entry.digest) ?? []));
          replace.run(family, length, manifestText(manifest));
          replaceBytes.run(family, inline);
          eraseLast.run(family);
          if (isLast) {
            const own = large.filter(({ digest }) => isInArtifact.get(digest) === undefined);
            const ownBytes = own.reduce((sum, { sizeBytes }) => sum + sizeBytes, inline.length);
            const packed = entries.flatMap((entry, at) => (isSmall(entry) && !small.has(entry.digest) ? [at] : []));
            insertLast.run(family, ownBytes, packed.join(" "));
          }
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
          eraseLast.run(family);
          erase.run(family);
          return old;
        }),
      )
      .immediate();
    deleteUnwanted(before);
  }

  function dropOld(run: number, mostBytes: number): void {
    if ((allOwnBytes.get() as number) <= mostBytes) return;
    if ((otherRuns.all(run) as string[]).some(isAlive)) return;
    const most = Math.max(mostBytes, (resultBytes.get() as number) / 3);
    let sum = 0;
    const old = (lastStates.all() as { family: Digest; ownBytes: number }[]).filter(({ ownBytes }, at) => {
      sum += ownBytes;
      return at > 0 && sum > most;
    });
    if (old.length === 0) return;
    drop(old.map(({ family }) => family));
    db.pragma("incremental_vacuum");
  }

  /** The lock keeps another process from promising a blob between the question and the deletion. */
  function deleteUnwanted(candidates: readonly Digest[]): void {
    if (candidates.length === 0) return;
    db.transaction(() => {
      for (const blob of candidates) if (isWanted.get({ blob }) === 0) quietly(() => remove(layout.blob(blob)));
    }).immediate();
  }

  return { latest, save, drop, dropOld };
}

/** As `last_states.packed` has them. */
const placesIn = (text: string | undefined): ReadonlySet<number> => new Set(text ? text.split(" ").map(Number) : []);

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
