/**
 * Bytes by digest, in `blobs/aa/<hex>`, read-only and never changed.
 *
 * A blob that is there is not written again. Bytes are hashed when read: always up to 8 MiB, above that on the first
 * use by a process, as long as the file's size and time stay as they were then. Blobs are never linked into a
 * user's folder; what is handed out is a copy in memory.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Digest, digestBytes } from "../util/digest.js";
import type { Blob } from "../util/value.js";
import { type DurableFiles, ensureFolder, sizeOf, writeDurably } from "./durable.js";
import { hexOf, type Layout } from "./layout.js";
import { type BlobEntry, sizeBytesOf } from "./manifest.js";
import { CorruptBlobError } from "./store.js";
import { codeOf, explaining } from "./trouble.js";

/** Hashing 8 MiB takes about 5 ms; a data set of 47 MB is read by many steps of one process. */
const alwaysHashBytes = 8 * 1024 * 1024;

export interface Blobs {
  /** Stores a blob's bytes unless they are there already. */
  put(blob: Blob): BlobEntry;
  /** There, with this size? Bytes are not looked at. */
  has(entry: BlobEntry): boolean;
  /** A blob that reads and checks its bytes when asked. */
  open(entry: BlobEntry): Blob;
  /** Moves a blob's file to `quarantine/`, where there is one. */
  setAside(digest: Digest): void;
}

/** @param corrupt  called with a blob that is missing or does not match, before CorruptBlobError is thrown */
export function openBlobs(layout: Layout, files: DurableFiles, corrupt: (digest: Digest) => void): Blobs {
  const trusted = new Map<Digest, string>();

  function has({ digest, sizeBytes }: BlobEntry): boolean {
    const path = layout.blob(digest);
    return explaining(layout.folder, path, () => sizeOf(path)) === sizeBytes;
  }

  function put(blob: Blob): BlobEntry {
    const { dtype, shape } = blob;
    const sizeBytes = sizeBytesOf(dtype, shape);
    const known = blob.digest && { dtype, shape: [...shape], digest: blob.digest, sizeBytes };
    if (known && has(known)) return known;

    const bytes = blob.bytes();
    if (bytes.byteLength !== sizeBytes) {
      throw new Error(`a ${dtype} array of shape [${shape.join(", ")}] takes ${sizeBytes} bytes, but ${bytes.byteLength} were given`);
    }
    const digest = digestBytes(bytes);
    if (blob.digest && blob.digest !== digest) throw new CorruptBlobError(blob.digest);
    const entry = { dtype, shape: [...shape], digest, sizeBytes };
    const path = layout.blob(digest);
    if (!has(entry)) explaining(layout.folder, path, () => writeDurably(files, layout.tmp, path, bytes, 0o444));
    return entry;
  }

  function read({ digest, sizeBytes }: BlobEntry): Uint8Array {
    const path = layout.blob(digest);
    const bytes = explaining(layout.folder, path, () => readIfThere(path));
    if (bytes && bytes.byteLength === sizeBytes) {
      const stamp = sizeBytes > alwaysHashBytes ? stampOf(path) : "";
      if (stamp !== "" && trusted.get(digest) === stamp) return bytes;
      if (digestBytes(bytes) === digest) {
        if (stamp !== "") trusted.set(digest, stamp);
        return bytes;
      }
    }
    corrupt(digest);
    throw new CorruptBlobError(digest);
  }

  function setAside(digest: Digest): void {
    const path = layout.blob(digest);
    trusted.delete(digest);
    explaining(layout.folder, path, () => {
      if (sizeOf(path) === undefined) return;
      ensureFolder(files, layout.quarantine);
      try {
        files.rename(path, join(layout.quarantine, hexOf(digest)));
      } catch (error) {
        if (codeOf(error) !== "ENOENT") throw error;
      }
    });
  }

  return {
    put,
    has,
    setAside,
    open: (entry) => ({ dtype: entry.dtype, shape: entry.shape, digest: entry.digest, bytes: () => read(entry) }),
  };
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function stampOf(path: string): string {
  const { size, mtimeMs, ino } = statSync(path);
  return `${size} ${mtimeMs} ${ino}`;
}
