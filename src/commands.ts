/**
 * One function per verb, each returning the exit code. What a verb needs is loaded when it is called, so that `check` and
 * `plan` never load React, TF.js or Vega.
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Checked, EnvironmentError, MistakeError } from "./diagnostic/diagnostic.js";
import type { Pipeline } from "./pipeline/pipeline.js";
import type { RunEvent } from "./run/event.js";
import type { Store } from "./store/store.js";

export interface FileFlags {
  readonly profile?: string;
  readonly set: readonly string[];
  readonly engine: string;
  readonly cache?: string;
  readonly json?: boolean;
  readonly color?: boolean;
}
export interface RunFlags extends FileFlags {
  readonly jobs?: number;
  readonly only: readonly string[];
  readonly from: readonly string[];
  readonly force: readonly string[];
  readonly keepGoing?: boolean;
  readonly plain?: boolean;
  readonly quiet?: boolean;
}

/** `--cache`, else HW1_CACHE, else `cache/` beside the nearest package.json at or above the working folder, else ./cache. */
export function cacheFolder(flag: string | undefined): string {
  if (flag) return resolve(flag);
  if (process.env["HW1_CACHE"]) return resolve(process.env["HW1_CACHE"]);
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return join(folder, "cache");
    if (dirname(folder) === folder) return resolve("cache");
  }
}

/** Says on stderr what went wrong outside the file, and gives the exit code. */
export function tell(error: unknown): number {
  if (error instanceof EnvironmentError) {
    process.stderr.write(`${error.message}\n`);
    return 4;
  }
  if (error instanceof MistakeError) {
    process.stderr.write(`${error.title}\n\n${error.message}\n`);
    return 2;
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`hw1 has a bug: this should not happen. Please report it with the lines below.\n\n${trace}\n`);
  return 1;
}
