/** What is found when a step meets a damaged blob, and what is said of a step that failed. */
import { type Diagnostic, LocalMistakeError, MistakeError, type OptionPath } from "../diagnostic/diagnostic.js";
import { ChangedFileError } from "../pipeline/run-context.js";
import { type Step, stepKey } from "../plan/plan.js";
import { CorruptBlobError, type Store } from "../store/store.js";
import type { Digest } from "../util/digest.js";
import type { Blob } from "../values/blob.js";
import { WorkerLostError } from "./worker-pool.js";

const blobsOf = (store: Store, artifact: Digest): readonly Blob[] =>
  Object.values(store.artifact(artifact)?.outputs ?? {}).flatMap((output) => Object.values(output.blobs));

export function damagedBlobs(store: Store, artifact: Digest | undefined): readonly Digest[] {
  if (artifact === undefined) return [];
  return blobsOf(store, artifact).flatMap((blob) => {
    try {
      blob.bytes();
      return [];
    } catch (error) {
      if (error instanceof CorruptBlobError) return [error.blob];
      throw error;
    }
  });
}

/** Which configuration it was, on a line of its own; nothing of a step outside a search. */
export function placeInSearch({ cell }: Step): string {
  if (!cell) return "";
  return `\nThis was the configuration \`${cell.key}\` of \`${stepKey(cell.search, cell.element)}\`${cell.fold === null ? "" : `, fold ${cell.fold}`}; a search is not ranked without it.`;
}

export function diagnosticOf(step: Step, error: unknown): Diagnostic {
  const { stage } = step;
  const place = (option: OptionPath): Pick<Diagnostic, "file" | "span"> => {
    const span = stage.optionSpan(option);
    return { file: span.file.path, span };
  };
  if (error instanceof MistakeError) {
    const where = error instanceof LocalMistakeError ? placeInSearch(step) : "";
    return { severity: "error", title: error.title, ...place(error.at), message: `${error.message}${where}` };
  }
  if (error instanceof ChangedFileError)
    return {
      severity: "error",
      title: "a data file keeps changing",
      ...place([]),
      message: `\`${error.path}\` was changed whenever it was about to be read. Wait until it is complete, or close the program that writes it, and give the same command again.`,
    };
  if (error instanceof WorkerLostError)
    return {
      severity: "error",
      title: "the step's process was lost",
      ...place([]),
      message: `${error.message}${placeInSearch(step)}\nRun the same command again: it goes on from the last checkpoint.`,
    };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    severity: "error",
    title: "hw1 has a bug",
    ...place([]),
    message: `This should not happen. Please report it with the lines below.\n\n${stack}`,
  };
}
