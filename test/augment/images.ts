/** Images, fields and draws of the tests of transforms; the generator is that of `goldens.py` too. */
import type { Draws, ImageShape } from "../../src/augment/transform.js";

/** Lehmer's generator: whole numbers below 2³¹ − 1. */
export function numbers(seed: number, count: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 16807) % 2147483647;
    return state;
  });
}
/** Doubles in 0 … 1. */
export const field = (seed: number, count: number): number[] =>
  numbers(seed, count).map((number) => number / 2147483647);

export const sizeOf = ({ height, width, channels }: ImageShape): number => height * width * channels;

export const shapes = {
  grey: { height: 28, width: 28, channels: 1 },
  colour: { height: 13, width: 17, channels: 3 },
} as const;
export type ImageName = keyof typeof shapes;

/** Bytes without any order, border included, as shares of 255. */
export const imageOf = (name: ImageName): Float32Array =>
  Float32Array.from(numbers({ grey: 101, colour: 202 }[name], sizeOf(shapes[name])), (number) => (number % 256) / 255);

/** Draws the given numbers as uniform ones, and of every range its first. */
export function given(uniforms: readonly number[]): Draws {
  const left = [...uniforms];
  const next = (): number => left.shift()!;
  const fill = (into: Float64Array): void => {
    for (let at = 0; at < into.length; at++) into[at] = next();
  };
  return {
    uniform: next,
    uniforms: fill,
    normals: fill,
    int: (n) => Math.floor(next() * n),
    between: ([from]) => from,
  };
}

export const greatestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let greatest = 0;
  for (let at = 0; at < a.length; at++) {
    const difference = Math.abs(a[at]! - b[at]!);
    // Not the maximum: no number must not pass for a small difference.
    if (!(difference <= greatest)) greatest = difference;
  }
  return a.length === b.length ? greatest : Number.NaN;
};
