/**
 * Pipeline + Store → ordered steps with verdicts. Planning reads the store and writes nothing.
 *
 * A step whose inputs are known is judged: `reuse` when its fingerprint has a result, else `run` with a reason. A step
 * that reads one which must run cannot be judged before: it waits.
 */
import type { Kinds } from "../pipeline/kind.js";
import type { Pipeline } from "../pipeline/pipeline.js";
import type { ArtifactInfo, StepRecord, Store } from "../store/store.js";
import type { Digest } from "../util/digest.js";
import type { VersionOf } from "../util/installed.js";
import type { JsonObject } from "../util/json.js";
import type { FailureData } from "../values/failure.js";
import { elementDigest } from "./elements.js";
import { type Fingerprint, fingerprint } from "./fingerprint.js";
import type { PlannedSearch, PlannedStep, Verdict } from "./planned.js";
import { reasonFor } from "./reason.js";
import { asWritten, gatheringOptions, type Resolved, resolved } from "./resolved-options.js";
import { SharedSteps } from "./shared-steps.js";
import { type Source, type Step, type StepOptions, searchesOf, stepKey, stepsOf } from "./steps.js";

export { type Source, type Step, stepKey };

export interface PlanOptions extends StepOptions {
  readonly engine: string;
  /** Versions of packages: those that are installed, unless a test says otherwise. */
  readonly versionOf?: VersionOf;
}
export interface Judgement {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly fingerprint?: Fingerprint;
  readonly record?: StepRecord;
}
export interface Plan {
  readonly pipeline: Pipeline;
  readonly engine: string;
  readonly steps: readonly Step[];
  readonly planned: readonly PlannedStep[];
  readonly searches: readonly PlannedSearch[];
  /** How each step was judged, by step key; those that wait have no fingerprint. */
  readonly judgements: ReadonlyMap<string, Judgement>;
  /** Of steps that are reused: digests of their outputs, and their records, by step key. */
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, Digest>>>;
  readonly records: ReadonlyMap<string, StepRecord>;
  /** Options of steps that could be judged. */
  readonly resolved: ReadonlyMap<string, Resolved>;
}

/** Whether anything would run. */
export const hasWork = ({ planned }: Pick<Plan, "planned">): boolean =>
  planned.some(({ verdict }) => verdict !== "reuse");

/** What is known of a step's result. */
type Digests = Readonly<Record<string, Digest>>;
export type Known = { readonly outputs: Readonly<Record<string, Digest>>; readonly failed: boolean };

/**
 * Digests of a step's inputs, or the key of the first step whose result is not known, or that failed.
 *
 * What gathers goes on without the elements that failed; what gathers a search is told of them, too, because a failed
 * trial is a result.
 */
export function inputDigests(
  step: Step,
  known: (key: string) => Known | undefined,
):
  | { readonly inputs: Readonly<Record<string, Digest>>; readonly sources: readonly Source[] }
  | { readonly missing: string }
  | { readonly failed: string } {
  const inputs: Record<string, Digest> = {};
  const sources: Source[] = [];
  const dropped = new Map<string, string>();
  for (const source of step.sources) {
    const found = known(source.step);
    if (found === undefined) return { missing: source.step };
    const failure = found.failed ? found.outputs["failure"] : undefined;
    const isResult = step.gathers !== null && failure !== undefined;
    if (found.failed && !isResult) {
      if (!source.list) return { failed: source.step };
      dropped.set(source.option, source.step);
      continue;
    }
    const digest = failure ?? found.outputs[source.output];
    if (digest === undefined) return { missing: source.step };
    const [key, part] = source.element?.split(":") ?? [];
    inputs[source.input] = source.element === null ? digest : elementDigest(digest, key!, part!);
    sources.push(failure ? { ...source, output: "failure" } : source);
  }
  for (const [option, key] of dropped)
    if (step.gathers === null && !sources.some((source) => source.option === option)) return { failed: key };
  if (step.settings?.step) {
    const found = known(step.settings.step);
    if (found === undefined) return { missing: step.settings.step };
    if (found.failed) return { failed: step.settings.step };
  }
  return { inputs, sources };
}

/** Judges a step whose inputs are known. */
export function judge(
  step: Step,
  all: JsonObject,
  inputs: Readonly<Record<string, Digest>>,
  context: { store: Store; pipeline: Pipeline; engine: string; options: PlanOptions },
): Judgement {
  const { store, pipeline, engine, options } = context;
  const found = fingerprint(step.kind, all, {
    engine,
    versionOf: options.versionOf,
    seed: step.stage.seed,
    folds: step.folds,
    folder: pipeline.folder,
    inputs,
  });
  if (step.forced) return { verdict: "run", reason: "forced", fingerprint: found };
  const record = store.find(found.digest);
  if (record) return { verdict: "reuse", reason: reuseReason(record), fingerprint: found, record };
  return {
    verdict: "run",
    reason: reasonFor(
      found.document,
      { pipeline: pipeline.name, stage: step.stage, element: step.element },
      store.nearest(pipeline.name, step.stage.name, step.element, step.kind.name),
    ),
    fingerprint: found,
  };
}

