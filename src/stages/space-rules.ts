/**
 * What a search's `constraints` rule out.
 *
 * A condition is a value, a list of values, or a comparison such as '> 2'. It is read against the values of its
 * parameter before anything is tried: one that could never hold because it is spelled wrong is a mistake, one that
 * never or always holds is told as a warning.
 */

import * as z from "zod";
import type { Mistake } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { limits, overLimit } from "../pipeline/limits.js";
import { type Comparison, compares, comparisonIn, numberIn, unknownOperator } from "../util/comparison.js";
import type { Json, JsonObject } from "../util/json.js";
import { grouped } from "../util/numbers.js";

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const conditions = z
  .record(
    z.string(),
    z.union([scalar, z.array(scalar).min(1)], { error: "a value, a list of values, or a comparison such as '> 2'" }),
  )
  .refine((all) => Object.keys(all).length > 0, { error: "at least one parameter" });
const rule = z
  .strictObject({
    name: z.string().optional().describe("What the plan calls the rule. Default: the rule itself."),
    at_most_one: z
      .array(z.string())
      .min(2)
      .optional()
      .describe("At most one of these parameters is on: not 0, false, none or null."),
    never: conditions.optional().describe("This combination is ruled out."),
    if: conditions.optional().describe("Where this holds …"),
    then: conditions.optional().describe("… this must hold, too."),
  })
  .refine(
    ({ at_most_one, never, if: when, then }) =>
      [at_most_one, never, when].filter((part) => part !== undefined).length === 1 &&
      (when === undefined) === (then === undefined),
    {
      error: "one of `at_most_one: […]`, `never: {…}` and `if: {…}` with `then: {…}`",
    },
  );
export type Rule = z.infer<typeof rule>;
type Conditions = z.infer<typeof conditions>;
type Scalar = z.infer<typeof scalar>;
export const constraintsOption = z
  .array(rule)
  .default([])
  .describe(
    "Rules over the space. A condition is a value, a list of values, or a comparison such as '> 2' or '== 2'. " +
      "What a rule rejects is counted in the plan.",
  );

/** What a parameter may be: values, or a range of numbers with both ends. */
export type Domain =
  | { readonly values: readonly Json[] }
  | { readonly from: number; readonly to: number; readonly isWhole: boolean };

export interface ReadRule {
  readonly name: string;
  holds(values: JsonObject): boolean;
}
type Test = (value: Json | undefined) => boolean;

/** What a rule that never or always holds is reported as. */
const doubt = { severity: "warning", name: "rule_without_effect" } as const;

/** Rules as functions with what a reader would doubt about them, or every mistake. */
export function readRules(
  rules: readonly Rule[],
  domains: ReadonlyMap<string, Domain>,
):
  | { readonly rules: readonly ReadRule[]; readonly doubts: readonly Mistake[] }
  | { readonly problem: Mistake; readonly others?: readonly Mistake[] } {
  const count = rules.reduce(
    (sum, each) => sum + (each.at_most_one?.length ?? 0) + countOf(each.never) + countOf(each.if) + countOf(each.then),
    0,
  );
  if (count > limits.conditions.most)
    return {
      problem: {
        title: "too many conditions",
        message: overLimit("conditions", `These rules have ${grouped(count)}.`),
        at: ["constraints"],
      },
    };
  const names = [...domains.keys()];
  const doubts: Mistake[] = [];
  const problems: Mistake[] = [];
  const read: ReadRule[] = [];
  for (const [index, each] of rules.entries()) {
    const parts = new Map<string, ReadonlyMap<string, Test>>();
    for (const [part, used] of [
      ["at_most_one", each.at_most_one ?? []],
      ["never", Object.keys(each.never ?? {})],
      ["if", Object.keys(each.if ?? {})],
      ["then", Object.keys(each.then ?? {})],
    ] as const) {
      const place = used.findIndex((name) => !domains.has(name));
      if (place >= 0) {
        const name = used[place]!;
        const at = ["constraints", index, part, part === "at_most_one" ? place : name];
        const known = `${suggestion(name, names)}\n\nParameters of the space: ${names.join(", ")}`;
        problems.push({
          title: "unknown parameter",
          message: `The rule is about \`${name}\`, but the space has no such parameter.${known}`,
          at,
        });
        continue;
      }
      if (part === "at_most_one") continue;
      const found = readConditions(each[part], domains, ["constraints", index, part]);
      problems.push(...found.problems);
      doubts.push(...found.doubts);
      parts.set(part, found.tests);
    }
    // Of a parameter that is not in the space nothing more is said.
    const mayBeOn = each.at_most_one?.filter((name) => canBeOn(domains.get(name)));
    if (mayBeOn && mayBeOn.length < 2)
      doubts.push({
        title: "a rule without effect",
        message:
          "Of these parameters at most one is ever on, so the rule rejects nothing. Remove it, or correct its names or the space.",
        at: ["constraints", index, "at_most_one"],
        ...doubt,
      });
    read.push({ name: nameOf(each), holds: ruleOf(each, parts) });
  }
  const [problem, ...others] = problems;
  return problem ? { problem, others } : { rules: read, doubts };
}

