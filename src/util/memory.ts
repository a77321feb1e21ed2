/**
 * Whether this machine has the memory that is asked for: said before anything is allocated, because a machine that swaps answers nobody.
 */
import { freemem } from "node:os";

/** What was asked for does not fit into this machine's memory. */
export class MemoryError extends Error {
  override name = "MemoryError";
  constructor(
    readonly neededBytes: number,
    readonly availableBytes: number,
    what: string,
  ) {
    super(`${what} takes at least ${gibibytes(neededBytes)} of memory, and ${gibibytes(availableBytes)} are free.`);
  }
}
const gibibytes = (bytes: number): string => `${Number((bytes / 2 ** 30).toPrecision(3)).toLocaleString("en")} GiB`;

/** What the operating system says it could still give. */
const machineBytes = (): number => (process as { availableMemory?: () => number }).availableMemory?.() ?? freemem();
/** Below this nobody asks the operating system. */
const smallBytes = 256 * 2 ** 20;

/** @throws MemoryError where `neededBytes` are more than what is free */
export function checkMemory(neededBytes: number, what: () => string, availableBytes: () => number = machineBytes): void {
  if (neededBytes < smallBytes) return;
  const available = availableBytes();
  if (neededBytes > available) throw new MemoryError(neededBytes, available, what());
}
