/**
 * Files a pipeline names: whole or piece by piece, gzip undone, absence told in the user's words.
 *
 * A step reads what it was judged by. It may wait for minutes between the two, so bytes are hashed once more as they
 * are read, and others than those judged are a ChangedFileError, whatever was found in them. So a file that was changed
 * and put back in between is noticed, too.
 */

import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import { constants as flushing, gunzipSync } from "node:zlib";
import { EnvironmentError, LocalMistakeError, MistakeError } from "../diagnostic/diagnostic.js";
import { limits, overLimit } from "../pipeline/limits.js";
import { ChangedFileError, type DataFile } from "../pipeline/run-context.js";
import { type Digest, digestBytes } from "../util/digest.js";
import { grouped } from "../util/numbers.js";

/** A file up to this size is read whole by `check`, where that tells something. */
export const checkedSizeBytes = 8 * 1024 * 1024;
const pieceBytes = 2 ** 20;
/** What a gzip file may unpack to whatever its own size is. */
const freelyUnpacked = 2 ** 26;

/**
 * @param judged  what the file held when the step was judged; at check time there is nothing to compare with. @throws
 * ChangedFileError
 */
export function readFile(folder: string, path: string, judged?: Digest): Uint8Array {
  const bytes = readPieces(folder, path, undefined, (pieces) => Buffer.concat([...pieces]));
  if (judged !== undefined && digestBytes(bytes) !== judged) throw new ChangedFileError(path);
  return isGzip(bytes) ? unpackedGzip(bytes, path) : bytes;
}

/** All bytes of a file, as they lie on the disk. @throws MistakeError */
export function readWhole(folder: string, path: string): Uint8Array {
  return explaining(path, undefined, () => {
    const file = openFile(folder, path);
    try {
      return readUpTo(file, fstatSync(file).size + 1);
    } finally {
      closeSync(file);
    }
  });
}

/**
 * Opens a file for reading. What is none is refused before that: opening a pipe waits for whoever writes to it, and a
 * device may never end.
 *
 * @throws MistakeError
 */
