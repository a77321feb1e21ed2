/**
 * Opens `hw1.sqlite`, whatever state it is in.
 *
 * Openings for writing take turns (opening-lock.ts). A database that does not open, fails `quick_check` or is not one
 * of ours is set aside together with its -wal and -shm, and an empty one takes its place; the caller fills that from
 * the files beside it.
 *
 * Openings for reading create nothing where there is no store, and fall back to an image of the file in memory where
 * SQLite cannot map its shared memory (a read-only or full disk).
 */
import { randomBytes } from "node:crypto";
import { accessSync, closeSync, constants, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError } from "../diagnostic/diagnostic.js";
import { beforePacksCountsAsEmpty, isBeforePacks, setBeforePacksAside } from "./before-packs.js";
import { type DurableFiles, ensureFolder, quietly, sizeOf, standingFolder } from "./durable.js";
import { refuseLongPath, refuseNetwork } from "./folder-limits.js";
import type { Layout } from "./layout.js";
import { busyMs, loadSqlite, type Sqlite } from "./native.js";
import { withOpeningLock } from "./opening-lock.js";
import { createTables, prepareSchema, readSchema, schemaVersion } from "./schema.js";
import { codeOf, explaining, explainReadError, explainStorageError, saysCorrupt } from "./storage-errors.js";

/** `quick_check` reads every page, 2 to 3 ms per MiB; larger databases are checked when something hinted at damage. */
const quickCheckBytes = 32 * 1024 * 1024;

/** Up to 64 MiB of pages are kept: a plan of thousands of steps asks for all of an index, in no order. */
const pageCache = "cache_size = -65536";

interface Opened {
  readonly db: Sqlite;
  /** Nothing in it yet: the index has to be made from files, where there are any. */
  readonly isFresh: boolean;
}

/** Opens for writing; `filling` runs before any other process can open the store. */
export function openForWriting(
  layout: Layout,
  files: DurableFiles,
  warn: (message: string) => void,
  filling: (opened: Opened) => void,
): Sqlite {
  const { folder } = layout;
  loadSqlite();
  explaining(folder, folder, () => {
    refuseLongPath(layout);
    ensureFolders(layout, files);
    accessSync(folder, constants.W_OK);
  });
  refuseNetwork(folder);
  return withOpeningLock(layout, () => {
    explaining(folder, folder, () => {
      if (isBeforePacks(layout)) warn(setBeforePacksAside(layout, files));
      // A store that was set aside, here or by the process before, took its folders along.
      ensureFolders(layout, files);
      for (const path of foldersIn(layout)) accessSync(path, constants.W_OK);
    });
    const opened = openSound(layout, files, warn);
    try {
      explaining(folder, layout.database, () => filling(opened));
      quietly(() => files.unlink(layout.suspect));
      return opened.db;
    } catch (error) {
      opened.db.close();
      throw error;
    }
  });
}

const foldersIn = ({ blobs, packs, tmp }: Layout): readonly string[] => [blobs, packs, tmp];

function ensureFolders(layout: Layout, files: DurableFiles): void {
  for (const path of [layout.folder, ...foldersIn(layout)]) ensureFolder(files, path);
}

/** Opens the database; one that cannot be used is set aside, and an empty one takes its place. */
function openSound(layout: Layout, files: DurableFiles, warn: (message: string) => void): Opened {
  const { folder } = layout;
  try {
    return openOnce(layout);
  } catch (error) {
    const reason = corruptionOf(error, layout);
    if (error instanceof BeforePacks) {
      explaining(folder, folder, () => {
        warn(setBeforePacksAside(layout, files));
        ensureFolders(layout, files);
      });
    } else if (reason !== undefined) {
      const aside = setAside(layout, files);
      warn(
        `the cache database ${reason}; it is set aside in ${aside} and made anew from the results beside it ` +
          "(the history of runs starts again)",
      );
    } else throw explainStorageError(error, folder, layout.database);
  }
  return explaining(folder, layout.database, () => openOnce(layout));
}

/** Opens for reading. `isFresh`: an empty database in memory, because none on the disk can be read. */
export function openForReading(layout: Layout, warn: (message: string) => void): Opened {
  const Sqlite = loadSqlite();
  const inMemory = () => {
    const db = new Sqlite(":memory:");
    createTables(db);
    return { db, isFresh: true };
  };
  try {
    refuseLongPath(layout);
    // A folder that is not there is an empty store; one that cannot be looked into is none.
    if (standingFolder(layout.folder) !== layout.folder) return inMemory();
    if (isBeforePacks(layout)) {
      warn(beforePacksCountsAsEmpty);
      return inMemory();
    }
    if (sizeOf(layout.database) === undefined) return inMemory();
  } catch (error) {
    throw explainReadError(error, layout.folder, layout.folder);
  }
  let db: Sqlite | undefined;
  try {
    db = readable(() => new Sqlite(layout.database, { readonly: true, timeout: busyMs }), layout);
    db.pragma("temp_store = MEMORY");
    db.pragma(pageCache);
    const { state, version } = readSchema(db);
    if (state === "newer") throw newer(layout, version);
    if (state === "current" && isSound(db, layout)) return { db, isFresh: false };
    warn(
      state === "before packs"
        ? beforePacksCountsAsEmpty
        : "the cache database is damaged or of another version of hw1; the next run sets it aside",
    );
  } catch (error) {
    if (corruptionOf(error, layout) === undefined) throw explainReadError(error, layout.folder, layout.database);
    warn("the cache database is damaged; the next run sets it aside");
  }
  db?.close();
  return inMemory();
}

