/**
 * Pipelines gone wrong: right ones with bytes, lines, keys and values changed, as arbitraries of fast-check, so that
 * one seed gives one list of them.
 *
 * `test/pipeline/fuzz.test.ts` checks some on every run, `bench/limits.ts` ten thousand.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import type { Kind, Kinds } from "../../src/pipeline/kind.js";

const folder = join(import.meta.dirname, "..", "..", "pipelines");

/** The pipelines of this repository, and the examples of its kinds. */
export function rightPipelines(kinds: Kinds): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return [
    ...files.map((name) => readFileSync(join(folder, name), "utf8")),
    ...(Object.values(kinds) as Kind[]).flatMap(({ example }) => example ?? []),
  ];
}

const marks = [
  "{",
  "}",
  "[",
  "]",
  ": ",
  "- ",
  "&a ",
  "*a",
  "${",
  "\t",
  "\n",
  "'",
  '"',
  "#",
  "!!int ",
  "? ",
  "---\n",
  "|\n",
  "<<: ",
  "%YAML 1.1\n",
  "\r",
  "\ufeff",
  "é",
  "\u2028",
];

/** Bytes left out, put in and replaced, at random or by what YAML reads as a sign. */
export function withBytesChanged(original: Buffer): fc.Arbitrary<string> {
  const place = fc.nat(original.length - 1);
  const change = fc.oneof(
    fc.record({ at: place, put: fc.uint8Array({ maxLength: 4 }), drop: fc.nat(6) }),
    fc.record({
      at: place,
      put: fc.constantFrom(...marks.map((text) => new TextEncoder().encode(text))),
      drop: fc.nat(2),
    }),
  );
  return fc.array(change, { minLength: 1, maxLength: 5 }).map((changes) => {
    let bytes = original;
    for (const { at, put, drop } of changes)
      bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + drop)]);
    return bytes.toString("utf8");
  });
}

/** A file of bytes with some of them left out, put in, replaced or turned by a bit, or cut. */
export function bytesChanged(original: Buffer): fc.Arbitrary<Buffer> {
  const place = fc.nat(original.length - 1);
  // What says what a file holds stands mostly at one of its ends.
  const near = fc.oneof(
    place,
    fc.nat(Math.min(150, original.length - 1)),
    fc.nat(Math.min(150, original.length - 1)).map((at) => original.length - 1 - at),
  );
  const turned = fc.record({ at: near, bit: fc.nat(7) }).map(({ at, bit }) => ({
    at,
    put: Uint8Array.of(original[at]! ^ (1 << bit)),
    drop: 1,
  }));
  const replaced = fc.record({ at: near, put: fc.uint8Array({ minLength: 1, maxLength: 1 }), drop: fc.constant(1) });
  const digit = fc.record({
    at: near,
    put: fc.constantFrom(...Array.from("0123456789<>|(),' -", (letter) => new TextEncoder().encode(letter))),
    drop: fc.constant(1),
  });
  const any = fc.record({ at: near, put: fc.uint8Array({ maxLength: 4 }), drop: fc.nat(6) });
  const changed = fc
    .array(fc.oneof(turned, turned, replaced, digit, any), { minLength: 1, maxLength: 2 })
    .map((changes) =>
      changes.reduce(
        (bytes, { at, put, drop }) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + drop)]),
        original,
      ),
    );
  const cut = place.map((length) => original.subarray(0, length));
  return fc.oneof({ arbitrary: changed, weight: 9 }, { arbitrary: cut, weight: 1 });
}

/** Lines left out, doubled and put elsewhere; or all from some place on. */
export function withLinesChanged(original: string): fc.Arbitrary<string> {
  const lines = original.split("\n");
  const anyOrder = fc
    .array(fc.nat(lines.length - 1), { minLength: 1, maxLength: lines.length })
    .map((order) => order.map((index) => lines[index]).join("\n"));
  const cut = fc.nat(original.length).map((length) => original.slice(0, length));
  const doubled = fc
    .nat(lines.length - 1)
    .map((index) => lines.flatMap((line, at) => (at === index ? [line, line] : [line])).join("\n"));
  return fc.oneof(anyOrder, cut, doubled);
}

