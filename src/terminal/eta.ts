/** How long a running step, and the whole run, will still take, as far as what is done so far tells. */
import { stepLabel } from "./plain.js";
import type { View, ViewStep } from "./view.js";

/**
 * Milliseconds until a running step ends; null while nothing tells.
 *
 *   remaining = (1 − f) · (t − t₀) / (f − f₀) − (now − t)
 *
 * where f was told last, at t, and f₀ first since the start, at t₀, so that neither compiling nor the part done before an
 * interruption counts. While nothing new is told it shrinks to half at most. Before a second report, and for steps that
 * tell no fraction, earlier runs of the kind decide.
 */
export function stepRemainingMs(step: ViewStep, nowMs: number): number | null {
  const { startedAtMs, estimateMs, origin, reached } = step;
  if (startedAtMs === null) return estimateMs;
  if (!origin || !reached || !Number.isFinite(reached.fraction)) return estimateMs === null ? null : Math.max(0, estimateMs - Math.max(0, nowMs - startedAtMs));
  const left = 1 - Math.min(1, Math.max(0, reached.fraction));
  const told = reached.fraction - origin.fraction;
  const atPaceMs = told > 0 && reached.atMs > origin.atMs ? (left * (reached.atMs - origin.atMs)) / told : estimateMs === null ? null : left * estimateMs;
  return atPaceMs === null ? null : Math.max(atPaceMs / 2, atPaceMs - Math.max(0, nowMs - reached.atMs));
}

export interface Remaining {
  readonly ms: number;
  /** False where some step's length is not known: it will take at least `ms`. */
  readonly complete: boolean;
}

/**
 * Milliseconds until the run ends: the steps are laid out on `jobs` lanes, in plan order, each after what it reads.
 *
 * @returns null while nothing that still has to run tells its length
 */
export function runRemaining(view: View, nowMs: number): Remaining | null {
  const ends = new Map<string, number>();
  const lanes = new Array<number>(Math.max(1, Math.min(view.jobs, view.steps.length))).fill(0);
  let [ms, known, unknown] = [0, 0, 0];
  const lay = (step: ViewStep, lengthMs: number): void => {
    const ready = Math.max(0, ...step.after.map((name) => ends.get(name) ?? 0));
    // Nothing to do takes no lane.
    const lane = lanes.indexOf(Math.min(...lanes));
    const end = lengthMs === 0 ? ready : Math.max(ready, lanes[lane]!) + lengthMs;
    if (lengthMs > 0) lanes[lane] = end;
    ends.set(stepLabel(step), end);
    ms = Math.max(ms, end);
  };
  const usual = usualMs(view, nowMs);
  for (const status of ["running", "waiting"] as const) {
    for (const step of view.steps) {
      if (step.status !== status) continue;
      if (status === "waiting" && view.interrupted) continue;
      const told = status === "running" ? stepRemainingMs(step, nowMs) : step.verdict === "reuse" ? 0 : (usual.get(step.stage) ?? step.estimateMs);
      if (told === null) unknown++;
      else if (told > 0) known++;
      lay(step, told ?? 0);
    }
  }
  return known === 0 ? null : { ms, complete: unknown === 0 };
}

/** Elements of a stage resemble each other: mean time of those that ran, else of those under way that can tell. */
function usualMs({ steps }: View, nowMs: number): ReadonlyMap<string, number> {
  const times = new Map<string, { readonly ran: number[]; readonly running: number[] }>();
  for (const step of steps) {
    if (step.element === null) continue;
    const own = times.get(step.stage) ?? { ran: [], running: [] };
    times.set(step.stage, own);
    if (step.status === "ran" && step.elapsedMs !== null) own.ran.push(step.elapsedMs);
    const remainingMs = step.status === "running" ? stepRemainingMs(step, nowMs) : null;
    if (remainingMs !== null) own.running.push(nowMs - step.startedAtMs! + remainingMs);
  }
  const means = new Map<string, number>();
  for (const [stage, { ran, running }] of times) {
    const told = ran.length > 0 ? ran : running;
    if (told.length > 0) means.set(stage, told.reduce((sum, time) => sum + time, 0) / told.length);
  }
  return means;
}
