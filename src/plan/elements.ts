/**
 * What fan-out means for steps and values. A stage with `each: folds` has one step per element that `folds` offers.
 *
 * Today a `fold` stage is the only source of elements; a search will be another. A source's keys are known from its
 * checked options, so a plan can name every step before anything has run.
 */
import type { Pipeline, Stage } from "../pipeline/pipeline.js";
import { type Digest, digestJson } from "../util/digest.js";
import { type Blob, blobOf, int32Of, type Output } from "../util/value.js";

/** Keys of a source's elements: folds are numbered from 1. */
export function elementKeys(source: Stage): readonly string[] {
  const k = Number((source.options as { k?: number }).k ?? 0);
  return Array.from({ length: k }, (_, index) => String(index + 1));
}

/** The element keys of a stage, or [null] outside fan-out. */
export function elementsOf(pipeline: Pipeline, stage: Stage): readonly (string | null)[] {
  const source = stage.each === null ? undefined : pipeline.stages.find((other) => other.name === stage.each);
  return source ? elementKeys(source) : [null];
}

/**
 * One element of a `folds` output: the rows whose fold is not `key` (train) or is `key` (validation), in order.
 * Features and labels are shared with the source, so nothing is copied.
 */
export function elementOutput(folds: Output, key: string, part: "train" | "validation"): Output {
  const rows = int32Of(folds.blobs["rows"]!);
  const assignment = int32Of(folds.blobs["assignment"]!);
  const wanted = rows.filter((_, index) => (assignment[index] === Number(key)) === (part === "validation"));
  const { k: _k, ...data } = folds.data;
  return {
    type: "dataset",
    data: { ...data, count: wanted.length, split: part },
    blobs: { features: folds.blobs["features"]!, labels: folds.blobs["labels"]!, rows: blobOf("int32", [wanted.length], wanted) },
  };
}

/** The digest of an output that is derived and never stored: of its source's digest, the element and the part. */
export function elementDigest(source: Digest, key: string, part: string): Digest {
  return digestJson({ source, element: key, part });
}

export const isElementPart = (output: string): output is "train" | "validation" => output === "train" || output === "validation";
export type { Blob };
