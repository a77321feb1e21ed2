/**
 * What is expected was written by NumPy 2.4 (`numpy.save`): the length of the header, its text (spaces and a line end
 * fill it up), and the numbers in hexadecimal digits.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { readNpy } from "../../src/stages/npy-read.js";
import { npyCodes } from "../../src/util/npy.js";
import { npyHead } from "../../src/util/npy-write.js";
import { sizeOfShape } from "../../src/util/shape.js";

const files = [
  {
    dtype: "float32",
    shape: [2, 3],
    array: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25),
    length: 118,
    text: "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
    data: "000000000000803e0000003f0000403f0000803f0000a03f",
  },
  {
    dtype: "float64",
    shape: [3],
    array: Float64Array.of(1 / 3, -0, Number.NaN),
    length: 118,
    text: "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }",
    data: "555555555555d53f0000000000000080000000000000f87f",
  },
  {
    dtype: "int32",
    shape: [2],
    array: Int32Array.of(7, -2),
    length: 118,
    text: "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }",
    data: "07000000feffffff",
  },
  {
    dtype: "uint8",
    shape: [1, 2, 2, 1],
    array: Uint8Array.of(0, 1, 254, 255),
    length: 118,
    text: "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 2, 1), }",
    data: "0001feff",
  },
  {
    dtype: "uint8",
    shape: [0, 28, 28, 1],
    array: Uint8Array.of(),
    length: 118,
    text: "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 28, 28, 1), }",
    data: "",
  },
  {
    dtype: "float32",
    shape: [],
    array: Float32Array.of(2.5),
    length: 118,
    text: "{'descr': '<f4', 'fortran_order': False, 'shape': (), }",
    data: "00002040",
  },
  {
    dtype: "int32",
    shape: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    array: Int32Array.of(1),
    length: 182,
    text: "{'descr': '<i4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), }",
    data: "01000000",
  },
] as const;

for (const { dtype, shape, array, length, text, data } of files)
  test(`${dtype} [${shape.join(", ")}] is written as NumPy writes it`, () => {
    const head = Buffer.from(
      `934e554d505901000000${Buffer.from(`${text.padEnd(length - 1)}\n`).toString("hex")}`,
      "hex",
    );
    head.writeUInt16LE(length, 8);
    expect(Buffer.from(npyHead(dtype, shape)).toString("latin1")).toBe(head.toString("latin1"));
    expect(head.length % 64).toBe(0);
    expect(Buffer.from(array.buffer).toString("hex")).toBe(data);
  });

test("what is written is read back, whatever its type and shape", () => {
  const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 });
  const kinds = [
    ["float32", (from: readonly number[]) => Float32Array.from(from)],
    ["float64", (from: readonly number[]) => Float64Array.from(from)],
    ["int32", (from: readonly number[]) => Int32Array.from(from)],
    ["uint8", (from: readonly number[]) => Uint8Array.from(from)],
  ] as const;
  fc.assert(
    fc.property(shapes, fc.constantFrom(...kinds), fc.integer(), (shape, [dtype, arrayOf], seed) => {
      const values = arrayOf(Array.from({ length: sizeOfShape(shape) }, (_, at) => Math.sin(seed + at) * 1000));
      const file = Uint8Array.of(...npyHead(dtype, shape), ...new Uint8Array(values.buffer));
      expect(readNpy(file, { path: "x.npy" })).toEqual({ code: npyCodes[dtype], shape, values });
    }),
  );
});