const countOf = (all: Conditions | undefined): number =>
  Object.values(all ?? {}).reduce<number>((sum, wanted) => sum + (Array.isArray(wanted) ? wanted.length : 1), 0);

function ruleOf(each: Rule, parts: ReadonlyMap<string, ReadonlyMap<string, Test>>): ReadRule["holds"] {
  const { at_most_one } = each;
  if (at_most_one) return (values) => at_most_one.filter((name) => isOn(values[name])).length <= 1;
  // Lists, because they are asked for each of many configurations.
  const meeting = (part: string): ((values: JsonObject) => boolean) => {
    const tests = [...(parts.get(part) ?? [])];
    return (values) => tests.every(([name, test]) => test(values[name]));
  };
  const [never, when, then] = [meeting("never"), meeting("if"), meeting("then")];
  return each.never ? (values) => !never(values) : (values) => !when(values) || then(values);
}
const isOn = (value: Json | undefined): boolean =>
  !(value === 0 || value === false || value === null || value === undefined || value === "none" || value === "off");
const canBeOn = (domain: Domain | undefined): boolean => !(domain && "values" in domain) || domain.values.some(isOn);

function readConditions(
  all: Conditions | undefined,
  domains: ReadonlyMap<string, Domain>,
  at: readonly (string | number)[],
): {
  readonly tests: ReadonlyMap<string, Test>;
  readonly doubts: readonly Mistake[];
  readonly problems: readonly Mistake[];
} {
  const tests = new Map<string, Test>();
  const doubts: Mistake[] = [];
  const problems: Mistake[] = [];
  for (const [name, wanted] of Object.entries(all ?? {})) {
    const domain = domains.get(name)!;
    const items = (Array.isArray(wanted) ? wanted : [wanted]).map((one, place) => ({
      one,
      at: [...at, name, ...(Array.isArray(wanted) ? [place] : [])],
    }));
    const found: Test[] = [];
    for (const item of items) {
      const message = mistakeIn(item.one, name, domain);
      if (message) {
        problems.push({ title: "not a condition", message, at: item.at });
        continue;
      }
      const test = testOf(item.one, domain);
      if (reach(item.one, test, domain) === "never")
        doubts.push({
          title: "a condition without effect",
          message: `\`${name}\` is never ${conditionText(item.one)}: ${domainText(domain)}. Remove the condition, or correct it or the space.`,
          at: item.at,
          ...doubt,
        });
      found.push(test);
    }
    if (found.length < items.length) continue;
    const test: Test = found.length === 1 ? found[0]! : (value) => found.some((one) => one(value));
    if (
      items.length === 1
        ? reach(items[0]!.one, test, domain) === "always"
        : "values" in domain && domain.values.every((value) => test(value))
    )
      doubts.push({
        title: "a condition without effect",
        message: `\`${name}\` is always ${Array.isArray(wanted) ? "one of these" : conditionText(wanted)}: ${domainText(domain)}. Remove the condition, or correct it or the space.`,
        at: [...at, name],
        ...doubt,
      });
    tests.set(name, test);
  }
  return { tests, doubts, problems };
}

const conditionText = (one: Scalar): string =>
  typeof one === "string" && comparisonIn(one) ? one.trim() : `\`${String(one)}\``;
function domainText(domain: Domain): string {
  if (!("values" in domain)) return `it goes from ${domain.from} to ${domain.to}`;
  const texts = domain.values.slice(0, 8).map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  return `its values are ${texts.join(", ")}${domain.values.length > texts.length ? ", …" : ""}`;
}

