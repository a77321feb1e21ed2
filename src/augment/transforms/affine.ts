/** torchvision's `RandomAffine`, but bilinear unless told otherwise, and without an angle unless there is one. */
import * as z from "zod";
import { numberText, shortText } from "../../util/numbers.js";
import { type AffineMap, affineSampler, degrees, type Point } from "../affine-map.js";
import { atStrength, center, pair, plusMinus, type SamplingSettings, sampling, wrongChannels } from "../options.js";
import { toEven } from "../sampling.js";
import { type Range, transform } from "../transform.js";

const [share, signedShare] = [z.number().min(0).max(1), z.number().min(-1).max(1)];
/** At 90° everything would lie on one line. */
const slant = z.number().gt(-90).lt(90);

const options = {
  degrees: degrees.default(0).describe("Clockwise; d is drawn between −d and d, [a, b] between a and b. Default: 0."),
  translate: z
    .union([z.tuple([share, share]), z.tuple([pair(signedShare), pair(signedShare)])], {
      error: "[x, y] from 0 to 1, or [[from, to], [from, to]] from -1 to 1",
    })
    .optional()
    .describe(
      "[x, y]: up to ± x of the width and ± y of the height; [[a, b], [c, d]] between these shares. To the right and " +
        "down, rounded to whole pixels. Default: none.",
    ),
  scale: pair(z.number().gt(0)).optional().describe("[a, b], above 0: drawn between the two. Default: none."),
  shear: z
    .union(
      [z.number().min(0).lt(90), pair(slant), z.tuple([slant, slant, slant, slant]).refine(areInOrder, reversed())],
      {
        error: "a number of degrees from 0 to below 90, [from, to] for x, or [from, to, from, to] for x and y",
      },
    )
    .optional()
    .describe(
      "In degrees: d is ± d along x, [a, b] between the two along x, [a, b, c, d] along x and then y. Default: none.",
    ),
  center,
  ...sampling,
};
function areInOrder([fromX, toX, fromY, toY]: readonly [number, number, number, number]): boolean {
  return fromX <= toX && fromY <= toY;
}
function reversed() {
  return { error: "[from, to, from, to], the smaller number of each pair first" };
}

type Settings = SamplingSettings & {
  readonly degrees: Range;
  /** Shares of width and height. */
  readonly translate: readonly [Range, Range] | null;
  readonly scale: Range | null;
  readonly shear: readonly [Range, Range | null] | null;
  readonly center: Point | null;
};

/** Parameters: the map itself. */
export const affine = transform<typeof options, Settings, AffineMap>({
  summary:
    "Turns, shears, scales and shifts the image: p ↦ c + t + scale · R(degrees) · shear (p − c). Positive degrees are " +
    "clockwise, as in torchvision.",
  main: "degrees",
  options,
  needsOptions: true,
  probability: 1,
  settings: ({ degrees, translate, scale = null, shear, center = null, ...sampling }) => ({
    degrees: plusMinus(degrees),
    translate: translate ? [plusMinus(translate[0]), plusMinus(translate[1])] : null,
    scale,
    shear: shear === undefined ? null : shearRanges(shear),
    center,
    ...sampling,
  }),
  problem: ({ fill }, shape) => wrongChannels("fill", fill, shape),
  shift: ({ translate }) =>
    translate ? { option: "translate", share: Math.max(...translate.flat().map(Math.abs)) } : undefined,
  prepare(settings, shape) {
    const { degrees, translate, scale, shear, center } = settings;
    const sample = affineSampler(settings, center, shape);
    const isTurned = degrees.some((angle) => angle !== 0);
    const pixels = (range: Range, size: number): Range => [range[0] * size, range[1] * size];
    const [across, down] = translate
      ? [pixels(translate[0], shape.width), pixels(translate[1], shape.height)]
      : [null, null];
    /** Of what is asked for, in this order; the rest changes nothing. */
    const chosen = (choose: (range: Range, neutral: number) => number): AffineMap => ({
      degrees: choose(degrees, 0),
      translate: [across ? toEven(choose(across, 0)) : 0, down ? toEven(choose(down, 0)) : 0],
      scale: scale ? choose(scale, 1) : 1,
      shear: [shear ? choose(shear[0], 0) : 0, shear?.[1] ? choose(shear[1], 0) : 0],
    });
    return {
      draw: (draws) => chosen((range) => draws.between(range)),
      apply: sample,
      atStrength: (strength) => chosen((range, neutral) => atStrength(range, neutral, strength)),
      told: ({ degrees: angle, translate: [x, y], scale: factor, shear: slants }) =>
        [
          // Of who turns nothing nothing is said, unless nothing else is done either.
          ...(isTurned || !(translate || scale || shear) ? [`${shortText(angle)}°`] : []),
          ...(translate ? [`${shortText(x)} px right, ${shortText(y)} px down`] : []),
          ...(scale ? [`× ${numberText(factor)}`] : []),
          ...(shear
            ? [
                `shear ${slants
                  .slice(0, shear[1] ? 2 : 1)
                  .map((slant) => `${shortText(slant)}°`)
                  .join(" and ")}`,
              ]
            : []),
        ].join(", "),
    };
  },
});

function shearRanges(shear: number | Range | readonly [number, number, number, number]): [Range, Range | null] {
  if (typeof shear === "number") return [plusMinus(shear), null];
  return shear.length === 4
    ? [
        [shear[0], shear[1]],
        [shear[2], shear[3]],
      ]
    : [shear, null];
}
