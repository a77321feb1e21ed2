/** torchvision's `RandomErasing`. Source: Zhong et al. (2020), "Random erasing data augmentation". */
import * as z from "zod";
import { shortText } from "../../util/numbers.js";
import {
  atStrength,
  channelValues,
  exactly,
  numberOrRange,
  type PerChannel,
  perChannel,
  wrongChannels,
} from "../options.js";
import { toEven } from "../sampling.js";
import { type Draws, type ImageShape, type Range, transform } from "../transform.js";

const options = {
  area: numberOrRange(z.number().min(0).max(1), "a number from 0 to 1")
    .default([0.02, 0.33])
    .describe("Share of the image that is erased; [a, b] between a and b. Default: [0.02, 0.33]."),
  ratio: numberOrRange(z.number().gt(0), "a number above 0")
    .default([0.3, 3.3])
    .describe(
      "Height of the rectangle through its width; [a, b] between a and b, on a log scale. Default: [0.3, 3.3].",
    ),
  value: z
    .union([...perChannel.options, z.literal("random")], {
      error: "a number from 0 to 1, one per channel, or `random`",
    })
    .default(0)
    .describe(
      "What stands there then: a number from 0 to 1, one per channel, or random (standard normal for each pixel, which " +
        "may leave 0 … 1). Default: 0.",
    ),
};
type Settings = { readonly area: Range; readonly ratio: Range; readonly value: PerChannel | "random" };

interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
  /** What its numbers become, by row, column and channel; the settings' value where there is none. */
  readonly values?: Float64Array;
}

/** How often a rectangle is drawn anew that is as high or as wide as the image. */
const tries = 10;

/** Parameters: undefined where no rectangle has fitted, so that the image stays as it is. */
export const erase = transform<typeof options, Settings, Rectangle | undefined>({
  summary: "Covers a rectangle, which is lower and narrower than the image; ten that are not, and nothing is covered.",
  main: "area",
  options,
  probability: 0.5,
  settings: ({ area, ratio, value }) => ({ area: exactly(area), ratio: exactly(ratio), value }),
  problem({ area, ratio, value }, shape) {
    if (!canFit(area[0], ratio, shape))
      return {
        option: "area",
        title: "a rectangle that never fits",
        message:
          `A rectangle of ${shortText(area[0])} of the area and with a height of ${shortText(ratio[0])} to ` +
          `${shortText(ratio[1])} times its width is never lower and narrower than ${shape.width} × ${shape.height}, so ` +
          "nothing would be erased. Take less area, or a ratio nearer to the image's.",
      };
    return value === "random" ? undefined : wrongChannels("value", value, shape);
  },
  prepare({ area, ratio, value }, shape) {
    const { height, width, channels } = shape;
    const fills = value === "random" ? [] : channelValues(value, channels);
    const logRatio: Range = [Math.log(ratio[0]), Math.log(ratio[1])];
    /** Its size, or undefined where it is as high or as wide as the image. */
    const sized = (share: number, ratio: number) => {
      const pixels = share * height * width;
      const [rows, columns] = [toEven(Math.sqrt(pixels * ratio)), toEven(Math.sqrt(pixels / ratio))];
      return rows < height && columns < width ? ([rows, columns] as const) : undefined;
    };
    const placed = (size: readonly [number, number], draws: Draws): Rectangle => {
      const [rows, columns] = size;
      const [top, left] = [draws.int(height - rows + 1), draws.int(width - columns + 1)];
      if (value !== "random") return { top, left, height: rows, width: columns };
      const values = new Float64Array(rows * columns * channels);
      draws.normals(values);
      return { top, left, height: rows, width: columns, values };
    };
    return {
      draw(draws) {
        for (let trial = 0; trial < tries; trial++) {
          const size = sized(draws.between(area), Math.exp(draws.between(logRatio)));
          if (size) return placed(size, draws);
        }
        return undefined;
      },
      apply(rectangle, from, to) {
        to.set(from);
        if (!rectangle) return;
        const { top, left, height: rows, width: columns, values } = rectangle;
        for (let row = 0, at = 0; row < rows; row++) {
          const first = ((top + row) * width + left) * channels;
          for (let offset = 0; offset < columns * channels; offset++, at++)
            to[first + offset] = values ? values[at]! : fills[offset % channels]!;
        }
      },
      atStrength(strength, draws) {
        // As near to the image's own proportions as the ratio lets it be, where most fits.
        const proportion = Math.min(ratio[1], Math.max(ratio[0], height / width));
        const size = sized(atStrength(area, 0, strength), proportion);
        return size && placed(size, draws);
      },
      told: (rectangle) => (rectangle ? `${rectangle.width} × ${rectangle.height} px` : "as it is"),
    };
  },
});

/** Whether some rectangle of this share of the area is lower and narrower than the image, once rounded. */
function canFit(share: number, [least, most]: Range, { height, width }: ImageShape): boolean {
  const pixels = share * height * width;
  // √(pixels · ratio) ≤ height − ½ and √(pixels / ratio) ≤ width − ½.
  return Math.max(least, pixels / (width - 0.5) ** 2) <= Math.min(most, (height - 0.5) ** 2 / pixels);
}
