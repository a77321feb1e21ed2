/**
 * How signed numbers – weights, sums before an activation, back-projections – become light, and how those do that have
 * no sign.
 *
 * A signed scale is symmetric about 0, so equal distances from 0 are equally far from mid grey: dark and blue below 0,
 * grey at 0, light and yellow above. Its lightness L* rises in a straight line, so the sign survives grey printing; its
 * two hues are those that people with colour-blindness tell apart. Everything that is compared takes one scale, and the
 * figure draws that scale beside it (`Legend`).
 *
 * Sources: CIE 15:2018 for L*a*b*; IEC 61966-2-1 for sRGB; Nuñez, Anderton & Renslow (2018), cividis, for the hues.
 */
import { shortText } from "../util/numbers.js";
import type { Captioned } from "./tiles.js";

export interface LightScale {
  /** Values at its ends. */
  readonly ends: readonly [number, number];
  /** Channels of the numbers, and of what `light` makes of them. */
  readonly reads: 1 | 3;
  readonly channels: 1 | 3;
  /** [height, width, reads] → [height, width, channels] in 0 … 1; what lies beyond an end is as light as the end. */
  light(values: ArrayLike<number>): Float32Array;
  /** The same in grey, for a terminal: 0 of a signed scale is in the middle. */
  grey(values: ArrayLike<number>): Float32Array;
  /** What dark and light are, for a subtitle or a terminal: `dark blue −0.31, mid grey 0, light yellow 0.31`. */
  readonly words: string;
  /** The same of `grey`. */
  readonly inGrey: string;
}

/** The largest distance from 0; 0 of no values. What is not finite does not count. */
export function greatest(...lists: readonly ArrayLike<number>[]): number {
  let most = 0;
  for (const values of lists)
    for (let at = 0; at < values.length; at++) {
      const size = Math.abs(values[at]!);
      if (size > most && size < Infinity) most = size;
    }
  return most;
}

/** −most … most. @param most  0 where all values are 0, which then are mid grey */
export function signedScale(most: number): LightScale {
  const share = shareOf(-most, most);
  return {
    ends: [-most, most],
    reads: 1,
    channels: 3,
    light: (values) => flatMapped(values, 3, (value) => signedColour(share(value))),
    grey: (values) => Float32Array.from(values, share),
    words: most === 0 ? noValues : `dark blue ${shortText(-most)}, mid grey 0, light yellow ${shortText(most)}`,
    inGrey: most === 0 ? noValues : `dark ${shortText(-most)}, mid grey 0, light ${shortText(most)}`,
  };
}

/** 0 … most, dark to light, of what is never below 0: norms, outputs of relu. */
export function unsignedScale(most: number): LightScale {
  const share = most === 0 ? () => 0 : shareOf(0, most);
  const light = (values: ArrayLike<number>): Float32Array => Float32Array.from(values, share);
  const words = most === 0 ? noValues : `black 0, white ${shortText(most)}`;
  return { ends: [0, most], reads: 1, channels: 1, light, grey: light, words, inGrey: words };
}

/** −most … most in each of red, green and blue, of kernels that read a colour image: mid grey is 0 in all three. */
export function colourScale(most: number): LightScale {
  const share = shareOf(-most, most);
  return {
    ends: [-most, most],
    reads: 3,
    channels: 3,
    light: (values) => Float32Array.from(values, share),
    // Sums of a third each: the mean of the channels, so that 0 is in the middle.
    grey: (values) =>
      Float32Array.from({ length: values.length / 3 }, (_, at) =>
        share((values[3 * at]! + values[3 * at + 1]! + values[3 * at + 2]!) / 3),
      ),
    words:
      most === 0 ? noValues : `in red, green and blue: dark ${shortText(-most)}, mid grey 0, light ${shortText(most)}`,
    inGrey:
      most === 0 ? noValues : `mean of the colours: dark ${shortText(-most)}, mid grey 0, light ${shortText(most)}`,
  };
}

/** Numbers on a scale as an image for a sheet or a grid. @param shape  height, width, and channels of the values */
export const scaled = (
  scale: LightScale,
  values: ArrayLike<number>,
  [height, width]: readonly number[],
  caption: string,
): Captioned => ({
  image: scale.light(values),
  grey: scale.grey(values),
  shape: [height!, width!, scale.channels],
  caption,
});

const noValues = "all values are 0";

/** Of a number on an axis in 0 … 1; in the middle where the axis has one place only. */
const shareOf =
  (low: number, high: number) =>
  (value: number): number => {
    if (high === low || Number.isNaN(value)) return 0.5;
    return Math.min(1, Math.max(0, (value - low) / (high - low)));
  };

function flatMapped(values: ArrayLike<number>, times: number, of: (value: number) => readonly number[]): Float32Array {
  const out = new Float32Array(values.length * times);
  for (let at = 0; at < values.length; at++) out.set(of(values[at]!), at * times);
  return out;
}

/** L*, a*, b*: dark blue, mid grey, light yellow, their lightness at equal distances. */
const [below, zero, above] = [
  [18, 16, -40],
  [56, 0, 0],
  [94, -3, 44],
] as const;

/** Steps from end to end, more than bytes tell apart; one of them is 0. */
const steps = 1020;
let table: readonly (readonly [number, number, number])[] | undefined;

/** @param share  0 … 1, 0.5 being zero. @returns  red, green and blue in 0 … 1 */
export function signedColour(share: number): readonly [number, number, number] {
  table ??= Array.from({ length: steps + 1 }, (_, step) => colourAt(step / steps));
  return table[Math.round(share * steps)]!;
}
function colourAt(share: number): readonly [number, number, number] {
  const [from, to, part] = share < 0.5 ? [below, zero, 2 * share] : [zero, above, 2 * share - 1];
  const at = (index: 0 | 1 | 2): number => from[index] + part * (to[index] - from[index]);
  return colourOf(at(0), at(1), at(2));
}

/** L*a*b* under D65 as sRGB, what lies outside cut off. */
function colourOf(lightness: number, a: number, b: number): [number, number, number] {
  const fy = (lightness + 16) / 116;
  const [fx, fz] = [fy + a / 500, fy - b / 200];
  const inverse = (f: number): number => (f > 6 / 29 ? f ** 3 : 3 * (6 / 29) ** 2 * (f - 4 / 29));
  const [x, y, z] = [0.95047 * inverse(fx), inverse(fy), 1.08883 * inverse(fz)];
  return [
    gamma(3.2406 * x - 1.5372 * y - 0.4986 * z),
    gamma(-0.9689 * x + 1.8758 * y + 0.0415 * z),
    gamma(0.0557 * x - 0.204 * y + 1.057 * z),
  ];
}
function gamma(linear: number): number {
  const inside = Math.min(1, Math.max(0, linear));
  return inside <= 0.0031308 ? 12.92 * inside : 1.055 * inside ** (1 / 2.4) - 0.055;
}
