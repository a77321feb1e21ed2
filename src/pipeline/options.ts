/**
 * A stage's options against its kind's schema: canonical options with defaults, or problems with places.
 *
 * zod finds what is wrong; the sentences are made here, from the value that stands in the file and from what the schema
 * says may stand there (`option-schema.ts`). A value may have several forms, such as `adam` or `{adam: {…}}`: then the
 * form that the value comes closest to is explained.
 */

import type { core } from "zod";
import type { Span } from "../diagnostic/diagnostic.js";
import { nearest, suggestion } from "../diagnostic/nearest.js";
import { firstLine } from "../diagnostic/source.js";
import type { JsonObject } from "../util/json.js";
import { listed } from "../util/words.js";
import { type Entry, member, type Value } from "./document.js";
import type { Kind } from "./kind.js";
import {
  choicesOf,
  discriminatorOf,
  formsAt,
  inWords,
  keysOf,
  type OptionSchema,
  optionSchema,
} from "./option-schema.js";
import type { PlacedMistake } from "./report.js";

export interface OptionProblem extends PlacedMistake {
  readonly span: Span;
  /** Of a key that is missing or unknown: the map that it belongs to, and what that is called. */
  readonly key?: {
    readonly owner: string;
    readonly called: string;
    readonly name: string;
    readonly isMissing: boolean;
  };
}
type Issue = core.$ZodIssue;

/** What every explanation looks at. */
interface Scene {
  readonly kind: Kind<unknown>;
  /** The stage's map without `kind`, `each` and `seed`, with places. */
  readonly body: Value;
  /** The same as zod saw it. */
  readonly given: unknown;
  readonly entry: Entry;
  /** Keys of a stage that are no options of its kind. */
  readonly special: readonly string[];
}

export function optionProblems(
  kind: Kind<unknown>,
  body: Value,
  entry: Entry,
  special: readonly string[],
): { options: JsonObject | undefined; problems: OptionProblem[] } {
  const given = ordinary(body, kind.spelled);
  const result = kind.schema.safeParse(given);
  if (result.success) return { options: result.data as JsonObject, problems: [] };
  const scene: Scene = { kind, body, given, entry, special };
  // A long list of what is wrong is wrong in the same way.
  const problems = explainAll(result.error.issues.slice(0, mostExplained), [], scene);
  // Two rules about one value may say the same.
  const seen = new Set<string>();
  return {
    options: undefined,
    problems: problems.filter(
      ({ span, message }) => !seen.has(`${span.start} ${message}`) && seen.add(`${span.start} ${message}`),
    ),
  };
}

const mostExplained = 100;

/**
 * As zod wants it: ordinary maps. A `__proto__` key is left out here, and reported as the unknown option that it is.
 *
 * @param spelled  keys inside whose values words are taken as they were written: `[True, 1.0]` there is two words of a
 *   file
 */
function ordinary(value: Value, spelled: readonly string[] = []): unknown {
  if (value.type === "scalar") return value.value;
  if (value.type === "list") return value.items.map((item) => ordinary(item));
  const map: Record<string, unknown> = {};
  for (const { key, value: inner } of value.entries)
    map[key === "__proto__" ? "__proto__ " : key] =
      spelled.includes(key) && inner.type !== "scalar" ? asSpelled(inner) : ordinary(inner);
  return map;
}
function asSpelled(value: Value): unknown {
  if (value.type === "scalar") return value.source ?? value.value;
  if (value.type === "list") return value.items.map(asSpelled);
  const map: Record<string, unknown> = {};
  for (const { key, value: inner } of value.entries) map[key === "__proto__" ? "__proto__ " : key] = asSpelled(inner);
  return map;
}

