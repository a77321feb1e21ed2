import { expect, test } from "vitest";
import { resized } from "../../src/stages/picture-resize.js";

type Shape = readonly [number, number, number];
/** Made with Pillow 12.3: `Image.fromarray(pixels).resize((width, height), Image.BILINEAR)`. */
const cases: readonly {
  readonly shape: Shape;
  readonly size: readonly [number, number];
  readonly pixels: readonly number[];
  readonly pillow: readonly number[];
}[] = [
  {
    shape: [5, 7, 1],
    size: [2, 3],
    pixels: [
      ...[255, 228, 34, 121, 243, 189, 6, 131, 102, 168, 82, 193, 187, 150, 81, 243, 205, 24, 236, 8, 246],
      ...[164, 231, 36, 210, 111, 172, 210, 174, 176, 218, 242, 169, 114, 205],
    ],
    pillow: [162, 136, 155, 172, 161, 161],
  },
  {
    shape: [3, 4, 1],
    size: [5, 6],
    pixels: [160, 47, 212, 79, 72, 112, 120, 222, 69, 31, 95, 108],
    pillow: [
      ...[160, 104, 75, 184, 146, 79, 125, 99, 90, 158, 156, 136, 72, 92, 113, 119, 171, 222],
      ...[70, 67, 70, 98, 130, 154, 69, 50, 42, 84, 102, 108],
    ],
  },
  {
    shape: [4, 5, 3],
    size: [2, 3],
    pixels: [
      ...[36, 109, 238, 69, 51, 81, 228, 211, 202, 58, 202, 65, 76, 70, 193],
      ...[104, 42, 250, 209, 164, 2, 44, 178, 140, 98, 2, 243, 21, 50, 29],
      ...[14, 7, 53, 50, 151, 221, 46, 60, 230, 192, 164, 156, 127, 214, 154],
      ...[194, 195, 137, 72, 153, 74, 209, 58, 76, 105, 84, 10, 213, 226, 115],
    ],
    pillow: [89, 86, 153, 118, 147, 149, 74, 94, 133, 95, 119, 121, 114, 100, 136, 146, 158, 114],
  },
  {
    shape: [4, 4, 1],
    size: [4, 2],
    pixels: [168, 118, 214, 201, 69, 25, 185, 31, 36, 45, 158, 77, 46, 12, 218, 31],
    pillow: [153, 195, 67, 96, 57, 107, 56, 108],
  },
  {
    shape: [6, 3, 1],
    size: [1, 3],
    pixels: [12, 112, 24, 116, 11, 130, 22, 250, 129, 142, 80, 34, 93, 181, 32, 98, 165, 105],
    pillow: [83, 135, 77],
  },
];

test.each(cases)(
  "a picture of $shape in the size $size has the bits of Pillow's",
  ({ shape, size, pixels, pillow }) => {
    expect([...resized(Uint8Array.from(pixels), shape, size)]).toEqual(pillow);
  },
);
test("one of the same size stays, and one of one colour keeps it, white too", () => {
  const pixels = Uint8Array.from([1, 2, 3, 4]);
  expect(resized(pixels, [2, 2, 1], [2, 2])).toBe(pixels);
  for (const light of [0, 1, 128, 255])
    for (const size of [
      [1, 1],
      [7, 3],
      [40, 41],
      [100, 9],
    ] as const)
      expect(new Set(resized(new Uint8Array(31 * 17).fill(light), [31, 17, 1], size))).toEqual(new Set([light]));
});
