/**
 * Mean, standard deviation and standard error of metrics over the elements of a fan-out.
 *
 *   mean = Σx / n,  sd = √(Σ(x − mean)² / (n − 1)),  se = sd / √n
 *
 * sd and se are null for one element. Every number is replaced by {mean, sd, se}; `confusion` is summed; texts are kept where
 * all elements agree.
 */
import type { Json, JsonObject } from "./json.js";
import type { Spread } from "./value.js";

export type { Spread };

export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean, sd: null, se: null };
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  return { mean, sd, se: sd / Math.sqrt(values.length) };
}

/** @param elements  metrics of the elements that succeeded, at least one */
export function aggregateMetrics(elements: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(
    Object.keys(elements[0] ?? {}).map((name) => [
      name,
      name === "confusion" ? sum(elements.map((element) => element[name]!)) : combine(elements.map((element) => element[name])),
    ]),
  );
}

function combine(values: readonly (Json | undefined)[]): Json {
  const first = values[0];
  if (values.every((value) => typeof value === "number")) return spreadOf(values as number[]) as unknown as Json;
  if (Array.isArray(first))
    return first.map((_, index) => combine(values.map((value) => (Array.isArray(value) ? (value as readonly Json[])[index] : undefined))));
  if (first !== null && typeof first === "object")
    return Object.fromEntries(
      Object.keys(first).map((key) => [key, combine(values.map((value) => (value && typeof value === "object" ? (value as JsonObject)[key] : undefined)))]),
    );
  return values.every((value) => value === first) ? (first ?? null) : null;
}

function sum(values: readonly Json[]): Json {
  const first = values[0]!;
  if (typeof first === "number") return values.reduce<number>((total, value) => total + Number(value), 0);
  if (Array.isArray(first)) return first.map((_, index) => sum(values.map((value) => (value as readonly Json[])[index]!)));
  return first;
}
