/**
 * What stages hand to each other: named outputs of JSON and typed bytes.
 *
 * A dataset's shuffle, split or fold writes only `rows`; the features and labels blobs keep their digests and are
 * stored once. A blob read from the store knows its digest, so passing it on costs nothing.
 */
import type { Digest } from "./digest.js";
import type { JsonObject } from "./json.js";

/** `dataset`: examples · `model`: layers, weights, history · `folds`: a source of elements · `evaluation` · `figure`. */
export type PortType = "dataset" | "model" | "folds" | "evaluation" | "figure";
export type Dtype = "float32" | "int32" | "uint8" | "bytes";

/** Little-endian bytes of an array in row-major order. */
export interface Blob {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly digest?: Digest;
  /** Reads (and, from the store, re-hashes) the bytes. */
  bytes(): Uint8Array;
}

/** One output of a stage. Data by type: DatasetData, ModelData, FoldsData, EvaluationData, FigureData. */
export interface Output {
  readonly type: PortType;
  readonly data: JsonObject;
  readonly blobs: Readonly<Record<string, Blob>>;
}
export type Outputs = Readonly<Record<string, Output>>;

/**
 * dataset. blobs: `features` uint8 or float32 [n, ...shape]; `labels` int32 [n] (classification) or float32 [n, targets];
 * optional `rows` int32 [count], the examples this set consists of, in order (absent: all, in order).
 * Features are used as feature × scale (1/255 for bytes of images).
 */
export type DatasetData = {
  readonly count: number;
  readonly shape: readonly number[];
  readonly classes: readonly string[] | null;
  readonly scale: number;
  readonly featureNames: readonly string[];
  readonly targetNames: readonly string[];
  /** Which split the examples are of; metrics of a set used to stop training are named apart from test metrics. */
  readonly split: string;
};

/** folds. blobs: `features`, `labels`, `rows`; and `assignment` int32 [count]: the fold, from 1, in which each row is validation. */
export type FoldsData = DatasetData & { readonly k: number };

export function blobOf(dtype: Dtype, shape: readonly number[], array: ArrayBufferView): Blob {
  const view = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return { dtype, shape, bytes: () => view };
}
export function float32Of(blob: Blob): Float32Array {
  return new Float32Array(aligned(blob.bytes()));
}
export function int32Of(blob: Blob): Int32Array {
  return new Int32Array(aligned(blob.bytes()));
}
function aligned(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
