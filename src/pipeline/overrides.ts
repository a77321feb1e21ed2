/**
 * Profiles and `--set`: from the document as written to the document that is meant. Lookups are `lookup.ts`'s.
 *
 * Everything works on values that keep their spans, so a diagnostic points at the place a value came from: the file,
 * the profile, or the command line.
 */
import type { Diagnostic, SourceFile, Span } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { ownOf } from "../util/json.js";
import { type Entry, entriesOf, type MapValue, member, plain, type Value, valueFrom } from "./document.js";
import type { Kind, Kinds } from "./kind.js";
import { discriminatorOf } from "./option-schema.js";
import { readValue } from "./read.js";
import { diagnosticOf, type Report } from "./report.js";

export interface Overrides {
  readonly profile?: string | undefined;
  readonly set?: readonly string[] | undefined;
}

export function withOverrides(
  root: MapValue,
  file: SourceFile,
  overrides: Overrides,
  kinds: Kinds,
  diagnostics: Diagnostic[],
): MapValue {
  const report: Report = (mistake) => void diagnostics.push(diagnosticOf(file.path, mistake));
  let merged = root;
  for (const profile of profilesIn(root, overrides.profile)) merged = withProfile(merged, profile, kinds, report);
  for (const setting of overrides.set ?? []) merged = withSet(merged, setting, report);
  return merged;
}

/** `quick,csv` is one after the other, unless a profile has that very name. */
function profilesIn(root: MapValue, name: string | undefined): readonly string[] {
  if (name === undefined) return [];
  return member(member(root, "profiles"), name) ? [name] : name.split(",").map((part) => part.trim());
}

function withProfile(root: MapValue, name: string, kinds: Kinds, report: Report): MapValue {
  const profiles = member(root, "profiles");
  const names = entriesOf(profiles).map(({ key }) => key);
  const profile = member(profiles, name);
  if (!profile) {
    const none = name === "" ? "`--profile` names a profile by no letter at all." : `There is no profile \`${name}\`.`;
    const all = names.length > 0 ? `\n\nProfiles of this file: ${names.join(", ")}` : " This file has no profiles.";
    report({ title: "unknown profile", message: none + suggestion(name, names) + all });
    return root;
  }
  if (profile.type !== "map") return root;
  let merged = root;
  for (const entry of profile.entries) {
    if (entry.key === "stages" && entry.value.type === "map")
      merged = put(merged, { ...entry, value: mergeStages(member(merged, "stages"), entry.value, kinds) });
    else if (entry.key === "params" || entry.key === "seed")
      merged = put(merged, { ...entry, value: merge(member(merged, entry.key), entry.value) });
  }
  return merged;
}

/**
 * A stage that changes its `kind`, or the option that decides which others there are (a `source`, a `figure`), is
 * replaced whole; other stages are merged key by key.
 */
function mergeStages(base: Value | undefined, over: MapValue, kinds: Kinds): Value {
  if (base?.type !== "map") return over;
  // A change of a stage that is not there has been told.
  const known = new Set(base.entries.map((entry) => entry.key));
  const there = over.entries.filter((entry) => known.has(entry.key) || isWholeStage(entry.value));
  return putAll(base, there, (old, { value }) => {
    const changes = (key: string): boolean => {
      const next = member(value, key);
      const last = member(old, key);
      return next !== undefined && !(next.type === "scalar" && last?.type === "scalar" && next.value === last.value);
    };
    const kind = member(old, "kind");
    const known = kind?.type === "scalar" ? (ownOf(kinds, String(kind.value)) as Kind<unknown> | undefined) : undefined;
    const discriminator = known && discriminatorOf(known);
    const isOther = changes("kind") || (discriminator !== undefined && changes(discriminator));
    return old && !isOther ? merge(old, value) : value;
  });
}
/** What could be a stage by itself: a profile may add it. */
export const isWholeStage = (value: Value): boolean => value.type !== "map" || member(value, "kind") !== undefined;

function merge(base: Value | undefined, over: Value): Value {
  if (base?.type !== "map" || over.type !== "map") return over;
  return putAll(base, over.entries, (old, entry) => merge(old, entry.value));
}

/** Entries put over those of a map, each where its name stands, new names at the end. */
function putAll(
  map: MapValue,
  over: readonly Entry[],
  merged: (old: Value | undefined, entry: Entry) => Value,
): MapValue {
  const entries = new Map(map.entries.map((entry) => [entry.key, entry]));
  for (const entry of over) {
    const old = entries.get(entry.key);
    entries.set(entry.key, { ...(old ?? entry), value: merged(old?.value, entry) });
  }
  return { ...map, entries: [...entries.values()] };
}
const put = (map: MapValue, entry: Entry): MapValue => putAll(map, [entry], () => entry.value);

function withSet(root: MapValue, setting: string, report: Report): MapValue {
  const file: SourceFile = { path: "--set", text: setting };
  const whole: Span = { file, start: 0, end: Math.max(1, setting.length) };
  const equals = setting.indexOf("=");
  if (equals <= 0) {
    report({ span: whole, title: "not a setting", message: "`--set` takes name=value, such as `--set epochs=5`." });
    return root;
  }
  const name = setting
    .slice(0, equals)
    .trim()
    .replace(/^params\./, "");
  const span: Span = { file, start: equals + 1, end: Math.max(equals + 2, setting.length) };
  const read = readValue("--set", setting.slice(equals + 1));
  if (!read.ok) {
    report({
      span,
      title: "not valid YAML",
      message: `The value of \`${name}\` cannot be read. ${read.diagnostics[0]!.message}`,
    });
    return root;
  }
  const value = valueFrom(plain(read.value), span);
  if (name === "seed" && !setting.startsWith("params."))
    return put(root, { key: "seed", keySpan: { ...whole, end: equals }, value });
  const params = member(root, "params");
  if (params?.type !== "map" || !params.entries.some(({ key }) => key === name)) {
    const names = [...entriesOf(params).map(({ key }) => key), "seed"];
    report({
      span: { ...whole, end: equals },
      title: "unknown parameter",
      message:
        `There is no \`${name}\` under \`params:\`, so nothing would change.${suggestion(name, names)}\n\n` +
        `Names that --set can change: ${names.join(", ")}`,
    });
    return root;
  }
  return put(root, { key: "params", keySpan: params.span, value: put(params, { key: name, keySpan: whole, value }) });
}
