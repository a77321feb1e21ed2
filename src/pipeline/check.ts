/**
 * Document + kinds → Pipeline, or every diagnostic at once, in file order.
 *
 * The kinds are handed in as a table. A stage whose options are broken is still known by its name and kind, so one
 * mistake does not raise others about the stages that read it.
 */
import { dirname, resolve } from "node:path";
import type { Checked, Diagnostic, Span } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { sortDiagnostics } from "../diagnostic/render.js";
import { firstLine } from "../diagnostic/source.js";
import type { JsonObject } from "../util/json.js";
import { orderStages } from "./cycle.js";
import { type CheckContext, drawsRandomNumbers, type Kind, type Kinds, type PortInfo, type TrialList } from "./kind.js";
import { mergedOptions, withoutInputs } from "./merged.js";
import { optionProblems } from "./options.js";
import type { Edge, Pipeline, Search, Stage, Trial, Use } from "./pipeline.js";
import { type Entry, member, type PipelineDocument, plain, type Value } from "./read.js";
import { writeOutRepeats } from "./repeat.js";
import { type Axis, joined, missingFrom } from "./scope.js";
import { applySettings, type Settings, substitute, valueFrom } from "./settings.js";

const topLevel = ["name", "seed", "params", "profiles", "stages"];

/** A stage as found in the file, before its ports are known. */
interface Draft {
  readonly entry: Entry;
  readonly kind: Kind<unknown> | undefined;
  /** Not known yet where settings come from a trial. */
  readonly options: JsonObject | undefined;
  /** The stage's options as written, without `kind`, `each`, `use` and `seed`. */
  readonly body: Value;
  readonly edges: readonly Reference[];
  readonly each: readonly { readonly stage: string; readonly span: Span }[];
  readonly use: Reference | null;
  readonly seed: number;
  /** Of a search. */
  readonly trials: { readonly list: TrialList; readonly drafts: readonly { readonly key: string; readonly stages: ReadonlyMap<string, Draft> }[] } | null;
}
/** A name in the file that means another stage, or an output of it. */
interface Reference {
  readonly option: string;
  readonly index: number;
  readonly stage: string;
  readonly output: string;
  readonly span: Span;
}

