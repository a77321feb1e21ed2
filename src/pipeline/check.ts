/**
 * Document + kinds → Pipeline, or every diagnostic at once, in file order.
 *
 * The kinds are handed in as a table. `draft.ts` reads each stage, `check-stage.ts` wires and types it,
 * `check-search.ts` does so for every trial.
 */

import { dirname, resolve } from "node:path";
import type { Checked, Diagnostic, Span } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { sortDiagnostics } from "../diagnostic/render.js";
import { firstLine } from "../diagnostic/source.js";
import { grouped } from "../util/numbers.js";
import { checkStage } from "./check-stage.js";
import { orderStages } from "./cycle.js";
import { checkStageName, type Draft, entriesOf, namesRead, readSeed, readStage } from "./draft.js";
import type { Kinds } from "./kind.js";
import { limits, overLimit } from "./limits.js";
import { Room, substitute } from "./lookup.js";
import { type Overrides, withOverrides } from "./overrides.js";
import type { Pipeline, Stage } from "./pipeline.js";
import { PlanSize } from "./plan-size.js";
import { member, type PipelineDocument, type Value } from "./read.js";
import { diagnosticOf, EnoughError, isError, keep, type Report } from "./report.js";
import { checkProfileStages, tellUnusedParameters } from "./unused.js";

const topLevel = ["name", "seed", "params", "profiles", "stages"];

export function checkPipeline(document: PipelineDocument, kinds: Kinds, overrides: Overrides = {}): Checked<Pipeline> {
  const diagnostics: Diagnostic[] = [];
  try {
    return checked(document, kinds, overrides, diagnostics);
  } catch (error) {
    if (error instanceof EnoughError) return { ok: false, diagnostics: sortDiagnostics(diagnostics) };
    throw error;
  }
}

function checked(
  document: PipelineDocument,
  kinds: Kinds,
  overrides: Overrides,
  diagnostics: Diagnostic[],
): Checked<Pipeline> {
  const { file } = document;
  const places = new Set<string>();
  const place = (span: Span | undefined): string => `${span?.file.path}:${span?.start}`;
  const tell = told(diagnostics, file.path);
  const report: Report = (mistake) => {
    places.add(place(mistake.span));
    tell(mistake);
  };
  const refused = (): { ok: false; diagnostics: Diagnostic[] } => ({
    ok: false,
    diagnostics: sortDiagnostics(diagnostics),
  });
  if (tooManyEntries(document.root, report)) return refused();
  for (const entry of document.root.entries)
    if (!topLevel.includes(entry.key))
      report({
        span: entry.keySpan,
        title: "unknown key",
        message: `A pipeline has no key \`${entry.key}\`.${suggestion(entry.key, topLevel)}\n\nKeys of a pipeline: ${topLevel.join(", ")}`,
      });
  checkProfiles(member(document.root, "profiles"), report);
  checkProfileStages(document.root, report);
  const root = withOverrides(document.root, file, overrides, diagnostics);
  const params = member(root, "params");
  if (params && params.type !== "map" && !(params.type === "scalar" && params.value === null))
    report({
      span: params.span,
      title: "wrong type",
      message: "`params` is a map of names to values, such as `params: {epochs: 5}`.",
    });
  const rootSeed = readSeed(member(root, "seed"), report) ?? 0;
  const nameValue = member(root, "name");
  if (
    nameValue &&
    (nameValue.type !== "scalar" || typeof nameValue.value !== "string" || !/^(?!\.+$)[\w.-]+$/.test(nameValue.value))
  )
    report({
      span: nameValue.span,
      title: "wrong type",
      message:
        "`name` is a word of letters, digits, `-`, `_` and `.`, and not of dots alone, because figures are kept in a folder of that name.",
    });
  else if (nameValue && String(nameValue.value).length > limits.name_length.most)
    report({
      span: nameValue.span,
      title: "name too long",
      message: overLimit("name_length", `This name has ${grouped(String(nameValue.value).length)}.`),
    });
  const stagesValue = member(root, "stages");
  if (stagesValue?.type !== "map" || stagesValue.entries.length === 0) {
    report({
      span: stagesValue ? firstLine(stagesValue.span) : firstLine(root.span),
      title: "no stages",
      message:
        "A pipeline needs at least one entry under `stages:`. An example:\n\nstages:\n  digits: {kind: load, source: mnist}",
    });
    return refused();
  }
  const isTold = (span: Span | undefined): boolean => places.has(place(span));
  const stageNames = stagesValue.entries.map((entry) => entry.key);
  const drafts = new Map<string, Draft>();
  // One mistake, one message: of a stage that has one, or that reads such a stage, others know its type and no more.
  const broken = new Set<string>();
  const reportOf =
    (stage: string): Report =>
    (mistake) => {
      if (isError(mistake)) broken.add(stage);
      report(mistake);
    };
  const room = new Room();
  for (const entry of stagesValue.entries) {
    checkStageName(entry, report);
    const value = substitute(entry.value, { params }, reportOf(entry.key), ["trial", "item"], room);
    drafts.set(
      entry.key,
      readStage(
        { ...entry, value },
        { kinds, stageNames, rootSeed, report: reportOf(entry.key), isTold, isTrial: false, room },
      ),
    );
  }
  const { order, cycle } = orderStages(
    [...drafts.values()].map((draft) => ({ name: draft.entry.key, reads: namesRead(draft).map(({ stage }) => stage) })),
  );
  if (cycle) {
    reportCycle(cycle, drafts, report);
    return refused();
  }
  const folder = resolve(dirname(file.path));
  const stages = new Map<string, Stage>();
  const size = new PlanSize();
  for (const name of order) {
    const draft = drafts.get(name)!;
    if (namesRead(draft).some((read) => broken.has(read.stage))) broken.add(name);
    const stage = checkStage(draft, { stages, broken, folder, report: reportOf(name), base: [] });
    if (!stage) {
      broken.add(name);
      continue;
    }
    stages.set(name, stage);
    const tooLarge = size.add(stage);
    if (tooLarge) {
      report({ span: stage.span, title: "too many steps", message: tooLarge });
      return refused();
    }
  }
  if (!diagnostics.some((diagnostic) => diagnostic.severity === "error"))
    tellUnusedParameters(document.root, document.aliased, report);
  const sorted = sortDiagnostics(diagnostics);
  if (sorted.some((diagnostic) => diagnostic.severity === "error")) return { ok: false, diagnostics: sorted };
  const name = nameValue?.type === "scalar" ? String(nameValue.value) : nameOf(file.path);
  return { ok: true, value: { name, file, folder, stages: [...stages.values()] }, diagnostics: sorted };
}
/**
 * A file called `.yaml` has no name of its own, and one of dots alone would lead out of the folder of figures. A long
 * one leaves room for an ending.
 */
