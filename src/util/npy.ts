/**
 * The npy format of NumPy, as far as reading and writing share it: how a file begins, and what its numbers are called.
 *
 * A file is the magic bytes, a version (major, minor), the length of the header (2 bytes little-endian in version 1, 4
 * in 2 and 3), the header (a Python dict as text: `descr`, `fortran_order`, `shape`), and the numbers, one after the
 * other. Source: NumPy, `numpy.lib.format` (NEP 1).
 */

/** `\x93NUMPY` */
export const npyMagic: Uint8Array = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);

/** Types of numbers by NumPy's code, which in a header stands behind the byte order. */
export const npyTypes = {
  b1: { name: "bool", bytes: 1 },
  u1: { name: "uint8", bytes: 1 },
  u2: { name: "uint16", bytes: 2 },
  u4: { name: "uint32", bytes: 4 },
  u8: { name: "uint64", bytes: 8 },
  i1: { name: "int8", bytes: 1 },
  i2: { name: "int16", bytes: 2 },
  i4: { name: "int32", bytes: 4 },
  i8: { name: "int64", bytes: 8 },
  f2: { name: "float16", bytes: 2 },
  f4: { name: "float32", bytes: 4 },
  f8: { name: "float64", bytes: 8 },
} as const satisfies Readonly<Record<string, { readonly name: string; readonly bytes: number }>>;
export type NpyCode = keyof typeof npyTypes;

export type NpyName = (typeof npyTypes)[NpyCode]["name"];

/** NumPy's code of a type by its name, such as `f4` of `float32`. */
export const npyCodes = Object.fromEntries(
  Object.entries(npyTypes).map(([code, { name }]) => [name, code]),
  // Entries of the table above, turned around.
) as { readonly [Code in NpyCode as (typeof npyTypes)[Code]["name"]]: Code };

/** What stands in a header as `descr` for little-endian numbers; a single byte has no order. */
export const npyDescr = (code: NpyCode): string => `${npyTypes[code].bytes === 1 ? "|" : "<"}${code}`;
