/**
 * Pipeline + Store → ordered steps with verdicts. Planning reads the store and writes nothing.
 *
 * A step whose inputs are known is judged (`decide.ts`): `reuse` when its fingerprint has a result, else `run` with a
 * reason. A step that reads one which must run cannot be judged before: it waits.
 */
import type { Kinds } from "../pipeline/kind.js";
import type { Pipeline } from "../pipeline/pipeline.js";
import { LostArtifactError, type StepRecord, type Store } from "../store/store.js";
import type { Digest } from "../util/digest.js";
import type { VersionOf } from "../util/installed.js";
import type { TrialsData } from "../values/chosen-trials.js";
import { outputOf } from "../values/output.js";
import { type Decision, type Digests, decide, type Ended, inPlace, type Known, unreadable } from "./decide.js";
import { EpochsAhead } from "./epochs.js";
import { Estimates } from "./estimates.js";
import { failedBefore, failureDigest, failureOf } from "./kept-failure.js";
import type { PlacedTrial, PlannedSearch, PlannedStep } from "./planned.js";
import { isEmpty, placedTrials } from "./search-steps.js";
import { SharedSteps } from "./shared-steps.js";
import { readsOfStep, type Step, type StepOptions, searchesOf, stepKey, stepsOf } from "./steps.js";

export interface PlanOptions extends StepOptions {
  readonly engine: string;
  /** Versions of packages: those that are installed, unless a test says otherwise. */
  readonly versionOf?: VersionOf;
}
export interface Plan {
  readonly pipeline: Pipeline;
  readonly engine: string;
  readonly steps: readonly Step[];
  readonly planned: readonly PlannedStep[];
  readonly searches: readonly PlannedSearch[];
  /** By step key. */
  readonly decisions: ReadonlyMap<string, Decision>;
  /** Of steps that are reused: digests of their outputs, and their records, by step key. */
  readonly outputs: ReadonlyMap<string, Digests>;
  readonly records: ReadonlyMap<string, StepRecord>;
}

/** Whether anything would run. */
export const hasWork = ({ planned }: Pick<Plan, "planned">): boolean =>
  planned.some(({ verdict }) => verdict !== "reuse");

export function planRun(pipeline: Pipeline, kinds: Kinds, store: Store, options: PlanOptions): Plan {
  return store.looking(() => makePlan(pipeline, kinds, store, options));
}

function makePlan(pipeline: Pipeline, kinds: Kinds, store: Store, options: PlanOptions): Plan {
  const { engine, versionOf } = options;
  const found = stepsOf(pipeline, kinds, options);
  /** With what stands at the places of rounds that were chosen. */
  const steps = new Map(found.map((step) => [step.key, step]));
  const decisions = new Map<string, Decision>();
  const outputs = new Map<string, Digests>();
  const records = new Map<string, StepRecord>();
  const ended = new Map<string, Ended>();
  const known: Known = {
    store,
    pipeline,
    engine,
    versionOf,
    ended: (key) => ended.get(key),
    resolved: (key) => resolvedIn(decisions.get(key)),
    step: (key) => steps.get(key),
    chosen: memoized((key) => chosenIn(store, ended.get(key))),
    isLost: () => false,
  };
  const outputDigests = memoized((artifact: Digest) => store.outputDigests(artifact));
  /** Notes what a step left earlier. */
  const remember = ({ key }: Step, decision: Decision): void => {
    decisions.set(key, decision);
    const isAbsent = decision.verdict === "none";
    if (decision.verdict === "skip" || isAbsent)
      ended.set(key, { status: "skipped", isAbsent, artifact: null, outputs: {} });
    if (decision.verdict !== "reuse") return;
    const { artifact } = decision.record;
    records.set(key, decision.record);
    const digests = outputDigests(artifact);
    if (!digests) return;
    outputs.set(key, digests);
    ended.set(key, { status: failureDigest(digests) ? "failed" : "ok", artifact, outputs: digests });
  };
  const shared = new SharedSteps(steps);
  const verdictOf = verdicts(shared, ended, store);
  const ahead = new EpochsAhead(shared, pipeline);
  const judged = found.map((open) => {
    const standing = inPlace(open, known);
    const step = isEmpty(standing) ? open : standing;
    steps.set(step.key, step);
    const decision: Decision = isEmpty(standing)
      ? { verdict: "none", reason: standing.empty }
      : readable(step, decide(step, known), store);
    remember(step, decision);
    ahead.add(step, decision);
    return { step, ...verdictOf(step, decision) };
  });
  const estimates = new Estimates(pipeline.name, store, ahead);
  const planned = judged.map(({ step, verdict, reason }): PlannedStep => {
    const epochs = ahead.of(step);
    return {
      stage: step.stage.name,
      element: step.element,
      kind: step.kind.name,
      verdict,
      reason,
      estimateMs: verdict === "reuse" ? 0 : estimates.of(step),
      ...(epochs ? { epochs } : {}),
      after: readsOfStep(step),
      ...(step.cell ? { trial: step.cell } : {}),
      ...(step.chooses ? { chooses: step.chooses.name } : {}),
    };
  });
  const cells = cellsOf([...steps.values()]);
  const chosenBy = (key: string): readonly PlacedTrial[] | undefined => {
    const chosen = known.chosen(key);
    return chosen && placedTrials(steps.get(key)!.chooses!, chosen);
  };
  const searches = searchesOf(pipeline, found, chosenBy).map((search): PlannedSearch => {
    const own = cells.get(stepKey(search.stage, search.element)) ?? [];
    const epochs = ahead.ofSearch(own, search.target !== undefined);
    return epochs === undefined ? search : { ...search, epochs };
  });
  return { pipeline, engine, steps: [...steps.values()], planned, searches, decisions, outputs, records };
}

