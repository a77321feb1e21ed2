/** What a model of one feature says, over the points of the set that it was evaluated on; one panel an evaluation. */

import { MistakeError } from "../../diagnostic/diagnostic.js";
import { darkColour, type Figure, figureOf, lightColour } from "../../figure/figure.js";
import {
  type AxisNames,
  distinctLabels,
  gapLayer,
  gapText,
  type Interval,
  isFinitePoint,
  leftText,
  type Point,
  pointAxes,
} from "../../figure/points.js";
import { maximum, minimum, paddedRange, roundedOn, thinned } from "../../figure/scale.js";
import { clipped } from "../../figure/table.js";
import { numberText } from "../../util/numbers.js";
import type { Sketch } from "../../values/sketch.js";

export interface Fit {
  /** Tells it from the others; empty for one alone. */
  readonly label: string;
  /** Of the set that the model was evaluated on. */
  readonly points: readonly Point[];
  /** The model's output, x ascending. */
  readonly curve: readonly Point[];
  readonly mse: number;
  readonly split: string;
}

interface Domains {
  readonly x: Interval;
  readonly y: Interval;
}

/** Panels side by side, and their size in px; more panels are smaller. */
const layouts = [
  { most: 1, columns: 1, width: 560, height: 360 },
  { most: 4, columns: 2, width: 400, height: 280 },
  { most: Infinity, columns: 3, width: 300, height: 210 },
] as const;
/** A model that leaves the points by more than this part of their range is cut off. */
const beyond = 0.35;
const sketchPoints = 160;

/** @throws MistakeError when there is nothing to draw */
export function fittedCurves(
  fits: readonly Fit[],
  gaps: readonly Interval[],
  names: AxisNames,
  title?: string,
): Figure {
  checkFits(fits);
  const { columns, width, height } = layouts.find(({ most }) => fits.length <= most)!;
  const domains = domainsOf(fits);
  const splits = [...new Set(fits.map(({ split }) => split))];
  const set = splits.length === 1 && splits[0] !== "" ? `${splits[0]} set` : "the set evaluated on";
  const left = fits.reduce((sum, { points }) => sum + points.filter((point) => !isFinitePoint(point)).length, 0);
  const cut = fits.filter(({ curve }) => curve.some(([, y]) => y < domains.y[0] || y > domains.y[1])).length;
  const broken = fits.filter(({ curve }) => curve.some((point) => !isFinitePoint(point))).length;
  const labels = fits.length === 1 ? [fits[0]!.label] : distinctLabels(fits.map(({ label }) => label));
  const headings = fits.map(
    ({ mse }, index) => `${labels[index] === "" ? "" : `${labels[index]}: `}mse ${numberText(mse)}`,
  );
  const subtitle = [
    `line: the model; points: ${set}`,
    ...gapText(gaps),
    ...leftText(left),
    ...(cut > 0
      ? [`the line leaves the drawing ${fits.length === 1 ? "in places" : `in ${cut} of ${fits.length} panels`}`]
      : []),
    ...(broken > 0 ? ["the line breaks where the model's output is not finite"] : []),
  ];
  return figureOf(
    "fit",
    title ?? `Model and ${set}${fits.length === 1 ? `, ${headings[0]}` : ""}`,
    subtitle,
    {
      columns,
      spacing: { row: 26, column: 30 },
      concat: fits.map((each, index) => ({
        // Under a title of the user's choosing the error of a panel alone would be nowhere.
        ...(fits.length > 1 || title
          ? {
              title: {
                text: clipped(headings[index]!, width, true, 12),
                fontSize: 12,
                offset: 8,
                anchor: "start",
                frame: "group",
              },
            }
          : {}),
        width,
        height,
        layer: fitLayers(each, gaps, names, domains),
      })),
    },
    fits.map((each, index) => sketchOf(each, headings[index]!, gaps, names, domains)),
  );
}

/** @throws MistakeError when there are no fits, or one has no point or no curve */
export function checkFits(fits: readonly Fit[]): void {
  if (fits.length === 0)
    throw new MistakeError({
      title: "nothing to draw",
      message: "`from` gives no evaluations, so there is no fit to draw.",
      at: ["from"],
    });
  if (!fits.some(({ points }) => points.some(isFinitePoint)) && !fits.some(({ curve }) => curve.some(isFinitePoint)))
    throw new MistakeError({
      title: "nothing to draw",
      message: "Neither the points nor the model's outputs are finite numbers, so there is no fit to draw.",
      at: ["from"],
    });
}

/** Shared by all panels: all of x, and the points' range of y with room for a model that leaves it a little. */
export function domainsOf(fits: readonly Fit[]): Domains {
  const points = fits.flatMap((each) => each.points.filter(isFinitePoint));
  const curves = fits.flatMap((each) => each.curve.filter(isFinitePoint));
  const x = paddedRange(
    [...points, ...curves].map(([at]) => at),
    0.02,
  );
  const ofCurves = curves.map(([, y]) => y);
  if (points.length === 0) return { x, y: paddedRange(ofCurves) };
  const [low, high] = [minimum(points.map(([, y]) => y)), maximum(points.map(([, y]) => y))];
  const room = (high - low || Math.abs(high) || 1) * beyond;
  const [least, most] = [
    Math.max(low - room, Math.min(low, minimum(ofCurves))),
    Math.min(high + room, Math.max(high, maximum(ofCurves))),
  ];
  return { x, y: paddedRange([least, most]) };
}

function fitLayers(
  { points, curve }: Fit,
  gaps: readonly Interval[],
  names: AxisNames,
  domains: Domains,
): readonly Readonly<Record<string, unknown>>[] {
  const encoding = pointAxes(names, domains.x, domains.y);
  return [
    gapLayer(gaps),
    {
      data: {
        values: points
          .filter(isFinitePoint)
          .map(roundedOn(domains.x, domains.y))
          .map(([x, y]) => ({ x, y })),
      },
      mark: { type: "point", filled: true, color: lightColour, size: 34, opacity: 0.9, clip: true, aria: false },
      encoding,
    },
    curveLayer(curve, encoding, 2.5, domains),
  ];
}

/** It breaks where the model's output is not finite. */
export const curveLayer = (
  curve: readonly Point[],
  encoding: Readonly<Record<string, unknown>>,
  strokeWidth: number,
  { x, y }: Domains,
): Readonly<Record<string, unknown>> => ({
  data: { values: curve.map(roundedOn(x, y, 5)).map(([x, y]) => ({ x, y: Number.isFinite(y) ? y : null })) },
  mark: { type: "line", color: darkColour, strokeWidth, clip: true, invalid: "break-paths-show-domains", aria: false },
  encoding,
});

function sketchOf(
  { points, curve }: Fit,
  title: string,
  gaps: readonly Interval[],
  names: AxisNames,
  domains: Domains,
): Sketch {
  const precise = roundedOn(domains.x, domains.y, 5);
  return {
    type: "plot",
    title,
    x: names.feature,
    y: names.target,
    series: [
      {
        name: "model",
        marks: "line",
        points: thinned(curve.length, sketchPoints).map(
          (at) => [precise(curve[at]!)[0], Number.isFinite(curve[at]![1]) ? precise(curve[at]!)[1] : null] as const,
        ),
      },
      { name: "points", marks: "points", points: points.filter(isFinitePoint).map(precise) },
    ],
    ...(gaps.length > 0 ? { shaded: gaps } : {}),
  };
}
