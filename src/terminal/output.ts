/**
 * Where everything that hw1 says leaves the process: results to stdout, diagnostics and warnings to stderr.
 *
 * It promises that - no control character of the data reaches the terminal, whoever forgot to escape it: all but our
 * own colours are escaped here again; - a stdout that nobody reads any more (a closed pipe, a terminal that is gone) or
 * that is full throws nowhere: what follows is dropped,
 *    whoever runs something is told at once, and the exit code says so;
 *  - a stderr that is gone changes nothing.
 * A stdout that was closed from the start is /dev/null, for Node opens that in its place.
 */
import { closeSync, fstatSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { escapedLines } from "../util/escape.js";

/** Why stdout takes no more: its reader is gone, or the disk (or device) below it refuses. */
type Loss = "reader" | "disk";

/** 128 + SIGPIPE: what a shell reports of a program whose reader is gone. */
const readerGone = 141;
const readerCodes: ReadonlySet<string> = new Set([
  "EPIPE",
  "EIO",
  "EOF",
  "ECONNRESET",
  "ENXIO",
  "ERR_STREAM_DESTROYED",
]);

let loss: Loss | undefined;
let isFile = false;
const listeners = new Set<() => void>();

/** Called once, by the command's process, before anything is said. */
export function watchOutput(): void {
  process.stdout.on("error", lose);
  process.stderr.on("error", () => undefined);
  try {
    isFile = fstatSync(1).isFile();
  } catch {
    isFile = false;
  }
  const terminals = [0, 1, 2].filter((fd) => isatty(fd));
  process.on("exit", (code) => {
    process.exitCode = endingCode(code);
    // Node restores the terminal's mode last of all, and aborts where the terminal is gone; what is closed it leaves
    // alone.
    for (const fd of terminals) if (!isatty(fd)) closeQuietly(fd);
  });
}

/** Calls `listener` when stdout is lost. @returns how to stop listening */
export function onOutputLost(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The code that tells the truth: work that went well, with words that did not arrive, is no success. */
function endingCode(code: number): number {
  if (loss === "disk" && (code === 0 || code === 10 || code === readerGone)) return 4;
  return loss === "reader" && code === 0 ? readerGone : code;
}

/** To stdout, as lines. */
export const print = (text: string): void => toStdout(escapedLines(text));

/** The same for text that `painter` has coloured, whose data was escaped before. */
export const printPainted = (text: string): void =>
  toStdout(process.stdout.isTTY ? escapedButColours(text) : escapedLines(text));

/** To stderr, as lines. */
export const say = (text: string): void => toStderr(escapedLines(text));

/** As `printPainted`. */
export const sayPainted = (text: string): void =>
  toStderr(process.stderr.isTTY ? escapedButColours(text) : escapedLines(text));

function toStdout(shown: string): void {
  if (loss) return;
  try {
    if (isFile) writeWhole(Buffer.from(shown));
    else process.stdout.write(shown);
  } catch (error) {
    lose(error);
  }
}

function toStderr(shown: string): void {
  try {
    process.stderr.write(shown);
  } catch {
    // Nobody is there to be told.
  }
}

/**
 * A nearly full disk takes a part and says how much; Node's own stream for files would leave out the rest in silence.
 */
function writeWhole(bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.byteLength; ) {
    const written = writeSync(1, bytes, offset);
    if (written <= 0) throw Object.assign(new Error("ENOSPC: nothing more could be written"), { code: "ENOSPC" });
    offset += written;
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // It was closed.
  }
}

function lose(error: unknown): void {
  if (loss) return;
  const { code = "", message } = error as NodeJS.ErrnoException;
  loss = readerCodes.has(code) ? "reader" : "disk";
  if (loss === "disk")
    say(
      `what hw1 prints cannot be written: ${message}\n` +
        "Free some space where its output goes, then give the same command again.\n",
    );
  for (const listener of listeners) listener();
}

/** The colours that `painter` and `renderDiagnostic` write. */
const ownColour = /(\u001b\[(?:0|1|2|3[1236]|1;3[13])m)/;

function escapedButColours(text: string): string {
  return text
    .split(ownColour)
    .map((part, index) => (index % 2 === 1 ? part : escapedLines(part)))
    .join("");
}
