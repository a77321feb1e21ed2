/**
 * Places in float32, by the very operations of torchvision: each axis runs from −1 to 1 over the image, and every product,
 * sum and quotient is rounded.
 *
 * Between pixels that changes nothing that could be seen. But where a place lies halfway between two pixels, as many do
 * for whole numbers of pixels and for quarter turns, rounding decides which of them is the nearest; and in doubles it
 * would decide otherwise than there.
 *
 * Source: torchvision.transforms.v2.functional, `_affine_grid` and `_perspective_grid`; PyTorch, `grid_sample` without
 * `align_corners`.
 */
import type { Places } from "./sampling.js";
import type { ImageShape } from "./transform.js";

/** Of (x, y, 1). */
export type Row = readonly [number, number, number];

/** What a place is read at: across · (x, y, 1) and down · (x, y, 1), from the middle of the image, in pixels. */
interface AffineRows {
  readonly across: Row;
  readonly down: Row;
}
/** The same divided by depth · (x, y, 1), from the top left corner. */
interface ProjectiveRows extends AffineRows {
  readonly depth: Row;
}

const round = Math.fround;

/** Without `depth`, (x, y) are pixels from the middle of the image; with it, from its top left corner. */
export function gridPlaces(
  rows: AffineRows | ProjectiveRows,
  { height, width }: ImageShape,
  { x: xs, y: ys }: Places,
): void {
  const across = scaled(rows.across, width);
  const down = scaled(rows.down, height);
  const depth = "depth" in rows ? rows.depth : undefined;
  const [firstX, firstY] = depth ? [0.5, 0.5] : [(1 - width) / 2, (1 - height) / 2];
  for (let row = 0, place = 0; row < height; row++)
    for (let column = 0; column < width; column++, place++) {
      const x = firstX + column;
      const y = firstY + row;
      let ownX = dot(across, x, y);
      let ownY = dot(down, x, y);
      if (depth) {
        const by = dot(depth, x, y);
        ownX = round(round(ownX / by) - 1);
        ownY = round(round(ownY / by) - 1);
      }
      xs[place] = pixelAt(ownX, width);
      ys[place] = pixelAt(ownY, height);
    }
}

const scaled = (row: Row, size: number): Row => {
  const of = (value: number): number => round(round(value) / round(size / 2));
  return [of(row[0]), of(row[1]), of(row[2])];
};
const dot = (row: Row, x: number, y: number): number => round(round(round(row[0] * x) + round(row[1] * y)) + row[2]);
/** From −1 … 1 to the number of a pixel. */
const pixelAt = (at: number, size: number): number => round(round(round(round(at + 1) * size) - 1) / 2);
