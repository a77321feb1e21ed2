/** How long a running step, and the whole run, will still take, as far as what is done so far tells. */
import { stageNameOf, stepLabel } from "../text/search-index.js";
import { type SearchView, type StageView, stagesOf } from "./search-view.js";
import type { View } from "./view.js";
import type { ViewStep } from "./view-step.js";

/**
 * Milliseconds until a running step ends; null while nothing tells.
 *
 *   remaining = (1 − f) · (t − t₀) / (f − f₀) − (now − t)
 *
 * where f was told last, at t, and f₀ first since the start, at t₀, so that neither compiling nor the part done before
 * an interruption counts. While nothing new is told it shrinks to half at most. Before a second report, and for steps
 * that tell no fraction, earlier runs of the kind decide.
 */
export function stepRemainingMs(step: ViewStep, nowMs: number): number | null {
  const { startedAtMs, estimateMs, origin, reached } = step;
  if (startedAtMs === null) return estimateMs;
  if (!origin || !reached || !Number.isFinite(reached.fraction))
    return estimateMs === null ? null : Math.max(0, estimateMs - Math.max(0, nowMs - startedAtMs));
  const left = 1 - Math.min(1, Math.max(0, reached.fraction));
  const gained = reached.fraction - origin.fraction;
  const hasPace = gained > 0 && reached.atMs > origin.atMs;
  if (!hasPace && estimateMs === null) return null;
  const atPaceMs = hasPace ? (left * (reached.atMs - origin.atMs)) / gained : left * estimateMs!;
  return Math.max(atPaceMs / 2, atPaceMs - Math.max(0, nowMs - reached.atMs));
}

interface Remaining {
  readonly ms: number;
  /** False where some step's length is not known: it will take at least `ms`. */
  readonly complete: boolean;
}

/**
 * Milliseconds until the cells of searches that share a stage have ended; null while nothing tells.
 *
 *   remaining = left · (t − t₀) / done − (now − t)
 *
 * from t₀, when the first of them started, to t, when something was told last. Cells often run as a batch, many at once
 * in one worker, so what counts is how much is done in all and not how long each took. While nothing new is told it
 * shrinks to half at most. Cells of one stage weigh as much as those that ran took on average, by their epochs.
 */
export function searchRemainingMs(
  searches: readonly SearchView[],
  { jobs, interrupted }: Pick<View, "jobs" | "interrupted">,
  nowMs: number,
): number | null {
  const steps = searches.flatMap((search) => search.steps);
  const weigh = weights(steps);
  let [done, left, firstMs, heardMs] = [0, 0, nowMs, 0];
  for (const step of steps) {
    const weight = weigh(step);
    if (step.startedAtMs !== null && step.status !== "reused") {
      firstMs = Math.min(firstMs, step.startedAtMs);
      heardMs = Math.max(heardMs, step.endedAtMs ?? step.reached?.atMs ?? 0);
    }
    if (step.status === "ran") done += weight;
    else if (step.status === "running") {
      const reached = fractionOf(step);
      done += weight * reached;
      left += weight * (1 - reached);
    } else if (step.status === "waiting" && step.verdict !== "reuse" && !interrupted) left += weight;
  }
  if (left === 0) return 0;
  if (done === 0 || heardMs <= firstMs) return estimatedMs(steps, { jobs, interrupted }, nowMs);
  const atPaceMs = (left * (heardMs - firstMs)) / done;
  return Math.max(atPaceMs / 2, atPaceMs - Math.max(0, nowMs - heardMs));
}
const fractionOf = ({ reached }: ViewStep): number =>
  reached && Number.isFinite(reached.fraction) ? Math.min(1, Math.max(0, reached.fraction)) : 0;

/** Of what they compute: epochs, where steps train; of steps of several stages the time that such took. */
function weights(steps: readonly ViewStep[]): (step: ViewStep) => number {
  if (steps.every(({ stage }) => stage === steps[0]!.stage)) return lengthOf;
  const times = new Map<string, { sumMs: number; length: number }>();
  for (const step of steps) {
    const { stage, status, elapsedMs } = step;
    if (status !== "ran" || elapsedMs === null) continue;
    const own = times.get(stage);
    if (own) {
      own.sumMs += elapsedMs;
      own.length += lengthOf(step);
    } else times.set(stage, { sumMs: elapsedMs, length: lengthOf(step) });
  }
  return (step) => {
    const own = times.get(step.stage);
    return own ? (own.sumMs / own.length) * lengthOf(step) : (step.estimateMs ?? (times.size > 0 ? 0 : 1));
  };
}
const lengthOf = ({ epochs }: ViewStep): number =>
  epochs && epochs.most > epochs.from ? epochs.most - epochs.from : 1;

