/**
 * The options of `augment`: YAML's spelling of transforms, made of the table in `augment/transforms.ts`, and what it
 * means as a recipe.
 */
import * as z from "zod";
import { optionsOf, settingsOf, worksByName } from "../augment/recipe.js";
import type { TransformSettings } from "../augment/transform.js";
import { type TransformName, transformNames, transformOf } from "../augment/transforms.js";
import { most } from "../pipeline/limits.js";
import { reference } from "./dataset.js";

type Given = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Given => typeof value === "object" && value !== null && !Array.isArray(value);

/** Without its default: in short form an option is written, or the transform is not there at all. */
const required = (option: z.core.$ZodType): z.core.$ZodType =>
  option instanceof z.ZodDefault || option instanceof z.ZodOptional ? required(option.unwrap()) : option;

/** A map of its options, or in short its main one; read as a map with every default written. */
function optionOf(name: TransformName) {
  const { main, options, summary } = transformOf(name);
  const all = optionsOf(name);
  return z
    .union([required(options[main]!), all])
    .transform((value): Given => (isMap(value) ? value : all.parse({ [main]: value })))
    .optional()
    .describe(`${summary} In short its \`${main}\`.`);
}

const byOptions = z
  .strictObject(Object.fromEntries(transformNames.map((name) => [name, optionOf(name)])))
  .refine((value) => Object.keys(value).length === 1, { error: "one transform, such as `rotate: 10`" });
const byName = z
  .enum(transformNames.filter(worksByName))
  .transform((name): z.infer<typeof byOptions> => ({ [name]: optionsOf(name).parse({}) }));

export const schema = z.strictObject({
  data: reference("The training examples to augment: images, [height, width, 1] or [height, width, 3]."),
  transforms: z
    .array(z.union([byName, byOptions], { error: "a transform, such as `rotate: 10` or `rotate: {degrees: 10}`" }), {
      error: "a list of transforms, such as `[{rotate: 10}]`",
    })
    .min(1)
    .refine(...most("transforms"))
    .describe(
      `What is done to each image, one after the other as they stand here: ${transformNames.join(", ")}. A range [a, b] is drawn between a ` +
        "and b anew for every image, so [15, 15] is exactly 15. A flip or a half turn can change a class (6 and 9, " +
        "b and d): leave out what does.",
    ),
  copies: z
    .number()
    .int()
    .min(1)
    .refine(...most("copies"))
    .optional()
    .describe(
      "Leaves this many distorted copies of every image instead, and not the images themselves: copy c of image r is " +
        "row (c − 1) × count + r, as epoch c of a training with this stage's seed would see it. Default: none; the " +
        "images are distorted anew in every epoch of a training.",
    ),
});
export type AugmentOptions = z.infer<typeof schema>;

/** Settings as they travel with a dataset. */
export const recipeOf = ({ transforms }: AugmentOptions): readonly TransformSettings[] =>
  transforms.map((item) => {
    const [[name, options]] = Object.entries(item) as [[TransformName, Given]];
    return settingsOf(name, options);
  });

/** What other tools call them. */
const rename = (transform: string, ...names: readonly string[]): readonly (readonly [string, string])[] =>
  names.map((name) => [name, `Write \`${transform}\`.`]);
export const elsewhere: Readonly<Record<string, string>> = Object.fromEntries([
  ...rename("rotate: 10", "rotation", "random_rotation", "RandomRotation"),
  ...rename(
    "affine: {…}",
    "random_affine",
    "RandomAffine",
    "translate",
    "translation",
    "shift",
    "scale",
    "zoom",
    "shear",
  ),
  ...rename("perspective: 0.5", "random_perspective", "RandomPerspective"),
  ...rename("elastic: {alpha: …, sigma: …}", "elastic_transform", "ElasticTransform"),
  ...rename("blur: {size: …, sigma: …}", "gaussian_blur", "GaussianBlur"),
  ...rename("noise: {sd: …}", "gaussian_noise", "GaussianNoise"),
  ...rename("erase: {area: …}", "random_erasing", "RandomErasing", "cutout"),
  ...rename("crop: {padding: …}", "random_crop", "RandomCrop"),
  ...rename("flip: horizontal", "hflip", "horizontal_flip", "random_horizontal_flip", "RandomHorizontalFlip", "mirror"),
  ...rename("brightness: …` and `contrast: …", "color_jitter", "ColorJitter", "jitter"),
  ["probability", "It stands with a transform's options, such as `rotate: {degrees: 10, probability: 0.5}`."],
]);
