/** torchvision's `RandomRotation` without `expand`, but bilinear unless told otherwise. */
import { shortText } from "../../util/numbers.js";
import { affineGrid, affinePlaces, degrees, type Point } from "../affine-map.js";
import { atStrength, center, plusMinus, type SamplingSettings, sampling, wrongChannels } from "../options.js";
import { placesFor, samplerFor } from "../sampling.js";
import { type ImageShape, type Range, transform } from "../transform.js";

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
    const [places, sample] = [placesFor(shape), samplerFor(settings, shape)];
    return {
      draw: (draws) => draws.between(settings.degrees),
      apply(angle, from, to) {
        const map = { degrees: -angle, translate: [0, 0], scale: 1, shear: [0, 0] } as const;
        const place =
          settings.interpolation === "nearest" && !isExact(angle, settings, shape) ? affineGrid : affinePlaces;
        place(map, settings.center, shape, places);
        sample(from, places, to);
      },
      atStrength: (strength) => atStrength(settings.degrees, 0, strength),
      told: (angle) => `${shortText(angle)}°`,
    };
  },
});

/** Whether pixels are moved onto pixels, as those of quarter turns about the middle are. */
const isExact = (angle: number, { center }: Settings, { height, width }: ImageShape): boolean =>
  center === null && angle % (height === width ? 90 : 180) === 0;
