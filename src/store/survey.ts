/**
 * A cache folder looked at from outside: could a store work here, and how much is there? Creates and changes nothing.
 */
import { accessSync, constants, existsSync, lstatSync, readdirSync, statfsSync } from "node:fs";
import { join, resolve } from "node:path";
import { isBeforePacks } from "./before-packs.js";
import { standingFolder } from "./durable.js";
import { refuseLongPath, refuseNetwork } from "./folder-limits.js";
import { layoutOf } from "./layout.js";
import { explainStorageError } from "./storage-errors.js";

interface Survey {
  readonly exists: boolean;
  /** What its files take on disk. */
  readonly sizeBytes: number;
  /** What this user may still write there. */
  readonly freeBytes: number;
  /** It counts as empty, and the next run sets it aside. */
  readonly isBeforePacks: boolean;
}

/** @throws EnvironmentError where a store cannot be there: not writable, not to be made, on a network disk */
export function surveyFolder(given: string): Survey {
  const folder = resolve(given);
  const layout = layoutOf(folder);
  try {
    refuseLongPath(layout);
    const standing = standingFolder(folder);
    const exists = standing === folder;
    const written = [standing, layout.blobs, layout.packs, layout.tmp, layout.database, layout.opening];
    for (const path of written) if (existsSync(path)) accessSync(path, constants.W_OK);
    refuseNetwork(standing);
    const disk = statfsSync(standing);
    return {
      exists,
      sizeBytes: exists ? sizeOnDisk(folder) : 0,
      freeBytes: disk.bavail * disk.bsize,
      isBeforePacks: exists && isBeforePacks(layout),
    };
  } catch (error) {
    throw explainStorageError(error, folder, folder);
  }
}

function sizeOnDisk(folder: string): number {
  let total = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) total += sizeOnDisk(path);
    else {
      // Another process may have removed it a moment ago. Windows counts no blocks.
      const { blocks, size } = lstatSync(path, { throwIfNoEntry: false }) ?? { blocks: 0, size: 0 };
      total += blocks ? blocks * 512 : size;
    }
  }
  return total;
}
