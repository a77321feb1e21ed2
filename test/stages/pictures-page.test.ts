/** The example of docs/pictures.md, carried out. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";
import { load } from "../../src/stages/load.js";
import type { DatasetData } from "../../src/values/dataset.js";
import { colourPng, greyPng, jpegOf } from "../rig/picture-files.js";
import { runKind } from "../rig/stage.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-pictures-"));
afterAll(() => rmSync(folder, { recursive: true }));
const page = readFileSync(new URL("../../docs/pictures.md", import.meta.url), "utf8");
const block = (language: string): string => new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "s").exec(page)![1]!;

test("the example of docs/pictures.md is right, and leaves what the page says", async () => {
  for (const [index, path] of block("text").trim().split("\n").entries()) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    const size = [30 + index, 40] as const;
    const png = index % 2 ? colourPng(...size, [9, 99, 200]) : greyPng(...size, (y, x) => y * x);
    writeFileSync(join(folder, path), path.endsWith("jpg") ? jpegOf(...size, [9, 99, 200]) : png);
  }
  const document = readText(join(folder, "photos.yaml"), block("yaml"));
  if (!document.ok) throw new Error(renderDiagnostics(document.diagnostics));
  const checked = checkPipeline(document.value, kinds);
  expect(renderDiagnostics(checked.diagnostics)).toBe("");
  if (!checked.ok) return;
  const { kind, options } = checked.value.stages.find(({ name }) => name === "photos")!;
  expect(kind).toBe("load");
  const { outputs } = await runKind(load, options, { folder });
  const [train, held] = [outputs.train!.data as DatasetData, outputs.test!.data as DatasetData];
  expect(page).toContain(
    `${train.count} examples of [${train.shape.join(", ")}] with the classes\n${train.classes!.join(" and ")}`,
  );
  expect([held.count, held.shape, held.classes]).toEqual([1, train.shape, train.classes]);
});
