/** torchvision's `GaussianNoise` of mean 0. */
import * as z from "zod";
import { numberText } from "../../util/numbers.js";
import { atStrength, exactly, numberOrRange } from "../options.js";
import { type Draws, type Range, transform } from "../transform.js";

const options = {
  sd: numberOrRange(z.number().min(0), "a number from 0")
    .default(0.1)
    .describe(
      "Standard deviation of what is added, where black is 0 and white is 1; [a, b] between a and b. Default: 0.1.",
    ),
  clip: z.boolean().default(true).describe("Whether what leaves 0 … 1 is brought back to its ends. Default: true."),
};
type Settings = { readonly sd: Range; readonly clip: boolean };

interface Noise {
  readonly sd: number;
  /** Standard normal, one for each number of the image. */
  readonly z: Float64Array;
}

export const noise = transform<typeof options, Settings, Noise>({
  summary: "Adds to each pixel and channel a number of its own, normal with mean 0.",
  main: "sd",
  options,
  probability: 1,
  settings: ({ sd, clip }) => ({ sd: exactly(sd), clip }),
  prepare({ sd: range, clip }, { height, width, channels }) {
    const z = new Float64Array(height * width * channels);
    const [least, most] = clip ? [0, 1] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const filled = (sd: number, draws: Draws): Noise => {
      draws.normals(z);
      return { sd, z };
    };
    return {
      draw: (draws) => filled(draws.between(range), draws),
      apply({ sd, z }, from, to) {
        for (let at = 0; at < to.length; at++) to[at] = Math.min(most, Math.max(least, from[at]! + sd * z[at]!));
      },
      atStrength: (strength, draws) => filled(atStrength(range, 0, strength), draws),
      told: ({ sd }) => `sd ${numberText(sd)}`,
    };
  },
});
