/** Pipelines with a search on a small table, and what a user reads about them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

/**
 * Checks a text beside `points.csv` (labels 0, 1, 2) and `two.csv` (0, 1), 20 rows each. Asked by each test file, since
 * files share a process.
 */
export function toldBesideTables(): (text: string) => string {
  const folder = mkdtempSync(join(tmpdir(), "hw1-search-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, labels] of [
    ["points", 3],
    ["two", 2],
  ] as const) {
    const rows = Array.from({ length: 20 }, (_, row) => `${(row * 7) % 20},${row % labels}`);
    writeFileSync(join(folder, `${name}.csv`), `input,label\n${rows.join("\n")}\n`);
  }
  return (text) => {
    const document = readText(join(folder, "p.yaml"), text);
    const checked = document.ok ? checkPipeline(document.value, kinds) : document;
    return `\n${renderDiagnostics(checked.diagnostics)}`.replaceAll(`${folder}/`, "");
  };
}

/** A search whose options are changed, or left out where they are "". It stands on line 5. */
export function search(changes: Readonly<Record<string, string>> = {}, after = ""): string {
  const options = {
    kind: "search",
    strategy: "grid",
    space: "{units: [8, 16], rate: [0.1, 0.01]}",
    trial: `
      kind: train
      each: folds
      data: folds.train
      validation: folds.validation
      layers: [{dense: {units: "\${trial.units}", activation: tanh}}, {dense: {units: 1}}]
      loss: mse
      optimizer: {adam: {learning_rate: "\${trial.rate}"}}
      epochs: 3`,
    objective: "{minimize: validation.loss}",
    ...changes,
  };
  const lines = Object.entries(options).flatMap(([name, value]) => (value === "" ? [] : [`    ${name}: ${value}\n`]));
  return `stages:\n  points: {kind: load, source: csv, train: points.csv, target: label}\n  folds: {kind: fold, data: points.train, k: 4}\n  s:\n${lines.join("")}${after}`;
}
