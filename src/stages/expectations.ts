/**
 * Bounds of `expect` against what a metric can be: one that no value reaches is a mistake, one that every value
 * satisfies is reported as a warning. And, once there is a metric, whether they hold.
 */
import * as z from "zod";
import { losses, lossNames } from "../learn/losses.js";
import type { CheckContext } from "../pipeline/check-context.js";
import { type Comparison, compares, comparisonIn, type Operator, unknownOperator } from "../util/comparison.js";
import type { Json, JsonObject } from "../util/json.js";
import { rounded } from "../util/numbers.js";

/** Losses and what else is a mean of something that is never below 0. */
const neverBelow0: ReadonlySet<string> = new Set([...lossNames.map((name) => losses[name].metric), "logLoss", "rmse"]);

/** Ends of a metric; a count is known where that of the data is. */
function rangeOf(metric: string, count: number | null): { readonly from: number; readonly to: number } | undefined {
  if (isFraction(metric)) return { from: 0, to: 1 };
  if (neverBelow0.has(metric)) return { from: 0, to: Number.POSITIVE_INFINITY };
  switch (metric) {
    case "r2":
      return { from: Number.NEGATIVE_INFINITY, to: 1 };
    case "correct":
      return { from: 0, to: count ?? Number.POSITIVE_INFINITY };
    case "count":
      return { from: count ?? 1, to: count ?? Number.POSITIVE_INFINITY };
    default:
      return undefined;
  }
}
const isFraction = (metric: string): boolean =>
  ["accuracy", "balancedAccuracy", "auc"].includes(metric) || /^(macro|weighted)\./.test(metric);

function rangeWords(metric: string, range: ReturnType<typeof rangeOf>): string {
  if (!range) return "any number";
  if (isFraction(metric)) return "a fraction from 0 to 1";
  if (metric === "r2") return "at most 1";
  return metric === "correct" || metric === "count" ? rangeText(range) : "never below 0";
}

const comparison = "a comparison with a number, such as '>= 0.99'";
const isBound = (text: string): boolean => /^\s*(>=|<=|>|<|==)\s*-?\d+(\.\d+)?(e-?\d+)?\s*$/i.test(text);
export const boundOption = z
  .string({ error: comparison })
  .refine(isBound, { error: ({ input }) => `${comparison}${operatorAdvice(input)}` });

/** What stands behind an operator that is none, for the message about a wrong bound. */
function operatorAdvice(bound: unknown): string {
  const found = typeof bound === "string" ? comparisonIn(bound) : null;
  return found && "written" in found ? ` (${unknownOperator(found).replace(/\.$/, "")})` : "";
}

/** @param known  metrics that there are; others have been told */
export function checkExpectations(
  expect: Readonly<Record<string, string>>,
  known: readonly string[],
  count: number | null,
  report: CheckContext<never>["report"],
): void {
  for (const [metric, bound] of Object.entries(expect)) {
    if (!known.includes(metric)) continue;
    const what = `\`${metric}\` is ${rangeWords(metric, rangeOf(metric, count))}`;
    const reach = reachIn(bound, metric, count);
    if (reach === "never")
      report({
        title: "a bound out of reach",
        message: `${what}, so \`${bound.trim()}\` never holds. ${boundAdvice(bound, metric)}`,
        at: ["expect", metric],
      });
    else if (reach === "always" && metric !== "count")
      report({
        severity: "warning",
        name: "expect_without_effect",
        title: "a bound without effect",
        message:
          `${what}, so \`${bound.trim()}\` always holds and nothing is expected. Correct the bound, or ` + "remove it.",
        at: ["expect", metric],
      });
  }
}

/**
 * The bound of a search's target against what its metric can be.
 *
 * @param metric  as the file has it; what it is follows from its end, behind the part or stage that it is of
 */
export function checkTarget(metric: string, bound: string, report: CheckContext<never>["report"]): void {
  const name = metric.split(".").at(-1)!;
  const reach = reachIn(bound, name, null);
  if (reach === "sometimes") return;
  const so =
    reach === "never"
      ? `so \`${bound.trim()}\` is never reached. ${boundAdvice(bound, name)}`
      : `so the first trial reaches \`${bound.trim()}\`. Correct the bound, or leave out \`target\`.`;
  report({
    title: reach === "never" ? "a bound out of reach" : "a bound without effect",
    message: `\`${metric}\` is ${rangeWords(name, rangeOf(name, null))}, ${so}`,
    at: ["target", metric],
  });
}

/** Whether a bound holds for every value of a metric, or for none; of a metric of which that is not known, for some. */
function reachIn(bound: string, metric: string, count: number | null): ReturnType<typeof reachOf> {
  const range = rangeOf(metric, count);
  const { operator, operand } = boundIn(bound);
  return range ? reachOf(operator, Number(operand), range) : "sometimes";
}
/** What to do about one that no value reaches. */
function boundAdvice(bound: string, metric: string): string {
  const { operator, operand } = boundIn(bound);
  const limit = Number(operand);
  const share = Number((limit / 100).toPrecision(12));
  const isPercent = isFraction(metric) && limit > 1 && limit <= 100;
  return isPercent && reachOf(operator, share, { from: 0, to: 1 }) === "sometimes"
    ? `Write '${operator} ${share}'.`
    : "Correct the bound.";
}

// `boundOption` has let no other text through.
const boundIn = (bound: string): Comparison => comparisonIn(bound) as Comparison;
/** Whether a value is within a bound. */
export function isWithin(bound: string, value: number): boolean {
  const { operator, operand } = boundIn(bound);
  return compares(operator, value, Number(operand));
}

function rangeText({ from, to }: { readonly from: number; readonly to: number }): string {
  if (from === to) return `${from} here`;
  return to === Number.POSITIVE_INFINITY ? `never below ${from}` : `a number from ${from} to ${to} here`;
}

/** Whether a bound holds for every value between the ends, or for none. */
function reachOf(
  operator: Operator,
  limit: number,
  { from, to }: { readonly from: number; readonly to: number },
): "never" | "always" | "sometimes" {
  if (operator === "==") return limit < from || limit > to ? "never" : "sometimes";
  const ends = [compares(operator, from, limit), compares(operator, to, limit)];
  if (ends[0] !== ends[1]) return "sometimes";
  return ends[0] ? "always" : "never";
}

/** Expectations that do not hold, as sentences. */
export function brokenExpectations(expect: Readonly<Record<string, string>>, metrics: JsonObject): readonly string[] {
  return Object.entries(expect).flatMap(([metric, bound]) => {
    const found = metric
      .split(".")
      .reduce<Json | undefined>((at, part) => (at as JsonObject | undefined)?.[part], metrics);
    if (found === null) return [`${metric} is undefined, expected ${bound.trim()}`];
    const value = Number(found);
    if (isWithin(bound, value)) return [];
    return [`${metric} is ${rounded(value)}, expected ${bound.trim()}`];
  });
}
