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
import type { CheckContext, Kind, Kinds, PortInfo } from "./kind.js";
import { optionProblems } from "./options.js";
import type { Edge, Pipeline, Stage } from "./pipeline.js";
import { type Entry, member, type PipelineDocument, type Value } from "./read.js";
import { applySettings, type Settings, substitute } from "./settings.js";

const topLevel = ["name", "seed", "params", "profiles", "stages"];

/** A stage as found in the file, before its ports are known. */
interface Draft {
  readonly entry: Entry;
  readonly kind: Kind<unknown> | undefined;
  readonly options: JsonObject | undefined;
  readonly edges: readonly (Edge & { readonly span: Span })[];
  readonly each: { readonly stage: string; readonly span: Span } | null;
  readonly seed: number;
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
  const stageNames = stagesValue.entries.map((entry) => entry.key);
  const drafts = new Map<string, Draft>();
  for (const entry of stagesValue.entries) {
    if (!/^[A-Za-z_][\w-]*$/.test(entry.key))
      report(entry.keySpan, "not a stage name", "A stage's name has letters, digits, `_` and `-`, and begins with a letter.");
    const value = substitute(entry.value, params, report);
    drafts.set(entry.key, readStage({ ...entry, value }, kinds, stageNames, rootSeed, report));
  }
  const { order, cycle } = orderStages(
    [...drafts.values()].map(({ entry, edges, each }) => ({ name: entry.key, reads: [...edges.map((edge) => edge.stage), ...(each ? [each.stage] : [])] })),
  );
  if (cycle) {
    reportCycle(cycle, drafts, report);
    return { ok: false, diagnostics: sortDiagnostics(diagnostics) };
  }
  const folder = resolve(dirname(file.path));
  const stages = new Map<string, Stage>();
  for (const name of order) {
    const stage = checkStage(drafts.get(name)!, drafts, stages, folder, report);
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

function readStage(entry: Entry, kinds: Kinds, stageNames: readonly string[], rootSeed: number, report: Report): Draft {
  const nothing: Draft = { entry, kind: undefined, options: undefined, edges: [], each: null, seed: rootSeed };
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
  const special = ["kind", "each", ...(kind.drawsRandomNumbers ? ["seed"] : [])];
  const body: Value = { ...entry.value, entries: entry.value.entries.filter((option) => !special.includes(option.key)) };
  const { options, problems } = optionProblems(kind, body, entry, special);
  for (const problem of problems) report(problem.span, problem.title, problem.message, problem.label);
  const edges: (Edge & { span: Span })[] = [];
  for (const input of kind.inputs) {
    const value = member(body, input.option);
    if (!value) continue;
    if (value.type !== "scalar" || typeof value.value !== "string") continue;
    const [stage, output] = [value.value.split(".")[0]!, value.value.split(".").slice(1).join(".")];
    if (!stageNames.includes(stage)) {
      report(value.span, "no such stage", `\`${entry.key}\` reads \`${stage}\`, but there is no such stage.${suggestion(stage, stageNames)}`);
      continue;
    }
    edges.push({ option: input.option, stage, output, span: value.span });
  }
  const eachValue = member(entry.value, "each");
  let each: Draft["each"] = null;
  if (eachValue) {
    const stage = eachValue.type === "scalar" ? String(eachValue.value) : "";
    if (stageNames.includes(stage)) each = { stage, span: eachValue.span };
    else report(eachValue.span, "no such stage", `\`each: ${stage}\` names no stage.${suggestion(stage, stageNames)}`);
  }
  return { entry, kind, options, edges, each, seed: (kind.drawsRandomNumbers ? readSeed(member(entry.value, "seed"), report) : undefined) ?? rootSeed };
}

function reportCycle(cycle: readonly string[], drafts: ReadonlyMap<string, Draft>, report: Report): void {
  const link = (from: string, to: string): { span: Span; label: string } => {
    const draft = drafts.get(from)!;
    const span = draft.edges.find((edge) => edge.stage === to)?.span ?? draft.each?.span ?? draft.entry.keySpan;
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

function checkStage(draft: Draft, drafts: ReadonlyMap<string, Draft>, stages: ReadonlyMap<string, Stage>, folder: string, report: Report): Stage | undefined {
  const { entry, kind, options } = draft;
  if (!kind || options === undefined) return undefined;
  const fansOut = (name: string): boolean => drafts.get(name)?.kind?.fansOut === true;
  let each: string | null = null;
  if (draft.each) {
    const over = stages.get(draft.each.stage);
    if (fansOut(draft.each.stage)) each = draft.each.stage;
    else if (over?.each) each = over.each;
    else if (over || drafts.get(draft.each.stage)?.options !== undefined) {
      report(
        draft.each.span,
        "nothing to fan out over",
        `\`each:\` names a stage that offers elements, such as a \`fold\`, or one that runs over them; \`${draft.each.stage}\` does not.`,
      );
      return undefined;
    }
  }
  const inputs: Record<string, PortInfo | undefined> = {};
  const edges: Edge[] = [];
  let broken = false;
  for (const edge of draft.edges) {
    const read = stages.get(edge.stage);
    if (!read) {
      broken = true;
      continue;
    }
    const names = Object.keys(read.outputs);
    const output = edge.output === "" ? defaultOutput(read, kind, edge.option) : edge.output;
    const info = read.outputs[output];
    if (!info) {
      report(
        edge.span,
        "no such output",
        `\`${edge.stage}\` has no output \`${output}\`.${suggestion(output, names)}\n\nOutputs of \`${edge.stage}\`: ${names.join(", ")}`,
      );
      broken = true;
      continue;
    }
    const over = fansOut(edge.stage) && info.type !== "folds" ? edge.stage : read.each;
    if (over !== null && over !== each) {
      report(
        edge.span,
        "one value wanted, many offered",
        `\`${edge.stage}\` gives one ${over === edge.stage ? `\`${output}\` per element` : `result per element of \`${over}\``}. Add \`each: ${over}\` to \`${entry.key}\`, so that it runs once per element.`,
      );
      broken = true;
      continue;
    }
    const port = kind.inputs.find((input) => input.option === edge.option)!;
    if (!port.accepts.includes(info.type)) {
      report(
        edge.span,
        "wrong type of input",
        `\`${edge.option}\` of \`${kind.name}\` takes a ${port.accepts.join(" or a ")}, but \`${edge.stage}.${output}\` is a ${info.type}.`,
        `a ${info.type}`,
      );
      broken = true;
      continue;
    }
    inputs[edge.option] = info;
    edges.push({ option: edge.option, stage: edge.stage, output });
  }
  const optionSpan = (path: readonly (string | number)[] = []): Span => spanAt(entry, path);
  let outputs: Readonly<Record<string, PortInfo>> = {};
  if (kind.inputs.every((input) => input.optional || inputs[input.option] || draft.edges.some((edge) => edge.option === input.option))) {
    const context: CheckContext<unknown> = {
      options,
      inputs,
      lists: {},
      folder,
      span: optionSpan,
      report: (mistake) => report(optionSpan(mistake.at), mistake.title, mistake.message, mistake.label, mistake.notes, mistake.severity),
    };
    outputs = kind.check(context);
  }
  return { name: entry.key, kind: kind.name, options, seed: draft.seed, inputs: broken ? edges : edges, each, outputs, span: entry.keySpan, optionSpan };
}

/** `stage` alone means its only output, else the only one of a type that the port takes, else the first. */
function defaultOutput(read: Stage, kind: Kind<unknown>, option: string): string {
  const port = kind.inputs.find((input) => input.option === option)!;
  const fitting = Object.keys(read.outputs).filter((name) => port.accepts.includes(read.outputs[name]!.type));
  return fitting[0] ?? Object.keys(read.outputs)[0] ?? "";
}

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
