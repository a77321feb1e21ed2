/**
 * Pipeline + Store → ordered steps with verdicts. Planning reads the store and writes nothing.
 *
 * A step whose inputs are known is judged: `reuse` when its fingerprint has a result, else `run` with a reason. A step
 * that reads one which must run cannot be judged before: it waits.
 */
import type { Kind, Kinds } from "../pipeline/kind.js";
import type { Pipeline, Stage } from "../pipeline/pipeline.js";
import type { PlannedStep, Verdict } from "../run/event.js";
import type { StepRecord, Store } from "../store/store.js";
import type { Digest } from "../util/digest.js";
import { elementDigest, elementsOf, isElementPart } from "./elements.js";
import { type Fingerprint, fingerprint } from "./fingerprint.js";
import { reasonFor } from "./reason.js";

export interface PlanOptions {
  readonly engine: string;
  readonly force?: readonly string[];
  readonly only?: readonly string[];
  readonly from?: readonly string[];
}
/** Where a step's input comes from. */
export interface Source {
  readonly option: string;
  /** Key of the step that leaves it. */
  readonly step: string;
  readonly output: string;
  /** Set when the input is one element of a `folds` output. */
  readonly element: string | null;
}
export interface Step {
  readonly key: string;
  readonly stage: Stage;
  readonly element: string | null;
  readonly kind: Kind<unknown>;
  readonly sources: readonly Source[];
  readonly forced: boolean;
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
  /** Of steps that are reused: digests of their outputs, and their records, by step key. */
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, Digest>>>;
  readonly records: ReadonlyMap<string, StepRecord>;
}

export const stepKey = (stage: string, element: string | null): string => (element === null ? stage : `${stage}/${element}`);

/** Steps in order, fan-out expanded, narrowed to what `--only` and `--from` ask for. */
export function stepsOf(pipeline: Pipeline, kinds: Kinds, options: PlanOptions): readonly Step[] {
  const wanted = choose(pipeline, options);
  const steps: Step[] = [];
  for (const stage of pipeline.stages) {
    if (!wanted.has(stage.name)) continue;
    const kind = kinds[stage.kind] as Kind<unknown>;
    for (const element of elementsOf(pipeline, stage)) {
      const sources = stage.inputs.map((edge): Source => {
        const read = pipeline.stages.find((other) => other.name === edge.stage)!;
        const fans = (kinds[read.kind] as Kind<unknown>).fansOut === true && isElementPart(edge.output);
        if (fans) return { option: edge.option, step: stepKey(read.name, null), output: "folds", element: `${element}:${edge.output}` };
        return { option: edge.option, step: stepKey(read.name, read.each === null ? null : element), output: edge.output, element: null };
      });
      steps.push({ key: stepKey(stage.name, element), stage, element, kind, sources, forced: options.force?.includes(stage.name) ?? false });
    }
  }
  return steps;
}

/** --only S: S and what it needs. --from S: S, what reads it, and what all those need. */
function choose(pipeline: Pipeline, options: PlanOptions): ReadonlySet<string> {
  const reads = new Map(pipeline.stages.map((stage) => [stage.name, [...stage.inputs.map((edge) => edge.stage), ...(stage.each ? [stage.each] : [])]]));
  const names = pipeline.stages.map((stage) => stage.name);
  const { only = [], from = [] } = options;
  if (only.length === 0 && from.length === 0) return new Set(names);
  const chosen = new Set(only);
  const after = new Set(from);
  for (const name of names) if (reads.get(name)!.some((read) => after.has(read))) after.add(name);
  for (const name of after) chosen.add(name);
  for (const name of [...names].reverse()) if (chosen.has(name)) for (const read of reads.get(name)!) chosen.add(read);
  return chosen;
}

/** Digests of a step's inputs, or the key of the first step whose result is not known. */
export function inputDigests(
  step: Step,
  known: (key: string, output: string) => Digest | undefined,
): { readonly inputs: Readonly<Record<string, Digest>> } | { readonly missing: string } {
  const inputs: Record<string, Digest> = {};
  for (const source of step.sources) {
    const digest = known(source.step, source.output);
    if (digest === undefined) return { missing: source.step };
    const [key, part] = source.element?.split(":") ?? [];
    inputs[source.option] = source.element === null ? digest : elementDigest(digest, key!, part!);
  }
  return { inputs };
}

/** Judges a step whose inputs are known. */
export function judge(
  step: Step,
  inputs: Readonly<Record<string, Digest>>,
  context: { store: Store; pipeline: Pipeline; engine: string; options: PlanOptions },
): Judgement {
  const { store, pipeline, engine } = context;
  const found = fingerprint(step.stage, step.kind, { engine, element: step.element, folder: pipeline.folder, inputs });
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

export function planRun(pipeline: Pipeline, kinds: Kinds, store: Store, options: PlanOptions): Plan {
  const steps = stepsOf(pipeline, kinds, options);
  const outputs = new Map<string, Readonly<Record<string, Digest>>>();
  const records = new Map<string, StepRecord>();
  const planned = steps.map((step): PlannedStep => {
    const digests = inputDigests(step, (key, output) => outputs.get(key)?.[output]);
    const waitingFor = "missing" in digests ? digests.missing : undefined;
    const judged: Judgement =
      "missing" in digests
        ? { verdict: "wait", reason: `${waitingFor} must run first` }
        : judge(step, digests.inputs, { store, pipeline, engine: options.engine, options });
    if (judged.record) {
      records.set(step.key, judged.record);
      const artifact = store.artifact(judged.record.artifact);
      if (artifact) outputs.set(step.key, Object.fromEntries(Object.entries(artifact.outputs).map(([name, output]) => [name, output.digest])));
    }
    return {
      stage: step.stage.name,
      element: step.element,
      kind: step.kind.name,
      verdict: judged.verdict,
      reason: judged.reason,
      estimateMs: judged.verdict === "reuse" ? 0 : store.estimateMs(pipeline.name, step.stage.name, step.kind.name),
      after: [...new Set(step.sources.map((source) => source.step))],
    };
  });
  return { pipeline, engine: options.engine, steps, planned, outputs, records };
}
