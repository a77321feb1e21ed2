/**
 * What zod found wrong → sentences, from the value that stands in the file and from what the schema says may stand
 * there (`option-schema.ts`).
 *
 * A value may have several forms, such as `adam` or `{adam: {…}}`: then the form that the value comes closest to is
 * explained.
 */
import type { core } from "zod";
import { firstLine } from "../diagnostic/source.js";
import { listed } from "../util/words.js";
import type { Value } from "./document.js";
import { missingOption, misspelt, unknownChoice, unknownOptions, wrongName } from "./option-names.js";
import { called, foundInWords, type OptionProblem, type Scene, valueAt } from "./option-scene.js";
import { choicesOf, discriminatorsOf, formsAt, inWords, type OptionSchema, optionSchema } from "./option-schema.js";

type Issue = core.$ZodIssue;

/** A rule about a whole map is left unsaid while something in the map is wrong. */
export function explainAll(issues: readonly Issue[], prefix: readonly string[], scene: Scene): OptionProblem[] {
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
    const span = valueAt(scene.body, named)?.span;
    return [
      {
        span: span ? firstLine(span) : scene.entry.keySpan,
        title: "not a name",
        message: "`__proto__` is a word of JavaScript's own and cannot be a name here. Choose another.",
      },
    ];
  }
  if (issue.code === "invalid_key") return [wrongName(path, issue, scene)];
  const value = valueAt(scene.body, path);
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => key.trim());
    return unknownOptions(keys, path, scene);
  }
  if (value === undefined && path.length > 0) return explainMissing(path, scene);
  if (isUnresolved(value) && !isForTrials(value, path, scene)) return [];
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
  const known = fitting.length > 0 ? fitting : wanted;
  const expected =
    ownWords(issue) ?? (known.length > 0 ? inWords({ anyOf: known }, { range: !isType }) : issue.message);
  return [
    {
      span,
      title: isType ? "wrong type" : "wrong value",
      message:
        `${called(path, scene)} is ${expected}, ` +
        `but ${foundInWords(value)} stands here.${advice(value, path, wanted, scene)}`,
    },
  ];
}

/** A name that is nearly the right one is reported as unknown; but not by zod where the right one decides the form. */
function explainMissing(path: readonly string[], scene: Scene): OptionProblem[] {
  const name = misspelt(path, scene);
  if (name === undefined) return [missingOption(path, scene)];
  return discriminatorsOf(scene.kind).includes(path.join(".")) ? unknownOptions([name], [], scene) : [];
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

/** What stands for a trial's values is looked up when trials are written out, which a text in their place never is. */
const isForTrials = (value: Value | undefined, path: readonly string[], { kind }: Scene): boolean =>
  kind.trials !== undefined &&
  path.join() === "trial" &&
  value?.type === "scalar" &&
  /\$\{(trial|item)\b/.test(String(value.value));

function isOfType(form: OptionSchema, value: Value | undefined): boolean {
  if (value?.type === "map") return form.type === "object";
  if (value?.type === "list") return form.type === "array";
  if (typeof value?.value === "number") return form.type === "number" || form.type === "integer";
  return form.type === typeof value?.value;
}
