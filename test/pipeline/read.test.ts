import { describe, expect, test } from "vitest";
import { type PipelineDocument, plain, type Value } from "../../src/pipeline/document.js";
import { readText } from "../../src/pipeline/read.js";

function read(text: string): PipelineDocument {
  const document = readText("p.yaml", text);
  if (!document.ok) throw new Error(document.diagnostics.map((diagnostic) => diagnostic.title).join());
  return document.value;
}
const data = (text: string): unknown => JSON.parse(JSON.stringify(plain(read(text).root)));
const titles = (text: string): readonly string[] =>
  readText("p.yaml", text).diagnostics.map((diagnostic) => diagnostic.title);

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
    ...(value.type === "map"
      ? value.entries.flatMap((entry) => [text.slice(entry.keySpan.start, entry.keySpan.end), ...spots(entry.value)])
      : []),
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
  test("an alias means the last anchor before it", () => {
    expect(data("a: &x 1\nb: *x\nc: &x 2\nd: *x\n")).toEqual({ a: 1, b: 1, c: 2, d: 2 });
    expect(data("a: &x {b: &x 1, c: *x}\nd: *x\n")).toEqual({ a: { b: 1, c: 1 }, d: 1 });
    expect(data("&x a: 1\nb: *x\n")).toEqual({ a: 1, b: "a" });
  });
  test("a key is spelled as it was written", () => {
    expect(data("1.0: a\n1: b\n0x1F: c\nno: d\ntrue: e\n1e3: f\n")).toEqual({
      "1.0": "a",
      "1": "b",
      "0x1F": "c",
      no: "d",
      true: "e",
      "1e3": "f",
    });
  });
  test("tags of the core schema mean what they say", () => {
    expect(data('a: !!str 5\nb: !!int "5"\nc: ! x\nd: !!null ""\n')).toEqual({ a: "5", b: 5, c: "x", d: null });
  });
  test("an alias is the value that it names", () =>
    expect(data("a: &x {b: 1}\nc: *x\n")).toEqual({ a: { b: 1 }, c: { b: 1 } }));
  test("__proto__ is a key like any other", () => {
    const map = plain(read("__proto__: {admin: true}\n").root) as Record<string, unknown>;
    expect(Object.keys(map)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
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
    ["a date by tag", "a: !!timestamp 2026-01-01\n", ["unknown tag"]],
    ["bytes by tag", "a: !!binary aGk=\n", ["unknown tag"]],
    ["a set by tag", "a: !!set {x, y}\n", ["unknown tag"]],
    ["a tag of a language", "a: !!python/object:os.system 1\n", ["unknown tag"]],
    ["a tag of one's own", "a: !mine 1\nb: !mine 2\n", ["unknown tag", "unknown tag"]],
    ["a merge key", "a: &x {b: 1}\nc: {<<: *x, d: 2}\n", ["merge key"]],
    ["an alias before its anchor", "a: *x\nb: &x 1\n", ["alias cannot be resolved"]],
    ["another version of YAML", "%YAML 1.1\n---\na: no\n", ["another version of YAML"]],
    ["infinity", "a: .inf\nb: -.INF\n", ["not a finite number", "not a finite number"]],
    ["not a number", "a: .nan\n", ["not a finite number"]],
    ["a number beyond all", "a: 1e400\n", ["number too large"]],
    ["a whole number that would be rounded", "a: 12345678901234567890\n", ["number with too many digits"]],
    ["a key that is a list", "? [a]\n: 1\n", ["a key must be a name"]],
    ["a key that is nothing", ": 1\n", ["a key must be a name"]],
    ["a bracket that stays open", "a: [1, 2\nb: 3\n", ["not valid YAML"]],
    ["braces without quotes", "a: [${params.x}]\n", ["braces need quotes"]],
  ])("%s", (_name, text, wanted) => expect(titles(text)).toEqual(wanted));

  test("aliases that multiply are refused once, quickly", () => {
    const lines = ["a0: &a0 [x, x]"];
    for (let level = 1; level < 40; level++) lines.push(`a${level}: &a${level} [*a${level - 1}, *a${level - 1}]`);
    expect(titles(`${lines.join("\n")}\n`)).toEqual(["too many aliases"]);
  });
  test.each([
    ["lists", `a: ${"[".repeat(5000)}`, "nested too deeply"],
    ["closed lists", `a: ${"[".repeat(5000)}${"]".repeat(5000)}`, "nested too deeply"],
    ["maps", `a: ${"{a: ".repeat(5000)}1${"}".repeat(5000)}`, "nested too deeply"],
    ["lines", "- ".repeat(5000), "nested too deeply"],
    ["keys", `${"? ".repeat(5000)}a`, "nested too deeply"],
    ["signs", "[,".repeat(500_000), "too many values"],
    ["one alias too many", `a: &a 1\nb: [${"*a, ".repeat(1001)}]\n`, "too many aliases"],
    ["large aliases", `a: &a [${"x,".repeat(1000)}]\nb: [${"*a, ".repeat(900)}]\n`, "too many aliases"],
    [
      "aliases in aliases",
      `a0: &a0 [x]\n${Array.from({ length: 200 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}]\n`).join("")}`,
      "nested too deeply",
    ],
  ])("many %s end in one mistake with its limit and place", (_name, text, title) => {
    const { diagnostics } = readText("p.yaml", text);
    expect(diagnostics.map((each) => each.title)).toEqual([title]);
    expect(diagnostics[0]!.message).toContain("The limit `");
    expect(diagnostics[0]!.span).toBeDefined();
  });

  test("ten thousand keys are read quickly", () => {
    const text = Array.from({ length: 10_000 }, (_, index) => `k${index}: ${index}\n`).join("");
    expect(Object.keys(data(text) as object)).toHaveLength(10_000);
  });
});
