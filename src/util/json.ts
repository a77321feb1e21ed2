/**
 * JSON as data, and its one canonical spelling.
 *
 * Fingerprints and artifact digests are digests of canonical text: keys sorted, numbers as JavaScript prints them,
 * strings in NFC, numbers JSON cannot say written as {"$number": "NaN"}. Two values are the same exactly when their
 * canonical texts are.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Canonical text of a value. −0 is written as 0; undefined members are left out. */
export function canonical(value: unknown): string {
  if (value === null || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "string") return JSON.stringify(value.normalize("NFC"));
  if (typeof value === "number") return Number.isFinite(value) ? JSON.stringify(value) : `{"$number":"${value}"}`;
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(",")}]`;
  if (typeof value === "object") {
    const members = Object.entries(value as Record<string, unknown>)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${members.map(([key, member]) => `${JSON.stringify(key.normalize("NFC"))}:${canonical(member)}`).join(",")}}`;
  }
  throw new TypeError(`canonical: ${typeof value} is not JSON`);
}

/** Reads canonical text; {"$number": …} becomes the number again. */
export function parseCanonical(text: string): Json {
  return JSON.parse(text, (_key, value) => {
    if (value && typeof value === "object" && "$number" in value && Object.keys(value).length === 1) return Number(value.$number);
    return value;
  }) as Json;
}
