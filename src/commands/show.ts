/**
 * `hw1 show FILE [STAGE]`: what a stage left. Reads the store and the file, runs nothing. With `--save` it is written
 * into a folder instead (save.ts).
 *
 * As JSON: stage, kind, digest (over all outputs), metrics, tensors, figures, lineage; a fan-out adds `elements`.
 */

import { placeOf } from "../diagnostic/source.js";
import { fixedBehind } from "../pipeline/over-seeds.js";
import { allowedBy, allowedIn, elementIn, type Stage, stagesBefore } from "../pipeline/pipeline.js";
import { checkpointFamily } from "../plan/fingerprint.js";
import { failureOf } from "../plan/kept-failure.js";
import { type Plan, planRun } from "../plan/plan.js";
import { axesOf, type Step, stepKey } from "../plan/steps.js";
import { kinds } from "../stages/kinds.js";
import { publishedPaths, type Shelf } from "../store/published.js";
import type { ArtifactInfo, StepRecord, Store } from "../store/store.js";
import { print, printPainted, say } from "../terminal/output.js";
import { colorOnStdout } from "../text/color.js";
import { renderShown, renderShownList } from "../text/show.js";
import type { ElementInfo, OutputInfo, Shown, TensorInfo } from "../text/shown.js";
import { aggregateMetrics } from "../util/aggregate.js";
import { type Digest, digestJson } from "../util/digest.js";
import { jsonText } from "../util/escape.js";
import type { Json, JsonObject } from "../util/json.js";
import { levelsOf } from "../util/levels.js";
import { repeatsOf, severalOf } from "../values/axes.js";
import type { Blob } from "../values/blob.js";
import { meanIntervals } from "../values/interval.js";
import { modelOf } from "../values/model.js";
import { distinct } from "../values/network.js";
import { intervalsOf, metricsOf, type Output } from "../values/output.js";
import { statisticsOf } from "../values/tensor-statistics.js";
import { cellsOf, computations } from "./computed.js";
import { LedgerBook } from "./ledger.js";
import { noSuchElement, stepsNamed } from "./named-steps.js";
import { networkOf, networksIn } from "./networks.js";
import { checkStageNames, commandFor, type FileFlags, pipelineOrReport, whereFlags } from "./reading.js";
import { missingText, noStageToSave, savedText, saveStage } from "./save.js";
import { checkEngine, columns, folderNamed, folderOwner, withStore } from "./shared.js";

export interface ShowFlags extends FileFlags {
  /** Writes what the stage left into this folder instead of showing it. */
  readonly save?: string;
}

export async function show(path: string, stageName: string | undefined, flags: ShowFlags): Promise<number> {
  const pipeline = pipelineOrReport(path, flags);
  if (!pipeline) return 2;
  const folder = flags.save === undefined ? undefined : folderNamed("--save", flags.save);
  if (folder !== undefined && stageName === undefined) throw noStageToSave(pipeline);
  const ofOne = stageName?.includes("/") ?? false;
  if (stageName !== undefined && !ofOne) checkStageNames(pipeline, "show", [stageName]);
  checkEngine(flags.engine);
  return await withStore(flags, (store) => {
    const plan = planRun(pipeline, kinds, store, { engine: flags.engine });
    const steps = stepsNamed(plan, stageName);
    if (steps.length === 0) throw noSuchElement(plan, "show", stageName!);
    const wanted = [...new Set(steps.map((step) => step.stage))];
    // Statistics read every byte, so the list of all stages goes without.
    const book = new LedgerBook(store, plan);
    const shown = wanted.map((stage) => ({
      ...describe(
        store,
        plan,
        steps.filter((step) => step.stage === stage),
        stageName !== undefined && (folder === undefined || flags.json === true),
      ),
      ...honestyOf(plan, stage, book),
    }));
    if (folder !== undefined) {
      const artifacts = artifactsOf(store, plan, steps);
      const named = { folder, typed: flags.save!, isOne: ofOne && steps.length === 1 };
      const saved = saveStage(pipeline, steps, artifacts, named);
      const text = flags.json ? `${jsonText({ ...shown[0]!, saved })}\n` : savedText(saved);
      if (text !== "") print(text);
      const missing = missingText(steps, artifacts, shown[0]!.missing);
      if (missing !== "")
        say(`${missing}\n${commandFor("run", path, flags, ["--only", steps[0]!.stage.name, ...whereFlags(flags)])}\n`);
      return missing === "" ? 0 : 1;
    }
    const options = { color: colorOnStdout(flags), columns: columns() };
    // The list says what the stages left, which is the same in every cache; how often a set was opened is not.
    if (flags.json) print(`${jsonText(stageName === undefined ? shown.map(withoutLedger) : shown[0])}\n`);
    else
      printPainted(
        stageName === undefined
          ? renderShownList(shown, options)
          : renderShown(shown[0]!, steps[0]!.kind, artifactsOf(store, plan, steps), options),
      );
    return stageName !== undefined && shown[0]!.digest === null ? 1 : 0;
  });
}

