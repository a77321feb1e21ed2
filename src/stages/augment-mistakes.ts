/** Why data cannot be augmented, or should not so: at check time by what is known, and again with the data at hand. */
import { problemsOf, shiftsOf } from "../augment/recipe.js";
import type { ImageShape, TransformSettings } from "../augment/transform.js";
import type { Mistake } from "../diagnostic/diagnostic.js";
import type { Examples } from "../learn/data.js";
import { limits, overLimit } from "../pipeline/limits.js";
import { grouped, shortText } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { listed } from "../util/words.js";
import { heldOutIn, imageShapeOf, imagesWanted } from "./dataset.js";

/** Whoever judges by images judges by those that there are. Held-out ones that join training for good are no more. */
export function heldOutMistake(split: string | undefined): Mistake | undefined {
  const [all, heldOut] = [(split ?? "").split("+"), heldOutIn(split)];
  const isTraining = !heldOut.includes("test") && heldOut.length < all.length;
  if (heldOut.length === 0 || isTraining) return undefined;
  const what = listed(heldOut);
  return {
    title: "augmented held-out data",
    message:
      heldOut.length < all.length
        ? `\`data\` holds ${what} examples among others, and a model is judged by images as they are. ` +
          "Tell them apart first, and augment the training examples alone."
        : `\`data\` holds ${what} examples, and a model is judged by images as they are. ` +
          "Let `data` name training examples: augmentation is for them alone.",
    at: ["data"],
  };
}

export const normalisedMistake: Mistake = {
  title: "normalised before augmenting",
  message:
    "`data` is normalised, but transforms work on images in 0 … 1. Augment first, and normalise what that leaves: " +
    "`normalize` keeps the images for the transforms, and is applied after them.",
  at: ["data"],
};

export function shapeMistake(shape: readonly number[]): Mistake | undefined {
  if (imageShapeOf(shape)) return undefined;
  return {
    title: "no images to augment",
    message:
      `${imagesWanted("`augment` distorts", shape)} Images come from a \`load\` of \`images\`, \`mnist\`, ` +
      "`idx` or `npy`.",
    at: ["data"],
  };
}

/** Parameters that are impossible for images of this shape. */
export const recipeMistakes = (recipe: readonly TransformSettings[], shape: ImageShape): readonly Mistake[] =>
  problemsOf(recipe, shape).map(({ index, type, option, title, message }) => ({
    title,
    message,
    at: ["transforms", index, type, option],
  }));

/** From here on a shift of centred images is told. */
const largeShift = 0.15;
/** Of centred images. */
export const shiftDoubts = (recipe: readonly TransformSettings[], shape: ImageShape): readonly Mistake[] =>
  shiftsOf(recipe, shape)
    .filter(({ share }) => share > largeShift)
    .map(({ index, type, option, share }) => ({
      severity: "warning",
      name: "large_shift",
      title: "a large shift of centred images",
      message:
        `\`${type}\` moves images by up to ${shortText(share * 100)} % of their width or height, but these show what ` +
        "they show in their middle, so no image to be judged looks like that, and parts may leave the picture. " +
        `Let \`${option}\` move them by at most 15 %.`,
      at: ["transforms", index, type, option],
    }));

/** Values that are no shares of light. Bytes as images have them are. */
export function rangeMistake({ features, scale, rows, shape }: Examples): Mistake | undefined {
  if (features instanceof Uint8Array && 255 * scale <= 1) return undefined;
  const [size, channels] = [sizeOfShape(shape), shape[shape.length - 1]!];
  const [low, high] = [new Float64Array(channels).fill(Infinity), new Float64Array(channels).fill(-Infinity)];
  const bad = new Set<number>();
  for (const row of rows)
    for (let at = 0; at < size; at++) {
      const [value, channel] = [features[row * size + at]! * scale, at % channels];
      if (!(value >= 0 && value <= 1)) bad.add(channel);
      low[channel] = Math.min(low[channel]!, value);
      high[channel] = Math.max(high[channel]!, value);
    }
  const [channel] = [...bad].sort((a, b) => a - b);
  if (channel === undefined) return undefined;
  const [least, most] = [low[channel]!, high[channel]!];
  const found = Number.isNaN(least) ? "are not all numbers" : `lie between ${shortText(least)} and ${shortText(most)}`;
  const remedy =
    least >= 0 && most <= 255
      ? "Divide them by 255 in the file, or store them as bytes."
      : "Bring them to 0 … 1 in the file.";
  return {
    title: "features outside 0 … 1",
    message:
      "Transforms work on images whose values lie in 0 … 1, but those of " +
      `${channels === 1 ? "`data`" : `channel ${channel + 1} of \`data\``} ${found}. ${remedy}`,
    at: ["data"],
  };
}

/** @param bytes  of one image */
export function copiesMistake(copies: number, count: number, bytes: number): Mistake | undefined {
  const all = copies * count * bytes;
  if (all <= limits.copied_size.most) return undefined;
  return {
    title: "too many copies",
    message: overLimit(
      "copied_size",
      `${grouped(copies)} × ${grouped(count)} images of ${grouped(bytes)} bytes are ${grouped(all)} bytes.`,
    ),
    at: ["copies"],
  };
}
