/** torchvision's `RandomHorizontalFlip` and `RandomVerticalFlip`. */
import * as z from "zod";
import { transform } from "../transform.js";

const options = {
  direction: z
    .enum(["horizontal", "vertical"])
    .default("horizontal")
    .describe("horizontal exchanges left and right, vertical top and bottom. Default: horizontal."),
};
type Settings = { readonly direction: "horizontal" | "vertical" };

/** Parameters: whether it is done; left out it is only in pictures of strength 0. */
export const flip = transform<typeof options, Settings, boolean>({
  summary: "Mirrors the image. A mirrored character may be another one, or none.",
  main: "direction",
  options,
  probability: 0.5,
  settings: ({ direction }) => ({ direction }),
  prepare({ direction }, { height, width, channels }) {
    const isHorizontal = direction === "horizontal";
    return {
      draw: () => true,
      apply(isDone, from, to) {
        for (let row = 0, at = 0; row < height; row++)
          for (let column = 0; column < width; column++) {
            const sourceRow = isDone && !isHorizontal ? height - 1 - row : row;
            const sourceColumn = isDone && isHorizontal ? width - 1 - column : column;
            const first = (sourceRow * width + sourceColumn) * channels;
            for (let channel = 0; channel < channels; channel++, at++) to[at] = from[first + channel]!;
          }
      },
      atStrength: (strength) => strength > 0,
      told: (isDone) => (isDone ? `${direction} flip` : "as it is"),
    };
  },
});
