/** Brightness of torchvision's `ColorJitter`. */
import * as z from "zod";
import { numberText } from "../../util/numbers.js";
import { aboutOne, atStrength, numberOrRange } from "../options.js";
import { type Range, transform } from "../transform.js";

const options = {
  factor: numberOrRange(z.number().min(0), "a number from 0").describe(
    "What all is multiplied by: v is drawn between 1 − v (but not below 0) and 1 + v, [a, b] between a and b.",
  ),
};
type Settings = { readonly factor: Range };

/** Parameters: the factor. */
export const brightness = transform<typeof options, Settings, number>({
  summary: "Multiplies all by one factor f: min(1, f · x).",
  main: "factor",
  options,
  probability: 1,
  settings: ({ factor }) => ({ factor: aboutOne(factor) }),
  prepare: ({ factor: range }) => ({
    draw: (draws) => draws.between(range),
    apply(factor, from, to) {
      for (let at = 0; at < to.length; at++) to[at] = Math.min(1, Math.max(0, factor * from[at]!));
    },
    atStrength: (strength) => atStrength(range, 1, strength),
    told: (factor) => `× ${numberText(factor)}`,
  }),
});
