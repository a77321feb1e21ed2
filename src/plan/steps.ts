/**
 * Pipeline → steps: every stage at every element that it runs over, with the steps that each reads.
 *
 * A search gives one step per cell (trial, fold), named like its stage, and one that gathers them. Steps are known
 * before anything has run; only options that come from winners are not, and are filled in by `resolved-options.ts` once
 * the winners are chosen.
 */
import { type Kind, type Kinds, leavesToTrial } from "../pipeline/kind.js";
import { axesRead, isElementPart, type Pipeline, readsOf, type Stage, trialOf } from "../pipeline/pipeline.js";
import {
  type Element,
  elementName,
  elementsOf,
  foldKeys,
  missingFrom,
  nothing,
  seedAt,
  withoutSeeds,
} from "../pipeline/scope.js";
import { type AxisOf, elementText, type Over } from "../values/axes.js";
import { stepsBehind } from "./behind.js";
import type { PlacedTrial, PlannedSearch, StepName } from "./planned.js";
import { type MakeStep, SearchSteps } from "./search-steps.js";
import { readsOfStep, roundElement, roundKey, type Settings, type Source, type Step, stepKey } from "./step.js";

export { readsOfStep, type Source, type Step, stepKey };

export interface StepOptions {
  readonly force?: readonly string[];
  readonly only?: readonly string[];
  readonly from?: readonly string[];
}

/** In order, narrowed to what `--only` and `--from` ask for. */
export function stepsOf(pipeline: Pipeline, kinds: Kinds, options: StepOptions): readonly Step[] {
  const { wanted, asked } = choose(pipeline, options);
  const searches = new Set(pipeline.stages.filter((stage) => stage.search).map((stage) => stage.name));
  const steps = new Map<string, Step>();
  const add = (step: Step): void => void steps.set(step.key, step);
  const make: MakeStep = (stage, element, owner, known, before) => {
    const { cell = null, trial = null, gathers = null, chooses = null, judging = null } = known;
    const own = elementName(stage.scope, element);
    const name = chooses ? roundElement(own, chooses) : own;
    const kind = kinds[stage.kind] as Kind<unknown>;
    const sources = known.sources ?? sourcesOf(stage, element, kind);
    const compared = kind.comparesSettings?.(stage.options);
    return {
      key: stepKey(stage.name, name),
      stage,
      element: name,
      keys: stage.scope.map((axis) => element.get(axis.stage)!),
      kind,
      sources,
      settings: settingsOf(stage, element, kinds),
      seed: stage.hasOwnSeed ? stage.seed : (seedAt(stage.scope, element) ?? stage.seed),
      folds: foldKeys(stage.scope, element),
      forced: options.force?.includes(owner.name) ?? false,
      mayFail: gathers === null && stage.scope.some((axis) => searches.has(axis.stage)),
      ...{ cell, trial, place: null, isOpen: false, gathers, chooses, judging },
      behind: compared === undefined ? null : stepsBehind({ stage, sources }, compared, before, kinds),
    };
  };
  for (const stage of pipeline.stages) {
    if (!wanted.has(stage.name)) continue;
    for (const element of elementsOf(stage.scope)) {
      if (stage.search) new SearchSteps(stage, element, kinds, make, steps, add).addAll();
      else add(make(stage, element, stage, {}, steps));
    }
  }
  return asked.size === 0 ? [...steps.values()] : neededFor(asked, pipeline, steps);
}

/** --only S: S and what it needs. --from S: S, what reads it, and what all those need. */
function choose(
  pipeline: Pipeline,
  options: StepOptions,
): { readonly wanted: ReadonlySet<string>; readonly asked: ReadonlySet<string> } {
  const reads = new Map(pipeline.stages.map((stage) => [stage.name, [...readsOf(stage)]]));
  const names = pipeline.stages.map((stage) => stage.name);
  const { only = [], from = [] } = options;
  if (only.length === 0 && from.length === 0) return { wanted: new Set(names), asked: new Set() };
  const chosen = new Set(only);
  const after = new Set(from);
  for (const name of names) if (reads.get(name)!.some((read) => after.has(read))) after.add(name);
  for (const name of after) chosen.add(name);
  const asked = new Set(chosen);
  for (const name of [...names].reverse())
    if (chosen.has(name)) for (const read of reads.get(name) ?? []) chosen.add(read);
  return { wanted: chosen, asked };
}

/**
 * Where a stage is read by the name of an element, others of its elements may not be needed. A search is taken whole,
 * and so is what configurations may read that it has not chosen yet.
 *
 * @param asked  stages of which all steps are wanted
 */
function neededFor(asked: ReadonlySet<string>, pipeline: Pipeline, steps: ReadonlyMap<string, Step>): readonly Step[] {
  const searches = pipeline.stages.flatMap(({ name, search }) => (search ? [{ name, search }] : []));
  const whole = new Set([...asked, ...searches.flatMap(({ name, search }) => [name, ...search.mayRead])]);
  const all = [...steps.values()];
  const ownerOf = ({ cell, stage }: Step): string => cell?.search ?? stage.name;
  const reached = new Set<string>();
  const open = all.filter((step) => whole.has(ownerOf(step))).map(({ key }) => key);
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const step = steps.get(key);
    if (!step || reached.has(key)) continue;
    reached.add(key);
    open.push(...readsOfStep(step));
  }
  // What a stage runs over it need not read: of such a stage nothing is left out.
  const read = new Set(all.filter(({ key }) => reached.has(key)).map(ownerOf));
  return all.filter((step) => reached.has(step.key) || !read.has(ownerOf(step)));
}