/** A comparison, unless the parameter has that very text as a value. */
function comparisonFor(one: Scalar, domain: Domain): ReturnType<typeof comparisonIn> {
  if (typeof one !== "string" || ("values" in domain && domain.values.includes(one))) return null;
  return comparisonIn(one);
}

/** What is wrong with a condition, as a sentence. */
function mistakeIn(one: Scalar, name: string, domain: Domain): string | undefined {
  const found = comparisonFor(one, domain);
  if (found && "written" in found) return unknownOperator(found);
  if (found) {
    if (found.operand === "") return `\`${found.operator}\` compares with something, such as '${found.operator} 2'.`;
    if (found.operator === "==" || found.operator === "!=") return undefined;
    if (numberIn(found.operand) === null)
      return `\`${found.operator}\` compares numbers, and \`${found.operand}\` is none.`;
    if ("values" in domain && !domain.values.some((value) => typeof value === "number"))
      return `\`${found.operator}\` compares numbers, but no value of \`${name}\` is one.`;
    return undefined;
  }
  const spelled = isUnlike(one, domain);
  if (spelled === undefined) return undefined;
  return typeof one === "string"
    ? `\`${one}\` is text here, but the values of \`${name}\` are not. Leave out the quotes.`
    : `\`${String(one)}\` is no text here, but \`${name}\` has the text \`${spelled}\`. Put it in quotes.`;
}

/** The value that is spelled the same but is of another type, where none is of its own. */
function isUnlike(one: Scalar, domain: Domain): string | undefined {
  if (!("values" in domain)) return typeof one === "string" && numberIn(one) !== null ? one : undefined;
  if (domain.values.includes(one)) return undefined;
  const like = domain.values.find(
    (value) => (typeof one === "string") !== (typeof value === "string") && isSameText(value, one),
  );
  return like === undefined ? undefined : String(like);
}
const isSameText = (a: Json, b: Scalar): boolean => {
  const [left, right] = [numberIn(String(a)), numberIn(String(b))];
  return left !== null && right !== null
    ? left === right
    : a !== null && typeof a !== "object" && String(a) === String(b);
};

function testOf(one: Scalar, domain: Domain): Test {
  const found = comparisonFor(one, domain);
  if (!found || "written" in found) return (value) => value === one;
  const { operator, operand } = found;
  const bound = numberIn(operand);
  if (operator === "==") return (value) => isEqual(value, operand, bound);
  if (operator === "!=") return (value) => !isEqual(value, operand, bound);
  return (value) => typeof value === "number" && compares(operator, value, bound!);
}
const isEqual = (value: Json | undefined, operand: string, bound: number | null): boolean =>
  typeof value === "number" && bound !== null ? value === bound : String(value) === operand;

/** Whether a condition holds for every value of a parameter, or for none. */
function reach(one: Scalar, test: Test, domain: Domain): "never" | "always" | "sometimes" {
  if ("values" in domain) {
    if (!domain.values.some((value) => test(value))) return "never";
    return domain.values.every((value) => test(value)) ? "always" : "sometimes";
  }
  const found = comparisonFor(one, domain);
  const comparison: Comparison = found && !("written" in found) ? found : { operator: "==", operand: String(one) };
  const bound = numberIn(comparison.operand);
  const { from, to, isWhole } = domain;
  const isInside = bound !== null && bound >= from && bound <= to && (!isWhole || Number.isInteger(bound));
  if (comparison.operator === "==") return isInside ? "sometimes" : "never";
  if (comparison.operator === "!=") return isInside ? "sometimes" : "always";
  const ends = [from, to].map((end) => compares(comparison.operator, end, bound!));
  if (ends[0] !== ends[1]) return "sometimes";
  return ends[0] ? "always" : "never";
}

function nameOf(each: Rule): string {
  if (each.name !== undefined) return each.name;
  if (each.at_most_one) return `at_most_one [${each.at_most_one.join(", ")}]`;
  if (each.never) return `never {${conditionsText(each.never)}}`;
  return `if {${conditionsText(each.if!)}} then {${conditionsText(each.then!)}}`;
}
const conditionsText = (all: Conditions): string =>
  Object.entries(all)
    .map(([name, wanted]) => `${name}: ${Array.isArray(wanted) ? `[${wanted.join(", ")}]` : String(wanted)}`)
    .join(", ");
