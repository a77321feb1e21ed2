/**
 * A pack: what one batch left, in one file that never changes. Small blobs, manifests, step records, entries of the
 * ledger.
 *
 *   hw1 pack 1 <bytes of the head, 10 digits> <SHA-256 of the head>\n
 *   <head: canonical JSON>\n
 *   <the blobs' bytes, one after the other>
 *
 * The head says everything but the bytes: blobs in order with their sizes, manifests, records, and, where there are
 * some, entries of the ledger. A pack is named by the
 * digest of its head, so equal batches of two processes are one file, and a head that was damaged is never believed.
 * An index that was lost is made again from heads; a blob is judged by its own digest when it is read.
 */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { type Digest, digestBytes } from "../util/digest.js";
import { canonical } from "../util/json.js";
import { type DurableFiles, sizeOf, writeDurably } from "./durable.js";
import { hexOf, type Layout } from "./layout.js";
import type { LedgerEntry } from "./ledger.js";
import { checkedManifest, type Manifest, manifestText } from "./manifest.js";
import { codeOf, explaining } from "./storage-errors.js";
import type { StepRecord } from "./store.js";
import { parseStored } from "./text.js";

/**
 * Larger blobs have files of their own: a sync costs little beside their bytes, and a damaged one takes nothing along.
 */
const smallBytes = 64 * 1024;
export const isSmall = ({ sizeBytes }: { readonly sizeBytes: number }): boolean => sizeBytes <= smallBytes;

interface PackContent {
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
  readonly manifests: readonly Manifest[];
  readonly records: readonly StepRecord[];
  readonly ledger?: readonly LedgerEntry[];
}
export interface PackedBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** From the start of the file. */
  readonly offset: number;
}
export interface Pack {
  readonly name: string;
  /** Of the whole file. */
  readonly sizeBytes: number;
  readonly blobs: readonly PackedBlob[];
}
export interface PackHead extends Pack {
  readonly manifests: readonly Manifest[];
  readonly records: readonly StepRecord[];
  readonly ledger: readonly LedgerEntry[];
}

const firstLineBytes = "hw1 pack 1 ".length + 10 + 1 + 64 + 1;
const firstLine = /^hw1 pack 1 (\d{10}) ([0-9a-f]{64})\n$/;

/** Writes a pack, whole and durable when it returns; nothing refers to it yet. */
export function writePack(files: DurableFiles, layout: Layout, content: PackContent): Pack {
  const { blobs, manifests, records, ledger = [] } = content;
  const sizes = [...blobs].map(([digest, bytes]) => [digest, bytes.byteLength] as const);
  // Manifests are canonical text already; canonical text of a list is its items' joined.
  const texts = manifests.map(manifestText).join(",");
  const more = ledger.length > 0 ? `"ledger":${canonical(ledger)},` : "";
  const head = Buffer.from(
    `{"blobs":${canonical(sizes)},${more}"manifests":[${texts}],"records":${canonical(records)}}`,
  );
  const name = hexOf(digestBytes(head));
  const line = `hw1 pack 1 ${String(head.byteLength).padStart(10, "0")} ${name}\n`;
  const bytes = Buffer.concat([Buffer.from(line), head, Buffer.from("\n"), ...blobs.values()]);
  const path = layout.pack(name);
  explaining(layout.folder, path, () => writeDurably(files, layout.tmp, path, bytes, 0o444));
  return { name, sizeBytes: bytes.byteLength, blobs: placed(sizes, firstLineBytes + head.byteLength + 1) };
}

/**
 * What a pack's head says, or undefined where the file is gone or its head damaged. The bytes after it are not looked
 * at.
 */
export function readPackHead(layout: Layout, name: string): PackHead | undefined {
  const path = layout.pack(name);
  const line = readPart(path, 0, firstLineBytes);
  const [, length, digest] = firstLine.exec(line?.toString("latin1") ?? "") ?? [];
  // The length is no part of the digest: a damaged one must not ask for gigabytes.
  if (length === undefined || digest !== name || Number(length) > (sizeOf(path) ?? 0)) return undefined;
  const head = readPart(path, firstLineBytes, Number(length));
  if (!head || hexOf(digestBytes(head)) !== name) return undefined;
  const {
    blobs,
    manifests,
    records,
    ledger = [],
  } = parseStored<{
    blobs: [Digest, number][];
    manifests: Manifest[];
    records: StepRecord[];
    /** Packs of an hw1 without a ledger have none. */
    ledger?: LedgerEntry[];
  }>(head.toString());
  const list = placed(blobs, firstLineBytes + head.byteLength + 1);
  const sizeBytes = list.reduce((sum, blob) => sum + blob.sizeBytes, firstLineBytes + head.byteLength + 1);
  return {
    name,
    sizeBytes,
    blobs: list,
    manifests: manifests.flatMap((manifest) => checkedManifest(manifest) ?? []),
    records,
    ledger,
  };
}

/** Blobs of a pack that are whole, by digest; of a file that is gone, none. */
export function wholeBlobs(layout: Layout, pack: Pack): Map<Digest, Uint8Array> {
  const path = layout.pack(pack.name);
  const bytes = explaining(layout.folder, path, () => ifThere(() => readFileSync(path))) ?? Buffer.alloc(0);
  const whole = new Map<Digest, Uint8Array>();
  for (const { digest, offset, sizeBytes } of pack.blobs) {
    const part = bytes.subarray(offset, offset + sizeBytes);
    if (part.byteLength === sizeBytes && digestBytes(part) === digest) whole.set(digest, part);
  }
  return whole;
}

/** Bytes of a file, or undefined where it is gone or ends before. */
export function readPart(path: string, offset: number, sizeBytes: number): Buffer | undefined {
  return ifThere(() => {
    const fd = openSync(path, "r");
    try {
      const bytes = Buffer.allocUnsafe(sizeBytes);
      for (let at = 0; at < sizeBytes; ) {
        const read = readSync(fd, bytes, at, sizeBytes - at, offset + at);
        if (read === 0) return undefined;
        at += read;
      }
      return bytes;
    } finally {
      closeSync(fd);
    }
  });
}

function placed(sizes: readonly (readonly [Digest, number])[], base: number): readonly PackedBlob[] {
  let offset = base;
  return sizes.map(([digest, sizeBytes]) => {
    const blob = { digest, sizeBytes, offset };
    offset += sizeBytes;
    return blob;
  });
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
