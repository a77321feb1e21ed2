/** Examples: a dataset output read into arrays. Features stay bytes where they came as bytes. */
import { featuresOf, float32Of, int32Of } from "../values/blob.js";
import type { Dataset, Recipe, Scaling } from "../values/dataset.js";
import { outputOf } from "../values/output.js";

export interface Examples {
  readonly count: number;
  readonly shape: readonly number[];
  readonly classes: readonly string[] | null;
  readonly scale: number;
  /** All stored examples, [stored, ...shape]; `rows` says which of them are meant. */
  readonly features: Uint8Array | Float32Array | Float64Array;
  /** int32 [stored] classes, or float32 [stored, targets]. */
  readonly labels: Int32Array | Float32Array;
  readonly targets: number;
  /** int32 [count]: indices into the stored examples, in order. */
  readonly rows: Int32Array;
  /** What a training learns from instead, anew in each epoch; absent where it learns from the examples as they are. */
  readonly augmentation?: Augmentation;
}

/** Images, what is drawn of them, and what is done after that. */
export interface Augmentation {
  readonly recipe: Recipe;
  /** All stored ones, [stored, ...shape], used as original × `recipe.scale`. */
  readonly originals: Uint8Array | Float32Array | Float64Array;
  /** Steps that follow the transforms, in order; pixels have values, so that none fills any. */
  readonly normalization: readonly Scaling[];
}

export function examplesOf(output: Dataset): Examples {
  const data = outputOf(output, "dataset").data;
  const stored = output.blobs.features!;
  const labels = output.blobs.labels!;
  const rows = output.blobs.rows;
  const features = featuresOf(stored);
  return {
    count: data.count,
    shape: data.shape,
    classes: data.classes,
    scale: data.scale,
    features,
    labels: labels.dtype === "int32" ? int32Of(labels) : float32Of(labels),
    targets: labels.shape[1] ?? 1,
    rows: rows ? int32Of(rows) : Int32Array.from({ length: stored.shape[0]! }, (_, index) => index),
    ...augmentationOf(output, features),
  };
}

function augmentationOf(
  { data: { recipe, normalization = [] }, blobs: { originals } }: Dataset,
  features: Examples["features"],
): Pick<Examples, "augmentation"> {
  if (!recipe) return {};
  const steps = normalization.filter((step) => step.method !== "impute");
  return {
    augmentation: { recipe, originals: originals ? featuresOf(originals) : features, normalization: steps },
  };
}
