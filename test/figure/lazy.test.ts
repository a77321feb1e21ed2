import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";

const loaded = vi.hoisted(() => [] as string[]);
const noted = vi.hoisted(() => (name: string) => (original: () => Promise<object>) => {
  loaded.push(name);
  return original();
});
vi.mock("vega", noted("vega"));
vi.mock("vega-lite", noted("vega-lite"));
vi.mock("@resvg/resvg-js", noted("resvg"));

test("Vega and resvg are loaded by the first figure, not by the stage that draws it nor by checking it", async () => {
  const { visualize } = await import("../../src/stages/visualize.js");
  expect(visualize.name).toBe("visualize");
  const { kinds } = await import("../../src/stages/kinds.js");
  const { checkPipeline } = await import("../../src/pipeline/check.js");
  const { readText } = await import("../../src/pipeline/read.js");
  for (const name of ["regression.yaml", "mnist-cnn.yaml"]) {
    const read = readText(name, readFileSync(join(import.meta.dirname, "..", "..", "pipelines", name), "utf8"));
    expect(read.ok && checkPipeline(read.value, kinds).ok).toBe(true);
  }
  expect(loaded).toEqual([]);

  const { renderPng } = await import("../../src/figure/png.js");
  const { renderSvg } = await import("../../src/figure/svg.js");
  await renderPng(
    (
      await renderSvg({
        data: { values: [{ x: 1 }] },
        mark: "point",
        encoding: { x: { field: "x", type: "quantitative" } },
      })
    ).svg,
  );
  expect(loaded.toSorted()).toEqual(["resvg", "vega", "vega-lite"]);
});
