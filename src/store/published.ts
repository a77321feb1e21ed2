/**
 * Copies of figures and exported models under names that people can find:
 * `<cache>/figures/<pipeline>/<stage>[.<element>].svg` and `.png`, `<cache>/models/…/<stage>[.<element>].onnx`.
 *
 * A folder belongs to the pipeline file that claimed it first, which `figures/.owners/<pipeline>` names. Another file
 * of the same name gets `<pipeline>-<6 digits of its path's digest>`, and keeps it; once the owner is gone from the
 * disk (moved, say), its folder is free. A name that the disk cannot hold, or that would lead elsewhere, is shortened
 * or spelled with `_`, and told apart by its digest.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { EnvironmentError } from "../diagnostic/diagnostic.js";
import { digestBytes } from "../util/digest.js";
import { fileName } from "../util/file-name.js";
import type { Output, Outputs } from "../values/output.js";
import { quietly } from "./durable.js";
import { hexOf } from "./layout.js";
import { codeOf } from "./storage-errors.js";

/** The folders of the cache that hold them. */
export const shelves = ["figures", "models"] as const;
export type Shelf = (typeof shelves)[number];

/** A file that an output is laid out as. */
interface LaidOut {
  readonly shelf: Shelf;
  /** `svg`, `onnx`; of a model of TF.js the file in the folder that is the model's. */
  readonly format: string;
  /** Behind the name of the stage and element. */
  readonly ending: string;
  /** That holds its bytes. */
  readonly blob: string;
}
function laidOut({ type, data, blobs }: Output): readonly LaidOut[] {
  if (type === "figure")
    return ["svg", "png"].map((format) => ({ shelf: "figures", format, ending: `.${format}`, blob: format }));
  if (type !== "exported") return [];
  const names = Object.keys(blobs);
  // One file has the stage's name; several, which name each other, lie in a folder of it.
  if (names.length === 1) return [{ shelf: "models", format: data.format, ending: `.${data.format}`, blob: names[0]! }];
  return names.map((name) => ({ shelf: "models", format: name, ending: `/${name}`, blob: name }));
}

/** Whose files they are. */
export interface FolderOwner {
  readonly name: string;
  /** The pipeline file's absolute path. */
  readonly path: string;
}

const ownerFile = (path: string): string => join(dirname(path), ".owners", basename(path));

/** A pipeline's folder on a shelf: the one that is its own, else the first that is free. Looks only. */
export function publishedFolder(folder: string, shelf: Shelf, owner: FolderOwner): string {
  const candidates = candidatesOf(folder, shelf, owner);
  return candidates.find((path) => ownerOf(path) === owner.path) ?? candidates.find(isFree) ?? candidates.at(-1)!;
}

/** @param folder  of the pipeline, on a shelf. @param ending  behind the name of stage and element */
export const publishedPath = (folder: string, stage: string, element: string | null, ending: string): string =>
  join(folder, `${fileName(element === null ? stage : `${stage}.${element.replaceAll("/", ".")}`)}${ending}`);

/** Where the copies of a stage's outputs are, or would be. Looks only. @param cache  the folder of the store */
export function publishedPaths(
  cache: string,
  owner: FolderOwner,
  stage: string,
  element: string | null,
  outputs: Outputs,
): readonly { readonly shelf: Shelf; readonly format: string; readonly path: string }[] {
  return Object.values(outputs)
    .flatMap(laidOut)
    .map(({ shelf, format, ending }) => ({
      shelf,
      format,
      path: publishedPath(publishedFolder(cache, shelf, owner), stage, element, ending),
    }));
}

/** Makes a pipeline's folder on a shelf and writes down whose it is. @throws EnvironmentError */
export function claimFolder(folder: string, shelf: Shelf, owner: FolderOwner): string {
  return explaining(join(folder, shelf), () => {
    const candidates = candidatesOf(folder, shelf, owner);
    const own = candidates.find((path) => ownerOf(path) === owner.path);
    if (own) return own;
    for (const path of candidates) {
      if (!isFree(path)) continue;
      mkdirSync(path, { recursive: true });
      mkdirSync(dirname(ownerFile(path)), { recursive: true });
      quietly(() => unlinkSync(ownerFile(path)));
      try {
        writeFileSync(ownerFile(path), `${owner.path}\n`, { flag: "wx" });
        return path;
      } catch (error) {
        // Another process was faster.
        if (codeOf(error) !== "EEXIST") throw error;
      }
    }
    return publishedFolder(folder, shelf, owner);
  });
}

/**
 * @param folderOf  the folder of a shelf, which is claimed when it is first asked for
 * @returns         the paths of the copies; a copy that is there and the same is left alone
 * @throws          EnvironmentError
 */
export function publish(
  folderOf: (shelf: Shelf) => string,
  stage: string,
  element: string | null,
  outputs: Outputs,
): readonly { readonly shelf: Shelf; readonly path: string }[] {
  return Object.values(outputs).flatMap((output) =>
    laidOut(output).flatMap(({ shelf, ending, blob }) => {
      const bytes = output.blobs[blob]?.bytes();
      if (!bytes) return [];
      const folder = folderOf(shelf);
      const path = publishedPath(folder, stage, element, ending);
      explaining(path, () => {
        if (existsSync(path) && readFileSync(path).equals(bytes)) return;
        mkdirSync(dirname(path), { recursive: true });
        const temporary = join(folder, `.${process.pid}.tmp`);
        try {
          writeFileSync(temporary, bytes);
          renameSync(temporary, path);
        } catch (error) {
          quietly(() => unlinkSync(temporary));
          throw error;
        }
      });
      return [{ shelf, path }];
    }),
  );
}

/** The plain name, then names that only this file's path has. */
function candidatesOf(folder: string, shelf: Shelf, { name, path }: FolderOwner): readonly string[] {
  const digest = hexOf(digestBytes(Buffer.from(path)));
  return [name, `${name}-${digest.slice(0, 6)}`, `${name}-${digest}`].map((candidate) =>
    join(folder, shelf, fileName(candidate)),
  );
}

function ownerOf(path: string): string | undefined {
  try {
    return readFileSync(ownerFile(path), "utf8").replace(/\n$/, "");
  } catch {
    return undefined;
  }
}

function isFree(path: string): boolean {
  const owner = ownerOf(path);
  return owner === undefined || !existsSync(owner);
}

function explaining<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new EnvironmentError(`The file ${path} cannot be written: ${refusal(error, path)}, then run again.`);
  }
}

/** What the disk says, and what to do about it. */
function refusal(error: unknown, path: string): string {
  const text = error instanceof Error ? error.message : String(error);
  switch (codeOf(error)) {
    case "EISDIR":
      return `a folder stands where it belongs. Move that folder away`;
    case "ENOTDIR":
    case "EEXIST":
      return `${fileAmong(path)} is a file where a folder belongs. Move it away`;
    default:
      return `${text}. Free some space or correct the folder's permissions`;
  }
}
/** Of a path that should be a folder, or lie in one: the nearest part of it that is a file. */
function fileAmong(path: string): string {
  if (existsSync(path) && !statSync(path).isDirectory()) return path;
  const above = dirname(path);
  return above === path ? path : fileAmong(above);
}
