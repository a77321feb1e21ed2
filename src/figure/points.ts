/** What figures of one feature and one target share: points, the intervals without training points, axes, labels. */
import { grouped, shortText } from "../util/numbers.js";
import { shadeColour } from "./figure.js";
import { digitsOn } from "./scale.js";

export type Point = readonly [x: number, y: number];
export type Interval = readonly [from: number, to: number];
/** As they stand on the axes. */
export interface AxisNames {
  readonly feature: string;
  readonly target: string;
}

export const isFinitePoint = ([x, y]: Point): boolean => Number.isFinite(x) && Number.isFinite(y);

/** Two sets of one label would be drawn as one, so such labels get their number; an empty one becomes its number. */
export function distinctLabels(labels: readonly string[]): readonly string[] {
  return labels.map((label, index) => {
    if (label === "") return String(index + 1);
    return labels.indexOf(label) === labels.lastIndexOf(label) ? label : `${label} (${index + 1})`;
  });
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