function openFile(folder: string, path: string, judged?: Digest): number {
  const where = resolve(folder, path);
  refuseOthers(path, statSync(where), judged);
  const file = openSync(where, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    refuseOthers(path, fstatSync(file), judged);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * What was a file of data when its step was judged, and is none now, was changed: the mistake is not of what was
 * judged.
 */
function refuseOthers(path: string, found: Stats, judged: Digest | undefined): void {
  if (judged !== undefined && (!found.isFile() || found.size > limits.data_size.most)) throw new ChangedFileError(path);
  if (found.isDirectory())
    throw new MistakeError({ title: "a folder, not a file", message: `\`${path}\` is a folder. Name a file in it.` });
  if (!found.isFile()) {
    let what = "a device";
    if (found.isFIFO()) what = "a pipe";
    else if (found.isSocket()) what = "a socket";
    throw new MistakeError({
      title: "not a file",
      message:
        `\`${path}\` is ${what}, which can be read only once, if it ever ends. ` +
        "A result is kept by what its files hold, so data are read again: write them to a file, and name that.",
    });
  }
  if (found.size > limits.data_size.most)
    throw new MistakeError({
      title: "too large",
      message: overLimit("data_size", `\`${path}\` has ${grouped(found.size)} bytes.`),
    });
}

/** Most that so many packed bytes may unpack to. */
export const mostUnpacked = (bytes: number): number =>
  Math.min(limits.data_size.most, Math.max(freelyUnpacked, limits.gzip_ratio.most * bytes));
/** @throws MistakeError where more has come out of so many bytes of a gzip file than may */
export function checkUnpacked(path: string, packed: number, unpacked: number): void {
  if (unpacked <= mostUnpacked(packed)) return;
  throw unpacked > limits.data_size.most
    ? new MistakeError({
        title: "too large",
        message: overLimit("data_size", `\`${path}\` unpacks to more bytes than that.`),
      })
    : new MistakeError({
        title: "unpacks to too much",
        message: overLimit("gzip_ratio", `\`${path}\` unpacks to more than ${grouped(unpacked)} bytes.`),
      });
}

/**
 * What `check` reads of a file, gzip undone: all of it, or its start where it has more bytes than `most`.
 *
 * @param start  bytes of the start; of a gzip file about as many
 * @throws MistakeError
 */
export function readChecked(
  folder: string,
  path: string,
  most: number,
  start: number,
): { readonly bytes: Uint8Array; readonly isWhole: boolean } {
  return explaining(path, undefined, () => {
    const file = openFile(folder, path);
    try {
      const isLarge = fstatSync(file).size > most;
      const bytes = readUpTo(file, isLarge ? start : most + 1);
      const isWhole = bytes.length <= most && !isLarge;
      if (!isGzip(bytes)) return { bytes: isWhole ? bytes : bytes.subarray(0, start), isWhole };
      if (isWhole) {
        const unpacked = unpackUpTo(bytes, path, most);
        if (unpacked) return { bytes: unpacked, isWhole };
      }
      // 4 KiB unpack to 4 MiB at the most.
      const some = unpackStart(bytes.subarray(0, 4096), path);
      return {
        bytes: some.length < start && !isWhole ? unpackStart(bytes.subarray(0, 65536), path) : some,
        isWhole: false,
      };
    } finally {
      closeSync(file);
    }
  });
}

function readUpTo(file: number, most: number): Buffer {
  const pieces: Buffer[] = [];
  let length = 0;
  while (length < most) {
    const piece = Buffer.allocUnsafeSlow(Math.min(pieceBytes, most - length));
    const read = readSync(file, piece, 0, piece.length, null);
    if (read === 0) break;
    pieces.push(piece.subarray(0, read));
    length += read;
  }
  return Buffer.concat(pieces);
}

/**
 * Hands the bytes of a file, as they lie on the disk, to `use`: piece by piece, each an array of its own.
 *
 * What `use` gives or throws (or its promise) counts only where the bytes were those judged, so the file is read to its
 * end in any case.
 *
 * @throws ChangedFileError, also in place of what `use` threw
 */
export function readPieces<T>(
  folder: string,
  path: string,
  judged: Digest | undefined,
  use: (pieces: Iterable<Uint8Array>) => T,
): T {
  const file = explaining(path, judged, () => openFile(folder, path, judged));
  const hash = createHash("sha256");
  const pieces = (function* (): Generator<Uint8Array> {
    for (;;) {
      const buffer = Buffer.allocUnsafeSlow(pieceBytes);
      const length = explaining(path, judged, () => readSync(file, buffer, 0, pieceBytes, null));
      if (length === 0) return;
      const piece = buffer.subarray(0, length);
      hash.update(piece);
      yield piece;
    }
  })();
  // A loop that ends early would end the generator with it.
  const open: Iterable<Uint8Array> = { [Symbol.iterator]: () => ({ next: () => pieces.next() }) };
  const end = (error?: unknown): void => {
    try {
      if (judged === undefined || error instanceof EnvironmentError) return;
      for (const _ of open);
      if (`sha256:${hash.digest("hex")}` !== judged) throw new ChangedFileError(path);
    } finally {
      closeSync(file);
    }
  };
  const failed = (error: unknown): never => {
    end(error);
    throw error;
  };
  let result: T;
  try {
    result = use(open);
  } catch (error) {
    return failed(error);
  }
  if (result instanceof Promise)
    return result.then((value) => {
      end();
      return value;
    }, failed) as T;
  end();
  return result;
}

/** Bytes that are read here and there: of an open file, or of what was read of one. */
export interface ByteSource {
  /** In bytes. */
  readonly size: number;
  /** So many from there on, or as many as there are. */
  at(start: number, length: number): Uint8Array;
}
export const bytesSource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  at: (start, length) => bytes.subarray(start, start + length),
});

