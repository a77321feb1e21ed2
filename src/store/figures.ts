/**
 * Copies of figures under names that people can find: `<cache>/figures/<pipeline>/<stage>[.<element>].svg` and `.png`.
 *
 * A folder belongs to the pipeline file that claimed it first, which `figures/.owners/<pipeline>` names. Another file
 * of the same name gets `<pipeline>-<6 digits of its path's digest>`, and keeps it; once the owner is gone from the
 * disk (moved, say), its folder is free. A name that the disk cannot hold, or that would lead elsewhere, is shortened
 * or spelled with `_`, and told apart by its digest.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { EnvironmentError } from "../diagnostic/diagnostic.js";
import { digestBytes } from "../util/digest.js";
import { fileName } from "../util/file-name.js";
import type { Outputs } from "../values/output.js";
import { quietly } from "./durable.js";
import { hexOf } from "./layout.js";
import { codeOf } from "./storage-errors.js";

export const figureFormats = ["svg", "png"] as const;

/** Whose figures they are. */
export interface FigureOwner {
  readonly name: string;
  /** The pipeline file's absolute path. */
  readonly path: string;
}

const ownerFile = (path: string): string => join(dirname(path), ".owners", basename(path));

/** The folder of a pipeline's figures: the one that is its own, else the first that is free. Looks only. */
export function figureFolder(folder: string, owner: FigureOwner): string {
  const candidates = candidatesOf(folder, owner);
  return candidates.find((path) => ownerOf(path) === owner.path) ?? candidates.find(isFree) ?? candidates.at(-1)!;
}

export function figurePath(figures: string, stage: string, element: string | null, format: string): string {
  return join(figures, `${fileName(element === null ? stage : `${stage}.${element.replaceAll("/", ".")}`)}.${format}`);
}

/** Makes the folder of a pipeline's figures and writes down whose it is. @throws EnvironmentError */
export function claimFigureFolder(folder: string, owner: FigureOwner): string {
  return explainingFigure(join(folder, "figures"), () => {
    const candidates = candidatesOf(folder, owner);
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
    return figureFolder(folder, owner);
  });
}

/** @returns the paths of the copies; a copy that is there and the same is left alone. @throws EnvironmentError */
export function publishFigures(
  figures: string,
  stage: string,
  element: string | null,
  outputs: Outputs,
): readonly string[] {
  const paths: string[] = [];
  for (const output of Object.values(outputs)) {
    if (output.type !== "figure") continue;
    for (const format of figureFormats) {
      const blob = output.blobs[format];
      if (!blob) continue;
      const path = figurePath(figures, stage, element, format);
      const bytes = blob.bytes();
      explainingFigure(path, () => {
        if (existsSync(path) && readFileSync(path).equals(bytes)) return;
        const temporary = join(figures, `.${process.pid}.tmp`);
        writeFileSync(temporary, bytes);
        renameSync(temporary, path);
      });
      paths.push(path);
    }
  }
  return paths;
}

/** The plain name, then names that only this file's path has. */
function candidatesOf(folder: string, { name, path }: FigureOwner): readonly string[] {
  const digest = hexOf(digestBytes(Buffer.from(path)));
  return [name, `${name}-${digest.slice(0, 6)}`, `${name}-${digest}`].map((candidate) =>
    join(folder, "figures", fileName(candidate)),
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

function explainingFigure<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new EnvironmentError(
      `The figure ${path} cannot be written: ${error instanceof Error ? error.message : String(error)}. ` +
        "Free some space or correct the folder's permissions, then run again.",
    );
  }
}