/** Results that the plan itself looks into, for what was chosen, are none where they cannot be read. */
function readable(step: Step, decision: Decision, store: Store): Decision {
  const isLookedInto = step.chooses !== null || step.kind.settings !== undefined;
  if (decision.verdict !== "reuse" || !isLookedInto || store.artifact(decision.record.artifact)) return decision;
  return unreadable(decision);
}

/** Steps of the trials of each search, by the key of the step that gathers them. */
function cellsOf(steps: readonly Step[]): ReadonlyMap<string, readonly Step[]> {
  const cells = new Map<string, Step[]>();
  for (const step of steps) {
    if (!step.cell) continue;
    const search = stepKey(step.cell.search, step.cell.element);
    const own = cells.get(search);
    if (own) own.push(step);
    else cells.set(search, [step]);
  }
  return cells;
}

const resolvedIn = (decision: Decision | undefined): ReturnType<Known["resolved"]> =>
  decision && "resolved" in decision ? decision.resolved : undefined;

/** Of a place of a search's round at which no configuration runs. */
export const notNeeded = (why: string): string => `not needed: ${why}`;

/** What a step that ended well has chosen. @throws LostArtifactError  where that is gone */
export function chosenIn(store: Store, ended: Ended | undefined): TrialsData | undefined {
  if (ended?.status !== "ok" || !ended.artifact) return undefined;
  const info = store.artifact(ended.artifact);
  if (!info) throw new LostArtifactError(ended.artifact);
  return outputOf(info.outputs.trials, "trials").data;
}

/** What the plan says of decisions; asked once per step, in order. */
function verdicts(
  shared: SharedSteps,
  ended: ReadonlyMap<string, Ended>,
  store: Store,
): (step: Step, decision: Decision) => Pick<PlannedStep, "verdict" | "reason"> {
  // Most steps of a plan wait for the same few.
  const waiting = memoized((name: string) => ({ verdict: "wait", reason: `${name} must run first` }) as const);
  return (step, decision) => {
    if (decision.verdict === "skip") return { verdict: "reuse", reason: `skipped, because ${decision.failed} failed` };
    if (decision.verdict === "none") return { verdict: "reuse", reason: notNeeded(decision.reason) };
    if (decision.verdict === "reuse") {
      const { status, artifact } = ended.get(step.key) ?? {};
      const failure = status === "failed" ? failureOf(store.artifact(artifact!)!.outputs) : undefined;
      return { verdict: "reuse", reason: failure ? failedBefore(failure) : decision.reason };
    }
    const same = step.forced ? undefined : shared.earlier(step);
    if (same) return { verdict: "reuse", reason: `the same as ${same}` };
    if (decision.verdict === "wait") return waiting(step.gathers ? "its trials" : decision.missing);
    return decision;
  };
}

/** Found once, however many steps ask. */
function memoized<K, T>(find: (key: K) => T): (key: K) => T {
  const known = new Map<K, T>();
  return (key) => {
    if (!known.has(key)) known.set(key, find(key));
    return known.get(key)!;
  };
}
