/**
 * Draft → Stage: what it runs over, whose settings it takes, its inputs wired and typed; then its kind has its say.
 *
 * A stage whose options are broken is still known by its name and kind, so one mistake does not raise others about the
 * stages that read it.
 */

import type { Span } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { digestJson } from "../util/digest.js";
import type { JsonObject } from "../util/json.js";
import { listed } from "../util/words.js";
import type { CheckContext, SourceScope } from "./check-context.js";
import { checkSearch } from "./check-search.js";
import { type Draft, entriesOf, type Reference, spanAt, specialKeys } from "./draft.js";
import { drawsRandomNumbers } from "./kind.js";
import { mergedOptions, withoutInputs } from "./merged.js";
import { optionProblems } from "./options.js";
import { valueFrom } from "./overrides.js";
import type { Edge, Search, Stage, Trial, Use } from "./pipeline.js";
import type { PortInfo } from "./port-info.js";
import { type Entry, member, plain, type Value } from "./read.js";
import { allowing, isError, type Report } from "./report.js";
import { type Axis, joined, missingFrom } from "./scope.js";

export interface Checking {
  readonly stages: ReadonlyMap<string, Stage>;
  /**
   * Stages with a mistake, and those that read one: of their outputs only the type is known, so that nothing is said
   * that may be an echo.
   */
  readonly broken: ReadonlySet<string>;
  readonly folder: string;
  readonly report: Report;
  /** What a trial's stages run over, whatever they say. */
  readonly base: readonly Axis[];
  /** Of a trial's stage: what it is called. */
  readonly name?: string;
}

export function checkStage(draft: Draft, around: Checking): Stage | undefined {
  const { kind } = draft;
  const checking: Checking = { ...around, report: allowing(draft.allow, around.report) };
  if (!kind || !draft.isScopeKnown || (draft.options === undefined && !draft.use)) return undefined;
  const scope = scopeOf(draft, checking);
  if (!scope) return undefined;
  if (kind.trials) return draft.trials ? checkSearch(draft, scope, checking) : undefined;
  const set = draft.use
    ? withSettings(draft, scope, checking)
    : { entry: draft.entry, options: draft.options, use: null };
  if (!set?.options) return undefined;
  return finished({ ...draft, entry: set.entry, options: set.options }, scope, set.use, checking);
}

/** What a stage runs over: what `each` names, added to what is given. */
function scopeOf({ each, trials }: Draft, { stages, report, base }: Checking): readonly Axis[] | undefined {
  let scope = base;
  for (const { stage, span } of each) {
    const over = stages.get(stage);
    if (!over) return undefined;
    const axes = over.offers ? [...over.scope, over.offers] : over.scope;
    if (axes.length === 0) {
      report({
        span,
        title: "nothing to fan out over",
        message: `\`each:\` names a stage that offers elements, such as a \`fold\`, or one that runs over them; \`${stage}\` does not.`,
      });
      return undefined;
    }
    // Where the trial says nothing of its own, `each` of a search stands for the trial, and the search runs over what
    // is around that.
    const isTrials =
      trials?.drafts.every(({ stages: parts }) => [...parts.values()].every((part) => part.each.length === 0)) === true;
    scope = joined(scope, isTrials ? axes.slice(0, -1) : axes);
  }
  return scope;
}

/**
 * Options of a stage that takes a trial's settings: those of the first trial, which others resemble, beaten by its own.
 */
function withSettings(
  draft: Draft,
  scope: readonly Axis[],
  { stages, broken, report }: Checking,
): { entry: Entry; options: JsonObject; use: Use } | undefined {
  const { entry, kind } = draft;
  const { stage: name, output, span } = draft.use!;
  const source = stages.get(name);
  if (!source) return undefined;
  const part = output === "" ? "trial" : output;
  const trials = trialsBehind(source);
  if (!trials || !source.offers) {
    if (broken.has(name)) return undefined;
    report({
      span,
      title: "no settings there",
      message: `\`use\` takes the settings of a trial, from a \`search\` or a \`select\`, such as \`use: winners.trial\`; \`${name}\` has none.`,
    });
    return undefined;
  }
  const sample = trials.find((trial) => trial.stages.has(part))?.stages.get(part);
  if (!sample) {
    const names = [...new Set(trials.flatMap((trial) => [...trial.stages.keys()]))];
    report({
      span,
      title: "no such settings",
      message: `A trial of \`${name}\` has no stage \`${part}\`.${suggestion(part, names)}\n\nStages of a trial: ${names.join(", ")}`,
    });
    return undefined;
  }
  if (sample.kind !== kind!.name) {
    report({
      span,
      title: "settings of another kind",
      message: `\`${name}.${part}\` is a \`${sample.kind}\`, so its settings do not fit a \`${kind!.name}\`.`,
    });
    return undefined;
  }
  if (missingFrom(scope, [...source.scope, source.offers]).length > 0) {
    report({
      span,
      title: "one value wanted, many offered",
      message: `\`${name}\` offers settings per element. Add \`each: ${name}\` to \`${entry.key}\`, so that it runs once per element.`,
    });
    return undefined;
  }
  const written = Object.fromEntries(
    entriesOf(draft.body).map((option) => [option.key, plain(option.value)]),
  ) as JsonObject;
  const own = mergedOptions(kind!, sample.options, written);
  const kept = Object.entries(own).filter(([key]) => !(key in written));
  const special = specialKeys(kind!, entry.value);
  const merged: Entry = {
    ...entry,
    value: {
      ...entry.value,
      entries: [
        ...kept.map(([key, value]) => ({ key, keySpan: span, value: valueFrom(value, span) })),
        ...entriesOf(entry.value).filter(({ key }) => key in own || special.includes(key)),
      ],
    } as Value,
  };
  const body = {
    ...merged.value,
    entries: entriesOf(merged.value).filter(({ key }) => !special.includes(key)),
  } as Value;
  const { options, problems } = optionProblems(kind!, body, merged, special);
  for (const problem of problems) report(problem);
  return options && { entry: merged, options, use: { source, part } };
}

