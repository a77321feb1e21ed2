/**
 * Bounds of `expect` against what a metric can be: one that no value reaches is a mistake, one that every value
 * satisfies is reported as a warning. And, once there is a metric, whether they hold.
 */
import { losses, lossNames } from "../learn/losses.js";
import type { CheckContext } from "../pipeline/check-context.js";
import { compares, comparisonIn, type Operator, unknownOperator } from "../util/comparison.js";
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

function rangeWords(metric: string, range: { readonly from: number; readonly to: number }): string {
  if (isFraction(metric)) return "a fraction from 0 to 1";
  if (metric === "r2") return "at most 1";
  return metric === "correct" || metric === "count" ? rangeText(range) : "never below 0";
}

/** What stands behind an operator that is none, for the message about a wrong bound. */
export function operatorAdvice(bound: unknown): string {
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
    const range = known.includes(metric) ? rangeOf(metric, count) : undefined;
    const found = comparisonIn(bound);
    if (!range || !found || "written" in found) continue;
    const limit = Number(found.operand);
    const what = `\`${metric}\` is ${rangeWords(metric, range)}`;
    const reach = reachOf(found.operator, limit, range);
    if (reach === "never") {
      const share = Number((limit / 100).toPrecision(12));
      const isPercent =
        isFraction(metric) && limit > 1 && limit <= 100 && reachOf(found.operator, share, range) === "sometimes";
      const percent = isPercent ? ` Write '${found.operator} ${share}'.` : " Correct the bound.";
      report({
        title: "a bound out of reach",
        message: `${what}, so \`${bound.trim()}\` never holds.${percent}`,
        at: ["expect", metric],
      });
    } else if (reach === "always" && metric !== "count")
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
    const [, operator, limit] = /^\s*(>=|<=|>|<|==)\s*(\S+)\s*$/.exec(bound)!;
    const found = metric
      .split(".")
      .reduce<Json | undefined>((at, part) => (at as JsonObject | undefined)?.[part], metrics);
    if (found === null) return [`${metric} is undefined, expected ${bound.trim()}`];
    const value = Number(found);
    if (compares(operator as Operator, value, Number(limit))) return [];
    return [`${metric} is ${rounded(value)}, expected ${bound.trim()}`];
  });
}
