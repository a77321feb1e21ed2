/** Contrast of torchvision's `ColorJitter`. */
import * as z from "zod";
import { luminance } from "../../util/luminance.js";
import { numberText } from "../../util/numbers.js";
import { aboutOne, atStrength, numberOrRange } from "../options.js";
import { type Image, type Range, transform } from "../transform.js";

const options = {
  factor: numberOrRange(z.number().min(0), "a number from 0").describe(
    "What distances from the mean are multiplied by: v is drawn between 1 − v (but not below 0) and 1 + v, [a, b] " +
      "between a and b.",
  ),
};
type Settings = { readonly factor: Range };

/** Parameters: the factor. */
export const contrast = transform<typeof options, Settings, number>({
  summary:
    "Moves all away from the image's mean, or towards it: f · x + (1 − f) · mean, between 0 and 1. The mean of a colour " +
    "image is that of 0.2989 R + 0.587 G + 0.114 B.",
  main: "factor",
  options,
  probability: 1,
  settings: ({ factor }) => ({ factor: aboutOne(factor) }),
  prepare: ({ factor: range }, { channels }) => ({
    draw: (draws) => draws.between(range),
    apply(factor, from, to) {
      const added = (1 - factor) * (channels === 3 ? meanOfColours(from) : mean(from));
      for (let at = 0; at < to.length; at++) to[at] = Math.min(1, Math.max(0, factor * from[at]! + added));
    },
    atStrength: (strength) => atStrength(range, 1, strength),
    told: (factor) => `× ${numberText(factor)}`,
  }),
});

function mean(image: Image): number {
  let sum = 0;
  for (let at = 0; at < image.length; at++) sum += image[at]!;
  return sum / image.length;
}
function meanOfColours(image: Image): number {
  let sum = 0;
  for (let at = 0; at < image.length; at += 3) sum += luminance(image[at]!, image[at + 1]!, image[at + 2]!);
  return sum / (image.length / 3);
}
