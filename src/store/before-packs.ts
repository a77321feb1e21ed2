/**
 * A store from before packs, which this hw1 does not read, is set aside whole: database, blobs, manifests, steps.
 *
 * All of it moves into `before-packs.partial/`, which then gets its name, `before-packs` or the next that is free, in
 * one rename: a folder of that name is whole. A process that ends in between leaves the partial one, and the next
 * opening finishes. Only the holder of the opening lock does this. Nothing is deleted or overwritten, and a folder in
 * which others keep files, too, stays where it is: its name alone does not make it ours.
 */
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { type DurableFiles, ensureFolder } from "./durable.js";
import type { Layout } from "./layout.js";
import { busyMs, loadSqlite } from "./native.js";
import { codeOf, saysCorrupt } from "./storage-errors.js";

/** Said by an opening that may not change anything. */
export const beforePacksCountsAsEmpty =
  "the cache was written by an hw1 from before packs, which this one does not read; " +
  "it counts as empty, and the next run sets it aside";

const jsonFile = /^[0-9a-f]{64}\.json$/;
/** What such a store keeps beside its database, and what every name in it looks like. */
const oldFolders = [
  ["manifests", jsonFile],
  ["steps", jsonFile],
  ["blobs", /^[0-9a-f]{2}$/],
] as const;

/** Do the files say so? Of a store that never kept anything only its database can tell. */
export function isBeforePacks(layout: Layout): boolean {
  if (existsSync(partialFolder(layout))) return true;
  const manifests = namesIn(join(layout.folder, "manifests"));
  return (
    manifests !== undefined &&
    manifests.length > 0 &&
    manifests.every((name) => jsonFile.test(name)) &&
    (namesIn(layout.packs) ?? []).length === 0
  );
}

/**
 * Within the opening lock, with the database closed: begins, or finishes what a process before left.
 *
 * @returns what to warn of
 */
export function setBeforePacksAside(layout: Layout, files: DurableFiles): string {
  const partial = partialFolder(layout);
  ensureFolder(files, partial);
  const move = (path: string): void => {
    const target = join(partial, basename(path));
    if (existsSync(path) && !existsSync(target)) files.rename(path, target);
  };
  // One that stands here beside one that is aside already is new.
  if (existsSync(layout.database) && !existsSync(join(partial, basename(layout.database)))) {
    takeUpLog(layout);
    for (const suffix of ["-wal", "-shm", ""]) move(layout.database + suffix);
  }
  for (const [name, ours] of oldFolders) {
    const path = join(layout.folder, name);
    if (namesIn(path)?.every((entry) => ours.test(entry))) move(path);
  }
  files.fsyncDir(partial);
  const aside = freeFolder(layout);
  files.rename(partial, aside);
  files.fsyncDir(layout.folder);
  return (
    "the cache was written by an hw1 from before packs, which this one does not read; " +
    `it is set aside whole in ${aside} (delete that folder to free its space)`
  );
}

const partialFolder = (layout: Layout): string => join(layout.folder, "before-packs.partial");

function freeFolder(layout: Layout): string {
  const first = join(layout.folder, "before-packs");
  let free = first;
  for (let count = 2; existsSync(free); count++) free = `${first}-${count}`;
  return free;
}

/**
 * Makes one file of the database and its log. This takes that nobody else has it open, which no rename asks: an older
 * hw1 that is at work would go on in a file that has moved.
 */
function takeUpLog(layout: Layout): void {
  const until = Date.now() + busyMs;
  try {
    const db = new (loadSqlite())(layout.database, { timeout: busyMs });
    try {
      while (!leavesLog(() => db.pragma("journal_mode = DELETE"))) {
        if (Date.now() > until) db.pragma("journal_mode = DELETE");
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      }
    } finally {
      db.close();
    }
  } catch (error) {
    // One that is corrupt goes aside as it is.
    if (!saysCorrupt(error) && codeOf(error) !== "SQLITE_ERROR") throw error;
  }
}

/** SQLite does not wait here for others, whatever its timeout. */
function leavesLog(ask: () => void): boolean {
  try {
    ask();
    return true;
  } catch (error) {
    if (codeOf(error)?.startsWith("SQLITE_BUSY")) return false;
    throw error;
  }
}

/** Undefined where there is no such folder. */
function namesIn(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
