/**
 * Mean, standard deviation and standard error of metrics over the elements of a fan-out.
 *
 *   mean = Σx / n,  sd = √(Σ(x − mean)² / (n − 1)),  se = sd / √n
 *
 * n counts the elements where the metric is defined: the recall of a class that a fold lacks is null there, and no 0 in
 * the mean. sd and se are null for n = 1, and so is the mean for n = 0. Every number is replaced by {mean, sd, se,
 * count}; `confusion` is summed; texts are kept where all elements agree.
 *
 * Folds of several repetitions are of the same examples, of which nobody knows more by repeating: there se is that of
 * one repetition, sd / √(n / repetitions). It would else become as small as one likes.
 */
import type { Json, JsonObject } from "./json.js";
import { ofRepeats, spreadOf } from "./statistics.js";

/**
 * @param elements  metrics of the elements that succeeded, at least one
 * @param repeats   how often these are of the same examples
 */
export function aggregateMetrics(elements: readonly JsonObject[], repeats = 1): JsonObject {
  return Object.fromEntries(
    Object.keys(elements[0] ?? {}).map((name) => [
      name,
      name === "confusion"
        ? sum(elements.map((element) => element[name]!))
        : combine(
            elements.map((element) => element[name]),
            repeats,
          ),
    ]),
  );
}

function combine(values: readonly (Json | undefined)[], repeats: number): Json {
  const first = values[0];
  if (values.every((value) => typeof value === "number" || value === null)) return ofRepeats(spreadOf(values), repeats);
  if (Array.isArray(first))
    return first.map((_, index) =>
      combine(
        values.map((value) => (Array.isArray(value) ? (value as readonly Json[])[index] : undefined)),
        repeats,
      ),
    );
  if (first !== null && typeof first === "object")
    return Object.fromEntries(
      Object.keys(first).map((key) => [
        key,
        combine(
          values.map((value) => (value && typeof value === "object" ? (value as JsonObject)[key] : undefined)),
          repeats,
        ),
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
