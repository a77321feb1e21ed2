/**
 * Metrics over elements of nested axes, such as seeds and the folds of each: level by level.
 *
 *   innermost: mean, sd and se over the folds within each seed
 *   outermost: mean, sd and se over the seeds of those means
 *
 * So folds of one seed, which share their random beginnings or their data, do not count as if each were a seed of its
 * own. An element without a result is left out of its mean, and one of which none has a result out of the level above.
 */
import { aggregateMetrics } from "./aggregate.js";
import type { Json, JsonObject } from "./json.js";
import { isSpread } from "./statistics.js";

/** Elements that have all but their last key in common. */
export type LevelGroup = {
  /** What they have in common, joined by "/"; null at the outermost level. */
  readonly element: string | null;
  /** Over what differs, as `aggregateMetrics` says it. */
  readonly metrics: JsonObject;
  /** How many have metrics. */
  readonly measured: number;
};

/**
 * @param elements  those that have metrics, at least one; each with as many keys, outermost first
 * @param axes      of these keys: what is known of each
 * @returns         a level for each key, the outermost first
 */
export function levelsOf(
  elements: readonly { readonly keys: readonly string[]; readonly metrics: JsonObject }[],
  axes: readonly { readonly repeats?: number }[] = [],
): readonly (readonly LevelGroup[])[] {
  const levels: (readonly LevelGroup[])[] = [];
  let within = elements;
  for (let left = elements[0]!.keys.length; left > 0; left--) {
    const groups = new Map<string, { readonly keys: readonly string[]; readonly metrics: JsonObject[] }>();
    for (const { keys, metrics } of within) {
      const above = keys.slice(0, -1);
      const name = above.join("/");
      const group = groups.get(name) ?? { keys: above, metrics: [] };
      groups.set(name, group);
      group.metrics.push(metrics);
    }
    const level = [...groups].map(([name, { keys, metrics }]) => ({
      keys,
      group: {
        element: keys.length === 0 ? null : name,
        metrics: aggregateMetrics(metrics, axes[left - 1]?.repeats),
        measured: metrics.length,
      },
    }));
    levels.unshift(level.map(({ group }) => group));
    within = level.map(({ keys, group }) => ({ keys, metrics: meansIn(group.metrics) }));
  }
  return levels;
}

/**
 * Over the outermost axis of several elements: an axis of one is no level, since nothing is averaged over it.
 *
 * @param given  as above
 */
export const outermostOf = (...given: Parameters<typeof levelsOf>): LevelGroup =>
  levelsOf(...given).findLast((level) => level.length === 1)![0]!;

/** The same with the mean in place of each spread. */
const meansIn = (metrics: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, meanIn(value)]));
function meanIn(value: Json): Json {
  if (isSpread(value)) return value.mean;
  if (Array.isArray(value)) return value.map((item: Json) => meanIn(item));
  return value !== null && typeof value === "object" ? meansIn(value as JsonObject) : value;
}
