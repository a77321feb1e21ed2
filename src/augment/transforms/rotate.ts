/** torchvision's `RandomRotation` without `expand`, but bilinear unless told otherwise. */
import { shortText } from "../../util/numbers.js";
import { affineSampler, degrees, type Point } from "../affine-map.js";
import { atStrength, center, plusMinus, type SamplingSettings, sampling, wrongChannels } from "../options.js";
import { type Range, transform } from "../transform.js";

const options = {
  degrees: degrees.describe("Counter-clockwise; d is drawn between −d and d, [a, b] between a and b."),
  center,
  ...sampling,
};
type Settings = SamplingSettings & { readonly degrees: Range; readonly center: Point | null };

/** Parameters: the angle in degrees, counter-clockwise. */
export const rotate = transform<typeof options, Settings, number>({
  summary: "Turns the image about a point. Positive degrees are counter-clockwise.",
  main: "degrees",
  options,
  probability: 1,
  settings: ({ degrees, center = null, ...sampling }) => ({ degrees: plusMinus(degrees), center, ...sampling }),
  problem: ({ fill }, shape) => wrongChannels("fill", fill, shape),
  prepare(settings, shape) {
    const sample = affineSampler(settings, settings.center, shape);
    return {
      draw: (draws) => draws.between(settings.degrees),
      apply: (angle, from, to) => sample({ degrees: -angle, translate: [0, 0], scale: 1, shear: [0, 0] }, from, to),
      atStrength: (strength) => atStrength(settings.degrees, 0, strength),
      told: (angle) => `${shortText(angle)}°`,
    };
  },
});