/** Artifacts of a stage's elements, in order; undefined where there is none. */
function artifactsOf(store: Store, plan: Plan, steps: readonly Step[]): readonly (ArtifactInfo | undefined)[] {
  return steps.map((step) => {
    const record = plan.records.get(step.key);
    return record && store.artifact(record.artifact);
  });
}

/** @param steps  of one stage, at least one */
function describe(store: Store, plan: Plan, steps: readonly Step[], statistics: boolean): Shown {
  const { stage } = steps[0]!;
  const { name } = stage;
  const told = statistics ? computations(store) : undefined;
  const elements = steps.map((step): ElementInfo => {
    const record = plan.records.get(step.key);
    const artifact = record ? store.artifact(record.artifact) : undefined;
    const outputs = artifact
      ? Object.entries(artifact.outputs).map(
          ([output, info]): OutputInfo => ({
            name: output,
            type: info.type,
            digest: info.digest,
            data: info.data,
            tensors: Object.entries(info.blobs).map(([blob, value]) => tensorOf(blob, value, statistics)),
          }),
        )
      : [];
    const found = Object.values(artifact?.outputs ?? {});
    const metrics = found.map(metricsOf).find((value) => value !== undefined);
    const intervals = found.map(intervalsOf).find((value) => value !== undefined);
    const files = publishedPaths(store.folder, folderOwner(plan.pipeline), name, step.element, artifact?.outputs ?? {});
    const on = (wanted: Shelf) =>
      files.flatMap(({ shelf, format, path }) => (shelf === wanted ? [{ format, path }] : []));
    const models = on("models");
    return {
      element: step.element,
      digest: record?.artifact ?? null,
      metrics: metrics ?? null,
      ...(intervals ? { intervals } : {}),
      figures: on("figures"),
      ...(models.length > 0 ? { models } : {}),
      outputs,
      finishedAt: record ? new Date(record.finishedAt).toISOString() : null,
      elapsedMs: record?.elapsedMs ?? null,
      ...(statistics
        ? {
            ...leftBehindBy(store, plan, step, artifact),
            ...logOf(store, step, record, artifact),
            ...networkBy(plan, step, artifact),
            ...askedBy(record),
            ...told?.(record),
          }
        : {}),
    };
  });
  const lineage = stage.inputs.map((edge) => {
    const source = steps[0]!.sources.find(
      (read) => read.option === edge.option && (read.list?.source ?? 0) === edge.index,
    );
    return {
      option: edge.option,
      stage: edge.stage,
      ...elementIn(edge),
      output: edge.output,
      digest: (source && plan.outputs.get(source.step)?.[source.output]) ?? null,
    };
  });
  const keys = new Set(steps.map((step) => step.key));
  const planned = plan.planned.find((step) => keys.has(stepKey(step.stage, step.element)) && step.verdict !== "reuse");
  const missing = planned
    ? `${stepKey(name, planned.element)} ${planned.verdict === "run" ? "has not run" : "waits"}: ${planned.reason}`
    : null;
  const first = elements[0]!;
  if (first.element === null)
    return {
      stage: name,
      kind: stage.kind,
      lineage,
      missing,
      digest: first.digest,
      metrics: first.metrics,
      ...(first.intervals ? { intervals: first.intervals } : {}),
      figures: first.figures,
      ...(first.models ? { models: first.models } : {}),
      outputs: first.outputs,
      finishedAt: first.finishedAt,
      elapsedMs: first.elapsedMs,
      ...(first.checkpoint ? { checkpoint: first.checkpoint } : {}),
      ...(first.log ? { log: first.log } : {}),
      ...(first.network ? { network: first.network } : {}),
      ...(first.speed ? { speed: first.speed } : {}),
      ...(first.options ? { options: first.options } : {}),
      ...(first.seeds ? { seeds: first.seeds } : {}),
      ...(first.computed ? { computed: first.computed } : {}),
      ...(statistics && stage.search ? { networks: networksIn([stage]), cells: cellsOf(plan, name) } : {}),
    };
  const done = elements.filter((element) => element.digest !== null);
  const measured = done.flatMap((element) => (element.metrics ? [element.metrics] : []));
  const over = overOf(steps, elements);
  const fixed = fixedBehind(stage).map((read) => ({ stage: read.name, kind: read.kind }));
  return {
    stage: name,
    kind: stage.kind,
    lineage,
    missing,
    digest: done.length === elements.length ? digestJson(elements.map((element) => element.digest as Json)) : null,
    metrics: measured.length > 0 ? aggregateMetrics(measured, repeatsOf(over.each)) : null,
    figures: elements.flatMap((element) => element.figures),
    ...(elements.some(({ models }) => models) ? { models: elements.flatMap(({ models = [] }) => models) } : {}),
    outputs: [],
    elements: elements.map(({ network: _network, ...element }) => element),
    ...over,
    ...meansOf(over, elements, measured),
    ...(fixed.length > 0 ? { fixed } : {}),
    ...(statistics ? networksOver(stage, elements) : {}),
    ...(statistics && stage.search ? { cells: cellsOf(plan, name) } : {}),
    finishedAt:
      done
        .map((element) => element.finishedAt!)
        .sort()
        .at(-1) ?? null,
    elapsedMs: done.reduce((sum, element) => sum + element.elapsedMs!, 0),
  };
}

