/**
 * Document + kinds → Pipeline, or every diagnostic at once, in file order.
 *
 * The kinds are handed in as a table. `draft.ts` reads each stage, `check-stage.ts` wires and types it, `check-search.ts` does so for every trial.
 */
import { dirname, resolve } from "node:path";
import type { Checked, Diagnostic, Span } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { sortDiagnostics } from "../diagnostic/render.js";
import { checkStage } from "./check-stage.js";
import { orderStages } from "./cycle.js";
import { type Draft, namesRead, readSeed, readStage } from "./draft.js";
import type { Kinds } from "./kind.js";
import type { Pipeline, Stage } from "./pipeline.js";
import { member, type PipelineDocument, type Value } from "./read.js";
import { diagnosticOf, type Report } from "./report.js";
import { applySettings, type Settings, substitute } from "./settings.js";

const topLevel = ["name", "seed", "params", "profiles", "stages"];

export function checkPipeline(document: PipelineDocument, kinds: Kinds, settings: Settings = {}): Checked<Pipeline> {
  const diagnostics: Diagnostic[] = [];
  const { file } = document;
  const report: Report = (...mistake) => diagnostics.push(diagnosticOf(file.path, ...mistake));
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
  if (nameValue && (nameValue.type !== "scalar" || typeof nameValue.value !== "string" || !/^(?!\.+$)[\w.-]+$/.test(nameValue.value)))
    report(
      nameValue.span,
      "wrong type",
      "`name` is a word of letters, digits, `-`, `_` and `.`, and not of dots alone, because figures are kept in a folder of that name.",
    );
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
  const name = nameValue?.type === "scalar" ? String(nameValue.value) : nameOf(file.path);
  return { ok: true, value: { name, file, folder, stages: [...stages.values()] }, diagnostics: sorted };
}
/** A file called `.yaml` has no name of its own, and one of dots alone would lead out of the folder of figures. */
function nameOf(path: string): string {
  const stem = path.replace(/^.*[/\\]/, "").replace(/\.ya?ml$/i, "");
  return /^\.*$/.test(stem) ? "unnamed" : stem;
}

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
function reportCycle(cycle: readonly string[], drafts: ReadonlyMap<string, Draft>, report: Report): void {
  const link = (from: string, to: string): { span: Span; label: string } => {
    const draft = drafts.get(from)!;
    const span = namesRead(draft).find((read) => read.stage === to)?.span ?? draft.entry.keySpan;
    return { span, label: `\`${from}\` reads \`${to}\`` };
  };
  const links = cycle.slice(0, -1).map((name, index) => link(name, cycle[index + 1]!));
  report(links[0]!.span, "stages wait for each other", `None of them can start first: ${cycle.join(" → ")}.`, {
    label: links[0]!.label,
    notes: links.slice(1).map((other) => ({ span: other.span, label: `${other.label}${other === links[links.length - 1] ? " again" : ""}` })),
  });
}
