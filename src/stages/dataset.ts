/** What the stages that make and cut datasets share: outputs, ports, labels of classes, rows. */
import * as z from "zod";
import { areCentred } from "../augment/centred.js";
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import type { WarningName } from "../diagnostic/warnings.js";
import { examplesOf } from "../learn/data.js";
import { normalised } from "../learn/normalization.js";
import { columnOf, roundingOf } from "../learn/rounding.js";
import type { CheckContext } from "../pipeline/check-context.js";
import { most } from "../pipeline/limits.js";
import type { PortInfo, RowsInfo } from "../pipeline/port-info.js";
import { areApart, areOfOneCut } from "../pipeline/rows-id.js";
import { sizeOfShape } from "../util/shape.js";
import { type Blob, blobOf, featuresOf, int32Of } from "../values/blob.js";
import { type Dataset, type DatasetData, datasetsHeadline, type Normalization } from "../values/dataset.js";
import { datasetPreview } from "../values/dataset-preview.js";
import { type Output, outputOf } from "../values/output.js";
import type { Preview } from "../values/preview.js";

export const reference = (description: string): z.ZodString =>
  z.string({ error: "the name of a stage, such as `digits` or `digits.train`" }).describe(description);
/** One name or several. @param each  describes one. @param error  what is wanted, in words */
export const references = (each: string, error?: string) =>
  z.union([reference(each), z.array(reference(each)).min(1)], error === undefined ? undefined : { error });

/** A word as it is spelled in a file. */
export const fileWord = z.union([z.string(), z.number(), z.boolean()]);
export const classesOption = z
  .union([
    z
      .number()
      .int()
      .min(2)
      .refine(...most("classes")),
    z
      .array(fileWord)
      .min(2)
      .refine(...most("classes")),
  ])
  .describe("Declares integer labels: how many classes there are (labels 0 … N − 1), or their names.");

export function classNames(
  classes: number | readonly (string | number | boolean)[] | undefined,
): readonly string[] | null {
  if (classes === undefined) return null;
  return typeof classes === "number"
    ? Array.from({ length: classes }, (_, index) => String(index))
    : classes.map(String);
}

/** Of `originals`, `groups` and `order` see `DatasetData`. */
interface DatasetBlobs {
  readonly features: Blob;
  readonly labels: Blob;
  readonly rows?: Blob;
  readonly originals?: Blob;
  readonly groups?: Blob;
  readonly order?: Blob;
}
export function datasetOutput(data: DatasetData, blobs: DatasetBlobs): Dataset {
  return { type: "dataset", data, blobs: { ...blobs } };
}
export const dataOf = (output: Output): DatasetData => outputOf(output, "dataset").data;

/** What an example is called where progress counts them: images have a name of their own. */
export const unitOf = (shape: readonly number[]): { readonly unit?: string } =>
  shape.length === 3 ? { unit: "images" } : {};

/** Examples that are images. */
export const imageShapeOf = (shape: readonly number[]) => {
  const [height, width, channels] = shape;
  return shape.length === 3 && (channels === 1 || channels === 3)
    ? { height: height!, width: width!, channels }
    : undefined;
};
/** Whether images show one thing in their middle. */
export function areCentredImages(data: Dataset): boolean {
  const shape = imageShapeOf(data.data.shape);
  return shape !== undefined && areCentred(examplesOf(data), shape);
}
/** What is said of examples that are none. @param who  with a verb, such as "`examples` draws" */
export const imagesWanted = (who: string, shape: readonly number[]): string =>
  `${who} images, [height, width, 1] for grey or [height, width, 3] for colour, ` +
  `but the examples of this dataset are [${shape.join(", ")}].`;

/** What a stage that leaves datasets says of them. */
export const datasetWords = {
  headline: datasetsHeadline,
  preview: (name: string, output: Output): Preview => datasetPreview(name, outputOf(output, "dataset")),
};

/** Parts of a split, such as `train+test`, that are to judge by. */
export const heldOutIn = (split: string | undefined): readonly string[] =>
  (split ?? "").split("+").filter((part) => part === "test" || part === "validation");

/** The stored rows a dataset consists of, in order. */
export function rowsOf(output: Output): Int32Array {
  const rows = output.blobs.rows;
  return rows ? int32Of(rows) : Int32Array.from({ length: output.blobs.features!.shape[0]! }, (_, index) => index);
}

/** Whether all that is stored is among the rows, in whatever order. */
export const isWhole = ({ blobs }: Dataset): boolean =>
  blobs.rows === undefined || new Set(int32Of(blobs.rows)).size === blobs.features!.shape[0];

/** The same examples in another choice and order; all other bytes are shared. */
export function withRows(output: Dataset, rows: Int32Array, split?: string): Dataset {
  const data = output.data;
  return {
    type: "dataset",
    data: { ...data, count: rows.length, split: split ?? data.split },
    blobs: { ...output.blobs, rows: blobOf("int32", [rows.length], rows) },
  };
}

/**
 * The same examples with features after further steps. All stored ones are transformed, so that parts of one dataset
 * share their bytes. With a recipe the images before all steps stay beside them.
 */
export function withNormalization(output: Dataset, steps: readonly Normalization[]): Dataset {
  if (steps.length === 0) return output;
  const data = output.data;
  const blobs = output.blobs as { readonly features: Blob; readonly labels: Blob; readonly originals?: Blob };
  const { features, originals = features } = blobs;
  const { rawScale = data.scale } = data;
  const rawDoubles = data.normalization ? data.rawDoubles : features.dtype === "float64";
  const values = normalised(examplesOf(output), steps, data.featureNames);
  return datasetOutput(
    {
      ...data,
      scale: 1,
      ...(rawScale === 1 ? {} : { rawScale }),
      ...(rawDoubles ? { rawDoubles } : {}),
      normalization: [...(data.normalization ?? []), ...steps],
    },
    {
      ...blobs,
      features: blobOf(values instanceof Float64Array ? "float64" : "float32", features.shape, values),
      ...(data.recipe ? { originals } : {}),
    },
  );
}

