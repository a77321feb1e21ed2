/**
 * Bytes by digest, read-only and never changed: small ones in packs, larger ones in `blobs/aa/<hex>`.
 *
 * A blob that is there is not written again. Bytes are hashed when read: always up to 8 MiB, above that on the first
 * use by a process, as long as the file's size and time stay as they were then. Blobs are never linked into a
 * user's folder; what is handed out is a copy in memory.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Digest, digestBytes } from "../util/digest.js";
import type { Blob } from "../values/blob.js";
import { type DurableFiles, ensureFolder, sizeOf, writeDurably } from "./durable.js";
import { hexOf, type Layout } from "./layout.js";
import { type BlobEntry, sizeBytesOf } from "./manifest.js";
import { isSmall } from "./pack.js";
import type { KnownPack, Packs } from "./packs.js";
import { codeOf, explaining } from "./storage-errors.js";
import { CorruptBlobError } from "./store.js";

/** Hashing 8 MiB takes about 5 ms; a data set of 47 MB is read by many steps of one process. */
const alwaysHashBytes = 8 * 1024 * 1024;

/** Where a blob of this size is, or undefined where it is nowhere. Bytes are not looked at. */
export type Look = (entry: BlobEntry) => KnownPack | "file" | undefined;

export interface Blobs {
  /** Looks at the disk as it is now, at each pack once: for the length of one operation. */
  look(): Look;
  hasFile(entry: Pick<BlobEntry, "digest" | "sizeBytes">): boolean;
  /** Stores a large blob's bytes unless they are there; a small one that is nowhere waits in `pending` to be packed. */
  put(blob: Blob, pending: Map<Digest, Uint8Array>, look: Look): BlobEntry;
  /** Reads and checks the bytes. @throws CorruptBlobError */
  read(entry: BlobEntry): Uint8Array;
  /** Are the bytes somewhere, and right? Looked up anew. */
  isWhole(digest: Digest): boolean;
  /** Moves a blob's own file to `quarantine/`, where there is one. */
  setAside(digest: Digest): void;
}

/**
 * @param corrupt  called with a blob that is missing or does not match, before CorruptBlobError is thrown
 */
export function openBlobs(
  layout: Layout,
  files: DurableFiles,
  packs: () => Packs,
  corrupt: (digest: Digest) => void,
): Blobs {
  const trusted = new Map<Digest, string>();

  function hasFile({ digest, sizeBytes }: Pick<BlobEntry, "digest" | "sizeBytes">): boolean {
    const path = layout.blob(digest);
    return explaining(layout.folder, path, () => sizeOf(path)) === sizeBytes;
  }

  function look(): Look {
    const seen = new Map<number, boolean>();
    let isRenewed = false;
    packs().refresh();
    const packOf = (digest: Digest): KnownPack | undefined => {
      const pack = packs().locate(digest)?.pack;
      if (!pack) return undefined;
      let isThere = seen.get(pack.id);
      if (isThere === undefined) {
        isThere = packs().isThere(pack);
        seen.set(pack.id, isThere);
      }
      if (isThere) return pack;
      if (isRenewed) return undefined;
      // Another process may have set it aside, and what was whole in it is in another by now.
      isRenewed = true;
      packs().refresh(true);
      return packOf(digest);
    };
    return (entry) => {
      if (isSmall(entry)) return packOf(entry.digest);
      return hasFile(entry) ? "file" : undefined;
    };
  }

  function put(blob: Blob, pending: Map<Digest, Uint8Array>, where: Look): BlobEntry {
    const { dtype, shape } = blob;
    const sizeBytes = sizeBytesOf(dtype, shape);
    const isKnown = (entry: BlobEntry): boolean => pending.has(entry.digest) || where(entry) !== undefined;
    const given = blob.digest && { dtype, shape: [...shape], digest: blob.digest, sizeBytes };
    if (given && isKnown(given)) return given;

    const bytes = blob.bytes();
    if (bytes.byteLength !== sizeBytes) {
      throw new Error(
        `a ${dtype} array of shape [${shape.join(", ")}] takes ${sizeBytes} bytes, ` +
          `but ${bytes.byteLength} were given`,
      );
    }
    const digest = digestBytes(bytes);
    if (blob.digest && blob.digest !== digest) throw new CorruptBlobError(blob.digest);
    const entry = { dtype, shape: [...shape], digest, sizeBytes };
    if (isKnown(entry)) return entry;
    const path = layout.blob(digest);
    if (isSmall(entry)) pending.set(digest, bytes);
    else explaining(layout.folder, path, () => writeDurably(files, layout.tmp, path, bytes, 0o444));
    return entry;
  }

  function read(entry: BlobEntry): Uint8Array {
    const { digest } = entry;
    const bytes = readOnce(entry);
    if (bytes) return bytes;
    // Another process may have set a damaged pack aside and computed it again.
    packs().refresh(true);
    const again = readOnce(entry);
    if (again) return again;
    corrupt(digest);
    throw new CorruptBlobError(digest);
  }

  function readOnce(entry: BlobEntry): Uint8Array | undefined {
    if (!isSmall(entry)) return readFile(entry);
    const packed = readPacked(entry.digest);
    return packed && digestBytes(packed) === entry.digest ? packed : undefined;
  }

  function isWhole(digest: Digest): boolean {
    packs().refresh(true);
    const packed = readPacked(digest);
    if (packed && digestBytes(packed) === digest) return true;
    const path = layout.blob(digest);
    const bytes = explaining(layout.folder, path, () => readIfThere(path));
    return bytes !== undefined && digestBytes(bytes) === digest;
  }

  function readPacked(digest: Digest): Uint8Array | undefined {
    let place = packs().locate(digest);
    if (!place) {
      packs().refresh();
      place = packs().locate(digest);
    }
    if (!place) return undefined;
    const bytes = packs().read(place);
    if (bytes) return bytes;
    packs().refresh(true);
    place = packs().locate(digest);
    return place && packs().read(place);
  }

  function readFile({ digest, sizeBytes }: BlobEntry): Uint8Array | undefined {
    const path = layout.blob(digest);
    const bytes = explaining(layout.folder, path, () => readIfThere(path));
    if (bytes?.byteLength !== sizeBytes) return undefined;
    const stamp = sizeBytes > alwaysHashBytes ? stampOf(path) : "";
    if (stamp !== "" && trusted.get(digest) === stamp) return bytes;
    if (digestBytes(bytes) !== digest) return undefined;
    if (stamp !== "") trusted.set(digest, stamp);
    return bytes;
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

  return { look, hasFile, put, read, isWhole, setAside };
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
