/** A metric and its interval in words, the same wherever they are said. */
import type { Interval } from "../statistics/intervals.js";
import { formatNumber, formatPercent, numberOrDash } from "../util/numbers.js";

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
