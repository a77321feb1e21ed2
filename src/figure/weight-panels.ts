/**
 * Histograms of weights as panels, one below the other: bars of density about 0 with a curve over them and lines of
 * text beside; and ridges, histograms one above the other that share an axis.
 */
import { rounded } from "../util/numbers.js";
import { darkColour, faint, ink } from "./figure.js";
import { maximum } from "./scale.js";

/** px: of the drawing, and of the text beside it. */
const [panelWidth, panelHeight] = [220, 104];
const textLeft = panelWidth + 14;
export const panelsWidth = 420;
const barColour = "#a9c3da";

export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly density: number;
}
export interface WeightPanel {
  readonly head: string;
  readonly lines: readonly string[];
  /** Where the axis ends, on both sides of 0; above 0. */
  readonly limit: number;
  readonly bars: readonly Bar[];
  readonly curve: readonly { readonly x: number; readonly y: number }[];
}

const xAxis = (limit: number, title: string | null, ticks = 4): Readonly<Record<string, unknown>> => ({
  type: "quantitative",
  title,
  scale: { domain: [-limit, limit], nice: false, zero: false },
  axis: { tickCount: ticks, grid: false },
});

/** A vertically concatenated view, for `figureOf`. */
export function weightPanels(panels: readonly WeightPanel[]): Readonly<Record<string, unknown>> {
  return { spacing: 16, vconcat: panels.map((panel, at) => panelView(panel, at === panels.length - 1)) };
}

function panelView({ head, lines, limit, bars, curve }: WeightPanel, isLast: boolean) {
  const x = xAxis(limit, isLast ? "Weight" : null);
  const top = maximum([...bars.map(({ density }) => density), ...curve.map((point) => point.y), 0]) || 1;
  const y = {
    type: "quantitative",
    title: "Density",
    scale: { domain: [0, top * 1.05], nice: false },
    axis: { tickCount: 3, grid: false },
  };
  const texts = [head, ...lines].map((text, at) => ({ text, y: 8 + 17 * at, isHead: at === 0 }));
  const textLayer = (isHead: boolean) => ({
    data: { values: texts.filter((each) => each.isHead === isHead).map(({ text, y }) => ({ text, y })) },
    mark: {
      type: "text",
      align: "left",
      baseline: "middle",
      x: textLeft,
      fontSize: 12,
      color: isHead ? ink : faint,
      ...(isHead ? { fontWeight: "bold" } : {}),
      aria: false,
    },
    encoding: { text: { field: "text" }, y: { field: "y", type: "quantitative", scale: null, axis: null } },
  });
  return {
    width: panelWidth,
    height: panelHeight,
    resolve: { scale: { y: "independent" } },
    layer: [
      {
        layer: [
          {
            data: { values: bars },
            mark: { type: "rect", color: barColour, stroke: darkColour, strokeWidth: 0.4, aria: false },
            encoding: {
              x: { field: "from", ...x },
              x2: { field: "to" },
              y: { field: "density", ...y },
              y2: { datum: 0 },
            },
          },
          {
            data: { values: curve },
            mark: { type: "line", color: ink, strokeWidth: 1.4, strokeDash: [4, 2], aria: false },
            encoding: { x: { field: "x", ...x }, y: { field: "y", ...y } },
          },
          {
            data: { values: [{ x: 0 }] },
            mark: { type: "rule", color: faint, strokeDash: [1, 2], aria: false },
            encoding: { x: { field: "x", ...x } },
          },
        ],
      },
      textLayer(true),
      textLayer(false),
    ],
  };
}

/** Densities of an epoch in bins of equal width over −limit … limit. */
export interface Ridge {
  readonly label: string;
  readonly densities: readonly number[];
}
export interface RidgePanel {
  readonly head: string;
  readonly limit: number;
  /** From above to below. */
  readonly ridges: readonly Ridge[];
}
/** px: between two ridges; how much of the next ones the highest covers; and a panel's width. */
const [ridgeStep, ridgeHeight, ridgeWidth] = [15, 46, 186];

export function ridgePanels(panels: readonly RidgePanel[]): Readonly<Record<string, unknown>> {
  return { columns: 2, spacing: 26, concat: panels.map(ridgeView) };
}

function ridgeView({ head, limit, ridges }: RidgePanel) {
  const height = ridgeHeight + ridgeStep * (ridges.length - 1);
  const top = maximum(ridges.flatMap(({ densities }) => densities)) || 1;
  const baseOf = (at: number): number => ridgeHeight + ridgeStep * at;
  const points = ridges.flatMap(({ densities }, ridge) => {
    const width = (2 * limit) / densities.length;
    const point = (x: number, density: number) => ({
      ridge,
      x: rounded(x, 6),
      y: rounded(baseOf(ridge) - (ridgeHeight - 4) * (density / top), 6),
      base: baseOf(ridge),
    });
    // Along the base line ends are enough.
    const isFlat = (at: number): boolean => [at - 1, at, at + 1].every((near) => !densities[near]);
    const middles = densities.flatMap((density, at) =>
      isFlat(at) ? [] : [point(-limit + (at + 0.5) * width, density)],
    );
    return [point(-limit, 0), ...middles, point(limit, 0)];
  });
  const x = xAxis(limit, "Weight", 3);
  const y = { type: "quantitative", scale: { domain: [height, 0], nice: false, zero: false, reverse: false } };
  const labels = ridges.map(({ label }, at) => ({ label, y: baseOf(at) - 4 }));
  return {
    title: { text: head, fontSize: 12, anchor: "start", offset: 4 },
    width: ridgeWidth,
    height,
    layer: [
      {
        data: { values: points },
        mark: { type: "area", color: barColour, stroke: darkColour, strokeWidth: 0.8, opacity: 1, aria: false },
        encoding: {
          x: { field: "x", ...x },
          y: { field: "y", ...y, axis: null },
          y2: { field: "base" },
          detail: { field: "ridge", type: "ordinal" },
        },
      },
      {
        data: { values: [{ x: 0 }] },
        mark: { type: "rule", color: faint, strokeDash: [1, 2], aria: false },
        encoding: { x: { field: "x", ...x } },
      },
      {
        data: { values: labels },
        mark: { type: "text", align: "right", baseline: "middle", x: -6, fontSize: 11, color: faint, aria: false },
        encoding: { y: { field: "y", ...y, axis: null }, text: { field: "label" } },
      },
    ],
  };
}
