/**
 * A pipeline after checking: every name resolved, every option valid, every port typed, every trial of a search written
 * out.
 */
import type { Mistake, SourceFile, Span } from "../diagnostic/diagnostic.js";
import type { JsonObject } from "../util/json.js";
import type { Round, Strategy } from "../values/search.js";
import type { PortInfo } from "./port-info.js";
import type { Axis, Element } from "./scope.js";

export interface Edge {
  /** The option through which it reads, such as `data`. */
  readonly option: string;
  /** Place in the list of names that the option gives; 0 where it gives one. */
  readonly index: number;
  /** As the file names it, or the trial that the reader is of; `source` may be a stage of one of its trials. */
  readonly stage: string;
  readonly output: string;
  readonly source: Stage;
  /** As the file names it, without the output: `net`, `net/3`. */
  readonly name: string;
  /** Keys that the name gives, of what the source runs over: `net/3` reads that one element alone. */
  readonly at: Element;
  /** What check time knows of what is read, at those keys. */
  readonly info: PortInfo;
}
/** Settings that come from a trial: `use: winners.trial`. */
export interface Use {
  readonly source: Stage;
  /** Which of the trial's stages: `trial` where it has one. */
  readonly part: string;
}
export interface Stage {
  /**
   * As the file names it. Stages of a trial have the search's name, with their own behind a dot where there are
   * several.
   */
  readonly name: string;
  readonly kind: string;
  /**
   * Options after defaults, in YAML's spelling, references included as written. With `use`, those of the first trial.
   */
  readonly options: JsonObject;
  /** Its own, else the pipeline's. Of a step that runs over seeds that is not the seed: see `Step.seed`. */
  readonly seed: number;
  readonly hasOwnSeed: boolean;
  /** Whether it draws random numbers. */
  readonly draws: boolean;
  /** Names of the warnings that it means; part of no fingerprint. */
  readonly allow: readonly string[];
  readonly inputs: readonly Edge[];
  /** What it runs once per element of, outermost first. */
  readonly scope: readonly Axis[];
  /** Names of the scope's sources, or null where it runs once. */
  readonly each: string | null;
  /** Elements that others may run over. */
  readonly offers: Axis | null;
  readonly use: Use | null;
  /** With `use`: options as written, without what it reads; they beat the trial's. */
  readonly given: JsonObject;
  readonly search: Search | null;
  readonly outputs: Readonly<Record<string, PortInfo>>;
  readonly span: Span;
  optionSpan(path?: readonly (string | number)[]): Span;
}
/** Trials of a search, written out. The stage of the search itself gathers what their cells leave. */
export interface Search {
  readonly strategy: Strategy;
  /** Parameter → its values or its range. */
  readonly space: JsonObject;
  readonly objective: {
    readonly metric: string;
    readonly direction: "minimize" | "maximize";
    /** The stage of the trial that is scored, and the metric's name in it. */
    readonly part: string;
    readonly path: readonly string[];
  };
  /** Names of the space's parameters, in order. */
  readonly parameters: readonly string[];
  /** Configurations of the grid before constraints; null where a range has no end of them. */
  readonly total: number | null;
  readonly rejected: readonly { readonly rule: string; readonly count: number }[];
  /** Where it ends early: a metric of the scored stage, and its bound. */
  readonly target: { readonly metric: string; readonly path: readonly string[]; readonly bound: string } | null;
  /** Of all trials that there may be. */
  readonly keys: readonly string[];
  /** Those known before anything has run. */
  readonly trials: readonly Trial[];
  /** Of what may be proposed: one for each value of a list and both ends of a range, and others that were drawn. */
  readonly samples: readonly Trial[];
  /** Others that were drawn before; whether they run follows from scores. */
  readonly drawn: readonly Pick<Trial, "key" | "values">[];
  /** Stages that trials may read which are not known yet. */
  readonly mayRead: readonly string[];
  /** The trial of a configuration that was chosen, checked as the others were. */
  trialOf(chosen: Pick<Trial, "key" | "values">): Trial;
  /** In order, one at least; the first is known. */
  readonly rounds: readonly Round[];
  /** What a trial's scored stage runs over inside the trial. */
  readonly folds: readonly Axis[];
}
export interface Trial {
  readonly key: string;
  readonly values: JsonObject;
  /** By name, in the order in which they run; `trial` where there is one. */
  readonly stages: ReadonlyMap<string, Stage>;
  /** What is wrong with one that was proposed: it fails without having run. */
  readonly mistake?: Mistake;
}
export interface Pipeline {
  readonly name: string;
  readonly file: SourceFile;
  readonly folder: string;
  /** In an order in which every stage comes after what it reads; ties in file order. */
  readonly stages: readonly Stage[];
}

