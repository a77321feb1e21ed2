/**
 * Which pack holds a blob: rows of `packs`, and of them a table in memory.
 *
 * A refresh takes up what was added since the one before, by other processes too, for ids only grow: hundreds of
 * thousands of blobs the first time, afterwards a few. A pack that was set aside is noticed when its file is not there.
 */
import type { Digest } from "../util/digest.js";
import { DigestTable, digestLength, keyOf } from "./digest-table.js";
import { sizeOf } from "./durable.js";
import type { Layout } from "./layout.js";
import type { Sqlite } from "./native.js";
import { type Pack, type PackedBlob, readPart } from "./pack.js";
import { explaining } from "./storage-errors.js";

interface Place {
  readonly pack: KnownPack;
  readonly blob: PackedBlob;
}
export interface KnownPack extends Pack {
  readonly id: number;
}
export interface Packs {
  /**
   * The newest pack that has a blob, by the rows seen at the last refresh; whether the bytes are there is another
   * question.
   */
  locate(blob: Digest): Place | undefined;
  /** The bytes at a place, unless the file is gone or ends before. */
  read(place: Place): Buffer | undefined;
  /** Is the file there, with this size? */
  isThere(pack: Pick<Pack, "name" | "sizeBytes">): boolean;
  /** Within a transaction: a row for a pack whose file is durable. */
  insert(pack: Pack): number;
  /** Within a transaction. */
  erase(id: number): void;
  /** Takes up what was added since; with `anew`, forgets what was removed. Nothing is known before the first. */
  refresh(anew?: boolean): void;
  names(): ReadonlySet<string>;
}

const rowBytes = digestLength + 4;

export function openPacks(db: Sqlite, layout: Layout): Packs {
  const selectNew = db.prepare("SELECT id, name, size_bytes AS sizeBytes, blobs FROM packs WHERE id > ? ORDER BY id");
  const insertRow = db.prepare("INSERT OR IGNORE INTO packs (name, size_bytes, blobs) VALUES (?, ?, ?)");
  const idOf = db.prepare("SELECT id FROM packs WHERE name = ?").pluck();
  const eraseRow = db.prepare("DELETE FROM packs WHERE id = ?");
  const allNames = db.prepare("SELECT name FROM packs").pluck();

  let table = new DigestTable();
  let packs: KnownPack[] = [];
  /** Numbers in the table count blobs over all packs; here is the first of each pack. */
  let firsts: number[] = [];
  let count = 0;
  let lastId = 0;

  function refresh(anew = false): void {
    if (anew) {
      table = new DigestTable();
      [packs, firsts, count, lastId] = [[], [], 0, 0];
    }
    for (const { id, name, sizeBytes, blobs } of selectNew.iterate(lastId) as Iterable<{
      id: number;
      name: string;
      sizeBytes: number;
      blobs: Buffer;
    }>) {
      packs.push(packOf(id, name, sizeBytes, blobs));
      firsts.push(count);
      for (let at = 0; at < blobs.length; at += rowBytes) table.set(blobs, at, count++);
      lastId = id;
    }
  }

  function locate(digest: Digest): Place | undefined {
    const found = table.get(digest);
    if (found === undefined) return undefined;
    let [low, high] = [0, firsts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (firsts[middle]! <= found) low = middle;
      else high = middle - 1;
    }
    const pack = packs[low]!;
    return { pack, blob: pack.blobs[found - firsts[low]!]! };
  }

  return {
    locate,
    read: ({ pack, blob }) => {
      const path = layout.pack(pack.name);
      return explaining(layout.folder, path, () => readPart(path, blob.offset, blob.sizeBytes));
    },
    isThere: ({ name, sizeBytes }) => {
      const path = layout.pack(name);
      return explaining(layout.folder, path, () => sizeOf(path)) === sizeBytes;
    },
    insert: ({ name, sizeBytes, blobs }) => {
      insertRow.run(name, sizeBytes, rowOf(blobs));
      return idOf.get(name) as number;
    },
    erase: (id) => {
      eraseRow.run(id);
    },
    refresh,
    names: () => new Set(allNames.all() as string[]),
  };
}

function rowOf(blobs: readonly PackedBlob[]): Buffer {
  const row = Buffer.alloc(blobs.length * rowBytes);
  for (const [index, { digest, sizeBytes }] of blobs.entries()) {
    keyOf(digest).copy(row, index * rowBytes);
    row.writeUInt32LE(sizeBytes, index * rowBytes + digestLength);
  }
  return row;
}

/** Blobs are made when they are asked for: most packs are only passed by. */
function packOf(id: number, name: string, sizeBytes: number, row: Buffer): KnownPack {
  let blobs: readonly PackedBlob[] | undefined;
  return {
    id,
    name,
    sizeBytes,
    get blobs(): readonly PackedBlob[] {
      blobs ??= blobsOf(row, sizeBytes);
      return blobs;
    },
  };
}

function blobsOf(row: Buffer, packBytes: number): readonly PackedBlob[] {
  const blobs: PackedBlob[] = [];
  // The bytes are the end of the file, so the last blob ends with it.
  let offset = packBytes;
  for (let at = row.length - rowBytes; at >= 0; at -= rowBytes) {
    const sizeBytes = row.readUInt32LE(at + digestLength);
    offset -= sizeBytes;
    blobs.push({ digest: `sha256:${row.toString("hex", at, at + digestLength)}`, sizeBytes, offset });
  }
  return blobs.reverse();
}
