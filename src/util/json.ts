/**
 * JSON as data, and its one canonical spelling.
 *
 * Fingerprints and artifact digests are digests of canonical text: keys sorted, numbers as JavaScript prints them,
 * strings as they are written (a name in two Unicode forms is two names), numbers JSON cannot say written as
 * {"$number": "NaN"}. Two values are the same exactly when their canonical texts are; a key that is spelled like that
 * sign itself gets a `$` more.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A member that somebody put there; names such as `constructor` are found in every map else. */
export const ownOf = <T>(map: { readonly [key: string]: T }, key: string): T | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined;

/** Canonical text of a value. −0 is written as 0; undefined members are left out. */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return Number.isFinite(value) ? JSON.stringify(value) : `{"$number":"${value}"}`;
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? listOf(value) : mapOf(value as Record<string, unknown>);
    default:
      throw new TypeError(`canonical: ${typeof value} is not JSON`);
  }
}

/** `$number`, the sign of a number that JSON cannot say, or that with more `$` before it. */
const isSign = /^\$+number$/;

/** Plans take the text of thousands of maps with the same few keys, so keys are spelled once. */
const keys = new Map<string, string>();
const mostKeys = 10_000;

function keyOf(key: string): string {
  let text = keys.get(key);
  if (text === undefined) {
    text = `${JSON.stringify(isSign.test(key) ? `$${key}` : key)}:`;
    if (keys.size < mostKeys) keys.set(key, text);
  }
  return text;
}

function listOf(list: readonly unknown[]): string {
  let text = "[";
  for (let index = 0; index < list.length; index++)
    text += `${index === 0 ? "" : ","}${canonical(list[index] ?? null)}`;
  return `${text}]`;
}

function mapOf(map: Readonly<Record<string, unknown>>): string {
  let text = "{";
  for (const key of Object.keys(map).sort()) {
    const member = map[key];
    if (member !== undefined) text += `${text === "{" ? "" : ","}${keyOf(key)}${canonical(member)}`;
  }
  return `${text}}`;
}

/** Reads canonical text; {"$number": …} becomes the number again. */
export function parseCanonical(text: string): Json {
  // Most texts have no sign, and looking at every value takes ten times as long as reading it.
  if (!text.includes('$number"')) return JSON.parse(text) as Json;
  return JSON.parse(text, (_key, value: Json) => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    const map = value as JsonObject;
    const names = Object.keys(map);
    if (names.length === 1 && names[0] === "$number") return Number(map.$number);
    return names.some((name) => isSign.test(name))
      ? Object.fromEntries(names.map((name) => [isSign.test(name) ? name.slice(1) : name, map[name]!]))
      : value;
  }) as Json;
}
