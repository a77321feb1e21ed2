/**
 * Pipeline + Store → ordered steps with verdicts. Planning reads the store and writes nothing.
 *
 * A step whose inputs are known is judged (`decide.ts`): `reuse` when its fingerprint has a result, else `run` with a
 * reason. A step that reads one which must run cannot be judged before: it waits.
 */
import type { Kinds } from "../pipeline/kind.js";
import type { Pipeline } from "../pipeline/pipeline.js";
import type { StepRecord, Store } from "../store/store.js";
import type { Digest } from "../util/digest.js";
import type { VersionOf } from "../util/installed.js";
import { type Decision, type Digests, decide, type Ended, type Known } from "./decide.js";
import { failedBefore, failureDigest, failureOf } from "./kept-failure.js";
import type { PlannedSearch, PlannedStep } from "./planned.js";
import { SharedSteps } from "./shared-steps.js";
import { readsOfStep, type Step, type StepOptions, searchesOf, stepsOf } from "./steps.js";

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
  const steps = stepsOf(pipeline, kinds, options);
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
    isLost: () => false,
  };
  const outputDigests = memoized((artifact: Digest) => store.outputDigests(artifact));
  /** Notes what a step left earlier. */
  const remember = ({ key }: Step, decision: Decision): void => {
    decisions.set(key, decision);
    if (decision.verdict === "skip") ended.set(key, { status: "skipped", artifact: null, outputs: {} });
    if (decision.verdict !== "reuse") return;
    const { artifact } = decision.record;
    records.set(key, decision.record);
    const digests = outputDigests(artifact);
    if (!digests) return;
    outputs.set(key, digests);
    ended.set(key, { status: failureDigest(digests) ? "failed" : "ok", artifact, outputs: digests });
  };
  const verdictOf = verdicts(new SharedSteps(new Map(steps.map((step) => [step.key, step]))), ended, store);
  const estimateOf = estimates(pipeline, store);
  const planned = steps.map((step): PlannedStep => {
    const decision = decide(step, known);
    remember(step, decision);
    const { verdict, reason } = verdictOf(step, decision);
    return {
      stage: step.stage.name,
      element: step.element,
      kind: step.kind.name,
      verdict,
      reason,
      estimateMs: verdict === "reuse" ? 0 : estimateOf(step),
      after: readsOfStep(step),
      ...(step.cell ? { trial: step.cell } : {}),
    };
  });
  const searches = searchesOf(pipeline, steps);
  return { pipeline, engine, steps, planned, searches, decisions, outputs, records };
}

const resolvedIn = (decision: Decision | undefined): ReturnType<Known["resolved"]> =>
  decision && "resolved" in decision ? decision.resolved : undefined;

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

/** Elements of a stage resemble each other, so they are estimated once. */
function estimates({ name: pipeline }: Pipeline, store: Store): (step: Step) => number | null {
  const known = new Map<string, number | null>();
  return ({ stage, kind }) => {
    const name = `${stage.name} ${kind.name}`;
    if (!known.has(name)) known.set(name, store.estimateMs(pipeline, stage.name, kind.name));
    return known.get(name)!;
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
