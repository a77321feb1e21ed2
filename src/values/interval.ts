/** A metric and its interval in words, the same wherever they are said. */
import { type Interval, tInterval } from "../statistics/intervals.js";
import type { Json, JsonObject } from "../util/json.js";
import { formatNumber, formatPercent, numberOrDash } from "../util/numbers.js";
import { isSpread } from "../util/statistics.js";

/** Of a metric by its dotted name: whether it is told in per cent. */
export const isInPercent = (metric: string): boolean => /(^|\.)(accuracy|balancedAccuracy)$/.test(metric);

/**
 * `98.85 to 99.23 %`, or `0.0241 to 0.0362`; a dash where there is none.
 *
 * @param metric  its dotted name, which says whether it is told in per cent
 */
export function intervalText(metric: string, interval: Interval | null | undefined): string {
  if (!interval) return numberOrDash(null);
  const [low, high] = interval;
  if (!isInPercent(metric)) return `${formatNumber(low)} to ${formatNumber(high)}`;
  return `${formatPercent(low).replace(" %", "")} to ${formatPercent(high)}`;
}

/** `99.06 % (98.85 to 99.23 %)`: without brackets where there is no interval, a dash where there is no value. */
export function measuredText(
  metric: string,
  value: number | null | undefined,
  interval: Interval | null | undefined,
): string {
  if (value === null || value === undefined) return numberOrDash(null);
  const text = isInPercent(metric) ? formatPercent(value) : formatNumber(value);
  return interval ? `${text} (${intervalText(metric, interval)})` : text;
}

/** Among intervals by name, which are as nested as metrics. */
export const isInterval = (value: Json | undefined): value is Interval =>
  Array.isArray(value) && value.length === 2 && value.every((end) => typeof end === "number");

/** Numbers that say how much there was, and not how good it is. */
const counts = ["correct", "count", "support", "confusion", "epochs", "bestEpoch"];

/**
 * Student's interval of each mean over folds or seeds, under the names of the metrics; null where there is none.
 *
 * @param metrics  as `aggregateMetrics` leaves them
 */
export function meanIntervals(metrics: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(metrics)
      .filter(([name]) => !counts.includes(name))
      .map(([name, value]) => [name, intervalsIn(value)]),
  );
}
function intervalsIn(value: Json): Json {
  if (isSpread(value)) return tInterval(value);
  if (Array.isArray(value)) return value.map(intervalsIn);
  return value !== null && typeof value === "object" ? meanIntervals(value as JsonObject) : value;
}
