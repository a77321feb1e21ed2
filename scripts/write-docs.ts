/**
 * Writes what is made from the kinds: pipeline.schema.json, docs/reference.md and the pictures in docs/figures.
 *
 *   npx tsx scripts/write-docs.ts
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipelineJsonSchema } from "../src/pipeline/schema.js";
import { kinds } from "../src/stages/kinds.js";
import { pictures } from "./figure-pictures.js";
import { referencePage } from "./reference.js";
import { studyPrefix } from "./results/figures.js";

const root = join(import.meta.dirname, "..");
const pages: Readonly<Record<string, string>> = {
  "pipeline.schema.json": `${JSON.stringify(pipelineJsonSchema(kinds), null, 2)}\n`,
  "docs/reference.md": referencePage(kinds),
  ...Object.fromEntries(Object.entries(await pictures()).map(([path, svg]) => [`docs/${path}`, svg])),
};
// A picture of a figure that is gone would stay. Those of full studies are written by write-results.ts.
const figures = join(root, "docs", "figures");
for (const name of readdirSync(figures)) if (!name.startsWith(studyPrefix)) rmSync(join(figures, name));
for (const [name, text] of Object.entries(pages)) {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
  process.stdout.write(`${name}  ${Buffer.byteLength(text)} bytes\n`);
}
