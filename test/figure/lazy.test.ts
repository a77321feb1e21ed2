import { expect, test, vi } from "vitest";

const loaded = vi.hoisted(() => [] as string[]);
const noted = vi.hoisted(() => (name: string) => (original: () => Promise<object>) => {
  loaded.push(name);
  return original();
});
vi.mock("vega", noted("vega"));
vi.mock("vega-lite", noted("vega-lite"));
vi.mock("@resvg/resvg-js", noted("resvg"));

test("Vega and resvg are loaded by the first figure, not by the stage that draws it", async () => {
  const { visualize } = await import("../../src/stages/visualize.js");
  expect(visualize.name).toBe("visualize");
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
