/** What a configuration of a search is called. */
import { digestJson } from "../util/digest.js";
import type { Json, JsonObject } from "../util/json.js";
import { rounded } from "../util/numbers.js";

/** Longer keys end in a digest: they name files. */
const mostKeyBytes = 120;

/**
 * For people: its key; where that is a number, `17 (2-32-gelu-0.001)`, with its values.
 */
export function trialName(
  { strategy, parameters }: { readonly strategy: string; readonly parameters: readonly string[] },
  { key, values }: { readonly key: string; readonly values: JsonObject },
): string {
  if (strategy !== "tpe") return key;
  return `${key} (${keyOf(inSpaceOrder(values, parameters))})`;
}

/** Values in the order of the space, which those that were stored do not have. */
export const inSpaceOrder = (values: JsonObject, parameters: readonly string[]): JsonObject =>
  Object.fromEntries(
    parameters.flatMap((name) => (Object.hasOwn(values, name) ? [[name, values[name]!] as const] : [])),
  );

/** Values in the order of the space, such as `2-16-elu-0.01`. */
export function keyOf(values: JsonObject): string {
  const key = Object.values(values).map(shortOf).join("-") || "trial";
  if (key.length <= mostKeyBytes / 3 || Buffer.byteLength(key) <= mostKeyBytes) return key;
  return `${Buffer.from(key)
    .subarray(0, 80)
    .toString("utf8")
    .replace(/\ufffd+$/, "")}+${digestJson(values).slice(7, 19)}`;
}

/** Maps whose values are words and numbers, or such maps: short enough to be written out. */
const isPlain = (value: Json): boolean =>
  value === null || typeof value !== "object" || (!Array.isArray(value) && Object.values(value).every(isPlain));

function shortOf(value: Json): string {
  if (typeof value === "number") return String(rounded(value));
  if (value === null) return "none";
  if (Array.isArray(value) && value.every((item) => item === null || typeof item !== "object"))
    return value.map((item) => shortOf(item as Json)).join("+") || "empty";
  if (typeof value === "object" && !isPlain(value)) return digestJson(value).slice(7, 13);
  // In the order in which they are kept, so that a trial is called the same before and after.
  if (typeof value === "object")
    return (
      Object.entries(value as JsonObject)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, inner]) => `${shortOf(name)}_${shortOf(inner)}`)
        .join("+") || "empty"
    );
  return String(value).replace(/[^\p{L}\p{N}_.+]+/gu, "_") || "empty";
}
