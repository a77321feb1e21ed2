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
import { spreadOf } from "./statistics.js";

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
