import { expect, test } from "vitest";
import { outline, within } from "../../src/figure/outline.js";
import { stream } from "../../src/learn/random.js";

type Points = readonly (readonly [number, number])[];
const away = ([x, y]: Points[number], line: Points): number =>
  Math.min(
    ...line.slice(1).map(([x1, y1], at) => {
      const [x0, y0] = line[at]!;
      const [dx, dy] = [x1 - x0, y1 - y0];
      const part = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
      return Math.hypot(x - x0 - part * dx, y - y0 - part * dy);
    }),
  );

test("an outline has the ends and every corner that would be seen, of the points themselves", () => {
  const noise = stream(7, [], "outline");
  const steps: [number, number][] = [[0, 0]];
  for (let at = 0; at < 3000; at++) {
    const [x, y] = steps.at(-1)!;
    steps.push(noise.uniform() < 0.4 ? [x + 1 / 1800, y] : [x, y + 1 / 1200]);
  }
  const kept = outline(steps, 0.002);
  expect(kept.length).toBeLessThan(500);
  expect(kept.every((point) => steps.includes(point as [number, number]))).toBe(true);
  expect([kept[0], kept.at(-1)]).toEqual([steps[0], steps.at(-1)]);
  expect(Math.max(...steps.map((point) => away(point, kept)))).toBeLessThanOrEqual(0.002);
  const stairs: Points = [
    [0, 0],
    [0, 0.5],
    [0.25, 0.5],
    [0.5, 0.5],
    [0.5, 1],
    [1, 1],
  ];
  expect(outline(stairs, 0)).toEqual(stairs.filter((_, at) => at !== 2));
  expect(outline([[0, 1]], 0.1)).toEqual([[0, 1]]);
  expect(outline([], 0.1)).toEqual([]);
});

test("a line is cut at the ends of a range, and a step at an end is kept", () => {
  const line: Points = [
    [0, 0],
    [0.5, 1],
    [0.5, 2],
    [1, 4],
  ];
  expect(within(line, [0.25, 0.75])).toEqual([
    [0.25, 0.5],
    [0.5, 1],
    [0.5, 2],
    [0.75, 3],
  ]);
  expect(within(line, [0.5, 1])).toEqual(line.slice(1));
});