/** What `check` reads of a file here and there. @throws MistakeError, also what `use` throws */
export function readHereAndThere<T>(folder: string, path: string, use: (file: ByteSource) => T): T {
  return explaining(path, undefined, () => {
    const file = openFile(folder, path);
    try {
      const size = fstatSync(file).size;
      const at = (start: number, length: number): Uint8Array => {
        const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, size - start)));
        return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start));
      };
      return use({ size, at });
    } finally {
      closeSync(file);
    }
  });
}

/** A file's digest, as fingerprints have it: of its bytes as they lie on the disk. */
export function digestFile(folder: string, path: string): Digest {
  const hash = createHash("sha256");
  readPieces(folder, path, undefined, (pieces) => {
    for (const piece of pieces) hash.update(piece);
  });
  return `sha256:${hash.digest("hex")}`;
}

/** Of the file that an option names, what it held when the step was judged. */
export const judgedFile = (files: readonly DataFile[] | undefined, ...option: readonly string[]): Digest | undefined =>
  files?.find(
    (file) => file.option.length === option.length && option.every((part, index) => file.option[index] === part),
  )?.digest;

/** The first bytes of a file (after gzip), and its size unless it is packed. */
export function readStart(
  folder: string,
  path: string,
  length: number,
): { readonly bytes: Uint8Array; readonly sizeBytes: number | null } {
  return explaining(path, undefined, () => {
    const file = openFile(folder, path);
    try {
      const start = readUpTo(file, Math.max(length, 4096));
      if (!isGzip(start)) return { bytes: start.subarray(0, length), sizeBytes: fstatSync(file).size };
      const some = unpackStart(start, path).subarray(0, length);
      // So that one that was not copied completely is told now, unless it is large.
      unpackUpTo(Buffer.concat([start, readUpTo(file, freelyUnpacked)]), path, freelyUnpacked);
      return { bytes: some, sizeBytes: null };
    } finally {
      closeSync(file);
    }
  });
}

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** All that the bytes of a gzip file hold. @throws MistakeError */
export const unpackedGzip = (bytes: Uint8Array, path: string): Uint8Array =>
  unpack(bytes, path, mostUnpacked(bytes.length));

function unpack(bytes: Uint8Array, path: string, most: number): Uint8Array {
  const unpacked = unpackUpTo(bytes, path, most);
  if (!unpacked) checkUnpacked(path, bytes.length, most + 1);
  return unpacked!;
}
/** Undefined where more comes out. @throws MistakeError */
function unpackUpTo(bytes: Uint8Array, path: string, most: number): Uint8Array | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return undefined;
    throw brokenGzip(path);
  }
}
/** What the first bytes of a gzip file unpack to. @throws MistakeError */
function unpackStart(bytes: Uint8Array, path: string): Uint8Array {
  try {
    return gunzipSync(bytes, { finishFlush: flushing.Z_SYNC_FLUSH });
  } catch {
    throw brokenGzip(path);
  }
}
export const brokenGzip = (path: string): MistakeError =>
  new MistakeError({
    title: "broken gzip file",
    message: `\`${path}\` begins as a gzip file but cannot be unpacked. Was it copied or downloaded completely?`,
  });

/** What lies with the machine at this moment, and not with the file. */
const ofTheMoment: ReadonlySet<string> = new Set([
  "EMFILE",
  "ENFILE",
  "ENOMEM",
  "EIO",
  "EAGAIN",
  "ETIMEDOUT",
  "ESTALE",
]);

/**
 * Runs `work` on a file; what the system says is told in words. A file that was there when its step was judged, and is
 * not now, was changed.
 */
function explaining<T>(path: string, judged: Digest | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof MistakeError || code === undefined) throw error;
    if (ofTheMoment.has(code))
      throw new EnvironmentError(
        `${path} cannot be read at this moment (${code}).\nGive the same command again: finished steps are kept.`,
      );
    if (judged !== undefined) throw new ChangedFileError(path);
    if (code === "ENOENT")
      throw new LocalMistakeError({
        title: "no such file",
        message: `There is no file \`${path}\`. Paths in a pipeline are relative to the pipeline's own folder.`,
      });
    throw new LocalMistakeError({ title: "cannot be read", message: `\`${path}\` cannot be read (${code}).` });
  }
}
