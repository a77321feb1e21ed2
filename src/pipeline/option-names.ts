/** Options and values whose names are missing, unknown or misspelt. */
import type { core } from "zod";
import type { Span } from "../diagnostic/diagnostic.js";
import { nearest, suggestion } from "../diagnostic/nearest.js";
import { firstLine } from "../diagnostic/source.js";
import { entriesOf } from "./document.js";
import type { Kind } from "./kind.js";
import { isIndex, nameOf, type OptionProblem, type Scene, valueAt } from "./option-scene.js";
import {
  choicesOf,
  constantsOf,
  discriminatorOf,
  formsAt,
  keysOf,
  type OptionSchema,
  optionSchema,
} from "./option-schema.js";

/** A map whose keys are the user's own names has one that cannot be a name. */
export function wrongName(
  path: readonly string[],
  issue: core.$ZodIssueInvalidKey,
  { body, entry }: Scene,
): OptionProblem {
  const [key, owner] = [path[path.length - 1]!, path.slice(0, -1)];
  const parent = valueAt(body, owner);
  const place = parent?.type === "map" ? parent.entries.find((option) => option.key === key) : undefined;
  const wanted = issue.issues[0]?.message ?? "another name";
  return {
    span: place?.keySpan ?? entry.keySpan,
    title: "not a name",
    message: `A name in \`${nameOf(owner)}\` is ${wanted}, but \`${key}\` stands here.`,
  };
}

/** Those that another form of the kind's options has are told together: one choice brings them all. */
export function unknownOptions(keys: readonly string[], path: readonly string[], scene: Scene): OptionProblem[] {
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
  const near = elsewhereText(nameOf(path), key, kind) || nearOption(key, path, scene);
  return {
    span: keySpanAt(path, key, scene),
    title: "unknown option",
    key: { owner: path.join("."), called: nameOf(path) || kind.name, name: key, isMissing: false },
    message: `${ownerOf(path, scene)} has no option \`${key}\`${why}.${near}${optionList(path, scene)}`,
  };
}

const nearOption = (key: string, path: readonly string[], scene: Scene): string =>
  suggestion(key, optionsThere(path, scene)) || (path.length === 0 ? nearUnread(key, scene.kind) : "");
/** What to write instead of what other tools call so. */
function elsewhereText(name: string, given: string, { elsewhere = {} }: Kind<unknown>): string {
  const instead = elsewhere[name];
  return instead && Object.hasOwn(instead, given) ? ` ${instead[given]}` : "";
}

/** An option of others is near. */
function nearUnread(key: string, kind: Kind<unknown>): string {
  const near = kind.unread && nearest(key, kind.optionNames);
  if (!near) return "";
  const readers = readersOf(near, kind).map((value) => `\`${value}\``);
  return ` Did you mean \`${near}\`? That is for ${readers.join(", ")}.`;
}

function keySpanAt(path: readonly string[], key: string, { body, entry }: Scene): Span {
  const parent = valueAt(body, path);
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

/** " with `source: mnist`" for a kind whose options depend on one of them, or on more. */
function variant(kind: Kind<unknown>, given: unknown): string {
  const [form, other] = formsAt(optionSchema(kind), [], given);
  if (discriminatorOf(kind) === undefined || !form || other) return "";
  const chosen = Object.entries(constantsOf(form)).map(([option, value]) => `${option}: ${String(value)}`);
  return ` with \`${chosen.join(", ")}\``;
}

export function missingOption(path: readonly string[], { kind, body, given, entry }: Scene): OptionProblem {
  const key = path[path.length - 1]!;
  const owner = path.slice(0, -1);
  const parent = owner.length > 0 ? valueAt(body, owner) : undefined;
  const forms = formsAt(optionSchema(kind), owner, given);
  const described = forms.map((form) => form.properties?.[key]).find((option) => option !== undefined);
  const called = nameOf(owner) || kind.name;
  const help = helpWith(path, formsAt(optionSchema(kind), path, given), described?.description);
  return {
    span: parent ? firstLine(parent.span) : entry.keySpan,
    title: "missing option",
    key: { owner: owner.join("."), called, name: key, isMissing: true },
    // A map that stands once, and by aliases elsewhere, lacks it once.
    about: `option ${path.join(".")} of ${body.span.file.path}:${body.span.start}`,
    message: `\`${owner.length > 0 ? nameOf(owner) : kind.name}\` needs the option \`${key}\`.${help}`,
  };
}

/** What may be written there: the values, where they are words; else what the option is. */
function helpWith(path: readonly string[], wanted: readonly OptionSchema[], description: string | undefined): string {
  const areWords = wanted.every((form) => form.const !== undefined || form.enum);
  const choices = areWords ? choicesOf(wanted) : [];
  if (choices.length > 0) return `\n\nValues of \`${nameOf(path)}\`: ${choices.join(", ")}`;
  return description ? `\n\n\`${path[path.length - 1]!}\`: ${description}` : "";
}

/** The name that is nearly that of an option which is missing: then saying that it is unknown is enough. */
export function misspelt(path: readonly string[], { kind, body, given }: Scene): string | undefined {
  const owner = path.slice(0, -1);
  const options = keysOf(formsAt(optionSchema(kind), owner, given));
  const isNear = (key: string): boolean => !options.includes(key) && nearest(key, options) === path[path.length - 1];
  return entriesOf(valueAt(body, owner)).find(({ key }) => isNear(key))?.key;
}

/** A word where one of some words is wanted, or the name of something that needs its options beside it. */
export function unknownChoice(
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
  const instead = elsewhereText(name, given, kind) || suggestion(given, choices);
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
