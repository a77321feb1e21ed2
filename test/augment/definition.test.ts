/**
 * Transforms against their definitions, worked out here once more: in doubles, one pixel at a time, without anything of
 * what makes the transforms fast.
 */
import { describe, expect, test } from "vitest";
import { settingsOf } from "../../src/augment/recipe.js";
import type { ImageShape } from "../../src/augment/transform.js";
import { type TransformName, transformOf } from "../../src/augment/transforms.js";
import { field, greatestDifference, type ImageName, imageOf, shapes, sizeOf } from "./images.js";

type Place = readonly [number, number];
type Interpolation = "bilinear" | "nearest";

/** Ties to even. */
function rint(value: number): number {
  const [below, rest] = [Math.floor(value), value - Math.floor(value)];
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;
  return Math.round(value);
}

/** Sampled where `source` says that the pixel (column, row) comes from. */
function resampled(
  image: Float32Array,
  { height, width, channels }: ImageShape,
  interpolation: Interpolation,
  fill: readonly number[],
  source: (column: number, row: number) => Place,
): number[] {
  const result: number[] = [];
  const isInside = (column: number, row: number): boolean => column >= 0 && column < width && row >= 0 && row < height;
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      for (let channel = 0; channel < channels; channel++) {
        const [x, y] = source(column, row);
        const pixel = (c: number, r: number): number =>
          isInside(c, r) ? image[(r * width + c) * channels + channel]! : 0;
        const one = (c: number, r: number): number => (isInside(c, r) ? 1 : 0);
        const mean = (of: (c: number, r: number) => number): number => {
          if (interpolation === "nearest") return of(rint(x), rint(y));
          const [c, r] = [Math.floor(x), Math.floor(y)];
          const [a, b] = [x - c, y - r];
          return (
            (1 - a) * (1 - b) * of(c, r) +
            a * (1 - b) * of(c + 1, r) +
            (1 - a) * b * of(c, r + 1) +
            a * b * of(c + 1, r + 1)
          );
        };
        const [s, m, v] = [mean(pixel), mean(one), fill[channel]!];
        if (interpolation === "nearest") result.push(m < 0.5 ? v : s);
        else result.push((s - v) * m + v);
      }
  return result;
}

type Matrix = readonly [readonly [number, number], readonly [number, number]];
const times = ([[a, b], [c, d]]: Matrix, [[e, f], [g, h]]: Matrix): Matrix => [
  [a * e + b * g, a * f + b * h],
  [c * e + d * g, c * f + d * h],
];
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Where an affine map about a centre has a pixel from; degrees clockwise. */
function affineSource(
  shape: ImageShape,
  degrees: number,
  [tx, ty]: Place,
  scale: number,
  [sx, sy]: Place,
  center: Place | undefined,
): (column: number, row: number) => Place {
  const [cos, sin] = [Math.cos(radians(degrees)), Math.sin(radians(degrees))];
  const turned: Matrix = [
    [cos, -sin],
    [sin, cos],
  ];
  const alongY: Matrix = [
    [1, 0],
    [-Math.tan(radians(sy)), 1],
  ];
  const alongX: Matrix = [
    [1, -Math.tan(radians(sx))],
    [0, 1],
  ];
  const [[a, b], [c, d]] = times(times(turned, alongY), alongX);
  const determinant = a * d - b * c;
  const [x0, y0] = center ?? [shape.width / 2, shape.height / 2];
  return (column, row) => {
    const [x, y] = [column + 0.5 - x0 - tx, row + 0.5 - y0 - ty];
    return [x0 + (d * x - b * y) / determinant / scale - 0.5, y0 + (a * y - c * x) / determinant / scale - 0.5];
  };
}

function applied(
  name: TransformName,
  image: ImageName,
  options: Readonly<Record<string, unknown>>,
  parameters: unknown,
): Float32Array {
  const shape = shapes[image];
  const to = new Float32Array(sizeOf(shape)).fill(Number.NaN);
  transformOf(name).prepare(settingsOf(name, options), shape).apply(parameters, imageOf(image), to);
  return to;
}

const tolerance = 1e-6;
const images: readonly ImageName[] = ["grey", "colour"];
const interpolations: readonly Interpolation[] = ["bilinear", "nearest"];
const fills = { grey: [0.7], colour: [0.1, 0.9, 0.4] };
/** Between the two ends, `count` at a time, always the same ones. */
const spread = (seed: number, count: number, from: number, to: number): number[] =>
  field(seed, count).map((share) => from + (to - from) * share);

