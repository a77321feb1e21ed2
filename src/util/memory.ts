/**
 * Whether this machine has the memory that is asked for: said before anything is allocated, because a machine that swaps answers nobody.
 *
 * More than the machine has is a mistake here; more than is free is a matter of the moment. Neither says anything about a result.
 */
import { freemem, totalmem } from "node:os";

/** What was asked for does not fit into this machine's memory: not at this moment, or never. */
export class MemoryError extends Error {
  override name = "MemoryError";
  /** @param machineBytes  all that the machine has, where that is too little */
  constructor(
    message: string,
    readonly machineBytes: number | null = null,
  ) {
    super(message);
  }
}
export const gibibytes = (bytes: number): string => `${Number((bytes / 2 ** 30).toPrecision(3)).toLocaleString("en")} GiB`;

/** What the operating system says it could still give. */
const freeBytes = (): number => (process as { availableMemory?: () => number }).availableMemory?.() ?? freemem();
/** What there is, or what a container may have of it. Where nothing constrains, the system says 0 or a number beyond any machine. */
export function machineMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}
/** Below this nobody asks the operating system what is free. */
const smallBytes = 256 * 2 ** 20;
let total: number | undefined;
function totalBytes(): number {
  total ??= machineMemory();
  return total;
}

/** @throws MemoryError where `neededBytes` are more than what is free, or than there is */
export function checkMemory(neededBytes: number, what: () => string, availableBytes: () => number = freeBytes, machineBytes: () => number = totalBytes): void {
  const machine = machineBytes();
  if (neededBytes < smallBytes && neededBytes <= machine) return;
  const available = availableBytes();
  if (neededBytes <= available && neededBytes <= machine) return;
  const message = `${what()} takes at least ${gibibytes(neededBytes)} of memory, and ${gibibytes(Math.min(available, machine))} are free.`;
  throw new MemoryError(message, neededBytes > machine ? machine : null);
}