/** A rule about a whole map is left unsaid while something in the map is wrong. */
function explainAll(issues: readonly Issue[], prefix: readonly string[], scene: Scene): OptionProblem[] {
  const specific = issues.filter((issue) => issue.code !== "custom");
  const under = (issue: Issue): boolean =>
    specific.some((other) => issue.path.every((part, index) => other.path[index] === part));
  return inOneBreath(
    issues
      .filter((issue) => issue.code !== "custom" || !under(issue))
      .flatMap((issue) => explain(issue, prefix, scene)),
  );
}

/**
 * Options that a map lacks are told together, with an unknown one where there is one: that may be the one that was
 * meant.
 */
function inOneBreath(problems: readonly OptionProblem[]): OptionProblem[] {
  return problems.flatMap((problem) => {
    const { key } = problem;
    if (!key) return [problem];
    const beside = problems.filter((other) => other.key?.owner === key.owner);
    const missing = beside.filter((other) => other.key!.isMissing);
    const unknown = beside.find((other) => !other.key!.isMissing);
    const names = missing.map((other) => `\`${other.key!.name}\``);
    const needs = `\`${missing[0]?.key?.called}\` needs the option${names.length > 1 ? "s" : ""} ${listed(names)}.`;
    if (key.isMissing && (unknown || problem !== missing[0])) return [];
    if (key.isMissing)
      return missing.length === 1 ? [problem] : [{ ...problem, title: "missing options", message: needs }];
    if (problem !== unknown || missing.length === 0) return [problem];
    const [first, ...rest] = problem.message.split("\n\n");
    return [{ ...problem, message: [`${first} ${needs}`, ...rest].join("\n\n") }];
  });
}

function explain(issue: Issue, prefix: readonly string[], scene: Scene): OptionProblem[] {
  const path = [...prefix, ...issue.path.map(String)];
  if (path.includes("__proto__ ")) {
    const named = path.map((part) => part.trim());
    const span = at(scene.body, named)?.span;
    return [
      {
        span: span ? firstLine(span) : scene.entry.keySpan,
        title: "not a name",
        message: "`__proto__` is a word of JavaScript's own and cannot be a name here. Choose another.",
      },
    ];
  }
  if (issue.code === "invalid_key") return [wrongName(path, issue, scene)];
  const value = at(scene.body, path);
  if (issue.code === "unrecognized_keys")
    return unknownOptions(
      issue.keys.map((key) => key.trim()),
      path,
      scene,
    );
  if (value === undefined && path.length > 0) return isMisspelt(path, scene) ? [] : [missingOption(path, scene)];
  if (isUnresolved(value)) return [];
  const wanted = formsAt(optionSchema(scene.kind), path, scene.given);
  const span = value ? firstLine(value.span) : scene.entry.keySpan;
  if (issue.code === "invalid_union") {
    const closest = closestForm(issue.errors ?? []);
    if (closest) return explainAll(closest, path, scene);
  }
  if (issue.code === "invalid_union" || issue.code === "invalid_value") {
    const choice =
      value?.type === "scalar" && typeof value.value === "string"
        ? unknownChoice(value.value, path, wanted, span, scene.kind)
        : undefined;
    if (choice) return [choice];
  }
  const isType = issue.code === "invalid_type" || issue.code === "invalid_union" || issue.code === "invalid_value";
  const fitting = isType ? wanted : wanted.filter((form) => isOfType(form, value));
  const expected =
    ownWords(issue) ??
    (wanted.length > 0 ? inWords({ anyOf: fitting.length > 0 ? fitting : wanted }, { range: !isType }) : issue.message);
  return [
    {
      span,
      title: isType ? "wrong type" : "wrong value",
      message: `${called(path, scene)} is ${expected}, but ${found(value)} stands here.${advice(value, path, wanted, scene)}`,
    },
  ];
}

