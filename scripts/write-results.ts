/**
 * Writes docs/results.md, and what it is made from.
 *
 *   npx tsx scripts/write-results.ts collect pipelines/FILE.yaml [--cache DIR] [--profile P] [--set k=v …] [--wall SECONDS] [--note TEXT]
 *       what `hw1 show --json` says of the study, as an entry of docs/results/NAME.json
 *   npx tsx scripts/write-results.ts figures pipelines/FILE.yaml [the same flags]
 *       its figures that the page shows, as docs/figures/study-*.svg
 *   npx tsx scripts/write-results.ts
 *       docs/results.md from all of them and from docs/results/report.json, the report's own numbers
 *
 * What is not there yet is told as not measured yet. `npm run build` comes before.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type Asked, collect } from "./results/collect.js";
import { extractPath, jsonOf, readExtract, readExtracts, root } from "./results/extract.js";
import { copyFigures } from "./results/figures.js";
import { resultsPage } from "./results/page.js";
import { readReport } from "./results/report.js";

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  process.stdout.write(`${path.slice(root.length + 1)}  ${Buffer.byteLength(text)} bytes\n`);
}

function asked(args: readonly string[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      cache: { type: "string" },
      profile: { type: "string" },
      set: { type: "string", multiple: true },
      wall: { type: "string" },
      note: { type: "string" },
    },
  });
  const [file] = positionals;
  if (!file || positionals.length > 1) throw new Error("Name one pipeline's file.");
  const wall = values.wall === undefined ? undefined : Number(values.wall);
  if (wall !== undefined && !(wall > 0)) throw new Error("--wall takes seconds.");
  return {
    file,
    set: values.set ?? [],
    ...(values.cache === undefined ? {} : { cache: values.cache }),
    ...(values.profile === undefined ? {} : { profile: values.profile }),
    ...(wall === undefined ? {} : { wall }),
    ...(values.note === undefined ? {} : { note: values.note }),
  };
}

const [verb, ...rest] = process.argv.slice(2);
if (verb === "collect") {
  const { pipeline, key, entry } = collect(asked(rest));
  const known = readExtract(pipeline)?.entries ?? {};
  write(extractPath(pipeline), `${jsonOf({ pipeline, entries: { ...known, [key]: entry } })}\n`);
  if (entry.missing.length > 0) process.stdout.write(`without a result: ${entry.missing.join(", ")}\n`);
} else if (verb === "figures") {
  for (const { path, svg } of copyFigures(asked(rest))) write(path, svg);
} else if (verb === undefined) write(join(root, "docs", "results.md"), resultsPage(readExtracts(), readReport()));
else throw new Error(`There is no \`${verb}\`: collect, figures, or nothing.`);
