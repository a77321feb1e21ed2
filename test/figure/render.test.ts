import { expect, test } from "vitest";
import { textWidth } from "../../src/figure/font.js";
import { renderPixels, renderPng } from "../../src/figure/png.js";
import { renderSvg } from "../../src/figure/svg.js";
import { confusionMatrix } from "../../src/stages/figures/confusion-matrix.js";
import { learningCurves } from "../../src/stages/figures/learning-curves.js";
import { epochs, evaluationData, modelData, pngSize } from "./data.js";

const curves = learningCurves(modelData(epochs([0.5, 0.3, 0.2], true), "cross_entropy", 3)).specification;
const matrix = confusionMatrix(
  evaluationData(
    ["no", "yes"],
    [
      [4, 1],
      [2, 3],
    ],
  ),
).specification;

test("the same specification gives the same bytes, whatever was drawn before or is drawn beside it", async () => {
  const alone = await renderSvg(curves);
  const [again, other, beside] = await Promise.all([renderSvg(curves), renderSvg(matrix), renderSvg(curves)]);
  expect(again).toEqual(alone);
  expect(beside).toEqual(alone);
  expect(await renderSvg(matrix)).toEqual(other);
  expect(await renderPng(alone.svg)).toEqual(await renderPng(again.svg));
});

test("generated ids count from 0 and are all defined", async () => {
  for (const specification of [curves, matrix]) {
    const { svg } = await renderSvg(specification);
    const defined = [...svg.matchAll(/\bid="((?:clip|gradient_)\d+)"/g)].map(([, id]) => id!);
    const used = new Set([...svg.matchAll(/url\(#([^)]+)\)/g)].map(([, id]) => id!));
    expect(defined.length).toBeGreaterThan(0);
    expect([...used].filter((id) => !defined.includes(id))).toEqual([]);
    expect(defined.map((id) => id.replace(/\D+/, "")).sort()).toEqual(defined.map((_, index) => String(index)));
  }
});

test("rendering leaves the specification as it was", async () => {
  const before = JSON.stringify(matrix);
  await renderSvg(matrix);
  expect(JSON.stringify(matrix)).toBe(before);
});

test("a PNG has its signature and twice the size of its SVG", async () => {
  const { svg, width, height } = await renderSvg(matrix);
  expect(svg).toContain(`width="${width}" height="${height}"`);
  expect(pngSize(await renderPng(svg))).toEqual({ width: Math.ceil(width * 2), height: Math.ceil(height * 2) });
  expect(pngSize(await renderPng(svg, 1))).toEqual({ width: Math.ceil(width), height: Math.ceil(height) });
});

test("pixels become a PNG of their own size", async () => {
  expect(pngSize(await renderPixels([0, 128, 255, 255, 64, 0], 2, 3, 1))).toEqual({ width: 3, height: 2 });
  expect(pngSize(await renderPixels([255, 0, 0, 0, 255, 0], 1, 2, 3))).toEqual({ width: 2, height: 1 });
});

test("text is drawn with the font that we ship", async () => {
  const svg = (text: string): string =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="30"><text x="4" y="20" font-family="DejaVu Sans" font-size="16">${text}</text></svg>`;
  expect((await renderPng(svg("class"))).length).toBeGreaterThan((await renderPng(svg(""))).length + 200);
});

test("widths of text come from the tables of the font", () => {
  // DejaVu Sans has 2048 units an em; a digit is 1303 of them wide, a space 651.
  expect(textWidth("0", 2048)).toBe(1303);
  expect(textWidth("10 5", 2048)).toBe(3 * 1303 + 651);
  expect(textWidth("0", 2048, "bold")).toBe(1425);
  expect(textWidth("", 12)).toBe(0);
});

test("a Vega specification is drawn as it is", async () => {
  const { svg, width } = await renderSvg({
    $schema: "https://vega.github.io/schema/vega/v6.json",
    width: 20,
    height: 10,
    padding: 0,
    marks: [
      { type: "rect", encode: { enter: { width: { value: 20 }, height: { value: 10 }, fill: { value: "red" } } } },
    ],
  });
  expect(svg).toContain('fill="red"');
  expect(width).toBe(20);
});

test("a specification that is none is told", async () => {
  await expect(renderSvg({ $schema: "https://vega.github.io/schema/vega-lite/v6.json", mark: 3 })).rejects.toThrow();
});
