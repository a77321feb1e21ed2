import { describe, expect, test } from "vitest";
import { type PipelineDocument, plain, readText, type Value } from "../../src/pipeline/read.js";

function read(text: string): PipelineDocument {
  const document = readText("p.yaml", text);
  if (!document.ok) throw new Error(document.diagnostics.map((diagnostic) => diagnostic.title).join());
  return document.value;
}
const data = (text: string): unknown => JSON.parse(JSON.stringify(plain(read(text).root)));
const titles = (text: string): readonly string[] => readText("p.yaml", text).diagnostics.map((diagnostic) => diagnostic.title);

describe("YAML 1.2, core schema", () => {
  test.each([
    ["1e-3", 0.001],
    ["1E3", 1000],
    [".5", 0.5],
    ["-0.25", -0.25],
    ["0o17", 15],
    ["0x1F", 31],
    ["012", 12],
    ["true", true],
    ["False", false],
    ["~", null],
    ["", null],
    ["yes", "yes"],
    ["no", "no"],
    ["on", "on"],
    ["off", "off"],
    ["1_000", "1_000"],
    ["12:30", "12:30"],
    ["2026-01-01", "2026-01-01"],
    ["'5'", "5"],
    ["nan", "nan"],
    ["<<", "<<"],
  ])("%s", (written, wanted) => expect(data(`a: ${written}\n`)).toEqual({ a: wanted }));
});

describe("every value remembers where it stands", () => {
  const text = "a: {b: [1, 'two']}\nc:\n  d: three\n";
  const spots = (value: Value): string[] => [
    value.span.file.text.slice(value.span.start, value.span.end),
    ...(value.type === "map" ? value.entries.flatMap((entry) => [text.slice(entry.keySpan.start, entry.keySpan.end), ...spots(entry.value)]) : []),
    ...(value.type === "list" ? value.items.flatMap(spots) : []),
  ];
  test("maps, lists, scalars and keys", () => {
    expect(spots(read(text).root).map((spot) => spot.trim())).toEqual([
      text.trim(),
      "a",
      "{b: [1, 'two']}",
      "b",
      "[1, 'two']",
      "1",
      "'two'",
      "c",
      "d: three",
      "d",
      "three",
    ]);
  });
  test("a merge key is a key like any other", () => expect(data("a: &x {b: 1}\nc: {<<: *x}\n")).toEqual({ a: { b: 1 }, c: { "<<": { b: 1 } } }));
  test("an alias is the value that it names", () => expect(data("a: &x {b: 1}\nc: *x\n")).toEqual({ a: { b: 1 }, c: { b: 1 } }));
  test("__proto__ is a key like any other", () => {
    const map = plain(read("__proto__: {admin: true}\n").root) as Record<string, unknown>;
    expect(Object.keys(map)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });
});

describe("what is no pipeline is told", () => {
  test.each([
    ["nothing at all", " \n", ["empty file"]],
    ["a list", "- a\n", ["not a pipeline"]],
    ["a word", "a\n", ["not a pipeline"]],
    ["only a comment", "# a\n", ["not a pipeline"]],
    ["two documents", "a: 1\n---\nb: 2\n", ["more than one document"]],
    ["a key that is a map", "? {a: 1}\n: 2\n", ["a key must be a name"]],
    ["a key twice", "a: 1\nb: 2\na: 3\n", ["duplicate key"]],
    ["an alias of nothing", "a: *x\n", ["alias cannot be resolved"]],
    ["an alias that contains itself", "a: &x [*x]\n", ["alias cannot be resolved"]],
    ["a date by tag", "a: !!timestamp 2026-01-01\n", ["not a plain value"]],
    ["a bracket that stays open", "a: [1, 2\nb: 3\n", ["not valid YAML"]],
    ["braces without quotes", "a: [${params.x}]\n", ["braces need quotes"]],
  ])("%s", (_name, text, wanted) => expect(titles(text)).toEqual(wanted));

  test("aliases that multiply are refused, quickly", () => {
    const lines = ["a0: &a0 [x, x]"];
    for (let level = 1; level < 40; level++) lines.push(`a${level}: &a${level} [*a${level - 1}, *a${level - 1}]`);
    expect(titles(`${lines.join("\n")}\n`)).toContain("alias cannot be resolved");
  });

  test("ten thousand keys are read quickly", () => {
    const text = Array.from({ length: 10_000 }, (_, index) => `k${index}: ${index}\n`).join("");
    expect(Object.keys(data(text) as object)).toHaveLength(10_000);
  });
});
