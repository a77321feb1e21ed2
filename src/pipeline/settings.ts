/**
 * Profiles, `--set` and ${params.x}: from the document as written to the document that is meant.
 *
 * Everything works on values that keep their spans, so a diagnostic points at the place a value came from: the file,
 * the profile, or the command line.
 */
import { parseDocument } from "yaml";
import type { Diagnostic, SourceFile, Span } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { type Entry, member, type Value } from "./read.js";
import { diagnosticOf, type Report } from "./report.js";

export interface Settings {
  readonly profile?: string | undefined;
  readonly set?: readonly string[] | undefined;
}
type MapValue = Value & { readonly type: "map" };

export function applySettings(root: MapValue, file: SourceFile, settings: Settings, diagnostics: Diagnostic[]): MapValue {
  const report: Report = (...mistake) => diagnostics.push(diagnosticOf(file.path, ...mistake));
  let merged = root;
  for (const profile of profilesIn(root, settings.profile)) merged = withProfile(merged, profile, report);
  for (const setting of settings.set ?? []) merged = withSetting(merged, setting, report);
  return merged;
}

/** `quick,csv` is one after the other, unless a profile has that very name. */
function profilesIn(root: MapValue, name: string | undefined): readonly string[] {
  if (name === undefined) return [];
  return member(member(root, "profiles"), name) ? [name] : name.split(",").map((part) => part.trim());
}

function withProfile(root: MapValue, name: string, report: Report): MapValue {
  const profiles = member(root, "profiles");
  const names = profiles?.type === "map" ? profiles.entries.map((entry) => entry.key) : [];
  const profile = member(profiles, name);
  if (!profile) {
    report(
      undefined,
      "unknown profile",
      `There is no profile \`${name}\`.${suggestion(name, names)}${names.length ? `\n\nProfiles of this file: ${names.join(", ")}` : " This file has no profiles."}`,
    );
    return root;
  }
  if (profile.type !== "map") return root;
  let merged = root;
  for (const entry of profile.entries) {
    if (entry.key === "stages" && entry.value.type === "map") merged = put(merged, { ...entry, value: mergeStages(member(merged, "stages"), entry.value) });
    else if (entry.key === "params" || entry.key === "seed") merged = put(merged, { ...entry, value: merge(member(merged, entry.key), entry.value) });
  }
  return merged;
}

/** A stage that changes its `kind` or `source` is replaced whole; other stages are merged key by key. */
function mergeStages(base: Value | undefined, over: MapValue): Value {
  if (base?.type !== "map") return over;
  let merged: MapValue = base;
  for (const entry of over.entries) {
    const old = member(base, entry.key);
    const changes = (key: string): boolean => {
      const next = member(entry.value, key);
      const last = member(old, key);
      return next !== undefined && !(next.type === "scalar" && last?.type === "scalar" && next.value === last.value);
    };
    merged = put(merged, { ...entry, value: old && !changes("kind") && !changes("source") ? merge(old, entry.value) : entry.value });
  }
  return merged;
}

function merge(base: Value | undefined, over: Value): Value {
  if (base?.type !== "map" || over.type !== "map") return over;
  return over.entries.reduce<MapValue>((merged, entry) => put(merged, { ...entry, value: merge(member(merged, entry.key), entry.value) }), base);
}

function put(map: MapValue, entry: Entry): MapValue {
  const index = map.entries.findIndex((other) => other.key === entry.key);
  const entries = index < 0 ? [...map.entries, entry] : map.entries.map((other, at) => (at === index ? { ...other, value: entry.value } : other));
  return { ...map, entries };
}

function withSetting(root: MapValue, setting: string, report: Report): MapValue {
  const file: SourceFile = { path: "--set", text: setting };
  const whole: Span = { file, start: 0, end: Math.max(1, setting.length) };
  const equals = setting.indexOf("=");
  if (equals <= 0) {
    report(whole, "not a setting", "`--set` takes name=value, such as `--set epochs=5`.");
    return root;
  }
  const name = setting
    .slice(0, equals)
    .trim()
    .replace(/^params\./, "");
  const span: Span = { file, start: equals + 1, end: Math.max(equals + 2, setting.length) };
  let value: Value;
  try {
    value = readSetting(setting.slice(equals + 1), span);
  } catch (error) {
    report(span, "not valid YAML", `The value of \`${name}\` cannot be read: ${(error as Error).message.split("\n")[0]}`);
    return root;
  }
  if (name === "seed" && !setting.startsWith("params.")) return put(root, { key: "seed", keySpan: { ...whole, end: equals }, value });
  const params = member(root, "params");
  const names = params?.type === "map" ? params.entries.map((entry) => entry.key) : [];
  if (params?.type !== "map" || !names.includes(name)) {
    report(
      { ...whole, end: equals },
      "unknown parameter",
      `There is no \`${name}\` under \`params:\`, so nothing would change.${suggestion(name, [...names, "seed"])}\n\nNames that --set can change: ${[...names, "seed"].join(", ")}`,
    );
    return root;
  }
  return put(root, { key: "params", keySpan: params.span, value: put(params, { key: name, keySpan: whole, value }) });
}

/** @throws when it is no YAML, or has aliases, which name nothing here */
function readSetting(text: string, span: Span): Value {
  const document = parseDocument(text, { version: "1.2", schema: "core", prettyErrors: false });
  if (document.errors.length > 0) throw document.errors[0];
  return valueFrom(document.toJS({ maxAliasCount: 10 }), span);
}

