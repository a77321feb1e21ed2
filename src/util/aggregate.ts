/**
 * Mean, standard deviation and standard error of metrics over the elements of a fan-out.
 *
 *   mean = Σx / n,  sd = √(Σ(x − mean)² / (n − 1)),  se = sd / √n
 *
 * n counts the elements where the metric is defined: the recall of a class that a fold lacks is null there, and no 0 in
 * the mean. sd and se are null for n = 1, and so is the mean for n = 0. Every number is replaced by {mean, sd, se,
 * count}; `confusion` is summed; texts are kept where all elements agree.
 */
import type { Json, JsonObject } from "./json.js";

/**
 * Mean, standard deviation (n − 1) and standard error (sd / √n) of `count` values that are defined; sd and se are null
 * for one, mean for none.
 */
export type Spread = {
  readonly mean: number | null;
  readonly sd: number | null;
  readonly se: number | null;
  readonly count: number;
};
/** Of at least one value. */
export type ScoreSpread = Spread & { readonly mean: number };

/** @param values  null where undefined. Of numbers alone there is at least one. */
export function spreadOf(values: readonly number[]): ScoreSpread;
export function spreadOf(values: readonly (number | null)[]): Spread;
export function spreadOf(values: readonly (number | null)[]): Spread {
  const defined = values.filter((value) => value !== null);
  const count = defined.length;
  if (count === 0) return { mean: null, sd: null, se: null, count };
  const mean = defined.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, sd: null, se: null, count };
  // What rounding leaves of the mean of equal values is no spread.
  if (defined.every((value) => value === defined[0])) return { mean: defined[0]!, sd: 0, se: 0, count };
  const sd = Math.sqrt(defined.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1));
  return { mean, sd, se: sd / Math.sqrt(count), count };
}

/** Whether a metric is one over elements. */
export const isSpread = (value: unknown): value is Spread =>
  value !== null && typeof value === "object" && "mean" in value && "sd" in value && "se" in value;

/** @param elements  metrics of the elements that succeeded, at least one */
export function aggregateMetrics(elements: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(
    Object.keys(elements[0] ?? {}).map((name) => [
      name,
      name === "confusion"
        ? sum(elements.map((element) => element[name]!))
        : combine(elements.map((element) => element[name])),
    ]),
  );
}

function combine(values: readonly (Json | undefined)[]): Json {
  const first = values[0];
  if (values.every((value) => typeof value === "number" || value === null)) return spreadOf(values);
  if (Array.isArray(first))
    return first.map((_, index) =>
      combine(values.map((value) => (Array.isArray(value) ? (value as readonly Json[])[index] : undefined))),
    );
  if (first !== null && typeof first === "object")
    return Object.fromEntries(
      Object.keys(first).map((key) => [
        key,
        combine(values.map((value) => (value && typeof value === "object" ? (value as JsonObject)[key] : undefined))),
      ]),
    );
  return values.every((value) => value === first) ? (first ?? null) : null;
}

function sum(values: readonly Json[]): Json {
  const first = values[0]!;
  if (typeof first === "number") return values.reduce<number>((total, value) => total + Number(value), 0);
  if (Array.isArray(first))
    return first.map((_, index) => sum(values.map((value) => (value as readonly Json[])[index]!)));
  return first;
}
