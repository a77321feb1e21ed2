/** Grids of small images: how many stand in a row, and by which numbers they are called. */
import { expect, test } from "vitest";
import { figureOf } from "../../src/figure/figure.js";
import { scaled, signedScale } from "../../src/figure/signed-light.js";
import { renderSvg } from "../../src/figure/svg.js";
import { averagedLines, type Grid, gridOf, gridSketches, gridWidth, tileGrids } from "../../src/figure/tile-grid.js";
import { textsOf } from "./data.js";

const scale = signedScale(1);
const gridWith = (numbers: readonly number[], side = 5): Grid => ({
  head: "Kernels",
  scale,
  tiles: numbers.map((number) => ({
    ...scaled(scale, new Float32Array(side * side).fill(1 / number), [side, side], `kernel ${number}`),
    number,
  })),
});
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

test("128 kernels of 5 × 5 and 128 maps of 24 × 24 stand sixteen in a row, picture elements in halves of a px", () => {
  expect(gridOf(128, 5, 5)).toEqual({ columns: 16, element: 4.5 });
  expect(gridOf(128, 24, 24)).toEqual({ columns: 16, element: 1 });
  expect(gridOf(16, 5, 5)).toEqual({ columns: 8, element: 9.5 });
  for (const side of [1, 3, 8, 28, 64, 300]) {
    const { columns, element } = gridOf(100, side, side);
    expect(columns).toBeGreaterThanOrEqual(8);
    expect(columns * side * element).toBeLessThanOrEqual(gridWidth);
    if (side < 80) expect(element % 0.5).toBe(0);
  }
});

test("rows are numbered by their first image, and images out of turn each by itself", async () => {
  const inTurn = await renderSvg(
    figureOf("kernels", "t", [], await tileGrids([{ grids: [gridWith(upTo(40))] }])).specification,
  );
  expect(textsOf(inTurn.svg)).toEqual(["Kernels", "−1", "0", "1", "1", "17", "33", "t"]);
  // The images and the bar of the scale.
  expect(inTurn.svg.match(/<image /g)).toHaveLength(41);
  expect(inTurn.svg).toContain('aria-label="kernel 40"');
  const chosen = await renderSvg(
    figureOf("kernels", "t", [], await tileGrids([{ grids: [gridWith([3, 9])] }])).specification,
  );
  expect(textsOf(chosen.svg)).toEqual(["Kernels", "−1", "0", "1", "3", "9", "t"]);
});

test("images too large, or too many, for all their picture elements are averaged, and it is said", async () => {
  expect(averagedLines([{ grids: [gridWith(upTo(40))] }])).toEqual([]);
  const large = [{ grids: [gridWith(upTo(3), 224)] }];
  expect(averagedLines(large)).toEqual(["averaged over up to 2 × 2 picture elements"]);
  const { svg, width } = await renderSvg(figureOf("kernels", "t", [], await tileGrids(large)).specification);
  expect(width).toBeLessThan(480);
  expect(svg).toContain('width="48" height="48"');
});

test("its sketch says what dark and light are, and how many more there are", () => {
  const [sketch] = gridSketches([{ grids: [gridWith(upTo(40))] }]);
  expect(sketch).toMatchObject({ title: "Kernels: dark −1, mid grey 0, light 1", height: 5, width: 5, more: 4 });
});
