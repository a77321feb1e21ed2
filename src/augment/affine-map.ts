/**
 * Maps of the plane that keep straight lines straight and parallel: where each pixel of the result comes from.
 *
 * The forward map about a centre c moves a point p to
 *
 *   c + t + A (p − c),   A = scale · R(angle) · [[1, 0], [−tan s_y, 1]] · [[1, −tan s_x], [0, 1]],
 *   R(a) = [[cos a, −sin a], [sin a, cos a]]
 *
 * with y pointing down, so that a positive angle turns clockwise on the screen. Pixels are read at the inverse,
 * c + A⁻¹ (p − c − t). Source: torchvision, `_get_inverse_affine_matrix`.
 */
import * as z from "zod";
import { gridPlaces } from "./grid.js";
import { numberOrRange, type SamplingSettings } from "./options.js";
import { type Places, placesFor, type StraightMap, samplerFor, straightSampler } from "./sampling.js";
import type { Image, ImageShape } from "./transform.js";

/** ±d, or a range. Angles of more than a whole turn are possible, and turn on. */
export const degrees = numberOrRange(z.number().min(0), "a number of degrees from 0", z.number());

/** [x, y] */
export type Point = readonly [number, number];

export interface AffineMap {
  /** In degrees, clockwise. */
  readonly degrees: number;
  /** In pixels, to the right and down. */
  readonly translate: Point;
  readonly scale: number;
  /** In degrees. */
  readonly shear: Point;
}

/** The middle, as `center` says it. */
const middleOf = (center: Point | null, { height, width }: ImageShape): Point => center ?? [width / 2, height / 2];

/** A⁻¹ as [[xx, xy], [yx, yy]]. */
function inverseOf({ degrees, scale, shear }: AffineMap) {
  const cos = cosine(degrees);
  const sin = sine(degrees);
  const tanX = tangent(shear[0]);
  const tanY = tangent(shear[1]);
  // A / scale: R · [[1, 0], [−tan s_y, 1]], then · [[1, −tan s_x], [0, 1]]. Its determinant is 1.
  const [a00, a10] = [cos + sin * tanY, sin - cos * tanY];
  const [a01, a11] = [-sin - tanX * a00, cos - tanX * a10];
  return { xx: a11 / scale, xy: -a01 / scale, yx: -a10 / scale, yy: a00 / scale };
}

/** In doubles. */
function straightMap(map: AffineMap, center: Point | null, shape: ImageShape): StraightMap {
  const { xx, xy, yx, yy } = inverseOf(map);
  const [x, y] = middleOf(center, shape);
  // The middle of pixel 0 lies half a pixel from the edge, where centres are counted from.
  const [centerX, centerY] = [x - 0.5, y - 0.5];
  const [left, top] = [-centerX - map.translate[0], -centerY - map.translate[1]];
  return { x: centerX + xx * left + xy * top, y: centerY + yx * left + yy * top, xx, xy, yx, yy };
}

/** The same places in float32, for the nearest pixel (`grid.ts` says why). */
function affineGrid(map: AffineMap, center: Point | null, shape: ImageShape, places: Places): void {
  const { xx, xy, yx, yy } = inverseOf(map);
  const [x, y] = middleOf(center, shape);
  // From the middle of the image.
  const [centerX, centerY] = [x - shape.width / 2, y - shape.height / 2];
  const [left, top] = [-centerX - map.translate[0], -centerY - map.translate[1]];
  const across = [xx, xy, xx * left + xy * top + centerX] as const;
  const down = [yx, yy, yx * left + yy * top + centerY] as const;
  gridPlaces({ across, down }, shape, places);
}

/** @param center  in pixels from the top left corner of the image; null is its middle */
export function affineSampler(
  settings: SamplingSettings,
  center: Point | null,
  shape: ImageShape,
): (map: AffineMap, from: Image, to: Image) => void {
  if (settings.interpolation === "bilinear") {
    const sample = straightSampler(settings, shape);
    return (map, from, to) => sample(from, straightMap(map, center, shape), to);
  }
  const [places, sample] = [placesFor(shape), samplerFor(settings, shape)];
  return (map, from, to) => {
    affineGrid(map, center, shape, places);
    sample(from, places, to);
  };
}

/** Exact at whole quarters of a turn, so that these move pixels onto pixels. */
function cosine(degrees: number): number {
  if (degrees % 90 !== 0) return Math.cos((degrees * Math.PI) / 180);
  if (degrees % 180 !== 0) return 0;
  return degrees % 360 === 0 ? 1 : -1;
}
const sine = (degrees: number): number =>
  degrees % 90 === 0 ? cosine(degrees - 90) : Math.sin((degrees * Math.PI) / 180);
const tangent = (degrees: number): number => Math.tan((degrees * Math.PI) / 180);