describe.each(images)("%s images", (image) => {
  const shape = shapes[image];
  for (const interpolation of interpolations)
    for (const fill of [[0, 0, 0], fills[image]]) {
      const options = { interpolation, fill: fill === fills[image] ? fill : 0 };
      const by = (source: (column: number, row: number) => Place): number[] =>
        resampled(imageOf(image), shape, interpolation, fill, source);

      test(`rotate turns counter-clockwise: ${interpolation}, fill ${fill}`, () => {
        for (const angle of spread(11, 12, -400, 400))
          for (const center of [undefined, [4.25, 9], [-30, 70]] as const) {
            const result = applied("rotate", image, { degrees: 1, ...options, ...(center ? { center } : {}) }, angle);
            const source = affineSource(shape, -angle, [0, 0], 1, [0, 0], center);
            expect(greatestDifference(result, by(source))).toBeLessThan(tolerance);
          }
      });

      test(`affine shears, turns clockwise, scales and shifts: ${interpolation}, fill ${fill}`, () => {
        for (let seed = 21; seed < 33; seed++) {
          const [degrees, tx, ty, scale, sx, sy] = spread(seed * 7919, 6, -1, 1) as [
            number,
            number,
            number,
            number,
            number,
            number,
          ];
          const map = {
            degrees: degrees * 200,
            translate: [Math.round(tx * 9), Math.round(ty * 9)] as const,
            scale: 2 ** scale,
            shear: [sx * 70, sy * 70] as const,
          };
          for (const center of [undefined, [2, 11.5]] as const) {
            const result = applied("affine", image, { degrees: 1, ...options, ...(center ? { center } : {}) }, map);
            const source = affineSource(shape, map.degrees, map.translate, map.scale, map.shear, center);
            expect(greatestDifference(result, by(source))).toBeLessThan(tolerance);
          }
        }
      });

      test(`perspective has each corner where it was sent: ${interpolation}, fill ${fill}`, () => {
        const [right, bottom] = [shape.width - 1, shape.height - 1];
        for (let seed = 31; seed < 39; seed++) {
          const moves = spread(seed * 104729, 8, 0, 0.45);
          const ends = [
            [moves[0]! * right, moves[1]! * bottom],
            [right - moves[2]! * right, moves[3]! * bottom],
            [right - moves[4]! * right, bottom - moves[5]! * bottom],
            [moves[6]! * right, bottom - moves[7]! * bottom],
          ] as const;
          const starts = [
            [0, 0],
            [right, 0],
            [right, bottom],
            [0, bottom],
          ] as const;
          const result = applied("perspective", image, options, { distortion: 1, ends });
          const back = projection(ends, starts);
          const source = (column: number, row: number): Place => {
            const [x, y] = back(column + 0.5, row + 0.5);
            return [x - 0.5, y - 0.5];
          };
          // The transform's coefficients are float32, as torchvision's are.
          expect(greatestDifference(result, by(source))).toBeLessThan(interpolation === "nearest" ? tolerance : 3e-5);
        }
      });

      test(`elastic reads each pixel beside itself: ${interpolation}, fill ${fill}`, () => {
        const area = shape.height * shape.width;
        const [x, y] = [spread(41, area, -5, 5), spread(43, area, -5, 5)];
        const shifts = { x: Float64Array.from(x), y: Float64Array.from(y) };
        const result = applied("elastic", image, { sigma: 1, ...options }, { shifts });
        const source = (column: number, row: number): Place => {
          const place = row * shape.width + column;
          return [column + x[place]!, row + y[place]!];
        };
        expect(greatestDifference(result, by(source))).toBeLessThan(tolerance);
      });
    }

  test("a quarter turn moves pixels onto pixels, exactly", () => {
    for (const interpolation of interpolations)
      for (const quarters of [-2, -1, 0, 1, 2, 3, 4]) {
        if (shape.height !== shape.width && quarters % 2 !== 0) continue;
        const result = applied("rotate", image, { degrees: 1, interpolation, fill: 1 }, quarters * 90);
        const { height, width, channels } = shape;
        const from = imageOf(image);
        for (let row = 0; row < height; row++)
          for (let column = 0; column < width; column++) {
            let [r, c] = [row, column];
            // Counter-clockwise, what is at (r, c) was at (c, width − 1 − r).
            for (let turn = 0; turn < ((quarters % 4) + 4) % 4; turn++) [r, c] = [c, width - 1 - r];
            if (shape.height !== shape.width && quarters % 4 !== 0) [r, c] = [height - 1 - row, width - 1 - column];
            for (let channel = 0; channel < channels; channel++)
              expect(result[(row * width + column) * channels + channel]).toBe(
                from[(r * width + c) * channels + channel],
              );
          }
      }
  });

  test("blur is the sum over the whole kernel of the mirrored image", () => {
    const { height, width, channels } = shape;
    const from = imageOf(image);
    const mirrored = (at: number, count: number): number => {
      const period = 2 * (count - 1);
      const folded = ((at % period) + period) % period;
      return folded < count ? folded : period - folded;
    };
    for (const [size, sigma] of [
      [1, 1],
      [3, 0.8],
      [5, 2],
      [11, 0.4],
      [2 * Math.min(height, width) - 1, 5],
    ] as const) {
      const radius = (size - 1) / 2;
      const offsets = Array.from({ length: size }, (_, at) => at - radius);
      const bells = offsets.map((offset) => Math.exp((-offset * offset) / (2 * sigma * sigma)));
      const total = bells.reduce((sum, bell) => sum + bell, 0);
      const wanted: number[] = [];
      for (let row = 0; row < height; row++)
        for (let column = 0; column < width; column++)
          for (let channel = 0; channel < channels; channel++) {
            let sum = 0;
            for (const [i, down] of offsets.entries())
              for (const [j, across] of offsets.entries()) {
                const place = mirrored(row + down, height) * width + mirrored(column + across, width);
                sum += ((bells[i]! * bells[j]!) / total ** 2) * from[place * channels + channel]!;
              }
            wanted.push(sum);
          }
      expect(greatestDifference(applied("blur", image, { size }, sigma), wanted)).toBeLessThan(tolerance);
    }
  });

  test("contrast keeps the mean of the luminance, where nothing is clipped", () => {
    const { channels } = shape;
    const weights = channels === 3 ? [0.2989, 0.587, 0.114] : [1];
    const from = imageOf(image);
    let mean = 0;
    for (const [at, value] of from.entries()) mean += (weights[at % channels]! * value) / (from.length / channels);
    for (const factor of [0, 0.3, 1, 2.5]) {
      const wanted = Array.from(from, (x) => Math.min(1, Math.max(0, factor * x + (1 - factor) * mean)));
      expect(greatestDifference(applied("contrast", image, { factor: 1 }, factor), wanted)).toBeLessThan(tolerance);
    }
  });
});

