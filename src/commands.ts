/**
 * One function per verb, each returning the exit code. What a verb needs is loaded when it is called, so that `check` and
 * `plan` never load React, TF.js or Vega.
 */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Checked, EnvironmentError, MistakeError } from "./diagnostic/diagnostic.js";
import { renderDiagnostics } from "./diagnostic/render.js";
import { placeOf } from "./diagnostic/source.js";
import { checkPipeline } from "./pipeline/check.js";
import type { Pipeline } from "./pipeline/pipeline.js";
import { readDocument } from "./pipeline/read.js";
import { kinds } from "./stages/kinds.js";

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

export function readPipeline(path: string, flags: Pick<FileFlags, "profile" | "set">): Checked<Pipeline> {
  const document = readDocument(path);
  return document.ok ? checkPipeline(document.value, kinds, flags) : document;
}

/** Colour on stderr: a terminal, and neither NO_COLOR, TERM=dumb nor --no-color. */
export const colorOnStderr = (flags: { readonly color?: boolean }): boolean =>
  flags.color !== false && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb" && process.stderr.isTTY === true;

export async function check(path: string, flags: FileFlags): Promise<number> {
  const checked = readPipeline(path, flags);
  if (flags.json) {
    const diagnostics = checked.diagnostics.map(({ severity, file, span, title, message }) => ({
      severity,
      file,
      line: span ? placeOf(span.file, span.start).line : null,
      column: span ? placeOf(span.file, span.start).column : null,
      title,
      message,
    }));
    process.stdout.write(`${JSON.stringify({ diagnostics })}\n`);
  } else if (checked.diagnostics.length > 0) process.stderr.write(renderDiagnostics(checked.diagnostics, { color: colorOnStderr(flags) }));
  else process.stdout.write(`${path} is right: ${checked.ok ? checked.value.stages.length : 0} stages.\n`);
  return checked.ok ? 0 : 2;
}
