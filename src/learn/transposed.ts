/** A matrix with rows and columns exchanged, as parameters that are carried turned are. */
import type { ArrayValue } from "../compute/program.js";

/** Numbers of a block's side: block by block, what is read and what is written both stay in the cache. */
const block = 32;

/** @param matrix  float32 [rows, columns] */
export function transposed({ dtype, shape, data }: ArrayValue): ArrayValue {
  const [rows, columns] = shape as [number, number];
  const made = new Float32Array(data.length);
  for (let top = 0; top < rows; top += block)
    for (let left = 0; left < columns; left += block)
      for (let row = top; row < Math.min(rows, top + block); row++)
        for (let column = left; column < Math.min(columns, left + block); column++)
          made[column * rows + row] = data[row * columns + column]!;
  return { dtype, shape: [columns, rows], data: made };
}
