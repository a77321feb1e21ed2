/**
 * The projective map of the plane that takes four points to four others.
 *
 *   (X, Y) ↦ ((a X + b Y + c) / w, (d X + e Y + f) / w),   w = g X + h Y + 1
 *
 * Eight linear equations, solved in doubles by elimination with pivots; coefficients are rounded to float32, as
 * torchvision's are. Where three points lie on a line there is none, and the coefficients are no numbers.
 */
import type { Point } from "./affine-map.js";

export type Coefficients = readonly [number, number, number, number, number, number, number, number];

/** @returns [a, b, c, d, e, f, g, h] of the map that takes each point of `from` to that of `to` */
export function homography(from: readonly Point[], to: readonly Point[]): Coefficients {
  const rows = from.flatMap(([X, Y], index) => {
    const [x, y] = to[index]!;
    return [
      [X, Y, 1, 0, 0, 0, -x * X, -x * Y, x],
      [0, 0, 0, X, Y, 1, -y * X, -y * Y, y],
    ];
  });
  const solution = solved(rows);
  const at = (unknown: number): number => Math.fround(solution[unknown]!);
  return [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)];
}

/** Solves [A | b] in place, by Gauss–Jordan with partial pivots. */
function solved(rows: number[][]): number[] {
  const count = rows.length;
  for (let column = 0; column < count; column++) {
    let pivot = column;
    for (let row = column + 1; row < count; row++)
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const leading = rows[column]!;
    for (let row = 0; row < count; row++) {
      if (row === column) continue;
      const factor = rows[row]![column]! / leading[column]!;
      for (let at = column; at <= count; at++) rows[row]![at]! -= factor * leading[at]!;
    }
  }
  return rows.map((row, index) => row[count]! / row[index]!);
}
