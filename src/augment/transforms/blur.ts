/** torchvision's `GaussianBlur`. */
import * as z from "zod";
import { numberText } from "../../util/numbers.js";
import { atStrength, exactly, numberOrRange } from "../options.js";
import { gaussianWeights, Smoothing } from "../smoothing.js";
import { type Range, transform } from "../transform.js";

const options = {
  size: z
    .number()
    .int()
    .min(1)
    .refine((size) => size % 2 === 1, { error: "an odd whole number, such as 5: it has a middle" })
    .describe("Height and width of the kernel in pixels: an odd number."),
  sigma: numberOrRange(z.number().gt(0), "a number above 0")
    .default([0.1, 2])
    .describe("Standard deviation of the Gaussian in pixels; [a, b] between a and b. Default: [0.1, 2]."),
};
type Settings = { readonly size: number; readonly sigma: Range };

/** Parameters: sigma. */
export const blur = transform<typeof options, Settings, number>({
  summary:
    "Takes for each pixel a mean of its neighbourhood, weighted by a Gaussian that is cut off at the kernel's border; " +
    "the image is mirrored at its own.",
  main: "size",
  options,
  probability: 1,
  settings: ({ size, sigma }) => ({ size, sigma: exactly(sigma) }),
  problem({ size }, { height, width }) {
    const most = 2 * Math.min(height, width) - 1;
    if (size <= most) return undefined;
    return {
      option: "size",
      title: "a kernel too large for the images",
      message:
        `A kernel of ${size} pixels mirrors ${(size - 1) / 2} of an image of ${width} × ${height}, which has ` +
        `only ${Math.min(height, width) - 1} beside its border. Set \`size: ${most}\` or less.`,
    };
  },
  prepare({ size, sigma: range }, { height, width, channels }) {
    const smoothing = new Smoothing(height, width);
    const grid = new Float64Array(height * width);
    let weighed = Number.NaN;
    return {
      draw: (draws) => draws.between(range),
      apply(sigma, from, to) {
        if (sigma !== weighed) smoothing.weigh(gaussianWeights(size, sigma));
        weighed = sigma;
        for (let channel = 0; channel < channels; channel++) {
          for (let place = 0, at = channel; place < grid.length; place++, at += channels) grid[place] = from[at]!;
          smoothing.smooth(grid);
          for (let place = 0, at = channel; place < grid.length; place++, at += channels) to[at] = grid[place]!;
        }
      },
      atStrength: (strength) => atStrength(range, 0, strength),
      told: (sigma) => `σ ${numberText(sigma)}`,
    };
  },
});
