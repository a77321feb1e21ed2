/** An npy file → its numbers in row-major order, as the machine computes with them. */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { type NpyCode, npyTypes } from "../util/npy.js";
import { type ArrayPlace, headBytes, type NpyHeader, placeText, readNpyHeader, savedAs } from "./npy-header.js";

export type NpyValues =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;
export interface NpyArray {
  readonly code: NpyCode;
  readonly shape: readonly number[];
  /** In row-major order; truth values are 0 and 1, and 16-bit floats are widened. */
  readonly values: NpyValues;
}

/** @throws MistakeError */
export function readNpy(bytes: Uint8Array, place: ArrayPlace): NpyArray {
  const header = readNpyHeader(bytes.subarray(0, headBytes), bytes.length, place);
  const { code, shape, isFortran } = header;
  const values = valuesOf(bytes.subarray(header.length), header);
  if (code === "b1") checkTruth(values as Uint8Array, place);
  return { code, shape, values: isFortran ? inRowMajor(values, shape) : values };
}

function checkTruth(values: Uint8Array, place: ArrayPlace): void {
  const odd = values.find((value) => value > 1);
  if (odd === undefined) return;
  throw new MistakeError({
    title: "not a truth value",
    message:
      `${placeText(place)} says that it holds truth values, which are 0 and 1, but ${odd} is among them. ` +
      `If it holds numbers: ${savedAs(place, 'x.view("uint8")')}.`,
  });
}

const arrays = {
  b1: Uint8Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  u8: BigUint64Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  i8: BigInt64Array,
  f2: Uint16Array,
  f4: Float32Array,
  f8: Float64Array,
} as const satisfies Readonly<Record<NpyCode, unknown>>;

/** As they lie in the file. */
function valuesOf(bytes: Uint8Array, { code, isLittleEndian }: NpyHeader): NpyValues {
  const width = npyTypes[code].bytes;
  if (code === "u1" || code === "b1") return bytes;
  // An array of wider numbers begins where its width divides, which NumPy sees to.
  const isFit = isLittleEndian && bytes.byteOffset % width === 0;
  const own = isFit ? bytes : reordered(bytes, isLittleEndian ? 1 : width);
  // Files are not read into shared memory.
  const values = new arrays[code](own.buffer as ArrayBuffer, own.byteOffset, own.length / width);
  return code === "f2" ? widened(values as Uint16Array) : values;
}
/** A copy, with the bytes of each number the other way round. */
function reordered(bytes: Uint8Array, width: number): Buffer {
  const copy = Buffer.alloc(bytes.length);
  copy.set(bytes);
  if (width === 2) return copy.swap16();
  if (width === 4) return copy.swap32();
  return width === 8 ? copy.swap64() : copy;
}

/** 32 bits hold each exactly. */
function widened(halves: Uint16Array): Float32Array {
  const known = Float32Array.from({ length: 65536 }, (_, bits) => half(bits));
  const values = new Float32Array(halves.length);
  for (let at = 0; at < values.length; at++) values[at] = known[halves[at]!]!;
  return values;
}
/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  let size = (1 + fraction / 1024) * 2 ** (exponent - 15);
  if (exponent === 0) size = fraction * 2 ** -24;
  else if (exponent === 31) size = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  return bits & 0x8000 ? -size : size;
}

/** From column-major order. */
function inRowMajor(values: NpyValues, shape: readonly number[]): NpyValues {
  if (shape.length < 2) return values;
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, length) => product * length, 1));
  // The same type of the same length.
  const result = values.slice() as NpyValues;
  const last = shape.length - 1;
  const [run, step] = [shape[last]!, strides[last]!];
  const index = new Array<number>(last).fill(0);
  for (let at = 0; at < values.length; at += run) {
    const from = index.reduce((sum, place, axis) => sum + place * strides[axis]!, 0);
    for (let place = 0; place < run; place++) result[at + place] = values[from + place * step]!;
    for (let axis = last - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return result;
}