export function checkPipeline(document: PipelineDocument, kinds: Kinds, settings: Settings = {}): Checked<Pipeline> {
  const diagnostics: Diagnostic[] = [];
  const { file } = document;
  const report = (
    span: Span | undefined,
    title: string,
    message: string,
    label?: string,
    notes?: Diagnostic["notes"],
    severity: Diagnostic["severity"] = "error",
  ): void => {
    diagnostics.push({
      severity,
      title,
      file: span?.file.path ?? file.path,
      ...(span ? { span } : {}),
      ...(label ? { label } : {}),
      ...(notes ? { notes } : {}),
      message,
    });
  };
  for (const entry of document.root.entries)
    if (!topLevel.includes(entry.key))
      report(
        entry.keySpan,
        "unknown key",
        `A pipeline has no key \`${entry.key}\`.${suggestion(entry.key, topLevel)}\n\nKeys of a pipeline: ${topLevel.join(", ")}`,
      );
  checkProfiles(member(document.root, "profiles"), report);
  const root = applySettings(document.root, file, settings, diagnostics);
  const params = member(root, "params");
  if (params && params.type !== "map" && !(params.type === "scalar" && params.value === null))
    report(params.span, "wrong type", "`params` is a map of names to values, such as `params: {epochs: 5}`.");
  const rootSeed = readSeed(member(root, "seed"), report) ?? 0;
  const nameValue = member(root, "name");
  if (nameValue && (nameValue.type !== "scalar" || typeof nameValue.value !== "string" || !/^[\w.-]+$/.test(nameValue.value)))
    report(nameValue.span, "wrong type", "`name` is a word of letters, digits, `-`, `_` and `.`, because figures are kept in a folder of that name.");
  const stagesValue = member(root, "stages");
  if (stagesValue?.type !== "map" || stagesValue.entries.length === 0) {
    report(
      stagesValue?.span,
      "no stages",
      "A pipeline needs at least one entry under `stages:`. An example:\n\nstages:\n  digits: {kind: load, source: mnist}",
    );
    return { ok: false, diagnostics: sortDiagnostics(diagnostics) };
  }
  const isTold = (span: Span | undefined): boolean => diagnostics.some((told) => told.span?.file === span?.file && told.span?.start === span?.start);
  const stageNames = stagesValue.entries.map((entry) => entry.key);
  const drafts = new Map<string, Draft>();
  for (const entry of stagesValue.entries) {
    if (!/^[A-Za-z_][\w-]*$/.test(entry.key))
      report(entry.keySpan, "not a stage name", "A stage's name has letters, digits, `_` and `-`, and begins with a letter.");
    const value = substitute(entry.value, { params }, report, ["trial", "item"]);
    drafts.set(entry.key, readStage({ ...entry, value }, { kinds, stageNames, rootSeed, report, isTold, isTrial: false }));
  }
  const { order, cycle } = orderStages([...drafts.values()].map((draft) => ({ name: draft.entry.key, reads: namesRead(draft).map(({ stage }) => stage) })));
  if (cycle) {
    reportCycle(cycle, drafts, report);
    return { ok: false, diagnostics: sortDiagnostics(diagnostics) };
  }
  const folder = resolve(dirname(file.path));
  const stages = new Map<string, Stage>();
  for (const name of order) {
    const stage = checkStage(drafts.get(name)!, { stages, folder, report, base: [] });
    if (stage) stages.set(name, stage);
  }
  const sorted = sortDiagnostics(diagnostics);
  if (sorted.some((diagnostic) => diagnostic.severity === "error")) return { ok: false, diagnostics: sorted };
  const name = nameValue?.type === "scalar" ? String(nameValue.value) : file.path.replace(/^.*[/\\]/, "").replace(/\.ya?ml$/, "");
  return { ok: true, value: { name, file, folder, stages: [...stages.values()] }, diagnostics: sorted };
}

type Report = (span: Span | undefined, title: string, message: string, label?: string, notes?: Diagnostic["notes"], severity?: Diagnostic["severity"]) => void;

function checkProfiles(profiles: Value | undefined, report: Report): void {
  if (profiles?.type !== "map") return;
  for (const profile of profiles.entries) {
    if (profile.value.type !== "map") report(profile.value.span, "wrong type", `The profile \`${profile.key}\` is a map with seed, params or stages.`);
    else
      for (const entry of profile.value.entries)
        if (!["seed", "params", "stages"].includes(entry.key))
          report(
            entry.keySpan,
            "unknown key",
            `A profile has no key \`${entry.key}\`.${suggestion(entry.key, ["seed", "params", "stages"])}\n\nKeys of a profile: seed, params, stages`,
          );
  }
}

function readSeed(value: Value | undefined, report: Report): number | undefined {
  if (value === undefined) return undefined;
  if (value.type === "scalar" && typeof value.value === "number" && Number.isSafeInteger(value.value) && value.value >= 0) return value.value;
  report(value.span, "wrong type", "`seed` is a whole number from 0, such as `seed: 7`.");
  return undefined;
}

interface Reading {
  readonly kinds: Kinds;
  readonly stageNames: readonly string[];
  readonly rootSeed: number;
  readonly report: Report;
  /** Whether there is a diagnostic for this place. */
  readonly isTold: (span: Span | undefined) => boolean;
  /** Reads a stage of a search's trial. */
  readonly isTrial: boolean;
}

