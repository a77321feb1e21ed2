/** The options of `load`, as a file spells them: a union told apart by `source`. */
import * as z from "zod";
import { type LimitName, most } from "../pipeline/limits.js";
import { classesOption, fileWord } from "./dataset.js";
import { images } from "./picture-options.js";
import { pinnedOption } from "./pinned.js";

const pair = z.strictObject({
  images: z.string().describe("IDX file of images, gzip or not; relative to the pipeline's folder."),
  labels: z.string().describe("IDX file of labels, gzip or not."),
});
const mnist = z.strictObject({
  source: z
    .literal("mnist")
    .describe("The 60,000 + 10,000 images of MNIST, each file compared with its known SHA-256."),
});
const idx = z.strictObject({
  source: z.literal("idx").describe("Images and labels in IDX files."),
  train: pair.describe("Training images and labels."),
  test: pair.optional().describe("Test images and labels."),
  classes: classesOption.default(10),
  sha256: pinnedOption,
});
const arrays = z.strictObject({
  features: z
    .string()
    .describe("npy file of features, gzip or not, relative to the pipeline's folder; with `file` an array's name."),
  labels: z.string().describe("npy file of labels, gzip or not; with `file` an array's name."),
  file: z.string().optional().describe("npz archive that holds both arrays."),
});
const npy = z.strictObject({
  source: z
    .literal("npy")
    .describe(
      "Arrays of numbers that NumPy saved: [n, height, width] and [n, height, width, channels] are images, " +
        "[n, columns] is a table, [n] one column. Bytes of images (uint8) are used as 0 … 1, other numbers as they " +
        "are.",
    ),
  train: arrays.describe("Training features and labels."),
  validation: arrays.optional().describe("Validation features and labels."),
  test: arrays.optional().describe("Test features and labels."),
  classes: classesOption
    .optional()
    .describe(
      "Declares labels of classes, [n]: how many there are (labels 0 … N − 1), or their names in the order of the " +
        "labels; names that are numbers are the labels themselves. Without it labels are numbers to predict, [n] or " +
        "[n, targets].",
    ),
  feature_names: z
    .array(z.string())
    .min(1)
    .optional()
    .describe("Names of a table's columns, in their order. Default: they have none."),
  sha256: pinnedOption,
});
/** What stands in a cell without a value, unless options say otherwise. */
export const missingWords: string[] = ["", "NA", "NaN", "nan", "null", "?"];
/** Names and patterns. */
const columns = z.array(z.string()).min(1);
const words = z.union([fileWord, z.array(fileWord).min(1)]);
const csv = z.strictObject({
  source: z
    .literal("csv")
    .describe(
      "Columns of numbers, words and dates, with or without a header row; " +
        "a file for each split, or one file with a column that names the split.",
    ),
  train: z.string().optional().describe("CSV file of the training examples; relative to the pipeline's folder."),
  test: z.string().optional().describe("CSV file of the test examples."),
  file: z.string().optional().describe("One CSV file of all examples, instead of `train` and `test`; needs `split`."),
  split: z
    .strictObject({
      column: z.string().describe("Column whose values say of which split a row is. It is no feature."),
      train: words.default("train").describe("Value, or values, of the training rows."),
      validation: words
        .optional()
        .describe("Value, or values, of the validation rows; with it there is an output `validation`."),
      test: words.optional().describe("Value, or values, of the test rows; with it there is an output `test`."),
    })
    .optional()
    .describe("How the rows of `file` are told apart."),
  target: z
    .union([z.string(), z.array(z.string()).min(1)], { error: "the name of a column, or a list of names" })
    // A list of one is the same step.
    .transform((names) => (typeof names === "string" || names.length > 1 ? names : names[0]!))
    .describe("Column to learn; or several of numbers, which are learned together in the order as written."),
  features: columns
    .optional()
    .describe(
      "Columns to learn from, by names or patterns (`*` is any characters, `?` one), in the order as written, those " +
        "of a pattern in that of the file. Default: every column that is nothing else.",
    ),
  leave_out: columns.optional().describe("Columns that are no features, by names or patterns."),
  categories: columns
    .optional()
    .describe(
      "Features that hold words, by names or patterns: each becomes one feature for every category of the training " +
        "rows, `column=category`, 1 where it is that one and 0 elsewhere; sorted, `1` and `1.0` are one, `01` and " +
        "`1` are two.",
    ),
  unknown: z
    .enum(["error", "ignore"])
    .optional()
    .describe(
      "What a category is that no training row has: a mistake, which is the default, or 0 in all features of its " +
        "column, which is counted in a warning.",
    ),
  dates: columns
    .optional()
    .describe(
      "Features that hold dates as ISO 8601 spells them (`2024-03-31`, `2024-03-31T18:45:00+02:00`; without a zone " +
        "UTC), by names or patterns: each becomes the days since 1970-01-01, a time of day a fraction.",
    ),
  group: z
    .string()
    .optional()
    .describe(
      "Column that says which rows belong together, such as a patient: it travels with the rows for `by: group` of " +
        "`split` and `fold`, and is no feature.",
    ),
  order: z
    .string()
    .optional()
    .describe("Column of numbers or dates by which `split` may cut: it travels with the rows and is no feature."),
  classes: z
    .union([classesOption, z.literal("auto")], {
      error: "a number of classes, a list of their names, or `auto`: the words of the training rows",
    })
    .optional()
    .describe(
      "Declares the target a class: how many there are (labels 0 … N − 1), or their names, each as it is spelled " +
        "in the file (`[True, False]`, `[1, 2, 3]`), or `auto`: the words of the training rows, sorted. Whether " +
        "labels are names or numbers from 0 in the order of the " +
        "names is decided once, over all files and parts: " +
        "they are names where one of them is, where one is no number, and where names are numbers themselves. " +
        "`1` and `1.0` are one label. A name that `missing` lists too is a class.",
    ),
  header: z
    .union([z.boolean(), z.array(z.string()).min(2)])
    .default(true)
    .describe(
      "Whether the first row names the columns (false: they are column_1, column_2 …), or the names for a file " +
        "without such a row.",
    ),
  delimiter: z
    .union([z.string().length(1), z.literal("tab")])
    .default(",")
    .describe("Character between cells. Default: a comma."),
  missing: z.array(fileWord).default(missingWords).describe("What stands in a cell without a value."),
  on_missing: z
    .enum(["error", "drop_row", "mean", "keep"])
    .default("error")
    .describe(
      "What is done about such a cell: a mistake; the row is left out; in a feature that is a number or a date, the " +
        "column's mean in the training rows is put there; or, in any feature, it is kept: a number stays without a " +
        "value, which an `impute` stage fills, and in `categories` it is the category `missing`.",
    ),
  on_missing_target: z
    .enum(["error", "drop_row"])
    .optional()
    .describe(
      "The same of a target without a value: a mistake, or the row is left out, whatever is done about other cells. " +
        "Default: `drop_row` with `on_missing: drop_row`, else `error`.",
    ),
  sha256: pinnedOption,
});
const synthetic = z
  .literal("synthetic")
  .describe("Examples made from a formula or strokes and the seed; no file is needed.");
