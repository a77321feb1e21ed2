/**
 * From what is known of the steps that one reads to a decision about it: digests of its inputs, its options with a
 * trial's settings in them, its fingerprint, and whether that has a result.
 *
 * The plan asks when it knows what is stored, the run when all that the step reads has ended: the same knowledge gives
 * the same decision. Nothing is written here, and nothing remembered.
 */
import type { Pipeline } from "../pipeline/pipeline.js";
import { missingFrom } from "../pipeline/scope.js";
import { LostArtifactError, type StepRecord, type Store } from "../store/store.js";
import type { Digest } from "../util/digest.js";
import type { VersionOf } from "../util/installed.js";
import type { JsonObject } from "../util/json.js";
import type { TrialsData } from "../values/chosen-trials.js";
import type { Outputs } from "../values/output.js";
import { behindOptions } from "./behind.js";
import { elementDigest } from "./elements.js";
import { type Fingerprint, fingerprint } from "./fingerprint.js";
import { choosingOptions, gatheringOptions } from "./gathered-options.js";
import { failureDigest, failureName } from "./kept-failure.js";
import { reasonFor } from "./reason.js";
import { type Resolved, resolveOptions, toldOptions } from "./resolved-options.js";
import { type Empty, filled } from "./search-steps.js";
import type { Source, Step } from "./steps.js";

/** Of an artifact's outputs, by name. */
export type Digests = Readonly<Record<string, Digest>>;

/** How a step ended, as far as those that read it need to know. */
export interface Ended {
  readonly status: "ok" | "failed" | "skipped";
  /** Nothing ran there, and nothing needed to. */
  readonly isAbsent?: boolean;
  /** What it left; of a trial that failed its failure, of others none. */
  readonly artifact: Digest | null;
  readonly outputs: Digests;
}

/** What is known when a step is to be decided about. */
export interface Known {
  readonly store: Store;
  readonly pipeline: Pick<Pipeline, "name" | "folder">;
  readonly engine: string;
  readonly versionOf?: VersionOf | undefined;
  /** Undefined while it is not known. */
  ended(key: string): Ended | undefined;
  /** Options of a step that was decided about. */
  resolved(key: string): Resolved | undefined;
  /** A step, with what stands in its place once that is known. */
  step(key: string): Step | undefined;
  /** What the step of a key has chosen; undefined where that is not known. */
  chosen(key: string): TrialsData | undefined;
  /** Was a result of this step found to be gone, although it was there? */
  isLost(key: string): boolean;
}

/** A step whose inputs are known: with a result in the store, or without. */
export type Judged = {
  readonly reason: string;
  readonly fingerprint: Fingerprint;
  readonly resolved: Resolved;
  /**
   * What the kind is given: the resolved options; of a step that gathers a search, its trials; of one that compares
   * results, also what is behind them.
   */
  readonly options: Step["stage"]["options"];
  /** What it reads, without what failed. */
  readonly sources: readonly Source[];
} & ({ readonly verdict: "reuse"; readonly record: StepRecord } | { readonly verdict: "run"; readonly record?: never });

export type Decision =
  | Judged
  /** Nothing runs at its place, or what it reads is such a place, and nothing needs to. */
  | { readonly verdict: "none"; readonly reason: string; readonly fingerprint?: never; readonly record?: never }
  /** It is not known yet what the step `missing` leaves. */
  | { readonly verdict: "wait"; readonly missing: string; readonly fingerprint?: never; readonly record?: never }
  /** The step `failed` failed, and without it there is nothing to go on with. */
  | { readonly verdict: "skip"; readonly failed: string; readonly fingerprint?: never; readonly record?: never };

/**
 * A step that stands at a place, as that of its configuration, or why there is none; the step itself where that is not
 * known yet, and any other step.
 */
export function inPlace(step: Step, known: Pick<Known, "chosen" | "step">): Step | Empty {
  const { place } = step;
  const chosen = place && known.chosen(place.by);
  if (!chosen) return step;
  return filled(place, chosen, { get: known.step, has: (key) => known.step(key) !== undefined });
}

/**
 * @param step  as `inPlace` gives it
 * @throws MistakeError  where a trial's settings do not fit
 * @throws LostArtifactError  where the step that has them ended well, and its result is gone
 */
export function decide(step: Step, known: Known): Decision {
  const read = inputsOf(step, known);
  if ("verdict" in read) return read;
  const { store, pipeline, engine, versionOf } = known;
  const settings = settingsOutputs(step, known);
  if (step.settings && settings && !step.settings.kind.settings?.(settings, step.settings.key))
    return { verdict: "none", reason: `${step.settings.step} has no trial ${step.settings.key}` };
  const resolved = resolveOptions(step, settings);
  const options = optionsOf(step, resolved, known);
  const found = fingerprint(step.kind, options, {
    engine,
    versionOf,
    seed: step.seed,
    folds: step.folds,
    folder: pipeline.folder,
    inputs: read.inputs,
  });
  const judged = { fingerprint: found, resolved, options, sources: read.sources };
  const record = step.forced ? undefined : store.find(found.digest);
  if (record) return { verdict: "reuse", reason: reuseReason(record), record, ...judged };
  return { verdict: "run", reason: runReason(step, known, found), ...judged };
}

