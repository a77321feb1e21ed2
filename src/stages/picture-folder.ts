/**
 * A folder of pictures: a folder for each class, its name the name of the class, and pictures in it.
 *
 * All files there are pictures, whatever they are called; hidden ones and what systems leave behind are passed over.
 * A link is what it leads to. What is not built like that is told before a picture is read.
 */
import { createHash } from "node:crypto";
import { type Dirent, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { LocalMistakeError, MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { type Digest, digestText } from "../util/digest.js";
import { grouped } from "../util/numbers.js";
import { listed, plural } from "../util/words.js";
import { twiceIn } from "./csv-words.js";
import { readHereAndThere, readWhole } from "./load-files.js";
import { looksLikePicture, UnreadablePictureError } from "./picture-header.js";

export interface PictureFile {
  /** Below the folder, such as `cat/1.png`. */
  readonly path: string;
  readonly className: string;
}
export interface PictureFolder {
  /** As written, without a slash at the end. */
  readonly path: string;
  /** Sorted by code unit, as the files are. */
  readonly classNames: readonly string[];
  readonly files: readonly PictureFile[];
}

/** What file managers and notebooks leave behind, in small letters; what begins with a dot is hidden anyway. */
const leftBehind: ReadonlySet<string> = new Set([
  ...["thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir"],
  ...["$recycle.bin", "system volume information", "lost+found"],
]);
/** Hidden, or left behind by a system: nothing that a person has put there. */
export const isPassedOver = (name: string): boolean => name.startsWith(".") || leftBehind.has(name.toLowerCase());

/**
 * A mistake here and now: an empty folder is in no digest.
 *
 * @param option  that names the folder
 */
const mistakeAt = (option: string, title: string, message: string): LocalMistakeError =>
  new LocalMistakeError({ title, message, at: [option] });

/** A folder's path, with a slash at its end or without. */
export const withoutSlash = (path: string): string => path.replace(/(?<=.)\/+$/, "");

/** @throws LocalMistakeError  where it is not built as it should be */
export function listPictures(folder: string, written: string, option: string): PictureFolder {
  const path = withoutSlash(written);
  if (path.trim() === "")
    throw mistakeAt(
      option,
      "no folder named",
      `\`${option}\` is empty. Name a folder that holds one folder for each class, \`.\` for that of the pipeline.`,
    );
  const entries = entriesOf(folder, path, path, option);
  const classNames = entries.filter(({ isFolder }) => isFolder).map(({ name }) => name);
  const stray = entries.find((entry) => !entry.isFolder && isPicture(folder, join(path, entry.name)));
  const example = `${path}/${classNames[0] ?? "cat"}/${stray?.name ?? "1.png"}`;
  if (stray)
    throw mistakeAt(
      option,
      "a picture in no class folder",
      `\`${path}/${stray.name}\` lies beside the class folders. A picture lies in the folder of its class, such as ` +
        `\`${example}\`.`,
    );
  if (classNames.length === 0)
    throw mistakeAt(
      option,
      "no class folder",
      `\`${path}\` holds no folder. It needs one for each class, with the pictures of that class: \`${example}\`.`,
    );
  const files = classNames.flatMap((className) => filesOf(folder, path, className, option));
  return { path, classNames, files };
}

function filesOf(folder: string, path: string, className: string, option: string): readonly PictureFile[] {
  const inner = `${path}/${className}`;
  const entries = entriesOf(folder, inner, path, option);
  const nested = entries.find(({ isFolder }) => isFolder);
  if (nested)
    throw mistakeAt(
      option,
      "a folder in a class folder",
      `\`${inner}/${nested.name}\` is a folder, and \`${inner}\` is read as a class. Put its pictures into ` +
        `\`${inner}\` itself; if the folders in \`${inner}\` are the classes, write \`${option}: ${inner}\`.`,
    );
  if (entries.length === 0)
    throw mistakeAt(
      option,
      "an empty class folder",
      `\`${inner}\` holds no picture. Put pictures of that class there, or remove the folder.`,
    );
  return entries.map(({ name }) => ({ path: `${className}/${name}`, className }));
}

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}
/** Sorted by code unit. */
function entriesOf(folder: string, path: string, whole: string, option: string): readonly Entry[] {
  const where = resolve(folder, path);
  let found: readonly Dirent[];
  try {
    found = readdirSync(where, { withFileTypes: true });
  } catch (error) {
    throw mistakeAt(option, ...unlistable(folder, path, whole, (error as NodeJS.ErrnoException).code));
  }
  return found
    .filter(({ name }) => !isPassedOver(name))
    .map((entry) => ({ name: entry.name, isFolder: isFolder(where, entry) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
/** A folder, or a link to one; what cannot be followed is none. @param where  the folder that `entry` is in */
export function isFolder(where: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return statSync(join(where, entry.name)).isDirectory();
  } catch {
    return false;
  }
}
function unlistable(
  folder: string,
  path: string,
  whole: string,
  code: string | undefined,
): [title: string, message: string] {
  if (code === "ENOENT" && path === whole)
    return [
      "no such folder",
      `There is no folder \`${path}\`.${nearBy(resolve(folder, path))} Paths in a pipeline are relative to its own ` +
        "folder.",
    ];
  if (code === "ENOTDIR")
    return ["a file, not a folder", `\`${path}\` is a file. Name a folder that holds one folder for each class.`];
  return ["cannot be read", `The folder \`${path}\` cannot be read (${code ?? "for no known reason"}).`];
}
/** Of the names beside what is not there. */
function nearBy(path: string): string {
  try {
    return suggestion(basename(path), readdirSync(dirname(path)));
  } catch {
    return "";
  }
}
function isPicture(folder: string, path: string): boolean {
  try {
    return readHereAndThere(folder, path, (file) => looksLikePicture(file.at(0, 8)));
  } catch (error) {
    if (error instanceof MistakeError) return false;
    throw error;
  }
}

/** What cannot be opened, by the title of why. */
const unopened: Readonly<Record<string, string>> = {
  "no such file": "is a link to nothing",
  "not a file": "is no file, but a pipe, a socket or a device",
  "too large": "has more bytes than the limit `data_size`",
};
/** The bytes of a picture. @throws UnreadablePictureError, EnvironmentError */
export function pictureBytes(folder: string, { path }: PictureFolder, file: PictureFile): Uint8Array {
  return asUnreadable(() => readWhole(folder, `${path}/${file.path}`));
}
/** Runs `work` on a file; that it cannot be opened makes the picture unreadable. */
export function asUnreadable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MistakeError)) throw error;
    throw new UnreadablePictureError(unopened[error.title] ?? "cannot be opened by this user");
  }
}

