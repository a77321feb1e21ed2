/**
 * What the disk or the database says, told to the user.
 *
 * Codes of Node (`ENOSPC`) and of SQLite (`SQLITE_FULL`) become an EnvironmentError that names the path and what to
 * do. Errors without such a code pass unchanged: they are hw1's own.
 */
import { closeSync, constants, openSync } from "node:fs";
import { EnvironmentError } from "../diagnostic/diagnostic.js";

const nameAnother = "name another folder with --cache DIR or HW1_CACHE";

/** The error to throw instead of `error`; `path` is what was being written or read, `folder` the cache folder. */
export function explainStorageError(error: unknown, folder: string, path: string): unknown {
  const code = codeOf(error);
  if (error instanceof EnvironmentError || code === undefined) return error;
  if (path !== folder && (code === "EACCES" || code === "EPERM") && mayNotRead(path))
    return explainReadError(error, folder, path);
  const text = explanation(code, folder, path);
  return text === undefined ? error : new EnvironmentError(text, { cause: error });
}

function mayNotRead(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
    return false;
  } catch (error) {
    return codeOf(error) === "EACCES" || codeOf(error) === "EPERM";
  }
}

/** What reading only was not allowed to do. */
export function explainReadError(error: unknown, folder: string, path: string): unknown {
  const code = codeOf(error) ?? "";
  if (!["EACCES", "EPERM", "SQLITE_CANTOPEN", "SQLITE_PERM"].includes(code))
    return explainStorageError(error, folder, path);
  return new EnvironmentError(
    `the cache folder ${folder} cannot be read (${code} at ${path})\n` + `Make it readable, or ${nameAnother}.`,
    { cause: error },
  );
}

/** Runs `work`; what it throws is explained. */
export function explaining<T>(folder: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explainStorageError(error, folder, path);
  }
}

export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The database's content is broken, as opposed to the disk below it or a lock. */
export function saysCorrupt(error: unknown): boolean {
  const code = codeOf(error) ?? "";
  return code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_IOERR_SHORT_READ";
}

const shortened = (path: string): string => (path.length > 120 ? `${path.slice(0, 60)}…${path.slice(-40)}` : path);

/** What happened and what to do, a line each. */
function explanation(code: string, folder: string, path: string): string | undefined {
  const [cache, at] = [`the cache folder ${folder}`, `(${code} at ${path})`];
  const lines = (what: string, remedy: string): string => `${what}\n${remedy}`;
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
    case "SQLITE_FULL":
    case "SQLITE_IOERR_SHMSIZE":
      return lines(
        `no space is left for ${cache} ${at}`,
        `Free some space there, or ${nameAnother}, and give the same command again: finished steps are kept.`,
      );
    case "ENOTDIR":
    case "EEXIST":
      return lines(
        `${cache} cannot be used: a file stands where a folder belongs ${at}`,
        `Move that file away, or ${nameAnother}.`,
      );
    case "ENAMETOOLONG":
      return lines(
        `the path of the cache folder is too long for the disk or for SQLite (${code}): ${shortened(folder)}`,
        "Name a folder with a shorter path with --cache DIR or HW1_CACHE.",
      );
    case "ELOOP":
      return lines(
        `${cache} cannot be used: links on its path lead in a circle ${at}`,
        `Remove the link, or ${nameAnother}.`,
      );
    case "ENOTSUP":
    case "ENOSYS":
    case "EINVAL":
    case "ENXIO":
    case "ENODEV":
    case "EOPNOTSUPP":
      return lines(
        `${cache} cannot be made: its file system takes no folders or files of ours ${at}`,
        "Name a folder on a disk with --cache DIR or HW1_CACHE.",
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
    case "SQLITE_READONLY":
    case "SQLITE_READONLY_DIRECTORY":
    case "SQLITE_READONLY_DBMOVED":
    case "SQLITE_CANTOPEN":
    case "SQLITE_PERM":
      return lines(`${cache} is not writable ${at}`, `Make it writable, or ${nameAnother}.`);
    case "ENOENT":
      return lines(`${cache} lacks ${path} (${code})`, "If it was removed while hw1 ran, give the same command again.");
    case "EMFILE":
    case "ENFILE":
      return lines(
        `too many files are open to use ${cache} ${at}`,
        "Raise the limit (ulimit -n), or use fewer --jobs.",
      );
    default:
      break;
  }
  if (code.startsWith("SQLITE_BUSY"))
    return lines(
      `another program has held the cache ${path} for more than 10 s (${code})`,
      "Wait for it or end it, then give the same command again: finished steps are kept.",
    );
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB")
    return lines(
      `the cache database ${path} is damaged (${code})`,
      "Give the same command again: the database is set aside and its index rebuilt from the results beside it.",
    );
  if (code === "EIO" || code.startsWith("SQLITE_IOERR"))
    return lines(`the disk failed under ${cache} ${at}`, `Check the disk, or ${nameAnother}. Finished steps are kept.`);
  return undefined;
}
