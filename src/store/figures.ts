/** Copies of figures under names that people can find: `<cache>/figures/<pipeline>/<stage>[.<element>].svg` and `.png`. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError } from "../diagnostic/diagnostic.js";
import type { Outputs } from "../util/value.js";

export const figureFormats = ["svg", "png"] as const;

export function figurePath(folder: string, pipeline: string, stage: string, element: string | null, format: string): string {
  const name = element === null ? stage : `${stage}.${element.replaceAll("/", ".")}`;
  return join(folder, "figures", pipeline, `${name}.${format}`);
}

/** @returns the paths of the copies; a copy that is there and the same is left alone. @throws EnvironmentError */
export function publishFigures(folder: string, pipeline: string, stage: string, element: string | null, outputs: Outputs): readonly string[] {
  const paths: string[] = [];
  for (const output of Object.values(outputs)) {
    if (output.type !== "figure") continue;
    for (const format of figureFormats) {
      const blob = output.blobs[format];
      if (!blob) continue;
      const path = figurePath(folder, pipeline, stage, element, format);
      const bytes = blob.bytes();
      try {
        if (!existsSync(path) || !readFileSync(path).equals(bytes)) {
          mkdirSync(join(folder, "figures", pipeline), { recursive: true });
          writeFileSync(`${path}.${process.pid}.tmp`, bytes);
          renameSync(`${path}.${process.pid}.tmp`, path);
        }
      } catch (error) {
        throw new EnvironmentError(
          `The figure ${path} cannot be written: ${error instanceof Error ? error.message : String(error)}. Free some space or correct the folder's permissions, then run again.`,
        );
      }
      paths.push(path);
    }
  }
  return paths;
}
