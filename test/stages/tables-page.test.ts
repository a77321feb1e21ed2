/** The example of docs/tables.md, carried out. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { dataOf } from "../../src/stages/dataset.js";
import { load } from "../../src/stages/load.js";
import { featuresOf, int32Of } from "../../src/values/blob.js";
import { runKind } from "../rig/stage.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-tables-"));
afterAll(() => rmSync(folder, { recursive: true }));
const page = readFileSync(new URL("../../docs/tables.md", import.meta.url), "utf8");
const block = (language: string): string => new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "s").exec(page)![1]!;

test("the example of docs/tables.md leaves the table that the page shows", async () => {
  writeFileSync(join(folder, "visits.csv"), block("csv"));
  const { kind, allow, ...options } = (parse(block("yaml")) as { stages: { visits: Record<string, unknown> } }).stages
    .visits;
  expect([kind, allow]).toEqual(["load", ["missing_values"]]);
  const { outputs } = await runKind(load, options, { folder });
  const { featureNames, classes, count, group } = dataOf(outputs.train!);
  const values = featuresOf(outputs.train!.blobs.features!);
  const labels = int32Of(outputs.train!.blobs.labels!);
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rows = Array.from({ length: count }, (_, at) => {
    const own = [...values.slice(at * featureNames.length, (at + 1) * featureNames.length)];
    const cells = own.map((value) => (Number.isNaN(value) ? "no value" : String(Math.round(value * 1000) / 1000)));
    return row([...cells, `${labels[at]} (\`${classes![labels[at]!]}\`)`]);
  });
  const shown = [row([...featureNames.map((name) => `\`${name}\``), "label"]), `${"|---".repeat(8)}|`, ...rows];
  expect(page).toContain(`${shown.join("\n")}\n`);
  expect(group).toEqual({ name: "patient", words: ["p1", "p2", "p3", "p4"] });
});
