/**
 * The head of an `.npy` file, version 1.0: little-endian, row-major (C order). The array's bytes follow it as they are.
 *
 * It is byte for byte what `numpy.save` writes, with room for a first axis that grows.
 */
import { type NpyName, npyCodes, npyDescr, npyMagic } from "./npy.js";

/** The data begin at a multiple of so many bytes. */
const alignment = 64;
/** Digits of the longest first axis that NumPy leaves room for. */
const axisDigits = 21;
/** Magic bytes, version, and the length of the header. */
const before = 10;

/** @param shape  [] is a single number */
export function npyHead(dtype: NpyName, shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${npyDescr(npyCodes[dtype])}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const room = shape.length === 0 ? 0 : axisDigits - String(shape[0]).length;
  const used = before + text.length + room + 1;
  const length = used + alignment - (used % alignment);
  const head = Buffer.alloc(length, " ");
  head.set([...npyMagic, 1, 0]);
  head.writeUInt16LE(length - before, npyMagic.length + 2);
  head.write(text, before, "latin1");
  head.write("\n", length - 1, "latin1");
  return head;
}