/** Remembers that damage was met, so that the next opening looks at every page. */
export function suspect(layout: Layout, files: DurableFiles): void {
  quietly(() => files.close(files.open(layout.suspect)));
}

class NotAStore extends Error {}
class BeforePacks extends Error {}

/**
 * Byte 18 says how the file is written; of a number that it does not know SQLite tells only when something is to be
 * written.
 */
function refuseUnknownFormat({ database }: Layout): void {
  if ((sizeOf(database) ?? 0) < 100) return;
  const fd = openSync(database, "r");
  try {
    const header = Buffer.alloc(20);
    readSync(fd, header, 0, 20, 0);
    if (header.toString("latin1", 0, 16) === "SQLite format 3\0" && header[18]! > 2)
      throw new NotAStore("is damaged (its header)");
  } finally {
    closeSync(fd);
  }
}

function openOnce(layout: Layout): Opened {
  refuseUnknownFormat(layout);
  const db = new (loadSqlite())(layout.database, { timeout: busyMs });
  try {
    // Of one that is made now what old states took can be given back (checkpoints.ts); asking it of another one writes.
    if (db.pragma("page_count", { simple: true }) === 0) db.pragma("auto_vacuum = INCREMENTAL");
    db.pragma("journal_mode = WAL");
    // A row is a promise: its commit is on the disk before `keep` returns.
    db.pragma("synchronous = FULL");
    db.pragma("temp_store = MEMORY");
    db.pragma(pageCache);
    if (!isSound(db, layout)) throw new NotAStore("fails its check (quick_check)");
    const { state, version } = prepareSchema(db);
    if (state === "newer") throw newer(layout, version);
    if (state === "before packs") throw new BeforePacks();
    if (state === "foreign") throw new NotAStore("is not one that hw1 wrote");
    return { db, isFresh: state === "fresh" };
  } catch (error) {
    quietly(() => db.close());
    throw error;
  }
}

function isSound(db: Sqlite, layout: Layout): boolean {
  const isLarge = (sizeOf(layout.database) ?? 0) > quickCheckBytes;
  if (isLarge && !existsSync(layout.suspect)) return true;
  return db.pragma("quick_check(1)", { simple: true }) === "ok";
}

/** Why the database has to be replaced, or undefined where it is sound and something else is wrong. */
function corruptionOf(error: unknown, layout: Layout): string | undefined {
  if (error instanceof NotAStore) return error.message;
  const code = codeOf(error) ?? "";
  // A damaged header can claim a format that may not be written, or that this SQLite does not know.
  const isCorrupt =
    saysCorrupt(error) || code === "SQLITE_ERROR" || (code === "SQLITE_READONLY" && isWritable(layout.database));
  return isCorrupt ? `is damaged (${code})` : undefined;
}

/**
 * Moves the database's files into a folder of their own under `quarantine/`; -wal and -shm first, for they mean nothing
 * without it.
 */
function setAside(layout: Layout, files: DurableFiles): string {
  return explaining(layout.folder, layout.quarantine, () => {
    const aside = join(layout.quarantine, `database-${randomBytes(4).toString("hex")}`);
    ensureFolder(files, layout.quarantine);
    ensureFolder(files, aside);
    for (const suffix of ["-wal", "-shm", ""]) {
      if (existsSync(layout.database + suffix))
        files.rename(layout.database + suffix, join(aside, `hw1.sqlite${suffix}`));
    }
    files.fsyncDir(aside);
    files.fsyncDir(layout.folder);
    return aside;
  });
}

function readable(open: () => Sqlite, layout: Layout): Sqlite {
  try {
    const db = open();
    try {
      db.prepare("SELECT count(*) FROM sqlite_schema").get();
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    if (saysCorrupt(error)) throw error;
    const code = codeOf(error) ?? "";
    if (!code.startsWith("SQLITE_IOERR") && !code.startsWith("SQLITE_CANTOPEN") && !code.startsWith("SQLITE_READONLY"))
      throw error;
    const image = readFileSync(layout.database);
    // Bytes 18 and 19 say WAL; an image in memory has no log. What only the log holds is not seen.
    if (image[18] === 2) image.fill(1, 18, 20);
    return new (loadSqlite())(image);
  }
}

function newer(layout: Layout, version: number): EnvironmentError {
  return new EnvironmentError(
    `the cache database ${layout.database} was written by a newer hw1 ` +
      `(schema ${version}; this hw1 knows ${schemaVersion})\n` +
      "Update hw1, or name another folder with --cache DIR or HW1_CACHE.",
  );
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