/** The projective map that takes four points to four others, through the unit square: two closed forms. */
function projection(from: readonly Place[], to: readonly Place[]): (x: number, y: number) => Place {
  const [a, b] = [fromSquare(from), fromSquare(to)];
  const whole = product(b, adjugate(a));
  return (x, y) => {
    const [u, v, w] = [0, 3, 6].map((row) => whole[row]! * x + whole[row + 1]! * y + whole[row + 2]!);
    return [u! / w!, v! / w!];
  };
}
/** From (0,0), (1,0), (1,1), (0,1). Source: Heckbert (1989), "Fundamentals of texture mapping", §2.2.3. */
function fromSquare(points: readonly Place[]): number[] {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = points as [Place, Place, Place, Place];
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const determinant = dx1 * dy2 - dx2 * dy1;
  const [g, h] = [(sx * dy2 - dx2 * sy) / determinant, (dx1 * sy - sx * dy1) / determinant];
  return [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1];
}
const adjugate = ([a, b, c, d, e, f, g, h, i]: readonly number[]): number[] => [
  e! * i! - f! * h!,
  c! * h! - b! * i!,
  b! * f! - c! * e!,
  f! * g! - d! * i!,
  a! * i! - c! * g!,
  c! * d! - a! * f!,
  d! * h! - e! * g!,
  b! * g! - a! * h!,
  a! * e! - b! * d!,
];
const product = (a: readonly number[], b: readonly number[]): number[] =>
  Array.from({ length: 9 }, (_, at) => {
    const [row, column] = [3 * Math.floor(at / 3), at % 3];
    return a[row]! * b[column]! + a[row + 1]! * b[column + 3]! + a[row + 2]! * b[column + 6]!;
  });
