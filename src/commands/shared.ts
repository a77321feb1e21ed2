/** What the verbs share: flags, the cache folder, reading a file, saying what is wrong, opening the store. */

import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Checked, EnvironmentError, MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { renderDiagnostics } from "../diagnostic/render.js";
import { nativeProblem } from "../engine/native.js";
import { engineProblem } from "../engine-install.js";
import { checkPipeline } from "../pipeline/check.js";
import type { Pipeline } from "../pipeline/pipeline.js";
import { readDocument } from "../pipeline/read.js";
import { kinds } from "../stages/kinds.js";
import type { FigureOwner } from "../store/figures.js";
import { openStore } from "../store/sqlite.js";
import { CorruptBlobError, type Store } from "../store/store.js";
import { say, sayPainted } from "../terminal/output.js";
import { shellWord } from "../util/escape.js";
import { plural } from "../util/words.js";

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
function folderNamed(by: string, path: string): string {
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

/** Says on stderr what went wrong outside the file, and gives the exit code. */
export function reportError(error: unknown): number {
  if (error instanceof EnvironmentError) {
    say(`${error.message}\n`);
    return 4;
  }
  if (error instanceof MistakeError) {
    say(`${error.title}\n\n${error.message}\n`);
    return 2;
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(`hw1 has a bug: this should not happen. Please report it with the lines below.\n\n${trace}\n`);
  return 1;
}

export function readPipeline(path: string, flags: Pick<FileFlags, "profile" | "set">): Checked<Pipeline> {
  const document = readDocument(path);
  return document.ok ? checkPipeline(document.value, kinds, flags) : document;
}

/** Colour on stderr: a terminal, and neither NO_COLOR, TERM=dumb nor --no-color. */
export const colorOnStderr = (flags: { readonly color?: boolean }): boolean =>
  flags.color !== false && !process.env.NO_COLOR && process.env.TERM !== "dumb" && process.stderr.isTTY === true;

/** Warnings of a file, until it is known whether there is work to do. */
interface HeldWarnings {
  /** Their messages, which a run does not say again. */
  readonly messages: ReadonlySet<string>;
  /** Says them where there is work, else how many there are and which command says them. */
  report(hasWork: boolean): void;
}

/** A file that is right, with its warnings; undefined once its mistakes were told. */
export function pipelineWithWarnings(
  path: string,
  flags: FileFlags,
): { readonly pipeline: Pipeline; readonly warnings: HeldWarnings } | undefined {
  const checked = readPipeline(path, flags);
  const { diagnostics } = checked;
  const sayAll = (): void => {
    if (diagnostics.length > 0) sayPainted(renderDiagnostics(diagnostics, { color: colorOnStderr(flags) }));
  };
  if (!checked.ok) {
    sayAll();
    return undefined;
  }
  const report = (hasWork: boolean): void => {
    const { length: count } = diagnostics;
    if (hasWork) sayAll();
    else if (count > 0) say(`${plural(count, "warning")}: ${commandFor("check", path, flags)}\n`);
  };
  return {
    pipeline: checked.value,
    warnings: { messages: new Set(diagnostics.map(({ message }) => message)), report },
  };
}

/** A file that is right, for commands that do no work; undefined once its mistakes were told. */
export function pipelineOrReport(path: string, flags: FileFlags): Pipeline | undefined {
  const found = pipelineWithWarnings(path, flags);
  found?.warnings.report(false);
  return found?.pipeline;
}

/** A command on the same file with the same settings, as it would be typed. */
export function commandFor(verb: string, path: string, flags: FileFlags, more: readonly string[] = []): string {
  const words = ["hw1", verb, shellWord(path)];
  if (flags.profile) words.push("--profile", shellWord(flags.profile));
  for (const setting of flags.set) words.push("--set", shellWord(setting));
  return [...words, ...more.map(shellWord)].join(" ");
}

/** Whose figures a pipeline draws: the same file, whatever links lead to it. */
export function figureOwner({ name, folder, file }: Pipeline): FigureOwner {
  const path = join(folder, basename(file.path));
  try {
    return { name, path: statSync(path).isFile() ? realpathSync(path) : path };
  } catch {
    return { name, path };
  }
}

/** @throws MistakeError where a flag names a stage that is not there */
export function checkStageNames(pipeline: Pipeline, flag: string, names: readonly string[]): void {
  const known = pipeline.stages.map((stage) => stage.name);
  for (const name of names)
    if (!known.includes(name))
      throw new MistakeError({
        title: "no such stage",
        message:
          `${flag} names \`${name}\`, but there is no such stage.${suggestion(name, known)}\n\n` +
          `Stages: ${known.join(", ")}`,
      });
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
