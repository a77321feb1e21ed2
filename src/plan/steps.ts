/**
 * Pipeline → steps: every stage at every element that it runs over, with the steps that each reads.
 *
 * A search gives one step per cell (trial, fold), named like its stage, and one that gathers them. Steps are known
 * before anything has run; only options that come from winners are not, and are filled in by `resolved-options.ts` once
 * the winners are chosen.
 */
import type { Judging } from "../pipeline/gathering.js";
import { type Kind, type Kinds, leavesToTrial } from "../pipeline/kind.js";
import { isElementPart, type Pipeline, readsOf, type Stage, type Trial, trialOf } from "../pipeline/pipeline.js";
import {
  type Element,
  elementName,
  elementsOf,
  foldKeys,
  missingFrom,
  seedAt,
  withoutSeeds,
} from "../pipeline/scope.js";
import type { AxisOf, Over } from "../values/axes.js";
import { type StepBehind, stepsBehind } from "./behind.js";
import { judgingOf } from "./judging.js";
import type { PlannedCell, PlannedSearch } from "./planned.js";

/** Where a step's input comes from. */
export interface Source {
  readonly option: string;
  /** The input's name in the fingerprint: the option, and its place where there are several. */
  readonly input: string;
  /** Key of the step that leaves it. */
  readonly step: string;
  readonly output: string;
  /** `key:part` where the input is one element of a `folds` output. */
  readonly element: string | null;
  /** Of an input that takes many: which of the names, and what it was gathered over. */
  readonly list: { readonly source: number; readonly element: string | null } | null;
}
/** Settings of a trial that a step takes over. */
interface Settings {
  /** The step that has them: a selection, or a search's gathered results. Null where they stand in the file. */
  readonly step: string | null;
  /** Winner's rank or trial's key. */
  readonly key: string;
  readonly part: string;
  /** Of the stage whose trial it is. */
  readonly kind: Kind<unknown>;
}
export interface Step {
  readonly key: string;
  readonly stage: Stage;
  /** Keys of what it runs over, joined by "/". */
  readonly element: string | null;
  /** The same, one for each axis. */
  readonly keys: readonly string[];
  readonly kind: Kind<unknown>;
  readonly sources: readonly Source[];
  readonly settings: Settings | null;
  /** The stage's own seed; else that of the element, where it runs over seeds; else the pipeline's. */
  readonly seed: number;
  /** Fold keys that name its random streams. */
  readonly folds: readonly string[];
  readonly forced: boolean;
  /** Its element names a trial, so it may fail without failing the run, and its failure is kept. */
  readonly mayFail: boolean;
  readonly cell: PlannedCell | null;
  /** Of the step that gathers a search: by trial and part of it the first of the cells' steps, which share options. */
  readonly gathers: readonly { readonly trial: Trial; readonly parts: ReadonlyMap<string, Step> }[] | null;
  /** Of such a step: what judges its trials' cells. */
  readonly judging: Judging | null;
  /** Of one that compares results: how their models were trained. */
  readonly behind: readonly StepBehind[] | null;
}
export interface StepOptions {
  readonly force?: readonly string[];
  readonly only?: readonly string[];
  readonly from?: readonly string[];
}

export const stepKey = (stage: string, element: string | null): string =>
  element === null ? stage : `${stage}/${element}`;

/** Steps that something must be read from before this one can be decided about. */
export function readsOfStep({ sources, settings }: Step): readonly string[] {
  // Most steps read one or two.
  if (!settings?.step && sources.length <= 1) return sources.map((source) => source.step);
  const names = new Set<string>();
  for (const source of sources) names.add(source.step);
  if (settings?.step) names.add(settings.step);
  return [...names];
}