/** Trials whose settings a stage offers: its own, or those that it chooses from. */
function trialsBehind(stage: Stage): readonly Trial[] | undefined {
  if (stage.search) return stage.search.trials;
  const searches = stage.inputs.flatMap((edge) => edge.source.search ?? []);
  return searches.length > 0 ? searches.flatMap((search) => search.trials) : undefined;
}

/** Inputs are wired and typed, then the kind has its say. */
export function finished(
  draft: Draft & { readonly options: JsonObject },
  scope: readonly Axis[],
  use: Use | null,
  { stages, broken, folder, report, name = draft.entry.key }: Checking,
  search: Search | null = null,
): Stage | undefined {
  const { entry, options } = draft;
  const kind = draft.kind!;
  const inputs: Record<string, PortInfo | undefined> = {};
  const lists: Record<string, (PortInfo | undefined)[]> = {};
  const scopes: Record<string, (SourceScope | undefined)[]> = {};
  const edges: Edge[] = [];
  /** What is read counts by its examples, not by the names of stages. */
  const examplesRead: (readonly [string, string, string])[] = [];
  const unmet: Unmet[] = [];
  for (const edge of draft.edges) {
    const port = kind.inputs.find((input) => input.option === edge.option)!;
    if (port.many) {
      // A broken one keeps its place, so that others are told by theirs.
      lists[edge.option] ??= [];
      scopes[edge.option] ??= [];
      lists[edge.option]![edge.index] = undefined;
    }
    const read = stages.get(edge.stage);
    if (!read) continue;
    const names = Object.keys(read.outputs);
    const fitting = edge.output === "" ? names.filter((name) => port.accepts.includes(read.outputs[name]!.type)) : [];
    if (fitting.length > 1) {
      report({ span: edge.span, title: "which output", message: whichOutput(read, entry.key, edge.option, fitting) });
      continue;
    }
    // Where none fits, the first is named in the mistake.
    const output = edge.output === "" ? (fitting[0] ?? names[0] ?? "") : edge.output;
    const known = read.outputs[output];
    const info: PortInfo | undefined = known && broken.has(edge.stage) ? { type: known.type } : known;
    if (!info) {
      if (broken.has(edge.stage)) continue;
      report({
        span: edge.span,
        title: "no such output",
        message: `\`${edge.stage}\` has no output \`${output}\`.${suggestion(output, names)}\n\nOutputs of \`${edge.stage}\`: ${names.join(", ")}`,
      });
      continue;
    }
    const ofElement = isElementPart(read, output);
    const wanted = ofElement ? [...read.scope, read.offers!] : read.scope;
    const missing = missingFrom(scope, wanted);
    if (missing.length > 0 && !port.many) {
      unmet.push({ edge, output, missing });
      continue;
    }
    if (!port.accepts.includes(info.type)) {
      report({
        span: edge.span,
        title: "wrong type of input",
        message: `\`${edge.option}\` of \`${kind.name}\` takes a ${port.accepts.join(" or a ")}, but \`${edge.stage}.${output}\` is a ${info.type}.`,
        label: `a ${info.type}`,
      });
      continue;
    }
    if (edge.index === 0 || !inputs[edge.option]) inputs[edge.option] = info;
    if (port.many) {
      lists[edge.option]![edge.index] = info;
      scopes[edge.option]![edge.index] = broken.has(edge.stage) ? undefined : { all: wanted, gathered: missing };
    }
    examplesRead.push([edge.option, info.rows?.id ?? `${edge.stage}.${output}`, info.rows?.order ?? ""]);
    edges.push({ option: edge.option, index: edge.index, stage: edge.stage, output, source: read });
  }
  // Of a stage that reads one with a mistake, what it runs over may change with that.
  if (unmet.length > 0 && !broken.has(entry.key)) manyOffered(unmet, entry, stages, report);
  const optionSpan = (path: readonly (string | number)[] = []): Span => spanAt(entry, path);
  const written = Object.fromEntries(
    entriesOf(draft.body).map((option) => [option.key, plain(option.value)]),
  ) as JsonObject;
  let outputs: Readonly<Record<string, PortInfo>> = {};
  if (
    kind.inputs.every(
      (input) => input.optional || inputs[input.option] || draft.edges.some((edge) => edge.option === input.option),
    )
  ) {
    const context: CheckContext<unknown> = {
      options,
      inputs,
      lists,
      scopes,
      // A search whose trials are all trained again has chosen none of them.
      chosen:
        use && !use.source.search
          ? use.source.inputs.flatMap((edge) => edge.source.outputs[edge.output]?.search?.judges ?? [])
          : [],
      isWritten: (option) => entriesOf(entry.value).some(({ key }) => key === option),
      folder,
      seed: draft.seed,
      identity: () =>
        digestJson({
          kind: kind.name,
          options: withoutInputs(kind, options),
          read: examplesRead,
          seed: drawsRandomNumbers(kind, options) ? draft.seed : null,
        }),
      span: optionSpan,
      report: ({ at, span = optionSpan(at), ...mistake }) => {
        // A doubt about an option that a trial brings was told at the trial.
        const isTrials = use !== null && at !== undefined && at.length > 0 && !(String(at[0]) in written);
        if (!isTrials || isError(mistake)) report({ ...mistake, span });
      },
    };
    outputs = kind.check(context);
  }
  const elements = search ? { keys: search.trials.map((trial) => trial.key), seeds: false } : kind.elements?.(options);
  return {
    name,
    kind: kind.name,
    options,
    seed: draft.seed,
    allow: draft.allow,
    inputs: edges,
    scope,
    each: scope.length > 0 ? scope.map((axis) => axis.stage).join(", ") : null,
    offers: elements ? { stage: name, ...elements } : null,
    use,
    given: use ? withoutInputs(kind, written) : {},
    search,
    outputs,
    span: draft.entry.keySpan,
    optionSpan,
  };
}

