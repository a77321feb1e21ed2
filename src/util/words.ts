/** Counts, lists and settings as sentences say them. */
import type { Json } from "./json.js";

/** `1 fold`, `10 folds`; `0 folds`. @param count  as text where it is not written as the number is */
export const plural = (count: number, noun: string, said = String(count)): string =>
  `${said} ${noun}${count === 1 ? "" : "s"}`;

/** What an option says, as a table tells it: text as it is, a map as `leaky_relu (slope 0.2)`, else JSON. */
export function settingText(value: Json, numberText: (value: number) => string = String): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return numberText(value);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, inner]) => {
    const isMap = inner !== null && typeof inner === "object" && !Array.isArray(inner);
    return `${name} ${isMap ? `(${settingText(inner, numberText)})` : settingText(inner, numberText)}`;
  });
  return entries.join(", ");
}

/** `a`, `a and b`, `a, b and c`. */
export const listed = (words: readonly string[], last: "and" | "or" = "and"): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;

/** `a, b, c`, and of more than `most`: `a, b, c and 4 more`. */
export const firstFew = (words: readonly string[], most: number): string =>
  `${words.slice(0, most).join(", ")}${words.length > most ? ` and ${words.length - most} more` : ""}`;

/** For the beginning of a sentence. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