/** In order, narrowed to what `--only` and `--from` ask for. */
export function stepsOf(pipeline: Pipeline, kinds: Kinds, options: StepOptions): readonly Step[] {
  const wanted = choose(pipeline, options);
  const searches = new Set(pipeline.stages.filter((stage) => stage.search).map((stage) => stage.name));
  const steps = new Map<string, Step>();
  const add: Add = (stage, element, owner, { cell = null, sources, gathers = null, judging = null } = {}) => {
    const name = elementName(stage.scope, element);
    const kind = kinds[stage.kind] as Kind<unknown>;
    const read = sources ?? sourcesOf(stage, element, kind);
    const compared = kind.comparesSettings?.(stage.options);
    const step: Step = {
      key: stepKey(stage.name, name),
      stage,
      element: name,
      keys: stage.scope.map((axis) => element.get(axis.stage)!),
      kind,
      sources: read,
      settings: settingsOf(stage, element, kinds),
      seed: stage.hasOwnSeed ? stage.seed : (seedAt(stage.scope, element) ?? stage.seed),
      folds: foldKeys(stage.scope, element),
      forced: options.force?.includes(owner.name) ?? false,
      mayFail: gathers === null && stage.scope.some((axis) => searches.has(axis.stage)),
      cell,
      gathers,
      judging,
      behind: compared === undefined ? null : stepsBehind({ stage, sources: read }, compared, steps, kinds),
    };
    steps.set(step.key, step);
    return step;
  };
  for (const stage of pipeline.stages) {
    if (!wanted.has(stage.name)) continue;
    for (const element of elementsOf(stage.scope)) {
      if (stage.search) addSearch(stage, element, kinds, add);
      else add(stage, element, stage);
    }
  }
  return [...steps.values()];
}

/** Adds the step of a stage at an element; of a search's steps, what is known of them already. */
type Add = (
  stage: Stage,
  element: Element,
  owner: Stage,
  known?: {
    readonly cell?: PlannedCell;
    readonly sources?: readonly Source[] | undefined;
    readonly gathers?: Step["gathers"];
    readonly judging?: Judging;
  },
) => Step;

function addSearch(stage: Stage, element: Element, kinds: Kinds, add: Add): void {
  const search = stage.search!;
  const place = { search: stage.name, element: elementName(stage.scope, element) };
  const sources: Source[] = [];
  /** Trials read the same folds: what their cells read is one list for each fold, where nothing of it is their own. */
  const shared = new Map<string, readonly Source[]>();
  const gathers = search.trials.map((trial, index) => {
    const parts = new Map<string, Step>();
    for (const [name, part] of trial.stages) {
      const inner = missingFrom([...stage.scope, stage.offers!], part.scope);
      const isShared = part.inputs.every((edge) => !edge.source.scope.some((axis) => axis.stage === stage.name));
      const reads = isShared
        ? part.inputs.map((edge) => `${edge.option}.${edge.index} ${edge.stage}.${edge.output}`).join()
        : "";
      for (const at of elementsOf(part.scope, new Map([...element, [stage.name, trial.key]]))) {
        const fold = elementName(inner, at);
        const scores = name === search.objective.part;
        const known = isShared ? `${name} ${fold} ${reads}` : "";
        const cell: PlannedCell = { search: place.search, element: place.element, key: trial.key, fold, scores };
        const step = add(part, at, stage, { cell, sources: isShared ? shared.get(known) : undefined });
        if (isShared) shared.set(known, step.sources);
        if (!parts.has(name)) parts.set(name, step);
        const output = Object.keys(part.outputs)[0]!;
        const gathered = { step: step.key, output, element: null, list: { source: index, element: fold } };
        if (scores) sources.push({ option: "cells", input: stepKey(`cells/${trial.key}`, fold), ...gathered });
        else if (step.kind.meanOption)
          sources.push({ option: meansOf(name), input: stepKey(`${meansOf(name)}/${trial.key}`, fold), ...gathered });
      }
    }
    return { trial, parts };
  });
  const scored = search.trials[0]!.stages.get(search.objective.part)!;
  add(stage, element, stage, { sources, gathers, judging: judgingOf(scored, search.folds, kinds) });
}

/** The list of what the cells of a trial's stage left that is not scored, and of which a mean is kept. */
export const meansOf = (part: string): string => `means.${part}`;

/** --only S: S and what it needs. --from S: S, what reads it, and what all those need. */
function choose(pipeline: Pipeline, options: StepOptions): ReadonlySet<string> {
  const reads = new Map(pipeline.stages.map((stage) => [stage.name, [...readsOf(stage)]]));
  const names = pipeline.stages.map((stage) => stage.name);
  const { only = [], from = [] } = options;
  if (only.length === 0 && from.length === 0) return new Set(names);
  const chosen = new Set(only);
  const after = new Set(from);
  for (const name of names) if (reads.get(name)!.some((read) => after.has(read))) after.add(name);
  for (const name of after) chosen.add(name);
  for (const name of [...names].reverse())
    if (chosen.has(name)) for (const read of reads.get(name) ?? []) chosen.add(read);
  return chosen;
}

