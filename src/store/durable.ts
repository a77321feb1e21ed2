/**
 * Files that are whole or absent, whatever happens in between.
 *
 * A file is written under `tmp/` in the same file system, synced, renamed into place, and its folder synced. All
 * durable operations go through `DurableFiles`, so that a test can stand in for the disk. A failed sync or close is
 * fatal for that temporary file: it is removed, never retried, never renamed.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { codeOf } from "./storage-errors.js";

export interface DurableFiles {
  /** Creates a file that must not exist yet. */
  open(path: string): number;
  /** Writes some of the bytes from `offset` on and says how many: the disk may take fewer than asked. */
  write(fd: number, bytes: Uint8Array, offset: number): number;
  mode(fd: number, mode: number): void;
  fsync(fd: number): void;
  close(fd: number): void;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  fsyncDir(path: string): void;
  /** Makes one folder, whose parent is there. True when it was not there before. */
  mkdir(path: string): boolean;
}

/** One call to the disk at a time takes at most this much, so that a short write is noticed early. */
const chunkBytes = 64 * 1024 * 1024;

export const nodeFiles: DurableFiles = {
  open: (path) => openSync(path, "wx", 0o644),
  write: (fd, bytes, offset) => writeSync(fd, bytes, offset, Math.min(bytes.byteLength - offset, chunkBytes)),
  mode: fchmodSync,
  fsync: fsyncSync,
  close: closeSync,
  rename: renameSync,
  unlink: unlinkSync,
  fsyncDir: (path) => {
    const fd = openSync(path, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  },
  mkdir: (path) => {
    try {
      mkdirSync(path);
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST" && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return false;
      throw error;
    }
  },
};

/**
 * Puts bytes at `path`, whole and durable when it returns. An existing file there is replaced.
 *
 * @param tmp   folder for the temporary file, on the file system of `path`
 * @param mode  0444 for what never changes again
 */
export function writeDurably(files: DurableFiles, tmp: string, path: string, bytes: Uint8Array, mode = 0o644): void {
  const temporary = join(tmp, `${process.pid}-${randomBytes(8).toString("hex")}`);
  const fd = files.open(temporary);
  let isOpen = true;
  try {
    for (let offset = 0; offset < bytes.byteLength; ) {
      const written = files.write(fd, bytes, offset);
      if (written <= 0)
        throw Object.assign(new Error(`nothing more could be written to ${temporary}`), { code: "ENOSPC" });
      offset += written;
    }
    files.mode(fd, mode);
    files.fsync(fd);
    isOpen = false;
    files.close(fd);
    ensureFolder(files, dirname(path));
    files.rename(temporary, path);
  } catch (error) {
    if (isOpen) quietly(() => files.close(fd));
    quietly(() => files.unlink(temporary));
    throw error;
  }
  files.fsyncDir(dirname(path));
}

/**
 * Makes a folder and what lacks above it, one by one, and the entries that name them durable. Node would do it in one
 * call, which never returns where a file system takes no folders and says that the parent, which is there, is not
 * (/proc).
 */
export function ensureFolder(files: DurableFiles, path: string): void {
  const standing = standingFolder(path);
  const missing: string[] = [];
  for (let at = path; at !== standing; at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    try {
      if (files.mkdir(folder)) files.fsyncDir(dirname(folder));
    } catch (error) {
      if (codeOf(error) === "ENOENT")
        throw Object.assign(new Error(`no folder can be made in ${dirname(folder)}`, { cause: error }), {
          code: "ENOTSUP",
        });
      throw error;
    }
  }
}

/**
 * The nearest folder at or above a path that is there. @throws the disk's error where a file, a loop, a length or a
 * permission is in the way
 */
export function standingFolder(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false });
    // A link that leads nowhere is in the way as a file is.
    if (found ? !found.isDirectory() : lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink())
      throw Object.assign(new Error(`${at} is a file`), { code: "ENOTDIR" });
    if (found || dirname(at) === at) return at;
  }
}

/** Size of a file in bytes, or undefined where there is none. */
export function sizeOf(path: string): number | undefined {
  // An error made for each file that is not there would take five times as long as the look.
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** Removes temporary files that a killed process left more than `ageMs` ago. */
export function sweepTemporary(tmp: string, now: number, ageMs: number): void {
  for (const name of readdirSync(tmp)) {
    quietly(() => {
      const path = join(tmp, name);
      if (now - statSync(path).mtimeMs > ageMs) unlinkSync(path);
    });
  }
}

/** Tidying that may fail without harm: the file is gone already, or stays as garbage that nothing refers to. */
export function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // Nothing depends on it.
  }
}
