/** Curves over epochs for a terminal, whose plot has a linear axis: a wide range goes there as powers of ten. */
import { rounded } from "../util/numbers.js";
import type { Sketch } from "../values/sketch.js";
import { thinned } from "./scale.js";

/** More points than that are closer than cells. */
const sketchEpochs = 120;

/** @param y  what the values are, such as "mean loss" */
export function curveSketch(
  { title, y, isLog }: { readonly title: string; readonly y: string; readonly isLog: boolean },
  series: readonly { readonly name: string; readonly points: readonly (readonly [number, number | null])[] }[],
): Sketch {
  const shown = (value: number | null): number | null =>
    isLog && value !== null ? rounded(Math.log10(value), 5) : value;
  return {
    type: "plot",
    title,
    x: "epoch",
    y: isLog ? `log10 of the ${y}` : y,
    series: series
      .filter(({ points }) => points.length > 0)
      .map(({ name, points }) => ({
        name,
        marks: "line",
        points: thinned(points.length, sketchEpochs).map((at) => [points[at]![0], shown(points[at]![1])] as const),
      })),
  };
}
