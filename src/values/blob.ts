/** Arrays as they are stored: typed bytes, read when somebody asks for them. */
import { type Digest, digestBytes } from "../util/digest.js";

export type Dtype = "float32" | "float64" | "int32" | "uint8" | "bytes";

/** Little-endian bytes of an array in row-major order. */
export interface Blob {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly digest?: Digest;
  /** Reads (and, from the store, re-hashes) the bytes. */
  bytes(): Uint8Array;
}

export function blobOf(dtype: Dtype, shape: readonly number[], array: ArrayBufferView): Blob {
  const view = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return { dtype, shape, bytes: () => view };
}
/** Of its bytes: known of one from the store. */
export const digestOf = (blob: Blob): Digest => blob.digest ?? digestBytes(blob.bytes());
export function float32Of(blob: Blob): Float32Array {
  return new Float32Array(aligned(blob.bytes()));
}
export function float64Of(blob: Blob): Float64Array {
  return new Float64Array(aligned(blob.bytes()));
}
export function int32Of(blob: Blob): Int32Array {
  return new Int32Array(aligned(blob.bytes()));
}
/** The numbers of an array, whatever their type. */
export function numbersOf(blob: Blob): Uint8Array | Int32Array | Float32Array | Float64Array {
  switch (blob.dtype) {
    case "float32":
      return float32Of(blob);
    case "float64":
      return float64Of(blob);
    case "int32":
      return int32Of(blob);
    case "uint8":
    case "bytes":
      return blob.bytes();
  }
}
/** Features of a dataset: bytes, or numbers of either width. */
export function featuresOf(blob: Blob): Uint8Array | Float32Array | Float64Array {
  if (blob.dtype === "uint8") return blob.bytes();
  return blob.dtype === "float64" ? float64Of(blob) : float32Of(blob);
}
function aligned(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
