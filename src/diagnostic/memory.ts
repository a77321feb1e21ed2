/** What a user is told of memory that does not suffice. */
import type { MemoryError } from "../util/memory.js";
import { formatGibibytes } from "../util/numbers.js";
import { LocalMistakeError, type OptionPath, ShortMemoryError } from "./diagnostic.js";

/**
 * More than the machine has is a mistake, which `remedy` mends; more than is free now is no mistake of the pipeline.
 *
 * @param remedy  a sentence
 * @param option  what asks for so much
 */
export function explainMemory(
  { message, machineBytes }: MemoryError,
  remedy = "Use smaller data or a smaller model, or a machine with more memory.",
  option: OptionPath = [],
): LocalMistakeError | ShortMemoryError {
  if (machineBytes !== null)
    return new LocalMistakeError({
      title: "too large for this machine",
      message: `${message}\n${remedy} This machine has ${formatGibibytes(machineBytes)} in all.`,
      at: option,
    });
  return new ShortMemoryError(
    `${message}\nEnd other programs, or use fewer --jobs, and give the same command again: ` +
      "what is finished is kept, and a training goes on from its checkpoint.",
  );
}
