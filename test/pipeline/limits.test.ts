import { expect, test } from "vitest";
import { referencePage } from "../../scripts/reference.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { limits } from "../../src/pipeline/limits.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";
import { oversized } from "../rig/oversized.js";

/** The larger files are asked by `npm run bench:limits`. */
const small = oversized().filter(({ text }) => text.length < 120_000);

test.each(small.map(({ name, text, title }) => [name, title, text] as const))(
  "%s is answered, with a place: %s",
  (_name, title, text) => {
    const document = readText("p.yaml", text);
    const { ok, diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(ok).toBe(title === undefined);
    if (title !== undefined) expect(errors.map((each) => each.title)).toContain(title);
    for (const { span } of errors) expect(span).toBeDefined();
  },
);

const told = (text: string): string => {
  const document = readText("p.yaml", text);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  return diagnostics.map(({ message }) => message).join("\n");
};
const load = "stages:\n  digits: {kind: load, source: mnist}\n";

test.each([
  [
    "folds",
    `${load}  folds: {kind: fold, data: digits.train, k: 1000000000}\n`,
    "`k` is at most 20,000 (the limit `elements`), but `1000000000` stands here.",
  ],
  [
    "rows",
    "stages: {a: {kind: load, source: synthetic, generator: gapped_curve, count: 2000000}}\n",
    "(the limit `synthetic_rows`)",
  ],
  [
    "a name",
    `${load}  ${"s".repeat(101)}: {kind: shuffle, data: digits.train}\n`,
    "The limit `name_length` is 100 characters. Use a shorter name.",
  ],
  [
    "steps",
    `${load}  a: {kind: fold, data: digits.train, k: 600}\n  b: {kind: fold, each: a, data: a.train, k: 600}\n  c: {kind: shuffle, each: b, data: b.train}\n`,
    "The limit `steps` is 250,000 steps.",
  ],
])("too many %s: the answer names its limit", (_name, text, wanted) => expect(told(text)).toContain(wanted));

test("a name of a hundred letters is a name", () => {
  expect(told(`${load}  ${"s".repeat(100)}: {kind: shuffle, data: digits.train}\n`)).toBe("");
});

test("the reference page tells every limit", () => {
  const page = referencePage(kinds);
  for (const [name, { counted }] of Object.entries(limits))
    expect(page).toMatch(new RegExp(`\\| \`${name}\` \\| [\\d,]+ ${counted} \\|`));
});