function readStage(entry: Entry, reading: Reading): Draft {
  const { kinds, stageNames, rootSeed, report } = reading;
  const nothing: Draft = { entry, kind: undefined, options: undefined, body: entry.value, edges: [], each: [], use: null, seed: rootSeed, trials: null };
  if (entry.value.type !== "map") {
    report(entry.value.span, "wrong type", `A stage is a map with a \`kind:\`, such as \`${entry.key}: {kind: load, source: mnist}\`.`);
    return nothing;
  }
  const kindValue = member(entry.value, "kind");
  const kindNames = Object.keys(kinds);
  if (!kindValue) {
    report(entry.keySpan, "no kind", `\`${entry.key}\` needs a \`kind:\`.\n\nKinds: ${kindNames.join(", ")}`);
    return nothing;
  }
  const kindName = kindValue.type === "scalar" ? String(kindValue.value) : "";
  const kind = Object.hasOwn(kinds, kindName) ? (kinds[kindName] as Kind<unknown>) : undefined;
  if (!kind) {
    report(kindValue.span, "unknown kind", `There is no kind \`${kindName}\`.${suggestion(kindName, kindNames)}\n\nKinds: ${kindNames.join(", ")}`);
    return nothing;
  }
  if (kind.trials && reading.isTrial) {
    report(
      kindValue.span,
      "a search in a trial",
      "A trial cannot be a search itself. Let one search follow the other, the later one with the winners of the earlier.",
    );
    return nothing;
  }
  // What a trial runs is written out trial by trial.
  const later = kind.trials ? ["trial"] : [];
  const written: Entry = { ...entry, value: mapped(entry.value, (option) => (later.includes(option.key) ? option.value : writtenOut(option.value, reading))) };
  const special = specialKeys(kind, written.value);
  const body: Value = { ...written.value, entries: entriesOf(written.value).filter((option) => !special.includes(option.key)) } as Value;
  const edges: Reference[] = [];
  for (const input of kind.inputs) edges.push(...references(member(body, input.option), input, entry.key, stageNames, report));
  const each = references(member(written.value, "each"), { option: "each", many: true }, entry.key, stageNames, report);
  const [use] = special.includes("use") ? references(member(written.value, "use"), { option: "use" }, entry.key, stageNames, report) : [];
  let options: JsonObject | undefined;
  if (!use) {
    const checked = optionProblems(kind, body, written, special);
    for (const problem of checked.problems) report(problem.span, problem.title, problem.message, problem.label);
    options = checked.options;
  }
  const seed = (special.includes("seed") ? readSeed(member(written.value, "seed"), report) : undefined) ?? rootSeed;
  const draft: Draft = { entry: written, kind, options, body, edges, each, use: use ?? null, seed, trials: null };
  return kind.trials && options ? { ...draft, trials: readTrials(draft, reading) } : draft;
}

/** Keys of a stage that are no options of its kind. */
const specialKeys = (kind: Kind<unknown>, written: Value): readonly string[] => [
  "kind",
  "each",
  ...(kind.inputs.length > 0 ? ["use"] : []),
  ...(drawsRandomNumbers(kind, plain(written) as JsonObject) ? ["seed"] : []),
];
const entriesOf = (value: Value): readonly Entry[] => (value.type === "map" ? value.entries : []);
const mapped = (value: Value, change: (entry: Entry) => Value): Value =>
  value.type === "map" ? { ...value, entries: value.entries.map((entry) => ({ ...entry, value: change(entry) })) } : value;

/** Repeats written out; a lookup that nothing has answered is a mistake now, where it has not been told as one already. */
function writtenOut(value: Value, { report, isTold }: Reading): Value {
  return substitute(writeOutRepeats(value, report), {}, (span, ...mistake) => (isTold(span) ? undefined : report(span, ...mistake)), ["any"]);
}