/** What may stand where something else stood. */
const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      0,
      -1,
      1,
      1.5,
      1e9,
      1e12,
      1e15,
      9007199254740991,
      1e300,
      -1e300,
      5e-324,
      true,
      false,
      null,
      "",
      "x",
      "~",
      "1",
      "1e-3",
      ".inf",
      "1e400",
      "12345678901234567890",
    ],
    ...[
      "${params.x}",
      "${params.epochs}",
      "${trial.units}",
      "${item}",
      "${}",
      "${params.",
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "é\u0301",
      "\u0000",
      "\u001b[31m",
      "\u2028",
      "😀",
    ],
    ...[
      "a".repeat(300),
      "../../etc/passwd",
      "/dev/zero",
      ">= 1",
      "=> 1",
      "== 2",
      "> x",
      "loss",
      "validation.loss",
      "winners.trial",
      "folds",
      "folds.train",
      "digits",
      "digits.train",
    ],
  ),
  fc.constantFrom<unknown>(
    [],
    {},
    [[]],
    [{}],
    { a: 1 },
    [1, 2, 3],
    { integer: [0, 1e15] },
    { integer: [3, 1] },
    { log_uniform: [0, 1] },
    { uniform: [-1e308, 1e308] },
  ),
  fc.constantFrom<unknown>(
    { repeat: { times: 1000, layers: ["flatten"] } },
    { repeat: { over: [1, 2], layers: [{ dense: { units: "${item}" } }] } },
  ),
  fc.integer(),
  fc.double(),
);

type Path = readonly (string | number)[];
/** Paths of all that a document holds. */
function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return path.length > 0 ? [path] : [];
  const parts = Array.isArray(value) ? value.map((item, index) => [index, item] as const) : Object.entries(value);
  return [...(path.length > 0 ? [path] : []), ...parts.flatMap(([key, part]) => pathsIn(part, [...path, key]))];
}

type Edit = {
  readonly at: number;
  readonly other: number;
  readonly what: "drop" | "replace" | "rename" | "double" | "swap" | "wrap" | "text";
  readonly value: unknown;
  readonly key: string;
};
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(),
  other: fc.nat(),
  what: fc.constantFrom("drop", "replace", "replace", "rename", "double", "swap", "wrap", "text"),
  value: strange,
  key: fc.constantFrom(
    "kind",
    "data",
    "from",
    "each",
    "use",
    "allow",
    "seed",
    "k",
    "layers",
    "trial",
    "space",
    "stages",
    "__proto__",
    "constructor",
    "x",
    "repeat",
    "n".repeat(200),
    "é",
  ),
});

/** Keys and values left out, doubled, replaced, renamed, swapped, made text or lists of. */
export function withValuesChanged(original: string): fc.Arbitrary<string> {
  const document: unknown = parse(original);
  const paths = pathsIn(document);
  return fc.tuple(fc.array(edit, { minLength: 1, maxLength: 3 }), fc.boolean()).map(([edits, flow]) => {
    const copy = structuredClone(document) as Record<string, unknown>;
    for (const one of edits) apply(copy, paths[one.at % paths.length]!, paths[one.other % paths.length]!, one);
    return stringify(
      copy,
      flow ? { collectionStyle: "flow", aliasDuplicateObjects: false } : { aliasDuplicateObjects: false },
    );
  });
}

function apply(root: Record<string, unknown>, path: Path, other: Path, { what, value, key }: Edit): void {
  const owner = holderOf(root, path);
  const last = path[path.length - 1]!;
  if (!owner) return;
  const old = owner[last];
  const put = (name: string | number, next: unknown): void =>
    void Object.defineProperty(owner, name, { value: next, enumerable: true, configurable: true, writable: true });
  if (what === "drop") {
    if (Array.isArray(owner)) owner.splice(Number(last), 1);
    else delete owner[last];
  } else if (what === "replace") put(last, structuredClone(value));
  else if (what === "wrap") put(last, [old, old]);
  else if (what === "text") put(last, typeof old === "string" ? 7 : JSON.stringify(old));
  else if (what === "double" && Array.isArray(owner)) owner.push(structuredClone(old));
  else if (what === "swap") {
    const target = holderOf(root, other);
    const there = other[other.length - 1]!;
    // A value inside the other would become a circle.
    if (
      target &&
      path.join() !== other.join() &&
      !path.join().startsWith(other.join()) &&
      !other.join().startsWith(path.join())
    ) {
      put(last, target[there]);
      target[there] = old;
    }
  } else if (!Array.isArray(owner)) {
    if (what === "rename") delete owner[last];
    put(key, structuredClone(old));
  }
}

function holderOf(root: Record<string, unknown>, path: Path): Record<string | number, unknown> | undefined {
  let found: unknown = root;
  for (const part of path.slice(0, -1))
    found = typeof found === "object" && found !== null ? (found as Record<string | number, unknown>)[part] : undefined;
  return typeof found === "object" && found !== null ? (found as Record<string | number, unknown>) : undefined;
}

/** Any of these, of any of the originals. */
export function mutants(originals: readonly string[]): fc.Arbitrary<string> {
  const [bytes, lines, values] = [withBytesChanged, withLinesChanged, withValuesChanged];
  return fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...originals).chain((original) => bytes(Buffer.from(original))) },
    { weight: 1, arbitrary: fc.constantFrom(...originals).chain(lines) },
    { weight: 5, arbitrary: fc.constantFrom(...originals).chain(values) },
  );
}
