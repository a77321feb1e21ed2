/**
 * A scatter of sets of one feature and one target, with the intervals of the feature that hold no training points
 * shaded.
 */

import { MistakeError } from "../diagnostic/diagnostic.js";
import { grouped, shortText } from "../util/numbers.js";
import { type Figure, figureOf, palette, shadeColour, shapes } from "./figure.js";
import { digitsOn, paddedRange, roundedOn } from "./scale.js";

export type Point = readonly [x: number, y: number];
export type Interval = readonly [from: number, to: number];
export interface PointSet {
  /** Tells it from the other sets. */
  readonly label: string;
  readonly points: readonly Point[];
}
/** As they stand on the axes. */
export interface AxisNames {
  readonly feature: string;
  readonly target: string;
}

const width = 560;
const height = 360;

/**
 * @param gaps  intervals of the feature without training points
 * @throws      MistakeError when no set has a point whose coordinates are finite
 */
export function points(sets: readonly PointSet[], gaps: readonly Interval[], names: AxisNames, title?: string): Figure {
  const kept = sets.map((set) => ({ ...set, points: set.points.filter(isFinitePoint) }));
  const all = kept.flatMap((set) => set.points);
  if (all.length === 0)
    throw new MistakeError({
      title: "no points to draw",
      message: "Not one example has a feature and a target that are finite numbers, so there is nothing to draw.",
      at: ["from"],
    });
  const left = sets.reduce((sum, set) => sum + set.points.length, 0) - all.length;
  const [domainX, domainY] = [paddedRange(all.map(([x]) => x)), paddedRange(all.map(([, y]) => y))];
  const precise = roundedOn(domainX, domainY);
  const labels = distinctLabels(kept.map(({ label }) => label));
  const isMany = kept.length > 1;
  const counts = isMany
    ? kept.map((set, index) => `${labels[index]}: ${grouped(set.points.length)}`).join(", ")
    : grouped(all.length);
  const subtitle = [`${counts} points`, ...gapText(gaps), ...leftText(left)];
  const style = (range: readonly string[]): Readonly<Record<string, unknown>> => ({
    field: "set",
    type: "nominal",
    scale: { domain: labels, range: labels.map((_, index) => range[index % range.length]) },
    legend: isMany ? { title: null, orient: "bottom", symbolSize: 90 } : null,
  });
  return figureOf(
    "points",
    title ?? `${names.target} against ${names.feature}`,
    subtitle,
    {
      width,
      height,
      layer: [
        gapLayer(gaps),
        {
          data: {
            values: kept.flatMap((set, index) =>
              set.points.map(precise).map(([x, y]) => ({ x, y, set: labels[index] })),
            ),
          },
          mark: { type: "point", filled: true, size: 42, opacity: 0.85, aria: false },
          encoding: {
            ...pointAxes(names, domainX, domainY),
            color: style(palette),
            shape: style(shapes),
          },
        },
      ],
    },
    [
      {
        type: "plot",
        x: names.feature,
        y: names.target,
        series: kept.map((set, index) => ({
          name: labels[index]!,
          marks: "points",
          points: set.points.map(roundedOn(domainX, domainY, 5)),
        })),
        ...(gaps.length > 0 ? { shaded: gaps } : {}),
      },
    ],
  );
}

export const isFinitePoint = ([x, y]: Point): boolean => Number.isFinite(x) && Number.isFinite(y);

/** Two sets of one label would be drawn as one, so such labels get their number; an empty one becomes its number. */
export function distinctLabels(labels: readonly string[]): readonly string[] {
  return labels.map((label, index) =>
    label === ""
      ? String(index + 1)
      : labels.indexOf(label) === labels.lastIndexOf(label)
        ? label
        : `${label} (${index + 1})`,
  );
}

/** In three digits, or in as many as tell its ends apart. */
function gapWords([from, to]: Interval): string {
  const digits = shortText(from) === shortText(to) ? digitsOn([from, to], 3) : 3;
  return `${shortText(from, digits)} to ${shortText(to, digits)}`;
}
export const gapText = (gaps: readonly Interval[]): readonly string[] =>
  gaps.length === 0 ? [] : [`shaded: no training points from ${gaps.map(gapWords).join(" and from ")}`];
export const leftText = (count: number): readonly string[] =>
  count === 0 ? [] : [`left out: ${grouped(count)} ${count === 1 ? "point that is" : "points that are"} not finite`];

/** Bands over the whole height. */
export const gapLayer = (gaps: readonly Interval[]): Readonly<Record<string, unknown>> => ({
  data: { values: gaps.map(([from, to]) => ({ from, to })) },
  mark: { type: "rect", color: shadeColour, clip: true, aria: false },
  encoding: { x: { field: "from", type: "quantitative" }, x2: { field: "to" } },
});

export function pointAxes(
  names: AxisNames,
  domainX: Interval,
  domainY: Interval,
  small = false,
): Readonly<Record<string, unknown>> {
  const axis = {
    tickCount: small ? 3 : 6,
    grid: false,
    ...(small ? { labelFontSize: 9, labelPadding: 2, tickSize: 3 } : {}),
  };
  return {
    x: {
      field: "x",
      type: "quantitative",
      title: small ? null : names.feature,
      scale: { domain: domainX, nice: false, zero: false },
      axis,
    },
    y: {
      field: "y",
      type: "quantitative",
      title: small ? null : names.target,
      scale: { domain: domainY, nice: false, zero: false },
      axis,
    },
  };
}