function nameOf(path: string): string {
  const stem = path.replace(/^.*[/\\]/, "").replace(/\.ya?ml$/i, "");
  if (Buffer.byteLength(stem) > 200)
    return Buffer.from(stem)
      .subarray(0, 200)
      .toString("utf8")
      .replace(/\ufffd+$/, "");
  return /^\.*$/.test(stem) ? "unnamed" : stem;
}
/**
 * Tells mistakes into a list; one that shows at several places is told at the first of them, with the others beside it.
 */
function told(diagnostics: Diagnostic[], path: string): Report {
  const places = new Map<string, number>();
  const known = new Set<string>();
  return (mistake) => {
    const { span, title, message, about } = mistake;
    // What an alias repeats stands at one place.
    const sentence = `${span?.file.path} ${span?.start} ${title} ${message}`;
    if (span && known.has(sentence)) return;
    known.add(sentence);
    const index = about === undefined ? undefined : places.get(about);
    if (index === undefined) {
      if (about !== undefined) places.set(about, diagnostics.length);
      keep(diagnostics, diagnosticOf(path, mistake));
      return;
    }
    const first = diagnostics[index]!;
    const { span: at, notes = [] } = first;
    if (!span || !at || span.start === at.start || notes.length >= mostPlaces) return;
    // Told where the file shows it first.
    const isEarlier = span.file === at.file && span.start < at.start;
    const others = [...notes, { span: isEarlier ? at : span, label: "here, too" }].sort(
      (a, b) => a.span.start - b.span.start,
    );
    diagnostics[index] = { ...(isEarlier ? diagnosticOf(path, mistake) : first), notes: others };
  };
}
const mostPlaces = 5;

/** Counted before profiles are merged and names are compared. */
function tooManyEntries(root: Value, report: Report): boolean {
  const profiles = entriesOf(member(root, "profiles")).map((profile) => profile.value);
  const found = (["params", "stages"] as const).flatMap((key) =>
    [root, ...profiles].flatMap((map) => {
      const value = member(map, key);
      return value && entriesOf(value).length > limits[key].most ? [{ key, value }] : [];
    }),
  );
  for (const { key, value } of found)
    report({
      span: firstLine(value.span),
      title: `too many ${key}`,
      message: overLimit(key, `There are ${grouped(entriesOf(value).length)} entries under \`${key}\`.`),
    });
  return found.length > 0;
}

function checkProfiles(profiles: Value | undefined, report: Report): void {
  if (profiles?.type !== "map") return;
  for (const profile of profiles.entries) {
    if (profile.value.type !== "map")
      report({
        span: profile.value.span,
        title: "wrong type",
        message: `The profile \`${profile.key}\` is a map with seed, params or stages.`,
      });
    else
      for (const entry of profile.value.entries)
        if (!["seed", "params", "stages"].includes(entry.key))
          report({
            span: entry.keySpan,
            title: "unknown key",
            message: `A profile has no key \`${entry.key}\`.${suggestion(entry.key, ["seed", "params", "stages"])}\n\nKeys of a profile: seed, params, stages`,
          });
  }
}
function reportCycle(cycle: readonly string[], drafts: ReadonlyMap<string, Draft>, report: Report): void {
  const link = (from: string, to: string): { span: Span; label: string } => {
    const draft = drafts.get(from)!;
    const span = namesRead(draft).find((read) => read.stage === to)?.span ?? draft.entry.keySpan;
    return { span, label: `\`${from}\` reads \`${to}\`` };
  };
  const links = cycle.slice(0, -1).map((name, index) => link(name, cycle[index + 1]!));
  report({
    span: links[0]!.span,
    title: "stages wait for each other",
    message: `None of them can start first: ${cycle.join(" → ")}.`,
    label: links[0]!.label,
    notes: links.slice(1).map((other) => ({
      span: other.span,
      label: `${other.label}${other === links[links.length - 1] ? " again" : ""}`,
    })),
  });
}
