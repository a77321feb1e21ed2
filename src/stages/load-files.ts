/** Files a pipeline names: read whole, gzip undone, absence told in the user's words. */
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { MistakeError } from "../diagnostic/diagnostic.js";

/** Most that a gzip file may unpack to: 2 GiB, far beyond data that fits this tool. */
const unpackedLimit = 2 ** 31;

export function readFile(folder: string, path: string): Uint8Array {
  const where = resolve(folder, path);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(where);
  } catch (error) {
    throw missing(path, error);
  }
  return isGzip(bytes) ? unpack(bytes, path, unpackedLimit) : bytes;
}

/** The first bytes of a file (after gzip), and its size unless it is packed. */
export function readStart(folder: string, path: string, length: number): { readonly bytes: Uint8Array; readonly sizeBytes: number | null } {
  const where = resolve(folder, path);
  try {
    const buffer = Buffer.alloc(Math.max(length, 65536));
    const file = openSync(where, "r");
    const read = readSync(file, buffer, 0, buffer.length, 0);
    closeSync(file);
    const start = buffer.subarray(0, read);
    if (!isGzip(start)) return { bytes: start.subarray(0, length), sizeBytes: statSync(where).size };
    return { bytes: readFile(folder, path).subarray(0, length), sizeBytes: null };
  } catch (error) {
    if (error instanceof MistakeError) throw error;
    throw missing(path, error);
  }
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
function unpack(bytes: Uint8Array, path: string, maxOutputLength: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength });
  } catch {
    throw new MistakeError("broken gzip file", `\`${path}\` begins as a gzip file but cannot be unpacked. Was it copied or downloaded completely?`);
  }
}
function missing(path: string, error: unknown): MistakeError {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
  if (code === "ENOENT")
    return new MistakeError("no such file", `There is no file \`${path}\`. Paths in a pipeline are relative to the pipeline's own folder.`);
  return new MistakeError("cannot be read", `\`${path}\` cannot be read (${code}).`);
}
