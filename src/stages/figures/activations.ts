/** Activation functions on one axis, each with its own colour and dash. */
import * as z from "zod";
import { type Figure, figureOf } from "../../figure/figure.js";
import { colourOf, dashOf } from "../../figure/strokes.js";
import { type Column, tableSketch } from "../../figure/table.js";
import { type ActivationName, curves } from "../../learn/activation.js";
import { numberText, rounded } from "../../util/numbers.js";
import type { Sketch } from "../../values/sketch.js";
import { declareFigure } from "../figure-declaration.js";

export const activationNames: readonly ActivationName[] = [...curves.keys()];
const heightAt = (name: ActivationName, x: number): number => curves.get(name)!.at(x);

export const activationsFigure = declareFigure({
  name: "activations",
  summary: "Activation functions on one axis. Of nothing.",
  options: {
    names: z
      .array(z.enum(activationNames))
      .min(1)
      .optional()
      .describe(`Which functions to draw, of ${activationNames.join(", ")}. Default: all of them.`),
  },
  draw: ({ options }) => activations(options.names, options.title),
  sample: () => ({}),
});

const end = 4;
const step = 0.05;

export function activations(names: readonly ActivationName[] = activationNames, title?: string): Figure {
  const xs = Array.from({ length: Math.round((2 * end) / step) + 1 }, (_, index) => rounded(-end + index * step));
  const values = names.flatMap((name) => xs.map((x) => ({ x, y: rounded(heightAt(name, x)), function: name })));
  const style = (look: (place: number) => unknown): Readonly<Record<string, unknown>> => ({
    field: "function",
    type: "nominal",
    // A function has its looks whichever others are drawn beside it.
    scale: { domain: names, range: names.map((name) => look(curves.get(name)!.place)) },
    legend: { title: null, orient: "right", symbolType: "stroke", symbolSize: 900, symbolStrokeWidth: 2 },
  });
  return figureOf(
    "activations",
    title ?? (names.length === 1 ? `The activation function ${names[0]}` : "Activation functions"),
    subtitleOf(names),
    {
      width: 520,
      height: 360,
      data: { values },
      mark: { type: "line", strokeWidth: 2, clip: true },
      encoding: {
        x: {
          field: "x",
          type: "quantitative",
          title: "Input x",
          scale: { domain: [-end, end], nice: false },
          axis: { tickCount: 9 },
        },
        y: { field: "y", type: "quantitative", title: "Output f(x)", scale: { zero: false }, axis: { tickCount: 7 } },
        color: style(colourOf),
        strokeDash: style(dashOf),
      },
    },
    sketchOf(names, xs),
  );
}

function subtitleOf(names: readonly ActivationName[]): readonly string[] {
  const remarks = names.flatMap((name) => {
    const { remark } = curves.get(name)!;
    return remark === undefined ? [] : [`${name}: ${remark}`];
  });
  return remarks.length === 0 ? [] : [remarks.join("; ")];
}

function sketchOf(names: readonly ActivationName[], xs: readonly number[]): readonly Sketch[] {
  const columns: Column[] = [
    { title: "function" },
    ...[-2, 0, 2].map((x) => ({ title: `f(${numberText(x, 1)})`, align: "right" as const })),
  ];
  return [
    {
      type: "plot",
      x: "x",
      y: "f(x)",
      series: names.map((name) => ({
        name,
        marks: "line",
        points: xs.filter((_, at) => at % 2 === 0).map((x) => [x, rounded(heightAt(name, x), 4)] as const),
      })),
    },
    tableSketch(
      columns,
      names.map((name) => ({
        cells: [name, ...[-2, 0, 2].map((x) => heightAt(name, x).toFixed(4).replace("-", "−"))],
      })),
    ),
  ];
}