/** Stages that an option names: one, or a list where it takes several. */
function references(
  value: Value | undefined,
  input: { readonly option: string; readonly many?: boolean },
  stageName: string,
  stageNames: readonly string[],
  report: Report,
): readonly Reference[] {
  const items = value?.type === "list" && input.many ? value.items : value ? [value] : [];
  return items.flatMap((item, index) => {
    const text = item.type === "scalar" ? item.value : null;
    if (typeof text !== "string" && input.option !== "each" && input.option !== "use") return [];
    const [stage, output] = [String(text).split(".")[0]!, String(text).split(".").slice(1).join(".")];
    if (stageNames.includes(stage) && !(input.option === "each" && output !== "")) return [{ option: input.option, index, stage, output, span: item.span }];
    const near = suggestion(stage, stageNames);
    const message =
      input.option === "each" ? `\`each: ${String(text)}\` names no stage.${near}` : `\`${stageName}\` reads \`${stage}\`, but there is no such stage.${near}`;
    report(item.span, "no such stage", message);
    return [];
  });
}

/** Every name of another stage in a stage, its trials included. */
function namesRead(draft: Draft): readonly Reference[] {
  const own = [
    ...draft.edges,
    ...draft.each.map(({ stage, span }) => ({ option: "each", index: 0, stage, output: "", span })),
    ...(draft.use ? [draft.use] : []),
  ];
  const inner =
    draft.trials?.drafts.flatMap(({ stages }) => [...stages.values()].flatMap((part) => namesRead(part).filter(({ stage }) => !stages.has(stage)))) ?? [];
  return [...own, ...inner];
}

/** The stages of every trial, with the trial's values in their places. A mistake in one trial is not told again for the others. */
function readTrials(draft: Draft, reading: Reading): Draft["trials"] {
  const { entry, kind, options, seed } = draft;
  const { report } = reading;
  const list = kind!.trials!(options, seed);
  if ("problem" in list) {
    report(spanAt(entry, list.problem.at), list.problem.title, list.problem.message);
    return null;
  }
  const template = member(entry.value, "trial")!;
  if (template.type !== "map") return null;
  const parts = member(template, "kind") ? [{ key: "trial", keySpan: entry.keySpan, value: template as Value }] : template.entries;
  const names = parts.map((part) => part.key);
  if (names.length === 0) {
    report(firstLine(template.span), "no trial", "`trial` is a stage, such as `{kind: train, …}`, or several by name.");
    return null;
  }
  const stageNames = [...(names[0] === "trial" ? [] : names), ...reading.stageNames];
  const space = member(entry.value, "space");
  const drafts: { key: string; stages: ReadonlyMap<string, Draft> }[] = [];
  for (const { key, values } of list.trials) {
    let failed = false;
    const once: Report = (...mistake) => {
      failed ||= (mistake[5] ?? "error") === "error";
      report(...mistake);
    };
    const given: Value = {
      type: "map",
      span: space!.span,
      entries: list.parameters.map((name) => {
        const place = entriesOf(space!).find((option) => option.key === name)!;
        return { key: name, keySpan: place.keySpan, value: valueFrom(values[name], firstLine(place.value.span)) };
      }),
    };
    const stages = new Map(
      parts.map((part) => {
        const value = substitute(part.value, { trial: given }, once, ["params", "item", "any"]);
        return [part.key, readStage({ ...part, value }, { ...reading, stageNames, report: once, isTrial: true })];
      }),
    );
    if (failed) return null;
    drafts.push({ key, stages });
  }
  return { list, drafts };
}

function reportCycle(cycle: readonly string[], drafts: ReadonlyMap<string, Draft>, report: Report): void {
  const link = (from: string, to: string): { span: Span; label: string } => {
    const draft = drafts.get(from)!;
    const span = namesRead(draft).find((read) => read.stage === to)?.span ?? draft.entry.keySpan;
    return { span, label: `\`${from}\` reads \`${to}\`` };
  };
  const links = cycle.slice(0, -1).map((name, index) => link(name, cycle[index + 1]!));
  report(
    links[0]!.span,
    "stages wait for each other",
    `None of them can start first: ${cycle.join(" → ")}.`,
    links[0]!.label,
    links.slice(1).map((other) => ({ span: other.span, label: `${other.label}${other === links[links.length - 1] ? " again" : ""}` })),
  );
}

