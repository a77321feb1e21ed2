/** A stage's options against its kind's schema: canonical options with defaults, or problems with places. */
import type { core } from "zod";
import type { Span } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import type { JsonObject } from "../util/json.js";
import type { Kind } from "./kind.js";
import { type Entry, member, plain, type Value } from "./read.js";

export interface OptionProblem {
  readonly span: Span;
  readonly title: string;
  readonly message: string;
  readonly label?: string;
}
type Issue = core.$ZodIssue;

export function optionProblems(
  kind: Kind<unknown>,
  body: Value,
  entry: Entry,
  special: readonly string[],
): { options: JsonObject | undefined; problems: OptionProblem[] } {
  const result = kind.schema.safeParse(ordinary(plain(body)));
  if (result.success) return { options: result.data as JsonObject, problems: [] };
  const problems: OptionProblem[] = [];
  for (const issue of result.error.issues) problems.push(...explain(issue as Issue, [], kind, body, entry, special));
  // Optional branches of a union may tell the same place twice.
  const seen = new Set<string>();
  return {
    options: undefined,
    problems: problems.filter((problem) => !seen.has(`${problem.span.start} ${problem.title}`) && seen.add(`${problem.span.start} ${problem.title}`)),
  };
}

/** zod wants ordinary maps; a `__proto__` key is left out here, and reported as the unknown option that it is. */
function ordinary(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordinary);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key === "__proto__" ? "__proto__ " : key, ordinary(member)]));
}

function explain(issue: Issue, prefix: readonly PropertyKey[], kind: Kind<unknown>, body: Value, entry: Entry, special: readonly string[]): OptionProblem[] {
  const path = [...prefix, ...issue.path].map(String);
  const value = at(body, path);
  const span = value ? firstLine(value.span) : entry.keySpan;
  const name = path.filter((part) => !/^\d+$/.test(part)).join(".");
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => {
      const parent = at(body, path);
      const found = parent?.type === "map" ? parent.entries.find((option) => option.key === key.trim()) : undefined;
      const known = path.length === 0 ? [...kind.optionNames, ...special.filter((word) => word !== "kind")] : keysOf(issue);
      const owner = path.length === 0 ? kind.name : name;
      return {
        span: found?.keySpan ?? span,
        title: "unknown option",
        message: `\`${owner}\` has no option \`${key.trim()}\`.${suggestion(key.trim(), known)}${known.length ? `\n\nOptions of \`${owner}\`: ${known.join(", ")}` : ""}`,
      };
    });
  if (value === undefined && path.length > 0) {
    const owner =
      path.length === 1
        ? kind.name
        : path
            .slice(0, -1)
            .filter((part) => !/^\d+$/.test(part))
            .join(".");
    const parent = at(body, path.slice(0, -1));
    return [
      {
        span: path.length === 1 || !parent ? entry.keySpan : firstLine(parent.span),
        title: "missing option",
        message: `\`${owner}\` needs the option \`${path[path.length - 1]}\`: ${expected(issue)}.`,
      },
    ];
  }
  if (issue.code === "invalid_union" && "errors" in issue) {
    // The branch that got furthest says what is wrong; where none fits, the wanted forms are listed.
    const branches = issue.errors as readonly (readonly Issue[])[];
    const depth = (branch: readonly Issue[]): number =>
      Math.max(0, ...branch.map((inner) => inner.path.length + (inner.code === "unrecognized_keys" ? -1 : 0)));
    const reachable = branches.filter((branch) => !branch.some((inner) => inner.code === "invalid_type" && inner.path.length === 0));
    const best = [...reachable].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0];
    if (best && (depth(best) > 0 || reachable.length === 1))
      return best.flatMap((inner) => explain(inner, [...prefix, ...issue.path], kind, body, entry, special));
    return [
      {
        span,
        title: "wrong value",
        message: `\`${name || kind.name}\` is ${found(value)}, but ${issue.message === "Invalid input" ? `it takes ${[...new Set(branches.map((branch) => branch.map(expected).join(" and ")))].join(", or ")}` : issue.message}.`,
      },
    ];
  }
  if (issue.code === "invalid_value") {
    const known = (issue.values as readonly unknown[]).map(String);
    const given = value?.type === "scalar" ? String(value.value) : "";
    return [
      {
        span,
        title: `unknown ${path[path.length - 1]?.replace(/^\d+$/, "value") ?? "value"}`,
        message: `\`${name}\` has no value \`${given}\`.${suggestion(given, known)}\n\nValues of \`${name}\`: ${known.join(", ")}`,
      },
    ];
  }
  if (issue.code === "invalid_type")
    return [{ span, title: "wrong type", message: `\`${name || kind.name}\` is ${expected(issue)}, but ${found(value)} stands here.` }];
  return [
    {
      span,
      title: "wrong value",
      message: `\`${name || kind.name}\` is ${found(value)}: ${issue.message.replace(/^Invalid input: /, "").replace(/^Too (small|big): /, "")}.`,
    },
  ];
}

function keysOf(issue: Issue): string[] {
  const inner = (issue as { inst?: { _zod?: { def?: { shape?: object } } } }).inst?._zod?.def?.shape;
  return inner ? Object.keys(inner) : [];
}
function expected(issue: Issue): string {
  if (issue.code === "invalid_value") return `one of ${(issue.values as readonly unknown[]).map(String).join(", ")}`;
  if (issue.code !== "invalid_type") return issue.message;
  const words: Record<string, string> = {
    number: "a number",
    int: "a whole number",
    string: "text",
    boolean: "true or false",
    array: "a list",
    object: "a map",
    record: "a map",
  };
  return words[issue.expected] ?? issue.expected;
}
function found(value: Value | undefined): string {
  if (!value) return "nothing";
  if (value.type !== "scalar") return value.type === "map" ? "a map" : "a list";
  if (value.value === null) return "nothing";
  return typeof value.value === "string" ? `the text \`${value.value.slice(0, 60)}\`` : `\`${value.value}\``;
}
function at(value: Value, path: readonly string[]): Value | undefined {
  let found: Value | undefined = value;
  for (const part of path) found = found?.type === "list" ? found.items[Number(part)] : member(found, part);
  return found;
}
const firstLine = (span: Span): Span => {
  const end = span.file.text.indexOf("\n", span.start);
  return end < 0 || end > span.end ? span : { ...span, end };
};
