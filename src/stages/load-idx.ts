/** `load` from IDX files: images and labels of one split into a dataset output. */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { readIdx, readIdxHeader } from "../learn/idx.js";
import type { Digest } from "../util/digest.js";
import { sizeOfShape } from "../util/shape.js";
import { blobOf } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";
import { checkLabels, datasetOutput } from "./dataset.js";
import { readFile, readStart } from "./load-files.js";

export interface IdxPair {
  readonly images: string;
  readonly labels: string;
}

/** Reads headers only. @throws MistakeError */
export function checkIdxPair(
  folder: string,
  pair: IdxPair,
): { readonly count: number; readonly shape: readonly number[] } {
  const images = headerOf(folder, pair.images);
  const labels = headerOf(folder, pair.labels);
  return pairShape(pair, images, labels);
}

/** @param judged  what the files held when the step was judged. @throws MistakeError, ChangedFileError */
export function loadIdxPair(
  folder: string,
  pair: IdxPair,
  classes: readonly string[],
  split: string,
  judged: { readonly [K in keyof IdxPair]: Digest | undefined },
): Dataset {
  return idxOutput(
    pair,
    readFile(folder, pair.images, judged.images),
    readFile(folder, pair.labels, judged.labels),
    classes,
    split,
  );
}

export function idxOutput(
  pair: IdxPair,
  imageBytes: Uint8Array,
  labelBytes: Uint8Array,
  classes: readonly string[],
  split: string,
): Dataset {
  const images = readIdx(imageBytes, pair.images);
  const labels = readIdx(labelBytes, pair.labels);
  const { count, shape } = pairShape(pair, images.shape, labels.shape);
  checkLabels(labels.bytes, classes, pair.labels);
  const values = Int32Array.from(labels.bytes);
  return datasetOutput(
    { count, shape, classes, scale: 1 / 255, featureNames: [], targetNames: ["label"], split },
    { features: blobOf("uint8", [count, ...shape], images.bytes), labels: blobOf("int32", [count], values) },
  );
}

function headerOf(folder: string, path: string): readonly number[] {
  const { bytes, sizeBytes } = readStart(folder, path, 20);
  const shape = readIdxHeader(bytes, path);
  const size = 4 + 4 * shape.length + sizeOfShape(shape);
  if (sizeBytes !== null && sizeBytes < size)
    throw new MistakeError({
      title: "truncated IDX file",
      message:
        `\`${path}\` says [${shape.join(", ")}], so it should have ${size} bytes, but it has ${sizeBytes}. ` +
        "Was it copied or downloaded completely?",
    });
  return shape;
}

/** Images [count, height, width] become [height, width, 1]. */
function pairShape(
  pair: IdxPair,
  images: readonly number[],
  labels: readonly number[],
): { count: number; shape: readonly number[] } {
  if (labels.length !== 1)
    throw new MistakeError({
      title: "not labels",
      message:
        `\`${pair.labels}\` has rank ${labels.length}, [${labels.join(", ")}]; labels have rank 1. ` +
        "Are images and labels exchanged?",
    });
  if (images.length < 2)
    throw new MistakeError({
      title: "not images",
      message: `\`${pair.images}\` has rank 1; images have rank 3. Are images and labels exchanged?`,
    });
  if (images[0] !== labels[0])
    throw new MistakeError({
      title: "unequal counts",
      message: `\`${pair.images}\` has ${images[0]} images, but \`${pair.labels}\` has ${labels[0]} labels.`,
    });
  const shape = images.slice(1);
  return { count: images[0]!, shape: shape.length === 2 ? [...shape, 1] : shape };
}
