import { expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readDocument, readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

function told(text: string, set: string[] = []): string {
  const document = readText("p.yaml", text);
  const checked = document.ok ? checkPipeline(document.value, kinds, { set }) : document;
  return renderDiagnostics(checked.diagnostics);
}

test("a missing file", () => {
  const read = readDocument("nowhere.yaml");
  expect(renderDiagnostics(read.diagnostics)).toBe(
    "nowhere.yaml  no such file\n\nThere is no pipeline at `nowhere.yaml`. Check the name, or the folder you are in.\n",
  );
});

test("an empty file", () => {
  expect(told("\n")).toBe(
    "p.yaml  empty file\n\nA pipeline needs `stages:`. An example:\n\nstages:\n  digits: {kind: load, source: mnist}\n",
  );
});

test("a tab in the indentation", () => {
  expect(told("stages:\n\tdigits: {kind: load, source: mnist}\n")).toBe(
    "p.yaml:2:1  tab in indentation\n\n  2 │  digits: {kind: load, source: mnist}\n    │ ^ a tab\n\nYAML is indented with spaces only. Replace the tab by two spaces (most editors can do it for the whole file).\n",
  );
});

test("a duplicate key", () => {
  expect(told("stages:\n  a: {kind: load, source: mnist}\n  a: {kind: load, source: mnist}\n")).toContain(
    "p.yaml:3:3  duplicate key\n\n  3 │   a: {kind: load, source: mnist}\n    │   ^\n\n  2 │   a: {kind: load, source: mnist}\n    │   ^ first here\n\n`a` is given twice in the same map. Keep one of them.\n",
  );
});

test("an unknown kind, with a near name", () => {
  expect(told("stages:\n  digits: {kind: laod, source: mnist}\n")).toBe(
    "p.yaml:2:18  unknown kind\n\n  2 │   digits: {kind: laod, source: mnist}\n    │                  ^^^^\n\nThere is no kind `laod`. Did you mean `load`?\n\nKinds: " +
      `${Object.keys(kinds).join(", ")}\n`,
  );
});

test("an unknown option, with a near name and the options there are", () => {
  expect(
    told(
      "stages:\n  d: {kind: load, source: mnist}\n  s: {kind: split, data: d.train, validation: 10, stratfy: true}\n",
    ),
  ).toBe(
    "p.yaml:3:51  unknown option\n\n  3 │   s: {kind: split, data: d.train, validation: 10, stratfy: true}\n    │                                                   ^^^^^^^\n\n`split` has no option `stratfy`. Did you mean `stratify`?\n\nOptions of `split`: data, validation, test, stratify, by, order, each, allow, use, seed\n",
  );
});

test("an unknown output", () => {
  expect(told("stages:\n  d: {kind: load, source: mnist}\n  s: {kind: shuffle, data: d.tran}\n")).toContain(
    "`d` has no output `tran`. Did you mean `train`?\n\nOutputs of `d`: train, test\n",
  );
});

test("a wrong type says what stands there", () => {
  expect(told("stages:\n  d: {kind: load, source: mnist}\n  f: {kind: fold, data: d.train, k: many}\n")).toContain(
    "p.yaml:3:37  wrong type\n\n  3 │   f: {kind: fold, data: d.train, k: many}\n    │                                     ^^^^\n\n`k` is a whole number, but the text `many` stands here.\n",
  );
});

test("1e-1 is a number", () => {
  expect(told("stages:\n  d: {kind: load, source: mnist}\n  s: {kind: split, data: d.train, validation: 1e-1}\n")).toBe(
    "",
  );
});

test("a missing stage, with a near name", () => {
  expect(told("stages:\n  digits: {kind: load, source: mnist}\n  s: {kind: shuffle, data: digit.train}\n")).toContain(
    "`s` reads `digit`, but there is no such stage. Did you mean `digits`?",
  );
});

test("a cycle, as a path", () => {
  const text = told("stages:\n  a: {kind: shuffle, data: b}\n  b: {kind: shuffle, data: a}\n");
  expect(text).toContain("p.yaml:2:28  stages wait for each other");
  expect(text).toContain("`a` reads `b`");
  expect(text).toContain("`b` reads `a` again");
  expect(text).toContain("None of them can start first: a → b → a.");
});

test("a split larger than the data", () => {
  expect(
    told("stages:\n  d: {kind: load, source: mnist}\n  s: {kind: split, data: d.test, validation: 10000}\n"),
  ).toContain("10000 examples are asked for, but the data has 10000, and at least one must remain for training.");
});

test("--set of a name that does not exist", () => {
  expect(told("params: {epochs: 3}\nstages:\n  d: {kind: load, source: mnist}\n", ["epoch=4"])).toBe(
    "--set:1:1  unknown parameter\n\n  1 │ epoch=4\n    │ ^^^^^\n\nThere is no `epoch` under `params:`, so nothing would change. Did you mean `epochs`?\n\nNames that --set can change: epochs, seed\n",
  );
});

test("all mistakes of a file at once, in file order", () => {
  const text = told("nme: x\nstages:\n  a: {kind: laod}\n  b: {kind: shuffle, data: zzz}\n");
  expect([...text.matchAll(/^p\.yaml:(\d+):\d+ {2}(.*)$/gm)].map((match) => `${match[1]} ${match[2]}`)).toEqual([
    "1 unknown key",
    "3 unknown kind",
    "4 no such stage",
  ]);
});
