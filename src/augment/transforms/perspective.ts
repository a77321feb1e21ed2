/** torchvision's `RandomPerspective`. */
import * as z from "zod";
import { numberText } from "../../util/numbers.js";
import type { Point } from "../affine-map.js";
import { gridPlaces } from "../grid.js";
import { homography } from "../homography.js";
import { atStrength, exactly, numberOrRange, type SamplingSettings, sampling, wrongChannels } from "../options.js";
import { placesFor, samplerFor } from "../sampling.js";
import { type Draws, type Range, transform } from "../transform.js";

const options = {
  distortion: numberOrRange(z.number().min(0).max(1), "a number from 0 to 1")
    .default(0.5)
    .describe("Up to which share of half the image each corner moves inwards; [a, b] between a and b. Default: 0.5."),
  ...sampling,
};
type Settings = SamplingSettings & { readonly distortion: Range };

interface Corners {
  readonly distortion: number;
  /** Where the corners of the image go: top left, top right, bottom right, bottom left, as pixel numbers [x, y]. */
  readonly ends: readonly Point[];
}

export const perspective = transform<typeof options, Settings, Corners>({
  summary: "Looks at the image from aside: each corner moves inwards by a whole number of pixels of its own.",
  main: "distortion",
  options,
  probability: 0.5,
  settings: ({ distortion, ...sampling }) => ({ distortion: exactly(distortion), ...sampling }),
  problem: ({ fill }, shape) => wrongChannels("fill", fill, shape),
  prepare(settings, shape) {
    const { height, width } = shape;
    const [places, sample] = [placesFor(shape), samplerFor(settings, shape)];
    const [right, bottom] = [width - 1, height - 1];
    const starts: readonly Point[] = [
      [0, 0],
      [right, 0],
      [right, bottom],
      [0, bottom],
    ];
    const moved = (distortion: number, draws: Draws): Corners => {
      const across = Math.floor(distortion * Math.floor(width / 2)) + 1;
      const down = Math.floor(distortion * Math.floor(height / 2)) + 1;
      const ends = starts.map(([x, y]): Point => {
        const [inwards, downwards] = [draws.int(across), draws.int(down)];
        return [x === 0 ? inwards : width - across + inwards, y === 0 ? downwards : height - down + downwards];
      });
      return { distortion, ends };
    };
    return {
      draw: (draws) => moved(draws.between(settings.distortion), draws),
      apply({ ends }, from, to) {
        const [a, b, c, d, e, f, g, h] = homography(ends, starts);
        gridPlaces({ across: [a, b, c], down: [d, e, f], depth: [g, h, 1] }, shape, places);
        sample(from, places, to);
      },
      atStrength: (strength, draws) => moved(atStrength(settings.distortion, 0, strength), draws),
      told: ({ distortion }) => `distortion ${numberText(distortion)}`,
    };
  },
});
