/**
 * Fewer points of a line, so that a curve of thousands of steps makes a small picture: a point is left out where the
 * line without it is nowhere farther away than the eye can tell.
 */
type Point = readonly [x: number, y: number];

/**
 * The ends and all corners of a line by Douglas and Peucker (1973): every point that is left out is at most `tolerance`
 * away from the line between those that are kept. Those are some of the points as they are.
 *
 * @param tolerance  in the unit of both axes, which have one scale in the picture
 */
export function outline(points: readonly Point[], tolerance: number): readonly Point[] {
  const isKept = new Uint8Array(points.length);
  isKept[0] = 1;
  isKept[points.length - 1] = 1;
  const open: [first: number, last: number][] = [[0, points.length - 1]];
  for (let range = open.pop(); range; range = open.pop()) {
    const [first, last] = range;
    let [farthest, most] = [-1, tolerance];
    for (let at = first + 1; at < last; at++) {
      const distance = distanceOf(points[at]!, points[first]!, points[last]!);
      if (distance > most) [farthest, most] = [at, distance];
    }
    if (farthest < 0) continue;
    isKept[farthest] = 1;
    open.push([first, farthest], [farthest, last]);
  }
  return points.filter((_, at) => isKept[at] === 1);
}

/** From the segment between two points. */
function distanceOf([x, y]: Point, [x0, y0]: Point, [x1, y1]: Point): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const square = dx * dx + dy * dy;
  const part = square === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / square));
  return Math.hypot(x - x0 - part * dx, y - y0 - part * dy);
}

/** The part of a line whose x does not leave a range, cut at its ends. @param points  x ascending */
export function within(points: readonly Point[], [low, high]: Point): readonly Point[] {
  const cut: Point[] = [];
  for (const [at, point] of points.entries()) {
    const before = points[at - 1];
    for (const end of [low, high])
      if (before && before[0] < end && point[0] > end)
        cut.push([end, before[1] + ((point[1] - before[1]) * (end - before[0])) / (point[0] - before[0])]);
    if (point[0] >= low && point[0] <= high) cut.push(point);
  }
  return cut;
}