const countOf = (limit: LimitName, byDefault: number) =>
  z
    .number()
    .int()
    .min(1)
    .refine(...most(limit))
    .default(byDefault)
    .describe("Examples in each of `train` and `test`.");
const gappedCurve = z.strictObject({
  source: synthetic,
  generator: z
    .literal("gapped_curve")
    .describe(
      "y = 1.5 + 0.8 x − 1.7 sin x + noise for −5 ≤ x ≤ 5; the training rows avoid the gaps and come from left to " +
        "right in groups, the test rows are everywhere.",
    ),
  count: countOf("synthetic_rows", 100),
  gaps: z
    .array(z.array(z.number()).length(2))
    .default([
      [-3, -1],
      [2, 3],
    ])
    .describe("Intervals of the input without a training example."),
  noise: z.number().min(0).default(0.5).describe("Standard deviation of the noise on training labels."),
  test_noise: z.number().min(0).default(0.1).describe("Standard deviation of the noise on test labels."),
});
const digits = z.strictObject({
  source: synthetic,
  generator: z
    .literal("digits")
    .describe(
      "28 × 28 grey pictures of the digits 0 to 9, drawn from strokes with a pen of random slant, width and " +
        "thickness, centred like those of MNIST; classes are balanced.",
    ),
  count: countOf("synthetic_images", 1000),
});
const generators = [gappedCurve, digits] as const;
/** All that the options may be, one after the other. */
export const forms = [mnist, idx, npy, csv, images, ...generators] as const;
export const schema = z.discriminatedUnion("source", [
  mnist,
  idx,
  npy,
  csv,
  images,
  z.discriminatedUnion("generator", generators),
]);
export type LoadOptions = z.infer<typeof schema>;
export type OptionsOf<Source extends LoadOptions["source"]> = Extract<LoadOptions, { readonly source: Source }>;