const reuseReason = (record: StepRecord): string => `unchanged, ${(record.elapsedMs / 1000).toFixed(1)} s saved`;

/** What is said of a trial whose failure is kept. */
export const failedBefore = ({ title }: FailureData): string => `failed before: ${title}; \`--force\` tries it again`;

/** Steps that something must be read from before this one can be judged. */
export function readsOfStep({ sources, settings }: Step): readonly string[] {
  // Most steps read one or two.
  if (!settings?.step && sources.length <= 1) return sources.map((source) => source.step);
  const names = new Set<string>();
  for (const source of sources) names.add(source.step);
  if (settings?.step) names.add(settings.step);
  return [...names];
}

export function planRun(pipeline: Pipeline, kinds: Kinds, store: Store, options: PlanOptions): Plan {
  return store.looking(() => makePlan(pipeline, kinds, store, options));
}

function makePlan(pipeline: Pipeline, kinds: Kinds, store: Store, options: PlanOptions): Plan {
  const steps = stepsOf(pipeline, kinds, options);
  const byKey = new Map(steps.map((step) => [step.key, step]));
  const outputs = new Map<string, Readonly<Record<string, Digest>>>();
  const records = new Map<string, StepRecord>();
  const known = new Map<string, Known>();
  const settings = new Map<string, Resolved>();
  /** Found once, however many steps ask for the same computation. */
  const found = new Map<Digest, Digests | undefined>();
  const digestsOf = (artifact: Digest): Digests | undefined => {
    if (!found.has(artifact)) found.set(artifact, store.outputDigests(artifact));
    return found.get(artifact);
  };
  const outputsOf = (key: string): ArtifactInfo["outputs"] => store.artifact(records.get(key)!.artifact)!.outputs;
  const estimates = new Map<string, number | null>();
  /** Elements of a stage resemble each other, so they are estimated once. */
  const estimateOf = (step: Step): number | null => {
    const name = `${step.stage.name} ${step.kind.name}`;
    if (!estimates.has(name)) estimates.set(name, store.estimateMs(pipeline.name, step.stage.name, step.kind.name));
    return estimates.get(name)!;
  };
  /** Most steps of a plan wait for the same few. */
  const waits = new Map<string, Judgement>();
  const waiting = (name: string): Judgement => {
    const known = waits.get(name) ?? { verdict: "wait", reason: `${name} must run first` };
    waits.set(name, known);
    return known;
  };
  const decide = (step: Step): Judgement => {
    const digests = inputDigests(step, (key) => known.get(key));
    if ("missing" in digests) return waiting(step.gathers ? "its trials" : digests.missing);
    if ("failed" in digests) {
      known.set(step.key, { outputs: {}, failed: true });
      return { verdict: "reuse", reason: `skipped, because ${digests.failed} failed` };
    }
    const taken = resolved(step, step.settings?.step ? outputsOf(step.settings.step) : undefined);
    settings.set(step.key, taken);
    const all = step.gathers
      ? gatheringOptions(step, (key) => ({
          step: byKey.get(key)!,
          resolved: settings.get(key) ?? asWritten(byKey.get(key)!),
        }))
      : taken.options;
    return judge(step, all, digests.inputs, { store, pipeline, engine: options.engine, options });
  };
  const judgements = new Map<string, Judgement>();
  const shared = new SharedSteps(byKey);
  const planned = steps.map((step): PlannedStep => {
    let judged = decide(step);
    const same = judged.verdict === "reuse" || step.forced ? undefined : shared.earlier(step);
    if (same) judged = { ...judged, verdict: "reuse", reason: `the same as ${same}` };
    judgements.set(step.key, judged);
    if (judged.record) {
      records.set(step.key, judged.record);
      const digests = digestsOf(judged.record.artifact);
      if (digests) {
        outputs.set(step.key, digests);
        known.set(step.key, { outputs: digests, failed: "failure" in digests });
        if ("failure" in digests)
          judged = { ...judged, reason: failedBefore(outputsOf(step.key)["failure"]!.data as FailureData) };
      }
    }
    return {
      stage: step.stage.name,
      element: step.element,
      kind: step.kind.name,
      verdict: judged.verdict,
      reason: judged.reason,
      estimateMs: judged.verdict === "reuse" ? 0 : estimateOf(step),
      after: readsOfStep(step),
      ...(step.cell ? { trial: step.cell } : {}),
    };
  });
  return {
    pipeline,
    engine: options.engine,
    steps,
    planned,
    searches: searchesOf(pipeline, steps),
    judgements,
    outputs,
    records,
    resolved: settings,
  };
}