/** A reference to what runs over more than the stage does. */
interface Unmet {
  readonly edge: Reference;
  readonly output: string;
  readonly missing: readonly Axis[];
}

/** One `each` brings all that a stage lacks, so it is told once: at the reference that lacks most. */
function manyOffered(unmet: readonly Unmet[], entry: Entry, stages: Checking["stages"], report: Report): void {
  const [{ edge, output, missing }] = [...unmet].sort((a, b) => b.missing.length - a.missing.length) as [Unmet];
  const over = missing[missing.length - 1]!.stage;
  const all = unmet.reduce<readonly Axis[]>((axes, one) => joined(axes, one.missing), []);
  // What the source of an axis runs over comes with it.
  const brought = new Set(all.flatMap((axis) => stages.get(axis.stage)?.scope.map(({ stage }) => stage) ?? []));
  const wanted = all.map(({ stage }) => stage).filter((stage) => !brought.has(stage));
  const each = member(entry.value, "each");
  const old = each?.type === "list" ? each.items.map((item) => String(plain(item))) : each ? [String(plain(each))] : [];
  const names = [...old, ...wanted];
  const option = `each: ${names.length === 1 ? names[0] : `[${names.join(", ")}]`}`;
  report({
    span: edge.span,
    title: "one value wanted, many offered",
    message: `\`${edge.stage}\` gives one ${over === edge.stage ? `\`${output}\` per element` : `result per element of \`${over}\``}. ${old.length > 0 ? `Let \`${entry.key}\` have \`${option}\`` : `Add \`${option}\` to \`${entry.key}\``}, so that it runs once per element.`,
  });
}

/** Whether an output of a stage is that of the element at hand: a fold's `train`, which exists only under `each`. */
export const isElementPart = (stage: Stage, output: string): boolean =>
  stage.offers?.seeds === true && (output === "train" || output === "validation");

/** `stage` alone means its only output that fits; which of several is meant is not guessed. */
function whichOutput(read: Stage, reader: string, option: string, fitting: readonly string[]): string {
  const names = fitting.map((name) => `\`${read.name}.${name}\``);
  return `\`${read.name}\` has several outputs that \`${reader}\` could read: ${listed(names)}. Name one of them, such as \`${option}: ${read.name}.${fitting[0]!}\`.`;
}