const withoutLedger = ({ ledger: _ledger, ...shown }: Shown): Shown => shown;

/** Doubts that the file allows, and what the ledger has; only where there is something to say. */
function honestyOf(plan: Plan, stage: Stage, book: LedgerBook): Pick<Shown, "allowed" | "allowedBefore" | "ledger"> {
  const [allowed, before, ledger] = [
    allowedBy(stage),
    allowedIn(stagesBefore(plan.pipeline.stages, stage)),
    book.ofStage(stage),
  ];
  return {
    ...(allowed.length > 0 ? { allowed } : {}),
    ...(before.length > 0 ? { allowedBefore: before } : {}),
    ...(ledger.length > 0 ? { ledger } : {}),
  };
}

/** What a stage runs over, and its metrics level by level where that is several axes. */
function overOf(steps: readonly Step[], elements: readonly ElementInfo[]): Pick<Shown, "each" | "levels"> {
  const each = axesOf(steps);
  const measured = elements.flatMap(({ metrics }, index) => (metrics ? [{ keys: steps[index]!.keys, metrics }] : []));
  if (each.length < 2 || elements.length < 2 || measured.length === 0) return { each };
  return { each, levels: levelsOf(measured, each).map((level, at) => ({ ...each[at]!, elements: level })) };
}

/**
 * Intervals of the means, where the outermost axis is of folds or seeds; trials and winners are no sample of anything.
 * Of an element that was named its own.
 */