interface Checking {
  readonly stages: ReadonlyMap<string, Stage>;
  readonly folder: string;
  readonly report: Report;
  /** What a trial's stages run over, whatever they say. */
  readonly base: readonly Axis[];
  /** Of a trial's stage: what it is called. */
  readonly name?: string;
}

function checkStage(draft: Draft, checking: Checking): Stage | undefined {
  const { kind } = draft;
  if (!kind || (draft.options === undefined && !draft.use)) return undefined;
  const scope = scopeOf(draft, checking);
  if (!scope) return undefined;
  if (kind.trials) return draft.trials ? checkSearch(draft, scope, checking) : undefined;
  const set = draft.use ? withSettings(draft, scope, checking) : { entry: draft.entry, options: draft.options, use: null };
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
      report(
        span,
        "nothing to fan out over",
        `\`each:\` names a stage that offers elements, such as a \`fold\`, or one that runs over them; \`${stage}\` does not.`,
      );
      return undefined;
    }
    // Where the trial says nothing of its own, `each` of a search stands for the trial, and the search runs over what is around that.
    const isTrials = trials?.drafts.every(({ stages: parts }) => [...parts.values()].every((part) => part.each.length === 0)) === true;
    scope = joined(scope, isTrials ? axes.slice(0, -1) : axes);
  }
  return scope;
}

/** Options of a stage that takes a trial's settings: those of the first trial, which others resemble, beaten by its own. */
function withSettings(draft: Draft, scope: readonly Axis[], { stages, report }: Checking): { entry: Entry; options: JsonObject; use: Use } | undefined {
  const { entry, kind } = draft;
  const { stage: name, output, span } = draft.use!;
  const source = stages.get(name);
  if (!source) return undefined;
  const part = output === "" ? "trial" : output;
  const trials = trialsBehind(source);
  if (!trials || !source.offers) {
    report(
      span,
      "no settings there",
      `\`use\` takes the settings of a trial, from a \`search\` or a \`select\`, such as \`use: winners.trial\`; \`${name}\` has none.`,
    );
    return undefined;
  }
  const sample = trials.find((trial) => trial.stages.has(part))?.stages.get(part);
  if (!sample) {
    const names = [...new Set(trials.flatMap((trial) => [...trial.stages.keys()]))];
    report(span, "no such settings", `A trial of \`${name}\` has no stage \`${part}\`.${suggestion(part, names)}\n\nStages of a trial: ${names.join(", ")}`);
    return undefined;
  }
  if (sample.kind !== kind!.name) {
    report(span, "settings of another kind", `\`${name}.${part}\` is a \`${sample.kind}\`, so its settings do not fit a \`${kind!.name}\`.`);
    return undefined;
  }
  if (missingFrom(scope, [...source.scope, source.offers]).length > 0) {
    report(
      span,
      "one value wanted, many offered",
      `\`${name}\` offers settings per element. Add \`each: ${name}\` to \`${entry.key}\`, so that it runs once per element.`,
    );
    return undefined;
  }
  const written = Object.fromEntries(entriesOf(draft.body).map((option) => [option.key, plain(option.value)])) as JsonObject;
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
  const body = { ...merged.value, entries: entriesOf(merged.value).filter(({ key }) => !special.includes(key)) } as Value;
  const { options, problems } = optionProblems(kind!, body, merged, special);
  for (const problem of problems) report(problem.span, problem.title, problem.message, problem.label);
  return options && { entry: merged, options, use: { source, part } };
}

/** Trials whose settings a stage offers: its own, or those that it chooses from. */
function trialsBehind(stage: Stage): readonly Trial[] | undefined {
  if (stage.search) return stage.search.trials;
  const searches = stage.inputs.flatMap((edge) => edge.source.search ?? []);
  return searches.length > 0 ? searches.flatMap((search) => search.trials) : undefined;
}