/** A map whose keys are the user's own names has one that cannot be a name. */
function wrongName(
  path: readonly string[],
  issue: Extract<Issue, { code: "invalid_key" }>,
  { body, entry }: Scene,
): OptionProblem {
  const [key, owner] = [path[path.length - 1]!, path.slice(0, -1)];
  const parent = at(body, owner);
  const place = parent?.type === "map" ? parent.entries.find((option) => option.key === key) : undefined;
  const wanted = issue.issues[0]?.message ?? "another name";
  return {
    span: place?.keySpan ?? entry.keySpan,
    title: "not a name",
    message: `A name in \`${nameOf(owner)}\` is ${wanted}, but \`${key}\` stands here.`,
  };
}

/** Those that another form of the kind's options has are told together: one choice brings them all. */
function unknownOptions(keys: readonly string[], path: readonly string[], scene: Scene): OptionProblem[] {
  const { kind } = scene;
  const unread = kind.unread && path.length === 0 ? keys.filter((key) => kind.optionNames.includes(key)) : [];
  return [
    ...(unread.length > 0 ? [unreadOptions(unread, scene)] : []),
    ...keys.filter((key) => !unread.includes(key)).map((key) => unknownOption(key, path, scene)),
  ];
}

function unreadOptions(keys: readonly string[], scene: Scene): OptionProblem {
  const { kind, given } = scene;
  const [value] = valuesOf(formsAt(optionSchema(kind), [], given), kind);
  const { title, message } = kind.unread!(value!, keys, readersOf(keys[0]!, kind));
  return { span: keySpanAt([], keys[0]!, scene), title, message: `${message}${optionList([], scene)}` };
}
const valuesOf = (found: readonly OptionSchema[], kind: Kind<unknown>): readonly string[] =>
  found.map(({ properties }) => String(properties?.[discriminatorOf(kind) ?? ""]?.const));
/** Values of the option that decides which others there are, by which there is this one. */
const readersOf = (key: string, kind: Kind<unknown>): readonly string[] =>
  valuesOf(
    formsAt(optionSchema(kind), []).filter(({ properties }) => Object.hasOwn(properties ?? {}, key)),
    kind,
  );

function unknownOption(key: string, path: readonly string[], scene: Scene): OptionProblem {
  const { kind } = scene;
  const why = path.length === 0 && key === "seed" ? ", because it draws no random numbers" : "";
  const near = suggestion(key, optionsThere(path, scene)) || (path.length === 0 ? nearUnread(key, kind) : "");
  return {
    span: keySpanAt(path, key, scene),
    title: "unknown option",
    key: { owner: path.join("."), called: nameOf(path) || kind.name, name: key, isMissing: false },
    message: `${ownerOf(path, scene)} has no option \`${key}\`${why}.${near}${optionList(path, scene)}`,
  };
}

/** An option of others is near. */
function nearUnread(key: string, kind: Kind<unknown>): string {
  const near = kind.unread && nearest(key, kind.optionNames);
  return near
    ? ` Did you mean \`${near}\`? That is for ${readersOf(near, kind)
        .map((value) => `\`${value}\``)
        .join(", ")}.`
    : "";
}

function keySpanAt(path: readonly string[], key: string, { body, entry }: Scene): Span {
  const parent = at(body, path);
  const place = parent?.type === "map" ? parent.entries.find((option) => option.key === key) : undefined;
  return place?.keySpan ?? entry.keySpan;
}
const optionsThere = (path: readonly string[], { kind, given, special }: Scene): readonly string[] => [
  ...keysOf(formsAt(optionSchema(kind), path, given)),
  ...(path.length === 0 ? special.filter((word) => word !== "kind") : []),
];
const ownerOf = (path: readonly string[], { kind, given }: Scene): string =>
  path.length === 0 ? `\`${kind.name}\`${variant(kind, given)}` : `\`${nameOf(path)}\``;
function optionList(path: readonly string[], scene: Scene): string {
  const options = optionsThere(path, scene);
  return options.length > 0 ? `\n\nOptions of ${ownerOf(path, scene)}: ${options.join(", ")}` : "";
}

