/** Loss and accuracy of a training under way, side by side where the window is wide, else one below the other. */

import { beside, type Line } from "../text/line.js";
import { type PlotOptions, plot, type Series } from "../text/plot.js";
import { formatNumber, formatPercent } from "../util/numbers.js";
import type { Curve } from "./view.js";
import type { Point } from "./view-step.js";

/** Narrower than this a curve shows too little. */
const leastColumns = 34;
const leastRows = 6;
const mostColumns = 72;
const mostRows = 14;

/**
 * @param label  what is trained
 * @returns at most `rows` lines of at most `columns` cells; none where they would show nothing
 */
export function curveLines(
  curve: Curve,
  label: string,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): readonly Line[] {
  if (columns < leastColumns || rows < leastRows) return [];
  const points = settled(curve.history);
  const first = points[0];
  const last = points[points.length - 1];
  if (!first || !last || points.length < 2) return [];
  const shared = { x: [first.at, last.at] as const, xLabels: [epochs(first.at), `epoch ${epochs(last.at)}`] as const };
  const name = curve.element === null ? "" : `${label} `;
  const losses = pair(points, "loss", "validationLoss");
  const accuracies = pair(points, "accuracy", "validationAccuracy");
  const loss = (size: { columns: number; rows: number }): readonly Line[] =>
    plot(losses, { ...shared, ...size, title: `${name}loss`, log: spansDecades(losses), format: formatNumber });
  const accuracy = (size: { columns: number; rows: number }): readonly Line[] =>
    plot(accuracies, { ...shared, ...size, title: "accuracy", format: formatPercent } satisfies PlotOptions);
  if (accuracies.length === 0) return loss({ columns: Math.min(columns, mostColumns), rows: Math.min(rows, mostRows) });
  if (columns >= 2 * leastColumns + 2) {
    const size = { columns: Math.min(mostColumns, Math.floor((columns - 2) / 2)), rows: Math.min(rows, mostRows) };
    return beside(loss(size), accuracy(size), size.columns + 2);
  }
  if (rows >= 2 * leastRows + 1) {
    const size = { columns, rows: Math.min(Math.floor((rows - 1) / 2), mostRows) };
    return [...loss(size), [], ...accuracy(size)];
  }
  return loss({ columns, rows: Math.min(rows, mostRows) });
}

/** Once two epochs are done the first, with its steep fall, would only press the rest flat. */
function settled(history: readonly Point[]): readonly Point[] {
  const last = history[history.length - 1];
  const later = last && last.at >= 2 ? history.filter(({ at }) => at >= 1) : history;
  return later.length >= 2 ? later : history;
}

function pair(
  points: readonly Point[],
  own: "loss" | "accuracy",
  validation: "validationLoss" | "validationAccuracy",
): readonly Series[] {
  const take = (key: typeof own | typeof validation): (readonly [number, number])[] =>
    points.flatMap((point) => (point[key] === null ? [] : [[point.at, point[key]] as const]));
  const [train, held] = [take(own), take(validation)];
  const series: Series[] = [];
  if (train.length > 0) series.push({ name: "train", style: "cyan", points: train });
  if (held.length > 0) series.push({ name: "validation", style: "yellow", points: held });
  return series;
}

function spansDecades(series: readonly Series[]): boolean {
  const values = series.flatMap(({ points }) => points.map(([, y]) => y)).filter(Number.isFinite);
  return values.length > 0 && Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 20;
}

const epochs = (at: number): string => String(Number(at.toFixed(1)));
