/** One element of a `folds` output: derived when it is read, never stored. */
import { type Digest, digestJson } from "../util/digest.js";
import { blobOf, int32Of } from "../values/blob.js";
import { type Output, outputOf } from "../values/output.js";

/**
 * The rows whose fold is not `key` (train) or is `key` (validation), in order. Features and labels are shared with the
 * source, so nothing is copied.
 */
export function elementOutput(folds: Output, key: string, part: "train" | "validation"): Output {
  const rows = int32Of(folds.blobs.rows!);
  const { assignment: keys, ...blobs } = folds.blobs;
  const { k, repeats: _repeats, sizes: _sizes, ...data } = outputOf(folds, "folds").data;
  const fold = Number(key);
  const start = Math.floor((fold - 1) / k) * rows.length;
  const assignment = int32Of(keys!);
  const wanted = rows.filter((_, index) => (assignment[start + index] === fold) === (part === "validation"));
  return {
    type: "dataset",
    data: { ...data, count: wanted.length, split: part },
    blobs: { ...blobs, rows: blobOf("int32", [wanted.length], wanted) },
  };
}

/** Of its source's digest, the element and the part; every configuration of a search asks for the same few. */
export function elementDigest(source: Digest, key: string, part: string): Digest {
  const name = `${source} ${key} ${part}`;
  let digest = known.get(name);
  if (digest === undefined) {
    digest = digestJson({ source, element: key, part });
    if (known.size < mostKnown) known.set(name, digest);
  }
  return digest;
}
const known = new Map<string, Digest>();
const mostKnown = 10_000;