/** Inputs are wired and typed, then the kind has its say. */
function finished(
  draft: Draft & { readonly options: JsonObject },
  scope: readonly Axis[],
  use: Use | null,
  { stages, folder, report, name = draft.entry.key }: Checking,
  search: Search | null = null,
): Stage | undefined {
  const { entry, options } = draft;
  const kind = draft.kind!;
  const inputs: Record<string, PortInfo | undefined> = {};
  const lists: Record<string, PortInfo[]> = {};
  const edges: Edge[] = [];
  for (const edge of draft.edges) {
    const read = stages.get(edge.stage);
    if (!read) continue;
    const port = kind.inputs.find((input) => input.option === edge.option)!;
    const names = Object.keys(read.outputs);
    const output = edge.output === "" ? defaultOutput(read, kind, edge.option) : edge.output;
    const info = read.outputs[output];
    if (!info) {
      report(
        edge.span,
        "no such output",
        `\`${edge.stage}\` has no output \`${output}\`.${suggestion(output, names)}\n\nOutputs of \`${edge.stage}\`: ${names.join(", ")}`,
      );
      continue;
    }
    const ofElement = isElementPart(read, output);
    const wanted = ofElement ? [...read.scope, read.offers!] : read.scope;
    const missing = missingFrom(scope, wanted);
    if (missing.length > 0 && !port.many) {
      const over = missing[missing.length - 1]!.stage;
      report(
        edge.span,
        "one value wanted, many offered",
        `\`${edge.stage}\` gives one ${over === edge.stage ? `\`${output}\` per element` : `result per element of \`${over}\``}. Add \`each: ${over}\` to \`${entry.key}\`, so that it runs once per element.`,
      );
      continue;
    }
    if (!port.accepts.includes(info.type)) {
      report(
        edge.span,
        "wrong type of input",
        `\`${edge.option}\` of \`${kind.name}\` takes a ${port.accepts.join(" or a ")}, but \`${edge.stage}.${output}\` is a ${info.type}.`,
        `a ${info.type}`,
      );
      continue;
    }
    if (edge.index === 0 || !inputs[edge.option]) inputs[edge.option] = info;
    if (port.many) lists[edge.option] = [...(lists[edge.option] ?? []), info];
    edges.push({ option: edge.option, index: edge.index, stage: edge.stage, output, source: read });
  }
  const optionSpan = (path: readonly (string | number)[] = []): Span => spanAt(entry, path);
  let outputs: Readonly<Record<string, PortInfo>> = {};
  if (kind.inputs.every((input) => input.optional || inputs[input.option] || draft.edges.some((edge) => edge.option === input.option))) {
    const context: CheckContext<unknown> = {
      options,
      inputs,
      lists,
      folder,
      seed: draft.seed,
      span: optionSpan,
      report: (mistake) => report(optionSpan(mistake.at), mistake.title, mistake.message, mistake.label, mistake.notes, mistake.severity),
    };
    outputs = kind.check(context);
  }
  const elements = search ? { keys: search.trials.map((trial) => trial.key), seeds: false } : kind.elements?.(options);
  const written = Object.fromEntries(entriesOf(draft.body).map((option) => [option.key, plain(option.value)])) as JsonObject;
  return {
    name,
    kind: kind.name,
    options,
    seed: draft.seed,
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

/** A search: the stages of every trial are checked as any others, at the trial; then what is scored. */
function checkSearch(draft: Draft, scope: readonly Axis[], checking: Checking): Stage | undefined {
  const { entry, trials, options } = draft;
  const { list, drafts } = trials!;
  const axis: Axis = { stage: entry.key, keys: list.trials.map((trial) => trial.key), seeds: false };
  const checked: Trial[] = [];
  const told = new Set<string>();
  for (const [index, { key, stages: parts }] of drafts.entries()) {
    const stages = new Map(checking.stages);
    const own = new Map<string, Stage>();
    let failed = false;
    // Trials resemble each other: what was told of one is not told again, and after a mistake the others are left alone.
    const report: Report = (span, title, message, label, notes, severity) => {
      failed ||= (severity ?? "error") === "error";
      const sentence = `${span?.file.path} ${span?.start} ${title} ${severity === "warning" ? "" : message}`;
      if (!told.has(sentence)) checking.report(span, title, message, label, notes, severity);
      told.add(sentence);
    };
    for (const [part, partDraft] of parts) {
      const each = partDraft.each.length > 0 || draft.each.length === 0 ? partDraft.each : draft.each;
      const name = parts.size === 1 ? entry.key : `${entry.key}.${part}`;
      const stage = checkStage({ ...partDraft, each }, { ...checking, stages, report, base: [...scope, axis], name });
      if (!stage || failed) return undefined;
      own.set(part, stage);
      stages.set(part, stage);
    }
    checked.push({ key, values: list.trials[index]!.values, stages: own });
  }
  const objective = objectiveOf(draft, checked[0]!, checking.report);
  if (!objective) return undefined;
  const scored = checked[0]!.stages.get(objective.part)!;
  const search: Search = {
    strategy: list.strategy,
    objective,
    parameters: list.parameters,
    total: list.total,
    rejected: list.rejected,
    trials: checked,
    folds: missingFrom([...scope, axis], scored.scope),
  };
  const stage = finished({ ...draft, options: options! }, scope, null, checking, search);
  return (
    stage && { ...stage, outputs: Object.fromEntries(Object.entries(stage.outputs).map(([output, info]) => [output, { ...info, count: checked.length }])) }
  );
}

/** Which stage of a trial is scored, by which metric. */
function objectiveOf({ entry, options }: Draft, { stages }: Trial, report: Report): Search["objective"] | undefined {
  const { minimize, maximize } = options!["objective"] as { minimize?: string; maximize?: string };
  const [direction, metric] = minimize !== undefined ? (["minimize", minimize] as const) : (["maximize", maximize!] as const);
  const names = [...stages.keys()];
  const [first, ...rest] = metric.split(".") as [string, ...string[]];
  const part = names.length > 1 && names.includes(first) ? first : names[names.length - 1]!;
  const path = names.length > 1 && names.includes(first) ? rest : [first, ...rest];
  const known = Object.values(stages.get(part)!.outputs).flatMap((output) => output.metrics ?? []);
  if (known.length > 0 && known.includes(path.join("."))) return { metric, direction, part, path };
  const all =
    names.length > 1
      ? names.flatMap((name) => Object.values(stages.get(name)!.outputs).flatMap((output) => (output.metrics ?? []).map((each) => `${name}.${each}`)))
      : known;
  report(
    spanAt(entry, ["objective", direction]),
    "no such metric",
    all.length === 0
      ? `A trial of \`${entry.key}\` ends in a stage without metrics, so there is nothing to compare by. Let it end in a \`train\` or an \`evaluate\`.`
      : `A trial of \`${entry.key}\` has no metric \`${metric}\`.${suggestion(metric, all)}\n\nMetrics: ${all.join(", ")}`,
  );
  return undefined;
}

/** Whether an output of a stage is that of the element at hand: a fold's `train`, which exists only under `each`. */
export const isElementPart = (stage: Stage, output: string): boolean => stage.offers?.seeds === true && (output === "train" || output === "validation");

/** The span of the deepest part of an option that exists; [] is the stage's name. */
function spanAt(entry: Entry, path: readonly (string | number)[]): Span {
  if (path.length === 0) return entry.keySpan;
  let value: Value = entry.value;
  let span = entry.keySpan;
  for (const part of path) {
    const next: Value | undefined = value.type === "list" ? value.items[Number(part)] : member(value, String(part));
    if (!next) break;
    value = next;
    span = next.type === "scalar" ? next.span : firstLine(next.span);
  }
  return span;
}

/** `stage` alone means its only output, else the only one of a type that the port takes, else the first. */
function defaultOutput(read: Stage, kind: Kind<unknown>, option: string): string {
  const port = kind.inputs.find((input) => input.option === option)!;
  const fitting = Object.keys(read.outputs).filter((name) => port.accepts.includes(read.outputs[name]!.type));
  return fitting[0] ?? Object.keys(read.outputs)[0] ?? "";
}
