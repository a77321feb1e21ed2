/**
 * `sha256` of any `load` with files: what they must hold, however they got there.
 *
 * It decides whether there is a result, never which: what a file holds is part of the fingerprint already. So it is
 * compared each time that a step is judged, also where its result is kept, and stands in no fingerprint.
 */
import * as z from "zod";
import { LocalMistakeError, type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import type { Digest } from "../util/digest.js";
import { checkedSizeBytes, digestFile, readHereAndThere } from "./load-files.js";

const digest = z
  .string({ error: "the 64 hexadecimal digits that `sha256sum` prints, in quotes where they read as a number" })
  .regex(/^(sha256:)?[0-9a-fA-F]{64}$/, { error: "the 64 hexadecimal digits that `sha256sum` prints" });
export const pinnedOption = z
  .union([digest, z.record(z.string(), digest)])
  .optional()
  .describe(
    "SHA-256 of the file, 64 hexadecimal digits as `sha256sum` prints them; of several files a map from each path, " +
      "as it is written here, to its own. Another content is a mistake, wherever the file came from.",
  );
type Pins = z.infer<typeof pinnedOption>;

/** A file that an option names. */
export interface NamedFile {
  readonly path: string;
  readonly option: readonly string[];
}

const pinOf = (pins: Pins, path: string): Digest | undefined => {
  const pin = typeof pins === "object" && !Object.hasOwn(pins, path) ? undefined : pins;
  const text = typeof pin === "object" ? pin[path] : pin;
  return text === undefined ? undefined : `sha256:${text.toLowerCase().replace("sha256:", "")}`;
};

/** @throws LocalMistakeError where the file, or the folder, holds something else than it must */
export function comparePin(pins: Pins, path: string, found: Digest, what: "file" | "folder" = "file"): void {
  const pinned = pinOf(pins, path);
  if (pinned === undefined || pinned === found) return;
  const isOnly = typeof pins === "string";
  const hex = found.replace("sha256:", "");
  throw new LocalMistakeError({
    title: `not the ${what} that was pinned`,
    message:
      `\`${path}\` has the SHA-256 ${hex},\nand \`sha256\` says ${pinned.replace("sha256:", "")}. ` +
      "Was it changed, or not copied completely?\nPut back the file that is meant; if this one is, write " +
      `\`sha256: ${isOnly ? hex : `{${path}: ${hex}}`}\`.`,
    at: isOnly ? ["sha256"] : ["sha256", path],
  });
}

/** What check time says of it: of names that stand nowhere else, and of small files what they hold. */
export function checkPins(
  pins: Pins,
  folder: string,
  files: readonly NamedFile[],
  report: (mistake: Mistake) => void,
): void {
  if (pins === undefined) return;
  const paths = [...new Set(files.map(({ path }) => path))];
  if (typeof pins === "string" && paths.length > 1) {
    report({
      title: "one digest for several files",
      message: `Say whose it is: \`sha256: {${paths.map((path) => `${path}: …`).join(", ")}}\`.`,
      at: ["sha256"],
    });
    return;
  }
  for (const path of typeof pins === "object" ? Object.keys(pins) : [])
    if (!paths.includes(path))
      report({
        title: "no such file here",
        message:
          `\`sha256\` names \`${path}\`, which no other option of this stage does.${suggestion(path, paths)}\n\n` +
          `Files of this stage: ${paths.join(", ")}`,
        at: ["sha256", path],
      });
  for (const path of paths) if (pinOf(pins, path)) checkPin(pins, folder, path, report);
}

function checkPin(pins: Pins, folder: string, path: string, report: (mistake: Mistake) => void): void {
  try {
    if (readHereAndThere(folder, path, ({ size }) => size) <= checkedSizeBytes)
      comparePin(pins, path, digestFile(folder, path));
  } catch (error) {
    // A file that cannot be read is told at the option that names it.
    if (!(error instanceof MistakeError)) throw error;
    if (error.at.length === 0) return;
    const { title, message, at } = error;
    report({ title, message, at });
  }
}