/** " with `source: mnist`" for a kind whose options depend on one of them. */
function variant(kind: Kind<unknown>, given: unknown): string {
  const option = discriminatorOf(kind);
  const [form, other] = formsAt(optionSchema(kind), [], given);
  if (option === undefined || !form || other) return "";
  return ` with \`${option}: ${String(form.properties?.[option]?.const)}\``;
}

function missingOption(path: readonly string[], { kind, body, given, entry }: Scene): OptionProblem {
  const key = path[path.length - 1]!;
  const owner = path.slice(0, -1);
  const parent = owner.length > 0 ? at(body, owner) : undefined;
  const forms = formsAt(optionSchema(kind), owner, given);
  const described = forms.map((form) => form.properties?.[key]).find((option) => option !== undefined);
  const wanted = formsAt(optionSchema(kind), path, given);
  const choices =
    wanted.length > 0 && wanted.every((form) => form.const !== undefined || form.enum) ? choicesOf(wanted) : [];
  const help =
    choices.length > 0
      ? `Values of \`${nameOf(path)}\`: ${choices.join(", ")}`
      : described?.description
        ? `\`${key}\`: ${described.description}`
        : "";
  return {
    span: parent ? firstLine(parent.span) : entry.keySpan,
    title: "missing option",
    key: { owner: owner.join("."), called: nameOf(owner) || kind.name, name: key, isMissing: true },
    message: `\`${owner.length > 0 ? nameOf(owner) : kind.name}\` needs the option \`${key}\`.${help ? `\n\n${help}` : ""}`,
  };
}

/** Is the missing option there under a name that is nearly its own? Then telling the unknown name is enough. */
function isMisspelt(path: readonly string[], { kind, body, given }: Scene): boolean {
  const owner = path.slice(0, -1);
  const parent = at(body, owner);
  const options = keysOf(formsAt(optionSchema(kind), owner, given));
  return (
    parent?.type === "map" &&
    parent.entries.some(({ key }) => !options.includes(key) && nearest(key, options) === path[path.length - 1])
  );
}

/**
 * The issues of the form that a value of several forms was most likely meant to be; nothing when it is none of them.
 */
