/** What the verbs that ask the store or the engine share: the cache folder, opening it, whether the engine is there. */

import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { EnvironmentError, MistakeError } from "../diagnostic/diagnostic.js";
import { nativeProblem } from "../engine/native.js";
import { engineProblem } from "../engine-install.js";
import type { Pipeline } from "../pipeline/pipeline.js";
import type { FolderOwner } from "../store/published.js";
import { openStore } from "../store/sqlite.js";
import { CorruptBlobError, type Store } from "../store/store.js";
import { say } from "../terminal/output.js";

/**
 * `--cache`, else HW1_CACHE, else `cache/` beside the nearest package.json at or above the working folder, else
 * ./cache.
 */
export function cacheFolder(flag: string | undefined): string {
  if (flag !== undefined) return folderNamed("--cache", flag);
  // As with other variables of the environment, an empty one is none.
  if (process.env.HW1_CACHE) return folderNamed("HW1_CACHE", process.env.HW1_CACHE);
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return join(folder, "cache");
    if (dirname(folder) === folder) return resolve("cache");
  }
}

/**
 * @throws MistakeError where it is empty (a variable that is not set, say), or begins with a `~` that no shell has
 * expanded
 */
export function folderNamed(by: string, path: string): string {
  if (path.trim() === "")
    throw new MistakeError({ title: "no folder named", message: `${by} is empty. Name a folder, or leave ${by} out.` });
  const home = /^~[^/]*/.exec(path)?.[0];
  if (home === undefined) return resolve(path);
  const instead = home === "~" ? `\`"$HOME${path.slice(1)}"\`` : "the folder's full path";
  throw new MistakeError({
    title: "a folder called `~`",
    message:
      `${by} is \`${path}\`: the shell has not expanded \`${home}\`, as it does not in quotes. ` +
      `Write ${instead}; a folder that is really called so is \`./${path}\`.`,
  });
}

/** Whose files a pipeline lays out: the same file, whatever links lead to it. */
export function folderOwner({ name, folder, file }: Pipeline): FolderOwner {
  const path = join(folder, basename(file.path));
  try {
    return { name, path: statSync(path).isFile() ? realpathSync(path) : path };
  } catch {
    return { name, path };
  }
}

/** @throws EnvironmentError where the engine is not installed */
export function checkEngine(engine: string): void {
  const problem = engineProblem(engine);
  if (problem) throw new EnvironmentError(problem);
}

/**
 * The same before work, where there is something to load: workers would be told only after data was read. @throws
 * EnvironmentError
 */
export function checkEngineLoads(engine: string): void {
  checkEngine(engine);
  const problem = engine === "onnx" ? nativeProblem() : null;
  if (problem) throw new EnvironmentError(problem);
}

/** Opens the store for looking, hands it over, and tells what it warned of. */
export async function withStore<T>(
  flags: { readonly cache?: string },
  use: (store: Store) => T | Promise<T>,
  options: { readonly readonly?: boolean } = { readonly: true },
): Promise<T> {
  const store = openStore(cacheFolder(flags.cache), options);
  try {
    return await use(store);
  } catch (error) {
    if (!(error instanceof CorruptBlobError)) throw error;
    // Looking writes nothing, but damage that was found is not left where it lies.
    const writable = openStore(cacheFolder(flags.cache));
    writable.quarantine(error.blob);
    writable.close();
    throw new EnvironmentError(
      `A stored blob (${error.blob.slice(0, 19)}…) does not match its digest. ` +
        "It was set aside; `hw1 run` computes again what it held.",
    );
  } finally {
    for (const { message } of store.warnings()) say(`warning: ${message}\n`);
    store.close();
  }
}

/** Width to write text for: the terminal's, else 100. */
export const columns = (): number => (process.stdout.isTTY ? Math.max(40, process.stdout.columns || 80) : 100);