/** By earlier runs, before anything is done. */
function estimatedMs(
  steps: readonly ViewStep[],
  { jobs, interrupted }: Pick<View, "jobs" | "interrupted">,
  nowMs: number,
): number | null {
  let [sumMs, known] = [0, false];
  for (const step of steps) {
    if (step.status !== "running" && (step.status !== "waiting" || step.verdict === "reuse" || interrupted)) continue;
    const ownMs = step.status === "running" ? stepRemainingMs(step, nowMs) : step.estimateMs;
    if (ownMs === null) return null;
    [sumMs, known] = [sumMs + ownMs, true];
  }
  return known ? sumMs / Math.max(1, jobs) : null;
}

/**
 * Milliseconds until the run ends: the steps are laid out on `jobs` lanes, in plan order, each after what it reads.
 *
 * The cells of a search take all lanes until the last of them ends, as `searchRemainingMs` tells it.
 *
 * @returns null while nothing that still has to run tells its length
 */
export function runRemaining(view: View, nowMs: number): Remaining | null {
  const steps = view.steps.all;
  const ends = new Map<string, number>();
  const lanes = new Array<number>(Math.max(1, Math.min(view.jobs, steps.length))).fill(0);
  let [ms, known, unknown] = [0, 0, 0];
  const counted = (lengthMs: number | null): number => {
    if (lengthMs === null) unknown++;
    else if (lengthMs > 0) known++;
    return lengthMs ?? 0;
  };
  const stages = new Map(stagesOf(view).map((stage) => [stage.stage, stage]));
  const searchEnds = new Map<string, number>();
  // What collates a search reads its cells, which have one end.
  const readyFor = ({ stage, after, trial }: ViewStep): number =>
    (trial ? undefined : searchEnds.get(stage)) ??
    after.reduce((latest, name) => Math.max(latest, ends.get(name) ?? 0), 0);
  const lay = (step: ViewStep, lengthMs: number): void => {
    const ready = readyFor(step);
    // Nothing to do takes no lane.
    const lane = lanes.indexOf(Math.min(...lanes));
    const end = lengthMs === 0 ? ready : Math.max(ready, lanes[lane]!) + lengthMs;
    if (lengthMs > 0) lanes[lane] = end;
    ends.set(stepLabel(step), end);
    ms = Math.max(ms, end);
  };
  const laySearch = ({ stage, steps: own, searches }: StageView): void => {
    const lengthMs = counted(searchRemainingMs(searches, view, nowMs));
    const next = own.find(({ trial, status }) => trial && status === "waiting");
    const atWork = own.some(({ trial, status }) => trial && status === "running");
    const end = (atWork || !next ? 0 : Math.max(...lanes, readyFor(next))) + lengthMs;
    if (lengthMs > 0) for (const [lane, before] of lanes.entries()) lanes[lane] = Math.max(before, end);
    searchEnds.set(stage, end);
    ms = Math.max(ms, end);
  };
  const usual = usualMs(view, nowMs);
  const searchOf = (step: ViewStep): StageView | undefined => (step.trial ? stages.get(stageNameOf(step)) : undefined);
  for (const step of steps)
    if (step.status === "running" && !searchOf(step)) lay(step, counted(stepRemainingMs(step, nowMs)));
  for (const stage of stages.values())
    if (stage.searches.length > 0 && stage.steps.some(({ status, trial }) => trial && status === "running"))
      laySearch(stage);
  if (!view.interrupted)
    for (const step of steps) {
      if (step.status !== "waiting") continue;
      const search = searchOf(step);
      if (!search) lay(step, counted(step.verdict === "reuse" ? 0 : (usual.get(step.stage) ?? step.estimateMs)));
      else if (!searchEnds.has(search.stage)) laySearch(search);
    }
  return known === 0 ? null : { ms, complete: unknown === 0 };
}

/** Elements of a stage resemble each other: mean time of those that ran, else of those under way that can tell. */
function usualMs({ steps }: View, nowMs: number): ReadonlyMap<string, number> {
  const times = new Map<string, { readonly ran: number[]; readonly running: number[] }>();
  for (const step of steps.all) {
    if (step.element === null || step.trial) continue;
    const own = times.get(step.stage) ?? { ran: [], running: [] };
    times.set(step.stage, own);
    if (step.status === "ran" && step.elapsedMs !== null) own.ran.push(step.elapsedMs);
    const remainingMs = step.status === "running" ? stepRemainingMs(step, nowMs) : null;
    if (remainingMs !== null) own.running.push(nowMs - step.startedAtMs! + remainingMs);
  }
  const means = new Map<string, number>();
  for (const [stage, { ran, running }] of times) {
    const times = ran.length > 0 ? ran : running;
    if (times.length > 0) means.set(stage, times.reduce((sum, time) => sum + time, 0) / times.length);
  }
  return means;
}
