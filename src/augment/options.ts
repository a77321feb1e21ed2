/** Options that several transforms share, and how ranges are spelled. */
import * as z from "zod";
import { plural } from "../util/words.js";
import type { ImageShape, Problem, Range } from "./transform.js";

/** `[a, b]`, the smaller number first. */
export const pair = (number = z.number()) =>
  z.tuple([number, number]).refine(([from, to]) => from <= to, { error: "[from, to], the smaller number first" });

/** A number, or `[a, b]`: drawn between the two. @param said  the number, in words */
export const numberOrRange = (number: z.ZodNumber, said: string, end: z.ZodNumber = number) =>
  z.union([number, pair(end)], { error: `${said}, or [from, to]` });

/** d is ±d. */
export const plusMinus = (value: number | Range): Range =>
  typeof value === "number" ? [value === 0 ? 0 : -value, value] : value;
/** v is that number. */
export const exactly = (value: number | Range): Range => (typeof value === "number" ? [value, value] : value);
/** v is 1 ± v, but not below 0. */
export const aboutOne = (value: number | Range): Range =>
  typeof value === "number" ? [Math.max(0, 1 - value), 1 + value] : value;

export const interpolations = ["bilinear", "nearest"] as const;
export type Interpolation = (typeof interpolations)[number];

/** One for all channels, or one per channel. */
export type PerChannel = number | readonly number[];
const shade = z.number().min(0).max(1);
export const perChannel = z.union([shade, z.array(shade).min(1)], {
  error: "a number from 0 to 1, or one per channel",
});

export const fill = perChannel
  .default(0)
  .describe("Where there is no image: a number from 0 to 1, or one per channel. Default: 0.");

/** What a geometric transform asks besides its own. */
export const sampling = {
  interpolation: z
    .enum(interpolations)
    .default("bilinear")
    .describe("Between pixels: bilinear or nearest. Default: bilinear (torchvision's own default is often nearest)."),
  fill,
};
export const center = z
  .tuple([z.number(), z.number()])
  .optional()
  .describe("[x, y] in pixels from the top left corner of the image. Default: its middle.");

/** What a geometric transform keeps besides its own. */
export type SamplingSettings = { readonly interpolation: Interpolation; readonly fill: PerChannel };

/** A list that is not of one number per channel. */
export function wrongChannels(option: string, value: PerChannel, { channels }: ImageShape): Problem | undefined {
  if (typeof value === "number" || value.length === channels) return undefined;
  return {
    option,
    title: "one number per channel",
    message:
      `The images have ${plural(channels, "channel")}, but \`${option}\` names ${plural(value.length, "number")}. ` +
      `Give ${channels === 1 ? "a single number" : `a single number, or a list of ${channels}`}.`,
  };
}

/** The number of each channel. */
export const channelValues = (value: PerChannel, channels: number): readonly number[] =>
  typeof value === "number" ? Array.from({ length: channels }, () => value) : value;

/**
 * For pictures: strength 0 is the number of the range next to `neutral`, which changes nothing; 1 the number furthest
 * from it, the larger of two.
 */
export function atStrength([from, to]: Range, neutral: number, strength: number): number {
  const weakest = Math.min(to, Math.max(from, neutral));
  // 1.4 and 0.6 are equally far from 1, whatever doubles say.
  const strongest = to - neutral >= (neutral - from) * (1 - 1e-9) ? to : from;
  return strength === 1 ? strongest : weakest + (strongest - weakest) * strength;
}
