/** torchvision's `RandomCrop` to the size of the image, with `padding`. */
import * as z from "zod";
import { shortText } from "../../util/numbers.js";
import { channelValues, fill, type PerChannel, wrongChannels } from "../options.js";
import { mirrored } from "../sampling.js";
import { transform } from "../transform.js";

const modes = ["constant", "reflect", "edge"] as const;
const options = {
  padding: z.number().int().min(0).describe("Pixels that are added on every side; the image moves by up to so many."),
  mode: z
    .enum(modes)
    .default("constant")
    .describe(
      "What is added: constant (the fill), reflect (the image mirrored at its border pixels) or edge (the border pixels " +
        "repeated). Default: constant.",
    ),
  fill,
};
type Settings = { readonly padding: number; readonly mode: (typeof modes)[number]; readonly fill: PerChannel };

/** The corner of what is cut out of the padded image: 0 … 2 · padding; at padding, nothing moves. */
interface Corner {
  readonly top: number;
  readonly left: number;
}

export const crop = transform<typeof options, Settings, Corner>({
  summary: "Pads the image on every side and cuts a piece of its old size out of that: moves it by whole pixels.",
  main: "padding",
  options,
  probability: 1,
  settings: ({ padding, mode, fill }) => ({ padding, mode, fill }),
  problem({ padding, mode, fill }, shape) {
    const least = Math.min(shape.height, shape.width);
    if (mode === "reflect" && padding >= least)
      return {
        option: "padding",
        title: "more padding than image",
        message:
          `\`mode: reflect\` mirrors up to ${least - 1} pixels of an image of ${shape.width} × ${shape.height}, but ` +
          `\`padding\` is ${padding}. Set \`padding: ${least - 1}\` or less, or another \`mode\`.`,
      };
    return wrongChannels("fill", fill, shape);
  },
  shift: ({ padding }, { height, width }) => ({ option: "padding", share: padding / Math.min(height, width) }),
  prepare({ padding, mode, fill }, { height, width, channels }) {
    const fills = channelValues(fill, channels);
    const sourceOf = { constant: (at: number) => at, edge: clamped, reflect: mirrored }[mode];
    return {
      draw: (draws) => ({ top: draws.int(2 * padding + 1), left: draws.int(2 * padding + 1) }),
      apply({ top, left }, from, to) {
        for (let row = 0, at = 0; row < height; row++) {
          const sourceRow = sourceOf(row + top - padding, height);
          for (let column = 0; column < width; column++, at += channels) {
            const sourceColumn = sourceOf(column + left - padding, width);
            const isInside = sourceRow >= 0 && sourceRow < height && sourceColumn >= 0 && sourceColumn < width;
            const first = (sourceRow * width + sourceColumn) * channels;
            for (let channel = 0; channel < channels; channel++)
              to[at + channel] = isInside ? from[first + channel]! : fills[channel]!;
          }
        }
      },
      atStrength(strength) {
        const moved = padding + Math.round(padding * strength);
        return { top: moved, left: moved };
      },
      told: ({ top, left }) => `${shortText(padding - left)} px right, ${shortText(padding - top)} px down`,
    };
  },
});
const clamped = (at: number, size: number): number => Math.min(size - 1, Math.max(0, at));