/**
 * What the step reads, at its own element or at that which a name gives; what it may gather, at every element of what
 * it does not run over.
 */
function sourcesOf(stage: Stage, element: Element, kind: Kind<unknown>): readonly Source[] {
  const sources: Source[] = [];
  for (const edge of stage.inputs) {
    const read = edge.source;
    const many = kind.inputs.find((input) => input.option === edge.option)?.many === true;
    const isPart = isElementPart(read, edge.output);
    const missing = missingFrom(stage.scope, axesRead(edge));
    const start = edge.at.size === 0 ? element : new Map([...element, ...edge.at]);
    for (const at of missing.length === 0 ? [start] : elementsOf(missing, start)) {
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

/** Whether what its trials were run with is known only when it has ended. */
const isLate = ({ search }: Stage): boolean => (search?.rounds.length ?? 1) > 1;

function settingsOf(stage: Stage, element: Element, kinds: Kinds): Settings | null {
  if (!stage.use) return null;
  const { source, part } = stage.use;
  const key = element.get(source.name)!;
  const known = source.search && trialOf(source.search, key)?.stages.get(part);
  // A trial's own settings may come from winners, too; then its gathered results have them. They also say how it went.
  const isEarly =
    known && !isLate(source) && !comesLate(known) && !leavesToTrial(kinds[stage.kind] as Kind<unknown>, stage.given);
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
  return trial && !isLate(source) ? comesLate(trial) : true;
}

/** What of each name that a stage gathers it gathers over, by its place in the list. */
export function gatheredBy({ scope, inputs }: Stage, option: string): readonly (readonly AxisOf[])[] {
  const lists: (readonly AxisOf[])[] = [];
  for (const edge of inputs)
    if (edge.option === option) lists[edge.index] = missingFrom(scope, axesRead(edge)).map(({ of }) => of);
  return lists;
}

/** Which element each name in an option's list picks, in words; undefined where no two are of one stage. */
export function elementsNamed({ inputs }: Stage, option: string): readonly (string | null)[] | undefined {
  const edges = inputs.filter((edge) => edge.option === option);
  const isToldApart = edges.some(
    ({ stage, at }) => at.size > 0 && edges.filter((edge) => edge.stage === stage).length > 1,
  );
  if (!isToldApart) return undefined;
  const words: (string | null)[] = [];
  for (const { index, source, output, at } of edges) {
    const axes = axesRead({ source, output, at: nothing }).filter((axis) => at.has(axis.stage));
    const name = elementName(axes, at);
    words[index] =
      name === null
        ? null
        : elementText(
            name,
            axes.map(({ of }) => of),
          );
  }
  return words;
}

/** What a stage runs over, outermost first. @param steps  of the stage, at least one */
export function axesOf(steps: readonly Pick<Step, "stage" | "keys">[]): readonly Over[] {
  return steps[0]!.stage.scope.map(({ stage, of, repeats }, at) => ({
    stage,
    of,
    count: new Set(steps.map(({ keys }) => keys[at])).size,
    ...(repeats === undefined ? {} : { repeats }),
  }));
}

/**
 * What a plan says of its searches. @param chosenBy  what the step of a key has chosen, undefined where it is not known
 */
export function searchesOf(
  pipeline: Pipeline,
  steps: readonly Step[],
  chosenBy: (key: string) => readonly PlacedTrial[] | undefined,
): readonly PlannedSearch[] {
  const there = new Set(steps.map((step) => step.stage));
  return pipeline.stages.flatMap((stage) => {
    const { search } = stage;
    if (!search || !there.has(stage)) return [];
    const folds = elementsOf(search.folds).map((fold) => elementName(search.folds, fold));
    return elementsOf(stage.scope).map(
      (element): PlannedSearch => ({
        ...searchName(stage, element),
        strategy: search.strategy,
        objective: { metric: search.objective.metric, direction: search.objective.direction },
        parameters: search.parameters,
        total: search.total,
        rejected: search.rejected,
        trials: search.trials.map(({ key, values }) => ({ key, values })),
        rounds: search.rounds.map((round) => {
          const chosen = round.isKnown ? undefined : chosenBy(roundKey(searchName(stage, element), round));
          return chosen ? { ...round, chosen } : round;
        }),
        ...(search.target ? { target: { metric: search.target.metric, bound: search.target.bound } } : {}),
        outer: outerOf(stage),
        folds,
        over: search.folds.map(({ stage: axis, of, keys, repeats }) => ({
          ...{ stage: axis, of, count: keys.length },
          ...(repeats === undefined ? {} : { repeats }),
        })),
      }),
    );
  });
}

const searchName = ({ name, scope }: Stage, element: Element): StepName => ({
  stage: name,
  element: elementName(scope, element),
});

/** What a search that runs under `each` runs once for each of. */
function outerOf({ scope }: Stage): PlannedSearch["outer"] {
  if (scope.length === 0) return null;
  if (scope.some((axis) => axis.of === "folds")) return "fold";
  return scope.some((axis) => axis.of === "seeds") ? "seed" : "winner";
}
