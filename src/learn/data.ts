/** Examples: a dataset output read into arrays. Features stay bytes where they came as bytes. */
import { featuresOf, float32Of, int32Of } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";
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
}

export function examplesOf(output: Dataset): Examples {
  const data = outputOf(output, "dataset").data;
  const features = output.blobs.features!;
  const labels = output.blobs.labels!;
  const rows = output.blobs.rows;
  const stored = features.shape[0]!;
  return {
    count: data.count,
    shape: data.shape,
    classes: data.classes,
    scale: data.scale,
    features: featuresOf(features),
    labels: labels.dtype === "int32" ? int32Of(labels) : float32Of(labels),
    targets: labels.shape[1] ?? 1,
    rows: rows ? int32Of(rows) : Int32Array.from({ length: stored }, (_, index) => index),
  };
}
