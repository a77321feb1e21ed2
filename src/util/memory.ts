/**
 * Whether this machine has the memory that is asked for: said before anything is allocated, because a machine that
 * swaps answers nobody.
 *
 * More than the machine has is a mistake here; more than is free is a matter of the moment. Neither says anything about
 * a result.
 */

import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { join } from "node:path";
import { formatGibibytes } from "./numbers.js";

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

/**
 * What a container may have of the machine's memory; undefined where nothing constrains: the system then says 0, or a
 * number beyond any machine.
 */
function limitBytes(): number | undefined {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : undefined;
}
/** What there is, or what a container may have of it. */
export const machineMemory = (): number => limitBytes() ?? totalmem();

/**
 * What the operating system says it could still give. In a container that counts copies of files as taken, though they
 * give way.
 */
function freeBytes(): number {
  const free = (process as { availableMemory?: () => number }).availableMemory?.() ?? freemem();
  const limit = limitBytes();
  return limit === undefined ? free : Math.min(limit, free + fileBytes());
}

/** Copies of files that this process's container has in memory; 0 where the system does not tell. */
function fileBytes(): number {
  try {
    const controllers = readFileSync("/proc/self/cgroup", "utf8");
    const [first, second] = [
      /^0::(\/.*)$/m.exec(controllers)?.[1],
      /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m.exec(controllers)?.[1],
    ];
    const folder = second === undefined ? join("/sys/fs/cgroup", first ?? "/") : join("/sys/fs/cgroup/memory", second);
    return filesIn(readFileSync(join(folder, "memory.stat"), "utf8"));
  } catch {
    return 0;
  }
}
/** Of `memory.stat`, in either of its two forms. */
export function filesIn(statistics: string): number {
  const numbers = new Map(statistics.split("\n").map((line) => line.split(" ") as [string, string]));
  return ["inactive_file", "active_file"].reduce(
    (sum, name) => sum + Number(numbers.get(`total_${name}`) ?? numbers.get(name) ?? 0),
    0,
  );
}
/** Below this nobody asks the operating system what is free. */
const smallBytes = 256 * 2 ** 20;
let total: number | undefined;
function totalBytes(): number {
  total ??= machineMemory();
  return total;
}

/** @throws MemoryError where `neededBytes` are more than what is free, or than there is */
export function checkMemory(
  neededBytes: number,
  what: () => string,
  availableBytes: () => number = freeBytes,
  machineBytes: () => number = totalBytes,
): void {
  const machine = machineBytes();
  if (neededBytes < smallBytes && neededBytes <= machine) return;
  const available = availableBytes();
  if (neededBytes <= available && neededBytes <= machine) return;
  const [needed, free] = [formatGibibytes(neededBytes), formatGibibytes(Math.min(available, machine))];
  throw new MemoryError(
    `${what()} takes at least ${needed} of memory, and ${free} are free.`,
    neededBytes > machine ? machine : null,
  );
}
