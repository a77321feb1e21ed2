/** What the verbs that take a file share: flags, reading and checking it, its warnings, naming a command on it. */

import { type Checked, MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { renderDiagnostics } from "../diagnostic/render.js";
import { checkPipeline } from "../pipeline/check.js";
import type { Pipeline } from "../pipeline/pipeline.js";
import { readDocument } from "../pipeline/read.js";
import { kinds } from "../stages/kinds.js";
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

/** By which engine a command computes, and in which cache, where those are not the usual ones. */
export const whereFlags = ({ engine, cache }: Pick<FileFlags, "engine" | "cache">): readonly string[] => [
  ...(engine === "onnx" ? [] : ["--engine", engine]),
  ...(cache ? ["--cache", cache] : []),
];

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
