/**
 * Writes what is made from the kinds: pipeline.schema.json and docs/reference.md.
 *
 *   npx tsx scripts/write-docs.ts
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipelineJsonSchema } from "../src/pipeline/schema.js";
import { kinds } from "../src/stages/kinds.js";
import { referencePage } from "./reference.js";

const root = join(import.meta.dirname, "..");
const pages: Readonly<Record<string, string>> = {
  "pipeline.schema.json": `${JSON.stringify(pipelineJsonSchema(kinds), null, 2)}\n`,
  "docs/reference.md": referencePage(kinds),
};
for (const [name, text] of Object.entries(pages)) {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
  process.stdout.write(`${name}  ${Buffer.byteLength(text)} bytes\n`);
}
