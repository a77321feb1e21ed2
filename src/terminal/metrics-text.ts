/** Metrics as text, single ones and spreads over elements. */
import type { JsonObject } from "../util/json.js";
import { formatNumber, formatPercent } from "./duration.js";

/** Numbers by dotted name; lists are told elsewhere. */
export function flatMetrics(metrics: JsonObject, prefix = ""): readonly (readonly [string, string])[] {
  return Object.entries(metrics).flatMap(([name, value]): readonly (readonly [string, string])[] => {
    const path = prefix + name;
    const percent = name === "accuracy";
    const say = (number: number): string => (percent ? formatPercent(number) : formatNumber(number));
    if (typeof value === "number") return [[path, say(value)]];
    if (value === null || typeof value !== "object" || Array.isArray(value)) return [];
    const spread = value as { mean?: unknown; sd?: unknown; se?: unknown };
    if (typeof spread.mean === "number" && "sd" in spread)
      return [[path, typeof spread.sd === "number" ? `${say(spread.mean)} ± ${say(spread.sd)} (${say(Number(spread.se))})` : say(spread.mean)]];
    return flatMetrics(value as JsonObject, `${path}.`);
  });
}

/** What matters most first: at most two of these are told on one line. */
const foremost = ["accuracy", "loss", "mse", "r2", "validation.accuracy", "validation.loss", "train.loss"];

/** `accuracy 84.57 % ± 0.57 % (0.33 %), loss 0.6556 ± 0.02 (0.0115)`: mean ± sd (se). */
export function spreadLine(metrics: JsonObject): string {
  const flat = new Map(flatMetrics(metrics));
  return foremost
    .filter((name) => flat.has(name))
    .slice(0, 2)
    .map((name) => `${name} ${flat.get(name)}`)
    .join(", ");
}
