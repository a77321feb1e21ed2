/** Metrics and their intervals as lines: side by side where that fits, else one below the other; what they cover. */
import type { Interval } from "../statistics/intervals.js";
import { escaped } from "../util/escape.js";
import type { JsonObject } from "../util/json.js";
import { table } from "../util/table.js";
import { widthOf } from "../util/width.js";
import { severalOf } from "../values/axes.js";
import { intervalText, isInterval } from "../values/interval.js";
import { flatMetrics } from "./metrics.js";
import type { Shown } from "./shown.js";

/** By dotted name; lists are told elsewhere. */
function flatIntervals(intervals: JsonObject, prefix = ""): ReadonlyMap<string, Interval> {
  return new Map(
    Object.entries(intervals).flatMap(([name, value]): readonly (readonly [string, Interval])[] => {
      if (isInterval(value)) return [[prefix + name, value]];
      if (value === null || typeof value !== "object" || Array.isArray(value)) return [];
      return [...flatIntervals(value as JsonObject, `${prefix}${name}.`)];
    }),
  );
}

/** @param measured  how many elements have metrics, where these are over elements */
export function metricLines(
  metrics: JsonObject,
  intervals: JsonObject | undefined,
  measured: number,
  columns: number,
): readonly string[] {
  const known = flatIntervals(intervals ?? {});
  const rows = flatMetrics(metrics, measured).map(([name, value]) => {
    const interval = known.get(name);
    return [`  ${escaped(name)}`, value, ...(interval ? [intervalText(name, interval)] : [])];
  });
  const wide = table(rows);
  if (known.size === 0 || wide.every((line) => widthOf(line) <= columns)) return wide;
  // Names and values keep their columns, and an interval has a line of its own.
  const names = table(rows.map(([name, value]) => [name!, value!]));
  return names.flatMap((line, row) => (rows[row]!.length > 2 ? [line, `    ${rows[row]![2]}`] : [line]));
}

/** What the intervals of a stage are of, and what they do not cover; null where it has none. */
export function intervalCaveat({ intervals, each, elements }: Shown): string | null {
  if (!intervals || flatIntervals(intervals).size === 0) return null;
  const over = each && elements?.length !== 1 ? severalOf(each)[0] : undefined;
  const of = over?.of;
  if (of === "folds")
    return (
      "Intervals: 95 %, of the mean, by Student's t. " +
      (over?.repeats ? "Repetitions are of the same examples, so se is that of one. " : "") +
      "Folds share their training data, so these are too narrow (Bengio & Grandvalet, 2004)."
    );
  if (of === "seeds")
    return "Intervals: 95 %, of the mean, by Student's t: over the randomness of training, not the choice of examples.";
  return "Intervals: 95 %, over the choice of examples, not of trainings.";
}
