/** Metrics as text, single ones and spreads over elements. What is undefined is a dash. */

import type { JsonObject } from "../util/json.js";
import { formatNumber, formatPercent } from "../util/numbers.js";
import { isSpread, type Spread } from "../util/statistics.js";
import { isInPercent } from "../values/interval.js";

export const undefinedText = "–";

/** `0.9 ± 0.1 (0.05)`: mean ± sd (se); ` over 3 of 5` where it is defined for so many of the elements. */
export function spreadText({ mean, sd, se, count }: Spread, elements: number, say: (value: number) => string): string {
  const over = count < elements ? ` over ${count} of ${elements}` : "";
  if (mean === null) return `${undefinedText}${over}`;
  return `${say(mean)}${sd === null || se === null ? "" : ` ± ${say(sd)} (${say(se)})`}${over}`;
}

/**
 * Numbers by dotted name; lists are told elsewhere.
 *
 * @param elements  how many were measured, where these are metrics over elements
 */
export function flatMetrics(metrics: JsonObject, elements = 0, prefix = ""): readonly (readonly [string, string])[] {
  return Object.entries(metrics).flatMap(([name, value]): readonly (readonly [string, string])[] => {
    const path = prefix + name;
    const say = (number: number): string => (isInPercent(name) ? formatPercent(number) : formatNumber(number));
    if (typeof value === "number") return [[path, say(value)]];
    if (value === null) return [[path, undefinedText]];
    if (typeof value !== "object" || Array.isArray(value)) return [];
    return isSpread(value)
      ? [[path, spreadText(value, elements, say)]]
      : flatMetrics(value as JsonObject, elements, `${path}.`);
  });
}

/** What matters most first: at most two of these are told on one line. */
const foremost = ["accuracy", "loss", "mse", "r2", "validation.accuracy", "validation.loss", "train.loss"];

/** `accuracy 84.57 % ± 0.57 % (0.33 %), loss 0.6556 ± 0.02 (0.0115)`: mean ± sd (se). */
export function spreadLine(metrics: JsonObject, elements: number): string {
  const flat = new Map(flatMetrics(metrics, elements));
  return foremost
    .filter((name) => flat.has(name))
    .slice(0, 2)
    .map((name) => `${name} ${flat.get(name)}`)
    .join(", ");
}
