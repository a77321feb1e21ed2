/**
 * Files of `--save` in a folder of the user's: each whole or not there, and none of the user's own is written over.
 *
 * `.hw1-saved.json` in the folder says which files were written by which stage of which pipeline. Those are replaced by
 * the next `--save`, and what that stage does not leave any more is removed, so that no old number stands among new
 * ones; any other file in the way is refused before something is written.
 */
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { EnvironmentError, MistakeError } from "../diagnostic/diagnostic.js";
import { ensureFolder, nodeFiles, quietly } from "../store/durable.js";
import { codeOf } from "../store/storage-errors.js";
import { listed, plural } from "../util/words.js";
import type { SavedFile } from "../values/saved-array.js";

export interface Target {
  /** From the folder on, parts joined by `/`. */
  readonly path: string;
  readonly file: SavedFile;
}

const listName = ".hw1-saved.json";
const waiting = ".hw1-saving-";
/** Paths by who left them. */
type Owned = Readonly<Record<string, readonly string[]>>;

/**
 * @param folder  an absolute path; made where it is missing
 * @param owner   the pipeline file and the stage
 * @returns       bytes of each file
 * @throws MistakeError where files are in the way, EnvironmentError where the disk refuses
 */
export function writeSaved(folder: string, owner: string, targets: readonly Target[]): readonly number[] {
  const { [owner]: earlier = [], ...others } = ownedIn(folder);
  const paths = targets.map(({ path }) => path);
  const known = new Set([...earlier, ...Object.values(others).flat()]);
  checkFree(folder, paths, known);
  return explained(folder, () => {
    ensureFolder(nodeFiles, folder);
    sweep(folder);
    const list = (own: readonly string[]): void =>
      void writeWhole(folder, listName, [listText({ ...others, [owner]: own })]);
    // Named before they are there: what a killed process has written is known as ours.
    list([...new Set([...earlier, ...paths])]);
    const sizes = targets.map(({ path, file }) => writeWhole(folder, path, file.pieces()));
    for (const path of earlier.filter((old) => !paths.includes(old) && !isOf(others, old))) remove(folder, path);
    list(paths);
    return sizes;
  });
}

const isOf = (owned: Owned, path: string): boolean => Object.values(owned).some((paths) => paths.includes(path));
const listText = (owned: Owned): Uint8Array => Buffer.from(`${JSON.stringify({ saved: owned }, null, 2)}\n`);

function ownedIn(folder: string): Owned {
  try {
    const { saved } = JSON.parse(readFileSync(join(folder, listName), "utf8")) as { readonly saved: Owned };
    return Object.values(saved).every((paths) => paths.every((path) => isBelow(path))) ? saved : {};
  } catch {
    // None, or one that somebody has changed: nothing there is known as ours.
    return {};
  }
}
/** A path that leads out of the folder is none of ours, whatever the list says. */
const isBelow = (path: string): boolean =>
  path !== "" && path.split("/").every((part) => part !== "" && part !== "." && part !== "..");

function checkFree(folder: string, paths: readonly string[], known: ReadonlySet<string>): void {
  const inTheWay = paths.filter((path) => {
    const found = quietLook(join(folder, path));
    return found !== undefined && (found.isDirectory() || !known.has(path));
  });
  if (inTheWay.length === 0) return;
  const shown = inTheWay.slice(0, 3).map((path) => `\`${join(folder, path)}\``);
  const more = inTheWay.length > 3 ? [`${inTheWay.length - 3} more`] : [];
  throw new MistakeError({
    title: `${plural(inTheWay.length, "file")} in the way`,
    message:
      `${listed([...shown, ...more])} ${inTheWay.length === 1 ? "is" : "are"} there already, and no earlier --save ` +
      "into this folder wrote them. Nothing was written. Name another folder, or move them away.",
  });
}

function quietLook(path: string): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // What is wrong with the path is said by who writes there.
    return undefined;
  }
}

/** Under another name first, so that what stands at `path` is whole. @returns bytes */
function writeWhole(folder: string, path: string, pieces: Iterable<Uint8Array>): number {
  const target = join(folder, path);
  const temporary = join(folder, `${waiting}${process.pid}`);
  return explained(target, () => {
    if (path.includes("/")) ensureFolder(nodeFiles, dirname(target));
    const fd = openSync(temporary, "w", 0o666);
    let isOpen = true;
    let size = 0;
    try {
      for (const piece of pieces)
        for (let at = 0; at < piece.byteLength; ) {
          const written = writeSync(fd, piece, at);
          if (written <= 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
          at += written;
          size += written;
        }
      isOpen = false;
      closeSync(fd);
      renameSync(temporary, target);
    } catch (error) {
      if (isOpen) quietly(() => closeSync(fd));
      quietly(() => unlinkSync(temporary));
      throw error;
    }
    return size;
  });
}

/** What killed processes have left half-written. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = name.startsWith(waiting) ? Number(name.slice(waiting.length)) : Number.NaN;
    if (Number.isInteger(pid) && pid > 0 && !isRunning(pid)) quietly(() => unlinkSync(join(folder, name)));
  }
}
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}

/** With the folders that are empty then. */
function remove(folder: string, path: string): void {
  quietly(() => unlinkSync(join(folder, path)));
  for (let at = dirname(path); at !== "."; at = dirname(at)) quietly(() => rmdirSync(join(folder, at)));
}

function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof EnvironmentError || codeOf(error) === undefined) throw error;
    throw new EnvironmentError(
      `${path} cannot be written: ${reasonOf(error)}\n` +
        "Name another folder with --save, or mend this one. Files that were written before are whole.",
      { cause: error },
    );
  }
}

/** What the disk says, where that is for people; else its own words. */
function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return "no space is left";
    case "ENOTDIR":
    case "EEXIST":
      return "a file stands where a folder belongs";
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "hw1 may not write there";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