function closestForm(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const reachable = branches.filter(
    (issues) => issues.length > 0 && !issues.some((issue) => issue.path.length === 0 && isMismatch(issue)),
  );
  const unknown = (issues: readonly Issue[]): number =>
    issues.filter((issue) => issue.code === "unrecognized_keys").length;
  const depth = (issues: readonly Issue[]): number => Math.max(...issues.map((issue) => issue.path.length));
  return [...reachable].sort((a, b) => unknown(a) - unknown(b) || depth(b) - depth(a) || a.length - b.length)[0];
}
function isMismatch(issue: Issue): boolean {
  if (issue.code === "invalid_union") return closestForm(issue.errors ?? []) === undefined;
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

/** A word where one of some words is wanted, or the name of something that needs its options beside it. */
function unknownChoice(
  given: string,
  path: readonly string[],
  wanted: readonly OptionSchema[],
  span: Span,
  kind: Kind<unknown>,
): OptionProblem | undefined {
  const names = choicesOf(wanted);
  const keys = keysOf(wanted);
  const choices = [...new Set([...names, ...keys])];
  if (
    names.length === 0 ||
    (keys.length === 0 && wanted.some((form) => form.type === "number" || form.type === "integer"))
  )
    return undefined;
  const name = nameOf(path);
  const last = path[path.length - 1]!;
  const thing = isIndex(last) ? name.replace(/^.*\./, "").replace(/s$/, "") : last;
  const option = wanted.map((form) => form.properties?.[given]).find((found) => found !== undefined);
  if (option)
    return {
      span,
      title: `${given} needs its options`,
      message: `\`${given}\` cannot stand alone. Write \`${given}: ${exampleOf(option)}\`, with values of your own.`,
    };
  const elsewhere = kind.elsewhere?.[name];
  const instead = elsewhere && Object.hasOwn(elsewhere, given) ? ` ${elsewhere[given]}` : suggestion(given, choices);
  return {
    span,
    title: `unknown ${thing}`,
    message: `\`${name}\` has no value \`${given}\`.${instead}\n\nValues of \`${name}\`: ${choices.join(", ")}`,
  };
}

/** The shortest thing that may stand there: `{units: …}`. */
function exampleOf(option: OptionSchema): string {
  const [form] = formsAt(option, []);
  const needed = form?.required ?? [];
  return needed.length > 0 ? `{${needed.map((name) => `${name}: …`).join(", ")}}` : "…";
}

/** What the schema's author says is wanted, if anything. */
function ownWords(issue: Issue): string | undefined {
  return /^(Invalid |Too (small|big)|Unrecognized)/.test(issue.message) ? undefined : issue.message;
}

/** What to do, where it is plain from what stands there. */
function advice(
  value: Value | undefined,
  path: readonly string[],
  wanted: readonly OptionSchema[],
  { kind, given }: Scene,
): string {
  if (value?.type !== "scalar") return "";
  if (value.value === null) {
    const last = path[path.length - 1] ?? "";
    return choicesOf(formsAt(optionSchema(kind), path.slice(0, -1), given)).includes(last)
      ? ` Write \`${last}\` without the colon.`
      : "";
  }
  if (typeof value.value !== "string") return "";
  const text = value.value;
  const takes = (...types: readonly string[]): boolean => wanted.some((form) => types.includes(String(form.type)));
  if (takes("boolean") && /^(yes|on|y)$/i.test(text)) return " Write `true`.";
  if (takes("boolean") && /^(no|off|n)$/i.test(text)) return " Write `false`.";
  const written = value.span.file.text.slice(value.span.start, value.span.end);
  if (
    takes("number", "integer", "boolean") &&
    /^["']/.test(written) &&
    written.slice(1, -1) === text &&
    /^(true|false|-?\d+(\.\d+)?(e-?\d+)?)$/.test(text)
  )
    return " Leave out the quotes.";
  return "";
}

/** An unknown ${…} has been told already, at its place. */
function isUnresolved(value: Value | undefined): boolean {
  return value?.type === "scalar" && typeof value.value === "string" && /\$\{[^}]*\}/.test(value.value);
}

const isIndex = (part: string): boolean => /^\d+$/.test(part);
/** Dotted, without places in lists: `layers.dense.units`. */
const nameOf = (path: readonly string[]): string => path.filter((part) => !isIndex(part)).join(".");

function called(path: readonly string[], { kind }: Scene): string {
  const last = path[path.length - 1];
  return last !== undefined && isIndex(last) ? `An item of \`${nameOf(path)}\`` : `\`${nameOf(path) || kind.name}\``;
}

function isOfType(form: OptionSchema, value: Value | undefined): boolean {
  if (value?.type === "map") return form.type === "object";
  if (value?.type === "list") return form.type === "array";
  if (typeof value?.value === "number") return form.type === "number" || form.type === "integer";
  return form.type === typeof value?.value;
}

function found(value: Value | undefined): string {
  if (!value) return "nothing";
  if (value.type === "list") return value.items.length === 0 ? "an empty list" : `a list of ${value.items.length}`;
  if (value.type === "map") {
    const keys = value.entries.slice(0, 5).map((entry) => `\`${entry.key}\``);
    return keys.length === 0 ? "an empty map" : `a map with ${listed(keys)}`;
  }
  if (value.value === null) return "nothing";
  if (typeof value.value !== "string") return `\`${value.value}\``;
  return value.value === ""
    ? "an empty text"
    : `the text \`${value.value.slice(0, 60)}${value.value.length > 60 ? "…" : ""}\``;
}

function at(value: Value, path: readonly string[]): Value | undefined {
  let found: Value | undefined = value;
  for (const part of path) found = found?.type === "list" ? found.items[Number(part)] : member(found, part);
  return found;
}
