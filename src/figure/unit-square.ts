/**
 * Curves of rates, both 0 … 1, in a square; and where all of them come near its best corner, that corner once more,
 * enlarged.
 *
 * Each panel gets the points that it needs: what is left out is nowhere farther away than a quarter of a px.
 */
import { rounded } from "../util/numbers.js";
import { faint, ink } from "./figure.js";
import { outline, within } from "./outline.js";
import type { Point } from "./points.js";
import { colourOf, dashOf, strokes } from "./strokes.js";

export interface SquareCurve {
  /** As the legend has it. */
  readonly label: string;
  /** x ascending; the next is joined by a straight line. */
  readonly points: readonly Point[];
  /** A mean is drawn thick; what stands behind others has no place in the legend. Default: a line among others. */
  readonly role?: "mean" | "behind";
}
interface Square {
  readonly curves: readonly SquareCurve[];
  /** Dotted, behind the curves: what guessing comes to. */
  readonly guides: readonly (readonly [Point, Point])[];
  readonly x: string;
  readonly y: string;
  /** The best place in it; above is always better. */
  readonly best: "left" | "right";
}

const side = 340;
const tolerance = 0.25 / side;
/** How much of each side an enlarged corner may show. */
const corners = [0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
const behindColour = "#c3c8d0";

/** For `figureOf`: one panel, or two. */
export function unitSquare(square: Square): Readonly<Record<string, unknown>> {
  const whole = panel(square, [0, 1], [0, 1]);
  const part = cornerOf(square);
  if (part === null) return whole;
  const x: Point = square.best === "left" ? [0, part] : [rounded(1 - part), 1];
  const inner = {
    ...panel(square, x, [rounded(1 - part), 1]),
    title: { text: `The upper ${square.best} corner, enlarged`, fontSize: 12, fontWeight: "normal", offset: 8 },
  };
  return { hconcat: [whole, inner], spacing: 36 };
}

/** null where a curve stays far from the corner, or there is none. */
function cornerOf({ curves, best }: Square): number | null {
  const away = curves.map(({ points }) =>
    points.reduce((least, [x, y]) => Math.min(least, Math.max(best === "left" ? x : 1 - x, 1 - y)), 1),
  );
  const needed = 2.5 * Math.max(0, ...away);
  const smallest = corners.findLast((part) => part >= needed);
  return curves.length > 0 && smallest !== undefined ? smallest : null;
}

function panel(
  { curves, guides, x: xTitle, y: yTitle }: Square,
  x: Point,
  y: Point,
): Readonly<Record<string, unknown>> {
  const span = x[1] - x[0];
  const near = (value: number): number => rounded(value, 7);
  const valuesOf = (chosen: readonly SquareCurve[]) =>
    chosen.flatMap(({ label, points }) =>
      outline(within(points, x), tolerance * span).map(([px, py]) => ({ x: near(px), y: near(py), of: label })),
    );
  const behind = curves.filter(({ role }) => role === "behind");
  const named = curves.filter(({ role }) => role !== "behind");
  const axis = (title: string, domain: Point) => ({
    type: "quantitative",
    title,
    scale: { domain, nice: false, zero: false },
    axis: { tickCount: 6, format: "~g" },
  });
  const encoding = {
    x: { field: "x", ...axis(xTitle, x) },
    y: { field: "y", ...axis(yTitle, y) },
    // Points are joined in the order in which they come.
    order: { value: null },
  };
  const places = new Map(named.filter(({ role }) => role !== "mean").map(({ label }, place) => [label, place]));
  const placeOf = (place: number): number | undefined => places.get(named[place]!.label);
  const looks = strokes(
    "of",
    named.map(({ label }) => label),
    named.length > 1 ? {} : null,
    {
      colour: (place) => (placeOf(place) === undefined ? ink : colourOf(placeOf(place)!)),
      dash: (place) => (placeOf(place) === undefined ? [1, 0] : dashOf(placeOf(place)!)),
    },
  );
  const line = (chosen: readonly SquareCurve[], strokeWidth: number, look: Readonly<Record<string, unknown>>) =>
    chosen.length === 0
      ? []
      : [
          {
            data: { values: valuesOf(chosen) },
            mark: { type: "line", strokeWidth, strokeJoin: "round", clip: span < 1, aria: false },
            encoding: { ...encoding, ...look },
          },
        ];
  return {
    width: side,
    height: side,
    layer: [
      {
        data: { values: guides.flatMap((ends, of) => ends.map(([gx, gy]) => ({ x: near(gx), y: near(gy), of }))) },
        mark: { type: "line", color: faint, strokeDash: [2, 3], strokeWidth: 1.2, clip: true, aria: false },
        encoding: { ...encoding, detail: { field: "of" } },
      },
      ...line(behind, 1, { color: { value: behindColour }, detail: { field: "of" } }),
      ...line(
        named.filter(({ role }) => role !== "mean"),
        1.8,
        looks,
      ),
      ...line(
        named.filter(({ role }) => role === "mean"),
        3,
        looks,
      ),
    ],
  };
}

/** Stairs as a line: the height of each step holds from the one before on, the first from 0. */
export function stairs(steps: readonly Point[]): readonly Point[] {
  return steps.flatMap(([x, y], at): Point[] => [
    [steps[at - 1]?.[0] ?? 0, y],
    [x, y],
  ]);
}