/** Plain data as a value that stands at `span`. */
export function valueFrom(value: unknown, span: Span): Value {
  if (Array.isArray(value)) return { type: "list", span, items: value.map((item) => valueFrom(item, span)) };
  if (value && typeof value === "object")
    return { type: "map", span, entries: Object.entries(value).map(([key, item]) => ({ key, keySpan: span, value: valueFrom(item, span) })) };
  return { type: "scalar", span, value: (value ?? null) as string | number | boolean | null };
}

const lookup = /\$\{([^}]*)\}/g;
/** In one stage. Parameters that name each other twice double at every step, so a few lines could ask for more than memory holds. */
const lookupLimit = 10_000;

/** What lookups may begin with, and the map (or value) that they look into. */
export type Roots = Readonly<Record<string, Value | undefined>>;

/** What the lookups of one stage share. */
interface Search {
  readonly roots: Roots;
  /** Roots whose lookups are left as they are; `any` for all but `trial` and `item`, which are mistakes where nothing has answered them. */
  readonly later: readonly string[];
  readonly report: Report;
  left: number;
}

/**
 * Replaces ${params.x}, and ${trial.x} and ${item} where they are given: alone it keeps the value's type, inside text it is spelled out. A pure
 * lookup; nothing is evaluated.
 */
export function substitute(value: Value, roots: Roots, report: Report, later: readonly string[] = []): Value {
  const told = new Set<string>();
  const once: Report = (span, title, message, details) => {
    const key = `${span?.file.path} ${span?.start} ${message}`;
    if (!told.has(key)) report(span, title, message, details);
    told.add(key);
  };
  return filled(value, { roots, later, report: once, left: lookupLimit }, []);
}

/** @param trail names of the parameters on the way here */
function filled(value: Value, search: Search, trail: readonly string[]): Value {
  if (value.type === "list") return { ...value, items: value.items.map((item) => filled(item, search, trail)) };
  if (value.type === "map") return { ...value, entries: value.entries.map((entry) => ({ ...entry, value: filled(entry.value, search, trail) })) };
  if (typeof value.value !== "string" || !value.value.includes("${")) return value;
  const alone = /^\$\{([^}]*)\}$/.exec(value.value);
  if (alone) {
    const found = find(alone[1]!.trim(), value.span, search, trail);
    return found === undefined ? value : withSpan(found, value.span);
  }
  const text = value.value.replace(lookup, (whole, name: string) => {
    const found = find(name.trim(), value.span, search, trail);
    if (found === undefined) return whole;
    if (found.type !== "scalar") {
      search.report(value.span, "a list or map inside text", `\`${whole}\` is a ${found.type}; alone it keeps its type, but it cannot be part of a text.`);
      return whole;
    }
    return String(found.value);
  });
  return { ...value, value: text };
}

/** The value as if written here; its own span stays where it is a map or list member. */
function withSpan(value: Value, span: Span): Value {
  return value.span.file.path === "--set" ? value : { ...value, span };
}

function followed(root: Value | undefined, name: string): Value | undefined {
  return name
    .split(".")
    .slice(1)
    .reduce<Value | undefined>((found, part) => member(found, part), root);
}

/** Of a lookup's root: where its names are written, and what one of them is called. */
const places: Readonly<Record<string, { readonly title: string; readonly where: string; readonly names: string }>> = {
  params: { title: "unknown parameter", where: "under `params:`", names: "Parameters" },
  trial: { title: "unknown parameter", where: "in the `space` of this search", names: "Parameters of the space" },
  item: { title: "unknown lookup", where: "in the items of this `repeat`", names: "Names in an item" },
};

function find(name: string, span: Span, search: Search, trail: readonly string[]): Value | undefined {
  const { roots, report } = search;
  const root = name.split(".", 1)[0]!;
  if (search.later.includes(root) || (search.later.includes("any") && !["trial", "item"].includes(root))) return undefined;
  const names = namesIn(roots["params"]);
  const value = Object.hasOwn(roots, root) && Object.hasOwn(places, root) ? roots[root] : undefined;
  const found = Object.hasOwn(places, root) ? followed(value, name) : undefined;
  // A parameter's name may be any key; but what is not there and looks like arithmetic was meant to be computed.
  const isExpression = !/^[\p{L}\p{N}_.-]*$/u.test(name) && found === undefined;
  if (!Object.hasOwn(roots, root) || (root !== "item" && !name.startsWith(`${root}.`)) || isExpression) {
    const where =
      root === "trial"
        ? " `${trial.name}` stands only inside the `trial` of a search."
        : root === "item"
          ? " `${item}` stands only inside a `repeat` with `over`."
          : "";
    report(
      span,
      "unknown lookup",
      `\`\${${name}}\` is not known.${where} A lookup is \`\${params.name}\`; no expression runs code.${suggestion(
        name.startsWith("params.") ? name : `params.${name}`,
        names.map((known) => `params.${known}`),
      )}`,
    );
    return undefined;
  }
  if (found === undefined) {
    const wanted = name.slice(root.length + 1);
    const { title, where, names: heading } = places[root]!;
    const known = namesIn(value);
    report(span, title, `There is no \`${wanted}\` ${where}.${suggestion(wanted, known)}${known.length ? `\n\n${heading}: ${known.join(", ")}` : ""}`);
    return undefined;
  }
  if (root !== "params") return found;
  if (trail.includes(name)) {
    report(span, "parameters in a circle", `\`\${${name}}\` leads back to itself: ${[...trail.slice(trail.indexOf(name)), name].join(" → ")}.`);
    return undefined;
  }
  if (search.left-- <= 0) {
    report(undefined, "too many lookups", `A stage may look up at most ${lookupLimit} parameters, those that parameters look up included.`);
    return undefined;
  }
  return filled(found, search, [...trail, name]);
}

const namesIn = (value: Value | undefined): readonly string[] => (value?.type === "map" ? value.entries.map((entry) => entry.key) : []);
