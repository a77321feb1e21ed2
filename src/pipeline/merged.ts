/** A trial's settings and what beats them. */
import type { Json, JsonObject } from "../util/json.js";
import type { Kind } from "./kind.js";

/** Without the options that name other stages. */
export function withoutInputs(kind: Kind<unknown>, options: JsonObject): JsonObject {
  const inputs = new Set(kind.inputs.map((input) => input.option));
  return Object.fromEntries(Object.entries(options).filter(([name]) => !inputs.has(name)));
}

/** Options as a schema gives them back; one whose value means the same as none, such as `regularizer: none`, is none. */
export const present = (options: unknown): JsonObject =>
  Object.fromEntries(Object.entries(options as JsonObject).filter(([, value]) => value !== undefined));

/** Those that decide what is left: the others name stages, which are known by what they left, or guard the result. */
export function decidingOptions(kind: Kind<unknown>, options: JsonObject): JsonObject {
  const guards = new Set(kind.guards);
  return Object.fromEntries(Object.entries(withoutInputs(kind, options)).filter(([name]) => !guards.has(name)));
}

/**
 * Option by option, lists and maps whole; an option set to nothing (`null`) is left out. What the trial reads is not
 * taken over.
 */
export function mergedOptions(kind: Kind<unknown>, settings: JsonObject, given: JsonObject): JsonObject {
  const all: [string, Json][] = Object.entries({ ...withoutInputs(kind, settings), ...given }) as [string, Json][];
  return Object.fromEntries(all.filter(([name, value]) => !(value === null && name in given)));
}
