/**
 * Openings for writing take turns: each holds an exclusive lock on `opening.sqlite`, an empty database that is never
 * deleted, so a process that dies lets go of it and a first start has no race.
 */
import { truncateSync } from "node:fs";
import type { Layout } from "./layout.js";
import { loadSqlite, type Sqlite } from "./native.js";
import { codeOf, explaining, saysCorrupt } from "./storage-errors.js";

const openingMs = 60_000;

export function withOpeningLock<T>(layout: Layout, work: () => T): T {
  const lock = explaining(layout.folder, layout.opening, () => {
    try {
      return lockOpening(layout);
    } catch (error) {
      if (!saysCorrupt(error) && codeOf(error) !== "SQLITE_ERROR") throw error;
      // It holds nothing, so damage is mended in place; the file itself stays, and with it the locks of others.
      truncateSync(layout.opening, 0);
      return lockOpening(layout);
    }
  });
  try {
    return work();
  } finally {
    lock.close();
  }
}

function lockOpening(layout: Layout): Sqlite {
  const lock = new (loadSqlite())(layout.opening, { timeout: openingMs });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}
