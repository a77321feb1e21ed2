/** Pipelines and examples that come with hw1 have no warning, or allow it where it is meant. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import type { Kind } from "../../src/pipeline/kind.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const root = join(import.meta.dirname, "..", "..");
const file = (...path: readonly string[]): string => readFileSync(join(root, ...path), "utf8");
const blocks = (page: string): readonly string[] =>
  [...file(page).matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!).filter((text) => /^stages:/m.test(text));

const all: readonly (readonly [string, string])[] = [
  ...readdirSync(join(root, "pipelines"))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => [`pipelines/${name}`, file("pipelines", name)] as const),
  ...(Object.values(kinds) as Kind<unknown>[]).map(
    ({ name, example = "" }) => [`the example of ${name}`, example] as const,
  ),
  ...["README.md", "docs/reference.md"].flatMap((page) =>
    blocks(page).map((text, index) => [`example ${index + 1} of ${page}`, text] as const),
  ),
];

test.each(all)("%s", (_name, text) => {
  const document = readText("p.yaml", text);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  expect(
    diagnostics
      .filter(({ severity }) => severity === "warning")
      .map(({ name, title, span }) => `${name ?? title} at ${span?.start}`),
  ).toEqual([]);
});
