/**
 * `hw1 show FILE STAGE --save DIR`: what a stage left as files that other programs read: arrays as `.npy`, tables as
 * CSV, figures as SVG, PNG and their specification.
 *
 * One output lies in the folder itself, several each in a folder of its name, and so do elements of a fan-out; each
 * level of an element's key is a level of folders. Warnings that the stage, or one that it goes back to, allows in the
 * file as it is now stand beside them (`allowed.csv`).
 */
import { join } from "node:path";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { allowedIn, type Pipeline, stagesBefore } from "../pipeline/pipeline.js";
import type { Step } from "../plan/steps.js";
import type { ArtifactInfo } from "../store/store.js";
import { escaped } from "../util/escape.js";
import { fileName } from "../util/file-name.js";
import { formatBytes } from "../util/numbers.js";
import { table } from "../util/table.js";
import { plural } from "../util/words.js";
import type { Outputs } from "../values/output.js";
import { savedFilesOf } from "../values/saved.js";
import { allowedTable } from "../values/saved-tables.js";
import { type Target, writeSaved } from "./saved-folder.js";
import { folderOwner } from "./shared.js";

/** As `--json` tells it. */
export interface Saved {
  /** From the working folder, as `--save` was typed. */
  readonly path: string;
  readonly holds: string;
  readonly remark?: string;
  readonly sizeBytes: number;
}

interface Folder {
  readonly folder: string;
  readonly typed: string;
  /** One element was named: it needs no folder of its own. */
  readonly isOne: boolean;
}

type Artifacts = readonly (ArtifactInfo | undefined)[];

/** @param artifacts  of the steps, in order; undefined where there is none */
export function saveStage(
  pipeline: Pipeline,
  steps: readonly Step[],
  artifacts: Artifacts,
  { folder, typed, isOne }: Folder,
): readonly Saved[] {
  const targets = steps.flatMap((step, index) => {
    const { element } = step;
    const above = element === null || isOne ? [] : element.split("/");
    return filesOf(artifacts[index]?.outputs ?? {}, above);
  });
  if (targets.length === 0) return [];
  const { stage } = steps[0]!;
  const allowed = allowedIn([...stagesBefore(pipeline.stages, stage), stage]);
  if (allowed.length > 0) targets.push({ path: "allowed.csv", file: allowedTable(allowed) });
  const owner = `${folderOwner(pipeline).path} ${isOne ? steps[0]!.key : steps[0]!.stage.name}`;
  const sizes = writeSaved(folder, owner, targets);
  return targets.map(({ path, file: { holds, remark } }, index) => ({
    path: join(typed, path),
    holds,
    ...(remark ? { remark } : {}),
    sizeBytes: sizes[index]!,
  }));
}

function filesOf(outputs: Outputs, above: readonly string[]): readonly Target[] {
  const isOne = Object.keys(outputs).length === 1;
  return Object.entries(outputs).flatMap(([name, output]) => {
    const folders = [...above, ...(isOne ? [] : [name])];
    return savedFilesOf(output).map((file) => ({ path: [...folders, file.name].map(fileName).join("/"), file }));
  });
}

/** A line for each file, and how many there are. */
export function savedText(saved: readonly Saved[]): string {
  if (saved.length === 0) return "";
  const rows = saved.map(({ path, holds, remark }) => [path, holds, remark ?? ""].map(escaped));
  const size = saved.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return `${[...table(rows), `${plural(saved.length, "file")}, ${formatBytes(size)}`].join("\n")}\n`;
}

/** What has no result and so no files; empty where all has. */
export function missingText(steps: readonly Step[], artifacts: Artifacts, reason: string | null): string {
  const without = steps.filter((_, index) => !artifacts[index]);
  const failures = steps.flatMap((step, index) => {
    const failure = Object.values(artifacts[index]?.outputs ?? {}).find(({ type }) => type === "failure");
    return failure?.type === "failure" ? [`${keyOf(step)} failed: ${failure.data.title}`] : [];
  });
  const waiting =
    without.length === 0
      ? []
      : [
          (without.length === steps.length ? "Nothing" : `Nothing of ${without.map(keyOf).join(", ")}`) +
            ` is saved: ${reason}`,
        ];
  return [...waiting, ...failures].map(escaped).join("\n");
}
const keyOf = ({ key }: Step): string => key;

export const noStageToSave = ({ stages }: Pipeline): MistakeError =>
  new MistakeError({
    title: "no stage named",
    message:
      "--save writes what one stage left: name it before --save.\n\n" +
      `Stages: ${stages.map(({ name }) => name).join(", ")}`,
  });
