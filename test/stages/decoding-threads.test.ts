import { availableParallelism } from "node:os";
import { afterEach, expect, test } from "vitest";
import { Decoding, decodedInOrder } from "../../src/stages/decoding-threads.js";
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

test("files come in their order with what they hold, some read ahead and never all; what is left out is not there", async () => {
  const files = Array.from({ length: 40 }, (_, index) => index);
  decoding = new Decoding(making, decoders, 0);
  let read = 0;
  const ahead: number[] = [];
  const found: (number | string)[] = [];
  const bytesOf = async (index: number): Promise<Uint8Array | string | null> => {
    read++;
    if (index % 10 === 3) return null;
    return index % 10 === 4 ? "is gone" : greyPng(20, 20 + (index % 7), (y, x) => y * x + index);
  };
  for await (const { file, decoded } of decodedInOrder(files, bytesOf, decoding)) {
    ahead.push(read - file);
    if ("unreadable" in decoded) found.push(decoded.unreadable);
    else {
      expect(decoded).toEqual(await decodeFitted((await bytesOf(file)) as Uint8Array, making, decoders));
      read--;
      found.push(file);
    }
  }
  expect(found).toEqual(
    files.filter((index) => index % 10 !== 3).map((index) => (index % 10 === 4 ? "is gone" : index)),
  );
  expect(Math.max(...ahead)).toBeLessThanOrEqual(decoding.width + 2);
});

test("a mistake while a file is read, or in the one who takes them, ends it", async () => {
  decoding = new Decoding(making, decoders, 0);
  const bytesOf = async (index: number): Promise<Uint8Array> => {
    if (index === 3) throw new Error("read");
    return greyPng(9, 9, () => index);
  };
  const taken: number[] = [];
  await expect(
    (async () => {
      for await (const { file } of decodedInOrder([1, 2, 3, 4], bytesOf, decoding!)) taken.push(file);
    })(),
  ).rejects.toThrow("read");
  expect(taken.length).toBeLessThanOrEqual(2);
});
