/** What figures of a fitted curve share: what a fit is, the axes of several, the curve as a layer. */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { darkColour } from "./figure.js";
import { type Interval, isFinitePoint, type Point } from "./points.js";
import { maximum, minimum, paddedRange, roundedOn } from "./scale.js";

export interface Fit {
  /** Tells it from the others; empty for one alone. */
  readonly label: string;
  /** Of the set that the model was evaluated on. */
  readonly points: readonly Point[];
  /** The model's output, x ascending. */
  readonly curve: readonly Point[];
  readonly mse: number;
  /** 95 % of the error; null where the evaluation has none. */
  readonly interval?: Interval | null;
  readonly split: string;
}

export interface Domains {
  readonly x: Interval;
  readonly y: Interval;
}

/** A model that leaves the points by more than this part of their range is cut off. */
const beyond = 0.35;

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
