/** Whatever a file holds, checking it ends in diagnostics that point into the file, never in an exception. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import type { Diagnostic, Span } from "../../src/diagnostic/diagnostic.js";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import type { Overrides } from "../../src/pipeline/overrides.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";
import { mutants, rightPipelines, withBytesChanged, withLinesChanged } from "../rig/mutants.js";

const original = readFileSync(join(import.meta.dirname, "..", "..", "pipelines", "mnist-cnn.yaml"));

function checkAnything(text: string, overrides: Overrides = {}): void {
  const document = readText("fuzz.yaml", text);
  const checked = document.ok ? checkPipeline(document.value, kinds, overrides) : document;
  if (!checked.ok) expect(checked.diagnostics.length).toBeGreaterThan(0);
  // What is on the command line has no place in the file.
  for (const { severity, title, span } of checked.diagnostics)
    if (severity === "error" && title !== "unknown profile") expect(span, title).toBeDefined();
  for (const diagnostic of checked.diagnostics) for (const span of spansOf(diagnostic)) expectInside(span, text);
  const rendered = renderDiagnostics(checked.diagnostics);
  expect(rendered).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(rendered).not.toContain("undefined");
}
const spansOf = ({ span, notes = [] }: Diagnostic): readonly Span[] => [
  ...(span ? [span] : []),
  ...notes.map((note) => note.span),
];

function expectInside({ file, start, end }: Span, text: string): void {
  if (file.path === "fuzz.yaml") expect(file.text).toBe(text);
  expect(start).toBeGreaterThanOrEqual(0);
  expect(end).toBeGreaterThan(start);
  // The end of the file is a place, too: there a value is missing.
  expect(start).toBeLessThanOrEqual(file.text.length);
  expect(end).toBeLessThanOrEqual(Math.max(file.text.length, start + 1));
}

test("random bytes in a pipeline", () => {
  fc.assert(
    fc.property(withBytesChanged(original), (text) => checkAnything(text)),
    { numRuns: 600 },
  );
});

test("a value left out before the end of a line is pointed at", () => {
  checkAnything(original.toString("utf8").replace("max_pool: 2\n", "max_pool: \n"));
  checkAnything(
    "stages:\n  digits: {kind: load, source: mnist}\n  parts: {kind: split, data: digits.train, validation: \n}\n",
  );
});

test("lines of a pipeline left out, doubled and put elsewhere", () => {
  fc.assert(
    fc.property(withLinesChanged(original.toString("utf8")), (text) => checkAnything(text)),
    { numRuns: 200 },
  );
});

test("keys and values of pipelines and examples left out, doubled, replaced and swapped", () => {
  fc.assert(
    fc.property(mutants(rightPipelines(kinds)), (text) => checkAnything(text)),
    { numRuns: 400 },
  );
});

/** Values as a user might write them: right words in wrong places. */
const word = fc.constantFrom(
  ...[
    "load",
    "train",
    "split",
    "fold",
    "evaluate",
    "visualize",
    "mnist",
    "csv",
    "idx",
    "a",
    "b",
    "a.train",
    "b.model",
    "adam",
    "flatten",
    "dense",
    "relu",
    "mse",
  ],
  ...[
    "cross_entropy",
    "${params.a}",
    "x${params.b}",
    "${params.",
    "${trial.a}",
    "${}",
    "__proto__",
    "constructor",
    "",
    "~",
    "\u0000",
    "\u001b[31m",
    "\u2028",
    "1e-3",
  ],
);
const key = fc.constantFrom(
  ...[
    "kind",
    "source",
    "data",
    "validation",
    "layers",
    "loss",
    "optimizer",
    "epochs",
    "early_stopping",
    "each",
    "seed",
    "figure",
    "from",
    "expect",
    "model",
    "conv",
    "dense",
  ],
  ...[
    "units",
    "adam",
    "learning_rate",
    "cosine",
    "train",
    "test",
    "images",
    "target",
    "__proto__",
    "toString",
    "a",
    "b",
  ],
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.integer({ min: -2, max: 12 }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 6 }),
  ),
}));
const stages = fc.dictionary(
  fc.constantFrom("a", "b", "c", "d"),
  fc.oneof(value, fc.dictionary(key, value, { maxKeys: 8 })),
  { maxKeys: 4 },
);
const overrides: fc.Arbitrary<Overrides> = fc.record({
  profile: fc.constantFrom(undefined, "quick", "x"),
  set: fc.array(fc.constantFrom("a=1", "seed=2", "b=[", "a", "=", "c={a: 1}", "a=*x"), { maxLength: 2 }),
});

test("random documents", () => {
  const document = fc.record(
    {
      name: value,
      seed: value,
      params: fc.oneof(value, fc.dictionary(key, value)),
      profiles: fc.oneof(value, fc.record({ quick: fc.oneof(value, fc.record({ stages, params: value })) })),
      stages: fc.oneof(stages, value),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(document, value), overrides, fc.boolean(), (content, chosen, flow) => {
      checkAnything(stringify(content, flow ? { collectionStyle: "flow" } : {}), chosen);
    }),
    { numRuns: 4000 },
  );
});
