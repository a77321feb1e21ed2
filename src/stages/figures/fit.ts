/** What a model of one feature says, over the points of the set that it was evaluated on; one panel an evaluation. */

import { type Figure, figureOf, lightColour } from "../../figure/figure.js";
import { checkFits, curveLayer, type Domains, domainsOf, type Fit } from "../../figure/fits.js";
import {
  type AxisNames,
  distinctLabels,
  gapLayer,
  gapText,
  type Interval,
  isFinitePoint,
  leftText,
  pointAxes,
} from "../../figure/points.js";
import { roundedOn, thinned } from "../../figure/scale.js";
import { clipped } from "../../figure/table.js";
import { numberText } from "../../util/numbers.js";
import type { Sketch } from "../../values/sketch.js";
import { declareFigure } from "../figure-declaration.js";
import { needsOneFeature } from "../figure-refusals.js";
import { fitOf, gapsOf, namesOf } from "../figure-values.js";

const name = "fit";

export const fitFigure = declareFigure({
  name,
  summary: "The model's curve over the points that it was evaluated on. Of evaluations of a regression on one feature.",
  from: { accepts: ["evaluation"], many: true, source: "an `evaluate` stage" },
  inputs: {
    data: {
      accepts: "dataset",
      description: "The training examples; intervals of their feature that hold none are shaded.",
      problem: needsOneFeature(name),
    },
  },
  sharesAxis: true,
  problem: needsOneFeature(name),
  draw({ options, items, inputs: { data } }) {
    const gaps = data ? gapsOf(name, data, "data") : [];
    return fittedCurves(items.map(fitOf(name)), gaps, namesOf(data), options.title);
  },
  sample: ({ fits, train }) => ({ from: [[...fits.values()].at(-1)!], inputs: { data: train } }),
});

/** Panels side by side, and their size in px; more panels are smaller. */
const layouts = [
  { most: 1, columns: 1, width: 560, height: 360 },
  { most: 4, columns: 2, width: 400, height: 280 },
  { most: Infinity, columns: 3, width: 300, height: 210 },
] as const;
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
  const headings = fits.map(({ mse, interval }, index) => {
    const ends = interval ? ` (${numberText(interval[0])} to ${numberText(interval[1])})` : "";
    return `${labels[index] === "" ? "" : `${labels[index]}: `}mse ${numberText(mse)}${ends}`;
  });
  const subtitle = [
    `line: the model; points: ${set}`,
    ...(fits.some(({ interval }) => interval)
      ? ["in brackets: 95 % interval of the error, over the choice of examples, not of trainings"]
      : []),
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
