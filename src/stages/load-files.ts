/**
 * Files a pipeline names: whole or piece by piece, gzip undone, absence told in the user's words.
 *
 * A step reads what it was judged by. It may wait for minutes between the two, so bytes are hashed once more as they are read, and others than
 * those judged are a ChangedFileError, whatever was found in them. So a file that was changed and put back in between is noticed, too.
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { EnvironmentError, LocalMistakeError, MistakeError } from "../diagnostic/diagnostic.js";
import { ChangedFileError, type DataFile } from "../pipeline/kind.js";
import { type Digest, digestBytes } from "../util/digest.js";

/** Most that a gzip file may unpack to: 2 GiB, far beyond data that fits this tool. */
const unpackedLimit = 2 ** 31;
const pieceBytes = 2 ** 20;

/** @param judged  what the file held when the step was judged; at check time there is nothing to compare with. @throws ChangedFileError */
export function readFile(folder: string, path: string, judged?: Digest): Uint8Array {
  const bytes = explaining(path, judged, () => readFileSync(resolve(folder, path)));
  if (judged !== undefined && digestBytes(bytes) !== judged) throw new ChangedFileError(path);
  return isGzip(bytes) ? unpack(bytes, path, unpackedLimit) : bytes;
}

/**
 * Hands the bytes of a file, as they lie on the disk, to `use`: piece by piece, each an array of its own.
 *
 * What `use` gives or throws (or its promise) counts only where the bytes were those judged, so the file is read to its end in any case.
 *
 * @throws ChangedFileError, also in place of what `use` threw
 */
export function readPieces<T>(folder: string, path: string, judged: Digest | undefined, use: (pieces: Iterable<Uint8Array>) => T): T {
  const file = explaining(path, judged, () => openSync(resolve(folder, path), "r"));
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
  files?.find((file) => file.option.length === option.length && option.every((part, index) => file.option[index] === part))?.digest;

/** The first bytes of a file (after gzip), and its size unless it is packed. */
export function readStart(folder: string, path: string, length: number): { readonly bytes: Uint8Array; readonly sizeBytes: number | null } {
  const where = resolve(folder, path);
  return explaining(path, undefined, () => {
    const buffer = Buffer.alloc(Math.max(length, 65536));
    const file = openSync(where, "r");
    const read = readSync(file, buffer, 0, buffer.length, 0);
    closeSync(file);
    const start = buffer.subarray(0, read);
    if (!isGzip(start)) return { bytes: start.subarray(0, length), sizeBytes: statSync(where).size };
    return { bytes: readFile(folder, path).subarray(0, length), sizeBytes: null };
  });
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
function unpack(bytes: Uint8Array, path: string, maxOutputLength: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength });
  } catch {
    throw new MistakeError("broken gzip file", `\`${path}\` begins as a gzip file but cannot be unpacked. Was it copied or downloaded completely?`);
  }
}

/** What is the machine's trouble at this moment, and not the file's. */
const ofTheMoment: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM", "EIO", "EAGAIN", "ETIMEDOUT", "ESTALE"]);

/** Runs `work` on a file; what the system says is told in words. A file that was there when its step was judged, and is not now, was changed. */
function explaining<T>(path: string, judged: Digest | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof MistakeError || code === undefined) throw error;
    if (ofTheMoment.has(code))
      throw new EnvironmentError(`${path} cannot be read at this moment (${code}).\nGive the same command again: finished steps are kept.`);
    if (judged !== undefined) throw new ChangedFileError(path);
    if (code === "ENOENT")
      throw new LocalMistakeError("no such file", `There is no file \`${path}\`. Paths in a pipeline are relative to the pipeline's own folder.`);
    throw new LocalMistakeError("cannot be read", `\`${path}\` cannot be read (${code}).`);
  }
}