/**
 * The digest of a folder: SHA-256 of the lines that `sha256sum` prints of its pictures, sorted by path, in that folder.
 *
 * So it changes with a file's content and its name, and with nothing else. Of a file that cannot be opened the line
 * says why.
 */
export class FolderDigest {
  readonly #lines: { readonly path: string; readonly line: string }[] = [];

  /** @param content  the bytes, or why there are none */
  add({ path }: PictureFile, content: Uint8Array | string): void {
    const sum = typeof content === "string" ? content : createHash("sha256").update(content).digest("hex");
    this.#lines.push({ path, line: `${sum}  ${path}\n` });
  }

  digest(): Digest {
    this.#lines.sort((a, b) => (a.path < b.path ? -1 : 1));
    return digestText(this.#lines.map(({ line }) => line).join(""));
  }
}

/** What a folder holds now. @throws LocalMistakeError, EnvironmentError */
export function digestFolder(folder: string, path: string, option: string): Digest {
  const listing = listPictures(folder, path, option);
  const whole = new FolderDigest();
  for (const file of listing.files) whole.add(file, contentOf(folder, listing, file));
  return whole.digest();
}
/** The bytes of a picture, or why there are none. */
function contentOf(folder: string, listing: PictureFolder, file: PictureFile): Uint8Array | string {
  try {
    return pictureBytes(folder, listing, file);
  } catch (error) {
    if (!(error instanceof UnreadablePictureError)) throw error;
    return error.message;
  }
}

/**
 * The classes, in the order of their labels: those that `classes` names, else the training folders.
 *
 * @param test  may lack some of them, and may have no others
 * @throws LocalMistakeError
 */
export function classesIn(
  train: PictureFolder,
  test: PictureFolder | undefined,
  wanted: readonly string[] | undefined,
): readonly string[] {
  const folders = train.classNames;
  if (folders.length < 2)
    throw mistakeAt(
      "train",
      "one class",
      `\`${train.path}\` holds one folder, \`${folders[0]}\`, and each folder is a class, of which there are at ` +
        "least two.",
    );
  const twice = twiceIn(wanted ?? []);
  if (twice !== undefined)
    throw mistakeAt("classes", "a class named twice", `\`classes\` names \`${twice}\` twice. Name each class once.`);
  const missing = wanted?.filter((name) => !folders.includes(name)) ?? [];
  if (missing.length > 0)
    throw mistakeAt(
      "classes",
      "a class without a folder",
      `\`${train.path}\` has no folder ${listed(missing.slice(0, 5).map((name) => `\`${name}\``))}.` +
        `${suggestion(missing[0]!, folders)}\n\nFolders there: ${cut(folders)}`,
    );
  const others = wanted ? folders.filter((name) => !wanted.includes(name)) : [];
  if (others.length > 0)
    throw mistakeAt(
      "classes",
      "a folder that is no class",
      `\`${train.path}/${others[0]}\` is not among \`classes\`${andMore(others.length - 1)}. Name all folders there, ` +
        "or leave `classes` out: then each folder is a class.",
    );
  const strange = test?.classNames.filter((name) => !folders.includes(name)) ?? [];
  if (strange.length > 0)
    throw mistakeAt(
      "test",
      "an unknown class",
      `\`${test!.path}/${strange[0]}\` is no class of \`${train.path}\`${andMore(strange.length - 1)}.` +
        `${suggestion(strange[0]!, folders)}\n\nClasses there: ${cut(folders)}`,
    );
  return wanted ?? folders;
}
const andMore = (count: number): string =>
  count === 0
    ? ""
    : `, nor ${count === 1 ? "is one more folder" : `are ${plural(count, "more folder", grouped(count))}`}`;
/** The first ten. */
const cut = (names: readonly string[]): string =>
  `${names.slice(0, 10).join(", ")}${names.length > 10 ? `, … (${grouped(names.length)} in all)` : ""}`;
