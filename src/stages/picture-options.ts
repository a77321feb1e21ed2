/** The options of `load` with `source: images`. */
import * as z from "zod";
import { limitInWords, limits, most } from "../pipeline/limits.js";
import { fileWord } from "./dataset.js";
import { pinnedOption } from "./pinned.js";

const side = z.number().int().min(1);
const fits = ([height, width]: readonly [number, number]): boolean => height * width <= limits.picture_pixels.most;
/** A square and its two sides are the same step. */
const resizeOption = z
  .union([side, z.tuple([side, side])], { error: "a number of pixels, or [height, width]" })
  .transform((size): [number, number] => (typeof size === "number" ? [size, size] : size))
  .refine(fits, { error: `at most ${limitInWords("picture_pixels")} (the limit \`picture_pixels\`)` });

export const images = z.strictObject({
  source: z
    .literal("images")
    .describe(
      "Pictures, PNG or JPEG, in a folder for each class. Names of the folders are the classes, in order of their " +
        "characters. Channels are those of the files, used as 0 … 1; transparency, colour profiles and the camera's " +
        "orientation are left out.",
    ),
  train: z
    .string()
    .describe("Folder of the training pictures, with a folder for each class; relative to the pipeline's folder."),
  test: z.string().optional().describe("Folder of the test pictures, with the same class folders or fewer."),
  classes: z
    .array(fileWord)
    .min(2)
    .refine(...most("classes"))
    .optional()
    .describe("Names of the class folders in the order that labels shall have. Default: as they are sorted."),
  resize: resizeOption
    .optional()
    .describe(
      "Brings every picture to this size, a number for a square or [height, width]: bilinear with antialiasing, " +
        "whatever its proportions were. Without it pictures have one size.",
    ),
  grey: z
    .boolean()
    .default(false)
    .describe("Makes colours grey, 0.299 R + 0.587 G + 0.114 B. Without it pictures are all grey or all in colours."),
  skip_unreadable: z
    .boolean()
    .default(false)
    .describe("Leaves out files that cannot be read as pictures, with a warning, instead of ending with a mistake."),
  sha256: pinnedOption.describe(
    "SHA-256 of the folder: of the lines that `sha256sum` prints of its pictures, sorted by path; of two folders a " +
      "map from each, as it is written here, to its own. Other pictures, or other names of them, are a mistake.",
  ),
});
export type ImagesOptions = z.infer<typeof images>;
