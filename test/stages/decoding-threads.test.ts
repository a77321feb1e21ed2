import { availableParallelism } from "node:os";
import { afterEach, expect, test } from "vitest";
import { Decoding } from "../../src/stages/decoding-threads.js";
import { decodeFitted } from "../../src/stages/picture-fit.js";
import { colourPng, greyPng, jpegOf, jpegs } from "../rig/picture-files.js";

const decoders = ["pngjs", "jpeg-js"];
const making = { grey: true, resize: [5, 7] as const };
let decoding: Decoding | undefined;
afterEach(() => decoding?.dispose());

test("pictures that threads decode are those that are decoded without, in any order", async () => {
  const files = Array.from({ length: 30 }, (_, index) => [
    greyPng(9 + index, 9, (y, x) => y * x + index),
    colourPng(9, 9 + index, [index, 200, 7]),
    jpegOf(20, 10 + index, [index, 3, 250]),
    jpegs.grey.subarray(0, 370 - index),
  ]).flat();
  decoding = new Decoding(making, decoders, 0);
  expect(decoding.width).toBe(1);
  const found = await Promise.all(files.map((bytes) => decoding!.decode(bytes)));
  expect(decoding.width).toBeGreaterThanOrEqual(Math.min(2, availableParallelism()));
  expect(found).toEqual(await Promise.all(files.map((bytes) => decodeFitted(bytes, making, decoders))));
});
test("few pictures start no thread, and sharp, which has its own, gets none", async () => {
  const bytes = greyPng(3, 3, () => 1);
  decoding = new Decoding(making, decoders);
  await decoding.decode(bytes);
  await decoding.decode(bytes);
  expect(decoding.width).toBe(1);
  const sharp = new Decoding(making, ["pngjs", "sharp"], 0);
  await sharp.decode(bytes);
  expect(sharp.width).toBe(1);
});
