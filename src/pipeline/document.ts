/** A pipeline file as values that remember where they stand, and how to look into them. */
import type { OptionPath, SourceFile, Span } from "../diagnostic/diagnostic.js";
import { firstLine } from "../diagnostic/source.js";

/** A YAML value that remembers where it stands. */
export type Value = MapValue | ListValue | ScalarValue;
export interface MapValue {
  readonly type: "map";
  readonly span: Span;
  readonly entries: readonly Entry[];
}
interface ListValue {
  readonly type: "list";
  readonly span: Span;
  readonly items: readonly Value[];
}
export interface ScalarValue {
  readonly type: "scalar";
  readonly span: Span;
  readonly value: string | number | boolean | null;
  /** Of what is no text, how it was written, where that is not how its value prints: `True`, `1.0`, `null`. */
  readonly source?: string;
}
export interface Entry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Value;
}
export interface PipelineDocument {
  readonly file: SourceFile;
  readonly root: MapValue;
  /** Values that aliases stand for. */
  readonly aliased: ReadonlySet<Value>;
}

/** Plain data as a value that stands at `span`. */
export function valueFrom(value: unknown, span: Span): Value {
  if (Array.isArray(value)) return { type: "list", span, items: value.map((item) => valueFrom(item, span)) };
  if (value && typeof value === "object")
    return {
      type: "map",
      span,
      entries: Object.entries(value).map(([key, item]) => ({ key, keySpan: span, value: valueFrom(item, span) })),
    };
  return { type: "scalar", span, value: (value ?? null) as string | number | boolean | null };
}

/** The plain JSON of a value, with null-prototype maps so that `__proto__` is a key like any other. */
export function plain(value: Value): unknown {
  if (value.type === "scalar") return value.value;
  if (value.type === "list") return value.items.map(plain);
  const map: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const entry of value.entries) map[entry.key] = plain(entry.value);
  return map;
}
export function member(value: Value | undefined, key: string): Value | undefined {
  return value?.type === "map" ? value.entries.find((entry) => entry.key === key)?.value : undefined;
}
export const entriesOf = (value: Value | undefined): readonly Entry[] => (value?.type === "map" ? value.entries : []);

/** A map of these entries, in the place of a value. */
export const mapOf = ({ span }: Value, entries: readonly Entry[]): MapValue => ({ type: "map", span, entries });
/** The items of a list; of anything else itself alone. */
export function itemsOf(value: Value | undefined): readonly Value[] {
  if (value === undefined) return [];
  return value.type === "list" ? value.items : [value];
}

/** The span of the deepest part of an option that exists; [] is the stage's name. */
export function spanAt(entry: Entry, path: OptionPath = []): Span {
  if (path.length === 0) return entry.keySpan;
  let value: Value = entry.value;
  let span = entry.keySpan;
  for (const part of path) {
    const next: Value | undefined = value.type === "list" ? value.items[Number(part)] : member(value, String(part));
    if (!next) break;
    value = next;
    span = next.type === "scalar" ? next.span : firstLine(next.span);
  }
  return span;
}

/** The value with each of its parts changed; itself where none was, so that what many share stays shared. */
export function withParts(value: Value, change: (part: Value) => Value): Value {
  if (value.type === "scalar") return value;
  if (value.type === "list") {
    const items = changed(value.items, change);
    return items === value.items ? value : { ...value, items };
  }
  const entries = changed(value.entries, (entry) => {
    const part = change(entry.value);
    return part === entry.value ? entry : { ...entry, value: part };
  });
  return entries === value.entries ? value : { ...value, entries };
}
function changed<T>(all: readonly T[], change: (one: T) => T): readonly T[] {
  let other: T[] | undefined;
  for (let index = 0; index < all.length; index++) {
    const next = change(all[index]!);
    if (next !== all[index] && !other) other = all.slice(0, index);
    other?.push(next);
  }
  return other ?? all;
}