/** What the step reads, at its own element; what it may gather, at every element of what it does not run over. */
function sourcesOf(stage: Stage, element: Element, kind: Kind<unknown>): readonly Source[] {
  const sources: Source[] = [];
  for (const edge of stage.inputs) {
    const read = edge.source;
    const many = kind.inputs.find((input) => input.option === edge.option)?.many === true;
    const isPart = isElementPart(read, edge.output);
    const missing = missingFrom(stage.scope, isPart ? [...read.scope, read.offers!] : read.scope);
    for (const at of missing.length === 0 ? [element] : elementsOf(missing, element)) {
      const gathered = elementName(missing, at);
      sources.push({
        option: edge.option,
        input: many ? stepKey(`${edge.option}.${edge.index}`, gathered) : edge.option,
        step: stepKey(read.name, elementName(read.scope, at)),
        output: isPart ? "folds" : edge.output,
        element: isPart ? `${at.get(read.name)}:${edge.output}` : null,
        list: many ? { source: edge.index, element: gathered ?? elementName(withoutSeeds(read.scope), at) } : null,
      });
    }
  }
  return sources;
}

function settingsOf(stage: Stage, element: Element, kinds: Kinds): Settings | null {
  if (!stage.use) return null;
  const { source, part } = stage.use;
  const key = element.get(source.name)!;
  const known = source.search && trialOf(source.search, key)?.stages.get(part);
  // A trial's own settings may come from winners, too; then its gathered results have them. They also say how it went.
  const isEarly = known && !comesLate(known) && !leavesToTrial(kinds[stage.kind] as Kind<unknown>, stage.given);
  return {
    step: isEarly ? null : stepKey(source.name, elementName(source.scope, element)),
    key,
    part,
    kind: kinds[source.kind] as Kind<unknown>,
  };
}

/** Whether a stage's options are known only when winners are chosen. */
function comesLate(stage: Stage): boolean {
  if (!stage.use) return false;
  const { source, part } = stage.use;
  const trial = source.search?.trials[0]?.stages.get(part);
  return trial ? comesLate(trial) : true;
}

/** What of each name that a stage gathers it gathers over, by its place in the list. */
export function gatheredBy({ scope, inputs }: Stage, option: string): readonly (readonly AxisOf[])[] {
  const lists: (readonly AxisOf[])[] = [];
  for (const { option: own, index, source, output } of inputs)
    if (own === option)
      lists[index] = missingFrom(
        scope,
        isElementPart(source, output) ? [...source.scope, source.offers!] : source.scope,
      ).map(({ of }) => of);
  return lists;
}

/** What a stage runs over, outermost first. @param steps  of the stage, at least one */
export function axesOf(steps: readonly Pick<Step, "stage" | "keys">[]): readonly Over[] {
  return steps[0]!.stage.scope.map(({ stage, of }, at) => ({
    stage,
    of,
    count: new Set(steps.map(({ keys }) => keys[at])).size,
  }));
}

/** What a plan says of its searches. */
export function searchesOf(pipeline: Pipeline, steps: readonly Step[]): readonly PlannedSearch[] {
  const there = new Set(steps.map((step) => step.stage));
  return pipeline.stages.flatMap((stage) => {
    const { search } = stage;
    if (!search || !there.has(stage)) return [];
    const folds = elementsOf(search.folds).map((fold) => elementName(search.folds, fold));
    return elementsOf(stage.scope).map(
      (element): PlannedSearch => ({
        stage: stage.name,
        element: elementName(stage.scope, element),
        strategy: search.strategy,
        objective: { metric: search.objective.metric, direction: search.objective.direction },
        parameters: search.parameters,
        total: search.total,
        rejected: search.rejected,
        trials: search.trials.map(({ key, values }) => ({ key, values })),
        rounds: search.rounds,
        outer: outerOf(stage),
        folds,
        over: search.folds.map(({ stage: axis, of, keys }) => ({ stage: axis, of, count: keys.length })),
      }),
    );
  });
}

/** What a search that runs under `each` runs once for each of. */
function outerOf({ scope }: Stage): PlannedSearch["outer"] {
  if (scope.length === 0) return null;
  if (scope.some((axis) => axis.of === "folds")) return "fold";
  return scope.some((axis) => axis.of === "seeds") ? "seed" : "winner";
}
