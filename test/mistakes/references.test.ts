import { expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

function messages(stages: string): readonly string[] {
  const document = readText("p.yaml", `stages:\n  digits: {kind: load, source: mnist}\n${stages}`);
  const checked = document.ok ? checkPipeline(document.value, kinds) : document;
  return checked.diagnostics.map(({ message }) => message);
}

test("a load with two parts does not say which is learned from", () => {
  expect(messages("  mixed: {kind: shuffle, data: digits}\n")).toEqual([
    "`digits` has several outputs that `mixed` could read: `digits.train` and `digits.test`. Name one of them, such as `data: digits.train`.",
  ]);
});

test("nor do a split, or folds read as data", () => {
  expect(
    messages("  parts: {kind: split, data: digits.train, validation: 0.1}\n  mixed: {kind: shuffle, data: parts}\n")[0],
  ).toContain("`parts.train` and `parts.validation`");
  expect(
    messages(
      "  folds: {kind: fold, data: digits.train, k: 3}\n  mixed: {kind: shuffle, each: folds, data: folds}\n",
    )[0],
  ).toContain("`folds.train` and `folds.validation`");
});

test("in a list each name is looked at by itself", () => {
  expect(messages("  all: {kind: merge, data: [digits, digits.test]}\n")).toHaveLength(1);
});

test("one output that fits needs no name", () => {
  expect(messages("  mixed: {kind: shuffle, data: digits.train}\n  again: {kind: shuffle, data: mixed}\n")).toEqual([]);
});
