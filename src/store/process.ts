/**
 * Who is running a run, so that a run whose process is gone can be told from one under way.
 *
 * A process id alone is used again; on Linux the boot and the start time in ticks go with it. A process of another
 * machine cannot be seen from here and counts as alive.
 */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { canonical, parseCanonical } from "../util/json.js";
import { codeOf } from "./storage-errors.js";

type Identity = { readonly host: string; readonly pid: number; readonly boot: string; readonly started: string };

export function thisProcess(): string {
  return canonical({
    host: hostname(),
    pid: process.pid,
    boot: bootId(),
    started: startOf(process.pid),
  } satisfies Identity);
}

export function isAlive(identity: string): boolean {
  let known: Identity;
  try {
    known = parseCanonical(identity) as Identity;
  } catch {
    return false;
  }
  if (known.host !== hostname()) return true;
  if (known.boot !== bootId()) return false;
  try {
    process.kill(known.pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  return known.started === startOf(known.pid);
}

function bootId(): string {
  return textOf("/proc/sys/kernel/random/boot_id").trim();
}

/**
 * Field 22 of /proc/PID/stat, counted after the name, which may hold spaces; '' where there is no /proc. A zombie is
 * dead.
 */
function startOf(pid: number): string {
  const stat = textOf(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "ended" : (fields[19] ?? "");
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
