/** Points counted in cells of equal size: what is drawn of more points than can be told apart. */
import type { Interval, Point } from "./points.js";

export interface Cell {
  readonly x: Interval;
  readonly y: Interval;
  readonly count: number;
}

/**
 * Those that points fall into.
 *
 * @param points  within both domains
 * @param across  cells along each side
 */
export function cellsOf(
  points: readonly Point[],
  domainX: Interval,
  domainY: Interval,
  across: number,
): readonly Cell[] {
  const place = (value: number, [low, high]: Interval): number =>
    Math.min(across - 1, Math.floor(((value - low) / (high - low)) * across));
  const counts = new Map<number, number>();
  for (const [x, y] of points) {
    const cell = place(x, domainX) * across + place(y, domainY);
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  const ends = ([low, high]: Interval, at: number): Interval => [
    low + ((high - low) * at) / across,
    low + ((high - low) * (at + 1)) / across,
  ];
  return [...counts].map(([cell, count]) => ({
    x: ends(domainX, Math.floor(cell / across)),
    y: ends(domainY, cell % across),
    count,
  }));
}