export const nothingToStratify: Mistake = {
  title: "nothing to stratify by",
  message:
    "`stratify` keeps the share of each class, but these labels are no classes. " +
    "Declare `classes:` in the `load` stage, or leave out `stratify`.",
  at: ["stratify"],
};

/**
 * Places among the rows by class, in order: a row that is there twice has two. @throws MistakeError when the labels are
 * no classes
 */
export function byClass(output: Dataset, rows: Int32Array): readonly number[][] {
  const { classes } = output.data;
  if (!classes) throw new MistakeError(nothingToStratify);
  const labels = int32Of(output.blobs.labels!);
  const groups: number[][] = classes.map(() => []);
  rows.forEach((row, place) => void groups[labels[row]!]!.push(place));
  return groups;
}

/** Examples of each class. */
export function countsOf(output: Dataset, rows: Int32Array): readonly number[] {
  const labels = int32Of(output.blobs.labels!);
  const counts = new Array<number>(output.data.classes?.length ?? 0).fill(0);
  for (const row of rows) counts[labels[row]!]!++;
  return counts;
}

export const datasetPort = (from: PortInfo | undefined, count: number | null): PortInfo => ({
  type: "dataset",
  shape: from?.shape ?? null,
  classes: from?.classes,
  count,
  origin: from?.origin,
  split: from?.split,
  splitAt: from?.splitAt,
  isOfTest: from?.isOfTest,
  recipe: from?.recipe,
  featureNames: from?.featureNames,
  targetNames: from?.targetNames,
  reading: from?.reading,
  normalization: from?.normalization,
  rows: from?.rows,
  loaded: from?.loaded,
  filled: from?.filled,
  rounded: from?.rounded,
  ordered: from?.ordered,
  isCentred: from?.isCentred,
  group: from?.group,
  order: from?.order,
  hasGaps: from?.hasGaps,
});

/** Warns where features reach a network that computes in fewer digits than they have. */
export function reportRounded(data: PortInfo | undefined, report: CheckContext<unknown>["report"]): void {
  if (!data?.rounded?.length) return;
  report({
    title: "features that 32 bits cannot hold",
    message: roundedText(data.rounded),
    at: ["data"],
    severity: "warning",
    name: "rounded_features",
  });
}
/** The same of data at hand. */
export function warnRounded(data: Dataset, warn: (message: string, name: WarningName) => void): void {
  const features = data.blobs.features!;
  if (features.dtype !== "float64") return;
  const values = featuresOf(features);
  const width = sizeOfShape(features.shape.slice(1));
  const columns = Array.from({ length: width }, (_, column) => column).filter(
    (column) => roundingOf([columnOf(values, width, column)]).matters,
  );
  if (columns.length > 0)
    warn(roundedText(columns.map((column) => columnName(data.data.featureNames, column))), "rounded_features");
}
function roundedText(columns: readonly string[]): string {
  const names = `${columns
    .slice(0, 8)
    .map((name) => `\`${name}\``)
    .join(", ")}${columns.length > 8 ? ", …" : ""}`;
  return (
    `A network computes in 32 bits, and the numbers of ${names} differ by less than 32 bits can tell. Put a ` +
    "`normalize` stage before it: that reads all their digits."
  );
}

/** Examples that are cut out of others. */
export const cutFrom = (from: PortInfo | undefined, id: string): RowsInfo => ({
  id,
  within: from?.rows ? [from.rows.id, ...from.rows.within] : [],
  ...(from?.rows?.parts || from?.rows?.merged ? { merged: from.rows.parts ?? from.rows.merged! } : {}),
  ...(from?.rows?.repeats === undefined ? {} : { repeats: null }),
});

/** Whether two choices of examples have some in common, as far as is known. */
export const overlap = (a: RowsInfo, b: RowsInfo): boolean =>
  a.id === b.id ||
  (areOfOneCut(a.id, b.id) && !areApart(a.id, b.id)) ||
  a.within.includes(b.id) ||
  b.within.includes(a.id) ||
  (a.parts ?? []).some((part) => overlap(part, b)) ||
  (b.parts ?? []).some((part) => overlap(a, part));

/** What models and evaluations keep of their data; nothing where there is nothing to keep. */
export const namesIn = ({
  featureNames,
  targetNames,
  normalization,
}: Pick<DatasetData, "featureNames" | "targetNames" | "normalization">) => ({
  ...(featureNames.length > 0 ? { featureNames } : {}),
  ...(targetNames.length > 0 ? { targetNames } : {}),
  ...(normalization ? { normalization } : {}),
});

/** A column's name, or its place where it has none. */
export const columnName = (names: readonly string[], column: number): string => names[column] ?? `column ${column + 1}`;

/** @throws MistakeError with the row (from 1) of the first label outside 0 … classes − 1 */
export function checkLabels(labels: ArrayLike<number>, classes: readonly string[], name: string): void {
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes.length)
      throw new MistakeError({
        title: "label outside the classes",
        message:
          `Row ${row + 1} of \`${name}\` has the label ${label}, but the classes are 0 … ` +
          `${classes.length - 1}. Correct the file, or raise \`classes\`.`,
        at: ["classes"],
      });
  }
}