/** Whether an output of a stage is that of the element at hand: a fold's `train`, which exists only under `each`. */
export const isElementPart = (stage: Stage, output: string): boolean =>
  stage.offers?.of === "folds" && (output === "train" || output === "validation");

/** What an output of a stage runs over; that of a fold runs over the folds. */
export const axesOf = (stage: Stage, output: string): readonly Axis[] =>
  isElementPart(stage, output) ? [...stage.scope, stage.offers!] : stage.scope;

/** What is left of that where the name gives keys: what the reader runs over as well, or gathers. */
export function axesRead({ source, output, at }: Pick<Edge, "source" | "output" | "at">): readonly Axis[] {
  const axes = axesOf(source, output);
  return at.size === 0 ? axes : axes.filter((axis) => !at.has(axis.stage));
}

/** The keys that an edge's name gives, and the stage of a search's trial; empty where it gives none. */
export function elementIn({ name }: Pick<Edge, "name">): { readonly element?: string; readonly part?: string } {
  const slash = name.indexOf("/");
  if (slash < 0) return {};
  const [, part] = name.slice(0, slash).split(".");
  return { element: name.slice(slash + 1), ...(part === undefined ? {} : { part }) };
}

/** What a stage reads: its inputs, what it runs over, whose settings it uses; a search also what its trials read. */
export function readsOf(stage: Stage): ReadonlySet<string> {
  const names = new Set([...stage.inputs.map((edge) => edge.source.name), ...stage.scope.map((axis) => axis.stage)]);
  if (stage.use) names.add(stage.use.source.name);
  for (const trial of stage.search?.trials ?? [])
    for (const part of trial.stages.values()) for (const name of readsOf(part)) names.add(name);
  for (const name of stage.search?.mayRead ?? []) names.add(name);
  names.delete(stage.name);
  return names;
}

/** The trial of a key; looked for once per search, because every step that takes a trial's settings asks. */
export function trialOf(search: Search, key: string): Trial | undefined {
  let found = byKey.get(search);
  if (!found) {
    found = new Map(search.trials.map((trial) => [trial.key, trial]));
    byKey.set(search, found);
  }
  return found.get(key);
}
const byKey = new WeakMap<Search, ReadonlyMap<string, Trial>>();

/** Trials whose settings a stage offers: its own, or those that it chooses from. */
export function trialsBehind(stage: Stage): readonly Trial[] | undefined {
  if (stage.search) return stage.search.trials;
  const searches = stage.inputs.flatMap((edge) => edge.source.search ?? []);
  return searches.length > 0 ? searches.flatMap((search) => search.trials) : undefined;
}

/** Warnings that a stage allows; of a search also those of its trials. */
export function allowedBy(stage: Stage): readonly string[] {
  const parts = (stage.search?.trials ?? []).flatMap((trial) => [...trial.stages.values()]);
  return [...new Set([stage, ...parts].flatMap(({ allow }) => allow))].sort();
}

/** A warning, and the stages that allow it. */
export interface Allowed {
  readonly name: string;
  readonly stages: readonly string[];
}
/** What stages allow, by name. */
export function allowedIn(stages: readonly Stage[]): readonly Allowed[] {
  const byName = new Map<string, string[]>();
  for (const stage of stages)
    for (const name of allowedBy(stage)) byName.set(name, [...(byName.get(name) ?? []), stage.name]);
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, stages]) => ({ name, stages }));
}

/** `tuned_on_test (net, tune)`, each name with the stages that allow it. */
export const allowedText = (allowed: readonly Allowed[]): string =>
  allowed.map(({ name, stages }) => `${name} (${stages.join(", ")})`).join(", ");

/** The stages that one goes back to, in order. @param stages  each after what it reads */
export function stagesBefore(stages: readonly Stage[], stage: Stage): readonly Stage[] {
  const wanted = new Set(readsOf(stage));
  const found = [...stages]
    .reverse()
    .filter((one) => one !== stage && wanted.has(one.name) && [...readsOf(one)].every((name) => wanted.add(name)));
  return found.reverse();
}
