/**
 * Path → text of a pipeline, or why there is none.
 *
 * YAML 1.2 is UTF-8 or UTF-16; a byte order mark, or the zero beside the first character, tells which. Bytes that are
 * neither are refused with their place and not replaced, because a name would change in silence. A line may end in CR,
 * LF or both.
 */

import { readFileSync, type Stats, statSync } from "node:fs";
import type { Diagnostic } from "../diagnostic/diagnostic.js";
import { grouped } from "../util/numbers.js";
import { limits, overLimit } from "./limits.js";
import { diagnosticOf, type PlacedMistake } from "./report.js";

export function readPipelineText(path: string): { readonly text: string } | { readonly mistake: Diagnostic } {
  const refuse = (mistake: PlacedMistake): { readonly mistake: Diagnostic } => ({
    mistake: diagnosticOf(path, mistake),
  });
  let bytes: Buffer;
  try {
    const stats = statSync(path);
    const mistake = noPipelineFile(path, stats);
    if (mistake) return refuse(mistake);
    bytes = readFileSync(path);
  } catch (error) {
    return refuse(unreadable(path, (error as NodeJS.ErrnoException).code));
  }
  const encoding = encodingOf(bytes);
  const text = withLineFeeds(new TextDecoder(encoding).decode(bytes));
  const wrong = encoding === "utf-8" ? firstNotUtf8(bytes, text) : -1;
  if (wrong < 0) return { text };
  return refuse({
    title: "not UTF-8",
    message:
      "This byte is not UTF-8, which YAML is written in. " +
      "Save the file as UTF-8 (an editor may call this one Latin-1, Windows-1252 or ANSI).",
    span: { file: { path, text }, start: wrong, end: wrong + 1 },
  });
}

/** What has that name, where it is no file that can be a pipeline. */
function noPipelineFile(path: string, stats: Stats): PlacedMistake | undefined {
  if (stats.isDirectory()) {
    const example = `${path.replace(/\/$/, "")}/pipeline.yaml`;
    return {
      title: "a folder, not a file",
      message: `\`${path}\` is a folder. Name the pipeline file in it, such as \`${example}\`.`,
    };
  }
  // A pipe or a device may have no end, or nobody at the other one.
  if (!stats.isFile())
    return {
      title: "not a file",
      message: `\`${path}\` is a pipe, a socket or a device. Write the pipeline to a file.`,
    };
  if (stats.size > limits.file_size.most)
    return {
      title: "too large",
      message: overLimit("file_size", `This file has ${grouped(stats.size)} bytes. Is it a pipeline?`),
    };
  return undefined;
}

function unreadable(path: string, code: string | undefined): PlacedMistake {
  if (code === "ENOENT" && path === "-")
    return {
      title: "not a file",
      message:
        "`-` is standard input elsewhere. " +
        "A pipeline is read from a file, to which its paths are relative: write it to one.",
    };
  if (code === "ENOENT" || code === "ENOTDIR")
    return {
      title: "no such file",
      message: `There is no pipeline at \`${path}\`. Check the name, or the folder you are in.`,
    };
  return {
    title: "cannot be read",
    message: `\`${path}\` cannot be read (${code ?? "unknown error"}). Check its path and its permissions.`,
  };
}

/** A lone CR ends a line, too. */
const withLineFeeds = (text: string): string => text.replace(/\r(?!\n)/g, "\n");

function encodingOf(bytes: Buffer): "utf-8" | "utf-16le" | "utf-16be" {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== undefined && second !== 0)) return "utf-16be";
  return "utf-8";
}

/**
 * Offset of the first character that stands for bytes which are none; −1 where all are right. A U+FFFD may have been
 * written, too.
 */
function firstNotUtf8(bytes: Buffer, text: string): number {
  const mark = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let offset = mark;
  let from = 0;
  for (let at = text.indexOf("\ufffd"); at >= 0; at = text.indexOf("\ufffd", at + 1)) {
    offset += Buffer.byteLength(text.slice(from, at));
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) return at;
    from = at;
  }
  return -1;
}
