/** Kernels of convolutions as images: one input channel, a mean over the channels, their norm, or a colour image. */
import { plural } from "../util/words.js";
import type { AspectWords } from "./aspect-words.js";

/** What an image shows of a kernel's input channels: one of them (its number, from 1), or all of them as one. */
export type KernelsOf = number | "mean" | "norm" | "colour";

export type KernelsOfLayer = {
  readonly layer: string;
  readonly of: KernelsOf;
  /** Which kernels, counted from 1, in the order of the images. */
  readonly units: readonly number[];
  readonly height: number;
  readonly width: number;
  /** Input channels of each kernel. */
  readonly channels: number;
};
/** blobs: `kernels.LAYER` float32 [kernels, height, width, 1], or 3 where `of` is `colour`; as they are, unscaled. */
export type InspectedKernels = { readonly layers: readonly KernelsOfLayer[] };

declare module "./inspection.js" {
  interface Aspects {
    readonly kernels: InspectedKernels;
  }
}

/** `channel 2`, `the mean over 32 channels` */
export function kernelsOfText({ of, channels }: Pick<KernelsOfLayer, "of" | "channels">): string {
  if (of === "colour") return "as colour images";
  if (typeof of === "number") return channels === 1 ? "the only channel" : `channel ${of} of ${channels}`;
  return of === "mean" ? `mean over ${channels} channels` : `norm over ${channels} channels`;
}

export const kernelsWords: AspectWords<"kernels"> = {
  preview: ({ layers }) => [
    {
      type: "columns",
      rows: [
        ["layer", "kernels", "size", "of"],
        ...layers.map(({ layer, units, height, width, ...own }) => [
          ...[layer, String(units.length), `${height} × ${width}`, kernelsOfText(own)],
        ]),
      ],
    },
  ],
  headline: ({ layers }) => {
    const count = layers.reduce((sum, { units }) => sum + units.length, 0);
    return plural(count, "kernel");
  },
  meaning: ({ layers }, layer) => {
    const found = layers.find((each) => each.layer === layer);
    return found && `[kernels, height, width, ${found.of === "colour" ? "colour" : "1"}]; ${kernelsOfText(found)}`;
  },
};