/** Of a result whose record is there, and which cannot be read: it is computed again. */
export function unreadable({ record: _, ...judged }: Judged): Judged {
  return { ...judged, verdict: "run", reason: damaged };
}

function optionsOf(step: Step, { options }: Resolved, known: Known): JsonObject {
  if (step.chooses) return choosingOptions(step, step.chooses, known);
  if (step.gathers) return gatheringOptions(step, known);
  const told = toldOptions(step, options);
  if (!step.behind) return told;
  return { ...told, behind: behindOptions(step.behind, (key) => known.resolved(key)?.options) };
}

/**
 * Digests of a step's inputs, or the first step whose result is not known, or that failed.
 *
 * What gathers trials goes on without those that failed; what gathers a search is given them, too, because a failed
 * trial is a result. Of the folds or seeds of one trial none may be missing: without one, what is made of them is
 * another thing.
 */
function inputsOf(
  step: Step,
  known: Known,
): { readonly inputs: Digests; readonly sources: readonly Source[] } | Exclude<Decision, Judged> {
  const inputs: Record<string, Digest> = {};
  const sources: Source[] = [];
  const dropped = new Map<string, Exclude<Decision, Judged>>();
  if (step.isOpen) {
    const { by } = step.place!;
    const ended = known.ended(by);
    return ended === undefined || ended.status === "ok" ? { verdict: "wait", missing: by } : withoutOf(by, ended);
  }
  for (const source of step.sources) {
    const ended = known.ended(source.step);
    if (ended === undefined) return { verdict: "wait", missing: source.step };
    const failure = ended.status === "failed" ? failureDigest(ended.outputs) : undefined;
    const isResult = step.gathers !== null && failure !== undefined;
    if (ended.status !== "ok" && !isResult) {
      const without = withoutOf(source.step, ended);
      if (!source.list || !isOverTrials(step, source, known.step(source.step))) return without;
      // What failed says more than what is absent.
      if (without.verdict === "skip" || !dropped.has(source.option)) dropped.set(source.option, without);
      continue;
    }
    const digest = failure ?? ended.outputs[source.output];
    if (digest === undefined) return { verdict: "wait", missing: source.step };
    const [key, part] = source.element?.split(":") ?? [];
    inputs[source.input] = source.element === null ? digest : elementDigest(digest, key!, part!);
    sources.push(failure ? { ...source, output: failureName } : source);
  }
  for (const [option, without] of dropped)
    if (step.gathers === null && !sources.some((source) => source.option === option)) return without;
  // Places of a search may all stay empty; trials that are known are absent where the whole search is.
  const absent = ({ step: key }: Source): boolean => known.ended(key)?.isAbsent === true && !known.step(key)?.place;
  if (step.gathers !== null && sources.length === 0 && step.sources.some(absent))
    return { verdict: "none", reason: "none of its trials ran" };
  if (step.settings?.step) {
    const ended = known.ended(step.settings.step);
    if (ended === undefined) return { verdict: "wait", missing: step.settings.step };
    if (ended.status !== "ok") return withoutOf(step.settings.step, ended);
  }
  return { inputs, sources };
}

/** Whether a step gathers another over trials; of one trial, which may be named, it gathers all or nothing. */
function isOverTrials({ stage, gathers }: Step, { option, list }: Source, source: Step | undefined): boolean {
  if (gathers !== null || source === undefined) return true;
  const edge = stage.inputs.find((input) => input.option === option && input.index === list?.source);
  return missingFrom(stage.scope, source.stage.scope).some(
    (axis) => axis.of === "choices" && !edge?.at.has(axis.stage),
  );
}

/** What becomes of a step that cannot do without what another left, which left nothing. */
const withoutOf = (key: string, { isAbsent }: Ended): Exclude<Decision, Judged> =>
  isAbsent ? { verdict: "none", reason: `nothing ran as ${key}` } : { verdict: "skip", failed: key };

/** Of the step that has this one's settings, where they come from one. */
function settingsOutputs({ settings }: Step, known: Known): Outputs | undefined {
  if (!settings?.step) return undefined;
  const artifact = known.ended(settings.step)!.artifact!;
  const info = known.store.artifact(artifact);
  if (!info) throw new LostArtifactError(artifact);
  return info.outputs;
}

const damaged = "its stored result was damaged";
const reuseReason = (record: StepRecord): string => `unchanged, ${(record.elapsedMs / 1000).toFixed(1)} s saved`;

function runReason(step: Step, { isLost, store, pipeline }: Known, { document }: Fingerprint): string {
  if (isLost(step.key)) return damaged;
  if (step.forced) return "forced";
  // What ran at its place before was another configuration.
  if (step.place) return `chosen: ${step.cell!.trial}`;
  const { stage, element, kind } = step;
  const records = store.nearest(pipeline.name, stage.name, element, kind.name);
  return reasonFor(document, { pipeline: pipeline.name, stage, element }, records);
}
