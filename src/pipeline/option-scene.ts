/** What every explanation of an option looks at, and how it names what it sees. */
import type { Span } from "../diagnostic/diagnostic.js";
import { listed } from "../util/words.js";
import { type Entry, member, type Value } from "./document.js";
import type { Kind } from "./kind.js";
import type { PlacedMistake } from "./report.js";

export interface OptionProblem extends PlacedMistake {
  readonly span: Span;
  /** Of a key that is missing or unknown: the map that it belongs to, and what that is called. */
  readonly key?: {
    readonly owner: string;
    readonly called: string;
    readonly name: string;
    readonly isMissing: boolean;
  };
}

/** What every explanation looks at. */
export interface Scene {
  readonly kind: Kind<unknown>;
  /** The stage's map without `kind`, `each` and `seed`, with places. */
  readonly body: Value;
  /** The same as zod saw it. */
  readonly given: unknown;
  readonly entry: Entry;
  /** Keys of a stage that are no options of its kind. */
  readonly special: readonly string[];
}

export function valueAt(value: Value, path: readonly string[]): Value | undefined {
  let found: Value | undefined = value;
  for (const part of path) found = found?.type === "list" ? found.items[Number(part)] : member(found, part);
  return found;
}

export const isIndex = (part: string): boolean => /^\d+$/.test(part);

/** Dotted, without places in lists: `layers.dense.units`. */
export const nameOf = (path: readonly string[]): string => path.filter((part) => !isIndex(part)).join(".");

export function called(path: readonly string[], { kind }: Scene): string {
  const last = path[path.length - 1];
  return last !== undefined && isIndex(last) ? `An item of \`${nameOf(path)}\`` : `\`${nameOf(path) || kind.name}\``;
}

export function foundInWords(value: Value | undefined): string {
  if (!value) return "nothing";
  if (value.type === "list") return value.items.length === 0 ? "an empty list" : `a list of ${value.items.length}`;
  if (value.type === "map") {
    const keys = value.entries.slice(0, 5).map((entry) => `\`${entry.key}\``);
    return keys.length === 0 ? "an empty map" : `a map with ${listed(keys)}`;
  }
  if (value.value === null) return "nothing";
  if (typeof value.value !== "string") return `\`${value.value}\``;
  return value.value === ""
    ? "an empty text"
    : `the text \`${value.value.slice(0, 60)}${value.value.length > 60 ? "…" : ""}\``;
}
