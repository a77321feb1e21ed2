/**
 * torchvision's `ElasticTransform`.
 *
 * Source: Simard, Steinkraus & Platt (2003), "Best practices for convolutional neural networks applied to visual document
 * analysis".
 */
import * as z from "zod";
import { numberText, shortText } from "../../util/numbers.js";
import { atStrength, exactly, numberOrRange, type SamplingSettings, sampling, wrongChannels } from "../options.js";
import { type Places, placesFor, samplerFor } from "../sampling.js";
import { gaussianWeights, Smoothing } from "../smoothing.js";
import { type Draws, type Range, transform } from "../transform.js";

const options = {
  alpha: numberOrRange(z.number().min(0), "a number from 0")
    .default(50)
    .describe("Strength: pixels are moved by alpha / 2 times the smoothed noise; [a, b] between a and b. Default: 50."),
  sigma: numberOrRange(z.number().min(0), "a number from 0")
    .default(5)
    .describe(
      "Smoothness: standard deviation, in pixels, of the Gaussian that smooths; [a, b] between a and b. Default: 5.",
    ),
  ...sampling,
};
type Settings = SamplingSettings & { readonly alpha: Range; readonly sigma: Range };

interface Shifts {
  readonly alpha: number;
  readonly sigma: number;
  /** By how many pixels to the right and down of itself each pixel is read, [height, width]. */
  readonly shifts: Places;
}

export const elastic = transform<typeof options, Settings, Shifts>({
  summary:
    "Moves every pixel by a smooth random field: noise between −1 and 1 for x and for y, smoothed by a Gaussian, times " +
    "alpha / 2.",
  main: "alpha",
  options,
  probability: 1,
  settings: ({ alpha, sigma, ...sampling }) => ({ alpha: exactly(alpha), sigma: exactly(sigma), ...sampling }),
  problem({ sigma, fill }, shape) {
    const { height, width } = shape;
    const least = Math.min(height, width);
    const size = kernelSize(sigma[1]);
    if (size > 2 * least - 1)
      return {
        option: "sigma",
        title: "too smooth for the images",
        message:
          `Smoothing with \`sigma\` ${shortText(sigma[1], 6)} takes a kernel of ${size} pixels, but an image of ` +
          `${width} × ${height} can be mirrored for up to ${2 * least - 1}. Set \`sigma\` below ${(2 * least - 1) / 8}.`,
      };
    return wrongChannels("fill", fill, shape);
  },
  prepare(settings, shape) {
    const { height, width } = shape;
    const [places, shifts, sample] = [placesFor(shape), placesFor(shape), samplerFor(settings, shape)];
    const smoothing = new Smoothing(height, width);
    let weighed = Number.NaN;
    const drawn = (alpha: number, sigma: number, draws: Draws): Shifts => {
      if (sigma !== weighed && sigma > 0) smoothing.weigh(gaussianWeights(kernelSize(sigma), sigma));
      weighed = sigma;
      for (const field of [shifts.x, shifts.y]) {
        draws.uniforms(field);
        for (let at = 0; at < field.length; at++) field[at] = alpha * (field[at]! - 0.5);
        if (sigma > 0) smoothing.smooth(field);
      }
      return { alpha, sigma, shifts };
    };
    return {
      draw: (draws) => drawn(draws.between(settings.alpha), draws.between(settings.sigma), draws),
      apply({ shifts }, from, to) {
        for (let row = 0, place = 0; row < height; row++)
          for (let column = 0; column < width; column++, place++) {
            places.x[place] = column + shifts.x[place]!;
            places.y[place] = row + shifts.y[place]!;
          }
        sample(from, places, to);
      },
      atStrength: (strength, draws) =>
        drawn(atStrength(settings.alpha, 0, strength), atStrength(settings.sigma, 0, 0.5), draws),
      told: ({ alpha, sigma }) => `α ${numberText(alpha)}, σ ${numberText(sigma)}`,
    };
  },
});

/** An odd number of pixels, about eight times sigma. */
function kernelSize(sigma: number): number {
  const size = Math.floor(8 * sigma + 1);
  return size % 2 === 0 ? size + 1 : size;
}