function meansOf(
  { each, levels }: Pick<Shown, "each" | "levels">,
  elements: readonly ElementInfo[],
  measured: readonly JsonObject[],
): Pick<Shown, "intervals"> {
  const [first] = elements;
  if (elements.length === 1) return first!.intervals ? { intervals: first!.intervals } : {};
  if (measured.length === 0 || !each || severalOf(each)[0]?.of === "choices") return {};
  const outermost = severalOf(levels ?? [])[0]?.elements[0];
  return { intervals: meanIntervals(outermost?.metrics ?? aggregateMetrics(measured, repeatsOf(each))) };
}

/** Of a step that has no result, or is a trial whose failure is kept: what a training that diverged left behind. */
function leftBehindBy(
  store: Store,
  plan: Plan,
  step: Step,
  artifact: ArtifactInfo | undefined,
): Pick<ElementInfo, "checkpoint"> {
  const decision = plan.decisions.get(step.key);
  if (!step.kind.leftBehind || !decision?.fingerprint || (artifact && !failureOf(artifact.outputs))) return {};
  const { family, length, shared } = checkpointFamily(decision.fingerprint, step.kind, decision.options);
  const found = store.checkpoint(family, length);
  // One that is as long as the stage wants was left by a longer training, which alone went wrong.
  const checkpoint = found && found.length < length ? step.kind.leftBehind(found.outputs, shared) : undefined;
  return checkpoint ? { checkpoint } : {};
}

/** Of a failure that is kept. */
function logOf(
  store: Store,
  { stage }: Step,
  record: StepRecord | undefined,
  artifact: ArtifactInfo | undefined,
): Pick<ElementInfo, "log"> {
  const failure = artifact && failureOf(artifact.outputs);
  const log = failure && record && store.failureLog(record.fingerprint);
  if (!log) return {};
  const { file, start } = stage.optionSpan(failure.at);
  const { line, column } = placeOf(file, start);
  const { title, message } = failure;
  return { log: { ...log, place: `${file.path}:${line}:${column}`, failure: { title, message } } };
}

/** What a step was asked to compute: its options as they were resolved, and the seeds of its draws. */
function askedBy(record: StepRecord | undefined): Pick<ElementInfo, "options" | "seeds"> {
  if (!record) return {};
  const { options, seeds } = record.document as { readonly options: JsonObject; readonly seeds?: Json };
  return { options, ...(seeds === undefined ? {} : { seeds }) };
}

/** The network that a step trained, as its options and its model say. */
function networkBy(plan: Plan, step: Step, artifact: ArtifactInfo | undefined): Pick<ElementInfo, "network"> {
  // An ensemble trains none of its networks.
  const model = Object.values(artifact?.outputs ?? {}).find(
    (output): output is Output<"model"> & { readonly digest: Digest } =>
      output.type === "model" && "inputShape" in output.data,
  );
  const options = plan.decisions.get(step.key);
  if (!model || !options?.fingerprint) return {};
  const network = networkOf(step.stage.kind, options.options, modelOf(model).inputShape);
  return network ? { network } : {};
}

/** Of elements, or of a search that itself runs over some: each once. */
function networksOver(stage: Stage, elements: readonly ElementInfo[]): Pick<Shown, "networks"> {
  if (stage.search) return { networks: networksIn([stage]) };
  const networks = distinct(
    elements.flatMap(({ element, network }) => (network ? [{ stage: stage.name, key: element, network }] : [])),
  );
  return networks.length > 0 ? { networks } : {};
}

function tensorOf(name: string, blob: Blob, statistics: boolean): TensorInfo {
  const digest: Digest | null = blob.digest ?? null;
  return {
    name,
    dtype: blob.dtype,
    shape: blob.shape,
    digest,
    statistics: statistics && blob.dtype !== "bytes" ? statisticsOf(blob) : null,
  };
}
