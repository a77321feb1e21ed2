/** Activation functions on one axis, each with its own colour and dash. */

import { z } from "zod";
import { dashes, type Figure, figureOf, palette } from "../../figure/figure.js";
import { type Column, tableSketch } from "../../figure/table.js";
import { numberText, rounded } from "../../util/numbers.js";
import type { Sketch } from "../../values/sketch.js";
import { declareFigure } from "../figure-declaration.js";

/**
 * Values of the functions as our layers compute them: leaky ReLU of slope 0.01, ELU of alpha 1, GELU exact.
 *
 *   sigmoid 1 / (1 + e⁻ˣ) · tanh · relu max(0, x) · leaky_relu x < 0 ? 0.01 x : x · elu x < 0 ? eˣ − 1 : x
 *   gelu x Φ(x), Φ(x) = (1 + erf(x / √2)) / 2 · softplus ln(1 + eˣ)
 */
export const activationValues = {
  sigmoid: (x: number): number => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  relu: (x: number): number => Math.max(0, x),
  leaky_relu: (x: number): number => (x < 0 ? 0.01 * x : x),
  elu: (x: number): number => (x < 0 ? Math.expm1(x) : x),
  gelu: (x: number): number => (x * (1 + erf(x / Math.SQRT2))) / 2,
  // Written so that neither side overflows.
  softplus: (x: number): number => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x))),
} as const;
export type ActivationName = keyof typeof activationValues;
export const activationNames = Object.keys(activationValues) as readonly ActivationName[];

/**
 * The error function, to about 1e-15.
 *
 *   erf(x) = 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (1 · 3 · … · (2n + 1))
 *
 * All terms have one sign, so nothing cancels. Source: Abramowitz & Stegun (1964), 7.1.6.
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  // 1 − erf(6) is 2e-17, less than a double can tell from 1.
  if (Math.abs(x) >= 6) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

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
  const values = names.flatMap((name) => xs.map((x) => ({ x, y: rounded(activationValues[name](x)), function: name })));
  const style = (range: readonly unknown[]): Readonly<Record<string, unknown>> => ({
    field: "function",
    type: "nominal",
    // A function has its looks whichever others are drawn beside it.
    scale: { domain: names, range: names.map((name) => range[activationNames.indexOf(name)]) },
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
        color: style(palette),
        strokeDash: style(dashes),
      },
    },
    sketchOf(names, xs),
  );
}

function subtitleOf(names: readonly ActivationName[]): readonly string[] {
  const told: Partial<Record<ActivationName, string>> = {
    leaky_relu: "leaky_relu: slope 0.01 below 0",
    elu: "elu: alpha 1",
    gelu: "gelu: x Φ(x), exact",
  };
  const text = names.flatMap((name) => told[name] ?? []).join("; ");
  return text === "" ? [] : [text];
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
        points: xs.filter((_, at) => at % 2 === 0).map((x) => [x, rounded(activationValues[name](x), 4)] as const),
      })),
    },
    tableSketch(
      columns,
      names.map((name) => ({
        cells: [name, ...[-2, 0, 2].map((x) => activationValues[name](x).toFixed(4).replace("-", "−"))],
      })),
    ),
  ];
}
